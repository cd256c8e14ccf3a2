"""Jobs that Cloud Tasks delivers: which there are, and what happens when one fails.

A job never raises for what it can answer itself: waits are requeued under a new name, a dead grant pauses the
user, a lost race leaves the work to the winner. What is left raises, and Cloud Tasks delivers the job again
with its back-off. However a job ends, it gives back the right to write to Google.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

from crmsync import logs, tally
from crmsync.core import errors
from crmsync.core.account import Problem, User
from crmsync.core.model import R, Resource
from crmsync.core.pair.canon import Canon
from crmsync.core.scope import DEFAULT_ACCOUNT, DEFAULT_TENANT, Scope
from crmsync.engine.account import disconnect
from crmsync.engine.deps import Deps
from crmsync.engine.imports import importing, undoing
from crmsync.engine.ports import GoogleSession, Remote
from crmsync.engine.requests import request_sync, resync_due
from crmsync.engine.run.lease import LeaseHeld, Yield, refuse_held
from crmsync.engine.run.ledger import Ledger
from crmsync.engine.run.run import Run
from crmsync.engine.sessions import account_key, open_session
from crmsync.engine.sides import CalendarSide, ContactsSide
from crmsync.engine.sync import Synced, sync
from crmsync.engine.users import change_user
from crmsync.store.ports import Conflicted, Superseded

__all__ = ["UnknownJob", "request_sync", "resync_due", "run"]

log = logging.getLogger(__name__)

RACE_WAIT = 2.0
LEASE_WAIT = 4.0
LEASE_WAIT_MOST = 16.0
"""Seconds between two looks at a lease that another job holds: most end within seconds."""
BACKOFF_FIRST = 15.0
BACKOFF_LAST = 3600.0
TOKEN_REASONS = frozenset(("token_rejected", "token_expired"))
"""The gateway's words for an access token that no longer holds."""
PATIENCE = 60.0
"""A wait longer than this, in seconds, is shown to the user."""


class UnknownJob(Exception):
    """No such job, or a payload of the wrong shape."""


def run(deps: Deps, job: str, payload: Mapping[str, Any]) -> None:
    """Runs one delivered job to its end or to its next pause.

    Safe to run twice. Raises UnknownJob, and what only a redelivery can mend.
    """
    handler = HANDLERS.get(job)
    if handler is None:
        raise UnknownJob(job)
    handler(deps, payload)


def _sync(deps: Deps, payload: Mapping[str, Any]) -> None:
    scope, resource, reason = _scope(payload), _resource(payload), _text(payload, "reason")
    logs.add(resource=resource, reason=reason[: logs.LONGEST_TEXT])
    user = deps.store.user(scope)
    connection = user.connection if user else None
    if (
        user is None
        or connection is None
        or connection.state != "active"
        or resource not in connection.scopes
    ):
        return
    again = dict(payload)
    fresh = again.pop("fresh", False) is True
    ledger = Ledger(deps.store, deps.clock, user, resource, deps.new_id(), reason)
    logs.add(run=ledger.run)
    try:
        # Before anything is read at Google: a commit beside one who writes there would overtake the writer.
        refuse_held(ledger.state, deps.clock.now(), None)
        session = open_session(deps, user, fresh=fresh)
        if session is None:
            raise errors.GrantDead("no_grant")
        wait = _perform(deps, ledger, session)
    except (Superseded, Conflicted) as lost:
        tally.ended("overtaken")
        log.info("overtaken", extra={"why": str(lost)})
        _give_back(deps, ledger)
        _requeue(deps, again, RACE_WAIT)
    except LeaseHeld as held:
        tally.ended("lease_held")
        _follow_up(deps, again, held)
    except Yield:
        tally.ended("unfinished")
        _release(deps, ledger)
        _requeue(deps, again, 0.0)
    except errors.SyncError as error:
        _answer(deps, user, resource, again, ledger, error, fresh=fresh)
    except Exception:
        _give_back(deps, ledger)
        raise
    else:
        if wait is not None:
            _requeue(deps, again, wait)


def _perform(deps: Deps, ledger: Ledger, session: GoogleSession) -> float | None:
    """The sync of the ledger's resource; answers as `sync` does."""
    canon = deps.canon(ledger.user.settings.region)
    if ledger.resource == "contacts":
        return _synced(deps, ledger, session, canon, ContactsSide(canon), session.contacts())
    calendar_id = ledger.state.calendar_id
    return _synced(
        deps, ledger, session, canon, CalendarSide(canon, calendar_id), session.calendar(calendar_id)
    )


def _synced(
    deps: Deps, ledger: Ledger, session: GoogleSession, canon: Canon, side: Synced[R], remote: Remote[R]
) -> float | None:
    now = deps.clock.now()
    return sync(Run(ledger.run, ledger.reason, now, deps, session, side, remote, canon, ledger), side)


def _answer(
    deps: Deps,
    user: User,
    resource: Resource,
    again: dict[str, Any],
    ledger: Ledger,
    error: errors.SyncError,
    *,
    fresh: bool,
) -> None:
    """What each failure at Google leads to."""
    tally.ended("failed")
    log.warning("sync failed", extra={"error": type(error).__name__, "code": error.reason})
    state = user.resource(resource)
    if isinstance(error, errors.GrantDead):
        _pause(deps, user, None)
    elif not fresh and (isinstance(error, errors.ScopeMissing) or error.reason in TOKEN_REASONS):
        # The cached access token may be older than what the user has allowed, or taken back, since.
        _release(deps, ledger)
        _requeue(deps, again | {"fresh": True}, 0.0)
    elif isinstance(error, errors.ScopeMissing):
        _pause(deps, user, resource)
    elif isinstance(error, errors.RateLimited):
        problem = SLOWED if error.retry_after > PATIENCE else None
        until = deps.clock.now() + timedelta(seconds=error.retry_after)
        _release(deps, ledger, phase="waiting", problem=problem, paused_until=until)
        _requeue(deps, again, error.retry_after)
    elif isinstance(error, errors.Unavailable):
        failures = state.failures + 1
        wait = _backoff(failures)
        _release(deps, ledger, failures=failures, problem=UNREACHABLE if failures >= 3 else None)
        _requeue(deps, again, wait)
    elif isinstance(error, errors.NotFound) and resource == "calendar":
        _release(deps, ledger, phase="idle", requested_at=None, problem=CALENDAR_GONE)
    else:
        _release(deps, ledger, phase="idle", requested_at=None, problem=_unexpected(error))


def _release(deps: Deps, ledger: Ledger, **state: Any) -> None:
    """Gives the lease back and notes how the job ended; of one that was overtaken only the lease matters."""
    try:
        ledger.refresh()
        state |= ledger.freed()
        if state:
            ledger.commit(**state)
    except (Superseded, Conflicted):
        log.info("overtaken while ending")
        _give_back(deps, ledger)


def _give_back(deps: Deps, ledger: Ledger) -> None:
    """Gives the lease back of a job that can commit nothing any more; no call of it is under way.

    The fence stays as it is: whoever holds it goes on.
    """
    holder, resource = ledger.run, ledger.resource

    def freed(user: User) -> dict[str, Any] | None:
        state = user.resource(resource)
        return (
            {resource: replace(state, lease_by=None, lease_until=None)} if state.lease_by == holder else None
        )

    change_user(deps, ledger.user.scope, freed)


def _pause(deps: Deps, user: User, missing: Resource | None) -> None:
    """The user has to act: the connection rests (or only the part that is not allowed). Links stay.

    Nothing changes when the user has acted meanwhile: it is this connection that failed, not a newer one.
    """
    failed = user.connection
    assert failed is not None
    deps.google.forget(account_key(user.scope, failed.sub))

    def paused(current: User) -> dict[str, Any] | None:
        if current.connection != failed:
            return None
        if missing is None:
            connection = replace(failed, state="dead")
        else:
            connection = replace(failed, scopes=failed.scopes - {missing})
        parts: dict[str, Any] = {"connection": connection}
        resting: tuple[Resource, ...] = ("contacts", "calendar") if missing is None else (missing,)
        for name in resting:
            state = current.resource(name)
            parts[name] = replace(
                state, phase="idle", requested_at=None, lease_by=None, lease_until=None, rev=state.rev + 1
            )
        return parts

    change_user(deps, user.scope, paused)


def _backoff(failures: int) -> float:
    """How long to wait after so many transient failures in a row, in seconds."""
    return min(BACKOFF_FIRST * 2.0 ** min(failures - 1, 10), BACKOFF_LAST)


def _follow_up(deps: Deps, payload: dict[str, Any], held: LeaseHeld) -> None:
    """Looks again when the writer may have ended: one job does, however many meet the same lease.

    What they were to bring, that one finds: it begins after the lease has ended, and they before.
    """
    looks = int(payload.get("looks", 0)) if payload.get("held") == held.lease else 0
    name = f"{_scope(payload).name}-{payload['resource']}-after-{held.lease}-{looks}"
    again = payload | {"held": held.lease, "looks": looks + 1}
    wait = min(held.wait, LEASE_WAIT * 2.0 ** min(looks, 10), LEASE_WAIT_MOST)
    deps.queue.enqueue("sync", again, name=name, delay=wait, scheduled=payload.get("reason") == "schedule")


def _requeue(deps: Deps, payload: dict[str, Any], wait: float) -> None:
    """Queues the job again; requests for the same moment fall together."""
    at = int(deps.clock.now().timestamp() + wait)
    scheduled = payload.get("reason") == "schedule"
    name = f"{_scope(payload).name}-{payload['resource']}-again-{at}-{deps.new_id() if wait == 0 else ''}"
    deps.queue.enqueue("sync", payload, name=name, delay=wait, scheduled=scheduled)


def _import(deps: Deps, payload: Mapping[str, Any]) -> None:
    scope, import_id = _scope(payload), _text(payload, "id")
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
        failures = int(payload.get("failures", 0)) + 1
        deps.queue.enqueue("import", {**payload, "failures": failures}, delay=_backoff(failures))


def _undo(deps: Deps, payload: Mapping[str, Any]) -> None:
    scope, import_id = _scope(payload), _text(payload, "id")
    logs.add(run=undoing.run_id(import_id))
    undoing.perform(deps, scope, import_id, int(payload.get("waited", 0)))


def _disconnect(deps: Deps, payload: Mapping[str, Any]) -> None:
    google: Literal["keep", "delete"] = "delete" if payload.get("google_copies") == "delete" else "keep"
    crm: Literal["keep", "archive"] = "archive" if payload.get("crm_copies") == "archive" else "keep"
    disconnect.perform(deps, _scope(payload), google, crm)


def _resync(deps: Deps, payload: Mapping[str, Any]) -> None:
    part = payload.get("part")
    if type(part) is not int:
        raise UnknownJob("payload lacks part")
    resync_due(deps, _text(payload, "tick"), part)


def _scope(payload: Mapping[str, Any]) -> Scope:
    """Whose job it is, as `Scope.payload` told it."""
    tenant = _text(payload, "tenant") if "tenant" in payload else DEFAULT_TENANT
    account = _text(payload, "account") if "account" in payload else DEFAULT_ACCOUNT
    return Scope(tenant, _text(payload, "uid"), account)


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or not value:
        raise UnknownJob(f"payload lacks {name}")
    return value


def _resource(payload: Mapping[str, Any]) -> Resource:
    value = payload.get("resource")
    if value == "contacts":
        return "contacts"
    if value == "calendar":
        return "calendar"
    raise UnknownJob("payload lacks resource")


def _unexpected(error: errors.SyncError) -> Problem:
    return Problem(error.reason, "Google refuses the sync. The people who run your CRM have to look into it.")


SLOWED = Problem("rate_limited", "Google asks us to wait. The sync goes on by itself.", "wait")
CALENDAR_GONE = Problem(
    "calendar_gone", "The chosen Google calendar can no longer be found. Choose another one.", "settings"
)
UNREACHABLE = Problem("unavailable", "Google does not answer at the moment. We keep trying.", "wait")
HANDLERS: Mapping[str, Callable[[Deps, Mapping[str, Any]], None]] = {
    "sync": _sync,
    "import": _import,
    "undo": _undo,
    "disconnect": _disconnect,
    "resync": _resync,
}
