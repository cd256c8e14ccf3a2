"""Reading collections in bounded pages: what the parts of the repository share."""

import base64
import binascii
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from crmsync.core.chunks import chunks
from crmsync.core.model import R, Stored
from crmsync.core.scope import Scope
from crmsync.core.text.digest import Digester, unkeyed
from crmsync.store.documents.port import NAME, Document, Documents, Query, Value
from crmsync.store.encoding import paths, shapes
from crmsync.store.encoding.codec import Unreadable
from crmsync.store.errors import InvalidPosition
from crmsync.store.sheet.directory import Directories
from crmsync.store.withdrawn.shards import Shards

_log = logging.getLogger(__name__)

T = TypeVar("T")

MOST_READ = 1000
"""Documents that one page reads at most when it looks for rows among others."""

CHUNK = 300


class Part:
    """A part of the repository: the documents it is kept in, and how to read them."""

    def __init__(self, documents: Documents, digest: Digester = unkeyed) -> None:
        """digest: what makes digests of e-mail addresses, with the installation's key where there is one."""
        self._documents = documents
        self._digest = digest
        self._directories = Directories(documents, digest)
        self._shards = Shards(documents)

    def _one(self, scope: Scope, collection: str, id: str) -> Document | None:
        if not (paths.fits(scope) and paths.fits(id)):
            return None
        return self._documents.get(paths.document(scope, collection, id))

    def _several(self, scope: Scope, collection: str, ids: Sequence[str]) -> list[Document]:
        """Documents by id, in the order of the ids."""
        if not paths.fits(scope):
            return []
        wanted = list(dict.fromkeys(paths.document(scope, collection, id) for id in ids if paths.fits(id)))
        found: dict[str, Document] = {}
        for some in chunks(wanted, CHUNK):
            found.update(self._documents.get_many(some))
        return [found[path] for path in wanted if path in found]

    def _all(self, query: Query) -> Iterator[Document]:
        """Every document of a query ordered by id, page by page."""
        after: tuple[str, ...] = ()
        while True:
            page = self._documents.query(replace(query, order=(NAME,), start_after=after, limit=CHUNK))
            yield from page
            if len(page) < CHUNK:
                return
            after = (page[-1].id,)

    def _by_id(self, query: Query, after: str | None, limit: int) -> Sequence[Document]:
        """One page in the order of ids, strictly after the id `after`."""
        start = (paths.segment(after),) if after else ()
        return self._documents.query(replace(query, order=(NAME,), start_after=start, limit=limit))

    def _scan(
        self,
        query: Query,
        after: str | None,
        limit: int,
        made: Callable[[Document], T | None],
        most_read: int = MOST_READ,
    ) -> tuple[list[T], str | None]:
        """A page by a unique field of text: what `made` of each document is not None, and the next position.

        Reads limit + 1 documents when all are wanted, and at most `most_read` (or limit + 1) otherwise.
        """
        field = query.order[0]
        start: tuple[Value, ...] = () if after is None else (read_position(after),)
        found: list[T] = []
        last = start
        read = 0
        step = 1
        while True:
            asked = max(limit + 1 - len(found), min(step, CHUNK))
            asked = max(1, min(asked, max(most_read, limit + 1) - read))
            step = asked * 2
            page = self._documents.query(replace(query, start_after=start, limit=asked))
            for document in page:
                item = made(document)
                if item is not None and len(found) == limit:
                    return found, position(*last)
                start = (document.data[field],)
                if item is not None:
                    found.append(item)
                    last = start
            read += len(page)
            if len(page) < asked:
                return found, None
            if read >= most_read:
                return found, position(*start)


def readable(cls: type[R], document: Document) -> Stored[R] | None:
    """The record of a document, or None when it is none: then the log names it by its path."""
    try:
        return shapes.stored_record(cls, document)
    except Unreadable as error:
        _log.warning("unreadable record", extra={"path": document.path, "why": str(error)})
        return None


def position(value: Value) -> str:
    """An opaque position in a list, made of the text that the list is ordered by.

    Raises Unreadable where others have written something else there.
    """
    if not isinstance(value, str):
        raise Unreadable("not a text to order by")
    return base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")


def read_position(text: str) -> str:
    """The value of a position. Raises InvalidPosition."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidPosition("not a position in this list") from error


def by_original_id(documents: Sequence[Document], made: Callable[[Document], T]) -> Mapping[str, T]:
    """What is made of each document, under the id it was stored with."""
    return {paths.original(document.id): made(document) for document in documents}


def read_moment(after: str) -> tuple[datetime, str]:
    """The time and id of a position in a list by time. Raises InvalidPosition."""
    at, _, id = read_position(after).partition(" ")
    try:
        return datetime.fromisoformat(at), id
    except ValueError as error:
        raise InvalidPosition("not a position in this list") from error
