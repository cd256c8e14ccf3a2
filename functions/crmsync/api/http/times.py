"""Dates, instants and zones as they travel in JSON."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmsync.core.model import AllDay, Moment, Timed

EARLIEST_YEAR = 1900
LATEST_YEAR = 2200
"""Years between which appointments may lie; beyond them zones and recurrences lose their meaning."""

_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
_NOT_IANA = frozenset(("localtime", "posixrules", "Factory"))


def zone(name: str) -> ZoneInfo:
    """The IANA time zone of this name. Raises ValueError."""
    if (
        len(name) <= 64
        and _ZONE.fullmatch(name)
        and name not in _NOT_IANA
        and not name.startswith(("posix/", "right/"))
    ):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise ValueError("There is no such time zone.")


def in_range(day: date) -> bool:
    """Whether a date, or the date of an instant, is one that appointments may have."""
    return EARLIEST_YEAR <= day.year <= LATEST_YEAR


def timed(text: str, zone_name: str) -> Timed:
    """An instant from RFC 3339 text; without an offset it is the zone's own time. Raises ValueError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("Write the time as in 2026-05-04T09:30:00-04:00.") from None
    if "T" not in text.upper() and " " not in text:
        raise ValueError("Write the time as in 2026-05-04T09:30:00-04:00.")
    if not in_range(at):
        raise ValueError(f"Years from {EARLIEST_YEAR} to {LATEST_YEAR} are possible.")
    place = zone(zone_name)
    if at.tzinfo is None:
        at = at.replace(tzinfo=place)
    # By way of UTC, so that a local time which the clocks skip becomes a real one.
    return Timed(at.astimezone(UTC).astimezone(place), zone_name)


def instant(at: datetime | None) -> str | None:
    """RFC 3339 in UTC, for times that the server made."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def moment(value: Moment) -> dict[str, str]:
    """`{"date"}` for a day, `{"date_time", "time_zone"}` for an instant."""
    if isinstance(value, AllDay):
        return {"date": value.date.isoformat()}
    return {"date_time": value.at.isoformat(), "time_zone": value.time_zone}
