"""One queue of Cloud Tasks as a plain data structure: what is due, what is running, when to try again.

It knows neither threads, nor network, nor the time: the caller passes `now` and holds the lock. Numbers and
rules are those of Cloud Tasks v2 (the Queue, RetryConfig, RateLimits and Task messages of its API).
"""

import heapq
import itertools
import math
import operator
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from google.cloud import tasks_v2

from local.tasks.times import duration, span_of, timestamp

DEFAULT_RATE = 500.0
DEFAULT_CONCURRENCY = 1000
DEFAULT_DEADLINE = timedelta(minutes=10)
DEFAULT_ATTEMPTS = 100
DEFAULT_MIN_BACKOFF = timedelta(seconds=0.1)
DEFAULT_MAX_BACKOFF = timedelta(hours=1)
DEFAULT_DOUBLINGS = 16

NAME_MEMORY = timedelta(hours=1)
"""How long the name of a finished task stays taken. Google: about an hour surely, up to a day possibly."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One delivery to be made.

    `duplicate`: the same task once more, as at-least-once delivery allows; its outcome settles nothing.
    """

    task: tasks_v2.Task
    queue: str
    eta: datetime
    retry_count: int
    execution_count: int
    previous_response: int | None = None
    retry_reason: str | None = None
    duplicate: bool = False

    @property
    def deadline(self) -> timedelta:
        """After this long Cloud Tasks stops listening for the answer."""
        return span_of(self.task.dispatch_deadline) or DEFAULT_DEADLINE


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt. status None: no answer. retry_after: seconds that the target asked for."""

    status: int | None
    reason: str = ""
    retry_after: float | None = None

    @property
    def acknowledged(self) -> bool:
        """Whether the target took the task: any 2xx, nothing else."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Kept:
    """A queued task, or its memory (`task` None), in a form that outlives the process.

    at: when it is due, or when it was finished.
    """

    name: str
    at: datetime
    task: bytes | None = None
    first_attempt: datetime | None = None
    failures: int = 0
    answers: int = 0
    previous: Outcome | None = None


@dataclass(slots=True, eq=False)
class _Entry:
    task: tasks_v2.Task
    due: datetime
    first_attempt: datetime | None = None
    running: bool = False
    failures: int = 0
    answers: int = 0
    previous: Outcome | None = None


def backoff(config: tasks_v2.RetryConfig, failures: int) -> timedelta:
    """The wait after the n-th failure: doubling `max_doublings` times, then growing by the last step."""
    shortest = span_of(config.min_backoff) or DEFAULT_MIN_BACKOFF
    longest = span_of(config.max_backoff) or DEFAULT_MAX_BACKOFF
    steps = failures - 1
    doublings = min(steps, config.max_doublings or DEFAULT_DOUBLINGS)
    # Past 40 doublings every wait is beyond any maximum; the bound keeps the product within a timedelta.
    wait = shortest * (2 ** min(doublings, 40)) * (1 + steps - doublings)
    capped: timedelta = min(wait, longest)
    return capped


class TaskQueue:
    """The tasks of one queue. `config` is the Queue message, completed with Google's defaults."""

    def __init__(self, config: tasks_v2.Queue) -> None:
        self.running = 0
        self._entries: dict[str, _Entry] = {}
        self._remembered: dict[str, datetime] = {}
        self._waiting: list[tuple[datetime, int, _Entry]] = []
        self._extra: list[Attempt] = []
        self._forced: list[_Entry] = []
        self._order = itertools.count()
        self._refilled: datetime | None = None
        self._touched: dict[str, None] = {}
        self.configure(config)
        self._tokens = self._burst

    def configure(self, config: tasks_v2.Queue) -> None:
        """Replace rate limits, retry rules and state; what is queued stays queued."""
        self.config = config
        limits = config.rate_limits
        limits.max_dispatches_per_second = limits.max_dispatches_per_second or DEFAULT_RATE
        limits.max_concurrent_dispatches = limits.max_concurrent_dispatches or DEFAULT_CONCURRENCY
        # "Generally at least equal to max_dispatches_per_second" (RateLimits.max_burst_size).
        limits.max_burst_size = math.ceil(limits.max_dispatches_per_second)
        retry = config.retry_config
        retry.max_attempts = retry.max_attempts or DEFAULT_ATTEMPTS
        retry.min_backoff = duration(span_of(retry.min_backoff) or DEFAULT_MIN_BACKOFF)
        retry.max_backoff = duration(span_of(retry.max_backoff) or DEFAULT_MAX_BACKOFF)
        retry.max_doublings = retry.max_doublings or DEFAULT_DOUBLINGS
        if config.state == tasks_v2.Queue.State.STATE_UNSPECIFIED:
            config.state = tasks_v2.Queue.State(tasks_v2.Queue.State.RUNNING)
        self._burst = float(limits.max_burst_size)

    @property
    def paused(self) -> bool:
        """Whether dispatching is paused."""
        return bool(self.config.state == tasks_v2.Queue.State.PAUSED)

    # --- what outlives the process ---

    def news(self) -> list[Kept | str]:
        """What has to be kept of all that has changed since the last call; a name alone is forgotten."""
        touched, self._touched = self._touched, {}
        return [self._kept(name) for name in touched]

    def restore(self, kept: Iterable[Kept]) -> None:
        """Queue what another process has kept; what ran there waits for its next attempt."""
        for each in sorted(kept, key=operator.attrgetter("at")):
            if each.task is None:
                self._remembered[each.name] = each.at
                continue
            entry = _Entry(tasks_v2.Task.deserialize(each.task), each.at, each.first_attempt)
            entry.failures, entry.answers, entry.previous = each.failures, each.answers, each.previous
            self._entries[each.name] = entry
            self._await(entry, each.at)

    def _kept(self, name: str) -> Kept | str:
        entry = self._entries.get(name)
        if entry is not None:
            task = bytes(tasks_v2.Task.serialize(entry.task))
            told = (entry.first_attempt, entry.failures, entry.answers, entry.previous)
            return Kept(name, entry.due, task, *told)
        finished = self._remembered.get(name)
        return name if finished is None else Kept(name, finished)

    # --- what is queued ---

    def add(self, task: tasks_v2.Task, due: datetime, now: datetime) -> bool:
        """Queue a task; False when its name is taken by a task that is queued or finished not long ago."""
        finished = self._remembered.get(task.name)
        if task.name in self._entries or (finished is not None and now - finished < NAME_MEMORY):
            return False
        entry = _Entry(task, due)
        self._entries[task.name] = entry
        self._touched[task.name] = None
        self._await(entry, due)
        return True

    def task(self, name: str) -> tasks_v2.Task | None:
        """The queued task of that name."""
        entry = self._entries.get(name)
        return entry.task if entry else None

    def tasks(self) -> Iterator[tasks_v2.Task]:
        """All queued tasks, running ones too, in the order of their creation."""
        return (entry.task for entry in self._entries.values())

    def drop(self, name: str, now: datetime) -> bool:
        """Delete a task, whose name stays taken for a while; False when there is none."""
        if self._entries.pop(name, None) is None:
            return False
        self._remember(name, now)
        return True

    def purge(self, now: datetime) -> None:
        """Delete every task."""
        for name in list(self._entries):
            self.drop(name, now)

    def force(self, name: str) -> tasks_v2.Task | None:
        """Have a task dispatched at once, whatever the queue's limits and state."""
        entry = self._entries.get(name)
        if entry is None:
            return None
        self._forced.append(entry)
        return entry.task

    # --- dispatching ---

    def take(self, now: datetime, copies: int = 0) -> list[Attempt]:
        """The attempts to make now, within the limits, each `copies` times more. Each must be settled."""
        taken = []
        forced, self._forced = self._forced, []
        for entry in forced:
            if self._alive(entry):
                taken.append(self._begin(entry, now))
        while (attempt := self._next(now)) is not None:
            taken.append(attempt)
            if not attempt.duplicate:
                self._extra += itertools.repeat(_copy_of(attempt), copies)
        return taken

    def settle(self, attempt: Attempt, outcome: Outcome, now: datetime) -> None:
        """Note what came of an attempt: the task is finished, given up, or waits for its next attempt."""
        self.running -= 1
        entry = self._entries.get(attempt.task.name)
        if attempt.duplicate or entry is None or entry.task is not attempt.task:
            return
        entry.running = False
        entry.previous = outcome
        _note_answer(entry, outcome, now)
        if outcome.acknowledged:
            self.drop(attempt.task.name, now)
            return
        entry.failures += 1
        retry = self._retry_of(entry.task)
        if _exhausted(entry, retry, now):
            self.drop(attempt.task.name, now)
            return
        wait = backoff(retry, entry.failures)
        if outcome.retry_after is not None:
            wait = max(wait, timedelta(seconds=outcome.retry_after))
        self._touched[attempt.task.name] = None
        entry.due = now + wait
        entry.task.schedule_time = timestamp(entry.due)
        self._await(entry, entry.due)

    def wakes_at(self, now: datetime) -> datetime | None:
        """When `take` is next worth calling, barring other calls; None when nothing waits or can start."""
        if self._forced:
            return now
        if self.paused or self._full:
            return None
        self._forget_stale()
        if not self._waiting and not self._extra:
            return None
        due = now if self._extra else max(self._waiting[0][0], now)
        if self._tokens >= 1 or self._refilled is None:
            return due
        rate: float = self.config.rate_limits.max_dispatches_per_second
        return max(due, self._refilled + timedelta(seconds=(1 - self._tokens) / rate))

    def busy(self, until: datetime) -> bool:
        """Whether something runs, or will be dispatched by `until` unless the queue is paused."""
        if self.running or self._forced:
            return True
        self._forget_stale()
        return not self.paused and (bool(self._extra) or bool(self._waiting and self._waiting[0][0] <= until))

    # --- inside ---

    @property
    def _full(self) -> bool:
        return bool(self.running >= self.config.rate_limits.max_concurrent_dispatches)

    def _next(self, now: datetime) -> Attempt | None:
        self._forget_stale()
        if self.paused or self._full:
            return None
        due = bool(self._waiting) and self._waiting[0][0] <= now
        if not (due or self._extra) or not self._spend(now):
            return None
        if self._extra:
            self.running += 1
            return self._extra.pop(0)
        return self._begin(heapq.heappop(self._waiting)[2], now)

    def _begin(self, entry: _Entry, now: datetime) -> Attempt:
        self.running += 1
        entry.running = True
        entry.first_attempt = entry.first_attempt or now
        attempt = tasks_v2.Attempt(schedule_time=entry.due, dispatch_time=now)
        entry.task.dispatch_count += 1
        entry.task.last_attempt = attempt
        if entry.task.dispatch_count == 1:
            entry.task.first_attempt = tasks_v2.Attempt(dispatch_time=now)
        return Attempt(
            task=entry.task,
            queue=self.config.name,
            eta=entry.due,
            retry_count=entry.failures,
            execution_count=entry.answers,
            previous_response=entry.previous.status if entry.previous else None,
            retry_reason=entry.previous.reason if entry.previous else None,
        )

    def _spend(self, now: datetime) -> bool:
        rate: float = self.config.rate_limits.max_dispatches_per_second
        if self._refilled is not None:
            passed = max(0.0, (now - self._refilled).total_seconds())
            self._tokens = min(self._burst, self._tokens + passed * rate)
        self._refilled = now
        # A wait of 1/rate seconds, rounded to microseconds, must not fall short of the token it waited for.
        if self._tokens < 1 - 1e-3:
            return False
        self._tokens = max(0.0, self._tokens - 1)
        return True

    def _await(self, entry: _Entry, due: datetime) -> None:
        heapq.heappush(self._waiting, (due, next(self._order), entry))

    def _alive(self, entry: _Entry) -> bool:
        return self._entries.get(entry.task.name) is entry

    def _forget_stale(self) -> None:
        """Drop from the heap's top what was deleted, runs by force, or waits again under another time."""
        while self._waiting:
            due, _, entry = self._waiting[0]
            if self._alive(entry) and not entry.running and due == entry.due:
                return
            heapq.heappop(self._waiting)

    def _remember(self, name: str, now: datetime) -> None:
        self._remembered[name] = now
        self._touched[name] = None
        # Insertion order is the order of time, so the oldest are in front.
        for old, finished in list(itertools.islice(self._remembered.items(), 2)):
            if now - finished >= NAME_MEMORY:
                del self._remembered[old]
                self._touched[old] = None

    def _retry_of(self, task: tasks_v2.Task) -> tasks_v2.RetryConfig:
        return task.retry_config if "retry_config" in task else self.config.retry_config


def _copy_of(attempt: Attempt) -> Attempt:
    return Attempt(
        attempt.task, attempt.queue, attempt.eta, attempt.retry_count, attempt.execution_count, duplicate=True
    )


def _note_answer(entry: _Entry, outcome: Outcome, now: datetime) -> None:
    last = entry.task.last_attempt
    last.response_time = timestamp(now)
    last.response_status.code = 0 if outcome.acknowledged else 2
    last.response_status.message = outcome.reason
    entry.task.last_attempt = last
    if outcome.status is not None:
        entry.task.response_count += 1
        # "This number does not include failures due to 5XX error codes" (X-CloudTasks-TaskExecutionCount).
        entry.answers += outcome.status < 500


def _exhausted(entry: _Entry, retry: tasks_v2.RetryConfig, now: datetime) -> bool:
    """Both limits must be reached; an unset time limit counts as reached, unlimited attempts never are."""
    attempts = retry.max_attempts or DEFAULT_ATTEMPTS
    if attempts < 0 or entry.failures < attempts:
        return False
    limit = span_of(retry.max_retry_duration)
    return not limit or entry.first_attempt is None or now - entry.first_attempt >= limit
