"""Taking a merge of two CRM contacts back: both records and links as they were, as far as nobody has edited
them since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crmsync.core.account import User
from crmsync.core.consent.ledger import entry
from crmsync.core.doubles import Double
from crmsync.core.fields import record_from_data, record_to_data
from crmsync.core.journal import Change, JournalEntry
from crmsync.core.model import Contact, Stored
from crmsync.core.scope import Scope
from crmsync.engine.deps import Deps
from crmsync.engine.doubles.merging import (
    ATTEMPTS,
    AWAY,
    MERGE,
    POSSIBLE_FOR,
    REPOINT,
    NotPossible,
    NotThere,
    commit_fenced,
)
from crmsync.engine.requests import request_sync
from crmsync.engine.run.attempts import attempts
from crmsync.engine.run.lease import refuse_held
from crmsync.engine.run.pending import Pending
from crmsync.engine.users import user_of
from crmsync.store.ports import (
    AddConsent,
    AddJournal,
    Conflicted,
    DropDouble,
    PutLink,
    PutRecord,
    StoreUnavailable,
    TooLarge,
    Write,
)

UNMERGE = "unmerge"
PAGE = 100


@dataclass(frozen=True, slots=True)
class Undone:
    """What came of an undo. kept: fields of the record that somebody has edited since, which stay."""

    kept: tuple[str, ...]


def possible(deps: Deps, scope: Scope) -> list[Double]:
    """The merges that can be undone still, the latest first."""
    since = deps.clock.now() - POSSIBLE_FOR
    found: list[Double] = []
    after: str | None = None
    while page := deps.store.doubles_in(scope, "merged", after, PAGE):
        found += [each for each in page if each.at is not None and each.at > since]
        after = page[-1].id
    return sorted(found, key=lambda each: str(each.at), reverse=True)


def undo(deps: Deps, scope: Scope, id: str) -> Undone:
    """Takes a merge back. id: of what is remembered of the two. Raises NotThere, NotPossible, LeaseHeld."""
    for _ in attempts(ATTEMPTS):
        double = deps.store.doubles(scope, [id]).get(id)
        if double is None or double.state != "merged":
            raise NotThere
        user = user_of(deps, scope)
        refuse_held(user.contacts, deps.clock.now(), None)
        changes = _journal(deps, scope, double.run)
        if not any(change.action == MERGE for change in changes):
            raise NotThere
        undone, parted = _taken_back(deps, user, double, changes)
        try:
            commit_fenced(deps, user, double.run, [*_appointments_back(deps, scope, changes), parted])
        except Conflicted:
            continue
        except TooLarge:
            raise NotPossible("Apart the two are too large. Shorten their notes first.") from None
        request_sync(deps, scope, "change", frozenset(("contacts", "calendar")))
        return undone
    raise StoreUnavailable(f"the records kept changing ({ATTEMPTS} attempts)")


def _journal(deps: Deps, scope: Scope, run: str) -> list[Change]:
    found: list[Change] = []
    after: str | None = None
    while True:
        entries, after = deps.store.journal(scope, crm=None, run=run, after=after, limit=PAGE)
        found += [change for each in entries for change in each.changes]
        if after is None:
            return found


def _taken_back(deps: Deps, user: User, double: Double, changes: Sequence[Change]) -> tuple[Undone, Pending]:
    """What the undo keeps, and the two as they were: a unit."""
    scope, now, run = user.scope, deps.clock.now(), f"un{double.run}"
    kept, other = double.kept, double.other(double.kept)
    records = deps.store.records(scope, "contacts", [kept, other])
    change = next(it for it in changes if it.action == MERGE)
    writes: list[Write] = [DropDouble(double.id)]
    told: list[Change] = []
    edited: tuple[str, ...] = ()
    if (stored := records.get(kept)) is not None and stored.archived_at is None:
        value, edited = _as_before(stored, change)
        said = entry(f"{run}-consent", kept, stored.value.consent, value.consent, now, user.uid, "undo")
        writes += [AddConsent(said)] if said is not None else []
        writes.append(PutRecord("contacts", kept, value, stored.version))
        was, becomes = (record_to_data(each) for each in (stored.value, value))
        names = [name for name in was if was[name] != becomes[name]]
        parted = ({name: data[name] for name in names} for data in (was, becomes))
        told.append(Change("crm", UNMERGE, kept, change.key, "the merge was undone", *parted))
    if (away := records.get(other)) is not None and away.archived_at is not None:
        writes.append(PutRecord("contacts", other, away.value, away.version, archived=False))
        told.append(Change("crm", UNMERGE, other, None, "the merge was undone", None, None))
    writes += _link_back(deps, scope, changes, kept, other)
    writes.append(AddJournal(JournalEntry(run, "contacts", UNMERGE, now, tuple(told))))
    return Undone(edited), Pending(writes)


def _as_before(stored: Stored[Contact], change: Change) -> tuple[Contact, tuple[str, ...]]:
    """The record with what the merge made of it taken back, and the names of what was edited since."""
    before, after = change.before or {}, change.after or {}
    now: dict[str, Any] = record_to_data(stored.value)
    edited = tuple(name for name in after if now[name] != after[name])
    back = {name: before[name] for name in after if name not in edited}
    return record_from_data("contacts", {**now, **back}), edited


def _link_back(deps: Deps, scope: Scope, changes: Sequence[Change], kept: str, other: str) -> list[Write]:
    away = next((it for it in changes if it.action == AWAY and it.key is not None), None)
    if away is None or away.key is None:
        return []
    link = deps.store.links(scope, [away.key]).get(away.key)
    if link is None:
        return []
    if away.why == "copy" and link.state == "copy" and link.crm == other:
        return [PutLink(replace(link, state="linked"))]
    if away.why == "moved" and link.crm == kept and not link.is_silent:
        return [PutLink(replace(link, crm=other))]
    return []


def _appointments_back(deps: Deps, scope: Scope, changes: Sequence[Change]) -> list[Pending]:
    """The appointments that name both again, a unit each. One that has changed since stays."""
    moved: Mapping[str, Change] = {
        it.crm: it for it in changes if it.action == REPOINT and it.crm is not None
    }
    found = deps.store.records(scope, "appointments", sorted(moved)) if moved else {}
    units: list[Pending] = []
    for id, stored in found.items():
        before, after = moved[id].before or {}, moved[id].after or {}
        if [*stored.value.contact_ids] == after.get("contact_ids"):
            ids = before.get("contact_ids")
            names = tuple(str(each) for each in ids) if isinstance(ids, list) else ()
            value = replace(stored.value, contact_ids=names)
            units.append(Pending([PutRecord("appointments", id, value, stored.version)]))
    return units
