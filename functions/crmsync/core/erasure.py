"""Erasing a user: how far it has come, and what is left to prove it by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

State = Literal["leaving", "erasing", "checking", "done"]


@dataclass(frozen=True, slots=True)
class Erasure:
    """The record of an erasure. It outlives the user, and says nothing of whom it was.

    id: random; only who asked for it is told. left_at: when nothing of the connection was left to end.
    stayed: how many copies stayed at Google although they were to go. access_left: whether Google could not
    be told that the access is over.
    emptied_at: when nothing was left to delete, for the first time. done_at: when the last look had found
    nothing, and the user's own document went. erased: how many documents were deleted, by kind.
    evidence: how many entries of the ledger of consent are kept as evidence, and until when; None when the
    installation keeps none.
    """

    id: str
    asked_at: datetime
    left_at: datetime | None = None
    stayed: int = 0
    access_left: bool = False
    emptied_at: datetime | None = None
    done_at: datetime | None = None
    erased: Mapping[str, int] = field(default_factory=dict)
    evidence: int = 0
    evidence_until: datetime | None = None
    version: str | None = None

    @property
    def state(self) -> State:
        """What is at work: the end of the connection, the deletion, or the last look."""
        if self.done_at is not None:
            return "done"
        if self.left_at is None:
            return "leaving"
        return "erasing" if self.emptied_at is None else "checking"
