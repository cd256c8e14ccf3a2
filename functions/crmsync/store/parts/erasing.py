"""Erasing a user: everything that is kept of them, wherever it lies.

What lies beneath the user document is found by asking the database for whatever is there, not by the names of
collections: one that is new, or that the host CRM has made, is not forgotten.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from crmsync.core.account import User
from crmsync.core.erasure import Erasure
from crmsync.core.scope import DEFAULT_ACCOUNT, Scope
from crmsync.store.documents.port import (
    NAME,
    Create,
    Delete,
    DocumentWrite,
    Filter,
    PreconditionFailed,
    Query,
    Update,
)
from crmsync.store.encoding import paths, shapes
from crmsync.store.encoding.paths import COLLECTIONS, GRANTS, OFFERS, USERS
from crmsync.store.errors import Conflicted, StoreUnavailable
from crmsync.store.parts.users import Users

AT_ONCE = 400
"""So many documents one commit deletes."""
_NAMING_THE_USER = [
    name for name, place in COLLECTIONS.items() if place == "top" and name not in (USERS, GRANTS)
]
"""Collections whose documents say in a field whose they are."""
_REVOKED_FIRST = frozenset((OFFERS,))
"""What goes with its revocation at Google, and not before."""


class Erasing(Users):
    """Finds and deletes what is kept of a user."""

    def erasure(self, id: str) -> Erasure | None:
        """The record of an erasure."""
        document = self._documents.get(paths.erasure(id)) if paths.fits(id) else None
        return None if document is None else shapes.erasure_from(document)

    def erase(self, scope: Scope, erasure: Erasure) -> Iterator[Erasure]:
        """Deletes what is kept of a user beside their document, and counts it in the record."""
        for name, pages in self._places(scope):
            if name in _REVOKED_FIRST:
                continue
            for page in pages:
                erasure = self._deleted(erasure, [Delete(path) for path in page])
                yield erasure
        for each in self.accounts(scope):
            self._directories.forget(each)

    def end_erasure(self, user: User, erasure: Erasure) -> Erasure:
        """Deletes the user document, and writes the record."""
        ended = self._deleted(erasure, [Delete(paths.user(user.scope), user.version)])
        self._forget(user.scope)
        return ended

    def found_of(self, scope: Scope) -> Mapping[str, int]:
        """What is kept of a user, by kind."""
        default = replace(scope, account=DEFAULT_ACCOUNT)
        firsts = (next(iter(pages), ()) for _, pages in self._places(scope))
        found = Counter(paths.kind(path) for page in firsts for path in page)
        found[USERS] += self._documents.get(paths.user(default)) is not None
        return {kind: count for kind, count in sorted(found.items()) if count}

    def _places(self, scope: Scope) -> Iterator[tuple[str, Iterator[Sequence[str]]]]:
        """Where something of a user may lie, by the collection it begins with: paths, page by page. The user
        document is not among them.
        """
        default = replace(scope, account=DEFAULT_ACCOUNT)
        yield USERS, self._beneath(paths.user(default))
        grant = paths.grant(default)
        yield GRANTS, iter([[grant]] if self._documents.get(grant) is not None else [])
        yield GRANTS, self._beneath(grant)
        for name in _NAMING_THE_USER:
            yield name, self._naming(name, scope.uid)

    def _beneath(self, path: str) -> Iterator[Sequence[str]]:
        # Each page begins where the last one ended: looking past what was just deleted takes Firestore long.
        after: str | None = None
        while page := self._documents.beneath(path, after, AT_ONCE):
            yield page
            after = page[-1]

    def _naming(self, collection: str, uid: str) -> Iterator[Sequence[str]]:
        query = Query(collection, (Filter("uid", "==", uid),), (NAME,), limit=AT_ONCE)
        while page := self._documents.query(query):
            yield [document.path for document in page]
            query = replace(query, start_after=(page[-1].id,))

    def _deleted(self, erasure: Erasure, deletes: Sequence[Delete]) -> Erasure:
        counts = Counter(erasure.erased) + Counter(paths.kind(each.path) for each in deletes)
        after = replace(erasure, erased=dict(sorted(counts.items())))
        path, data = paths.erasure(erasure.id), shapes.erasure_data(after)
        record: DocumentWrite = (
            Create(path, data) if erasure.version is None else Update(path, data, erasure.version)
        )
        try:
            version, *_ = self._documents.commit([record, *deletes])
        except PreconditionFailed as failed:
            if failed.doubtful:
                raise StoreUnavailable("the answer to a commit was lost") from failed
            raise Conflicted(paths.described(failed.path)) from failed
        return replace(after, version=version)
