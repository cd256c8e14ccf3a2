from dataclasses import replace
from typing import Any

import pytest

from crmsync.core.model import Contact, Email, Phone
from crmsync.core.people.match_keys import match_keys
from crmsync.core.sheet.candidates import candidate_from, changed
from crmsync.core.state import Candidate, Claim, Observation
from tests.core.records import ANN, CANON, NOON


def observed(contact: Contact | None, **changes: Any) -> Observation[Contact]:
    values: dict[str, Any] = {
        "key": "1f",
        "name": "people/c31",
        "remote_id": "people/c31",
        "etag": "e",
        "rtime": NOON,
        "deleted": contact is None,
        "value": contact,
        "labels": ("contactGroups/1", "contactGroups/myContacts", "contactGroups/unknown"),
        "photo_url": "https://photos.example/1",
    }
    return Observation(**values | changes)


def offered(contact: Contact = ANN, **changes: Any) -> Candidate:
    return candidate_from(observed(contact, **changes), 3, CANON)


def test_a_candidate_shows_what_the_sheet_needs() -> None:
    made = offered()
    assert (made.key, made.remote_id, made.name, made.round) == ("1f", "people/c31", "Ann Martin", 3)
    assert made.emails == ("ann@example.com", "ann@work.example")
    assert (made.phones, made.organization) == (("(416) 555-0199",), "Maple Homes")
    assert made.labels == ("contactGroups/1", "contactGroups/unknown")
    assert made.photo_url == "https://photos.example/1"
    assert made.match_keys == match_keys(CANON, ANN)
    assert made.status == "open"
    assert not made.choice.selected
    assert made.choice.consent == {"status": "none"}


@pytest.mark.parametrize(
    "change",
    [
        {"contact": replace(ANN, given_name="Anna")},
        {"contact": replace(ANN, emails=ANN.emails[:1])},
        {"contact": replace(ANN, organization="")},
        {"labels": ("contactGroups/2",)},
        {"photo_url": None},
        {"remote_id": "people/999"},
    ],
)
def test_a_candidate_changed_when_the_sheet_would_show_it(change: dict[str, Any]) -> None:
    assert changed(offered(), offered(**change))


def test_what_the_sheet_does_not_show_changes_no_candidate() -> None:
    assert not changed(offered(), offered(contact=replace(ANN, notes="other", job_title="x"), etag="f"))


def test_what_tells_who_it_is_changes_a_candidate() -> None:
    assert changed(offered(), offered(contact=replace(ANN, birthday=None)))
    assert changed(offered(), offered(contact=replace(ANN, suffix="Jr")))


def test_round_choice_and_claims_do_not_count_as_a_change() -> None:
    made = offered()
    claimed = replace(made, round=1, claims=(Claim("c", "Ann"),), status="gone", version="v")
    assert not changed(claimed, made)


def test_hostile_contacts_are_shown_as_they_are_and_sort_within_bounds() -> None:
    text = "<script>" + "\u202e" + "é" * 10_000
    made = offered(contact=Contact(given_name=text, phones=(Phone("=1+1"),), emails=(Email(text),)))
    assert made.name == text
    assert made.emails == (text,)
    assert len(made.sort.encode()) < 1_500


def test_a_deleted_contact_is_no_candidate() -> None:
    with pytest.raises(ValueError, match="deleted"):
        candidate_from(observed(None), 1, CANON)
