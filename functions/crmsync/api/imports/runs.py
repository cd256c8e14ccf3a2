"""Finishing the import sheet over HTTP, and how an import goes."""

import flask

from crmsync.api.http import body, paging, times
from crmsync.api.http.answers import answer, listing
from crmsync.api.http.context import Call
from crmsync.api.http.errors import Conflict, NotFound
from crmsync.api.schemas.imports import FinishBody
from crmsync.core.account import ImportRun
from crmsync.core.json_types import Json
from crmsync.core.text.titles import title_of
from crmsync.engine.imports import importing, sheet, undoing
from crmsync.engine.imports import summary as summaries
from crmsync.engine.schedule import asked

NAMED = 100
"""Failed rows whose names are looked up for an answer."""


_NOT_UNDONE = {
    "expired": "An import can be undone for 30 days; this one is older.",
    "nothing": "This import has changed nothing, or is at work still.",
}
_UNDECIDED = "Some ticked rows may be somebody in your CRM. Say who they are, or what becomes of them."
ACTIONS: tuple[importing.Finish, ...] = ("done", "revisit", "no_import")


def summary(call: Call) -> flask.Response:
    """GET /api/import/summary: what `finish` with the same `action` and `round` would do now."""
    body.only(call.request, ("action", "round"))
    wanted = body.one_of(call.request, "action", ACTIONS)
    action = next(each for each in ACTIONS if each == wanted)
    told = summaries.summary(call.deps, call.scope, action, body.number(call.request, "round"))
    return answer(
        {
            "total": told.total,
            "selected": told.selected,
            "import": dict(told.imports),
            "link": told.links,
            "consent": dict(told.consents),
            "no_consent_decided": told.no_consent_decided,
            "unproven": told.unproven,
            "withdrawn": told.withdrawn,
            "declined": told.declined,
            "later": told.later,
            "again": told.again,
            "undecided": told.undecided,
        }
    )


def browse(call: Call) -> flask.Response:
    """GET /api/imports: the imports of the last 30 days, newest first."""
    body.only(call.request, paging.PARAMETERS)
    page = paging.paging(call, "imports")
    since = call.deps.clock.now() - undoing.POSSIBLE_FOR
    runs, after = call.deps.store.import_runs(call.scope, since, page.after, page.limit)
    return listing([_run(call, run, named=False) for run in runs], page.token(after), None)


def undo(call: Call) -> flask.Response:
    """POST /api/import/{id}/undo: takes an import back, or joins that. 409 when it cannot be undone."""
    try:
        run = undoing.start(call.deps, call.scope, call.id)
    except undoing.UnknownImport:
        raise NotFound("There is no such import.") from None
    except undoing.NotPossible as refused:
        found = call.deps.store.import_run(call.scope, call.id)
        raise Conflict(_NOT_UNDONE[refused.state], current=_run(call, found) if found else None) from None
    except importing.ImportRunning as running:
        raise _running(call, running) from None
    return answer(_run(call, run), 202)


def _running(call: Call, running: importing.ImportRunning) -> Conflict:
    run = call.deps.store.import_run(call.scope, running.import_id)
    current = {"import_id": running.import_id, **(_run(call, run) if run else {"state": "running"})}
    return Conflict("An import is running already.", current=current)


def finish(call: Call) -> flask.Response:
    """POST /api/import/finish: ends the sheet with the saved choices.

    409 while an import runs, with how that one stands; and when ticked rows ask about somebody, have no
    answer, and the call does not say what becomes of them, with how many there are.
    """
    sent = body.read(call.request, FinishBody)
    try:
        import_id = importing.start(call.deps, call.scope, sent.action, sent.round, sent.undecided)
    except importing.Undecided as undecided:
        raise Conflict(_UNDECIDED, current={"undecided": undecided.count}) from None
    except importing.ImportRunning as running:
        raise _running(call, running) from None
    return answer({"import_id": import_id}, 202)


def progress(call: Call) -> flask.Response:
    """GET /api/import/{id}: how an import goes, and which rows failed for what reason.

    One whose job is gone goes on.
    """
    run = call.deps.store.import_run(call.scope, call.id)
    if run is None:
        raise NotFound("There is no such import.")
    if "running" in (run.state, run.undo):
        asked.revive(call.deps, call.scope)
    return answer(_run(call, run))


def _run(call: Call, run: ImportRun, *, named: bool = True) -> dict[str, Json]:
    """An import as JSON. named: with the rows that failed and the contacts that an undo kept."""
    deps = call.deps
    failed = run.failed if named else ()
    kept = run.kept if named else ()
    names = sheet.names(deps, call.scope, [id for id, _ in failed[:NAMED]])
    crms = [id for id, _ in kept[:NAMED]]
    records = deps.store.records(call.scope, "contacts", crms) if crms else {}
    return {
        "id": run.id,
        "created_at": times.instant(run.created_at),
        "state": run.state,
        "action": run.action,
        "imported": run.imported,
        "linked": run.linked,
        "withdrawn": run.withdrawn,
        "total": run.total,
        "failed_count": max(run.failures, len(run.failed)),
        "failed": [{"id": id, "name": names.get(id, ""), "reason": reason} for id, reason in failed],
        "undo": {
            "state": undoing.undo_state(run, deps.clock.now()),
            "until": times.instant(undoing.until(run)),
            "undone": run.undone,
            "kept_count": len(run.kept),
            "kept": [
                {"id": id, "name": title_of(records[id].value) if id in records else "", "reason": reason}
                for id, reason in kept
            ],
        },
    }
