"""All that several actors can see, and what was typed: as a fingerprint, and as something to come back to.

Many orders lead to the same state, and what can follow from it needs to be looked at once. Two states that
differ in what cannot matter may have two fingerprints; two that differ in what can never have one.
"""

import copyreg
import functools
import hashlib
import io
import itertools
import pickle
import threading
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from requests import Response

from crmsync.store.documents import memory_collection
from crmsync.store.documents.memory import MemoryDocuments
from crmsync.store.documents.port import Document, DocumentWrite
from local.google.calendar.recurrence import Series
from local.google.calendar.time import EventTime
from local.google.faults import CallRecord
from local.google.oauth.grants import AccessToken, Client, RefreshToken
from local.google.people.groups import Group
from local.google.people.record import Lens, Version
from local.google.people.sync import ConnectionLister
from tests.interleave.people import World
from tests.interleave.ports import HubGoogle

JOURNAL = "/journal/"
NEVER = datetime.min.replace(tzinfo=UTC)
LEFT = (
    AccessToken,
    CallRecord,
    Client,
    EventTime,
    Group,
    Lens,
    RefreshToken,
    Series,
    Version,
    type(threading.Lock()),
    type(threading.RLock()),
    threading.Condition,
    itertools.count,
    functools.partial,
    types.MethodType,
    types.BuiltinMethodType,
)
"""What stays the same thing however often the state is restored: it is replaced and never changed in place,
or is nothing of the state.
"""


_same: dict[int, Any] = {}
"""What a saved state refers to, by where it is in memory."""


def _itself(id: int) -> Any:
    return _same[id]


def _as_itself(thing: Any) -> tuple[Callable[[int], Any], tuple[int]]:
    _same[id(thing)] = thing
    return _itself, (id(thing),)


class TidyDocuments(MemoryDocuments):
    """The twin in memory, whose versions follow from what is written to a document alone.

    So that what is written meanwhile elsewhere leaves no trace in it: Firestore promises as much. It keeps a
    digest of each document, and can be taken back to where it was.
    """

    def __init__(self, clock: Any, hides: frozenset[str] = frozenset()) -> None:
        """hides: fields that its digests say nothing of."""
        super().__init__(clock)
        self.digests: dict[str, bytes] = {}
        self.written: dict[str, datetime] = {}
        """When each document was written last, also if that was its end."""
        self._hides = hides

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        """Writes all or nothing, at a time that is later than that of all it replaces."""
        self._last = max((self.written.get(write.path, NEVER) for write in writes), default=NEVER)
        versions = super().commit(writes)
        for write in writes:
            self.written[write.path] = self._last
            entry = self._entry(write.path)
            if entry is None:
                self.digests.pop(write.path, None)
            else:
                held = repr(_told(entry.data, self._hides)).encode()
                self.digests[write.path] = hashlib.blake2b(held, digest_size=16).digest()
        return versions

    def plain(self, answer: object) -> object:
        """What an answer tells that has just been given."""
        if isinstance(answer, Document):
            return answer.path, answer.version, self.digests[answer.path]
        if isinstance(answer, Mapping):
            return [(key, self.plain(value)) for key, value in answer.items()]
        if isinstance(answer, (list, tuple)):
            return [self.plain(value) for value in answer]
        return (answer.status_code, answer.content) if isinstance(answer, Response) else answer

    def save(self) -> Any:
        """What it holds; entries are replaced, and never changed in place."""
        entries = {name: dict(collection.entries) for name, collection in self._collections.items()}
        return entries, dict(self.digests), dict(self.written)

    def restore(self, saved: Any) -> None:
        """Makes it hold what it held."""
        entries, digests, written = saved
        self.digests, self.written = dict(digests), dict(written)
        self._collections = {}
        for name, held in entries.items():
            self._collections[name] = memory_collection.Collection()
            self._collections[name].entries = dict(held)


def _told(data: Any, hides: frozenset[str]) -> Any:
    """What a document tells, whatever the order of its fields."""
    if not isinstance(data, Mapping):
        return data
    return sorted((key, _told(value, hides)) for key, value in data.items() if key not in hides)


class Everything:
    """What all actors of one order share."""

    def __init__(self, world: World, documents: TidyDocuments, google: HubGoogle) -> None:
        self._world = world
        self._documents = documents
        stage = world.stage
        served = google.world
        google.listers[stage.book] = ConnectionLister(stage.book)
        self._roots: Sequence[Any] = (
            stage.clock,
            stage.queue,
            stage.book,
            stage.calendar,
            stage.google._tokens,
            served.grants,
            served.push,
            served.controls,
            google.listers[stage.book],
            world.witness,
            world.filled,
        )
        kept = {*LEFT, *(type(root) for root in self._roots)}
        self._table = {**copyreg.dispatch_table, **dict.fromkeys(kept, _as_itself)}

    def state(self, *, acting: bool) -> bytes:
        """A digest of it. acting: some may still hold versions, which are nothing to whoever comes later."""
        parts = list(_lasting(self._world, self._documents))
        if acting:
            parts.append(sorted(self._documents.written.items()))
        return hashlib.blake2b(repr(parts).encode(), digest_size=16).digest()

    def save(self) -> tuple[Any, bytes]:
        """The documents, and whatever the roots hold in one piece, for they hold parts of each other's."""
        out = io.BytesIO()
        pickler = pickle.Pickler(out, pickle.HIGHEST_PROTOCOL)
        pickler.dispatch_table = self._table
        pickler.dump([vars(root) for root in self._roots])
        return self._documents.save(), out.getvalue()

    def restore(self, saved: tuple[Any, bytes]) -> None:
        """Puts it back into the same roots, to which others hold."""
        documents, roots = saved
        self._documents.restore(documents)
        for root, held in zip(self._roots, pickle.loads(roots), strict=True):
            vars(root).clear()
            vars(root).update(held)

    def forget(self) -> None:
        """Nothing that was saved will be restored any more."""
        _same.clear()


def _lasting(world: World, documents: TidyDocuments) -> Iterable[Any]:
    """Documents, what Google holds and allows, what is queued and by whom, the time, and what was typed."""
    stage, witness = world.stage, world.witness
    # The ids of the journal's entries say nothing.
    yield sorted((path.partition(JOURNAL)[0], digest) for path, digest in documents.digests.items())
    yield from _contacts(stage.book)
    yield from _events(stage.calendar.calendar("primary"))
    yield from _grants(stage.world.grants)
    yield sorted(stage.channels)
    yield sorted((task.due, task.job, sorted(task.payload.items())) for task in stage.queue.tasks)
    yield sorted(stage.queue.names)
    yield sorted(world.filled.by)
    yield stage.clock.now(), sorted(witness.typed), sorted(witness.gone)


def _contacts(book: Any) -> Iterable[Any]:
    for versions in (book.current.live, book.current.dead):
        for each in versions.values():
            yield each.seq, each.number, each.resource_name, each.fields, each.groups, each.previous


def _events(calendar: Any) -> Iterable[Any]:
    yield calendar.version, calendar.epoch
    for each in calendar.events.values():
        when = (each.start, each.end, each.recurrence, each.series_id, each.original_start, each.own)
        yield each.id, each.stamp, each.version, each.status, each.sequence, each.fields, when, each.dropped


def _grants(grants: Any) -> Iterable[Any]:
    yield sorted(grants._refresh)
    yield sorted((token.token, token.expires) for token in grants._access.values())
