"""What the store has of a batch of occurrences and their series: each link and record is read once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Generic, TypeVar

from crmsync.core.calendar.occurrences import family
from crmsync.core.model import Appointment, Stored
from crmsync.core.state import Link
from crmsync.engine.run.run import Run
from crmsync.engine.series import following

V = TypeVar("V")


class _Once(Generic[V]):
    """Documents by key, asked of the store when they are first wanted; absent ones too."""

    def __init__(self, read: Callable[[Sequence[str]], Mapping[str, V]]) -> None:
        self._read = read
        self._seen: dict[str, V | None] = {}

    def get(self, keys: Iterable[str]) -> dict[str, V]:
        """Those that there are."""
        wanted = list(dict.fromkeys(keys))
        new = [key for key in wanted if key not in self._seen]
        found = self._read(new) if new else {}
        self._seen |= {key: found.get(key) for key in new}
        return {key: value for key in wanted if (value := self._seen[key]) is not None}

    def hold(self, documents: Mapping[str, V]) -> None:
        """These have been read already."""
        self._seen |= documents

    def forget(self) -> None:
        """They may have changed."""
        self._seen.clear()


class Known:
    """Lives as long as one attempt at one commit: what that commit will write is not in it."""

    def __init__(self, run: Run[Appointment], links: Iterable[Link] = ()) -> None:
        """links: those that have just been read."""
        self._run = run
        self._links: _Once[Link] = _Once(partial(run.store.links, run.scope))
        self._records: _Once[Stored[Appointment]] = _Once(
            lambda ids: run.store.records(run.scope, "appointments", ids)
        )
        self._kin: dict[str, list[Link]] = {}
        self._links.hold({link.key: link for link in links})

    def links(self, keys: Iterable[str]) -> dict[str, Link]:
        """Links by key."""
        return self._links.get(keys)

    def records(self, ids: Iterable[str]) -> dict[str, Stored[Appointment]]:
        """CRM records by id, archived or not."""
        return self._records.get(ids)

    def kin(self, event_id: str) -> list[Link]:
        """The links of the parts of a split series, the event's own among them."""
        first = family(event_id)
        if first not in self._kin:
            self._kin[first] = following.kin(self._run, event_id)
        return self._kin[first]

    def forget(self) -> None:
        """Something was committed."""
        self._links.forget()
        self._records.forget()
        self._kin.clear()
