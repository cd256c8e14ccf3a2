from textwrap import dedent

import pytest

from tests.mutation.places import Place, mutated, places


def all_changes(source: str) -> list[tuple[Place, str]]:
    found = places("some.py", source)
    return [
        (place, new)
        for place in found
        for n in range(place.changes)
        if (new := mutated(place, source, n)) is not None
    ]


@pytest.mark.parametrize(
    "source",
    [
        '"""What it is for."""\n',
        'LIMIT: dict[Literal["a"], int]\n"""Seconds."""\n',
        '__all__ = ["one", "two"]\n',
        'T = TypeVar("T", bound="Body")\n',
        'Side = Literal["crm", "google"]\n',
        'Write = Literal["a"] | Put\n',
        '_log = logging.getLogger("crmsync")\n',
        'logs.event("job dropped", logging.ERROR, count=1)\n',
        "if TYPE_CHECKING:\n    LATER = 1\n",
        "class Port(Protocol):\n    size: int = 3\n    def read(self, most: int = 1) -> None: ...\n",
        "@dataclass(frozen=True)\nclass Pair: ...\n",
        "assert_never(write)\n",
        'raise ValueError("no such field")\n',
        'raise ValueError(f"no such field: {name[0]}")\n',
    ],
)
def test_what_cannot_change_behaviour_is_no_place(source: str) -> None:
    assert places("some.py", source) == []


def test_of_a_cast_only_the_value_is_a_place() -> None:
    assert {new for _, new in all_changes('cast("int", 1)\n')} == {'cast("int", 2)\n'}


def test_a_reason_that_code_reads_is_a_place_beside_the_prose() -> None:
    changed = {new for _, new in all_changes('raise Refused("too_long", "It is too long.")\n')}
    assert 'raise Refused("XXtoo_longXX", "It is too long.")\n' in changed
    assert not any("XXIt is" in new for new in changed)


def test_what_annotated_adds_to_a_type_is_a_place() -> None:
    alias = 'Line = Annotated[Literal["a"], Field(max_length=200)]'
    source = f"{alias}\n\n\nclass Body:\n    text: Annotated[str, Field(ge=1)]\n"
    changed = [new for _, new in all_changes(source)]
    assert any("max_length=201" in new for new in changed)
    assert any("ge=2" in new for new in changed)
    assert all('Literal["a"]' in new for new in changed)


def test_a_place_says_where_it_is_and_when_it_runs() -> None:
    source = dedent(
        """\
        LIMIT = 1

        class Shelf:
            size = 2

            def room(self, more=3):
                return (
                    self.size
                    + 4
                )
        """
    )
    numbers = {
        new.split("\n")[place.lines[0] - 1].strip(): (
            place.lines,
            place.statement,
            place.function,
            place.at_import,
        )
        for place, new in all_changes(source)
        if any(number in new for number in ("LIMIT = 2", "size = 3", "more=4", "+ 5"))
    }
    assert numbers == {
        "LIMIT = 2": ((1, 1), (1, 1), "", True),
        "size = 3": ((4, 4), (4, 4), "Shelf", True),
        "def room(self, more=4):": ((6, 6), (6, 6), "Shelf.room", True),
        "+ 5": ((9, 9), (7, 10), "Shelf.room", False),
    }


def test_a_change_that_is_no_python_is_none() -> None:
    source = "for each in many:\n    if each:\n        break\n"
    [place] = [place for place in places("some.py", source) if place.lines == (3, 3)]
    assert mutated(place, source, 0) is None, "mutmut makes a return of it, which only a function may have"
