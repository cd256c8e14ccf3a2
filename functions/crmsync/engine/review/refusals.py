"""Records that are set aside: the user may have one tried again at once, or take what Google has."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from crmsync.core.account import User
from crmsync.core.model import Resource, Stored
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.sides import crm_side
from crmsync.core.scope import Scope
from crmsync.core.state import CANON_VERSION, Base, Link
from crmsync.engine.deps import Deps
from crmsync.engine.requests import request_sync
from crmsync.engine.run import aside
from crmsync.engine.users import change_user
from crmsync.store.ports import Kind, PutLink, PutRecord, Write

Choice = Literal["again", "google"]
KINDS: Mapping[Resource, Kind] = {"contacts": "contacts", "calendar": "appointments"}


class UnknownRefusal(LookupError):
    """The user has no such record that is set aside (any more)."""


class NotPossible(ValueError):
    """What was chosen cannot be done with this record; the message is for a person."""


def choices(link: Link) -> tuple[Choice, ...]:
    """What the user may choose: Google's, where Google has it and it can be read."""
    has_google = bool(link.crm and link.remote_id and not link.stuck)
    return ("again", "google") if has_google else ("again",)


def choose(deps: Deps, scope: Scope, key: str, choice: Choice) -> None:
    """Notes the choice in the link and asks for the sync that carries it out. Repeatable.

    Raises UnknownRefusal, NotPossible.
    """
    writes: list[Write] = []
    resource = _found(deps, scope, key).resource

    def chosen(user: User) -> Mapping[str, Any]:
        link = _found(deps, scope, key)
        due = replace(link, retry_at=deps.clock.now())
        writes[:] = [PutLink(due)] if choice == "again" else _take(deps, user, due)
        return {resource: replace(user.resource(resource), retry_at=due.retry_at)}

    change_user(deps, scope, chosen, lambda _: writes)
    request_sync(deps, scope, "manual", frozenset((resource,)))


def _found(deps: Deps, scope: Scope, key: str) -> Link:
    link = deps.store.links(scope, [key]).get(key)
    if link is None or link.state != "quarantined":
        raise UnknownRefusal(key)
    return link


def _take(deps: Deps, user: User, link: Link) -> list[Write]:
    """The pair as if both sides had agreed on what the CRM says: what Google says otherwise is news, which
    the sync brings in. What was archived here comes back.
    """
    kind = KINDS[link.resource]
    stored = deps.store.records(user.scope, kind, [link.crm]).get(link.crm) if link.crm else None
    if "google" not in choices(link) or stored is None:
        raise NotPossible("Google does not have this record.")
    canon = deps.canon(user.settings.region)
    agreed = _agreed(canon, stored)
    taken = replace(
        link,
        base=Base(agreed, agreed),
        canon_version=CANON_VERSION,
        region=canon.region if link.resource == "contacts" else "",
        stuck=link.etag or "?",
        tried=aside.mark(canon, stored),
    )
    back = crm_side(canon, stored).deleted
    restored: list[Write] = [PutRecord(kind, stored.id, stored.value, stored.version, archived=False)]
    return [*(restored if back else []), PutLink(taken)]


def _agreed(canon: Canon, stored: Stored[Any]) -> Any:
    local = crm_side(canon, stored)
    return canon.project(stored.value) if local.deleted else local.projection
