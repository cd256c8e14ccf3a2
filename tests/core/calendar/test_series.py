"""A series and its exceptions when one of them changes."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.core.calendar.recurrence import occurrence_key, starts
from crmsync.core.calendar.series import (
    exception_of,
    first_of,
    follow,
    lines_before,
    lines_from,
    may_begin_at,
    occurrence_at,
)
from crmsync.core.model import AllDay, Appointment, Moment, Timed
from tests.core.records import quick

ZONE = "America/Toronto"
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)


def timed(text: str) -> Timed:
    return Timed(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)), ZONE)


def series(*lines: str) -> Appointment:
    return Appointment("x", timed("2026-03-02T09:30"), timed("2026-03-02T10:00"), recurrence=lines)


def days(*lines: str) -> Appointment:
    return Appointment("x", AllDay(date(2026, 3, 2)), AllDay(date(2026, 3, 3)), recurrence=lines)


RULES = (
    series("RRULE:FREQ=WEEKLY;BYDAY=MO,TH;INTERVAL=2"),
    series("RRULE:FREQ=DAILY;COUNT=20", "EXDATE:20260304T143000Z,20260312T133000Z"),
    series("RRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20271001T000000Z"),
    series("RRULE:FREQ=WEEKLY;COUNT=8", "RDATE;TZID=America/Toronto:20260303T120000,20260422T120000"),
    days("RRULE:FREQ=MONTHLY;COUNT=9", "EXDATE;VALUE=DATE:20260502,20260702"),
    days("RDATE;VALUE=DATE:20260305,20260401,20261224"),
)


@quick
@given(st.sampled_from(RULES), st.integers(1, 30))
def test_both_halves_of_a_series_take_place_when_the_whole_did(whole: Appointment, cut: int) -> None:
    moments = starts(whole, FIRST, LAST, 400)
    possible = [moment for moment in moments if may_begin_at(whole, moment)]
    at = possible[min(cut, len(possible) - 1)]
    old = replace(whole, recurrence=lines_before(whole, at))
    new = exception_of(whole, "s", at)
    new = replace(new, recurrence=lines_from(whole, at), series_id=None, original_start=None)
    keys = [occurrence_key(it) for half in (old, new) for it in starts(half, FIRST, LAST, 400)]
    assert keys == [occurrence_key(it) for it in moments]


def test_the_first_occurrence_need_not_be_the_start() -> None:
    assert first_of(series("RRULE:FREQ=DAILY", "EXDATE:20260302T143000Z")) == timed("2026-03-03T09:30")
    assert first_of(days("RRULE:FREQ=DAILY;COUNT=1", "EXDATE:20260302")) is None


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        (timed("2026-03-09T09:30"), True),
        (Timed(datetime(2026, 3, 9, 13, 30, tzinfo=UTC), "UTC"), True),
        (timed("2026-03-09T09:31"), False),
        (AllDay(date(2026, 3, 9)), False),
    ],
)
def test_an_occurrence_is_named_by_its_instant(moment: Moment, found: bool) -> None:
    expected = timed("2026-03-09T09:30") if found else None
    assert occurrence_at(series("RRULE:FREQ=WEEKLY"), moment) == expected


def test_a_date_added_by_itself_begins_no_series() -> None:
    added = series("RRULE:FREQ=WEEKLY;COUNT=8", "RDATE;TZID=America/Toronto:20260303T120000")
    assert not may_begin_at(added, timed("2026-03-03T12:00"))
    assert may_begin_at(added, timed("2026-03-09T09:30"))


def test_an_exception_follows_in_what_it_has_in_common_with_its_series() -> None:
    before = series("RRULE:FREQ=WEEKLY")
    made = exception_of(before, "s1", timed("2026-03-09T09:30"))
    own = replace(made, title="own")
    after = replace(before, title="new", location="there", end=timed("2026-03-02T11:00"))
    followed = follow(before, after, own)
    assert followed == replace(own, location="there", end=timed("2026-03-09T11:00"))
    moved = replace(made, start=made.end, end=made.end, status="cancelled")
    assert follow(before, replace(after, status="tentative"), moved) == replace(
        moved, title="new", location="there"
    )
    later = replace(before, start=timed("2026-03-02T09:45"))
    assert follow(before, later, made) is None
    assert follow(before, replace(before, recurrence=()), made) is None


def test_an_exception_that_a_turn_of_its_series_left_behind_is_as_it_was_when_it_turns_back() -> None:
    hours, whole_days = series("RRULE:FREQ=WEEKLY"), days("RRULE:FREQ=WEEKLY")
    made = replace(exception_of(hours, "s1", hours.start), title="own")
    assert follow(hours, whole_days, made) is None
    assert follow(whole_days, hours, made) == made
