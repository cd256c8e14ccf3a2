"""What the user asked for and a job of its own carries out: an import, its undoing, a disconnect.

It stands in the user's document from the commit that begins it to the commit that ends it. A task is only
how it gets done: one that the queue did not take, or lost, is queued again by the schedule, or when the user
looks. Each time it gets a new turn, and a job of an older turn stops, so that there is one line of jobs.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from crmsync import logs
from crmsync.core.account import Asked, AskedKind, User
from crmsync.core.due import SILENCE, found, is_overdue, queued_again, stands
from crmsync.core.errors import SyncError
from crmsync.core.scope import Scope
from crmsync.engine.deps import Deps
from crmsync.engine.payload import Payload, about, number_of, text_of
from crmsync.engine.run.lease import CALL_TIME, JOB_TIME
from crmsync.engine.users import change_user
from crmsync.store.ports import StoreError

AFTER_AN_OUTAGE = timedelta(seconds=20)
"""So long after the queue took nothing it is asked again, if somebody looks; else by the next tick."""


def new(deps: Deps, kind: AskedKind, id: str, **more: Any) -> Asked:
    """Something that is asked for now; `stands` has the parts that put it into the document.

    more: other fields of `Asked`.
    """
    now = deps.clock.now()
    return Asked(kind, id, now, now + SILENCE, **more)


def later(deps: Deps, kind: AskedKind, id: str, wait: timedelta) -> Asked:
    """Something that is to be done after a wait: the schedule queues it then."""
    now = deps.clock.now()
    return Asked(kind, id, now, now + wait)


def begin(deps: Deps, user: User, asked: Asked) -> None:
    """Queues the job of what the user has just asked for, and stands already; somebody waits for it."""
    _queue_or_leave(deps, user, asked, urgent=True)


def queue(deps: Deps, user: User, asked: Asked, *, urgent: bool = False) -> None:
    """Queues its job, once a turn. urgent: somebody waits for it. Raises Unavailable."""
    told = about(user, id=asked.id, turn=asked.turn) | ({"asked": True} if urgent else {})
    name = f"{user.scope.name}-{asked.kind}-{asked.id}-turn-{asked.turn}"
    deps.queue.enqueue(asked.kind, told, name=name)


def revive(deps: Deps, scope: Scope, user: User | None = None) -> None:
    """Queues what has been silent for too long, as the schedule would. user: their document, when at hand."""
    now = deps.clock.now()
    overdue: list[Asked] = []

    def again(current: User) -> dict[str, Any] | None:
        overdue[:] = [queued_again(each, now) for each in current.asked if is_overdue(current, each, now)]
        kept = [each for each in current.asked if not is_overdue(current, each, now)]
        return {"asked": (*kept, *overdue)} if overdue else None

    if user is None or again(user) is not None:
        user = change_user(deps, scope, again)
    for each in overdue:
        _queue_or_leave(deps, user, each, urgent=False)


def holds(user: User, kind: AskedKind, payload: Payload) -> bool:
    """Whether a delivered job has something to carry out: it is not done, and no other job has its turn."""
    asked = found(user, kind, text_of(payload, "id"))
    return asked is not None and asked.turn == number_of(payload, "turn")


def show_life(deps: Deps, user: User, kind: AskedKind) -> None:
    """Says in the document that a job is at work on it, unless the time to look is far enough off."""
    now = deps.clock.now()
    for asked in user.asked:
        if asked.kind == kind and asked.look_at - now < JOB_TIME + CALL_TIME:
            _move(deps, user.scope, replace(asked, look_at=now + SILENCE))


def _queue_or_leave(deps: Deps, user: User, asked: Asked, *, urgent: bool) -> None:
    """A queue that takes nothing is survived: the schedule finds what stands."""
    try:
        queue(deps, user, asked, urgent=urgent)
    except SyncError as error:
        logs.failure(f"{asked.kind} not queued", error, tell=(SyncError,))
        with suppress(StoreError):
            _move(deps, user.scope, replace(asked, look_at=deps.clock.now() + AFTER_AN_OUTAGE))


def _move(deps: Deps, scope: Scope, asked: Asked) -> None:
    """Another time to look, if it stands still and nobody else has its turn."""

    def moved(user: User) -> dict[str, Any] | None:
        standing = found(user, asked.kind, asked.id)
        return stands(user, asked) if standing is not None and standing.turn == asked.turn else None

    change_user(deps, scope, moved)
