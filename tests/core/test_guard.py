import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.core.guard import hold_reason, plan_digest
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
