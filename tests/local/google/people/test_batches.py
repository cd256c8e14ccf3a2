"""People's batch methods: limits, order, all or nothing, one mask for all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.google.people.stage import Stage, names, person


@pytest.fixture
def stage() -> Stage:
    return Stage()


def contacts(*people: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"contactPerson": each} for each in people]


def test_batch_create_answers_in_the_order_of_the_request(stage: Stage) -> None:
    body = {"contacts": contacts(*(person(f"P{n}") for n in range(200))), "readMask": "names"}
    answer = stage.call("POST", "/v1/people:batchCreateContacts", body)
    assert names(each["person"] for each in answer["createdPeople"]) == [f"P{n}" for n in range(200)]
    assert len(stage.book) == 200


def test_batch_create_without_a_read_mask_tells_no_ids(stage: Stage) -> None:
    assert stage.call("POST", "/v1/people:batchCreateContacts", {"contacts": contacts(person("Ann"))}) == {}
    assert len(stage.book) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("people:batchCreateContacts", {"contacts": contacts(*[person("A")] * 201)}),
        ("people:batchCreateContacts", {"contacts": []}),
        (
            "people:batchUpdateContacts",
            {"contacts": {f"people/c{n}": {} for n in range(201)}, "updateMask": "names"},
        ),
        ("people:batchDeleteContacts", {"resourceNames": [f"people/c{n}" for n in range(501)]}),
    ],
)
def test_batches_have_a_largest_size(stage: Stage, path: str, body: dict[str, Any]) -> None:
    assert stage.refused("POST", f"/v1/{path}", body)["status"] == "INVALID_ARGUMENT"
    assert len(stage.book) == 0


def test_one_bad_entry_refuses_the_whole_batch_and_is_named(stage: Stage) -> None:
    bad = {"names": [{"givenName": "A"}, {"givenName": "B"}]}
    error = stage.refused(
        "POST", "/v1/people:batchCreateContacts", {"contacts": contacts(person("Ann"), bad, person("Bob"))}
    )
    (detail,) = error["details"]
    assert detail["@type"].endswith("BatchCreateContactsErrorDetails")
    assert set(detail["contactErrors"]) == {"1"}
    assert detail["contactErrors"]["1"]["code"] == 3
    assert len(stage.book) == 0


def test_batch_update_clears_what_a_person_lacks_of_the_one_mask(stage: Stage) -> None:
    ann = stage.book.phone_create(person("Ann", email="ann@example.com"))
    bob = stage.book.phone_create(person("Bob", email="bob@example.com"))
    body = {
        "contacts": {
            ann: person("Anna", email="ann@example.com") | {"etag": stage.book.person(ann)["etag"]},
            bob: {"emailAddresses": [{"value": "new@example.com"}], "etag": stage.book.person(bob)["etag"]},
        },
        "updateMask": "names,emailAddresses",
        "readMask": "names,emailAddresses",
    }
    answer = stage.call("POST", "/v1/people:batchUpdateContacts", body)
    assert set(answer["updateResult"]) == {ann, bob}
    assert stage.book.contents()[bob] == {"emailAddresses": [{"value": "new@example.com"}]}


def test_batch_update_may_answer_nothing(stage: Stage) -> None:
    ann = stage.book.phone_create(person("Ann"))
    body = {
        "contacts": {ann: person("Anna") | {"etag": stage.book.person(ann)["etag"]}},
        "updateMask": "names",
    }
    assert stage.call("POST", "/v1/people:batchUpdateContacts", body) == {}
    assert names([stage.book.person(ann)]) == ["Anna"]


def test_stale_and_unknown_entries_of_a_batch_update_are_named_and_nothing_happens(stage: Stage) -> None:
    ann, bob = stage.book.phone_create(person("Ann")), stage.book.phone_create(person("Bob"))
    stale = stage.book.person(bob)["etag"]
    stage.book.phone_edit(bob, {"nicknames": [{"value": "B"}]})
    body = {
        "contacts": {
            ann: person("Anna") | {"etag": stage.book.person(ann)["etag"]},
            bob: person("Bobby") | {"etag": stale},
            "people/c404": person("Nobody") | {"etag": stale},
        },
        "updateMask": "names",
    }
    error = stage.refused("POST", "/v1/people:batchUpdateContacts", body)
    codes = {name: status["code"] for name, status in error["details"][0]["contactErrors"].items()}
    assert codes == {bob: 9, "people/c404": 5}
    assert names([stage.book.person(ann)]) == ["Ann"]


def test_batch_delete_is_all_or_nothing(stage: Stage) -> None:
    both = [stage.book.phone_create(person("Ann")), stage.book.phone_create(person("Bob"))]
    body = {"resourceNames": [*both, "people/c404"]}
    assert stage.refused("POST", "/v1/people:batchDeleteContacts", body)["status"] == "NOT_FOUND"
    assert len(stage.book) == 2
    assert stage.call("POST", "/v1/people:batchDeleteContacts", {"resourceNames": both}) == {}
    assert len(stage.book) == 0


def test_batch_get_answers_each_name_found_or_not(stage: Stage) -> None:
    ann = stage.book.phone_create(person("Ann"))
    answer = stage.call(
        "GET", "/v1/people:batchGet", resourceNames=[ann, "people/c404"], personFields="names"
    )
    found, missing = answer["responses"]
    assert (found["requestedResourceName"], found["httpStatusCode"]) == (ann, 200)
    assert (missing["requestedResourceName"], missing["status"]["code"]) == ("people/c404", 5)
    assert "person" not in missing


def test_batch_get_as_an_overridden_post_reads_its_parameters_from_the_body(stage: Stage) -> None:
    made = [stage.book.phone_create(person(f"P{n}")) for n in range(200)]
    response = stage.web.post(
        "/v1/people:batchGet",
        data={"resourceNames": made, "personFields": "names"},
        headers={"Authorization": f"Bearer {stage.token}", "X-HTTP-Method-Override": "GET"},
    )
    assert response.json is not None
    assert names(each["person"] for each in response.json["responses"]) == [f"P{n}" for n in range(200)]


def test_batch_get_takes_200_names_at_most(stage: Stage) -> None:
    many = [f"people/c{n}" for n in range(201)]
    error = stage.refused("GET", "/v1/people:batchGet", resourceNames=many, personFields="names")
    assert error["status"] == "INVALID_ARGUMENT"
