"""Counts what a piece of work costs in Firestore, for benchmarks and tests."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from crmsync.store.documents.port import Delete, Document, Documents, DocumentWrite, Query, Reader, T


@dataclass(slots=True)
class Meter:
    """Counts since the last reset.

    reads: documents answered by queries or asked for by id (absent ones too, as Firestore bills them). writes
    and deletes: documents, of commits that went through. queries, counts, commits: calls.
    """

    reads: int = 0
    writes: int = 0
    deletes: int = 0
    queries: int = 0
    counts: int = 0
    commits: int = 0


@dataclass(slots=True)
class MeteredDocuments:
    """Documents that count what passes through.

    `used` answers the counts so far, `reset` starts again from zero.
    """

    inner: Documents
    _meter: Meter = field(default_factory=Meter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def used(self) -> Meter:
        """A copy of the counts."""
        with self._lock:
            return replace(self._meter)

    def reset(self) -> Meter:
        """The counts so far; from here on counting starts at zero."""
        with self._lock:
            before, self._meter = self._meter, Meter()
        return before

    def get(self, path: str) -> Document | None:
        """One document, or None."""
        self._count(reads=1)
        return self.inner.get(path)

    def get_many(self, paths: Sequence[str]) -> Mapping[str, Document]:
        """Several documents by path; missing ones are left out."""
        self._count(reads=len(set(paths)))
        return self.inner.get_many(paths)

    def query(self, query: Query) -> Sequence[Document]:
        """The documents that match, in order."""
        found = self.inner.query(query)
        self._count(queries=1, reads=len(found))
        return found

    def count(self, query: Query) -> int:
        """How many match."""
        self._count(counts=1)
        return self.inner.count(query)

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        """Writes all or nothing."""
        versions = self.inner.commit(writes)
        self._count_commit(writes)
        return versions

    def transact(self, attempt: Callable[[Reader], tuple[T, Sequence[DocumentWrite]]]) -> T:
        """Reads and writes as if alone."""
        last: Sequence[DocumentWrite] = ()

        def counted(reader: Reader) -> tuple[T, Sequence[DocumentWrite]]:
            nonlocal last
            result, last = attempt(_MeteredReader(reader, self))
            return result, last

        result = self.inner.transact(counted)
        self._count_commit(last)
        return result

    def _count_commit(self, writes: Sequence[DocumentWrite]) -> None:
        deletes = sum(isinstance(write, Delete) for write in writes)
        self._count(commits=1, deletes=deletes, writes=len(writes) - deletes)

    def _count(self, **counts: int) -> None:
        with self._lock:
            for name, count in counts.items():
                setattr(self._meter, name, getattr(self._meter, name) + count)


@dataclass(frozen=True, slots=True)
class _MeteredReader:
    inner: Reader
    meter: MeteredDocuments

    def get(self, path: str) -> Document | None:
        self.meter._count(reads=1)
        return self.inner.get(path)
