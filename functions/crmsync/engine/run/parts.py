"""The one place that keeps commits to Firestore's limits.

A commit is made of units (`crmsync.engine.run.pending`). As long as it fits, it is made whole. Else it is
made in parts, in the order of the units, as few as fit; what says how far a job has come rides in the last of
them. So a job that dies between two of them finds the rest to do still.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from crmsync.core.scope import Scope
from crmsync.engine.run.pending import Pending, joined
from crmsync.store.ports import (
    COMMIT_BYTES,
    CreateRecord,
    DropCandidate,
    DropLink,
    PutCandidate,
    PutConflict,
    PutLink,
    PutRecord,
    Store,
    TooLarge,
    Write,
)

P = TypeVar("P", bound=Pending)
Commit = Callable[[Sequence[P], bool], None]
"""Commits some units; True with the last ones, which carry what says how far the job has come."""
Size = Callable[[P], int]
"""Bytes that a unit takes of a commit, with its journal. Raises TooLarge when it fits into none."""


def commit(units: Sequence[P], commit: Commit[P], size: Size[P]) -> None:
    """Commits these units whole, or in parts where that is too large.

    Raises what `commit` raises, and TooLarge as `commit_parted` does.
    """
    try:
        commit(units, True)
    except TooLarge:
        commit_parted(units, commit, size)


def commit_plain(store: Store, scope: Scope, pending: Pending) -> None:
    """Commits what is pending, if anything is, outside of a sync and without a journal; in parts where it is
    too large.

    Raises Conflicted, and TooLarge as `commit_parted` does.
    """

    def write(units: Sequence[Pending], last: bool) -> None:
        store.commit(scope, joined(units).writes)

    if pending.writes:
        commit(pending.units(), write, lambda unit: store.size(scope, unit.writes))


def commit_parted(units: Sequence[P], commit: Commit[P], size: Size[P]) -> None:
    """Commits units that together are too large for one commit.

    Raises TooLarge with the names of those that fit into none: the others are committed by then, but not as
    the last ones.
    """
    parting = _Parting(commit)
    fitting = parting.measure(units, size)
    parts = list(_packed(fitting)) if fitting or not units else []
    for number, part in enumerate(parts, start=1):
        parting.commit(part, last=number == len(parts))
    if parting.why is not None:
        raise _named(parting.refused, parting.why) from parting.why


@dataclass(slots=True)
class _Parting(Generic[P]):
    """Commits in parts, and what turned out to fit into none."""

    _commit: Commit[P]
    refused: list[P] = field(default_factory=list)
    why: TooLarge | None = None

    def measure(self, units: Sequence[P], size: Size[P]) -> Sequence[tuple[P, int]]:
        """The units that fit into a commit, with their sizes."""
        fitting: list[tuple[P, int]] = []
        for unit in units:
            try:
                fitting.append((unit, size(unit)))
            except TooLarge as why:
                self._refuse([unit], why)
        return fitting

    def commit(self, part: Sequence[P], *, last: bool) -> None:
        """Commits what should fit; in halves if it does not, for what follows from it is not measured."""
        try:
            self._commit(part, last and self.why is None)
        except TooLarge as why:
            if len(part) < 2:
                self._refuse(part, why)
                return
            middle = len(part) // 2
            self.commit(part[:middle], last=False)
            self.commit(part[middle:], last=last)

    def _refuse(self, units: Sequence[P], why: TooLarge) -> None:
        self.refused += units
        self.why = why


def _packed(units: Sequence[tuple[P, int]]) -> Iterator[Sequence[P]]:
    """The units in their order, as many together as fit into a commit. At least one part."""
    part: list[P] = []
    room = COMMIT_BYTES
    for unit, size in units:
        if part and size > room:
            yield part
            part, room = [], COMMIT_BYTES
        part.append(unit)
        room -= size
    yield part


def _named(units: Sequence[Pending], refused: TooLarge) -> TooLarge:
    """The refusal, with the names of the records that these units are about."""
    records = {change.crm for unit in units for change in unit.changes if change.crm is not None}
    keys = {change.key for unit in units for change in unit.changes if change.key is not None}
    for unit in units:
        for write in unit.writes:
            crm, key = _names(write)
            records |= {crm} if crm is not None else set()
            keys |= {key} if key is not None else set()
    return TooLarge(str(refused), records=records, keys=keys)


def _names(write: Write) -> tuple[str | None, str | None]:
    """CRM id and key of what a write is about."""
    match write:
        case CreateRecord() | PutRecord():
            return write.id, None
        case PutLink(link):
            return link.crm, link.key
        case PutCandidate(candidate):
            return candidate.crm, candidate.key
        case DropLink(key) | DropCandidate(key):
            return None, key
        case PutConflict(conflict):
            return conflict.crm, None
        case _:
            return None, None
