"""How things stand: for the button (`status`), and for single records (`standings`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from crmsync.core.account import User
from crmsync.core.model import R, Resource, Stored
from crmsync.core.state import CANON_VERSION, Link
from crmsync.engine.deps import Deps

State = Literal["off", "waiting", "synced", "detached", "problem"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one record stands. problem: the reason why Google or we refused it.

    off: not part of a sync. waiting: Google does not have it as it is, yet. detached: the user parted the
    two.
    """

    state: State
    problem: str | None = None


def standings(
    deps: Deps, user: User, resource: Resource, items: Sequence[Stored[R]]
) -> Mapping[str, Standing]:
    """Where each of these records stands, by id.

    It follows from comparing content with the link's digests, as in the sync itself.
    """
    connected = user.connection is not None and resource in user.connection.scopes
    links = deps.store.links_of(user.uid, resource, [item.id for item in items]) if items else {}
    return {item.id: _standing(deps, user, resource, item, links.get(item.id), connected) for item in items}


def _standing(
    deps: Deps, user: User, resource: Resource, item: Stored[R], link: Link | None, connected: bool
) -> Standing:
    settings = user.settings
    pushed = settings.push_contacts if resource == "contacts" else settings.push_appointments
    if link is not None and link.state == "quarantined":
        return Standing("problem", link.problem)
    if link is not None and link.state == "detached":
        return Standing("detached")
    if not connected or (link is None and (item.archived_at is not None or not pushed)):
        return Standing("off")
    if link is None or item.archived_at is not None or link.canon_version != CANON_VERSION:
        return Standing("waiting")
    now = deps.canon(settings.region).project(item.value)
    return Standing("synced" if now == link.base.local else "waiting")
