"""Where the saved cursor stands, and what the next job therefore looks at again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from crmsync.core.model import Appointment, Contact, Stored
from crmsync.core.scope import Scope
from crmsync.engine.requests import request_sync
from crmsync.engine.run import lease
from crmsync.gateway.events import Events
from crmsync.store.ports import LONGEST_COMMIT, CreateRecord, Kind, PutRecord
from crmsync.store.repository import DocumentStore
from local.google.faults import Fault
from tests.engine.appointments import timed
from tests.engine.push.effects import count, one_job, run_queued, state
from tests.stage import Stage

CREATES = "people.people.*reateContact*"
INSERT, PATCH = "calendar.events.insert", "calendar.events.patch"


class Late(DocumentStore):
    """A store in which a change shows only when it is let through, though its server time is older."""

    hidden: frozenset[str] = frozenset()

    def changed(
        self, scope: Scope, kind: Kind, since: datetime | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Stored[Contact]]:
        found = super().changed(scope, kind, since, after, limit)
        return [stored for stored in found if stored.id not in self.hidden]


@pytest.mark.parametrize("behind", [1.9, LONGEST_COMMIT.total_seconds()])
def test_a_change_that_shows_late_is_found_by_the_look_back(stage: Stage, behind: float) -> None:
    store = Late(stage.meter)
    stage.deps = replace(stage.deps, store=store)
    store.commit(stage.scope, [CreateRecord("contacts", "late", Contact(given_name="Late"))])
    stage.later(behind)
    store.commit(stage.scope, [CreateRecord("contacts", "first", Contact(given_name="First"))])
    store.hidden = frozenset(("late",))
    one_job(stage)
    assert (count(stage, CREATES), len(stage.persons())) == (1, 1)
    store.hidden = frozenset()
    stage.later(3600)
    one_job(stage)
    assert (count(stage, CREATES), len(stage.persons_named("Late"))) == (2, 1)
    stage.later(3600)
    one_job(stage)
    assert count(stage, CREATES) == 2, "what is looked at again is not sent again"


def add_four(stage: Stage) -> None:
    for n in range(4):
        stage.add(f"v{n}", Appointment(f"Viewing {n}", timed(10 + n, 9), timed(10 + n, 10)))


def edit_four(stage: Stage) -> None:
    for n in range(4):
        stage.edit(f"v{n}", replace(stage.appointment(f"v{n}").value, location=f"Room {n}"))


def titles(stage: Stage) -> list[str]:
    return sorted(event["summary"] for event in stage.events())


def rooms(stage: Stage) -> list[str]:
    return sorted(event["location"] for event in stage.events() if "location" in event)


def stands_at(stage: Stage, id: str) -> bool:
    """Whether the saved cursor stands at this record."""
    cursor = state(stage, "calendar").local
    return cursor is not None and (cursor.at, cursor.id) == (stage.appointment(id).updated_at, id)


def second_in_vain(operation: str) -> Fault:
    """The second of these calls meets a quota that has run out."""
    return Fault(operation, status=429, reason="rateLimitExceeded", skip=1, retry_after=300)


def test_edits_that_a_quota_within_a_page_kept_back_wait_and_the_cursor_stays_before_them(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Events, "update_size", 2)
    add_four(stage)
    stage.sync("calendar")
    stage.later(3600)
    edit_four(stage)
    stage.world.controls.forget_calls()
    stage.world.controls.plan(second_in_vain(PATCH))
    one_job(stage, "calendar")
    assert (count(stage, PATCH), rooms(stage)) == (2, ["Room 0"]), "the second batch is not even sent"
    assert stands_at(stage, "v0")
    [task] = stage.queue.tasks
    assert task.due >= stage.clock.now() + timedelta(seconds=300), "it waits for the quota"
    assert run_queued(stage) == 1
    assert (count(stage, PATCH), len(rooms(stage))) == (5, 4)


def test_events_that_a_quota_within_a_page_kept_from_being_created_wait_likewise(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Events, "create_size", 2)
    add_four(stage)
    stage.world.controls.plan(second_in_vain(INSERT))
    one_job(stage, "calendar")
    assert (count(stage, INSERT), titles(stage)) == (2, ["Viewing 0"])
    assert stands_at(stage, "v0")
    assert run_queued(stage) == 1
    assert (count(stage, INSERT), len(stage.events())) == (5, 4)


def test_an_edit_waits_with_the_creates_of_its_page_and_the_cursor_stays_before_it(stage: Stage) -> None:
    add_four(stage)
    stage.sync("calendar")
    stage.later(3600)
    before = state(stage, "calendar").local
    edit_four(stage)
    for n in (4, 5):
        stage.add(f"v{n}", Appointment(f"Viewing {n}", timed(10 + n, 9), timed(10 + n, 10)))
    stage.world.controls.forget_calls()
    stage.world.controls.plan(second_in_vain(INSERT))
    one_job(stage, "calendar")
    assert (count(stage, INSERT), count(stage, PATCH), len(stage.events())) == (2, 0, 5)
    assert state(stage, "calendar").local == before
    assert run_queued(stage) == 1
    assert (count(stage, INSERT), count(stage, PATCH)) == (3, 4)
    assert (len(stage.events()), len(rooms(stage))) == (6, 4)


def test_what_a_quota_refuses_to_a_whole_call_is_sent_by_the_next_job_and_nothing_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Events, "create_size", 1)
    add_four(stage)
    stage.world.controls.plan(second_in_vain(INSERT))
    one_job(stage, "calendar")
    assert (count(stage, INSERT), titles(stage)) == (2, ["Viewing 0"])
    assert state(stage, "calendar").local is None
    assert run_queued(stage) == 1
    assert (count(stage, INSERT), len(stage.events())) == (5, 4)


class Counting(DocumentStore):
    """A store that counts the changes it tells."""

    told: int = 0

    def changed(
        self, scope: Scope, kind: Kind, since: datetime | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Stored[Contact]]:
        found = super().changed(scope, kind, since, after, limit)
        self.told += len(found)
        return found


def looked_at_again(stage: Stage) -> int:
    """How many records an idle job looks at once more, a quarter of an hour later."""
    stage.later(900)
    store = Counting(stage.meter)
    stage.deps = replace(stage.deps, store=store)
    before = stage.meter.used().writes
    one_job(stage)
    assert stage.meter.used().writes == before
    return store.told


def add_at_once(stage: Stage, number: int) -> None:
    for n in range(number):
        stage.store.commit(stage.scope, [CreateRecord("contacts", f"c{n:03}", Contact(given_name=f"A{n}"))])


def test_what_had_settled_when_it_was_looked_at_is_not_looked_at_again(stage: Stage) -> None:
    add_at_once(stage, 9)
    stage.later(61)
    one_job(stage)
    assert looked_at_again(stage) == 0


def test_an_edit_that_was_sent_at_once_is_looked_at_again_as_it_was_and_no_other_is(stage: Stage) -> None:
    add_at_once(stage, 9)
    stage.later(61)
    one_job(stage)
    stage.later(600)
    edited = Contact(given_name="A0", nickname="Al")
    stage.store.commit(stage.scope, [PutRecord("contacts", "c000", edited, None)])
    stage.later(1)
    one_job(stage)
    assert looked_at_again(stage) == 1


def test_a_pass_of_several_jobs_looks_at_what_had_settled_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_at_once(stage, 600)
    stage.later(120)
    stage.sync("calendar")
    store = Counting(stage.meter)
    stage.deps = replace(stage.deps, store=store)
    late = iter((False, True))

    def refuse_late(started: datetime, now: datetime) -> None:
        if next(late, False):
            raise lease.Yield

    monkeypatch.setattr("crmsync.engine.run.run.refuse_late", refuse_late)
    one_job(stage)
    begun = len(stage.persons())
    assert 0 < begun < 600, "the job ended in the midst of the pass"
    assert stage.queue.tasks
    before = store.told
    stage.run()
    assert len(stage.persons()) == 600
    assert store.told - before <= 600 - begun


def test_a_commit_that_is_made_anyway_takes_the_cursor_on(stage: Stage) -> None:
    add_at_once(stage, 9)
    stage.later(1)
    stage.sync()
    assert looked_at_again(stage) == 9, "they were too recent to be settled"
    request_sync(stage.deps, stage.scope, "manual", frozenset(("contacts",)))
    stage.run()
    assert looked_at_again(stage) == 0
