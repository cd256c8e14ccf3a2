"""Who may import whom: the table of rooms, and what keeps the core pure."""

import ast
from pathlib import Path

import pytest

from tests.imports import imports

FUNCTIONS = Path(__file__).resolve().parent.parent / "functions"

_DECISIONS = ("pair.decide", "pair.merge", "people.matching", "pair.guard", "sheet.candidates")

# room: what of ours it may import, and what of others only it and its like may.
MAY = {
    "main": ("api", "compose", "settings"),
    "core": ("core",),
    "gateway": ("gateway", "core", "settings", "engine.ports", "logs", "tally"),
    "store": ("store", "core", "tally"),
    "engine": ("engine", "core", "store.ports", "store.errors", "logs", "tally"),
    "api": ("api", "engine", "core", "store.ports", "store.errors", "settings", "logs", "tally"),
}
ONLY = {
    "flask": ("main", "api"),
    "google": ("gateway", "store"),
    "googleapiclient": ("gateway",),
    "google_auth_oauthlib": ("gateway",),
    "requests": ("gateway",),
    "urllib3": ("gateway",),
    "cryptography": ("gateway",),
}
PURE_WORDS = """
    __future__ abc base64 bisect calendar collections dataclasses dateutil datetime decimal enum fractions
    functools hashlib heapq hmac html itertools json math operator phonenumbers re string struct types typing
    typing_extensions unicodedata urllib.parse zoneinfo crmsync
"""
PURE = set(PURE_WORDS.split())


def files(room: str) -> list[Path]:
    """The files of a room."""
    return sorted((FUNCTIONS / "crmsync" / room).rglob("*.py")) if room != "main" else [FUNCTIONS / "main.py"]


def within(module: str, packages: tuple[str, ...] | set[str]) -> bool:
    """Whether a module is one of the packages or inside one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("room", MAY)
def test_a_room_touches_only_what_it_may(room: str) -> None:
    assert files(room)
    for path in files(room):
        for module in imports(path):
            ours, _, inside = module.partition(".")
            if ours == "crmsync":
                assert within(inside, MAY[room]), f"{path} imports {module}"
            for package, rooms in ONLY.items():
                assert room in rooms or not within(module, (package,)), f"{path} imports {module}"


@pytest.mark.parametrize("room", ["api", "gateway", "store"])
def test_decisions_are_left_to_the_core(room: str) -> None:
    forbidden = {f"crmsync.core.{name}" for name in _DECISIONS}
    for path in files(room):
        assert not [module for module in imports(path) if within(module, forbidden)], path


def test_the_core_is_pure() -> None:
    for path in files("core"):
        impure = [module for module in imports(path) if not within(module, PURE)]
        assert not impure, f"{path} imports {impure}"
        calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        called = {function.attr for function in calls if isinstance(function, ast.Attribute)}
        assert not called & {"now", "utcnow", "today"}, f"{path} asks for the time"


def test_what_is_deployed_knows_nothing_local() -> None:
    for path in FUNCTIONS.rglob("*.py"):
        local = [module for module in imports(path) if within(module, ("local", "tests", "bench"))]
        assert not local, f"{path} imports {local}"
