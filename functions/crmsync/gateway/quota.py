"""What each user has spent of Google's quotas in the last minute, so that we slow down before Google refuses.

Google counts over a sliding window (Calendar's guide to quotas says so), and so do we: a bucket that fills up
while it is spent lets more through within a minute than the window does.

Google does not publish its per-user numbers for People; those here were seen at real projects, and the quota
page of a project may say otherwise. What is counted here is of one process: several instances may together
still meet Google's 429, which the error tree handles.
"""

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from crmsync.core.errors import RateLimited
from crmsync.engine.ports import Clock

PER_MINUTE: Mapping[str, int] = MappingProxyType(
    {
        "people.read": 90,
        "people.write": 60,
        "people.delete": 30,
        "people.groups": 90,
        "calendar": 600,
    }
)
"""Units a minute and user. Calendar's is documented for projects made since May 2026."""

UNLIMITED: Mapping[str, int] = MappingProxyType({})
"""No brake of our own: for measurements, and for tests whose clock stands still."""

BATCH_UNITS = 6
"""What one People batch was seen to cost of the read quota; taken for the write quota too."""

PATCH_UNITS = 3
"""What one Calendar patch costs (Calendar's reference says so)."""

WINDOW = timedelta(seconds=61)
"""A minute, and a second for calls that are on their way for longer than others."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Units that were spent at a moment."""

    at: datetime
    units: int


def wait_for(spent: Iterable[Spent], limit: int, units: int, now: datetime) -> float:
    """Seconds until the units are there, 0 when they are. `spent`: within the window, oldest first.

    When they are not, half of the limit is waited for: a job that comes back for one call at a time would
    spend its time on coming back.
    """
    known = list(spent)
    free = limit - sum(each.units for each in known)
    needed = min(units, limit)
    if free >= needed:
        return 0.0
    for each in known:
        free += each.units
        if free >= max(needed, limit / 2):
            return (each.at + WINDOW - now).total_seconds()
    raise AssertionError("an empty window holds every call")


class Quota:
    """What this process has spent lately, by user and metric. Safe to share between threads."""

    def __init__(self, clock: Clock, per_minute: Mapping[str, int] = PER_MINUTE) -> None:
        """`per_minute`: units by metric; a metric that is not named is not limited."""
        self._clock = clock
        self._per_minute = per_minute
        self._spent: dict[tuple[str, str], deque[Spent]] = {}
        self._swept_at: datetime | None = None
        self._lock = threading.Lock()

    def spend(self, user: str, costs: Mapping[str, int]) -> None:
        """Takes units of every metric in `costs`, or none. Raises RateLimited with the longest wait."""
        with self._lock:
            now = self._clock.now()
            self._forget_idle(now)
            limited = {metric: units for metric, units in costs.items() if metric in self._per_minute}
            waits = [
                wait_for(self._lately(user, metric, now), self._per_minute[metric], units, now)
                for metric, units in limited.items()
            ]
            if any(waits):
                raise RateLimited("own_quota", max(waits))
            for metric, units in limited.items():
                self._lately(user, metric, now).append(Spent(now, units))

    def _lately(self, user: str, metric: str, now: datetime) -> deque[Spent]:
        spent = self._spent.setdefault((user, metric), deque())
        while spent and spent[0].at + WINDOW <= now:
            spent.popleft()
        return spent

    def _forget_idle(self, now: datetime) -> None:
        """Drops who has spent nothing lately, once a window: more than two windows' users are never kept."""
        if self._swept_at is not None and now < self._swept_at + WINDOW:
            return
        self._swept_at = now
        idle = [key for key, spent in self._spent.items() if not spent or spent[-1].at + WINDOW <= now]
        for key in idle:
            del self._spent[key]
