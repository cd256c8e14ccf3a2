"""The iCalendar file read back by icalendar and recurring-ical-events, which know nothing of us: it shows
what the agenda shows.
"""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crmsync.api.export.files import calendar
from crmsync.api.export.source import Source
from crmsync.core.calendar.agenda import Days, agenda
from crmsync.core.calendar.recurrence import occurrence_key, problem, starts
from crmsync.core.calendar.series import exception_of
from crmsync.core.fields import get
from crmsync.core.model import AllDay, Appointment, Attendee, Moment, Reminder, Timed
from crmsync.store.ports import CreateRecord, PutRecord
from tests.api.service import Service, started
from tests.core.records import quick
from tests.field_samples import APPOINTMENTS, Case
from tests.roundtrip.series import DAYS, RULES, STARTS
from tests.scopes import ANN

FIRST, LAST = date(2023, 1, 1), date(2030, 1, 1)
HOUR = timedelta(hours=1)


def file_of(*records: tuple[str, Appointment], archived: Sequence[str] = ()) -> str:
    with started() as service:
        return file_in(service, *records, archived=archived)


def file_in(service: Service, *records: tuple[str, Appointment], archived: Sequence[str] = ()) -> str:
    store = service.store
    store.commit(ANN, [CreateRecord("appointments", id, value) for id, value in records])
    values = dict(records)
    store.commit(ANN, [PutRecord("appointments", id, values[id], None, archived=True) for id in archived])
    return b"".join(calendar(Source.of(service.deps, ANN))).decode()


def theirs(text: str) -> list[tuple[str, str, str]]:
    """What a calendar program shows: title, start and end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(FIRST, LAST)
    return shown((str(it["SUMMARY"]), key(it["DTSTART"].dt), key(it["DTEND"].dt)) for it in found)


def ours(*records: tuple[str, Appointment]) -> list[tuple[str, str, str]]:
    """What the agenda shows."""
    with started() as service:
        store = service.store
        store.commit(ANN, [CreateRecord("appointments", id, value) for id, value in records])
        stored = store.records(ANN, "appointments", [id for id, _ in records])
        series = {id: it for id, it in stored.items() if it.value.series_id is None}
        days = Days(FIRST, LAST, UTC)
        found = agenda(list(stored.values()), series, days, cancelled=False, limit=10_000)
    return shown((it.record.value.title, occurrence_key(it.start), occurrence_key(it.end)) for it in found)


def shown(found: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """In order, and without the days at both ends, which begin elsewhere in other zones."""
    return sorted(each for each in found if "20230103" < each[1] < "20291230")


def key(at: date) -> str:
    return occurrence_key(Timed(at, "") if isinstance(at, datetime) else AllDay(at))


def toronto(text: str) -> Timed:
    return Timed(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Toronto")), "America/Toronto")


def lasting(start: Moment, title: str = "Talk", **more: Any) -> Appointment:
    end: Moment
    if isinstance(start, AllDay):
        end = AllDay(start.date + timedelta(days=1))
    else:
        end = Timed((start.at.astimezone(UTC) + HOUR).astimezone(start.at.tzinfo), start.time_zone)
    return Appointment(title, start, end, **more)


WEEKLY = lasting(toronto("2026-03-02T09:00"), recurrence=("RRULE:FREQ=WEEKLY;COUNT=6",))


@pytest.mark.parametrize(
    "lines",
    [
        ("RRULE:FREQ=WEEKLY;UNTIL=20260330",),
        ("RRULE:FREQ=WEEKLY;UNTIL=20260330T130000Z",),
        ("RRULE:FREQ=WEEKLY;UNTIL=20260330T090000",),
        ("RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE;TZID=Europe/Berlin:20260309T140000"),
        ("RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE;VALUE=DATE:20260316,20260323"),
        ("RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE:20260302T140000Z"),
        ("RRULE:FREQ=WEEKLY;COUNT=5", "RDATE;TZID=America/Vancouver:20260304T120000"),
        ("RDATE;VALUE=DATE:20260304,20260406",),
        ("RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=3",),
        ("RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=3", "EXDATE:20260311T130000Z"),
        ("RRULE:FREQ=WEEKLY;BYDAY=WE;UNTIL=20260302", "RDATE:20260305T140000Z"),
        ("RRULE:FREQ=WEEKLY;BYDAY=WE", "RRULE:FREQ=WEEKLY;BYDAY=FR;UNTIL=20270101"),
        ("RRULE:FREQ=DAILY;COUNT=20", "EXRULE:FREQ=WEEKLY;BYDAY=SA,SU"),
        ("RRULE:FREQ=YEARLY;BYMONTH=3,11;INTERVAL=2",),
    ],
    ids=str,
)
def test_a_series_takes_place_as_in_the_agenda(lines: tuple[str, ...]) -> None:
    series = replace(WEEKLY, recurrence=lines)
    assert theirs(file_of(("s", series))) == ours(("s", series)) != []


def test_a_series_that_never_takes_place_is_no_event() -> None:
    never = replace(WEEKLY, recurrence=("RRULE:FREQ=WEEKLY;BYDAY=WE;UNTIL=20260302",))
    assert theirs(file_of(("s", never))) == ours(("s", never)) == []


def test_exceptions_stand_in_the_place_of_their_occurrence() -> None:
    moments = starts(WEEKLY, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), 9)
    moved = exception_of(WEEKLY, "s", moments[1])
    moved = replace(moved, title="Moved", start=toronto("2026-03-10T11:00"), end=toronto("2026-03-10T11:30"))
    days = replace(
        exception_of(WEEKLY, "s", moments[2]), start=AllDay(date(2026, 3, 16)), end=AllDay(date(2026, 3, 18))
    )
    cancelled = replace(exception_of(WEEKLY, "s", moments[3]), status="cancelled")
    records = (("a", moved), ("b", cancelled), ("s", WEEKLY), ("z", days))
    text = file_of(*records)
    assert theirs(text) == ours(*records)
    assert len(theirs(text)) == 5
    assert {str(it["UID"]) for it in events(text)} == {"s"}
    assert "RECURRENCE-ID;TZID=America/Toronto:20260309T090000" in text
    assert "EXDATE;TZID=America/Toronto:20260323T090000" in text


def test_many_series_with_many_exceptions_keep_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crmsync.api.export.files.PAGE", 3)
    monkeypatch.setattr("crmsync.api.export.source.PAGE", 4)
    monkeypatch.setattr("crmsync.api.export.files.SERIES_AT_ONCE", 2)
    records: list[tuple[str, Appointment]] = [("single", lasting(toronto("2026-03-03T10:00"), "Single"))]
    moments = starts(WEEKLY, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), 9)
    for n in range(5):
        series = replace(WEEKLY, title=f"Series {n}")
        records.append((f"s{n}", series))
        for m in range(4):
            one = exception_of(series, f"s{n}", moments[m])
            changed = replace(one, status="cancelled") if m % 2 else replace(one, title=f"Other {n}")
            records.append((f"{m}s{n}", changed))
    assert theirs(file_of(*records)) == ours(*records)


def test_what_is_archived_or_called_off_is_no_event() -> None:
    moments = starts(WEEKLY, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), 9)
    records = (
        ("archived", lasting(toronto("2026-03-03T10:00"), "Archived")),
        ("off", lasting(toronto("2026-03-03T11:00"), "Off", status="cancelled")),
        ("s", WEEKLY),
        ("e", replace(exception_of(WEEKLY, "s", moments[1]), title="Dropped")),
        ("t", replace(WEEKLY, title="Gone series")),
        ("f", replace(exception_of(WEEKLY, "t", moments[1]), title="Its exception")),
    )
    there = theirs(file_of(*records, archived=("archived", "e", "t")))
    assert {title for title, _, _ in there} == {"Talk"}
    assert len(there) == 6


def test_lines_that_nobody_can_follow_are_an_event_that_takes_place_once() -> None:
    odd = replace(WEEKLY, recurrence=("RRULE:FREQ=HOURLY",))
    other = replace(
        exception_of(WEEKLY, "s", WEEKLY.start), title="Exception", original_start=toronto("2026-03-09T09:00")
    )
    text = file_of(("s", odd), ("x", other))
    assert [title for title, _, _ in theirs(text)] == ["Exception", "Talk"]
    assert len({str(it["UID"]) for it in events(text)}) == 2


# --- generated


@st.composite
def families(draw: st.DrawFn) -> list[tuple[str, Appointment]]:
    """A series, whether or not its rule meets its start, and a few exceptions."""
    start = draw(STARTS | DAYS)
    assume(isinstance(start, AllDay) or not start.at.fold)
    series = lasting(start, "Series", recurrence=(draw(RULES),))
    assume(problem(series.recurrence, start) is None)
    first, last = datetime(2023, 1, 2, tzinfo=UTC), datetime(2029, 12, 30, tzinfo=UTC)
    moments = starts(series, first, last, 12)
    assume(all(isinstance(it, AllDay) or not it.at.fold for it in moments))
    records = [("s", series)]
    for position in (
        sorted(draw(st.sets(st.sampled_from(range(len(moments))), max_size=3))) if moments else ()
    ):
        one = exception_of(series, "s", moments[position])
        if draw(st.booleans()):
            records.append((f"e{position}", replace(one, status="cancelled")))
        else:
            there = lasting(toronto(f"2026-0{position % 9 + 1}-03T12:00"))
            records.append(
                (f"e{position}", replace(one, title="Exception", start=there.start, end=there.end))
            )
    return records


@settings(quick, max_examples=15)
@given(families())
def test_any_series_takes_place_as_in_the_agenda(records: list[tuple[str, Appointment]]) -> None:
    assert theirs(file_of(*records)) == ours(*records)


# --- one event


def events(text: str) -> list[Any]:
    return list(icalendar.Calendar.from_ical(text).walk("VEVENT"))


def seen(text: str) -> dict[str, object]:
    """The fields that an event shows, under our names."""
    [event] = events(text)
    return {
        "title": str(event.get("SUMMARY", "")),
        "description": str(event.get("DESCRIPTION", "")),
        "location": str(event.get("LOCATION", "")),
        "when": (key(event["DTSTART"].dt), key(event["DTEND"].dt)),
        "recurrence": event["RRULE"].to_ical().decode() if "RRULE" in event else "",
        "reminders": [(it["ACTION"], it["TRIGGER"].dt) for it in event.walk("VALARM")],
        "visibility": str(event["CLASS"]),
        "busy": str(event["TRANSP"]),
        "status": str(event["STATUS"]),
        "attendees": [str(it) for it in event.attendees],
    }


@pytest.mark.parametrize("case", APPOINTMENTS, ids=str)
def test_every_field_stands_in_the_event(case: Case[Appointment]) -> None:
    written = [seen(file_of(("a", record)))[case.field.name] for record in case.records]
    lacking = f"{case.row} api/export/calendar_file.py does not write it"
    assert len({repr(each) for each in written}) == len(written), lacking
    value = get(case.records[0], case.field.name)
    if isinstance(value, str) and not case.is_chosen:
        assert written[0] == value, lacking


def test_guests_come_with_name_and_answer_and_reminders_as_alarms() -> None:
    value = lasting(
        toronto("2026-03-02T09:00"),
        'Plan; "A", \\new\nnow',
        attendees=(
            Attendee("a@x.ca", 'Ann "A"; Roy', "accepted"),
            Attendee("b@x.ca"),
            Attendee("c@x.ca\r\nX:1", "", "odd"),
        ),
        reminders=(Reminder("popup", 10), Reminder("email", 60)),
    )
    with started() as service:
        service.connect()
        text = file_in(service, ("a", value))
    [event] = events(text)
    assert [(str(it), it.params.get("CN"), it.params.get("PARTSTAT")) for it in event.attendees] == [
        ("mailto:a@x.ca", "Ann 'A'; Roy", "ACCEPTED"),
        ("mailto:b@x.ca", None, None),
        ("mailto:c@x.caX:1", None, None),
    ]
    alarms = [
        (str(it["ACTION"]), it["TRIGGER"].dt, str(it.get("ATTENDEE", ""))) for it in event.walk("VALARM")
    ]
    assert alarms == [
        ("DISPLAY", timedelta(minutes=-10), ""),
        ("EMAIL", timedelta(hours=-1), "mailto:ann@gmail.example"),
    ]
    assert 'SUMMARY:Plan\\; "A"\\, \\\\new\\nnow\r\n' in text


def test_days_end_before_their_end_and_zones_are_described_before_they_are_used() -> None:
    text = file_of(
        ("a", Appointment("Days", AllDay(date(2026, 7, 1)), AllDay(date(2026, 7, 3)))),
        ("b", WEEKLY),
        ("c", lasting(Timed(datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Asia/Kathmandu")), "Asia/Kathmandu"))),
        ("d", lasting(Timed(datetime(2026, 3, 2, 9, tzinfo=UTC), "UTC"))),
        ("e", lasting(Timed(datetime(2026, 3, 2, 9, tzinfo=UTC), "Nowhere/Else"))),
    )
    assert "DTSTART;VALUE=DATE:20260701\r\nDTEND;VALUE=DATE:20260703\r\n" in text
    for zone in ("America/Toronto", "Asia/Kathmandu"):
        assert text.count(f"TZID:{zone}\r\n") == 1
        assert text.index(f"TZID:{zone}") < text.index(f"DTSTART;TZID={zone}:")
    assert text.count("DTSTART:20260302T090000Z\r\n") == 2


def test_an_hour_that_comes_twice_is_told_apart() -> None:
    second = Timed(
        datetime(2026, 11, 1, 6, 30, tzinfo=UTC).astimezone(ZoneInfo("America/Toronto")), "America/Toronto"
    )
    assert theirs(file_of(("a", lasting(second)))) == ours(("a", lasting(second)))


def test_what_lasts_no_time_has_no_end() -> None:
    at, day = toronto("2026-03-02T09:00"), AllDay(date(2026, 3, 2))
    text = file_of(("a", Appointment("Now", at, at)), ("b", Appointment("Day", day, day)))
    assert "DTEND" not in text
    assert [(title, start) for title, start, _ in theirs(text)] == [
        ("Day", "20260302"),
        ("Now", "20260302T140000Z"),
    ]
