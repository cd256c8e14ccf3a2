"""connections.list: pages, order, sync tokens, deltas, expiry, the lagging index."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from local.google.errors import GoogleError
from local.google.people.record import Lens, Version
from tests.local.google.people.stage import Stage, names, person


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_pages_hold_every_contact_once_and_only_the_last_has_the_sync_token(stage: Stage) -> None:
    for n in range(7):
        stage.book.phone_create(person(f"P{n}"))
    first = stage.list(pageSize=3, requestSyncToken="true")
    second = stage.list(pageSize=3, requestSyncToken="true", pageToken=first["nextPageToken"])
    third = stage.list(pageSize=3, requestSyncToken="true", pageToken=second["nextPageToken"])

    assert names(first["connections"] + second["connections"] + third["connections"]) == [
        f"P{n}" for n in range(7)
    ]
    assert "nextSyncToken" not in first
    assert "nextSyncToken" not in second
    assert "nextPageToken" not in third
    assert third["nextSyncToken"]
    assert (first["totalItems"], first["totalPeople"]) == (7, 7)


def test_no_sync_token_unless_asked_for(stage: Stage) -> None:
    stage.book.phone_create(person("Ann"))
    assert "nextSyncToken" not in stage.list()


def test_page_size_defaults_to_100_and_ends_at_1000(stage: Stage) -> None:
    for n in range(101):
        stage.book.phone_create(person(f"P{n}"))
    assert len(stage.list()["connections"]) == 100
    assert len(stage.list(pageSize=0)["connections"]) == 100
    assert len(stage.list(pageSize=1000)["connections"]) == 101
    assert (
        stage.refused("GET", "/v1/people/me/connections", personFields="names", pageSize=1001)["code"] == 400
    )


def test_the_mask_is_required_and_checked(stage: Stage) -> None:
    for mask in (None, "", "nmaes", "names,fileAses"):
        error = stage.refused("GET", "/v1/people/me/connections", personFields=mask)
        assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")


def test_orders(stage: Stage) -> None:
    one = stage.book.phone_create(person("Carl", "Adams"))
    stage.book.phone_create(person("Ben", "Clark"))
    stage.book.phone_create(person("Ann", "Brown"))
    stage.book.phone_edit(one, {"nicknames": [{"value": "C"}]})

    def order(name: str) -> list[str]:
        return names(stage.list(sortOrder=name)["connections"])

    assert order("LAST_MODIFIED_ASCENDING") == ["Ben Clark", "Ann Brown", "Carl Adams"]
    assert order("LAST_MODIFIED_DESCENDING") == ["Carl Adams", "Ann Brown", "Ben Clark"]
    assert order("FIRST_NAME_ASCENDING") == ["Ann Brown", "Ben Clark", "Carl Adams"]
    assert order("LAST_NAME_ASCENDING") == ["Carl Adams", "Ann Brown", "Ben Clark"]


def test_descending_order_cannot_have_a_sync_token(stage: Stage) -> None:
    error = stage.refused(
        "GET",
        "/v1/people/me/connections",
        personFields="names",
        requestSyncToken="true",
        sortOrder="LAST_MODIFIED_DESCENDING",
    )
    assert error["status"] == "INVALID_ARGUMENT"


def test_a_quiet_delta_is_exactly_its_token(stage: Stage) -> None:
    stage.book.phone_create(person("Ann"))
    assert set(stage.delta(stage.full_sync())) == {"nextSyncToken"}


def test_a_delta_tells_what_was_added_edited_and_deleted(stage: Stage) -> None:
    kept, edited, gone = (stage.book.phone_create(person(name)) for name in ("Kept", "Old", "Gone"))
    token = stage.full_sync()
    stage.book.phone_edit(edited, {"names": [{"givenName": "New"}]})
    stage.book.phone_delete(gone)
    added = stage.book.phone_create(person("Added"))

    answer = stage.delta(token)
    by_name = {each["resourceName"]: each for each in answer["connections"]}
    assert set(by_name) == {edited, gone, added}
    assert kept not in by_name
    assert by_name[edited]["names"][0]["displayName"] == "New"
    assert (answer["totalItems"], answer["totalPeople"]) == (3, 3)
    assert set(stage.delta(answer["nextSyncToken"])) == {"nextSyncToken"}


def test_a_tombstone_holds_no_contact_data(stage: Stage) -> None:
    gone = stage.book.phone_create(person("Gone", email="gone@example.com"))
    token = stage.full_sync(personFields="names,emailAddresses,metadata,photos")
    stage.book.phone_delete(gone)
    (tombstone,) = stage.delta(token, personFields="names,emailAddresses,metadata,photos")["connections"]
    (source,) = tombstone["metadata"]["sources"]

    assert set(tombstone) == {"resourceName", "etag", "metadata", "photos"}
    assert tombstone["metadata"]["deleted"] is True
    assert source["updateTime"] == "1970-01-01T00:00:00Z"
    assert tombstone["photos"][0]["default"] is True


def test_deletion_shows_only_when_the_mask_has_metadata(stage: Stage) -> None:
    gone = stage.book.phone_create(person("Gone"))
    token = stage.full_sync(personFields="names")
    stage.book.phone_delete(gone)
    assert set(stage.delta(token, personFields="names")["connections"][0]) == {"resourceName", "etag"}


def test_a_contact_changed_between_two_pages_comes_again_in_the_delta(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    for n in range(3):
        stage.book.phone_create(person(f"P{n}"))
    first = stage.list(pageSize=2, requestSyncToken="true")
    stage.book.phone_edit(name, {"names": [{"givenName": "Anna"}]})
    second = stage.list(pageSize=2, requestSyncToken="true", pageToken=first["nextPageToken"])
    assert names(stage.delta(second["nextSyncToken"], pageSize=2)["connections"]) == ["Anna"]


def test_a_delta_has_pages_too(stage: Stage) -> None:
    token = stage.full_sync(pageSize=2)
    for n in range(3):
        stage.book.phone_create(person(f"P{n}"))
    first = stage.delta(token, pageSize=2)
    second = stage.delta(token, pageSize=2, pageToken=first["nextPageToken"])
    assert names(first["connections"] + second["connections"]) == ["P0", "P1", "P2"]
    assert "nextSyncToken" not in first
    assert second["nextSyncToken"]


def test_a_sync_token_expires_seven_days_after_the_full_sync_whatever_deltas_came_between(
    stage: Stage,
) -> None:
    token = stage.full_sync()
    stage.advance(days=4)
    token = stage.delta(token)["nextSyncToken"]
    stage.advance(days=3)
    token = stage.delta(token)["nextSyncToken"]
    stage.advance(seconds=1)

    error = stage.refused("GET", "/v1/people/me/connections", personFields="names", syncToken=token)
    assert (error["code"], error["status"]) == (400, "FAILED_PRECONDITION")
    assert (
        error["message"] == "Sync token is expired. Clear local cache and retry call without the sync token."
    )
    (detail,) = error["details"]
    assert (detail["reason"], detail["domain"]) == ("EXPIRED_SYNC_TOKEN", "people.googleapis.com")


def test_sync_tokens_expire_on_demand(stage: Stage) -> None:
    token = stage.full_sync()
    stage.book.expire_sync_tokens()
    error = stage.refused("GET", "/v1/people/me/connections", personFields="names", syncToken=token)
    assert error["details"][0]["reason"] == "EXPIRED_SYNC_TOKEN"
    assert set(stage.delta(stage.full_sync())) == {"nextSyncToken"}


def test_tokens_malformed_foreign_or_mixed_up_are_invalid_arguments_without_details(stage: Stage) -> None:
    for n in range(2):
        stage.book.phone_create(person(f"P{n}"))
    page = stage.list(pageSize=1)["nextPageToken"]
    sync = stage.full_sync()
    other = stage.world.add_account("bob@example.com")
    foreign_bearer = stage.bearer("https://www.googleapis.com/auth/contacts", account=other)
    wrong = [
        {"syncToken": page},
        {"pageToken": sync},
        {"syncToken": "abc"},
        {"pageToken": "é?"},
        {"syncToken": sync[:-2]},
    ]
    for parameters in wrong:
        error = stage.refused("GET", "/v1/people/me/connections", personFields="names", **parameters)
        assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
        assert "details" not in error
    stage.token = foreign_bearer
    assert (
        stage.refused("GET", "/v1/people/me/connections", personFields="names", syncToken=sync)["code"] == 400
    )


@pytest.mark.parametrize(
    "change", [{"personFields": "names"}, {"pageSize": 7}, {"sources": "READ_SOURCE_TYPE_CONTACT"}]
)
def test_every_other_parameter_must_match_the_first_call(stage: Stage, change: dict[str, str]) -> None:
    for n in range(3):
        stage.book.phone_create(person(f"P{n}"))
    sync = stage.full_sync(pageSize=2)
    page = stage.list(pageSize=2)["nextPageToken"]
    for token in ({"syncToken": sync}, {"pageToken": page}):
        parameters = {"personFields": "names,emailAddresses,phoneNumbers,metadata,memberships", "pageSize": 2}
        error = stage.refused("GET", "/v1/people/me/connections", **(parameters | token | change))
        assert error["status"] == "INVALID_ARGUMENT"


def test_people_get_is_fresh_while_lists_and_deltas_lag(stage: Stage) -> None:
    name = stage.book.phone_create(person("Old"))
    token = stage.full_sync()
    stage.book.lag(seconds=60)
    stage.book.phone_edit(name, {"names": [{"givenName": "New"}]})
    new = stage.book.phone_create(person("Unseen"))

    assert names([stage.call("GET", f"/v1/{name}", personFields="names")]) == ["New"]
    assert names(stage.list()["connections"]) == ["Old"]
    quiet = stage.delta(token)
    assert set(quiet) == {"nextSyncToken"}

    stage.advance(seconds=61)
    late = stage.delta(quiet["nextSyncToken"])
    assert [each["resourceName"] for each in late["connections"]] == [name, new]


def test_a_lagging_delta_can_show_an_old_state(stage: Stage) -> None:
    name = stage.book.phone_create(person("One"))
    token = stage.full_sync()
    stage.book.lag(seconds=60)
    stage.book.phone_edit(name, {"names": [{"givenName": "Two"}]})
    stage.advance(seconds=30)
    stage.book.phone_edit(name, {"names": [{"givenName": "Three"}]})
    stage.advance(seconds=31)
    assert names(stage.delta(token)["connections"]) == ["Two"]
    stage.advance(seconds=30)
    assert names(stage.delta(token)["connections"]) == ["Three"]


def test_a_shorter_lag_holds_for_writes_under_way(stage: Stage) -> None:
    stage.book.lag(seconds=3600)
    stage.book.phone_create(person("Ann"))
    assert "connections" not in stage.list()
    stage.book.lag(seconds=0)
    assert names(stage.list()["connections"]) == ["Ann"]
    assert stage.book.propagation_delay == timedelta()


def test_google_may_report_every_contact_as_changed(stage: Stage) -> None:
    for n in range(5):
        stage.book.phone_create(person(f"P{n}"))
    token = stage.full_sync()
    before = stage.book.contents()
    stage.book.report_all_changed()
    assert len(stage.delta(token)["connections"]) == 5
    assert stage.book.contents() == before


def test_own_writes_come_back_in_the_next_delta(stage: Stage) -> None:
    token = stage.full_sync()
    made = stage.call("POST", "/v1/people:createContact", person("Ann"), personFields="names")
    assert [each["resourceName"] for each in stage.delta(token)["connections"]] == [made["resourceName"]]


def test_lists_cut_addresses_and_numbers_to_100_and_get_does_not(stage: Stage) -> None:
    many = {
        "emailAddresses": [{"value": f"a{n}@example.com"} for n in range(120)],
        "phoneNumbers": [{"value": f"+1 604 555 {n:04d}"} for n in range(120)],
    }
    name = stage.book.phone_create(many)
    (listed,) = stage.list()["connections"]
    got = stage.call("GET", f"/v1/{name}", personFields="emailAddresses,phoneNumbers")
    assert (len(listed["emailAddresses"]), len(listed["phoneNumbers"])) == (100, 100)
    assert (len(got["emailAddresses"]), len(got["phoneNumbers"])) == (120, 120)


def test_fields_narrows_the_answer_and_its_cache_keeps_masks_apart(stage: Stage) -> None:
    stage.book.phone_create(person("Ann", "Martin", email="ann@example.com"))
    narrow = "connections(resourceName,names/givenName),nextSyncToken"
    answer = stage.list(fields=narrow, requestSyncToken="true")
    assert set(answer) == {"connections", "nextSyncToken"}
    assert answer["connections"][0]["names"] == [{"givenName": "Ann"}]
    assert "emailAddresses" in stage.list()["connections"][0]
    assert (
        stage.refused("GET", "/v1/people/me/connections", personFields="names", fields="connections(")["code"]
        == 400
    )


def test_only_the_contact_source_yields_connections(stage: Stage) -> None:
    stage.book.phone_create(person("Ann"))
    assert "connections" not in stage.list(sources="READ_SOURCE_TYPE_PROFILE")
    assert len(stage.list(sources="READ_SOURCE_TYPE_CONTACT")["connections"]) == 1


def test_other_peoples_connections_cannot_be_listed(stage: Stage) -> None:
    assert stage.refused("GET", "/v1/people/c1/connections", personFields="names")["code"] == 400


def test_a_contact_is_rendered_once_for_each_mask_until_it_changes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [stage.book.phone_create(person(f"P{n}")) for n in range(5)]
    rendered: list[str] = []
    render = Version.render

    def counting(version: Version, lens: Lens) -> dict[str, Any]:
        rendered.append(version.resource_name)
        return render(version, lens)

    monkeypatch.setattr(Version, "render", counting)
    for _ in range(3):
        stage.list()
    assert rendered == made
    stage.list(personFields="names")
    assert rendered == made * 2
    stage.book.phone_edit(made[2], {"names": [{"givenName": "New"}]})
    assert names(stage.list()["connections"])[-1] == "New"
    assert rendered[10:] == [made[2]]


def test_a_contact_out_of_the_bin_is_what_it_was_under_another_etag(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann") | {"clientData": [{"key": "crm", "value": "42"}]})
    before = stage.book.person(name)
    stage.book.phone_delete(name)
    token = stage.full_sync(personFields="names,clientData,metadata")
    assert [each.resource_name for each in stage.book.trash()] == [name]
    assert stage.book.phone_restore(name, "people/c1") == "people/c1"
    (back,) = stage.delta(token, personFields="names,clientData,metadata")["connections"]
    assert (names([back]), back["clientData"][0]["value"]) == (["Ann"], "42")
    assert back["etag"] != before["etag"]
    assert back["metadata"]["sources"][0]["id"] == before["metadata"]["sources"][0]["id"]
    assert stage.book.trash() == []


def test_the_bin_is_emptied_after_thirty_days(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    stage.book.phone_delete(name)
    stage.world.clock.advance(timedelta(days=30))
    with pytest.raises(GoogleError):
        stage.book.phone_restore(name)
