"""What runs leave behind: intents, conflicts, holds, the journal, import runs."""

from collections.abc import Sequence
from datetime import datetime

from crmsync.core.account import ImportRun
from crmsync.core.journal import Conflict, Hold, JournalEntry
from crmsync.core.state import Intent
from crmsync.store.documents.port import Delete, Filter, Query
from crmsync.store.encoding import paths, shapes
from crmsync.store.encoding.paths import CANDIDATES, CONFLICTS, HOLDS, IMPORTS, INTENTS, JOURNAL, LINKS, SHEET
from crmsync.store.parts.reading import Part, position, read_moment

_DELETED_AT_ONCE = 400
_OF_ONE_ACCOUNT = (LINKS, CANDIDATES, SHEET, INTENTS, CONFLICTS, HOLDS)


class Trail(Part):
    """Reads of what runs leave behind, and its removal for another Google account."""

    def intents(self, uid: str) -> Sequence[Intent]:
        """Creates in doubt."""
        return [shapes.intent_from(d) for d in self._all(Query(paths.collection(uid, INTENTS)))]

    def conflicts(self, uid: str, after: str | None, limit: int) -> Sequence[Conflict]:
        """Values that lost a merge, in id order."""
        page = self._by_id(Query(paths.collection(uid, CONFLICTS)), after, limit)
        return [shapes.identified(Conflict, document) for document in page]

    def conflict(self, uid: str, id: str) -> Conflict | None:
        """One value that lost a merge."""
        document = self._one(uid, CONFLICTS, id)
        return None if document is None else shapes.identified(Conflict, document)

    def holds(self, uid: str) -> Sequence[Hold]:
        """Deletions that wait."""
        found = self._all(Query(paths.collection(uid, HOLDS)))
        return [shapes.identified(Hold, document) for document in found]

    def count_conflicts(self, uid: str) -> int:
        """How many conflicts there are."""
        return self._documents.count(Query(paths.collection(uid, CONFLICTS)))

    def journal(
        self, uid: str, *, crm: str | None, run: str | None, after: str | None, limit: int
    ) -> tuple[Sequence[JournalEntry], str | None]:
        """Journal entries, newest first, and the next position."""
        filters = []
        if crm is not None:
            filters.append(Filter("crms", "array_contains", crm))
        if run is not None:
            filters.append(Filter("run", "==", run))
        start = () if after is None else read_moment(after)
        query = Query(paths.collection(uid, JOURNAL), tuple(filters), ("at",), True, start, limit + 1)
        found = self._documents.query(query)
        entries = [shapes.journal_from(document) for document in found[:limit]]
        if len(found) <= limit:
            return entries, None
        return entries, position(f"{entries[-1].at.isoformat()} {found[limit - 1].id}")

    def import_run(self, uid: str, id: str) -> ImportRun | None:
        """One import run."""
        document = self._one(uid, IMPORTS, id)
        return None if document is None else shapes.identified(ImportRun, document)

    def import_runs(
        self, uid: str, since: datetime, after: str | None, limit: int
    ) -> tuple[Sequence[ImportRun], str | None]:
        """Import runs made since then, newest first, and the next position."""
        start = () if after is None else read_moment(after)
        filters = (Filter("created_at", ">=", since),)
        query = Query(paths.collection(uid, IMPORTS), filters, ("created_at",), True, start, limit + 1)
        found = self._documents.query(query)
        runs = [shapes.identified(ImportRun, document) for document in found[:limit]]
        if len(found) <= limit:
            return runs, None
        last = found[limit - 1]
        return runs, position(f"{last.data['created_at'].isoformat()} {last.id}")

    def clear_sync_state(self, uid: str) -> None:
        """Deletes links, candidates, intents, conflicts and holds, some hundred a commit."""
        for name in _OF_ONE_ACCOUNT:
            query = Query(paths.collection(uid, name), limit=_DELETED_AT_ONCE)
            while page := self._documents.query(query):
                self._documents.commit([Delete(document.path) for document in page])
        self._directories.forget(uid)
