"""The in-process twin of Firestore, for tests and for running without an emulator.

Its data ends with the process.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Protocol

from crmsync.store.documents.limits import DOCUMENT_BYTES, check_query, check_writes, document_size
from crmsync.store.documents.memory_collection import Collection, Entry
from crmsync.store.documents.port import (
    SERVER_TIME,
    Create,
    Delete,
    Document,
    DocumentWrite,
    PreconditionFailed,
    Put,
    Query,
    Reader,
    T,
    Update,
    Value,
)
from crmsync.store.documents.values import copied, same
from crmsync.store.errors import TooLarge


class Clock(Protocol):
    """Where the twin's server takes its time from."""

    def now(self) -> datetime:
        """The current time, timezone-aware."""
        ...


class MemoryDocuments:
    """`Documents` in a dict, behind one lock. Commit times follow the clock but always advance.

    `crmsync.store.documents.file` keeps them in a file besides.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._collections: dict[str, Collection] = {}
        self._last = datetime.min.replace(tzinfo=UTC)

    def get(self, path: str) -> Document | None:
        """One document, or None."""
        with self._reading():
            entry = self._entry(path)
        return None if entry is None else _document(path, entry)

    def get_many(self, paths: Sequence[str]) -> Mapping[str, Document]:
        """Several documents by path; missing ones are left out."""
        with self._reading():
            entries = {path: self._entry(path) for path in paths}
        return {path: _document(path, entry) for path, entry in entries.items() if entry is not None}

    def query(self, query: Query) -> Sequence[Document]:
        """The documents that match, in order."""
        check_query(query)
        with self._reading():
            collection = self._collections.get(query.collection)
            if collection is None:
                return []
            ids = islice(collection.matching(query), query.limit)
            found = [(f"{query.collection}/{id}", collection.entries[id]) for id in ids]
        return [_document(path, entry) for path, entry in found]

    def count(self, query: Query) -> int:
        """How many match."""
        check_query(query)
        with self._reading():
            collection = self._collections.get(query.collection)
            return 0 if collection is None else sum(1 for _ in collection.matching(query))

    def beneath(self, path: str, after: str | None, limit: int) -> Sequence[str]:
        """Paths of documents beneath a document."""
        beyond = [] if after is None else after.split("/")
        with self._reading():
            found = [
                [*name.split("/"), id]
                for name, collection in self._collections.items()
                if name.startswith(f"{path}/")
                for id in collection.entries
            ]
        return ["/".join(each) for each in sorted(found) if each > beyond][:limit]

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        """Writes all or nothing."""
        sizes = check_writes(writes).documents
        with self._writing():
            for write in writes:
                self._check_precondition(write)
            now = self._tick()
            entries = [self._applied(write, size, now) for write, size in zip(writes, sizes, strict=True)]
            become = {write.path: entry for write, entry in zip(writes, entries, strict=True)}
            self._keep(become)
            for path, entry in become.items():
                self._store(path, entry)
        return [entry.version if entry is not None else "" for entry in entries]

    def transact(self, attempt: Callable[[Reader], tuple[T, Sequence[DocumentWrite]]]) -> T:
        """Reads and writes as if alone: under the lock."""
        with self._writing():
            result, writes = attempt(self)
            self.commit(writes)
        return result

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Alone with a state that holds whatever was committed before."""
        with self._lock:
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Alone, until what is kept inside is committed. May be entered again inside."""
        with self._lock:
            yield

    def _keep(self, become: Mapping[str, Entry | None]) -> None:
        """Called inside of `_writing` with what documents become, before anybody can see it."""

    def _store(self, path: str, entry: Entry | None) -> None:
        collection, _, id = path.rpartition("/")
        self._collections.setdefault(collection, Collection()).store(id, entry)

    def _tick(self) -> datetime:
        self._last = max(self._clock.now().astimezone(UTC), self._last + timedelta(microseconds=1))
        return self._last

    def _entry(self, path: str) -> Entry | None:
        collection, _, id = path.rpartition("/")
        found = self._collections.get(collection)
        return None if found is None else found.entries.get(id)

    def _check_precondition(self, write: DocumentWrite) -> None:
        entry = self._entry(write.path)
        if isinstance(write, Create):
            holds = entry is None
        elif isinstance(write, Update | Delete) and write.version is not None:
            holds = entry is not None and entry.version == write.version
        else:
            holds = entry is not None or not isinstance(write, Update)
        if not holds:
            raise PreconditionFailed(write.path)

    def _applied(self, write: DocumentWrite, size: int, now: datetime) -> Entry | None:
        """What the document becomes. Nothing is changed yet, so that a later write can still be refused."""
        if isinstance(write, Delete):
            return None
        before = self._entry(write.path)
        kept = None if isinstance(write, Create | Put) else before
        data = {} if kept is None else copied(kept.data)
        server_time = now.replace(microsecond=now.microsecond // 1000 * 1000)
        for key, value in write.data.items():
            stored = server_time if value is SERVER_TIME else _stored(value)
            outer, _, inner = key.partition(".") if isinstance(write, Update) else (key, "", "")
            if inner:
                within = data.get(outer)
                data[outer] = {**(within if isinstance(within, dict) else {}), inner: stored}
            else:
                data[key] = stored
        size += 0 if kept is None else kept.size
        if size > DOCUMENT_BYTES and (size := document_size(write.path, data)) > DOCUMENT_BYTES:
            raise TooLarge(f"a document above 1 MiB: {write.path}")
        if before is not None and same(before.data, data):
            return before
        return Entry(data, now if before is None else before.created_at, now, size)


def _document(path: str, entry: Entry) -> Document:
    return Document(path, copied(entry.data), entry.version, entry.created_at, entry.updated_at)


def _stored(value: Value) -> Value:
    """A copy, as the server would hold it: times in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, dict):
        return {key: _stored(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_stored(item) for item in value]
    return value
