"""Erasing everything about the caller: asking for it, how it stands, and the proof."""

from collections.abc import Mapping

import flask

from crmsync.api.http import body, times
from crmsync.api.http.answers import answer
from crmsync.api.http.context import Call
from crmsync.api.http.errors import NotFound
from crmsync.api.http.identity import is_document_id
from crmsync.api.schemas.sync import EraseBody
from crmsync.api.sync.status import waits_as_json
from crmsync.core.account import User
from crmsync.core.erasure import Erasure
from crmsync.core.json_types import Json
from crmsync.core.shown.waits import stalled
from crmsync.engine.account import erase
from crmsync.engine.schedule import asked


def begin(call: Call) -> flask.Response:
    """DELETE /api/account: ends the connection at once; everything is deleted by a job. Repeatable: while an
    erasure is under way it goes on as it was asked for.
    """
    sent = body.read(call.request, EraseBody)
    erase.begin(call.deps, call.scope, sent.google_copies)
    asked.revive(call.deps, call.scope)
    return answer(_standing(call), 202)


def show(call: Call) -> flask.Response:
    """GET /api/account/erasure: how the caller's erasure stands; with its `id`, also once it is done."""
    body.only(call.request, ("id",))
    id = call.request.args.get("id")
    if id is None:
        asked.revive(call.deps, call.scope)
        return answer(_standing(call))
    found = call.deps.store.erasure(id) if is_document_id(id) else None
    if found is None:
        raise NotFound
    # Whoever has the id may see the record: it does not say whose it was. What is found is the caller's own.
    return answer(_answered(call, call.deps.store.user(call.scope), found))


def _standing(call: Call) -> Mapping[str, Json]:
    user = call.deps.store.user(call.scope)
    erasing = None if user is None else user.erasing
    return _answered(call, user, None if erasing is None else call.deps.store.erasure(erasing))


def _answered(call: Call, user: User | None, erasure: Erasure | None) -> dict[str, Json]:
    keep = call.deps.keep_evidence
    return {
        "keeps_evidence_days": None if keep is None else keep.days,
        "erasure": None if erasure is None else _json(call, user, erasure),
    }


def _json(call: Call, user: User | None, erasure: Erasure) -> dict[str, Json]:
    found = call.deps.store.found_of(call.scope) if erasure.state == "done" else None
    waits = () if user is None or user.erasing != erasure.id else stalled(user.asked, user.stalls)
    return {
        "id": erasure.id,
        "state": erasure.state,
        "asked_at": times.instant(erasure.asked_at),
        "looks_again_at": times.instant(erase.last_look(erasure)) if erasure.state == "checking" else None,
        "done_at": times.instant(erasure.done_at),
        "at_google": {"stayed": erasure.stayed, "access_left": erasure.access_left},
        "erased": dict(erasure.erased),
        "found": None if found is None else dict(found),
        "evidence": _evidence(erasure),
        "waits": [waits_as_json(wait) for wait in waits],
    }


def _evidence(erasure: Erasure) -> Json:
    if erasure.evidence_until is None:
        return None
    return {"kept": erasure.evidence, "until": times.instant(erasure.evidence_until)}
