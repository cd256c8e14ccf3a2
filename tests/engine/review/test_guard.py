"""The guard at its very limit, through whole syncs: ten, or one in twenty, and not one more."""

import pytest

from crmsync.core.journal import Side
from crmsync.core.pair.guard import TOO_MANY
from crmsync.store.ports import CreateRecord, PutRecord
from tests.engine.lessons import archived, contact
from tests.stage import Stage

LIMITS = [(12, 10), (200, 10), (220, 11)]
"""How many are linked, and how many of them may go within an hour."""


def linked(stage: Stage, count: int) -> None:
    """So many contacts in step on both sides."""
    for n in range(count):
        stage.store.commit(stage.scope, [CreateRecord("contacts", f"c{n}", contact(n))])
    stage.later()
    stage.sync()
    stage.later(3700)
    stage.sync()
    assert stage.store.count_links(stage.scope, "contacts") == count


def delete(stage: Stage, side: Side, numbers: range) -> None:
    """These are deleted where they are deleted first: `side` is the one that the sync has to follow on."""
    names = {person["names"][0]["givenName"]: person["resourceName"] for person in stage.persons()}
    for n in numbers:
        if side == "crm":
            stage.book.phone_delete(names[f"Ann{n}"])
        else:
            put = PutRecord("contacts", f"c{n}", contact(n), None, archived=True)
            stage.store.commit(stage.scope, [put])
    stage.later(1)
    stage.sync()


def followed(stage: Stage, side: Side, count: int) -> int:
    """How many deletions the sync has followed on this side."""
    return len(archived(stage)) if side == "crm" else count - len(stage.persons())


@pytest.mark.parametrize("side", ["crm", "google"])
@pytest.mark.parametrize(("links", "most"), LIMITS)
class TestAtTheLimit:
    def test_as_many_as_may_go_are_followed(self, stage: Stage, side: Side, links: int, most: int) -> None:
        linked(stage, links)
        delete(stage, side, range(most))
        assert followed(stage, side, links) == most
        assert stage.store.holds(stage.scope) == []

    def test_one_more_and_all_of_them_wait(self, stage: Stage, side: Side, links: int, most: int) -> None:
        linked(stage, links)
        delete(stage, side, range(most + 1))
        assert followed(stage, side, links) == 0
        [hold] = stage.store.holds(stage.scope)
        assert (hold.side, hold.reason, len(hold.items)) == (side, TOO_MANY, most + 1)

    def test_in_two_jobs_one_more_waits_alone(self, stage: Stage, side: Side, links: int, most: int) -> None:
        linked(stage, links)
        delete(stage, side, range(6))
        delete(stage, side, range(6, most))
        assert followed(stage, side, links) == most
        delete(stage, side, range(most, most + 1))
        assert followed(stage, side, links) == most
        [hold] = stage.store.holds(stage.scope)
        assert (hold.side, hold.reason, len(hold.items)) == (side, TOO_MANY, 1)
