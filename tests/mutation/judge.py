"""Says of each mutant whether a test notices it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Literal

from tests.mutation.copies import Copy
from tests.mutation.cover import Cover
from tests.mutation.in_copy.mutation_plugin import TIMED_OUT
from tests.mutation.mutants import Mutant
from tests.mutation.nearest import nearest, that_run

Verdict = Literal["killed", "timed out", "survived"]

GRACE = 15.0
"""Seconds that a test may take beside SLOWER times what it took when measured."""
SLOWER = 5.0
LONGEST = 300.0
"""Seconds after which a run is ended that is stuck outside the tests."""
_SHOWN = 5
"""Modules of tests named with a survivor."""
_NO_TESTS = 5
"""Of pytest's exit codes. All others but 0 come of the mutant: also that a module cannot be imported."""


@dataclass(frozen=True)
class Judged:
    """A mutant and what became of it."""

    mutant: Mutant
    verdict: Verdict
    tests: tuple[str, ...]
    """What was run, at most: the first failure ends the run."""
    runs: bool
    """Whether any of them is known to run the place; of what runs at import that is taken for granted."""

    def by(self) -> str:
        """Which tests that are, in words."""
        counted = Counter(test.partition("::")[0] for test in self.tests)
        modules = [f"{module} ({number})" for module, number in counted.items()]
        if len(modules) > _SHOWN:
            modules[_SHOWN:] = [f"{len(modules) - _SHOWN} more modules"]
        number = "1 test" if len(self.tests) == 1 else f"{len(self.tests)} tests"
        said = f"not noticed by {number}: {', '.join(modules)}" if modules else "no tests are near"
        return said if self.runs else f"no test runs it; {said}"


def check(root: Path, mutants: Sequence[Mutant], cover: Cover, copy: Copy) -> None:
    """See that tests pass in a copy while it is as it should be, or all mutants would seem killed.

    Raises Unready when not.
    """
    tests = {
        test: took for mutant in mutants[:5] for test, took in nearest(root, mutant.place, cover).items()
    }
    ran = copy.pytest(["-x", "-q", *_modules(tests)], limits=_limits(tests, GRACE))
    if ran.code != 0:
        raise ran.unready("tests fail without any mutant")


def judge(
    root: Path, mutants: Sequence[Mutant], cover: Cover, copies: Sequence[Copy], grace: float = GRACE
) -> Iterator[Judged]:
    """The verdict on each, in their order; as many at a time as there are copies of the tree."""
    free: SimpleQueue[Copy] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def one(mutant: Mutant) -> Judged:
        tests = nearest(root, mutant.place, cover)
        copy = free.get()
        try:
            runs = mutant.place.at_import or bool(that_run(mutant.place, cover))
            return Judged(mutant, _verdict(copy, mutant, tests, grace), tuple(tests), runs)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        try:
            yield from pool.map(one, mutants)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for copy in copies:
                copy.stop()


def _verdict(copy: Copy, mutant: Mutant, tests: Mapping[str, float], grace: float) -> Verdict:
    if not tests:
        return "survived"
    with copy.changed(mutant.place.path, mutant.source):
        ran = copy.pytest(["-x", "-q", *_modules(tests)], limits=_limits(tests, grace), seconds=LONGEST)
    if ran.code in (None, TIMED_OUT):
        return "timed out"
    if ran.code == _NO_TESTS:
        raise ran.unready(f"no verdict on {mutant.place.path}, line {mutant.place.lines[0]}")
    return "killed" if ran.code else "survived"


def _limits(tests: Mapping[str, float], grace: float) -> dict[str, float]:
    return {test: grace + SLOWER * took for test, took in tests.items()}


def _modules(tests: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(test.partition("::")[0] for test in tests))
