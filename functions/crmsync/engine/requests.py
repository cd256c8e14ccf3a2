"""Asking for a sync: at login, by a click, after a change, on Google's push, on the schedule."""

import hashlib
import math
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from crmsync.core.account import ResourceState, User
from crmsync.core.model import Resource
from crmsync.core.scope import Scope
from crmsync.core.shown.pace import paced
from crmsync.engine.deps import Deps
from crmsync.engine.payload import Payload, about_sync, scope_of
from crmsync.engine.users import change_user
from crmsync.store.ports import Conflicted, PutUser

Reason = Literal["login", "manual", "change", "connect", "push", "schedule"]

SYNC_INTERVAL = timedelta(minutes=15)
HEARD_INTERVAL = timedelta(minutes=30)
"""How often the schedule looks at a calendar whose changes Google announces: now and then it forgets one."""
DUE_PAGE = 200
PASS_TIME = timedelta(seconds=30)
"""After this a pass over the users who are due begins no new page: the next pass goes on."""
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
    answers it.
    """
    user = deps.store.user(scope)
    if user is None or user.connection is None or user.connection.state != "active":
        return
    wanted = user.connection.scopes if resources is None else user.connection.scopes & resources
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
            queue_asked(deps, about_sync(user, resource, reason), resource, asked_at(state.rev, now))


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


def resync_due(deps: Deps, tick: str, part: int = 0) -> int:
    """Queues a sync for users whose time has come and gives each the next time, spread by ±25 %; answers how
    many. What one short pass does not reach is left to a next one, which it queues.

    tick: constant over retries of one scheduler run, so that a repeated tick queues nothing twice (tasks are
    named by it). part: which pass of the tick this is.
    """
    queued = 0
    now = deps.clock.now()
    while True:
        users = deps.store.due_users(now, DUE_PAGE)
        for user in users:
            queued += _queue_due(deps, user, tick)
        if len(users) < DUE_PAGE:
            return queued
        if deps.clock.now() - now >= PASS_TIME:
            following = {"tick": tick, "part": part + 1}
            deps.queue.enqueue("resync", following, name=f"resync-{tick}-{part + 1}", scheduled=True)
            return queued


def _queue_due(deps: Deps, user: User, tick: str) -> int:
    assert user.connection is not None
    now = deps.clock.now()
    spread = 0.75 + 0.5 * _spread(user.scope.name, tick)
    wanted = user.connection.scopes - ({"calendar"} if _may_rest(user.calendar, now) else set())
    for resource in sorted(wanted):
        payload = about_sync(user, resource, "schedule")
        deps.queue.enqueue("sync", payload, name=f"{user.scope.name}-{resource}-tick-{tick}", scheduled=True)

    def looked(current: User) -> dict[str, Any] | None:
        if current.connection is None:
            return None
        parts: dict[str, Any] = {"next_due_at": now + SYNC_INTERVAL * spread}
        if "calendar" in wanted and current.calendar.watch.hears(now):
            watch = replace(current.calendar.watch, poll_at=now + HEARD_INTERVAL * spread)
            parts["calendar"] = replace(current.calendar, watch=watch)
        return parts

    try:
        deps.store.commit(user.scope, [PutUser(looked(user) or {})], expect_user=user.version)
    except Conflicted:
        change_user(deps, user.scope, looked)
    return 1


def _may_rest(calendar: ResourceState, now: datetime) -> bool:
    """Whether the schedule may pass the calendar over: what changes is announced, and it was looked at."""
    watch = calendar.watch
    due = watch.due_at is None or watch.due_at <= now or watch.poll_at is None or watch.poll_at <= now
    return watch.hears(now) and not due and calendar.problem is None


def _spread(name: str, tick: str) -> float:
    """A number in [0, 1) that looks random and is the same at every retry."""
    return int.from_bytes(hashlib.sha256(f"{name}\0{tick}".encode()).digest()[:4]) / 2**32
