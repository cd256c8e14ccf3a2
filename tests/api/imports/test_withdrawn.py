"""Withdrawn addresses on the import sheet: rows say so, and every way in which consent is chosen for one."""

from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.state import Choice, Claim
from crmsync.store.ports import Withdraw
from tests.api.imports.test_sheet import choose, ids, sheet
from tests.api.imports.test_summary import summary
from tests.api.service import EXPRESS, Service, candidate, refused, said
from tests.scopes import ANN

GONE = "s@optout.example"
AT = "2026-03-02T12:00:00Z"
NEWER = {**EXPRESS, "obtained_on": "2026-03-03"}
TOLD = [{"address": "S@Optout.example", "at": AT}]


@pytest.fixture
def service(service: Service) -> Service:
    """Rows of which two carry the address of somebody who withdrew consent yesterday."""
    service.store.commit(ANN, [Withdraw((GONE,), service.clock.now())])
    service.clock.advance(timedelta(days=1))
    service.offer(
        candidate("una", emails=("S@Optout.example", "una@mail.example")),
        candidate("rex", emails=(GONE,)),
        candidate("zed"),
    )
    return service


def row(service: Service, id: str) -> dict[str, Any]:
    [found] = [each for each in sheet(service)["items"] if each["id"] == id]
    assert isinstance(found, dict)
    return found


def test_a_row_says_which_of_its_addresses_are_withdrawn_for_one_read_a_page(service: Service) -> None:
    assert row(service, "una")["withdrawn"] == TOLD
    assert row(service, "zed")["withdrawn"] == []
    service.meter.reset()
    sheet(service)
    assert service.meter.used().reads == 3 + 3, "the rows, the user, the directory, the addresses"


def test_rows_are_found_by_it_and_an_old_page_is_not_taken_for_the_new(service: Service) -> None:
    assert ids(sheet(service, "filter=withdrawn")) == ["rex", "una"]
    path = "/api/import/candidates?filter=withdrawn,has_email"
    etag = service.call("GET", path).headers["ETag"]
    service.store.commit(ANN, [Withdraw(("zed@mail.example",), service.clock.now())])
    fresh = service.call("GET", path, headers={"If-None-Match": etag})
    assert (fresh.status_code, ids(said(fresh))) == (200, ["rex", "una", "zed"])
    restored = said(service.call("POST", "/api/import/candidates/zed/restore"))
    assert [each["address"] for each in restored["withdrawn"]] == ["zed@mail.example"]


@pytest.mark.parametrize("status", ["none", "revoked", "newer"])
def test_who_claims_nothing_or_has_newer_evidence_is_not_asked(service: Service, status: str) -> None:
    consent = NEWER if status == "newer" else {"status": status}
    assert choose(service, {"id": "una", "consent": consent})["withdrawn"] == []


def test_consent_that_is_chosen_for_a_withdrawn_address_is_told(service: Service) -> None:
    rows = [{"id": id, "consent": EXPRESS} for id in ("una", "zed")]
    assert choose(service, *rows)["withdrawn"] == [{"id": "una", "withdrawn": TOLD}]
    draft = {"id": "una", "consent": {"status": "express"}}
    assert choose(service, draft)["withdrawn"] == [{"id": "una", "withdrawn": TOLD}]


def test_in_bulk_it_is_counted_and_express_consent_needs_its_evidence_at_once(service: Service) -> None:
    def all(consent: dict[str, str]) -> dict[str, Any]:
        return said(service.call("POST", "/api/import/choices/all", {"choice": {"consent": consent}}))

    assert all(EXPRESS) == {"changed": 3, "withdrawn": 2, "next_page_token": None}
    assert all(NEWER)["withdrawn"] == 0
    for left_out in ("obtained_on", "source"):
        given = {name: value for name, value in EXPRESS.items() if name != left_out}
        error = refused(service, "POST", "/api/import/choices/all", {"choice": {"consent": given}})
        assert error["field"] == f"choice.consent.{left_out}"


def test_the_summary_counts_what_stays_withdrawn_and_what_is_not_imported(service: Service) -> None:
    claim = (Claim("c1", "Ann"),)
    service.offer(
        candidate("a", emails=(GONE,), choice=Choice(True, consent=EXPRESS)),
        candidate("b", emails=(GONE,), choice=Choice(True, consent=NEWER)),
        candidate("c", emails=(GONE,), choice=Choice(True)),
        candidate("d", emails=(GONE,), choice=Choice(True, consent=EXPRESS, person="c1"), claims=claim),
        candidate("e", emails=(GONE,), choice=Choice(True, consent={"status": "express"})),
        candidate("f", choice=Choice(True, consent=EXPRESS)),
        candidate("g", emails=(GONE,), choice=Choice(False, consent=EXPRESS)),
    )
    told = summary(service)
    assert (told["selected"], told["withdrawn"], told["unproven"], told["link"]) == (6, 1, 1, 1)
    assert (sum(told["import"].values()), told["consent"]["express"]) == (4, 3)
    assert told["later"] + told["declined"] + 5 == told["total"], "what is not imported comes again"
    nothing = summary(service, "action=no_import")
    assert (nothing["withdrawn"], nothing["unproven"]) == (0, 0)
