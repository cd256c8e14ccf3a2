"""Every order, one after the other: a search in depth that returns to each point with an alternative.

Only such orders are left out as would come to the same: of those that swap neighbouring steps which touch
nothing of each other one is gone (sleep sets, Godefroid 1996), and what can follow a state is gone once,
however many orders lead to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.interleave.hub import Choice, Footprint, Step


class Walk(Protocol):
    """Something that goes on by choices, and can be taken back to where it was."""

    @property
    def over(self) -> bool:
        """Whether there is nothing left to choose."""
        ...

    def choices(self) -> Sequence[Choice]:
        """What may happen now."""
        ...

    def actor(self, choice: Choice) -> str:
        """Whose choice it is."""
        ...

    def step(self, choice: Choice) -> Step:
        """Makes it happen."""
        ...

    def state(self) -> bytes:
        """What is equal where the same can follow."""
        ...

    def save(self) -> Any:
        """Where it is, to be restored any number of times."""
        ...

    def restore(self, saved: Any) -> None:
        """Takes it back."""
        ...


@dataclass(slots=True)
class _Point:
    """One point of an order.

    left: what has still to be gone from here. asleep: choices that would only repeat another order, with what
    they touch. saved: where it is; None when one thing is left.
    """

    left: list[Choice]
    asleep: dict[Choice, Footprint]
    saved: Any


@dataclass(slots=True)
class Found:
    """What a search came to.

    orders: gone to their end. steps: taken in all. repeats: orders left as soon as they could only come to
    what others came to. open: alternatives that the end of the search left out, each of which stands for at
    least one order.
    """

    orders: int = 0
    steps: int = 0
    repeats: int = 0
    open: int = 0
    longest: int = 0


@dataclass(slots=True)
class Explorer:
    """The orders in which a walk can go. reduced: whether those that come to the same are left out."""

    walk: Walk
    reduced: bool = True
    found: Found = field(default_factory=Found)
    _path: list[_Point] = field(default_factory=list)
    _stands: _Point | None = None
    _known: dict[bytes, frozenset[Choice]] = field(default_factory=dict)

    @property
    def states(self) -> int:
        """How many different states were met before an end."""
        return len(self._known)

    def explore(self, ended: Callable[[], None], more: Callable[[], bool] = lambda: True) -> Found:
        """Goes each order to its end and calls `ended` there, as long as `more` says so after a step.

        `ended` may do with the walk what it likes.
        """
        self._arrive({})
        while self._path:
            point = self._path[-1]
            if not point.left:
                self._path.pop()
                continue
            if point is not self._stands:
                self.walk.restore(point.saved)
            self._stands = None
            self._go(point, point.left.pop(0), ended)
            if not more():
                self.found.open = sum(len(point.left) for point in self._path)
                break
        return self.found

    def _go(self, point: _Point, choice: Choice, ended: Callable[[], None]) -> None:
        step = self.walk.step(choice)
        self.found.steps += 1
        asleep = {
            other: footprint
            for other, footprint in point.asleep.items()
            if self.walk.actor(other) != self.walk.actor(choice) and step.footprint.disjoint(footprint)
        }
        # For what is gone from this point after it, this choice is one that was gone before.
        point.asleep[choice] = step.footprint
        if self.walk.over:
            self.found.orders += 1
            self.found.longest = max(self.found.longest, len(self._path))
            ended()
        else:
            self._arrive(asleep)

    def _arrive(self, asleep: dict[Choice, Footprint]) -> None:
        """At a point that is new, or was left before with less gone from it than shall be now."""
        left = self.walk.choices()
        if self.reduced:
            left, asleep = self._worth(left, asleep)
        if left:
            self._stands = _Point(list(left), asleep, self.walk.save() if len(left) > 1 else None)
            self._path.append(self._stands)
        else:
            self.found.repeats += 1

    def _worth(
        self, choices: Sequence[Choice], asleep: dict[Choice, Footprint]
    ) -> tuple[Sequence[Choice], dict[Choice, Footprint]]:
        """What is to be gone from here, and what sleeps here: of an equal state all has been gone, or will
        be, that did not sleep when it was met.
        """
        state = self.walk.state()
        known = self._known.get(state)
        if known is None:
            self._known[state] = frozenset(asleep)
            return [choice for choice in choices if choice not in asleep], asleep
        self._known[state] = known & asleep.keys()
        still = {choice: footprint for choice, footprint in asleep.items() if choice in known}
        return [choice for choice in choices if choice in known and choice not in asleep], still
