"""The loop detector: a record that is rewritten again and again by programs is stopped before it does harm.

A person who edits a contact ten times in an hour does so on one side; the sync then writes the other side,
and only that. When both sides are written more than five times within an hour, each write answers the other:
the sync and some program (the host CRM's own automation, another sync at Google) have made a loop.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crmsync.core.journal import Side

WINDOW = timedelta(hours=1)
LIMIT = 5
"""So many writes of one record to one side within the window are normal; more on both are a loop."""


@dataclass(frozen=True, slots=True)
class WriteTime:
    """When the sync wrote a record, and to which side."""

    side: Side
    at: datetime


def with_write(writes: Sequence[WriteTime], side: Side, now: datetime) -> tuple[WriteTime, ...]:
    """A record's writes with one more: of each side the newest within the window, as many as decide."""
    kept = [write for write in writes if now - write.at <= WINDOW] + [WriteTime(side, now)]
    here = [write for write in kept if write.side == side][-(LIMIT + 1) :]
    there = [write for write in kept if write.side != side][-(LIMIT + 1) :]
    return tuple(sorted((*here, *there), key=lambda write: write.at))


def is_looping(writes: Sequence[WriteTime], now: datetime) -> bool:
    """Whether a record was written more than five times to each of the two sides within an hour."""
    sides: list[Side] = ["crm", "google"]
    counts = [sum(write.side == side and now - write.at <= WINDOW for write in writes) for side in sides]
    return all(count > LIMIT for count in counts)
