from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.core.pair.guard import (
    STEP,
    WINDOW,
    Deleted,
    forgotten,
    hold_reason,
    noted,
    plan_digest,
    recently,
)
from tests.core.records import quick


@pytest.mark.parametrize(
    ("deletions", "links", "held"),
    [
        (0, 0, None),
        (1, 1, None),
        (10, 10, None),
        (11, 10, "too_many"),
        (10, 100_000, None),
        (50, 1_000, None),
        (51, 1_000, "too_many"),
    ],
)
def test_deletions_are_held_above_ten_and_five_percent(deletions: int, links: int, held: str | None) -> None:
    assert hold_reason(deletions, links, listing_empty=False, canon_changed=False) == held


@pytest.mark.parametrize(
    ("recent", "links", "held"),
    [
        (9, 100, None),
        (10, 100, "too_many"),
        (10, 0, "too_many"),
        (49, 951, None),
        (50, 950, "too_many"),
    ],
)
def test_recent_deletions_count_with_the_next(recent: int, links: int, held: str | None) -> None:
    assert hold_reason(1, links, listing_empty=False, canon_changed=False, recent=recent) == held


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_deletions_count_for_an_hour_and_little_longer_on_their_side() -> None:
    deleted: tuple[Deleted, ...] = ()
    for minute in range(60):
        deleted = noted(deleted, "crm", 1, NOON + timedelta(minutes=minute))
    deleted = noted(deleted, "google", 5, NOON + timedelta(minutes=59))
    assert recently(deleted, "crm", NOON + timedelta(minutes=59)) == 60
    assert recently(deleted, "google", NOON + timedelta(minutes=59)) == 5
    assert recently(deleted, "crm", NOON + timedelta(minutes=59) + WINDOW + STEP) == 0
    assert len(deleted) == 7, "times are kept by steps: the list stays short"
    assert forgotten(deleted, "crm") == deleted[-1:]


@quick
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 20)), max_size=30), st.integers(0, 300))
def test_no_deletion_of_the_last_hour_is_forgotten(made: list[tuple[int, int]], later: int) -> None:
    deleted: tuple[Deleted, ...] = ()
    minute = 0
    times: list[tuple[int, int]] = []
    for pause, count in made:
        minute += pause
        deleted = noted(deleted, "crm", count, NOON + timedelta(minutes=minute))
        times.append((minute, count))
    now = minute + later
    least = sum(count for at, count in times if now - at < 60)
    most = sum(count for at, count in times if now - at < 70)
    assert least <= recently(deleted, "crm", NOON + timedelta(minutes=now)) <= most


def test_an_empty_side_holds_a_single_deletion() -> None:
    assert hold_reason(1, 5, listing_empty=True, canon_changed=False) == "empty_listing"
    assert hold_reason(1, 0, listing_empty=True, canon_changed=False) is None


def test_a_changed_canon_holds_a_single_deletion() -> None:
    assert hold_reason(1, 1_000, listing_empty=False, canon_changed=True) == "canon_changed"


def test_nothing_to_delete_is_never_held() -> None:
    assert hold_reason(0, 1_000, listing_empty=True, canon_changed=True) is None


items = st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4)), max_size=5)


@quick
@given(items, items)
def test_a_plan_digest_is_of_exactly_these_items_in_any_order(
    one: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    assert plan_digest(one) == plan_digest(one[::-1])
    assert (plan_digest(one) == plan_digest(other)) is (sorted(one) == sorted(other))
