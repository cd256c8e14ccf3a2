"""A day in which things take time: jobs that really overlap, over one simulated clock, in one fixed order.

Every call to Google takes as long as the test says, half of it before the call arrives and half before its
answer is back; so do reads and commits of jobs at the store, and what they queue, when the test says how
long. While a job waits, others begin, go on and end, people edit, and the clock follows; people need no time
themselves. A job is a greenlet, and only one runs at any moment: the one whose time has come. So a day is the
same each time, and no test waits for real.
"""

import heapq
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from greenlet import getcurrent, greenlet

from crmsync.engine import jobs
from crmsync.engine.deps import Deps
from crmsync.store.repository import DocumentStore
from tests.stage import Stage

CALLS = ("list_page", "read", "create", "update", "delete", "occurrences")
STORE_CALLS = ("get", "get_many", "query", "count", "commit", "transact")
QUEUE_CALLS = ("enqueue",)

Latency = Callable[[str], float]
"""Seconds that a call to Google, to the store or to the queue takes, by its name."""
Mends = Callable[[BaseException], bool]
"""Whether what a job raised is for Cloud Tasks to mend, by delivering the job again."""


class Over(BaseException):
    """The day is over, and the job with it: it makes no further call."""


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
    """One delivered job, which runs only when it is told to."""

    def __init__(self, number: int, name: str, work: Callable[[], None], again: Callable[[], object]) -> None:
        """number: which job of the day it is. again: delivers the same job once more."""
        self.number = number
        self.name = name
        self.calls = 0
        self.failure: BaseException | None = None
        self.again = again
        self._work = work
        self._greenlet = greenlet(self._run)
        self._hub = getcurrent()

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:
            self.failure = error

    def go_on(self) -> bool:
        """Lets the job run until it waits or ends; True when it has ended."""
        self._hub = self._greenlet.parent = getcurrent()
        self._greenlet.switch()
        return bool(self._greenlet.dead)

    def pause(self) -> None:
        """Called by the job itself: the others go on until it is this one's turn again."""
        self._hub.switch()

    def end(self) -> None:
        """Ends the job where it waits."""
        if not self._greenlet.dead:
            self._hub = self._greenlet.parent = getcurrent()
            self._greenlet.throw(Over)


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
        mends: Mends | None = None,
    ) -> None:
        """store, queue: how long they take, which is no time at all when None. redelivery: after so many
        seconds a job that raised, or was killed, is delivered again; when None, what it raised ends the day.
        So does what `mends` denies; all is mended that is no failed assertion, unless told.
        """
        self.stage = stage
        self.clock = stage.clock
        self.deliveries: list[Delivery] = []
        self.failures: dict[str, BaseException] = {}
        self._latency: dict[str, Latency] = dict.fromkeys(CALLS, latency)
        self._redelivery = redelivery
        self._mends = mends or (lambda error: not isinstance(error, AssertionError))
        self._moments: list[_Moment] = []
        self._order = itertools.count()
        self._current: _Job | None = None
        self._numbers = itertools.count()
        self._living: dict[int, _Job] = {}
        self._over = False
        self.deps: Deps = replace(stage.deps, google=_SlowGoogle(stage.deps.google, self))
        if store is not None:
            self._latency |= dict.fromkeys(STORE_CALLS, store)
            documents: Any = _SlowCalls(stage.documents, self, STORE_CALLS)
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
        if self._over:
            raise Over
        if self._current is None:
            assert call not in CALLS, "only jobs call Google on a timeline"
            return
        self._current.calls += 1
        self.hang(self._latency[call](call) * part)

    def hang(self, seconds: float) -> None:
        """The job at work does nothing for so long."""
        job = self._current
        assert job is not None, "only jobs hang"
        self._add(self.clock.now() + timedelta(seconds=seconds), lambda: self._run(job))
        job.pause()

    @property
    def at_work(self) -> tuple[int, int] | None:
        """The number of the job that runs now, and of its call; None while no job does."""
        return (self._current.number, self._current.calls) if self._current is not None else None

    @property
    def at_it(self) -> list[str]:
        """The names of the jobs that have begun and not ended."""
        return [job.name for job in self._living.values()]

    @property
    def next(self) -> datetime | None:
        """When the next thing happens."""
        times = [heap[0] for heap in (self._moments, self.stage.queue.tasks) if heap]
        return min((it.at if isinstance(it, _Moment) else it.due for it in times), default=None)

    def go(self, seconds: float, limit: int = 20_000) -> None:
        """So much time passes, and all happens that does within it."""
        end = self.clock.now() + timedelta(seconds=seconds)
        for _ in range(limit):
            if (at := self.next) is None or at > end:
                self._reach(end)
                return
            self._step()
        raise AssertionError(f"more than {limit} things happen within {seconds} s")

    def close(self) -> None:
        """The day is over: what is still at work ends where it is."""
        self._over = True
        for job in list(self._living.values()):
            job.end()
        self._living.clear()
        self._moments.clear()

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
                next(self._numbers),
                name,
                lambda: jobs.run(self.deps, name, payload),
                lambda: queue.enqueue(name, payload, delay=delay),
            )
        )

    def _run(self, job: _Job) -> None:
        self._current = self._living[job.number] = job
        ended = job.go_on()
        self._current = None
        if not ended:
            return
        del self._living[job.number]
        if job.failure is not None:
            if self._redelivery is None or not self._mends(job.failure):
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
