"""What runs leave behind: intents, conflicts, holds, the journal, import runs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from crmsync.core.account import ImportRun
from crmsync.core.chunks import chunks
from crmsync.core.doubles import Double
from crmsync.core.journal import Conflict, Hold, JournalEntry
from crmsync.core.scope import Scope
from crmsync.core.state import Intent
from crmsync.store.documents.port import (
    ALTERNATIVES,
    SERVER_TIME,
    Delete,
    Filter,
    PreconditionFailed,
    Query,
    Update,
)
from crmsync.store.encoding import paths, shapes
from crmsync.store.encoding.paths import (
    CANDIDATES,
    CONFLICTS,
    DOUBLES,
    HOLDS,
    IMPORTS,
    INTENTS,
    JOURNAL,
    LINKS,
    SHEET,
)
from crmsync.store.errors import StoreUnavailable, Superseded
from crmsync.store.parts.reading import Part, by_original_id, position, read_moment

_DELETED_AT_ONCE = 400
_ATTEMPTS = 10
_OF_ONE_ACCOUNT = (CANDIDATES, SHEET, LINKS, INTENTS, CONFLICTS, HOLDS)
"""Rows of the sheet come first: an import at work adds no link any more once its row is gone."""


class Trail(Part):
    """Reads of what runs leave behind, and its removal for another Google account."""

    def intents(self, scope: Scope) -> Sequence[Intent]:
        """Creates in doubt."""
        return [shapes.intent_from(d) for d in self._all(Query(paths.collection(scope, INTENTS)))]

    def conflicts(self, scope: Scope, after: str | None, limit: int) -> Sequence[Conflict]:
        """Values that lost a merge, in id order."""
        page = self._by_id(Query(paths.collection(scope, CONFLICTS)), after, limit)
        return [shapes.identified(Conflict, document) for document in page]

    def conflict(self, scope: Scope, id: str) -> Conflict | None:
        """One value that lost a merge."""
        document = self._one(scope, CONFLICTS, id)
        return None if document is None else shapes.identified(Conflict, document)

    def holds(self, scope: Scope) -> Sequence[Hold]:
        """Deletions that wait."""
        found = self._all(Query(paths.collection(scope, HOLDS)))
        return [shapes.identified(Hold, document) for document in found]

    def doubles(self, scope: Scope, ids: Sequence[str]) -> Mapping[str, Double]:
        """What is remembered of pairs of contacts, by id."""
        return by_original_id(self._several(scope, DOUBLES, ids), shapes.double_from)

    def doubles_of(self, scope: Scope, crm_ids: Sequence[str]) -> Sequence[Double]:
        """What is remembered of pairs to which any of these contacts belongs."""
        return self._doubles_with(scope, "crms", crm_ids)

    def doubles_awaited(self, scope: Scope, match_keys: Sequence[str]) -> Sequence[Double]:
        """Pairs of which the one that is held back has any of these match keys."""
        return self._doubles_with(scope, "keys", match_keys)

    def _doubles_with(self, scope: Scope, field: str, values: Sequence[str]) -> Sequence[Double]:
        found: dict[str, Double] = {}
        for some in chunks(list(dict.fromkeys(values)), ALTERNATIVES):
            filters = (Filter(field, "array_contains_any", list(some)),)
            for document in self._all(Query(paths.collection(scope, DOUBLES), filters)):
                found[document.id] = shapes.double_from(document)
        return list(found.values())

    def doubles_in(
        self, scope: Scope, state: Literal["asked", "different", "merged"], after: str | None, limit: int
    ) -> Sequence[Double]:
        """Pairs in this state, in id order."""
        query = Query(paths.collection(scope, DOUBLES), (Filter("state", "==", state),))
        return [shapes.double_from(document) for document in self._by_id(query, after, limit)]

    def all_doubles(self, scope: Scope, after: str | None, limit: int) -> Sequence[Double]:
        """What is remembered of pairs, in id order."""
        page = self._by_id(Query(paths.collection(scope, DOUBLES)), after, limit)
        return [shapes.double_from(document) for document in page]

    def count_doubles(self, scope: Scope) -> int:
        """How many pairs wait for an answer."""
        return self._documents.count(
            Query(paths.collection(scope, DOUBLES), (Filter("state", "==", "asked"),))
        )

    def count_conflicts(self, scope: Scope) -> int:
        """How many conflicts there are."""
        return self._documents.count(Query(paths.collection(scope, CONFLICTS)))

    def journal(
        self, scope: Scope, *, crm: str | None, run: str | None, after: str | None, limit: int
    ) -> tuple[Sequence[JournalEntry], str | None]:
        """Journal entries, newest first, and the next position."""
        filters = []
        if crm is not None:
            filters.append(Filter("crms", "array_contains", crm))
        if run is not None:
            filters.append(Filter("run", "==", run))
        start = () if after is None else read_moment(after)
        query = Query(paths.collection(scope, JOURNAL), tuple(filters), ("at",), True, start, limit + 1)
        found = self._documents.query(query)
        entries = [shapes.journal_from(document) for document in found[:limit]]
        if len(found) <= limit:
            return entries, None
        return entries, position(f"{entries[-1].at.isoformat()} {found[limit - 1].id}")

    def import_run(self, scope: Scope, id: str) -> ImportRun | None:
        """One import run."""
        document = self._one(scope, IMPORTS, id)
        return None if document is None else shapes.identified(ImportRun, document)

    def import_runs(
        self, scope: Scope, since: datetime, after: str | None, limit: int
    ) -> tuple[Sequence[ImportRun], str | None]:
        """Import runs made since then, newest first, and the next position."""
        start = () if after is None else read_moment(after)
        filters = (Filter("created_at", ">=", since),)
        query = Query(paths.collection(scope, IMPORTS), filters, ("created_at",), True, start, limit + 1)
        found = self._documents.query(query)
        runs = [shapes.identified(ImportRun, document) for document in found[:limit]]
        if len(found) <= limit:
            return runs, None
        made = runs[-1].created_at
        assert made is not None  # The list is ordered by it.
        return runs, position(f"{made.isoformat()} {found[limit - 1].id}")

    def clear_sync_state(self, scope: Scope, generation: int) -> None:
        """Deletes links, candidates, intents, conflicts and holds, some hundred a commit."""
        for name in _OF_ONE_ACCOUNT:
            query = Query(paths.collection(scope, name), limit=_DELETED_AT_ONCE)
            while page := self._documents.query(query):
                self._clear(scope, [Delete(document.path) for document in page], generation)
        self._directories.forget(scope)

    def _clear(self, scope: Scope, deletes: Sequence[Delete], generation: int) -> None:
        path = paths.user(scope)
        for _ in range(_ATTEMPTS):
            user = self._documents.get(path)
            if user is None or user.data.get("generation", 0) != generation:
                raise Superseded("the connection is another")
            try:
                self._documents.commit([Update(path, {"checked_at": SERVER_TIME}, user.version), *deletes])
            except PreconditionFailed as failed:
                if failed.doubtful:
                    raise StoreUnavailable("the answer to a commit was lost") from failed
                continue
            return
        raise StoreUnavailable("the user document never stood still")
