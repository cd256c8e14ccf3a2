"""A connection that rests until the user acts, or until a key opens its grant again."""

from dataclasses import replace
from typing import Any

from crmsync import logs
from crmsync.core.account import Connection, ResourceState, User
from crmsync.core.due import due_still
from crmsync.core.model import Resource
from crmsync.engine.deps import Deps
from crmsync.engine.frame.answers import Answer
from crmsync.engine.sessions import account_key
from crmsync.engine.users import change_user


def rest(deps: Deps, user: User, answer: Answer) -> None:
    """The user's connection rests, or only the part that is not allowed any more. Links and grant stay.

    When the user has acted meanwhile nothing does: it is this connection that failed, not a newer one.
    """
    failed, missing = user.connection, answer.missing
    assert failed is not None
    deps.google.forget(account_key(user.scope, failed.sub))
    resting: tuple[Resource, ...] = ("contacts", "calendar") if missing is None else (missing,)
    rests = (
        replace(failed, state="dead", locked=answer.locked)
        if missing is None
        else replace(failed, scopes=failed.scopes - {missing})
    )

    def paused(current: User) -> dict[str, Any] | None:
        if current.connection != failed or rests == failed:
            return None
        states = {name: current.resource(name) for name in resting}
        due = due_still(replace(current, connection=rests))
        parts = {"connection": rests, "next_due_at": due}
        return parts | {name: _rested(state) for name, state in states.items()}

    change_user(deps, user.scope, paused)


def rise(deps: Deps, user: User) -> None:
    """A connection that was locked lives again: its grant was opened. Of a newer one nothing is touched."""
    locked = user.connection
    if locked is None or not locked.locked:
        return

    def living(current: User) -> dict[str, Connection] | None:
        if current.connection != locked:
            return None
        return {"connection": replace(locked, state="active", locked=False)}

    change_user(deps, user.scope, living)
    logs.event("connection lives again")


def _rested(state: ResourceState) -> ResourceState:
    """Nothing is at work, asked for or waited for; running jobs are overtaken."""
    return replace(
        state,
        rev=state.rev + 1,
        phase="idle",
        requested_at=None,
        lease_by=None,
        lease_until=None,
        failures=0,
        problem=None,
        paused_until=None,
    )
