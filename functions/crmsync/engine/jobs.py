"""Jobs that Cloud Tasks delivers: which there are.

A job never raises for what it can answer itself: waits are requeued under a new name, a dead grant pauses the
user, a lost race leaves the work to the winner. What is left raises, and Cloud Tasks delivers the job again
with its back-off. However a job ends, it gives back the right to write to Google.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from crmsync import logs, tally
from crmsync.core import errors
from crmsync.engine import sync_job
from crmsync.engine.account import disconnect
from crmsync.engine.deps import Deps
from crmsync.engine.imports import importing, undoing
from crmsync.engine.payload import Payload, UnknownJob, number_of, scope_of, text_of
from crmsync.engine.requests import request_sync, resync_due
from crmsync.engine.sessions import open_session

__all__ = ["UnknownJob", "request_sync", "resync_due", "run"]


def run(deps: Deps, job: str, payload: Payload) -> None:
    """Runs one delivered job to its end or to its next pause.

    Safe to run twice. Raises UnknownJob, and what only a redelivery can mend.
    """
    handler = HANDLERS.get(job)
    if handler is None:
        raise UnknownJob(job)
    handler(deps, payload)


def _import(deps: Deps, payload: Payload) -> None:
    scope, import_id = scope_of(payload), text_of(payload, "id")
    logs.add(run=import_id)
    user = deps.store.user(scope)
    if user is None:
        return
    try:
        session = open_session(deps, user)
        importing.perform(deps, user, import_id, session)
    except (errors.GrantDead, errors.ScopeMissing):
        importing.perform(deps, user, import_id, None)
    except errors.RateLimited as limited:
        tally.ended("failed")
        deps.queue.enqueue("import", dict(payload), delay=limited.retry_after)
    except errors.Unavailable:
        tally.ended("failed")
        failures = number_of(payload, "failures") + 1
        deps.queue.enqueue("import", {**payload, "failures": failures}, delay=sync_job.backoff(failures))


def _undo(deps: Deps, payload: Payload) -> None:
    scope, import_id = scope_of(payload), text_of(payload, "id")
    logs.add(run=undoing.run_id(import_id))
    undoing.perform(deps, scope, import_id, number_of(payload, "waited"))


def _disconnect(deps: Deps, payload: Payload) -> None:
    google: Literal["keep", "delete"] = "delete" if payload.get("google_copies") == "delete" else "keep"
    crm: Literal["keep", "archive"] = "archive" if payload.get("crm_copies") == "archive" else "keep"
    disconnect.perform(deps, scope_of(payload), google, crm)


def _resync(deps: Deps, payload: Payload) -> None:
    part = payload.get("part")
    if type(part) is not int:
        raise UnknownJob("payload lacks part")
    resync_due(deps, text_of(payload, "tick"), part)


HANDLERS: Mapping[str, Callable[[Deps, Payload], None]] = {
    "sync": sync_job.run,
    "import": _import,
    "undo": _undo,
    "disconnect": _disconnect,
    "resync": _resync,
}
