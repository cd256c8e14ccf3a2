"""The in-process twin over a SQLite file, for running without an emulator from one day to the next.

Everything is answered from memory; a commit is in the file before it is answered, so that a process that is
killed loses nothing of it. Several processes may use one file: each sees what the others have committed.
"""

import sqlite3
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from google.cloud.firestore_v1.types import document as documents

from crmsync.store.documents.firestore_messages import DocumentMessage
from crmsync.store.documents.firestore_values import read_fields, write_fields
from crmsync.store.documents.memory import Clock, MemoryDocuments
from crmsync.store.documents.memory_collection import Entry
from crmsync.store.errors import StoreUnavailable

PATIENCE = 30.0
"""Seconds that a commit waits for one of another process."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    path TEXT PRIMARY KEY, fields BLOB NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
    size INTEGER NOT NULL
) WITHOUT ROWID
"""


class FileDocuments(MemoryDocuments):
    """`Documents` in a file, which is made where there is none.

    Raises StoreUnavailable while the file cannot be read or written, with what SQLite says about it.
    """

    def __init__(self, clock: Clock, path: Path) -> None:
        super().__init__(clock)
        self._depth = 0
        self._seen = -1
        with _told(path):
            self._file = sqlite3.connect(
                path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
            # What is deleted is gone from the file, too. A kill loses nothing of a log that has been written;
            # only a machine that goes down does without the last commits.
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON"):
                self._file.execute(f"PRAGMA {pragma}")
            self._file.execute(_SCHEMA)
        self._path = path
        weakref.finalize(self, self._file.close)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock:
            with _told(self._path):
                self._catch_up()
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A transaction of the file. If it comes to nothing, what memory holds is read anew."""
        with self._lock:
            if self._depth:
                yield
                return
            with _told(self._path):
                self._file.execute("BEGIN IMMEDIATE")
            self._depth = 1
            kept = self._file.total_changes
            try:
                with _told(self._path):
                    self._catch_up()
                yield
                with _told(self._path):
                    self._file.execute("COMMIT")
            except BaseException:
                if self._file.in_transaction:
                    self._file.execute("ROLLBACK")
                if self._file.total_changes != kept:
                    self._forget()
                raise
            finally:
                self._depth = 0

    def _keep(self, become: Mapping[str, Entry | None]) -> None:
        with _told(self._path):
            self._file.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)",
                [_row(path, entry) for path, entry in become.items() if entry is not None],
            )
            self._file.executemany(
                "DELETE FROM documents WHERE path = ?",
                [(path,) for path, entry in become.items() if entry is None],
            )

    def _catch_up(self) -> None:
        """Take over what other processes have committed; nothing is read while they have not."""
        seen = self._file.execute("PRAGMA data_version").fetchone()[0]
        if seen == self._seen:
            return
        there = dict(self._file.execute("SELECT path, updated FROM documents"))
        known = {
            f"{name}/{id}": entry
            for name, collection in self._collections.items()
            for id, entry in collection.entries.items()
        }
        for path in known.keys() - there.keys():
            self._store(path, None)
        news = [
            p for p, updated in there.items() if p not in known or _micros(known[p].updated_at) != updated
        ]
        for path in news:
            row = self._file.execute("SELECT * FROM documents WHERE path = ?", (path,)).fetchone()
            if row is not None:
                self._store(path, _entry(row))
                self._last = max(self._last, _time(row[3]))
        self._seen = seen

    def _forget(self) -> None:
        self._collections.clear()
        self._seen = -1


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What SQLite refuses, as the port tells it."""
    try:
        yield
    except sqlite3.Error as refused:
        raise StoreUnavailable(f"{path}: {refused}") from refused


def _row(path: str, entry: Entry) -> tuple[str, bytes, int, int, int]:
    message = _message()
    write_fields(message.fields, entry.data)
    fields = message.SerializeToString()
    return path, fields, _micros(entry.created_at), _micros(entry.updated_at), entry.size


def _entry(row: tuple[str, bytes, int, int, int]) -> Entry:
    message = _message()
    message.ParseFromString(row[1])
    return Entry(read_fields(message.fields), _time(row[2]), _time(row[3]), row[4])


def _message() -> DocumentMessage:
    """An empty document, without the client library's wrapper."""
    return cast(DocumentMessage, documents.Document.pb()())


def _micros(time: datetime) -> int:
    return (time - _EPOCH) // _MICROSECOND


def _time(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND
