"""The twin over a file: what the next process and the one beside it see. The rest is tests/contracts."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from crmsync.store.documents.file import FileDocuments
from crmsync.store.documents.port import (
    SERVER_TIME,
    Create,
    Delete,
    DocumentWrite,
    Fields,
    Filter,
    PreconditionFailed,
    Put,
    Query,
    Reader,
    Update,
)
from crmsync.store.errors import StoreUnavailable
from local.google.clock import Clock

START = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
EVERY_KIND: Fields = {
    "text": "Zoë\u202e",
    "number": -(2**63),
    "half": 0.5,
    "truth": True,
    "nothing": None,
    "bytes": b"\x00\xff",
    "time": datetime(2026, 1, 2, 3, 4, 5, 678901, timezone(timedelta(hours=-5))),
    "list": [1, {"empty": {}}],
    "map": {"$": [], "deep": {"er": [None]}},
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


def opened(path: Path) -> FileDocuments:
    """As another process would."""
    return FileDocuments(Clock(START), path)


def test_the_next_process_reads_what_was_answered_to_the_letter(path: Path) -> None:
    here = opened(path)
    here.commit([Create("users/ann", {**EVERY_KIND, "at": SERVER_TIME}), Create("users/bob", {})])
    here.commit([Update("users/ann", {"map.deep": 1}), Delete("users/bob")])
    before = here.get("users/ann")
    there = opened(path)
    assert before is not None
    assert there.get("users/ann") == before
    assert {name: type(value) for name, value in before.data.items() if name != "at"} == {
        name: type(value) for name, value in EVERY_KIND.items()
    }
    assert there.get("users/bob") is None
    [version] = there.commit([Update("users/ann", {"text": "later"}, before.version)])
    assert version > before.version


def test_processes_beside_each_other_see_each_others_commits(path: Path) -> None:
    here, there = opened(path), opened(path)
    here.commit([Create("users/ann", {"n": 1}), Create("users/bob", {"n": 2})])
    assert [each.id for each in there.query(Query("users", (Filter("n", ">=", 1),)))] == ["ann", "bob"]
    [version] = there.commit([Update("users/ann", {"n": 3})])
    there.commit([Delete("users/bob")])
    assert [each.data for each in here.query(Query("users", order=("n",)))] == [{"n": 3}]
    with pytest.raises(PreconditionFailed):
        here.commit([Create("users/ann", {})])
    here.commit([Update("users/ann", {"n": 4}, version)])


def test_a_transaction_of_another_process_waits_for_ours(path: Path) -> None:
    here, there = opened(path), opened(path)
    here.commit([Put("counts/one", {"n": 0})])
    reads = []

    def count(reader: Reader) -> tuple[None, list[DocumentWrite]]:
        found = reader.get("counts/one")
        assert found is not None
        reads.append(found.data["n"])
        return None, [Put("counts/one", {"n": int(str(found.data["n"])) + 1})]

    for documents in (here, there, there, here):
        documents.transact(count)
    assert reads == [0, 1, 2, 3]


def test_what_cannot_be_written_is_not_there_afterwards(path: Path) -> None:
    here = opened(path)
    here.commit([Create("users/ann", {"n": 1})])
    with closing(sqlite3.connect(path)) as other:
        other.execute(
            "CREATE TRIGGER full BEFORE INSERT ON documents BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )
    with pytest.raises(StoreUnavailable, match="disk is full"):
        here.commit([Put("users/ann", {"n": 2}), Create("users/bob", {})])
    found = here.get("users/ann")
    assert found is not None
    assert found.data == {"n": 1}
    assert here.get("users/bob") is None


def test_a_file_that_is_none_is_told_by_name(tmp_path: Path) -> None:
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"no database, for sure" * 100)
    with pytest.raises(StoreUnavailable, match=r"broken\.sqlite: file is not a database"):
        opened(broken)
