"""The lease has to last for one more call, and a job for one more page."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.core.model import Appointment
from crmsync.engine.push import changes, changes_pass
from crmsync.engine.run.lease import JOB_TIME, LEASE_TIME
from tests.engine.appointments import timed
from tests.engine.lessons import contact
from tests.engine.push.effects import Moments, count, one_job, run_queued, state
from tests.stage import Stage

SECOND = timedelta(seconds=1)
CREATES = "people.people.*reateContact*"
SPARE = LEASE_TIME - timedelta(minutes=2)
"""So long may pass after the commit that takes the lease: a call takes two minutes at most."""
hangs = pytest.mark.parametrize(("hang", "calls"), [(SPARE, 1), (SPARE + SECOND, 0)])


def hang_with_the_lease(stage: Stage, hang: timedelta) -> None:
    """The job's process stands still once, right after the commit that takes the lease."""
    left = [hang]

    def happen(effect: str) -> None:
        users = (state(stage), state(stage, "calendar"))
        if effect == "commit" and left and any(each.lease_by for each in users):
            stage.clock.advance(left.pop())

    stage.fuse(Moments(happen))


@hangs
def test_contacts_are_created_only_while_the_lease_lasts_for_a_call(
    stage: Stage, hang: timedelta, calls: int
) -> None:
    stage.add("c0", contact(0))
    hang_with_the_lease(stage, hang)
    one_job(stage)
    assert count(stage, CREATES) == calls
    assert not stage.store.intents(stage.scope), "nothing was sent, so nothing is in doubt"
    run_queued(stage)
    assert (count(stage, CREATES), len(stage.persons())) == (1, 1)


@hangs
def test_edits_and_events_are_sent_only_while_the_lease_lasts_for_a_call(
    stage: Stage, hang: timedelta, calls: int
) -> None:
    stage.add("v", Appointment("Viewing", timed(10, 9), timed(10, 10)))
    stage.sync("calendar")
    stage.later(3600)
    stage.edit("v", replace(stage.appointment("v").value, title="Second viewing"))
    stage.world.controls.forget_calls()
    hang_with_the_lease(stage, hang)
    one_job(stage, "calendar")
    assert count(stage, "calendar.events.patch") == calls
    assert run_queued(stage) >= 1 - calls
    assert count(stage, "calendar.events.patch") == 1
    assert stage.events()[0]["summary"] == "Second viewing"


@hangs
def test_deletions_are_sent_only_while_the_lease_lasts_for_a_call(
    stage: Stage, hang: timedelta, calls: int
) -> None:
    stage.add("v", Appointment("Viewing", timed(10, 9), timed(10, 10)))
    stage.sync("calendar")
    stage.later(3600)
    stage.edit("v", stage.appointment("v").value, archived=True)
    hang_with_the_lease(stage, hang)
    one_job(stage, "calendar")
    assert count(stage, "calendar.events.delete") == calls
    run_queued(stage)
    assert (count(stage, "calendar.events.delete"), stage.events()) == (1, [])


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two records at a time, read two by two."""
    for place, name in ((changes_pass, "CHUNK"), (changes, "FIRST"), (changes, "PAGE")):
        monkeypatch.setattr(place, name, 2)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize(("hang", "calls", "jobs"), [(SPARE, 3, 1), (SPARE + SECOND, 2, 1)])
def test_a_stream_of_creates_stops_before_a_call_for_which_the_lease_does_not_last(
    stage: Stage, hang: timedelta, calls: int, jobs: int
) -> None:
    for n in range(8):
        stage.add(f"c{n}", contact(n))
    stage.later(3600)
    left = [hang]

    def happen(effect: str) -> None:
        if effect == "commit" and left and count(stage, CREATES) == 2:
            stage.clock.advance(left.pop())

    stage.fuse(Moments(happen))
    one_job(stage)
    assert count(stage, CREATES) == calls
    assert not stage.store.intents(stage.scope), "neither of what was made nor of what was not sent"
    assert run_queued(stage) == jobs
    assert [len(stage.persons_named(f"Ann{n}")) for n in range(8)] == [1] * 8, "nobody is sent twice"
    assert stage.store.count_links(stage.scope, "contacts") == 8


def stop_the_clock_after(stage: Stage, call: str, number: int, passes: timedelta) -> None:
    """So much time passes when the call with this number comes back."""
    left = [number]

    def happen(effect: str) -> None:
        left[0] -= effect == call
        if effect == call and left[0] == 0:
            stage.clock.advance(passes)

    stage.fuse(Moments(happen))


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize(("passes", "jobs", "first"), [(JOB_TIME, 0, 4), (JOB_TIME + SECOND, 1, 1)])
def test_a_stream_of_creates_goes_on_in_a_second_job_when_the_time_is_up(
    stage: Stage, passes: timedelta, jobs: int, first: int
) -> None:
    for n in range(7):
        stage.add(f"c{n}", contact(n))
    stage.later(3600)
    stop_the_clock_after(stage, "create", 1, passes)
    one_job(stage)
    assert count(stage, CREATES) == first
    assert not stage.store.intents(stage.scope), "what was made is committed"
    assert run_queued(stage) == jobs
    assert count(stage, CREATES) == 4
    assert sorted(len(stage.persons_named(f"Ann{n}")) for n in range(7)) == [1] * 7
    assert stage.store.count_links(stage.scope, "contacts") == 7


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize(("passes", "jobs", "first"), [(JOB_TIME, 0, 3), (JOB_TIME + SECOND, 1, 1)])
def test_edits_go_on_in_a_second_job_when_the_time_is_up_and_none_is_sent_twice(
    stage: Stage, passes: timedelta, jobs: int, first: int
) -> None:
    for n in range(5):
        stage.add(f"v{n}", Appointment(f"Viewing {n}", timed(10 + n, 9), timed(10 + n, 10)))
    stage.sync("calendar")
    stage.later(3600)
    for n in range(5):
        stage.edit(f"v{n}", replace(stage.appointment(f"v{n}").value, location=f"Room {n}"))
    stage.world.controls.forget_calls()
    stop_the_clock_after(stage, "update", 1, passes)
    one_job(stage, "calendar")
    sent = count(stage, "calendar.events.patch")
    assert sent == min(2 * first, 5)
    assert run_queued(stage) == jobs
    assert count(stage, "calendar.events.patch") == 5
    assert sorted(event["location"] for event in stage.events()) == [f"Room {n}" for n in range(5)]
