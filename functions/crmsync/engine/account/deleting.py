"""Deleting at Google what the sync itself created there, after a disconnect: call by call, marked first."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic

from crmsync.core.calendar.occurrences import series_key
from crmsync.core.chunks import chunks
from crmsync.core.departure import Departure
from crmsync.core.errors import NotFound, Refused, Stale, SyncError
from crmsync.core.model import R, Resource
from crmsync.core.pair.settle import changed_fields
from crmsync.core.pair.sides import shown_side
from crmsync.core.state import CANON_VERSION, Base, Link, Observation
from crmsync.engine.account.departing import Departing
from crmsync.engine.ports import Remote
from crmsync.engine.run.reading import read_all
from crmsync.store.ports import DropLink, PutLink

TRIES = 3
"""How often the deletion of an event is asked for that Google refuses for its etag."""
EDITED = "edited"
"""Why a copy stays that was changed at Google since the two sides last agreed."""


@dataclass(slots=True)
class Deleting(Generic[R]):
    """The deletions of one resource by one job.

    gone: the keys of what is gone. refused: how many records Google refused, by its reason.
    """

    at: Departing
    resource: Resource
    remote: Remote[R]
    gone: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)

    def perform(self) -> None:
        """Deletes all. Raises what the whole call meets, LeaseHeld, Yield, Outdated."""
        for links in self.at.pages(self.resource):
            made = [link for link in links if link.made_here and link.remote_id]
            for chunk in chunks(made, self.remote.delete_size):
                # Exceptions come behind their series, in the order of keys, and are gone with it.
                self._delete([link for link in chunk if series_key(link.key) not in self.gone])
            covered = [link.key for link in links if series_key(link.key) in self.gone - {link.key}]
            if covered:
                self.at.commit([DropLink(key) for key in covered])
        state = self.at.user.resource(self.resource)
        if state.marked or state.lease_by == self.at.run:
            self.at.commit([], self.at.freed(self.resource, marked=bool(self.refused)))

    def delete_strays(self, key_of: Callable[[Observation[R]], str | None]) -> None:
        """Deletes what the sync has made there and no link names: its calls were answered too late, or never.

        key_of: under which key the link of such a record would be; None for all others. Raises LeaseHeld
        while such a call may still be under way.
        """
        self.at.commit([], self.at.leased(self.resource))
        strays = [link for page in self._listed() for link in self._strays(page, key_of)]
        for chunk in chunks(strays, self.remote.delete_size):
            self._delete(chunk)
        self.at.commit([], self.at.freed(self.resource))

    def _delete(self, chunk: Sequence[Link]) -> None:
        """One call, between the commit of its marks and that of its outcome."""
        if not chunk:
            return
        marks = [
            PutLink(replace(link, leaving=True))
            for link in chunk
            if link.version is not None and not link.leaving
        ]
        self.at.commit(marks, self.at.leased(self.resource, **({"marked": True} if marks else {})))
        outcomes = self._asked(chunk)
        gone = [link for link in chunk if outcomes[link.key] is None]
        self.refused.update(error.reason for error in outcomes.values() if error is not None)
        self.gone |= {link.key for link in gone}
        self.at.commit(
            [DropLink(link.key) for link in gone],
            lambda user: {"departure": counted(self.at.departure, self.resource, len(gone))},
        )

    def _asked(self, chunk: Sequence[Link]) -> Mapping[str, SyncError | None]:
        """What becomes of each, by link key: None when it is gone, also before.

        What was edited there since the two sides last agreed stays: no text of the user's is lost. Google
        takes no etag when a contact is deleted, so contacts are looked at right before.
        """
        outcomes: dict[str, SyncError | None] = {}
        asked: Sequence[Link] = chunk
        if self.resource == "contacts":
            asked = self._looked_at([link for link in chunk if link.version is not None], outcomes)
            asked = [*asked, *(link for link in chunk if link.version is None)]
        for _ in range(TRIES):
            if not asked:
                break
            self.at.check_lease(self.resource)
            answers = self.remote.delete(asked)
            outcomes |= {link.key: _outcome(answers.get(link.key)) for link in asked}
            stale = [link for link in asked if isinstance(outcomes[link.key], Stale)]
            asked = self._looked_at(stale, outcomes)
        return outcomes

    def _looked_at(self, links: Sequence[Link], outcomes: dict[str, SyncError | None]) -> Sequence[Link]:
        """Those that are as the two sides agreed, with the etags of now; of the others it is decided."""
        now = read_all(self.remote, [link.remote_id for link in links]) if links else {}
        same: list[Link] = []
        for link in links:
            item = now.get(link.remote_id)
            if item is None or item.deleted:
                outcomes[link.key] = None
            elif self._is_edited(link, item):
                outcomes[link.key] = Refused(EDITED)
            else:
                same.append(replace(link, etag=item.etag))
        return same

    def _is_edited(self, link: Link, item: Observation[R]) -> bool:
        if item.etag == link.etag:
            return False
        if item.value is None or link.canon_version != CANON_VERSION:
            return True
        settings = self.at.user.settings
        canon = self.at.deps.canon(settings.base_region(link.region))
        shown = shown_side(canon, link, item, item.value)
        return bool(changed_fields(link.base.remote, shown.projection))

    def _listed(self) -> list[Sequence[Observation[R]]]:
        pages: list[Sequence[Observation[R]]] = []
        token: str | None = None
        while True:
            self.at.check()
            page = self.remote.list_page(None, token, resumes=False)
            pages.append(page.items)
            token = page.next_page_token
            if token is None:
                return pages

    def _strays(
        self, items: Sequence[Observation[R]], key_of: Callable[[Observation[R]], str | None]
    ) -> list[Link]:
        ours = {key: item for item in items if not item.deleted and (key := key_of(item)) is not None}
        known = self.at.deps.store.links(self.at.scope, list(ours)) if ours else {}
        return [self._link_to(key, item) for key, item in ours.items() if key not in known]

    def _link_to(self, key: str, item: Observation[R]) -> Link:
        crm = (*item.keys, *item.bare)[0]
        rtime = item.rtime or self.at.started
        return Link(key, self.resource, crm, item.name, item.remote_id, item.etag, rtime, Base())


def counted(departure: Departure, resource: Resource, more: int) -> Departure:
    """The departure with so many more records gone."""
    gone = {**departure.gone, resource: departure.gone.get(resource, 0) + more}
    return replace(departure, gone=gone) if more else departure


def _outcome(answer: SyncError | None) -> SyncError | None:
    return None if isinstance(answer, NotFound) else answer
