"""What the threads of the Cloud Tasks emulator share: its queues, under one lock and one clock."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from local.google.clock import Clock
from local.tasks.queue import TaskQueue


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

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.controls = Controls()
        self.queues: dict[str, TaskQueue] = {}
        self.changed = threading.Condition()

    @contextmanager
    def editing(self) -> Iterator[datetime]:
        """Hold the lock, be told the time, and have the dispatcher look again at the end."""
        with self.changed:
            yield self.clock.now()
            self.changed.notify_all()
