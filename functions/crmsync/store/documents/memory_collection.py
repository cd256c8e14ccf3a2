"""One collection of the in-process twin, with the indexes that its queries turn out to need.

An index is made at the first query that wants it and kept up with every write, so that a page of a large
collection costs what the page holds, as in Firestore.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from operator import ge, gt, le, lt
from typing import Final

from crmsync.store.documents.port import NAME, Fields, Filter, Query, Value
from crmsync.store.documents.values import Key, rank, sort_key


class _Absent(Enum):
    """Stands for the value of a field that a document lacks."""

    MISSING = "missing"


_MISSING: Final = _Absent.MISSING
_COMPARE = {"<": lt, "<=": le, ">": gt, ">=": ge}
_FEW = 500

Row = tuple[tuple[Key, ...], str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored document. It is replaced, never changed in place. size: at most so many bytes."""

    data: dict[str, Value]
    created_at: datetime
    updated_at: datetime
    size: int

    @property
    def version(self) -> str:
        """The update time as text."""
        return self.updated_at.isoformat(timespec="microseconds").replace("+00:00", "Z")


class Collection:
    """Documents by id. Not safe for threads by itself."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self._sorted: dict[tuple[str, ...], list[Row]] = {}
        self._holders: dict[tuple[str, bool], dict[Key, set[str]]] = {}

    def store(self, id: str, entry: Entry | None) -> None:
        """Replaces a document, or deletes it (None)."""
        before = self.entries.pop(id, None)
        if entry is not None:
            self.entries[id] = entry
        for order, rows in self._sorted.items():
            old, new = (None if e is None else _row(id, e.data, order) for e in (before, entry))
            if old != new:
                if old is not None:
                    del rows[bisect_left(rows, old)]
                if new is not None:
                    insort(rows, new)
        for (field, listed), holders in self._holders.items():
            for key in _keys(before, field, listed):
                holders[key].discard(id)
            for key in _keys(entry, field, listed):
                holders.setdefault(key, set()).add(id)

    def matching(self, query: Query) -> Iterator[str]:
        """Ids of the documents that match, in order, beyond the position; `limit` is not considered."""
        tests = [_test(condition) for condition in query.filters]
        for id in self._beyond(query):
            data = self.entries[id].data
            if all(test(data) for test in tests):
                yield id

    def _beyond(self, query: Query) -> Iterator[str]:
        """Ids in order, beyond the position: of all documents, or of the few that one filter leaves."""
        order = query.full_order
        few = self._few(query)
        if few is None:
            if order not in self._sorted:
                self._sorted[order] = _rows(self.entries, order)
            rows = self._sorted[order]
        else:
            rows = _rows({id: self.entries[id] for id in few}, order)
        position = tuple(sort_key(value) for value in query.start_after)
        length = len(position)
        if query.descending:
            end = bisect_left(rows, position, key=lambda row: row[0][:length]) if length else len(rows)
            return (rows[n][1] for n in range(end - 1, -1, -1))
        start = bisect_right(rows, position, key=lambda row: row[0][:length]) if length else 0
        return (rows[n][1] for n in range(start, len(rows)))

    def _few(self, query: Query) -> set[str] | None:
        """The ids that the best filter for a value leaves, when they are few."""
        holdings = [self._holding(c) for c in query.filters if c.op not in _COMPARE]
        fewest = min(holdings, key=lambda sets: sum(map(len, sets)), default=None)
        if fewest is None or sum(map(len, fewest)) > _FEW:
            return None
        return set().union(*fewest)

    def _holding(self, condition: Filter) -> list[set[str]]:
        """The ids of the documents that have each of the filter's values."""
        listed = condition.op.startswith("array")
        index = (condition.field, listed)
        if index not in self._holders:
            holders: dict[Key, set[str]] = {}
            for id, entry in self.entries.items():
                for key in _keys(entry, *index):
                    holders.setdefault(key, set()).add(id)
            self._holders[index] = holders
        return [self._holders[index].get(sort_key(value), set()) for value in condition.values]


def _rows(entries: Mapping[str, Entry], order: tuple[str, ...]) -> list[Row]:
    rows = (_row(id, entry.data, order) for id, entry in entries.items())
    return sorted(row for row in rows if row is not None)


def _row(id: str, data: Fields, order: tuple[str, ...]) -> Row | None:
    """The document's place in an order; None when it lacks a field of it."""
    keys: list[Key] = []
    for field in order:
        value = id if field == NAME else _field(data, field)
        if value is _MISSING:
            return None
        keys.append(sort_key(value))
    return tuple(keys), id


def _keys(entry: Entry | None, field: str, listed: bool) -> set[Key]:
    """The values under which an entry is found: of the field, or of the items of the list that it is."""
    if entry is None:
        return set()
    value = _field(entry.data, field)
    if listed:
        return {sort_key(item) for item in value} if isinstance(value, list) else set()
    return set() if value is _MISSING else {sort_key(value)}


def _field(data: Fields, name: str) -> Value | _Absent:
    if "." not in name:
        return data.get(name, _MISSING)
    outer, _, inner = name.partition(".")
    within = data.get(outer)
    return within.get(inner, _MISSING) if isinstance(within, dict) else _MISSING


def _test(condition: Filter) -> Callable[[Fields], bool]:
    name, op, value = condition.field, condition.op, condition.value
    if op in _COMPARE:
        compare, key, kind = _COMPARE[op], sort_key(value), rank(value)

        def compares(data: Fields) -> bool:
            got = _field(data, name)
            return got is not _MISSING and rank(got) == kind and bool(compare(sort_key(got), key))

        return compares
    wanted = {sort_key(item) for item in condition.values}
    if op in ("==", "in"):
        return lambda data: (got := _field(data, name)) is not _MISSING and sort_key(got) in wanted

    def holds(data: Fields) -> bool:
        got = _field(data, name)
        return isinstance(got, list) and any(sort_key(item) in wanted for item in got)

    return holds
