"""The guard: deletions that look like an accident wait for the user's yes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from crmsync.core.journal import Side
from crmsync.core.text.digest import join

FEW = 10
SHARE = 0.05
WINDOW = timedelta(hours=1)
"""Deletions count together that come within this time, one job after another."""
STEP = timedelta(minutes=10)
"""How exactly their times are kept: a deletion counts for the window, and for up to a step longer."""

CANON_CHANGED = "canon_changed"
EMPTY_LISTING = "empty_listing"
TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Deleted:
    """So many records that the sync deleted on one side, within a step from `since`."""

    side: Side
    since: datetime
    count: int


def hold_reason(
    deletions: int, links: int, listing_empty: bool, canon_changed: bool, recent: int = 0
) -> str | None:
    """Why the deletions of one job in one direction have to wait, or None.

    They wait when the canonical projection changed since the links were written, when one side lists nothing
    while links exist, or when they are more than ten and more than 5 % of the links: together with the
    `recent` ones, whose links are gone. Else a mistake that arrives record by record would pass.
    """
    if deletions <= 0:
        return None
    if canon_changed:
        return CANON_CHANGED
    if listing_empty and links > 0:
        return EMPTY_LISTING
    return TOO_MANY if deletions + recent > max(FEW, SHARE * (links + recent)) else None


def recently(deleted: Sequence[Deleted], side: Side, now: datetime) -> int:
    """How many records were deleted on this side within the window."""
    return sum(part.count for part in _standing(deleted, now) if part.side == side)


def noted(deleted: Sequence[Deleted], side: Side, count: int, now: datetime) -> tuple[Deleted, ...]:
    """What was deleted lately, with so many more now; what no longer counts is left out."""
    parts = _standing(deleted, now)
    for position, part in enumerate(parts):
        if part.side == side and now - part.since < STEP:
            parts[position] = replace(part, count=part.count + count)
            return tuple(parts)
    return (*parts, Deleted(side, now, count))


def forgotten(deleted: Sequence[Deleted], side: Side) -> tuple[Deleted, ...]:
    """The same after the user's yes to deletions on this side: counting begins anew."""
    return tuple(part for part in deleted if part.side != side)


def _standing(deleted: Sequence[Deleted], now: datetime) -> list[Deleted]:
    return [part for part in deleted if now - part.since < WINDOW + STEP]


def plan_digest(items: Iterable[tuple[str, str]]) -> str:
    """A digest of exactly these deletions, in whatever order: the user's yes holds for no others.

    items: pairs of id and name shown. 32 hexadecimal digits.
    """
    lines = sorted(join(item) for item in items)
    return sha256(b"".join(b"%d:%b" % (len(line), line) for line in lines)).hexdigest()[:32]
