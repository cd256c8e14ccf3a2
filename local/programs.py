"""Programs that check the project: run one after the other, each ended when we are."""

import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from local.progress import say


@dataclass(frozen=True, slots=True)
class Program:
    """A command line, and what it is called at the terminal."""

    title: str
    command: tuple[str, ...]


class Stopped(BaseException):
    """SIGTERM came."""


def module(*words: str) -> Program:
    """A module of this Python, run as a program."""
    return Program(" ".join(words), (sys.executable, "-m", *words))


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM raises `Stopped` within, so that what was started is ended, too."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run_all(programs: Iterable[Program], environment: Mapping[str, str] | None = None) -> bool:
    """Run each under its title, also after a failure; True when all succeeded."""
    well = True
    for program in programs:
        say(f"== {program.title}")
        well = _run(program.command, environment) and well
    return well


def _run(command: tuple[str, ...], environment: Mapping[str, str] | None) -> bool:
    program = subprocess.Popen(command, env=environment)
    try:
        return program.wait() == 0
    except BaseException:
        # Ctrl-C at a terminal reaches the program too; SIGTERM does not, and a second one does no harm.
        program.terminate()
        program.wait()
        raise
