"""Commits that landed though no answer came: they are known again, and none is believed that did not land."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace

import pytest

from crmsync.core.account import ImportRounds, OAuthState, UserSettings
from crmsync.core.model import Contact
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.documents.port import Documents, DocumentWrite
from crmsync.store.ports import (
    CandidateQuery,
    Conflicted,
    CreateRecord,
    Guard,
    PutCandidate,
    PutLink,
    PutRecord,
    PutUser,
    StoreUnavailable,
    Superseded,
    Write,
)
from crmsync.store.repository import DocumentStore
from tests.contracts.lossy import Code, Loss, Losses, lossy_firestore, lossy_memory
from tests.contracts.samples import FULL_CONTACT, NOW, candidate, connect, guard, link
from tests.scopes import ANN

LOST: tuple[Code, ...] = ("UNAVAILABLE", "ABORTED", "DEADLINE_EXCEEDED")


@pytest.fixture
def losses() -> Losses:
    """What becomes of the next commits."""
    return Losses()


@pytest.fixture(params=["memory", pytest.param("firestore", marks=pytest.mark.emulator)])
def lossy(request: pytest.FixtureRequest, losses: Losses) -> Iterator[Documents]:
    """Either adapter, where answers can get lost."""
    if request.param == "memory":
        yield lossy_memory(losses)
        return
    project = request.getfixturevalue("firestore_project")
    documents = lossy_firestore(project, request.getfixturevalue("emulator").host, losses)
    yield documents
    documents.close()


@pytest.fixture
def store(lossy: Documents) -> DocumentStore:
    """The store of the process whose answers get lost."""
    return DocumentStore(lossy)


@pytest.fixture
def other(lossy: Documents) -> DocumentStore:
    """The store of another process."""
    return DocumentStore(lossy)


def test_a_job_s_commit_that_landed_is_a_commit(store: DocumentStore, losses: Losses) -> None:
    for turn, code in enumerate(LOST):
        user = connect(store)
        losses.plan(Loss(True, code))
        writes: list[Write] = [CreateRecord("contacts", f"c{turn}", FULL_CONTACT), PutLink(link(f"k{turn}"))]
        done = store.commit(
            ANN, [*writes, PutUser({"contacts": replace(user.contacts, done=7)})], guard(user)
        )
        assert done.user == store.user(ANN)
        assert done.user is not None
        assert (done.user.contacts.rev, done.user.contacts.done) == (user.contacts.rev + 1, 7)
        stored = store.contact(ANN, f"c{turn}")
        assert stored is not None
        assert done.versions[f"c{turn}"] == stored.version
        put = PutRecord("contacts", f"c{turn}", Contact("next"), done.versions[f"c{turn}"])
        again = PutLink(link(f"k{turn}", version=done.versions[f"k{turn}"]))
        store.commit(ANN, [put, again], guard(done.user))


def test_a_job_s_commit_that_landed_twice_in_doubt_is_one(store: DocumentStore, losses: Losses) -> None:
    user = connect(store)
    losses.plan(Loss(False), Loss(True), Loss(False))
    done = store.commit(ANN, [CreateRecord("contacts", "c1", FULL_CONTACT)], guard(user))
    assert done.user is not None
    assert done.user.contacts.rev == user.contacts.rev + 1


def test_a_commit_of_candidates_that_landed_leaves_the_sheet_as_it_says(
    store: DocumentStore, other: DocumentStore, losses: Losses
) -> None:
    user = connect(store)
    done = store.commit(ANN, [PutCandidate(candidate("g1"))], guard(user))
    assert done.user is not None
    losses.plan(Loss(True))
    done = store.commit(ANN, [PutCandidate(candidate("g2"))], guard(done.user))
    assert done.user is not None
    store.commit(ANN, [PutCandidate(candidate("g3"))], guard(done.user))
    assert [set(each.candidates(ANN, ["g1", "g2", "g3"])) for each in (store, other)] == [
        {"g1", "g2", "g3"}
    ] * 2


@pytest.mark.parametrize("code", LOST)
def test_a_commit_that_landed_is_known_also_when_others_wrote_beside_it(
    store: DocumentStore, other: DocumentStore, losses: Losses, code: Code
) -> None:
    user = connect(store)

    def beside() -> None:
        now = other.user(ANN)
        assert now is not None
        clicked = replace(now.contacts, requested_at=NOW)
        done = other.commit(ANN, [PutUser({"contacts": clicked})], expect_user=now.version)
        assert done.user is not None
        calendar = other.commit(ANN, [], guard(done.user, "calendar"))
        assert calendar.user is not None
        other.commit(ANN, [PutRecord("contacts", "c1", Contact("edited"), None)])

    losses.plan(Loss(True, code, beside))
    done = store.commit(ANN, [CreateRecord("contacts", "c1", FULL_CONTACT)], guard(user))
    assert done.user == store.user(ANN)
    assert done.user is not None
    assert (done.user.contacts.rev, done.user.contacts.requested_at) == (user.contacts.rev + 1, NOW)
    assert done.user.calendar.rev == user.calendar.rev + 1
    put = PutRecord("contacts", "c1", Contact("over the edit"), done.versions["c1"])
    with pytest.raises(Conflicted):
        store.commit(ANN, [put], guard(done.user))
    going_on = store.commit(ANN, [CreateRecord("contacts", "c2", FULL_CONTACT)], guard(done.user))
    assert going_on.user is not None


@pytest.mark.parametrize("landed", [True, False])
@pytest.mark.parametrize("code", ["UNAVAILABLE", "DEADLINE_EXCEEDED"])
def test_of_a_sheet_whose_commit_was_lost_nothing_is_believed(
    lossy: Documents, losses: Losses, landed: bool, code: Code, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory is read again, once: what is remembered may be older or newer than what is there."""
    metered = MeteredDocuments(lossy)
    store = DocumentStore(metered)
    store.commit(ANN, [PutCandidate(candidate("g1"))])
    losses.plan(Loss(landed, code))
    surely = not landed and code != "DEADLINE_EXCEEDED"
    with nullcontext() if surely else pytest.raises((StoreUnavailable, Conflicted)):
        store.commit(ANN, [PutCandidate(candidate("g2"))])
    there = ["g1", "g2"] if landed or surely else ["g1"]
    metered.reset()
    tries: list[int] = []
    commit = lossy.commit

    def tried(writes: Sequence[DocumentWrite]) -> Sequence[str]:
        tries.append(len(writes))
        return commit(writes)

    monkeypatch.setattr(lossy, "commit", tried)
    store.commit(ANN, [PutCandidate(candidate("g3"))])
    # The list and its one leaf, unless the client itself has brought the commit to an end.
    assert (metered.reset().reads, len(tries)) == (0 if surely else 2, 1)
    page = store.sheet_page(ANN, CandidateQuery("open"), ImportRounds(), None, 10)
    assert sorted(row.key for row in page.rows) == [*there, "g3"]
    assert store.count_candidates(ANN, CandidateQuery("open"), ImportRounds()) == len(there) + 1


@pytest.mark.parametrize("code", LOST)
@pytest.mark.parametrize("landed", [True, False])
def test_whose_resource_another_job_has_committed_since_is_superseded(
    store: DocumentStore, other: DocumentStore, losses: Losses, landed: bool, code: Code
) -> None:
    user = connect(store)

    def overtaken() -> None:
        now = other.user(ANN)
        assert now is not None
        other.commit(ANN, [CreateRecord("contacts", "theirs", FULL_CONTACT)], guard(now))

    losses.plan(Loss(landed, code, overtaken))
    with pytest.raises(StoreUnavailable if code == "DEADLINE_EXCEEDED" else Superseded):
        store.commit(ANN, [CreateRecord("contacts", "ours", FULL_CONTACT)], guard(user))
    assert (store.contact(ANN, "ours") is not None) is landed
    assert store.contact(ANN, "theirs") is not None


def test_whose_connection_ended_since_is_superseded(
    store: DocumentStore, other: DocumentStore, losses: Losses
) -> None:
    user = connect(store)
    ended = PutUser({"connection": None})
    losses.plan(Loss(True, between=lambda: other.commit(ANN, [ended])))
    with pytest.raises(Superseded):
        store.commit(ANN, [CreateRecord("contacts", "c1", FULL_CONTACT)], guard(user))


def test_what_did_not_land_is_committed_by_the_next_try(store: DocumentStore, losses: Losses) -> None:
    user = connect(store)
    losses.plan(Loss(False), Loss(False, "ABORTED"))
    done = store.commit(ANN, [CreateRecord("contacts", "c1", FULL_CONTACT)], guard(user))
    assert done.user == store.user(ANN)


def test_what_did_not_land_is_committed_beside_what_others_wrote(
    store: DocumentStore, other: DocumentStore, losses: Losses
) -> None:
    user = connect(store)
    rounds = PutUser({"rounds": ImportRounds(3)})
    losses.plan(Loss(False, between=lambda: other.commit(ANN, [rounds])))
    done = store.commit(ANN, [CreateRecord("contacts", "c1", FULL_CONTACT)], guard(user))
    assert done.user is not None
    assert (done.user.contacts.rev, done.user.rounds) == (user.contacts.rev + 1, ImportRounds(3))
    assert store.contact(ANN, "c1") is not None


def test_what_did_not_land_and_is_refused_is_a_conflict(
    store: DocumentStore, other: DocumentStore, losses: Losses
) -> None:
    user = connect(store)
    theirs = CreateRecord("contacts", "c1", Contact("theirs"))
    losses.plan(Loss(False, between=lambda: other.commit(ANN, [theirs])))
    with pytest.raises(Conflicted):
        store.commit(ANN, [CreateRecord("contacts", "c1", FULL_CONTACT)], guard(user))
    now = store.user(ANN)
    assert now is not None
    assert now.contacts.rev == user.contacts.rev


def test_what_did_not_land_before_its_deadline_is_not_believed(store: DocumentStore, losses: Losses) -> None:
    user = connect(store)
    losses.plan(Loss(False, "DEADLINE_EXCEEDED"))
    with pytest.raises(StoreUnavailable):
        store.commit(ANN, [CreateRecord("contacts", "c1", FULL_CONTACT)], guard(user))
    assert store.contact(ANN, "c1") is None


def test_a_guard_that_never_held_is_not_taken_for_a_lost_answer(store: DocumentStore, losses: Losses) -> None:
    user = connect(store)
    store.commit(ANN, [], guard(user))
    losses.plan(Loss(False))
    stale = Guard("contacts", user.contacts.rev, "sub-1", user.version or "")
    with pytest.raises(Superseded):
        store.commit(ANN, [CreateRecord("contacts", "c1", FULL_CONTACT)], stale)


def test_a_change_of_the_user_that_landed_is_a_commit(store: DocumentStore, losses: Losses) -> None:
    user = connect(store)
    losses.plan(Loss(True))
    parts = PutUser({"settings": UserSettings(region="US")})
    done = store.commit(ANN, [parts, CreateRecord("contacts", "c1", FULL_CONTACT)], expect_user=user.version)
    assert done.user == store.user(ANN)
    assert done.user is not None
    assert done.user.settings.region == "US"
    stored = store.contact(ANN, "c1")
    assert stored is not None
    assert done.versions == {"c1": stored.version}


def test_a_change_of_the_user_that_others_wrote_over_is_not_called_a_conflict(
    store: DocumentStore, other: DocumentStore, losses: Losses
) -> None:
    user = connect(store)
    rounds = PutUser({"rounds": ImportRounds(3)})
    losses.plan(Loss(True, between=lambda: other.commit(ANN, [rounds])))
    with pytest.raises(StoreUnavailable):
        store.commit(ANN, [PutUser({"settings": UserSettings(region="US")})], expect_user=user.version)


@pytest.mark.parametrize("lossy", [pytest.param("firestore", marks=pytest.mark.emulator)], indirect=True)
def test_what_was_taken_in_a_transaction_whose_answer_got_lost_is_not_called_absent(
    store: DocumentStore, losses: Losses
) -> None:
    attempt = OAuthState("s1", "ann", "b", "v", frozenset({"contacts"}), NOW)
    store.put_oauth_state(attempt)
    losses.plan(Loss(False))
    assert store.take_oauth_state("s1") == attempt
    store.put_oauth_state(attempt)
    losses.plan(Loss(True))
    with pytest.raises(StoreUnavailable):
        store.take_oauth_state("s1")


def test_a_create_without_a_mark_that_landed_is_not_called_a_conflict(
    store: DocumentStore, losses: Losses
) -> None:
    losses.plan(Loss(True))
    with pytest.raises(StoreUnavailable):
        store.commit(ANN, [CreateRecord("contacts", "c1", FULL_CONTACT)])
    assert store.contact(ANN, "c1") is not None
    with pytest.raises(Conflicted):
        store.commit(ANN, [CreateRecord("contacts", "c1", FULL_CONTACT)])
