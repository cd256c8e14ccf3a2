"""What a job has done, counted as it goes, for one line in the log at its end.

The job opens a tally; whoever does something adds to the one that is open, without being told which: the
adapters count calls, documents and commits, the engine says how the job ended. Outside of a job nothing is
counted.
"""

import contextlib
import threading
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Literal

Outcome = Literal[
    "done",
    "unfinished",
    "lease_held",
    "waiting",
    "outdated",
    "overtaken",
    "failed",
    "unexpected",
    "dropped",
    "crashed",
]
"""How a job ended.

done: there is nothing left to do, or nothing now. unfinished: its time was up, another job goes on.
lease_held: another job was writing to Google. waiting: a wait was not over, for whose end another job is
queued. outdated: the user has connected anew since. overtaken: another job committed. failed: Google refused
or did not answer, which has a line of its own; unexpected: something else did. dropped: nobody knows such a
job. crashed: it raised, and is delivered again.
"""


class Tally:
    """Counts by name, how the job ended, and how that is answered. Safe to share between threads."""

    def __init__(self) -> None:
        self.outcome: Outcome = "done"
        self.answer: str | None = None
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, counts: Mapping[str, int]) -> None:
        """Adds to the counts of these names."""
        with self._lock:
            for name, count in counts.items():
                self._counts[name] = self._counts.get(name, 0) + count

    @property
    def counts(self) -> dict[str, int]:
        """What was counted so far; never zero."""
        with self._lock:
            return {name: count for name, count in self._counts.items() if count}


_open: ContextVar[Tally | None] = ContextVar("open", default=None)


@contextlib.contextmanager
def opened() -> Iterator[Tally]:
    """A new tally, to which everything adds that is done inside, in this thread and its `Workers`."""
    tally = Tally()
    token = _open.set(tally)
    try:
        yield tally
    finally:
        _open.reset(token)


def count(**counts: int) -> None:
    """Adds to the open tally."""
    tally = _open.get()
    if tally is not None:
        tally.add(counts)


def ended(outcome: Outcome, answer: str | None = None) -> None:
    """Says how the job ended, when it is not just done, and what is done about it."""
    tally = _open.get()
    if tally is not None:
        tally.outcome, tally.answer = outcome, answer
