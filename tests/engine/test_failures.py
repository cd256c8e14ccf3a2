"""What each failure at Google leads to."""

from datetime import timedelta

from crmsync.core.account import User
from crmsync.core.due import LONG_WAIT
from crmsync.core.state import Choice
from crmsync.engine import jobs
from crmsync.engine.imports import importing, sheet
from crmsync.store.ports import CandidateQuery
from local.google.faults import Fault
from tests.stage import Stage


def user_of(stage: Stage) -> User:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user


def connection_of(stage: Stage) -> str:
    connection = user_of(stage).connection
    assert connection is not None
    return connection.state


def revoke(stage: Stage) -> None:
    with stage.world.lock:
        stage.world.grants.revoke(stage.account.sub)


def test_a_revoked_grant_pauses_the_user_at_once_and_keeps_the_links(stage: Stage) -> None:
    stage.sync()
    before = stage.clock.now()
    revoke(stage)
    stage.sync()
    assert connection_of(stage) == "dead"
    assert (stage.clock.now() - before).total_seconds() < 5, (
        "a cached token that is refused is not waited for"
    )
    stage.world.controls.forget_calls()
    stage.sync()
    assert stage.world.controls.calls() == [], "a paused user's jobs end before Google is asked"


def test_a_refused_token_that_can_be_renewed_is_renewed(stage: Stage) -> None:
    stage.sync()
    with stage.world.lock:
        stage.world.grants.expire_access_tokens(stage.account.sub)
    stage.sync()
    assert connection_of(stage) == "active"
    assert user_of(stage).contacts.failures == 0


def test_an_outage_is_waited_out_and_shown_only_when_it_lasts(stage: Stage) -> None:
    stage.world.controls.plan(Fault("people.people.connections.list", "before", 503, times=5))
    stage.sync()
    assert user_of(stage).contacts.failures == 0, "it succeeded in the end"
    assert user_of(stage).contacts.problem is None


def test_a_quota_is_waited_for_and_the_work_goes_on(stage: Stage) -> None:
    stage.world.controls.plan(
        Fault("people.people.connections.list", "before", 429, "RATE_LIMIT_EXCEEDED", retry_after=30)
    )
    before = stage.clock.now()
    stage.book.phone_create({"names": [{"givenName": "Ada"}]})
    stage.sync()
    assert (stage.clock.now() - before).total_seconds() >= 30
    assert [candidate.name for candidate in stage.candidates()] == ["Ada"]


def one_job(stage: Stage) -> None:
    """The next queued job is delivered in its time; without one the schedule's, when the wait is over."""
    if not stage.queue.tasks:
        stage.clock.advance(timedelta(seconds=wait_of(stage)))
        stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule"})
    task = stage.queue.tasks.pop(0)
    stage.clock.advance(max(task.due - stage.clock.now(), timedelta()))
    jobs.run(stage.deps, task.job, task.payload)


def wait_of(stage: Stage) -> float:
    """Seconds until the one job that is queued; a long wait is left to the schedule."""
    if stage.queue.tasks:
        [task] = stage.queue.tasks
        return (task.due - stage.clock.now()).total_seconds()
    until = user_of(stage).contacts.paused_until
    assert until is not None
    assert until - stage.clock.now() >= LONG_WAIT
    return (until - stage.clock.now()).total_seconds()


def failing_jobs(stage: Stage, times: int) -> tuple[list[float], list[str | None]]:
    """So many jobs during an outage; how long each is waited for, and what the user is told after it."""
    stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule"})
    waits, told = [], []
    for number in range(times):
        one_job(stage)
        state = user_of(stage).contacts
        assert state.failures == number + 1
        waits.append(wait_of(stage))
        told.append(state.problem.code if state.problem else None)
    return waits, told


def test_the_third_failure_in_a_row_is_shown_and_each_is_waited_for_longer(stage: Stage) -> None:
    stage.world.controls.plan(Fault("people.people.*", "before", 503, times=None))
    waits, told = failing_jobs(stage, 10)
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert told == [None, None, *["unavailable"] * 8]
    stage.world.controls.clear_faults()
    one_job(stage)
    state = user_of(stage).contacts
    assert (state.failures, state.problem, stage.queue.tasks) == (0, None, [])


def test_after_a_success_failures_are_counted_from_the_first(stage: Stage) -> None:
    stage.sync()
    for _ in range(2):
        stage.world.controls.plan(Fault("people.people.*", "before", 503, times=None))
        assert failing_jobs(stage, 2) == ([15, 30], [None, None])
        stage.world.controls.clear_faults()
        one_job(stage)
        assert (user_of(stage).contacts.failures, stage.queue.tasks) == (0, [])


def test_failures_of_one_side_are_not_those_of_the_other(stage: Stage) -> None:
    stage.world.controls.plan(Fault("people.people.*", "before", 503, times=None))
    failing_jobs(stage, 3)
    stage.queue.tasks.clear()
    stage.sync("calendar")
    state = user_of(stage)
    assert (state.contacts.failures, state.calendar.failures, state.calendar.problem) == (3, 0, None)


def test_an_import_waits_longer_each_time_too(stage: Stage) -> None:
    stage.book.phone_create({"names": [{"givenName": "Ada"}]})
    stage.sync()
    rows = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 10).rows
    sheet.save(stage.deps, stage.scope, {row.key: lambda _: Choice(selected=True) for row in rows})
    importing.start(stage.deps, stage.scope, "done", None)
    stage.world.controls.plan(Fault("people.people.*", "before", 503, times=None))
    waits = []
    for _ in range(4):
        one_job(stage)
        waits.append(wait_of(stage))
    assert waits == [15, 30, 60, 120]
