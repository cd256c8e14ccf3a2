"""`python -m tests.changed [BASE] [PYTEST OPTION …]`, which `script/test --changed` calls.

Runs the tests of what changed since BASE branched off, or since the last commit. Which tests these are
follows from the names of the files and from what the tests import: the table in docs/testing.md tells it. It
is a quick loop. What lies farther away is for the whole of script/test to find.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import pytest

from tests.imports import imports, modules

ROOT = Path(__file__).resolve().parent.parent

OF_ALL = ("pyproject.toml", "requirements*", "tests/conftest.py")
"""What every test stands on."""

OF_ROOMS = ("tests/test_layers.py", "tests/test_circles.py")
"""Tests of who may import whom: they look at every module."""

MIRRORED = (
    ("functions/crmsync/", "tests/"),
    ("functions/", "tests/"),
    ("local/", "tests/local/"),
    ("bench/", "tests/bench/"),
    ("web/", "tests/web/"),
)
"""Where our sources lie, and where their tests do."""


class Chooser:
    """Chooses among the tests of a project."""

    def __init__(self, root: Path) -> None:
        """`root`: the folder that has `tests` in it."""
        self._root = root
        found = modules(root / "tests", root)
        self._files = {name: PurePosixPath(path.relative_to(root)) for name, path in found.items()}
        self._imports = {name: frozenset(_named(path)) for name, path in found.items()}

    def choose(self, changed: Iterable[str]) -> list[str]:
        """Files and folders of tests for changed files; those that are gone count, too."""
        chosen: set[PurePosixPath] = set()
        for path in map(PurePosixPath, changed):
            if any(path.match(pattern) for pattern in OF_ALL):
                return ["tests"]
            chosen.update(self._of_test(path) if path.parts[0] == "tests" else self._of_source(path))
        # What is gone cannot run, and a folder brings its files.
        kept = {test for test in chosen if (self._root / test).exists() and not chosen & {*test.parents}}
        return sorted(map(str, kept))

    def _of_test(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        if _is_test(path):
            yield path
        elif path.suffix == ".py" and path.name != "conftest.py":
            yield from self._through(_module_of(path))
        else:
            yield path.parent

    def _of_source(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        yield from self._mirrored(path)
        if path.suffix == ".py":
            yield from map(PurePosixPath, OF_ROOMS)
            module = _module_of(path)
            for name in self._importers(module):
                yield from self._standing(self._files[name])
        elif path.suffix:
            # A name without an ending (script/test) is a word like any other.
            for name, file in self._files.items():
                if path.name in (self._root / file).read_text():
                    yield from self._through(name)

    def _mirrored(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        """The tests in the folder that mirrors a source's, or in the nearest above it that is there."""
        for sources, tests in MIRRORED:
            if str(path).startswith(sources):
                folder = PurePosixPath(tests) / path.relative_to(sources).parent
                while not (self._root / folder).is_dir():
                    folder = folder.parent
                yield from (file for file in self._files.values() if file.parent == folder and _is_test(file))
                return

    def _through(self, module: str) -> Iterator[PurePosixPath]:
        """The tests that stand on a module of the tests, by whatever helpers; itself if it is one."""
        reached, waiting = {module}, [module]
        while waiting:
            new = set(self._importers(waiting.pop())) - reached
            reached |= new
            waiting += new
        for name in reached & self._files.keys():
            yield from self._standing(self._files[name])

    def _importers(self, module: str) -> Iterator[str]:
        return (name for name, named in self._imports.items() if module in named)

    def _standing(self, file: PurePosixPath) -> Iterator[PurePosixPath]:
        """A test itself; all tests beside and below a conftest but the one for all; none for a helper."""
        if _is_test(file):
            yield file
        elif file.name == "conftest.py" and file.parent != PurePosixPath("tests"):
            yield file.parent


def _named(path: Path) -> Iterator[str]:
    """What a file imports, and the modules in which that may be a name."""
    for name in imports(path):
        yield name
        yield name.rpartition(".")[0]


def _is_test(path: PurePosixPath) -> bool:
    return path.match("test_*.py")


def _module_of(path: PurePosixPath) -> str:
    """The name under which a source is imported."""
    parts = path.with_suffix("").parts
    if parts[0] == "functions":
        parts = parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def changed_files(root: Path, base: str) -> list[str]:
    """What is different from where `base` branched off, with what git does not know yet."""
    since = _git(root, "merge-base", base, "HEAD")[0]
    different = _git(root, "diff", "--name-only", "--no-renames", since)
    return [*different, *_git(root, "ls-files", "--others", "--exclude-standard")]


def environment_of_git() -> dict[str, str]:
    """Ours without what a hook says of its repository: git takes the one that it stands in."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def _git(root: Path, *arguments: str) -> list[str]:
    done = subprocess.run(
        ["git", "-c", "core.quotePath=false", *arguments],
        cwd=root,
        env=environment_of_git(),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.splitlines()


def main(arguments: list[str]) -> int:
    """Choose and run; the arguments after the base go to pytest. 0 when there is nothing to run."""
    named = bool(arguments) and not arguments[0].startswith("-")
    base, options = (arguments[0], arguments[1:]) if named else ("HEAD", arguments)
    try:
        changed = changed_files(ROOT, base)
    except subprocess.CalledProcessError:
        # Git has said what is wrong.
        return 2
    tests = Chooser(ROOT).choose(changed)
    if not tests:
        print(f"{len(changed)} files changed, none with tests")
        return 0
    print("\n".join(tests), flush=True)
    # Tests that call git mean repositories of their own.
    for name in os.environ.keys() - environment_of_git().keys():
        del os.environ[name]
    return pytest.main([*tests, "-q", *options])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
