"""Labels: the list, names, members, and what they do to contacts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.google.people.stage import Stage, person


@pytest.fixture
def stage() -> Stage:
    return Stage()


def create(stage: Stage, name: str) -> str:
    made: str = stage.call("POST", "/v1/contactGroups", {"contactGroup": {"name": name}})["resourceName"]
    return made


def member_of(*groups: str) -> list[dict[str, Any]]:
    return [{"contactGroupMembership": {"contactGroupResourceName": group}} for group in groups]


def test_the_list_has_googles_own_groups_and_omits_zero_counts(stage: Stage) -> None:
    stage.book.phone_create(person("Ann"))
    answer = stage.call("GET", "/v1/contactGroups")
    counts = {g["name"]: g.get("memberCount") for g in answer["contactGroups"]}
    assert counts["myContacts"] == counts["all"] == 1
    assert counts["starred"] is None
    assert {g["groupType"] for g in answer["contactGroups"]} == {"SYSTEM_CONTACT_GROUP"}
    assert answer["totalItems"] == 8
    assert "memberResourceNames" not in answer["contactGroups"][0]


def test_group_lists_have_pages_and_deltas(stage: Stage) -> None:
    clients = create(stage, "Clients")
    first = stage.call("GET", "/v1/contactGroups", pageSize=5)
    second = stage.call("GET", "/v1/contactGroups", pageSize=5, pageToken=first["nextPageToken"])
    assert len(first["contactGroups"] + second["contactGroups"]) == 9
    create(stage, "Movers")
    stage.call("DELETE", f"/v1/{clients}")
    delta = stage.call("GET", "/v1/contactGroups", syncToken=second["nextSyncToken"])
    assert [g["metadata"].get("deleted", False) for g in delta["contactGroups"]] == [False, True]
    assert set(stage.call("GET", "/v1/contactGroups", syncToken=delta["nextSyncToken"])) == {"nextSyncToken"}
    stage.book.expire_sync_tokens()
    error = stage.refused("GET", "/v1/contactGroups", syncToken=delta["nextSyncToken"])
    assert error["details"][0]["reason"] == "EXPIRED_SYNC_TOKEN"


def test_a_name_is_taken_once(stage: Stage) -> None:
    clients = create(stage, "Clients")
    other = create(stage, "Movers")
    for body in ({"contactGroup": {"name": "clients"}}, {"contactGroup": {"name": "Starred"}}):
        error = stage.refused("POST", "/v1/contactGroups", body)
        assert (error["code"], error["status"]) == (409, "ALREADY_EXISTS")
    assert stage.refused("PUT", f"/v1/{other}", {"contactGroup": {"name": "Clients"}})["code"] == 409
    renamed = stage.call("PUT", f"/v1/{clients}", {"contactGroup": {"name": "Buyers"}})
    assert renamed["formattedName"] == "Buyers"
    assert stage.refused("POST", "/v1/contactGroups", {"contactGroup": {"name": " "}})["code"] == 400


def test_client_data_of_a_label(stage: Stage) -> None:
    clients = create(stage, "Clients")
    body = {
        "contactGroup": {"clientData": [{"key": "crm", "value": "7"}]},
        "updateGroupFields": "clientData",
        "readGroupFields": "clientData,name",
    }
    assert stage.call("PUT", f"/v1/{clients}", body)["clientData"] == [{"key": "crm", "value": "7"}]
    shown = stage.call("GET", f"/v1/{clients}", groupFields="name,clientData")
    assert (shown["name"], shown["clientData"]) == ("Clients", [{"key": "crm", "value": "7"}])
    assert stage.refused("GET", f"/v1/{clients}", groupFields="nmae")["code"] == 400


def test_googles_own_groups_cannot_be_changed(stage: Stage) -> None:
    assert stage.refused("DELETE", "/v1/contactGroups/starred")["code"] == 400
    assert stage.refused("PUT", "/v1/contactGroups/starred", {"contactGroup": {"name": "S"}})["code"] == 400


def test_members_come_only_when_asked_for(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    assert "memberResourceNames" not in stage.call("GET", "/v1/contactGroups/myContacts")
    shown = stage.call("GET", "/v1/contactGroups/myContacts", maxMembers=5)
    assert shown["memberResourceNames"] == [name]
    answer = stage.call(
        "GET",
        "/v1/contactGroups:batchGet",
        resourceNames=["contactGroups/all", "contactGroups/x"],
        maxMembers=1,
    )
    assert answer["responses"][0]["contactGroup"]["memberResourceNames"] == [name]
    assert answer["responses"][1]["status"]["code"] == 5


def test_the_last_label_of_a_contact_stays(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    body = {"resourceNamesToRemove": [name, "people/c404"]}
    answer = stage.call("POST", "/v1/contactGroups/myContacts/members:modify", body)
    assert answer == {
        "notFoundResourceNames": ["people/c404"],
        "canNotRemoveLastContactGroupResourceNames": [name],
    }
    clients = create(stage, "Clients")
    assert stage.call("POST", f"/v1/{clients}/members:modify", {"resourceNamesToAdd": [name]}) == {}
    assert stage.call("POST", "/v1/contactGroups/myContacts/members:modify", body)["notFoundResourceNames"]
    assert stage.book.get(name).groups == (clients.removeprefix("contactGroups/"),)


def test_only_my_contacts_starred_and_own_labels_take_members(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    adding = {"resourceNamesToAdd": [name]}
    assert stage.refused("POST", "/v1/contactGroups/friends/members:modify", adding)["code"] == 400
    assert stage.call("POST", "/v1/contactGroups/starred/members:modify", adding) == {}
    many = {"resourceNamesToAdd": [f"people/c{n}" for n in range(1001)]}
    assert stage.refused("POST", "/v1/contactGroups/starred/members:modify", many)["code"] == 400


def test_memberships_in_an_update_need_at_least_one_label(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    clients = create(stage, "Clients")

    def body(*groups: str) -> dict[str, Any]:
        return {"etag": stage.book.person(name)["etag"], "memberships": member_of(*groups)}

    for wrong in ((), ("contactGroups/friends",), ("contactGroups/404",)):
        error = stage.refused(
            "PATCH", f"/v1/{name}:updateContact", body(*wrong), updatePersonFields="memberships"
        )
        assert error["code"] == 400
    stage.call("PATCH", f"/v1/{name}:updateContact", body(clients), updatePersonFields="memberships")
    assert stage.book.get(name).groups == (clients.removeprefix("contactGroups/"),)


def test_a_contact_can_be_created_under_a_label(stage: Stage) -> None:
    clients = create(stage, "Clients")
    made = stage.call("POST", "/v1/people:createContact", person("Ann") | {"memberships": member_of(clients)})
    groups = [m["contactGroupMembership"]["contactGroupResourceName"] for m in made["memberships"]]
    assert groups == [clients, "contactGroups/myContacts"]


def test_deleting_a_label_keeps_its_contacts_unless_told_otherwise(stage: Stage) -> None:
    clients, movers = create(stage, "Clients"), create(stage, "Movers")
    ann, bob = stage.book.phone_create(person("Ann")), stage.book.phone_create(person("Bob"))
    stage.book.phone_label(ann, "Clients")
    stage.book.phone_label(bob, "Movers")
    stage.call("DELETE", f"/v1/{clients}")
    assert stage.book.get(ann).groups == ("myContacts",)
    stage.call("DELETE", f"/v1/{movers}", deleteContacts="true")
    assert stage.book.find(bob) is None


def test_a_person_labels_on_the_phone(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    stage.book.phone_label(name, "Clients")
    stage.book.phone_label(name, "clients")
    assert len(stage.book.get(name).groups) == 2
    stage.book.phone_label(name, "Clients", on=False)
    assert stage.book.get(name).groups == ("myContacts",)
