"""Which tests a change asks for."""

import subprocess
from pathlib import Path

import pytest

from tests.changed import ROOT, Chooser, changed_files, environment_of_git

PROJECT = {
    "tests/__init__.py": "",
    "tests/conftest.py": "from local import emulator\n",
    "tests/stage.py": "from crmsync.core.people import names\n",
    "tests/test_circles.py": "",
    "tests/test_layers.py": "",
    "tests/test_settings.py": "from crmsync import settings\n",
    "tests/core/people/test_names.py": "from crmsync.core.people.names import full\n",
    "tests/core/people/test_matching.py": "",
    "tests/core/people/deep/test_kinds.py": "",
    "tests/engine/conftest.py": "from tests.stage import Stage\nfrom crmsync.store import memory\n",
    "tests/engine/test_push.py": "import crmsync.core.people.names\n",
    "tests/engine/push/test_creates.py": "",
    "tests/api/contract.py": 'OPENAPI = "docs/openapi.yaml"\n',
    "tests/api/test_openapi.py": "from tests.api import contract\n",
    "tests/api/test_records.py": "from tests.stage import Stage\n",
    "tests/local/test_emulator.py": "from local.emulator import Emulator\n",
    "tests/web/test_walls.py": "",
}
ROOMS = ["tests/test_circles.py", "tests/test_layers.py"]


@pytest.fixture(scope="module")
def chooser(tmp_path_factory: pytest.TempPathFactory) -> Chooser:
    root = tmp_path_factory.mktemp("project")
    for name, source in PROJECT.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return Chooser(root)


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        # The mirrored folder, not those below it, and whoever imports the module or a name of it.
        (
            "functions/crmsync/core/people/names.py",
            [
                "tests/core/people/test_matching.py",
                "tests/core/people/test_names.py",
                "tests/engine/test_push.py",
                *ROOMS,
            ],
        ),
        # Where no folder mirrors, the nearest above it.
        (
            "functions/crmsync/core/people/nick/names.py",
            ["tests/core/people/test_matching.py", "tests/core/people/test_names.py", *ROOMS],
        ),
        ("functions/crmsync/settings.py", [*ROOMS, "tests/test_settings.py"]),
        ("functions/main.py", [*ROOMS, "tests/test_settings.py"]),
        # A conftest brings its folder, but the one of all tests does not bring them all.
        ("functions/crmsync/store/memory.py", ["tests/engine", *ROOMS, "tests/test_settings.py"]),
        ("local/emulator.py", ["tests/local/test_emulator.py", *ROOMS]),
        ("web/js/words/en/sync.js", ["tests/web/test_walls.py"]),
        # What is no Python is known by its name.
        ("docs/openapi.yaml", ["tests/api/test_openapi.py"]),
        ("docs/sync.md", []),
        ("script/openapi", []),
        # Of the tests: itself, and whoever stands on a helper.
        ("tests/engine/test_push.py", ["tests/engine/test_push.py"]),
        ("tests/engine/test_gone.py", []),
        ("tests/stage.py", ["tests/api/test_records.py", "tests/engine"]),
        ("tests/engine/conftest.py", ["tests/engine"]),
        ("tests/core/people/names.csv", ["tests/core/people"]),
        # What all stand on.
        ("tests/conftest.py", ["tests"]),
        ("requirements-dev.txt", ["tests"]),
        ("pyproject.toml", ["tests"]),
    ],
)
def test_a_change_asks_for_the_tests_near_it(chooser: Chooser, changed: str, tests: list[str]) -> None:
    assert chooser.choose([changed]) == tests


def test_several_changes_ask_for_each_test_once(chooser: Chooser) -> None:
    changed = ["tests/engine/test_push.py", "tests/engine/conftest.py", "docs/sync.md", "web/app.css"]
    assert chooser.choose(changed) == ["tests/engine", "tests/web/test_walls.py"]


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        ("functions/crmsync/core/pair/guard.py", "tests/core/pair/test_guard.py"),
        ("functions/crmsync/store/documents/memory.py", "tests/contracts"),
        ("local/lint.py", "tests/local/test_programs.py"),
        ("web/js/parts/dom.js", "tests/web/test_modules.py"),
        ("firestore.rules", "tests/store/test_rules.py"),
    ],
)
def test_the_project_is_laid_out_as_the_choice_expects(changed: str, asked: str) -> None:
    assert asked in Chooser(ROOT).choose([changed])


def test_what_changed_is_all_that_differs_from_where_the_base_branched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in a hook of another repository, which neither the test nor what it tests may touch.
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "another"))

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
        command = ["git", *who, *arguments]
        subprocess.run(command, cwd=tmp_path, env=environment_of_git(), check=True, capture_output=True)

    def commit(name: str) -> None:
        (tmp_path / name).write_text(name)
        git("add", ".")
        git("commit", "-m", name)

    git("init", "--initial-branch", "main")
    commit("old.py")
    git("checkout", "-b", "work")
    commit("committed.py")
    git("checkout", "main")
    commit("elsewhere.py")
    git("checkout", "work")
    (tmp_path / "old.py").rename(tmp_path / "moved é.py")
    (tmp_path / "staged.py").write_text("new")
    git("add", "staged.py")

    assert sorted(changed_files(tmp_path, "HEAD")) == ["moved é.py", "old.py", "staged.py"]
    assert sorted(changed_files(tmp_path, "main")) == ["committed.py", "moved é.py", "old.py", "staged.py"]
