"""Jobs that Cloud Tasks delivers: which there are, and what happens when one fails."""

from collections.abc import Mapping
from typing import Any

from crmsync.engine.deps import Deps
from crmsync.engine.requests import request_sync, resync_due

__all__ = ["UnknownJob", "request_sync", "resync_due", "run"]


class UnknownJob(Exception):
    """No such job, or a payload of the wrong shape."""


def run(deps: Deps, job: str, payload: Mapping[str, Any]) -> None:
    """Runs one delivered job to its end or to its next pause. Safe to run twice."""
    raise UnknownJob(job)
