"""Connecting and disconnecting a Google account.

The authorization attempt is a one-time `OAuthState`, bound to the CRM user, to the browser (digest of a
cookie) and to the PKCE verifier. A callback that fails any of these changes nothing. What Google then grants
waits for the person who began: only they take it, from a window that acts for them, for whoever sits at
Google's pages may be somebody else by then. What nobody takes is withdrawn. Reconnecting the same account
(same `sub`) resumes its links; another one starts afresh, and only after the user has said so.
"""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from crmsync.core.account import Asked, Grant, OAuthState, Offer, User, Watch
from crmsync.core.departure import CrmCopies, Departure, GoogleCopies
from crmsync.core.due import stands
from crmsync.core.errors import GrantDead, Misconfigured, SyncError
from crmsync.core.model import Permission, Resource
from crmsync.core.scope import Scope
from crmsync.engine.account import attempts, connection, forgetting, grants
from crmsync.engine.deps import Deps
from crmsync.engine.ports import GrantedAccess
from crmsync.engine.schedule import asked
from crmsync.engine.users import change_user, user_of

log = logging.getLogger(__name__)

ATTEMPT_LIFETIME = timedelta(minutes=10)
MOST_ATTEMPTS = 10
"""Attempts of a user that may be open at a time: none is used up but by coming back from Google."""
BOTH: frozenset[Resource] = frozenset(("contacts", "calendar"))

WAITS = timedelta(hours=1)
"""So long after a clean-up has to have ended an account that waits for it may still be connected."""

Kind = Literal[
    "granted",
    "connected",
    "partial",
    "waiting",
    "denied",
    "policy",
    "internal",
    "setup",
    "expired",
    "failed",
    "other_account",
]
"""policy: the account's administrator refuses. internal: our client is for one organisation, and the account
is of another. setup: Google refuses our client, whoever asks. failed: a fault that may pass."""

REFUSALS: Mapping[str, Kind] = {
    "access_denied": "denied",
    "admin_policy_enforced": "policy",
    "org_internal": "internal",
    **dict.fromkeys(
        (
            "deleted_client",
            "disabled_client",
            "invalid_client",
            "invalid_request",
            "invalid_scope",
            "redirect_uri_mismatch",
            "unauthorized_client",
            "unsupported_response_type",
        ),
        "setup",
    ),
}
"""Google's words for a refusal, in its redirect; any other is a fault that may pass (`server_error`, …)."""


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt that has begun: where to send the browser, and the id by which `confirm` takes its grant."""

    url: str
    offer: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an authorization attempt ended.

    granted: it waits for `confirm`. other_account: that, and starts afresh. waiting: it is connected when the
    account before is cleaned up, at `until` at the latest. missing: parts that were asked for and not
    granted. pending: the id that `confirm` takes. ended_clean_up: whether a clean-up that was at work after a
    disconnect has been ended: what it has not deleted yet stays.
    """

    kind: Kind
    missing: frozenset[Resource] = frozenset()
    email: str | None = None
    pending: str | None = None
    until: datetime | None = None
    ended_clean_up: bool = False


class TooManyAttempts(Exception):
    """Too many attempts of the user are open. retry_after: until the oldest is over."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("too many attempts")
        self.retry_after = retry_after


def begin(deps: Deps, scope: Scope, permissions: frozenset[Permission], binding: str) -> Begun:
    """Starts an authorization attempt.

    binding: SHA-256 (hex) of the browser's cookie. What was allowed before stays allowed. Raises
    TooManyAttempts.
    """
    _limit(deps, scope)
    scopes = frozenset(resource for resource in BOTH if resource in permissions)
    user = deps.store.user(scope)
    attempt = OAuthState(
        state=deps.new_id(),
        uid=scope.uid,
        tenant=scope.tenant,
        account=scope.account,
        binding=binding,
        verifier=secrets.token_urlsafe(64),
        scopes=scopes,
        expires_at=deps.clock.now() + ATTEMPT_LIFETIME,
    )
    attempts.keep(deps, attempt)
    before = user.connection if user else None
    # A refresh token holds what was allowed when it was given out: for more than that a new one is needed.
    enough = before is not None and before.state == "active" and permissions <= before.scopes
    url = deps.google.authorization_url(
        state=attempt.state,
        verifier=attempt.verifier,
        scopes=permissions,
        login_hint=before.email if before else None,
        force_consent=not (enough and deps.store.grant(scope) is not None),
    )
    return Begun(url, attempts.offer_of(attempt.state))


def _limit(deps: Deps, scope: Scope) -> None:
    """The attempts themselves are what is counted, so that the limit costs a query and no write."""
    now = deps.clock.now()
    open = deps.store.open_oauth_states(scope, now, MOST_ATTEMPTS)
    if len(open) == MOST_ATTEMPTS:
        raise TooManyAttempts(open[0].expires_at - now)


def complete(
    deps: Deps, *, state: str | None, code: str | None, error: str | None, binding: str | None
) -> Outcome:
    """Ends an authorization attempt with what Google's redirect carried.

    Never raises for what a browser or user can do.
    """
    attempt = _take(deps, state, binding)
    if attempt is None:
        return Outcome("expired")
    if error is not None or not code:
        return _refused(attempt, REFUSALS.get(error or "", "failed"), error)
    try:
        access = deps.google.exchange(code, attempt.verifier)
    except GrantDead:
        return Outcome("expired")
    except Misconfigured as refused:
        return _refused(attempt, "setup", refused.reason)
    except SyncError:
        return Outcome("failed")
    grant = _granted(deps, attempt.scope, access)
    if not access.scopes:
        if grant is not None:
            grants.discard(deps, grant)
        return Outcome("denied", missing=attempt.scopes, email=access.email)
    if grant is None:
        return Outcome("failed", email=access.email)
    return _offer(deps, attempt, grant, access.email)


def _refused(attempt: OAuthState, kind: Kind, word: str | None) -> Outcome:
    if kind == "setup":
        log.error("client refused", extra={"code": word})
    return Outcome(kind, missing=attempt.scopes)


def _granted(deps: Deps, scope: Scope, access: GrantedAccess) -> Grant | None:
    """The grant to keep; None when Google sent no refresh token and none of this account is known."""
    if access.refresh_token is not None:
        sealed, key = deps.vault.seal(access.refresh_token), deps.vault.key
    else:
        known = deps.store.grant(scope)
        if known is None or known.sub != access.sub:
            return None
        sealed, key = known.token, known.key
    holder = deps.google.holder(access.sub)
    return Grant(
        scope.uid,
        access.sub,
        sealed,
        access.scopes,
        scope.tenant,
        scope.account,
        holder,
        key,
        deps.new_id(),
    )


def _offer(deps: Deps, attempt: OAuthState, grant: Grant, email: str) -> Outcome:
    """Keeps what Google granted for the person who began, for as long as an attempt lasts."""
    pending = attempts.offer_of(attempt.state)
    grants.offer(deps, attempts.name_of(pending), grant, email, attempt.scopes)
    other = _is_other(user_of(deps, attempt.scope), grant)
    kind: Kind = "other_account" if other else "granted"
    return Outcome(kind, missing=attempt.scopes - grant.scopes, email=email, pending=pending)


def _is_other(user: User, grant: Grant) -> bool:
    return user.previous_sub is not None and user.previous_sub != grant.sub


def confirm(deps: Deps, scope: Scope, pending: str, *, afresh: bool = False) -> Outcome:
    """The person who began takes what Google granted.

    afresh: also when it is another account than before, whose links are then forgotten; CRM records stay. A
    clean-up that is at work is ended by the same account; another one waits for it.
    """
    id = attempts.name_of(pending)
    offered = grants.find(deps, id)
    if offered is None or offered.taken or offered.scope != scope:
        return Outcome("expired")
    user = user_of(deps, scope)
    other = _is_other(user, offered.grant)
    if other and not afresh:
        return Outcome("other_account", email=offered.email, pending=pending)
    if other and user.departure is not None and user.departure.cleans:
        return _wait(deps, scope, id, user.departure)
    if (offered := grants.take(deps, id)) is None:
        return Outcome("expired")
    if other:
        connection.forget(deps, user)
    return _connect(deps, user, offered)


def _connect(deps: Deps, user: User, offered: Offer) -> Outcome:
    """user: as they were before."""
    before, grant = user.departure, offered.grant
    connection.begin(deps, connection.Begin(offered))
    if before is not None and before.next:
        grants.release(deps, before.next)
    missing = offered.scopes - grant.scopes
    ended = before is not None and before.cleans
    return Outcome(
        "partial" if missing else "connected", missing=missing, email=offered.email, ended_clean_up=ended
    )


def _wait(deps: Deps, scope: Scope, id: str, departure: Departure) -> Outcome:
    """Another account waits until the one before is cleaned up: its grant is needed for that, and goes then.

    The clean-up may end meanwhile; then it is connected at once.
    """
    taken = grants.take(deps, id, max(departure.deadline, deps.clock.now()) + WAITS)
    if taken is None:
        return Outcome("expired")
    released: list[str] = []

    def waiting(user: User) -> dict[str, Any] | None:
        now = user.departure
        if now is None or not now.cleans:
            return None
        released[:] = [now.next] if now.next else []
        return {"departure": replace(now, next=taken.id, next_email=taken.email)}

    user = change_user(deps, scope, waiting)
    if user.departure is None or user.departure.next != taken.id:
        connection.forget(deps, user)
        return _connect(deps, user, taken)
    for id in released:
        grants.release(deps, id)
    return Outcome("waiting", email=taken.email, until=departure.deadline)


def _take(deps: Deps, state: str | None, binding: str | None) -> OAuthState | None:
    """The attempt, used up, when it exists, is fresh, and was begun by this very browser."""
    if not state or not binding:
        return None
    attempt = attempts.find(deps, state)
    if attempt is None or not secrets.compare_digest(attempt.binding, binding):
        return None
    attempt = attempts.take(deps, state)
    if attempt is None or attempt.expires_at <= deps.clock.now():
        return None
    return attempt


def _has_something_to_leave(deps: Deps, user: User) -> bool:
    return user.connection is not None or _waits(user) or deps.store.grant(user.scope) is not None


def disconnect(
    deps: Deps, scope: Scope, google_copies: GoogleCopies, crm_copies: CrmCopies
) -> datetime | None:
    """Ends the connection at once and queues the clean-up; repeatable, also with other choices.

    Links stay, so that the same account resumes later. A sync that is at work keeps its lease, for a call of
    it may be under way: the clean-up waits for that. Answers when it is over at the latest; None where there
    is nothing to leave.
    """
    user = deps.store.user(scope)
    if user is None or not _has_something_to_leave(deps, user):
        return None
    id, now = deps.new_id(), deps.clock.now()
    made: list[tuple[Asked, str]] = []

    def ended(current: User) -> dict[str, Any]:
        was = current.departure
        again = was if was is not None and was.ended_at is None else None
        sub = current.connection.sub if current.connection else current.previous_sub
        departure = Departure(
            id,
            current.generation + 1,
            current.connection.email if current.connection else again.email if again else "",
            deps.google.holder(sub or ""),
            again.since if again else now,
            google_copies,
            crm_copies,
            again.gone if again else {},
            wrote=current.calendar.lease_by is not None or (again is not None and again.wrote),
        )
        leave = asked.new(deps, "disconnect", id, ends=departure.stops_at)
        made[:] = [(leave, was.next if was else "")]
        parts: dict[str, Any] = {"connection": None, "stalls": {}, **connection.next_generation(current)}
        parts |= {"departure": departure, **stands(replace(current, next_due_at=None), leave)}
        if current.erasing is None and not any(each.kind == "forget" for each in current.asked):
            later = asked.later(deps, "forget", id, forgetting.WAIT)
            parts |= stands(replace(current, asked=parts["asked"], next_due_at=parts["next_due_at"]), later)
        for resource in ("contacts", "calendar"):
            state = current.resource(resource)
            parts[resource] = replace(
                state,
                rev=state.rev + 1,
                # What is taken back from Google has to go there again when the user connects anew.
                local=None if google_copies == "delete" else state.local,
                phase="idle",
                page_token=None,
                listing_full=False,
                requested_at=None,
                problem=None,
                failures=0,
                paused_until=None,
                watch=Watch(),
            )
        if crm_copies == "archive":
            # Events whose copies go into the archive come in again with the next connection, and contacts are
            # asked about; no incremental listing shows them.
            parts |= {name: replace(parts[name], sync_token=None) for name in ("contacts", "calendar")}
        return parts

    user = change_user(deps, scope, ended)
    [(leave, waited)] = made
    asked.begin(deps, user, leave)
    if waited:
        grants.release(deps, waited)
    return user.departure.deadline if user.departure else None


def _waits(user: User) -> bool:
    return user.departure is not None and bool(user.departure.next)
