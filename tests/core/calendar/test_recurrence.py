"""When series take place: on the clock of their own zone, whole days as days, and never without end."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.core.calendar.recurrence import (
    UnusableRule,
    end_of,
    is_occurrence,
    occurrence_key,
    problem,
    starts,
)
from crmsync.core.model import AllDay, Appointment, Moment, Timed
from crmsync.core.pair.ids import exception_id
from tests.core.records import CANON, ZONES, quick

EVER = datetime(9999, 12, 30, tzinfo=UTC)
WHOLE = datetime(2023, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)


def timed(local: str, zone: str = "America/Toronto") -> Timed:
    place = ZoneInfo(zone)
    at = datetime.fromisoformat(local).replace(tzinfo=place)
    return Timed(at.astimezone(UTC).astimezone(place), zone)


def series(start: Moment, *lines: str) -> Appointment:
    end = (
        AllDay(start.date + timedelta(days=1))
        if isinstance(start, AllDay)
        else replace(start, at=(start.at.astimezone(UTC) + timedelta(hours=1)).astimezone(start.at.tzinfo))
    )
    return Appointment("x", start, end, recurrence=lines)


def shown(moments: list[Moment]) -> list[str]:
    """Days as dates, times as their own clocks show them."""
    return [it.date.isoformat() if isinstance(it, AllDay) else it.at.isoformat()[:16] for it in moments]


def first(appointment: Appointment, limit: int = 6) -> list[str]:
    return shown(starts(appointment, datetime(1900, 1, 1, tzinfo=UTC), EVER, limit))


THREE_DAYS = "RRULE:FREQ=DAILY;COUNT=3"


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        (["RRULE:FREQ=WEEKLY;COUNT=2"], "02 09"),
        (["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3"], "02 04 09"),
        (["RRULE:FREQ=DAILY;UNTIL=20260304T140000Z"], "02 03 04"),
        (["RRULE:FREQ=DAILY;UNTIL=20260304T135959Z"], "02 03"),
        (["RRULE:FREQ=DAILY;UNTIL=20260303"], "02 03"),
        (["RRULE:FREQ=DAILY;UNTIL=20260303T090000"], "02 03"),
        (["RRULE:FREQ=DAILY;UNTIL=20260301T090000Z"], ""),
        (["rrule:freq=daily;count=2"], "02 03"),
        ([THREE_DAYS, "EXDATE;TZID=America/Toronto:20260303T090000"], "02 04"),
        ([THREE_DAYS, "EXDATE;TZID=Europe/Berlin:20260303T150000"], "02 04"),
        ([THREE_DAYS, 'EXDATE;TZID="Europe/Berlin":20260303T150000'], "02 04"),
        ([THREE_DAYS, "EXDATE:20260303T140000Z,20260304T140000Z"], "02"),
        ([THREE_DAYS, "EXDATE:20260303T090000"], "02 04"),
        ([THREE_DAYS, "EXDATE;VALUE=DATE:20260303"], "02 04"),
        ([THREE_DAYS, "EXDATE:20260302T150000Z"], "02 03 04"),
        (["RDATE;TZID=America/Toronto:20260307T090000,20260305T090000"], "02 05 07"),
        (["RDATE;VALUE=DATE:20260305"], "02 05"),
        ([THREE_DAYS, "RDATE:20260303T140000Z,20260310T130000Z"], "02 03 04 10"),
        (["RRULE:FREQ=DAILY;COUNT=4", "EXRULE:FREQ=DAILY;INTERVAL=2;COUNT=2"], "03 05"),
        ([THREE_DAYS, "RRULE:FREQ=WEEKLY;COUNT=2"], "02 03 04 09"),
    ],
)
def test_a_timed_series_takes_place_as_its_lines_say(lines: list[str], days: str) -> None:
    start = timed("2026-03-02T09:00")
    assert first(series(start, *lines)) == [f"2026-03-{day}T09:00" for day in days.split()]
    assert problem(lines, start) is None


@pytest.mark.parametrize(
    ("start", "lines", "expected"),
    [
        ("2026-03-07T02:30", [THREE_DAYS], "03-07T02:30 03-08T03:30 03-09T02:30"),
        ("2026-03-07T02:30", [THREE_DAYS, "EXDATE:20260308T073000Z"], "03-07T02:30 03-09T02:30"),
        ("2026-10-31T01:30", [THREE_DAYS], "10-31T01:30 11-01T01:30 11-02T01:30"),
        ("2026-01-31T09:00", ["RRULE:FREQ=MONTHLY;COUNT=3"], "01-31T09:00 03-31T09:00 05-31T09:00"),
        ("2026-01-31T09:00", ["RRULE:FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2"], "01-31T09:00 02-28T09:00"),
        ("2026-01-30T09:00", ["RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=2"], "01-30T09:00 02-27T09:00"),
    ],
)
def test_clock_changes_and_the_ends_of_months(start: str, lines: list[str], expected: str) -> None:
    assert first(series(timed(start), *lines)) == [f"2026-{text}" for text in expected.split()]


@pytest.mark.parametrize(
    ("start", "lines", "expected"),
    [
        ("2024-02-29", ["RRULE:FREQ=YEARLY;COUNT=3"], "2024-02-29 2028-02-29 2032-02-29"),
        ("2026-01-31", ["RRULE:FREQ=MONTHLY;COUNT=3"], "2026-01-31 2026-03-31 2026-05-31"),
        ("2026-03-07", ["RRULE:FREQ=DAILY;UNTIL=20260309"], "2026-03-07 2026-03-08 2026-03-09"),
        ("2026-03-07", ["RRULE:FREQ=DAILY;UNTIL=20260308T235959Z"], "2026-03-07 2026-03-08"),
        ("2026-03-07", [THREE_DAYS, "EXDATE;VALUE=DATE:20260308"], "2026-03-07 2026-03-09"),
        ("2026-03-07", [THREE_DAYS, "EXDATE:20260308T000000"], "2026-03-07 2026-03-09"),
        ("2026-03-07", ["RDATE;VALUE=DATE:20260309"], "2026-03-07 2026-03-09"),
        ("2026-03-07", ["RRULE:FREQ=DAILY;BYHOUR=9,17;COUNT=4"], "2026-03-07 2026-03-08"),
    ],
)
def test_whole_days_stay_days(start: str, lines: list[str], expected: str) -> None:
    assert first(series(AllDay(date.fromisoformat(start)), *lines)) == expected.split()


UNUSABLE = [
    ["FREQ=DAILY"],
    ["RRULE:"],
    ["RRULE:INTERVAL=2"],
    ["RRULE:FREQ=HOURLY"],
    ["RRULE:FREQ=DAILY;INTERVAL=0"],
    ["RRULE:FREQ=DAILY;INTERVAL=-1"],
    ["RRULE:FREQ=DAILY;COUNT=0"],
    ["RRULE:FREQ=DAILY;COUNT=2;UNTIL=20260601T000000Z"],
    ["RRULE:FREQ=DAILY;FREQ=WEEKLY"],
    ["RRULE:FREQ=DAILY;"],
    ["RRULE:FREQ=DAILY;NONSENSE=1"],
    ["RRULE:FREQ=DAILY;BYEASTER=0"],
    ["RRULE:FREQ=DAILY;BYDAY=XX"],
    ["RRULE:FREQ=DAILY;BYMINUTE=1,2"],
    ["RRULE:FREQ=DAILY;BYMONTH=13"],
    ["RRULE:FREQ=DAILY;UNTIL=tomorrow"],
    ["RRULE:FREQ=DAILY;UNTIL=20261331"],
    ["RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"],
    ["RRULE:FREQ=DAILY;BYSETPOS=2"],
    ["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"],
    ["RRULE:FREQ=DAILY;INTERVAL=7;BYDAY=TU"],
    ["RDATE:soon"],
    ["RDATE;VALUE=PERIOD:20260601T000000Z/PT1H"],
    ["RDATE;TZID=Mars/Base:20260601T000000"],
    ["RDATE:20261301T000000"],
    ["EXDATE:20260504T093000"],
    ["DTSTART:20260504T093000Z"],
]


@pytest.mark.parametrize("lines", UNUSABLE)
def test_a_rule_that_cannot_be_followed_is_named_and_never_loops(lines: list[str]) -> None:
    begun = process_time()
    start = timed("2026-05-04T09:30")
    good = "RRULE:FREQ=DAILY"
    alone, second = problem(lines, start), problem([good, *lines], start)
    assert alone is not None
    assert alone[0] == 0
    if not lines[0].startswith("EXDATE"):
        assert second == (1, alone[1])
    with pytest.raises(UnusableRule):
        starts(series(start, *lines), start.at, EVER, 1)
    assert process_time() - begun < 2


def test_a_start_in_a_zone_that_is_none_is_reported() -> None:
    wrong = replace(timed("2026-05-04T09:30"), time_zone="Mars/Base")
    assert problem(["RRULE:FREQ=DAILY"], wrong) == (0, "The time zone of the start is unknown.")
    assert problem([], wrong) is None


def test_a_single_appointment_takes_place_at_its_start() -> None:
    start = timed("2026-05-04T09:30")
    assert starts(series(start), start.at, EVER, 5) == [start]
    assert starts(series(start), start.at + timedelta(seconds=1), EVER, 5) == []
    assert is_occurrence(series(start), start)


def test_a_window_has_its_beginning_and_not_its_end_in_the_zone_it_is_asked_in() -> None:
    daily = series(AllDay(date(2026, 3, 6)), "RRULE:FREQ=DAILY")
    for zone in ("Pacific/Honolulu", "Pacific/Kiritimati"):
        after, before = (datetime(2026, 3, day, tzinfo=ZoneInfo(zone)) for day in (7, 9))
        assert shown(starts(daily, after, before, 9)) == ["2026-03-07", "2026-03-08"]


def test_the_first_keeps_its_place_in_the_hour_that_comes_twice() -> None:
    toronto = ZoneInfo("America/Toronto")
    second = Timed(datetime(2026, 11, 1, 1, 30, tzinfo=toronto, fold=1), "America/Toronto")
    found = starts(series(second, "RRULE:FREQ=DAILY;COUNT=2"), datetime(2026, 1, 1, tzinfo=UTC), EVER, 3)
    assert [occurrence_key(it) for it in found] == ["20261101T063000Z", "20261102T063000Z"]


def test_every_occurrence_lasts_as_long_as_the_first() -> None:
    night = replace(series(timed("2026-03-06T23:00"), "RRULE:FREQ=DAILY"), end=timed("2026-03-07T07:00"))
    ends = end_of(night, timed("2026-03-07T23:00"))
    assert isinstance(ends, Timed)
    assert ends.at.isoformat() == "2026-03-08T08:00:00-04:00"
    days = replace(series(AllDay(date(2026, 3, 6)), "RRULE:FREQ=DAILY"), end=AllDay(date(2026, 3, 9)))
    assert end_of(days, AllDay(date(2026, 4, 1))) == AllDay(date(2026, 4, 4))


def test_one_occurrence_has_one_key_and_one_exception_in_every_zone() -> None:
    here, there = timed("2026-05-04T09:30"), timed("2026-05-04T15:30", "Europe/Berlin")
    assert occurrence_key(here) == occurrence_key(there) == "20260504T133000Z"
    assert occurrence_key(AllDay(date(2026, 5, 4))) == "20260504"
    assert exception_id(CANON, "s1", here) == exception_id(CANON, "s1", there)
    others = {exception_id(CANON, "s2", here), exception_id(CANON, "s1", AllDay(date(2026, 5, 4)))}
    assert len(others | {exception_id(CANON, "s1", here)}) == 3


RULES = st.builds(
    lambda freq, interval, more: f"RRULE:FREQ={freq};INTERVAL={interval}{more}",
    st.sampled_from(("DAILY", "WEEKLY", "MONTHLY", "YEARLY")),
    st.integers(1, 4),
    st.sampled_from(
        ("", ";COUNT=9", ";UNTIL=20290301T120000Z", ";BYDAY=MO,SA", ";BYMONTHDAY=-1", ";BYMONTHDAY=29,31")
    ),
)
STARTS = st.builds(
    lambda at, zone: Timed(at.replace(second=0, microsecond=0, tzinfo=UTC).astimezone(ZoneInfo(zone)), zone),
    st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31)),
    st.sampled_from(ZONES),
)
DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31)).map(AllDay)


@quick
@given(STARTS, RULES)
def test_the_clock_shows_the_same_time_all_year(start: Timed, rule: str) -> None:
    found = starts(series(start, rule), start.at, start.at + timedelta(days=2 * 365), 2000)
    instants = [it.at.astimezone(UTC) for it in found if isinstance(it, Timed)]
    assert instants == sorted(set(instants))
    assert len(instants) == len(found)
    for it in found:
        assert isinstance(it, Timed)
        assert it.time_zone == start.time_zone
        local = it.at.replace(tzinfo=None)
        skipped = local.time() != start.at.time()
        # Only where the clocks skip the hour does an occurrence show another.
        asked = datetime.combine(local.date(), start.at.time(), it.at.tzinfo)
        assert not skipped or asked.astimezone(UTC).astimezone(it.at.tzinfo).time() == local.time()


@quick
@given(st.one_of(STARTS, DAYS), RULES, st.data())
def test_a_window_shows_its_part_of_the_whole(start: Moment, rule: str, data: st.DataObject) -> None:
    whole = starts(series(start, rule), *WHOLE, 5000)
    days = st.datetimes(*(day.replace(tzinfo=None) for day in WHOLE), timezones=st.just(UTC))
    after, before = sorted((data.draw(days), data.draw(days)))

    def at(moment: Moment) -> datetime:
        if isinstance(moment, AllDay):
            return datetime.combine(moment.date, datetime.min.time(), UTC)
        return moment.at

    part = [it for it in whole if after <= at(it) < before]
    assert starts(series(start, rule), after, before, 5000) == part
    assert starts(series(start, rule), after, before, 2) == part[:2]


@quick
@given(st.one_of(STARTS, DAYS), RULES, st.data())
def test_what_is_excepted_does_not_take_place(start: Moment, rule: str, data: st.DataObject) -> None:
    whole = starts(series(start, rule), *WHOLE, 50)
    if not whole:
        return
    gone = data.draw(st.sampled_from(whole))
    assert is_occurrence(series(start, rule), gone)
    if isinstance(gone, AllDay):
        line = f"EXDATE;VALUE=DATE:{gone.date:%Y%m%d}"
    else:
        line = f"EXDATE:{gone.at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    assert not is_occurrence(series(start, rule, line), gone)
    left = starts(series(start, rule, line), *WHOLE, 49)
    assert left == [it for it in whole if it != gone][: len(left)]
    assert len(left) >= len(whole) - 1


NEARLY_RULES = st.builds(
    "RRULE:FREQ={};{}={}".format,
    st.sampled_from(("MONTHLY", "YEARLY")),
    st.sampled_from(("BYMONTHDAY", "BYYEARDAY", "BYSETPOS", "INTERVAL", "BYWEEKNO", "COUNT", "UNTIL")),
    st.integers(-400, 400),
)


@quick
@given(st.lists(st.text("RULEXDATFQ=;:,0123456789MOTZ-+\n ", max_size=40) | NEARLY_RULES, max_size=3))
def test_any_text_is_either_followed_or_reported(lines: list[str]) -> None:
    start = timed("2026-05-04T09:30")
    if problem(lines, start) is None:
        starts(series(start, *lines), start.at, start.at + timedelta(days=3650), 3)
    else:
        with pytest.raises(UnusableRule):
            starts(series(start, *lines), start.at, EVER, 1)
