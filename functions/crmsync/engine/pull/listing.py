"""Pull: what changed at Google comes in, page by page.

A listing either continues from the sync token or is complete. The token is saved in the commit of the last
page, so that a crash lists the same pages again (and finds echoes), never skips one. Deletions are collected
and stand before the guard once the whole listing is known.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any, Generic, Protocol

from crmsync.core.account import ResourceState
from crmsync.core.chunks import chunks, parted
from crmsync.core.errors import CursorExpired
from crmsync.core.model import R, Stored
from crmsync.core.pair.guard import hold_reason, noted, recently
from crmsync.core.quarantine import INTERNAL, TOO_LARGE
from crmsync.core.state import CANON_VERSION, Link, Observation
from crmsync.engine.pairs.absorb import absorb_linked, archive
from crmsync.engine.pairs.merges import follow
from crmsync.engine.ports import Page
from crmsync.engine.pull.intake import Intake, Step
from crmsync.engine.pull.key_set import KeySet
from crmsync.engine.run import aside, holds
from crmsync.engine.run.attempts import attempts
from crmsync.engine.run.pending import Effects, Pending
from crmsync.engine.run.reading import confirm, read_all, tombstone
from crmsync.engine.run.run import Run
from crmsync.store.ports import Conflicted, DropLink, TooLarge

FULL_EVERY = timedelta(days=6)
"""A sync token lives 7 days from the full listing, whatever happens in between (documented for People)."""
CURSOR_AGE = timedelta(days=1)
"""How long a cursor may stand when nothing at all changed: writing it anew would cost more than it saves."""
ECHO_AGE = timedelta(hours=1)
"""The same when the listing shows only echoes, which are listed again until the cursor moves past them."""
COMMIT_SIZE = 400
LINKS_PAGE = 300


class Listed(Protocol[R]):
    """What a side says of its listings."""

    def intake(self, run: Run[R], *, full: bool, from_start: bool, links: int) -> Intake[R]:
        """How one listing is taken in. links: how many pairs there were before a complete one."""
        ...

    def wants_more(self, run: Run[R]) -> bool:
        """Whether the user has come to want what earlier listings left out."""
        ...


def pull(run: Run[R], side: Listed[R], *, force_full: bool = False, again: Sequence[Link] = ()) -> Intake[R]:
    """Lists to the end; answers what took it in. again: what was set aside and is looked at once more.

    Raises Yield between pages, Superseded, and what Google's door raises.
    """
    listing: Listing[R]
    listing, page_token = _begin(run, side, force_full)
    listing.look_again(again)
    while True:
        try:
            page = listing.intake.remote.list_page(listing.token, page_token)
        except CursorExpired:
            if listing.full and listing.from_start and page_token is None:
                raise
            listing, page_token = Listing(run, side, full=True), None
            continue
        listing.take(page)
        if page.next_page_token is None:
            listing.finish(page.next_sync_token)
            return listing.intake
        page_token = page.next_page_token
        if listing.resumable:
            run.check_time()


def _begin(run: Run[R], side: Listed[R], force_full: bool) -> tuple["Listing[R]", str | None]:
    """The listing that is due, and where it goes on."""
    state = run.state
    anew = force_full or side.wants_more(run)
    page_token = state.page_token if state.listing_full and not anew else None
    full = anew or state.listing_full or state.sync_token is None or _is_old(run, state)
    first = full and state.full_at is None and state.phase != "pulling"
    listing = Listing(run, side, full=full, from_start=page_token is None)
    if first:
        # The very first listing: the button says at once that it has begun.
        run.ledger.commit(phase="pulling", done=0, total=None)
    return listing, page_token


def _is_old(run: Run[Any], state: ResourceState) -> bool:
    return state.full_at is None or run.now() - state.full_at > FULL_EVERY


class Listing(Generic[R]):
    """One listing of one resource, from its first page in this job to its last."""

    def __init__(self, run: Run[R], side: Listed[R], *, full: bool, from_start: bool = True) -> None:
        """from_start: not so when it goes on where another job left it."""
        self._run: Run[R] = run
        self.full = full
        self.from_start = from_start
        self.token = None if full else run.state.sync_token
        self._links = run.store.count_links(run.scope, run.resource) if full else 0
        self.intake: Intake[R] = side.intake(run, full=full, from_start=from_start, links=self._links)
        self._listed = 0 if from_start else run.state.done
        self._archives: list[tuple[Link, Stored[R]]] = []
        self._vanished: list[tuple[Link, Observation[R]]] = []
        self._empty = True
        """Whether the listing has shown nothing alive."""
        self._relist = False
        """Whether the next job lists everything."""
        self._seen = KeySet()
        """The keys that a complete listing has shown, where it can tell what is absent."""
        self._closed = False

    @property
    def resumable(self) -> bool:
        """Whether another job may go on after any page: there is nothing that could be found missing."""
        return self.full and (self._links == 0 or not self.from_start)

    @property
    def _audits(self) -> bool:
        """Whether this listing can tell what is absent: complete, done in one job, and there was something
        before it.
        """
        return self.full and self.from_start and (self._links > 0 or self.intake.offers)

    def take(self, page: Page[R]) -> None:
        """Commits one page in batches.

        The last batch of a page carries the continuation of a resumable listing, the last of all the new sync
        token.
        """
        self._listed += len(page.items)
        if self.full:
            self._note_living(page)
        # Who vanished and who took over come first, so that they meet in one batch.
        items = sorted(page.items, key=lambda item: not (item.deleted or item.previous))
        batches = [batch for part in self.intake.parts(items) for batch in chunks(part, COMMIT_SIZE)]
        for position, batch in enumerate(batches):
            ends = position == len(batches) - 1
            self._take_batch(batch, self._progress(page, ends), self._closing(page, ends))

    def _note_living(self, page: Page[R]) -> None:
        living = [self._run.side.key_of(item) for item in page.items if not item.deleted]
        self._empty &= not living
        if self._audits:
            self._seen.update(living)

    def _progress(self, page: Page[R], ends: bool) -> dict[str, Any]:
        """The state fields that show how far the listing is. ends: with the last batch of the page."""
        if not self.full:
            return {}
        fields: dict[str, Any] = {"phase": "pulling", "done": self._listed}
        fields["total"] = page.total or self._run.state.total
        if ends and page.next_page_token is not None and self.resumable:
            fields |= {"page_token": page.next_page_token, "listing_full": True, **self.intake.progress()}
        return fields

    def _closing(self, page: Page[R], ends: bool) -> dict[str, Any]:
        """The state fields that end the listing, with its very last batch."""
        if not ends or page.next_page_token is not None or self._audits:
            return {}
        return self._cursor(page.next_sync_token)

    def _cursor(self, sync_token: str | None) -> dict[str, Any]:
        token = None if self._relist and not self.full else sync_token
        fields = {"sync_token": token, "page_token": None, "listing_full": False, **self.intake.closing()}
        fields |= self._run.ledger.supposed()
        return fields | ({"full_at": self._run.now()} if self.full else {})

    def _take_batch(
        self, batch: Sequence[Observation[R]], progress: dict[str, Any], closing: dict[str, Any]
    ) -> None:
        for last in attempts():
            try:
                self._absorb(batch, progress, closing)
            except Conflicted:
                if last:
                    raise
                self._run.ledger.refresh()
                continue
            except TooLarge:
                self._take_apart(batch, progress, closing, TOO_LARGE)
            except aside.STOPS:
                raise
            except Exception as error:
                if len(batch) == 1:
                    aside.note(self._run, batch[0].key, error)
                self._take_apart(batch, progress, closing, INTERNAL)
            return

    def _absorb(
        self, batch: Sequence[Observation[R]], progress: dict[str, Any], closing: dict[str, Any]
    ) -> None:
        effects: Effects[R] = Effects()
        self.intake.absorb(batch, effects)
        self._commit(effects, progress, closing)

    def _commit(self, effects: Effects[R], progress: dict[str, Any], closing: dict[str, Any]) -> None:
        """Commits what a batch led to, with the state fields that go with it."""
        if not effects.writes and "page_token" not in progress:
            self._note(effects)
            return
        self._relist |= effects.relist
        closes = bool(closing) and not self._more_to_do(effects)
        fields = progress | (closing if closes else {})
        self._run.ledger.commit(effects, candidates=self.intake.holds_candidates, **fields)
        self._note(effects)
        self._closed = closes

    def _take_apart(
        self,
        batch: Sequence[Observation[R]],
        progress: dict[str, Any],
        closing: dict[str, Any],
        reason: str,
    ) -> None:
        """Takes in each half of a batch by itself; one that cannot be taken in even alone is set aside."""
        if len(batch) > 1:
            half = len(batch) // 2
            self._take_batch(batch[:half], {}, {})
            self._take_batch(batch[half:], progress, closing)
            return
        effects: Effects[R] = Effects()
        aside.observed(self._run, batch[0], reason, effects)
        self._commit(effects, progress, closing)

    def look_again(self, links: Sequence[Link]) -> None:
        """Reads what was set aside once more, and takes it in like what is listed."""
        found = read_all(self._run.remote, [link.remote_id for link in links]) if links else {}
        # By the name that was asked for: Google answers to an old name, too, and then tells the new one.
        living = {name: item for name, item in found.items() if not item.deleted}
        for part in self.intake.parts(list(living.values())):
            for batch in chunks(part, COMMIT_SIZE):
                self._take_batch(batch, {}, {})
        missing = (link for link in links if link.remote_id not in living)
        strange, gone = parted(missing, aside.is_born_aside)
        self._vanished += [(link, tombstone(link)) for link in gone]
        strange += [link for link in links if self._is_elsewhere(link, living.get(link.remote_id))]
        if strange:
            self._run.ledger.commit(Pending([DropLink(link.key) for link in strange]))

    def _is_elsewhere(self, link: Link, item: Observation[R] | None) -> bool:
        """Whether what was set aside has another key by now: an occurrence whose series was split since."""
        return (
            item is not None
            and aside.is_born_aside(link)
            and self._run.side.key_of(item) != aside.born_key(link)
        )

    def _more_to_do(self, effects: Effects[R]) -> bool:
        found = effects.archives or effects.vanished or self._archives or self._vanished
        return bool(found) or self._relist or self.intake.unsettled()

    def _note(self, effects: Effects[R]) -> None:
        self._archives += effects.archives
        self._vanished += effects.vanished
        self.intake.committed(effects)

    def finish(self, sync_token: str | None) -> None:
        """What follows once the listing is complete: absences, the guard, the cursor.

        Writes nothing when there is nothing worth it.
        """
        run = self._run
        if self._closed:
            return
        for step in self.intake.conclude():
            self._perform(step)
        for some in chunks(self._vanished, LINKS_PAGE):
            self._settle(some)
        if self._audits:
            self._find_absent()
            self.intake.withdraw()
        effects = self._guard()
        stale = run.ledger.age > (ECHO_AGE if self._listed else CURSOR_AGE)
        if self.full or run.ledger.committed or effects.writes or stale:
            self._close(effects, {**self._cursor(sync_token), **self._count(effects)})

    def _close(self, effects: Effects[R], state: dict[str, Any]) -> None:
        try:
            self._run.ledger.commit(effects, **state)
        except TooLarge as refusal:
            self._run.ledger.commit(aside.too_large(self._run, refusal), **state)

    def _count(self, effects: Effects[R]) -> dict[str, Any]:
        """What this job archives counts in the guard of later ones."""
        if not effects.archived:
            return {}
        return {"deleted": noted(self._run.state.deleted, "crm", effects.archived, self._run.now())}

    def _find_absent(self) -> None:
        """After a complete listing: links that it did not show are confirmed by a direct read before they
        count as deleted. What is set aside and was not shown is looked for likewise.
        """
        for links in _pages_of_links(self._run):
            self.look_again([link for link in links if self._is_lost_aside(link)])
            known = [link for link in links if _is_listed(link)]
            missing, step = self.intake.absent([link for link in known if link.key not in self._seen])
            if missing:
                found = confirm(self._run, missing)
                self._settle([(link, found.get(link.key, tombstone(link))) for link in missing])
            if step is not None:
                self._perform(step)

    def _is_lost_aside(self, link: Link) -> bool:
        return aside.is_born_aside(link) and aside.born_key(link) not in self._seen

    def _perform(self, step: Step[R]) -> None:
        """Commits what a step leads to; it is done again when something moved meanwhile."""
        for last in attempts():
            effects: Effects[R] = Effects()
            step(effects)
            try:
                if effects.writes:
                    self._run.ledger.commit(effects)
            except Conflicted:
                if last:
                    raise
                self._run.ledger.refresh()
                continue
            except TooLarge as refusal:
                self._run.ledger.commit(aside.too_large(self._run, refusal))
            self._archives += effects.archives
            self.intake.committed(effects)
            return

    def _settle(self, pairs: Sequence[tuple[Link, Observation[R]]]) -> None:
        """Decides links whose record is gone, now that the listing has told who took over from whom."""
        try:
            self._perform(self._deciding(pairs))
        except aside.STOPS:
            raise
        except Exception as error:
            self._settle_apart(pairs, error)

    def _settle_apart(self, pairs: Sequence[tuple[Link, Observation[R]]], error: Exception) -> None:
        """Settles each half by itself; a link that cannot be settled even alone is set aside."""
        if len(pairs) > 1:
            half = len(pairs) // 2
            self._settle(pairs[:half])
            self._settle(pairs[half:])
            return
        ((link, item),) = pairs
        aside.note(self._run, link.key, error)
        self._perform(lambda effects: aside.pair(self._run, link, item, INTERNAL, effects))

    def _deciding(self, pairs: Sequence[tuple[Link, Observation[R]]]) -> Callable[[Effects[R]], None]:
        run = self._run
        fresh = [{link.key: link for link, _ in pairs}]

        def decide(effects: Effects[R]) -> None:
            # The links are as they were just read; a second attempt reads them again.
            links = fresh.pop() if fresh else run.store.links(run.scope, [link.key for link, _ in pairs])
            current = [(links[link.key], observation) for link, observation in pairs if link.key in links]
            gone = [link for link, observation in current if observation.deleted]
            followed, _ = follow(run, self.intake.heirs, gone, effects)
            absorb_linked(run, [pair for pair in current if pair[0].key not in followed], effects)

        return decide

    def _guard(self) -> Effects[R]:
        """What archives all that was deleted at Google, or holds it when it is too much to believe."""
        run = self._run
        effects: Effects[R] = Effects()
        followed, _ = follow(run, self.intake.heirs, [link for link, _ in self._archives], effects)
        archives = [pair for pair in self._archives if pair[0].key not in followed]
        archives = holds.not_held(run, "crm", archives)
        if not archives:
            return effects
        reason = self._reason_to_hold(archives)
        if reason is not None:
            effects.put_each(holds.deletions(run, "crm", reason, archives))
        else:
            self._archive(archives, effects)
        return effects

    def _archive(self, found: Sequence[tuple[Link, Stored[R]]], effects: Effects[R]) -> None:
        """Archives these records; one that cannot be archived stops no other."""
        part: Effects[R] = Effects()
        try:
            archive(self._run, found, part)
        except aside.STOPS:
            raise
        except Exception as error:
            if len(found) > 1:
                for one in found:
                    self._archive([one], effects)
                return
            ((link, _),) = found
            aside.note(self._run, link.crm, error)
            part = Effects()
            gone: Observation[R] = tombstone(link)
            aside.pair(self._run, link, gone, INTERNAL, part)
        effects.unit()
        effects.join(part)

    def _reason_to_hold(self, archives: Sequence[tuple[Link, Stored[R]]]) -> str | None:
        run = self._run
        links = run.store.count_links(run.scope, run.resource)
        old = any(link.canon_version != CANON_VERSION for link, _ in archives)
        recent = recently(run.state.deleted, "crm", run.now())
        return hold_reason(len(archives), links, self.full and self._empty, old, recent)


def _is_listed(link: Link) -> bool:
    """Whether a complete listing shows the record behind a link, if it is there."""
    return not link.is_silent and bool(link.remote_id) and not aside.is_born_aside(link)


def _pages_of_links(run: Run[R]) -> Iterator[Sequence[Link]]:
    after: str | None = None
    while True:
        links = run.store.links_page(run.scope, run.resource, after, LINKS_PAGE)
        yield links
        if len(links) < LINKS_PAGE:
            return
        after = links[-1].key
