"""When a series takes place in the eyes of others: the simulated Google, and recurring-ical-events."""

import warnings
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from hypothesis import assume
from hypothesis import strategies as st

from crmsync.core.calendar.recurrence import end_of, occurrence_key, problem, starts
from crmsync.core.model import AllDay, Appointment, Moment, Timed
from local.google.calendar.recurrence import Series
from local.google.calendar.time import EventTime
from tests.core.records import ZONES


def window(value: Appointment) -> tuple[datetime, datetime]:
    """Five years from the day before the start."""
    first = value.start.date if isinstance(value.start, AllDay) else value.start.at.astimezone(UTC).date()
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=1)
    return begin, begin + timedelta(days=5 * 366)


def ours(value: Appointment) -> list[str]:
    """The occurrences of the window, by their keys."""
    return [occurrence_key(moment) for moment in starts(value, *window(value), 5000)]


def google(value: Appointment) -> list[str]:
    """The same by the simulated Google."""
    _, before = window(value)
    if isinstance(value.start, AllDay):
        start = EventTime(day=value.start.date)
    else:
        start = EventTime(instant=value.start.at.astimezone(UTC), zone=value.start.time_zone)
    found = takewhile(lambda it: it.moment("UTC") < before, Series(value.recurrence, start))
    return [it.suffix() for it in found]


def oracle(value: Appointment) -> list[str]:
    """The same by recurring-ical-events, which knows nothing of us."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:tests", "BEGIN:VEVENT", "UID:1", "SUMMARY:x"]
    lines += [_line("DTSTART", value.start), _line("DTEND", value.end), *value.recurrence]
    text = "\r\n".join([*lines, "END:VEVENT", "END:VCALENDAR", ""])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        calendar = icalendar.Calendar.from_ical(text)
        found = recurring_ical_events.of(calendar).between(*window(value))
    return sorted(_key(event["DTSTART"].dt) for event in found)


def _line(name: str, moment: Moment) -> str:
    if isinstance(moment, AllDay):
        return f"{name};VALUE=DATE:{moment.date:%Y%m%d}"
    if moment.time_zone == "UTC":
        return f"{name}:{moment.at:%Y%m%dT%H%M%S}Z"
    return f"{name};TZID={moment.time_zone}:{moment.at:%Y%m%dT%H%M%S}"


def _key(at: date) -> str:
    return occurrence_key(Timed(at, "") if isinstance(at, datetime) else AllDay(at))


NEW_YEAR = datetime(2023, 1, 1, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)

RULES = st.builds(
    "RRULE:FREQ={};INTERVAL={}{}".format,
    st.sampled_from(("DAILY", "WEEKLY", "MONTHLY", "YEARLY")),
    st.integers(1, 5),
    st.sampled_from(("", ";COUNT=9", ";BYMONTH=3,11", ";BYMONTHDAY=-1", ";BYMONTHDAY=29,30,31")),
)
"""Rules; some never meet their start, or meet the ends of months and 29 February."""

STARTS = st.builds(
    lambda half_hours, zone: Timed((NEW_YEAR + half_hours * HALF_HOUR).astimezone(ZoneInfo(zone)), zone),
    st.integers(0, 6 * 365 * 48),
    st.sampled_from(ZONES),
)
DAYS = st.dates(date(2023, 1, 1), date(2028, 12, 31)).map(AllDay) | st.just(AllDay(date(2024, 2, 29)))


@st.composite
def series(draw: st.DrawFn) -> Appointment:
    """A series that takes place at its start, timed or of whole days, some with a few dates fewer.

    What a start means that its rule does not meet is left open by RFC 5545.
    """
    start = draw(STARTS | DAYS)
    if isinstance(start, AllDay):
        end: Moment = AllDay(start.date + timedelta(days=draw(st.integers(1, 3))))
    else:
        hours = timedelta(hours=draw(st.integers(0, 30)))
        end = Timed((start.at.astimezone(UTC) + hours).astimezone(start.at.tzinfo), start.time_zone)
    value = Appointment("Series", start, end, recurrence=(draw(RULES),))
    assume(problem(value.recurrence, start) is None)  # every fourth month may never be a March
    moments = starts(value, *window(value), 9)
    assume(moments)
    gone = draw(st.lists(st.sampled_from(moments[1:]), max_size=2, unique=True)) if moments[1:] else []
    lines = tuple(_line("EXDATE", moment) for moment in gone)
    first = moments[0]
    assume(isinstance(first, AllDay) or not first.at.fold)  # written as local time, that is another hour
    return replace(value, start=first, end=end_of(value, first), recurrence=(*value.recurrence, *lines))
