"""Demo data, planted into a new world."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.google.world import World


def plant(world: World, name: str) -> None:
    """Fill `world` with the demo accounts (`demo`) or nothing (`empty`); ValueError for another name."""
    if name not in ("demo", "empty"):
        raise ValueError(f"no such seed: {name}")
