"""The tests that are nearest to a place: those that run it, its own folder first, then the quick."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

from tests.mutation.cover import Cover
from tests.mutation.places import Place

BUDGET = 25.0
"""Seconds of tests for one mutant, as measured with coverage; less without."""


def nearest(root: Path, place: Place, cover: Cover) -> dict[str, float]:
    """The tests to run, in their order, with the seconds each took when measured."""
    ran = that_run(place, cover)
    groups = [ran] if ran else [_users(root, place, cover), _near(root, place, cover)]
    chosen: dict[str, float] = {}
    spent = 0.0
    for group in groups:
        for test in sorted(group, key=lambda test: (_distance(place, test), cover.seconds[test], test)):
            took = cover.seconds[test]
            if test not in chosen and (not chosen or spent + took <= BUDGET):
                chosen[test] = took
                spent += took
    # Tests of one module share what it sets up, so they stay together.
    modules = list(dict.fromkeys(_module(test) for test in chosen))
    return {test: chosen[test] for test in sorted(chosen, key=lambda test: modules.index(_module(test)))}


def that_run(place: Place, cover: Cover) -> set[str]:
    """The tests that run a place, other than by loading its module."""
    if place.at_import:
        return set()
    return cover.tests(place.path, place.lines) or cover.tests(place.path, place.statement)


def _users(root: Path, place: Place, cover: Cover) -> set[str]:
    """The tests of the lines that use the name of what runs at import."""
    uses = [use for name in place.names for use in _uses(root).get(name, ())]
    return set().union(*(cover.tests(path, (line, line)) for path, line in uses))


def _near(root: Path, place: Place, cover: Cover) -> set[str]:
    """The tests of its folder; of what runs at import also those of its file and of those that import it."""
    found = _of_folder(_mirror(place.path), cover)
    if place.at_import:
        for path in (place.path, *_importers(root, place.path)):
            found |= cover.tests(path)
    return found


def _of_folder(folder: PurePosixPath, cover: Cover) -> set[str]:
    """The tests of a folder, or of the first one above that has any."""
    found = {test for test in cover.seconds if test.startswith(f"{folder}/")}
    return found if found or folder.parent == folder else _of_folder(folder.parent, cover)


def _distance(place: Place, test: str) -> int:
    module, own = PurePosixPath(_module(test)), _mirror(place.path)
    if module.is_relative_to(own):
        return 0 if module.stem.startswith(f"test_{PurePosixPath(place.path).stem}") else 1
    return 2 if module.is_relative_to(PurePosixPath(*own.parts[:2])) else 3


def _mirror(path: str) -> PurePosixPath:
    """The folder of tests for a file: tests/core/pair for functions/crmsync/core/pair/merge.py."""
    return PurePosixPath("tests", *PurePosixPath(path).parent.parts[2:])


@cache
def _uses(root: Path) -> dict[str, set[tuple[str, int]]]:
    """The lines of functions/ that mention a name, be it another's of the same spelling."""
    found: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    for path, tree in _trees(root).items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                found[node.id].add((path, node.lineno))
            elif isinstance(node, ast.Attribute):
                found[node.attr].add((path, node.lineno))
    return found


def _importers(root: Path, path: str) -> list[str]:
    """The files of functions/ that import something from a file."""
    module = ".".join(PurePosixPath(path).with_suffix("").parts[1:])
    return [other for other, names in _imports(root).items() if module in names]


def _imports(root: Path) -> dict[str, set[str]]:
    """What each file of functions/ imports; of `from package import name` the package and the name in it."""
    return {path: set(_names(tree)) for path, tree in _trees(root).items()}


@cache
def _trees(root: Path) -> dict[str, ast.Module]:
    files = sorted((root / "functions").rglob("*.py"))
    return {file.relative_to(root).as_posix(): ast.parse(file.read_text("utf-8")) for file in files}


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _module(test: str) -> str:
    return test.partition("::")[0]
