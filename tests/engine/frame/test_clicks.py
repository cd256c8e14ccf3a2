"""A click is answered by a sync that begins after it: none joins one that is not there, none comes twice."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from crmsync.core.account import ResourceState, User
from crmsync.core.errors import RateLimited, Unavailable
from crmsync.core.model import Contact, Email, Resource
from crmsync.core.shown.status import label_and_state
from crmsync.engine import jobs, requests, sync, sync_job
from crmsync.engine.frame import answers
from crmsync.engine.requests import request_sync
from crmsync.store.ports import PutUser
from local.google.faults import Fault
from tests.stage import Stage, Task
from tests.timeline import Timeline

SLOW = 2.0
CONTACTS: frozenset[Resource] = frozenset(("contacts",))


def slow(_: str) -> float:
    return SLOW


def user_of(stage: Stage) -> User:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user


def state(stage: Stage) -> ResourceState:
    return user_of(stage).contacts


def click(stage: Stage) -> None:
    request_sync(stage.deps, stage.scope, "manual", CONTACTS)


def deliver(stage: Stage) -> Task:
    """The next task runs in its time."""
    task = stage.queue.tasks.pop(0)
    stage.clock.advance(max(task.due - stage.clock.now(), timedelta()))
    jobs.run(stage.deps, task.job, task.payload)
    return task


# --- beside a sync at work


@pytest.mark.parametrize("at", [0.5, 1.2, 1.9])
@pytest.mark.parametrize("reason", ["schedule", "manual"])
def test_what_is_edited_on_the_phone_before_a_click_is_here_after_it(
    stage: Stage, reason: str, at: float
) -> None:
    """The click comes while a job is listing, which has seen Google by then, or has not; nothing tells."""
    stage.add("ada", Contact("Ada", emails=(Email("ada@example.com"),)))
    stage.sync()
    stage.later(60)
    stage.sync()
    [ada] = stage.persons_named("Ada")
    timeline = Timeline(stage, slow)

    def edit_and_click() -> None:
        stage.book.phone_edit(ada["resourceName"], {"nicknames": [{"value": "Adi"}]})
        request_sync(timeline.deps, stage.scope, "manual", CONTACTS)

    payload = {"uid": stage.uid, "resource": "contacts", "reason": reason}
    if reason == "manual":
        timeline.at(0, lambda: request_sync(timeline.deps, stage.scope, "manual", CONTACTS))
    else:
        timeline.at(0, partial(stage.queue.enqueue, "sync", payload))
    timeline.at(at, edit_and_click)
    timeline.run()
    assert stage.contact("ada").value.nickname == "Adi"
    assert len(timeline.deliveries) <= (2 if reason == "manual" else 3), "two that meet leave one more"
    assert (state(stage).phase, state(stage).requested_at) == ("idle", None)


@pytest.mark.parametrize("at", [3.5, 4.5])
def test_a_click_while_a_job_is_writing_leaves_one_job_for_its_end(stage: Stage, at: float) -> None:
    """After the pull, and while Google is being written to: the job's look at Google is over."""
    for number in range(3):
        stage.add(f"c{number}", Contact(f"Ann{number}", emails=(Email(f"ann{number}@example.com"),)))
    stage.sync()
    stage.later(60)
    stage.edit("c0", replace(stage.contact("c0").value, nickname="An"))
    [one] = stage.persons_named("Ann1")
    timeline = Timeline(stage, slow)

    def edit_and_click() -> None:
        stage.book.phone_edit(one["resourceName"], {"nicknames": [{"value": "Adi"}]})
        for _ in range(3):
            request_sync(timeline.deps, stage.scope, "manual", CONTACTS)

    timeline.at(0, lambda: request_sync(timeline.deps, stage.scope, "change", CONTACTS))
    timeline.at(at, edit_and_click)
    timeline.run()
    assert stage.contact("c1").value.nickname == "Adi"
    assert stage.persons_named("Ann0")[0]["nicknames"][0]["value"] == "An"
    assert len(timeline.deliveries) == 2
    assert timeline.elapsed < 20
    assert (state(stage).phase, state(stage).requested_at) == ("idle", None)


def test_a_job_that_fails_while_there_was_a_click_is_followed_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it failed by may be over by the time of the click, and the back-off may be long."""
    stage.sync()
    plain = sync.sync

    def fails(run: Any, side: Any) -> Any:
        monkeypatch.setattr(sync_job, "sync", plain)
        run.ledger.commit(phase="pulling")
        stage.later(1)
        click(stage)
        raise Unavailable("down")

    monkeypatch.setattr(sync_job, "sync", fails)
    stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule"})
    deliver(stage)
    assert state(stage).failures == 1
    [follow] = stage.queue.tasks
    assert (follow.due, follow.payload["reason"]) == (stage.clock.now(), "manual")
    deliver(stage)
    assert (state(stage).failures, state(stage).phase, stage.queue.tasks) == (0, "idle", [])


# --- beside a sync that is not there


def test_clicks_one_after_the_other_ask_for_one_job_until_it_has_answered(stage: Stage) -> None:
    stage.sync()
    click(stage)
    click(stage)
    assert len(stage.queue.tasks) == 1
    deliver(stage)
    click(stage)
    assert len(stage.queue.tasks) == 1, "the one before is answered"


def test_a_click_whose_task_was_lost_does_not_hold_the_next_one_back(stage: Stage) -> None:
    stage.sync()
    click(stage)
    stage.queue.tasks.clear()
    stage.later(requests.ASKED_ONCE)
    click(stage)
    assert len(stage.queue.tasks) == 1


def test_a_click_that_could_not_be_queued_is_queued_by_the_next(stage: Stage) -> None:
    stage.sync()

    class Down:
        def enqueue(self, *told: Any, **more: Any) -> bool:
            raise Unavailable("queue_unavailable")

    request_sync(replace(stage.deps, queue=Down()), stage.scope, "manual", CONTACTS)
    assert state(stage).requested_at is not None, "and else by the schedule"
    click(stage)
    assert len(stage.queue.tasks) == 1


def test_a_click_after_a_job_that_was_killed_starts_a_sync(stage: Stage) -> None:
    stage.sync()
    killed = replace(state(stage), phase="pulling", done=3, total=9, changed_at=stage.clock.now())
    stage.store.commit(stage.scope, [PutUser({"contacts": killed})])
    stage.later(requests.SILENCE.total_seconds())
    click(stage)
    stage.run()
    assert (state(stage).phase, state(stage).requested_at) == ("idle", None)


# --- while something is waited for


def test_a_click_during_a_back_off_queues_a_job_now_and_once(stage: Stage) -> None:
    stage.sync()
    stage.world.controls.plan(Fault("people.people.*", "before", 503, times=None))
    stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule"})
    for _ in range(5):
        deliver(stage)
    assert state(stage).failures == 5
    stage.later(1)
    stage.world.controls.clear_faults()
    for _ in range(3):
        click(stage)
    [now, later] = sorted(stage.queue.tasks)
    assert now.due == stage.clock.now()
    deliver(stage)
    assert (state(stage).phase, state(stage).failures, state(stage).problem) == ("idle", 0, None)
    stage.world.controls.forget_calls()
    assert deliver(stage) == later
    assert len(stage.world.controls.calls()) == 1, "what was queued for the end of the back-off is idle"
    assert stage.queue.tasks == []


def test_a_change_during_a_back_off_waits_for_its_end_and_asks_nobody(stage: Stage) -> None:
    stage.sync()
    stage.world.controls.plan(Fault("people.people.*", "before", 503, times=None))
    stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule"})
    for _ in range(5):
        deliver(stage)
    stage.world.controls.clear_faults()
    stage.world.controls.forget_calls()
    stage.add("ada", Contact("Ada"))
    request_sync(stage.deps, stage.scope, "change", CONTACTS)
    deliver(stage)
    assert (stage.world.controls.calls(), len(stage.queue.tasks)) == ([], 1)
    deliver(stage)
    assert len(stage.persons()) == 1


def test_google_is_not_asked_before_its_own_wait_is_over_whoever_clicks(stage: Stage) -> None:
    stage.sync()
    fault = Fault("people.people.connections.list", "before", 429, "RATE_LIMIT_EXCEEDED", retry_after=600)
    stage.world.controls.plan(fault)
    stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule"})
    deliver(stage)
    stage.world.controls.forget_calls()
    for _ in range(3):
        stage.later(100)
        click(stage)
    [after] = stage.queue.tasks
    assert stage.world.controls.calls() == []
    assert after.due == state(stage).paused_until
    deliver(stage)
    assert (state(stage).phase, state(stage).requested_at) == ("idle", None)


def test_a_wait_of_less_than_a_second_is_no_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows never asks for the name of the task that is at work."""
    stage.sync()
    plain, limits = sync.sync, [0.3, 0.2, 0.7]

    def limited(run: Any, side: Any) -> Any:
        if limits:
            raise RateLimited("quota", limits.pop())
        return plain(run, side)

    monkeypatch.setattr(sync_job, "sync", limited)
    click(stage)
    stage.run()
    assert (limits, state(stage).phase, state(stage).requested_at) == ([], "idle", None)


def test_a_look_at_a_lease_that_the_queue_lost_is_made_up_for_by_the_next_job(stage: Stage) -> None:
    stage.sync()
    until = stage.clock.now() + timedelta(minutes=10)
    held = replace(state(stage), lease_by="another", lease_until=until)
    stage.store.commit(stage.scope, [PutUser({"contacts": held})])
    payload = {"uid": stage.uid, "resource": "contacts", "reason": "change"}
    for _ in range(2):
        jobs.run(stage.deps, "sync", payload)
    assert len(stage.queue.tasks) == 1
    stage.queue.tasks.clear()
    stage.later(5)
    for _ in range(2):
        jobs.run(stage.deps, "sync", payload)
    assert len(stage.queue.tasks) == 1


# --- the token endpoint


def test_refresh_fails(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token endpoint answers 503 for five minutes, then 401 invalid_client; a click after that."""
    monkeypatch.setattr("google.auth._exponential_backoff.time.sleep", lambda seconds: None)
    stage.sync("calendar")
    stage.sync()
    stage.later(3600)
    stage.world.controls.plan(Fault("oauth.token", status=503, reason="backend_error", times=None))
    stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule"})
    tries, told = [], []
    begin = stage.clock.now()
    while (stage.queue.tasks[0].due - begin) <= timedelta(minutes=5):
        tries.append((deliver(stage).due - begin).total_seconds())
        told.append(state(stage).problem)
    assert tries == [0, 15, 45, 105, 225], "ever more rarely"
    assert told == [None, None, *[answers.UNREACHABLE] * 3]
    assert label_and_state(user_of(stage), 0, 0, 0).problems[:1] == (answers.UNREACHABLE,)
    stage.world.controls.clear_faults()
    stage.world.controls.plan(Fault("oauth.token", status=401, reason="invalid_client", times=None))
    deliver(stage)
    shown = label_and_state(user_of(stage), 0, 0, 0)
    assert (shown.state, shown.problems[0].code) == ("attention", "invalid_client")
    [task] = stage.queue.tasks
    assert (task.due - stage.clock.now()).total_seconds() == 480
    stage.later(60)
    stage.world.controls.clear_faults()
    click(stage)
    deliver(stage)
    now = state(stage)
    assert (now.phase, now.failures, now.problem, now.requested_at) == ("idle", 0, None, None)
    assert now.last_synced_at == stage.clock.now(), "at once"
