"""What the sync did and set aside: activity, conflicts, holds."""

from typing import Any

import flask

from crmsync.api import body, paging, times
from crmsync.api.answers import listing
from crmsync.api.context import Call
from crmsync.api.errors import InvalidRequest
from crmsync.api.identity import is_document_id
from crmsync.core.journal import Change, Conflict, Hold, JournalEntry


def activity(call: Call) -> flask.Response:
    """GET /api/activity: journal entries, newest first; of one record or one run when asked so."""
    body.only(call.request, (*paging.PARAMETERS, "contact_id", "appointment_id", "run"))
    contact, appointment, run = (_id(call, name) for name in ("contact_id", "appointment_id", "run"))
    if contact and appointment:
        raise InvalidRequest("Ask for a contact or for an appointment.", field="appointment_id")
    crm = contact or appointment
    page = paging.paging(call.request, call.uid, "activity", crm or "", run or "")
    entries, after = call.deps.store.journal(call.uid, crm=crm, run=run, after=page.after, limit=page.limit)
    return listing(map(entry, entries), page.token(after), None)


def conflicts(call: Call) -> flask.Response:
    """GET /api/conflicts: values that lost a merge."""
    body.only(call.request, paging.PARAMETERS)
    page = paging.paging(call.request, call.uid, "conflicts")
    found = call.deps.store.conflicts(call.uid, page.after, page.limit)
    after = found[-1].id if len(found) == page.limit else None
    total = call.deps.store.count_conflicts(call.uid)
    return listing(map(conflict, found), page.token(after), total)


def holds(call: Call) -> flask.Response:
    """GET /api/holds: deletions that wait for a yes. There are never more than a few."""
    body.only(call.request, paging.PARAMETERS)
    found = call.deps.store.holds(call.uid)
    return listing(map(hold, found), None, len(found))


def entry(entry: JournalEntry) -> dict[str, Any]:
    """A journal entry as JSON."""
    return {
        "run": entry.run,
        "resource": entry.resource,
        "reason": entry.reason,
        "at": times.instant(entry.at),
        "changes": [_change(change) for change in entry.changes],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "side": change.side,
        "action": change.action,
        "record_id": change.crm,
        "why": change.why,
        "before": None if change.before is None else dict(change.before),
        "after": None if change.after is None else dict(change.after),
    }


def conflict(conflict: Conflict) -> dict[str, Any]:
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


def hold(hold: Hold) -> dict[str, Any]:
    """A hold as JSON."""
    return {
        "id": hold.id,
        "resource": hold.resource,
        "side": hold.side,
        "reason": hold.reason,
        "digest": hold.digest,
        "items": [{"id": id, "name": name} for id, name in hold.items],
        "at": times.instant(hold.at),
    }


def _id(call: Call, name: str) -> str | None:
    value = call.request.args.get(name)
    if value is not None and not is_document_id(value):
        raise InvalidRequest("This is not an id.", field=name)
    return value
