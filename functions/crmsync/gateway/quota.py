"""A token bucket per user and metric, so that we slow down before Google refuses.

Google does not publish its per-user numbers for People; those here were seen at real projects, and the quota
page of a project may say otherwise. The buckets live in one process: several instances may together still
meet Google's 429, which the error tree handles.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
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

_MOST_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many units were left at a moment."""

    level: float
    at: datetime


def refilled(bucket: Bucket | None, limit: int, now: datetime) -> Bucket:
    """The bucket as it is now: full at first, then refilled evenly, `limit` units a minute."""
    if bucket is None:
        return Bucket(float(limit), now)
    gained = max((now - bucket.at).total_seconds(), 0.0) * limit / 60
    return Bucket(min(float(limit), bucket.level + gained), now)


def wait_for(bucket: Bucket, limit: int, units: int) -> float:
    """Seconds until the units are there, 0 when they are.

    A bucket that ran dry is waited for until it is half full: a job that comes back for one call at a time
    would spend its time on coming back.
    """
    needed = min(units, limit)
    if bucket.level >= needed:
        return 0.0
    return (max(needed, limit / 2) - bucket.level) * 60 / limit


class Quota:
    """The buckets of this process. Safe to share between threads."""

    def __init__(self, clock: Clock, per_minute: Mapping[str, int] = PER_MINUTE) -> None:
        """`per_minute`: units by metric; a metric that is not named is not limited."""
        self._clock = clock
        self._per_minute = per_minute
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._lock = threading.Lock()

    def spend(self, user: str, costs: Mapping[str, int]) -> None:
        """Takes units of every metric in `costs`, or none. Raises RateLimited with the longest wait."""
        with self._lock:
            now = self._clock.now()
            left: dict[tuple[str, str], Bucket] = {}
            wait = 0.0
            for metric, units in costs.items():
                limit = self._per_minute.get(metric)
                if limit is None:
                    continue
                bucket = refilled(self._buckets.get((user, metric)), limit, now)
                wait = max(wait, wait_for(bucket, limit, units))
                left[user, metric] = Bucket(bucket.level - units, now)
            if wait > 0:
                raise RateLimited("own_quota", wait)
            self._buckets.update(left)
            self._forget_full(now)

    def _forget_full(self, now: datetime) -> None:
        """Drops buckets that have filled up again once there are many: absent means full."""
        if len(self._buckets) <= _MOST_BUCKETS:
            return
        for key, bucket in list(self._buckets.items()):
            limit = self._per_minute[key[1]]
            if refilled(bucket, limit, now).level >= limit:
                del self._buckets[key]
