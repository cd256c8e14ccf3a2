"""A seeded sample of mutants, each with what it changes as text."""

import difflib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tests.mutation.places import Place, mutated, places

ROOMS = ("core", "engine", "store", "gateway", "api")
HOW_DRAWN = "drawn by place: each has the same chance, then one of the changes known for it is taken"


@dataclass(frozen=True)
class Mutant:
    """One change at one place."""

    place: Place
    source: str
    """The whole file with the change."""
    diff: tuple[str, ...]
    """The lines taken out (-) and put in (+), without their indentation."""


def all_places(root: Path, rooms: Sequence[str] = ROOMS) -> list[Place]:
    """Every place of these rooms, sorted."""
    files = [file for room in rooms for file in (root / "functions" / "crmsync" / room).rglob("*.py")]
    return sorted(
        place
        for file in files
        for place in places(file.relative_to(root).as_posix(), file.read_text("utf-8"))
    )


def sample(root: Path, found: Sequence[Place], seed: int, number: int) -> list[Mutant]:
    """So many mutants, the same for the same seed and code; a smaller sample is the beginning of a larger."""
    return list(islice(_drawn(root, found, seed), number))


def mutant(root: Path, place: Place, change: int) -> Mutant | None:
    """The mutant with one of a place's changes; None when that is no Python."""
    source = (root / place.path).read_text("utf-8")
    new = mutated(place, source, change)
    return Mutant(place, new, _diff(source, new)) if new is not None else None


def _drawn(root: Path, found: Sequence[Place], seed: int) -> Iterator[Mutant]:
    # Drawn from all changes, strings and the arguments of calls would crowd out the conditions.
    chance = random.Random(seed)
    for place in chance.sample(found, len(found)):
        changes = chance.sample(range(place.changes), place.changes)
        made = (mutant(root, place, change) for change in changes)
        yield from islice((each for each in made if each is not None), 1)


def _diff(old: str, new: str) -> tuple[str, ...]:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
    return tuple(f"{line[0]} {line[1:].strip()}" for line in lines if line[:3] not in ("---", "+++", "@@ "))
