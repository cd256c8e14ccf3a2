from datetime import UTC, datetime, timedelta

import pytest

from crmsync.core.errors import RateLimited
from crmsync.gateway.quota import UNLIMITED, Bucket, Quota, refilled, wait_for

START = datetime(2026, 1, 1, tzinfo=UTC)


class StoppedClock:
    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time


def test_a_bucket_starts_full_refills_evenly_and_never_overflows() -> None:
    assert refilled(None, 60, START) == Bucket(60, START)
    later = START + timedelta(seconds=30)
    assert refilled(Bucket(10, START), 60, later) == Bucket(40, later)
    assert refilled(Bucket(50, START), 60, later).level == 60
    assert refilled(Bucket(10, START), 60, START - timedelta(seconds=9)).level == 10


def test_the_wait_is_until_half_full_or_until_the_units_are_there() -> None:
    assert wait_for(Bucket(6, START), 60, 6) == 0
    assert wait_for(Bucket(0, START), 60, 6) == 30
    assert wait_for(Bucket(0, START), 60, 45) == 45


def test_a_call_that_costs_more_than_the_bucket_holds_waits_for_a_full_one_only() -> None:
    assert wait_for(Bucket(60, START), 60, 600) == 0


def test_spending_stops_at_the_limit_and_resumes_with_time() -> None:
    clock = StoppedClock()
    quota = Quota(clock, {"people.read": 12})
    quota.spend("ann", {"people.read": 6})
    quota.spend("ann", {"people.read": 6})
    with pytest.raises(RateLimited) as caught:
        quota.spend("ann", {"people.read": 6})
    assert (caught.value.reason, caught.value.retry_after) == ("own_quota", 30)
    clock.time += timedelta(seconds=caught.value.retry_after)
    quota.spend("ann", {"people.read": 6})


def test_users_and_metrics_have_buckets_of_their_own() -> None:
    quota = Quota(StoppedClock(), {"people.read": 1, "calendar": 1})
    quota.spend("ann", {"people.read": 1})
    quota.spend("ben", {"people.read": 1})
    quota.spend("ann", {"calendar": 1})


def test_a_refused_call_takes_nothing_of_any_metric() -> None:
    quota = Quota(StoppedClock(), {"people.read": 6, "people.write": 1})
    quota.spend("ann", {"people.write": 1})
    with pytest.raises(RateLimited):
        quota.spend("ann", {"people.read": 6, "people.write": 1})
    quota.spend("ann", {"people.read": 6})


def test_an_unlimited_quota_never_refuses() -> None:
    quota = Quota(StoppedClock(), UNLIMITED)
    for _ in range(1000):
        quota.spend("ann", {"people.read": 6})
