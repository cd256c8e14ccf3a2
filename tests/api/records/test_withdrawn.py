"""Consent by address over HTTP: what was withdrawn for an address holds on any record, until there is newer
evidence.
"""

import csv
import io
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


# --- the list of them

LIST = "/api/consents/withdrawn"


def listed(service: Service, query: str = "", **more: Any) -> dict[str, Any]:
    return said(service.call("GET", f"{LIST}?{query}" if query else LIST, **more))


def take_in(service: Service, text: str, *, dry: bool = False) -> dict[str, Any]:
    return said(service.call("POST", LIST, {"csv": text, "dry_run": dry}))


def test_the_list_names_what_records_carry_and_counts_the_others(service: Service, withdrawn: str) -> None:
    una = make(service, "S@Optout.example", consent={**EXPRESS, "obtained_on": "2026-03-03"})["id"]
    service.call("DELETE", f"/api/contacts/{withdrawn}")
    take_in(service, f"{OTHER}\nnobody@x.example")
    make(service, OTHER, consent=NONE, given_name="Zed")
    found = listed(service)
    assert (found["total"], found["others"], found["next_page_token"]) == (3, 1, None)
    other, rex = found["items"]
    assert (other["address"], other["at"]) == (OTHER, "2026-03-03T12:00:00Z")
    assert [each["name"] for each in other["contacts"]] == ["Zed"]
    assert rex["address"].casefold() == REX
    assert sorted((each["id"], each["archived"], each["can_email"]) for each in rex["contacts"]) == sorted(
        [(withdrawn, True, False), (una, False, True)]
    )
    assert listed(service, user="bob")["total"] == 0


def test_the_list_comes_in_pages_that_a_new_withdrawal_does_not_shift(service: Service) -> None:
    for n in range(5):
        address = f"p{n}@x.example"
        make(service, address, consent=NONE)
        take_in(service, address)
        service.clock.advance(timedelta(minutes=1))
    first = listed(service, "page_size=2")
    take_in(service, "late@x.example")
    seen = first["items"]
    while (token := first["next_page_token"]) is not None:
        first = listed(service, f"page_size=2&page_token={token}")
        seen += first["items"]
    assert [each["address"] for each in seen] == [f"p{n}@x.example" for n in (4, 3, 2, 1, 0)]
    refused(service, "GET", f"{LIST}?page_token=x")
    refused(service, "GET", f"{LIST}?format=xls")


def test_a_list_is_counted_before_it_is_taken_in(service: Service, withdrawn: str) -> None:
    text = f"Email,Unsubscribed\n{REX},\nnew@x.example,2026-02-01\nNEW@x.example,2026-01-01\nnobody,\n"
    told = {"addresses": 2, "new": 1, "known": 1, "dated": 1, "skipped": 1}
    assert take_in(service, text, dry=True) == told
    assert len(service.store.withdrawals(ANN)) == 1
    assert take_in(service, text) == told
    known = service.store.withdrawn(ANN, [REX, "new@x.example"])
    assert known[REX].at == service.clock.now(), "who is on the list is not to be written to from now on"
    assert known["new@x.example"].at.date().isoformat() == "2026-02-01"
    assert take_in(service, text)["new"] == 0


def test_a_list_with_its_times_leaves_newer_consent_alone_and_one_without_does_not(service: Service) -> None:
    id = make(service, REX, consent=EXPRESS)["id"]
    take_in(service, f"email,unsubscribed\n{REX},2026-02-01")
    assert standing(read(service, id)) == {REX: (True, False)}
    take_in(service, REX)
    assert standing(read(service, id)) == {REX: (False, True)}
    take_in(service, "email,unsubscribed\nfuture@x.example,2099-01-01")
    assert service.store.withdrawn(ANN, ["future@x.example"])["future@x.example"].at == service.clock.now()


@pytest.mark.parametrize(
    "body", [{}, {"csv": 7}, {"csv": "x" * 800_001}, {"csv": "", "x": 1}, {"csv": '"' + "x" * 200_000}]
)
def test_a_list_that_is_none_is_refused(service: Service, body: dict[str, Any]) -> None:
    refused(service, "POST", LIST, body)
    assert service.store.withdrawals(ANN) == []


def test_the_file_has_addresses_where_a_record_tells_them_and_digests_else(
    service: Service, withdrawn: str
) -> None:
    take_in(service, "nobody@x.example")
    service.call("DELETE", f"/api/contacts/{withdrawn}")
    answer = service.call("GET", f"{LIST}?format=csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    [digest] = [it.digest for it in service.store.withdrawals(ANN) if not it.entry]
    assert [(row["address"], row["withdrawn_at"], row["digest"]) for row in rows] == [
        ("", "2026-03-03T12:00:00Z", digest),
        (REX, f"{TODAY}T12:00:00Z", ""),
    ]
    again = take_in(service, answer.data.decode(), dry=True)
    assert (again["known"], again["new"], again["skipped"]) == (1, 0, 1)
