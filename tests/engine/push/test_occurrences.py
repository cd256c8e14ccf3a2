"""What a person does to an occurrence in the CRM while its series changes on the phone, and what then is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.core.model import Appointment
from crmsync.core.pair.ids import exception_id
from crmsync.engine.push.unlinked import MISSING
from crmsync.store.ports import PutUser
from local.google.faults import Fault
from tests.engine.appointments import (
    SECOND,
    THIRD,
    WEEKLY,
    exceptions,
    make,
    occurrences,
    rests,
    shown,
    synced,
    timed,
)
from tests.engine.push.effects import Moments, count, one_job, run_queued, user
from tests.stage import Stage

INSTANCES, PATCH = "calendar.events.instances", "calendar.events.patch"
OTHER = Appointment("Viewing", timed(11, 14), timed(11, 15))
FOURTH = timed(31, 9)


@pytest.fixture
def event_id(stage: Stage) -> str:
    """A weekly series on both sides, and another appointment; the event id of the series."""
    id = synced(stage)
    stage.add("other", OTHER)
    stage.sync("calendar")
    stage.later(3600)
    stage.world.controls.forget_calls()
    return id


def behind_the_back(stage: Stage, act: Callable[[], object]) -> None:
    """Someone acts on the phone after the job has listed the calendar, before it asks for occurrences: at its
    first update, which is that of the other appointment.
    """
    stage.edit("other", replace(OTHER, location="Room 9"))
    left = [act]

    def happen(effect: str) -> None:
        if effect == "update …" and left:
            left.pop()()

    stage.fuse(Moments(happen))


def problems(stage: Stage) -> list[tuple[str, str | None]]:
    return [(link.crm, link.problem) for link in stage.store.quarantined(stage.scope, None, 50)]


def test_a_series_deleted_meanwhile_is_not_made_again_for_the_sake_of_its_exception(
    stage: Stage, event_id: str
) -> None:
    id = make(stage, SECOND, title="Special")
    behind_the_back(stage, lambda: stage.calendar.phone_delete(event_id))
    one_job(stage, "calendar")
    assert count(stage, PATCH) == 1, "the other appointment's"
    assert stage.appointment(id).archived_at is None
    stage.later(60)
    stage.sync("calendar")
    assert [event["summary"] for event in stage.events()] == ["Viewing"]
    assert stage.appointment("s").archived_at is not None
    assert stage.appointment(id).archived_at is not None
    rests(stage)


def test_a_series_renamed_meanwhile_is_brought_in_before_its_exception_goes_out(
    stage: Stage, event_id: str
) -> None:
    make(stage, SECOND, start=timed(17, 14), end=timed(17, 15))
    behind_the_back(stage, lambda: stage.calendar.phone_edit(event_id, {"summary": "Training"}))
    one_job(stage, "calendar")
    assert count(stage, PATCH) == 1, "the other appointment's"
    assert run_queued(stage) == 1, "the exception waits, and the job comes back for it"
    assert stage.appointment("s").value.title == "Training"
    event = occurrences(stage, event_id)["03-17"]
    assert event["start"] == {"dateTime": "2026-03-17T14:00:00-04:00", "timeZone": "America/Toronto"}
    assert count(stage, PATCH) == 2
    rests(stage)


def test_an_occurrence_that_google_does_not_tell_of_for_now_waits_alone(stage: Stage, event_id: str) -> None:
    make(stage, SECOND, title="Second")
    make(stage, THIRD, title="Third")
    stage.world.controls.plan(Fault(INSTANCES, status=429, reason="rateLimitExceeded", skip=1))
    one_job(stage, "calendar")
    titles = {day: event["summary"] for day, event in occurrences(stage, event_id).items()}
    assert (titles["03-17"], titles["03-24"]) == ("Second", "Coaching")
    assert run_queued(stage) == 1
    assert occurrences(stage, event_id)["03-24"]["summary"] == "Third"
    assert count(stage, PATCH) == 2
    rests(stage)


def test_an_occurrence_that_google_lacks_is_set_aside_and_tried_again_when_it_is_edited(
    stage: Stage, event_id: str
) -> None:
    fourth = stage.calendar.instance_id(event_id, FOURTH.at)
    id = make(stage, FOURTH, title="Special")
    behind_the_back(stage, lambda: stage.calendar.phone_end_series(fourth))
    one_job(stage, "calendar")
    assert problems(stage) == [(id, MISSING)]
    stage.calendar.phone_edit(event_id, {"recurrence": list(WEEKLY.recurrence)})
    stage.edit("other", replace(OTHER, location="Room 10"))
    stage.edit(id, stage.appointment(id).value)
    stage.world.controls.forget_calls()
    stage.sync("calendar")
    assert (count(stage, INSTANCES), problems(stage)) == (0, [(id, MISSING)]), "it says what it said"
    stage.edit(id, replace(stage.appointment(id).value, title="More special"))
    stage.sync("calendar")
    assert problems(stage) == []
    assert occurrences(stage, event_id)["03-31"]["summary"] == "More special"
    assert count(stage, INSTANCES) == 1
    rests(stage)


def test_an_occurrence_that_google_lacks_still_when_it_is_edited_stays_set_aside_once(
    stage: Stage, event_id: str
) -> None:
    fourth = stage.calendar.instance_id(event_id, FOURTH.at)
    id = make(stage, FOURTH, title="Special")
    behind_the_back(stage, lambda: stage.calendar.phone_end_series(fourth))
    one_job(stage, "calendar")
    stage.calendar.phone_edit(event_id, {"recurrence": list(WEEKLY.recurrence)})
    stage.edit(id, replace(stage.appointment(id).value, title="More special"))
    behind_the_back(stage, lambda: stage.calendar.phone_end_series(fourth))
    stage.edit("other", replace(OTHER, location="Room 11"))
    one_job(stage, "calendar")
    assert problems(stage) == [(id, MISSING)]
    stage.later(3600)
    stage.sync("calendar")
    assert "UNTIL" in stage.appointment("s").value.recurrence[0]
    assert "03-31" not in occurrences(stage, event_id)
    rests(stage)


def test_an_exception_that_was_refused_goes_with_its_occurrence_when_the_series_ends_before_it(
    stage: Stage, event_id: str
) -> None:
    fourth = stage.calendar.instance_id(event_id, FOURTH.at)
    id = make(stage, FOURTH, title="Special")
    behind_the_back(stage, lambda: stage.calendar.phone_end_series(fourth))
    one_job(stage, "calendar")
    stage.later(3600)
    stage.sync("calendar")
    stage.edit(id, replace(stage.appointment(id).value, title="More special"), archived=False)
    stage.sync("calendar")
    assert stage.appointment(id).archived_at is not None
    assert problems(stage) == []
    rests(stage)


def test_an_exception_after_the_end_of_its_series_goes_into_the_archive(stage: Stage, event_id: str) -> None:
    stage.calendar.phone_end_series(stage.calendar.instance_id(event_id, THIRD.at))
    stage.sync("calendar")
    id = make(stage, FOURTH, title="Special")
    stage.sync("calendar")
    assert stage.appointment(id).archived_at is not None
    assert exceptions(stage) == []
    assert count(stage, PATCH) == 0
    rests(stage)


def test_a_series_moved_here_and_touched_there_goes_before_its_exception(stage: Stage, event_id: str) -> None:
    """The series' own update is refused for its etag, so Google does not have the occurrence yet."""
    moved = replace(WEEKLY, start=timed(11, 9), end=timed(11, 10))
    stage.edit("s", moved)
    id = make(stage, timed(18, 9), title="Special")
    behind_the_back(stage, lambda: stage.calendar.phone_edit(event_id, {"colorId": "3"}))
    one_job(stage, "calendar")
    run_queued(stage)
    stage.later(3600)
    stage.sync("calendar")
    assert occurrences(stage, event_id)["03-18"]["summary"] == "Special"
    assert stage.appointment(id).archived_at is None
    assert problems(stage) == []
    rests(stage)


def split(stage: Stage, event_id: str) -> str:
    """The series is parted at its third occurrence on the phone; the CRM's id of the later part."""
    stage.calendar.phone_split_series(stage.calendar.instance_id(event_id, THIRD.at), {"location": "Room 2"})
    stage.sync("calendar")
    page = stage.store.changed(stage.scope, "appointments", None, None, 50)
    [later] = [it.id for it in page if it.value.recurrence and it.id != "s"]
    stage.later(3600)
    stage.world.controls.forget_calls()
    return later


def test_an_exception_that_names_the_first_part_of_a_split_series_goes_to_the_later_part(
    stage: Stage, event_id: str
) -> None:
    later = split(stage, event_id)
    id = make(stage, FOURTH, title="Special")
    stage.sync("calendar")
    assert stage.appointment(id).archived_at is not None
    [moved] = exceptions(stage, later)
    assert moved.value.title == "Special"
    [master] = [event["id"] for event in stage.events() if event["id"].startswith(f"{event_id}_R")]
    assert occurrences(stage, master)["03-31"]["summary"] == "Special"
    assert count(stage, PATCH) == 1
    rests(stage)


def test_where_the_later_part_has_its_own_exception_already_that_one_stands(
    stage: Stage, event_id: str
) -> None:
    later = split(stage, event_id)
    make(stage, FOURTH, series=later, title="Its own")
    stage.sync("calendar")
    id = make(stage, FOURTH, title="Special")
    stage.sync("calendar")
    assert stage.appointment(id).archived_at is not None
    assert [each.value.title for each in exceptions(stage, later)] == ["Its own"]
    assert count(stage, PATCH) == 1
    rests(stage)


def test_an_occurrence_edited_on_both_sides_alike_is_linked_without_a_call(
    stage: Stage, event_id: str
) -> None:
    id = make(stage, SECOND, location="Office")
    second = stage.calendar.instance_id(event_id, SECOND.at)
    behind_the_back(stage, lambda: stage.calendar.phone_edit(second, {"location": "Office"}))
    one_job(stage, "calendar")
    assert count(stage, PATCH) == 1, "the other appointment's"
    assert stage.store.links_of(stage.scope, "calendar", [id])[id].state == "linked"
    rests(stage)


def test_an_occurrence_edited_on_both_sides_in_the_same_moment_keeps_both_edits(
    stage: Stage, event_id: str
) -> None:
    id = make(stage, SECOND, title="Special")
    second = stage.calendar.instance_id(event_id, SECOND.at)
    act = {"location": "Office", "summary": "From the phone"}
    behind_the_back(stage, lambda: stage.calendar.phone_edit(second, act))
    stage.sync("calendar")
    event, value = occurrences(stage, event_id)["03-17"], stage.appointment(id).value
    assert (event["summary"], event["location"]) == (value.title, value.location) == ("Special", "Office")
    [lost] = stage.store.conflicts(stage.scope, None, 10)
    assert (lost.crm, lost.field, lost.lost) == (id, "title", "From the phone")
    rests(stage)


def test_moving_the_series_here_takes_its_linked_exceptions_into_the_archive(
    stage: Stage, event_id: str
) -> None:
    id = make(stage, SECOND, title="Special")
    stage.sync("calendar")
    stage.edit("s", replace(WEEKLY, start=timed(11, 9), end=timed(11, 10)))
    stage.edit(id, replace(stage.appointment(id).value, title="More special"))
    stage.sync("calendar")
    assert stage.appointment(id).archived_at is not None
    assert id not in stage.store.links_of(stage.scope, "calendar", [id])
    assert {event["summary"] for event in occurrences(stage, event_id).values()} == {"Coaching"}
    rests(stage)


def test_an_exception_that_only_follows_its_series_is_read_before_it_is_sent(
    stage: Stage, event_id: str
) -> None:
    id = make(stage, SECOND, title="Special")
    stage.sync("calendar")
    stage.edit("s", replace(WEEKLY, location="Office"))
    stage.edit(id, replace(stage.appointment(id).value, location="Office"))
    stage.sync("calendar")
    assert occurrences(stage, event_id)["03-17"]["location"] == "Office"
    rests(stage)


def test_while_the_user_lets_nothing_go_to_google_exceptions_stay_here(stage: Stage, event_id: str) -> None:
    settings = user(stage).settings
    stage.store.commit(stage.scope, [PutUser({"settings": replace(settings, push_appointments=False)})])
    id = make(stage, SECOND, title="Special")
    stage.sync("calendar")
    assert (count(stage, INSTANCES), count(stage, PATCH)) == (0, 0)
    stage.store.commit(stage.scope, [PutUser({"settings": settings})])
    stage.edit(id, stage.appointment(id).value)
    stage.sync("calendar")
    assert occurrences(stage, event_id)["03-17"]["summary"] == "Special"
    rests(stage)


def test_an_exception_that_google_refuses_is_tried_again_only_when_it_says_something_else(
    stage: Stage, event_id: str
) -> None:
    id = make(stage, SECOND, title="Special")
    stage.sync("calendar")
    stage.world.controls.plan(Fault(PATCH, status=400, reason="invalid"))
    stage.edit(id, replace(stage.appointment(id).value, title="Too special"))
    stage.sync("calendar")
    assert [crm for crm, _ in problems(stage)] == [id]
    stage.world.controls.forget_calls()
    stage.edit(id, stage.appointment(id).value)
    stage.sync("calendar")
    assert count(stage, PATCH) == 0
    stage.edit(id, replace(stage.appointment(id).value, title="Special again"))
    stage.sync("calendar")
    assert (count(stage, PATCH), problems(stage)) == (1, [])
    assert occurrences(stage, event_id)["03-17"]["summary"] == "Special again"


def test_an_exception_that_a_program_at_google_rewrites_each_time_is_set_aside(
    stage: Stage, event_id: str
) -> None:
    id = make(stage, SECOND, title="Special")
    stage.sync("calendar")
    second = stage.calendar.instance_id(event_id, SECOND.at)
    for n in range(7):
        stage.calendar.phone_edit(second, {"summary": f"Robot {n}"})
        stage.sync("calendar")
        stage.edit(id, replace(stage.appointment(id).value, title=f"Person {n}"))
        stage.sync("calendar")
    assert problems(stage) == [(id, "loop")]
    stage.clock.advance(timedelta(hours=2))
    stage.edit(id, replace(stage.appointment(id).value, title="At last"))
    stage.sync("calendar")
    assert occurrences(stage, event_id)["03-17"]["summary"] == "At last"


def test_an_exception_archived_before_google_knew_of_it_asks_nothing(stage: Stage, event_id: str) -> None:
    id = exception_id(stage.deps.canon("CA"), "s", SECOND)
    make(stage, SECOND, title="Special")
    stage.edit(id, stage.appointment(id).value, archived=True)
    stage.sync("calendar")
    assert count(stage, INSTANCES) == 0
    assert occurrences(stage, event_id)["03-17"]["start"] == {
        **shown(SECOND),
        "dateTime": "2026-03-17T09:00:00-04:00",
    }
    rests(stage)
