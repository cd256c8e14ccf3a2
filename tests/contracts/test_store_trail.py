"""What runs leave behind, and the documents that no client may read."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.account import Grant, ImportRounds, ImportRun, OAuthState, Offer, PushChannel
from crmsync.core.journal import Change, Conflict, Hold, JournalEntry
from crmsync.core.scope import Scope
from crmsync.core.state import Intent
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.documents.port import Query
from crmsync.store.ports import (
    AddJournal,
    CandidateQuery,
    CreateRecord,
    DropConflict,
    DropHold,
    DropIntent,
    InvalidPosition,
    PutCandidate,
    PutConflict,
    PutHold,
    PutImport,
    PutIntent,
    PutLink,
    PutUser,
    Superseded,
)
from crmsync.store.repository import DocumentStore
from tests.contracts.samples import FULL_CONTACT, HOSTILE, NOW, candidate, connect, guard, link
from tests.scopes import ANN, BOB
from tests.threads import at_once

ANYTHING = {"": 1, "__x__": [[1, 2], None], HOSTILE: HOSTILE, "n": 2**70, "f": 1.5}


def change(crm: str | None = "c1", **values: Any) -> Change:
    made = Change("google", "update", crm, "k1", "=/~", {"notes": "a"}, {"notes": "b"})
    return replace(made, **values)


def entry(run: str = "r1", minutes: int = 0, *changes: Change) -> JournalEntry:
    return JournalEntry(run, "contacts", "manual", NOW + timedelta(minutes=minutes), changes or (change(),))


def runs(store: DocumentStore, **how: Any) -> list[str]:
    wanted = {"crm": None, "run": None, "after": None, "limit": 100, **how}
    return [one.run for one in store.journal(ANN, **wanted)[0]]


def test_a_journal_entry_comes_back_unchanged_whatever_it_holds(store: DocumentStore) -> None:
    written = entry("r1", 0, change(before=None, after=ANYTHING), change(None, key=None, why=HOSTILE))
    store.commit(ANN, [AddJournal(written)])
    assert store.journal(ANN, crm=None, run=None, after=None, limit=1) == ([written], None)


def test_the_journal_is_read_newest_first_by_record_and_run(store: DocumentStore) -> None:
    for n in range(5):
        store.commit(ANN, [AddJournal(entry(f"r{n}", n, change(f"c{n % 2}")))])
    assert runs(store) == ["r4", "r3", "r2", "r1", "r0"]
    assert runs(store, crm="c0") == ["r4", "r2", "r0"]
    assert runs(store, run="r3") == ["r3"]
    assert runs(store, run="r3", crm="c0") == []
    first, after = store.journal(ANN, crm=None, run=None, after=None, limit=3)
    rest, end = store.journal(ANN, crm=None, run=None, after=after, limit=3)
    assert ([one.run for one in [*first, *rest]], end) == (["r4", "r3", "r2", "r1", "r0"], None)
    with pytest.raises(InvalidPosition):
        store.journal(ANN, crm=None, run=None, after="bm90IGEgcG9zaXRpb24", limit=3)


def test_commits_of_one_instant_are_told_apart_and_ordered(store: DocumentStore) -> None:
    user = connect(store)
    for n in range(3):
        done = store.commit(ANN, [AddJournal(entry("run", 0, change(f"c{n}")))], guard(user))
        assert done.user is not None
        user = done.user
    found, _ = store.journal(ANN, crm=None, run="run", after=None, limit=10)
    assert [one.changes[0].crm for one in found] == ["c2", "c1", "c0"]


def test_an_entry_written_again_is_not_doubled(store: DocumentStore) -> None:
    for _ in range(2):
        store.commit(ANN, [AddJournal(entry())])
    assert runs(store) == ["r1"]


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [(600_000, 600_000, (600_000, None)), (1_045_000, 10, (None, None)), (None, 1_045_000, (None, None))],
)
def test_a_change_too_large_for_one_document_is_kept_with_as_much_of_its_values_as_fits(
    store: DocumentStore, before: int | None, after: int | None, kept: tuple[int | None, int | None]
) -> None:
    def notes(size: int | None) -> Any:
        return None if size is None else {"notes": "x" * size}

    store.commit(ANN, [AddJournal(entry("r1", 0, change(before=notes(before), after=notes(after))))])
    [found] = store.journal(ANN, crm="c1", run=None, after=None, limit=9)[0]
    assert found.changes == (change(before=notes(kept[0]), after=notes(kept[1])),)


def test_a_journal_too_large_for_one_document_is_parted_without_loss(store: DocumentStore) -> None:
    changes = tuple(change(f"c{n}", after={"notes": f"{n}" * 20_000}) for n in range(100))
    store.commit(ANN, [AddJournal(entry("big", 0, *changes))])
    found, _ = store.journal(ANN, crm=None, run="big", after=None, limit=100)
    assert len(found) > 1
    assert sorted((c for one in found for c in one.changes), key=repr) == sorted(changes, key=repr)


def test_the_journal_says_when_it_may_be_deleted(store: DocumentStore, metered: MeteredDocuments) -> None:
    store.commit(ANN, [AddJournal(entry())])
    [document] = metered.query(Query("users/ann/journal"))
    assert document.data["expires_at"] == NOW + timedelta(days=30)


def test_intents_conflicts_holds_and_imports_come_back_unchanged(store: DocumentStore) -> None:
    intent = Intent("i1", ("c1", "c2"), NOW, named=True)
    conflict = Conflict("x1", "contacts", "c1", "emails", [[1], HOSTILE], None, "google", NOW)
    hold = Hold("h1", "contacts", "crm", "too_many", "d1", (("c1", "Ann"), ("c2", HOSTILE)), NOW)
    run = ImportRun("m1", "revisit", "running", 9, 3, 1, (("g1", "gone"), (HOSTILE, "x")), NOW, after="g7")
    store.commit(ANN, [PutIntent(intent), PutConflict(conflict), PutHold(hold), PutImport(run)])
    [found] = store.intents(ANN)
    assert found == replace(intent, version=found.version)
    assert store.conflicts(ANN, None, 10) == [conflict]
    assert store.holds(ANN) == [hold]
    assert store.import_run(ANN, "m1") == run
    assert store.import_run(ANN, "none") is None

    finished = replace(run, state="finished", failed=())
    store.commit(ANN, [PutImport(finished), PutConflict(conflict), PutHold(replace(hold, items=()))])
    assert store.import_run(ANN, "m1") == finished
    assert store.count_conflicts(ANN) == 1
    for _ in range(2):
        store.commit(ANN, [DropIntent("i1"), DropConflict("x1"), DropHold("h1")])
    assert (
        store.intents(ANN),
        store.conflicts(ANN, None, 10),
        store.holds(ANN),
    ) == ([], [], [])


def test_conflicts_are_paged_in_id_order(store: DocumentStore) -> None:
    made = [Conflict(f"x{n}", "contacts", "c", "notes", "a", "b", "crm", NOW) for n in range(5)]
    store.commit(ANN, [PutConflict(one) for one in made])
    first = store.conflicts(ANN, None, 3)
    assert [*first, *store.conflicts(ANN, first[-1].id, 3)] == made
    assert store.conflict(ANN, "x3") == made[3]
    assert (store.conflict(ANN, "x9"), store.conflict(BOB, "x3")) == (None, None)


def test_a_hold_remembers_what_was_decided(store: DocumentStore) -> None:
    hold = Hold("h1", "contacts", "crm", "too_many", "d1", (("c1", "Ann"),), NOW)
    store.commit(ANN, [PutHold(hold)])
    store.commit(ANN, [PutHold(replace(hold, choice="discard"))])
    assert store.holds(ANN) == [replace(hold, choice="discard")]


def test_another_account_starts_afresh_with_records_and_journal_kept(store: DocumentStore) -> None:
    user = connect(store)
    for start in range(0, 450, 150):
        store.commit(ANN, [PutCandidate(candidate(f"g{n}")) for n in range(start, start + 150)])
    store.commit(
        ANN,
        [
            PutLink(link()),
            PutIntent(Intent("i1", ("c1",), NOW)),
            PutConflict(Conflict("x1", "contacts", "c1", "notes", "a", "b", "crm", NOW)),
            PutHold(Hold("h1", "contacts", "crm", "r", "d", (), NOW)),
            AddJournal(entry()),
            CreateRecord("contacts", "c1", FULL_CONTACT),
        ],
    )
    store.commit(BOB, [PutLink(link())])
    for _ in range(2):
        store.clear_sync_state(ANN, user.generation)
    assert store.count_candidates(ANN, CandidateQuery("open"), ImportRounds(closed=-1)) == 0
    assert store.count_links(ANN, "contacts") == 0
    assert (
        store.intents(ANN),
        store.conflicts(ANN, None, 9),
        store.holds(ANN),
    ) == ([], [], [])
    assert runs(store) == ["r1"]
    assert store.contact(ANN, "c1") is not None
    now = store.user(ANN)
    assert now is not None
    assert now == replace(user, version=now.version)
    assert store.count_links(BOB, "contacts") == 1


def test_nothing_is_deleted_for_a_connection_that_is_another_by_now(store: DocumentStore) -> None:
    connect(store, generation=3)
    store.commit(ANN, [PutLink(link())])
    with pytest.raises(Superseded):
        store.clear_sync_state(ANN, 2)
    assert store.count_links(ANN, "contacts") == 1
    store.clear_sync_state(ANN, 3)
    assert store.count_links(ANN, "contacts") == 0


def test_due_users_are_those_whose_time_has_come_oldest_first(store: DocumentStore) -> None:
    for n, uid in enumerate(["c", "a", "b", "later"]):
        due = NOW + timedelta(hours=9) if uid == "later" else NOW - timedelta(minutes=n)
        connect(store, uid, next_due_at=due)
    store.commit(Scope.of("a"), [PutUser({"connection": None})])
    connect(store, "never")
    assert [user.uid for user in store.due_users(NOW, 10)] == ["b", "a", "c"]
    assert [user.uid for user in store.due_users(NOW, 2)] == ["b", "a"]
    assert store.due_users(NOW, 1)[0] == store.user(Scope.of("b"))


# --- server only


GRANT = Grant("a/nn", "sub-1", "gAAAA…", frozenset({"contacts", "calendar"}))


def test_a_grant_is_replaced_and_dropped(store: DocumentStore) -> None:
    assert store.grant(Scope.of("a/nn")) is None
    store.put_grant(GRANT)
    store.put_grant(replace(GRANT, token="new", scopes=frozenset()))
    assert store.grant(Scope.of("a/nn")) == replace(GRANT, token="new", scopes=frozenset())
    store.drop_grant(GRANT)
    assert store.grant(Scope.of("a/nn")) is not None, "another has taken its place"
    for _ in range(2):
        store.drop_grant(replace(GRANT, token="new"))
        assert store.grant(Scope.of("a/nn")) is None


def test_a_grant_is_sealed_anew_unless_another_has_taken_its_place(store: DocumentStore) -> None:
    grant = replace(GRANT, key="old", id="g-1")
    assert not store.reseal_grant(grant, "gBBBB…", "new"), "there is none"
    store.put_grant(grant)
    assert store.reseal_grant(grant, "gBBBB…", "new")
    assert store.grant(grant.scope) == replace(grant, token="gBBBB…", key="new")
    assert not store.reseal_grant(grant, "gCCCC…", "new"), "it is sealed otherwise by now"
    again = replace(grant, token="gDDDD…", id="g-2")
    store.put_grant(again)
    assert not store.reseal_grant(grant, "gEEEE…", "new"), "the user has connected again"
    assert store.grant(grant.scope) == again


def test_a_grant_that_was_sealed_anew_is_still_the_one_that_is_dropped(store: DocumentStore) -> None:
    grant = replace(GRANT, key="old", id="g-1")
    store.put_grant(grant)
    store.reseal_grant(grant, "gBBBB…", "new")
    store.drop_grant(replace(grant, id="g-2"))
    assert store.grant(grant.scope) is not None, "another has taken its place"
    store.drop_grant(grant)
    assert store.grant(grant.scope) is None


def test_one_of_two_that_seal_a_grant_anew_does(store: DocumentStore) -> None:
    grant = replace(GRANT, key="old", id="g-1")
    store.put_grant(grant)
    done = at_once([lambda: store.reseal_grant(grant, "gBBBB…", "new")] * 2)
    assert sorted(done) == [False, True]


def test_grants_under_some_keys_are_found_page_by_page_and_counted(store: DocumentStore) -> None:
    for uid, key in (("a/b", "k1"), ("c", "k2"), ("d", "k3"), ("e", "k1"), ("f", "")):
        store.put_grant(replace(GRANT, uid=uid, key=key, token=f"token of {uid}"))
    found, after = store.grants_under(["k1", "k2"], None, 2)
    assert [(each.scope, each.token) for each in found] == [
        (Scope.of("a/b"), "token of a/b"),
        (Scope.of("c"), "token of c"),
    ]
    rest, end = store.grants_under(["k1", "k2"], after, 2)
    assert ([each.uid for each in rest], end) == (["e"], None)
    assert store.grants_under(["k9"], None, 2) == ([], None)
    assert (store.count_grants(["k1", "k2"]), store.count_grants(["k9"]), store.count_grants()) == (3, 0, 5)


def test_an_authorization_attempt_is_used_up_by_one_of_two(store: DocumentStore) -> None:
    attempt = OAuthState("s/1", "ann", "b", "v", frozenset({"contacts"}), NOW)
    store.put_oauth_state(attempt)
    assert store.oauth_state("s/1") == attempt
    taken = at_once([lambda: store.take_oauth_state("s/1")] * 2)
    assert sorted(taken, key=repr) == sorted([attempt, None], key=repr)
    assert store.oauth_state("s/1") is None
    assert store.take_oauth_state("s/1") is None


OFFER = Offer("o/1", GRANT, "a@gmail.example", frozenset({"contacts"}), NOW, holder="digest")


def test_an_offer_is_taken_by_one_of_two_before_its_time_is_over(store: DocumentStore) -> None:
    assert (store.offer("o/1"), store.take_offer("o/1", NOW, NOW), store.end_offer("o/1", NOW)) == (None,) * 3
    store.put_offer(OFFER)
    assert (store.offer("o/1"), store.offer("")) == (OFFER, None)
    before, later = NOW - timedelta(seconds=1), NOW + timedelta(minutes=1)
    assert store.take_offer("o/1", NOW, later) is None, "its time is over"
    taken = at_once([lambda: store.take_offer("o/1", before, later)] * 2)
    assert sorted(taken, key=repr) == sorted([OFFER, None], key=repr)
    assert store.offer("o/1") == replace(OFFER, taken=True, until=later)
    assert store.end_offer("o/1", NOW) is None, "whoever took it may be about to store its grant"
    assert store.end_offer("o/1", later) == replace(OFFER, taken=True, until=later)
    assert store.end_offer("o/1", later) == replace(OFFER, taken=True, until=later, holder="")
    assert store.take_offer("o/1", before, later) is None
    for _ in range(2):
        store.drop_offer("o/1")
        assert store.offer("o/1") is None


def test_each_account_has_offers_of_its_own(store: DocumentStore) -> None:
    mine, second = replace(GRANT, uid="ann"), replace(GRANT, uid="ann", account="second")
    for n, grant in enumerate((mine, second, replace(GRANT, uid="bob"))):
        store.put_offer(replace(OFFER, id=f"o{n}", grant=grant))
    assert store.offers_of(ANN) == [replace(OFFER, id="o0", grant=mine)]
    assert store.offers_of(replace(ANN, account="second")) == [replace(OFFER, id="o1", grant=second)]


def test_offers_whose_time_is_over_are_listed_oldest_first(store: DocumentStore) -> None:
    for n, id in enumerate(["c", "a/1", "b", "later"]):
        until = NOW + timedelta(hours=1) if id == "later" else NOW - timedelta(minutes=n)
        store.put_offer(replace(OFFER, id=id, until=until))
    assert store.offers_due(NOW, 9) == ["b", "a/1", "c"]
    assert store.offers_due(NOW, 2) == ["b", "a/1"]


def test_a_google_account_is_held_by_grants_and_offers_until_they_are_let_go(store: DocumentStore) -> None:
    ann, bob = (
        replace(GRANT, uid="ann", holder="digest"),
        replace(GRANT, uid="bob", token="b", holder="digest"),
    )
    assert not store.is_held("digest")
    for grant in (ann, bob, replace(GRANT, uid="cem", holder="another")):
        store.put_grant(grant)
    store.let_go(replace(ann, token="older"))
    assert store.grant(ANN) == ann, "another has taken its place"
    store.let_go(ann)
    assert (store.grant(ANN), store.is_held("digest")) == (replace(ann, holder=""), True)
    store.let_go(bob)
    store.let_go(replace(GRANT, uid="nobody"))
    assert not store.is_held("digest")
    store.put_offer(OFFER)
    assert store.is_held("digest")
    store.end_offer("o/1", NOW)
    assert not store.is_held("digest")


def test_the_attempts_that_are_open_are_found_oldest_first(store: DocumentStore) -> None:
    old = OAuthState("s1", "ann", "b", "v", frozenset({"contacts"}), NOW)
    new = replace(old, state="s0", expires_at=NOW + timedelta(minutes=1))
    second = replace(old, state="s3", account="second", expires_at=NOW + timedelta(minutes=2))
    for attempt in (
        second,
        new,
        old,
        replace(new, state="s4", uid="bob"),
        replace(new, state="s5", tenant="t"),
    ):
        store.put_oauth_state(attempt)
    before = NOW - timedelta(microseconds=1)
    assert store.open_oauth_states(ANN, before, 9) == [old, new, second], "whichever account they are for"
    assert store.open_oauth_states(ANN, before, 2) == [old, new]
    assert store.open_oauth_states(ANN, NOW, 9) == [new, second], "what expires now is over"
    assert store.open_oauth_states(Scope.of("carla"), before, 9) == []


def test_push_channels_are_found_by_id_and_by_user(store: DocumentStore) -> None:
    one = PushChannel("ch1", "ann", "primary", "res", "digest", NOW)
    two = PushChannel("ch2", "ann", "work", None, "digest", None)
    for channel in (one, two, PushChannel("ch3", "bob", "primary", None, "digest", None)):
        store.put_channel(channel)
    assert store.channel("ch1") == one
    assert store.channels_of(ANN) == [one, two]
    for id in ("ch1", "ch2", "ch4"):
        store.name_channel(id, "named")
    two = replace(two, resource_id="named")
    assert store.channels_of(ANN) == [one, two], "only one that had no resource id yet"
    assert store.channel("ch4") is None
    for _ in range(2):
        store.drop_channel("ch1")
    assert store.channel("ch1") is None
    assert store.channels_of(ANN) == [two]


def test_the_store_answers(store: DocumentStore) -> None:
    assert store.ping()


def test_import_runs_are_listed_from_a_day_on_newest_first(store: DocumentStore) -> None:
    for n in range(4):
        run = ImportRun(f"r{n}", "done", "finished", n, created_at=NOW + timedelta(days=n // 2))
        store.commit(ANN, [PutImport(run)])
    store.commit(ANN, [PutImport(ImportRun("none", "done", "finished", 0))])
    first, after = store.import_runs(ANN, NOW, None, 3)
    assert ([run.id for run in first], after is None) == (["r3", "r2", "r1"], False)
    rest, end = store.import_runs(ANN, NOW, after, 3)
    assert ([run.id for run in rest], end) == (["r0"], None)
    assert [run.id for run in store.import_runs(ANN, NOW + timedelta(days=1), None, 9)[0]] == [
        "r3",
        "r2",
    ]
