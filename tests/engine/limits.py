"""Documents that hold what the engine promises of its commits: Firestore's limits, and units in one piece."""

from collections.abc import Sequence
from typing import Any

from crmsync.store.documents.counted import CountedDocuments
from crmsync.store.documents.limits import DOCUMENT_BYTES, REQUEST_BYTES, check_writes
from crmsync.store.documents.memory import MemoryDocuments
from crmsync.store.documents.port import Delete, DocumentWrite
from crmsync.store.encoding import paths
from crmsync.store.errors import TooLarge
from local.google.clock import Clock


class WatchedDocuments(CountedDocuments):
    """Documents in memory that look at each commit which went through. commits: what each
    wrote, as paths below the user's. refused: how many were too large.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(MemoryDocuments(clock), lambda counts: None)
        self.commits: list[set[str]] = []
        self.refused = 0

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        """Writes all or nothing, and holds that this is what may be written together."""
        try:
            versions = super().commit(writes)
        except TooLarge:
            self.refused += 1
            raise
        sizes = check_writes(writes)
        assert sizes.request <= REQUEST_BYTES
        assert max(sizes.documents) <= DOCUMENT_BYTES
        written = {write.path.partition("/")[2].partition("/")[2] for write in writes}
        _hold_whole(writes, written)
        self.commits.append(written)
        return versions


def _hold_whole(writes: Sequence[DocumentWrite], written: set[str]) -> None:
    """What the journal tells of a record is in the commit of the record, its link or its row; what goes into
    the archive goes with its link.
    """
    for change in _changes(writes):
        crm, key = paths.segment(change["crm"] or "-"), paths.segment(change["key"] or "-")
        record = {f"contacts/{crm}", f"appointments/{crm}"} & written
        link = {f"links/{key}", f"candidates/{key}"} & written
        assert record or link, change["action"]
        if change["action"] in ("archive_local", "import", "archive"):
            assert record, change["action"]
            assert link, change["action"]


def _changes(writes: Sequence[DocumentWrite]) -> list[Any]:
    journal = (write.data for write in writes if "/journal/" in write.path and not isinstance(write, Delete))
    return [change for data in journal for change in _listed(data["changes"])]


def _listed(changes: Any) -> list[Any]:
    assert isinstance(changes, list)
    return changes
