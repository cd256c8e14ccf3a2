"""Cloud Tasks on one machine, for the real client library: a gRPC service, and delivery over HTTP.

Named tasks are deduplicated, delivery is at least once, any non-2xx is retried with the queue's back-off;
schedule times, concurrency, rate limits and OIDC tokens are honoured. On demand it duplicates and delays
(`Controls`). Departures: the system's own throttling (slow ramp-up, slow-down of a whole queue after many
errors) is not imitated, redirects are not followed, and App Engine targets are refused.
"""

import threading
from collections import deque
from concurrent import futures
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import grpc
from google.cloud import tasks_v2

from local.google.clock import Clock
from local.ports import HOST
from local.tasks.board import TaskBoard
from local.tasks.delivery import Deliver, HttpDelivery, SignToken, headers_of
from local.tasks.kept import TaskFile
from local.tasks.queue import Attempt, Outcome, TaskQueue
from local.tasks.service import handler

STOP_PATIENCE = 5.0
"""Seconds that `stop` waits for requests under way; they are then left to end by themselves."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A finished attempt, for tests to look back on."""

    task: str
    queue: str
    url: str
    retry_count: int
    duplicate: bool
    outcome: Outcome
    at: datetime


class CloudTasks:
    """The emulator. From `start` to `stop` it serves gRPC at `address` ("127.0.0.1:PORT") and dispatches."""

    def __init__(
        self,
        sign: SignToken,
        *,
        clock: Clock | None = None,
        deliver: Deliver | None = None,
        file: Path | None = None,
    ) -> None:
        """`sign` makes OIDC tokens. Tests may pass a frozen clock (see `pass_time`) and a `deliver`.

        With a `file` the tasks of a queue that is created are those that another process has left there.
        """
        self._board = board = TaskBoard(clock or Clock(), None if file is None else TaskFile(file))
        self.controls, self.queues = board.controls, board.queues
        self.address = ""
        self._sign = sign
        self._http = HttpDelivery()
        self._deliver = deliver or self._http
        self._stopping = False
        self._deliveries: deque[Delivery] = deque(maxlen=100_000)
        self._server: grpc.Server | None = None
        self._dispatcher: threading.Thread | None = None

    def start(self, port: int = 0) -> Self:
        """Serve on a port of loopback (0: any free one) and begin to dispatch."""
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=8, thread_name_prefix="tasks-rpc"))
        self._server.add_generic_rpc_handlers((handler(self._board),))
        self.address = f"{HOST}:{self._server.add_insecure_port(f'{HOST}:{port}')}"
        self._server.start()
        self._dispatcher = threading.Thread(target=self._dispatch, name="tasks-dispatch", daemon=True)
        self._dispatcher.start()
        return self

    def stop(self) -> None:
        """Stop dispatching, give requests under way a moment to end, and close the port; once is enough."""
        server, self._server = self._server, None
        if server is None or self._dispatcher is None:
            return
        with self._board.changed:
            self._stopping = True
            self._board.changed.notify_all()
            self._board.changed.wait_for(
                lambda: not any(q.running for q in self.queues.values()), STOP_PATIENCE
            )
        self._dispatcher.join()
        server.stop(grace=None).wait()
        self._http.close()
        self._board.close()

    def create_queue(
        self,
        name: str,
        *,
        rate: float = 0,
        concurrency: int = 0,
        retry: tasks_v2.RetryConfig | None = None,
    ) -> None:
        """Create a queue by its full name (projects/P/locations/L/queues/Q); zero means Google's default."""
        limits = tasks_v2.RateLimits(max_dispatches_per_second=rate, max_concurrent_dispatches=concurrency)
        config = tasks_v2.Queue(name=name, rate_limits=limits, retry_config=retry or tasks_v2.RetryConfig())
        with self._board.editing():
            self._board.open_queue(TaskQueue(config))

    def pass_time(self, step: timedelta) -> None:
        """Let time pass, in the clock that was injected, and dispatch what has become due."""
        self._board.clock.advance(step)
        with self._board.editing():
            pass

    def deliveries(self) -> list[Delivery]:
        """The newest 100,000 finished attempts, oldest first."""
        with self._board.changed:
            return list(self._deliveries)

    def wait_idle(self, timeout: float = 30.0, *, within: timedelta = timedelta()) -> None:
        """Wait until nothing runs and nothing is due within `within` from now; paused queues do not count.

        Raises TimeoutError after `timeout` seconds, naming what is still there.
        """
        with self._board.changed:
            if not self._board.changed.wait_for(lambda: not self._busy(within), timeout):
                left = [task.name for queue in self.queues.values() for task in queue.tasks()]
                raise TimeoutError(f"still busy after {timeout} s: {left[:5]} ({len(left)} tasks)")

    def _busy(self, within: timedelta) -> bool:
        until = self._board.clock.now() + within
        return any(queue.busy(until) for queue in self.queues.values())

    def _dispatch(self) -> None:
        with self._board.changed:
            while not self._stopping:
                now = self._board.clock.now()
                for queue in list(self.queues.values()):
                    for attempt in queue.take(now, self.controls.duplicates):
                        self._send(queue, attempt)
                self._board.changed.wait(self._pause(now))

    def _pause(self, now: datetime) -> float | None:
        wakes = [wake for queue in self.queues.values() if (wake := queue.wakes_at(now)) is not None]
        if not wakes or self._board.clock.frozen:
            return None
        return max(0.0, (min(wakes) - self._board.clock.now()).total_seconds())

    def _send(self, queue: TaskQueue, attempt: Attempt) -> None:
        threading.Thread(target=self._run, args=(queue, attempt), name="tasks-send", daemon=True).start()

    def _run(self, queue: TaskQueue, attempt: Attempt) -> None:
        outcome = Outcome(None, "INTERNAL")
        try:
            outcome = self._deliver(attempt, headers_of(attempt, self._sign))
        finally:
            with self._board.editing() as now:
                queue.settle(attempt, outcome, now)
                self._deliveries.append(
                    Delivery(
                        task=attempt.task.name.rsplit("/", 1)[-1],
                        queue=attempt.queue,
                        url=attempt.task.http_request.url,
                        retry_count=attempt.retry_count,
                        duplicate=attempt.duplicate,
                        outcome=outcome,
                        at=now,
                    )
                )
