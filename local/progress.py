"""Telling the person at the terminal what is going on, when it takes long enough to wonder."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

PATIENCE = 2.0
"""Seconds after which a step that is still running says so."""


class Unready(Exception):
    """A part cannot start. The message is one line: what is missing and the way out."""


def say(line: str, out: TextIO | None = None) -> None:
    """Print one line at once, also when output goes to a file or a pipe."""
    print(line, file=out or sys.stdout, flush=True)


@contextmanager
def step(what: str, *, patience: float = PATIENCE, out: TextIO | None = None) -> Iterator[None]:
    """Say `what` after `patience` seconds, and at doubling intervals while the block is still running."""
    done = threading.Event()

    def watch() -> None:
        waited, pause = 0.0, patience
        while not done.wait(pause):
            waited += pause
            say(f"{what} ({waited:.0f} s)", out)
            pause = waited

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
