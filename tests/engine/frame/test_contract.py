"""Every kind of job, and every way to end: what it holds is given back, how it ended is recorded, it comes
back at most once, and a click leads out of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from crmsync import tally
from crmsync.core.account import Problem, ResourceState, User
from crmsync.core.errors import GrantDead, Misconfigured, NotFound, RateLimited, Refused, Unavailable
from crmsync.core.state import Choice
from crmsync.engine import jobs, requests, sync_job
from crmsync.engine.account import connect, disconnect, erase
from crmsync.engine.frame import answers
from crmsync.engine.imports import importing, sheet, undoing
from crmsync.engine.requests import request_sync
from crmsync.engine.run.generation import Outdated
from crmsync.engine.run.lease import LeaseHeld, Yield
from crmsync.engine.run.run import Run
from crmsync.store.ports import CandidateQuery, Conflicted, StoreUnavailable, Superseded, TooLarge
from tests.stage import Stage, Task

pytestmark = pytest.mark.unexpected


@dataclass
class Heart:
    """What is in the place of a job's work: it takes what it can hold, and ends as it is told."""

    error: Exception | None = None
    beats: int = 0

    def __call__(self, *told: Any, **more: Any) -> None:
        self.beats += 1
        run = told[0]
        if isinstance(run, Run) and (lease := run.ledger.lease()):
            run.ledger.commit(phase="pushing", **lease)
        if self.error is not None:
            raise self.error
        if isinstance(run, Run) and run.ledger.unfinished:
            run.ledger.commit(**run.ledger.finished())


@dataclass(frozen=True)
class Kind:
    """A kind of job on a stage: how it is queued, and what its work is."""

    job: str
    module: Any
    work: str
    queue: Callable[[Stage], None]


def queue_sync(resource: Any) -> Callable[[Stage], None]:
    return lambda stage: request_sync(stage.deps, stage.scope, "manual", frozenset((resource,)))


def queue_import(stage: Stage) -> None:
    rows = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 10).rows
    sheet.save(stage.deps, stage.scope, {row.key: lambda _: Choice(selected=True) for row in rows})
    importing.start(stage.deps, stage.scope, "done", None)


def queue_undo(stage: Stage) -> None:
    queue_import(stage)
    [task] = stage.queue.tasks
    stage.run()
    undoing.start(stage.deps, stage.scope, task.payload["id"])


def queue_disconnect(stage: Stage) -> None:
    connect.disconnect(stage.deps, stage.scope, "keep", "keep")


def queue_erase(stage: Stage) -> None:
    erase.begin(stage.deps, stage.scope, "keep")
    # The disconnect that it begins with has a job of its own.
    stage.queue.tasks[:] = [task for task in stage.queue.tasks if task.job == "erase"]


KINDS = {
    "contacts": Kind("sync", sync_job, "sync", queue_sync("contacts")),
    "calendar": Kind("sync", sync_job, "sync", queue_sync("calendar")),
    "import": Kind("import", importing, "perform", queue_import),
    "undo": Kind("undo", undoing, "perform", queue_undo),
    "disconnect": Kind("disconnect", disconnect, "perform", queue_disconnect),
    "erase": Kind("erase", erase, "perform", queue_erase),
}


@dataclass(frozen=True)
class End:
    """A way to end. wait: seconds until it comes back; None when it does not. failures, problem: recorded.

    asking: whether a click works at once.
    """

    error: Exception
    outcome: str
    wait: float | None
    failures: int = 0
    problem: str | None = None
    paused: bool = False
    asking: bool = True


ENDS = {
    "time": End(Yield(), "unfinished", 2.0),
    "overtaken": End(Superseded("x"), "overtaken", 2.0),
    "conflict": End(Conflicted("x"), "overtaken", 2.0),
    "lease": End(LeaseHeld("other", 599.0), "lease_held", 3.0),
    "outage": End(Unavailable("timeout"), "failed", 15.0, failures=1, paused=True),
    "stale token": End(Unavailable("token_rejected"), "failed", 0.0),
    "quota": End(
        RateLimited("quota", 300.0), "failed", 300.0, problem="rate_limited", paused=True, asking=False
    ),
    "our client": End(
        Misconfigured("invalid_client"), "failed", 15.0, failures=1, problem="invalid_client", paused=True
    ),
    "refused": End(Refused("forbidden"), "failed", 15.0, failures=1, problem="forbidden", paused=True),
    "too large": End(TooLarge("x"), "unexpected", 15.0, failures=1, paused=True),
    "unexpected": End(ZeroDivisionError(), "unexpected", 15.0, failures=1, paused=True),
}


@pytest.fixture
def ready(stage: Stage) -> Stage:
    """Somebody at Google to import, and both resources in step."""
    stage.book.phone_create({"names": [{"givenName": "Ada"}]})
    stage.sync()
    stage.sync("calendar")
    return stage


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, ready: Stage) -> Kind:
    """A kind of job, which is queued on the stage `ready`."""
    made = KINDS[request.param]
    made.queue(ready)
    return made


@pytest.fixture
def heart(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> Heart:
    heart = Heart()
    monkeypatch.setattr(kind.module, kind.work, heart)
    return heart


def user_of(stage: Stage) -> User:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user


def deliver(stage: Stage) -> tuple[Task, str]:
    """The one task that is queued runs in its time; itself, and how it ended."""
    [task] = stage.queue.tasks
    stage.queue.tasks.clear()
    stage.clock.advance(max(task.due - stage.clock.now(), timedelta()))
    return task, again(stage, task)


def again(stage: Stage, task: Task) -> str:
    """A task is delivered; how it ended."""
    with tally.opened() as did:
        jobs.run(stage.deps, task.job, task.payload)
    return did.outcome


def recorded(stage: Stage, task: Task) -> tuple[int, datetime | None, Problem | None]:
    user = user_of(stage)
    if task.job != "sync":
        stall = user.stalls.get(task.job)
        return (stall.failures, stall.until, stall.problem) if stall else (0, None, None)
    state = user.resource(task.payload["resource"])
    return state.failures, state.paused_until, state.problem


def leases(stage: Stage) -> list[str]:
    states: list[ResourceState] = [user_of(stage).contacts, user_of(stage).calendar]
    return [state.lease_by for state in states if state.lease_by is not None]


def waits(stage: Stage) -> list[float]:
    return [(task.due - stage.clock.now()).total_seconds() for task in stage.queue.tasks]


@pytest.mark.parametrize("end", ENDS.values(), ids=list(ENDS))
def test_each_end_of_each_kind_is_answered(ready: Stage, kind: Kind, heart: Heart, end: End) -> None:
    heart.error = end.error
    task, outcome = deliver(ready)
    assert (heart.beats, outcome) == (1, end.outcome)
    assert leases(ready) == []
    assert waits(ready) == ([] if end.wait is None else [end.wait])
    failures, until, problem = recorded(ready, task)
    assert (failures, problem.code if problem else None) == (end.failures, end.problem)
    assert (until is not None) is end.paused
    if end.paused:
        assert until == ready.queue.tasks[0].due, "what is recorded is when the next one comes"


@pytest.mark.parametrize("end", ["time", "overtaken", "lease", "outage", "quota", "our client", "unexpected"])
def test_a_job_that_is_delivered_twice_comes_back_once(
    ready: Stage, kind: Kind, heart: Heart, end: str
) -> None:
    heart.error = ENDS[end].error
    task, _ = deliver(ready)
    task.payload.pop("asked", None)
    if task.job == "sync":
        task.payload["reason"] = "change"
    again(ready, task)
    assert len(ready.queue.tasks) == 1


def test_a_job_whose_time_is_up_and_one_that_it_overtook_leave_one_job(
    ready: Stage, kind: Kind, heart: Heart
) -> None:
    heart.error = ENDS["time"].error
    task, _ = deliver(ready)
    heart.error = ENDS["overtaken"].error
    again(ready, task)
    assert len(ready.queue.tasks) == 1
    heart.error = None
    ready.run()
    assert heart.beats == 3, "and that one does the rest"


@pytest.mark.parametrize("end", ENDS.values(), ids=list(ENDS))
def test_whoever_asks_anew_gets_out_of_it(ready: Stage, kind: Kind, heart: Heart, end: End) -> None:
    heart.error = end.error
    task, _ = deliver(ready)
    ready.queue.tasks.clear()
    ready.later(requests.SILENCE.total_seconds())
    if task.job == "sync":
        queue_sync(task.payload["resource"])(ready)
    else:
        ready.queue.enqueue(task.job, {**task.payload, "asked": True})
    assert len(ready.queue.tasks) == (1 if end.asking or task.job != "sync" else 0)
    heart.error, heart.beats = None, 0
    ready.run()
    assert heart.beats == end.asking
    if end.asking:
        assert recorded(ready, task) == (0, None, None)


@pytest.mark.parametrize("end", ["outage", "our client", "unexpected"])
def test_failures_in_a_row_are_waited_for_longer_and_told_by_the_third(
    ready: Stage, kind: Kind, heart: Heart, end: str
) -> None:
    heart.error = ENDS[end].error
    seen, told = [], []
    for _ in range(answers.FAILURES_SHOWN):
        task, _ = deliver(ready)
        seen += waits(ready)
        told.append(recorded(ready, task)[2])
    assert seen == [15, 30, 60]
    assert told[2] is not None
    assert (told[0] is None) is (end != "our client")
    heart.error = None
    task, outcome = deliver(ready)
    assert (outcome, recorded(ready, task)) == ("done", (0, None, None))
    assert ready.queue.tasks == []


def test_what_a_chain_has_left_behind_ends_where_it_comes_too_early(
    ready: Stage, kind: Kind, heart: Heart
) -> None:
    """Two follow-ups of two jobs that failed: the later one is waited for, the earlier one asks nobody."""
    heart.error = Unavailable("timeout")
    task, _ = deliver(ready)
    [first] = ready.queue.tasks
    ready.queue.tasks.clear()
    task.payload["asked"] = True
    again(ready, task)
    [second] = ready.queue.tasks
    assert first.due < second.due
    ready.clock.advance(first.due - ready.clock.now())
    heart.beats = 0
    assert again(ready, first) == "waiting"
    assert (heart.beats, len(ready.queue.tasks)) == (0, 1)


@pytest.mark.parametrize("error", [StoreUnavailable("down"), Unavailable("queue_unavailable")])
def test_what_cannot_be_recorded_is_delivered_again_and_holds_nothing(
    ready: Stage, kind: Kind, heart: Heart, error: Exception
) -> None:
    heart.error = error
    with pytest.raises(type(error)):
        deliver(ready)
    assert (leases(ready), ready.queue.tasks) == ([], [])


def test_a_dead_grant_pauses_the_connection_and_what_outlives_it_goes_on(
    ready: Stage, kind: Kind, heart: Heart
) -> None:
    heart.error = GrantDead("invalid_grant")
    deliver(ready)
    connection = user_of(ready).connection
    assert (connection is None) is (kind.job in ("disconnect", "erase"))
    assert connection is None or connection.state == "dead"
    assert leases(ready) == []
    assert len(ready.queue.tasks) == (kind.job in ("import", "undo", "erase"))


def test_a_job_of_another_connection_ends_without_an_effect(ready: Stage, kind: Kind, heart: Heart) -> None:
    [task] = ready.queue.tasks
    ready.queue.tasks.clear()
    task.payload["generation"] -= 1
    before = user_of(ready)
    assert again(ready, task) == "outdated"
    assert (heart.beats, user_of(ready)) == (0, before)
    lives = kind.job in ("import", "undo", "erase")
    assert [each.payload["generation"] for each in ready.queue.tasks] == [before.generation] * lives


def test_a_job_whose_connection_changes_meanwhile_holds_nothing(
    ready: Stage, kind: Kind, heart: Heart
) -> None:
    heart.error = Outdated()
    _, outcome = deliver(ready)
    assert (outcome, leases(ready)) == ("outdated", [])
    assert len(ready.queue.tasks) == (kind.job in ("import", "undo", "erase"))


def test_a_job_that_was_queued_before_connections_were_counted_runs(
    ready: Stage, kind: Kind, heart: Heart
) -> None:
    [task] = ready.queue.tasks
    del task.payload["generation"]
    deliver(ready)
    assert heart.beats == 1


def test_a_calendar_that_is_gone_is_told_and_not_tried_by_itself(
    ready: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    heart = Heart(NotFound("not_found"))
    monkeypatch.setattr(sync_job, "sync", heart)
    queue_sync("calendar")(ready)
    deliver(ready)
    state = user_of(ready).calendar
    assert (state.problem, state.phase, ready.queue.tasks) == (answers.CALENDAR_GONE, "idle", [])
