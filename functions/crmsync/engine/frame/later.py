"""When a job comes back, and under which name.

A task's name is taken for about an hour, whatever became of the task. So a name holds the moment for which
the job is queued, always later than that of the job that asks: two that ask for the same moment leave one
task, and none asks for a name that has had its day.
"""

import math
from datetime import datetime

from crmsync.engine.payload import Payload
from crmsync.engine.run.lease import LEASE_TIME, LeaseHeld

LOOKS = (4, 8, 16, 32)
"""Seconds of a lease's life after which it is looked at again: most end within seconds."""
LOOK_EVERY = 16
"""And later, so often."""


def due(payload: Payload) -> float:
    """For which moment this job was queued, as a timestamp; 0 when it was for at once."""
    value = payload.get("due")
    return float(value) if isinstance(value, int | float) else 0.0


def moment(now: datetime, wait: float, payload: Payload) -> int:
    """The moment, as a timestamp, for which a job is queued that is to come back in so many seconds."""
    # To the microsecond, which a sum of floats misses: two that reckon one moment from different ones agree.
    return max(math.ceil(round(now.timestamp() + wait, 6)), math.floor(due(payload)) + 1)


def next_look(held: LeaseHeld, payload: Payload) -> int:
    """At which second of the lease's life it is looked at again: the same for all that meet it now, and later
    than the look that this job is.
    """
    age = LEASE_TIME.total_seconds() - held.wait
    looked = payload.get("look")
    if payload.get("held") == held.lease and isinstance(looked, int):
        age = max(age, looked)
    after = next((look for look in LOOKS if look > age), None)
    if after is None:
        after = (math.floor(age / LOOK_EVERY) + 1) * LOOK_EVERY
    end = math.ceil(LEASE_TIME.total_seconds())
    return min(after, end) if age < end else after


def until_look(held: LeaseHeld, look: int) -> float:
    """Seconds until that second of the lease's life."""
    return max(held.wait - LEASE_TIME.total_seconds() + look, 0.0)
