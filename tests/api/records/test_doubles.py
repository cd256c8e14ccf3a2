"""Contacts that are in the CRM twice: found, compared, merged, told apart."""

from typing import Any

import pytest

from crmsync.core.state import Alike
from tests.api.service import Service, candidate, said

ZOE = {"given_name": "Zoe", "family_name": "Quist", "emails": [{"value": "zoe@quist.example", "type": ""}]}


@pytest.fixture
def zoes(service: Service) -> tuple[Service, str, str]:
    """Zoe, once with a number, and somebody else."""
    phones = [{"value": "416-555-0130", "type": "work"}]
    ids = [
        said(service.call("POST", "/api/contacts", each), 201)["id"]
        for each in (ZOE, {**ZOE, "phones": phones, "organization": "Quist"}, {"given_name": "Mia"})
    ]
    return service, ids[0], ids[1]


def groups(service: Service, query: str = "") -> Any:
    return said(service.call("GET", f"/api/doubles{query}"))


def test_those_that_likely_are_one_are_a_group_with_its_reasons(zoes: tuple[Service, str, str]) -> None:
    service, one, two = zoes
    found = groups(service)
    [group] = found["items"]
    assert ({it["id"] for it in group["contacts"]}, found["total"], found["weak"]) == ({one, two}, 1, 0)
    assert group["ties"] == [
        {"contacts": sorted((one, two)), "verdict": "likely", "reasons": ["email", "name"]}
    ]


def test_those_that_hardly_are_one_are_apart(service: Service) -> None:
    for emails in (ZOE["emails"], []):
        service.call("POST", "/api/contacts", {**ZOE, "emails": emails})
    assert (groups(service)["items"], groups(service)["weak"]) == ([], 1)
    assert groups(service, "?weak=true")["items"][0]["ties"][0]["verdict"] == "possible"


def test_pages_follow_each_other(service: Service) -> None:
    for number in range(3):
        for _ in range(2):
            mail = [{"value": f"p{number}@mail.example", "type": ""}]
            service.call(
                "POST", "/api/contacts", {"given_name": f"P{number}", "family_name": "X", "emails": mail}
            )
    first = groups(service, "?page_size=2")
    second = groups(service, f"?page_size=2&page_token={first['next_page_token']}")
    assert (len(first["items"]), len(second["items"]), second["next_page_token"]) == (2, 1, None)


def test_merged_as_compared_and_undone(zoes: tuple[Service, str, str]) -> None:
    service, one, two = zoes
    seen = said(service.call("GET", f"/api/doubles/compare?keep={one}&other={two}"))
    takes = {each["field"]: each["take"] for each in seen["fields"]}
    assert (takes["phones"], takes["organization"], takes["given_name"]) == ("other", "other", "kept")
    etags = {"keep_etag": seen["keep"]["etag"], "other_etag": seen["other"]["etag"]}
    wish = {"keep": one, "other": two, "take": {"organization": "kept"}, **etags}
    assert said(service.call("POST", "/api/doubles/merge", wish))["contact_id"] == one
    kept = said(service.call("GET", f"/api/contacts/{one}"))
    assert (kept["organization"], [it["value"] for it in kept["phones"]]) == ("", ["416-555-0130"])
    assert said(service.call("GET", f"/api/contacts/{two}"))["archived_at"] is not None
    assert groups(service)["items"] == []
    [merged] = said(service.call("GET", "/api/doubles/merges"))["items"]
    assert (merged["contact_id"], merged["name"], merged["other_name"]) == (one, "Zoe Quist", "Zoe Quist")
    assert said(service.call("POST", f"/api/doubles/merges/{merged['id']}/undo", {}))["kept"] == []
    assert said(service.call("GET", f"/api/contacts/{two}"))["archived_at"] is None
    said(service.call("POST", f"/api/doubles/merges/{merged['id']}/undo", {}), 404)
    assert len(groups(service)["items"]) == 1


def test_what_has_changed_since_it_was_seen_is_not_merged(zoes: tuple[Service, str, str]) -> None:
    service, one, two = zoes
    etag = said(service.call("GET", f"/api/contacts/{two}"))["etag"]
    said(service.call("PATCH", f"/api/contacts/{two}", {"notes": "x"}))
    wish = {"keep": one, "other": two, "other_etag": etag}
    said(service.call("POST", "/api/doubles/merge", wish), 409)
    said(service.call("POST", "/api/doubles/merge", {"keep": one, "other": one}), 400)
    said(service.call("POST", "/api/doubles/merge", {"keep": one, "other": "nobody"}), 404)


def test_told_apart_they_are_a_group_no_more(zoes: tuple[Service, str, str]) -> None:
    service, one, two = zoes
    for _ in range(2):
        said(service.call("POST", "/api/doubles/different", {"contacts": [two, one]}))
    assert groups(service)["items"] == []
    said(service.call("POST", "/api/doubles/different", {"contacts": [one, one]}), 400)


def test_contacts_that_are_at_google_twice_are_named(service: Service) -> None:
    made = said(service.call("POST", "/api/contacts", {"given_name": "Tess"}), 201)["id"]
    service.offer(
        candidate("a", alike=(Alike("b", 3, ("email",)),)),
        candidate("b", alike=(Alike("a", 3, ("email",)),)),
        candidate("c", status="copy", crm=made),
        candidate("d"),
    )
    found = said(service.call("GET", "/api/doubles/google"))["items"]
    assert [(it["id"], it["contact_name"]) for it in found] == [("c", "Tess"), ("a", ""), ("b", "")]
