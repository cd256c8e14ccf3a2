"""Who a contact is: resource names, source ids, both etags, links, merges."""

from __future__ import annotations

import pytest

from tests.local.google.people.stage import Stage, names, person


@pytest.fixture
def stage() -> Stage:
    return Stage()


def source(answer: dict[str, object]) -> dict[str, str]:
    metadata = answer["metadata"]
    assert isinstance(metadata, dict)
    first: dict[str, str] = metadata["sources"][0]
    return first


def test_the_source_id_is_the_resource_names_number_in_hex(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann", email="a@example.com"))
    answer = stage.call("GET", f"/v1/{name}", personFields="names,emailAddresses,metadata")
    assert source(answer)["type"] == "CONTACT"
    assert int(source(answer)["id"], 16) == int(name.removeprefix("people/c"))
    items = answer["names"] + answer["emailAddresses"]
    assert {item["metadata"]["source"]["id"] for item in items} == {source(answer)["id"]}


def test_both_etags_exist_and_the_persons_differs_by_mask(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    narrow = stage.call("GET", f"/v1/{name}", personFields="metadata")
    wide = stage.call("GET", f"/v1/{name}", personFields="metadata,names")
    assert narrow["etag"].startswith("%E")
    assert narrow["etag"] != wide["etag"]
    assert source(narrow)["etag"] == source(wide)["etag"]
    assert source(narrow)["etag"].startswith("#")


def test_an_etag_read_through_another_mask_is_accepted(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    etag = stage.call("GET", f"/v1/{name}", personFields="photos")["etag"]
    stage.call(
        "PATCH", f"/v1/{name}:updateContact", person("Anna") | {"etag": etag}, updatePersonFields="names"
    )
    assert names([stage.book.person(name)]) == ["Anna"]


def test_the_top_level_etag_alone_is_enough(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    body = person("Anna") | {"etag": stage.book.person(name)["etag"]}
    answer = stage.call("PATCH", f"/v1/{name}:updateContact", body, updatePersonFields="names")
    assert answer["etag"] != body["etag"]


def test_a_stale_etag_is_400_failed_precondition_not_412(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    old = stage.book.person(name)
    stage.book.phone_edit(name, {"nicknames": [{"value": "A"}]})
    bodies = [
        {"etag": old["etag"]},
        {"metadata": old["metadata"]},
        {"etag": stage.book.person(name)["etag"], "metadata": old["metadata"]},
        {"etag": "%EgUBAgkuNxoEAQIFBw=="},
        {"etag": "nonsense"},
    ]
    for body in bodies:
        response = stage.send(
            "PATCH", f"/v1/{name}:updateContact", person("Anna") | body, updatePersonFields="names"
        )
        assert response.status_code == 400
        error = response.json["error"]  # type: ignore[index]
        assert error["status"] == "FAILED_PRECONDITION"
        assert error["message"].startswith("Request person.etag is different than the current person.etag.")
        assert "details" not in error
    assert names([stage.book.person(name)]) == ["Ann"]


def test_the_source_etag_alone_is_refused_even_when_fresh(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    body = person("Anna") | {"metadata": stage.book.person(name)["metadata"]}
    error = stage.refused("PATCH", f"/v1/{name}:updateContact", body, updatePersonFields="names")
    assert error["status"] == "FAILED_PRECONDITION"


def test_an_update_without_any_etag_is_refused(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    error = stage.refused("PATCH", f"/v1/{name}:updateContact", person("Anna"), updatePersonFields="names")
    assert error["status"] == "INVALID_ARGUMENT"


def test_a_label_moves_the_etag_of_the_contact(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    token = stage.full_sync()
    before = stage.book.person(name)
    group = stage.call("POST", "/v1/contactGroups", {"contactGroup": {"name": "Clients"}})
    stage.call("POST", f"/v1/{group['resourceName']}/members:modify", {"resourceNamesToAdd": [name]})
    after = stage.book.person(name)
    assert after["etag"] != before["etag"]
    assert source(after)["etag"] != source(before)["etag"]
    assert len(stage.delta(token)["connections"]) == 1


def test_linking_a_profile_changes_the_resource_name_but_not_the_source_id(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    before = source(stage.book.person(name))["id"]
    token = stage.full_sync()
    new = stage.book.link_profile(name, "107812345678901234567")

    (shown,) = stage.delta(token)["connections"]
    assert shown["resourceName"] == new == "people/107812345678901234567"
    assert shown["metadata"]["previousResourceNames"] == [name]
    assert source(shown)["id"] == before
    assert {s["type"] for s in shown["metadata"]["sources"]} == {"CONTACT", "PROFILE"}


def test_previous_resource_names_show_only_with_a_sync_token(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    new = stage.book.link_profile(name, "107812345678901234567")
    assert "previousResourceNames" not in stage.list()["connections"][0]["metadata"]["sources"][0]
    assert "previousResourceNames" not in stage.list()["connections"][0]["metadata"]
    assert "previousResourceNames" not in stage.call("GET", f"/v1/{new}", personFields="metadata")["metadata"]


def test_batch_get_by_the_old_name_answers_under_the_new_one(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    new = stage.book.link_profile(name, "107812345678901234567")
    answer = stage.call("GET", "/v1/people:batchGet", resourceNames=name, personFields="names")
    (response,) = answer["responses"]
    assert response["requestedResourceName"] == name
    assert response["person"]["resourceName"] == new


def test_a_merge_leaves_a_tombstone_and_a_previous_name(stage: Stage) -> None:
    kept = stage.book.phone_create(person("Ann", email="ann@example.com"))
    merged = stage.book.phone_create(person("Anne", email="anne@example.com", phone="604 555 0101"))
    token = stage.full_sync()
    stage.book.phone_merge(kept, merged)

    gone, stayed = stage.delta(token)["connections"]
    assert (gone["resourceName"], gone["metadata"]["deleted"]) == (merged, True)
    assert stayed["metadata"]["previousResourceNames"] == [merged]
    assert names([stayed]) == ["Ann"]
    assert [e["value"] for e in stayed["emailAddresses"]] == ["ann@example.com", "anne@example.com"]
    assert [p["value"] for p in stayed["phoneNumbers"]] == ["604 555 0101"]
    assert stage.refused("GET", f"/v1/{merged}", personFields="names")["status"] == "NOT_FOUND"


def test_a_contact_does_not_merge_with_itself(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    with pytest.raises(ValueError, match="itself"):
        stage.book.phone_merge(name, name)


def test_resource_names_are_the_same_in_every_run() -> None:
    first, second = Stage(), Stage()
    assert first.book.phone_create(person("Ann")) == second.book.phone_create(person("Bob"))
