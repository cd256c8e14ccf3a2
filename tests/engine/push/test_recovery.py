"""Creates whose outcome is not known, and the full listing that comes of itself: what time decides."""

from datetime import timedelta
from typing import Literal

import pytest

from crmsync.core.account import ResourceState
from crmsync.core.state import Intent
from local.google.faults import Fault
from tests.engine.lessons import contact, with_many
from tests.stage import Stage
from tests.timeline import Timeline


def state(stage: Stage) -> ResourceState:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user.contacts


def in_doubt(stage: Stage, when: Literal["before", "after"], new: int = 1) -> None:
    """Contacts c0 and c1 are in step; c2 (and on) was sent to Google, and no answer came. Listings lag."""
    with_many(stage, 2)
    stage.book.lag(300)
    for n in range(2, 2 + new):
        stage.add(f"c{n}", contact(n))
    stage.world.controls.plan(Fault("people.people.*reate*", when, 503, "backendError", drop=True))
    stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule"})
    stage.run_until(timedelta(minutes=1))
    assert len(list(stage.store.intents(stage.scope))) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_create_in_doubt_is_not_repeated_within_fifteen_minutes(
    stage: Stage, when: Literal["before", "after"]
) -> None:
    in_doubt(stage, when)
    stage.world.controls.forget_calls()
    stage.run_until(timedelta(minutes=13))
    assert stage.world.controls.count("people.people.createContact") == 0
    assert stage.world.controls.count("people.people.batchCreateContacts") == 0
    stage.run()
    assert len(stage.persons_named("Ann2")) == 1, "found by its key, or created after all"
    assert not list(stage.store.intents(stage.scope))
    assert set(stage.store.links_of(stage.scope, "contacts", ["c2"])) == {"c2"}


def test_while_a_create_is_in_doubt_edits_of_others_go_both_ways(stage: Stage) -> None:
    in_doubt(stage, "after")
    stage.book.lag(0)
    name = stage.persons_named("Ann0")[0]["resourceName"]
    stage.book.phone_edit(name, {"nicknames": [{"value": "phone"}]})
    edited = stage.contact("c1").value
    stage.edit("c1", type(edited)(given_name="Ann1", emails=edited.emails, nickname="crm"))
    stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule"})
    stage.run_until(timedelta(minutes=2))
    assert stage.contact("c0").value.nickname == "phone"
    assert stage.persons_named("Ann1")[0]["nicknames"][0]["value"] == "crm"


def test_on_the_sixth_day_everything_is_listed_before_the_token_dies_and_no_record_is_written(
    stage: Stage,
) -> None:
    with_many(stage, 3)
    first = state(stage).full_at
    stage.clock.advance(timedelta(days=5))
    stage.sync()
    assert state(stage).full_at == first, "the token serves"
    stage.clock.advance(timedelta(days=1))
    stage.meter.reset()
    stage.world.controls.forget_calls()
    stage.sync()
    later = state(stage).full_at
    assert first is not None
    assert later is not None
    assert timedelta(days=6) < later - first < timedelta(days=7)
    assert stage.meter.used().writes == 1, "the cursor, and nothing else"
    assert stage.world.controls.count("people.*") == 1


def intents(stage: Stage) -> list[Intent]:
    return list(stage.store.intents(stage.scope))


@pytest.mark.parametrize("kept_is_linked", [True, False])
def test_a_create_in_doubt_whose_contact_was_merged_away_is_not_made_again(
    stage: Stage, kept_is_linked: bool
) -> None:
    in_doubt(stage, "after", new=2)
    stage.book.lag(0)
    kept = stage.persons_named("Ann1" if kept_is_linked else "Ann2")[0]["resourceName"]
    gone = stage.persons_named("Ann3")[0]["resourceName"]
    stage.book.phone_merge(kept, gone)
    stage.run_until(timedelta(minutes=40))
    assert not intents(stage)
    assert len(stage.persons()) == 3, "the merge of two of the four stands"
    links = stage.store.links_of(stage.scope, "contacts", ["c1", "c2", "c3"])
    assert {crm: link.state for crm, link in links.items()} == {
        "c1": "linked",
        "c2": "linked",
        "c3": "detached",
    }
    assert stage.contact("c3").archived_at is None
    entries, _ = stage.store.journal(stage.scope, crm="c3", run=None, after=None, limit=50)
    assert [change.why for entry in entries for change in entry.changes] == ["merged at Google"]


def test_a_survivor_of_a_merge_comes_home_to_whichever_record_is_still_alive(stage: Stage) -> None:
    in_doubt(stage, "after", new=2)
    stage.book.lag(0)
    kept = stage.persons_named("Ann2")[0]["resourceName"]
    gone = stage.persons_named("Ann3")[0]["resourceName"]
    stage.book.phone_merge(kept, gone)
    stage.edit("c2", stage.contact("c2").value, archived=True)
    stage.run_until(timedelta(minutes=40))
    assert len(stage.persons()) == 3
    assert set(stage.store.links_of(stage.scope, "contacts", ["c2", "c3"])) == {"c3"}


def test_jobs_that_meet_as_the_wait_ends_make_one_complete_listing_between_them(stage: Stage) -> None:
    in_doubt(stage, "before")
    stage.queue.tasks.clear()
    stage.later(15 * 60)
    stage.world.controls.forget_calls()
    timeline = Timeline(stage, lambda _: 2.0, store=lambda _: 0.05)
    payload = {"uid": stage.uid, "resource": "contacts", "reason": "manual"}
    for number in range(5):
        timeline.at(0.01 * number, lambda: stage.queue.enqueue("sync", payload))
    timeline.run()
    assert stage.world.controls.charged("people.full_sync") == 1
    assert len(stage.persons_named("Ann2")) == 1
    assert not intents(stage)
