"""How the sync stands, and asking for one."""

import hashlib

import flask

from crmsync import logs
from crmsync.api.http import body, times
from crmsync.api.http.answers import answer, encode, nothing, tagged
from crmsync.api.http.context import Call
from crmsync.api.http.errors import Conflict
from crmsync.api.schemas.sync import SyncBody
from crmsync.core.account import RESOURCES
from crmsync.core.departure import Departure
from crmsync.core.errors import SyncError
from crmsync.core.json_types import Json
from crmsync.core.model import Resource
from crmsync.core.shown.status import Progress
from crmsync.core.shown.waits import Wait
from crmsync.engine import jobs
from crmsync.engine.status import Status, status
from crmsync.store.ports import StoreError


def show(call: Call) -> flask.Response:
    """GET /api/sync: what the button shows. 304 when nothing changed since the etag in `If-None-Match`.

    `quick=true`: only whether the user's document has moved, at the price of one read. Nothing that the sync
    does leaves it as it was; what the user does on another page may.
    """
    quick = body.flag(call.request, "quick")
    user = call.deps.store.user(call.scope)
    mark = hashlib.sha256((user.version or "" if user else "").encode()).hexdigest()[:12]
    if quick and (known := _same(call.request, mark)) is not None:
        response = nothing(304)
        response.set_etag(known)
        return response
    found = _json(status(call.deps, call.scope, user))
    return tagged(call.request, found, f"{mark}-{hashlib.sha256(encode(found)).hexdigest()[:32]}")


def _same(request: flask.Request, mark: str) -> str | None:
    """The etag that the caller has, if it was made of the same state of the user's document."""
    # Werkzeug reads `""` as None, whatever its types say.
    etags = filter(None, request.if_none_match.as_set())
    return next((etag for etag in etags if etag.startswith(f"{mark}-")), None)


def start(call: Call) -> flask.Response:
    """POST /api/sync: asks for a sync; a running one is joined. 409 while there is no living connection."""
    reason = body.read(call.request, SyncBody).reason
    user = call.deps.store.user(call.scope)
    if user is None or user.connection is None or user.connection.state != "active":
        current = _json(status(call.deps, call.scope))
        raise Conflict("Connect a Google account first.", current=current)
    jobs.request_sync(call.deps, call.scope, reason)
    return answer(_json(status(call.deps, call.scope)), 202)


def ask_after_change(call: Call, resources: frozenset[Resource] | None = None) -> None:
    """Asks for a sync of what the call has changed (None: of all), so that it reaches Google within seconds.

    The change is saved, and the schedule brings it to Google too: a queue that is down fails no call.
    """
    try:
        jobs.request_sync(call.deps, call.scope, "change", resources)
    except (SyncError, StoreError) as error:
        logs.failure("sync not queued", error, tell=(SyncError, StoreError))


def _far(progress: Progress) -> dict[str, Json]:
    left = progress.left
    return {
        "phase": progress.phase,
        "done": progress.done,
        "total": progress.total,
        "seconds_left": None if left is None else round(left.total_seconds()),
    }


def waits_as_json(wait: Wait) -> dict[str, Json]:
    """Something that waits, as JSON."""
    return {"what": wait.what, "count": wait.count, "until": times.instant(wait.until), "why": wait.why}


def _departure(departure: Departure | None) -> Json:
    if departure is None:
        return None
    left: list[Json] = [
        {"resource": each.resource, "side": each.side, "count": each.count, "reason": each.reason}
        for each in departure.left
    ]
    return {
        "email": departure.email,
        "google_copies": departure.google_copies,
        "crm_copies": departure.crm_copies,
        "ended": departure.ended_at is not None,
        "until": times.instant(departure.deadline),
        "next": departure.next_email or None,
        "left": left,
        "access_left": departure.access_left,
    }


def _json(now: Status) -> dict[str, Json]:
    headline, progress = now.headline, now.headline.progress
    return {
        "state": headline.state,
        "label": headline.label,
        "account": None if now.email is None else {"email": now.email},
        "granted": {"contacts": "contacts" in now.granted, "calendar": "calendar" in now.granted},
        "progress": None if progress is None else _far(progress),
        "waits": [waits_as_json(wait) for wait in headline.waits],
        "waiting": now.waiting,
        "conflicts": now.conflicts,
        "holds": now.holds,
        "refused": now.refused,
        "doubles": now.doubles,
        "problems": [{"code": p.code, "message": p.message, "action": p.action} for p in headline.problems],
        "last_synced_at": times.instant(now.last_synced_at),
        "resources": {
            name: {
                "last_synced_at": times.instant(now.ended_at.get(name)),
                "paused_at": times.instant(now.paused_at.get(name)),
            }
            for name in RESOURCES
        },
        "departure": _departure(now.departure),
        "changed_at": times.instant(now.changed_at),
    }
