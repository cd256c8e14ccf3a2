"""A row of the import sheet beside the CRM contact that it may be: what *same person* would do to each field.

The contact is read at Google at that moment, as the import will; nothing is written.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from crmsync.core import fields
from crmsync.core.account import User
from crmsync.core.errors import GrantDead, ScopeMissing
from crmsync.core.model import Contact
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.decide import decide
from crmsync.core.pair.plan import Decision
from crmsync.core.pair.sides import google_side
from crmsync.core.scope import Scope
from crmsync.core.state import Candidate, Claim
from crmsync.engine.deps import Deps
from crmsync.engine.imports.rows import added, rules_of
from crmsync.engine.sessions import open_session
from crmsync.engine.users import user_of

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
    *same person* only adds to the CRM contact what it lacks.
    """

    match: Claim
    already_linked: bool
    fields: tuple[Compared, ...]


def compare(deps: Deps, scope: Scope, key: str, crm: str | None = None) -> Comparison:
    """Compares a row with one of its matches; fields that are blank on both sides are left out.

    crm: which one; the best when None.

    Raises NothingToCompare, and what reading at Google may raise.
    """
    user = user_of(deps, scope)
    row, match = _row(deps, scope, key, crm)
    stored = deps.store.contact(scope, match.crm)
    if stored is None or (stored.archived_at is not None and match != row.was):
        raise NothingToCompare("contact")
    theirs = _at_google(deps, user, row)
    linked = bool(deps.store.links_of(scope, "contacts", [stored.id]))
    canon = deps.canon(user.settings.region)
    merge = _added if linked else _merged
    merged = merge(user, canon, stored.value, theirs)
    named = [
        field.name
        for field in fields.fields_of(stored.value)
        if fields.get(stored.value, field.name) or fields.get(theirs, field.name)
    ]
    return Comparison(match, linked, tuple(_compared(name, stored.value, theirs, merged) for name in named))


def _row(deps: Deps, scope: Scope, key: str, crm: str | None) -> tuple[Candidate, Claim]:
    row = deps.store.candidates(scope, [key]).get(key)
    if row is None or row.status != "open":
        raise NothingToCompare("row")
    match = next((it for it in row.matches if crm in (None, it.crm)), None)
    if match is None:
        raise NothingToCompare("match")
    return row, match


def _at_google(deps: Deps, user: User, row: Candidate) -> Contact:
    """The row's contact as Google has it now."""
    try:
        session = open_session(deps, user)
        if session is None:
            raise NothingToCompare("connection")
        observation = session.contacts().read([row.remote_id]).get(row.remote_id)
    except (GrantDead, ScopeMissing):
        raise NothingToCompare("connection") from None
    if observation is None or observation.value is None:
        raise NothingToCompare("google")
    return observation.value


def _merged(user: User, canon: Canon, ours: Contact, theirs: Contact) -> Decision[Contact]:
    return decide(None, google_side(canon, ours), google_side(canon, theirs), canon, rules_of(user))


def _added(user: User, canon: Canon, ours: Contact, theirs: Contact) -> Decision[Contact]:
    """Google's is a second copy, to which nothing is sent."""
    return replace(added(user, canon, ours, theirs), remote_fields=frozenset())


def _compared(name: str, ours: Contact, theirs: Contact, merged: Decision[Contact]) -> Compared:
    sides = (ours, theirs, merged.value or ours)
    crm, google, after = (fields.as_json(side, (name,))[name] for side in sides)
    changes = _changes(name in merged.local_fields, name in merged.remote_fields)
    return Compared(name, crm, google, after, changes, any(lost.field == name for lost in merged.lost))


def _changes(crm: bool, google: bool) -> Changes:
    if crm and google:
        return "both"
    return "crm" if crm else "google" if google else "none"
