"""A day in which things take time: jobs that really overlap, over one simulated clock, in one fixed order.

Every call to Google takes as long as the test says, half of it before the call arrives and half before its
answer is back; so do reads and commits of jobs at the store, when the test says how long. While a job waits,
others begin, go on and end, people edit, and the clock follows; people need no time themselves. A job has
a thread of its own, but only one thread runs at any moment: the one whose time has come. So a day is the
same each time, and no test waits for real.
"""

import heapq
import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from crmsync.engine import jobs
from crmsync.engine.deps import Deps
from crmsync.store.repository import DocumentStore
from tests.stage import Stage

CALLS = ("list_page", "read", "create", "update", "delete", "occurrences")
STORE_CALLS = ("get", "get_many", "query", "count", "commit", "transact")
QUEUE_CALLS = ("enqueue",)
PATIENCE = 60.0
"""Seconds of real time after which a thread that does not come back is a fault of the test."""

Latency = Callable[[str], float]
"""Seconds that a call to Google or to the store takes, by its name."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A job that was delivered."""

    at: datetime
    job: str
    payload: Mapping[str, Any]


@dataclass(order=True, slots=True)
class _Moment:
    """What happens at a time."""

    at: datetime
    seq: int
    happens: Callable[[], object] = field(compare=False)


class _Job:
    """One delivered job, on a thread that runs only when it is told to."""

    def __init__(self, work: Callable[[], None], again: Callable[[], object]) -> None:
        """again: delivers the same job once more."""
        self.failure: BaseException | None = None
        self.again = again
        self._turn = threading.Event()
        self._rests = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def _run(self, work: Callable[[], None]) -> None:
        self._await(self._turn)
        try:
            work()
        except BaseException as error:
            self.failure = error
        self._ended = True
        self._rests.set()

    def go_on(self) -> bool:
        """Lets the job run until it waits or ends; True when it has ended."""
        self._rests.clear()
        self._turn.set()
        self._await(self._rests)
        return self._ended

    def pause(self) -> None:
        """Called on the job's own thread: the others go on until it is this one's turn again."""
        self._turn.clear()
        self._rests.set()
        self._await(self._turn)

    @staticmethod
    def _await(event: threading.Event) -> None:
        assert event.wait(PATIENCE), "a job did not come back"


class Timeline:
    """What happens on a stage, by the clock."""

    def __init__(
        self,
        stage: Stage,
        latency: Latency,
        *,
        store: Latency | None = None,
        queue: Latency | None = None,
        redelivery: float | None = None,
    ) -> None:
        """store, queue: how long the store takes, or a task to be queued: no time at all when None.
        redelivery: after so many seconds a job that raised, or was killed, is delivered again; when None,
        what it raised ends the day.
        """
        self.stage = stage
        self.clock = stage.clock
        self.deliveries: list[Delivery] = []
        self.failures: dict[str, BaseException] = {}
        self._latency: dict[str, Latency] = dict.fromkeys(CALLS, latency)
        self._redelivery = redelivery
        self._moments: list[_Moment] = []
        self._order = itertools.count()
        self._current: _Job | None = None
        self.deps: Deps = replace(stage.deps, google=_SlowGoogle(stage.deps.google, self))
        if store is not None:
            self._latency |= dict.fromkeys(STORE_CALLS, store)
            documents: Any = _SlowCalls(stage.meter, self, STORE_CALLS)
            self.deps = replace(self.deps, store=DocumentStore(documents))
        if queue is not None:
            self._latency |= dict.fromkeys(QUEUE_CALLS, queue)
            slow_queue: Any = _SlowCalls(stage.deps.queue, self, QUEUE_CALLS)
            self.deps = replace(self.deps, queue=slow_queue)
        self._begin = self.clock.now()

    @property
    def elapsed(self) -> float:
        """Seconds since the timeline was made."""
        return (self.clock.now() - self._begin).total_seconds()

    def at(self, seconds: float, happens: Callable[[], object]) -> None:
        """Something happens so many seconds after the beginning."""
        self._add(self._begin + timedelta(seconds=seconds), happens)

    def take(self, call: str, part: float) -> None:
        """A part of a call's time passes, on the thread of the job that makes it."""
        job = self._current
        if job is None:
            assert call in (*STORE_CALLS, *QUEUE_CALLS), "only jobs call Google on a timeline"
            return
        wake = self.clock.now() + timedelta(seconds=self._latency[call](call) * part)
        self._add(wake, lambda: self._run(job))
        job.pause()

    def run(self, limit: int = 2_000) -> None:
        """Lets everything happen until nothing is left: no job at work, none queued, nobody about to act."""
        for _ in range(limit):
            if not (self._moments or self.stage.queue.tasks):
                return
            self._step()
        raise AssertionError(f"no rest after {self.elapsed} s: {self.stage.queue.tasks[:3]}")

    def step(self, times: int) -> None:
        """The next things happen, so many of them."""
        for _ in range(times):
            self._step()

    def fail(self, call: str, error: BaseException) -> None:
        """A job's next call of that name meets an error that nobody expected, after it has arrived; or the
        job is killed there, by what is no Exception. Calls to the store fail only when they take time.
        """
        self.failures[call] = error

    def failure(self, call: str) -> BaseException | None:
        """What such a call of the job at work now meets, once."""
        return self.failures.pop(call, None) if self._current is not None else None

    def _step(self) -> None:
        tasks = self.stage.queue.tasks
        if tasks and (not self._moments or tasks[0].due < self._moments[0].at):
            task = heapq.heappop(tasks)
            self._reach(task.due)
            self._deliver(task.job, task.payload)
        else:
            moment = heapq.heappop(self._moments)
            self._reach(moment.at)
            moment.happens()

    def _deliver(self, name: str, payload: Mapping[str, Any]) -> None:
        self.deliveries.append(Delivery(self.clock.now(), name, payload))
        queue, delay = self.stage.queue, self._redelivery or 0.0
        self._run(
            _Job(
                lambda: jobs.run(self.deps, name, payload),
                lambda: queue.enqueue(name, payload, delay=delay),
            )
        )

    def _run(self, job: _Job) -> None:
        self._current = job
        ended = job.go_on()
        self._current = None
        if ended and job.failure is not None:
            if self._redelivery is None or isinstance(job.failure, AssertionError):
                raise job.failure
            job.again()

    def _reach(self, at: datetime) -> None:
        if at > self.clock.now():
            self.clock.advance(at - self.clock.now())

    def _add(self, at: datetime, happens: Callable[[], object]) -> None:
        heapq.heappush(self._moments, _Moment(at, next(self._order), happens))


class _Slow:
    """Passes everything on to what it stands for."""

    def __init__(self, inner: Any, timeline: Timeline) -> None:
        self._inner = inner
        self._timeline = timeline

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _SlowCalls(_Slow):
    """A Google collection, or documents: the calls of these names take time."""

    def __init__(self, inner: Any, timeline: Timeline, names: Sequence[str]) -> None:
        super().__init__(inner, timeline)
        self._names = names

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._inner, name)
        if name not in self._names:
            return call

        def slowly(*args: Any, **options: Any) -> Any:
            self._timeline.take(name, 0.5)
            try:
                answer = call(*args, **options)
            finally:
                self._timeline.take(name, 0.5)
            if (failure := self._timeline.failure(name)) is not None:
                raise failure
            return answer

        return slowly


class _SlowSession(_Slow):
    def contacts(self) -> Any:
        return _SlowCalls(self._inner.contacts(), self._timeline, CALLS)

    def calendar(self, *args: Any) -> Any:
        return _SlowCalls(self._inner.calendar(*args), self._timeline, CALLS)


class _SlowGoogle(_Slow):
    def session(self, account: str, sealed_token: str | None) -> Any:
        session = self._inner.session(account, sealed_token)
        return None if session is None else _SlowSession(session, self._timeline)
