"""What is the in-process twin's own: its clock, and indexes that follow every write."""

import random
from datetime import UTC, datetime, timedelta

from crmsync.store.documents.memory import MemoryDocuments
from crmsync.store.documents.port import SERVER_TIME, Delete, DocumentWrite, Filter, Put, Query, Value
from tests.contracts.conftest import FixedClock


def test_versions_advance_though_the_clock_stands_or_goes_back() -> None:
    clock = FixedClock()
    documents = MemoryDocuments(clock)
    versions = [documents.commit([Put("a/b", {"n": n})])[0] for n in range(3)]
    clock.at -= timedelta(hours=1)
    versions += [documents.commit([Put("a/b", {"n": n})])[0] for n in range(3)]
    assert versions == sorted(set(versions))


def test_server_time_follows_the_clock_in_whole_milliseconds() -> None:
    clock = FixedClock(datetime(2026, 1, 1, 12, 0, 0, 123_456, tzinfo=UTC))
    documents = MemoryDocuments(clock)
    documents.commit([Put("a/b", {"at": SERVER_TIME})])
    found = documents.get("a/b")
    assert found is not None
    assert found.data["at"] == datetime(2026, 1, 1, 12, 0, 0, 123_000, tzinfo=UTC)
    assert found.updated_at == clock.at


def test_an_index_made_early_answers_as_one_made_late() -> None:
    chance = random.Random(7)
    early, late = MemoryDocuments(FixedClock()), MemoryDocuments(FixedClock())
    queries = [
        Query("things", (Filter("kind", "==", 1),), ("v",)),
        Query("things", (Filter("tags", "array_contains", 2),), ("v",), descending=True),
        Query("things", (Filter("tags", "array_contains_any", [1, 3]), Filter("v", ">", 4))),
        Query("things", (Filter("kind", "in", [0, 2]),), ("v",), start_after=(3,), limit=4),
        Query("things", order=("v", "kind")),
    ]
    for _ in range(40):
        writes: list[DocumentWrite] = []
        for id in chance.sample(range(30), 5):
            data: dict[str, Value] = {
                "v": chance.randrange(9),
                "kind": chance.randrange(3),
                "tags": [chance.randrange(4)] * 2,
            }
            if chance.random() < 0.2:
                del data["v"]
            path = f"things/{id:02}"
            writes.append(Delete(path) if chance.random() < 0.3 else Put(path, data))
        early.commit(writes)
        late.commit(writes)
        asked = [[document.id for document in early.query(query)] for query in queries]
        assert [early.count(query) for query in queries[:3]] == [len(found) for found in asked[:3]]
    fresh = [[document.id for document in late.query(query)] for query in queries]
    assert asked == fresh
    assert all(fresh)
