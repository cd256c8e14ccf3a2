"""What goes wrong around a job: a queue that fails or loses tasks, a token endpoint that refuses, a record
that nobody expected.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Literal
from unittest.mock import patch

from google.auth.exceptions import RefreshError, TransportError

from crmsync.core.errors import SyncError, Unavailable
from crmsync.core.model import Resource
from crmsync.core.pair.canon import Canon
from crmsync.gateway import errors, events, people, people_update
from tests.stage import StageQueue

TokenFault = Literal[
    "outage", "unreachable", "invalid_client", "unauthorized_client", "invalid_grant", "rapt_required"
]
TOKEN_FAULTS: tuple[TokenFault, ...] = (
    "outage", "unreachable", "invalid_client", "unauthorized_client", "invalid_grant", "rapt_required",
)  # fmt: skip
_ANSWERS: Mapping[str, Mapping[str, str]] = {
    "outage": {"error": "internal_failure"},
    "invalid_client": {"error": "invalid_client"},
    "unauthorized_client": {"error": "unauthorized_client"},
    "invalid_grant": {"error": "invalid_grant"},
    "rapt_required": {"error": "invalid_grant", "error_subtype": "rapt_required"},
}
DEAD = frozenset(("invalid_grant", "rapt_required"))
"""After these the user has to connect again."""

Step = Literal["read", "decide", "write"]
STEPS: tuple[Step, ...] = ("read", "decide", "write")


def refused(fault: TokenFault) -> SyncError:
    """What the gateway makes of a refresh that fails in this way."""
    if fault == "unreachable":
        try:
            raise TransportError("nobody answers")  # type: ignore[no-untyped-call]
        except TransportError:
            return Unavailable("refresh_failed")
    return errors.from_refresh(RefreshError("refused", _ANSWERS[fault]))  # type: ignore[no-untyped-call]


class BrittleQueue:
    """The queue as jobs see it, which cannot be reached now and then."""

    def __init__(self, inner: StageQueue, at_work: Callable[[], bool]) -> None:
        """at_work: whether it is a job that queues. What people do is let through."""
        self.inner = inner
        self.failures = 0
        self.lost = 0
        """Tasks that are gone, or were never queued: the schedule has to find what they were for."""
        self._at_work = at_work

    def enqueue(self, job: str, payload: Mapping[str, Any], **options: Any) -> bool:
        if self.failures and self._at_work():
            self.failures -= 1
            self.lost += 1
            raise Unavailable("queue_unavailable", "ServiceUnavailable")
        return self.inner.enqueue(job, payload, **options)

    def loses(self, which: int) -> None:
        """A task is gone: purged, or given up after its last attempt."""
        found = list(self.inner.tasks)
        if found:
            self.lost += 1
            self.inner.tasks.remove(found[which % len(found)])
            heapq.heapify(self.inner.tasks)


class Unexpected(Exception):
    """What a defect raises, at one record."""


class Poison:
    """A record at which a step of the sync raises what nobody expected, as long as it says a certain text."""

    def __init__(self) -> None:
        self.word: str | None = None
        self.struck = 0
        self._patches = ExitStack()

    def put(self, word: str, step: Step, resource: Resource) -> None:
        """From now on the step raises at the record that says this word. One poison at a time."""
        self.lift()
        self.word = word
        for place, name in _places(step, resource):
            self._patches.enter_context(patch.object(place, name, self._raising(getattr(place, name))))

    def lift(self) -> None:
        """The defect is mended."""
        self.word = None
        self._patches.close()

    def _raising(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def taken(*given: Any, **options: Any) -> Any:
            if self.word is not None and any(self.word in str(value) for value in given):
                self.struck += 1
                raise Unexpected(self.word)
            return step(*given, **options)

        return taken


def _places(step: Step, resource: Resource) -> Sequence[tuple[Any, str]]:
    if step == "decide":
        return [(Canon, "project")]
    if resource == "contacts":
        reads = [(people, "observation"), (people_update, "observation")]
        writes = [(people, "new_person"), (people_update, "changed_person")]
    else:
        reads = [(events, "observation")]
        writes = [(events, "new_event"), (events, "changed_event")]
    every = reads if step == "read" else writes
    return [(place, name) for place, name in every if hasattr(place, name)]
