"""Choices on the import sheet over HTTP: row by row as they are made, and for all rows of a filter."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import flask

from crmsync.api.http import body, paging, withdrawals
from crmsync.api.http.answers import answer
from crmsync.api.http.context import Call, day_of
from crmsync.api.http.errors import Conflict, InvalidRequest, NotFound
from crmsync.api.imports.rows import shown
from crmsync.api.imports.sheet_query import name_of, query
from crmsync.api.schemas.imports import AllBody, ChoiceBody, ChoicesBody
from crmsync.core.consent.validity import validate_consent
from crmsync.core.encoding import CONSENT
from crmsync.core.json_types import Json
from crmsync.core.model import Consent
from crmsync.core.sheet.contact_types import ContactTypes
from crmsync.core.sheet.suggestions import suggest
from crmsync.core.state import NOBODY, Candidate, Choice
from crmsync.core.validate import Invalid
from crmsync.engine.imports import sheet

ROWS_A_CALL = 2000
"""Rows that one call of choices/all changes at most; the answer says where the next one goes on."""


def choose(call: Call) -> flask.Response:
    """PUT /api/import/choices: saves drafts.

    Rows that were decided elsewhere meanwhile are named in `skipped`, those whose consent says yes for
    addresses for which it was withdrawn since in `withdrawn`.
    """
    rows = body.read(call.request, ChoicesBody).rows
    if len({each.id for each in rows}) < len(rows):
        raise InvalidRequest("A row is named twice.", field="rows")
    today, types = day_of(call), call.deps.types
    changes = {
        each.id: _change(each, f"rows[{position}]", today, types) for position, each in enumerate(rows)
    }
    try:
        saved = sheet.save(call.deps, call.scope, changes)
    except _NotAskedAbout as refused:
        [now] = shown(call, [refused.row])
        raise Conflict("The row does not ask about this contact any more.", current=now) from None
    if not saved.saved and all(reason == "not_found" for _, reason in saved.skipped):
        raise NotFound("There are no such rows.", field="rows")
    skipped: list[Json] = [{"id": id, "reason": reason} for id, reason in saved.skipped]
    withdrawn: list[Json] = [
        {"id": id, "withdrawn": withdrawals.as_json(it)} for id, it in saved.withdrawn.items()
    ]
    return answer({"saved": list(saved.saved), "skipped": skipped, "withdrawn": withdrawn})


def choose_all(call: Call) -> flask.Response:
    """POST /api/import/choices/all: one choice for all undecided rows of a filter, up to `ROWS_A_CALL`.

    It is made at once: express consent comes with its evidence.
    """
    sent = body.read(call.request, AllBody)
    asked = query("open", sent.q, sent.filter)
    page = paging.page_of(call, *name_of(asked), size=ROWS_A_CALL, token=sent.page_token)
    if sent.choice.same_person not in (None, NOBODY):
        raise InvalidRequest('Rows differ in whom they ask about: say "none".', field="choice.same_person")
    today = day_of(call)
    if sent.choice.consent.status == "express":
        _check(CONSENT.read("consent", sent.choice.consent.model_dump(mode="json")), "choice", today)
    change = _change(sent.choice, "choice", today, call.deps.types)
    if sent.choice.use_suggestion:
        if sent.choice.model_fields_set & {"contact_type", "detail"}:
            raise InvalidRequest("Give a type, or take each row's suggestion.", field="choice.use_suggestion")
        change = _suggested(change, call.deps.types)
    done, withdrawn, after = sheet.save_all(call.deps, call.scope, asked, change, page.after, page.limit)
    return answer({"changed": done, "withdrawn": withdrawn, "next_page_token": page.token(after)})


def _change(sent: ChoiceBody, field: str, today: date, types: ContactTypes) -> Callable[[Candidate], Choice]:
    """What the given fields make of a row's choice; the others stay. Raises InvalidRequest, under `field`."""
    given = sent.model_dump(mode="json", exclude_unset=True, exclude={"id", "use_suggestion", "same_person"})
    answers = "same_person" in sent.model_fields_set
    if "consent" in given:
        given["consent"] = {
            name: value for name, value in given["consent"].items() if value not in (None, "")
        }

    def change(candidate: Candidate) -> Choice:
        before = _answered(candidate, sent.same_person) if answers else candidate.choice
        after = _about_rows(candidate, replace(before, **given))
        if after.contact_type != before.contact_type and "detail" not in given:
            after = replace(after, detail={})
        try:
            if (after.contact_type, after.detail) != (before.contact_type, before.detail):
                types.validate(after.contact_type, after.detail)
        except Invalid as wrong:
            raise InvalidRequest(str(wrong), field=f"{field}.{wrong.field}") from None
        # A draft may lack its evidence still; what is there must be possible.
        _check(replace(CONSENT.read("consent", after.consent), status="none"), field, today)
        return after

    return change


def _check(consent: Consent, field: str, today: date) -> None:
    """Raises InvalidRequest, under `field`."""
    try:
        validate_consent(consent, today)
    except Invalid as wrong:
        raise InvalidRequest(str(wrong), field=f"{field}.{wrong.field}") from None


class _NotAskedAbout(Exception):
    """The row does not ask about the person of an answer."""

    def __init__(self, row: Candidate) -> None:
        super().__init__("not asked about")
        self.row = row


def _answered(candidate: Candidate, person: str | None) -> Choice:
    """The row's choice with this answer. Raises _NotAskedAbout."""
    if person not in (None, NOBODY, *(it.crm for it in candidate.matches)):
        raise _NotAskedAbout(candidate)
    return candidate.answered(person)


def _about_rows(candidate: Candidate, choice: Choice) -> Choice:
    """The choice, if it speaks of rows that this one may be, or did before. Raises _NotAskedAbout."""
    before = candidate.choice
    known = {before.same_row, *before.other_rows, *(it.key for it in candidate.alike)}
    others = tuple(key for key in choice.other_rows if key != choice.same_row)
    if not {choice.same_row, *others} - {None} <= known:
        raise _NotAskedAbout(candidate)
    return replace(choice, other_rows=others)


def _suggested(change: sheet.Choosing, types: ContactTypes) -> sheet.Choosing:
    """The same, with the type and detail that each row's labels or organisation suggest; rows of which
    nothing is suggested keep theirs.
    """

    def suggested(candidate: Candidate) -> Choice:
        after = change(candidate)
        found = suggest(candidate.labels, candidate.organization, types)
        if found is None:
            return after
        return replace(after, contact_type=found.contact_type, detail=dict(found.detail))

    return suggested
