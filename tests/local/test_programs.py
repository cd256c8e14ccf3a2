"""Checks as programs: all of them run, and none outlives us."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local import lint, node
from local.programs import Program, run_all

ROOT = Path(lint.__file__).resolve().parent.parent
WELL = Program("well", (sys.executable, "-c", ""))
ILL = Program("ill", (sys.executable, "-c", "raise SystemExit(3)"))


def test_all_run_though_one_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert not run_all([ILL, WELL])
    assert capsys.readouterr().out == "== ill\n== well\n"
    assert run_all([WELL])


def test_a_program_gets_the_environment_that_is_meant_for_it() -> None:
    asks = Program("asks", (sys.executable, "-c", "import os; os.environ['ASKED_FOR']"))
    assert run_all([asks], {**os.environ, "ASKED_FOR": "1"})


WAITS = """
import sys
from local.programs import Program, Stopped, run_all, stoppable
sleeper = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
try:
    with stoppable():
        run_all([Program("sleeps", (sys.executable, "-c", sleeper))])
except Stopped:
    sys.exit(130)
"""


def test_what_was_started_ends_when_we_are_terminated() -> None:
    ours = subprocess.Popen([sys.executable, "-c", WAITS], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert ours.stdout is not None
    with ours.stdout as lines:
        assert lines.readline() == "== sleeps\n"
        started = int(lines.readline())
        ours.send_signal(signal.SIGTERM)
        assert ours.wait() == 130
        # The sleeper held the same pipe; at its end nobody is left.
        assert lines.read() == ""
    with pytest.raises(ProcessLookupError):
        os.kill(started, 0)


@pytest.mark.parametrize(("arguments", "programs"), [([], lint.checks), (["--fix"], lint.fixes)])
def test_lint_checks_or_mends(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], programs: Callable[[], tuple[Program, ...]]
) -> None:
    ran: list[Program] = []

    def instead(these: tuple[Program, ...]) -> bool:
        ran.extend(these)
        return False

    monkeypatch.setattr(lint, "run_all", instead)
    assert lint.main(arguments) == 1
    assert ran == list(programs())


def test_lint_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(node, "find_spec", lambda name: None)
    assert lint.main([]) == 2
    assert capsys.readouterr().err.startswith("Node was not found")
