"""Counts what a piece of work costs in Firestore, for benchmarks and tests."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace

from crmsync.store.documents.counted import CountedDocuments
from crmsync.store.documents.port import Documents


@dataclass(slots=True)
class Meter:
    """Counts since the last reset, of what `CountedDocuments` tells."""

    reads: int = 0
    writes: int = 0
    deletes: int = 0
    queries: int = 0
    counts: int = 0
    commits: int = 0


class MeteredDocuments(CountedDocuments):
    """Documents that count what passes through.

    `used` answers the counts so far, `reset` starts again from zero.
    """

    def __init__(self, inner: Documents) -> None:
        super().__init__(inner, self._add)
        self._meter = Meter()
        self._lock = threading.Lock()

    def used(self) -> Meter:
        """A copy of the counts."""
        with self._lock:
            return replace(self._meter)

    def reset(self) -> Meter:
        """The counts so far; from here on counting starts at zero."""
        with self._lock:
            before, self._meter = self._meter, Meter()
        return before

    def _add(self, counts: Mapping[str, int]) -> None:
        with self._lock:
            for name, count in counts.items():
                setattr(self._meter, name, getattr(self._meter, name) + count)
