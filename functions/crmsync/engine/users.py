"""Changing a user document from outside a job, without treading on one."""

from collections.abc import Callable, Mapping
from typing import Any

from crmsync.core.account import User
from crmsync.core.scope import Scope
from crmsync.engine.deps import Deps
from crmsync.engine.run.attempts import attempts
from crmsync.store.ports import Conflicted, PutUser, StoreUnavailable, Write

ATTEMPTS = 8


def user_of(deps: Deps, scope: Scope) -> User:
    """The user as the document says, or one of whom nothing is kept yet."""
    return deps.store.user(scope) or User.unknown(scope)


def change_user(
    deps: Deps,
    scope: Scope,
    change: Callable[[User], Mapping[str, Any] | None],
    writes: Callable[[User], list[Write]] = lambda user: [],
) -> User:
    """Reads the user, asks `change` for the parts to replace, and commits them under the version read; again
    when it moved.

    `change` may answer None to leave everything as it is. `writes` adds further writes to the same commit.
    Answers the user as it then is. Raises StoreUnavailable when the document never stands still.
    """
    for _ in attempts(ATTEMPTS):
        user = user_of(deps, scope)
        parts = change(user)
        if parts is None:
            return user
        try:
            done = deps.store.commit(scope, [PutUser(parts), *writes(user)], expect_user=user.version)
        except Conflicted:
            continue
        return done.user or user
    raise StoreUnavailable(f"user document kept changing ({ATTEMPTS} attempts)")
