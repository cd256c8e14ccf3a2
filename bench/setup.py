"""What the scenarios share: the simulated Google, our installation, and how to name what they make."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from bench.events import event
from bench.floor import Floor
from bench.google import SimulatedGoogle
from bench.installation import Installation, RealClock
from crmsync.core.model import Resource
from crmsync.gateway.endpoints import RESOURCE_SCOPES
from crmsync.store.documents.port import Documents

StoreName = Literal["firestore", "memory"]
RESOURCES: tuple[Resource, ...] = ("contacts", "calendar")


@dataclass(frozen=True, slots=True)
class Setup:
    """One run of the bench. fresh: makes an empty database."""

    google: SimulatedGoogle
    ours: Installation
    fresh: Callable[[], Documents]

    def floor(self, email: str) -> Floor:
        """A floor client of an account, with its connection open already."""
        scopes = [RESOURCE_SCOPES[resource] for resource in RESOURCES]
        _, refresh = self.google.open_account(email, scopes)
        floor = Floor(self.google.origin, self.google.access_token(refresh))
        floor.pull()
        return floor

    def full_calendar(self, email: str, size: int) -> Floor:
        """The floor client of an account whose calendar has `size` events, put there without latency."""
        floor = self.floor(email)
        self.google.act("latency", seconds=0)
        floor.push_events([event(number) for number in range(size)])
        self.google.act("latency", seconds=self.google.latency)
        return floor


@contextmanager
def set_up(store: StoreName, latency: float) -> Iterator[Setup]:
    """Starts what is needed, and ends it."""
    with _databases(store) as fresh, SimulatedGoogle(latency) as google:
        ours = Installation(google, fresh())
        # The first job of a process reads discovery documents and imports what is heavy: not measured.
        ours.connect("warm", "warm@gmail.example")
        ours.sync("warm", *RESOURCES)
        yield Setup(google, ours, fresh)


@contextmanager
def _databases(store: StoreName) -> Iterator[Callable[[], Documents]]:
    if store == "memory":
        from crmsync.store.documents.memory import MemoryDocuments

        yield lambda: MemoryDocuments(RealClock())
        return
    import os

    from crmsync.store.documents.firestore import FirestoreDocuments, connect
    from local.emulator import HOST_VARIABLE, Emulator

    made: list[FirestoreDocuments] = []

    def fresh() -> Documents:
        made.append(connect(f"bench-{secrets.token_hex(6)}"))
        return made[-1]

    with Emulator.start() as emulator:
        before = os.environ.get(HOST_VARIABLE)
        os.environ[HOST_VARIABLE] = emulator.host
        try:
            yield fresh
        finally:
            for documents in made:
                documents.close()
            if before is None:
                del os.environ[HOST_VARIABLE]
