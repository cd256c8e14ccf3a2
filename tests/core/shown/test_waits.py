"""What waits, how much of it, until when and why."""

from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.account import Problem, ResourceState
from crmsync.core.shown.waits import Wait, waits_of
from crmsync.core.state import DOUBT, Intent
from tests.core.records import NOON

LATER = NOON + timedelta(minutes=12)
SLOWED = Problem("rate_limited", "Google asks us to wait.", "wait")
SILENT = Problem("unavailable", "Google does not answer.", "wait")
FAILED_AFTER_A_CLICK = {"paused_until": LATER, "failures": 1, "requested_at": NOON, "changed_at": NOON}
CLOSED = Problem("read_only", "The calendar may only be read.", "settings")


def wait_of(doubts: list[Intent] | None = None, **state: Any) -> Wait | None:
    """The wait of a resource whose last sync came to its end, but for this."""
    found = waits_of([("contacts", ResourceState(**{"last_synced_at": NOON, **state}))], doubts or [])
    return found[0] if found else None


@pytest.mark.parametrize(
    ("state", "count", "until", "why"),
    [
        ({"paused_until": LATER}, None, LATER, "rate_limited"),
        ({"paused_until": LATER, "problem": SLOWED, "requested_at": NOON}, None, LATER, "rate_limited"),
        ({"paused_until": LATER, "phase": "waiting", "done": 4, "total": 10}, 6, LATER, "rate_limited"),
        ({"paused_until": LATER, "phase": "pulling", "done": 4, "total": 10}, None, LATER, "rate_limited"),
        ({"paused_until": LATER, "deferred": 3}, 3, LATER, "rate_limited"),
        ({"paused_until": LATER, "failures": 1}, None, LATER, "retry"),
        ({"paused_until": LATER, "failures": 3, "problem": SILENT}, None, LATER, "unavailable"),
        (
            {"paused_until": LATER, "failures": 1, "requested_at": NOON, "changed_at": NOON},
            None,
            LATER,
            "retry",
        ),
        ({"problem": SILENT}, None, None, "unavailable"),
        ({"paused_until": LATER, "problem": CLOSED, "deferred": 7}, 7, LATER, "read_only"),
        ({"problem": CLOSED, "deferred": 7}, 7, None, "read_only"),
        ({"deferred": 3}, 3, None, "deferred"),
        ({"last_synced_at": None}, None, None, "queued"),
    ],
)
def test_what_the_jobs_noted_tells_what_waits(
    state: dict[str, Any], count: int | None, until: Any, why: str
) -> None:
    assert wait_of(**state) == Wait("contacts", count, until, why)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"phase": "pushing", "done": 4, "total": 10},
        {"phase": "waiting", "requested_at": NOON, "last_synced_at": None},
        {"phase": "pulling", "problem": SILENT, "failures": 3},
        {"requested_at": NOON, "problem": SILENT},
        {"requested_at": LATER, "changed_at": NOON, "paused_until": LATER, "failures": 3, "problem": SILENT},
        {"problem": CLOSED},
    ],
)
def test_what_rests_or_is_at_work_or_has_stopped_for_good_does_not_wait(state: dict[str, Any]) -> None:
    assert wait_of(**state) is None


def test_creates_in_doubt_wait_until_the_last_of_them_counts_as_never_made() -> None:
    later = NOON + timedelta(minutes=2)
    doubts = [Intent("i", ("a", "b"), NOON), Intent("j", ("c",), later)]
    assert wait_of(doubts) == Wait("contacts", 3, later + DOUBT, "in_doubt")


def test_what_was_held_back_for_the_sake_of_creates_in_doubt_waits_with_them() -> None:
    assert wait_of([Intent("i", ("a",), NOON)], deferred=4) == Wait("contacts", 4, NOON + DOUBT, "in_doubt")


def test_a_wait_of_google_covers_creates_in_doubt() -> None:
    doubts = [Intent("i", ("a",), NOON)]
    assert wait_of(doubts, paused_until=LATER) == Wait("contacts", 1, LATER, "rate_limited")


def test_creates_in_doubt_are_of_contacts() -> None:
    rests = ResourceState(last_synced_at=NOON)
    found = waits_of([("calendar", rests), ("contacts", rests)], [Intent("i", ("a",), NOON)])
    assert [wait.what for wait in found] == ["contacts"]
