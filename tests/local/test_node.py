"""The tools for the pages: installed once for each state of their pins."""

import sys
from pathlib import Path

import pytest

from local import node
from local.progress import Unready

NODE = f"""#!{sys.executable}
import pathlib, sys
assert sys.argv[1].endswith("npm-cli.js"), sys.argv
if "broken" in pathlib.Path("package-lock.json").read_text():
    sys.exit("npm error: no such package")
pathlib.Path("ran").write_text(" ".join(sys.argv[2:]))
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with pins, and a Node that does as if it installed."""
    program = tmp_path / "node" / "bin" / "node"
    program.parent.mkdir(parents=True)
    program.write_text(NODE)
    program.chmod(0o755)
    pins = (tmp_path / "package.json", tmp_path / "package-lock.json")
    for pin in pins:
        pin.write_text("{}")
    folder = tmp_path / ".cache" / "node"
    monkeypatch.setattr(node, "ROOT", tmp_path)
    monkeypatch.setattr(node, "PINS", pins)
    monkeypatch.setattr(node, "FOLDER", folder)
    monkeypatch.setattr(node, "STAMP", folder / ".installed")
    monkeypatch.setattr(node, "_home", lambda: tmp_path / "node")
    return tmp_path


def test_the_tools_are_installed_again_only_when_a_pin_changes(project: Path) -> None:
    ran = node.FOLDER / "ran"
    assert not node.ready()
    assert node.main() == 0
    assert ran.read_text() == "ci --ignore-scripts --no-audit --no-fund"
    assert node.ready()
    ran.unlink()
    assert node.main() == 0
    assert not ran.exists()
    (project / "package-lock.json").write_text('{"newer": true}')
    assert not node.ready()
    assert node.main() == 0
    assert ran.exists()


def test_what_npm_refuses_is_told_and_tried_again(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "package-lock.json").write_text("broken")
    assert node.main() == 1
    assert "npm error: no such package" in capsys.readouterr().err
    assert not node.ready()


def test_without_node_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "find_spec", lambda name: None)
    with pytest.raises(Unready, match="script/setup"):
        node.tool("tsc")
