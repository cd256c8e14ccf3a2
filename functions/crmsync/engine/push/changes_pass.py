"""Push: what changed in the CRM goes to Google, page by page in the order of change.

Which records need sending follows from comparing content with the links' bases. The local cursor moves past a
page only in the commit that follows its last effect, and never past a record that had to wait; so a crash
looks at the same page again and finds most of it done.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol

from crmsync.core.account import LocalCursor
from crmsync.core.calendar.occurrences import is_exception
from crmsync.core.model import R, Stored
from crmsync.core.pair.guard import hold_reason, recently
from crmsync.core.state import CANON_VERSION, Intent, Link
from crmsync.engine.push import creates, matching, occurrences, updates
from crmsync.engine.push.changes import Changes
from crmsync.engine.push.creates import Creating
from crmsync.engine.push.deletes import delete
from crmsync.engine.push.pipeline import Pipeline
from crmsync.engine.push.sorting import sort
from crmsync.engine.run import holds
from crmsync.engine.run.lease import Yield
from crmsync.engine.run.pending import Pending
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work
from crmsync.store.ports import Write

CHUNK = 200
"""Records that are dealt with at a time: one call's creates."""
OVERLAP = timedelta(seconds=2)
"""How far before the cursor the CRM's changes are looked at again: server times are given at the commit, but
need not be read in that order.
"""
SETTLED = timedelta(seconds=60)
"""Changes older than this have all been seen by a pass that looked to the end, whatever the clocks' skew."""
TIDY = timedelta(hours=1)
"""After so long without a commit, moving the cursor past what was looked at in vain is worth one."""
WORTH_A_WRITE = 20
"""When a pass looked at this many records in vain, moving the cursor costs less than looking at them again.
"""
SECOND_LOOKS = 3
"""How often a pass goes on for records that it touched itself (Google's side had moved); after that the next
job sees to them.
"""


class Pushed(Creating[R], Protocol[R]):
    """What a side says of what goes to Google."""

    def in_doubt(self, run: Run[R]) -> Sequence[Intent]:
        """Creates of earlier jobs whose outcome is unknown."""
        ...

    def sift(self, run: Run[R], work: Work[R]) -> bool:
        """Takes out of the creates what may be at Google already; True when there was any."""
        ...

    def streams(self, run: Run[R], work: Work[R]) -> bool:
        """Whether the work may go in step with its neighbours, the store a step behind Google."""
        ...


class Push(Generic[R]):
    """One pass over the CRM's changes.

    in_doubt: creates of an earlier job are in doubt, so no new ones until that is settled.
    """

    def __init__(self, run: Run[R], side: Pushed[R], *, in_doubt: bool) -> None:
        self.run: Run[R] = run
        self._side: Pushed[R] = side
        self.in_doubt = in_doubt
        self.position: tuple[datetime, str] | None = None
        self.blocked = False
        self.waits = False
        """True when a record could not be dealt with now: the job should come back soon."""
        self.safe: LocalCursor | None = run.state.local
        self.horizon: LocalCursor | None = None
        """How far the first look at recent changes came: a change may show only after a later one."""
        self.looked_at: datetime | None = None
        """When that was."""
        self.deletes: dict[str, tuple[Link, Stored[R]]] = {}
        """What is to be deleted at Google as the last look at each record has it, by CRM id."""
        self.looked = 0
        self.passed = 0
        """How many records the cursor has passed, those of earlier jobs of the same pass included."""
        self.in_vain = False
        """True when a record was looked at that this very run did not write: it will be looked at again."""
        self.none_linked = False
        """True when nothing was linked at the start: then only what was written since can have a link."""
        self.ahead: set[str] = set()
        """Series that went to Google before their turn, for an exception of theirs was met."""
        self.total: int | None = None
        self.matching = run.state.phase == "matching"

    def perform(self) -> None:
        """Looks at all changes and performs what follows: creates, updates, then deletes.

        Raises Yield between pages.
        """
        run = self.run
        if run.state.local is None:
            self.total = run.store.count(run.scope, run.kind)
            self.none_linked = run.store.count_links(run.scope, run.resource) == 0
        elif run.state.phase in ("waiting", "pushing") and run.state.total is not None:
            self.passed, self.total = run.state.done, run.state.total
        with run.deps.workers() as caller, run.deps.workers() as reader:
            pipeline: Pipeline[R] = Pipeline(run, caller, self._advance)
            self._pass(pipeline, reader)
            if self.matching:
                matching.resolve(run)
                self.matching = False
                self._pass(pipeline, reader)
        self._delete_all()

    def _pass(self, pipeline: Pipeline[R], reader: Executor) -> None:
        run = self.run
        since = run.state.local.at - OVERLAP if run.state.local else None
        changes: Changes[R] = Changes(run, reader, since, self.position)
        touched = False
        second_looks = 0
        while True:
            page = changes.page()
            self.position = changes.position
            recent = page.last or page.records[-1].updated_at > page.read_at - SETTLED
            if recent and self.looked_at is None:
                self.looked_at = page.read_at
            if not page.records:
                pipeline.finish()
                if self.position is not None:
                    self._advance(Work(last=True))
                return
            if recent and self.horizon is None and self.position is not None:
                self.horizon = LocalCursor(*self.position)
            for start in range(0, len(page.records), CHUNK):
                chunk = page.records[start : start + CHUNK]
                last = page.last and start + CHUNK >= len(page.records)
                touched |= self._take(chunk, pipeline, last=last)
            if page.last:
                pipeline.finish()
                second_looks += 1
                if not touched or second_looks > SECOND_LOOKS:
                    return
                touched = False

    def _take(self, page: Sequence[Stored[R]], pipeline: Pipeline[R], *, last: bool) -> bool:
        """Deals with some records; True when it touched any that come again. Raises Yield."""
        run = self.run
        self._check_time(pipeline)
        fresh, exceptions = self._fresh(page, pipeline)
        links = self._links(fresh + exceptions)
        work: Work[R] = Work(progress=self._progress(), page=page, last=last, first=self.none_linked)
        self._sort(fresh, links, work)
        if self._side.streams(run, work):
            pipeline.add(work)
            return False
        pipeline.finish()
        creates.create(run, self._side, work)
        updates.update(run, work)
        if exceptions:
            work.flush(run)
            work.updates = []
            occurrences.prepare(run, exceptions, links, work)
            updates.update(run, work)
        self._advance(work)
        if work.limited is not None:
            raise work.limited
        return work.touched

    def _check_time(self, pipeline: Pipeline[R]) -> None:
        try:
            self.run.check_time()
        except Yield:
            pipeline.finish()
            raise

    def _fresh(
        self, page: Sequence[Stored[R]], pipeline: Pipeline[R]
    ) -> tuple[list[Stored[R]], list[Stored[R]]]:
        """What of a page this job did not write itself: records, and exceptions of series, which need these
        to be at Google.
        """
        settled = self.run.ledger.settled
        self.looked += len(page)
        fresh = [stored for stored in page if settled.get(stored.id) != stored.version]
        self.in_vain |= bool(fresh)
        if pipeline.concerns({stored.id for stored in fresh}):
            pipeline.finish()
        exceptions = [stored for stored in fresh if is_exception(stored.value)]
        if exceptions:
            fresh = [stored for stored in fresh if not is_exception(stored.value)]
            ahead = occurrences.bring_series(self.run, exceptions, fresh)
            self.ahead.update(stored.id for stored in ahead)
            fresh += ahead
        return fresh, exceptions

    def _sort(self, fresh: Sequence[Stored[R]], links: Mapping[str, Link], work: Work[R]) -> None:
        """Adds to `work` what these records ask of Google, as far as it may go there now."""
        run = self.run
        for stored in fresh:
            sort(run, stored, links.get(stored.id), work)
        if not run.pushes:
            work.forget_asking()
        self.matching |= self._side.sift(run, work)
        if self.in_doubt:
            work.waiting.update(stored.id for stored in work.creates)
            work.creates = []
        work.deletes = holds.not_held(run, "google", work.deletes)
        for stored in fresh:
            self.deletes.pop(stored.id, None)
        self.deletes |= {stored.id: (link, stored) for link, stored in work.deletes}

    def _progress(self) -> dict[str, Any]:
        """What the button shows of a long pass; nothing of one that only sees to what has just changed."""
        if not self.total:
            return {}
        return {"phase": "pushing", "done": min(self.passed, self.total), "total": self.total}

    def _links(self, fresh: Sequence[Stored[R]]) -> Mapping[str, Link]:
        """The links of these records.

        A pass meets a record again only when it was written meanwhile. So when nothing was linked before,
        only such records can have a link, and a first push asks for hardly any.
        """
        run = self.run
        since = run.started - SETTLED
        asked = [
            stored.id
            for stored in fresh
            if not self.none_linked or stored.updated_at >= since or stored.id in self.ahead
        ]
        return run.store.links_of(run.scope, run.resource, asked) if asked else {}

    def _advance(self, work: Work[R], *also: Write, **more: Any) -> None:
        """Commits what is still pending of the page together with the cursor, and with `also`; writes nothing
        when only a little was looked at in vain.
        """
        run = self.run
        self.waits |= bool(work.waiting)
        waiting = work.waiting | {stored.id for _, stored in work.deletes}
        for stored in work.page:
            self.blocked |= stored.id in waiting
            if not self.blocked:
                self.safe = LocalCursor(stored.updated_at, stored.id)
                self.passed += 1
        if work.last and not self.blocked and self.safe is not None:
            self.safe = self._at_least_settled(self.safe)
        cursor = self._cursor(self.safe)
        moved = cursor != run.state.local
        untidy = self.in_vain and run.ledger.quiet > TIDY
        worth = untidy or self.looked > WORTH_A_WRITE or run.state.local is None
        if not (work.writes or also or (moved and worth)):
            return
        state: dict[str, Any] = {"local": cursor, **self._progress(), **more}
        if self.matching:
            state["phase"] = "matching"
        elif work.last and not work.touched and not self.deletes and not self.waits:
            state |= run.ledger.finished()
        run.ledger.commit_done(work, *also, **state)
        work.clear()

    def _delete_all(self) -> None:
        """Deletions at Google come last, and only when the guard lets them pass; otherwise the hold remembers
        them.
        """
        run = self.run
        if not self.deletes:
            return
        deletes = list(self.deletes.values())
        links = run.store.count_links(run.scope, run.resource)
        old = any(link.canon_version != CANON_VERSION for link, _ in deletes)
        recent = recently(run.state.deleted, "google", run.now())
        reason = hold_reason(len(deletes), links, listing_empty=False, canon_changed=old, recent=recent)
        held: list[Write] = []
        if reason is not None:
            held = holds.deletions(run, "google", reason, deletes)
        else:
            delete(run, deletes, counted=True)
        end = LocalCursor(*self.position) if self.position and not self.waits else self.safe
        done = {} if self.waits else run.ledger.finished()
        run.ledger.commit(Pending(held), local=self._cursor(end), **done)

    def _cursor(self, reached: LocalCursor | None) -> LocalCursor | None:
        """What may be saved of how far this pass came.

        What happened since it first looked at recent changes is looked at again by the next job, with the
        overlap: calls to Google take longer than that, and a later look of this pass went on without it.
        """
        if reached is None or self.horizon is None:
            return reached
        horizon = self._at_least_settled(self.horizon)
        return min(reached, horizon, key=lambda cursor: (cursor.at, cursor.id))

    def _at_least_settled(self, cursor: LocalCursor) -> LocalCursor:
        """The cursor, moved on to what had settled when this pass first looked at recent changes: later ones
        may have come behind its back, while Google was at work.
        """
        if self.looked_at is None:
            return cursor
        return max(cursor, LocalCursor(self.looked_at - SETTLED, ""), key=lambda cursor: cursor.at)
