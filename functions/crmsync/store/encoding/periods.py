"""When an appointment may take place, coarsely: months, or years, by which an agenda finds it.

Firestore cannot ask for "begins before, ends after" by one index without walking over all that is long past.
So each appointment carries the months that it touches (years when they are many, `ALWAYS` when there is no
end in sight), and an agenda asks for those of its days: what began long ago and still goes on is found like
the rest. Too many periods cost a read, too few would hide an appointment: in doubt it is more of them.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, timedelta

from crmsync.core.model import AllDay, Appointment, Moment
from crmsync.store.documents.port import Value

ALWAYS = "always"
MOST_MONTHS = 24
MOST_YEARS = 60

_ZONES = timedelta(days=1)
"""A local date is at most a day from the date of its instant in UTC."""

_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_PLAIN_PARTS = frozenset(("FREQ", "INTERVAL", "COUNT", "BYDAY", "WKST"))
_LONGEST_STEP = {"DAILY": 1, "WEEKLY": 7}


def of_appointment(appointment: Appointment) -> list[Value]:
    """The periods that an appointment touches; of an exception also that of the occurrence it replaces."""
    first, last = _day(appointment.start), _day(appointment.end)
    last = max(first, last)
    if appointment.recurrence:
        try:
            days = list(_ends(appointment))
        except (ValueError, OverflowError):
            return [ALWAYS]
        if not days:
            return [ALWAYS]
        length = last - first
        first, last = _earlier(min(first, *days), _ZONES), _later(max(first, *days), length + _ZONES)
    found = _between(first, last)
    if appointment.original_start is not None:
        found |= dict.fromkeys(_between(day := _day(appointment.original_start), day))
    return list(found)


def of_days(first: date, last: date) -> list[Value]:
    """The periods to ask for, so that nothing is missed that takes place on these days in any zone."""
    first, last = _earlier(first, _ZONES), _later(last, _ZONES)
    years = (f"{year:04d}" for year in range(first.year, last.year + 1))
    return [*_months(first, last), *years, ALWAYS]


def _between(first: date, last: date) -> dict[str, None]:
    if last.year - first.year > MOST_YEARS:
        return {ALWAYS: None}
    if 12 * (last.year - first.year) + last.month - first.month < MOST_MONTHS:
        return dict.fromkeys(_months(first, last))
    return dict.fromkeys(f"{year:04d}" for year in range(first.year, last.year + 1))


def _months(first: date, last: date) -> Iterator[str]:
    for number in range(12 * first.year + first.month - 1, 12 * last.year + last.month):
        yield f"{number // 12:04d}-{number % 12 + 1:02d}"


def _ends(appointment: Appointment) -> Iterator[date]:
    """Days not before the first or after the last occurrence; none when there is no telling."""
    found = []
    for line in appointment.recurrence:
        name, _, value = line.upper().partition(":")
        if name == "RRULE":
            end = _rule_end(_day(appointment.start), value)
            if end is None:
                return
            found.append(end)
        elif name.startswith("RDATE"):
            found += [date(int(y), int(m), int(d)) for y, m, d in _DAY.findall(value)]
    yield from found


def _rule_end(start: date, rule: str) -> date | None:
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    if until := _DAY.match(parts.get("UNTIL", "")):
        return date(int(until[1]), int(until[2]), int(until[3]))
    step = _LONGEST_STEP.get(parts.get("FREQ", ""))
    if "COUNT" not in parts or step is None or not parts.keys() <= _PLAIN_PARTS:
        return None
    if step == 1 and "BYDAY" in parts:
        return None
    # The first week may have gone by before the first weekday that counts.
    steps = int(parts["COUNT"]) * int(parts.get("INTERVAL", "1")) + 1
    return _later(start, timedelta(days=steps * step))


def _day(moment: Moment) -> date:
    return moment.date if isinstance(moment, AllDay) else moment.at.astimezone(UTC).date()


def _later(day: date, by: timedelta) -> date:
    return day + by if date.max - day > by else date.max


def _earlier(day: date, by: timedelta) -> date:
    return day - by if day - date.min > by else date.min
