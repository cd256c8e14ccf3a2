"""Appointments in both directions: single, timed and all-day."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from crmsync.core.model import AllDay, Appointment, Attendee, Timed
from tests.stage import Stage

TORONTO = ZoneInfo("America/Toronto")


def timed(day: int, hour: int) -> Timed:
    return Timed(datetime(2026, 3, day, hour, tzinfo=TORONTO), "America/Toronto")


VIEWING = Appointment(title="Viewing", start=timed(10, 14), end=timed(10, 15), location="12 Elm St")
OPEN_HOUSE = Appointment(title="Open house", start=AllDay(date(2026, 3, 14)), end=AllDay(date(2026, 3, 16)))


def test_a_timed_appointment_is_inserted_once_with_an_id_of_ours(stage: Stage) -> None:
    stage.add("v", VIEWING)
    stage.sync("calendar")
    [event] = stage.events()
    assert datetime.fromisoformat(event["start"]["dateTime"]) == datetime(2026, 3, 10, 18, tzinfo=UTC)
    assert event["location"] == "12 Elm St"
    stage.sync("calendar")
    assert len(stage.events()) == 1


def test_an_all_day_appointment_stays_on_its_dates(stage: Stage) -> None:
    stage.add("o", OPEN_HOUSE)
    stage.sync("calendar")
    [event] = stage.events()
    assert (event["start"]["date"], event["end"]["date"]) == ("2026-03-14", "2026-03-16")


def test_moving_it_on_the_phone_moves_it_in_the_crm(stage: Stage) -> None:
    stage.add("v", VIEWING)
    stage.sync("calendar")
    [event] = stage.events()
    later = {"dateTime": "2026-03-10T16:00:00-04:00", "timeZone": "America/Toronto"}
    end = {"dateTime": "2026-03-10T17:00:00-04:00", "timeZone": "America/Toronto"}
    stage.calendar.phone_edit(event["id"], {"start": later, "end": end})
    stage.sync("calendar")
    assert stage.appointment("v").value == replace(VIEWING, start=timed(10, 16), end=timed(10, 17))


def test_an_edit_in_the_crm_reaches_google_and_keeps_what_google_added(stage: Stage) -> None:
    stage.add("v", VIEWING)
    stage.sync("calendar")
    [event] = stage.events()
    stage.calendar.phone_edit(event["id"], {"colorId": "5"})
    stage.edit("v", replace(VIEWING, title="Second viewing"))
    stage.sync("calendar")
    [event] = stage.events()
    assert (event["summary"], event["colorId"]) == ("Second viewing", "5")


def test_deleting_it_on_the_phone_archives_it_and_it_does_not_come_back(stage: Stage) -> None:
    stage.add("v", VIEWING)
    stage.sync("calendar")
    stage.calendar.phone_delete(stage.events()[0]["id"])
    stage.sync("calendar")
    assert stage.appointment("v").archived_at is not None
    stage.sync("calendar")
    assert stage.events() == []


def test_archiving_it_in_the_crm_deletes_it_at_google(stage: Stage) -> None:
    stage.add("v", VIEWING)
    stage.sync("calendar")
    stage.edit("v", VIEWING, archived=True)
    stage.sync("calendar")
    assert stage.events() == []


def test_an_archived_appointment_that_is_restored_is_created_again_under_a_new_id(stage: Stage) -> None:
    stage.add("v", VIEWING)
    stage.sync("calendar")
    stage.edit("v", VIEWING, archived=True)
    stage.sync("calendar")
    stage.edit("v", VIEWING, archived=False)
    stage.sync("calendar")
    [event] = stage.events()
    assert event["summary"] == "Viewing"
    stage.sync("calendar")
    assert len(stage.events()) == 1


def test_events_born_at_google_stay_out_of_the_crm_unless_asked_for(stage: Stage) -> None:
    start = {"dateTime": "2026-03-10T16:00:00-04:00", "timeZone": "America/Toronto"}
    end = {"dateTime": "2026-03-10T17:00:00-04:00", "timeZone": "America/Toronto"}
    stage.calendar.phone_create({"summary": "Dentist", "start": start, "end": end})
    stage.sync("calendar")
    assert stage.store.count(stage.scope, "appointments") == 0


def test_guests_are_not_mailed_by_a_sync(stage: Stage) -> None:
    guests = (Attendee("guest@example.com", "Guest"),)
    stage.add("v", replace(VIEWING, attendees=guests))
    stage.sync("calendar")
    stage.edit("v", replace(VIEWING, attendees=guests, title="Second viewing"))
    stage.sync("calendar")
    stage.edit("v", replace(VIEWING, attendees=guests, title="Second viewing"), archived=True)
    stage.sync("calendar")
    assert stage.events() == []
    assert stage.calendar.outbox.mails == []


def test_what_google_rewrites_as_html_is_neither_a_change_nor_written_back(stage: Stage) -> None:
    stage.add("v", replace(VIEWING, description="Bring the keys & the plan.\n\nRing twice."))
    stage.sync("calendar")
    [event] = stage.events()
    html = "<p>Bring the <b>keys</b> &amp; the&nbsp;plan.</p><br>Ring twice."
    stage.calendar.phone_edit(event["id"], {"description": html})
    stage.sync("calendar")
    assert stage.appointment("v").value.description == "Bring the keys & the plan.\n\nRing twice."
    stage.edit("v", replace(stage.appointment("v").value, title="Second viewing"))
    stage.sync("calendar")
    [event] = stage.events()
    assert (event["summary"], event["description"]) == ("Second viewing", html)


def test_an_idle_calendar_job_makes_one_call_and_writes_nothing(stage: Stage) -> None:
    stage.add("v", VIEWING)
    stage.sync("calendar")
    stage.later(3700)
    stage.sync("calendar")
    stage.later(600)
    stage.world.controls.forget_calls()
    stage.meter.reset()
    stage.sync("calendar")
    assert stage.world.controls.count("calendar.*") == 1
    assert (stage.meter.used().reads, stage.meter.used().writes) == (1, 0)


def test_an_older_event_out_of_the_bin_takes_the_place_of_a_newer_one_that_is_archived(
    stage: Stage,
) -> None:
    """Nobody deletes what a person has just taken back."""
    stage.add("v", VIEWING)
    stage.sync("calendar")
    [older] = stage.events()
    stage.edit("v", VIEWING, archived=True)
    stage.sync("calendar")
    stage.edit("v", VIEWING, archived=False)
    stage.sync("calendar")
    [newer] = stage.events()
    stage.calendar.phone_restore(older["id"])
    stage.edit("v", VIEWING, archived=True)
    stage.sync("calendar")
    assert [event["id"] for event in stage.events()] == [older["id"]] != [newer["id"]]
    assert stage.appointment("v").archived_at is None
    assert stage.store.links_of(stage.scope, "calendar", ["v"])["v"].remote_id == older["id"]
