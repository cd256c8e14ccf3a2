"""The ledger of consent: what is recorded, how it is told and exported, and what expires soon."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest

from crmsync.api.http.tables import inert
from crmsync.core.model import Consent, Contact, Email
from crmsync.store.ports import CreateRecord
from tests.api.service import EXPRESS, Service, refused, said
from tests.scopes import ANN

IMPLIED = {"status": "implied", "basis": "inquiry", "obtained_on": "2026-01-02", "source": "form"}


def make(service: Service, **more: Any) -> str:
    made = said(service.call("POST", "/api/contacts", {"given_name": "Ann", **more}), 201)
    return str(made["id"])


def change(service: Service, id: str, **fields: Any) -> None:
    service.clock.advance(timedelta(minutes=1))
    said(service.call("PATCH", f"/api/contacts/{id}", fields))


def ledger(service: Service, id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = said(service.call("GET", f"/api/contacts/{id}/consents"))["items"]
    return items


def test_every_change_of_consent_is_an_entry_and_nothing_else_is(service: Service) -> None:
    id = make(service)
    assert ledger(service, id) == []
    change(service, id, nickname="A")
    change(service, id, consent=IMPLIED)
    change(service, id, consent=IMPLIED)
    change(service, id, consent={"status": "revoked", "note": "by phone"})
    service.call("DELETE", f"/api/contacts/{id}")
    service.call("POST", f"/api/contacts/{id}/restore")
    last, first = ledger(service, id)
    signed = {**IMPLIED, "recorded_by": "ann"}
    assert (first["before"], first["after"]) == (
        {"status": "none"},
        {**signed, "expires_on": "2026-07-02"},
    )
    assert (first["at"], first["by"], first["origin"]) == ("2026-03-02T12:02:00Z", "ann", "api")
    assert (last["before"]["status"], last["after"]["status"]) == ("implied", "revoked")
    assert last["after"]["note"] == "by phone"


def test_a_contact_that_is_made_with_consent_has_its_first_entry(service: Service) -> None:
    [first] = ledger(service, make(service, consent=EXPRESS))
    assert (first["before"], first["after"]["status"]) == (None, "express")


def test_a_change_that_is_refused_leaves_no_entry(service: Service) -> None:
    id = make(service)
    body = {"consent": {"status": "implied"}}
    refused(service, "PATCH", f"/api/contacts/{id}", body)
    stale = service.call("PATCH", f"/api/contacts/{id}", {"consent": IMPLIED}, headers={"If-Match": "old"})
    assert stale.status_code == 409
    assert ledger(service, id) == []


def test_entries_come_in_pages_and_are_the_user_s_own(service: Service) -> None:
    id = make(service)
    for consent in (EXPRESS, {"status": "revoked"}, EXPRESS):
        change(service, id, consent=consent)
    first = said(service.call("GET", f"/api/contacts/{id}/consents?page_size=2"))
    assert [each["after"]["status"] for each in first["items"]] == ["express", "revoked"]
    token = first["next_page_token"]
    rest = said(service.call("GET", f"/api/contacts/{id}/consents?page_size=2&page_token={token}"))
    assert ([each["after"]["status"] for each in rest["items"]], rest["next_page_token"]) == (
        ["express"],
        None,
    )
    for format in ("json", "csv"):
        path = f"/api/contacts/{id}/consents?format={format}"
        assert service.call("GET", path, user="bob").status_code == 404
    refused(service, "GET", f"/api/contacts/{id}/consents?format=xls")


def test_the_file_is_evidence_that_no_spreadsheet_runs(service: Service) -> None:
    id = make(service, family_name='=HYPERLINK("x")', given_name="=cmd|'/c calc'!A1")
    notes = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", 'plain, "quoted"\nsecond é']
    for note in notes:
        change(service, id, consent={**EXPRESS, "note": note, "source": note})
    answer = service.call("GET", f"/api/contacts/{id}/consents?format=csv")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert [row["after_note"] for row in rows[::-1]] == [*(f"'{note}" for note in notes[:-1]), notes[-1]]
    assert {row["name"][:5] for row in rows} == {"'=cmd"}
    assert rows[0]["after_status"] == "express"
    assert rows[0]["by"] == "ann"


@pytest.mark.parametrize("cell", ["", "Ann", "2026-01-02", "a=b", "(416) 555"])
def test_plain_cells_stay_as_they_are(cell: str) -> None:
    assert inert(cell) == cell


@pytest.mark.parametrize(
    "cell",
    [
        "=1",
        "+1",
        "-1",
        "@now",
        "\t1",
        "\r1",
        "\n1",
        " =1",
        "\u00a0=1",
        "\n=1",
        "＝1",
        "＋1",
        "－1",
        "＠now",
        "\u3000＝1",
    ],
)
def test_a_cell_that_begins_like_a_formula_is_made_text(cell: str) -> None:
    assert inert(cell) == f"'{cell}"


def test_the_export_holds_the_ledger(service: Service) -> None:
    id = make(service, consent=EXPRESS)
    [only] = said(service.call("GET", "/api/export"))["consents"]
    assert (only["contact_id"], only["after"]["status"]) == (id, "express")


class TestExpiring:
    def add(self, service: Service, id: str, status: str, basis: str, days: int, **more: Any) -> None:
        """A contact whose consent expires in so many days."""
        expiry = date(2026, 3, 2) + timedelta(days=days)
        obtained = expiry.replace(year=expiry.year - 2)
        consent = Consent(status, basis, obtained)  # type: ignore[arg-type]
        contact = Contact(given_name=id, emails=(Email(f"{id}@x.ca"),), consent=consent, **more)
        service.store.commit(ANN, [CreateRecord("contacts", id, contact)])

    def test_soonest_first_and_only_what_holds_still(self, service: Service) -> None:
        for id, days in (("later", 59), ("soon", 1), ("today", 0), ("lapsed", -3), ("last", 60), ("far", 61)):
            self.add(service, id, "implied", "transaction", days)
        self.add(service, "express", "express", "transaction", 5)
        self.add(service, "gone", "implied", "transaction", 5)
        service.call("DELETE", "/api/contacts/gone")
        service.meter.reset()
        found = said(service.call("GET", "/api/consents/expiring"))["items"]
        assert [each["contact_id"] for each in found] == ["soon", "later", "last"]
        assert service.meter.used().reads <= 5
        assert found[0]["consent"]["expires_on"] == "2026-03-03"
        assert (found[0]["name"], found[0]["emails"], found[0]["can_email"]) == ("soon", ["soon@x.ca"], True)
        near = said(service.call("GET", "/api/consents/expiring?days=7"))["items"]
        assert [each["contact_id"] for each in near] == ["soon"]
        assert said(service.call("GET", "/api/consents/expiring", user="bob"))["items"] == []

    def test_namesakes_of_a_day_come_in_pages(self, service: Service) -> None:
        for id in "abcde":
            self.add(service, id, "implied", "transaction", 9)
        seen: list[str] = []
        query = "page_size=2"
        while True:
            page = said(service.call("GET", f"/api/consents/expiring?{query}"))
            seen += [each["contact_id"] for each in page["items"]]
            if page["next_page_token"] is None:
                break
            query = f"page_size=2&page_token={page['next_page_token']}"
        assert seen == list("abcde")

    @pytest.mark.parametrize("query", ["days=0", "days=731", "days=x", "within=9", "page_token=x"])
    def test_a_wrong_question_is_refused(self, service: Service, query: str) -> None:
        refused(service, "GET", f"/api/consents/expiring?{query}")
