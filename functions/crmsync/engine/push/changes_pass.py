"""Push: what changed in the CRM goes to Google, page by page in the order of change.

Which records need sending follows from comparing content with the links' bases. The local cursor moves past a
page only in the
commit that follows its last effect, and never past a record that had to wait; so a crash looks at the same
page again and finds most of it
done.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Generic

from crmsync.core.account import LocalCursor
from crmsync.core.calendar.occurrences import is_exception, is_unusable
from crmsync.core.loops import is_looping
from crmsync.core.model import R, Stored
from crmsync.core.pair.decide import decide
from crmsync.core.pair.guard import hold_reason, recently
from crmsync.core.pair.plan import Action
from crmsync.core.state import CANON_VERSION, Link
from crmsync.engine.pairs.absorb import LOOP, UNUSABLE
from crmsync.engine.push import creates, matching, occurrences, updates
from crmsync.engine.push.changes import Changes
from crmsync.engine.push.pipeline import Pipeline
from crmsync.engine.run import holds
from crmsync.engine.run.effects import quarantined
from crmsync.engine.run.run import Run, Yield
from crmsync.engine.run.work import Work
from crmsync.engine.series import shadows
from crmsync.store.ports import DropLink, PutLink, Write

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


class Push(Generic[R]):
    """One pass over the CRM's changes.

    in_doubt: creates of an earlier job are in doubt, so no new ones until that is settled.
    """

    def __init__(self, run: Run[R], *, in_doubt: bool) -> None:
        self.run: Run[R] = run
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
            self.total = run.deps.store.count(run.scope, run.kind)
            self.none_linked = run.deps.store.count_links(run.scope, run.resource) == 0
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
        try:
            run.check_time()
        except Yield:
            pipeline.finish()
            raise
        self.looked += len(page)
        fresh = [stored for stored in page if run.settled.get(stored.id) != stored.version]
        self.in_vain |= bool(fresh)
        if pipeline.concerns({stored.id for stored in fresh}):
            pipeline.finish()
        exceptions = [stored for stored in fresh if is_exception(stored.value)]
        if exceptions:
            fresh = [stored for stored in fresh if not is_exception(stored.value)]
            ahead = occurrences.bring_series(run, exceptions, fresh)
            self.ahead.update(stored.id for stored in ahead)
            fresh += ahead
        links = self._links(fresh + exceptions)
        work: Work[R] = Work(self._progress(), page, last, first=self.none_linked)
        for stored in fresh:
            self._sort(stored, links.get(stored.id), work)
        if not run.pushes:
            work.creates, work.updates, work.deletes = [], [], []
        if work.creates and run.resource == "contacts":
            self.matching |= matching.sift(run, work)
        if self.in_doubt:
            work.waiting.update(stored.id for stored in work.creates)
            work.creates = []
        work.deletes = holds.not_held(run, "google", work.deletes)
        for stored in fresh:
            self.deletes.pop(stored.id, None)
        self.deletes |= {stored.id: (link, stored) for link, stored in work.deletes}
        if run.resource == "contacts" and work.only_creates and len(work.creates) <= run.remote.create_size:
            pipeline.add(work)
            return False
        pipeline.finish()
        creates.create(run, work)
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
        return run.deps.store.links_of(run.scope, run.resource, asked) if asked else {}

    def _sort(self, stored: Stored[R], link: Link | None, work: Work[R]) -> None:
        """Decides one changed record by its link."""
        run = self.run
        alive = not run.seen(stored).deleted
        if link is None and alive and is_unusable(stored.value):
            fingerprint = run.fingerprint(run.seen(stored).projection)
            work.writes.append(PutLink(creates.refused(run, stored, fingerprint, UNUSABLE)))
            return
        if link is None:
            if alive:
                work.creates.append(stored)
            return
        if link.state == "detached":
            return
        if link.shadow:
            parted = shadows.of_record(run, link, stored)
            if parted is not None:
                work.writes.append(parted[0])
                work.changes.append(parted[1])
            return
        if link.state == "quarantined" and run.fingerprint(run.seen(stored).projection) == link.tried:
            return
        if link.key.startswith(creates.REFUSED):
            work.writes.append(DropLink(link.key))
            if alive:
                work.creates.append(stored)
            return
        decision = decide(link, run.seen(stored), None, run.canon, run.rules)
        if alive and updates.in_doubt(run, link):
            work.waiting.add(stored.id)
        elif decision.action is Action.UPDATE_REMOTE and is_looping(link.writes, run.now()):
            work.writes.append(PutLink(quarantined(run, link, run.seen(stored), LOOP)))
        elif "recurrence" in decision.remote_fields and is_unusable(stored.value):
            work.writes.append(PutLink(quarantined(run, link, run.seen(stored), UNUSABLE)))
        elif decision.action is Action.UPDATE_REMOTE or decision.need == "remote":
            work.updates.append((link, stored, decision))
        elif decision.action is Action.DELETE_REMOTE:
            work.deletes.append((link, stored))
        elif decision.action is Action.REFRESH and decision.base is not None:
            work.writes.append(PutLink(replace(link, base=decision.base)))

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
        untidy = self.in_vain and run.quiet > TIDY
        worth = untidy or self.looked > WORTH_A_WRITE or run.state.local is None
        if not (work.writes or also or (moved and worth)):
            return
        state: dict[str, Any] = {"local": cursor, **self._progress(), **more}
        if self.matching:
            state["phase"] = "matching"
        elif work.last and not work.touched and not self.deletes and not self.waits:
            state |= run.finished()
        run.commit_done([*work.writes, *also], work.changes, **state)

    def _delete_all(self) -> None:
        """Deletions at Google come last, and only when the guard lets them pass; otherwise the hold remembers
        them.
        """
        run = self.run
        if not self.deletes:
            return
        deletes = list(self.deletes.values())
        links = run.deps.store.count_links(run.scope, run.resource)
        old = any(link.canon_version != CANON_VERSION for link, _ in deletes)
        recent = recently(run.state.deleted, "google", run.now())
        reason = hold_reason(len(deletes), links, listing_empty=False, canon_changed=old, recent=recent)
        held = []
        if reason is not None:
            held = holds.deletions(run, "google", reason, deletes)
        else:
            updates.delete(run, deletes, counted=True)
        end = LocalCursor(*self.position) if self.position and not self.waits else self.safe
        run.commit(held, local=self._cursor(end), **({} if self.waits else run.finished()))

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
