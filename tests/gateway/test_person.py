"""What is read from a Person."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings

from crmsync.core.model import Address, Birthday, Contact, Email, Phone
from crmsync.gateway.person import contact_of, observation, rich_fields
from crmsync.gateway.person_shape import OWN_KEY, named_key
from crmsync.gateway.person_write import new_person
from tests.gateway.contacts import ADA, HOSTILE, as_google_answers, contacts

NAMES = {"given_name", "middle_name", "family_name", "prefix", "suffix"}


def test_what_is_created_reads_back_as_it_was() -> None:
    body = new_person(ADA, "crm-1")
    assert contact_of(as_google_answers(body)) == ADA
    assert rich_fields(as_google_answers(body)) == frozenset()
    assert body["clientData"] == [{"key": "crmsync", "value": "crm-1"}]


@settings(max_examples=80, deadline=None)
@given(contacts())
def test_pull_of_push_is_the_contact_itself(contact: Contact) -> None:
    assert contact_of(as_google_answers(new_person(contact, "crm-1"))) == contact


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_survives_in_every_field(value: str) -> None:
    contact = Contact(
        given_name=value,
        family_name=value,
        nickname=value,
        organization=value,
        emails=(Email(value, value),),
        phones=(Phone(value, value),),
        addresses=(Address(street=value, type=value),),
        notes=value,
    )
    assert contact_of(as_google_answers(new_person(contact, "crm-1"))) == contact


def test_an_empty_contact_has_nothing_but_our_key() -> None:
    assert new_person(Contact(), "crm-1") == {"clientData": [{"key": "crmsync", "value": "crm-1"}]}
    assert contact_of({"resourceName": "people/c1"}) == Contact()


@pytest.mark.parametrize(
    ("person", "field"),
    [
        ({"names": [{"givenName": "A", "phoneticGivenName": "Ei"}]}, NAMES),
        ({"names": [{"unstructuredName": "Acme Plumbing", "displayName": "Acme Plumbing"}]}, NAMES),
        ({"nicknames": [{"value": "A"}, {"value": "B"}]}, {"nickname"}),
        ({"nicknames": [{"value": "A", "type": "MAIDEN_NAME"}]}, {"nickname"}),
        ({"organizations": [{"name": "A"}, {"name": "B"}]}, {"organization", "job_title"}),
        ({"organizations": [{"name": "A", "department": "R&D"}]}, {"organization", "job_title"}),
        ({"organizations": [{"name": "A", "location": "HQ"}]}, {"organization", "job_title"}),
        ({"organizations": [{"name": "A", "current": True}]}, {"organization", "job_title"}),
        ({"emailAddresses": [{"value": "a@b.c", "displayName": "A"}]}, {"emails"}),
        ({"emailAddresses": [{"displayName": "no address"}]}, {"emails"}),
        ({"phoneNumbers": [{"value": str(n)} for n in range(100)]}, {"phones"}),
        ({"addresses": [{"streetAddress": "1 King", "poBox": "12"}]}, {"addresses"}),
        ({"addresses": [{"streetAddress": "1 King", "countryCode": "CA"}]}, {"addresses"}),
        ({"addresses": [{"formattedValue": "the blue house"}]}, {"addresses"}),
        ({"addresses": [{"city": "York", "formattedValue": "near York"}]}, {"addresses"}),
        ({"birthdays": [{"text": "in spring"}]}, {"birthday"}),
        ({"birthdays": [{"date": {"year": 1980}}]}, {"birthday"}),
        ({"biographies": [{"value": "<b>x</b>", "contentType": "TEXT_HTML"}]}, {"notes"}),
        ({"names": [{"givenName": "A", "unstructuredName": "A", "metadata": {"primary": True}}]}, set()),
        ({"nicknames": [{"value": "A", "type": "DEFAULT"}]}, set()),
        ({"addresses": [{"city": "York", "country": "UK", "formattedValue": "York\nUK"}]}, set()),
        ({"birthdays": [{"date": {"month": 2, "day": 29}, "text": "Feb 29"}]}, set()),
        ({"biographies": [{"value": "x", "contentType": "TEXT_PLAIN"}]}, set()),
    ],
)
def test_a_field_is_rich_when_google_holds_more_than_the_model(
    person: dict[str, Any], field: set[str]
) -> None:
    assert rich_fields(person) == field


def test_a_name_held_only_as_text_is_not_lost() -> None:
    assert contact_of({"names": [{"unstructuredName": "Acme Plumbing"}]}) == Contact(
        given_name="Acme Plumbing"
    )
    assert contact_of({"addresses": [{"formattedValue": "the blue house", "type": "home"}]}) == Contact(
        addresses=(Address(street="the blue house", type="home"),)
    )


def test_the_primary_organization_is_ours_whatever_the_order() -> None:
    items = [{"name": "Old"}, {"name": "Now", "title": "CEO", "metadata": {"primary": True}}]
    for order in (items, items[::-1]):
        contact = contact_of({"organizations": order})
        assert (contact.organization, contact.job_title) == ("Now", "CEO")


@pytest.mark.parametrize(
    ("date", "birthday"),
    [
        ({"year": 1815, "month": 12, "day": 10}, Birthday(12, 10, 1815)),
        ({"month": 12, "day": 10}, Birthday(12, 10)),
        ({"year": 0, "month": 2, "day": 29}, Birthday(2, 29)),
        ({"year": 2023, "month": 2, "day": 29}, None),
        ({"year": 1980}, None),
        ({"month": 13, "day": 1}, None),
        ({}, None),
    ],
)
def test_a_birthday_without_a_year_stays_so_and_an_impossible_one_is_none(
    date: dict[str, int], birthday: Birthday | None
) -> None:
    assert contact_of({"birthdays": [{"date": date}]}).birthday == birthday


def test_labels_unknown_to_us_come_through_untouched() -> None:
    contact = contact_of({"phoneNumbers": [{"value": "+1 416", "type": "Cottage 🏡"}, {"value": "2"}]})
    assert contact.phones == (Phone("+1 416", "Cottage 🏡"), Phone("2", ""))


def test_an_observation_is_keyed_by_the_contact_source_not_the_resource_name() -> None:
    person = as_google_answers(new_person(ADA, "crm-1"))
    person["resourceName"] = "people/117000000000000000000"
    person["metadata"]["sources"].insert(0, {"type": "PROFILE", "id": "117", "etag": "#p"})
    person["metadata"]["previousResourceNames"] = ["people/c1"]
    person["photos"] = [
        {"url": "https://lh3.googleusercontent.com/mono", "default": True},
        {"url": "https://lh3.googleusercontent.com/me"},
    ]
    seen = observation(person)
    assert seen is not None
    assert (seen.key, seen.remote_id) == ("5af3", "people/117000000000000000000")
    assert seen.etag == "%EgUB #abc"
    assert seen.rtime == datetime(2026, 7, 27, 12, 41, 5, 443850, tzinfo=UTC)
    assert (seen.own_key, seen.previous, seen.labels) == (
        "crm-1",
        ("people/c1",),
        ("contactGroups/myContacts",),
    )
    assert seen.photo_url == "https://lh3.googleusercontent.com/me"
    assert seen.raw is None
    kept = observation(person, keep_raw=True)
    assert kept is not None
    assert kept.raw is person


def test_a_tombstone_has_no_value_and_no_time() -> None:
    source = {"type": "CONTACT", "id": "5af3", "etag": "#x", "updateTime": "1970-01-01T00:00:00Z"}
    photo = {"url": "https://lh3.googleusercontent.com/d", "default": True}
    seen = observation(
        {
            "resourceName": "people/c23283",
            "etag": "%E",
            "metadata": {"sources": [source], "deleted": True, "objectType": "PERSON"},
            "photos": [photo],
        },
        keep_raw=True,
    )
    assert seen is not None
    assert (seen.deleted, seen.value, seen.rtime, seen.key, seen.raw) == (True, None, None, "5af3", None)


def test_a_person_without_a_contact_source_is_not_observed() -> None:
    profile = {"resourceName": "people/1", "metadata": {"sources": [{"type": "PROFILE", "id": "1"}]}}
    assert observation(profile) is None


def test_a_merge_that_left_two_of_our_keys_reads_the_same_in_any_order() -> None:
    keys = [
        {"key": "crmsync", "value": "b"},
        {"key": "other", "value": "a"},
        {"key": "crmsync", "value": "c"},
    ]
    person = as_google_answers({})
    for order in (keys, keys[::-1]):
        seen = observation({**person, "clientData": order})
        assert seen is not None
        assert seen.own_key == "b"


def test_keys_of_this_user_and_bare_ones_are_told_apart_and_those_of_others_are_not_read() -> None:
    mine = named_key("0123456789abcdef")
    keys = [
        {"key": mine, "value": "7"},
        {"key": named_key("fedcba9876543210"), "value": "8"},
        {"key": OWN_KEY, "value": "9"},
    ]
    seen = observation({**as_google_answers({}), "clientData": keys}, mine)
    assert seen is not None
    assert (seen.keys, seen.bare) == (("7",), ("9",))
    assert new_person(Contact(), "7", mine) == {"clientData": [{"key": mine, "value": "7"}]}
