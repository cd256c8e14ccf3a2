"""Google's calendar push notifications: headers only, no signature.

Verified by channel id, resource id and token.
"""

import secrets

from crmsync.engine.account import channels
from crmsync.engine.deps import Deps
from crmsync.engine.requests import request_sync


def notified(
    deps: Deps, channel_id: str | None, resource_id: str | None, token: str | None, state: str | None
) -> bool:
    """Queues a calendar sync for the channel's user; False for anything unknown, stale or forged (nothing
    happens then).

    A `sync` message may come before the answer to `watch`, when the resource id is not known yet: it tells
    that, so that the channel can be stopped even when the answer is lost, and queues nothing. A burst queues
    one job; it does not matter which messages got lost or came twice.
    """
    if not channel_id or not resource_id or not token:
        return False
    channel = deps.store.channel(channel_id)
    if channel is None:
        return False
    if not secrets.compare_digest(channels.digest(token), channel.token_digest):
        return False
    if channel.resource_id is not None and channel.resource_id != resource_id:
        return False
    if channel.expires_at is None or channel.expires_at <= deps.clock.now():
        return False
    if channel.resource_id is None:
        deps.store.name_channel(channel.id, resource_id)
    if state != "sync":
        request_sync(deps, channel.scope, "push", frozenset(("calendar",)))
    return True
