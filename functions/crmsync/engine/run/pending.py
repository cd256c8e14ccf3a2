"""What a commit will write: the one type of pending writes, whoever gathers them.

Whoever gathers says what is to be written all or nothing: a pair with its link and its journal, a series with
its exceptions. Such a unit begins with `unit` and ends where the next one begins. What says nothing is one
unit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Generic

from crmsync.core.journal import Change
from crmsync.core.model import R, Stored
from crmsync.core.state import Link, Observation
from crmsync.store.ports import CreateRecord, PutRecord, Write


@dataclass(slots=True)
class Pending:
    """Writes that belong together, and what the journal is to say of them.

    settled: CRM ids whose record is written here and owes Google nothing. labels: names of labels that
    offered contacts carry, by id. starts: where units begin in writes and changes.
    """

    writes: list[Write] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)
    starts: list[tuple[int, int]] = field(default_factory=list)

    def unit(self) -> None:
        """What follows may be committed apart from what is here already, and after it."""
        self.starts.append((len(self.writes), len(self.changes)))

    def units(self) -> Sequence["Pending"]:
        """The units, in their order. They have writes and changes only."""
        ends = [(0, 0), *self.starts, (len(self.writes), len(self.changes))]
        return [
            Pending(self.writes[write:last_write], self.changes[change:last_change])
            for (write, change), (last_write, last_change) in pairwise(ends)
            if (write, change) != (last_write, last_change)
        ]

    def add(self, other: "Pending") -> None:
        """Takes in what another one has gathered, with its units; the first of them goes on with the last one
        here.
        """
        writes, changes = len(self.writes), len(self.changes)
        self.starts += [(writes + write, changes + change) for write, change in other.starts]
        self.writes += other.writes
        self.changes += other.changes
        self.settled |= other.settled
        self.labels |= other.labels

    def put(self, *writes: Write, change: Change | None = None) -> None:
        """Adds writes, with the journal's line about them."""
        self.writes += writes
        if change is not None:
            self.changes.append(change)

    def put_first(self, *writes: Write) -> None:
        """Adds writes that are a unit each and come before all others: when these follow in a later commit,
        and a job dies before it, the next one does both again.
        """
        own = [(number, 0) for number in range(1, len(writes) + 1)]
        self.starts = own + [(len(writes) + write, change) for write, change in self.starts]
        self.writes[:0] = writes

    def put_each(self, writes: Iterable[Write]) -> None:
        """Adds writes that are a unit each."""
        for write in writes:
            self.unit()
            self.writes.append(write)

    @property
    def owing(self) -> list[str]:
        """CRM ids of the records that are written here and owe Google something, as far as is known: the next
        look at the CRM's changes finds them.
        """
        return [
            write.id
            for write in self.writes
            if isinstance(write, CreateRecord) or (isinstance(write, PutRecord) and not write.archived)
            if write.id not in self.settled
        ]

    def clear(self) -> None:
        """It has been committed."""
        self.writes.clear()
        self.changes.clear()
        self.settled.clear()
        self.labels.clear()
        self.starts.clear()


def joined(units: Iterable[Pending]) -> Pending:
    """Some units as one commit."""
    whole = Pending()
    for each in units:
        whole.add(each)
    return whole


@dataclass(slots=True)
class Effects(Pending, Generic[R]):
    """What one commit of the pull will write, and which deletions were found and wait for the guard."""

    archives: list[tuple[Link, Stored[R]]] = field(default_factory=list)
    offered: set[str] = field(default_factory=set)
    """Keys of the candidates that were seen and are open."""
    archived: int = 0
    """How many records are archived here."""
    vanished: list[tuple[Link, Observation[R]]] = field(default_factory=list)
    """Links whose contact is gone; whether another one took over is known when the listing has ended."""
    relist: bool = False
    """Whether Google has the last word on when a series takes place that was moved here as well: exceptions
    that did not matter before do now, so the next job lists everything.
    """

    def join(self, other: "Effects[R]") -> None:
        """Takes in all of what another one has gathered."""
        self.add(other)
        self.archives += other.archives
        self.offered |= other.offered
        self.archived += other.archived
        self.vanished += other.vanished
        self.relist |= other.relist
