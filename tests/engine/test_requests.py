"""Asking for a sync: joined when one is at work, gathered when changes come in bursts, once a tick."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.core.account import Connection
from crmsync.core.model import Contact
from crmsync.core.scope import Scope
from crmsync.engine import jobs, requests
from crmsync.engine.requests import request_sync, resync_due
from crmsync.store.ports import PutUser
from tests.stage import Stage


def queued(stage: Stage) -> list[tuple[str, str]]:
    return sorted((task.payload["resource"], task.payload["reason"]) for task in stage.queue.tasks)


def test_a_click_while_a_sync_is_at_work_joins_it(stage: Stage) -> None:
    request_sync(stage.deps, stage.scope, "manual")
    request_sync(stage.deps, stage.scope, "manual")
    assert queued(stage) == [("calendar", "manual"), ("contacts", "manual")]


def test_a_sync_that_has_been_silent_for_long_is_not_joined(stage: Stage) -> None:
    request_sync(stage.deps, stage.scope, "login")
    stage.clock.advance(timedelta(minutes=5))
    request_sync(stage.deps, stage.scope, "manual")
    assert len(queued(stage)) == 4


def test_a_click_is_answered_also_when_nothing_changed(stage: Stage) -> None:
    stage.sync()
    request_sync(stage.deps, stage.scope, "manual")
    user = stage.store.user(stage.scope)
    assert user is not None
    assert user.contacts.phase == "waiting"
    stage.run()
    user = stage.store.user(stage.scope)
    assert user is not None
    assert (user.contacts.phase, user.contacts.requested_at) == ("idle", None)
    assert user.contacts.last_synced_at == stage.clock.now()


def test_a_burst_of_changes_makes_one_job_that_comes_after_the_last_of_them(stage: Stage) -> None:
    for _ in range(5):
        request_sync(stage.deps, stage.scope, "change", frozenset(("contacts",)))
        stage.clock.advance(timedelta(milliseconds=150))
    last = stage.clock.now()
    assert queued(stage) == [("contacts", "change")]
    assert stage.queue.tasks[0].due > last


def test_a_change_after_the_burst_is_not_swallowed_by_its_name(stage: Stage) -> None:
    request_sync(stage.deps, stage.scope, "change", frozenset(("contacts",)))
    stage.run()
    stage.add("late", Contact(given_name="Late"))
    request_sync(stage.deps, stage.scope, "change", frozenset(("contacts",)))
    stage.run()
    assert [person["names"][0]["givenName"] for person in stage.persons()] == ["Late"]


def test_nothing_is_queued_without_a_living_connection(stage: Stage) -> None:
    request_sync(stage.deps, Scope.of("stranger"), "manual")
    assert queued(stage) == []


def test_a_tick_queues_each_due_user_once_and_gives_the_next_time(stage: Stage) -> None:
    assert resync_due(stage.deps, "tick-1") == 1
    assert queued(stage) == [("calendar", "schedule"), ("contacts", "schedule")]
    assert all(task.scheduled for task in stage.queue.tasks)
    assert resync_due(stage.deps, "tick-1") == 0
    user = stage.store.user(stage.scope)
    assert user is not None
    assert user.next_due_at is not None
    wait = user.next_due_at - stage.clock.now()
    assert timedelta(minutes=11) < wait < timedelta(minutes=19)


def test_a_change_in_the_crm_and_a_click_meet_without_harm(stage: Stage) -> None:
    stage.add("ann", Contact(given_name="Ann"))
    request_sync(stage.deps, stage.scope, "manual")
    stage.edit("ann", replace(Contact(given_name="Ann"), nickname="Annie"))
    request_sync(stage.deps, stage.scope, "change", frozenset(("contacts",)))
    stage.run()
    [person] = stage.persons()
    assert person["nicknames"][0]["value"] == "Annie"


def test_a_fleet_too_large_for_one_pass_is_queued_by_several_and_nobody_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "DUE_PAGE", 2)
    monkeypatch.setattr(requests, "PASS_TIME", timedelta(0))
    connection = Connection("sub", "x@gmail.example", frozenset(("contacts",)), stage.clock.now())
    for number in range(5):
        parts = {"connection": connection, "next_due_at": stage.clock.now()}
        stage.store.commit(Scope.of(f"user-{number}"), [PutUser(parts)])
    passes = 0
    assert resync_due(stage.deps, "tick") == 2
    # The scheduler tries again: the users of the next pass, once, and no second chain of passes.
    assert resync_due(stage.deps, "tick") == 2
    while any(task.job == "resync" for task in stage.queue.tasks):
        task = next(task for task in stage.queue.tasks if task.job == "resync")
        stage.queue.tasks.remove(task)
        jobs.run(stage.deps, task.job, task.payload)
        passes += 1
    assert passes == 2
    users = [task.payload["uid"] for task in stage.queue.tasks if task.payload["resource"] == "contacts"]
    assert sorted(users) == [stage.uid, *(f"user-{number}" for number in range(5))]
    assert resync_due(stage.deps, "next tick") == 0


def test_a_pass_of_the_wrong_shape_is_no_job(stage: Stage) -> None:
    with pytest.raises(jobs.UnknownJob):
        jobs.run(stage.deps, "resync", {"tick": "t", "part": "1"})
