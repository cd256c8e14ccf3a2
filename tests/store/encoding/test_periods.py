"""The months by which an agenda finds an appointment: never too few."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crmsync.core.model import AllDay, Appointment, Timed
from crmsync.store.encoding.periods import ALWAYS, of_appointment, of_days


def days(first: str, end: str, *recurrence: str) -> Appointment:
    return Appointment(
        "x", AllDay(date.fromisoformat(first)), AllDay(date.fromisoformat(end)), recurrence=recurrence
    )


def test_a_single_appointment_has_the_months_that_it_touches() -> None:
    assert of_appointment(days("2026-05-30", "2026-05-31")) == ["2026-05"]
    assert of_appointment(days("2026-11-30", "2027-01-02")) == ["2026-11", "2026-12", "2027-01"]
    assert of_appointment(days("2020-01-01", "2026-01-01")) == [str(year) for year in range(2020, 2027)]
    assert of_appointment(days("1900-01-01", "2200-01-01")) == [ALWAYS]


def test_an_exception_has_the_month_of_what_it_replaces_too() -> None:
    moved = Appointment(
        "x",
        AllDay(date(2026, 9, 1)),
        AllDay(date(2026, 9, 2)),
        series_id="s1",
        original_start=AllDay(date(2026, 5, 4)),
    )
    assert of_appointment(moved) == ["2026-09", "2026-05"]


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        (("RRULE:FREQ=DAILY;UNTIL=20260620T000000Z",), "2026-06"),
        (("RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=9;INTERVAL=2",), "2026-09"),
        (("RRULE:FREQ=DAILY;COUNT=3", "RDATE;VALUE=DATE:20260901,20260801"), "2026-09"),
        (("RRULE:FREQ=WEEKLY",), None),
        (("RRULE:FREQ=MONTHLY;COUNT=3",), None),
        (("RRULE:FREQ=WEEKLY;BYMONTH=5;COUNT=3",), None),
        (("RRULE:FREQ=DAILY;UNTIL=20269999",), None),
        (("RRULE:FREQ=DAILY;COUNT=many",), None),
        (("EXDATE:20260504",), None),
    ],
)
def test_a_series_goes_on_to_its_last_month_or_for_ever(lines: tuple[str, ...], last: str | None) -> None:
    found = of_appointment(days("2026-05-04", "2026-05-05", *lines))
    if last is None:
        assert found == [ALWAYS]
    else:
        assert (found[0], found[-1]) == ("2026-05", last)


def test_a_day_asks_for_the_months_of_every_zone() -> None:
    assert of_days(date(2026, 5, 31), date(2026, 5, 31)) == ["2026-05", "2026-06", "2026", ALWAYS]
    assert of_days(date(2026, 12, 31), date(2026, 12, 31)) == ["2026-12", "2027-01", "2026", "2027", ALWAYS]
    longest = of_days(date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=366))
    assert len(longest) <= 30
    assert of_days(date.min, date.min)[-1] == of_days(date.max, date.max)[-1] == ALWAYS


def test_an_instant_counts_in_utc() -> None:
    at = datetime(2026, 5, 31, 23, 30, tzinfo=UTC) + timedelta(hours=4)
    start = Timed(datetime.fromisoformat("2026-05-31T23:30:00-04:00"), "America/Toronto")
    assert start.at == at
    assert of_appointment(Appointment("x", start, start)) == ["2026-06"]
