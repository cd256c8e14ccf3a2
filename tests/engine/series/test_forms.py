"""Recurrence and zones as other programs write them: both sides show the same days, whatever the form."""

from dataclasses import replace
from typing import Any

import pytest

from crmsync.core.model import AllDay, Appointment
from tests.both_calendars import alike
from tests.engine.appointments import WEEKLY, born, records, rests, shown, timed, wants
from tests.stage import Stage

DAILY = replace(WEEKLY, recurrence=("RRULE:FREQ=DAILY;COUNT=4",))
WHOLE = replace(DAILY, start=AllDay(timed(10, 9).at.date()), end=AllDay(timed(11, 9).at.date()))


@pytest.mark.parametrize(
    ("series", "line", "sent", "days"),
    [
        (DAILY, "EXDATE;VALUE=DATE:20260311", "EXDATE;TZID=America/Toronto:20260311T090000", 3),
        (DAILY, "RDATE;VALUE=DATE:20260320", "RDATE;TZID=America/Toronto:20260320T090000", 5),
        (
            DAILY,
            "EXDATE:20260311T130000Z,20260312",
            "EXDATE;TZID=America/Toronto:20260311T090000,20260312T090000",
            2,
        ),
        (WHOLE, "EXDATE:20260311T000000", "EXDATE;VALUE=DATE:20260311", 3),
        (
            DAILY,
            "EXDATE;TZID=W. Europe Standard Time:20260311T140000",
            "EXDATE;TZID=America/Toronto:20260311T090000",
            3,
        ),
    ],
)
def test_exdate_as_date(stage: Stage, series: Appointment, line: str, sent: str, days: int) -> None:
    lines = (*series.recurrence, line)
    stage.add("s", replace(series, recurrence=lines))
    stage.sync("calendar")
    [event] = stage.events()
    assert event["recurrence"] == [series.recurrence[0], sent]
    assert len(alike(stage)) == days
    assert stage.appointment("s").value.recurrence == lines, "what was written stays so in the CRM"
    rests(stage)


@pytest.mark.parametrize(
    ("series", "until", "sent"),
    [
        (DAILY, "20260312", "20260313T035959Z"),
        (DAILY, "20260312T090000", "20260312T130000Z"),
        (DAILY, "20260312T130000Z", "20260312T130000Z"),
        (WHOLE, "20260312T130000Z", "20260312"),
        (WHOLE, "20260312", "20260312"),
    ],
)
def test_until_in_any_form(stage: Stage, series: Appointment, until: str, sent: str) -> None:
    stage.add("s", replace(series, recurrence=(f"RRULE:FREQ=DAILY;UNTIL={until}",)))
    stage.sync("calendar")
    [event] = stage.events()
    assert event["recurrence"] == [f"RRULE:FREQ=DAILY;UNTIL={sent}"]
    assert len(alike(stage)) == 3
    rests(stage)


def test_a_bare_date_leaves_nothing_out_of_a_timed_series_of_google_s(stage: Stage) -> None:
    wants(stage, "full")
    born(stage, recurrence=["RRULE:FREQ=DAILY;COUNT=4", "EXDATE;VALUE=DATE:20260311"])
    stage.sync("calendar")
    assert len(alike(stage)) == 4
    rests(stage)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("GMT+05:30", "Asia/Kolkata"),
        ("GMT-03:00", "Etc/GMT+3"),
        ("GMT-03:30", "Etc/GMT+3"),
        ("Bangladesh Standard Time", "Asia/Dhaka"),
        ("W. Europe Standard Time", "Europe/Berlin"),
    ],
)
def test_odd_zones(stage: Stage, name: str, meant: str) -> None:
    """The same instants over two years, also where that zone's clocks change on days of their own."""
    wants(stage, "full")
    body: dict[str, Any] = {
        "recurrence": ["RRULE:FREQ=WEEKLY"],
        "start": shown(timed(10, 9)),
        "end": shown(timed(10, 10)),
    }
    event_id = born(stage, **body)
    stage.calendar.other_program_names_zone(event_id, name)
    stage.sync("calendar")
    assert len(alike(stage)) > 70
    [series] = records(stage)
    assert getattr(series.value.start, "time_zone", None) == meant
    rests(stage)
