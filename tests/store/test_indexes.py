"""firestore.indexes.json against what the store asks and writes: the emulator enforces no index.

A query is answered by one composite index, or by the automatic indexes of its fields when it has equalities
only (they are merged) or one ordered field only, as in
https://firebase.google.com/docs/firestore/query-data/index-overview
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any, Literal

import pytest

from crmsync.core.account import (
    Grant,
    ImportRounds,
    ImportRun,
    OAuthState,
    Offer,
    PushChannel,
    ResourceState,
    User,
)
from crmsync.core.consent.evidence import Evidence
from crmsync.core.consent.ledger import ConsentEntry
from crmsync.core.doubles import Double
from crmsync.core.erasure import Erasure
from crmsync.core.journal import Change, Conflict, Hold, JournalEntry
from crmsync.core.model import Resource
from crmsync.core.state import Intent
from crmsync.store.documents.memory import MemoryDocuments
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.documents.port import NAME, Query
from crmsync.store.ports import (
    AddConsent,
    AddEvidence,
    AddJournal,
    CandidateQuery,
    CreateRecord,
    Kind,
    PutCandidate,
    PutConflict,
    PutDouble,
    PutErasure,
    PutHold,
    PutImport,
    PutIntent,
    PutLink,
    PutUser,
    SheetFilter,
    Withdraw,
)
from crmsync.store.repository import DocumentStore
from tests.contracts.conftest import FixedClock
from tests.contracts.samples import (
    FULL_APPOINTMENT,
    FULL_CANDIDATE,
    FULL_CONTACT,
    NOW,
    connect,
    guard,
    link,
)
from tests.scopes import ANN

INDEXES = json.loads((Path(__file__).resolve().parents[2] / "firestore.indexes.json").read_text())
EXEMPT = {(field["collectionGroup"], field["fieldPath"]) for field in INDEXES["fieldOverrides"]}


@dataclass
class Asked(MeteredDocuments):
    """Documents that remember what was asked of them."""

    def __init__(self) -> None:
        super().__init__(MemoryDocuments(FixedClock()))
        self.queries: list[Query] = []

    def query(self, query: Query) -> Any:
        self.queries.append(query)
        return super().query(query)

    def count(self, query: Query) -> int:
        self.queries.append(replace(query, order=(), limit=None))
        return super().count(query)


def composites(collection: str) -> Iterator[tuple[tuple[str, str], ...]]:
    """Fields of each composite index, with their mode."""
    for index in INDEXES["indexes"]:
        if index["collectionGroup"] == collection:
            yield tuple((f["fieldPath"], f.get("order") or f["arrayConfig"]) for f in index["fields"])


def is_served(query: Query) -> bool:
    collection = query.collection.rpartition("/")[2]
    direction = "DESCENDING" if query.descending else "ASCENDING"
    ordered = [(field, direction) for field in query.full_order if field != NAME]
    equal = {
        (f.field, "CONTAINS" if f.op.startswith("array") else "ASCENDING")
        for f in query.filters
        if f.op in ("==", "in", "array_contains", "array_contains_any")
    }
    if not ordered or (len(ordered) == 1 and not equal):
        return not any((collection, field) in EXEMPT for field, _ in [*equal, *ordered])
    return any(
        set(fields[: len(equal)]) == equal and list(fields[len(equal) :]) == ordered
        for fields in composites(collection)
        if len(fields) == len(equal) + len(ordered)
    )


def candidate_queries() -> Iterator[tuple[CandidateQuery, ImportRounds]]:
    tabs: tuple[Literal["open", "declined", "imported"], ...] = ("open", "declined", "imported")
    orders: tuple[Literal["name", "recent"], ...] = ("name", "recent")
    filters: tuple[frozenset[SheetFilter], ...] = (frozenset(), frozenset({"has_email", "selected"}))
    labels, searches, fates = (None, "Friends"), ("", "ann roy"), (None, "link")
    for parts in product(tabs, filters, labels, searches, orders, fates):
        query = CandidateQuery(*parts)
        for rounds in (ImportRounds(), ImportRounds(2, 1), ImportRounds(90, 45), ImportRounds(closed=-1)):
            yield query, rounds


def ask_everything(store: DocumentStore) -> None:
    kinds: tuple[Kind, ...] = ("contacts", "appointments")
    for kind in kinds:
        store.changed(ANN, kind, None, None, 5)
        store.changed(ANN, kind, NOW, (NOW, "c"), 5)
        for q in ("", "ann"):
            store.page(ANN, kind, archived=False, after=None, limit=5, q=q)
        store.count(ANN, kind)
    store.agenda(ANN, NOW.date(), NOW.date(), None, 5)
    store.exceptions(ANN, ["s1", "s2"], "a", 5)
    store.links_of(ANN, "contacts", ["c1"])
    store.links_page(ANN, "contacts", "k", 5)
    store.links_matching(ANN, ["m"])
    store.count_links(ANN, "calendar")
    store.count_made(ANN, "calendar", "google")
    store.count_made(ANN, "contacts", "crm")
    store.quarantined(ANN, "k", 5)
    store.count_quarantined(ANN)
    store.candidates_matching(ANN, ["m"])
    store.candidates_about(ANN, ["c1"])
    store.candidates_awaited(ANN, ["m"])
    store.candidates_claimed(ANN, None, 5)
    store.candidates_not_imported(ANN, "g", 5)
    store.count_claimed(ANN)
    store.candidates_selected(ANN, "g", 5)
    store.count_selected(ANN)
    for query, rounds in candidate_queries():
        store.candidate_page(ANN, query, rounds, None, 5)
        store.count_candidates(ANN, query, rounds)
    for crm in (None, "c1"):
        for run in (None, "r1"):
            store.journal(ANN, crm=crm, run=run, after=None, limit=5)
    store.import_runs(ANN, NOW, None, 5)
    store.consents(ANN, "c1", None, 5)
    store.all_consents(ANN, "i", 5)
    store.consents_expiring(ANN, NOW.date(), NOW.date(), None, 5)
    store.withdrawn(ANN, ["a@x.ca"])
    store.withdrawals(ANN)
    store.carriers(ANN, ["d"])
    store.intents(ANN)
    store.conflicts(ANN, None, 5)
    store.holds(ANN)
    store.twice(ANN, 5)
    store.doubles_of(ANN, ["c1"])
    store.doubles_awaited(ANN, ["k"])
    store.doubles_in(ANN, "asked", "x", 5)
    store.all_doubles(ANN, None, 5)
    store.count_doubles(ANN)
    store.appointments_with(ANN, "c1", None, 5)
    store.count_conflicts(ANN)
    store.due_users(NOW, 5)
    store.channels_of(ANN)
    store.oauth_states_of(ANN)
    store.open_oauth_states(ANN, NOW, 5)
    store.accounts(ANN)
    store.is_held("h")
    store.offers_of(ANN)
    store.offers_due(NOW, 5)
    store.found_of(ANN)
    store.erasure("z")
    store.grants_under(["k1", "k2"], "a", 5)
    store.count_grants(["k1", "k2"])
    store.count_grants()
    store.kept_records(ANN, "contacts", "c", 5)
    store.all_candidates(ANN, "g", 5)
    store.all_imports(ANN, "m", 5)
    store.clear_sync_state(ANN, 0)


def write_everything(store: DocumentStore) -> None:
    user = connect(
        store,
        contacts=ResourceState(),
        next_due_at=NOW,
        previous_sub="s",
        rounds=ImportRounds(),
        departure=None,
    )
    store.commit(
        ANN,
        [
            PutUser(
                {"calendar": user.calendar, "settings": user.settings, "tenant": user.tenant, "erasing": None}
            )
        ],
    )
    store.commit(ANN, [PutIntent(Intent("i", ("c",), NOW))], expect_user=str(_version(store)))
    resources: tuple[Resource, ...] = ("contacts", "calendar")
    for resource in resources:
        now = store.user(ANN)
        assert now is not None
        store.commit(ANN, [], guard(now, resource))
    change = Change("crm", "a", "c1", "k", "w", {}, {})
    store.commit(
        ANN,
        [
            CreateRecord("contacts", "c1", FULL_CONTACT),
            CreateRecord("appointments", "a1", FULL_APPOINTMENT),
            PutLink(link()),
            PutCandidate(FULL_CANDIDATE),
            AddJournal(JournalEntry("r", "contacts", "x", NOW, (change,))),
            PutConflict(Conflict("x", "contacts", "c1", "notes", "a", "b", "crm", NOW)),
            PutHold(Hold("h", "contacts", "crm", "r", "d", (("a", "b"),), NOW)),
            PutDouble(Double("x", ("c1", "c2"))),
            PutImport(ImportRun("m", "done", "running", 1)),
            AddConsent(ConsentEntry("e", "c1", NOW, "ann", "api", None, {"status": "express"})),
            Withdraw(("a@x.ca",), NOW),
            PutErasure(Erasure("z", NOW)),
            AddEvidence(Evidence("v", "d", NOW, "api", {"status": "express"}, NOW)),
        ],
    )
    grant = Grant("ann", "s", "t", frozenset({"contacts"}))
    store.put_grant(grant)
    store.put_oauth_state(OAuthState("s", "ann", "b", "v", frozenset(), NOW))
    store.put_offer(Offer("o", grant, "e", frozenset({"contacts"}), NOW, holder="h"))
    store.put_channel(PushChannel("ch", "ann", "primary", "r", "d", NOW + timedelta(days=7)))


def _version(store: DocumentStore) -> str | None:
    user: User | None = store.user(ANN)
    return user.version if user else None


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def written(asked: Asked) -> Callable[[str], set[str]]:
    """Fields of the documents of a collection after everything was written once."""
    write_everything(DocumentStore(asked))

    def fields(collection: str) -> set[str]:
        top = ("users", "grants", "oauth_states", "channels", "offers", "erasures", "evidence")
        path = collection if collection in top else f"users/ann/{collection}"
        return {field for document in asked.inner.query(Query(path)) for field in document.data}

    return fields


def test_every_query_of_the_store_has_its_index(asked: Asked) -> None:
    store = DocumentStore(asked)
    write_everything(store)
    ask_everything(store)
    assert len(asked.queries) > 20
    assert [query for query in asked.queries if not is_served(query)] == []


def test_every_composite_index_serves_a_query(asked: Asked) -> None:
    store = DocumentStore(asked)
    write_everything(store)
    ask_everything(store)
    for index in list(INDEXES["indexes"]):
        INDEXES["indexes"].remove(index)
        try:
            assert not all(map(is_served, asked.queries)), f"nothing needs {index}"
        finally:
            INDEXES["indexes"].append(index)


COLLECTIONS = sorted({collection for collection, _ in EXEMPT})


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_every_field_is_either_asked_by_itself_or_exempt(
    asked: Asked, written: Callable[[str], set[str]], collection: str
) -> None:
    fields = written(collection)
    asked.queries.clear()
    ask_everything(DocumentStore(asked))
    by_itself = {
        field
        for query in asked.queries
        if query.collection.rpartition("/")[2] == collection
        for field in [*(f.field for f in query.filters), *query.full_order]
        if field != NAME
    }
    exempt = {field for name, field in EXEMPT if name == collection}
    assert fields - exempt <= by_itself
    assert exempt <= fields
    assert fields
