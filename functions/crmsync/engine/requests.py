"""Asking for a sync: at login, by a click, after a change, on Google's push."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from crmsync import logs
from crmsync.core.account import ResourceState, User
from crmsync.core.errors import SyncError
from crmsync.core.model import Resource
from crmsync.core.scope import Scope
from crmsync.core.shown.pace import paced
from crmsync.engine.deps import Deps
from crmsync.engine.payload import Payload, about_sync, scope_of
from crmsync.engine.users import change_user

Reason = Literal["login", "manual", "change", "connect", "push", "schedule"]

SILENCE = timedelta(seconds=30)
"""A sync at work that has committed nothing for so long is not joined: it may be gone. When it is not, the
click costs a job too many."""
ASKED_ONCE = 10
"""Clicks within so many seconds ask for the same job, while none has answered."""


def request_sync(
    deps: Deps, scope: Scope, reason: Reason, resources: frozenset[Resource] | None = None
) -> None:
    """Queues one job per granted resource. Nothing happens for a user without a living connection.

    A click, a login or a new connection shows on the button at once; changes and pushes come in bursts and
    are gathered: one job at the end of the second in which they came, so that each lies before the job that
    answers it. For a change or a push a queue that takes nothing raises Unavailable.
    """
    user = deps.store.user(scope)
    if user is None or user.connection is None or user.connection.state != "active":
        return
    wanted = user.synced if resources is None else user.synced & resources
    if reason in ("login", "manual"):
        _click(deps, scope, reason, wanted)
        return
    for resource in sorted(wanted):
        payload = about_sync(user, resource, reason)
        if reason in ("change", "push"):
            moment = deps.clock.now().timestamp()
            end = math.floor(moment) + 1
            deps.queue.enqueue(
                "sync", payload, name=f"{scope.name}-{resource}-{reason}-{end}", delay=end - moment
            )
        else:
            with _survived(deps, scope):
                deps.queue.enqueue("sync", payload)


def _click(deps: Deps, scope: Scope, reason: Reason, wanted: frozenset[Resource]) -> None:
    """Marks that somebody waits, and queues what answers: a job that begins after the click.

    A sync that shows that it is at work leaves a job behind that does; all others may be gone.
    """
    now = deps.clock.now()

    def marked(user: User) -> dict[str, Any] | None:
        return {name: _marked(user.resource(name), now) for name in sorted(wanted)} or None

    user = change_user(deps, scope, marked)
    for resource in sorted(wanted):
        state = user.resource(resource)
        if not _answers(state, now):
            with _survived(deps, scope):
                queue_asked(deps, about_sync(user, resource, reason), resource, asked_at(state.rev, now))


@contextmanager
def _survived(deps: Deps, scope: Scope) -> Iterator[None]:
    """A queue that takes nothing is survived: that somebody waits stands in the state, and the schedule looks
    with its next tick.
    """
    try:
        yield
    except SyncError as error:
        logs.failure("sync not queued", error, tell=(SyncError,))
        change_user(deps, scope, lambda _: {"next_due_at": deps.clock.now()})


def queue_asked(deps: Deps, payload: Payload, resource: Resource, asked: str) -> None:
    """Queues the sync that answers a click; one is enough, whoever finds that it is wanted."""
    name = f"{scope_of(payload).name}-{resource}-{asked}"
    deps.queue.enqueue("sync", {**payload, "asked": asked}, name=name)


def asked_at(rev: int, at: datetime) -> str:
    """What the job is named by that answers a click at that time, when the resource stood at that rev.

    Whoever answered a click has committed, so the next click has another name; so has one a while later, for
    the job may be lost.
    """
    return f"asked-{rev}-{int(at.timestamp()) // ASKED_ONCE}"


def _answers(state: ResourceState, now: datetime) -> bool:
    """Whether a job that is there will answer a click: Google has said to wait and one is queued for then, or
    one is at work, to judge by its commits.
    """
    if state.paused_until is not None and state.paused_until > now:
        return state.failures == 0
    writing = state.lease_until is not None and state.lease_until > now
    working = writing or state.phase not in ("idle", "waiting")
    return working and state.changed_at is not None and now - state.changed_at < SILENCE


def _marked(state: ResourceState, now: datetime) -> ResourceState:
    """The state as the button shall show it: at work from now on."""
    if _answers(state, now):
        return replace(state, requested_at=now)
    return paced(replace(state, phase="waiting", requested_at=now, done=0, total=None), now)
