"""Start and end of an event: a date, which never meets a time zone, or an instant shown in one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from local.google.calendar import errors as refuse
from local.google.json import Body, text

End = Literal["start", "end"]

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:?\d\d)?",
)
_OFFSET = re.compile(r"GMT([+-])(\d\d):(\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=256)
def zone_of(name: str) -> tzinfo:
    """The IANA zone called `name`, letter by letter, or one that has its name from another calendar program
    (`GMT+05:30`, one of Windows): Google keeps these on events that were brought in. KeyError for any other.
    """
    if name in _zones():
        return ZoneInfo(name)
    if found := _OFFSET.fullmatch(name):
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(ahead if found[1] == "+" else -ahead)
    return ZoneInfo(WINDOWS_TO_OLSON[name])


def is_zone(name: object) -> bool:
    """Whether `name` is an IANA zone."""
    return isinstance(name, str) and name in _zones()


@dataclass(frozen=True, slots=True)
class EventTime:
    """One end of an event.

    All-day: `day` is set, nothing else. Timed: `instant` (aware, UTC, whole seconds) and `zone`, the IANA
    zone the event lives in: that in which it recurs, not necessarily that in which it is shown.
    """

    day: date | None = None
    instant: datetime | None = None
    zone: str = ""

    @property
    def all_day(self) -> bool:
        """Whether this is a date."""
        return self.day is not None

    def local(self) -> datetime:
        """The wall-clock time in the event's own zone, naive; midnight for a date."""
        if self.instant is None:
            return datetime.combine(self._day(), time())
        return self.instant.astimezone(zone_of(self.zone)).replace(tzinfo=None)

    def moment(self, calendar_zone: str) -> datetime:
        """The instant in UTC; a date begins at midnight in the calendar's zone."""
        if self.instant is None:
            return datetime.combine(self._day(), time(), zone_of(calendar_zone)).astimezone(UTC)
        return self.instant

    def shown(self, zone: str) -> dict[str, str]:
        """As an answer shows it: a date, or a dateTime with the offset of `zone` and the event's own zone
        beside it.
        """
        if self.instant is None:
            return {"date": self._day().isoformat()}
        local = self.instant.astimezone(zone_of(zone))
        written = local.isoformat()
        return {
            "dateTime": written[:-6] + "Z" if local.utcoffset() == timedelta() else written,
            "timeZone": self.zone,
        }

    def suffix(self) -> str:
        """What an occurrence starting here adds to its series' id: `20260301` or `20260301T140000Z`."""
        if self.instant is None:
            return self._day().strftime("%Y%m%d")
        return self.instant.strftime("%Y%m%dT%H%M%SZ")

    def later(self, gap: timedelta) -> EventTime:
        """The time `gap` after this one; a date takes whole days."""
        if self.instant is None:
            return EventTime(day=self._day() + gap)
        return EventTime(instant=self.instant + gap, zone=self.zone)

    def since(self, start: EventTime) -> timedelta:
        """How long after `start` of the same kind this is."""
        if self.instant is not None and start.instant is not None:
            return self.instant - start.instant
        return self._day() - start._day()

    def _day(self) -> date:
        if self.day is None:
            raise ValueError("not a date")
        return self.day


def at_local(local: datetime, like: EventTime) -> EventTime:
    """The time of the same kind and zone as `like` whose wall clock shows `local` (naive).

    A local time that a change of the clocks leaves out is read with the offset before the change (RFC 5545
    3.3.5).
    """
    if like.all_day:
        return EventTime(day=local.date())
    return EventTime(instant=local.replace(tzinfo=zone_of(like.zone)).astimezone(UTC), zone=like.zone)


def from_suffix(suffix: str, like: EventTime) -> EventTime | None:
    """Read `suffix()` back for a series that starts at `like`; None when it is not of that kind."""
    try:
        if like.all_day:
            return EventTime(day=datetime.strptime(suffix, "%Y%m%d").date()) if len(suffix) == 8 else None
        instant = datetime.strptime(suffix, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return EventTime(instant=instant, zone=like.zone)


def read_time(value: Body, which: End, *, fallback_zone: str, recurring: bool) -> EventTime:
    """Read an EventDateTime of a request body.

    A dateTime has an offset, or a timeZone, or both (the offset then fixes the instant). A recurring event
    needs the zone. Without one the event takes `fallback_zone`, the calendar's. Raises GoogleError 400.
    """
    day, moment, zone = text(value, "date"), text(value, "dateTime"), text(value, "timeZone")
    if not day and not moment:
        raise refuse.required(f"Missing {which} time.")
    if day and moment:
        raise refuse.invalid_time(which)
    if zone and not is_zone(zone):
        raise refuse.invalid_time_zone(which)
    if day:
        return EventTime(day=_read_date(day, which))
    found = _RFC3339.fullmatch(moment)
    if found is None:
        raise refuse.invalid_time(which)
    if (not found[3] or recurring) and not zone:
        raise refuse.missing_time_zone(which)
    return EventTime(instant=_instant(found, zone, which), zone=zone or fallback_zone)


def _instant(found: re.Match[str], zone: str, which: End) -> datetime:
    day, clock, offset = found.groups()
    try:
        local = datetime.fromisoformat(f"{day}T{clock}{(offset or '').upper()}")
        return (local if offset else local.replace(tzinfo=zone_of(zone))).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise refuse.invalid_time(which) from error


def _read_date(day: str, which: End) -> date:
    if not _DATE.fullmatch(day):
        raise refuse.invalid_time(which)
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise refuse.invalid_time(which) from error


def read_instant(given: str, parameter: str) -> datetime:
    """Read a query parameter that must be an RFC 3339 time with an offset; fractions are ignored. GoogleError
    400.
    """
    found = _RFC3339.fullmatch(given.replace(" ", "+") if given.count(" ") == 1 and "T" in given else given)
    if found is None or not found[3]:
        raise refuse.invalid("Bad Request", location=parameter)
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3].upper()}").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise refuse.invalid("Bad Request", location=parameter) from error
