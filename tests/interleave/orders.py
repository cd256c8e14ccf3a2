"""One scenario, all its orders: what is gone, what must hold, and how a failure is told."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from crmsync.core.model import Resource
from crmsync.store.documents.memory import MemoryDocuments
from crmsync.store.documents.port import Documents
from local.google.clock import Clock
from local.google.world import World as Google
from tests.interleave import casts, oracles
from tests.interleave.casts import CAST, Start
from tests.interleave.explorer import Explorer, Found
from tests.interleave.hub import EVERYTHING, WRITES, Choice, Chooser, Fate, Hub, Kind, Step
from tests.interleave.people import World
from tests.interleave.ports import HubGoogle, plain
from tests.interleave.state import fingerprint
from tests.quiet import quiet
from tests.stage import START, Stage


@dataclass(frozen=True, slots=True)
class Scenario:
    """A cast that acts at once.

    reads: whether each read is a stop too. switches: how often one that could go on has to wait for another;
    None: as often as there are stops. fates: what may become of one of them, once, besides going on.
    """

    resource: Resource
    start: Start
    cast: tuple[str, ...]
    reads: bool = False
    switches: int | None = None
    fates: tuple[Fate, ...] = ()

    def __str__(self) -> str:
        stops = "all stops" if self.reads else "writes"
        switches = "" if self.switches is None else f", {self.switches} switches"
        fates = "".join(f", one {fate}" for fate in self.fates)
        return f"{self.resource} {self.start}: {' | '.join(self.cast)} ({stops}{switches}{fates})"

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
    ends: int = 0
    """How many different states the orders ended in: each is looked at once."""
    calls: int = 0
    """The most calls to Google that an order and what was queued in it needed."""

    def __str__(self) -> str:
        found = self.found
        left = f"bound {found.cut}, end {found.open}, repeats {found.repeats}"
        return (
            f"{self.scenario}: {found.orders} orders of up to {found.longest} steps to {self.ends} ends, "
            f"left out: {left}; at most {self.calls} calls, {self.seconds:.1f} s"
        )


def explore(scenario: Scenario, more: Callable[[int], bool] = lambda orders: True) -> Outcome:
    """Goes every order of a scenario, as long as `more` says so of those that are gone. Raises Broken."""
    explorer, ends = Explorer(scenario.cast, scenario.switches), Ends()
    began = time.process_time()

    def go() -> tuple[bool, Sequence[Step]]:
        return act(scenario, explorer.choose, ends)

    found = explorer.explore(go, lambda: more(explorer.found.orders))
    return Outcome(scenario, found, time.process_time() - began, len(ends.seen), ends.calls)


def replay(scenario: Scenario, order: Sequence[Choice]) -> None:
    """Goes one order: these choices, then whoever acts goes on as long as it can. Raises Broken."""
    left = list(order)

    def choose(choices: Sequence[Choice], before: Step | None, _: object) -> Choice:
        if left:
            return left.pop(0)
        last = before.choice if before else ""
        return last if last in choices else choices[0]

    act(scenario, choose, Ends())


@dataclass(slots=True)
class Ends:
    """In which states orders have ended, and what it took from there to rest."""

    seen: set[bytes] = field(default_factory=set)
    calls: int = 0


def act(
    scenario: Scenario, choose: Chooser, ends: Ends, documents: Documents | None = None
) -> tuple[bool, Sequence[Step]]:
    """One order from the beginning to rest; whether it was gone to its end, and its steps. Raises Broken.

    documents: where the CRM's data lies; the twin in memory unless told.
    """
    clock = Clock(START)
    kept = documents or MemoryDocuments(clock)
    hub = Hub(scenario.stops, scenario.fates, plain=plain)
    with quiet(), unexpected() as failed, HubGoogle(Google(clock), hub) as google:
        it = casts.play(World(Stage(google, documents=kept), hub), scenario.resource, scenario.cast)
        casts.prepare(it, scenario.start, scenario.cast)
        if isinstance(kept, MemoryDocuments):
            hub.shared = partial(fingerprint, it.world, kept, it.filled)
        actors = [CAST[name](it) for name in scenario.cast]
        google.world.controls.forget_calls()
        try:
            if not hub.run(actors, choose):
                return False, hub.steps
            oracles.when_all_are_over(it, actors)
            assert not failed, f"jobs failed unexpectedly: {failed}"
            end = hub.shared()
            if not end or end not in ends.seen:
                it.world.stage.run()
                calls = google.world.controls.count()
                oracles.no_more_calls_than_needed(actors, calls)
                ends.calls = max(ends.calls, calls)
                oracles.at_rest(it)
                assert not failed, f"jobs failed unexpectedly: {failed}"
                ends.seen.add(end)
        except Exception as error:
            raise Broken(_told(scenario, hub, error)) from error
        return True, hub.steps


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
