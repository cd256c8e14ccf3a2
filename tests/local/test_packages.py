"""Environments: installed once for each state of their pins, against hashes."""

import re
import sys
from pathlib import Path

import pytest

from local.packages import ROOT, Environment
from local.progress import Unready

PYTHON = f"""#!{sys.executable}
import pathlib, sys
if sys.argv[1:] != ["-m", "pip", "--version"]:
    with open(pathlib.Path(__file__).with_name("ran"), "a") as ran:
        print(*sys.argv[3:], file=ran)
    if "broken" in pathlib.Path(sys.argv[-1]).read_text():
        sys.exit("Looking …\\nERROR: hashes do not match\\nNotice: …")
"""


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An environment with a Python that does as if it installed."""
    made = Environment(tmp_path / "made")
    made.python.parent.mkdir(parents=True)
    made.python.write_text(PYTHON)
    made.python.chmod(0o755)
    return made


def ran(environment: Environment) -> list[str]:
    log = environment.python.with_name("ran")
    lines = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return lines


def test_packages_are_installed_again_only_when_a_pin_changes(
    tmp_path: Path, environment: Environment
) -> None:
    pins, alone = tmp_path / "pins.txt", tmp_path / "alone.txt"
    pins.write_text("flask==1")
    alone.write_text("oracle==1")
    common = "install --disable-pip-version-check"
    both = [
        f"{common} --require-hashes --requirement {pins}",
        f"{common} --no-deps --require-hashes --requirement {alone}",
    ]
    environment.hold(pins, alone=[alone])
    assert ran(environment) == both
    environment.hold(pins, alone=[alone])
    assert ran(environment) == []
    alone.write_text("oracle==2")
    environment.hold(pins, alone=[alone])
    assert ran(environment) == both


def test_what_pip_refuses_is_told_and_tried_again(
    tmp_path: Path, environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    pins = tmp_path / "pins.txt"
    pins.write_text("broken")
    for _ in range(2):
        with pytest.raises(Unready, match="pip's message"):
            environment.hold(pins)
        assert capsys.readouterr().err == "ERROR: hashes do not match\n"


def test_an_environment_is_made_where_there_is_none_that_runs(tmp_path: Path) -> None:
    pins = tmp_path / "pins.txt"
    pins.write_text("")
    environment = Environment(tmp_path / "made")
    environment.python.parent.mkdir(parents=True)
    environment.python.symlink_to(tmp_path / "gone")
    environment.hold(pins)
    assert (environment.folder / "pyvenv.cfg").is_file()


def test_everything_that_is_asked_for_is_pinned_with_hashes_also_what_pins_it() -> None:
    asked = {file.stem: file.read_text() for file in ROOT.glob("requirements*.in")}
    pinned = {file.stem: file.read_text() for file in ROOT.glob("requirements*.txt")}
    assert asked.keys() == pinned.keys() >= {"requirements", "requirements-tools"}
    for name, text in asked.items():
        wanted = {line.partition("[")[0] for line in text.splitlines() if line and line[0].isalpha()}
        found = re.findall(
            r"^([\w.-]+)(?:\[[^]]*\])?==\S.*\\\n    --hash=sha256:", pinned[name], re.MULTILINE
        )
        assert wanted <= set(found), name
    assert {"uv", "pip-audit"} <= set(re.findall(r"^[\w-]+", pinned["requirements-tools"], re.MULTILINE))
