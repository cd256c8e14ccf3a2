"""Which tests run which lines, and how long each takes: measured once for each state of code and tests.

What is kept in .cache/mutation is measured anew when functions/ changes, or what the tests share. When only
modules of tests change, these are run again and added.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from coverage import CoverageData

from local.progress import say, step
from tests.mutation.copies import Copy

_SETTINGS = "[run]\nrelative_files = true\n"
_LEFT_OUT = ("-m", "not browser", "--ignore=tests/mutation")


class Cover:
    """The tests behind each line."""

    def __init__(self, data: CoverageData, seconds: Mapping[str, float]) -> None:
        self.seconds = seconds
        """Of each test that passes, by its id."""
        self._data = data
        self._lines: dict[str, dict[int, set[str]]] = {}

    def tests(self, path: str, lines: tuple[int, int] | None = None) -> set[str]:
        """The tests that run any of these lines, or any line, of a file."""
        if path not in self._lines:
            self._lines[path] = {
                line: {test for context in contexts if (test := context.rpartition("|")[0]) in self.seconds}
                for line, contexts in self._data.contexts_by_lineno(path).items()
            }
        found = self._lines[path]
        wanted = found if lines is None else range(lines[0], lines[1] + 1)
        return set().union(*(found.get(line, ()) for line in wanted))


def measured(cache: Path, copy: Copy, workers: int) -> Cover:
    """The cover of the tree that `copy` is a copy of; the tests run there, on so many processes.

    Raises Unready when they cannot be run.
    """
    now, file = _state(copy.folder), cache / "state.json"
    kept = _State(**json.loads(file.read_text())) if file.exists() else None
    if kept is None or (kept.functions, kept.shared) != (now.functions, now.shared):
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir(parents=True)
        new, what = list(now.modules), ["tests"]
    else:
        new = what = [path for path, digest in now.modules.items() if kept.modules.get(path) != digest]
        still = now.modules.keys() - set(new)
        now.seconds |= {test: took for test, took in kept.seconds.items() if _module(test) in still}
    if new:
        say(f"measuring which tests run which lines ({len(new)} modules of tests), to be kept in {cache}")
        with step("still measuring", patience=60.0):
            now.seconds |= _run(cache, copy, what, workers)
        file.write_text(json.dumps(asdict(now)))
    data = CoverageData(str(cache / "coverage"))
    data.read()
    return Cover(data, now.seconds)


def _run(cache: Path, copy: Copy, what: Iterable[str], workers: int) -> dict[str, float]:
    settings = cache / "settings"
    settings.write_text(_SETTINGS)
    coverage = ["--cov=functions", "--cov-report=", "--cov-context=test", "--cov-append"]
    processes = ["-n", str(workers), "--dist", "loadscope"] if workers > 1 else []
    ran = copy.pytest(
        ["-q", *_LEFT_OUT, *processes, *coverage, f"--cov-config={settings}", *what],
        environment={"COVERAGE_FILE": str(cache / "coverage")},
    )
    seconds, failed = ran.measured()
    if not seconds:
        raise ran.unready("no test passed")
    for test in failed:
        say(f"left out, for it fails without any mutant: {test}")
    return seconds


@dataclass
class _State:
    """Digests of the code, of what the tests share and of each module of tests; and what was measured."""

    functions: str
    shared: str
    modules: dict[str, str]
    seconds: dict[str, float]


def _state(root: Path) -> _State:
    # The tests of this tool, and the list of equivalent mutants beside them, run nothing of functions/.
    own, compiled = root / "tests" / "mutation", "__pycache__"
    tests = [path for path in (root / "tests").rglob("*") if path.is_file() and compiled not in path.parts]
    tests = [path for path in tests if not path.is_relative_to(own)]
    modules = [path for path in sorted(tests) if path.name.startswith("test_") and path.suffix == ".py"]
    return _State(
        functions=_digest(root, (root / "functions").rglob("*.py")),
        shared=_digest(root, set(tests).difference(modules)),
        modules={path.relative_to(root).as_posix(): _digest(root, [path]) for path in modules},
        seconds={},
    )


def _digest(root: Path, files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.relative_to(root)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _module(test: str) -> str:
    return test.partition("::")[0]
