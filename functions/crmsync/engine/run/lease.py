"""The right to write to Google for one user and resource, and how long a job may work."""

from datetime import datetime, timedelta

from crmsync.core.account import ResourceState

JOB_TIME = timedelta(minutes=6)
"""A job starts no new step after this; the function's own deadline is 9 minutes: a step in flight can end."""
CALL_TIME = timedelta(minutes=2)
"""Longer than one call to Google can take."""
LEASE_TIME = timedelta(minutes=10)
"""Longer than any function can live: when a lease has run out, no call of its holder can still arrive."""


class Yield(Exception):
    """The job's time is up: what it did is committed; go on in a new job."""


class LeaseHeld(Exception):
    """Another job is writing to Google for this user and resource, for `wait` seconds at most.

    lease: names the lease; that a job has renewed is another one.
    """

    def __init__(self, lease: str, wait: float) -> None:
        super().__init__("lease held")
        self.lease = lease
        self.wait = wait


def refuse_held(state: ResourceState, now: datetime, holder: str | None) -> None:
    """Raises LeaseHeld while somebody else than `holder` holds the lease."""
    by, until = state.lease_by, state.lease_until
    if by is not None and until is not None and until > now and by != holder:
        raise LeaseHeld(f"{by}-{until.timestamp():.0f}", (until - now).total_seconds())


def refuse_late(started: datetime, now: datetime) -> None:
    """Raises Yield when a job that began then may start no new step."""
    if now - started > JOB_TIME:
        raise Yield
