"""Asking for a sync: joined when one is at work, gathered when changes come in bursts, once a tick."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.account import Connection, User
from crmsync.core.model import Contact
from crmsync.core.scope import Scope
from crmsync.engine import jobs
from crmsync.engine.account import connect
from crmsync.engine.deps import Deps
from crmsync.engine.requests import request_sync
from crmsync.engine.schedule import tick as schedule
from crmsync.engine.schedule.tick import resync_due
from crmsync.engine.users import change_user
from crmsync.store.ports import PutUser
from tests.engine.allowing import come_back
from tests.machine.crashes import Fuse
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
    monkeypatch.setattr(schedule, "DUE_PAGE", 2)
    monkeypatch.setattr(schedule, "PASS_TIME", timedelta(0))
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


@dataclass
class Interrupted:
    """The queue, and something that happens once while a tick queues."""

    inner: Any
    meanwhile: Callable[[], object]
    happened: int = 0

    def enqueue(self, *args: Any, **more: Any) -> bool:
        if not self.happened:
            self.happened += 1
            self.meanwhile()
        return bool(self.inner.enqueue(*args, **more))


def user_of(stage: Stage) -> User:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user


def interrupted(stage: Stage, meanwhile: Callable[[], object]) -> Deps:
    return replace(stage.deps, queue=Interrupted(stage.queue, meanwhile))


def moves_to_the_us(user: User) -> dict[str, Any]:
    return {"settings": replace(user.settings, region="US")}


def test_a_setting_that_changes_while_a_tick_gives_the_next_time_is_kept_and_so_is_the_time(
    stage: Stage,
) -> None:
    deps = interrupted(stage, lambda: change_user(stage.deps, stage.scope, moves_to_the_us))
    assert resync_due(deps, "tick") == 1
    user = user_of(stage)
    assert user.settings.region == "US"
    assert user.next_due_at is not None
    assert user.next_due_at > stage.clock.now()


def test_a_tick_while_a_setting_changes_is_kept_and_so_is_the_setting(stage: Stage) -> None:
    ticks: list[int] = []

    def changed(user: User) -> dict[str, Any]:
        if not ticks:
            ticks.append(resync_due(stage.deps, "tick"))
        return moves_to_the_us(user)

    change_user(stage.deps, stage.scope, changed)
    user = user_of(stage)
    assert (ticks, user.settings.region) == ([1], "US")
    assert user.next_due_at is not None
    assert user.next_due_at > stage.clock.now()


def test_who_connects_again_while_a_tick_gives_the_next_time_is_connected_and_has_one(stage: Stage) -> None:
    allowed: list[User] = []

    def connects() -> None:
        stage.later(1)
        assert come_back(stage, stage.account).kind == "connected"
        allowed.append(user_of(stage))

    assert resync_due(interrupted(stage, connects), "tick") == 1
    user = user_of(stage)
    assert [each.connection for each in allowed] == [user.connection]
    assert user.contacts == allowed[0].contacts, "the job that the user waits for is not forgotten"
    assert user.next_due_at == stage.clock.now(), "a new connection is looked at with the next tick"


def test_who_disconnects_while_a_tick_gives_the_next_time_has_no_sync_in_it(stage: Stage) -> None:
    deps = interrupted(stage, lambda: connect.disconnect(stage.deps, stage.scope, "keep", "keep"))
    resync_due(deps, "tick")
    stage.run()
    user = user_of(stage)
    [forgetting] = user.asked
    assert (user.connection, forgetting.kind, user.next_due_at) == (None, "forget", forgetting.look_at)
    assert resync_due(stage.deps, "next tick") == 0


def test_a_commit_of_a_job_and_a_tick_at_once_are_both_kept(stage: Stage) -> None:
    stage.add("ann", Contact(given_name="Ann"))
    fuse = Fuse()
    ticks: list[int] = []
    plain = stage.deps
    stage.fuse(fuse)
    fuse.set(1, after=False, event=lambda _: ticks.append(resync_due(plain, "tick")))
    jobs.run(stage.deps, "sync", {"uid": stage.uid, "resource": "contacts", "reason": "manual"})
    user = user_of(stage)
    assert ticks == [1]
    assert user.next_due_at is not None
    assert user.next_due_at > stage.clock.now()
    assert (len(stage.persons()), stage.store.count_links(stage.scope, "contacts")) == (1, 1)
    assert user.contacts.phase == "idle"


def test_two_settings_that_change_at_once_are_both_kept(stage: Stage) -> None:
    others: list[User] = []

    def changed(user: User) -> dict[str, Any]:
        if not others:
            others.append(change_user(stage.deps, stage.scope, moves_to_the_us))
        return {"settings": replace(user.settings, push_contacts=False)}

    change_user(stage.deps, stage.scope, changed)
    settings = user_of(stage).settings
    assert (settings.region, settings.push_contacts) == ("US", False)
