"""Days of the schedule on a stage: a tick each five minutes, and what is queued runs in its time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crmsync.core.account import User
from crmsync.core.errors import Unavailable
from crmsync.engine.schedule.tick import resync_due
from tests.stage import Stage

EACH = timedelta(minutes=5)
DAY = timedelta(days=1)


@dataclass
class Day:
    """What a time with ticks has cost. waiting: the most tasks that ever waited at once. calls: without those
    for an access token.
    """

    tasks: int = 0
    waiting: int = 0
    calls: int = 0
    writes: int = 0


def pass_time(stage: Stage, span: timedelta, *, work: bool = True) -> Day:
    """Lets time pass. work: whether what is queued is delivered."""
    day = Day()
    stage.meter.reset()
    stage.world.controls.forget_calls()
    enqueue = stage.queue.enqueue

    def counted(*args: Any, **more: Any) -> bool:
        new = enqueue(*args, **more)
        day.tasks += new
        day.waiting = max(day.waiting, len(stage.queue.tasks))
        return new

    stage.queue.enqueue = counted  # type: ignore[method-assign]
    try:
        for number in range(int(span / EACH)):
            resync_due(stage.deps, f"{stage.clock.now()}-{number}")
            if work:
                stage.run_until(EACH)
            else:
                stage.clock.advance(EACH)
    finally:
        stage.queue.enqueue = enqueue  # type: ignore[method-assign]
    calls = [call for call in stage.world.controls.calls() if not call.operation.startswith("oauth.")]
    day.calls, day.writes = len(calls), stage.meter.used().writes
    return day


def user_of(stage: Stage) -> User:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user


class Unreachable:
    """A queue that takes nothing."""

    def enqueue(self, job: str, payload: Mapping[str, Any], **options: Any) -> bool:
        raise Unavailable("queue_unavailable")
