"""Measuring one piece of work: calls, documents, bytes, seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.google import SimulatedGoogle, Traffic
from bench.installation import Installation
from crmsync.store.documents.meter import Meter


@dataclass(slots=True)
class Cost:
    """What a piece of work cost. cpu: seconds of this process alone; seconds: on the wall."""

    seconds: float = 0.0
    cpu: float = 0.0
    traffic: Traffic = field(default_factory=lambda: Traffic(0, 0, 0, 0, {}))
    store: Meter = field(default_factory=Meter)

    @property
    def calls(self) -> int:
        """Calls to Google's APIs."""
        return self.traffic.calls

    @property
    def written(self) -> int:
        """Documents written or deleted: Firestore bills both."""
        return self.store.writes + self.store.deletes


@contextmanager
def measured(google: SimulatedGoogle, ours: Installation | None = None) -> Iterator[Cost]:
    """Counts and times what happens inside; the cost is filled in at the end."""
    google.forget()
    if ours is not None:
        ours.meter.reset()
        ours.answered.clear()
        ours.committed.clear()
    cost = Cost()
    wall, cpu = time.perf_counter(), time.process_time()
    yield cost
    cost.seconds, cost.cpu = time.perf_counter() - wall, time.process_time() - cpu
    cost.traffic = google.traffic()
    if ours is not None:
        cost.store = ours.meter.used()
