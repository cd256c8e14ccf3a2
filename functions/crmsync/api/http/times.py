"""Dates, instants and zones as they travel in JSON."""

from datetime import UTC, date, datetime

from crmsync.core.calendar.zones import zone
from crmsync.core.model import AllDay, Moment, Timed

__all__ = ("in_range", "instant", "moment", "timed", "zone")

EARLIEST_YEAR = 1900
LATEST_YEAR = 2200
"""Years between which appointments may lie; beyond them zones and recurrences lose their meaning."""


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
    return Timed(at.astimezone(UTC).astimezone(place), place.key)


def instant(at: datetime | None) -> str | None:
    """RFC 3339 in UTC, for times that the server made."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def moment(value: Moment) -> dict[str, str]:
    """`{"date"}` for a day, `{"date_time", "time_zone"}` for an instant."""
    if isinstance(value, AllDay):
        return {"date": value.date.isoformat()}
    return {"date_time": value.at.isoformat(), "time_zone": value.time_zone}
