"""Push channels: Google is asked to announce changes of the calendar, and asked again before that ends.

A channel is stored before Google is asked for it, so that its first message finds it known, and under a
short life, so that what a crash leaves behind counts for nothing soon. The next channel is opened before the
old one is stopped. When that is due is written in the user document: an idle job reads and asks nothing for
it. Polling goes on whatever becomes of the channels.
"""

import hashlib
import logging
import secrets
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from crmsync.core.account import PushChannel, Watch
from crmsync.core.errors import RateLimited, SyncError, Unavailable
from crmsync.core.model import R
from crmsync.core.scope import Scope
from crmsync.engine.deps import Deps
from crmsync.engine.ports import GoogleSession
from crmsync.engine.requests import request_sync
from crmsync.engine.run.run import Run
from crmsync.store.ports import Conflicted, Superseded

log = logging.getLogger(__name__)

UNNAMED = timedelta(hours=1)
"""The life of a channel whose opening was not confirmed."""
UNTOLD = timedelta(days=1)
"""The life of a channel for which Google names no end."""
MARGIN = timedelta(days=1)
"""How long before its end a channel is replaced; a third of its life when that is less."""
RETRY_FIRST = timedelta(minutes=5)
RETRY_LAST = timedelta(hours=6)


def digest(token: str) -> str:
    """What is stored of a channel's token: SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def keep(run: Run[R]) -> None:
    """Opens a channel for the calendar of this run when one is due, then stops the others.

    A failure is noted for the user and tried again, ever more seldom; it never fails the sync. Raises
    Superseded and Conflicted when the run was overtaken.
    """
    address, watch, now = run.deps.webhook_address, run.state.watch, run.now()
    if address is None or (watch.due_at is not None and now < watch.due_at):
        return
    # Claimed first: of two jobs at once the other is overtaken here, and a crash is not repeated at once.
    run.ledger.commit(watch=replace(watch, due_at=now + RETRY_FIRST))
    try:
        channel = _open(run, address)
    except SyncError as error:
        log.warning("channel refused", extra={"error": type(error).__name__, "code": error.reason})
        run.ledger.commit(watch=_failed(run, error))
        return
    try:
        run.ledger.commit(watch=_opened(run, channel))
    except (Superseded, Conflicted):
        _close(run.deps, channel, run.session)
        raise
    for other in run.store.channels_of(run.scope):
        if other.id != channel.id:
            # One that cannot be stopped now is tried again with the next, and ends by itself.
            with suppress(SyncError):
                _close(run.deps, other, run.session)
    if not watch.hears(now):
        # Nothing was announced between the listing and the opening.
        request_sync(run.deps, run.scope, "push", frozenset(("calendar",)))


def close_all(deps: Deps, scope: Scope, session: GoogleSession | None) -> None:
    """Forgets all channels of a user, and stops them at Google as long as there is a session.

    Raises what Google's door raises; those not yet forgotten are left for the next attempt.
    """
    for channel in deps.store.channels_of(scope):
        _close(deps, channel, session)


def _open(run: Run[R], address: str) -> PushChannel:
    """A channel of its own id and token, stored before and after Google is asked. Raises SyncError."""
    deps, calendar_id = run.deps, run.state.calendar_id
    token = secrets.token_urlsafe(32)
    pending = PushChannel(
        deps.new_id(),
        run.scope.uid,
        calendar_id,
        None,
        digest(token),
        run.now() + UNNAMED,
        run.scope.tenant,
        run.scope.account,
    )
    deps.store.put_channel(pending)
    try:
        resource_id, expires_at = run.session.watch(calendar_id, pending.id, token, address)
    except SyncError as error:
        if not (isinstance(error, Unavailable) and error.ambiguous):
            deps.store.drop_channel(pending.id)
        raise
    opened = replace(pending, resource_id=resource_id, expires_at=expires_at or run.now() + UNTOLD)
    deps.store.put_channel(opened)
    return opened


def _opened(run: Run[R], channel: PushChannel) -> Watch:
    assert channel.expires_at is not None
    life = channel.expires_at - run.now()
    due_at = channel.expires_at - min(MARGIN, life / 3)
    return replace(
        run.state.watch, channel=channel.id, expires_at=channel.expires_at, due_at=due_at, failures=0
    )


def _failed(run: Run[R], error: SyncError) -> Watch:
    watch = run.state.watch
    wait = min(RETRY_FIRST * 2 ** min(watch.failures, 10), RETRY_LAST)
    if isinstance(error, RateLimited):
        wait = max(wait, timedelta(seconds=error.retry_after))
    return replace(watch, due_at=run.now() + wait, failures=watch.failures + 1)


def _close(deps: Deps, channel: PushChannel, session: GoogleSession | None) -> None:
    """Stops a channel and forgets it. What comes on it from now on is unknown."""
    live = channel.expires_at is None or channel.expires_at > deps.clock.now()
    if session is not None and channel.resource_id is not None and live:
        session.stop(channel.id, channel.resource_id)
    deps.store.drop_channel(channel.id)
