from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.core.errors import RateLimited
from crmsync.gateway import people_costs
from crmsync.gateway.quota import PER_MINUTE, UNLIMITED, Quota, Spent, wait_for

START = datetime(2026, 1, 1, tzinfo=UTC)


class StoppedClock:
    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time


def ago(*spent: tuple[float, int]) -> list[Spent]:
    return [Spent(START - timedelta(seconds=seconds), units) for seconds, units in spent]


def test_what_fits_beside_the_last_minutes_spending_need_not_wait() -> None:
    assert wait_for([], 60, 60, START) == 0
    assert wait_for(ago((50, 30), (1, 24)), 60, 6, START) == 0


def test_the_wait_is_until_half_of_the_window_is_free_or_the_units_are_there() -> None:
    spent = ago((51, 20), (41, 20), (31, 20))
    assert wait_for(spent, 60, 6, START) == 20
    assert wait_for(spent, 60, 45, START) == 30


def test_a_call_that_costs_more_than_the_limit_waits_for_an_empty_window_only() -> None:
    assert wait_for([], 60, 600, START) == 0
    assert wait_for(ago((1, 1)), 60, 600, START) == 60


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 50)), min_size=1, max_size=60))
def test_no_minute_ever_sees_more_than_the_limit(calls: list[tuple[float, int]]) -> None:
    clock, spent = StoppedClock(), []
    quota = Quota(clock, {"calendar": 100})
    for pause, units in calls:
        clock.time += timedelta(seconds=pause)
        try:
            quota.spend("ann", {"calendar": units})
        except RateLimited as limited:
            clock.time += timedelta(seconds=limited.retry_after)
            quota.spend("ann", {"calendar": units})
        spent.append((clock.time, units))
        minute = [units for at, units in spent if clock.time - at < timedelta(minutes=1)]
        assert sum(minute) <= 100


def test_spending_stops_at_the_limit_and_resumes_with_time() -> None:
    clock = StoppedClock()
    quota = Quota(clock, {"people.read": 12})
    quota.spend("ann", {"people.read": 6})
    quota.spend("ann", {"people.read": 6})
    with pytest.raises(RateLimited) as caught:
        quota.spend("ann", {"people.read": 6})
    assert (caught.value.reason, caught.value.retry_after) == ("own_quota", 61)
    clock.time += timedelta(seconds=caught.value.retry_after)
    quota.spend("ann", {"people.read": 6})


def test_users_and_metrics_are_counted_apart() -> None:
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


def test_who_has_spent_nothing_lately_is_forgotten() -> None:
    clock = StoppedClock()
    quota = Quota(clock, {"people.read": 1, "people.write": 1})
    for number in range(10_000):
        quota.spend(f"u{number}", {"people.read": 1})
        with pytest.raises(RateLimited):
            quota.spend(f"u{number}", {"people.write": 1, "people.read": 1})
    assert len(quota._spent) == 20_000
    clock.time += timedelta(seconds=40)
    quota.spend("dee", {"people.read": 1})
    clock.time += timedelta(seconds=40)
    quota.spend("eli", {"people.read": 1})
    assert {user for user, _ in quota._spent} == {"dee", "eli"}
    with pytest.raises(RateLimited):
        quota.spend("dee", {"people.read": 1})


def test_time_that_goes_back_forgets_nobody_who_counts() -> None:
    clock = StoppedClock()
    quota = Quota(clock, {"people.read": 1})
    quota.spend("ann", {"people.read": 1})
    clock.time -= timedelta(hours=1)
    with pytest.raises(RateLimited):
        quota.spend("ann", {"people.read": 1})


@pytest.mark.parametrize("call", ["READ", "WRITE", "BATCH", "DELETE", "GROUPS"])
def test_every_call_of_people_spends_what_is_limited(call: str) -> None:
    assert getattr(people_costs, call).keys() <= PER_MINUTE.keys()
