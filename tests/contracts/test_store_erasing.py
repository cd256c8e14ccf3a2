"""Erasing a user: everything of theirs goes, nothing of others, and each commit says what it has deleted."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.account import Grant, ImportRounds, ImportRun, OAuthState, Offer, PushChannel
from crmsync.core.consent.evidence import Evidence
from crmsync.core.consent.ledger import ConsentEntry
from crmsync.core.doubles import Double
from crmsync.core.erasure import Erasure
from crmsync.core.journal import Change, Conflict, Hold, JournalEntry
from crmsync.core.scope import Scope
from crmsync.core.state import Intent
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.documents.port import Documents, Put, Query
from crmsync.store.encoding import paths
from crmsync.store.parts import erasing
from crmsync.store.ports import (
    AddConsent,
    AddEvidence,
    AddJournal,
    CandidateQuery,
    Conflicted,
    CreateRecord,
    DropConsent,
    PutCandidate,
    PutConflict,
    PutDouble,
    PutErasure,
    PutHold,
    PutImport,
    PutIntent,
    PutLink,
    PutUser,
    Withdraw,
)
from crmsync.store.repository import DocumentStore
from tests.contracts.samples import (
    FULL_APPOINTMENT,
    FULL_CANDIDATE,
    FULL_CONTACT,
    NOW,
    candidate,
    connect,
    link,
)
from tests.scopes import ANN, BOB

SECOND = replace(ANN, account="second")
CONSENT = ConsentEntry("e1", "c1", NOW, "ann", "api", None, {"status": "express", "source": "form"})


def fill_account(store: DocumentStore, scope: Scope) -> None:
    """Something of every kind that each Google account has."""
    grant = Grant(scope.uid, "sub", "sealed", frozenset({"contacts"}), account=scope.account)
    store.commit(
        scope,
        [
            PutUser({"previous_sub": "sub"}),
            PutLink(link()),
            PutCandidate(FULL_CANDIDATE),
            PutIntent(Intent("i1", ("c1",), NOW)),
            PutConflict(Conflict("x1", "contacts", "c1", "notes", "a", "b", "crm", NOW)),
            PutHold(Hold("h1", "contacts", "crm", "many", "d", (("c1", "Ann"),), NOW)),
        ],
    )
    store.put_grant(grant)
    name, account = f"{scope.uid}-{scope.account}", scope.account
    attempt = OAuthState(f"s-{name}", scope.uid, "b", "v", frozenset(), NOW, account=account)
    store.put_oauth_state(attempt)
    store.put_offer(Offer(f"o-{name}", grant, "e", frozenset(), NOW))
    store.put_channel(PushChannel(f"ch-{name}", scope.uid, "primary", "r", "d", NOW, account=account))


def fill(store: DocumentStore, scope: Scope) -> None:
    """Something of every kind that there is."""
    fill_account(store, scope)
    change = Change("crm", "update", "c1", "k1", "=/~", {}, {})
    store.commit(
        scope,
        [
            CreateRecord("contacts", "c1", FULL_CONTACT),
            CreateRecord("appointments", "a1", FULL_APPOINTMENT),
            AddJournal(JournalEntry("r1", "contacts", "manual", NOW, (change,))),
            PutImport(ImportRun("m1", "done", "finished", 1)),
            AddConsent(CONSENT),
            PutDouble(Double("d1", ("c1", "c2"))),
            Withdraw(("a@x.ca",), NOW),
        ],
    )


def everything(documents: Documents) -> dict[str, Any]:
    """All documents there are, by path: of the collections at the top, and beneath their documents."""
    tops = [name for name, place in paths.COLLECTIONS.items() if place == "top"]
    found = {each.path for name in [*tops, *paths.OF_NOBODY] for each in documents.query(Query(name))}
    for top in ("users", "grants"):
        for uid in ("ann", "bob"):
            found |= set(documents.beneath(f"{top}/{uid}", None, 10_000))
    return {path: each.data for path, each in documents.get_many(sorted(found)).items()}


def begun(store: DocumentStore) -> Erasure:
    """The record of an erasure that has just begun."""
    store.commit(ANN, [PutErasure(Erasure("z1", NOW))])
    found = store.erasure("z1")
    assert found is not None
    return found


def test_everything_of_a_user_goes_in_small_commits_that_are_counted(
    store: DocumentStore, metered: MeteredDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "AT_ONCE", 8)
    fill(store, BOB)
    of_bob = everything(metered)
    fill(store, ANN)
    fill_account(store, SECOND)
    metered.commit([Put("users/ann/extras/of the host", {"a": 1}), Put("users/ann/extras/x/more/y", {})])
    of_ann = everything(metered).keys() - of_bob.keys()
    kinds = Counter(map(paths.kind, of_ann))
    assert kinds.keys() == paths.COLLECTIONS.keys() | {"extras", "more"}
    del kinds["offers"]
    assert sum(store.found_of(ANN).values()) > 8
    erasure = begun(store)
    for after in store.erase(ANN, erasure):
        assert 0 < sum(after.erased.values()) - sum(erasure.erased.values()) <= 8
        erasure = after
        assert store.erasure("z1") == erasure
    assert store.found_of(ANN) == {"offers": 2, "users": 1}
    for account in (ANN, SECOND):
        store.drop_offer(f"o-ann-{account.account}")
    user = store.user(ANN)
    assert user is not None
    ended = store.end_erasure(user, replace(erasure, done_at=NOW))
    assert store.erasure("z1") == ended
    assert ended.erased == dict(sorted(kinds.items()))
    assert (ended.state, ended.done_at) == ("done", NOW)
    left = everything(metered)
    assert left.pop("erasures/z1")
    assert left == of_bob
    assert (store.user(ANN), store.found_of(ANN), list(store.erase(ANN, ended))) == (None, {}, [])
    assert store.found_of(BOB) != {}


def test_of_two_who_erase_at_once_one_is_refused_and_counts_nothing(store: DocumentStore) -> None:
    fill(store, ANN)
    erasure = begun(store)
    user = store.user(ANN)
    assert user is not None
    store.commit(ANN, [PutErasure(replace(erasure, left_at=NOW))])
    before = store.found_of(ANN)
    with pytest.raises(Conflicted, match="erasures/z1"):
        list(store.erase(ANN, erasure))
    with pytest.raises(Conflicted, match="erasures/z1"):
        store.end_erasure(user, erasure)
    with pytest.raises(Conflicted):
        store.commit(ANN, [PutErasure(erasure)])
    assert store.found_of(ANN) == before


def test_a_user_who_moved_meanwhile_is_not_deleted(store: DocumentStore) -> None:
    connect(store)
    erasure = begun(store)
    user = store.user(ANN)
    assert user is not None
    store.commit(ANN, [PutUser({"next_due_at": NOW})])
    with pytest.raises(Conflicted, match="users/ann"):
        store.end_erasure(user, replace(erasure, done_at=NOW))
    assert store.user(ANN) is not None
    assert store.erasure("z1") == erasure


def test_who_comes_back_starts_afresh_also_in_a_process_that_remembers(
    store: DocumentStore, another_store: Callable[[], DocumentStore]
) -> None:
    fill(store, ANN)
    remembering = another_store()
    query = CandidateQuery("open")
    assert remembering.count_candidates(ANN, query, ImportRounds()) == 1
    assert len(remembering.candidate_page(ANN, query, ImportRounds(), None, 9)[0]) == 1
    erasure = begun(store)
    *_, erasure = store.erase(ANN, erasure)
    user = store.user(ANN)
    assert user is not None
    store.end_erasure(user, erasure)
    for each in (store, remembering):
        assert each.candidate_page(ANN, query, ImportRounds(), None, 9)[0] == []
        assert each.user(ANN) is None
    remembering.commit(ANN, [PutCandidate(candidate("g9"))])
    for each in (store, remembering):
        assert [row.key for row in each.candidate_page(ANN, query, ImportRounds(), None, 9)[0]] == ["g9"]


def test_evidence_takes_the_place_of_the_ledger_in_one_commit(
    store: DocumentStore, metered: MeteredDocuments
) -> None:
    store.commit(ANN, [AddConsent(CONSENT)])
    erasure = begun(store)
    until = NOW + timedelta(days=1096)
    kept = Evidence("v/1", "d3", NOW, "api", {"status": "express"}, until)
    after = replace(erasure, evidence=1, evidence_until=until, erased={"consents": 1})
    for _ in range(2):
        done = store.commit(ANN, [PutErasure(after), AddEvidence(kept), DropConsent("e1")])
        after = replace(after, version=done.versions["z1"])
    assert store.erasure("z1") == after
    assert store.all_consents(ANN, None, 9) == []
    [document] = metered.query(Query("evidence"))
    assert (paths.original(document.id), document.data["expires_at"]) == ("v/1", until)
    assert document.data.keys() == {"sender", "at", "origin", "consent", "expires_at"}


def test_there_is_no_record_of_what_never_was(store: DocumentStore) -> None:
    assert store.erasure("none") is None
    assert store.erasure("x" * 2000) is None
