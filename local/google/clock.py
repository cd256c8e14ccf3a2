"""The simulation's only source of time, so that days can pass in a test and on the controls page."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class Clock:
    """Tells an aware UTC time: real time plus an offset, or a frozen start that moves only when told to."""

    def __init__(self, start: datetime | None = None) -> None:
        """Freeze at `start` (aware) when given; otherwise follow the wall clock."""
        if start is not None and start.tzinfo is None:
            raise ValueError("a clock starts at an aware time")
        self._start = None if start is None else start.astimezone(UTC)
        self._offset = timedelta()
        self._lock = threading.Lock()

    @property
    def frozen(self) -> bool:
        """Whether time stands still between calls of `advance`."""
        return self._start is not None

    @property
    def offset(self) -> timedelta:
        """How far `advance` has moved this clock."""
        return self._offset

    def now(self) -> datetime:
        """The present moment, aware, in UTC, with microseconds."""
        base = self._start if self._start is not None else datetime.now(UTC)
        return base + self._offset

    def advance(self, step: timedelta) -> datetime:
        """Move time forward by `step` (never backward) and tell the new time."""
        if step < timedelta():
            raise ValueError("time does not run backward")
        with self._lock:
            self._offset += step
        return self.now()


def rfc3339(moment: datetime, digits: int = 3) -> str:
    """Write an aware time as Google does: UTC, `digits` fractional digits (0, 3 or 6), a trailing Z."""
    text = moment.astimezone(UTC).isoformat(timespec="microseconds")
    return text[: 20 + digits] + "Z" if digits else text[:19] + "Z"
