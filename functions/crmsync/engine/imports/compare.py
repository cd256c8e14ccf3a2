"""A row of the import sheet beside the CRM contact that it may be: what *same person* would do to each field.

The contact is read at Google at that moment, as the import will; nothing is written.
"""

from dataclasses import dataclass
from typing import Any, Literal

from crmsync.core import fields
from crmsync.core.account import User
from crmsync.core.errors import GrantDead, ScopeMissing
from crmsync.core.pair.decide import decide
from crmsync.core.pair.plan import Rules, Seen
from crmsync.core.scope import Scope
from crmsync.core.state import Claim
from crmsync.engine.deps import Deps
from crmsync.engine.sessions import open_session

Changes = Literal["none", "crm", "google", "both"]


class NothingToCompare(Exception):
    """There is no such pair; `why` says what is missing."""

    def __init__(self, why: Literal["row", "match", "contact", "google", "connection"]) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Compared:
    """One field, as JSON-like data on either side and after. changes: which side would be written.

    conflict: the sides differ and one value wins; the other is kept for the user to pick.
    """

    field: str
    crm: Any
    google: Any
    after: Any
    changes: Changes
    conflict: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """A row and its match. already_linked: the CRM contact is in step with another Google contact, so that
    *same person* changes nothing on either side.
    """

    match: Claim
    already_linked: bool
    fields: tuple[Compared, ...]


def compare(deps: Deps, scope: Scope, key: str) -> Comparison:
    """Compares a row with its match; fields that are blank on both sides are left out.

    Raises NothingToCompare, and what reading at Google may raise.
    """
    user = deps.store.user(scope) or User.unknown(scope)
    row = deps.store.candidates(scope, [key]).get(key)
    if row is None or row.status != "open":
        raise NothingToCompare("row")
    if row.match is None:
        raise NothingToCompare("match")
    stored = deps.store.contact(scope, row.match.crm)
    if stored is None or stored.archived_at is not None:
        raise NothingToCompare("contact")
    try:
        session = open_session(deps, user)
        if session is None:
            raise NothingToCompare("connection")
        observation = session.contacts().read([row.remote_id]).get(row.remote_id)
    except (GrantDead, ScopeMissing):
        raise NothingToCompare("connection") from None
    if observation is None or observation.value is None:
        raise NothingToCompare("google")
    local, remote = stored.value, observation.value
    linked = bool(deps.store.links_of(scope, "contacts", [stored.id]))
    after, here, there, lost = local, frozenset[str](), frozenset[str](), frozenset[str]()
    if not linked:
        canon = deps.canon(user.settings.region)
        sides = Seen(local, canon.project(local)), Seen(remote, canon.project(remote))
        decision = decide(None, *sides, canon, Rules(user.settings.owners))
        after = decision.value or local
        here, there = decision.local_fields, decision.remote_fields
        lost = frozenset(each.field for each in decision.lost)
    rows = []
    for field in fields.fields_of(local):
        if not (fields.get(local, field.name) or fields.get(remote, field.name)):
            continue
        crm, google, then = (
            fields.as_json(side, (field.name,))[field.name] for side in (local, remote, after)
        )
        changes = _changes(field.name in here, field.name in there)
        rows.append(Compared(field.name, crm, google, then, changes, field.name in lost))
    return Comparison(row.match, linked, tuple(rows))


def _changes(crm: bool, google: bool) -> Changes:
    if crm and google:
        return "both"
    return "crm" if crm else "google" if google else "none"
