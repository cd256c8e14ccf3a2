"""All kinds of situation, a module a theme; each says in a sentence what it is."""

from bench.identity.kinds import (
    coincidences,
    doubles,
    everyday,
    families,
    joint,
    life,
    mailboxes,
    naming,
    numbers,
    offices,
    organisations,
    scripts,
    sparse,
)
from bench.identity.scene import Kind, kinds_of

STRANGER = everyday.stranger
"""Fills both books up to their size."""

KINDS: tuple[Kind, ...] = tuple(
    kind
    for module in (
        everyday,
        families,
        joint,
        offices,
        life,
        naming,
        scripts,
        numbers,
        mailboxes,
        sparse,
        organisations,
        coincidences,
        doubles,
    )
    for kind in kinds_of(module)
    if kind is not STRANGER
)
"""Every other kind, in the order in which they are written down."""
