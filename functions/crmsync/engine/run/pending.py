"""What a commit will write: the one type of pending writes, whoever gathers them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from crmsync.core.journal import Change
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


def of(writes: Iterable[Write]) -> Pending:
    """Writes of which the journal says nothing."""
    return Pending(list(writes))
