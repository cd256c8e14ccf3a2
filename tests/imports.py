"""What modules import, read from their source, for the tests that hold who may know whom."""

import ast
from collections.abc import Iterator
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
