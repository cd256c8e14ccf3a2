"""The import sheet over HTTP: its rows, and bringing a declined one back."""

import dataclasses
import math
from collections.abc import Mapping, Sequence

import flask

from crmsync.api.http import body, paging, times, withdrawals
from crmsync.api.http.answers import answer, tagged
from crmsync.api.http.context import Call
from crmsync.api.http.errors import Conflict, NotFound, RateLimited, Unavailable
from crmsync.api.imports.sheet_query import ORDERS, TABS, name_of, query
from crmsync.api.schemas.search import SheetSearchBody
from crmsync.core import errors
from crmsync.core.json_types import Json
from crmsync.core.people import alike
from crmsync.core.sheet.contact_types import ContactTypes
from crmsync.core.sheet.suggestions import Suggestion, suggest
from crmsync.core.state import Candidate, Claim
from crmsync.core.text.titles import told
from crmsync.engine.imports import compare as comparing
from crmsync.engine.imports import sheet
from crmsync.store.ports import CandidateQuery

_NOTHING_TO_COMPARE = {
    "match": "Nothing says that this is somebody in your CRM.",
    "contact": "The CRM contact is archived or gone.",
    "google": "The contact is gone at Google.",
    "connection": "Google is not connected.",
}


def candidates(call: Call) -> flask.Response:
    """GET /api/import/candidates: a page of the sheet.

    `round` is what to send back when the sheet is finished.
    """
    body.only(call.request, (*paging.PARAMETERS, "status", "q", "filter", "order"))
    asked = query(
        body.one_of(call.request, "status", TABS),
        body.text(call.request, "q"),
        ",".join(call.request.args.getlist("filter")),
        body.one_of(call.request, "order", ORDERS),
    )
    return tagged(call.request, _page(call, asked, paging.paging(call, *name_of(asked))))


def search(call: Call) -> flask.Response:
    """POST /api/import/candidates/search: the same, asked for in a body."""
    sent = body.read(call.request, SheetSearchBody)
    asked = query(sent.status, sent.q, sent.filter, sent.order)
    page = paging.page_of(call, *name_of(asked), size=sent.page_size, token=sent.page_token)
    return answer(_page(call, asked, page))


def _page(call: Call, asked: CandidateQuery, page: paging.Paging) -> dict[str, Json]:
    found = sheet.page(call.deps, call.scope, asked, page.after, page.limit)
    return {
        "items": [*shown(call, found.rows, found.beside)],
        "next_page_token": page.token(found.after),
        "total": found.total,
        "selected": found.selected,
        "round": found.round,
    }


def labels(call: Call) -> flask.Response:
    """GET /api/import/labels: labels of undecided rows, with how many rows have each."""
    body.only(call.request, ())
    found = sheet.labels(call.deps, call.scope)
    return answer({"items": [{"name": name, "count": count} for name, count in found]})


def restore(call: Call) -> flask.Response:
    """POST /api/import/candidates/{id}/restore: brings a declined row back. Repeatable."""
    found = sheet.restore(call.deps, call.scope, call.id)
    if found is None:
        raise NotFound("There is no such row.")
    [back] = shown(call, [found])
    if found.status != "open":
        raise Conflict("The row cannot be brought back: it is in the CRM, or gone.", current=back)
    return answer(back)


def compare(call: Call) -> flask.Response:
    """GET /api/import/candidates/{id}/compare: what *same person* would do, field by field; with the best
    match, or with the one that `contact_id` names.
    """
    body.only(call.request, ("contact_id",))
    try:
        found = comparing.compare(
            call.deps, call.scope, call.id, body.text(call.request, "contact_id") or None
        )
    except comparing.NothingToCompare as nothing:
        if nothing.why == "row":
            raise NotFound("There is no such row.") from None
        raise Conflict(_NOTHING_TO_COMPARE[nothing.why], current={"missing": nothing.why}) from None
    except errors.RateLimited as limited:
        raise RateLimited(
            "Google asks us to wait. Please try again.", retry_after=math.ceil(limited.retry_after)
        ) from None
    except errors.SyncError as failed:
        raise Unavailable from failed
    return answer(
        {
            **_match(found.match, linked=found.already_linked),
            "fields": [dataclasses.asdict(each) for each in found.fields],
        }
    )


def shown(
    call: Call, found: Sequence[Candidate], beside: Mapping[str, Candidate] | None = None
) -> list[dict[str, Json]]:
    """Rows as JSON, with the addresses for which consent was withdrawn, for all together at one read, and the
    other rows that they may be. beside: these, when they are at hand.
    """
    known = call.deps.store.withdrawn(call.scope, [address for each in found for address in each.emails])
    if beside is None:
        beside = sheet.alike_of(call.deps, call.scope, found)
    return [
        {
            **row(each, call.deps.types),
            "alike": _alike(each, beside),
            "withdrawn": withdrawals.as_json({it: known[it] for it in each.emails if it in known}),
        }
        for each in found
    ]


def _alike(candidate: Candidate, beside: Mapping[str, Candidate]) -> list[Json]:
    """The undecided rows that a row may be, best first."""
    found = [(it, beside[it.key]) for it in candidate.alike if it.key in beside]
    words = {None: None, True: "same", False: "different"}
    return [
        {
            "id": it.key,
            "name": told(other.name),
            "verdict": _verdict(it.strength),
            "reasons": [*it.reasons],
            "answer": words[alike.answer(candidate, other)],
            "copy": other.choice.same_row == candidate.key,
            "selected": other.choice.selected,
        }
        for it, other in (found if candidate.key in beside else ())
    ]


def row(candidate: Candidate, types: ContactTypes) -> dict[str, Json]:
    """A row of the sheet as JSON."""
    choice = candidate.choice
    return {
        "id": candidate.key,
        "name": told(candidate.name),
        "called_by": candidate.called_by,
        "emails": list(candidate.emails),
        "phones": list(candidate.phones),
        "organization": candidate.organization,
        "labels": list(candidate.labels),
        "photo_url": candidate.photo_url,
        "matches": matches(candidate),
        "suggestion": _suggestion(suggest(candidate.labels, candidate.organization, types)),
        "choice": {
            "selected": choice.selected,
            "contact_type": choice.contact_type,
            "detail": dict(choice.detail),
            "consent": dict(choice.consent),
            "same_person": candidate.answer,
            "same_row": choice.same_row,
            "other_rows": [*choice.other_rows],
        },
        "decided": choice.decided,
        "changed_at": times.instant(candidate.changed_at),
        "status": candidate.status,
        "contact_id": candidate.crm,
        "problem": candidate.problem,
    }


def matches(candidate: Candidate) -> list[Json]:
    """The CRM contacts that the row may be, best first, as JSON."""
    hints = {it.crm for it in candidate.linked}
    return [_match(it, linked=it.crm in hints) for it in candidate.matches]


def _match(claim: Claim, *, linked: bool) -> dict[str, Json]:
    return {
        "contact_id": claim.crm,
        "name": told(claim.name),
        "verdict": _verdict(claim.strength),
        "reasons": [*claim.reasons],
        "linked": linked,
    }


def _verdict(strength: int) -> str:
    return "likely" if alike.is_likely(strength) else "possible"


def _suggestion(found: Suggestion | None) -> Json:
    if found is None:
        return None
    return {
        "contact_type": found.contact_type,
        "detail": dict(found.detail),
        "because": found.because,
        "value": found.value,
    }
