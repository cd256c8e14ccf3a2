"""Steps of the push that look at several records together: one that cannot be taken stops no other."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from crmsync.core.model import R, Stored
from crmsync.core.state import Link
from crmsync.engine.run import aside
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work


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
    """Sets a record aside that could not be worked on."""
    work.put(aside.of_record(run, stored, link))


def sift(run: Run[R], side: Sifting[R], work: Work[R]) -> bool:
    """Sifts the creates, record by record when together they cannot be."""
    try:
        return side.sift(run, work)
    except aside.STOPS:
        raise
    except Exception:
        creates, work.creates = work.creates, []
        found = [_sift_one(run, side, stored, work) for stored in creates]
        return True in found


def _sift_one(run: Run[R], side: Sifting[R], stored: Stored[R], work: Work[R]) -> bool:
    one: Work[R] = Work(creates=[stored])
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
