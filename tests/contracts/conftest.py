"""The adapters of the store's port: a test runs over the twin in memory, the twin's file and the emulator."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crmsync.store.documents.file import FileDocuments
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


OVER_A_FILE = ("test_documents", "test_documents_queries", "test_store_records", "test_store_erasing")
"""The modules that run over the twin's file, too: what else the store promises follows from these."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Names the adapters that a test runs over."""
    if "documents" in metafunc.fixturenames:
        also = ["file"] if metafunc.module.__name__.endswith(OVER_A_FILE) else []
        emulator = pytest.param("firestore", marks=pytest.mark.emulator)
        metafunc.parametrize("documents", ["memory", *also, emulator], indirect=True)


@pytest.fixture
def documents(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Documents]:
    """An empty document database that no other test uses."""
    if request.param == "memory":
        yield MemoryDocuments(FixedClock())
        return
    if request.param == "file":
        yield FileDocuments(FixedClock(), tmp_path / "store.sqlite")
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
