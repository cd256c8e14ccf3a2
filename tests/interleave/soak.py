"""`python -m tests.interleave.soak`, which `script/soak --interleave` calls: every order of all scenarios,
over all cores, for so many minutes.

An order that breaks something ends its scenario, and is printed as a test; the program ends with 1 then.
"""

import argparse
import gc
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field

from tests.interleave.orders import Broken, Outcome, Scenario, explore
from tests.interleave.scenarios import KNOWN, Group, whole

Answer = tuple[Scenario, Outcome | None, str]


def prepare() -> None:
    """What is loaded stays; what comes later is looked through rarely, for most of it stays a while."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def one(scenario: Scenario, until: float, most: int) -> Answer:
    """One scenario in a process of its own: what it came to, or what broke; neither when time is up."""
    if time.time() >= until:
        return scenario, None, ""
    try:
        return scenario, explore(scenario, lambda steps: steps < most and time.time() < until), ""
    except Broken as broken:
        return scenario, None, str(broken)
    finally:
        gc.collect()


@dataclass(slots=True)
class Progress:
    """How far it is, by the steps that scenarios of each kind are known to take."""

    steps: dict[Scenario, int]
    began: float = field(default_factory=time.monotonic)
    done: int = 0
    of: int = 0

    def line(self, scenario: Scenario) -> str:
        """Where it stands once this one is gone."""
        self.done += self.steps[scenario]
        self.of += 1
        passed = time.monotonic() - self.began
        left = passed / self.done * (sum(self.steps.values()) - self.done)
        return f"[{self.of}/{len(self.steps)}, {passed / 60:.0f} min, about {left / 60:.0f} more]"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/soak --interleave", description="Go every order.")
    parser.add_argument(
        "--minutes", type=float, default=60.0, help="after so many it ends, and says what is left"
    )
    parser.add_argument("--only", default="", help="only scenarios whose line holds this text")
    parser.add_argument("--steps", type=int, default=sys.maxsize, help="of each scenario so many at most")
    parser.add_argument("--cores", type=int, default=os.cpu_count(), help="so many processes")
    given = parser.parse_args(arguments)
    groups = whole()
    steps = {
        scenario: group.steps
        for group in groups
        for scenario in group.scenarios
        if given.only in str(scenario)
    }
    until = time.time() + 60 * given.minutes
    progress = Progress(steps)
    totals: Counter[str] = Counter()
    broken: list[Scenario] = []
    left: list[str] = []
    with ProcessPoolExecutor(given.cores, initializer=prepare) as pool:
        for done in as_completed([pool.submit(one, scenario, until, given.steps) for scenario in steps]):
            scenario, outcome, failure = done.result()
            where = progress.line(scenario)
            if outcome is not None:
                _add(totals, outcome)
                print(where, outcome, flush=True)
                left += [f"{scenario}: {outcome.found.open} open"] if outcome.found.open else []
            elif failure:
                print(f"{where} {scenario}: {failure}\n", flush=True)
                broken.append(scenario)
            else:
                left.append(f"{scenario}: not begun")
    _sum_up(groups, totals, len(steps), broken, left)
    return 1 if any(scenario not in KNOWN for scenario in broken) else 0


def _add(totals: Counter[str], outcome: Outcome) -> None:
    found = outcome.found
    totals.update(orders=found.orders, repeats=found.repeats, steps=found.steps, ends=outcome.ends)
    totals.update(milliseconds=int(1000 * outcome.seconds), whole=found.open == 0, states=outcome.states)


def _sum_up(
    groups: Sequence[Group],
    totals: Counter[str],
    number: int,
    broken: Sequence[Scenario],
    left: Sequence[str],
) -> None:
    for line in left:
        print(f"left out at the end: {line}")
    for scenario in broken:
        print(f"broken: {scenario}{' (known)' if scenario in KNOWN else ''}")
    print("bound: every order at the stops of writes, or of reads too; one thing that goes wrong")
    print("casts: " + "; ".join(f"{group.name} {len(group.scenarios)}" for group in groups))
    print(f"scenarios {number}  whole {totals['whole']}  broken {len(broken)}  left out {len(left)}")
    print(
        f"orders {totals['orders']} by {totals['states']} states to {totals['ends']} ends, "
        f"{totals['steps']} steps, {totals['milliseconds'] / 1000:.0f} s of one core"
    )
    print(f"left out: {totals['repeats']} that come to the same")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
