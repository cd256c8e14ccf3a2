"""Push: what changed in the CRM goes to Google, page by page in the order of change.

Which records need sending follows from comparing content with the links' bases. The local cursor moves past a
page only in the
commit that follows its last effect, and never past a record that had to wait; so a crash looks at the same
page again and finds most of it
done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Generic

from crmsync.core.account import LocalCursor
from crmsync.core.decide import decide
from crmsync.core.guard import hold_reason
from crmsync.core.loops import is_looping
from crmsync.core.model import R, Stored
from crmsync.core.plan import Action
from crmsync.core.state import CANON_VERSION, Link
from crmsync.engine import claims, creates, holding, mutations
from crmsync.engine.absorb import LOOP
from crmsync.engine.effects import quarantined
from crmsync.engine.run import Run
from crmsync.engine.work import Work
from crmsync.store.ports import DropLink, PutLink

PAGE = 200
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
        self.deletes: list[tuple[Link, Stored[R]]] = []
        self.looked = 0
        self.in_vain = False
        """True when a record was looked at that this very run did not write: it will be looked at again."""
        self.none_linked = False
        """True when nothing was linked at the start: then only what was written since can have a link."""
        self.total: int | None = None
        self.matching = run.state.phase == "matching"

    def perform(self) -> None:
        """Looks at all changes and performs what follows: creates, updates, then deletes.

        Raises Yield between pages.
        """
        run = self.run
        if run.state.local is None:
            self.total = run.deps.store.count(run.uid, run.kind)
            self.none_linked = run.deps.store.count_links(run.uid, run.resource) == 0
        self._pass()
        if self.matching:
            claims.resolve(run)
            self.matching = False
            self._pass()
        self._delete_all()

    def _pass(self) -> None:
        run = self.run
        since = run.state.local.at - OVERLAP if run.state.local else None
        second_looks = 0
        while True:
            page = run.deps.store.changed(run.uid, run.kind, since, self.position, PAGE)
            if not page:
                if self.position is not None:
                    self._advance((), Work({}), last=True)
                return
            run.check_time()
            self.looked += len(page)
            self.position = (page[-1].updated_at, page[-1].id)
            recent = len(page) < PAGE or page[-1].updated_at > run.now() - SETTLED
            if recent and self.horizon is None:
                self.horizon = LocalCursor(*self.position)
            touched = self._take(page)
            if len(page) < PAGE:
                second_looks += 1
                if not touched or second_looks > SECOND_LOOKS:
                    return

    def _take(self, page: Sequence[Stored[R]]) -> bool:
        """Deals with one page; True when it touched records that come again."""
        run = self.run
        fresh = [stored for stored in page if run.settled.get(stored.id) != stored.version]
        self.in_vain |= bool(fresh)
        links = self._links(fresh)
        progress = {"phase": "pushing", "done": self.looked, "total": self.total} if self.total else {}
        work: Work[R] = Work(progress)
        for stored in fresh:
            self._sort(stored, links.get(stored.id), work)
        if not run.pushes:
            work.creates, work.updates, work.deletes = [], [], []
        if work.creates and run.resource == "contacts":
            self.matching |= claims.sift(run, work)
        if self.in_doubt:
            work.waiting.update(stored.id for stored in work.creates)
            work.creates = []
        work.deletes = holding.not_held(run, "google", work.deletes)
        self.deletes += work.deletes
        creates.create(run, work)
        mutations.update(run, work)
        self._advance(page, work, last=len(page) < PAGE)
        return work.touched

    def _links(self, fresh: Sequence[Stored[R]]) -> Mapping[str, Link]:
        """The links of these records.

        A pass meets a record again only when it was written meanwhile. So when nothing was linked before,
        only such records can have a link, and a first push asks for hardly any.
        """
        run = self.run
        since = run.started - SETTLED
        asked = [stored.id for stored in fresh if not self.none_linked or stored.updated_at >= since]
        return run.deps.store.links_of(run.uid, run.resource, asked) if asked else {}

    def _sort(self, stored: Stored[R], link: Link | None, work: Work[R]) -> None:
        """Decides one changed record by its link."""
        run = self.run
        alive = stored.archived_at is None
        if link is None:
            if alive:
                work.creates.append(stored)
            return
        if link.state == "detached":
            return
        if link.state == "quarantined" and run.fingerprint(run.seen(stored).projection) == link.tried:
            return
        if link.key.startswith(creates.REFUSED):
            work.writes.append(DropLink(link.key))
            if alive:
                work.creates.append(stored)
            return
        decision = decide(link, run.seen(stored), None, run.canon, run.rules)
        if decision.action is Action.UPDATE_REMOTE and is_looping(link.writes, run.now()):
            work.writes.append(PutLink(quarantined(run, link, run.seen(stored), LOOP)))
        elif decision.action is Action.UPDATE_REMOTE or decision.need == "remote":
            work.updates.append((link, stored, decision))
        elif decision.action is Action.DELETE_REMOTE:
            work.deletes.append((link, stored))
        elif decision.action is Action.REFRESH and decision.base is not None:
            work.writes.append(PutLink(replace(link, base=decision.base)))

    def _advance(self, page: Sequence[Stored[R]], work: Work[R], *, last: bool) -> None:
        """Commits what is still pending of the page together with the cursor; writes nothing when only a
        little was looked at in vain.
        """
        run = self.run
        self.waits |= bool(work.waiting)
        waiting = work.waiting | {stored.id for _, stored in work.deletes}
        for stored in page:
            self.blocked |= stored.id in waiting
            if not self.blocked:
                self.safe = LocalCursor(stored.updated_at, stored.id)
        if last and not self.blocked and self.safe is not None:
            self.safe = max(self.safe, LocalCursor(run.now() - SETTLED, ""), key=lambda cursor: cursor.at)
        cursor = self._cursor(self.safe)
        moved = cursor != run.state.local
        untidy = self.in_vain and run.quiet > TIDY
        worth = untidy or self.looked > WORTH_A_WRITE or run.state.local is None
        if not (work.writes or (moved and worth)):
            return
        state: dict[str, Any] = {"local": cursor, **work.progress}
        if self.matching:
            state["phase"] = "matching"
        elif last and not work.touched and not self.deletes and not self.waits:
            state |= run.finished()
        run.commit_done(work.writes, work.changes, **state)

    def _delete_all(self) -> None:
        """Deletions at Google come last, and only when the guard lets them pass; otherwise the hold remembers
        them.
        """
        run = self.run
        if not self.deletes:
            return
        links = run.deps.store.count_links(run.uid, run.resource)
        old = any(link.canon_version != CANON_VERSION for link, _ in self.deletes)
        reason = hold_reason(len(self.deletes), links, listing_empty=False, canon_changed=old)
        held = []
        if reason is not None:
            held = [holding.deletions(run, "google", reason, self.deletes)]
        else:
            mutations.delete(run, self.deletes)
        end = LocalCursor(*self.position) if self.position and not self.waits else self.safe
        run.commit(held, local=self._cursor(end), **({} if self.waits else run.finished()))

    def _cursor(self, reached: LocalCursor | None) -> LocalCursor | None:
        """What may be saved of how far this pass came.

        What happened since it first looked at recent changes is looked at again by the next job, with the
        overlap: calls to Google take longer than that, and a later look of this pass went on without it.
        """
        if reached is None or self.horizon is None:
            return reached
        settled = LocalCursor(self.run.now() - SETTLED, "")
        horizon = max(self.horizon, settled, key=lambda cursor: cursor.at)
        return min(reached, horizon, key=lambda cursor: (cursor.at, cursor.id))
