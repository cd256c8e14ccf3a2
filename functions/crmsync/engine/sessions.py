"""Opening Google as a user: from a cached access token when there is one, otherwise by the stored grant.

A grant that is used is sealed with the newest key from then on.
"""

from contextlib import suppress

from crmsync.core.account import Grant, User
from crmsync.core.scope import Scope
from crmsync.engine import seals
from crmsync.engine.deps import Deps
from crmsync.engine.ports import GoogleSession
from crmsync.store.ports import StoreError


def account_key(scope: Scope, sub: str) -> str:
    """What access tokens are cached by: the CRM user with this very Google account, so that a process which
    has not heard of a change of account cannot go on with the old one's token.
    """
    return f"{scope.tenant}:{scope.name}:{sub}"


def open_session(deps: Deps, user: User, *, fresh: bool = False) -> GoogleSession | None:
    """Google as the connected user; None without connection or grant. Raises GrantDead.

    fresh: do not trust a cached access token (its scopes may be older than the grant).
    """
    if user.connection is None:
        return None
    key = account_key(user.scope, user.connection.sub)
    if fresh:
        deps.google.forget(key)
    else:
        session = deps.google.session(key, None)
        if session is not None:
            return session
    grant = deps.store.grant(user.scope)
    if grant is None or grant.sub != user.connection.sub:
        return None
    session = deps.google.session(key, grant.token)
    # Whether that gets done or not, the user's work goes on; a job does it else.
    with suppress(StoreError):
        seals.renew(deps, grant)
    return session


def session_of(deps: Deps, grant: Grant) -> GoogleSession | None:
    """Google by a stored grant, also after the connection ended."""
    return deps.google.session(account_key(grant.scope, grant.sub), grant.token)
