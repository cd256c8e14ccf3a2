"""The simulated Google's own messages, over HTTP, at the door that takes them."""

import hashlib
from datetime import timedelta

from crmsync.core.account import PushChannel
from local.google.calendar.push import PushHub
from local.runner import LocalSystem, Options


def test_each_of_googles_messages_is_understood_by_its_headers_alone() -> None:
    with LocalSystem(Options(store="memory", seed="empty")) as system:
        world = system.google
        assert world is not None
        account = world.add_account("ann@gmail.example", "Ann")
        hub, store = world.push, system.store
        hub.coalesce = False
        expires = world.clock.now() + timedelta(days=1)
        digest = hashlib.sha256(b"secret").hexdigest()
        store.put_channel(PushChannel("known", "ann", "primary", None, digest, expires))
        body = {"type": "web_hook", "address": f"{system.url}/hooks/calendar", "token": "secret"}
        for id in ("known", "stranger"):
            hub.watch(
                body | {"id": id}, account=account.sub, client_id="c", project="p", calendar_id="primary"
            )

        def answered(count: int) -> bool:
            return hub.wait_for(lambda hub: len(hub.deliveries) == count)

        assert answered(2)
        named = store.channel("known")
        assert named is not None
        assert named.resource_id == hub.channels()[0].resource_id, "the first message told it"
        hub.changed(account.sub, "primary")
        assert answered(4)
        hub.changed(account.sub, "primary", "not_exists")
        assert answered(6)
        assert statuses(hub, "known") == {"sync": 204, "exists": 204, "not_exists": 204}
        assert statuses(hub, "stranger") == {"sync": 404, "exists": 404, "not_exists": 404}


def statuses(hub: PushHub, channel_id: str) -> dict[str, int]:
    """How the door answered each kind of message of a channel."""
    mine = [one for one in hub.deliveries if one.notification.channel_id == channel_id]
    return {one.notification.state: one.status for one in mine}
