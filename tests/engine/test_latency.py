"""Google takes its time, and jobs overlap: what a person does meanwhile arrives all the same, and soon."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from crmsync import tally
from crmsync.core.account import ResourceState
from crmsync.core.errors import GrantDead, Unavailable
from crmsync.core.model import Appointment, Contact, Email, Resource
from crmsync.engine.frame import resting
from crmsync.engine.pairs import absorb
from crmsync.engine.push import sorting, updates
from crmsync.engine.requests import request_sync
from crmsync.engine.run.lease import Yield
from crmsync.engine.run.ledger import Ledger
from crmsync.engine.schedule.tick import resync_due
from crmsync.store.ports import CreateRecord, PutRecord, PutUser, StoreUnavailable
from tests.engine.appointments import timed
from tests.machine.crashes import Crash
from tests.people import beside
from tests.stage import Stage
from tests.timeline import Timeline

SLOW = 2.0
"""Seconds of a call to Google."""
SOON = 30.0
"""Seconds from the last edit until all is at Google, however the jobs met."""
LEASE = timedelta(minutes=10)
IN_DOUBT = 15 * 60.0
"""Seconds for which creates of contacts whose outcome nobody knows are looked for."""
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
        patch.setattr(tally, "ended", lambda outcome, answer: ended.append(outcome))
        timeline.run()
    assert freed == [None]
    assert ended[0] == "overtaken", "the log says so"
    assert len(stage.persons() if resource == "contacts" else stage.events()) == 1
    at_rest(stage, resource)


@pytest.mark.unexpected
@pytest.mark.parametrize("resource", ["contacts", "calendar"])
def test_a_job_that_fails_unexpectedly_gives_its_lease_back(stage: Stage, resource: Resource) -> None:
    value: Any = contact("Ada") if resource == "contacts" else appointment("Ada")
    stage.sync(resource)
    timeline = Timeline(stage, slow_writes)
    timeline.fail("create", ZeroDivisionError())
    timeline.at(0, partial(puts, stage, timeline, "a", value, new=True))
    timeline.at(8, lambda: after.append(state(stage, resource)))
    after: list[ResourceState] = []
    timeline.run()
    assert (after[0].lease_by, after[0].failures) == (None, 1)
    assert len(stage.persons() if resource == "contacts" else stage.events()) == 1
    at_rest(stage, resource)


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


@pytest.mark.parametrize("resource", ["contacts", "calendar"])
@pytest.mark.parametrize("apart", [0.7, 3.0, 11.0])
def test_edits_arrive_though_google_and_the_store_take_two_seconds_a_call(
    stage: Stage, resource: Resource, apart: float
) -> None:
    """Jobs meet between a read of the store and the commit that follows from it."""
    values: dict[str, Any] = {
        name: contact(name) if resource == "contacts" else appointment(name) for name in "abcd"
    }
    for name, value in values.items():
        stage.add(name, value)
    stage.sync(resource)
    text = "notes" if resource == "contacts" else "location"
    timeline = Timeline(stage, slow_calls, store=slow_calls)
    for number, (name, value) in enumerate(values.items()):
        edited = replace(value, **{text: f"{name} edited"})
        timeline.at(1 + apart * number, partial(puts, stage, timeline, name, edited))
    timeline.run()
    found = (
        [person["biographies"][0]["value"] for person in stage.persons()]
        if resource == "contacts"
        else [event["location"] for event in stage.events()]
    )
    assert sorted(found) == [f"{name} edited" for name in "abcd"]
    assert timeline.elapsed < 3 * apart + 60
    assert len(timeline.deliveries) < 12
    at_rest(stage, resource)


def with_work(stage: Stage, resource: Resource) -> Timeline:
    """A day on which one record is to be created, one changed and one deleted, at two seconds a call."""
    made = contact if resource == "contacts" else appointment
    values: dict[str, Any] = {name: made(name) for name in "abc"}
    for name in "ab":
        stage.add(name, values[name])
    stage.sync(resource)
    text = "notes" if resource == "contacts" else "location"
    stage.edit("a", replace(values["a"], **{text: "edited"}))
    stage.edit("b", values["b"], archived=True)
    timeline = Timeline(stage, slow_calls, store=slow_calls, redelivery=5.0)
    timeline.at(0, partial(puts, stage, timeline, "c", values["c"], new=True))
    return timeline


def all_is_done(stage: Stage, resource: Resource) -> None:
    """What `with_work` left to do is at Google."""
    if resource == "contacts":
        told = {
            p["names"][0]["givenName"]: p.get("biographies", [{}])[0].get("value") for p in stage.persons()
        }
    else:
        told = {event["summary"]: event.get("location") for event in stage.events()}
    assert told == {"a": "edited", "c": None}
    at_rest(stage, resource)


@pytest.mark.unexpected
@pytest.mark.parametrize("call", ["list_page", "create", "update", "delete", "query", "commit"])
@pytest.mark.parametrize("resource", ["contacts", "calendar"])
def test_a_job_that_raises_at_any_call_is_followed_by_another_that_need_not_wait_for_its_lease(
    stage: Stage, resource: Resource, call: str
) -> None:
    timeline = with_work(stage, resource)
    timeline.fail(call, ZeroDivisionError())
    timeline.run()
    assert not timeline.failures, "the call was made"
    in_doubt = (call, resource) == ("commit", "contacts")
    assert timeline.elapsed < (IN_DOUBT if in_doubt else 0.0) + 120
    # What may have been made is looked for after half a minute, and then ever more rarely.
    assert len(timeline.deliveries) == (7 if in_doubt else 2)
    all_is_done(stage, resource)


@pytest.mark.parametrize("call", ["update", "commit"])
@pytest.mark.parametrize("resource", ["contacts", "calendar"])
def test_after_a_job_that_was_killed_its_lease_is_waited_for_and_no_longer(
    stage: Stage, resource: Resource, call: str
) -> None:
    timeline = with_work(stage, resource)
    timeline.fail(call, Crash())
    timeline.run()
    assert not timeline.failures, "the call was made"
    wait = timeline.elapsed - LEASE.total_seconds()
    assert 0 < wait < (IN_DOUBT if (call, resource) == ("commit", "contacts") else 0.0) + 90
    all_is_done(stage, resource)


@pytest.mark.parametrize("failure", [Unavailable("down"), GrantDead("invalid_grant"), Yield()], ids=repr)
@pytest.mark.parametrize("resource", ["contacts", "calendar"])
def test_a_job_that_cannot_commit_how_it_ended_gives_its_lease_back_all_the_same(
    stage: Stage, resource: Resource, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Google has failed it, and then the store does once."""
    timeline = with_work(stage, resource)
    failed: list[str | None] = []

    def failing(plain: Any) -> Any:
        def fails(*told: Any) -> Any:
            if not failed:
                failed.append(state(stage, resource).lease_by)
                raise StoreUnavailable("down")
            return plain(*told)

        return fails

    monkeypatch.setattr(Ledger, "refresh", failing(Ledger.refresh))
    monkeypatch.setattr(resting, "rest", failing(resting.rest))
    timeline.fail("update", failure)
    timeline.run()
    assert failed != [None], "it was writing to Google"
    assert timeline.elapsed < LEASE.total_seconds(), "no lease was waited for"
    all_is_done(stage, resource)


@pytest.mark.unexpected
@pytest.mark.parametrize(
    ("module", "name"),
    [(absorb, "decide"), (sorting, "decide"), (updates, "after_push")],
    ids=["at a pull", "at a push", "when Google has it"],
)
@pytest.mark.parametrize("resource", ["contacts", "calendar"])
def test_a_record_that_raises_wherever_it_is_looked_at_keeps_no_lease_and_holds_up_no_other(
    stage: Stage, resource: Resource, module: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is set aside, and tried again in its time; what Google has taken by then is not sent again."""
    timeline = with_work(stage, resource)
    if resource == "contacts":
        [there] = stage.persons_named("a")
        stage.book.phone_edit(there["resourceName"], {"nicknames": [{"value": "Al"}]})
    else:
        [there] = [event for event in stage.events() if event["summary"] == "a"]
        stage.calendar.phone_edit(there["id"], {"description": "Al"})
    plain = getattr(module, name)
    raised: list[int] = []
    mended = False

    def broken(*told: Any) -> Any:
        if mended:
            return plain(*told)
        raised.append(len(timeline.deliveries))
        raise ZeroDivisionError

    monkeypatch.setattr(module, name, broken)
    timeline.run()
    assert set(raised) == {1}, "no job comes back for it"
    assert len(timeline.deliveries) == 1
    assert timeline.elapsed < LEASE.total_seconds(), "no lease was waited for"
    assert state(stage, resource).lease_by is None
    assert state(stage, resource).retry_at is not None
    mended = True
    stage.later(3 * 60 * 60)
    stage.sync(resource)
    all_is_done(stage, resource)


@pytest.mark.parametrize("resource", ["contacts", "calendar"])
def test_what_waits_for_a_follow_up_that_the_queue_lost_is_brought_by_the_schedule(
    stage: Stage, resource: Resource
) -> None:
    """A job met the lease of one that was killed, and the one task that would look again is gone."""
    stage.sync(resource)
    assert resync_due(stage.deps, "first") == 1
    stage.run()
    until = stage.clock.now() + LEASE
    held = replace(state(stage, resource), lease_by="killed", lease_until=until)
    stage.store.commit(stage.scope, [PutUser({resource: held})])
    timeline = Timeline(stage, slow_calls)
    value: Any = contact("Ada") if resource == "contacts" else appointment("Ada")
    timeline.at(1, partial(puts, stage, timeline, "a", value, new=True))
    timeline.step(2)
    assert len(stage.queue.tasks) == 1
    stage.queue.tasks.clear()
    for minute in range(1, 21):
        timeline.at(60.0 * minute, partial(resync_due, timeline.deps, f"tick {minute}"))
    timeline.run()
    assert len(stage.persons() if resource == "contacts" else stage.events()) == 1
    assert [each.payload["reason"] for each in timeline.deliveries][:2] == ["change", "schedule"]
    at_rest(stage, resource)


def test_a_lease_that_is_given_back_after_long_is_noticed_within_seconds(stage: Stage) -> None:
    """However often it was looked at before."""
    stage.sync()
    until = stage.clock.now() + LEASE
    held = replace(state(stage, "contacts"), lease_by="another", lease_until=until)
    stage.store.commit(stage.scope, [PutUser({"contacts": held})])
    freed = replace(held, lease_by=None, lease_until=None)
    timeline = Timeline(stage, slow_calls, store=slow_calls)
    timeline.at(0, partial(puts, stage, timeline, "ada", contact("Ada"), new=True))
    timeline.at(300.0, partial(stage.store.commit, stage.scope, [PutUser({"contacts": freed})]))
    timeline.run()
    assert len(stage.persons()) == 1
    assert timeline.elapsed < 300 + 60


def test_jobs_of_two_people_that_meet_leases_of_the_same_name_leave_a_follow_up_each(stage: Stage) -> None:
    other = beside(stage, "bob")
    until = stage.clock.now() + LEASE
    for person in (stage, other):
        held = replace(state(person, "contacts"), lease_by="another", lease_until=until)
        person.store.commit(person.scope, [PutUser({"contacts": held})])
    timeline = Timeline(stage, slow_calls)
    for uid in ("ann", "bob", "ann", "bob"):
        stage.queue.enqueue("sync", {"uid": uid, "resource": "contacts", "reason": "manual"})
    timeline.step(4)
    assert sorted(task.payload["uid"] for task in stage.queue.tasks) == ["ann", "bob"]
