"""Whose data: what is kept for a user, and what for each of the user's Google accounts."""

from dataclasses import replace

import pytest

from crmsync.core.account import Connection, Grant, OAuthState, PushChannel, ResourceState
from crmsync.core.journal import Change, Conflict, Hold, JournalEntry
from crmsync.core.scope import Scope
from crmsync.core.state import Intent
from crmsync.store.ports import (
    AddJournal,
    CandidateQuery,
    CreateRecord,
    PutCandidate,
    PutConflict,
    PutHold,
    PutIntent,
    PutLink,
    PutUser,
    Superseded,
    Write,
)
from crmsync.store.repository import DocumentStore
from tests.contracts.samples import FULL_CONTACT, NOW, candidate, connect, guard, link
from tests.scopes import ANN, BOB

SECOND = replace(ANN, account="second/~%")
CONFLICT = Conflict("x1", "contacts", "c1", "notes", "a", "b", "google", NOW)
HOLD = Hold("h1", "contacts", "crm", "too_many", "d1", (("c1", "Ann"),), NOW)
ENTRY = JournalEntry("r1", "contacts", "manual", NOW, (Change("crm", "update", "c1", "k1", "", None, None),))
PAIRED: list[Write] = [
    PutLink(link()),
    PutCandidate(candidate()),
    PutIntent(Intent("i1", ("c1",), NOW)),
    PutConflict(CONFLICT),
    PutHold(HOLD),
]


def open_rows(store: DocumentStore, scope: Scope) -> int:
    user = store.user(ANN)
    assert user is not None
    return store.count_candidates(scope, CandidateQuery("open"), user.rounds)


def test_what_is_paired_with_google_belongs_to_one_account(store: DocumentStore) -> None:
    connect(store)
    store.commit(SECOND, PAIRED)
    for empty in (ANN, BOB, replace(ANN, account="third")):
        assert store.links(empty, ["k1"]) == {}
        assert store.candidates(empty, ["g1"]) == {}
        assert open_rows(store, empty) == 0
        assert (store.intents(empty), store.conflicts(empty, None, 9), store.holds(empty)) == ([], [], [])
    assert store.links(SECOND, ["k1"])["k1"].account == SECOND.account
    assert store.candidates(SECOND, ["g1"])["g1"].account == SECOND.account
    assert open_rows(store, SECOND) == 1
    assert [intent.id for intent in store.intents(SECOND)] == ["i1"]
    assert store.conflicts(SECOND, None, 9) == [replace(CONFLICT, account=SECOND.account)]
    assert store.holds(SECOND) == [replace(HOLD, account=SECOND.account)]


def test_records_and_journal_are_the_users_whatever_the_account(store: DocumentStore) -> None:
    connect(store)
    store.commit(SECOND, [CreateRecord("contacts", "c1", FULL_CONTACT), AddJournal(ENTRY)])
    found = store.contact(ANN, "c1")
    assert found is not None
    assert found == store.contact(SECOND, "c1")
    entries, _ = store.journal(ANN, crm=None, run=None, after=None, limit=9)
    assert entries == [replace(ENTRY, account=SECOND.account)], "the journal tells of which account it speaks"


def test_each_account_has_a_state_and_a_fence_of_its_own(store: DocumentStore) -> None:
    first = connect(store)
    connection = Connection("sub-2", "second@gmail.example", frozenset({"contacts"}), NOW)
    store.commit(SECOND, [PutUser({"connection": connection})])
    second = store.user(SECOND)
    assert second is not None
    assert (second.scope, second.connection) == (SECOND, connection)
    working = guard(second, sub="sub-2")
    done = store.commit(SECOND, [PutUser({"contacts": ResourceState(done=3)})], working)
    assert done.user is not None
    assert (done.user.contacts.rev, done.user.contacts.done) == (1, 3)
    with pytest.raises(Superseded):
        store.commit(SECOND, [PutUser({"contacts": ResourceState(done=4)})], working)
    assert store.user(ANN) == first


def test_each_account_has_a_grant_and_channels_of_its_own(store: DocumentStore) -> None:
    grants = [
        Grant(scope.uid, f"sub-{n}", f"token-{n}", frozenset({"contacts"}), account=scope.account)
        for n, scope in enumerate((ANN, SECOND))
    ]
    for grant in grants:
        store.put_grant(grant)
    assert [store.grant(scope) for scope in (ANN, SECOND)] == grants
    store.drop_grant(grants[1])
    assert (store.grant(ANN), store.grant(SECOND)) == (grants[0], None)
    first = PushChannel("ch1", "ann", "primary", None, "digest", NOW)
    second = replace(first, id="ch2", account=SECOND.account)
    store.put_channel(first)
    store.put_channel(second)
    assert (store.channels_of(ANN), store.channels_of(SECOND)) == ([first], [second])
    assert second.scope == SECOND


def test_the_accounts_of_a_user_are_known(store: DocumentStore) -> None:
    assert store.accounts(BOB) == [BOB], "the default one, whatever there is"
    connect(store)
    for account in ("b", SECOND.account):
        connection = Connection(f"sub-{account}", "second@gmail.example", frozenset({"contacts"}), NOW)
        store.commit(replace(ANN, account=account), [PutUser({"connection": connection})])
    assert store.accounts(SECOND) == [ANN, replace(ANN, account="b"), SECOND]
    assert store.accounts(BOB) == [BOB]


def test_each_account_has_authorization_attempts_of_its_own(store: DocumentStore) -> None:
    first = OAuthState("s1", "ann", "binding", "verifier", frozenset({"contacts"}), NOW)
    second = replace(first, state="s2/~%", account=SECOND.account)
    for attempt in (first, second, replace(first, state="s3", uid="bob")):
        store.put_oauth_state(attempt)
    assert (store.oauth_states_of(ANN), store.oauth_states_of(SECOND)) == ([first], [second])


def test_an_account_that_cannot_be_has_nothing(store: DocumentStore) -> None:
    impossible = replace(ANN, account="x" * 2000)
    assert store.user(impossible) is None
    assert store.grant(impossible) is None
    assert store.links(impossible, ["k1"]) == {}
    assert store.accounts(replace(ANN, uid="x" * 2000)) == [replace(ANN, uid="x" * 2000)]
