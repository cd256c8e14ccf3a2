"""A connection begins: with the account before, whose links it resumes, or afresh with another one."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from crmsync.core.account import Asked, Connection, Grant, Offer, ResourceState, User, Watch
from crmsync.core.departure import Departure
from crmsync.core.errors import SyncError
from crmsync.core.pair.sharing import FIRST
from crmsync.engine.account import channels, grants
from crmsync.engine.deps import Deps
from crmsync.engine.requests import request_sync
from crmsync.engine.sessions import account_key, session_of
from crmsync.engine.users import change_user
from crmsync.store.ports import DropOffer, PutGrant, PutImport, Write

OF_A_DEPARTURE = frozenset(("disconnect", "forget"))
"""What stands only while a user is gone."""


@dataclass(frozen=True, slots=True)
class Begin:
    """What a connection begins with: an offer that was taken. afresh: it is another account's, with nothing
    of the one before. told: what there is to tell of the account before.
    """

    offer: Offer
    afresh: bool = False
    told: Departure | None = None


def begin(deps: Deps, begins: Begin) -> None:
    """Connects: from here on the schedule and the button know the user, and what was queued before ends.

    Repeatable.
    """
    deps.google.forget(account_key(begins.offer.scope, begins.offer.grant.sub))
    change_user(
        deps,
        begins.offer.scope,
        lambda user: parts_of(deps, begins, user),
        lambda user: writes_of(deps, begins, user),
    )
    request_sync(deps, begins.offer.scope, "connect")


def writes_of(deps: Deps, begins: Begin, user: User) -> list[Write]:
    """What is written in the same commit."""
    over = imports_over(deps, user) if begins.afresh else []
    return [PutGrant(begins.offer.grant), DropOffer(begins.offer.id), *over]


def parts_of(deps: Deps, begins: Begin, user: User) -> dict[str, Any]:
    """The parts of the user document that say so."""
    grant, now = begins.offer.grant, deps.clock.now()
    since = user.connection.since if user.connection and user.connection.sub == grant.sub else now
    before = {name: user.resource(name) for name in ("contacts", "calendar")}
    parts: dict[str, Any] = {
        "connection": Connection(grant.sub, begins.offer.email, grant.scopes, since, allowed_at=now),
        "previous_sub": grant.sub,
        "next_due_at": now,
        "departure": begins.told,
        "asked": _without(user.asked, *OF_A_DEPARTURE),
        "stalls": {},
        **({} if _is_same(user, grant) else next_generation(user)),
    }
    if begins.afresh:
        parts |= fresh(user)
        before = {name: parts[name] for name in before}
    for resource in grant.scopes:
        state = replace(before[resource], problem=None, failures=0, paused_until=None)
        parts[resource] = replace(state, phase="waiting", requested_at=now)
    if user.previous_sub is None and not user.settings.ways_chosen:
        parts["settings"] = user.settings.changed({"ways": FIRST})
    if "calendar" in grant.scopes and not _went_on(user, grant):
        # A channel ends with its grant, whatever its expiry says.
        parts["calendar"] = replace(parts["calendar"], watch=Watch())
    return parts


def forget(deps: Deps, user: User) -> None:
    """Forgets the account before at once: what it was in step with, its channels, its grant."""
    scope = user.scope
    now = change_user(
        deps,
        scope,
        lambda current: {"connection": None, "departure": None, **next_generation(current), **fresh(current)},
        lambda current: imports_over(deps, current),
    )
    old = deps.store.grant(scope)
    if old is not None and old.sub == user.previous_sub:
        _stop_channels(deps, old)
        deps.store.let_go(old)
        grants.discard(deps, replace(old, holder=""))
    clear(deps, now)


def clear(deps: Deps, user: User) -> None:
    """Deletes what is kept of an account that is left for another, while the user is as they are known.

    Raises Superseded.
    """
    channels.close_all(deps, user.scope, None)
    deps.store.clear_sync_state(user.scope, user.generation)


def next_generation(user: User) -> dict[str, Any]:
    """Another connection, or none: what is queued for the one before ends."""
    return {"generation": user.generation + 1}


def fresh(user: User) -> dict[str, Any]:
    """Cursors forgotten; `rev` moves on, so that jobs of the old account can no longer commit."""
    return {
        "contacts": ResourceState(rev=user.contacts.rev + 1),
        "calendar": ResourceState(rev=user.calendar.rev + 1),
        "rounds": replace(user.rounds, running=None),
        "asked": _without(user.asked, "import", *OF_A_DEPARTURE),
    }


def imports_over(deps: Deps, user: User) -> list[Write]:
    """The rows of an import that is at work are those of the old account."""
    runs = [deps.store.import_run(user.scope, each.id) for each in user.asked if each.kind == "import"]
    return [PutImport(replace(run, state="finished")) for run in runs if run is not None]


def _without(asked: tuple[Asked, ...], *kinds: str) -> tuple[Asked, ...]:
    return tuple(each for each in asked if each.kind not in kinds)


def _stop_channels(deps: Deps, grant: Grant) -> None:
    """Ends the push channels of an account that is left; what cannot be stopped ends with its expiry."""
    with suppress(SyncError):
        session = session_of(deps, grant)
        if session is not None:
            channels.close_all(deps, grant.scope, session)


def _is_same(user: User, grant: Grant) -> bool:
    """Whether the living connection goes on, with more allowed perhaps: jobs at work need not stop."""
    was = user.connection
    return was is not None and was.state == "active" and was.sub == grant.sub


def _went_on(user: User, grant: Grant) -> bool:
    """Whether the calendar was in step with this account until now, and so its channel still tells."""
    was = user.connection
    return was is not None and _is_same(user, grant) and "calendar" in was.scopes
