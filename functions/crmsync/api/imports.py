"""The import sheet over HTTP: its rows, the choices made in it, finishing it, and how the import goes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Literal

import flask

from crmsync.api import body, paging
from crmsync.api.answers import answer, listing
from crmsync.api.context import Call, day_of
from crmsync.api.errors import Conflict, InvalidRequest, NotFound
from crmsync.api.schemas_import import AllBody, ChoiceBody, ChoicesBody, FinishBody
from crmsync.core.account import ImportRun
from crmsync.core.consent import validate_consent
from crmsync.core.contact_types import validate_detail
from crmsync.core.encoding import CONSENT
from crmsync.core.model import Consent
from crmsync.core.state import Candidate, Choice
from crmsync.core.validate import Invalid
from crmsync.engine import importing, sheet
from crmsync.store.ports import CandidateQuery

TABS: tuple[Literal["open"], Literal["declined"], Literal["imported"]] = ("open", "declined", "imported")
ORDERS = ("name",)
ROWS_A_CALL = 2000
"""Rows that one call of choices/all changes at most; the answer says where the next one goes on."""
NAMED = 100
"""Failed rows whose names are looked up for an answer."""


def candidates(call: Call) -> flask.Response:
    """GET /api/import/candidates: a page of the sheet.

    `round` is what to send back when the sheet is finished.
    """
    body.only(call.request, (*paging.PARAMETERS, "status", "q", "filter", "order"))
    body.one_of(call.request, "order", ORDERS)
    query = _query(
        body.one_of(call.request, "status", TABS),
        body.text(call.request, "q"),
        ",".join(call.request.args.getlist("filter")),
    )
    page = _paging(call, query)
    found = sheet.page(call.deps, call.uid, query, page.after, page.limit)
    return listing(
        map(row, found.rows),
        page.token(found.after),
        found.total,
        selected=found.selected,
        round=found.round,
    )


def choose(call: Call) -> flask.Response:
    """PUT /api/import/choices: saves drafts.

    Rows that were decided elsewhere meanwhile are named in `skipped`.
    """
    rows = body.read(call.request, ChoicesBody).rows
    if len({each.id for each in rows}) < len(rows):
        raise InvalidRequest("A row is named twice.", field="rows")
    today = day_of(call)
    changes = {each.id: _change(each, f"rows[{position}]", today) for position, each in enumerate(rows)}
    saved = sheet.save(call.deps, call.uid, changes)
    if not saved.saved and all(reason == "not_found" for _, reason in saved.skipped):
        raise NotFound("There are no such rows.", field="rows")
    skipped = [{"id": id, "reason": reason} for id, reason in saved.skipped]
    return answer({"saved": list(saved.saved), "skipped": skipped})


def choose_all(call: Call) -> flask.Response:
    """POST /api/import/choices/all: one choice for all undecided rows of a filter, up to `ROWS_A_CALL`."""
    sent = body.read(call.request, AllBody)
    query = _query("open", sent.q.strip(), sent.filter)
    page = _paging(call, query, sent.page_token)
    change = _change(sent.choice, "choice", day_of(call))
    changed, after = sheet.save_all(call.deps, call.uid, query, change, page.after, ROWS_A_CALL)
    return answer({"changed": changed, "next_page_token": page.token(after)})


def finish(call: Call) -> flask.Response:
    """POST /api/import/finish: ends the sheet with the saved choices.

    409 while an import runs, with how that one stands.
    """
    sent = body.read(call.request, FinishBody)
    try:
        import_id = importing.start(call.deps, call.uid, sent.action, sent.round)
    except importing.ImportRunning as running:
        run = call.deps.store.import_run(call.uid, running.import_id)
        current = {"import_id": running.import_id, **(_run(call, run) if run else {"state": "running"})}
        raise Conflict("An import is running already.", current=current) from None
    return answer({"import_id": import_id}, 202)


def progress(call: Call) -> flask.Response:
    """GET /api/import/{id}: how an import goes, and which rows failed for what reason."""
    run = call.deps.store.import_run(call.uid, call.id)
    if run is None:
        raise NotFound("There is no such import.")
    return answer(_run(call, run))


def restore(call: Call) -> flask.Response:
    """POST /api/import/candidates/{id}/restore: brings a declined row back. Repeatable."""
    found = sheet.restore(call.deps, call.uid, call.id)
    if found is None:
        raise NotFound("There is no such row.")
    if found.status != "open":
        raise Conflict("The row cannot be brought back: it is in the CRM, or gone.", current=row(found))
    return answer(row(found))


def row(candidate: Candidate) -> dict[str, Any]:
    """A row of the sheet as JSON."""
    claim = candidate.claims[0] if candidate.claims else candidate.linked_match
    match = claim and {"contact_id": claim.crm, "name": claim.name, "reason": claim.reason}
    choice = candidate.choice
    return {
        "id": candidate.key,
        "name": candidate.name,
        "emails": list(candidate.emails),
        "phones": list(candidate.phones),
        "organization": candidate.organization,
        "labels": list(candidate.labels),
        "photo_url": candidate.photo_url,
        "match": match,
        "choice": {
            "selected": choice.selected,
            "contact_type": choice.contact_type,
            "detail": dict(choice.detail),
            "consent": dict(choice.consent),
            "same_person": choice.same_person,
        },
        "status": candidate.status,
        "contact_id": candidate.crm,
        "problem": candidate.problem,
    }


def _run(call: Call, run: ImportRun) -> dict[str, Any]:
    names = sheet.names(call.deps, call.uid, [id for id, _ in run.failed[:NAMED]])
    return {
        "state": run.state,
        "action": run.action,
        "imported": run.imported,
        "linked": run.linked,
        "total": run.total,
        "failed": [{"id": id, "name": names.get(id, ""), "reason": reason} for id, reason in run.failed],
    }


def _query(tab: str, words: str, filters: str) -> CandidateQuery:
    """What `status`, `q` and `filter` (has_email, possible_duplicate, label:…) ask for.

    Raises InvalidRequest.
    """
    query = CandidateQuery(next(each for each in TABS if each == tab), q=words)
    for name in filter(None, (part.strip() for part in filters.split(","))):
        if name == "has_email":
            query = replace(query, has_email=True)
        elif name == "possible_duplicate":
            query = replace(query, possible_duplicate=True)
        elif name.startswith("label:") and query.label is None:
            query = replace(query, label=name.removeprefix("label:"))
        else:
            raise InvalidRequest("Say has_email, possible_duplicate or one label:….", field="filter")
    return query


def _paging(call: Call, query: CandidateQuery, token: str | None = None) -> paging.Paging:
    identity = (call.uid, "candidates", *map(str, (query.tab, query.has_email, query.possible_duplicate)))
    return paging.paging(call.request, *identity, query.label or "", query.q, token=token)


def _change(sent: ChoiceBody, field: str, today: date) -> Callable[[Candidate], Choice]:
    """What the given fields make of a row's choice; the others stay. Raises InvalidRequest, under `field`."""
    given = sent.model_dump(mode="json", exclude_unset=True, exclude={"id"})
    if "consent" in given:
        given["consent"] = {
            name: value for name, value in given["consent"].items() if value not in (None, "")
        }

    def change(candidate: Candidate) -> Choice:
        before = candidate.choice
        after = replace(before, **given)
        if after.contact_type != before.contact_type and "detail" not in given:
            after = replace(after, detail={})
        try:
            validate_detail(after.contact_type, after.detail)
            # A draft may lack its evidence still; what is there must be possible.
            validate_consent(replace(_consent(after.consent), status="none"), today)
        except Invalid as wrong:
            raise InvalidRequest(str(wrong), field=f"{field}.{wrong.field}") from None
        return after

    return change


def _consent(chosen: Mapping[str, Any]) -> Consent:
    read = CONSENT.read("consent", chosen)
    assert isinstance(read, Consent)
    return read
