"""Commits of the store: atomic, fenced, and part by part of the user document."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from crmsync.core.account import (
    Asked,
    Grant,
    ImportRounds,
    LocalCursor,
    Offer,
    Problem,
    ResourceState,
    Stall,
    UserSettings,
)
from crmsync.core.departure import Departure, Left
from crmsync.core.journal import Change, JournalEntry
from crmsync.core.model import Contact
from crmsync.core.scope import Scope
from crmsync.core.state import Intent
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.documents.port import Documents, Merge
from crmsync.store.ports import (
    COMMIT_BYTES,
    AddJournal,
    Conflicted,
    CreateRecord,
    DropLink,
    DropOffer,
    InvalidWrite,
    PutCandidate,
    PutGrant,
    PutIntent,
    PutLink,
    PutRecord,
    PutUser,
    Superseded,
    TooLarge,
    Write,
)
from crmsync.store.repository import DocumentStore
from tests.contracts.samples import FULL_CONTACT, NOW, candidate, connect, guard, link
from tests.scopes import ANN
from tests.threads import at_once

Another = Callable[[], DocumentStore]


def test_a_user_comes_back_as_stored(store: DocumentStore, another_store: Another) -> None:
    state = ResourceState(
        lease_until=NOW,
        lease_by="job",
        sync_token="t",
        full_at=NOW,
        page_token="p",
        listing_full=True,
        local=LocalCursor(NOW, "c1"),
        phase="pulling",
        done=3,
        total=7,
        requested_at=NOW,
        last_synced_at=NOW,
        changed_at=NOW,
        deferred=4,
        failures=2,
        problem=Problem("grant_dead", "Reconnect", "reconnect"),
        calendar_id="work@x",
    )
    user = connect(
        store,
        "auth0|a/b",
        previous_sub="old",
        contacts=state,
        rounds=ImportRounds(3, 2, "run"),
        settings=UserSettings(False, False, "busy", True, "US", "UTC", {"notes": "google"}),
        asked=(
            Asked("import", "run", NOW, NOW + timedelta(minutes=10), 3),
            Asked("disconnect", "d", NOW, NOW, ends=NOW),
        ),
        departure=Departure(
            "d",
            3,
            "ann@gmail.example",
            "digest",
            NOW,
            "delete",
            "archive",
            {"contacts": 4},
            True,
            "offer",
            "bob@gmail.example",
            NOW,
            (Left("contacts", "google", 2, "forbidden"),),
            access_left=True,
        ),
        next_due_at=NOW,
        generation=3,
        stalls={"import": Stall(2, NOW, Problem("unavailable", "We wait", "wait")), "undo": Stall()},
    )
    assert user.contacts == state
    assert another_store().user(Scope.of("auth0|a/b")) == user
    assert store.user(Scope.of("auth0|a")) is None


@pytest.mark.parametrize(
    "uid", ["a/b", "..", ".", "__x__", "é🙂", "x" * 400, "a%2Fb", "\x00", "https://x/y?z#"]
)
def test_any_uid_has_a_document_of_its_own(store: DocumentStore, uid: str) -> None:
    connect(store, uid)
    connect(store, "other")
    store.commit(Scope.of(uid), [CreateRecord("contacts", uid, FULL_CONTACT)])
    found, contact = store.user(Scope.of(uid)), store.contact(Scope.of(uid), uid)
    assert found is not None
    assert found.uid == uid
    assert contact is not None
    assert contact.id == uid
    assert store.contact(Scope.of("other"), uid) is None


@pytest.mark.parametrize("id", ["", "x" * 2000, "\ud800" * 400])
def test_an_id_that_cannot_be_is_absent_and_cannot_be_written(store: DocumentStore, id: str) -> None:
    assert store.contact(ANN, id) is None
    assert store.contact(Scope.of(id), "c1") is None
    assert store.user(Scope.of(id)) is None
    assert store.records(ANN, "contacts", [id]) == {}
    assert store.take_oauth_state(id) is None
    with pytest.raises(InvalidWrite):
        store.commit(ANN, [CreateRecord("contacts", id, FULL_CONTACT)])


def test_parts_of_a_user_are_replaced_one_by_one(store: DocumentStore) -> None:
    first = connect(store, rounds=ImportRounds(1, 1))
    store.commit(ANN, [PutUser({"settings": UserSettings(region="US")})])
    done = store.commit(ANN, [PutUser({"connection": None, "previous_sub": "sub-1"})])
    assert done.user == replace(
        first,
        connection=None,
        previous_sub="sub-1",
        settings=UserSettings(region="US"),
        version=done.user.version if done.user else None,
    )
    assert store.user(ANN) == done.user


def test_what_is_no_part_of_a_user_is_refused(store: DocumentStore) -> None:
    with pytest.raises(InvalidWrite):
        store.commit(ANN, [PutUser({"nonsense": 1})])
    with pytest.raises(InvalidWrite):
        store.commit(ANN, [PutUser({}), PutUser({})])
    assert store.user(ANN) is None


def test_an_expected_user_version_must_still_hold(store: DocumentStore) -> None:
    user = connect(store)
    done = store.commit(ANN, [PutUser({"rounds": ImportRounds(1)})], expect_user=user.version)
    assert done.user == replace(
        user, rounds=ImportRounds(1), version=done.user.version if done.user else None
    )
    with pytest.raises(Conflicted) as refused:
        store.commit(
            ANN,
            [PutUser({"rounds": ImportRounds(9)}), CreateRecord("contacts", "c1", FULL_CONTACT)],
            expect_user=user.version,
        )
    assert refused.value.what == "users/ann"
    with pytest.raises(Conflicted):
        store.commit(ANN, [CreateRecord("contacts", "c1", FULL_CONTACT)], expect_user=user.version)
    assert store.contact(ANN, "c1") is None
    assert store.user(ANN) == done.user


def test_a_stale_precondition_leaves_nothing_of_the_commit(store: DocumentStore) -> None:
    user = connect(store)
    stale = store.commit(ANN, [CreateRecord("contacts", "c1", FULL_CONTACT), PutLink(link())]).versions
    store.commit(ANN, [PutRecord("contacts", "c1", Contact("new"), stale["c1"])])
    before = store.contact(ANN, "c1")
    refusals: list[tuple[Write, str]] = [
        (PutRecord("contacts", "c1", Contact("lost"), stale["c1"]), "contacts/c1"),
        (PutRecord("contacts", "none", Contact("lost"), None), "contacts/none"),
        (CreateRecord("contacts", "c1", Contact("lost")), "contacts/c1"),
        (PutLink(link(crm="c9")), "links/k1"),
        (PutLink(link(version=stale["c1"], crm="c9", key="k7")), "links/k7"),
        (PutCandidate(candidate(version="gone")), "candidates/g1"),
    ]
    for bad, what in refusals:
        with pytest.raises(Conflicted) as refused:
            store.commit(ANN, [PutLink(link("k2")), bad, PutIntent(Intent("i", ("c",), NOW))], guard(user))
        assert refused.value.what == what
    assert store.contact(ANN, "c1") == before
    assert store.links(ANN, ["k2", "k7"]) == {}
    assert store.intents(ANN) == []
    assert store.user(ANN) == user


def test_a_commit_answers_the_versions_of_records_and_links(store: DocumentStore) -> None:
    done = store.commit(ANN, [CreateRecord("contacts", "c1", FULL_CONTACT), PutLink(link()), DropLink("k9")])
    contact = store.contact(ANN, "c1")
    assert contact is not None
    assert done.versions == {"c1": contact.version, "k1": store.links(ANN, ["k1"])["k1"].version}
    assert done.user is None


# --- the fence


def test_a_guarded_commit_moves_the_rev_of_its_resource_only(store: DocumentStore) -> None:
    user = connect(store)
    done = store.commit(ANN, [PutUser({"contacts": ResourceState(phase="pulling")})], guard(user))
    assert done.user is not None
    assert done.user.contacts == ResourceState(rev=1, phase="pulling")
    again = store.commit(ANN, [PutLink(link())], guard(done.user))
    assert again.user is not None
    assert again.user.contacts == ResourceState(rev=2, phase="pulling")
    assert again.user.calendar == ResourceState()
    assert store.user(ANN) == again.user


def test_a_zombie_whose_resource_moved_on_is_superseded(store: DocumentStore, another_store: Another) -> None:
    user = connect(store)
    zombie = guard(user)
    store.commit(ANN, [], guard(user))
    with pytest.raises(Superseded):
        another_store().commit(ANN, [PutLink(link())], zombie)
    assert store.links(ANN, ["k1"]) == {}


@pytest.mark.parametrize("change", [{"connection": None}, {"connection": "another"}])
def test_a_job_of_an_ended_connection_is_superseded(store: DocumentStore, change: dict[str, Any]) -> None:
    user = connect(store)
    assert user.connection is not None
    if change["connection"] == "another":
        change = {"connection": replace(user.connection, sub="sub-2")}
    store.commit(ANN, [PutUser(change)])
    with pytest.raises(Superseded):
        store.commit(ANN, [PutLink(link())], guard(user))
    assert store.links(ANN, ["k1"]) == {}


def test_a_job_of_a_user_who_is_gone_is_superseded(store: DocumentStore) -> None:
    user = connect(store, "bob")
    with pytest.raises(Superseded):
        store.commit(ANN, [PutLink(link())], guard(user))


def test_contacts_and_calendar_commit_side_by_side(store: DocumentStore, another_store: Another) -> None:
    user = connect(store)
    elsewhere = another_store()
    assert elsewhere.user(ANN) == user
    contacts = store.commit(ANN, [PutUser({"contacts": ResourceState(sync_token="c")})], guard(user))
    calendar = elsewhere.commit(
        ANN, [PutUser({"calendar": ResourceState(sync_token="e")})], guard(user, "calendar")
    )
    assert contacts.user is not None
    assert calendar.user is not None
    assert calendar.user.contacts == contacts.user.contacts
    assert calendar.user.calendar == ResourceState(rev=1, sync_token="e")
    assert store.user(ANN) == calendar.user


def test_a_job_writes_the_state_of_its_own_resource_only(store: DocumentStore) -> None:
    user = connect(store)
    with pytest.raises(InvalidWrite):
        store.commit(ANN, [PutUser({"calendar": ResourceState()})], guard(user, "contacts"))


def test_the_import_rounds_are_part_of_the_guard_when_given(store: DocumentStore) -> None:
    user = connect(store)
    store.commit(ANN, [PutUser({"rounds": ImportRounds(presented=1)})])
    with pytest.raises(Superseded):
        store.commit(ANN, [PutCandidate(candidate())], guard(user, rounds=user.rounds))
    store.commit(ANN, [PutCandidate(candidate())], guard(user))
    assert list(store.candidates(ANN, ["g1"])) == ["g1"]


def test_the_same_account_connected_anew_ends_the_job(store: DocumentStore) -> None:
    user = connect(store, generation=1)
    store.commit(ANN, [PutUser({"generation": 2})])
    with pytest.raises(Superseded):
        store.commit(ANN, [PutLink(link())], guard(user))
    assert store.links(ANN, ["g1"]) == {}
    now = store.user(ANN)
    assert now is not None
    store.commit(ANN, [PutLink(link())], guard(now))


def test_a_click_while_a_job_runs_is_not_cleared_by_its_next_commit(store: DocumentStore) -> None:
    user = connect(store, contacts=ResourceState(requested_at=NOW))
    later = NOW + timedelta(minutes=1)
    clicked = replace(user.contacts, requested_at=later, phase="waiting")
    store.commit(ANN, [PutUser({"contacts": clicked})], expect_user=user.version)
    finished = replace(user.contacts, requested_at=None, sync_token="t", done=4)
    done = store.commit(ANN, [PutUser({"contacts": finished})], guard(user))
    assert done.user is not None
    assert done.user.contacts == ResourceState(
        rev=1, requested_at=later, phase="waiting", sync_token="t", done=4
    )
    assert store.user(ANN) == done.user


def test_a_decision_while_a_job_runs_is_not_cleared_by_its_next_commit(store: DocumentStore) -> None:
    user = connect(store, contacts=ResourceState(decided_at=NOW))
    later = NOW + timedelta(minutes=1)
    store.commit(
        ANN,
        [PutUser({"contacts": replace(user.contacts, decided_at=later)})],
        expect_user=user.version,
    )
    settled = replace(user.contacts, decided_at=None)
    done = store.commit(ANN, [PutUser({"contacts": settled})], guard(user))
    assert done.user is not None
    assert done.user.contacts == ResourceState(rev=1, decided_at=later)


def test_a_job_does_not_overwrite_what_the_user_changed_elsewhere(store: DocumentStore) -> None:
    user = connect(store)
    assert user.connection is not None
    store.commit(ANN, [PutUser({"settings": UserSettings(region="US")})])
    dead = {"connection": replace(user.connection, state="dead"), "next_due_at": NOW}
    done = store.commit(ANN, [PutUser(dead)], guard(user))
    assert done.user is not None
    assert done.user.settings.region == "US"
    assert done.user.connection == dead["connection"]

    store.commit(ANN, [PutUser({"connection": replace(user.connection, email="new@gmail.com")})])
    with pytest.raises(Conflicted) as refused:
        store.commit(ANN, [PutUser(dead)], guard(done.user))
    assert refused.value.what == "users/ann"


def test_a_guard_whose_user_was_read_elsewhere_holds_while_the_document_stands_still(
    store: DocumentStore, another_store: Another
) -> None:
    user = connect(store)
    done = another_store().commit(ANN, [PutUser({"contacts": ResourceState(done=1)})], guard(user))
    assert done.user == store.user(ANN)
    store.commit(ANN, [PutUser({"settings": UserSettings(region="US")})])
    assert done.user is not None
    with pytest.raises(Conflicted):
        another_store().commit(ANN, [PutUser({"contacts": ResourceState(done=2)})], guard(done.user))
    last = another_store().commit(ANN, [PutLink(link())], guard(done.user))
    assert last.user is not None
    assert last.user.contacts == ResourceState(rev=2, done=1)


def test_twins_of_one_job_at_once_commit_once(store: DocumentStore, another_store: Another) -> None:
    user = connect(store)
    rivals = [CreateRecord("contacts", f"c{n}", FULL_CONTACT) for n in range(4)]
    outcomes = at_once([partial(another_store().commit, ANN, [rival], guard(user)) for rival in rivals])
    assert sum(isinstance(outcome, Superseded) for outcome in outcomes) == 3
    assert store.count(ANN, "contacts") == 1
    after = store.user(ANN)
    assert after is not None
    assert after.contacts.rev == 1


def test_a_contacts_job_a_calendar_job_and_a_person_at_once_all_get_through(
    store: DocumentStore, another_store: Another
) -> None:
    connect(store)
    steps = 4

    def job(resource: Any) -> None:
        own = another_store()
        user = own.user(ANN)
        for n in range(steps):
            assert user is not None
            state = replace(user.resource(resource), done=n + 1)
            key = f"{resource}-{n}"
            done = own.commit(ANN, [PutUser({resource: state}), PutLink(link(key))], guard(user, resource))
            user = done.user

    def person() -> None:
        own = another_store()
        done = 0
        while done < steps:
            user = own.user(ANN)
            assert user is not None
            rounds = replace(user.rounds, presented=user.rounds.presented + 1)
            try:
                own.commit(ANN, [PutUser({"rounds": rounds})], expect_user=user.version)
            except Conflicted:
                continue
            done += 1

    assert at_once([lambda: job("contacts"), lambda: job("calendar"), person]) == [None, None, None]
    after = store.user(ANN)
    assert after is not None
    assert (after.contacts.rev, after.contacts.done) == (steps, steps)
    assert (after.calendar.rev, after.calendar.done) == (steps, steps)
    assert after.rounds.presented == steps
    assert store.count_links(ANN, "contacts") == 2 * steps


# --- what it costs


def test_a_guarded_commit_reads_nothing_when_the_user_stands_still(
    store: DocumentStore, metered: MeteredDocuments
) -> None:
    user = connect(store)
    change = Change("crm", "update", "c1", "k1", "=/~", {"notes": "a"}, {"notes": "b"})
    metered.reset()
    done = store.commit(
        ANN,
        [
            CreateRecord("contacts", "c1", FULL_CONTACT),
            PutLink(link()),
            AddJournal(JournalEntry("r1", "contacts", "manual", NOW, (change,))),
            PutUser({"contacts": replace(user.contacts, sync_token="t")}),
        ],
        guard(user),
    )
    used = metered.reset()
    assert done.user is not None
    assert (used.reads, used.queries, used.commits, used.writes) == (0, 0, 1, 4)


def test_a_guarded_commit_after_another_resource_reads_the_user_once_more(
    store: DocumentStore, metered: MeteredDocuments
) -> None:
    user = connect(store)
    store.commit(ANN, [], guard(user, "calendar"))
    metered.reset()
    store.commit(ANN, [PutUser({"contacts": replace(user.contacts, done=1)})], guard(user))
    used = metered.reset()
    assert (used.reads, used.writes) == (1, 1)


def test_users_are_changed_together_each_under_its_version(store: DocumentStore) -> None:
    before = [connect(store, uid, next_due_at=NOW) for uid in ("ann", "bob", "cem")]
    later = NOW + timedelta(minutes=15)
    after = store.change_users([(user, {"next_due_at": later}) for user in before])
    assert after == [store.user(Scope.of(user.uid)) for user in before]
    assert [user.next_due_at for user in after] == [later] * 3
    assert [replace(now, version="", next_due_at=None) for now in after] == [
        replace(was, version="", next_due_at=None) for was in before
    ]
    again = store.change_users([(user, {"asked": ()}) for user in after])
    assert [user.asked for user in again] == [()] * 3, "their new versions hold"


def test_when_one_of_several_users_has_moved_none_is_changed(store: DocumentStore) -> None:
    before = [connect(store, uid, next_due_at=NOW) for uid in ("ann", "bob")]
    store.commit(Scope.of("bob"), [PutUser({"previous_sub": "x"})])
    with pytest.raises(Conflicted) as refused:
        store.change_users([(user, {"next_due_at": None}) for user in before])
    assert refused.value.what == "users/bob"
    assert [user.uid for user in store.due_users(NOW, 9)] == ["ann", "bob"]
    assert store.change_users([]) == []


def test_of_several_who_claim_the_same_users_at_once_one_gets_them(
    store: DocumentStore, another_store: Another
) -> None:
    users = [connect(store, f"u{number}", next_due_at=NOW) for number in range(20)]
    changes = [(user, {"next_due_at": None}) for user in users]
    outcomes = at_once([lambda: another_store().change_users(changes) for _ in range(4)])
    assert sorted(isinstance(outcome, Conflicted) for outcome in outcomes) == [False, True, True, True]


def test_a_user_whose_document_cannot_be_read_is_left_out(store: DocumentStore, documents: Documents) -> None:
    for number in range(4):
        connect(store, f"u{number}", next_due_at=NOW - timedelta(minutes=10 - number))
    documents.commit([Merge("users/u0", {"settings": "gone"}), Merge("users/u2", {"contacts": 5})])
    assert [user.uid for user in store.due_users(NOW, 2)] == ["u1", "u3"]


# --- what a commit weighs


def weighing(store: DocumentStore, size: int) -> list[Write]:
    """Writes that together weigh about so much."""
    number = size // 400_000
    values = [Contact(f"C{n}", notes="x" * 400_000) for n in range(number)]
    writes: list[Write] = [CreateRecord("contacts", f"c{n}", value) for n, value in enumerate(values)]
    assert size - 500_000 < store.size(ANN, writes) <= size
    return writes


def test_as_much_as_goes_into_a_commit_goes_in_beside_rows_and_user_document(
    store: DocumentStore, request: pytest.FixtureRequest
) -> None:
    writes = weighing(store, COMMIT_BYTES)
    rows = [PutCandidate(candidate(f"k{n}")) for n in range(400)]
    room = COMMIT_BYTES - store.size(ANN, rows)
    while store.size(ANN, writes) > room:
        writes.pop()
    whole: list[Write] = [*writes, *rows, PutUser({"settings": UserSettings()})]
    if request.node.get_closest_marker("emulator"):
        # It takes messages of up to 4 MiB, and says so at once: whoever commits parts what it refuses.
        with pytest.raises(TooLarge):
            store.commit(ANN, whole)
        return
    store.commit(ANN, whole)
    assert store.count(ANN, "contacts") == len(writes)


def test_sizes_add_up_and_what_fits_into_no_commit_has_none(store: DocumentStore) -> None:
    one, other = weighing(store, 900_000), [DropLink("k")]
    assert store.size(ANN, [*one, *other]) == store.size(ANN, one) + store.size(ANN, other)
    assert store.size(ANN, []) == 0
    with pytest.raises(TooLarge):
        store.size(ANN, [CreateRecord("contacts", "c", Contact(notes="x" * 1_100_000))])
    with pytest.raises(TooLarge):
        store.size(ANN, [CreateRecord("contacts", f"c{n}", Contact(notes="x" * 900_000)) for n in range(12)])


def test_a_grant_is_stored_with_what_says_that_it_is_connected_or_not_at_all(store: DocumentStore) -> None:
    user = connect(store)
    grant = Grant("ann", "sub-1", "sealed", frozenset({"contacts"}), holder="digest")
    done = store.commit(ANN, [PutUser({"generation": 1}), PutGrant(grant)], expect_user=user.version)
    assert (store.grant(ANN), done.user and done.user.generation) == (grant, 1)
    late: list[Write] = [PutUser({"generation": 2}), PutGrant(replace(grant, token="late"))]
    with pytest.raises(Conflicted):
        store.commit(ANN, late, expect_user=user.version)
    assert store.grant(ANN) == grant
    store.put_offer(Offer("o/1", grant, "ann@gmail.example", frozenset(), NOW))
    for number in range(2):
        store.commit(ANN, [DropOffer("o/1"), CreateRecord("contacts", f"c{number}", FULL_CONTACT)])
        assert store.offer("o/1") is None
