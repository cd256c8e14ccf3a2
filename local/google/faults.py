"""What a tester can make go wrong: latency, quota, faults before or after the effect.

And a record of every call.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Literal

When = Literal["before", "after"]

GENEROUS = 1_000_000
"""Units a minute: far above what one machine can spend, so quota never gets in the way unless asked for."""

GOOGLE_QUOTAS = {
    "people.critical_read": 90,
    "people.critical_write": 60,
    "people.group_read": 90,
    "people.delete_and_group_write": 30,
    "people.photo_write": 50,
    "people.full_sync": 6,
    "people.daily_write": 25_000,
    "calendar.user": 600,
    "calendar.project": 10_000,
}
"""Numbers seen at Google, per minute unless `SPANS` says otherwise.

Google keeps those of `people.full_sync` and `people.daily_write` to itself: they are ours.
"""

BATCH_READ_UNITS = 6
"""What a batch that reads back costs of `people.critical_read`, as seen at Google; unsettled."""

SPANS = {"people.daily_write": timedelta(days=1)}
"""Metrics that are counted over another span than a minute."""


@dataclass(slots=True)
class Fault:
    """A planned failure of calls whose operation matches the glob `operation`.

    `when`: `before` refuses without effect, `after` answers with the failure although the effect took place.
    `status` and `reason` word the answer; `drop` closes the connection instead. `times` None means for ever.
    `skip` lets that many matching calls pass first; `account` (an e-mail) limits it to one account.
    """

    operation: str
    when: When = "before"
    status: int = 503
    reason: str = "backendError"
    message: str = "The service is currently unavailable."
    drop: bool = False
    times: int | None = 1
    skip: int = 0
    account: str | None = None
    retry_after: int | None = None

    def matches(self, operation: str, when: When, account: str | None) -> bool:
        """Whether this fault concerns the call, counting neither `skip` nor `times`."""
        mine = self.account is None or self.account == account
        return mine and self.when == when and fnmatchcase(operation, self.operation)


@dataclass(frozen=True, slots=True)
class SignInRefusal:
    """How every authorization ends: with Google's word `error`, in a redirect or on a `page` of its own."""

    error: str
    page: bool = False


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One finished call: sizes in bytes, `gzipped_bytes` None when the caller did not ask for gzip.

    `status` 0 means that the connection was dropped. `part`: it travelled inside an HTTP batch, which has a
    record of its own.
    """

    operation: str
    status: int
    request_bytes: int
    response_bytes: int
    gzipped_bytes: int | None
    account: str | None
    at: datetime
    part: bool = False


@dataclass(slots=True)
class _Window:
    """The spending of one metric by one account over its span."""

    spent: deque[tuple[datetime, int]] = field(default_factory=deque)
    total: int = 0


class Controls:
    """Every dial of the simulation that belongs to no single account. Safe to use from any thread."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """`sleep` is called with the latency in seconds; tests may pass a recorder."""
        self.latency = 0.0
        self.latency_by_operation: dict[str, float] = {}
        self.quotas: dict[str, int] = dict.fromkeys(GOOGLE_QUOTAS, GENEROUS)
        self.batch_read_units = BATCH_READ_UNITS
        self.verify_answers = False
        self.sever_opener = False
        self.sign_in_refusal: SignInRefusal | None = None
        self._sleep = sleep
        self._faults: list[Fault] = []
        self._windows: dict[tuple[str, str], _Window] = {}
        self._calls: deque[CallRecord] = deque(maxlen=100_000)
        self._counter: Counter[str] = Counter()
        self._charged: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, object]:
        """The dials; what was counted and recorded ends with the process."""
        fresh = Controls()
        counted = ("_windows", "_calls", "_counter", "_charged")
        return {**vars(self), **{name: vars(fresh)[name] for name in counted}}

    def wait(self, operation: str) -> None:
        """Sleep for the latency of `operation`.

        The last matching glob of `latency_by_operation`, else `latency`.
        """
        seconds = self.latency
        for pattern, override in list(self.latency_by_operation.items()):
            if fnmatchcase(operation, pattern):
                seconds = override
        if seconds > 0:
            self._sleep(seconds)

    def use_google_quotas(self) -> None:
        """Set every metric to the number seen at Google."""
        self.quotas.update(GOOGLE_QUOTAS)

    def use_generous_quotas(self) -> None:
        """Lift every limit."""
        self.quotas.update(dict.fromkeys(self.quotas, GENEROUS))

    def spend(self, metric: str, spender: str, units: int, now: datetime) -> bool:
        """Charge `units` of `metric` over its sliding span; False, charging nothing, when over the limit."""
        with self._lock:
            window = self._windows.setdefault((metric, spender), _Window())
            span = SPANS.get(metric, timedelta(minutes=1))
            while window.spent and window.spent[0][0] <= now - span:
                window.total -= window.spent.popleft()[1]
            if window.total + units > self.quotas.get(metric, GENEROUS):
                return False
            window.spent.append((now, units))
            window.total += units
            self._charged[metric] += units
            return True

    def plan(self, fault: Fault) -> Fault:
        """Add a fault behind those already planned."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def faults(self) -> list[Fault]:
        """The faults still planned."""
        with self._lock:
            return list(self._faults)

    def clear_faults(self) -> None:
        """Forget every planned fault."""
        with self._lock:
            self._faults.clear()

    def take(self, operation: str, when: When, account: str | None = None) -> Fault | None:
        """The first planned fault that strikes this call now, used up by one; None when there is none."""
        with self._lock:
            for fault in self._faults:
                if not fault.matches(operation, when, account):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                return fault
        return None

    def record(self, call: CallRecord) -> None:
        """Note a finished call."""
        with self._lock:
            self._calls.append(call)
            self._counter[call.operation] += 1

    def calls(self, pattern: str = "*") -> list[CallRecord]:
        """The newest 100,000 calls whose operation matches `pattern`, oldest first."""
        with self._lock:
            return [call for call in self._calls if fnmatchcase(call.operation, pattern)]

    def count(self, pattern: str = "*") -> int:
        """How many calls were made of the operations that match `pattern` since the last `forget_calls`."""
        with self._lock:
            return sum(n for operation, n in self._counter.items() if fnmatchcase(operation, pattern))

    def charged(self, metric: str) -> int:
        """How many units of a metric were charged to anybody since the last `forget_calls`."""
        with self._lock:
            return self._charged[metric]

    def forget_calls(self) -> None:
        """Empty the record of calls and its counters."""
        with self._lock:
            self._calls.clear()
            self._counter.clear()
            self._charged.clear()
