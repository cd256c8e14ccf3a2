"""What is written to a Person: whole lists, and nothing of Google's own lost."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from crmsync.core.model import Address, Birthday, Contact, Email, Phone
from crmsync.gateway.person import contact_of
from crmsync.gateway.person_shape import PERSON_FIELD
from crmsync.gateway.person_write import changed_person, mask_of, new_person
from tests.gateway.contacts import ADA, as_google_answers, contacts

EVERY_FIELD = frozenset(PERSON_FIELD)


def write(raw: Mapping[str, Any], contact: Contact, *fields: str) -> dict[str, Any]:
    """The body of an update of `fields`, patched into `raw`."""
    return changed_person(contact, fields, mask_of(fields), raw)


def test_without_a_raw_body_a_cleared_field_is_an_empty_list() -> None:
    body = changed_person(Contact(given_name="A"), EVERY_FIELD, mask_of(EVERY_FIELD), None)
    assert body["names"] == [{"givenName": "A"}]
    assert all(body[name] == [] for name in set(PERSON_FIELD.values()) - {"names"})


def test_the_mask_holds_exactly_what_is_sent() -> None:
    mask = mask_of({"job_title", "emails"})
    assert mask == {"organizations", "emailAddresses"}
    assert set(changed_person(ADA, {"job_title", "emails"}, mask, None)) == mask
    assert changed_person(ADA, {"job_title"}, {"organizations"}, None)["organizations"] == [
        {"name": "Analytical Engines", "title": "Programmer"}
    ]


@settings(max_examples=80, deadline=None)
@given(contacts(), contacts())
def test_an_update_makes_google_s_side_equal_to_ours(before: Contact, after: Contact) -> None:
    raw = as_google_answers(new_person(before, "crm-1"))
    body = changed_person(after, EVERY_FIELD, mask_of(EVERY_FIELD), raw)
    now = contact_of({**raw, **as_google_answers(body), **{name: [] for name in body if not body[name]}})
    for ours, theirs in zip(now.addresses, after.addresses, strict=True):
        assert ours == theirs
    assert now == after


@settings(max_examples=60, deadline=None)
@given(contacts())
def test_writing_back_what_was_read_changes_nothing(contact: Contact) -> None:
    raw = as_google_answers(new_person(contact, "crm-1"))
    body = changed_person(contact, EVERY_FIELD, mask_of(EVERY_FIELD), raw)
    assert as_google_answers(body) == {name: value for name, value in raw.items() if name != "clientData"}


def test_a_fourth_address_and_its_display_name_survive_an_edit_of_the_first() -> None:
    raw = {
        "emailAddresses": [
            {"value": "a@x.test", "type": "work", "displayName": "A Work", "formattedType": "Work"},
            {"value": "b@x.test", "displayName": "B"},
            {"value": "c@x.test", "type": "boat"},
            {"displayName": "an entry without an address"},
        ]
    }
    edited = Contact(
        emails=(Email("A@x.test", "home"), Email("b@x.test"), Email("c@x.test", "boat"), Email("new@x.test"))
    )
    assert write(raw, edited, "emails")["emailAddresses"] == [
        {"value": "A@x.test", "type": "home", "displayName": "A Work"},
        {"value": "b@x.test", "displayName": "B"},
        {"value": "c@x.test", "type": "boat"},
        {"value": "new@x.test"},
        {"displayName": "an entry without an address"},
    ]


def test_a_removed_element_goes_and_a_removed_label_goes_too() -> None:
    raw = {
        "phoneNumbers": [{"value": "+1 416-555-0100", "type": "work"}, {"value": "2", "canonicalForm": "+12"}]
    }
    body = write(raw, Contact(phones=(Phone("+14165550100"),)), "phones")
    assert body["phoneNumbers"] == [{"value": "+14165550100"}]


def test_an_edited_address_keeps_its_box_and_drops_text_built_from_the_old_parts() -> None:
    raw = {
        "addresses": [
            {
                "streetAddress": "1 King St",
                "city": "Toronto",
                "country": "Canada",
                "countryCode": "CA",
                "poBox": "77",
                "type": "home",
                "formattedValue": "1 King St\nToronto\nCanada",
            },
            {"formattedValue": "the blue house by the lake"},
        ]
    }
    wanted = (Address("2 King St", city="Toronto", country="Canada"), Address("the blue house by the lake"))
    assert write(raw, Contact(addresses=wanted), "addresses")["addresses"] == [
        {
            "streetAddress": "2 King St",
            "city": "Toronto",
            "country": "Canada",
            "countryCode": "CA",
            "poBox": "77",
        },
        {"formattedValue": "the blue house by the lake"},
    ]


def test_an_address_that_moves_abroad_loses_the_old_country_code() -> None:
    raw = {"addresses": [{"streetAddress": "1 Rue X", "country": "France", "countryCode": "FR"}]}
    body = write(raw, Contact(addresses=(Address("1 Rue X", country="Belgique"),)), "addresses")
    assert body["addresses"] == [{"streetAddress": "1 Rue X", "country": "Belgique"}]


def test_text_that_google_built_is_not_frozen_but_text_a_person_set_is_kept() -> None:
    built = {"city": "York", "country": "UK", "formattedValue": "York\nUK"}
    by_hand = {"city": "York", "formattedValue": "near York"}
    contact = Contact(addresses=(Address(city="York", country="UK"), Address(city="York")))
    body = write({"addresses": [built, by_hand]}, contact, "addresses")
    assert body["addresses"] == [{"city": "York", "country": "UK"}, by_hand]


def test_phonetic_names_survive_and_the_old_free_form_does_not() -> None:
    raw = {
        "names": [
            {
                "givenName": "Ada",
                "phoneticGivenName": "Eida",
                "displayName": "Ada",
                "unstructuredName": "Ada",
                "metadata": {"primary": True},
            }
        ]
    }
    changed = write(raw, Contact(given_name="Augusta", family_name="King"), "given_name", "family_name")
    assert changed["names"] == [{"givenName": "Augusta", "familyName": "King", "phoneticGivenName": "Eida"}]
    cleared = write(raw, Contact(), "given_name")
    assert cleared["names"] == [{"phoneticGivenName": "Eida"}]


def test_a_name_held_only_as_text_stays_text_until_it_is_edited() -> None:
    raw = {"names": [{"unstructuredName": "Acme Plumbing", "displayName": "Acme Plumbing"}]}
    same = Contact(given_name="Acme Plumbing")
    assert write(raw, same, "given_name")["names"] == [{"unstructuredName": "Acme Plumbing"}]
    edited = replace(same, family_name="Ltd")
    assert write(raw, edited, "family_name")["names"] == [{"givenName": "Acme Plumbing", "familyName": "Ltd"}]


def test_only_our_organization_changes_and_it_stays_first() -> None:
    raw = {
        "organizations": [
            {"name": "Old", "endDate": {"year": 2010}},
            {"name": "Now", "title": "CEO", "department": "Top", "metadata": {"primary": True}},
        ]
    }
    body = write(raw, Contact(organization="Now Inc.", job_title=""), "organization", "job_title")
    assert body["organizations"] == [
        {"name": "Now Inc.", "department": "Top"},
        {"name": "Old", "endDate": {"year": 2010}},
    ]
    cleared = write(raw, Contact(), "organization", "job_title")
    assert cleared["organizations"] == [{"department": "Top"}, {"name": "Old", "endDate": {"year": 2010}}]


def test_other_nicknames_stay() -> None:
    raw = {"nicknames": [{"value": "Bob", "metadata": {"primary": True}}, {"value": "Robbie"}]}
    body = write(raw, Contact(nickname="Rob"), "nickname")
    assert body["nicknames"] == [{"value": "Rob"}, {"value": "Robbie"}]


@pytest.mark.parametrize(
    ("birthday", "sent"),
    [
        (None, [{"text": "in spring"}]),
        (Birthday(2, 29), [{"date": {"month": 2, "day": 29}}]),
        (Birthday(2, 28, 1999), [{"date": {"year": 1999, "month": 2, "day": 28}}]),
    ],
)
def test_a_birthday_we_cannot_read_stays_until_ours_is_set(
    birthday: Birthday | None, sent: list[dict[str, Any]]
) -> None:
    raw = {"birthdays": [{"text": "in spring"}]}
    assert write(raw, Contact(birthday=birthday), "birthday")["birthdays"] == sent


def test_a_cleared_birthday_and_note_are_cleared() -> None:
    raw = {
        "birthdays": [{"date": {"month": 1, "day": 2}, "text": "Jan 2"}],
        "biographies": [{"value": "<b>x</b>", "contentType": "TEXT_HTML"}],
    }
    body = write(raw, Contact(), "birthday", "notes")
    assert body == {"birthdays": [], "biographies": []}
    kept = write(raw, Contact(birthday=Birthday(1, 2), notes="<b>x</b>"), "birthday", "notes")
    assert kept == raw


def test_a_masked_field_that_was_not_touched_goes_back_as_google_has_it() -> None:
    raw = {
        "emailAddresses": [{"value": "a@x.test", "displayName": "A", "metadata": {"primary": True}}],
        "names": [{"givenName": "Ada", "unstructuredName": "Ada", "phoneticGivenName": "Eida"}],
    }
    mask = {"emailAddresses", "names", "phoneNumbers", "urls"}
    body = changed_person(Contact(phones=(Phone("1"),)), {"phones"}, mask, raw)
    assert body == {
        "emailAddresses": [{"value": "a@x.test", "displayName": "A"}],
        "names": [{"givenName": "Ada", "phoneticGivenName": "Eida"}],
        "phoneNumbers": [{"value": "1"}],
        "urls": [],
    }


def test_a_list_longer_than_a_listing_shows_is_patched_like_any_other() -> None:
    raw = {"phoneNumbers": [{"value": str(n), "metadata": {}} for n in range(120)]}
    wanted = tuple(Phone(str(n)) for n in range(119))
    assert write(raw, Contact(phones=wanted), "phones") == {
        "phoneNumbers": [{"value": str(n)} for n in range(119)]
    }
