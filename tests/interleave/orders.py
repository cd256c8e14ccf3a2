"""One scenario, all its orders: what is gone, what must hold, and how a failure is told."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from crmsync.core.model import Resource
from local.google.clock import Clock
from local.google.world import World as Google
from tests.interleave import casts, oracles
from tests.interleave.casts import CAST, Play, Start
from tests.interleave.explorer import Explorer, Found
from tests.interleave.hub import EVERYTHING, WRITES, Choice, Fate, Hub, Kind, Step
from tests.interleave.people import World
from tests.interleave.ports import MARKS, SEALED, HubGoogle, drawn
from tests.interleave.state import Everything, TidyDocuments
from tests.quiet import quiet
from tests.stage import START


@dataclass(frozen=True, slots=True)
class Scenario:
    """A cast that acts at once.

    reads: whether each read is a stop too. fates: what may become of one of them, once, besides going on.
    """

    resource: Resource
    start: Start
    cast: tuple[str, ...]
    reads: bool = False
    fates: tuple[Fate, ...] = ()

    def __str__(self) -> str:
        stops = "all stops" if self.reads else "writes"
        fates = "".join(f", one {fate}" for fate in self.fates)
        return f"{self.resource} {self.start}: {' | '.join(self.cast)} ({stops}{fates})"

    @property
    def stops(self) -> frozenset[Kind]:
        """Where an actor waits for its turn: a task that is queued is a moment to die at, too."""
        return EVERYTHING if self.reads else WRITES | ({"queue"} if self.fates else frozenset())


class Broken(AssertionError):
    """An order after which something does not hold."""


@dataclass(slots=True)
class Outcome:
    """What a scenario came to."""

    scenario: Scenario
    found: Found
    seconds: float
    states: int = 0
    ends: int = 0
    """How many different states the orders ended in."""
    calls: int = 0
    """The most calls to Google that an order and what was queued in it needed."""

    def __str__(self) -> str:
        found = self.found
        return (
            f"{self.scenario}: {found.orders} orders of up to {found.longest} steps by {self.states} states "
            f"to {self.ends} ends, left out: end {found.open}, repeats {found.repeats}; "
            f"at most {self.calls} calls, {self.seconds:.1f} s"
        )


def explore(
    scenario: Scenario, more: Callable[[int], bool] = lambda steps: True, *, reduced: bool = True
) -> Outcome:
    """Goes every order of a scenario, as long as `more` says so of the steps that were taken. Raises Broken.

    reduced: whether orders that come to the same are left out.
    """
    began = time.process_time()
    with stood(scenario) as order:
        explorer = Explorer(order, reduced)
        found = explorer.explore(order.ended, lambda: more(explorer.found.steps))
    seconds = time.process_time() - began
    return Outcome(scenario, found, seconds, explorer.states, len(order.ends), order.calls)


def replay(scenario: Scenario, choices: Sequence[Choice]) -> None:
    """Goes one order: these choices, then whoever acts goes on as long as it can. Raises Broken."""
    with stood(scenario) as order:
        last = ""
        left = list(choices)
        while not order.over:
            may = order.choices()
            last = left.pop(0) if left else last if last in may else may[0]
            order.step(last)
        order.ended()


class Order:
    """The order that is being gone, from when all are about to begin; `Broken` tells where it has come."""

    def __init__(self, scenario: Scenario, it: Play, everything: Everything, failed: Sequence[str]) -> None:
        """failed: what has failed unexpectedly so far."""
        self.scenario = scenario
        self.it = it
        self.hub = it.world.hub
        self.everything = everything
        self.failed = failed
        self.ends: set[bytes] = set()
        """The states in which orders have ended: each is looked at once."""
        self.calls = 0
        """The most calls to Google that an order and what was queued in it needed."""

    @property
    def over(self) -> bool:
        """Whether nobody has anything left to do."""
        return self.hub.over

    def choices(self) -> Sequence[Choice]:
        """What may happen now."""
        return self.hub.choices()

    def actor(self, choice: Choice) -> str:
        """Whose choice it is."""
        return self.hub.actor(choice)

    def step(self, choice: Choice) -> Step:
        """Makes it happen."""
        with self._told():
            step = self.hub.step(choice)
            assert not self.failed, f"a job failed unexpectedly: {self.failed}"
        return step

    def state(self) -> bytes:
        """What is equal where the same can follow."""
        return self.hub.state()

    def save(self) -> object:
        """Where it is, to be restored any number of times."""
        return self.hub.save()

    def restore(self, saved: Any) -> None:
        """Takes it back."""
        self.hub.restore(saved)

    def ended(self) -> None:
        """All are over: looks at how things stand, and at how they will at rest. Leaves them anyhow."""
        with self._told():
            oracles.when_all_are_over(self.it, oracles.follow_ups(self.scenario.cast, self.scenario.fates))
            end = self.everything.state(acting=False)
            if end in self.ends:
                return
            stage = self.it.world.stage
            stage.run(oracles.LOOKS)
            calls = stage.world.controls.count()
            oracles.no_more_calls_than_needed(self.scenario.cast, self.scenario.fates, calls)
            self.calls = max(self.calls, calls)
            oracles.at_rest(self.it)
            assert not self.failed, f"a job failed unexpectedly: {self.failed}"
            self.ends.add(end)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            raise Broken(_told(self.scenario, self.hub, error)) from error


@contextmanager
def stood(scenario: Scenario) -> Iterator[Order]:
    """The stage of a scenario with its cast, about to begin."""
    clock = Clock(START)
    # Where every commit is answered, nobody has use for its mark.
    hides = SEALED if scenario.fates else SEALED | MARKS
    documents = TidyDocuments(clock, hides)
    hub = Hub(scenario.stops, scenario.fates, plain=documents.plain)
    with quiet(), unexpected() as failed, drawn(hub), HubGoogle(Google(clock), hub) as google:
        stage = casts.stage_of(google, documents, scenario.cast)
        it = casts.play(World(stage, hub), scenario.resource, scenario.cast)
        casts.prepare(it, scenario.start, scenario.cast)
        everything = Everything(it.world, documents, google)
        hub.begin(scenario.cast, lambda name: CAST[name](it), everything)
        google.world.controls.forget_calls()
        try:
            yield Order(scenario, it, everything, failed)
        finally:
            hub.close()
            everything.forget()


@contextmanager
def unexpected() -> Iterator[list[str]]:
    """What jobs fail by meanwhile that nobody expects: that it is answered does not make it right.

    But for a store that does not answer, when it is made not to.
    """
    found: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if (
                record.getMessage() == "job failed unexpectedly"
                and vars(record)["error"] != "StoreUnavailable"
            ):
                found.append(f"{vars(record)['error']} {vars(record).get('text')} {vars(record).get('at')}")

    handler, log = Kept(), logging.getLogger("crmsync")
    log.addHandler(handler)
    try:
        yield found
    finally:
        log.removeHandler(handler)


def _told(scenario: Scenario, hub: Hub, error: Exception) -> str:
    """What went wrong, and the order as a test to paste."""
    steps = "\n".join(f"    {step.choice:<20} {step.what}" for step in hub.steps)
    order = ", ".join(f'"{step.choice}"' for step in hub.steps)
    return (
        f"{type(error).__name__}: {error}\n{steps}\nAs a test, in test_interleave_regressions.py:\n"
        f"    replay({scenario!r}, [{order}])"
    )
