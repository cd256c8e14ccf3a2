"""Consent by address over HTTP: what was withdrawn for an address holds on any record, until there is newer
evidence.
"""

from datetime import timedelta
from typing import Any

import pytest

from crmsync.store.ports import Withdraw
from tests.api.service import EXPRESS, Service, refused, said
from tests.scopes import ANN

REX, OTHER = "s@optout.example", "una@mail.example"
REVOKED = {"status": "revoked", "note": "by telephone"}
NONE = {"status": "none"}
TODAY = "2026-03-02"


def make(service: Service, *addresses: str, consent: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"given_name": "Una", "emails": [{"value": each} for each in addresses], "consent": consent}
    return said(service.call("POST", "/api/contacts", {**body, **more}), 201)


def read(service: Service, id: str) -> dict[str, Any]:
    return said(service.call("GET", f"/api/contacts/{id}"))


def standing(contact: dict[str, Any]) -> dict[str, tuple[bool, bool]]:
    """Of each address, whether it may be used, and whether it is withdrawn."""
    return {it["value"]: (it["can_email"], it["withdrawn"] is not None) for it in contact["emails"]}


def change(service: Service, id: str, consent: dict[str, Any], status: int = 200, q: str = "") -> Any:
    return said(service.call("PATCH", f"/api/contacts/{id}{q}", {"consent": consent}), status)


@pytest.fixture
def withdrawn(service: Service) -> str:
    """Rex, who has withdrawn consent; a day later."""
    rex = make(service, REX, consent=EXPRESS)
    change(service, rex["id"], REVOKED)
    service.clock.advance(timedelta(days=1))
    return str(rex["id"])


def test_a_withdrawn_address_may_not_be_used_on_any_record(service: Service, withdrawn: str) -> None:
    una = make(service, "S@Optout.example", OTHER, consent=NONE)
    service.call("DELETE", f"/api/contacts/{withdrawn}")
    assert standing(una) == {"S@Optout.example": (False, True), OTHER: (False, False)}
    assert una["emails"][0]["withdrawn"] == f"{TODAY}T12:00:00Z"
    assert (una["can_email"], read(service, withdrawn)["can_email"]) == (False, False)


def test_a_record_that_gets_a_withdrawn_address_is_not_let_to_use_it(
    service: Service, withdrawn: str
) -> None:
    una = make(service, OTHER, consent=EXPRESS)
    emails = [*una["emails"], {"value": REX}]
    after = said(service.call("PATCH", f"/api/contacts/{una['id']}", {"emails": emails}))
    assert standing(after) == {OTHER: (True, False), REX: (False, True)}
    assert after["can_email"] is True, "the other address may be used"


@pytest.mark.parametrize("day", ["2026-03-01", "2026-01-31"])
@pytest.mark.parametrize("way", ["POST", "PATCH"])
def test_recording_consent_for_a_withdrawn_address_says_so_and_asks_for_new_evidence(
    service: Service, withdrawn: str, way: str, day: str
) -> None:
    consent = {**EXPRESS, "obtained_on": day}
    id = make(service, REX, OTHER, consent=NONE)["id"]
    body = {"emails": [{"value": REX}, {"value": OTHER}], "consent": consent}
    path = "/api/contacts" if way == "POST" else f"/api/contacts/{id}"
    error = said(service.call(way, path, body), 409)["error"]
    assert (error["code"], error["field"]) == ("withdrawn", "consent.obtained_on")
    assert error["current"] == {"withdrawn": [{"address": REX, "at": f"{TODAY}T12:00:00Z"}]}
    assert read(service, id)["consent"] == NONE
    kept = said(service.call(way, f"{path}?withdrawn=keep", body), 201 if way == "POST" else 200)
    assert kept["consent"]["status"] == "express"
    assert standing(kept) == {REX: (False, True), OTHER: (True, False)}
    refused(service, way, f"{path}?withdrawn=ignore", {**body, "consent": {**consent, "note": "n"}})


def test_implied_consent_frees_with_its_source_only(service: Service, withdrawn: str) -> None:
    id = make(service, REX, consent=NONE)["id"]
    implied = {"status": "implied", "basis": "transaction", "obtained_on": "2026-03-03"}
    assert change(service, id, implied, 409)["error"]["code"] == "withdrawn"
    assert standing(change(service, id, {**implied, "source": "sale"})) == {REX: (True, False)}


def test_newer_evidence_frees_the_address_for_the_record_that_has_it_and_no_other(
    service: Service, withdrawn: str
) -> None:
    una, zed = (make(service, REX, consent=NONE)["id"] for _ in range(2))
    after = change(service, una, {**EXPRESS, "obtained_on": "2026-03-03"})
    assert (standing(after), after["can_email"]) == ({REX: (True, False)}, True)
    for id in (zed, withdrawn):
        assert standing(read(service, id)) == {REX: (False, True)}
        assert change(service, id, EXPRESS, 409)["error"]["code"] == "withdrawn"


def test_evidence_of_the_very_day_frees_when_it_is_stated_afterwards(service: Service) -> None:
    today = {**EXPRESS, "obtained_on": TODAY}
    una = make(service, REX, consent=today)["id"]
    rex = make(service, REX, consent=NONE)["id"]
    service.clock.advance(timedelta(minutes=1))
    change(service, rex, REVOKED)
    assert standing(read(service, una)) == {REX: (False, True)}, "it was given before"
    service.clock.advance(timedelta(minutes=1))
    freed = change(service, una, {**today, "note": "signed up again at the door"})
    assert standing(freed) == {REX: (True, False)}
    service.clock.advance(timedelta(minutes=1))
    change(service, rex, NONE)
    change(service, rex, REVOKED)
    assert standing(read(service, una)) == {REX: (False, True)}, "and withdrawn again"


def test_days_are_the_user_s_own(service: Service) -> None:
    service.call("PATCH", "/api/settings", {"time_zone": "Pacific/Auckland"})
    service.store.commit(ANN, [Withdraw((REX,), service.clock.now())])
    assert make(service, REX, consent={**EXPRESS, "obtained_on": "2026-03-03"})["can_email"] is True
    error = service.call(
        "POST", "/api/contacts", {"emails": [{"value": REX}], "consent": {**EXPRESS, "obtained_on": TODAY}}
    )
    assert error.status_code == 409


def test_what_may_be_used_is_never_answered_from_an_older_version(service: Service) -> None:
    una = make(service, REX, consent=EXPRESS)
    path, known = f"/api/contacts/{una['id']}", {"If-None-Match": f'"{una["etag"]}"'}
    assert service.call("GET", path, headers=known).status_code == 304
    service.store.commit(ANN, [Withdraw((REX,), service.clock.now())])
    fresh = service.call("GET", path, headers=known)
    assert (fresh.status_code, standing(said(fresh))) == (200, {REX: (False, True)})
    implied = make(
        service, OTHER, consent={"status": "implied", "basis": "inquiry", "obtained_on": "2026-01-02"}
    )
    service.clock.advance(timedelta(days=365))
    known = {"If-None-Match": f'"{implied["etag"]}"'}
    assert said(service.call("GET", f"/api/contacts/{implied['id']}", headers=known))["can_email"] is False


def test_a_page_of_contacts_costs_one_read_more(service: Service, withdrawn: str) -> None:
    for n in range(20):
        make(service, f"p{n}@mail.example", REX, consent=NONE)
    service.meter.reset()
    page = said(service.call("GET", "/api/contacts"))
    with_addresses = service.meter.reset().reads
    assert sum(REX in standing(each) for each in page["items"]) == 21
    service.call("GET", "/api/appointments")
    assert with_addresses == 21 + service.meter.used().reads + 1


def test_the_list_of_what_expires_counts_withdrawn_addresses(service: Service) -> None:
    implied = {"status": "implied", "basis": "inquiry", "obtained_on": "2025-09-10", "source": "form"}
    id = make(service, REX, consent=implied)["id"]
    expiring = "/api/consents/expiring"
    assert [each["can_email"] for each in said(service.call("GET", expiring))["items"]] == [True]
    service.store.commit(ANN, [Withdraw((REX,), service.clock.now())])
    [only] = said(service.call("GET", expiring))["items"]
    assert (only["contact_id"], only["can_email"]) == (id, False)


def test_an_address_is_withdrawn_for_its_user_alone(service: Service, withdrawn: str) -> None:
    body = {"emails": [{"value": REX}], "consent": EXPRESS}
    assert said(service.call("POST", "/api/contacts", body, user="bob"), 201)["can_email"] is True


def test_what_is_computed_of_an_address_may_be_sent_back_and_is_not_believed(
    service: Service, withdrawn: str
) -> None:
    id = make(service, REX, consent=NONE)["id"]
    emails = [{"value": REX, "type": "work", "can_email": True, "withdrawn": None}]
    after = said(service.call("PATCH", f"/api/contacts/{id}", {"emails": emails}))
    assert (after["emails"][0]["type"], standing(after)) == ("work", {REX: (False, True)})
    wrong = [{"value": REX, "may_email": True}]
    refused(service, "PATCH", f"/api/contacts/{id}", {"emails": wrong})
