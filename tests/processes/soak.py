"""`script/soak --processes`: the system as processes, whose functions are killed again and again, by SIGKILL.
`script/soak --restarts` kills the queue and the simulated Google, too, which go on with what they have kept.

People act on both sides all the while. At the end the system is left alone until nothing is due any more, and
both sides are compared record by record.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from crmsync.core.due import SILENCE, SYNC_INTERVAL
from crmsync.core.errors import Unavailable
from crmsync.core.scope import Scope
from crmsync.core.state import DOUBT
from crmsync.engine.jobs import resync_due
from crmsync.engine.requests import Reason, request_sync
from crmsync.engine.run.lease import LEASE_TIME
from crmsync.store.ports import PutUser
from local.programs import stoppable
from tests.processes.compare import Found, compare
from tests.processes.hurry import hurried
from tests.processes.people import Person
from tests.processes.system import PARTS, Part, Processes

USERS = 10
PAUSE = (0.2, 2.0)
"""Seconds between two kills, at least and at most, beside what people are doing."""
SLOW = 0.05
"""Seconds that Google takes for a call: so that a kill meets jobs at work."""
SOON = 20.0
UNAVAILABLE = '"Unavailable"'
"""What the functions log when they find the queue or Google killed."""
TICK = 5.0
"""Seconds between two runs of the schedule."""


def main(arguments: Sequence[str]) -> int:
    """Runs it and prints what it came to; 0 when both sides agree."""
    parser = argparse.ArgumentParser(prog="script/soak")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--processes", action="store_true", help="kill the functions, over the emulator")
    which.add_argument("--restarts", action="store_true", help="kill any part, over files")
    parser.add_argument("--kills", type=int, help="default 200; with --restarts 50")
    parser.add_argument("--minutes", type=float, default=30.0, help="at most, all in all")
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--scale",
        type=float,
        default=20.0,
        help="leases, jobs and doubts last so many times less than they do (1: as they are)",
    )
    given = parser.parse_args(arguments)
    seconds = 60.0 * given.minutes
    kills = given.kills or (50 if given.restarts else 200)
    parts = PARTS if given.restarts else PARTS[:1]
    return soak(kills, seconds, given.users, given.seed, given.scale, parts)


def soak(kills: int, seconds: float, users: int, seed: int, scale: float, parts: Sequence[Part]) -> int:
    """The same with the numbers given."""
    began = time.monotonic()
    names = tuple(f"u{number}u" for number in range(users))
    silence = (SILENCE + SYNC_INTERVAL).total_seconds() / scale
    quiet = (LEASE_TIME + DOUBT).total_seconds() / scale + silence + 3 * SOON
    with (
        stoppable(),
        tempfile.TemporaryDirectory() as folder,
        Processes(names, scale, Path(folder), emulator=len(parts) == 1) as system,
        hurried(scale),
    ):
        people = [connected(system, name, seed) for name in names]
        system.control("latency", seconds=SLOW)
        dice = random.Random(f"kills {seed}")
        _let_live(system, people, kills, began + seconds - quiet, dice, parts)
        told = system.deliveries()
        left = _rest(system, people, quiet, silence)
        found = Found()
        for person in people:
            found.add(compare(system.deps, person))
        found.left += [left] if left else []
        before = _revisions(system, people)
        # One that the schedule sends may write when it last came to its end.
        _ask(system, people, "push")
        system.rest(quiet, SOON)
        found.left += [] if _revisions(system, people) == before else ["one more job writes"]
        waiting = system.deliveries()["waiting"]
        found.left += [f"{waiting} tasks are queued"] if waiting else []
        errors = [line for line in _errors(system.log) if len(parts) == 1 or UNAVAILABLE not in line]
    for line in [*found.all, *errors]:
        print(line)
    edits = sum(person.edits for person in people)
    print(
        f"kills {system.kills}  edits {edits}  users {users}  deliveries {told['made']} "
        f"({told['broken']} broke off, {told['refused']} refused)  pairs {found.records}  "
        f"doubles {len(found.doubles)}  lost edits {len(found.lost)}  differences {len(found.differences)}  "
        f"left at work {len(found.left)}  errors {len(errors)}  {time.monotonic() - began:.0f} s",
        flush=True,
    )
    return 1 if found.all or errors or system.kills < kills else 0


def connected(system: Processes, name: str, seed: int) -> Person:
    """A user who has allowed everything and syncs everything."""
    system.connect(name)
    scope = Scope.of(name)
    user = system.deps.store.user(scope)
    assert user is not None
    settings = replace(user.settings, google_events="full")
    system.deps.store.commit(scope, [PutUser({"settings": settings})])
    return Person(system, name, random.Random(f"{name} {seed}"))


def _let_live(
    system: Processes,
    people: Sequence[Person],
    kills: int,
    until: float,
    dice: random.Random,
    parts: Sequence[Part],
) -> None:
    """People act, each at their own pace, until so many kills are done."""
    over = threading.Event()

    def live(person: Person) -> None:
        while not over.is_set():
            person.act()
            over.wait(person.dice.uniform(0.0, 2.0))

    with ThreadPoolExecutor(len(people) + 1) as pool:
        lives = [pool.submit(live, person) for person in people]
        lives.append(pool.submit(_tick, system, over))
        try:
            for _ in range(kills):
                time.sleep(dice.uniform(*PAUSE))
                if time.monotonic() > until:
                    break
                system.kill(dice.choice(parts))
        finally:
            over.set()
        for each in lives:
            each.result()


def _tick(system: Processes, over: threading.Event) -> None:
    """The schedule, until that is set."""
    while not over.wait(TICK):
        # The queue may have been killed just now: the next tick finds who is due all the same.
        with suppress(Unavailable):
            resync_due(system.deps, system.deps.clock.now().isoformat())


def _rest(system: Processes, people: Sequence[Person], quiet: float, silence: float) -> str | None:
    """The system is left alone until nothing is due; answers what is left then, if anything.

    silence: for so long what is lost may be missed by the schedule.
    """
    over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        ticks = pool.submit(_tick, system, over)
        system.rest(quiet, quiet)
        over.wait(silence)
        over.set()
        ticks.result()
    for _ in range(2):
        _ask(system, people)
        left = system.rest(2 * quiet, quiet)
    return left


def _ask(system: Processes, people: Sequence[Person], reason: Reason = "schedule") -> None:
    for person in people:
        request_sync(system.deps, Scope.of(person.user), reason)


def _revisions(system: Processes, people: Sequence[Person]) -> list[tuple[int, int]]:
    users = [system.deps.store.user(Scope.of(person.user)) for person in people]
    return [(user.contacts.rev, user.calendar.rev) for user in users if user is not None]


def _errors(log: Path) -> list[str]:
    """What the functions logged as an error: nobody expected that."""
    lines = log.read_text(encoding="utf-8").splitlines()
    return sorted({line[:400] for line in lines if '"severity":"ERROR"' in line or "Traceback" in line})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
