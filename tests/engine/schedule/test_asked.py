"""What the user asked for is carried out, whatever becomes of its task."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.core.account import ImportRun
from crmsync.core.due import SILENCE
from crmsync.core.errors import Unavailable
from crmsync.core.model import Contact
from crmsync.engine import jobs
from crmsync.engine.account import connect
from crmsync.engine.imports import importing, undoing
from crmsync.engine.requests import request_sync
from crmsync.engine.review import approvals
from crmsync.engine.run.lease import JOB_TIME
from crmsync.engine.schedule import asked
from crmsync.engine.schedule.tick import resync_due
from crmsync.store.ports import PutUser
from local.google.faults import Fault
from tests.engine.allowing import come_back
from tests.engine.imports.test_importing import contacts, present, tick
from tests.engine.schedule.days import DAY, Unreachable, pass_time, user_of
from tests.stage import Stage

ONE_INTERVAL = timedelta(minutes=25)
"""Silence, and the next tick after the user's look."""


@pytest.fixture
def ticked(stage: Stage) -> Stage:
    """Ada is on the sheet, ticked; nothing is queued."""
    stage.book.phone_create({"names": [{"givenName": "Ada"}]})
    stage.sync()
    stage.sync("calendar")
    present(stage)
    tick(stage, "Ada")
    return stage


def lost(stage: Stage) -> None:
    """Cloud Tasks drops whatever waits."""
    stage.queue.tasks.clear()


def unreachable(stage: Stage) -> None:
    """The queue takes nothing, for this one moment."""


Trouble = Callable[[Stage], None]


def in_trouble(stage: Stage, trouble: Trouble, act: Callable[[], object]) -> None:
    """The user acts, and the queue takes nothing or loses what it took."""
    plain = stage.deps
    if trouble is unreachable:
        stage.deps = replace(plain, queue=Unreachable())
    act()
    stage.deps = plain
    trouble(stage)


def run_of(stage: Stage, id: str) -> ImportRun:
    run = stage.store.import_run(stage.scope, id)
    assert run is not None
    return run


def finishes(stage: Stage) -> str:
    return importing.start(stage.deps, stage.scope, "done", None)


@pytest.mark.parametrize("trouble", [unreachable, lost])
class TestSheetLocked:
    """Finish is pressed, and its task is not there."""

    def test_sheet_locked(self, ticked: Stage, trouble: Trouble) -> None:
        ids: list[str] = []
        in_trouble(ticked, trouble, lambda: ids.append(finishes(ticked)))
        pass_time(ticked, ONE_INTERVAL)
        assert (run_of(ticked, ids[0]).state, run_of(ticked, ids[0]).imported) == ("finished", 1)
        assert [each.given_name for each in contacts(ticked)] == ["Ada"]
        assert (user_of(ticked).rounds.running, user_of(ticked).asked) == (None, ())

    def test_the_next_finish_carries_it_out(self, ticked: Stage, trouble: Trouble) -> None:
        ids: list[str] = []
        in_trouble(ticked, trouble, lambda: ids.append(finishes(ticked)))
        ticked.clock.advance(SILENCE)
        with pytest.raises(importing.ImportRunning) as running:
            finishes(ticked)
        assert running.value.import_id == ids[0]
        ticked.run()
        assert run_of(ticked, ids[0]).imported == 1
        finishes(ticked)

    def test_so_does_the_next_look(self, ticked: Stage, trouble: Trouble) -> None:
        in_trouble(ticked, trouble, lambda: finishes(ticked))
        ticked.clock.advance(SILENCE)
        asked.revive(ticked.deps, ticked.scope)
        asked.revive(ticked.deps, ticked.scope)
        assert [task.job for task in ticked.queue.tasks] == ["import"]
        ticked.run()
        assert len(contacts(ticked)) == 1

    def test_nothing_is_locked_after_disconnect_and_reconnect(self, ticked: Stage, trouble: Trouble) -> None:
        in_trouble(ticked, trouble, lambda: finishes(ticked))
        in_trouble(ticked, trouble, lambda: connect.disconnect(ticked.deps, ticked.scope, "keep", "keep"))
        ticked.later(1)
        assert come_back(ticked, ticked.account).kind == "connected"
        trouble(ticked)
        pass_time(ticked, ONE_INTERVAL)
        assert (user_of(ticked).rounds.running, user_of(ticked).asked) == (None, ())
        assert len(contacts(ticked)) == 1
        finishes(ticked)

    def test_an_undo_is_carried_out(self, ticked: Stage, trouble: Trouble) -> None:
        id = finishes(ticked)
        ticked.run()
        assert len(contacts(ticked)) == 1
        in_trouble(ticked, trouble, lambda: undoing.start(ticked.deps, ticked.scope, id))
        pass_time(ticked, ONE_INTERVAL)
        assert (run_of(ticked, id).undo, contacts(ticked)) == ("done", [])
        assert (user_of(ticked).rounds.running, user_of(ticked).asked) == (None, ())

    def test_a_disconnect_is_carried_out_and_costs_nothing_afterwards(
        self, ticked: Stage, trouble: Trouble
    ) -> None:
        ticked.add("bo", Contact(given_name="Bo"))
        ticked.sync()
        assert len(ticked.persons()) == 2
        in_trouble(ticked, trouble, lambda: connect.disconnect(ticked.deps, ticked.scope, "delete", "keep"))
        pass_time(ticked, ONE_INTERVAL)
        assert len(ticked.persons()) == 1
        assert ticked.store.grant(ticked.scope) is None
        assert [each.kind for each in user_of(ticked).asked] == ["forget"]
        assert pass_time(ticked, DAY).tasks == 1
        assert (user_of(ticked).asked, user_of(ticked).next_due_at) == ((), None)
        day = pass_time(ticked, DAY)
        assert (day.tasks, day.writes, day.calls) == (0, 0, 0)


def test_a_disconnect_that_was_asked_for_again_takes_the_last_choice(ticked: Stage) -> None:
    ticked.add("bo", Contact(given_name="Bo"))
    ticked.sync()
    connect.disconnect(ticked.deps, ticked.scope, "keep", "keep")
    connect.disconnect(ticked.deps, ticked.scope, "delete", "keep")
    ticked.run()
    assert [person["names"][0]["givenName"] for person in ticked.persons()] == ["Ada"]
    assert [each.kind for each in user_of(ticked).asked] == ["forget"]


def test_who_connects_again_is_not_cleaned_up_behind(ticked: Stage) -> None:
    connect.disconnect(ticked.deps, ticked.scope, "delete", "archive")
    ticked.later(1)
    assert come_back(ticked, ticked.account).kind == "connected"
    assert user_of(ticked).asked == ()
    ticked.run()
    assert ticked.store.grant(ticked.scope) is not None


def test_a_job_of_an_older_turn_stops(ticked: Stage) -> None:
    finishes(ticked)
    [old] = [task for task in ticked.queue.tasks if task.job == "import"]
    lost(ticked)
    ticked.clock.advance(SILENCE)
    asked.revive(ticked.deps, ticked.scope)
    ticked.world.controls.forget_calls()
    ticked.meter.reset()
    jobs.run(ticked.deps, old.job, old.payload)
    assert (ticked.world.controls.calls(), ticked.meter.used().writes) == ([], 0)
    assert contacts(ticked) == []
    ticked.run()
    assert len(contacts(ticked)) == 1


def test_a_turn_that_may_have_been_queued_is_not_used_again(ticked: Stage) -> None:
    finishes(ticked)
    lost(ticked)
    ticked.later(20 * 60)
    for _ in range(2):
        with pytest.raises(Unavailable):
            resync_due(replace(ticked.deps, queue=Unreachable()), "tick")
    assert resync_due(ticked.deps, "tick") == 1
    [task] = [task for task in ticked.queue.tasks if task.job == "import"]
    assert task.payload["turn"] == 3
    ticked.run()
    assert len(contacts(ticked)) == 1


def test_a_job_that_is_at_work_is_not_queued_a_second_time(
    ticked: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It began late, works as long as a job may, and says so once."""
    finishes(ticked)
    read = importing._take_read
    queued: list[str] = []

    def slowly(*args: object) -> object:
        ticked.clock.advance(JOB_TIME)
        ticked.store.commit(ticked.scope, [PutUser({"next_due_at": ticked.clock.now()})])
        assert resync_due(ticked.deps, "tick") == 1
        asked.revive(ticked.deps, ticked.scope)
        queued.extend(task.job for task in ticked.queue.tasks)
        return read(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "_take_read", slowly)
    ticked.clock.advance(timedelta(minutes=5))
    ticked.run()
    assert queued == ["sync", "sync"]
    assert len(contacts(ticked)) == 1


def test_an_import_in_time_costs_no_write_for_its_sign_of_life(ticked: Stage) -> None:
    finishes(ticked)
    before = user_of(ticked).version
    seen: list[object] = []
    plain = importing.perform

    def performed(*args: object, **more: object) -> None:
        seen.append(user_of(ticked).version)
        plain(*args, **more)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importing, "perform", performed)
        ticked.run()
    assert seen == [before]


def test_an_import_under_a_long_limit_is_not_tried_again_and_again(ticked: Stage) -> None:
    limit = Fault("people.*", "before", 429, "RATE_LIMIT_EXCEEDED", times=None, retry_after=6 * 3600)
    ticked.world.controls.plan(limit)
    finishes(ticked)
    day = pass_time(ticked, DAY)
    people = [call for call in ticked.world.controls.calls() if call.operation.startswith("people.")]
    assert len(people) <= 10
    assert day.waiting <= 3


@pytest.mark.parametrize("trouble", [unreachable, lost])
def test_a_click_is_answered_by_the_schedule(ticked: Stage, trouble: Trouble) -> None:
    in_trouble(ticked, trouble, lambda: request_sync(ticked.deps, ticked.scope, "manual"))
    assert user_of(ticked).contacts.requested_at is not None
    pass_time(ticked, ONE_INTERVAL)
    assert (user_of(ticked).contacts.requested_at, user_of(ticked).calendar.requested_at) == (None, None)


@pytest.mark.parametrize("trouble", [unreachable, lost])
def test_a_decided_hold_is_carried_out(ticked: Stage, trouble: Trouble) -> None:
    for number in range(12):
        ticked.add(f"c{number}", Contact(given_name=f"C{number}"))
    ticked.sync()
    ticked.later(600)
    for number in range(12):
        ticked.edit(f"c{number}", ticked.contact(f"c{number}").value, archived=True)
    ticked.sync()
    [hold] = ticked.store.holds(ticked.scope)
    assert len(ticked.persons()) == 13
    in_trouble(
        ticked,
        trouble,
        lambda: approvals.choose(ticked.deps, ticked.scope, hold.id, "apply", hold.digest),
    )
    pass_time(ticked, ONE_INTERVAL)
    assert (ticked.store.holds(ticked.scope), len(ticked.persons())) == ([], 1)
    assert user_of(ticked).contacts.decided_at is None


@pytest.mark.parametrize("trouble", [unreachable, lost])
def test_who_connects_while_the_queue_takes_nothing_is_connected_and_synced(
    ticked: Stage, trouble: Trouble
) -> None:
    connect.disconnect(ticked.deps, ticked.scope, "keep", "keep")
    ticked.run()
    ticked.add("bo", Contact(given_name="Bo"))
    ticked.later(1)
    in_trouble(ticked, trouble, lambda: come_back(ticked, ticked.account))
    assert user_of(ticked).connection is not None
    assert user_of(ticked).contacts.phase == "waiting"
    assert len(ticked.persons()) == 1
    pass_time(ticked, timedelta(minutes=10))
    assert (user_of(ticked).contacts.phase, user_of(ticked).calendar.phase) == ("idle", "idle")
    assert sorted(person["names"][0]["givenName"] for person in ticked.persons()) == ["Ada", "Bo"]
