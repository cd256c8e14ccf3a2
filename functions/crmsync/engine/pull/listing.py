"""Pull: what changed at Google comes in, page by page.

A listing either continues from the sync token or is complete. The token is saved in the commit of the last
page, so that a crash lists the
same pages again (and finds echoes), never skips one. Deletions are collected and stand before the guard once
the whole listing is known.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Generic

from crmsync.core.calendar.occurrences import is_exception, is_exception_key
from crmsync.core.errors import CursorExpired
from crmsync.core.model import R, Stored
from crmsync.core.pair.guard import hold_reason, noted, recently
from crmsync.core.state import CANON_VERSION, Link, Observation
from crmsync.engine.pairs.absorb import absorb_linked, archive
from crmsync.engine.pairs.merges import Heirs, follow
from crmsync.engine.ports import Page
from crmsync.engine.pull import candidates, events, exceptions, google_born
from crmsync.engine.pull.contacts import absorb_page
from crmsync.engine.pull.key_set import KeySet
from crmsync.engine.run import holds
from crmsync.engine.run.effects import Effects, merge_settled
from crmsync.engine.run.reading import confirm
from crmsync.engine.run.run import Run
from crmsync.engine.series import following
from crmsync.store.ports import Conflicted, TooLarge

FULL_EVERY = timedelta(days=6)
"""A sync token lives 7 days from the full listing, whatever happens in between (Google documents it for
People).
"""
CURSOR_AGE = timedelta(days=1)
"""How long a cursor may stand when nothing at all changed: writing it anew would cost more than it saves."""
ECHO_AGE = timedelta(hours=1)
"""The same when the listing shows only echoes, which are listed again until the cursor moves past them."""
COMMIT_SIZE = 400
ARCHIVES = 30
"""So many records fit into a commit with their journal, however long their notes are."""
LINKS_PAGE = 300
ATTEMPTS = 4


class Pull(Generic[R]):
    """One listing of one resource."""

    def __init__(self, run: Run[R], *, force_full: bool = False) -> None:
        self.run: Run[R] = run
        self.force_full = force_full
        self.full = force_full
        self.archives: list[tuple[Link, Stored[R]]] = []
        self.vanished: list[tuple[Link, Observation[R]]] = []
        self.heirs: Heirs[R] = Heirs()
        self.empty = True
        """Whether the listing has shown nothing alive."""
        self.relist = False
        """Whether the next job lists everything."""
        self.seen = KeySet()
        """The keys that a complete listing has shown, where it can tell what is absent; so with `offered`."""
        self.offered: set[str] = set()
        self.offers_before = False
        self.links_before = 0
        self.from_start = True
        self.closed = False
        self.told = following.Told()
        """What the listing of a calendar tells of series."""
        self.brings = run.user.settings.google_events

    def perform(self) -> None:
        """Lists to the end. Raises Yield between pages, Superseded, and what Google's door raises."""
        run = self.run
        full = self.full = self._wants_full()
        goes_on = run.state.listing_full and not self.force_full and not google_born.wants_more(run)
        page_token = run.state.page_token if goes_on else None
        self.from_start = page_token is None
        if full:
            self._look_back()
        if full and run.state.full_at is None and run.state.phase != "pulling":
            # The very first listing: the button says at once that it has begun.
            run.commit(phase="pulling", done=0, total=None)
        token = None if full else run.state.sync_token
        listed = run.state.done if page_token else 0
        while True:
            try:
                page = run.remote.list_page(token, page_token)
            except CursorExpired:
                if full and self.from_start and page_token is None:
                    raise
                full, token, page_token, listed = True, None, None, 0
                self.full = True
                self.from_start = True
                self._look_back()
                self.archives.clear()
                self.vanished.clear()
                self.heirs = Heirs()
                self.empty = True
                self.seen.clear()
                self.offered.clear()
                self.told.clear()
                continue
            listed += len(page.items)
            if full:
                self._note_living(page)
            resumable = full and (self.links_before == 0 or not self.from_start)
            self._take_page(page, listed, full=full, resumable=resumable)
            if page.next_page_token is None:
                break
            page_token = page.next_page_token
            if resumable:
                run.check_time()
        self._finish(page.next_sync_token, full=full, listed=listed)

    def _note_living(self, page: Page[R]) -> None:
        living = [self.run.key_of(item) for item in page.items if not item.deleted]
        self.empty &= not living
        if self._audits(full=True):
            self.seen.update(living)

    def _note(self, effects: Effects[R]) -> None:
        self.archives += effects.archives
        self.vanished += effects.vanished
        if self.offers_before:
            self.offered |= effects.offered

    def _wants_full(self) -> bool:
        run = self.run
        state = run.state
        if self.force_full or state.sync_token is None or state.listing_full or google_born.wants_more(run):
            return True
        return state.full_at is None or run.now() - state.full_at > FULL_EVERY

    def _look_back(self) -> None:
        """What a complete listing may find missing."""
        run = self.run
        self.links_before = run.deps.store.count_links(run.scope, run.resource)
        self.offers_before = run.resource == "contacts" and candidates.any_open(run)
        if run.resource == "calendar" and (self.links_before == 0 or not self.from_start):
            # Nothing can be missing: what ended long ago is left out.
            windowed: Any = run.session.calendar(run.state.calendar_id, google_born.window_start(run))
            run.remote = windowed
            self.told.keeps = False

    def _take_page(self, page: Page[R], listed: int, *, full: bool, resumable: bool) -> None:
        """Commits one page in batches.

        The last batch of a page carries the continuation of a resumable listing, the last of all the new sync
        token.
        """
        run = self.run
        last = page.next_page_token is None
        # Who vanished and who took over come first, so that they meet in one batch.
        items = sorted(page.items, key=lambda item: not (item.deleted or item.previous))
        kinds = following.parted(items) if run.resource == "calendar" else (items,)
        batches = [kind[i : i + COMMIT_SIZE] for kind in kinds for i in range(0, len(kind), COMMIT_SIZE)]
        for position, batch in enumerate(batches):
            more: dict[str, Any] = {}
            closing: dict[str, Any] = {}
            if full:
                more = {"phase": "pulling", "done": listed, "total": page.total or run.state.total}
            if position == len(batches) - 1:
                if last and not self._audits(full):
                    closing = self._cursor(page.next_sync_token, full=full)
                elif not last and resumable:
                    more |= {"page_token": page.next_page_token, "listing_full": True}
                    more |= {"events": self.brings} if run.resource == "calendar" else {}
            self._take_batch(batch, more, closing)

    def _audits(self, full: bool) -> bool:
        """Whether this listing can tell what is absent: complete, done in one job, and there was something
        before it.
        """
        return full and self.from_start and (self.links_before > 0 or self.offers_before)

    def _cursor(self, sync_token: str | None, *, full: bool) -> dict[str, Any]:
        token = None if self.relist and not full else sync_token
        fields: dict[str, Any] = {"sync_token": token, "page_token": None, "listing_full": False}
        if full:
            fields["full_at"] = self.run.now()
        if self.run.resource == "calendar":
            fields["events"] = self.brings if full else google_born.lesser(self.brings, self.run.state.events)
        return fields

    def _take_batch(
        self, batch: Sequence[Observation[R]], more: dict[str, Any], closing: dict[str, Any]
    ) -> None:
        run = self.run
        for attempt in range(ATTEMPTS):
            effects: Effects[R] = Effects()
            self._absorb(batch, effects)
            if not effects.writes and "page_token" not in more:
                self._note(effects)
                return
            waiting = effects.archives or effects.vanished or self.archives or self.vanished
            self.relist |= effects.relist
            more_to_do = waiting or self.told.later or self.relist or self._unseen()
            closes = bool(closing) and not more_to_do
            try:
                versions = run.commit(
                    effects.writes,
                    effects.changes,
                    candidates=run.resource == "contacts",
                    **more,
                    **(closing if closes else {}),
                )
            except Conflicted:
                if attempt == ATTEMPTS - 1:
                    raise
                run.refresh()
                continue
            except TooLarge:
                if len(batch) == 1:
                    raise
                half = len(batch) // 2
                self._take_batch(batch[:half], {}, {})
                self._take_batch(batch[half:], more, closing)
                return
            merge_settled(run, effects, versions)
            self._note(effects)
            self.closed = closes
            return

    def _absorb(self, batch: Sequence[Observation[R]], effects: Effects[R]) -> None:
        if self.run.resource == "contacts":
            absorb_page(self.run, batch, self.heirs, effects)
        elif any(is_exception(item.value) for item in batch):
            exceptions.absorb(self.run, batch, effects, self.told)
        else:
            events.absorb(self.run, batch, effects, self.told)

    def _finish(self, sync_token: str | None, *, full: bool, listed: int) -> None:
        """What follows once the listing is complete: absences, the guard, the cursor.

        Writes nothing when there is nothing worth it.
        """
        run = self.run
        if self.closed:
            return
        if self.told.later:
            self._perform(lambda effects: exceptions.settle_later(run, self.told, effects))
        if unseen := self._unseen():
            self._perform(partial(self._absent_exceptions, unseen))
        for start in range(0, len(self.vanished), LINKS_PAGE):
            self._settle(self.vanished[start : start + LINKS_PAGE])
        if self._audits(full):
            self._find_absent()
            if self.offers_before:
                candidates.withdraw(run, self.offered)
        parts = self._guard(full=full)
        stale = run.age > (ECHO_AGE if listed else CURSOR_AGE)
        if not (full or run.committed or parts or stale):
            return
        for effects in parts[:-1]:
            merge_settled(run, effects, run.commit(effects.writes, effects.changes, **self._count(effects)))
        last: Effects[R] = parts[-1] if parts else Effects()
        state = self._cursor(sync_token, full=full) | self._count(last)
        merge_settled(run, last, run.commit(last.writes, last.changes, **state))

    def _unseen(self) -> list[Link]:
        """Exceptions that were not listed while their series were; a complete listing tells by itself."""
        return [] if self.full else exceptions.unseen(self.run, self.told)

    def _count(self, effects: Effects[R]) -> dict[str, Any]:
        """What this run archives counts in the guard of later ones."""
        if not effects.archived:
            return {}
        return {"deleted": noted(self.run.state.deleted, "crm", effects.archived, self.run.now())}

    def _find_absent(self) -> None:
        """After a complete listing: links that it did not show are confirmed by a direct read before they
        count as deleted.
        """
        run = self.run
        after: str | None = None
        while True:
            links = run.deps.store.links_page(run.scope, run.resource, after, LINKS_PAGE)
            known = [link for link in links if link.state != "detached" and link.remote_id]
            missing = [link for link in known if link.key not in self.seen]
            self._settle_absent([link for link in missing if not is_exception_key(link.key)])
            lacking = [link for link in missing if is_exception_key(link.key)]
            if lacking:
                self._perform(partial(self._absent_exceptions, lacking))
            if len(links) < LINKS_PAGE:
                return
            after = links[-1].key

    def _absent_exceptions(self, missing: Sequence[Link], effects: Effects[R]) -> None:
        exceptions.settle_absent(self.run, missing, effects, self.told)

    def _perform(self, work: Callable[[Effects[R]], None]) -> None:
        """Commits what a piece of work leads to; it is done again when something moved meanwhile."""
        run = self.run
        for attempt in range(ATTEMPTS):
            effects: Effects[R] = Effects()
            work(effects)
            try:
                if effects.writes:
                    merge_settled(run, effects, run.commit(effects.writes, effects.changes))
            except Conflicted:
                if attempt == ATTEMPTS - 1:
                    raise
                run.refresh()
                continue
            self.archives += effects.archives
            return

    def _settle_absent(self, missing: Sequence[Link]) -> None:
        if missing:
            found = confirm(self.run, missing)
            self._settle([(link, found.get(link.key, _tombstone(link))) for link in missing])

    def _settle(self, pairs: Sequence[tuple[Link, Observation[R]]]) -> None:
        """Decides links whose record is gone, now that the listing has told who took over from whom."""
        run = self.run
        keys = [link.key for link, _ in pairs]
        known: Mapping[str, Link] | None = {link.key: link for link, _ in pairs}

        def decide(effects: Effects[R]) -> None:
            nonlocal known
            links = known if known is not None else run.deps.store.links(run.scope, keys)
            known = None
            current = [(links[link.key], observation) for link, observation in pairs if link.key in links]
            vanished = [link for link, observation in current if observation.deleted]
            followed, _ = follow(run, self.heirs, vanished, effects)
            absorb_linked(run, [pair for pair in current if pair[0].key not in followed], effects)

        try:
            self._perform(decide)
        except TooLarge:
            if len(pairs) == 1:
                raise
            half = len(pairs) // 2
            self._settle(pairs[:half])
            self._settle(pairs[half:])

    def _guard(self, *, full: bool) -> list[Effects[R]]:
        """Archives what was deleted at Google, or holds all of it when it is too much to believe.

        Answers what to commit, in parts that are small enough.
        """
        run = self.run
        effects: Effects[R] = Effects()
        followed, _ = follow(run, self.heirs, [link for link, _ in self.archives], effects)
        self.archives = [pair for pair in self.archives if pair[0].key not in followed]
        self.archives = holds.not_held(run, "crm", self.archives)
        parts: list[Effects[R]] = [effects] if effects.writes else []
        if not self.archives:
            return parts
        links = run.deps.store.count_links(run.scope, run.resource)
        empty = full and self.empty
        old = any(link.canon_version != CANON_VERSION for link, _ in self.archives)
        recent = recently(run.state.deleted, "crm", run.now())
        reason = hold_reason(len(self.archives), links, empty, old, recent)
        if reason is not None:
            parts.append(Effects(holds.deletions(run, "crm", reason, self.archives)))
            return parts
        for start in range(0, len(self.archives), ARCHIVES):
            part: Effects[R] = Effects()
            archive(run, self.archives[start : start + ARCHIVES], part)
            parts.append(part)
        return parts


def _tombstone(link: Link) -> Observation[R]:
    return Observation(link.key, link.name, link.remote_id, link.etag, None, deleted=True, value=None)
