"""`python -m tests.machine.soak N`, which `script/soak` calls: many walks of a machine, over all cores.

Each process walks in rounds with seeds that follow from the first one, so that a number names the same walks
again. A failure ends its round, and the program with 1. Its walk is shown as it was found, then the shortest
that fails, which may take minutes; `--as-found` leaves that out.
"""

import argparse
import gc
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.calendar_machine import CalendarMachine
from tests.machine.contacts_machine import ContactsMachine
from tests.machine.machine import SyncMachine

MACHINES: dict[str, type[SyncMachine]] = {"contacts": ContactsMachine, "calendar": CalendarMachine}

ROUND = 100
STEPS = 30
DUPLICATES = ("created twice", "linked twice")
LOST = ("nobody has", "was never sent", "neither linked nor offered", "differs")


def walk(
    walks: int,
    first: int,
    steps: int = STEPS,
    machine: type[SyncMachine] = ContactsMachine,
    *,
    shortest: bool = False,
) -> None:
    """Walks; raises what the first failing walk raises, or the shortest that can be made of it."""
    options = settings(
        max_examples=walks,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if shortest else (Phase.generate,),
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(seed(first)(machine), settings=options)


def one_round(walks: int, first: int, name: str, *, shortest: bool = False) -> tuple[Counter[str], str]:
    """One round in a process of its own: what it came to, and how it failed, if it did.

    shortest: it is walked once more, for the shortest walk that fails, and comes to nothing else.
    """
    machine = MACHINES[name]
    machine.totals.clear()
    # What is loaded stays loaded: looking for garbage in it again and again takes a tenth of the time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    failure = ""
    began = time.process_time()
    try:
        walk(walks, first, machine=machine, shortest=shortest)
    except (Exception, Flaky) as error:
        notes = "\n".join(getattr(error, "__notes__", ()))
        what = "shortest" if shortest else "as found"
        failure = f"seed {first}, {what}: {''.join(traceback.format_exception_only(error)[:1])}{notes}"
    milliseconds = int(1000 * (time.process_time() - began))
    if shortest:
        return Counter(), failure
    return Counter({**machine.totals, "milliseconds": milliseconds}), failure


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/soak", description="Walk a state machine.")
    parser.add_argument("walks", type=int, help="how many walks")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--machine", choices=sorted(MACHINES), default="contacts", help="what to walk")
    parser.add_argument("--cores", type=int, default=os.cpu_count(), help="how many processes")
    parser.add_argument("--as-found", action="store_true", help="look for no shorter walks that fail")
    given = parser.parse_args(arguments)
    rounds = [(min(ROUND, given.walks - at), given.seed + at) for at in range(0, given.walks, ROUND)]
    started = time.monotonic()
    totals: Counter[str] = Counter()
    failures: list[str] = []
    with ProcessPoolExecutor(given.cores, max_tasks_per_child=None) as pool:
        walked = {pool.submit(one_round, *each, given.machine): each for each in rounds}
        shorter: list[Future[tuple[Counter[str], str]]] = []
        for done in as_completed(walked):
            counts, failure = done.result()
            totals.update(counts)
            if failure:
                failures.append(failure)
                print(failure, flush=True)
                if not given.as_found:
                    shorter.append(pool.submit(one_round, *walked[done], given.machine, shortest=True))
            _say(totals, failures, time.monotonic() - started)
        for done in as_completed(shorter):
            print(done.result()[1], flush=True)
    return 1 if failures else 0


def _say(totals: Counter[str], failures: Sequence[str], seconds: float) -> None:
    speed, each = totals["walks"] / seconds, 1000 * totals["walks"] / max(totals["milliseconds"], 1)
    duplicates = sum(any(word in failure for word in DUPLICATES) for failure in failures)
    lost = sum(any(word in failure for word in LOST) for failure in failures)
    print(
        f"walks {totals['walks']} ({totals['timed']} with latency)  steps {totals['steps']}  "
        f"crashes {totals['crashes']}  interruptions {totals['blown']}  "
        f"duplicates {duplicates}  lost edits {lost}  failures {len(failures)}  "
        f"{speed:.1f} walks/s, {each:.1f} a second of one core",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
