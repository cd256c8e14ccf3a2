"""What is queued, in a SQLite file: Cloud Tasks forgets no task that it has taken, whatever becomes of it."""

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from local.tasks.queue import Kept, Outcome

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tasks (
    queue TEXT NOT NULL, name TEXT NOT NULL, at TEXT NOT NULL, task BLOB, told TEXT NOT NULL,
    PRIMARY KEY (queue, name)
) WITHOUT ROWID
"""


class TaskFile:
    """The tasks of all queues, and the names of those that were finished not long ago.

    For one process, whose threads take turns.
    """

    def __init__(self, path: Path) -> None:
        self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON"):
            self._file.execute(f"PRAGMA {pragma}")
        self._file.execute(_SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def keep(self, queue: str, news: Iterable[Kept | str]) -> None:
        """Write what has changed, all or nothing; a name alone is forgotten."""
        with self._file:
            self._file.execute("BEGIN")
            for each in news:
                if isinstance(each, str):
                    self._file.execute("DELETE FROM tasks WHERE queue = ? AND name = ?", (queue, each))
                else:
                    row = (queue, each.name, each.at.isoformat(), each.task, _told(each))
                    self._file.execute("INSERT OR REPLACE INTO tasks VALUES (?, ?, ?, ?, ?)", row)

    def read(self, queue: str, oldest: datetime) -> list[Kept]:
        """What was kept of a queue, but for names of what was finished before `oldest`, which are dropped."""
        self._file.execute(
            "DELETE FROM tasks WHERE queue = ? AND task IS NULL AND at < ?", (queue, oldest.isoformat())
        )
        found = self._file.execute("SELECT name, at, task, told FROM tasks WHERE queue = ?", (queue,))
        return [_kept(*row) for row in found]


def _told(kept: Kept) -> str:
    first, last = kept.first_attempt, kept.previous
    return json.dumps(
        [
            None if first is None else first.isoformat(),
            kept.failures,
            kept.answers,
            None if last is None else [last.status, last.reason, last.retry_after],
        ]
    )


def _kept(name: str, at: str, task: bytes | None, told: str) -> Kept:
    first, failures, answers, last = json.loads(told)
    return Kept(
        name,
        datetime.fromisoformat(at),
        task,
        None if first is None else datetime.fromisoformat(first),
        failures,
        answers,
        None if last is None else Outcome(*last),
    )
