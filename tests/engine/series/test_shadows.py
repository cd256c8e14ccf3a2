"""Busy copies: what a person does with one, and what becomes of it when its event goes and comes back."""

from dataclasses import replace
from typing import Any

import pytest

from crmsync.core.model import Appointment, Stored
from crmsync.store.documents.port import Delete
from crmsync.store.ports import PutUser
from tests.engine.appointments import SECOND, THIRD, born, exceptions, records, rests, shown, timed, wants
from tests.stage import Stage

WEEKLY: dict[str, Any] = {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4"]}
LATER = {"start": shown(timed(18, 11)), "end": shown(timed(18, 12))}


def copied(stage: Stage, **event: Any) -> tuple[str, Stored[Appointment]]:
    """An event on the phone, and its busy copy."""
    wants(stage, "busy")
    event_id = born(stage, **event)
    stage.sync("calendar")
    [record] = [record for record in records(stage) if record.value.series_id is None]
    return event_id, record


def keeps_to_itself(stage: Stage) -> None:
    """The user lets nothing of the calendar go to Google."""
    user = stage.store.user(stage.scope)
    assert user is not None
    settings = replace(user.settings, push_appointments=False)
    stage.store.commit(stage.scope, [PutUser({"settings": settings})])


def test_a_copy_archived_just_when_its_event_is_moved_is_not_shown_again(stage: Stage) -> None:
    event_id, record = copied(stage)
    stage.edit(record.id, record.value, archived=True)
    stage.calendar.phone_edit(event_id, LATER)
    stage.sync("calendar")
    assert stage.appointment(record.id).archived_at is not None
    assert stage.appointment(record.id).value.start == timed(10, 9)
    stage.calendar.phone_edit(event_id, {"end": shown(timed(18, 13))})
    stage.sync("calendar")
    assert records(stage) == []
    assert [event["id"] for event in stage.events()] == [event_id]
    rests(stage)


def test_a_copy_that_a_host_removed_is_not_made_again(stage: Stage) -> None:
    event_id, record = copied(stage)
    stage.meter.commit([Delete(f"users/ann/appointments/{record.id}")])
    stage.calendar.phone_edit(event_id, LATER)
    stage.sync("calendar")
    assert records(stage) == []
    assert [event["id"] for event in stage.events()] == [event_id]
    rests(stage)


def test_a_copy_goes_with_its_event_and_comes_back_with_what_a_person_wrote_on_it(stage: Stage) -> None:
    event_id, record = copied(stage)
    stage.edit(record.id, replace(record.value, title="Keep free", description="Ours"))
    stage.sync("calendar")
    stage.calendar.phone_delete(event_id)
    stage.sync("calendar")
    assert records(stage) == []
    stage.calendar.phone_restore(event_id)
    stage.calendar.phone_edit(event_id, LATER)
    stage.sync("calendar")
    [back] = records(stage)
    assert back.id == record.id
    assert back.value == Appointment("Keep free", timed(18, 11), timed(18, 12), description="Ours")
    assert stage.world.controls.count("calendar.events.patch") == 0
    rests(stage)


def test_a_series_taken_out_of_googles_bin_has_the_occurrences_that_google_shows(stage: Stage) -> None:
    """Its copy and an exception of that were restored in the CRM meanwhile: Google knows no exception."""
    event_id, record = copied(stage, **WEEKLY)
    stage.calendar.phone_edit(stage.calendar.instance_id(event_id, SECOND.at), LATER)
    stage.sync("calendar")
    [moved] = exceptions(stage, record.id)
    keeps_to_itself(stage)
    stage.calendar.phone_delete(event_id)
    stage.sync("calendar")
    stage.edit(record.id, stage.appointment(record.id).value, archived=False)
    stage.edit(moved.id, stage.appointment(moved.id).value, archived=False)
    stage.calendar.phone_restore(event_id)
    stage.sync("calendar")
    assert stage.appointment(record.id).archived_at is None
    assert exceptions(stage, record.id) == []
    assert stage.appointment(moved.id).archived_at is not None


def test_an_occurrence_that_a_person_renamed_is_cancelled_and_keeps_its_name(stage: Stage) -> None:
    event_id, record = copied(stage, **WEEKLY)
    occurrence = stage.calendar.instance_id(event_id, SECOND.at)
    stage.calendar.phone_edit(occurrence, LATER)
    stage.sync("calendar")
    [moved] = exceptions(stage, record.id)
    stage.edit(moved.id, replace(moved.value, title="Keep free"))
    stage.sync("calendar")
    stage.calendar.phone_cancel_instance(occurrence)
    stage.sync("calendar")
    [gone] = exceptions(stage, record.id)
    assert (gone.value.status, gone.value.title, gone.value.start) == (
        "cancelled",
        "Keep free",
        timed(18, 11),
    )
    rests(stage)


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_copy_becomes_whole_with_its_exceptions_and_what_a_person_wrote_stays(
    stage: Stage, cancelled: bool
) -> None:
    event_id, record = copied(stage, **WEEKLY)
    occurrence = stage.calendar.instance_id(event_id, SECOND.at)
    stage.calendar.phone_edit(occurrence, {"summary": "Surgeon", **LATER})
    stage.sync("calendar")
    stage.edit(record.id, replace(stage.appointment(record.id).value, title="Keep free"))
    wants(stage, "full")
    if cancelled:
        stage.calendar.phone_cancel_instance(occurrence)
    stage.sync("calendar")
    whole = stage.appointment(record.id).value
    assert (whole.title, whole.description, whole.location) == ("Keep free", "Root canal", "Main St")
    [exception] = exceptions(stage, record.id)
    assert exception.value.start == timed(18, 11)
    assert (exception.value.status == "cancelled") is cancelled
    assert (exception.value.title == "Surgeon") is not cancelled
    stage.edit(record.id, replace(whole, location="Oak St"))
    stage.sync("calendar")
    assert stage.calendar.get("primary", event_id)["location"] == "Oak St"
    rests(stage)


def test_a_copy_of_a_split_series_goes_on_as_a_copy(stage: Stage) -> None:
    event_id, record = copied(stage, **WEEKLY)
    stage.edit(record.id, replace(record.value, contact_ids=("c1",)))
    stage.calendar.phone_split_series(
        stage.calendar.instance_id(event_id, THIRD.at), {"summary": "Surgeon", "location": "Oak St"}
    )
    stage.sync("calendar")
    [later] = [it for it in records(stage) if it.id != record.id]
    assert (later.value.title, later.value.location, later.value.start) == ("Busy", "", THIRD)
    assert later.value.contact_ids == ("c1",)
    rests(stage)
