"""Finishing the import sheet over HTTP, and how an import goes."""

from typing import Any

import flask

from crmsync.api import body
from crmsync.api.answers import answer
from crmsync.api.context import Call
from crmsync.api.errors import Conflict, NotFound
from crmsync.api.schemas_import import FinishBody
from crmsync.core.account import ImportRun
from crmsync.engine import importing, sheet
from crmsync.engine import summary as summaries

NAMED = 100
"""Failed rows whose names are looked up for an answer."""


ACTIONS: tuple[importing.Finish, ...] = ("done", "revisit", "no_import")


def summary(call: Call) -> flask.Response:
    """GET /api/import/summary: what `finish` with the same `action` and `round` would do now."""
    body.only(call.request, ("action", "round"))
    asked = body.one_of(call.request, "action", ACTIONS)
    action = next(each for each in ACTIONS if each == asked)
    told = summaries.summary(call.deps, call.uid, action, body.number(call.request, "round"))
    return answer(
        {
            "total": told.total,
            "selected": told.selected,
            "import": dict(told.imports),
            "link": told.links,
            "consent": dict(told.consents),
            "no_consent_decided": told.no_consent_decided,
            "declined": told.declined,
            "later": told.later,
        }
    )


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
