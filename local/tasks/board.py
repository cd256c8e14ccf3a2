"""What the threads of the Cloud Tasks emulator share: its queues, under one lock and one clock."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from local.google.clock import Clock
from local.tasks.kept import TaskFile
from local.tasks.queue import NAME_MEMORY, TaskQueue


@dataclass(slots=True)
class Controls:
    """What a tester can make go wrong.

    duplicates: how many times more each attempt is delivered, beside or after the first. delay: added to the
    schedule time of every task that is created.
    """

    duplicates: int = 0
    delay: timedelta = timedelta()


class TaskBoard:
    """The queues by their full names, and the lock that whoever reads or changes them holds (`changed`)."""

    def __init__(self, clock: Clock, file: TaskFile | None = None) -> None:
        """With a `file` what is queued outlives the process."""
        self.clock = clock
        self._file = file
        self.controls = Controls()
        self.queues: dict[str, TaskQueue] = {}
        self.changed = threading.Condition()

    @contextmanager
    def editing(self) -> Iterator[datetime]:
        """Hold the lock, be told the time, and have the dispatcher look again at the end.

        What has changed is kept when this ends, so before it is answered.
        """
        with self.changed:
            yield self.clock.now()
            for queue in self.queues.values():
                self._keep(queue)
            self.changed.notify_all()

    def open_queue(self, queue: TaskQueue) -> None:
        """Add a queue, with what was kept under its name. Hold the lock."""
        name = queue.config.name
        if self._file is not None:
            queue.restore(self._file.read(name, self.clock.now() - NAME_MEMORY))
        self.queues[name] = queue

    def drop_queue(self, name: str, now: datetime) -> None:
        """Take a queue away, with its tasks. Hold the lock."""
        queue = self.queues.pop(name)
        queue.purge(now)
        self._keep(queue)

    def close(self) -> None:
        """Let go of the file: what changes from here on is lost."""
        with self.changed:
            file, self._file = self._file, None
        if file is not None:
            file.close()

    def _keep(self, queue: TaskQueue) -> None:
        news = queue.news()
        if self._file is not None and news:
            self._file.keep(queue.config.name, news)
