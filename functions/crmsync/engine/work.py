"""What one page of CRM changes asks of Google, and what is already done and waits for the next commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

from crmsync.core.journal import Change
from crmsync.core.model import R, Stored
from crmsync.core.plan import Decision
from crmsync.core.state import Link
from crmsync.engine.run import Run
from crmsync.store.ports import Write


@dataclass(frozen=True, slots=True)
class Far:
    """How far a long pass was when a page of it began: `before` of `total` records."""

    before: int
    total: int


@dataclass(slots=True)
class Work(Generic[R]):
    """One page's work. far: where in a long pass it lies; None when nobody waits for it. page: the records
    that were looked at. last: none came after them. handled: they are done with,
    and the cursor moves past them.

    writes/changes are pending: effects at Google that have happened and are committed
    before the next one is asked for.

    waiting: CRM ids that could not be dealt with now; the cursor stays before the first of them. touched:
    records of this page were written and come again.
    """

    far: Far | None = None
    page: Sequence[Stored[R]] = ()
    last: bool = False
    handled: bool = False
    creates: list[Stored[R]] = field(default_factory=list)
    updates: list[tuple[Link, Stored[R], Decision[R]]] = field(default_factory=list)
    deletes: list[tuple[Link, Stored[R]]] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    touched: bool = False
    adopted: set[str] = field(default_factory=set)
    """CRM ids whose event was found at Google when it was to be created."""
    first: bool = False
    """Whether nothing was linked when the pass began."""
    again: set[str] = field(default_factory=set)
    """CRM ids of exceptions that are touched by what is pending, and so come again."""

    @property
    def progress(self) -> Mapping[str, Any]:
        """The state fields that show how far the pass is; they ride in every commit.

        They count whole pages, as the cursor does, so that a later job goes on from both.
        """
        if self.far is None:
            return {}
        done = min(self.far.before + (len(self.page) if self.handled else 0), self.far.total)
        return {"phase": "pushing", "done": done, "total": self.far.total}

    def flush(self, run: Run[R]) -> None:
        """Commits what is pending."""
        if self.writes:
            run.commit_done(self.writes, self.changes, **self.progress)
            self.writes.clear()
            self.changes.clear()

    @property
    def only_creates(self) -> bool:
        """Whether there is nothing but creates to do: nothing else at Google, nothing pending."""
        return bool(self.creates) and not (self.updates or self.deletes or self.writes or self.waiting)

    def before_google(self, run: Run[R], *writes: Write) -> None:
        """Commits what is pending, with `writes` and the lease: after this the run may ask Google for the
        next mutation. Raises LeaseHeld, and Yield when that took too long.
        """
        lease = run.lease()
        if self.writes or writes or lease:
            run.commit_done([*self.writes, *writes], self.changes, **self.progress, **lease)
            self.writes.clear()
            self.changes.clear()
        run.check_lease()
