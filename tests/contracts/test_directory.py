"""The directory of the sheet: it says what the candidates say, whoever writes, and is read where it moved."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmsync.core.account import ImportRounds
from crmsync.core.scope import Scope
from crmsync.core.state import Candidate, Choice
from crmsync.store.documents.limits import DOCUMENT_BYTES, document_size
from crmsync.store.documents.memory import MemoryDocuments
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.documents.port import Query
from crmsync.store.ports import CandidateQuery, Conflicted, DropCandidate, PutCandidate
from crmsync.store.repository import DocumentStore
from crmsync.store.sheet import directory
from crmsync.store.sheet.directory import LIST
from crmsync.store.sheet.rows import row_of
from tests.contracts.conftest import FixedClock
from tests.contracts.samples import candidate, connect
from tests.scopes import ANN, BOB
from tests.threads import at_once

OPEN = CandidateQuery("open")
ROUNDS = ImportRounds(presented=1)
SHEET = "users/ann/sheet"
_users = count()


def offer(store: DocumentStore, *candidates: Candidate) -> None:
    store.commit(ANN, [PutCandidate(one) for one in candidates])


def shown(store: DocumentStore, query: CandidateQuery = OPEN) -> list[str]:
    return [row.key for row in store.candidate_page(ANN, query, ROUNDS, None, 1000)[0]]


def stored(store: DocumentStore, key: str) -> Candidate:
    return store.candidates(ANN, [key])[key]


def ticked(one: Candidate) -> Candidate:
    return replace(one, choice=Choice(selected=True))


def test_what_another_process_wrote_is_seen_for_the_leaf_that_it_changed(
    store: DocumentStore,
    another_store: Callable[[], DocumentStore],
    metered: MeteredDocuments,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(directory, "LEAF_ROWS", 3)
    offer(store, *(candidate(f"g{n}") for n in range(9)))
    assert len(shown(store)) == 9
    other = another_store()
    offer(other, ticked(stored(other, "g4")))
    metered.reset()
    assert shown(store, replace(OPEN, filters=frozenset({"selected"}))) == ["g4"]
    assert metered.reset().reads == 3, "the list, one leaf of three, one row"
    metered.reset()
    assert store.count_selected(ANN) == 1
    assert metered.reset().reads == 1, "only the list: nothing moved"


def test_a_row_keeps_its_leaf_and_new_ones_go_into_the_last(
    store: DocumentStore, metered: MeteredDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "LEAF_ROWS", 3)
    for n in range(7):
        offer(store, candidate(f"g{n}"))
    metered.reset()
    offer(store, replace(stored(store, "g0"), name="Zed", sort="zed"))
    assert metered.reset().writes == 3, "the row, its leaf, the list"
    names = [document.id for document in metered.query(Query(SHEET))]
    assert names == ["list", "r0000", "r0001", "r0002"], "whoever has rows has them under these names"
    assert shown(store)[-1] == "g0"


def test_a_dropped_row_is_gone_and_may_come_again(store: DocumentStore) -> None:
    offer(store, candidate("a"), candidate("b"))
    store.commit(ANN, [DropCandidate("never")])
    store.commit(ANN, [DropCandidate("a"), DropCandidate("never")])
    assert shown(store) == ["b"]
    assert store.count_candidates(ANN, OPEN, ROUNDS) == 1
    offer(store, candidate("a"))
    assert shown(store) == ["a", "b"]


def test_a_commit_that_is_refused_leaves_the_directory_as_it_was(
    store: DocumentStore, another_store: Callable[[], DocumentStore]
) -> None:
    offer(store, candidate("a"))
    stale = stored(store, "a")
    offer(another_store(), ticked(stale))
    with pytest.raises(Conflicted):
        store.commit(ANN, [PutCandidate(replace(stale, name="Old")), PutCandidate(candidate("b"))])
    assert shown(store) == ["a"]
    assert store.count_selected(ANN) == 1


def test_rows_that_are_written_at_once_are_all_listed(
    store: DocumentStore, another_store: Callable[[], DocumentStore]
) -> None:
    stores = [store, *(another_store() for _ in range(4))]
    work = [lambda n=n, one=one: offer(one, candidate(f"g{n}")) for n, one in enumerate(stores)]
    assert at_once(work) == [None] * 5
    for one in stores:
        assert shown(one) == [f"g{n}" for n in range(5)]


def test_users_without_rows_are_not_remembered_without_end() -> None:
    directories = directory.Directories(MemoryDocuments(FixedClock()))
    for number in range(1_500):
        directories.read(Scope.of(f"u{number}"))
    assert len(directories._known) == 512


def test_no_more_rows_are_remembered_than_the_bound_and_all_are_found_again(
    store: DocumentStore, metered: MeteredDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "_ROWS_KEPT", 6)
    people = [Scope.of(f"user-{n}") for n in range(4)]
    for turn in range(3):
        for scope in people:
            store.commit(scope, [PutCandidate(candidate(f"g{turn}"))])
            known = store._directories._known
            assert sum(each.size for each in known.values()) <= 6
            assert next(reversed(known)) == scope
            assert turn < 2 or len(known) == 2, "as many as there is room for"
    metered.reset()
    for scope in people:
        rows, _ = store.candidate_page(scope, OPEN, ROUNDS, None, 10)
        assert [row.key for row in rows] == ["g0", "g1", "g2"]
    # The list, the leaf and three rows each: whoever is read puts the next one out.
    assert metered.reset().reads == 4 * (1 + 1 + 3)


def test_who_alone_has_more_rows_than_the_bound_is_remembered_all_the_same(
    store: DocumentStore, metered: MeteredDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "_ROWS_KEPT", 6)
    store.commit(BOB, [PutCandidate(candidate("b"))])
    offer(store, *(candidate(f"g{n}") for n in range(9)))
    assert list(store._directories._known) == [ANN]
    metered.reset()
    assert len(shown(store)) == 9
    assert metered.reset().reads == 1 + 9, "the list and the rows, no leaf"


def test_what_is_cleared_for_another_account_is_not_remembered(
    store: DocumentStore, another_store: Callable[[], DocumentStore], metered: MeteredDocuments
) -> None:
    connect(store)
    offer(store, candidate("a"))
    other = another_store()
    assert shown(other) == ["a"]
    store.clear_sync_state(ANN, 0)
    assert metered.query(Query(SHEET)) == []
    assert (shown(store), shown(other)) == ([], [])
    offer(store, candidate("b"))
    assert (shown(store), shown(other)) == (["b"], ["b"])
    offer(other, candidate("c"))
    assert (shown(store), shown(other)) == (["b", "c"], ["b", "c"])


def test_the_rows_of_one_do_not_show_for_another_of_the_same_process(
    store: DocumentStore, another_store: Callable[[], DocumentStore]
) -> None:
    """Both have a row by the same key, in a leaf of the same name."""
    names = {ANN: "Ada Roy", BOB: "Bea Kay"}
    for scope, name in names.items():
        store.commit(scope, [PutCandidate(candidate("g1", name))])
    for reader in (store, another_store()):
        for scope, name in names.items():
            found = [
                reader.count_candidates(scope, replace(OPEN, q=asked.split()[0]), ROUNDS)
                for asked in names.values()
            ]
            assert found == [int(asked == name) for asked in names.values()]


def test_a_full_leaf_of_the_longest_texts_fits_firestore() -> None:
    documents = MemoryDocuments(FixedClock())
    store = DocumentStore(documents)
    texts = (
        "".join(chr(0x4E00 + (n * 7919 + place * 104729) % 20_000) for place in range(500)) for n in count()
    )
    rows = [
        candidate(
            f"{n:064x}",
            next(texts),
            organization=next(texts),
            emails=tuple(next(texts) for _ in range(4)),
            labels=tuple(next(texts)[:20] for _ in range(12)),
        )
        for n in range(directory.LEAF_ROWS)
    ]
    for start in range(0, len(rows), 100):
        offer(store, *rows[start : start + 100])
    [leaf] = [document for document in documents.query(Query(SHEET)) if document.id != LIST]
    assert document_size(leaf.path, leaf.data) < DOCUMENT_BYTES


KEYS = st.sampled_from("abcdefgh")
STEPS = st.lists(
    st.tuples(st.sampled_from(("put", "tick", "decide", "drop")), KEYS, st.integers(0, 1)), max_size=25
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_it_says_what_the_candidates_say_whoever_wrote_them(
    monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, str, int]]
) -> None:
    monkeypatch.setattr(directory, "LEAF_ROWS", 2)
    documents = MemoryDocuments(FixedClock())
    stores = [DocumentStore(documents), DocumentStore(documents)]
    for what, key, who in steps:
        store = stores[who]
        known = store.candidates(ANN, [key]).get(key)
        if what == "drop":
            store.commit(ANN, [DropCandidate(key)])
        elif known is None or what == "put":
            offer(
                store, replace(candidate(key, f"Name {len(steps)}"), version=known.version if known else None)
            )
        else:
            offer(store, ticked(known) if what == "tick" else replace(known, status="imported"))
    living = [row for row in map(stores[0].candidates(ANN, list("abcdefgh")).get, "abcdefgh") if row]
    for store in stores:
        listed = store._directories.read(ANN)
        assert sorted(listed.rows()) == sorted(map(row_of, living))
        counts = store._directories.counts(ANN)
        assert counts == listed.counts
        assert +Counter(counts.tabs) == Counter(row_of(one).tab for one in living)
        assert counts.selected == sum(one.status == "open" and one.choice.selected for one in living)


def test_a_row_holds_each_word_once_and_each_with_a_blank_before_it() -> None:
    named = replace(candidate("g1"), name="Ann Roy", organization="Roy & Roy", emails=(), phones=())
    assert row_of(named).words == " ann roy"
