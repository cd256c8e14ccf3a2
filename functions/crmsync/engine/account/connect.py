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
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from crmsync.core.account import Connection, Grant, OAuthState, ResourceState, User, Watch
from crmsync.core.due import stands
from crmsync.core.errors import GrantDead, Misconfigured, SyncError
from crmsync.core.model import Permission, Resource
from crmsync.core.scope import Scope
from crmsync.engine.account import attempts, channels, grants
from crmsync.engine.deps import Deps
from crmsync.engine.ports import GrantedAccess
from crmsync.engine.requests import request_sync
from crmsync.engine.schedule import asked
from crmsync.engine.sessions import account_key, session_of
from crmsync.engine.users import change_user, user_of
from crmsync.store.ports import PutImport, Write

log = logging.getLogger(__name__)

ATTEMPT_LIFETIME = timedelta(minutes=10)
MOST_ATTEMPTS = 10
"""Attempts of a user that may be open at a time: none is used up but by coming back from Google."""
BOTH: frozenset[Resource] = frozenset(("contacts", "calendar"))

Kind = Literal[
    "granted",
    "connected",
    "partial",
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

    granted: it waits for `confirm`. other_account: that, and starts afresh. missing: parts that were asked
    for and not granted. pending: the id that `confirm` takes.
    """

    kind: Kind
    missing: frozenset[Resource] = frozenset()
    email: str | None = None
    pending: str | None = None


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
    connection = user.connection if user else None
    # A refresh token holds what was allowed when it was given out: for more than that a new one is needed.
    enough = connection is not None and connection.state == "active" and permissions <= connection.scopes
    url = deps.google.authorization_url(
        state=attempt.state,
        verifier=attempt.verifier,
        scopes=permissions,
        login_hint=connection.email if connection else None,
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

    afresh: also when it is another account than before, whose links are then forgotten; CRM records stay.
    """
    id = attempts.name_of(pending)
    offered = grants.find(deps, id)
    if offered is None or offered.taken or offered.scope != scope:
        return Outcome("expired")
    user = user_of(deps, scope)
    other = _is_other(user, offered.grant)
    if other and not afresh:
        return Outcome("other_account", email=offered.email, pending=pending)
    if (offered := grants.take(deps, id)) is None:
        return Outcome("expired")
    if other:
        _leave(deps, user)
    outcome = _activate(deps, offered.grant, offered.email, offered.scopes)
    deps.store.drop_offer(id)
    return outcome


def _leave(deps: Deps, user: User) -> None:
    """Forgets the account before: what it was in step with, its channels, its grant."""
    scope = user.scope
    change_user(
        deps,
        scope,
        lambda current: {"connection": None, **_next(current), **_fresh_states(current)},
        lambda current: _imports_over(deps, current),
    )
    old = deps.store.grant(scope)
    if old is not None and old.sub == user.previous_sub:
        _stop_channels(deps, old)
        deps.store.let_go(old)
        grants.discard(deps, replace(old, holder=""))
    channels.close_all(deps, scope, None)
    deps.store.clear_sync_state(scope)


def _stop_channels(deps: Deps, grant: Grant) -> None:
    """Ends the push channels of an account that is left; what cannot be stopped ends with its expiry."""
    with suppress(SyncError):
        session = session_of(deps, grant)
        if session is not None:
            channels.close_all(deps, grant.scope, session)


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


def _activate(deps: Deps, grant: Grant, email: str, wanted: frozenset[Resource]) -> Outcome:
    deps.google.forget(account_key(grant.scope, grant.sub))
    deps.store.put_grant(grant)
    now = deps.clock.now()

    def connected(user: User) -> dict[str, Any]:
        since = user.connection.since if user.connection and user.connection.sub == grant.sub else now
        parts: dict[str, Any] = {
            "connection": Connection(grant.sub, email, grant.scopes, since, allowed_at=now),
            "previous_sub": grant.sub,
            "next_due_at": now,
            "asked": tuple(each for each in user.asked if each.kind != "disconnect"),
            "stalls": {},
            **({} if _is_same(user, grant) else _next(user)),
        }
        for resource in grant.scopes:
            state = replace(user.resource(resource), problem=None, failures=0, paused_until=None)
            parts[resource] = replace(state, phase="waiting", requested_at=now)
        if "calendar" in parts and not _went_on(user, grant):
            # A channel ends with its grant, whatever its expiry says.
            parts["calendar"] = replace(parts["calendar"], watch=Watch())
        return parts

    change_user(deps, grant.scope, connected)
    request_sync(deps, grant.scope, "connect")
    missing = wanted - grant.scopes
    return Outcome("partial" if missing else "connected", missing=missing, email=email)


def _next(user: User) -> dict[str, Any]:
    """Another connection, or none: what is queued for the one before ends."""
    return {"generation": user.generation + 1}


def _is_same(user: User, grant: Grant) -> bool:
    """Whether the living connection goes on, with more allowed perhaps: jobs at work need not stop."""
    was = user.connection
    return was is not None and was.state == "active" and was.sub == grant.sub


def _went_on(user: User, grant: Grant) -> bool:
    """Whether the calendar was in step with this account until now, and so its channel still tells."""
    was = user.connection
    return was is not None and _is_same(user, grant) and "calendar" in was.scopes


def _fresh_states(user: User) -> dict[str, Any]:
    """Cursors forgotten; `rev` moves on, so that jobs of the old account can no longer commit."""
    return {
        "contacts": ResourceState(rev=user.contacts.rev + 1),
        "calendar": ResourceState(rev=user.calendar.rev + 1),
        "rounds": replace(user.rounds, running=None),
        "asked": tuple(each for each in user.asked if each.kind == "undo"),
    }


def _imports_over(deps: Deps, user: User) -> list[Write]:
    """The rows of an import that is at work are those of the old account."""
    runs = [deps.store.import_run(user.scope, each.id) for each in user.asked if each.kind == "import"]
    return [PutImport(replace(run, state="finished")) for run in runs if run is not None]


def disconnect(
    deps: Deps, scope: Scope, google_copies: Literal["keep", "delete"], crm_copies: Literal["keep", "archive"]
) -> None:
    """Ends the connection at once and queues the clean-up; repeatable, also with other choices.

    Links stay, so that the same account resumes later.
    """
    user = deps.store.user(scope)
    if user is None or (user.connection is None and deps.store.grant(scope) is None):
        return
    leave = asked.new(deps, "disconnect", deps.new_id(), google_copies=google_copies, crm_copies=crm_copies)

    def ended(current: User) -> dict[str, Any]:
        parts: dict[str, Any] = {"connection": None, "stalls": {}, **_next(current)}
        parts |= stands(replace(current, next_due_at=None), leave)
        for resource in ("contacts", "calendar"):
            state = current.resource(resource)
            parts[resource] = replace(
                state,
                rev=state.rev + 1,
                # What is taken back from Google has to go there again when the user connects anew.
                local=None if google_copies == "delete" else state.local,
                phase="idle",
                lease_until=None,
                lease_by=None,
                page_token=None,
                listing_full=False,
                requested_at=None,
                problem=None,
                failures=0,
                paused_until=None,
                watch=Watch(),
            )
        if crm_copies == "archive":
            # Events whose copies go into the archive come in again with the next connection; no incremental
            # listing shows them.
            parts["calendar"] = replace(parts["calendar"], sync_token=None)
        return parts

    asked.begin(deps, change_user(deps, scope, ended), leave)
