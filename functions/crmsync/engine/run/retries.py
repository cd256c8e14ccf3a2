"""Records that were set aside come to be tried again, when their time has come.

When that is for the first of them stands in the resource's state, so that a job that has nothing to try again
reads nothing for it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crmsync.core.chunks import parted
from crmsync.core.quarantine import INTERNAL, earliest, next_try
from crmsync.core.state import Link
from crmsync.engine.run.aside import is_due
from crmsync.engine.run.pending import Pending
from crmsync.engine.run.run import Run
from crmsync.store.ports import PutLink

MOST = 200
"""So many records are tried again by one job."""
PAGE = 300


@dataclass(frozen=True, slots=True)
class Due:
    """What this job tries again. later: when the first of the others is."""

    there: Sequence[Link] = ()
    """What Google shows could not be taken in: it is read again."""
    here: Sequence[Link] = ()
    """What the CRM has could not be sent: it is sent again."""
    later: datetime | None = None


def due(run: Run[Any]) -> Due:
    """What is to be tried again by now."""
    if run.state.retry_at is None or run.state.retry_at > run.now():
        return Due()
    ready: list[Link]
    waiting: list[Link]
    ready, waiting = parted(_all(run), lambda link: is_due(run, link))
    ready.sort(key=lambda link: link.retry_at or run.now())
    some, rest = ready[:MOST], ready[MOST:]
    there, here = parted(some, lambda link: bool(link.stuck))
    return Due(there, here, earliest(it.retry_at for it in (*waiting, *rest)))


def finish(run: Run[Any], tried: Due) -> None:
    """Notes when the next round is. What is aside as it was, nothing of it having been tried, waits on.

    There is none any more when the last that was aside has come out before its time.
    """
    if run.state.retry_at is None:
        return
    if run.state.retry_at > run.now():
        if run.ledger.committed and run.store.count_quarantined(run.scope) == 0:
            run.ledger.commit(retry_at=None)
        return
    keys = [link.key for link in (*tried.there, *tried.here)]
    left = [link for link in run.store.links(run.scope, keys).values() if is_due(run, link)]
    later = [_later(run, link) for link in left]
    times = (tried.later, run.ledger.retry_at, *(it.retry_at for it in later))
    run.ledger.commit(Pending([PutLink(link) for link in later]), retry_at=earliest(times))


def _later(run: Run[Any], link: Link) -> Link:
    reason, tries = link.problem or INTERNAL, link.tries + 1
    return replace(link, tries=tries, retry_at=next_try(reason, tries, run.now()))


def _all(run: Run[Any]) -> list[Link]:
    return [link for page in _pages(run) for link in page if link.resource == run.resource]


def _pages(run: Run[Any]) -> Iterator[Iterable[Link]]:
    after: str | None = None
    while page := run.store.quarantined(run.scope, after, PAGE):
        yield page
        after = page[-1].key
