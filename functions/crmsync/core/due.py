"""When the schedule looks at a user, and what for.

Two things bring it: the resources, each looked at once an interval unless it rests or is told to wait, and
what the user asked for whose job has given no sign of life for long (`Asked`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from crmsync.core.account import Asked, AskedKind, ResourceState, User
from crmsync.core.model import Resource

SYNC_INTERVAL = timedelta(minutes=15)
"""How often the schedule looks at a user, ± 25 %."""
HEARD_INTERVAL = timedelta(minutes=30)
"""How often it looks at a calendar whose changes Google announces: now and then Google forgets one."""
LONG_WAIT = SYNC_INTERVAL
"""A wait as long as this is the schedule's alone; for a shorter one a job has a follow-up queued."""
SILENCE = timedelta(minutes=10)
"""How long the job of what was asked may be silent: longer than any function can live."""
_DOUBLED = 5
"""How often that time doubles while a job is queued again and again and never ends."""
_LATE = timedelta(minutes=2)
"""So much later than it was queued for a job may begin."""
_APART = timedelta(minutes=5)
"""Over this time those are spread whom a long wait has let go."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a user leads to: syncs, and jobs of what was asked, queued under their new turns.

    parts: those of the user document that claim it; who has committed them, and nobody else, queues.
    """

    user: User
    resources: tuple[Resource, ...]
    asked: tuple[Asked, ...]
    parts: Mapping[str, Any]

    @property
    def undone(self) -> Mapping[str, Any]:
        """The same parts as they were before, but for turns: a task may have been queued although it seemed
        to fail, and its turn, and so its name, is not used again.
        """
        before = {name: getattr(self.user, name) for name in self.parts}
        if self.asked:
            due = self.user.next_due_at
            before["asked"] = tuple(
                replace(each, look_at=due) if each in self.asked else each for each in self.parts["asked"]
            )
        return before


def look(user: User, now: datetime) -> Look:
    """What is to be queued for a user who is due, and when the next look is."""
    chance = _chance(user)
    resources = tuple(sorted(each for each in _living(user) if not _may_pass(user.resource(each), now)))
    overdue = tuple(each for each in user.asked if is_overdue(user, each, now))
    again = tuple(queued_again(each, now) for each in overdue)
    asked = tuple(again[overdue.index(each)] if each in overdue else each for each in user.asked)
    parts: dict[str, Any] = {"next_due_at": _next_due(replace(user, asked=asked), now, chance)}
    if overdue:
        parts["asked"] = asked
    if "calendar" in resources and user.calendar.watch.hears(now):
        watch = replace(user.calendar.watch, poll_at=now + HEARD_INTERVAL * (0.75 + 0.5 * chance))
        parts["calendar"] = replace(user.calendar, watch=watch)
    return Look(user, resources, again, parts)


def stands(user: User, asked: Asked) -> dict[str, Any]:
    """The parts of the user document with which this stands there, in place of another of its kind."""
    others = tuple(each for each in user.asked if each.kind != asked.kind)
    due = asked.look_at if user.next_due_at is None else min(user.next_due_at, asked.look_at)
    return {"asked": (*others, asked), "next_due_at": due}


def found(user: User, kind: AskedKind, id: str) -> Asked | None:
    """This one, if it stands."""
    return next((each for each in user.asked if (each.kind, each.id) == (kind, id)), None)


def done(user: User, kind: AskedKind, id: str) -> dict[str, Any]:
    """The parts of the user document once it is done; empty when it did not stand there.

    Whom no connection brings the schedule again, only what else is asked for does.
    """
    gone = found(user, kind, id)
    if gone is None:
        return {}
    asked = tuple(each for each in user.asked if each != gone)
    return {"asked": asked, "next_due_at": due_still(replace(user, asked=asked))}


def due_still(user: User) -> datetime | None:
    """When the schedule looks, now that there may be less for it: not at all without a living connection, but
    for what is asked for.
    """
    looks = [_look_at(user, each) for each in user.asked]
    return user.next_due_at if _living(user) else min(looks, default=None)


def is_overdue(user: User, asked: Asked, now: datetime) -> bool:
    """Whether its job counts as gone: it gave no sign of life, and does not wait for a moment to come."""
    return _look_at(user, asked) <= now


def done_of(user: User, before: User, kind: AskedKind) -> dict[str, Any] | None:
    """The same for what of this kind stood there before; None when another stands there now, or nothing."""
    return next((done(user, kind, each.id) or None for each in before.asked if each.kind == kind), None)


def queued_again(asked: Asked, now: datetime) -> Asked:
    """The same with its next turn.

    Whose job never ends is tried more and more rarely, until its time is over.
    """
    turn = asked.turn + 1
    look_at = now + SILENCE * 2 ** min(turn - 1, _DOUBLED)
    if asked.ends is not None:
        look_at = min(look_at, max(asked.ends, now + SILENCE))
    return replace(asked, turn=turn, look_at=look_at)


def _look_at(user: User, asked: Asked) -> datetime:
    until = asked.until(user.stalls.get(asked.kind))
    return asked.look_at if until is None else max(asked.look_at, until + _LATE)


def _living(user: User) -> frozenset[Resource]:
    """What is synced at all: nothing without a connection, or with one whose grant is dead for good; nothing
    that is paused.
    """
    connection = user.connection
    return user.synced if connection is not None and connection.is_tried else frozenset()


def _waits_until(state: ResourceState, now: datetime) -> datetime | None:
    until = state.paused_until
    return until if until is not None and until > now else None


def _may_pass(state: ResourceState, now: datetime) -> bool:
    """Whether the schedule may pass a resource over: it is told to wait, or whatever changes is announced and
    it was looked at lately.
    """
    if _waits_until(state, now) is not None:
        return True
    watch = state.watch
    due = watch.due_at is None or watch.due_at <= now or watch.poll_at is None or watch.poll_at <= now
    return watch.hears(now) and not due and not _owes(state)


def _owes(state: ResourceState) -> bool:
    """Whether a sync was asked for, has begun, or has work of which no announcement tells."""
    asked = state.requested_at is not None or state.decided_at is not None
    return asked or state.phase != "idle" or state.leaving is not None or state.problem is not None


def _next_due(user: User, now: datetime, chance: float) -> datetime | None:
    looks = [_look_at(user, each) for each in user.asked]
    regular = now + SYNC_INTERVAL * (0.75 + 0.5 * chance)
    for resource in _living(user):
        until = _waits_until(user.resource(resource), now)
        looks.append(regular if until is None or until <= regular else until + _APART * chance)
    return min(looks, default=None)


def _chance(user: User) -> float:
    """A number in [0, 1) that looks random, another for each look at each user."""
    told = f"{user.scope.name}\0{user.next_due_at}"
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:4]) / 2**32
