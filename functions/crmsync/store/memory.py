"""The in-process twin of Firestore, for tests and for running without an emulator; data ends with the
process.
"""

import heapq
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import eq, ge, gt, le, lt
from typing import Any, Protocol

from crmsync.store.documents import (
    NAME,
    SERVER_TIME,
    Create,
    Delete,
    Document,
    DocumentWrite,
    Filter,
    PreconditionFailed,
    Put,
    Query,
    Reader,
    T,
    Update,
)
from crmsync.store.errors import TooLarge
from crmsync.store.limits import DOCUMENT_BYTES, check_query, check_writes, document_size
from crmsync.store.values import copied, rank, same, sort_key

_MISSING = object()
_COMPARE = {"<": lt, "<=": le, ">": gt, ">=": ge, "==": eq}


class Clock(Protocol):
    """Where the twin's server takes its time from."""

    def now(self) -> datetime:
        """The current time, timezone-aware."""
        ...


@dataclass(frozen=True, slots=True)
class _Entry:
    data: dict[str, Any]
    created_at: datetime
    updated_at: datetime

    @property
    def version(self) -> str:
        return self.updated_at.isoformat(timespec="microseconds").replace("+00:00", "Z")


class MemoryDocuments:
    """`Documents` in a dict, behind one lock. Commit times follow the clock but always advance."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._collections: dict[str, dict[str, _Entry]] = {}
        self._last = datetime.min.replace(tzinfo=UTC)

    def get(self, path: str) -> Document | None:
        """One document, or None."""
        with self._lock:
            entry = self._entry(path)
        return None if entry is None else _document(path, entry)

    def get_many(self, paths: Sequence[str]) -> Mapping[str, Document]:
        """Several documents by path; missing ones are left out."""
        with self._lock:
            entries = {path: self._entry(path) for path in paths}
        return {path: _document(path, entry) for path, entry in entries.items() if entry is not None}

    def query(self, query: Query) -> Sequence[Document]:
        """The documents that match, in order."""
        check_query(query)
        with self._lock:
            rows = self._rows(query)
            if query.limit is None:
                found = sorted(rows, reverse=query.descending)
            else:
                best = heapq.nlargest if query.descending else heapq.nsmallest
                found = best(query.limit, rows)
            # The lock is held for this: an entry is never changed in place, but a collection is.
            documents = self._collections.get(query.collection, {})
            return [_document(f"{query.collection}/{id}", documents[id]) for _, id in found]

    def count(self, query: Query) -> int:
        """How many match."""
        check_query(query)
        with self._lock:
            return sum(1 for _ in self._matching(query))

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        """Writes all or nothing."""
        check_writes(writes)
        with self._lock:
            for write in writes:
                self._check_precondition(write)
            now = self._tick()
            after = [(write, self._applied(write, now)) for write in writes]
            for write, entry in after:
                self._store(write.path, entry)
        return [entry.version if entry is not None else "" for _, entry in after]

    def transact(self, attempt: Callable[[Reader], tuple[T, Sequence[DocumentWrite]]]) -> T:
        """Reads and writes as if alone: under the lock."""
        with self._lock:
            result, writes = attempt(self)
            self.commit(writes)
        return result

    def _tick(self) -> datetime:
        self._last = max(self._clock.now().astimezone(UTC), self._last + timedelta(microseconds=1))
        return self._last

    def _entry(self, path: str) -> _Entry | None:
        collection, _, id = path.rpartition("/")
        return self._collections.get(collection, {}).get(id)

    def _store(self, path: str, entry: _Entry | None) -> None:
        collection, _, id = path.rpartition("/")
        documents = self._collections.setdefault(collection, {})
        if entry is None:
            documents.pop(id, None)
        else:
            documents[id] = entry

    def _check_precondition(self, write: DocumentWrite) -> None:
        entry = self._entry(write.path)
        if isinstance(write, Create):
            holds = entry is None
        elif isinstance(write, Update) and write.version is None:
            holds = entry is not None
        elif isinstance(write, Update | Delete) and write.version is not None:
            holds = entry is not None and entry.version == write.version
        else:
            holds = True
        if not holds:
            raise PreconditionFailed(write.path)

    def _applied(self, write: DocumentWrite, now: datetime) -> _Entry | None:
        """What the document becomes. Nothing is changed yet, so that a later write can still be refused."""
        if isinstance(write, Delete):
            return None
        before = self._entry(write.path)
        data = {} if before is None or isinstance(write, Create | Put) else copied(before.data)
        server_time = now.replace(microsecond=now.microsecond // 1000 * 1000)
        for key, value in write.data.items():
            target = data
            if isinstance(write, Update) and "." in key:
                outer, _, key = key.partition(".")
                if not isinstance(target.get(outer), dict):
                    target[outer] = {}
                target = target[outer]
            target[key] = server_time if value is SERVER_TIME else _stored(value)
        if document_size(write.path, data) > DOCUMENT_BYTES:
            raise TooLarge(f"a document above 1 MiB: {write.path}")
        if before is not None and same(before.data, data):
            return before
        return _Entry(data, now if before is None else before.created_at, now)

    def _matching(self, query: Query) -> Iterator[tuple[str, _Entry]]:
        tests = [_test(condition) for condition in query.filters]
        needed = [field for field in query.full_order if field != NAME]
        for id, entry in self._collections.get(query.collection, {}).items():
            data = entry.data
            if all(test(data) for test in tests) and all(_field(data, f) is not _MISSING for f in needed):
                yield id, entry

    def _rows(self, query: Query) -> Iterator[tuple[tuple[Any, ...], str]]:
        """Sort key and id of the documents that match, beyond the position."""
        order = query.full_order
        position = tuple(sort_key(value) for value in query.start_after)
        for id, entry in self._matching(query):
            key = tuple(sort_key(id if f == NAME else _field(entry.data, f)) for f in order)
            passed = key[: len(position)]
            if not position or (passed < position if query.descending else passed > position):
                yield key, id


def _document(path: str, entry: _Entry) -> Document:
    return Document(path, copied(entry.data), entry.version, entry.created_at, entry.updated_at)


def _stored(value: Any) -> Any:
    """A copy, as the server would hold it: times in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, dict):
        return {key: _stored(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_stored(item) for item in value]
    return value


def _field(data: Mapping[str, Any], name: str) -> Any:
    if "." not in name:
        return data.get(name, _MISSING)
    outer, _, inner = name.partition(".")
    within = data.get(outer)
    return within.get(inner, _MISSING) if isinstance(within, dict) else _MISSING


def _test(condition: Filter) -> Callable[[Mapping[str, Any]], bool]:
    name, op, value = condition.field, condition.op, condition.value
    if op in ("in", "array_contains_any"):
        wanted = {sort_key(item) for item in value}
        if op == "in":
            return lambda data: (got := _field(data, name)) is not _MISSING and sort_key(got) in wanted
        return lambda data: any(sort_key(item) in wanted for item in _items(data, name))
    key = sort_key(value)
    if op == "array_contains":
        return lambda data: any(sort_key(item) == key for item in _items(data, name))
    compare = _COMPARE[op]
    kind = rank(value)

    def holds(data: Mapping[str, Any]) -> bool:
        got = _field(data, name)
        return got is not _MISSING and rank(got) == kind and bool(compare(sort_key(got), key))

    return holds


def _items(data: Mapping[str, Any], name: str) -> list[Any]:
    got = _field(data, name)
    return got if isinstance(got, list) else []
