"""An intent stands exactly as long as its creates are in doubt, whichever way they go to Google."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from crmsync.core.state import Intent
from local.google.faults import Fault
from tests.engine.lessons import contact
from tests.engine.push.effects import Moments, count, one_job
from tests.machine.crashes import Crash
from tests.stage import Stage

CREATES = "people.people.*reateContact*"
LIST = "people.people.connections.list"


def alone(stage: Stage) -> None:
    """A page of nothing but new contacts: their creates go in step with the commits."""


def beside_an_edit(stage: Stage) -> None:
    """An edit on the same page: call and commit take turns."""
    stage.edit("c0", replace(contact(0), nickname="Nick"))


ways = pytest.mark.parametrize("way", [alone, beside_an_edit])
Way = Callable[[Stage], None]


def intents(stage: Stage) -> list[Intent]:
    return list(stage.store.intents(stage.scope))


def with_new_contacts(stage: Stage, way: Way) -> None:
    """One contact in step, two new ones."""
    stage.add("c0", contact(0))
    stage.sync()
    stage.later(3600)
    way(stage)
    stage.add("c1", contact(1))
    stage.add("c2", contact(2))
    stage.world.controls.forget_calls()


@ways
def test_after_a_definite_refusal_nothing_is_in_doubt_and_the_next_job_creates_at_once(
    stage: Stage, way: Way
) -> None:
    with_new_contacts(stage, way)
    stage.world.controls.plan(Fault(CREATES, status=429, reason="rateLimitExceeded"))
    one_job(stage)
    assert intents(stage) == [], "by the very job that was refused"
    stage.queue.tasks.clear()
    stage.later(61)
    one_job(stage)
    assert (count(stage, CREATES), count(stage, LIST)) == (2, 2)
    assert len(stage.persons()) == 3
    assert intents(stage) == []


@ways
def test_after_a_lost_answer_the_next_job_scans_and_creates_nothing(stage: Stage, way: Way) -> None:
    with_new_contacts(stage, way)
    stage.world.controls.plan(Fault(CREATES, "before", 503, "backendError", drop=True))
    one_job(stage)
    [left] = intents(stage)
    assert left.crm_ids == ("c1", "c2")
    stage.queue.tasks.clear()
    stage.later(61)
    one_job(stage)
    assert count(stage, CREATES) == 1
    assert intents(stage) == [left]


@ways
def test_an_intent_outlives_its_call_until_the_links_are_committed(stage: Stage, way: Way) -> None:
    with_new_contacts(stage, way)
    during: list[list[Intent]] = []

    def die(effect: str) -> None:
        if effect == "create …":
            during.append(intents(stage))
        elif effect == "create":
            raise Crash

    stage.fuse(Moments(die))
    with pytest.raises(Crash):
        one_job(stage)
    assert [intent.crm_ids for intent in during[0]] == [("c1", "c2")]
    assert intents(stage) == during[0]
    assert set(stage.store.links_of(stage.scope, "contacts", ["c1", "c2"])) == set()


@ways
def test_links_and_the_end_of_the_intent_are_one_commit(stage: Stage, way: Way) -> None:
    with_new_contacts(stage, way)
    seen: list[tuple[int, int]] = []

    def note(effect: str) -> None:
        links = stage.store.links_of(stage.scope, "contacts", ["c1", "c2"])
        now = (len(intents(stage)), len(links))
        if effect == "commit" and now not in seen[-1:]:
            seen.append(now)

    stage.fuse(Moments(note))
    one_job(stage)
    assert seen[-2:] == [(1, 0), (0, 2)], "no commit comes between"
    assert count(stage, CREATES) == 1
