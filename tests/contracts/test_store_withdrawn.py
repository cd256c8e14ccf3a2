"""Withdrawn addresses over both adapters: what withdraws them and what does not, what that costs, who carries
them; and what a host CRM withdraws that writes past the store.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from secrets import token_hex, token_urlsafe

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmsync.core.consent.addresses import Withdrawal
from crmsync.core.consent.ledger import ConsentEntry, entry
from crmsync.core.model import Consent, Contact, Email
from crmsync.core.scope import Scope
from crmsync.store.documents.limits import DOCUMENT_BYTES, document_size
from crmsync.store.documents.memory import MemoryDocuments
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.documents.port import (
    SERVER_TIME,
    Create,
    Document,
    DocumentWrite,
    Query,
    Sentinel,
    Update,
    Value,
)
from crmsync.store.ports import (
    AddConsent,
    Conflicted,
    CreateRecord,
    FreeAddresses,
    PutRecord,
    Withdraw,
    Write,
)
from crmsync.store.repository import DocumentStore
from crmsync.store.withdrawn import shards
from tests.contracts.conftest import FixedClock
from tests.contracts.samples import NOW
from tests.scopes import ANN, BOB

SHARDS = "users/ann/withdrawn"
REVOKED = Consent("revoked", recorded_by="ann")
IDS = count()


def somebody(*addresses: str, consent: Consent = REVOKED) -> Contact:
    return Contact("Rex", emails=tuple(map(Email, addresses)), consent=consent)


def said(
    id: str, contact: Contact, before: Contact | None = None, at: datetime = NOW, name: str = ""
) -> list[Write]:
    """The writes of a contact whose consent changes, as the API makes them."""
    was = before.consent if before is not None else None
    made = entry(name or f"e{next(IDS)}", id, was, contact.consent, at, "ann", "api")
    record = (
        CreateRecord("contacts", id, contact)
        if before is None
        else PutRecord("contacts", id, contact, expect=None)
    )
    return [record, *([AddConsent(made)] if made else [])]


def known(store: DocumentStore, *addresses: str, scope: Scope = ANN) -> dict[str, tuple[datetime, str]]:
    """When and by which entry these addresses were withdrawn."""
    return {name: (it.at, it.entry) for name, it in store.withdrawn(scope, addresses).items()}


def test_who_revokes_withdraws_all_addresses_in_the_same_commit_for_whoever_carries_them(
    store: DocumentStore, another_store: Callable[[], DocumentStore]
) -> None:
    assert store.withdrawn(ANN, ["s@optout.example"]) == {}
    store.commit(ANN, said("rex", somebody("S@Optout.example", "s2@x.example", " "), name="e"))
    for each in (store, another_store()):
        assert known(each, "s@optout.example", " s2@X.example", "free@x.example", "", " ") == {
            "s@optout.example": (NOW, "e"),
            " s2@X.example": (NOW, "e"),
        }
    assert store.withdrawn(BOB, ["s@optout.example"]) == {}
    assert len(store.withdrawals(ANN)) == 2
    assert store.withdrawals(BOB) == []


def test_it_stays_whatever_becomes_of_the_record(store: DocumentStore) -> None:
    rex = somebody("s@optout.example")
    store.commit(ANN, said("rex", rex, name="e"))
    none = replace(rex, consent=Consent())
    store.commit(ANN, said("rex", none, rex, NOW + timedelta(days=1)))
    store.commit(ANN, [PutRecord("contacts", "rex", replace(none, emails=()), None, archived=True)])
    assert known(store, "s@optout.example") == {"s@optout.example": (NOW, "e")}


def test_a_commit_that_is_refused_withdraws_nothing(store: DocumentStore) -> None:
    store.commit(ANN, [CreateRecord("contacts", "rex", Contact("Rex"))])
    with pytest.raises(Conflicted, match="contacts/rex"):
        store.commit(ANN, said("rex", somebody("s@optout.example")))
    assert store.withdrawals(ANN) == []


def test_an_address_that_a_revoked_contact_gets_is_withdrawn_too_and_the_others_are_as_they_were(
    store: DocumentStore,
) -> None:
    rex = somebody("s@optout.example")
    store.commit(ANN, said("rex", rex, name="e"))
    store.commit(ANN, [FreeAddresses("una", ("s@optout.example",), NOW + timedelta(hours=1))])
    stored = store.contact(ANN, "rex")
    assert stored is not None
    more = replace(rex, nickname="R", emails=(*rex.emails, Email("new@x.example")))
    store.commit(ANN, [PutRecord("contacts", "rex", more, stored.version)])
    found = store.withdrawn(ANN, ["s@optout.example", "new@x.example"])
    assert found["s@optout.example"].freed == {"una"}
    assert (found["new@x.example"].at, found["new@x.example"].entry) == (stored.updated_at, "")
    noted = replace(more, consent=replace(REVOKED, note="rang again"))
    store.commit(ANN, said("rex", noted, more, NOW + timedelta(days=3)))
    assert store.withdrawn(ANN, ["s@optout.example", "new@x.example"]) == found


def test_who_revokes_anew_withdraws_anew(store: DocumentStore) -> None:
    rex = somebody("s@optout.example")
    store.commit(ANN, said("rex", rex))
    store.commit(ANN, [FreeAddresses("una", ("s@optout.example",), NOW + timedelta(hours=1))])
    yes = replace(rex, consent=Consent("express", None, date(2026, 5, 2), "form"))
    store.commit(ANN, said("rex", yes, rex, NOW + timedelta(days=1)))
    later = NOW + timedelta(days=2)
    store.commit(ANN, said("rex", rex, yes, later, name="again"))
    [found] = store.withdrawals(ANN)
    assert (found.at, found.entry, found.freed) == (later, "again", frozenset())


def test_addresses_are_freed_for_one_contact_unless_they_were_withdrawn_since(store: DocumentStore) -> None:
    store.commit(ANN, [Withdraw(("a@x.example",), NOW), Withdraw(("b@x.example",), NOW + timedelta(hours=2))])
    both = ("a@x.example", "b@x.example", "never@x.example")
    store.commit(ANN, [FreeAddresses("una", both, NOW + timedelta(hours=1))])
    found = store.withdrawn(ANN, both)
    assert {address: set(it.freed) for address, it in found.items()} == {
        "a@x.example": {"una"},
        "b@x.example": set(),
    }


def test_a_list_withdraws_as_of_its_time_and_nothing_older_replaces_what_is_known(
    store: DocumentStore,
) -> None:
    store.commit(ANN, [Withdraw(("A@x.example", "b@x.example", "a@x.example", ""), NOW)])
    store.commit(ANN, [Withdraw(("a@x.example", "c@x.example"), NOW - timedelta(days=1))])
    assert [each.at for each in store.withdrawals(ANN)] == [NOW, NOW, NOW - timedelta(days=1)]
    assert known(store, "a@x.example") == {"a@x.example": (NOW, "")}


def test_a_page_costs_one_read_and_a_commit_that_withdraws_nothing_none(
    store: DocumentStore, metered: MeteredDocuments
) -> None:
    metered.reset()
    store.withdrawn(ANN, [f"p{n}@x.example" for n in range(500)])
    assert metered.reset().reads == 1
    store.withdrawn(ANN, [])
    store.commit(ANN, said("una", somebody("una@x.example", consent=Consent())))
    assert metered.reset().reads == 0
    store.commit(ANN, [Withdraw(tuple(f"p{n}@x.example" for n in range(500)), NOW)])
    assert metered.reset().writes == 1
    assert len(store.withdrawn(ANN, [f"p{n}@x.example" for n in range(0, 1000, 2)])) == 250
    assert metered.reset().reads == 1
    store.commit(ANN, [Withdraw(("p0@x.example",), NOW)])
    assert metered.reset().writes == 0, "it is known"


def test_what_several_processes_withdraw_in_turn_is_all_there(
    store: DocumentStore, another_store: Callable[[], DocumentStore]
) -> None:
    other = another_store()
    for store_, address in ((store, "a@x.example"), (other, "b@x.example"), (store, "c@x.example")):
        store_.commit(ANN, [Withdraw((address,), NOW)])
    assert len(store.withdrawals(ANN)) == len(other.withdrawals(ANN)) == 3


class Overtaken(MeteredDocuments):
    """Another process withdraws an address just before the first commit."""

    overtaking = True

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        if self.overtaking:
            self.overtaking = False
            DocumentStore(self.inner).commit(ANN, [Withdraw(("other@x.example",), NOW)])
        return super().commit(writes)


class Doubled(MeteredDocuments):
    """Another process withdraws so many that the documents are doubled, just before several are read."""

    doubling = True

    def get_many(self, paths: Sequence[str]) -> Mapping[str, Document]:
        if self.doubling:
            self.doubling = False
            DocumentStore(self.inner).commit(ANN, [Withdraw(tuple(ADDRESSES), NOW)])
        return super().get_many(paths)


def test_a_shard_that_moves_meanwhile_is_read_again(documents: MemoryDocuments) -> None:
    store = DocumentStore(Overtaken(documents))
    store.commit(ANN, said("rex", somebody("s@optout.example")))
    assert set(store.withdrawn(ANN, ["other@x.example", "s@optout.example"])) == {
        "other@x.example",
        "s@optout.example",
    }
    assert store.contact(ANN, "rex") is not None


def test_carriers_are_found_archived_ones_too(store: DocumentStore) -> None:
    store.commit(ANN, said("rex", somebody("S@optout.example", "other@x.example")))
    store.commit(ANN, [CreateRecord("contacts", "una", somebody("s@Optout.example", consent=Consent()))])
    store.commit(ANN, [CreateRecord("contacts", "zed", somebody("zed@x.example", consent=Consent()))])
    store.commit(
        ANN, [PutRecord("contacts", "una", somebody("s@Optout.example", consent=Consent()), None, True)]
    )
    store.commit(ANN, [Withdraw(("nobody@x.example",), NOW)])
    withdrawals = store.withdrawals(ANN)
    found = store.carriers(ANN, [each.digest for each in withdrawals])
    assert sorted(
        sorted((address, stored.id, stored.archived_at is not None) for address, stored in some)
        for some in found.values()
    ) == [
        [("S@optout.example", "rex", False), ("s@Optout.example", "una", True)],
        [("other@x.example", "rex", False)],
    ]
    assert len(withdrawals) == 3
    assert store.carriers(ANN, []) == {}
    assert store.carriers(BOB, [each.digest for each in withdrawals]) == {}


# --- a host CRM that writes past the store

PATH = "users/ann/contacts/rex"
TIMES = {"updated_at": SERVER_TIME, "archived_at": None}


def look(store: DocumentStore) -> None:
    """As a sync looks at what changed; twice, for nothing may be noticed twice."""
    for _ in range(2):
        store.changed(ANN, "contacts", None, None, 50)


def test_what_the_host_revokes_is_withdrawn_with_the_entry_that_notices_it(
    store: DocumentStore, metered: MeteredDocuments
) -> None:
    store.commit(ANN, [CreateRecord("contacts", "rex", somebody("s@optout.example", consent=Consent()))])
    metered.commit([Update(PATH, {"consent": {"status": "revoked"}, **TIMES})])
    look(store)
    [noticed] = store.consents(ANN, "rex", None, 9)[0]
    assert known(store, "s@optout.example") == {"s@optout.example": (noticed.at, noticed.id)}
    metered.commit([Update(PATH, {"emails": [{"value": "new@x.example"}], **TIMES})])
    look(store)
    assert len(store.withdrawals(ANN)) == 2
    assert known(store, "new@x.example")["new@x.example"][1] == ""


def test_a_contact_that_the_host_makes_has_its_addresses_found_and_withdrawn_if_it_is_revoked(
    store: DocumentStore, metered: MeteredDocuments
) -> None:
    emails: list[Value] = [{"value": "s@optout.example"}]
    metered.commit([Create(PATH, {"emails": emails, "consent": {"status": "revoked"}, **TIMES})])
    una: dict[str, Value | Sentinel] = {"emails": emails, "consent": {"status": "express"}, **TIMES}
    metered.commit([Create("users/ann/contacts/una", una)])
    assert store.withdrawals(ANN) == []
    look(store)
    [only] = store.withdrawals(ANN)
    assert {stored.id for _, stored in store.carriers(ANN, [only.digest])[only.digest]} == {"rex", "una"}


# --- many of them


def entries(number: int) -> list[Withdrawal]:
    return [Withdrawal(f"{n * 2654435761 % 2**32:08x}{n:08x}", NOW, f"{n:032d}") for n in range(number)]


def test_what_is_packed_comes_back() -> None:
    one = Withdrawal("a" * 16, datetime(1931, 1, 2, 3, 4, 5, 6, UTC), "e", frozenset(("una", "zoé")))
    assert shards.unpacked(shards.packed([one, *entries(3)])) == sorted(
        [one, *entries(3)], key=lambda each: each.digest
    )


def test_a_full_document_fits_firestore_by_far() -> None:
    full = [
        Withdrawal(token_hex(8), NOW + timedelta(microseconds=n * 977), token_urlsafe(24))
        for n in range(shards.FULL)
    ]
    size = document_size(f"{SHARDS}/0", {"shards": 1, "packed": shards.packed(full)})
    assert size < 0.7 * DOCUMENT_BYTES


ADDRESSES = [f"p{n}@x.example" for n in range(40)]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from(ADDRESSES), min_size=1, max_size=12), max_size=8))
def test_however_many_documents_there_are_they_say_what_was_withdrawn(
    monkeypatch: pytest.MonkeyPatch, lists: list[list[str]]
) -> None:
    monkeypatch.setattr(shards, "FULL", 3)
    documents = MemoryDocuments(FixedClock())
    stores = [DocumentStore(documents), DocumentStore(documents)]
    for n, addresses in enumerate(lists):
        stores[n % 2].commit(ANN, [Withdraw(tuple(addresses), NOW + timedelta(hours=n))])
    latest = {address: NOW + timedelta(hours=n) for n, some in enumerate(lists) for address in some}
    for store in stores:
        assert {name: it.at for name, it in store.withdrawn(ANN, ADDRESSES).items()} == latest
        for address in ADDRESSES:
            assert len(store.withdrawn(ANN, [address])) == (address in latest)
        assert len(store.withdrawals(ANN)) == len(latest)
    kept = documents.query(Query(SHARDS))
    assert all(len(shards.unpacked(document.data["packed"])) <= 3 for document in kept)  # type: ignore[arg-type]
    assert len(kept) in (0, 1, 2, 4, 8, 16, 32, 64)


def test_a_doubling_between_two_reads_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first document says two, and before the second is read there are four of them."""
    monkeypatch.setattr(shards, "FULL", 3)
    documents = MemoryDocuments(FixedClock())
    DocumentStore(documents).commit(ANN, [Withdraw(tuple(ADDRESSES[:5]), NOW)])
    assert len(DocumentStore(Doubled(documents)).withdrawn(ANN, ADDRESSES)) == len(ADDRESSES)


def test_an_entry_without_its_contact_withdraws_nothing(store: DocumentStore) -> None:
    made = ConsentEntry("e", "rex", NOW, "ann", "api", None, {"status": "revoked"})
    store.commit(ANN, [AddConsent(made)])
    assert store.withdrawals(ANN) == []
