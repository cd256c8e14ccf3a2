"""What the sync has made at Google of which no link tells: its job was overtaken, or died, before it could.

A contact carries the key of a record whose create is in doubt. An event carries its record's id, and has an
id that we derive from it; a copy that a person made of it has another.
"""

from collections.abc import Callable, Sequence

from crmsync.core.model import Appointment, Contact
from crmsync.core.pair import ids
from crmsync.core.pair.canon import Canon
from crmsync.core.state import Intent, Observation
from crmsync.engine.series.generations import GENERATIONS


def contact_in_doubt(intents: Sequence[Intent]) -> Callable[[Observation[Contact]], str | None]:
    """The key of a contact that carries the key of such a create, and of nothing else of ours."""
    named = {crm for each in intents if each.named for crm in each.crm_ids}
    bare = {crm for each in intents if not each.named for crm in each.crm_ids}

    def key_of(item: Observation[Contact]) -> str | None:
        own = set(item.keys)
        doubtful = own <= named if own else bool(bare & set(item.bare))
        return item.key if doubtful else None

    return key_of


def event_of_ours(
    canon: Canon, owner: str, calendar_id: str
) -> Callable[[Observation[Appointment]], str | None]:
    """The link key of an event that is ours by its id."""

    def key_of(item: Observation[Appointment]) -> str | None:
        if not item.own_key:
            return None
        own = (ids.event_id(canon, owner, calendar_id, item.own_key, n) for n in range(GENERATIONS))
        return ids.calendar_link_key(canon, calendar_id, item.remote_id) if item.remote_id in own else None

    return key_of
