"""Creating, updating, deleting; what the server makes of a contact; limits; photos."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from local.google.faults import Fault
from tests.local.google.people.stage import Stage, names, person

HOSTILE = "<img src=x onerror=alert(1)>\u202e=SUM(A1) 👩🏽‍🚀 \u0000".replace("\u0000", "") + "é" * 10


@pytest.fixture
def stage() -> Stage:
    return Stage()


def update(stage: Stage, name: str, body: dict[str, Any], mask: str) -> dict[str, Any]:
    etag = stage.book.person(name)["etag"]
    return stage.call("PATCH", f"/v1/{name}:updateContact", body | {"etag": etag}, updatePersonFields=mask)


def test_a_created_contact_lands_in_my_contacts_and_reads_back_at_once(stage: Stage) -> None:
    made = stage.call("POST", "/v1/people:createContact", person("Ann", "Martin"))
    assert [m["contactGroupMembership"]["contactGroupId"] for m in made["memberships"]] == ["myContacts"]
    got = stage.call("GET", f"/v1/{made['resourceName']}", personFields="names")
    assert names([got]) == ["Ann Martin"]


def test_a_retried_create_makes_a_second_contact(stage: Stage) -> None:
    stage.world.controls.plan(Fault("people.people.createContact", when="after"))
    body = person("Ann") | {"clientData": [{"key": "crm", "value": "42"}]}
    assert stage.refused("POST", "/v1/people:createContact", body)["code"] == 503
    stage.call("POST", "/v1/people:createContact", body)
    marked = stage.list(personFields="clientData")["connections"]
    assert [each["clientData"][0]["value"] for each in marked] == ["42", "42"]


@pytest.mark.parametrize("field", ["biographies", "birthdays", "genders", "names"])
def test_a_singleton_has_one_value_at_most(stage: Stage, field: str) -> None:
    values = {
        "biographies": [{"value": "a"}, {"value": "b"}],
        "birthdays": [{"date": {"day": 1, "month": 2}}, {"date": {"day": 2, "month": 2}}],
        "genders": [{"value": "male"}, {"value": "female"}],
        "names": [{"givenName": "A"}, {"givenName": "B"}],
    }
    assert (
        stage.refused("POST", "/v1/people:createContact", {field: values[field]})["status"]
        == "INVALID_ARGUMENT"
    )
    assert len(stage.book) == 0


def test_update_replaces_whole_lists_and_leaves_other_fields_alone(stage: Stage) -> None:
    name = stage.book.phone_create(
        {
            "names": [{"givenName": "Ann", "middleName": "Rose", "familyName": "Martin"}],
            "phoneNumbers": [{"value": "1", "type": "home"}, {"value": "2", "type": "Cottage"}],
            "userDefined": [{"key": "Lockbox", "value": "0042"}],
        }
    )
    update(
        stage,
        name,
        {"names": [{"givenName": "Anna"}], "phoneNumbers": [{"value": "3"}]},
        "names,phoneNumbers",
    )
    assert stage.book.contents()[name] == {
        "names": [{"givenName": "Anna"}],
        "phoneNumbers": [{"value": "3"}],
        "userDefined": [{"key": "Lockbox", "value": "0042"}],
    }


def test_a_masked_field_absent_from_the_body_is_cleared(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann", email="ann@example.com"))
    update(stage, name, {}, "emailAddresses")
    assert "emailAddresses" not in stage.book.contents()[name]


def test_fields_outside_the_mask_are_ignored(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    update(stage, name, person("Other", email="x@example.com"), "emailAddresses")
    assert names([stage.book.person(name)]) == ["Ann"]


@pytest.mark.parametrize("mask", ["", "photos", "metadata", "skills", "names,bogus"])
def test_the_update_mask_is_checked(stage: Stage, mask: str) -> None:
    name = stage.book.phone_create(person("Ann"))
    body = person("Anna") | {"etag": stage.book.person(name)["etag"]}
    error = stage.refused("PATCH", f"/v1/{name}:updateContact", body, updatePersonFields=mask)
    assert error["status"] == "INVALID_ARGUMENT"


def test_the_server_normalises_what_it_is_given(stage: Stage) -> None:
    made = stage.call(
        "POST",
        "/v1/people:createContact",
        {
            "names": [
                {
                    "givenName": "Ada",
                    "middleName": "Byron",
                    "familyName": "Lovelace",
                    "honorificPrefix": "Dr.",
                    "displayName": "ignored",
                }
            ],
            "phoneNumbers": [{"value": "(604) 555-0101", "type": "homeFax"}, {"value": "ask reception"}],
            "emailAddresses": [{"value": "ada@example.com", "type": "Chalet"}, {"value": "", "type": "work"}],
            "addresses": [
                {
                    "streetAddress": "1 Main St",
                    "city": "Vancouver",
                    "region": "BC",
                    "postalCode": "V5K 0A1",
                    "country": "Canada",
                }
            ],
            "biographies": [{"value": "Countess"}],
            "birthdays": [{"date": {"year": 0, "month": 12, "day": 10}}],
            "organizations": [{"name": "Engine", "current": False}],
        },
    )
    (name,) = made["names"]
    assert name["displayName"] == "Dr. Ada Byron Lovelace"
    assert name["displayNameLastFirst"] == "Lovelace, Dr. Ada Byron"
    assert name["unstructuredName"] == "Dr. Ada Byron Lovelace"
    fax, words = made["phoneNumbers"]
    assert (fax["canonicalForm"], fax["formattedType"], fax["value"]) == (
        "+16045550101",
        "Home Fax",
        "(604) 555-0101",
    )
    assert "canonicalForm" not in words
    (email,) = made["emailAddresses"]
    assert email["formattedType"] == "Chalet"
    assert made["addresses"][0]["formattedValue"] == "1 Main St\nVancouver, BC V5K 0A1\nCanada"
    assert made["biographies"][0]["contentType"] == "TEXT_PLAIN"
    assert made["birthdays"][0]["date"] == {"month": 12, "day": 10}
    assert "current" not in made["organizations"][0]


def test_exactly_one_item_of_a_field_is_primary(stage: Stage) -> None:
    name = stage.book.phone_create(
        {"emailAddresses": [{"value": "a@example.com"}, {"value": "b@example.com"}]}
    )
    items = stage.book.person(name)["emailAddresses"]
    assert [item["metadata"].get("primary", False) for item in items] == [True, False]


def test_items_can_come_in_another_order(stage: Stage) -> None:
    stage.book.reorder_items = True
    name = stage.book.phone_create(
        {"emailAddresses": [{"value": "a@example.com"}, {"value": "b@example.com"}]}
    )
    items = stage.book.person(name)["emailAddresses"]
    assert [item["value"] for item in items] == ["b@example.com", "a@example.com"]
    assert [item["metadata"].get("primary", False) for item in items] == [False, True]


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Cher", {"givenName": "Cher"}),
        ("Ann Martin", {"givenName": "Ann", "familyName": "Martin"}),
        ("Ann Rose de Martin", {"givenName": "Ann", "middleName": "Rose de", "familyName": "Martin"}),
        ("   ", None),
    ],
)
def test_an_unstructured_name_is_split(stage: Stage, written: str, stored: dict[str, str] | None) -> None:
    name = stage.book.phone_create({"names": [{"unstructuredName": written}]})
    assert stage.book.contents()[name].get("names") == ([stored] if stored else None)


def test_a_formatted_address_written_back_freezes(stage: Stage) -> None:
    name = stage.book.phone_create({"addresses": [{"city": "Toronto"}]})
    shown = stage.book.person(name)["addresses"][0]
    update(stage, name, {"addresses": [shown | {"city": "Ottawa"}]}, "addresses")
    assert stage.book.person(name)["addresses"][0]["formattedValue"] == "Toronto"


def test_names_in_chinese_japanese_and_korean_put_the_family_first(stage: Stage) -> None:
    name = stage.book.phone_create({"names": [{"givenName": "伟", "familyName": "王"}]})
    assert names([stage.book.person(name)]) == ["王伟"]


def test_hostile_text_and_ten_thousand_characters_survive_unchanged(stage: Stage) -> None:
    long = "名" * 10_000
    made = stage.call(
        "POST", "/v1/people:createContact", {"names": [{"givenName": HOSTILE, "familyName": long}]}
    )
    stored = stage.book.contents()[made["resourceName"]]["names"]
    assert stored == [{"givenName": HOSTILE, "familyName": long}]


def test_a_contact_holds_128_kilobytes_at_most(stage: Stage) -> None:
    fits = {"biographies": [{"value": "x" * 130_000}]}
    stage.call("POST", "/v1/people:createContact", fits, personFields="names")
    too_large = {"biographies": [{"value": "é" * 66_000}]}
    assert stage.refused("POST", "/v1/people:createContact", too_large)["code"] == 400
    assert len(stage.book) == 1


def test_an_account_holds_25_000_contacts_the_trash_included(stage: Stage) -> None:
    for _ in range(24_999):
        stage.book.add(fields={}, groups=("myContacts",))
    last = stage.book.phone_create(person("Last"))
    stage.book.phone_delete(last)
    assert (
        "MY_CONTACTS_OVERFLOW_COUNT"
        in stage.refused("POST", "/v1/people:createContact", person("One"))["message"]
    )
    batch = {"contacts": [{"contactPerson": person("One")}]}
    assert (
        "MY_CONTACTS_OVERFLOW_COUNT"
        in stage.refused("POST", "/v1/people:batchCreateContacts", batch)["message"]
    )
    stage.advance(days=31)
    stage.call("POST", "/v1/people:createContact", person("One"), personFields="names")


def test_unknown_fields_and_wrong_types_are_refused_by_name(stage: Stage) -> None:
    error = stage.refused("POST", "/v1/people:createContact", {"names": [{"givnName": "Ann"}]})
    assert error["message"] == (
        "Invalid JSON payload received. Unknown name \"givnName\" at 'names[0]': Cannot find field."
    )
    assert error["details"][0]["@type"] == "type.googleapis.com/google.rpc.BadRequest"
    wrong: list[Any] = [
        {"names": "Ann"},
        {"names": [{"givenName": 5}]},
        {"biographies": [{"contentType": "HTML"}]},
        {"birthdays": [{"date": {"day": "1"}}]},
    ]
    for body in wrong:
        assert stage.refused("POST", "/v1/people:createContact", body)["status"] == "INVALID_ARGUMENT"


def test_read_only_parts_are_ignored_on_input(stage: Stage) -> None:
    sent = {
        "phoneNumbers": [{"value": "604 555 0101", "canonicalForm": "+10", "metadata": {"primary": True}}]
    }
    name = stage.call("POST", "/v1/people:createContact", sent)["resourceName"]
    assert stage.book.contents()[name]["phoneNumbers"] == [{"value": "604 555 0101"}]


def test_delete_needs_no_etag_and_the_second_is_not_found(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    assert stage.call("DELETE", f"/v1/{name}:deleteContact") == {}
    error = stage.refused("DELETE", f"/v1/{name}:deleteContact")
    assert (error["code"], error["status"]) == (404, "NOT_FOUND")


def test_ones_own_profile_can_be_read(stage: Stage) -> None:
    me = stage.call("GET", "/v1/people/me", personFields="names,emailAddresses,metadata")
    assert (names([me]), me["emailAddresses"][0]["value"]) == (["Ann Martin"], "ann@example.com")


def test_a_photo_is_served_at_its_address_and_can_be_taken_away(stage: Stage) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"picture"
    name = stage.book.phone_create(person("Ann"))
    assert stage.book.person(name)["photos"][0]["default"] is True
    body = {"photoBytes": base64.b64encode(png).decode(), "personFields": "photos"}
    (photo,) = stage.call("PATCH", f"/v1/{name}:updateContactPhoto", body)["person"]["photos"]
    assert "default" not in photo
    assert photo["url"].endswith("=s100")
    served = stage.web.get(photo["url"].removeprefix(stage.book.origin))
    assert (served.data, served.content_type) == (png, "image/png")
    larger = stage.web.get(photo["url"].removeprefix(stage.book.origin).replace("=s100", "=s240"))
    assert larger.status_code == 200
    assert stage.call("DELETE", f"/v1/{name}:deleteContactPhoto") == {}
    assert stage.book.person(name)["photos"][0]["default"] is True
    assert stage.web.get(photo["url"].removeprefix(stage.book.origin)).status_code == 404


def test_a_monogram_is_drawn_for_a_contact_without_photo(stage: Stage) -> None:
    name = stage.book.phone_create(person("Élodie"))
    url = stage.book.person(name)["photos"][0]["url"].removeprefix(stage.book.origin)
    served = stage.web.get(url)
    assert served.content_type.startswith("image/svg+xml")
    assert ">É<" in served.text
    assert stage.web.get("/photos/default/3c=s50").text.count("&lt;") == 1
    assert stage.web.get("/photos/default/zz").status_code == 404


def test_a_photo_must_be_a_jpeg_or_png(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    body = {"photoBytes": base64.b64encode(b"<svg/>").decode()}
    assert stage.refused("PATCH", f"/v1/{name}:updateContactPhoto", body)["code"] == 400


def test_search_is_by_prefix_and_lags(stage: Stage) -> None:
    stage.book.phone_create(person("Ann", "Martin", email="boss@example.com"))
    for query, found in (("ann", 1), ("mart", 1), ("boss", 1), ("nn", 0), ("", 0)):
        answer = stage.call("GET", "/v1/people:searchContacts", query=query, readMask="names")
        assert len(answer.get("results", [])) == found
    stage.book.lag(seconds=60)
    stage.book.phone_create(person("Anna"))
    assert len(stage.call("GET", "/v1/people:searchContacts", query="ann", readMask="names")["results"]) == 1


def test_the_directory_is_not_for_consumers(stage: Stage) -> None:
    stage.token = stage.bearer("https://www.googleapis.com/auth/directory.readonly")
    error = stage.refused(
        "GET",
        "/v1/people:listDirectoryPeople",
        readMask="names",
        sources="DIRECTORY_SOURCE_TYPE_DOMAIN_PROFILE",
    )
    assert (error["status"], error["message"]) == ("FAILED_PRECONDITION", "Must be a G Suite domain user.")
