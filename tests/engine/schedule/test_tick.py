"""One tick and several: who is due is queued once, and nobody is lost."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from crmsync.core.account import Connection, ResourceState
from crmsync.core.errors import Unavailable
from crmsync.core.scope import Scope
from crmsync.engine import jobs
from crmsync.engine.deps import Deps
from crmsync.engine.schedule import tick
from crmsync.engine.schedule.tick import resync_due
from crmsync.store.documents.port import Merge
from crmsync.store.ports import Conflicted, PutUser, StoreUnavailable
from crmsync.store.repository import DocumentStore
from crmsync.workers import Workers
from local.google.faults import Fault
from tests.engine.schedule.days import DAY, Unreachable, pass_time, user_of
from tests.machine.crashes import Crash
from tests.stage import BOTH, Stage
from tests.threads import at_once
from tests.timeline import Timeline

SIX_HOURS = 6 * 3600


class Sink:
    """A queue that remembers whom it was told of, and by which threads."""

    def __init__(self) -> None:
        self.syncs: Counter[tuple[str, str]] = Counter()
        self.names: set[str] = set()
        self.threads: set[str] = set()
        self._lock = threading.Lock()

    def enqueue(self, job: str, payload: Mapping[str, Any], *, name: str | None = None, **_: Any) -> bool:
        with self._lock:
            if job == "sync":
                self.syncs[payload["uid"], payload["resource"]] += 1
            self.names.add(name or "")
            self.threads.add(threading.current_thread().name)
        return True


def fleet(stage: Stage, size: int) -> None:
    """So many users besides who are due now, and ann who is not."""
    connection = Connection("sub", "x@gmail.example", BOTH, stage.clock.now())
    for number in range(size):
        parts = {"connection": connection, "next_due_at": stage.clock.now()}
        stage.store.commit(Scope.of(f"user-{number:03d}"), [PutUser(parts)])
    stage.store.commit(stage.scope, [PutUser({"next_due_at": None})])
    stage.meter.reset()


def sinking(stage: Stage, **more: Any) -> tuple[Deps, Sink]:
    sink = Sink()
    return replace(stage.deps, queue=sink, **more), sink


def test_overlapping_ticks(stage: Stage) -> None:
    """600 due users, 15 ms a task, 20 ms a commit, three ticks 3 s apart: each is queued once."""
    fleet(stage, 600)
    stage.deps, sink = sinking(stage)
    timeline = Timeline(
        stage,
        lambda _: 0.0,
        store=lambda call: 0.02 if call == "commit" else 0.005,
        queue=lambda _: 0.015,
    )
    for number in range(3):
        payload = {"tick": f"tick-{number}", "part": 0}
        timeline.at(3.0 * number, partial(stage.queue.enqueue, "resync", payload))
    timeline.run(20_000)
    assert (len(sink.syncs), set(sink.syncs.values())) == (1_200, {1})
    used = stage.meter.used()
    assert used.writes == 600
    assert used.commits <= 10, "claims go together"
    assert used.reads <= 1_000


def test_ticks_at_the_same_moment_share_the_users(stage: Stage) -> None:
    fleet(stage, 300)
    deps, sink = sinking(stage)
    # Each is a process of its own.
    works = [
        partial(resync_due, replace(deps, store=DocumentStore(stage.meter)), f"t{number}")
        for number in range(3)
    ]
    queued = at_once(works)
    for _ in range(3):  # Whom each of them took for the other's is due still.
        queued.append(resync_due(deps, "next"))
    assert (sum(queued), len(sink.syncs), set(sink.syncs.values())) == (300, 600, {1})


def test_tasks_are_queued_by_several_threads(stage: Stage) -> None:
    fleet(stage, 40)
    deps, sink = sinking(stage, workers=partial(Workers, max_workers=1))
    assert resync_due(deps, "tick") == 40
    assert (len(sink.syncs), len(sink.threads)) == (80, tick.THREADS)


def test_a_user_who_is_written_all_the_time_holds_up_nobody(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet(stage, 30)
    deps, sink = sinking(stage)
    plain = stage.store.change_users

    def moved(changes: Any) -> Any:
        if any(user.uid == "user-000" for user, _ in changes):
            raise Conflicted("users/user-000")
        return plain(changes)

    monkeypatch.setattr(stage.store, "change_users", moved)
    assert resync_due(deps, "tick") == 29
    monkeypatch.undo()
    assert resync_due(deps, "next") == 1
    assert set(sink.syncs.values()) == {1}


def test_a_queue_that_takes_nothing_loses_nobody(stage: Stage) -> None:
    fleet(stage, 30)
    for _ in range(3):
        with pytest.raises(Unavailable):
            resync_due(replace(stage.deps, queue=Unreachable()), "tick")
    deps, sink = sinking(stage)
    assert resync_due(deps, "tick") == 30
    assert len(sink.syncs) == 60


def test_a_queue_that_breaks_off_is_asked_again_under_the_same_names(stage: Stage) -> None:
    fleet(stage, 10)
    deps, sink = sinking(stage)
    tasks = iter(range(7))

    class BreaksOff(Sink):
        def enqueue(self, *args: Any, **more: Any) -> bool:
            if next(tasks, None) is None:
                raise Unavailable("queue_unavailable")
            return sink.enqueue(*args, **more)

    with pytest.raises(Unavailable):
        resync_due(replace(deps, queue=BreaksOff()), "tick")
    assert sum(sink.syncs.values()) == 7
    assert resync_due(deps, "again") == 7
    assert (len(sink.syncs), len(sink.names)) == (20, 20), "what came twice has one name"


def test_who_was_claimed_by_a_tick_that_died_is_due_an_interval_later(stage: Stage) -> None:
    class Dies(Sink):
        def enqueue(self, *args: Any, **more: Any) -> bool:
            raise Crash

    fleet(stage, 5)
    with pytest.raises(Crash):
        resync_due(replace(stage.deps, queue=Dies()), "tick")
    deps, sink = sinking(stage)
    assert resync_due(deps, "next") == 0
    stage.later(20 * 60)
    assert resync_due(deps, "later") == 5
    assert len(sink.syncs) == 10


def test_a_claim_whose_answer_was_lost_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: Any) -> Any:
        raise StoreUnavailable("no answer")

    monkeypatch.setattr(stage.store, "change_users", lost)
    with pytest.raises(StoreUnavailable):
        resync_due(stage.deps, "tick")
    assert stage.queue.tasks == []


def test_a_document_that_cannot_be_read_holds_up_nobody(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet(stage, 5)
    monkeypatch.setattr(tick, "DUE_PAGE", 2)
    stage.meter.commit([Merge("users/user-000", {"settings": "gone"})])
    deps, sink = sinking(stage)
    assert resync_due(deps, "tick") == 4
    assert len(sink.syncs) == 8


def test_schedule_under_limit(stage: Stage) -> None:
    """Google answers 'wait 6 hours' to everything: a user is looked at once when the wait is over."""
    for operation in ("people.*", "calendar.*"):
        limit = Fault(operation, "before", 429, "RATE_LIMIT_EXCEEDED", times=None, retry_after=SIX_HOURS)
        stage.world.controls.plan(limit)
    day = pass_time(stage, DAY)
    assert 0 < day.calls <= 10
    assert day.waiting <= 2
    assert day.tasks <= 10
    assert day.writes <= 4 * 6


def test_what_was_limited_goes_on_by_itself_when_google_lets_it(stage: Stage) -> None:
    limit = Fault("people.*", "before", 429, "RATE_LIMIT_EXCEEDED", times=1, retry_after=SIX_HOURS)
    stage.world.controls.plan(limit)
    stage.book.phone_create({"names": [{"givenName": "Ada"}]})
    pass_time(stage, timedelta(hours=5))
    assert stage.candidates() == []
    stage.queue.tasks.clear()
    pass_time(stage, timedelta(hours=2))
    assert [row.name for row in stage.candidates()] == ["Ada"]


@pytest.mark.parametrize(("seconds", "follow_ups"), [(300, 1), (SIX_HOURS, 0)])
def test_follow_ups_never_multiply(stage: Stage, seconds: int, follow_ups: int) -> None:
    """However many jobs meet the limit: a short wait has one follow-up, a long one is the schedule's."""
    limit = Fault("people.*", "before", 429, "RATE_LIMIT_EXCEEDED", times=None, retry_after=seconds)
    stage.world.controls.plan(limit)
    for reason in ("schedule", "push", "change", "manual", "schedule"):
        payload = {"uid": stage.uid, "resource": "contacts", "reason": reason}
        jobs.run(stage.deps, "sync", payload)
        stage.clock.advance(timedelta(seconds=2))
    assert len(stage.queue.tasks) == follow_ups
    assert len([call for call in stage.world.controls.calls() if call.operation.startswith("people.")]) == 1
    assert resync_due(stage.deps, "tick") == 1
    now = [task.payload["resource"] for task in stage.queue.tasks if task.due <= stage.clock.now()]
    assert now == ["calendar"]


def test_dead_grant_stays_due(stage: Stage) -> None:
    """A user whose grant is dead costs nothing until they act."""
    with stage.world.lock:
        stage.world.grants.revoke(stage.account.sub)
    stage.run()
    pass_time(stage, timedelta(hours=1))
    day = pass_time(stage, DAY)
    assert (day.tasks, day.writes, day.calls) == (0, 0, 0)
    assert user_of(stage).next_due_at is None


@pytest.mark.parametrize("mark", ["requested_at", "decided_at"])
def test_a_sync_that_was_asked_for_and_lost_comes_although_the_calendar_rests(
    stage: Stage, mark: str
) -> None:
    now = stage.clock.now()
    rests = replace(
        ResourceState(),
        watch=replace(
            ResourceState().watch,
            channel="c",
            expires_at=now + DAY,
            due_at=now + DAY,
            poll_at=now + timedelta(minutes=29),
        ),
    )
    for state, expected in ((rests, []), (replace(rests, **{mark: now}), ["calendar"])):  # type: ignore[arg-type]
        stage.store.commit(stage.scope, [PutUser({"calendar": state, "next_due_at": stage.clock.now()})])
        resync_due(stage.deps, "tick")
        queued = [task.payload["resource"] for task in stage.queue.tasks]
        assert [each for each in queued if each == "calendar"] == expected
        stage.queue.tasks.clear()
        stage.later(1)
