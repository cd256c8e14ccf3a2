"""A family with one mailbox: several contacts with the same address, who stay as many as they are."""

from typing import Any

import pytest

from crmsync.core.model import Contact, Email
from tests.stage import Stage

MAILBOX = "martins@example.com"
FAMILY = ("Ann", "Bert")


def person(given: str) -> dict[str, Any]:
    return {
        "names": [{"givenName": given, "familyName": "Martin"}],
        "emailAddresses": [{"value": MAILBOX}],
    }


def contact(given: str) -> Contact:
    return Contact(given_name=given, family_name="Martin", emails=(Email(MAILBOX),))


def given_names(stage: Stage) -> list[str]:
    return sorted(found["names"][0]["givenName"] for found in stage.persons())


@pytest.mark.parametrize("first", ["crm", "google"])
def test_who_is_on_both_sides_already_is_linked_with_their_own(stage: Stage, first: str) -> None:
    """The address alone says that each may be either; the names say who is who."""
    for side in ("crm", "google") if first == "crm" else ("google", "crm"):
        for given in FAMILY:
            if side == "crm":
                stage.add(given.lower(), contact(given))
            else:
                stage.book.phone_create(person(given))
    for _ in range(3):
        stage.sync()
        stage.later(900)
    assert given_names(stage) == list(FAMILY)
    for given in FAMILY:
        assert stage.contact(given.lower()).value == contact(given)
    assert stage.store.count(stage.scope, "contacts") == 2
    assert set(stage.store.links_of(stage.scope, "contacts", ["ann", "bert"])) == {"ann", "bert"}
    assert stage.candidates() == []


def test_who_is_in_the_crm_only_is_sent_once_each(stage: Stage) -> None:
    for given in FAMILY:
        stage.add(given.lower(), contact(given))
    for _ in range(3):
        stage.sync()
        stage.later(900)
    assert given_names(stage) == list(FAMILY)
    assert stage.candidates() == []


def test_an_edit_of_one_reaches_that_one_only(stage: Stage) -> None:
    for given in FAMILY:
        stage.add(given.lower(), contact(given))
    stage.sync()
    stage.later(3600)
    [ann] = stage.persons_named("Ann")
    stage.book.phone_edit(ann["resourceName"], {"nicknames": [{"value": "Annie"}]})
    stage.sync()
    nicknames = [stage.contact(given.lower()).value.nickname for given in FAMILY]
    assert nicknames == ["Annie", ""]
