"""Both adapters of the store's port: each contract test runs over the twin in memory and the emulator."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from crmsync.store.documents.memory import MemoryDocuments
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.documents.port import Documents
from crmsync.store.repository import DocumentStore


@dataclass
class FixedClock:
    """A clock that stands still."""

    at: datetime = field(default_factory=lambda: datetime(2026, 5, 1, 12, 30, tzinfo=UTC))

    def now(self) -> datetime:
        return self.at


@pytest.fixture(params=["memory", pytest.param("firestore", marks=pytest.mark.emulator)])
def documents(request: pytest.FixtureRequest) -> Iterator[Documents]:
    """An empty document database that no other test uses."""
    if request.param == "memory":
        yield MemoryDocuments(FixedClock())
        return
    project = request.getfixturevalue("firestore_project")
    from crmsync.store.documents.firestore import connect

    connected = connect(project)
    yield connected
    connected.close()


@pytest.fixture
def metered(documents: Documents) -> MeteredDocuments:
    """The same, counting."""
    return MeteredDocuments(documents)


@pytest.fixture
def store(metered: MeteredDocuments) -> DocumentStore:
    """The store over `metered`."""
    return DocumentStore(metered)


@pytest.fixture
def another_store(metered: MeteredDocuments) -> Callable[[], DocumentStore]:
    """Makes a store of another process over the same documents."""
    return lambda: DocumentStore(metered)
