"""Google's calendar push notifications: headers only, no signature.

Verified by channel id, resource id and token.
"""

import secrets
from datetime import datetime

from crmsync.core.account import PushChannel
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
    if channel is None or not _is_told_by(channel, resource_id, token, deps.clock.now()):
        return False
    if channel.resource_id is None:
        deps.store.name_channel(channel.id, resource_id)
    if state != "sync":
        request_sync(deps, channel.scope, "push", frozenset(("calendar",)))
    return True


def _is_told_by(channel: PushChannel, resource_id: str, token: str, now: datetime) -> bool:
    """Whether a message is the channel's own, and the channel has not ended."""
    right = secrets.compare_digest(channels.digest(token), channel.token_digest)
    same = channel.resource_id is None or channel.resource_id == resource_id
    return right and same and channel.expires_at is not None and channel.expires_at > now
