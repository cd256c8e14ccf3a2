"""The list of survivors that no test can tell from the code, each with its reason: equivalent.toml."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.mutants import Mutant

LIST = Path(__file__).with_name("equivalent.toml")


@dataclass(frozen=True)
class Equivalent:
    """One of them. Line numbers are not part of it, so that it outlives code moving within a file."""

    file: str
    function: str
    """The classes and functions around it, as a dotted name; empty outside all."""
    diff: str
    """The lines taken out (-) and put in (+); how they are indented does not matter."""
    reason: str

    def names(self, mutant: Mutant) -> bool:
        """Whether it is this mutant."""
        place = mutant.place
        return (self.file, self.function, self.lines()) == (place.path, place.function, mutant.diff)

    def lines(self) -> tuple[str, ...]:
        """The diff as that of a mutant."""
        lines = (line.strip() for line in self.diff.strip().splitlines())
        return tuple(f"{line[0]} {line[1:].strip()}" for line in lines)

    def fits(self, root: Path) -> bool:
        """Whether what it takes out is still there."""
        file = root / self.file
        have = {line.strip() for line in file.read_text("utf-8").splitlines()} if file.exists() else set()
        return all(line[2:] in have for line in self.lines() if line[0] == "-")


def read(file: Path = LIST) -> list[Equivalent]:
    """The whole list."""
    return [Equivalent(**entry) for entry in tomllib.loads(file.read_text("utf-8")).get("equivalent", [])]
