"""What every adapter of `Documents` answers to queries, as Firestore does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmsync.store.documents.port import NAME, Create, Delete, Documents, Filter, Put, Query, Value


def ids(documents: Documents, query: Query) -> list[str]:
    return [document.id for document in documents.query(query)]


def fill(documents: Documents, **values: Any) -> None:
    documents.commit(
        [Create(f"things/{id}", {"v": value, "n": n}) for n, (id, value) in enumerate(values.items())]
    )


def test_values_are_ordered_by_type_then_value(documents: Documents) -> None:
    time = datetime(2026, 1, 1, tzinfo=UTC)
    ordered: list[Value] = [
        *(None, False, True, -3, 0.5, 1, time, time + timedelta(microseconds=1)),
        *("", "B", "a", "a\x01", "a b", "ab", "é", "\ue000", "\uff21", "🙂"),
    ]
    ordered += [b"", b"a", [], [1], [1, 2], ["a"], {}, {"a": 1}, {"b": 0}]
    documents.commit([Create(f"things/{n * 7 % 31:02}", {"v": v}) for n, v in enumerate(ordered)])
    assert [d.data["v"] for d in documents.query(Query("things", order=("v",)))] == ordered
    backwards = documents.query(Query("things", order=("v",), descending=True, limit=4))
    assert [d.data["v"] for d in backwards] == ordered[:-5:-1]


def test_ties_are_broken_by_id_in_the_direction_of_the_order(documents: Documents) -> None:
    fill(documents, b=1, c=0, a=1)
    assert ids(documents, Query("things", order=("v",))) == ["c", "a", "b"]
    assert ids(documents, Query("things", order=("v",), descending=True)) == ["b", "a", "c"]


def test_documents_without_the_field_are_not_found(documents: Documents) -> None:
    fill(documents, a=1, b=None)
    documents.commit([Create("things/c", {"w": {"x": 1}})])
    assert ids(documents, Query("things", order=("v",))) == ["b", "a"]
    assert ids(documents, Query("things", (Filter("v", "==", None),))) == ["b"]
    assert ids(documents, Query("things", (Filter("v", "<=", 5),))) == ["a"]
    assert ids(documents, Query("things", (Filter("w.x", "==", 1),))) == ["c"]
    assert ids(documents, Query("things")) == ["a", "b", "c"]
    assert ids(documents, Query("nothing")) == []


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (Filter("v", "==", 2), ["b", "bb"]),
        (Filter("v", "<", 2), ["a"]),
        (Filter("v", "<=", 2), ["a", "b", "bb"]),
        (Filter("v", ">", 1), ["b", "bb", "c"]),
        (Filter("v", ">=", 2), ["b", "bb", "c"]),
        (Filter("v", "in", [1, 3, "t", 9]), ["a", "c", "t"]),
        (Filter("v", "array_contains", "x"), ["l", "m"]),
        (Filter("v", "array_contains_any", ["y", "x", "q"]), ["l", "m"]),
    ],
    ids=lambda value: f"{value.op} {value.value!r}" if isinstance(value, Filter) else None,
)
def test_a_filter_finds_what_it_says(documents: Documents, condition: Filter, found: list[str]) -> None:
    fill(documents, a=1, b=2, bb=2.0, c=3, t="t", l=["x"], m=["x", "y"])
    order = () if condition.op in ("<", "<=", ">", ">=") else (NAME,)
    assert ids(documents, Query("things", (condition,), order)) == found
    assert documents.count(Query("things", (condition,))) == len(found)


def test_filters_are_joined_by_and(documents: Documents) -> None:
    fill(documents, a=["x"], b=["x"], c=["y"], d=["x"])
    filters = (Filter("v", "array_contains", "x"), Filter("n", "in", [1, 2, 3]), Filter("n", ">", 1))
    assert ids(documents, Query("things", filters)) == ["d"]


def test_a_range_on_one_field_goes_with_an_order_by_another(documents: Documents) -> None:
    documents.commit([Create(f"things/{n:02}", {"s": f"{n * 7 % 20:02}", "r": n % 5}) for n in range(20)])
    everything = Query("things", (Filter("r", ">", 1),), ("s",))
    names = [d.data["s"] for d in documents.query(everything)]
    assert names == sorted(f"{n * 7 % 20:02}" for n in range(20) if n % 5 > 1)
    after = Query("things", (Filter("r", ">", 1),), ("s",), start_after=(names[3],), limit=2)
    assert [d.data["s"] for d in documents.query(after)] == names[4:6]


@pytest.mark.parametrize("descending", [False, True])
def test_pages_cover_everything_once_up_to_the_last(documents: Documents, descending: bool) -> None:
    documents.commit([Create(f"things/{n:02}", {"v": n // 3}) for n in range(23)])
    seen: list[str] = []
    start: tuple[Any, ...] = ()
    while page := documents.query(
        Query("things", order=("v",), descending=descending, start_after=start, limit=5)
    ):
        seen += [document.id for document in page]
        start = (page[-1].data["v"], page[-1].id)
    assert seen == sorted(seen, reverse=descending)
    assert len(seen) == 23


def test_a_position_of_the_first_field_alone_passes_all_that_are_equal(documents: Documents) -> None:
    fill(documents, a=1, b=1, c=2)
    assert ids(documents, Query("things", order=("v",), start_after=(1,))) == ["c"]


def test_a_collection_holds_its_own_documents_only(documents: Documents) -> None:
    documents.commit(
        [Put("things/a/parts/p", {"v": 1}), Put("things/b/parts/q", {"v": 1}), Put("things/b", {"v": 1})]
    )
    assert ids(documents, Query("things/a/parts")) == ["p"]
    assert ids(documents, Query("things")) == ["b"]


@pytest.mark.parametrize(
    "filters",
    [
        (Filter("v", "in", [str(n) for n in range(31)]),),
        (Filter("v", "in", []),),
        (Filter("v", "array_contains", "a"), Filter("w", "array_contains", "b")),
        (Filter("v", "array_contains", "a"), Filter("w", "array_contains_any", ["b"])),
    ],
    ids=["31 alternatives", "none", "two lists", "two lists, one of several"],
)
def test_a_query_that_firestore_would_refuse_is_refused(
    documents: Documents, filters: tuple[Filter, ...]
) -> None:
    with pytest.raises(ValueError, match=r"array_contains|takes 1 to 30"):
        documents.query(Query("things", filters))


def test_all_that_lies_beneath_a_document_is_found_whatever_its_collection(documents: Documents) -> None:
    beneath = ["t/a/b-c/1", "t/a/b/1", "t/a/b/1/deep/x", "t/a/b/2", "t/a/none/there/c/1"]
    beside = ["t/a", "t/a b/b/1", "t/ab/b/1", "u/a/b/1"]
    for path in [*beside, *beneath]:
        documents.commit([Put(path, {"n": 1})])
    found = list(documents.beneath("t/a", None, 100))
    assert sorted(found) == sorted(beneath)
    assert documents.beneath("t/a", None, 2) == found[:2]
    assert documents.beneath("t/a/none/there", None, 9) == ["t/a/none/there/c/1"]
    assert documents.beneath("t/nobody", None, 9) == []
    documents.commit([Delete(path) for path in found[:2]])
    assert documents.beneath("t/a", found[1], 2) == found[2:4]
    assert documents.beneath("t/a", found[-1], 9) == []
    documents.commit([Delete(path) for path in found[2:]])
    assert documents.beneath("t/a", None, 9) == []
    assert documents.get("t/a") is not None
