"""The tool over a toy: a tree with a function that is tested, one that is half tested and one that is not."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from local.progress import Unready
from tests.mutation.copies import Copy
from tests.mutation.cover import Cover, measured
from tests.mutation.judge import check, judge
from tests.mutation.mutants import Mutant, all_places, mutant, sample

CODE = "functions/crmsync/core/small.py"
TESTS = "tests/core/test_small.py"
TREE = {
    "pyproject.toml": """\
        [tool.pytest.ini_options]
        testpaths = ["tests"]
        pythonpath = ["functions"]
        addopts = ["--import-mode=importlib"]
        markers = ["browser: none here"]
    """,
    "functions/crmsync/__init__.py": "",
    "functions/crmsync/core/__init__.py": "",
    CODE: """\
        def larger(a, b):
            return a if a > b else b


        def steps(n):
            done = 0
            while done < n:
                done += 1
            return done


        def forgotten(a):
            return a + 1
    """,
    TESTS: """\
        import pytest

        from crmsync.core.small import larger, steps


        def test_larger():
            assert larger(3, 2) == 3


        @pytest.mark.parametrize("n", [2])
        def test_steps(n):
            assert steps(n) == n
    """,
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    for path, text in TREE.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(dedent(text))
    return root


@pytest.fixture(scope="module")
def copy(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    made = Copy(tree, tmp_path_factory.mktemp("copies") / "one", {})
    yield made
    made.stop()


@pytest.fixture(scope="module")
def cover(copy: Copy, tmp_path_factory: pytest.TempPathFactory) -> Cover:
    return measured(tmp_path_factory.mktemp("cover") / "cache", copy, 1)


def one(tree: Path, old: str, new: str) -> Mutant:
    """The mutant that makes one line of the toy another."""
    found = [(place, change) for place in all_places(tree, ["core"]) for change in range(place.changes)]
    made = (mutant(tree, place, change) for place, change in found)
    return next(each for each in made if each and each.diff == (f"- {old}", f"+ {new}"))


def test_a_sample_is_the_same_for_a_seed_and_begins_a_larger_one(tree: Path) -> None:
    places = all_places(tree, ["core"])
    drawn = sample(tree, places, seed=1, number=6)
    assert len({mutant.place for mutant in drawn}) == 6
    assert drawn == sample(tree, places, seed=1, number=6)
    assert drawn[:2] == sample(tree, places, seed=1, number=2)
    assert drawn != sample(tree, places, seed=2, number=6)


def test_the_killed_the_stuck_and_the_survivors_are_told_apart(tree: Path, copy: Copy, cover: Cover) -> None:
    mutants = [
        one(tree, "return a if a > b else b", "return a if a >= b else b"),
        one(tree, "return a if a > b else b", "return a if (a > b) and False else b"),
        one(tree, "done += 1", "done -= 1"),
        one(tree, "return a + 1", "return a + 2"),
    ]
    judged = list(judge(tree, mutants, cover, [copy], grace=2.0))
    assert [each.mutant for each in judged] == mutants
    assert [each.verdict for each in judged] == ["survived", "killed", "timed out", "survived"]
    larger, steps = f"{TESTS}::test_larger", f"{TESTS}::test_steps[2]"
    assert [set(each.tests) for each in judged] == [{larger}, {larger}, {steps}, {larger, steps}]
    assert judged[0].by() == f"not noticed by 1 test: {TESTS} (1)"
    assert judged[-1].by() == f"no test runs it; not noticed by 2 tests: {TESTS} (2)"
    assert (copy.folder / CODE).read_text() == (tree / CODE).read_text()


def test_nothing_is_judged_by_tests_that_fail_anyway(tree: Path, copy: Copy, cover: Cover) -> None:
    mutants = [one(tree, "return a + 1", "return a + 2")]
    check(tree, mutants, cover, copy)
    with copy.changed(TESTS, "def test_larger(): assert False"), pytest.raises(Unready, match="any mutant"):
        check(tree, mutants, cover, copy)


def test_a_changed_module_of_tests_alone_is_measured_again(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = shutil.copytree(tree, tmp_path / "tree")
    # Where script/mutate keeps it: in a folder that has the name of the tool's own in tests/.
    cache, forgotten = tmp_path / "mutation" / "cache", (12, 13)
    first = measured(cache, Copy(root, tmp_path / "mutation" / "first", {}), 1)
    assert not first.tests(CODE, forgotten)
    assert "measuring" in capsys.readouterr().out

    again = measured(cache, Copy(root, tmp_path / "mutation" / "again", {}), 1)
    assert again.seconds == first.seconds
    assert "measuring" not in capsys.readouterr().out

    more = (
        "from crmsync.core.small import forgotten\n\n\ndef test_forgotten():\n    assert forgotten(1) == 2\n"
    )
    (root / "tests/core/test_more.py").write_text(more)
    both = measured(cache, Copy(root, tmp_path / "mutation" / "both", {}), 1)
    assert both.tests(CODE, forgotten) == {"tests/core/test_more.py::test_forgotten"}
    assert both.seconds.items() > first.seconds.items()
    assert "(1 modules of tests)" in capsys.readouterr().out
