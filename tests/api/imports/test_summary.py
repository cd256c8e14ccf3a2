"""What the sheet tells before it is finished, the labels to filter by, and the lists to choose from."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from crmsync import compose
from crmsync.core.account import ImportRounds, ResourceState
from crmsync.core.model import Contact
from crmsync.core.sheet.contact_types import read_types
from crmsync.core.state import Choice, Claim, Observation
from crmsync.store.ports import CreateRecord, PutUser
from tests.api.imports.test_sheet import choose
from tests.api.service import EXPRESS, Service, candidate, refused, said
from tests.fakes import FakeGoogle
from tests.scopes import ANN

IMPLIED = {"status": "implied", "basis": "inquiry", "obtained_on": "2026-01-02"}


def summary(service: Service, query: str = "") -> dict[str, Any]:
    return said(service.call("GET", f"/api/import/summary?{query}" if query else "/api/import/summary"))


@pytest.fixture
def sheet(service: Service) -> Service:
    """Six undecided rows, four of them ticked; one found since the sheet was opened."""
    claim = (Claim("c1", "Ann"),)
    service.offer(
        candidate("a", choice=Choice(True, "lead", consent=IMPLIED)),
        candidate("b", choice=Choice(True, "business", {"category": "mover"})),
        candidate("c", choice=Choice(True, "lead", consent=EXPRESS)),
        candidate("d", choice=Choice(True, person="c1"), claims=claim),
        candidate("e"),
        candidate("f", round=2),
        candidate("x", round=0),
        candidate("y", status="imported", choice=Choice(True, "lead")),
    )
    service.store.commit(ANN, [PutUser({"rounds": ImportRounds(presented=1)})])
    service.meter.reset()
    return service


def test_done_tells_imports_links_consents_and_who_is_declined(sheet: Service) -> None:
    assert summary(sheet, "action=done&round=1") == {
        "total": 6,
        "selected": 4,
        "import": {"lead": 2, "contact": 0, "business": 1},
        "link": 1,
        "consent": {"express": 1, "implied": 1, "none": 1, "revoked": 0},
        "no_consent_decided": 1,
        "unproven": 0,
        "withdrawn": 0,
        "declined": 1,
        "later": 1,
        "again": 0,
        "undecided": 0,
    }
    used = sheet.meter.used()
    # The query, and what it reads, is for rows that hold somebody back, of which there are few: here one.
    assert (used.reads, used.queries, used.counts, used.writes) == (5, 1, 0, 0)


def test_the_other_endings_decline_nobody(sheet: Service) -> None:
    later = summary(sheet, "action=revisit")
    assert (later["selected"], later["declined"], later["later"], later["link"]) == (4, 0, 2, 1)
    nothing = summary(sheet, "action=no_import")
    assert (nothing["declined"], nothing["later"], nothing["link"]) == (0, 6, 0)
    assert sum(nothing["import"].values()) + sum(nothing["consent"].values()) == 0


def test_what_done_tells_is_what_it_does(sheet: Service) -> None:
    told = summary(sheet)
    sheet.call("POST", "/api/import/finish", {"action": "done"})
    declined = said(sheet.call("GET", "/api/import/candidates?status=declined&filter=undecided"))
    assert [row["id"] for row in declined["items"]] == ["e", "x"]
    assert told["declined"] == 1


@pytest.mark.parametrize("query", ["action=all", "round=x", "round=-1", "rounds=1"])
def test_a_wrong_question_is_refused(service: Service, query: str) -> None:
    refused(service, "GET", f"/api/import/summary?{query}")


def test_an_empty_sheet_has_an_empty_summary(service: Service) -> None:
    assert summary(service)["total"] == 0


def test_labels_of_undecided_rows_are_counted(service: Service) -> None:
    service.offer(
        candidate("a", labels=("contactGroups/3", "contactGroups/1")),
        candidate("b", labels=("contactGroups/3",)),
        candidate("c", labels=("contactGroups/2",), status="imported"),
    )
    names = {"contactGroups/1": "Clients", "contactGroups/2": "Old", "contactGroups/3": "VIP"}
    service.connect(contacts=ResourceState(label_names=names))
    assert said(service.call("GET", "/api/import/labels"))["items"] == [
        {"name": "Clients", "count": 1},
        {"name": "VIP", "count": 2},
    ]
    assert said(service.call("GET", "/api/import/labels", user="bob"))["items"] == []


class TestTypes:
    def test_the_lists_are_told_with_their_words(self, service: Service) -> None:
        answer = service.call("GET", "/api/contact-types")
        told = said(answer)
        assert [each["id"] for each in told["types"]] == ["lead", "contact", "business"]
        [category] = told["types"][2]["details"]
        assert category["values"][1] == {
            "id": "lawyer",
            "label": {"en": "Lawyer", "fr": "Avocat ou notaire"},
        }
        assert [(each["id"], each["months"]) for each in told["consent"]["bases"]] == [
            ("transaction", 24),
            ("inquiry", 6),
        ]
        again = service.call("GET", "/api/contact-types", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304

    def test_a_vendor_s_lists_hold_for_contacts_and_choices(self, service: Service) -> None:
        words = {"en": "Tenant", "fr": "Locataire"}
        pets = {"name": "pets", "label": words, "values": [{"id": "cat", "label": words}]}
        types = read_types(
            [{"id": "contact", "label": words}, {"id": "tenant", "label": words, "details": [pets]}]
        )
        here = compose.surroundings()
        service.deps = replace(service.deps, types=types)
        compose.use(replace(here, deps=service.deps))
        assert [each["id"] for each in said(service.call("GET", "/api/contact-types"))["types"]] == [
            "contact",
            "tenant",
        ]
        tenant = {"contact_type": "tenant", "detail": {"pets": "cat"}}
        made = said(service.call("POST", "/api/contacts", {"given_name": "Ann", **tenant}), 201)
        assert (made["contact_type"], made["detail"]) == ("tenant", {"pets": "cat"})
        for wrong in ({"contact_type": "lead"}, {"contact_type": "tenant", "detail": {"pets": "dog"}}):
            refused(service, "POST", "/api/contacts", {"given_name": "Ann", **wrong})
        service.offer(candidate("a", labels=("Buyers",), choice=Choice(contact_type="lead")))
        assert choose(service, {"id": "a", **tenant})["saved"] == ["a"]
        refused(service, "PUT", "/api/import/choices", {"rows": [{"id": "a", "contact_type": "lead"}]})
        [row] = said(service.call("GET", "/api/import/candidates"))["items"]
        assert row["suggestion"] is None

    def test_a_choice_of_a_type_that_is_gone_is_kept_when_something_else_is_chosen(
        self, service: Service
    ) -> None:
        service.offer(candidate("a", choice=Choice(contact_type="retired")))
        assert choose(service, {"id": "a", "selected": True})["saved"] == ["a"]


class TestCompare:
    def test_what_cannot_be_compared_is_refused_with_what_is_missing(self, service: Service) -> None:
        claim = (Claim("c1", "Ann"),)
        service.offer(candidate("a"), candidate("b", claims=claim))
        assert service.call("GET", "/api/import/candidates/x/compare").status_code == 404
        assert service.call("GET", "/api/import/candidates/b/compare", user="bob").status_code == 404
        for id, missing in (("a", "match"), ("b", "contact")):
            error = said(service.call("GET", f"/api/import/candidates/{id}/compare"), 409)["error"]
            assert error["current"] == {"missing": missing}
        service.store.commit(ANN, [CreateRecord("contacts", "c1", Contact(given_name="Ann"))])
        error = said(service.call("GET", "/api/import/candidates/b/compare"), 409)["error"]
        assert error["current"] == {"missing": "connection"}

    def test_each_field_tells_both_sides_and_what_it_becomes(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        there = Contact(given_name="Ann", family_name="Roy", job_title="Lawyer", nickname="Nan")
        monkeypatch.setattr(FakeGoogle, "session", lambda _, account, token: OneContact(there))
        service.connect()
        here = Contact(given_name="Ann", family_name="Roy", job_title="Broker", notes="Met at the fair")
        service.store.commit(ANN, [CreateRecord("contacts", "c1", here)])
        service.offer(candidate("b", claims=(Claim("c1", "Ann Roy", reasons=("email", "name")),)))
        told = said(service.call("GET", "/api/import/candidates/b/compare"))
        fields = {each.pop("field"): each for each in told.pop("fields")}
        assert told == {
            "contact_id": "c1",
            "name": "Ann Roy",
            "verdict": "likely",
            "reasons": ["email", "name"],
            "linked": False,
        }
        assert fields["job_title"] == {
            "crm": "Broker",
            "google": "Lawyer",
            "after": "Broker",
            "changes": "google",
            "conflict": True,
        }
        assert fields["nickname"] == {
            "crm": "",
            "google": "Nan",
            "after": "Nan",
            "changes": "crm",
            "conflict": False,
        }
        assert "prefix" not in fields, "blank on both sides"


class OneContact:
    """Google, as somebody who has one contact, whatever is asked for."""

    def __init__(self, contact: Contact) -> None:
        self.contact = contact

    def contacts(self) -> "OneContact":
        return self

    def read(self, names: Sequence[str]) -> dict[str, Observation[Contact]]:
        return {name: Observation("b", name, name, "e", None, False, self.contact) for name in names}
