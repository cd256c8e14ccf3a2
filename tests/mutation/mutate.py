"""`python -m tests.mutation.mutate`, which `script/mutate` calls: do the tests notice wrong code.

Draws mutants of functions/crmsync, runs the nearest tests for each, and shows the survivors.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from local.emulator import HOST_VARIABLE, Emulator
from local.progress import Unready, say, step
from tests.mutation import equivalent
from tests.mutation.copies import Copy
from tests.mutation.cover import measured
from tests.mutation.judge import Judged, check, judge
from tests.mutation.mutants import HOW_DRAWN, ROOMS, Mutant, all_places, sample
from tests.mutation.places import LEFT_OUT

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "mutation"


def main(arguments: Sequence[str]) -> int:
    """0 when every survivor is named as equivalent, 1 when not, 2 when a part is missing."""
    given = _given(arguments)
    signal.signal(signal.SIGTERM, _stop)
    with step("looking for places to mutate"):
        found = all_places(ROOT, given.only)
        mutants = sample(ROOT, found, given.seed, given.number)
    changes = sum(place.changes for place in found)
    say(f"{len(found)} places with {changes} changes in {', '.join(given.only)}; {HOW_DRAWN}")
    say(f"left out: {LEFT_OUT}")
    if given.list:
        for mutant in mutants:
            _show(mutant)
        return 0
    try:
        return _judge(mutants, given.seed, given.workers)
    except Unready as problem:
        say(str(problem), sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/mutate", description="Do the tests notice wrong code?")
    parser.add_argument("--seed", type=int, default=1, help="names the sample (1)")
    parser.add_argument("--number", type=int, default=100, help="how many mutants (100)")
    parser.add_argument("--only", type=_rooms, default=ROOMS, help=f"some rooms of {','.join(ROOMS)}")
    parser.add_argument("--workers", type=int, default=2, help="how many at a time (2)")
    parser.add_argument("--list", action="store_true", help="show the sample, run nothing")
    return parser.parse_args(arguments)


def _rooms(text: str) -> tuple[str, ...]:
    rooms = tuple(text.split(","))
    if unknown := set(rooms).difference(ROOMS):
        raise argparse.ArgumentTypeError(f"no such room: {', '.join(sorted(unknown))}")
    return rooms


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _judge(mutants: Sequence[Mutant], seed: int, workers: int) -> int:
    known = equivalent.read()
    began = time.monotonic()
    CACHE.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        emulator = stack.enter_context(Emulator.start())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="copies-", dir=CACHE)))
        with step("copying the tree"):
            copies = [Copy(ROOT, folder / str(n), {HOST_VARIABLE: emulator.host}) for n in range(workers)]
        cover = measured(CACHE / "cover", copies[0], workers)
        check(ROOT, mutants, cover, copies[0])
        counts: Counter[str] = Counter()
        for number, judged in enumerate(judge(ROOT, mutants, cover, copies), start=1):
            entry = next((entry for entry in known if entry.names(judged.mutant)), None)
            if judged.verdict == "survived" and entry:
                counts["equivalent"] += 1
                say(f"equivalent: {_where(judged.mutant)}: {entry.reason}")
            else:
                counts[judged.verdict] += 1
            if judged.verdict == "survived" and not entry:
                _show_survivor(judged)
            if number % 10 == 0:
                say(f"… {number} of {len(mutants)} after {(time.monotonic() - began) / 60:.0f} minutes")
    for entry in known:
        if not entry.fits(ROOT):
            say(
                f"the list of equivalent mutants names what is no longer there: {entry.file} {entry.function}"
            )
    say(summary(seed, counts))
    return 1 if counts["survived"] else 0


def summary(seed: int, counts: Counter[str]) -> str:
    """The closing line."""
    late = counts["timed out"]
    killed = counts["killed"] + late
    parts = [
        f"{counts.total()} mutants",
        f"{killed} killed" + (f" ({late} by time-out)" if late else ""),
        *([f"{counts['equivalent']} equivalent"] if counts["equivalent"] else []),
        f"{counts['survived']} survived",
    ]
    return f"seed {seed}: {', '.join(parts)}"


def _where(mutant: Mutant) -> str:
    place = mutant.place
    return f"{place.path}:{place.lines[0]}" + (f" in {place.function}" if place.function else "")


def _show(mutant: Mutant) -> None:
    say(_where(mutant))
    for line in mutant.diff:
        say(f"    {line}")


def _show_survivor(judged: Judged) -> None:
    say("survived:")
    _show(judged.mutant)
    say(f"    {judged.by()}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
