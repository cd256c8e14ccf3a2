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

from tests.interleave.orders import Broken, Outcome, Scenario, explore
from tests.interleave.scenarios import KNOWN, SWITCHES, whole

Answer = tuple[Scenario, Outcome | None, str]


def one(scenario: Scenario, until: float, most: int) -> Answer:
    """One scenario in a process of its own: what it came to, or what broke; neither when time is up."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    if time.time() >= until:
        return scenario, None, ""
    try:
        return scenario, explore(scenario, lambda orders: orders < most and time.time() < until), ""
    except Broken as broken:
        return scenario, None, str(broken)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/soak --interleave", description="Go every order.")
    parser.add_argument(
        "--minutes", type=float, default=60.0, help="after so many it ends, and says what is left"
    )
    parser.add_argument("--only", default="", help="only scenarios whose line holds this text")
    parser.add_argument("--orders", type=int, default=sys.maxsize, help="of each scenario so many at most")
    given = parser.parse_args(arguments)
    scenarios = [scenario for scenario in whole() if given.only in str(scenario)]
    until = time.time() + 60 * given.minutes
    totals: Counter[str] = Counter()
    broken: list[Scenario] = []
    left: list[str] = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for done in as_completed([pool.submit(one, scenario, until, given.orders) for scenario in scenarios]):
            scenario, outcome, failure = done.result()
            if outcome is not None:
                _add(totals, outcome)
                print(outcome, flush=True)
                left += [f"{scenario}: {outcome.found.open} open"] if outcome.found.open else []
            elif failure:
                print(f"{scenario}: {failure}\n", flush=True)
                broken.append(scenario)
            else:
                left.append(f"{scenario}: not begun")
    _sum_up(totals, len(scenarios), broken, left)
    return 1 if any(scenario not in KNOWN for scenario in broken) else 0


def _add(totals: Counter[str], outcome: Outcome) -> None:
    found = outcome.found
    totals.update(orders=found.orders, repeats=found.repeats, cut=found.cut, ends=outcome.ends)
    totals.update(milliseconds=int(1000 * outcome.seconds), whole=found.open == 0)


def _sum_up(totals: Counter[str], number: int, broken: Sequence[Scenario], left: Sequence[str]) -> None:
    for line in left:
        print(f"left out at the end: {line}")
    for scenario in broken:
        print(f"broken: {scenario}{' (known)' if scenario in KNOWN else ''}")
    print(f"bound: every order at the stops of writes; with reads {SWITCHES} switches; one thing that fails")
    print(f"scenarios {number}  whole {totals['whole']}  broken {len(broken)}  left out {len(left)}")
    seconds = totals["milliseconds"] / 1000
    print(f"orders {totals['orders']} to {totals['ends']} ends, {seconds:.0f} s of one core")
    print(
        f"left out: {totals['repeats']} that come to the same, {totals['cut']} alternatives beyond the bound"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
