"""What a commit will write: the one type of pending writes, whoever gathers them."""

from dataclasses import dataclass, field
from typing import Generic

from crmsync.core.journal import Change
from crmsync.core.model import R, Stored
from crmsync.core.state import Link, Observation
from crmsync.store.ports import Write


@dataclass(slots=True)
class Pending:
    """Writes that belong together, and what the journal is to say of them.

    settled: CRM ids whose record is written here and owes Google nothing. labels: names of labels that
    offered contacts carry, for the sheet's filter.
    """

    writes: list[Write] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)

    def add(self, other: "Pending") -> None:
        """Takes in what another one has gathered."""
        self.writes += other.writes
        self.changes += other.changes
        self.settled |= other.settled
        self.labels |= other.labels

    def put(self, *writes: Write, change: Change | None = None) -> None:
        """Adds writes, with the journal's line about them."""
        self.writes += writes
        if change is not None:
            self.changes.append(change)

    def clear(self) -> None:
        """It has been committed."""
        self.writes.clear()
        self.changes.clear()
        self.settled.clear()
        self.labels.clear()


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
