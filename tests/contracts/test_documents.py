"""What every adapter of `Documents` must do, as Firestore does."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from crmsync.store.documents.port import (
    SERVER_TIME,
    Create,
    Delete,
    Documents,
    DocumentWrite,
    Merge,
    PreconditionFailed,
    Put,
    Query,
    Reader,
    Update,
    Value,
)
from crmsync.store.errors import InvalidWrite, TooLarge
from tests.threads import at_once

A = "things/a"
B = "things/b"
NEVER = "2001-01-01T00:00:00.000001Z"
HOSTILE = "<script>alert(1)</script> =1+1 \u202eright to left\u202c \x00\x1f 🙂 é \"'`\\ "


def data(documents: Documents, path: str) -> dict[str, Any]:
    found = documents.get(path)
    assert found is not None
    return found.data


def ids(documents: Documents, query: Query) -> list[str]:
    return [document.id for document in documents.query(query)]


# --- values


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -(2**63),
        2**63 - 1,
        1.5,
        "",
        HOSTILE,
        "x" * 10_000,
        b"\x00\xff",
        datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        [],
        ["a", {"b": [1, None]}],
        {},
        {"a.b": {"c`d": 1}, " ": 2, "ключ": 3},
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_a_value_comes_back_unchanged(documents: Documents, value: Any) -> None:
    documents.commit([Create(A, {"v": value}), Put(B, {"v": value})])
    documents.commit([Merge("things/c", {"v": value}), Update(A, {"v": value, "w": {"x": value}})])
    assert data(documents, A) == {"v": value, "w": {"x": value}}
    assert data(documents, B) == {"v": value}
    assert data(documents, "things/c") == {"v": value}


@pytest.mark.parametrize(
    "value",
    [
        "half a pair \ud800",
        2**63,
        [[1]],
        {"": 1},
        {"__name__": 1},
        {1: 2},
        datetime(2026, 1, 1),
        object(),
        {"k" * 1501: 1},
    ],
    ids=[
        "surrogate",
        "65 bits",
        "nested list",
        "no name",
        "reserved",
        "number",
        "naive",
        "object",
        "long name",
    ],
)
def test_what_a_document_cannot_hold_is_refused_and_nothing_written(documents: Documents, value: Any) -> None:
    with pytest.raises(InvalidWrite):
        documents.commit([Create(B, {"v": 1}), Create(A, {"v": value})])
    assert documents.get(B) is None


def test_nesting_deeper_than_firestore_allows_is_refused(documents: Documents) -> None:
    value: dict[str, Any] = {}
    for _ in range(19):
        value = {"v": value}
    documents.commit([Create(A, {"v": value})])
    with pytest.raises(InvalidWrite):
        documents.commit([Create(B, {"v": {"v": value}})])


@pytest.mark.parametrize("path", ["things", "things/", "things/..", "things/__a__", "things/" + "x" * 1501])
def test_what_is_no_path_of_a_document_is_refused(documents: Documents, path: str) -> None:
    with pytest.raises(InvalidWrite):
        documents.commit([Put(path, {"v": 1})])


def test_a_document_above_one_mebibyte_is_refused(documents: Documents) -> None:
    with pytest.raises(TooLarge):
        documents.commit([Create(B, {}), Create(A, {"v": "é" * 530_000})])
    assert documents.get(B) is None


def test_a_document_that_would_grow_above_one_mebibyte_is_refused(documents: Documents) -> None:
    documents.commit([Create(A, {"v": "x" * 600_000})])
    with pytest.raises(InvalidWrite):
        documents.commit([Update(A, {"w": "x" * 600_000})])
    assert "w" not in data(documents, A)


def test_a_commit_above_ten_mebibytes_is_refused(documents: Documents) -> None:
    with pytest.raises(TooLarge):
        documents.commit([Create(f"things/{n}", {"v": "x" * 1_000_000}) for n in range(11)])
    assert documents.query(Query("things")) == []


def test_a_commit_of_more_than_five_hundred_documents_goes_through(documents: Documents) -> None:
    documents.commit([Create(f"things/{n}", {"v": n}) for n in range(600)])
    assert documents.count(Query("things")) == 600


def test_what_is_read_is_the_callers_own_copy(documents: Documents) -> None:
    inner: list[Value] = [1]
    given: dict[str, Value] = {"v": {"list": inner}}
    documents.commit([Create(A, given)])
    inner.append(2)
    data(documents, A)["v"]["list"].append(3)
    assert data(documents, A) == {"v": {"list": [1]}}


# --- writes


def test_put_replaces_the_whole_document_and_merge_only_named_fields(documents: Documents) -> None:
    documents.commit([Put(A, {"v": 1, "w": {"x": 1}}), Merge(B, {"v": 1, "w": {"x": 1}})])
    documents.commit([Put(A, {"w": {"y": 2}}), Merge(B, {"w": {"y": 2}})])
    assert data(documents, A) == {"w": {"y": 2}}
    assert data(documents, B) == {"v": 1, "w": {"y": 2}}


def test_update_replaces_named_fields_and_entries_of_maps(documents: Documents) -> None:
    documents.commit([Create(A, {"v": 1, "w": {"x": 1, "y": 1}, "u": {"z": 1}})])
    documents.commit([Update(A, {"w.x": 2, "u": {}, "new.n": 5, "t": None})])
    assert data(documents, A) == {"v": 1, "w": {"x": 2, "y": 1}, "u": {}, "new": {"n": 5}, "t": None}


def test_a_document_is_written_once_in_a_commit(documents: Documents) -> None:
    with pytest.raises(InvalidWrite):
        documents.commit([Put(A, {"v": 1}), Update(A, {"v": 2})])
    assert documents.get(A) is None


def test_server_time_is_one_time_for_the_commit_and_near_the_update_time(documents: Documents) -> None:
    documents.commit([Create(A, {"at": SERVER_TIME}), Merge(B, {"v": 1, "at": SERVER_TIME})])
    first, second = documents.get(A), documents.get(B)
    assert first is not None
    assert second is not None
    at = first.data["at"]
    assert isinstance(at, datetime)
    assert at == second.data["at"]
    assert at.microsecond % 1000 == 0
    assert timedelta() <= first.updated_at - at < timedelta(seconds=5)
    assert first.created_at == first.updated_at


def test_the_answer_has_the_version_that_a_read_finds(documents: Documents) -> None:
    versions = documents.commit([Create(A, {"at": SERVER_TIME}), Put(B, {}), Delete("things/c")])
    found = documents.get_many([A, B])
    assert list(versions) == [found[A].version, found[B].version, ""]


def test_a_version_differs_after_each_change_and_stays_when_nothing_changed(documents: Documents) -> None:
    [first] = documents.commit([Create(A, {"v": 1, "w": {"x": [1]}})])
    [same] = documents.commit([Update(A, {"w": {"x": [1]}}, first)])
    [second] = documents.commit([Update(A, {"v": 1.0}, same)])
    [third] = documents.commit([Put(A, {"v": True, "w": {"x": [1]}})])
    assert first == same
    assert len({first, second, third}) == 3


def test_deleting_what_is_absent_is_done(documents: Documents) -> None:
    documents.commit([Delete(A)])
    assert documents.get(A) is None


def test_created_anew_a_document_has_a_new_version(documents: Documents) -> None:
    [first] = documents.commit([Create(A, {"v": 1})])
    documents.commit([Delete(A)])
    [second] = documents.commit([Create(A, {"v": 1})])
    assert first != second


# --- preconditions


Refused = Callable[[str], DocumentWrite]


@pytest.mark.parametrize(
    ("exists", "refused"),
    [
        (True, lambda stale: Create(A, {"v": 9})),
        (False, lambda stale: Update(A, {"v": 9})),
        (True, lambda stale: Update(A, {"v": 9}, stale)),
        (False, lambda stale: Update(A, {"v": 9}, stale)),
        (True, lambda stale: Delete(A, stale)),
        (False, lambda stale: Delete(A, stale)),
        (True, lambda stale: Update(A, {"v": 9}, NEVER)),
        (True, lambda stale: Update(A, {"v": 9}, "not a version")),
    ],
    ids=[
        "create what exists",
        "update what is absent",
        "update what moved",
        "update at a version what is absent",
        "delete what moved",
        "delete at a version what is absent",
        "update at a version that never was",
        "update at what is no version",
    ],
)
def test_a_failed_precondition_leaves_nothing_of_the_commit(
    documents: Documents, exists: bool, refused: Refused
) -> None:
    [stale] = documents.commit([Create(A, {"v": 1})])
    documents.commit([Put(A, {"v": 2}) if exists else Delete(A), Create("things/z", {"v": 1})])
    before = documents.get(A)
    with pytest.raises(PreconditionFailed) as failure:
        documents.commit(
            [Create(B, {"v": 1}), Put("things/z", {"v": 2}), refused(stale), Update("things/y", {"v": 1})]
        )
    assert failure.value.path == A
    assert documents.get(A) == before
    assert documents.get(B) is None
    assert data(documents, "things/z") == {"v": 1}


def test_a_commit_whose_preconditions_hold_goes_through(documents: Documents) -> None:
    one, two = documents.commit([Create(A, {"v": 1}), Create(B, {"v": 1})])
    documents.commit([Update(A, {"v": 2}, one), Delete(B, two), Create("things/c", {})])
    assert data(documents, A) == {"v": 2}
    assert documents.get(B) is None


def test_of_many_who_create_one_document_at_once_one_wins(documents: Documents) -> None:
    outcomes = at_once([partial(documents.commit, [Create(A, {"by": n})]) for n in range(8)])
    winners = [n for n, outcome in enumerate(outcomes) if not isinstance(outcome, PreconditionFailed)]
    assert winners == [data(documents, A)["by"]]


def test_of_many_who_update_one_version_at_once_one_wins(documents: Documents) -> None:
    [version] = documents.commit([Create(A, {"by": -1})])
    outcomes = at_once(
        [partial(documents.commit, [Update(A, {"by": n}, version), Create(f"x/{n}", {})]) for n in range(8)]
    )
    winners = [n for n, outcome in enumerate(outcomes) if not isinstance(outcome, PreconditionFailed)]
    assert winners == [data(documents, A)["by"]]
    assert ids(documents, Query("x")) == [str(winners[0])]


# --- transactions


def test_transactions_that_count_up_lose_no_step(documents: Documents) -> None:
    documents.commit([Create(A, {"n": 0})])

    def step(reader: Reader) -> tuple[int, Sequence[DocumentWrite]]:
        found = reader.get(A)
        assert found is not None
        n = found.data["n"]
        assert isinstance(n, int)
        return n + 1, [Update(A, {"n": n + 1})]

    assert sorted(at_once([lambda: documents.transact(step)] * 2)) == [1, 2]
    assert data(documents, A) == {"n": 2}


def test_a_transaction_that_fails_writes_nothing(documents: Documents) -> None:
    def fail(reader: Reader) -> tuple[None, Sequence[DocumentWrite]]:
        raise LookupError("no")

    def refused(reader: Reader) -> tuple[None, Sequence[DocumentWrite]]:
        assert reader.get(B) is None
        return None, [Put(A, {}), Update(B, {"v": 1})]

    with pytest.raises(LookupError):
        documents.transact(fail)
    with pytest.raises(PreconditionFailed) as failure:
        documents.transact(refused)
    assert failure.value.path == B
    assert documents.get(A) is None


def test_a_transaction_that_writes_nothing_answers(documents: Documents) -> None:
    assert documents.transact(lambda reader: (reader.get(A), ())) is None


def test_many_documents_are_read_by_path_each_once(documents: Documents) -> None:
    documents.commit([Create(f"things/{n}", {"v": n}) for n in range(40)])
    paths = [f"things/{n}" for n in range(50)]
    found = documents.get_many([*paths, *paths])
    assert {path: document.data["v"] for path, document in found.items()} == {
        f"things/{n}": n for n in range(40)
    }
    assert documents.get_many([]) == {}
