"""Deleting at Google what the sync itself created there, after a disconnect: call by call, marked first."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic

from crmsync.core.calendar.occurrences import series_key
from crmsync.core.chunks import chunks
from crmsync.core.departure import Departure
from crmsync.core.errors import NotFound, Stale, SyncError
from crmsync.core.model import R, Resource
from crmsync.core.state import Base, Link, Observation
from crmsync.engine.account.departing import Departing
from crmsync.engine.ports import Remote
from crmsync.engine.run.reading import read_all
from crmsync.store.ports import DropLink, PutLink

TRIES = 3
"""How often the deletion of an event is asked for that Google refuses for its etag."""


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
        """What Google answers, by link key. An event that moved is read and asked for again: whatever was
        edited there, the user wants it gone.
        """
        found: dict[str, SyncError | None] = {}
        asked = list(chunk)
        for _ in range(TRIES):
            self.at.check_lease(self.resource)
            answers = self.remote.delete(asked)
            found |= {link.key: _outcome(answers.get(link.key)) for link in asked}
            asked = [link for link in asked if isinstance(found[link.key], Stale)]
            if not asked:
                break
            now = read_all(self.remote, [link.remote_id for link in asked])
            asked = [replace(link, etag=_etag(link, now)) for link in asked]
        return found

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


def _etag(link: Link, now: Mapping[str, Observation[R]]) -> str:
    found = now.get(link.remote_id)
    return link.etag if found is None else found.etag
