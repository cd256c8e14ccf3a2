"""How long a sync still takes: what the pace so far tells, and when it tells nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crmsync.core.account import Pace, ResourceState
from crmsync.core.shown.pace import paced, time_left

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def pushing(done: int, at: float, **more: object) -> ResourceState:
    """A commit so many seconds after noon, when 0 of 1,000 were done."""
    begun = Pace("pushing", NOON, 0)
    state = ResourceState(phase="pushing", done=done, total=1000, pace=begun, changed_at=after(at))
    return replace(state, **more)  # type: ignore[arg-type]


def test_the_rest_takes_as_long_each_as_what_is_done() -> None:
    assert time_left(pushing(250, at=60)) == timedelta(seconds=180)
    assert time_left(pushing(1000, at=60)) == timedelta()


def test_a_wait_counts_like_work_and_is_still_to_come() -> None:
    waiting = pushing(600, at=20, phase="waiting", paused_until=after(60))
    assert time_left(waiting) == timedelta(seconds=40 + 40)


def test_what_earlier_jobs_did_before_counting_began_is_no_measure() -> None:
    resumed = pushing(700, at=60, pace=Pace("pushing", NOON, 400))
    assert time_left(resumed) == timedelta(seconds=60)


@pytest.mark.parametrize(
    "state",
    [
        pushing(250, at=60, pace=None),
        pushing(250, at=60, total=None),
        pushing(0, at=60),
        pushing(250, at=4),
        ResourceState(),
    ],
    ids=["not counted", "no total", "nothing done", "hardly begun", "never synced"],
)
def test_nothing_is_told_that_would_be_a_guess(state: ResourceState) -> None:
    assert time_left(state) is None


def test_counting_begins_with_a_phase_and_goes_on_through_waits() -> None:
    begun = paced(ResourceState(phase="pushing", done=200, total=1000), NOON)
    assert begun.pace == Pace("pushing", NOON, 200)
    waiting = paced(replace(begun, phase="waiting", paused_until=after(60)), after(20))
    assert waiting.pace == begun.pace
    assert paced(replace(waiting, phase="pushing", done=400), after(61)).pace == begun.pace


def test_counting_begins_anew_with_another_phase_or_another_pass() -> None:
    pulled = paced(ResourceState(phase="pulling", done=900, total=1000), NOON)
    assert paced(replace(pulled, phase="pushing", done=0), after(9)).pace == Pace("pushing", after(9), 0)
    assert paced(replace(pulled, done=100), after(9)).pace == Pace("pulling", after(9), 100)
    assert paced(replace(pulled, phase="idle"), after(9)).pace is None
    assert paced(replace(pulled, phase="waiting", done=0, total=None), after(9)).pace is None
