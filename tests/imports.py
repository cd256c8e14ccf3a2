"""What modules import, read from their source, for the tests that hold who may know whom."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, also inside functions; `from package import x` as package.x."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def modules(tree: Path, root: Path) -> dict[str, Path]:
    """The modules of a tree by the names under which they are imported from `root`."""
    found = {}
    for path in tree.rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def within(module: str, packages: Iterable[str]) -> bool:
    """Whether a module is one of the packages or inside one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def walls(table: str) -> dict[str, set[str]]:
    """A table of lines as in "pair people: model text": who may import whom, the lowest first."""
    allowed: dict[str, set[str]] = {}
    for line in table.strip().splitlines():
        names, _, below = line.partition(":")
        for name in names.split():
            allowed.setdefault(name, set()).update(below.split())
    return allowed


def breaches(folder: Path, prefix: str, allowed: Mapping[str, set[str]]) -> list[str]:
    """What is wrong in a folder, whose modules' names begin with `prefix`, or with the table of its walls.

    Imports that the table does not allow, and modules that have no place in it; names that are not there, and
    allowances that point upwards or that nobody needs.
    """

    def place(module: str) -> str:
        return max((name for name in allowed if within(module, (name,))), key=len, default="")

    wrong: list[str] = []
    needed: dict[str, set[str]] = {}
    for module, path in sorted(modules(folder, folder).items()):
        own = place(module)
        ours = sorted(name for name in imports(path) if within(name, [prefix]))
        named = {place(name.removeprefix(f"{prefix}.")): name for name in ours}
        needed.setdefault(own, set()).update(named)
        if module and not own:
            wrong.append(f"{path} has no place in the table")
        may = {own} | allowed.get(own, set())
        wrong += [
            f"{path} imports {named[other]}, which {own} may not" for other in sorted(named.keys() - may)
        ]
    for number, (name, below) in enumerate(allowed.items()):
        if name not in needed:
            wrong.append(f"the table names {name}, which is not there")
        upwards, idle = below - {*list(allowed)[:number]}, below - needed.get(name, set())
        wrong += [f"the table points upwards, from {name} to {other}" for other in sorted(upwards)]
        wrong += [f"the table lets {name} import {other}, which it does not" for other in sorted(idle)]
    return wrong


def circle(tree: Path, root: Path) -> list[str]:
    """Modules of a tree of which each imports the next, the first again at the end; none when there is none.

    Imports inside functions and those that only the type checker sees count: whoever reads one module of a
    circle has to know them all.
    """
    ours = modules(tree, root)
    graph: dict[str, set[str]] = {}
    for module, path in ours.items():
        # What is imported is a module, or a name in one.
        named = {name if name in ours else name.rpartition(".")[0] for name in imports(path)}
        graph[module] = named & ours.keys()
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        # The sorter names what comes first in front: here, who is imported.
        return list(reversed(found.args[1]))
    return []
