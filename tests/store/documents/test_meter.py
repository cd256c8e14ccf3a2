"""The meter counts what Firestore would be asked."""

from collections.abc import Sequence

import pytest

from crmsync.store.documents.memory import MemoryDocuments
from crmsync.store.documents.meter import Meter, MeteredDocuments
from crmsync.store.documents.port import (
    Create,
    Delete,
    DocumentWrite,
    PreconditionFailed,
    Put,
    Query,
    Reader,
)
from tests.contracts.conftest import FixedClock


@pytest.fixture
def metered() -> MeteredDocuments:
    return MeteredDocuments(MemoryDocuments(FixedClock()))


def test_reads_writes_and_calls_are_counted_until_reset(metered: MeteredDocuments) -> None:
    metered.commit([Create(f"a/{n}", {}) for n in range(5)])
    metered.commit([Put("a/0", {}), Delete("a/4")])
    metered.get("a/none")
    metered.get_many(["a/0", "a/1", "a/1", "a/none"])
    metered.query(Query("a", limit=2))
    metered.query(Query("empty"))
    metered.count(Query("a"))
    assert metered.used() == Meter(reads=6, writes=6, deletes=1, queries=2, counts=1, commits=2)
    assert metered.reset() == Meter(reads=6, writes=6, deletes=1, queries=2, counts=1, commits=2)
    assert metered.used() == Meter()


def test_a_refused_commit_counts_nothing(metered: MeteredDocuments) -> None:
    metered.commit([Create("a/0", {})])
    metered.reset()
    with pytest.raises(PreconditionFailed):
        metered.commit([Create("a/1", {}), Create("a/0", {})])
    assert metered.used() == Meter()


def test_a_transaction_counts_its_reads_and_writes(metered: MeteredDocuments) -> None:
    def step(reader: Reader) -> tuple[bool, Sequence[DocumentWrite]]:
        return reader.get("a/0") is None, [Create("a/0", {})]

    assert metered.transact(step)
    assert metered.used() == Meter(reads=1, writes=1, commits=1)
