"""Contacts that are in the CRM or in Google Contacts twice, over HTTP: found, compared, merged, parted."""

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

import flask

from crmsync.api.http import body, paging, times
from crmsync.api.http.answers import answer, listing
from crmsync.api.http.context import Call, day_of
from crmsync.api.http.errors import Conflict, InvalidRequest, NotFound, Unavailable
from crmsync.api.records import contacts
from crmsync.api.schemas.doubles import DifferentBody, MergeBody
from crmsync.core.doubles import Double
from crmsync.core.json_types import Json
from crmsync.core.model import Contact, Stored
from crmsync.core.people.alike import is_likely
from crmsync.core.people.doubles import Group
from crmsync.core.text.titles import title_of
from crmsync.engine.doubles import finding, merging, unmerging
from crmsync.engine.run.lease import LeaseHeld

T = TypeVar("T")

MOST = 50
"""Groups of one page."""


def browse(call: Call) -> flask.Response:
    """GET /api/doubles: groups of contacts that may be one person; `weak=true` those that hardly are."""
    body.only(call.request, (*paging.PARAMETERS, "weak"))
    weak = body.flag(call.request, "weak")
    page = paging.paging(call, "doubles", str(weak), default=20, largest=MOST)
    start = int(page.after or "0")
    found = finding.in_crm(call.deps, call.scope)
    wanted = [group for group in found.groups if group.is_likely is not weak]
    shown = wanted[start : start + page.limit]
    end = start + page.limit
    today = day_of(call)
    return answer(
        {
            "items": [_group(group, found, today) for group in shown],
            "next_page_token": page.token(str(end) if end < len(wanted) else None),
            "total": len(wanted),
            "weak": sum(not group.is_likely for group in found.groups),
        }
    )


def at_google(call: Call) -> flask.Response:
    """GET /api/doubles/google: contacts that are in Google Contacts twice, as far as the sheet knows them."""
    body.only(call.request, ())
    found = finding.at_google(call.deps, call.scope)
    crms = sorted({row.crm for row in found if row.crm is not None})
    records = call.deps.store.records(call.scope, "contacts", crms) if crms else {}
    items: list[Json] = [
        {
            "id": row.key,
            "name": row.name,
            "emails": list(row.emails),
            "phones": list(row.phones),
            "contact_id": row.crm,
            "contact_name": _name(records, row.crm or ""),
        }
        for row in found
    ]
    return listing(items, None, len(items))


def compare(call: Call) -> flask.Response:
    """GET /api/doubles/compare: two contacts side by side, and what they would be as one."""
    body.only(call.request, ("keep", "other"))
    keep, other = (body.text(call.request, name) for name in ("keep", "other"))
    found = _there(lambda: merging.compared(call.deps, call.scope, keep, other))
    today = day_of(call)
    return answer(
        {
            "keep": _contact(found.kept, today),
            "other": _contact(found.other, today),
            "fields": [{**dataclasses.asdict(each), "choices": list(each.choices)} for each in found.fields],
            "consent": contacts.show(found.joint, today)["consent"],
        }
    )


def merge(call: Call) -> flask.Response:
    """POST /api/doubles/merge: merges two contacts; the sync that this asks for follows."""
    body.idempotency_key(call.request)
    sent = body.read(call.request, MergeBody)
    seen = {sent.keep: sent.keep_etag, sent.other: sent.other_etag}
    versions = {id: etag for id, etag in seen.items() if etag is not None}
    try:
        run = _there(lambda: merging.merge(call.deps, call.scope, sent.keep, sent.other, sent.take, versions))
    except merging.Moved:
        raise Conflict("One of the two has changed since you saw it.", current={"changed": True}) from None
    except merging.NotPossible as refused:
        raise InvalidRequest(str(refused), field="other") from None
    return answer({"run": run, "contact_id": sent.keep})


def different(call: Call) -> flask.Response:
    """POST /api/doubles/different: two contacts are two people, for good. Repeatable."""
    body.idempotency_key(call.request)
    one, other = body.read(call.request, DifferentBody).contacts
    if one == other:
        raise InvalidRequest("Name two contacts.", field="contacts")
    _there(lambda: merging.tell_apart(call.deps, call.scope, one, other))
    return answer({"contacts": [one, other]})


def merges(call: Call) -> flask.Response:
    """GET /api/doubles/merges: the merges of 30 days, which can be undone, the latest first."""
    body.only(call.request, ())
    found = unmerging.possible(call.deps, call.scope)
    crms = sorted({crm for each in found for crm in each.crms})
    records = call.deps.store.records(call.scope, "contacts", crms) if crms else {}
    return listing([_merge(each, records) for each in found], None, len(found))


def undo(call: Call) -> flask.Response:
    """POST /api/doubles/merges/{id}/undo: takes a merge back."""
    try:
        undone = _there(lambda: unmerging.undo(call.deps, call.scope, call.id))
    except merging.NotPossible as refused:
        raise InvalidRequest(str(refused)) from None
    return answer({"id": call.id, "kept": list(undone.kept)})


def _there(act: Callable[[], T]) -> T:
    """What it answers; 404 when one of the two is not there, 503 while a job writes to Google."""
    try:
        return act()
    except merging.NotThere:
        raise NotFound("One of the two is not in the CRM any more, or it is settled already.") from None
    except LeaseHeld as held:
        raise Unavailable from held


def _group(group: Group, found: finding.Doubles, today: date) -> dict[str, Json]:
    held = {each.held for each in found.asked.values()}
    return {
        "contacts": [{**_contact(found.contacts[id], today), "waits": id in held} for id in group.ids],
        "ties": [
            {
                "contacts": list(tied.ids),
                "verdict": "likely" if is_likely(tied.strength) else "possible",
                "reasons": list(tied.reasons),
            }
            for tied in group.ties
        ],
    }


def _contact(stored: Stored[Contact], today: date) -> dict[str, Json]:
    value = stored.value
    return {
        "id": stored.id,
        "etag": stored.version,
        "name": title_of(value),
        "organization": value.organization,
        "emails": [item.value for item in value.emails],
        "phones": [item.value for item in value.phones],
        "contact_type": value.contact_type,
        "consent": contacts.show(value, today)["consent"],
        "created_at": times.instant(stored.created_at),
        "updated_at": times.instant(stored.updated_at),
    }


def _merge(double: Double, records: Mapping[str, Stored[Contact]]) -> dict[str, Json]:
    other = double.other(double.kept)
    return {
        "id": double.id,
        "run": double.run,
        "at": times.instant(double.at),
        "contact_id": double.kept,
        "name": _name(records, double.kept),
        "other_name": _name(records, other),
    }


def _name(records: Mapping[str, Stored[Contact]], crm: str) -> str:
    return title_of(records[crm].value) if crm in records else ""
