"""Steps of the push that look at several records together: one that cannot be taken stops no other."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from crmsync.core.model import R, Stored
from crmsync.core.quarantine import INTERNAL
from crmsync.core.state import Link
from crmsync.engine.run import aside
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work
from crmsync.store.ports import PutLink


class Sifting(Protocol[R]):
    """What a side does with several records at a time."""

    def sift(self, run: Run[R], work: Work[R]) -> bool:
        """Takes out of the creates what may be at Google already; True when there was any."""
        ...

    def sort_exceptions(
        self, run: Run[R], exceptions: Sequence[Stored[R]], links: Mapping[str, Link], work: Work[R]
    ) -> None:
        """Adds to `work` what exceptions of series ask of Google."""
        ...


def put_aside(run: Run[R], stored: Stored[R], link: Link | None, work: Work[R]) -> None:
    """Sets a record aside that could not be worked on.

    One that was aside before, and was tried again as if it were new, is so once more and for longer: the link
    that said so is dropped by what is pending.
    """
    if link is not None:
        work.put(aside.of_record(run, stored, link))
        return
    work.flush(run)
    work.put(PutLink(aside.refused(run, stored, INTERNAL, tries=work.tries.get(stored.id, 0))))


def sift(run: Run[R], side: Sifting[R], work: Work[R]) -> bool:
    """Sifts the creates, record by record when together they cannot be."""
    together = work.apart(work.creates, with_others=True)
    try:
        found = side.sift(run, together)
    except aside.STOPS:
        raise
    except Exception:
        # What was worked out so far goes with it: each record works out its own.
        creates, work.creates = work.creates, []
        return True in [_sift_one(run, side, stored, work) for stored in creates]
    work.creates = together.creates
    work.add(together)
    return found


def _sift_one(run: Run[R], side: Sifting[R], stored: Stored[R], work: Work[R]) -> bool:
    one = work.apart([stored])
    found = False
    with aside.guarded(run, stored.id, partial(put_aside, run, stored, None, work)):
        found = side.sift(run, one)
        # Committed before the next looks: both may claim the same one.
        one.flush(run)
        work.creates += one.creates
    return found


def sort_exceptions(
    run: Run[R],
    side: Sifting[R],
    exceptions: Sequence[Stored[R]],
    links: Mapping[str, Link],
    work: Work[R],
) -> None:
    """Sorts exceptions, one by one when together they cannot be."""
    together: Work[R] = Work(requeued=work.requeued)
    try:
        side.sort_exceptions(run, exceptions, links, together)
    except aside.STOPS:
        raise
    except Exception:
        for stored in exceptions:
            _sort_one(run, stored, links, work, side.sort_exceptions)
    else:
        work.join(together)


def _sort_one(
    run: Run[R],
    stored: Stored[R],
    links: Mapping[str, Link],
    work: Work[R],
    sort: Callable[[Run[R], Sequence[Stored[R]], Mapping[str, Link], Work[R]], None],
) -> None:
    one: Work[R] = Work(requeued=work.requeued)
    with aside.guarded(run, stored.id, partial(put_aside, run, stored, links.get(stored.id), work)):
        sort(run, [stored], links, one)
        work.join(one)
