"""What one page of CRM changes asks of Google, and what is already done and waits for the next commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Self

from crmsync.core.errors import Closed, RateLimited, SyncError
from crmsync.core.model import R, Stored
from crmsync.core.pair.plan import Decision
from crmsync.core.state import Link
from crmsync.engine.run.pending import Pending
from crmsync.engine.run.run import Run
from crmsync.store.ports import Write


@dataclass(frozen=True, slots=True)
class Edit(Generic[R]):
    """A linked record whose decision asks for an update at Google, or for a look there.

    raw: Google's own body, once it was read for fields of which our model lacks parts.
    """

    link: Link
    stored: Stored[R]
    decision: Decision[R]
    raw: Mapping[str, object] | None = None

    @property
    def must_be_read(self) -> bool:
        """Whether Google's body must be seen before anything is sent."""
        return self.decision.need is not None or bool(self.decision.remote_fields & self.link.rich)

    @classmethod
    def of(cls, run: Run[R], link: Link, stored: Stored[R], decision: Decision[R]) -> Self:
        """The edit that a decision asks for. What Google has in fields that do not come in is looked at
        first: what was typed there is not overwritten unseen.
        """
        unseen = run.sharing.unseen(decision.remote_fields)
        return cls(replace(link, rich=link.rich | unseen) if unseen else link, stored, decision)


@dataclass(slots=True)
class Work(Pending, Generic[R]):
    """One page's work. What is pending has happened at Google, and is committed before the next is asked for.

    progress: the state fields that show how far the pass was when the page began; they ride in its commits.
    page: the records that were looked at. last: none came after them. waiting: CRM ids that could not be
    dealt with now; the cursor stays before the first of them.
    """

    progress: Mapping[str, Any] = field(default_factory=dict)
    page: Sequence[Stored[R]] = ()
    last: bool = False
    creates: list[Stored[R]] = field(default_factory=list)
    updates: list[Edit[R]] = field(default_factory=list)
    deletes: list[tuple[Link, Stored[R]]] = field(default_factory=list)
    gone: list[Stored[R]] = field(default_factory=list)
    """Records without a link that are in the archive."""
    formerly: Mapping[str, Sequence[Link]] = field(default_factory=dict)
    """CRM id -> the links of contacts that the record was at Google before, and that were deleted there."""
    waiting: set[str] = field(default_factory=set)
    limited: SyncError | None = None
    """Google's refusal of a part of a batch for its quota, or for what concerns all of it."""
    initial: bool = False
    """Whether this is the initial push: nothing was linked when the pass began."""
    tries: dict[str, int] = field(default_factory=dict)
    """CRM id -> how often a record that is to be created has been set aside before."""
    requeued: set[str] = field(default_factory=set)
    """CRM ids of exceptions that are written by what is pending, and so come again as new changes."""

    def join(self, other: "Work[R]") -> None:
        """Takes in what was worked out apart."""
        self.add(other)
        self.creates += other.creates
        self.updates += other.updates
        self.deletes += other.deletes
        self.gone += other.gone
        self.waiting |= other.waiting

    def apart(self, creates: Sequence[Stored[R]], *, with_others: bool = False) -> "Work[R]":
        """The same page with these creates and nothing pending, to be worked out by itself. with_others: with
        its updates and what is gone.
        """
        return Work(
            progress=self.progress,
            page=self.page,
            last=self.last,
            creates=list(creates),
            updates=self.updates if with_others else [],
            gone=self.gone if with_others else [],
            formerly=self.formerly,
            waiting=self.waiting,
            initial=self.initial,
            tries=self.tries,
            requeued=self.requeued,
        )

    def put_off(self, crm: str, outcome: object) -> None:
        """A record that could not be dealt with now. A quota that ran out ends the job after this page."""
        self.waiting.add(crm)
        if isinstance(outcome, RateLimited | Closed):
            self.limited = outcome

    def forget_asking(self) -> None:
        """Nothing of this page is to go to Google."""
        self.creates, self.updates, self.deletes = [], [], []

    @property
    def only_creates(self) -> bool:
        """Whether there is nothing but creates to do: nothing else at Google, nothing pending."""
        return bool(self.creates) and not (self.updates or self.deletes or self.writes or self.waiting)

    def flush(self, run: Run[R]) -> None:
        """Commits what is pending."""
        if self.writes:
            run.ledger.commit(self, **self.progress)
            self.clear()

    def before_google(self, run: Run[R], *writes: Write) -> None:
        """Commits what is pending, with `writes` and the lease: after this the run may ask Google for the
        next mutation. Raises LeaseHeld, and Yield when that took too long.
        """
        lease = run.ledger.lease()
        if self.writes or writes or lease:
            run.ledger.commit(self, *writes, **self.progress, **lease)
            self.clear()
        run.ledger.check_lease()
