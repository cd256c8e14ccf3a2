"""What the sync did and set aside, as JSON; and GET /api/activity."""

from collections.abc import Mapping, Sequence

import flask

from crmsync.api.http import body, paging, times
from crmsync.api.http.answers import listing
from crmsync.api.http.context import Call
from crmsync.api.http.errors import InvalidRequest
from crmsync.api.http.identity import is_document_id
from crmsync.core.journal import Change, Conflict, Hold, JournalEntry
from crmsync.core.json_types import Json
from crmsync.core.text.titles import title_of, told
from crmsync.store.ports import Kind

NAMED = 100
"""Records of each kind whose names are looked up for one page of activity."""


def activity(call: Call) -> flask.Response:
    """GET /api/activity: journal entries, newest first; of one record or one run when asked so."""
    body.only(call.request, (*paging.PARAMETERS, "contact_id", "appointment_id", "run"))
    contact, appointment, run = (_id(call, name) for name in ("contact_id", "appointment_id", "run"))
    if contact and appointment:
        raise InvalidRequest("Ask for a contact or for an appointment.", field="appointment_id")
    crm = contact or appointment
    page = paging.paging(call, "activity", crm or "", run or "")
    entries, after = call.deps.store.journal(call.scope, crm=crm, run=run, after=page.after, limit=page.limit)
    names = _names(call, entries)
    return listing([entry(each, names) for each in entries], page.token(after), None)


def _names(call: Call, entries: Sequence[JournalEntry]) -> dict[str, str]:
    """Record id -> name, of the records that changed last; they are read for it, so only so many."""
    wanted: dict[Kind, dict[str, None]] = {"contacts": {}, "appointments": {}}
    for each in entries:
        kind: Kind = "appointments" if each.resource == "calendar" else "contacts"
        wanted[kind] |= dict.fromkeys(change.crm for change in each.changes if change.crm is not None)
    names: dict[str, str] = {}
    for kind, ids in wanted.items():
        found = call.deps.store.records(call.scope, kind, list(ids)[:NAMED]) if ids else {}
        names |= {id: told(title_of(stored.value)) for id, stored in found.items()}
    return names


def entry(entry: JournalEntry, names: Mapping[str, str] | None = None) -> dict[str, Json]:
    """A journal entry as JSON. names: of records; without them none are told."""
    return {
        "run": entry.run,
        "resource": entry.resource,
        "reason": entry.reason,
        "at": times.instant(entry.at),
        "changes": [
            _change(change) | ({} if names is None else {"record_name": names.get(change.crm or "")})
            for change in entry.changes
        ],
    }


def _change(change: Change) -> dict[str, Json]:
    return {
        "side": change.side,
        "action": change.action,
        "record_id": change.crm,
        "why": change.why,
        "before": None if change.before is None else dict(change.before),
        "after": None if change.after is None else dict(change.after),
    }


def conflict(conflict: Conflict) -> dict[str, Json]:
    """A conflict as JSON."""
    return {
        "id": conflict.id,
        "resource": conflict.resource,
        "record_id": conflict.crm,
        "field": conflict.field,
        "kept": conflict.kept,
        "lost": conflict.lost,
        "lost_side": conflict.lost_side,
        "at": times.instant(conflict.at),
    }


def hold(hold: Hold) -> dict[str, Json]:
    """A hold as JSON."""
    return {
        "id": hold.id,
        "resource": hold.resource,
        "side": hold.side,
        "reason": hold.reason,
        "digest": hold.digest,
        "items": [{"id": id, "name": name} for id, name in hold.items],
        "count": len(hold.items),
        "choice": hold.choice,
        "at": times.instant(hold.at),
    }


def _id(call: Call, name: str) -> str | None:
    value = call.request.args.get(name)
    if value is not None and not is_document_id(value):
        raise InvalidRequest("This is not an id.", field=name)
    return value
