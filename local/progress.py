"""Telling the person at the terminal what is going on, when it takes long enough to wonder."""

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

PATIENCE = 2.0
"""Seconds after which a step that is still running says so."""


_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_WORDS = re.compile(r"[^\W\d_]{2}")
_TRACE = re.compile(r"at \S+|File \"|Traceback |\S+: '[^']*',?$")
_ERROR = re.compile(r"error|exception|failed|unable|cannot|could not", re.IGNORECASE)


class Unready(Exception):
    """A part cannot start. The message is one line: what is missing and the way out."""


def say(line: str, out: TextIO | None = None) -> None:
    """Print one line at once, also when output goes to a file or a pipe."""
    print(line, file=out or sys.stdout, flush=True)


def gist(log: str) -> str:
    """The line of what a program has said that tells best what went wrong: the first that names an error.

    Without one, the last in which there are words: traces end in braces, or in where something was called.
    """
    lines = [_COLOURS.sub("", line).strip() for line in log.splitlines()]
    worded = [line for line in lines if _WORDS.search(line) and not _TRACE.match(line)]
    telling = [line for line in worded if _ERROR.search(line)]
    return (telling or worded[::-1] or ["it said nothing"])[0]


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
