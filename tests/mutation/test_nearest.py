from pathlib import Path

from coverage import CoverageData

from tests.mutation import nearest
from tests.mutation.cover import Cover
from tests.mutation.mutants import all_places
from tests.mutation.places import Place

GUARD, USER = "functions/crmsync/core/pair/guard.py", "functions/crmsync/core/use.py"
CODE = {
    GUARD: "MOST = 3\n\n\ndef stops(gone):\n    return gone > 4\n",
    USER: "from crmsync.core.pair import guard\n\n\ndef left(n):\n    return guard.MOST - n\n\n\nAT = 5\n",
}
OWN, MODULE = "tests/core/pair/test_other.py::test", "tests/core/pair/test_guard.py::test"
ROOM, FAR, SLOW = (
    "tests/core/test_use.py::test",
    "tests/api/test_all.py::test",
    "tests/core/pair/test_guard.py::slow",
)


def tree(tmp_path: Path) -> Path:
    for path, text in CODE.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def cover(seconds: dict[str, float], runs: dict[str, str]) -> Cover:
    """The tests, and of which file each runs the fifth line."""
    data = CoverageData(no_disk=True)
    for test, path in runs.items():
        data.set_context(f"{test}|run")
        data.add_lines({path: [5]})
    return Cover(data, seconds)


def place(root: Path, path: str, line: int) -> Place:
    return next(place for place in all_places(root, ["core"]) if (place.path, place.lines[0]) == (path, line))


def test_the_tests_that_run_a_line_come_own_module_folder_room_and_the_quick_first(tmp_path: Path) -> None:
    root = tree(tmp_path)
    seconds = {
        FAR: 0.1,
        ROOM: 0.1,
        OWN: 0.1,
        MODULE: 2.0,
        SLOW: 24.0,
        "tests/core/pair/test_guard.py::none": 0.1,
    }
    runs = dict.fromkeys((FAR, ROOM, OWN, MODULE, SLOW), GUARD)
    chosen = nearest.nearest(root, place(root, GUARD, 5), cover(seconds, runs))
    assert list(chosen) == [MODULE, OWN, ROOM, FAR], "with the slow one it would be more than the budget"


def test_a_constant_gets_first_the_tests_of_the_lines_that_use_its_name(tmp_path: Path) -> None:
    root = tree(tmp_path)
    known = cover({MODULE: 0.1, ROOM: 0.1}, {MODULE: GUARD, ROOM: USER})
    chosen = nearest.nearest(root, place(root, GUARD, 1), known)
    assert list(chosen) == [ROOM, MODULE]


def test_what_no_test_runs_gets_those_of_the_nearest_folder_that_has_any(tmp_path: Path) -> None:
    root = tree(tmp_path)
    known = cover({ROOM: 0.1, FAR: 0.1}, {FAR: USER})
    assert list(nearest.nearest(root, place(root, GUARD, 5), known)) == [ROOM]


def test_what_nothing_uses_gets_the_tests_of_its_folder_and_file(tmp_path: Path) -> None:
    root = tree(tmp_path)
    known = cover({ROOM: 0.1, FAR: 0.1}, {FAR: USER})
    chosen = nearest.nearest(root, place(root, USER, 8), known)
    assert list(chosen) == [ROOM, FAR]
