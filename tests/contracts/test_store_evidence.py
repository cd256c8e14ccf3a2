"""The ledger of consent over both adapters, and what it notices of a host CRM that writes past the store."""

from dataclasses import replace
from datetime import date, timedelta

from crmsync.core.consent.ledger import ConsentEntry
from crmsync.core.json_types import Json
from crmsync.core.model import Consent, Contact
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.documents.port import SERVER_TIME, Create, Put, Update
from crmsync.store.ports import AddConsent, CreateRecord, PutRecord
from crmsync.store.repository import DocumentStore
from tests.contracts.samples import FULL_CONTACT, HOSTILE, NOW
from tests.scopes import ANN, BOB

EXPRESS = {"status": "express", "recorded_by": "ann", "note": HOSTILE}
PATH = "users/ann/contacts/c1"
TIMES = {"updated_at": SERVER_TIME, "archived_at": None}


def statuses(store: DocumentStore) -> list[tuple[Json, Json, str, str]]:
    """Of each entry of c1, newest first: status before and after, by whom, from where."""
    entries, after = store.consents(ANN, "c1", None, 50)
    assert after is None
    return [
        (each.before["status"] if each.before else None, each.after["status"], each.by, each.origin)
        for each in entries
    ]


def look(store: DocumentStore) -> None:
    """As a sync looks at what changed; twice, for nothing may be noticed twice."""
    for _ in range(2):
        store.changed(ANN, "contacts", None, None, 50)


def test_entries_are_listed_by_contact_newest_first_and_all_by_id(store: DocumentStore) -> None:
    for n in range(4):
        made = ConsentEntry(f"e{n}", "c1", NOW + timedelta(hours=n // 2), "ann", "api", None, EXPRESS)
        store.commit(ANN, [AddConsent(made)])
    store.commit(ANN, [AddConsent(ConsentEntry("x", "c2", NOW, "ann", "import", EXPRESS, EXPRESS))])
    first, after = store.consents(ANN, "c1", None, 3)
    assert [each.id for each in first] == ["e3", "e2", "e1"]
    assert dict(first[0].after) == EXPRESS
    rest, end = store.consents(ANN, "c1", after, 3)
    assert ([each.id for each in rest], end) == (["e0"], None)
    assert [each.id for each in store.all_consents(ANN, "e2", 9)] == ["e3", "x"]
    assert store.all_consents(BOB, None, 9) == []


def test_contacts_are_found_by_the_day_their_consent_expires(store: DocumentStore) -> None:
    def implied(day: str) -> Contact:
        return replace(FULL_CONTACT, consent=Consent("implied", "inquiry", date.fromisoformat(day)))

    for id, day in (("b", "2026-01-10"), ("a", "2026-01-05"), ("far", "2026-04-01"), ("c", "2026-01-10")):
        store.commit(ANN, [CreateRecord("contacts", id, implied(day))])
    store.commit(ANN, [CreateRecord("contacts", "none", Contact("N"))])
    span = (date(2026, 7, 1), date(2026, 7, 31))
    found, after = store.consents_expiring(ANN, *span, None, 2)
    assert [stored.id for stored in found] == ["a", "b"]
    rest, end = store.consents_expiring(ANN, *span, after, 2)
    assert ([stored.id for stored in rest], end) == (["c"], None)
    store.commit(ANN, [PutRecord("contacts", "a", replace(FULL_CONTACT, consent=Consent()), None)])
    store.commit(ANN, [PutRecord("contacts", "b", implied("2026-01-10"), None, archived=True)])
    assert [stored.id for stored in store.consents_expiring(ANN, *span, None, 9)[0]] == ["c"]
    assert store.consents_expiring(ANN, date(2026, 7, 10), span[1], None, 9)[0] == []


def test_a_consent_that_the_host_changes_is_noticed_once(
    store: DocumentStore, metered: MeteredDocuments
) -> None:
    store.commit(ANN, [CreateRecord("contacts", "c1", Contact("Ann"))])
    metered.commit([Update(PATH, {"consent": {"status": "express", "recorded_by": "ann"}, **TIMES})])
    look(store)
    assert statuses(store) == [("none", "express", "ann", "host")]
    metered.commit([Update(PATH, {"nickname": "A", **TIMES})])
    look(store)
    assert len(statuses(store)) == 1
    metered.commit([Update(PATH, {"consent": {"status": "revoked"}, **TIMES})])
    look(store)
    assert statuses(store)[0] == ("express", "revoked", "host", "host")


def test_a_whole_document_that_the_host_writes_is_held_against_the_ledger(
    store: DocumentStore, metered: MeteredDocuments
) -> None:
    metered.commit([Create(PATH, {"given_name": "Ann", "consent": {"status": "express"}, **TIMES})])
    look(store)
    assert statuses(store) == [(None, "express", "host", "host")]
    metered.commit([Put(PATH, {"given_name": "Ann", "consent": {"status": "express"}, **TIMES})])
    look(store)
    assert len(statuses(store)) == 1
    metered.commit([Put(PATH, {"given_name": "Ann", **TIMES})])
    look(store)
    assert statuses(store)[0] == ("express", "none", "host", "host")
    metered.commit([Create("users/ann/contacts/c2", {"given_name": "Bob", **TIMES})])
    look(store)
    assert store.consents(ANN, "c2", None, 9) == ([], None)


def test_a_consent_that_cannot_be_read_is_left_alone(store: DocumentStore, metered: MeteredDocuments) -> None:
    store.commit(ANN, [CreateRecord("contacts", "c1", Contact("Ann"))])
    metered.commit([Update(PATH, {"consent": "yes", **TIMES})])
    look(store)
    assert statuses(store) == []
