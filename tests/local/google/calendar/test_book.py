"""CalendarBook by itself: it needs a clock and no HTTP; its demo data."""

from datetime import UTC, date, datetime, timedelta

import pytest

from local.google.calendar.book import CalendarBook
from local.google.clock import Clock
from local.google.errors import GoogleError
from local.google.seed.calendar import HOLIDAYS, Birthday, plant_calendars
from tests.local.google.calendar.stage import START, all_day, timed, weekly

PEOPLE = (Birthday("people/c1", "Zoë", 2, 29), Birthday("people/c2", "李", 12, 31))


@pytest.fixture
def book() -> CalendarBook:
    return CalendarBook(Clock(START))


def test_a_phone_creates_edits_deletes_and_restores(book: CalendarBook) -> None:
    made = book.phone_create(timed("2026-03-05T09:00:00", "2026-03-05T10:00:00"))
    book.phone_edit(made["id"], {"start": {"date": "2026-03-05"}, "end": {"date": "2026-03-06"}})
    assert book.get("primary", made["id"])["start"] == {"date": "2026-03-05"}
    book.phone_delete(made["id"])
    assert book.phone_restore(made["id"])["status"] == "confirmed"
    with pytest.raises(GoogleError):
        book.phone_delete("nosuch")


def test_a_phone_names_moves_cancels_and_restores_occurrences(book: CalendarBook) -> None:
    series = book.phone_create(weekly())["id"]
    third = book.instance_id(series, "2026-03-16T09:00:00-04:00")
    assert third == book.instance_id(series, datetime(2026, 3, 16, 13, tzinfo=UTC))
    moved = timed("2026-03-17T09:00:00", "2026-03-17T10:00:00")
    assert book.phone_move_instance(third, moved["start"], moved["end"])["id"] == third
    book.phone_cancel_instance(third)
    assert len(book.instances("primary", series)["items"]) == 7
    assert book.phone_restore(third)["start"]["dateTime"] == "2026-03-17T09:00:00-04:00"
    whole = book.phone_create(all_day("2026-03-05", "2026-03-06", recurrence=["RRULE:FREQ=DAILY"]))["id"]
    assert book.instance_id(whole, date(2026, 3, 9)) == f"{whole}_20260309"
    with pytest.raises(GoogleError):
        book.instance_id(whole, "2026-03-01")
    with pytest.raises(GoogleError):
        book.phone_cancel_instance(series)


def test_answers_are_the_callers_own(book: CalendarBook) -> None:
    made = book.phone_create(timed("2026-03-05T09:00:00", "2026-03-05T10:00:00"))
    made["summary"] = "Spoilt"
    book.get("primary", made["id"])["start"]["dateTime"] = "Spoilt"
    fresh = book.get("primary", made["id"])
    assert (fresh["summary"], fresh["start"]["dateTime"]) == ("Showing", "2026-03-05T09:00:00-05:00")


def test_a_refused_write_changes_nothing(book: CalendarBook) -> None:
    made = book.phone_create(weekly())
    before = book.every_event(showDeleted=True)
    for bad in ({"recurrence": ["RRULE:FREQ=NEVER"]}, {"end": {"date": "2026-03-05"}}, {"colorId": "99"}):
        with pytest.raises(GoogleError):
            book.phone_edit(made["id"], bad)
        with pytest.raises(GoogleError):
            book.phone_split_series(book.instance_id(made["id"], "2026-03-16T09:00:00-04:00"), bad)
    assert book.every_event(showDeleted=True) == before


def planted(start: datetime = START) -> CalendarBook:
    book = CalendarBook(Clock(start), email="ann.martin@gmail.example")
    plant_calendars(book, seed=0, people=PEOPLE)
    return book


def test_the_demo_has_one_of_everything_and_is_the_same_every_time() -> None:
    book = planted()
    events = book.every_event()
    assert events == planted().every_event()
    assert {e["eventType"] for e in events if "eventType" in e} == {
        "default",
        "birthday",
        "focusTime",
        "fromGmail",
        "workingLocation",
    }
    lengths = {
        (date.fromisoformat(e["end"]["date"]) - date.fromisoformat(e["start"]["date"])).days
        for e in events
        if "date" in e.get("start", {})
    }
    assert lengths == {1, 3}
    exceptions = [e for e in events if "recurringEventId" in e]
    assert sorted(e["status"] for e in exceptions) == ["cancelled", "confirmed", "confirmed"]
    assert any("_R" in e["id"] for e in events)
    assert any("otherSyncTool" in e.get("extendedProperties", {}).get("private", {}) for e in events)
    assert any(not e["organizer"].get("self") for e in events if "organizer" in e)
    assert any("conferenceData" in e for e in events)
    assert len(book.every_event(HOLIDAYS)) == 3
    assert book.outbox.mails == []


@pytest.mark.parametrize("day", ["2026-01-01", "2028-02-29", "2026-03-08", "2026-11-01", "2026-12-31"])
def test_the_demo_can_be_planted_on_any_day(day: str) -> None:
    book = planted(datetime.fromisoformat(f"{day}T03:30:00+00:00"))
    now = book.clock.now()
    week = {"timeMin": now.isoformat(), "timeMax": (now + timedelta(days=7)).isoformat()}
    assert len(book.events(singleEvents=True, **week)["items"]) > 10
