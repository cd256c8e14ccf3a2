"""The loop detector: a record that the sync keeps rewriting by itself is stopped before it does harm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crmsync.core.journal import Side

WINDOW = timedelta(hours=1)
LIMIT = 5
"""So many writes of one record to one side within the window are normal; one more is a loop."""


@dataclass(frozen=True, slots=True)
class WriteTime:
    """When the sync wrote a record, and to which side."""

    side: Side
    at: datetime


def recent(writes: Sequence[WriteTime], now: datetime) -> tuple[WriteTime, ...]:
    """What is worth remembering of a record's writes: those of the last hour, the newest dozen at most."""
    kept = sorted((write for write in writes if now - write.at <= WINDOW), key=lambda write: write.at)
    return tuple(kept[-2 * (LIMIT + 1) :])


def is_looping(writes: Sequence[WriteTime], now: datetime, edited_at: datetime | None = None) -> bool:
    """Whether a record was written to one side more than five times within an hour, without a person's edit.

    edited_at: when a person last edited the record; writes up to then are that person's doing.
    """
    counts: dict[Side, int] = {}
    for write in writes:
        if now - write.at <= WINDOW and (edited_at is None or write.at > edited_at):
            counts[write.side] = counts.get(write.side, 0) + 1
    return any(count > LIMIT for count in counts.values())
