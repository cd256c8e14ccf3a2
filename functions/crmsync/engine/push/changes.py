"""The CRM's changes in the order in which they happened, read a page ahead of what is done about them."""

from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime
from typing import Generic

from crmsync.core.model import R, Stored
from crmsync.engine.run.run import Run

FIRST = 200
"""Records of the first page: few, so that Google is soon asked for something."""
PAGE = 1000
"""The most records of a page. Each is twice as large as the one before, which Google works on meanwhile."""

Position = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Changed(Generic[R]):
    """Records that changed, oldest first. last: there were no more when they were read, at `read_at`.

    owing: how much this job had written that owes Google something; what it wrote later may not be in it.
    """

    records: Sequence[Stored[R]]
    last: bool
    read_at: datetime
    owing: int = 0


class Changes(Generic[R]):
    """Pages of changes since a moment, beyond a position."""

    def __init__(
        self, run: Run[R], reader: Executor, since: datetime | None, position: Position | None
    ) -> None:
        """`reader` reads ahead; it must live as long as pages are asked for."""
        self._run: Run[R] = run
        self._reader = reader
        self._since = since
        self._size = FIRST
        self._ahead: Future[Changed[R]] | None = None
        self._position = position

    def page(self) -> Changed[R]:
        """The next page; after the last one, what has changed meanwhile."""
        ahead, self._ahead = self._ahead, None
        page = self._read() if ahead is None else ahead.result()
        if page.records:
            self._position = (page.records[-1].updated_at, page.records[-1].id)
        self._size = min(2 * self._size, PAGE)
        if not page.last:
            self._ahead = self._reader.submit(self._read)
        return page

    def _read(self) -> Changed[R]:
        run = self._run
        read_at, owing = run.now(), len(run.ledger.owing)
        found = run.store.changed(run.scope, run.kind, self._since, self._position, self._size)
        return Changed(found, len(found) < self._size, read_at, owing)
