"""Picking the value that lost: scalars, list elements, both."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from crmsync.core.journal import Conflict
from crmsync.core.model import Contact, Email, Phone, Url
from crmsync.core.pair import picking
from crmsync.core.pair.canon import Canon

CANON = Canon(bytes(32), "CA")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANN = Contact(
    given_name="Ann",
    phones=(Phone("416 555 0134", "work"), Phone("416 555 0199", "home")),
    emails=(Email("ann@example.com"),),
    notes="here",
)


def conflict(field: str, kept: Any, lost: Any) -> Conflict:
    return Conflict("k", "contacts", "ann", field, kept, lost, "google", NOON)


def test_a_scalar_is_replaced() -> None:
    assert picking.with_lost(CANON, ANN, conflict("given_name", "Ann", "Anna")) == replace(
        ANN, given_name="Anna"
    )


def test_an_element_is_found_by_what_it_is_not_by_how_it_is_typed() -> None:
    found = conflict(
        "phones",
        [{"value": "+1 (416) 555-0134", "type": "work"}],
        [{"value": "+14165550134", "type": "main"}],
    )
    assert picking.standing(CANON, ANN, found) == [{"value": "416 555 0134", "type": "work"}]
    assert picking.says(CANON, ANN, found, found.kept)
    assert not picking.says(CANON, ANN, found, found.lost)
    after = picking.with_lost(CANON, ANN, found)
    assert after.phones == (Phone("+14165550134", "main"), Phone("416 555 0199", "home"))
    assert picking.says(CANON, after, found, found.lost)


def test_several_elements_of_one_identity_are_replaced_together() -> None:
    doubled = replace(
        ANN, emails=(Email("a@x.example", "1"), Email("b@x.example"), Email("A@x.example", "2"))
    )
    kept = [{"value": "a@x.example", "type": "1"}, {"value": "A@x.example", "type": "2"}]
    found = conflict("emails", kept, [{"value": "a@x.example", "type": "3"}])
    assert picking.says(CANON, doubled, found, found.kept)
    after = picking.with_lost(CANON, doubled, found)
    assert after.emails == (Email("a@x.example", "3"), Email("b@x.example"))


def test_both_adds_only_what_is_not_there() -> None:
    url = {"value": "https://ann.example", "type": ""}
    found = conflict("urls", [], [url])
    once = picking.with_both(CANON, ANN, found)
    assert once.urls == (Url("https://ann.example"),)
    assert picking.with_both(CANON, once, found) == once


def test_both_texts_stand_one_below_the_other_and_only_once() -> None:
    found = conflict("notes", "here", "there")
    once = picking.with_both(CANON, ANN, found)
    assert once.notes == "here\n\nthere"
    assert picking.with_both(CANON, once, found) == once


def test_one_value_cannot_be_two() -> None:
    with pytest.raises(ValueError, match="one value"):
        picking.with_both(CANON, ANN, conflict("given_name", "Ann", "Anna"))


def test_the_digest_follows_what_is_shown_and_nothing_else() -> None:
    found = conflict("given_name", "Ann", "Anna")
    before = picking.digest(CANON, ANN, found)
    assert picking.digest(CANON, replace(ANN, notes="other"), found) == before
    assert picking.digest(CANON, replace(ANN, given_name="Anne"), found) != before
