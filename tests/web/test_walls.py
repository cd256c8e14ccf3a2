"""Who may import whom among the pages' modules: the table of folders, and what keeps it true."""

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TypeVar

import pytest

WEB = Path(__file__).resolve().parents[2] / "web"
JS = WEB / "js"

MAY = {
    "words": (),
    "service": ("words",),
    "parts": ("service", "words"),
    "choice": ("parts", "service", "words"),
    "records": ("choice", "parts", "service", "words"),
    "button": ("parts", "service", "words"),
    "connect": ("parts", "service", "words"),
    "settings": ("parts", "service", "words"),
    "sheet": ("choice", "parts", "service", "words"),
    "review": ("choice", "records", "parts", "service", "words"),
    "crm": ("records", "choice", "parts", "service", "words"),
}
"""Folder: what it may import besides its own. No page imports another; what two need is below them both."""

BUTTON = WEB / "google-sync-button.js"
CALLBACK = WEB / "callback.js"
ENTRIES = {
    BUTTON: ("button", "parts", "service", "words"),
    CALLBACK: ("connect",),
}
"""What stands outside of the folders, at an address that others rely on, and what it may import."""

ALSO = {
    ("crm/page.js", BUTTON): "the demo CRM embeds the button as any host page does",
}
"""Single arrows that the table does not have, and why they are there."""

Node = TypeVar("Node", bound=Hashable)

COMMENT = re.compile(r"/\*.*?\*/|(?<=\s)//[^\n]*", re.DOTALL)
IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']*)["']""")
SCRIPT = re.compile(r'<script[^>]* src="([^"]+)"')


def modules() -> list[Path]:
    """Every module of the pages."""
    return sorted({*WEB.glob("*.js"), *JS.rglob("*.js")})


def imports(path: Path, *, types: bool = False) -> Iterator[Path]:
    """What a module imports; with `types` also what only its comments name."""
    source = path.read_text()
    for address in IMPORT.findall(source if types else COMMENT.sub("", source)):
        yield (path.parent / address).resolve()


def folder(path: Path) -> str:
    """The folder of a module, or nothing for one that stands outside of them."""
    return path.relative_to(JS).parts[0] if path.is_relative_to(JS) else ""


def reachable(entries: set[Path]) -> set[Path]:
    """What the entries load, directly or through what they load."""
    found: set[Path] = set()
    waiting = list(entries)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += imports(path)
    return found


def circle(graph: Mapping[Node, Iterable[Node]]) -> list[Node]:
    """A way from a node back to itself, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[Node] = error.args[1]
        return found
    return []


def test_each_module_is_in_a_folder_of_the_table_or_an_entry() -> None:
    assert {folder(path) for path in modules() if path not in ENTRIES} == set(MAY)


@pytest.mark.parametrize("room", MAY)
def test_a_folder_touches_only_what_it_may(room: str) -> None:
    used = set()
    for path in sorted((JS / room).rglob("*.js")):
        for target in imports(path, types=True):
            assert target.is_file(), f"{path} imports {target}, which is not there"
            if (str(path.relative_to(JS)), target) in ALSO:
                continue
            assert folder(target) in (room, *MAY[room]), f"{path} imports {target}"
            used.add(folder(target))
    assert used >= set(MAY[room]), "the table allows what nobody needs"


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_touches_only_what_it_may(entry: Path) -> None:
    assert {folder(target) for target in imports(entry, types=True)} == set(ENTRIES[entry])


def test_each_single_arrow_is_there() -> None:
    for source, target in ALSO:
        assert target in imports(JS / source), f"{source} does not import {target} any more"


def test_the_table_has_no_circle() -> None:
    assert circle(MAY) == []


def test_no_module_imports_itself_through_others() -> None:
    assert circle({path: list(imports(path)) for path in modules()}) == []


def test_each_module_is_loaded_by_a_page_of_ours_or_a_host() -> None:
    scripts = {WEB / src for page in WEB.glob("*.html") for src in SCRIPT.findall(page.read_text())}
    assert set(modules()) - reachable(scripts | set(ENTRIES)) == set()


def test_a_host_page_loads_no_page_of_ours() -> None:
    assert {folder(path) for path in reachable({BUTTON})} == {"", *ENTRIES[BUTTON]}
