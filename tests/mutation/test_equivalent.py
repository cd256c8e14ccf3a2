import re
from pathlib import Path

from tests.mutation import equivalent
from tests.mutation.mutants import Mutant
from tests.mutation.mutate import ROOT
from tests.mutation.places import Place


def found(line: int, diff: tuple[str, ...], function: str = "Shelf.room") -> Mutant:
    place = Place("functions/shelf.py", 0, (line, line), (line, line), function, False, (), 1)
    return Mutant(place, "", diff)


def test_an_entry_names_its_mutant_wherever_the_line_has_moved(tmp_path: Path) -> None:
    file = tmp_path / "list.toml"
    file.write_text(
        """
        [[equivalent]]
        file = "functions/shelf.py"
        function = "Shelf.room"
        diff = '''
        - if a > b:
        + if a >= b:
        '''
        reason = "Of equals both are right."
        """
    )
    [entry] = equivalent.read(file)
    diff = ("- if a > b:", "+ if a >= b:")
    assert entry.names(found(3, diff))
    assert entry.names(found(30, diff))
    assert not entry.names(found(3, diff, function="Shelf.more_room"))
    assert not entry.names(found(3, ("- if a > b:", "+ if a < b:")))


def test_the_list_names_code_that_is_there() -> None:
    """An entry whose code has gone is taken out, or moved along."""
    assert [(entry.file, entry.diff) for entry in equivalent.read() if not entry.fits(ROOT)] == []


def test_every_reason_is_a_sentence() -> None:
    assert [
        entry.reason for entry in equivalent.read() if not re.fullmatch(r"[A-Z`].*\.", entry.reason)
    ] == []
