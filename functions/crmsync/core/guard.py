"""The guard: deletions that look like an accident wait for the user's yes."""

from collections.abc import Iterable
from hashlib import sha256

from crmsync.core.digest import join

FEW = 10
SHARE = 0.05

CANON_CHANGED = "canon_changed"
EMPTY_LISTING = "empty_listing"
TOO_MANY = "too_many"


def hold_reason(deletions: int, links: int, listing_empty: bool, canon_changed: bool) -> str | None:
    """Why the deletions of one job in one direction have to wait, or None.

    They wait when the canonical projection changed since the links were written, when one side lists nothing
    while links exist, or when they are more than ten and more than 5 % of the links.
    """
    if deletions <= 0:
        return None
    if canon_changed:
        return CANON_CHANGED
    if listing_empty and links > 0:
        return EMPTY_LISTING
    return TOO_MANY if deletions > max(FEW, SHARE * links) else None


def plan_digest(items: Iterable[tuple[str, str]]) -> str:
    """A digest of exactly these deletions, in whatever order: the user's yes holds for no others.

    items: pairs of id and name shown. 32 hexadecimal digits.
    """
    lines = sorted(join(item) for item in items)
    return sha256(b"".join(b"%d:%b" % (len(line), line) for line in lines)).hexdigest()[:32]
