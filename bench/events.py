"""The appointments that every calendar scenario works with: invented, always the same.

They lie far ahead: what has passed long ago is not brought in from Google.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from crmsync.core.model import AllDay, Appointment, Reminder, Timed
from crmsync.gateway.event import new_event

_TITLES = ("Showing", "Open house", "Listing appointment", "Home inspection", "Closing", "Visite libre")
_FIRST = datetime(2040, 3, 5, 14, tzinfo=UTC)


def appointment(number: int) -> Appointment:
    """The appointment of this number: an hour of some day, now and then a whole day, a place, a note."""
    starts = _FIRST + timedelta(hours=number % 8, days=number // 8)
    start, end = Timed(starts, "America/Toronto"), Timed(starts + timedelta(hours=1), "America/Toronto")
    if number % 10 == 9:
        day = _FIRST.date() + timedelta(days=number // 8)
        whole = AllDay(day), AllDay(day + timedelta(days=1))
        return Appointment(f"Vacation cover {number}", *whole, busy=False)
    return Appointment(
        f"{_TITLES[number % len(_TITLES)]} {number}",
        start,
        end,
        description="Bring the feature sheets." if number % 7 == 0 else "",
        location=f"{number} Main St, Toronto" if number % 2 == 0 else "",
        reminders=(Reminder("popup", 30),) if number % 5 == 0 else None,
    )


def event(number: int) -> dict[str, Any]:
    """The same as someone keeps it at Google, without our key."""
    body = new_event(appointment(number), "", None)
    del body["extendedProperties"]
    return body
