"""What Google refuses of one record: named with a reason, tried more and more rarely, until it is over."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.core.model import Appointment, Attendee
from crmsync.core.shown.refusals import in_words
from crmsync.core.state import Link
from crmsync.engine.review import refusals
from crmsync.engine.status import status
from local.google.faults import Fault
from tests.engine.appointments import shown, timed, wants
from tests.engine.push.effects import count, one_job, state
from tests.stage import Stage

INSERT, PATCH, DELETE = (f"calendar.events.{verb}" for verb in ("insert", "patch", "delete"))
GUESTS = tuple(Attendee(f"guest{n}@example.com") for n in range(30))
BIG = Appointment("Open house", timed(20, 9), timed(20, 10), attendees=GUESTS)


def viewing(n: int) -> Appointment:
    return Appointment(f"Viewing {n:03}", timed(1 + n % 28, 9), timed(1 + n % 28, 10))


def titles(stage: Stage) -> list[str]:
    return sorted(event["summary"] for event in stage.events())


def asides(stage: Stage) -> dict[str, str | None]:
    return {link.crm: link.problem for link in stage.store.quarantined(stage.scope, None, 50)}


def aside(stage: Stage) -> Link:
    [link] = stage.store.quarantined(stage.scope, None, 50)
    return link


@pytest.fixture
def crowded(stage: Stage) -> Stage:
    """Google takes no more than 20 guests of one event; one appointment of 231 has 30."""
    stage.calendar.most_guests = 20
    for n in range(231):
        stage.add(f"v{n}", viewing(n))
        if n == 120:
            stage.add("big", BIG)
    return stage


def test_one_appointment_refused_by_quota(crowded: Stage) -> None:
    stage = crowded
    stage.sync("contacts")
    stage.sync("calendar")
    assert titles(stage) == [f"Viewing {n:03}" for n in range(231)]
    assert asides(stage) == {"big": "too_many_guests"}
    assert "guests" in in_words(aside(stage).problem)
    problems = status(stage.deps, stage.scope).headline.problems
    assert [problem.code for problem in problems] == ["records_refused"]
    # What comes behind it arrives.
    stage.edit("v0", replace(viewing(0), title="Viewing at noon"))
    stage.add("late", replace(viewing(1), title="Viewing late"))
    stage.edit("v1", viewing(1), archived=True)
    stage.sync("calendar")
    others = [f"Viewing {n:03}" for n in range(2, 231)]
    assert titles(stage) == [*others, "Viewing at noon", "Viewing late"]
    # It is tried more and more rarely.
    waits: list[timedelta] = []
    for tries in range(1, 5):
        assert (aside(stage).tries, aside(stage).problem) == (tries, "too_many_guests")
        due = aside(stage).retry_at
        assert due is not None
        waits.append(due - stage.clock.now())
        stage.world.controls.forget_calls()
        stage.later(60)
        one_job(stage, "calendar")
        assert count(stage, INSERT) == 0, "not before its time"
        stage.clock.advance(due - stage.clock.now())
        stage.sync("calendar")
        assert count(stage, INSERT) == 1
    assert waits == sorted(waits)
    assert waits[-1] > 8 * waits[0]
    # Google takes it at last.
    stage.calendar.most_guests = None
    due = aside(stage).retry_at
    assert due is not None
    stage.clock.advance(due - stage.clock.now())
    stage.sync("calendar")
    assert "Open house" in titles(stage)
    assert asides(stage) == {}
    assert state(stage, "calendar").retry_at is None


def test_an_edit_that_adds_the_guests_is_refused_by_itself(stage: Stage) -> None:
    stage.calendar.most_guests = 20
    for n in range(3):
        stage.add(f"v{n}", viewing(n))
    stage.sync("calendar")
    stage.later(3600)
    stage.edit("v1", replace(viewing(1), attendees=GUESTS))
    stage.edit("v2", replace(viewing(2), title="Behind it"))
    stage.sync("calendar")
    assert asides(stage) == {"v1": "too_many_guests"}
    assert "Behind it" in titles(stage)
    stage.edit("v1", replace(viewing(1), attendees=GUESTS[:5]))
    stage.sync("calendar")
    assert asides(stage) == {}


def test_alone_it_is_set_aside_for_its_guests(stage: Stage) -> None:
    stage.calendar.most_guests = 20
    stage.add("big", BIG)
    stage.sync("calendar")
    assert asides(stage) == {"big": "too_many_guests"}
    assert (state(stage, "calendar").problem, state(stage, "calendar").deferred) == (None, 0)
    stage.add("next", viewing(1))
    stage.sync("calendar")
    assert titles(stage) == ["Viewing 001"]


def test_a_quota_that_is_used_up_is_waited_for_and_no_record_is_to_blame(stage: Stage) -> None:
    for n in range(120):
        stage.add(f"v{n}", viewing(n))
    fault = Fault(INSERT, status=403, reason="quotaExceeded", skip=70, times=None)
    stage.world.controls.plan(fault)
    one_job(stage, "calendar")
    assert asides(stage) == {}
    assert len(titles(stage)) == 70
    assert count(stage, INSERT) <= 120
    paused = state(stage, "calendar").paused_until
    assert paused is not None
    assert paused - stage.clock.now() >= timedelta(minutes=59)
    stage.world.controls.clear_faults()
    stage.later(3600)
    stage.sync("calendar")
    assert len(titles(stage)) == 120


def test_one_event_that_a_shared_calendar_does_not_let_be_changed_is_no_closed_calendar(stage: Stage) -> None:
    for n in range(3):
        stage.add(f"v{n}", viewing(n))
    stage.sync("calendar")
    stage.later(3600)
    for n in range(3):
        stage.edit(f"v{n}", replace(viewing(n), title=f"Changed {n}"))
    stage.world.controls.plan(Fault(PATCH, status=403, reason="requiredAccessLevel"))
    stage.sync("calendar")
    assert list(asides(stage).values()) == ["forbidden"]
    assert state(stage, "calendar").problem is None
    assert len([title for title in titles(stage) if title.startswith("Changed")]) == 2


@pytest.fixture
def invitation(stage: Stage) -> Stage:
    """An invitation by somebody else is in the CRM, too."""
    wants(stage, "full")
    event = {"summary": "Inspection", "start": shown(timed(10, 9)), "end": shown(timed(10, 10))}
    stage.calendar.guest_invites({"email": "bo@example.com"}, event)
    stage.sync("contacts")
    stage.sync("calendar")
    stage.later(3600)
    return stage


def test_quarantined_put_back(invitation: Stage) -> None:
    stage = invitation
    [it] = stage.store.changed(stage.scope, "appointments", None, None, 10)
    stage.edit(it.id, replace(it.value, title="Mine"))
    stage.sync("calendar")
    assert asides(stage) == {it.id: "forbidden_for_non_organizer"}
    assert status(stage.deps, stage.scope).headline.label == "Action needed"
    stage.edit(it.id, it.value)
    stage.sync("calendar")
    assert asides(stage) == {}
    assert status(stage.deps, stage.scope).headline.label == "Complete"
    assert state(stage, "calendar").retry_at is None, "nothing is set aside any more"


def test_a_deletion_that_was_refused_is_asked_for_again_once_the_record_was_restored(stage: Stage) -> None:
    stage.add("v", viewing(1))
    stage.sync("calendar")
    stage.later(3600)
    stage.edit("v", viewing(1), archived=True)
    stage.world.controls.plan(Fault(DELETE, status=403, reason="forbidden"))
    stage.sync("calendar")
    assert asides(stage) == {"v": "forbidden"}
    stage.edit("v", viewing(1), archived=False)
    stage.sync("calendar")
    assert asides(stage) == {}
    stage.edit("v", viewing(1), archived=True)
    stage.sync("calendar")
    assert titles(stage) == []
    assert asides(stage) == {}


def test_a_deletion_that_was_refused_is_tried_again_when_its_time_has_come(stage: Stage) -> None:
    stage.add("v", viewing(1))
    stage.sync("calendar")
    stage.later(3600)
    stage.edit("v", viewing(1), archived=True)
    stage.world.controls.plan(Fault(DELETE, status=403, reason="forbidden"))
    stage.sync("calendar")
    stage.later(7 * 3600)
    stage.sync("calendar")
    assert titles(stage) == []
    assert asides(stage) == {}


def test_an_idle_job_reads_nothing_for_what_is_aside(stage: Stage) -> None:
    stage.calendar.most_guests = 20
    stage.add("big", BIG)
    stage.add("v", viewing(1))
    stage.sync("calendar")
    for _ in range(2):
        stage.later(3700)
        stage.sync("calendar")
    stage.later(60)
    assert asides(stage) == {"big": "too_many_guests"}
    stage.meter.reset()
    stage.world.controls.forget_calls()
    one_job(stage, "calendar")
    used = stage.meter.used()
    assert (used.reads, used.writes, stage.world.controls.count("calendar.*")) == (1, 0, 1)


def test_google_s_is_taken_on_request(invitation: Stage) -> None:
    stage = invitation
    [it] = stage.store.changed(stage.scope, "appointments", None, None, 10)
    stage.edit(it.id, replace(it.value, title="Mine", location="Here"))
    stage.sync("calendar")
    assert asides(stage) == {it.id: "forbidden_for_non_organizer"}
    refusals.choose(stage.deps, stage.scope, aside(stage).key, "google")
    stage.run()
    now = stage.appointment(it.id).value
    assert (now.title, now.location) == ("Inspection", "")
    assert asides(stage) == {}
    assert status(stage.deps, stage.scope).headline.label == "Complete"
    assert count(stage, PATCH) == 1, "nothing is sent but what was refused"


def test_google_s_is_taken_of_one_that_may_not_be_deleted_there(stage: Stage) -> None:
    stage.add("v", viewing(1))
    stage.sync("calendar")
    stage.later(3600)
    stage.edit("v", viewing(1), archived=True)
    stage.world.controls.plan(Fault(DELETE, status=403, reason="forbidden", times=None))
    stage.sync("calendar")
    refusals.choose(stage.deps, stage.scope, aside(stage).key, "google")
    stage.run()
    assert stage.appointment("v").archived_at is None
    assert titles(stage) == ["Viewing 001"]
    assert asides(stage) == {}


def test_it_is_tried_again_at_once_on_request(stage: Stage) -> None:
    stage.calendar.most_guests = 20
    stage.add("big", BIG)
    stage.sync("calendar")
    stage.calendar.most_guests = None
    refusals.choose(stage.deps, stage.scope, aside(stage).key, "again")
    stage.run()
    assert titles(stage) == ["Open house"]
    assert asides(stage) == {}
    with pytest.raises(refusals.UnknownRefusal):
        refusals.choose(stage.deps, stage.scope, "refused-big", "again")


def test_what_google_has_not_cannot_be_taken(stage: Stage) -> None:
    stage.calendar.most_guests = 20
    stage.add("big", BIG)
    stage.sync("calendar")
    with pytest.raises(refusals.NotPossible):
        refusals.choose(stage.deps, stage.scope, aside(stage).key, "google")


@pytest.mark.parametrize("archived", [False, True])
def test_an_etag_that_google_refuses_although_it_shows_it(stage: Stage, archived: bool) -> None:
    stage.add("odd", viewing(1))
    stage.sync("calendar")
    stage.later(3600)
    fault = Fault(DELETE if archived else PATCH, status=412, reason="conditionNotMet", times=None)
    stage.world.controls.plan(fault)
    stage.edit("odd", replace(viewing(1), title="Viewing at noon"), archived=archived)
    for _ in range(3):
        one_job(stage, "calendar")
        stage.later(60)
    assert asides(stage) == {"odd": "etag_refused"}
    assert "meanwhile" in in_words(aside(stage).problem)
    stage.world.controls.forget_calls()
    stage.sync("calendar")
    assert count(stage, fault.operation) == 0, "it rests"
    stage.world.controls.clear_faults()
    stage.later(30 * 60)
    stage.sync("calendar")
    assert asides(stage) == {}
    assert titles(stage) == ([] if archived else ["Viewing at noon"])
