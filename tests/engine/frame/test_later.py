"""When jobs come back, and that no name is asked for twice."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.engine.frame import later
from crmsync.engine.run.lease import LEASE_TIME, LeaseHeld

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LIFE = LEASE_TIME.total_seconds()


def held(age: float) -> LeaseHeld:
    return LeaseHeld("lease", LIFE - age)


@given(st.floats(0.001, 5_000.0), st.integers(0, 999_999))
def test_a_job_is_queued_for_a_moment_that_is_yet_to_come(wait: float, micro: int) -> None:
    now = NOW + timedelta(microseconds=micro)
    at = later.moment(now, wait, {})
    assert wait <= at - now.timestamp() + 1e-6
    assert at - now.timestamp() < wait + 1.000_001


@pytest.mark.parametrize("early", [0.0, 0.4, 3.0])
def test_a_job_never_asks_for_the_name_that_it_has(early: float) -> None:
    """Also by a clock that runs behind that of whoever queued it."""
    mine = later.moment(NOW, 0.3, {})
    begun = datetime.fromtimestamp(mine, UTC) - timedelta(seconds=early)
    assert later.moment(begun, 0.0001, {"due": mine}) > mine


def test_all_that_meet_a_lease_look_at_the_same_time() -> None:
    assert {later.next_look(held(age), {}) for age in (0.0, 1.0, 3.9)} == {4}
    looks = [later.next_look(held(age), {}) for age in (4, 7, 8, 16, 32, 47, 48, 590, 599)]
    assert looks == [8, 8, 16, 32, 48, 48, 64, 592, 600]


def test_a_look_that_comes_early_by_its_clock_is_not_its_own_next() -> None:
    assert later.next_look(held(7.6), {"held": "lease", "look": 8}) == 16
    assert later.next_look(held(599.7), {"held": "lease", "look": 600}) == 608
    assert later.next_look(held(7.6), {"held": "another", "look": 8}) == 8


def test_the_wait_is_until_that_second_of_the_lease() -> None:
    assert later.until_look(held(3.0), 4) == 1.0
    assert later.until_look(held(9.0), 8) == 0.0
