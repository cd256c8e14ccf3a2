"""Google takes its time, and jobs overlap: what a person does meanwhile arrives all the same, and soon."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from crmsync import tally
from crmsync.core.account import ResourceState
from crmsync.core.errors import GrantDead
from crmsync.core.model import Appointment, Contact, Email, Resource
from crmsync.engine.requests import request_sync
from crmsync.store.ports import CreateRecord, PutRecord, PutUser
from tests.engine.appointments import timed
from tests.stage import Stage
from tests.timeline import Timeline

SLOW = 2.0
"""Seconds of a call to Google."""
SOON = 30.0
"""Seconds from the last edit until all is at Google, however the jobs met."""
LEASE = timedelta(minutes=10)
MUTATIONS = ("create", "update", "delete")


def contact(name: str) -> Contact:
    return Contact(given_name=name, emails=(Email(f"{name.lower()}@example.com"),))


def appointment(title: str, day: int = 10) -> Appointment:
    return Appointment(title=title, start=timed(day, 9), end=timed(day, 10))


def slow_writes(call: str) -> float:
    return SLOW if call in MUTATIONS else 0.2


def slow_calls(_: str) -> float:
    return SLOW


def puts(stage: Stage, timeline: Timeline, id: str, value: Any, *, new: bool = False) -> None:
    """A person changes a record in the CRM, and the API asks for a sync, as it does."""
    kind, resource = _KINDS[type(value)]
    write = CreateRecord(kind, id, value) if new else PutRecord(kind, id, value, None)
    stage.store.commit(stage.scope, [write])
    request_sync(timeline.deps, stage.scope, "change", frozenset((resource,)))


_KINDS: dict[type, Any] = {Contact: ("contacts", "contacts"), Appointment: ("appointments", "calendar")}


def state(stage: Stage, resource: Resource) -> ResourceState:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user.resource(resource)


def at_rest(stage: Stage, resource: Resource) -> None:
    """Nobody holds a lease, and one more job asks Google once and writes nothing."""
    until = state(stage, resource).lease_until
    assert until is None or until <= stage.clock.now()
    assert state(stage, resource).phase == "idle"
    stage.later(60)
    stage.sync(resource)
    stage.meter.reset()
    stage.world.controls.forget_calls()
    stage.sync(resource)
    assert (len(stage.world.controls.calls()), stage.meter.used().writes) == (1, 0)


def titles(stage: Stage) -> list[str]:
    return sorted(event["summary"] for event in stage.events())


@pytest.mark.parametrize("latency", [slow_writes, slow_calls])
def test_contacts_added_one_after_the_other_are_all_at_google_soon(stage: Stage, latency: Any) -> None:
    stage.sync()
    timeline = Timeline(stage, latency)
    names = [f"Person{number}" for number in range(20)]
    for number, name in enumerate(names):
        timeline.at(0.15 * number, partial(puts, stage, timeline, name.lower(), contact(name), new=True))
    timeline.run()
    assert sorted(person["names"][0]["givenName"] for person in stage.persons()) == sorted(names)
    assert timeline.elapsed < SOON
    assert len(timeline.deliveries) < 12, "jobs that meet leave one follow-up, not one each"
    at_rest(stage, "contacts")


@pytest.mark.parametrize("latency", [slow_writes, slow_calls])
@pytest.mark.parametrize("apart", [0.4, 1.3, 2.2])
def test_appointments_edited_one_after_the_other_are_all_at_google_soon(
    stage: Stage, latency: Any, apart: float
) -> None:
    for name in "abcd":
        stage.add(name, appointment(name))
    stage.sync("calendar")
    timeline = Timeline(stage, latency)
    for number, name in enumerate("abcd"):
        timeline.at(1 + apart * number, partial(puts, stage, timeline, name, appointment(f"{name} edited")))
    timeline.run()
    assert titles(stage) == [f"{name} edited" for name in "abcd"]
    assert timeline.elapsed < SOON
    at_rest(stage, "calendar")


@pytest.mark.parametrize("latency", [slow_writes, slow_calls])
def test_overtaken_keeps_lease(stage: Stage, latency: Any) -> None:
    """An edit here, one on the phone while it is written, and another one here."""
    for name in "abc":
        stage.add(name, appointment(name))
    stage.sync("calendar")
    other = next(event for event in stage.events() if event["summary"] == "c")
    timeline = Timeline(stage, latency)

    def phone() -> None:
        stage.calendar.phone_edit(other["id"], {"summary": "c on the phone"})
        request_sync(timeline.deps, stage.scope, "push", frozenset(("calendar",)))

    timeline.at(1.0, partial(puts, stage, timeline, "a", appointment("a edited")))
    timeline.at(2.9, phone)
    timeline.at(5.0, partial(puts, stage, timeline, "b", appointment("b edited")))
    timeline.run()
    assert titles(stage) == ["a edited", "b edited", "c on the phone"]
    assert stage.appointment("c").value.title == "c on the phone"
    assert timeline.elapsed < SOON
    at_rest(stage, "calendar")


@pytest.mark.parametrize("resource", ["contacts", "calendar"])
def test_a_job_that_meets_a_lease_commits_nothing_and_leaves_one_follow_up(
    stage: Stage, resource: Resource
) -> None:
    stage.sync(resource)
    before = stage.store.user(stage.scope)
    assert before is not None
    until = stage.clock.now() + LEASE
    held = replace(before.resource(resource), lease_by="another", lease_until=until)
    stage.store.commit(stage.scope, [PutUser({resource: held})])
    stage.meter.reset()
    stage.world.controls.forget_calls()
    timeline = Timeline(stage, slow_calls)
    for _ in range(5):
        stage.queue.enqueue("sync", {"uid": stage.uid, "resource": resource, "reason": "manual"})
    timeline.step(5)
    assert len(timeline.deliveries) == 5
    assert (stage.meter.used().writes, stage.world.controls.calls()) == (0, [])
    assert len(stage.queue.tasks) == 1
    timeline.run()
    assert timeline.elapsed >= LEASE.total_seconds(), "the lease of a job that died is waited for"
    assert len(timeline.deliveries) < 60
    at_rest(stage, resource)


def test_a_click_that_meets_a_lease_does_not_wait_behind_the_schedule(stage: Stage) -> None:
    """A job of the schedule has met it before, and what follows answers both: in the queue of clicks."""
    stage.sync()
    until = stage.clock.now() + LEASE
    held = replace(state(stage, "contacts"), lease_by="another", lease_until=until)
    stage.store.commit(stage.scope, [PutUser({"contacts": held})])
    timeline = Timeline(stage, slow_calls)
    for reason in ("schedule", "manual"):
        payload = {"uid": stage.uid, "resource": "contacts", "reason": reason}
        stage.queue.enqueue("sync", payload, scheduled=reason == "schedule")
    timeline.step(2)
    assert [task.scheduled for task in stage.queue.tasks] == [False]


@pytest.mark.parametrize("resource", ["contacts", "calendar"])
def test_a_job_that_is_overtaken_gives_its_lease_back(
    stage: Stage, resource: Resource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something else raised the fence while Google was at work: another calendar, an undo, a new account."""
    value: Any = contact("Ada") if resource == "contacts" else appointment("Ada")
    stage.sync(resource)
    timeline = Timeline(stage, slow_writes)

    def raise_the_fence() -> None:
        user = stage.store.user(stage.scope)
        assert user is not None
        now = user.resource(resource)
        assert now.lease_by is not None, "Google is being written to"
        stage.store.commit(stage.scope, [PutUser({resource: replace(now, rev=now.rev + 1)})])

    timeline.at(0, partial(puts, stage, timeline, "a", value, new=True))
    timeline.at(2.0, raise_the_fence)
    timeline.at(4.0, lambda: freed.append(state(stage, resource).lease_by))
    freed: list[str | None] = []
    ended: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(tally, "ended", ended.append)
        timeline.run()
    assert freed == [None]
    assert ended[0] == "overtaken", "the log says so"
    assert len(stage.persons() if resource == "contacts" else stage.events()) == 1
    at_rest(stage, resource)


@pytest.mark.parametrize("resource", ["contacts", "calendar"])
def test_a_job_that_fails_unexpectedly_gives_its_lease_back(stage: Stage, resource: Resource) -> None:
    value: Any = contact("Ada") if resource == "contacts" else appointment("Ada")
    stage.sync(resource)
    timeline = Timeline(stage, slow_writes)
    timeline.fail("create", ZeroDivisionError())
    timeline.at(0, partial(puts, stage, timeline, "a", value, new=True))
    with pytest.raises(ZeroDivisionError):
        timeline.run()
    assert state(stage, resource).lease_by is None


@pytest.mark.parametrize("resource", ["contacts", "calendar"])
def test_a_job_whose_grant_died_gives_its_lease_back_when_the_user_has_allowed_anew(
    stage: Stage, resource: Resource
) -> None:
    """What failed is not the connection that is there now: nothing pauses, and the new one need not wait."""
    value: Any = contact("Ada") if resource == "contacts" else appointment("Ada")
    stage.sync(resource)
    timeline = Timeline(stage, slow_writes)

    def allow_anew() -> None:
        user = stage.store.user(stage.scope)
        assert user is not None
        assert user.connection is not None
        assert user.resource(resource).lease_by is not None, "Google is being written to"
        anew = replace(user.connection, allowed_at=stage.clock.now())
        stage.store.commit(stage.scope, [PutUser({"connection": anew})])
        request_sync(timeline.deps, stage.scope, "connect")

    timeline.fail("create", GrantDead("invalid_grant"))
    timeline.at(0, partial(puts, stage, timeline, "a", value, new=True))
    timeline.at(2.0, allow_anew)
    timeline.run()
    assert len(stage.persons() if resource == "contacts" else stage.events()) == 1
    assert timeline.elapsed < SOON
    at_rest(stage, resource)
