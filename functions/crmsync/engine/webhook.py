"""Google's calendar push notifications: headers only, no signature.

Verified by channel id, resource id and token.
"""

import hashlib
import secrets

from crmsync.engine.deps import Deps
from crmsync.engine.requests import request_sync


def notified(
    deps: Deps, channel_id: str | None, resource_id: str | None, token: str | None, state: str | None
) -> bool:
    """Queues a calendar sync for the channel's user; False for anything unknown, stale or forged (nothing
    happens then).

    A `sync` message may come before the answer to `watch`, when the resource id is not known yet; it is
    accepted and queues nothing.
    """
    if not channel_id or not token:
        return False
    channel = deps.store.channel(channel_id)
    if channel is None:
        return False
    digest = hashlib.sha256(token.encode()).hexdigest()
    if not secrets.compare_digest(digest, channel.token_digest):
        return False
    if channel.resource_id is not None and channel.resource_id != resource_id:
        return False
    if channel.expires_at is not None and channel.expires_at <= deps.clock.now():
        return False
    if state != "sync":
        request_sync(deps, channel.uid, "push", frozenset(("calendar",)))
    return True
