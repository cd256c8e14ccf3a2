"""One line of the result: what was measured, what the target is, whether it was met."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from bench.measure import Cost


@dataclass(slots=True)
class Row:
    """A scenario at one size.

    ours: what we measured, in words. met: None when the row has no target of its own at this size. raw:
    everything behind it, for the JSON.
    """

    scenario: str
    size: int
    ours: str
    target: str
    met: bool | None
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """The last column."""
        return {True: "met", False: "missed", None: "–"}[self.met]


def cost_data(cost: Cost) -> dict[str, Any]:
    """A cost for the JSON."""
    return asdict(cost)


def pages(count: int, size: int) -> int:
    """How many pages of `size` hold `count` items."""
    return -(-count // size)


def each(total: float, count: int) -> str:
    """A total as so much a record."""
    return f"{total / count:.3f}".rstrip("0").rstrip(".") if count else "0"
