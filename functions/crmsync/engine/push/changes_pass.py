"""Push: what changed in the CRM goes to Google, page by page in the order of change.

Which records need sending follows from comparing content with the links' bases. The local cursor moves past a
page only in the commit that follows its last effect, and never past a record that had to wait; so a crash
looks at the same page again and finds most of it done.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any, Generic, Protocol

from crmsync.core.account import WORDS
from crmsync.core.calendar.occurrences import is_exception
from crmsync.core.chunks import chunks, parted
from crmsync.core.model import R, Stored
from crmsync.core.pair.guard import hold_reason, recently
from crmsync.core.state import CANON_VERSION, Intent, Link
from crmsync.engine.push import alone, creates, updates, watermark
from crmsync.engine.push.changes import Changed, Changes
from crmsync.engine.push.creates import Creating
from crmsync.engine.push.deletes import delete
from crmsync.engine.push.pipeline import NOTHING, Pipeline
from crmsync.engine.push.sorting import sort
from crmsync.engine.push.suspects import Suspects
from crmsync.engine.push.watermark import SETTLED, Watermark
from crmsync.engine.run import aside, holds
from crmsync.engine.run.lease import Yield
from crmsync.engine.run.pending import Pending
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work
from crmsync.store.ports import Write

CHUNK = 200
"""Records that are dealt with at a time: one call's creates."""
SECOND_LOOKS = 3
"""How often a pass goes on for records that it wrote itself (Google's side had moved); after that the next
job sees to them, soon.
"""


class Pushed(Creating[R], Protocol[R]):
    """What a side says of what goes to Google."""

    def in_doubt(self, run: Run[R]) -> Sequence[Intent]:
        """Creates of earlier jobs whose outcome is unknown."""
        ...

    def sift(self, run: Run[R], work: Work[R]) -> bool:
        """Takes out of the creates what may be at Google already; True when there was any."""
        ...

    def resolve(self, run: Run[R]) -> None:
        """Decides what was sifted out, once all of it is known."""
        ...

    def missing_series(
        self, run: Run[R], exceptions: Sequence[Stored[R]], page: Sequence[Stored[R]]
    ) -> list[Stored[R]]:
        """Series of these exceptions that are not at Google, and do not go there with this page."""
        ...

    def sort_exceptions(
        self, run: Run[R], exceptions: Sequence[Stored[R]], links: Mapping[str, Link], work: Work[R]
    ) -> None:
        """Adds to `work` what exceptions of series ask of Google, once their series have been dealt with."""
        ...

    def streams(self, run: Run[R], work: Work[R]) -> bool:
        """Whether the work may go in step with its neighbours, the store a step behind Google."""
        ...


class Push(Generic[R]):
    """One pass over the CRM's changes.

    in_doubt: creates of an earlier job are in doubt, so no new ones until that is settled. again: records
    that were set aside and are tried once more, whether they changed or not.
    """

    def __init__(self, run: Run[R], side: Pushed[R], *, in_doubt: bool, again: Sequence[Link] = ()) -> None:
        self.run: Run[R] = run
        self._side: Pushed[R] = side
        self.in_doubt = in_doubt
        self._again = again
        self.suspects: Suspects[R] = Suspects()
        self.mark = Watermark(run.state.local)
        self.waits = False
        """True when a record could not be dealt with at the first look: the job should come back soon."""
        self.left: set[str] = set()
        """The CRM ids of those that still could not."""
        self.deletes: dict[str, tuple[Link, Stored[R]]] = {}
        """What is to be deleted at Google as the last look at each record has it, by CRM id."""
        self.initial = False
        """True when nothing was linked at the start: then only what was written since can have a link."""
        self.ahead: set[str] = set()
        """Series that went to Google before their turn, for an exception of theirs was met."""
        self.matching = run.state.phase == "matching"
        self._seen = 0
        """How much of what this job wrote, and what owes Google something, stood before the last look."""

    def perform(self) -> None:
        """Looks at all changes and performs what follows: creates, updates, then deletes.

        Raises Yield between pages.
        """
        self._begin()
        with self.run.deps.workers() as caller, self.run.deps.workers() as reader:
            pipeline: Pipeline[R] = Pipeline(self.run, caller, self._advance)
            self._try_again()
            self._pass(pipeline, reader)
            self.matching |= self.run.memory.claims_moved
            while self.matching:
                self._side.resolve(self.run)
                self.matching = False
                self._pass(pipeline, reader)
        if self.deletes:
            self._delete_all()
        if writes := self.suspects.settle(self.run):
            self.run.ledger.commit(None, *writes)
        self.left |= self._unseen
        self.waits |= bool(self._unseen)
        self.left -= self.suspects.aside

    def reached(self) -> Mapping[str, Any]:
        """The cursor, where it may stand farther than it is saved. It rides in a commit that is made anyway,
        so that the next job has less to look at again.
        """
        saved, reached = self.run.state.local, self.mark.cursor
        if saved is None or reached is None or reached.at <= saved.at:
            return {}
        return {"local": reached}

    def _begin(self) -> None:
        """Counts what a long pass has before it, or goes on counting where the job before this one ended."""
        run = self.run
        if run.state.words != WORDS and run.state.local is not None:
            # Older records are not found by all that they would be found by now: the look adds it.
            run.ledger.commit(local=None, words=WORDS)
            self.mark = Watermark(None)
        state = run.state
        if state.local is None:
            self.mark.total = run.store.count(run.scope, run.kind)
            linked = run.store.count_links(run.scope, run.resource) > 0
            self.initial = not linked and not run.store.gone_links_page(run.scope, None, 1)
        elif state.phase in ("waiting", "pushing") and state.total is not None:
            self.mark.passed, self.mark.total = state.done, state.total

    def _pass(self, pipeline: Pipeline[R], reader: Executor) -> None:
        local = self.run.state.local
        begin = self.mark.position or watermark.position(local)
        changes: Changes[R] = Changes(self.run, reader, watermark.since(local), begin)
        second_looks = 0
        while True:
            page = changes.page()
            self.mark.read(page)
            # Read ahead: what was written for the page before this one may not be in it.
            self._seen = page.owing
            self._take_page(page, pipeline)
            if not page.last:
                continue
            pipeline.finish()
            if not page.records and self.mark.position is not None:
                self._advance(Work(last=True))
            if not self._unseen or second_looks == SECOND_LOOKS:
                return
            second_looks += 1

    @property
    def _unseen(self) -> set[str]:
        """CRM ids of records that this job wrote since the last look, or while that was made, and that owe
        Google something.
        """
        return set(self.run.ledger.owing[self._seen :])

    def _try_again(self) -> None:
        """Sends what was set aside, as it is."""
        run = self.run
        links = {link.crm: link for link in self._again if link.crm}
        for some in chunks(list(links), CHUNK):
            records = run.store.records(run.scope, run.kind, some)
            exceptions, others = parted(records.values(), lambda stored: is_exception(stored.value))
            work: Work[R] = Work(progress=self.mark.progress)
            self._sort(others, links, work)
            self._send(exceptions, links, work)

    def _take_page(self, page: Changed[R], pipeline: Pipeline[R]) -> None:
        """Deals with a page in parts."""
        parts = list(chunks(page.records, CHUNK))
        for part in parts:
            self._take(part, pipeline, last=page.last and part is parts[-1])

    def _take(self, page: Sequence[Stored[R]], pipeline: Pipeline[R], *, last: bool) -> None:
        """Deals with some records. Raises Yield."""
        run = self.run
        self._check_time(pipeline)
        fresh, exceptions = self._fresh(page, pipeline)
        links, formerly = self._links(fresh + exceptions)
        work: Work[R] = Work(
            progress=self.mark.progress, page=page, last=last, initial=self.initial, formerly=formerly
        )
        self._sort(fresh, links, work)
        if self._side.streams(run, work):
            pipeline.add(work)
            return
        pipeline.finish()
        self._send(exceptions, links, work)

    def _send(self, exceptions: Sequence[Stored[R]], links: Mapping[str, Link], work: Work[R]) -> None:
        """Sends what the records of a part ask for, and then what their exceptions do; commits it."""
        run = self.run
        creates.create(run, self._side, work, self.suspects)
        updates.update(run, work, self.suspects)
        if exceptions:
            work.flush(run)
            work.updates = []
            alone.sort_exceptions(run, self._side, exceptions, links, work)
            updates.update(run, work, self.suspects)
        self._advance(work)
        if work.limited is not None:
            raise work.limited

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
        fresh = [stored for stored in page if settled.get(stored.id) != stored.version]
        self.mark.look(len(page), fresh=bool(fresh))
        if pipeline.concerns({stored.id for stored in fresh}):
            pipeline.finish()
        exceptions, others = parted(fresh, lambda stored: is_exception(stored.value))
        if exceptions:
            ahead = self._side.missing_series(self.run, exceptions, others)
            self.ahead.update(stored.id for stored in ahead)
            others += ahead
        return others, exceptions

    def _sort(self, fresh: Sequence[Stored[R]], links: Mapping[str, Link], work: Work[R]) -> None:
        """Adds to `work` what these records ask of Google, as far as it may go there now."""
        run = self.run
        for stored in fresh:
            link = links.get(stored.id)
            work.unit()
            with aside.guarded(run, stored.id, partial(alone.put_aside, run, stored, link, work)):
                sort(run, stored, link, work)
        if not run.pushes:
            work.forget_asking()
        self.matching |= alone.sift(run, self._side, work)
        if self.in_doubt:
            work.waiting.update(stored.id for stored in work.creates)
            work.creates = []
        work.deletes = holds.not_held(run, "google", work.deletes)
        for stored in fresh:
            self.deletes.pop(stored.id, None)
        self.deletes |= {stored.id: (link, stored) for link, stored in work.deletes}

    def _links(self, fresh: Sequence[Stored[R]]) -> tuple[Mapping[str, Link], Mapping[str, Sequence[Link]]]:
        """The links of these records, and those of contacts that they were before.

        A pass meets a record again only when it was written meanwhile. So when nothing was linked before,
        only such records can have a link, and a first push asks for hardly any.
        """
        run = self.run
        asked = [stored.id for stored in fresh if self._may_have_a_link(stored)]
        return run.store.known_links_of(run.scope, run.resource, asked) if asked else ({}, {})

    def _may_have_a_link(self, stored: Stored[R]) -> bool:
        return not self.initial or stored.updated_at >= self.run.started - SETTLED or stored.id in self.ahead

    def _advance(self, work: Work[R], also: Sequence[Write] = (), lease: Mapping[str, Any] = NOTHING) -> None:
        """Commits what is still pending of the page together with the cursor, and with `also`; writes nothing
        when only a little was looked at in vain.
        """
        ledger = self.run.ledger
        self.waits |= bool(work.waiting)
        self.left = (self.left - {stored.id for stored in work.page}) | work.waiting
        self.mark.move_past(work.page, work.waiting | {stored.id for _, stored in work.deletes})
        if work.last:
            self.mark.end()
        if work.writes or also or self.mark.is_worth_saving(ledger.state.local, ledger.quiet):
            state = {"local": self.mark.cursor, **self.mark.progress, **lease, "deferred": len(self.left)}
            state |= self._phase(work)
            ledger.commit(work, *also, **state)
            work.clear()

    def _phase(self, work: Work[R]) -> Mapping[str, Any]:
        """The state fields that say where the job stands after this page."""
        if self.matching:
            return {"phase": "matching"}
        owes = bool(work.owing or self._unseen)
        if work.last and not (owes or self.deletes or self.waits or self.in_doubt):
            return self.run.ledger.finished()
        return NOTHING

    def _delete_all(self) -> None:
        """Deletions at Google come last, and only when the guard lets them pass; otherwise the hold remembers
        them.
        """
        run = self.run
        deletes = list(self.deletes.values())
        reason = self._hold_reason([link for link, _ in deletes])
        held = Pending()
        if reason is not None:
            held.put_each(holds.deletions(run, "google", reason, deletes))
        else:
            delete(run, deletes, counted=True, suspects=self.suspects)
        self.waits |= bool(self.suspects.held)
        done = {} if self.waits or self.in_doubt or self._unseen else run.ledger.finished()
        run.ledger.commit(held, local=self.mark.final_cursor(waits=self.waits), **done)

    def _hold_reason(self, links: Sequence[Link]) -> str | None:
        """Why so many deletions look like an accident, or None."""
        run = self.run
        known = run.store.count_links(run.scope, run.resource)
        old = any(link.canon_version != CANON_VERSION for link in links)
        recent = recently(run.state.deleted, "google", run.now())
        return hold_reason(len(links), known, listing_empty=False, canon_changed=old, recent=recent)
