"""What becomes of ticked rows of which some may be one person."""

import pytest

from crmsync.core.sheet.alike import Becomes, Fate, Ticked, resolved


def both(key: str, other: str, fate: Fate = "new", **more: bool) -> Ticked:
    return Ticked(key, fate, asks=(other,), is_nobody=more.get("is_nobody", False))


def fates(*rows: Ticked) -> dict[str, str]:
    return {key: it.fate for key, it in resolved({row.key: row for row in rows}).items()}


def test_two_that_may_be_one_wait_for_an_answer() -> None:
    assert fates(both("a", "b"), both("b", "a"), Ticked("c", "new")) == {
        "a": "undecided",
        "b": "undecided",
        "c": "new",
    }


def test_an_answer_on_either_row_is_enough() -> None:
    assert fates(both("a", "b"), Ticked("b", "new")) == {"a": "new", "b": "new"}


def test_one_that_is_not_ticked_makes_nobody_wait() -> None:
    assert fates(both("a", "b")) == {"a": "new"}


def test_one_is_added_to_the_other() -> None:
    rows = {"a": Ticked("a", "new"), "b": Ticked("b", "unproven", same_row="a")}
    assert resolved(rows) == {"a": Becomes("new"), "b": Becomes("copy", "a")}


def test_of_a_chain_the_end_is_brought_in_and_of_a_circle_the_least() -> None:
    chain = resolved(
        {key: Ticked(key, "new", same_row=to) for key, to in (("c", "b"), ("b", "a"), ("a", None))}
    )
    assert {key: it.head for key, it in chain.items()} == {"a": None, "b": "a", "c": "a"}
    circle = resolved(
        {key: Ticked(key, "new", same_row=to) for key, to in (("a", "b"), ("b", "a"), ("c", "b"))}
    )
    assert {key: it.head for key, it in circle.items()} == {"a": None, "b": "a", "c": "a"}


def test_that_two_are_two_said_on_either_outweighs_that_they_are_one() -> None:
    assert fates(Ticked("a", "new", apart=("b",)), Ticked("b", "new", same_row="a")) == {
        "a": "new",
        "b": "new",
    }


def test_what_was_said_of_a_row_that_stays_behind_says_nothing() -> None:
    assert resolved({"b": Ticked("b", "new", same_row="a")}) == {"b": Becomes("new")}


@pytest.mark.parametrize("fate", ["undecided", "unproven"])
def test_one_fares_as_the_row_that_it_is_added_to(fate: Fate) -> None:
    assert fates(Ticked("a", fate), Ticked("b", "new", same_row="a")) == {"a": fate, "b": fate}


def test_a_question_about_one_holds_back_all_who_are_one_with_it() -> None:
    rows = (both("a", "b"), Ticked("b", "new", asks=("a",)), Ticked("c", "new", same_row="a"))
    assert fates(*rows) == {"a": "undecided", "b": "undecided", "c": "undecided"}


def test_two_who_are_known_in_the_crm_are_asked_nothing_more() -> None:
    assert fates(both("a", "b", "link"), both("b", "a", "link")) == {"a": "link", "b": "link"}
    assert fates(both("a", "b", "link"), both("b", "a")) == {"a": "undecided", "b": "undecided"}
    assert fates(both("a", "b", "link"), both("b", "a", is_nobody=True)) == {"a": "link", "b": "new"}
