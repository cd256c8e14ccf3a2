"""Documents that tell what passes through, as Firestore bills it."""

from collections.abc import Callable, Mapping, Sequence

from crmsync.store.documents.port import Delete, Document, Documents, DocumentWrite, Query, Reader, T


class CountedDocuments:
    """Passes everything on to `inner`, and tells `count` of it by name.

    reads: documents answered by queries or asked for by id (absent ones too, as Firestore bills them). writes
    and deletes: documents, of commits that went through. queries, counts, commits: calls.
    """

    def __init__(self, inner: Documents, count: Callable[[Mapping[str, int]], None]) -> None:
        self.inner = inner
        self._count = count

    def get(self, path: str) -> Document | None:
        """One document, or None."""
        self._count({"reads": 1})
        return self.inner.get(path)

    def get_many(self, paths: Sequence[str]) -> Mapping[str, Document]:
        """Several documents by path; missing ones are left out."""
        self._count({"reads": len(set(paths))})
        return self.inner.get_many(paths)

    def query(self, query: Query) -> Sequence[Document]:
        """The documents that match, in order."""
        found = self.inner.query(query)
        self._count({"queries": 1, "reads": len(found)})
        return found

    def count(self, query: Query) -> int:
        """How many match."""
        self._count({"counts": 1})
        return self.inner.count(query)

    def beneath(self, path: str, after: str | None, limit: int) -> Sequence[str]:
        """Paths of documents beneath a document."""
        found = self.inner.beneath(path, after, limit)
        self._count({"queries": 1, "reads": len(found)})
        return found

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
            result, last = attempt(_CountedReader(reader, self._count))
            return result, last

        result = self.inner.transact(counted)
        self._count_commit(last)
        return result

    def _count_commit(self, writes: Sequence[DocumentWrite]) -> None:
        deletes = sum(isinstance(write, Delete) for write in writes)
        self._count({"commits": 1, "deletes": deletes, "writes": len(writes) - deletes})


class _CountedReader:
    def __init__(self, inner: Reader, count: Callable[[Mapping[str, int]], None]) -> None:
        self._inner = inner
        self._count = count

    def get(self, path: str) -> Document | None:
        self._count({"reads": 1})
        return self._inner.get(path)
