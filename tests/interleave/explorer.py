"""Every order, one after the other: a search in depth that goes each one from the beginning.

An order is replayed up to the last choice that has an alternative, and takes that one. Either a bound on the
switches leaves orders out, or only such as would come to the same: of those that swap neighbouring steps
which touch nothing of each other one is gone (sleep sets, Godefroid 1996), and what can follow a state is
gone once, however many orders lead to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.interleave.hub import Choice, Footprint, Step

Steps = Sequence[Step]


@dataclass(slots=True)
class _Point:
    """One point of an order: what there is to choose from, what of it is worth it, and which is being gone.

    last: who acted before, and going: whether that one could go on. switches: so many lie behind. asleep:
    choices that would only repeat another order, with what they touch. done: those gone already.
    """

    choices: tuple[Choice, ...]
    options: list[Choice]
    last: str | None
    going: bool
    switches: int
    asleep: dict[Choice, Footprint]
    at: int = 0
    done: dict[Choice, Footprint] = field(default_factory=dict)
    footprint: Footprint | None = None

    @property
    def choice(self) -> Choice:
        return self.options[self.at]


@dataclass(slots=True)
class Found:
    """What a search came to.

    orders: gone to their end. repeats: left as soon as they could only come to what others came to. cut:
    alternatives that the bound left out, and open: that the end of the search did, each of which stands for
    at least one order.
    """

    orders: int = 0
    repeats: int = 0
    cut: int = 0
    open: int = 0
    longest: int = 0


class Explorer:
    """The orders of some actors, by their names."""

    def __init__(self, names: Sequence[str], switches: int | None) -> None:
        """switches: how often at most an actor that could go on has to wait for another one; None: as often
        as there are stops, and what comes to the same is gone once.
        """
        self.names = names
        self.bound = switches
        self.found = Found()
        self._path: list[_Point] = []
        self._depth = 0
        self._known: dict[bytes, frozenset[Choice]] = {}

    def explore(self, go: Callable[[], tuple[bool, Steps]], more: Callable[[], bool]) -> Found:
        """Calls `go`, which asks `choose`, once for each order, as long as `more` says so.

        `go` answers whether the order was gone to its end, and its steps.
        """
        while True:
            self._depth = 0
            ended, steps = go()
            self.found.orders += ended
            self.found.repeats += not ended
            self.found.longest = max(self.found.longest, len(steps))
            for point, step in zip(self._path, steps, strict=False):
                point.footprint = step.footprint
            if not self._turn():
                return self.found
            if not more():
                self.found.open = 1 + sum(len(point.options) - point.at - 1 for point in self._path)
                return self.found

    def choose(
        self, choices: Sequence[Choice], before: Step | None, state: Callable[[], bytes]
    ) -> Choice | None:
        """What happens next in the order that is being gone; None when it could only repeat another one."""
        if self._depth == len(self._path):
            self._path.append(self._point(choices, before, state))
        point = self._path[self._depth]
        if not point.options:
            return None
        assert point.choices == tuple(choices), f"{point.choices} cannot be repeated: {choices}"
        self._depth += 1
        return point.choice

    def _point(self, choices: Sequence[Choice], before: Step | None, state: Callable[[], bytes]) -> _Point:
        if before is None:
            return _Point(tuple(choices), list(choices), None, False, 0, {})
        above, last = self._path[-1], self._actor(before.choice)
        switches = above.switches + self._switches(above, before.choice)
        point = _Point(tuple(choices), [], last, last in choices, switches, {})
        if self.bound is None:
            point.asleep = self._asleep(above, before)
            if self._is_known(state(), frozenset(point.asleep)):
                return point
        options = [choice for choice in choices if choice not in point.asleep]
        # Who acted last comes first, so that the first order switches least.
        options.sort(key=lambda choice: (choice != last, self._actor(choice) != last))
        point.options = [choice for choice in options if self._may(point, choice)]
        self.found.cut += len(options) - len(point.options)
        return point

    def _is_known(self, state: bytes, asleep: frozenset[Choice]) -> bool:
        """Whether all that is awake here was so when an equal state was met, and so is gone or will be."""
        known = self._known.get(state)
        if known is not None and known <= asleep:
            return True
        self._known[state] = asleep if known is None else known & asleep
        return False

    def _actor(self, choice: Choice) -> str:
        """Whose choice it is: of several names with which it begins, the longest."""
        return max((name for name in self.names if f"{choice} ".startswith(f"{name} ")), key=len)

    def _may(self, point: _Point, choice: Choice) -> bool:
        return self.bound is None or point.switches + self._switches(point, choice) <= self.bound

    def _switches(self, point: _Point, choice: Choice) -> int:
        return int(point.going and self._actor(choice) != point.last)

    def _asleep(self, above: _Point, before: Step) -> dict[Choice, Footprint]:
        """What was gone beside the choice before, or slept there, and touches nothing of it, sleeps on."""
        last = self._actor(before.choice)
        return {
            choice: footprint
            for choice, footprint in (above.asleep | above.done).items()
            if self._actor(choice) != last and before.footprint.disjoint(footprint)
        }

    def _turn(self) -> bool:
        """Turns to the last choice that has an alternative; False when there is none."""
        while self._path:
            point = self._path[-1]
            if point.at + 1 < len(point.options):
                assert point.footprint is not None
                point.done[point.choice] = point.footprint
                point.at += 1
                point.footprint = None
                return True
            self._path.pop()
        return False
