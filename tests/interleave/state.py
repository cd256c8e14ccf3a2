"""A fingerprint of all that several actors can see, and of what was typed.

Many orders lead to the same state, and what can follow from it needs to be looked at once. Two states that
differ in what cannot matter may have two fingerprints; two that differ in what can never have one.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from crmsync.store.documents.memory import MemoryDocuments
from tests.interleave.people import World
from tests.interleave.ports import content


def fingerprint(world: World, documents: MemoryDocuments, filled: Sequence[tuple[str, str]]) -> bytes:
    """Documents, what Google holds and allows, what is queued and by whom, the time, and what was typed."""
    stage, witness = world.stage, world.witness
    parts: list[Any] = [
        *_documents(documents),
        *_contacts(stage.book),
        *_events(stage.calendar.calendar("primary")),
        [(task.due, task.job, sorted(task.payload.items())) for task in sorted(stage.queue.tasks)],
        sorted(stage.queue.names),
        sorted(filled),
        stage.clock.now(),
        sorted(witness.typed),
        sorted(witness.gone),
    ]
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(repr(part).encode())
    return digest.digest()


def _documents(documents: MemoryDocuments) -> Iterable[Any]:
    """Every document, with its place among the others by when it was made and written.

    Versions are opaque, and so are the ids of the journal's entries.
    """
    every = [
        ("" if name.endswith("/journal") else id, name, entry)
        for name, collection in documents._collections.items()
        for id, entry in collection.entries.items()
    ]
    place = _places(at for _, _, entry in every for at in (entry.created_at, entry.updated_at))
    for id, name, entry in sorted(every, key=lambda each: (each[1], each[0], each[2].updated_at)):
        yield name, id, place[entry.created_at], place[entry.updated_at], content(name, entry.data)


def _places(times: Iterable[datetime]) -> dict[datetime, int]:
    return {at: place for place, at in enumerate(sorted(set(times)))}


def _contacts(book: Any) -> Iterable[Any]:
    for versions in (book.current.live, book.current.dead):
        for each in versions.values():
            yield each.seq, each.number, each.resource_name, each.fields, each.groups, each.previous


def _events(calendar: Any) -> Iterable[Any]:
    yield calendar.version, calendar.epoch
    for each in calendar.events.values():
        when = (each.start, each.end, each.recurrence, each.series_id, each.original_start, each.own)
        yield each.id, each.stamp, each.version, each.status, each.sequence, each.fields, when, each.dropped
