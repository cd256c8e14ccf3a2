"""What waits for the user: holds to decide, values to pick, records that Google does not take."""

from collections.abc import Sequence

import flask

from crmsync.api.activity import history
from crmsync.api.http import body, paging, times
from crmsync.api.http.answers import answer, listing
from crmsync.api.http.context import Call
from crmsync.api.http.errors import Conflict, InvalidRequest, NotFound
from crmsync.api.schemas.sync import ConflictBody, HoldBody, ProblemBody
from crmsync.core.json_types import Json
from crmsync.core.shown.refusals import in_words
from crmsync.core.state import Link
from crmsync.core.text.titles import title_of, told
from crmsync.engine.review.approvals import Moved as OtherHold
from crmsync.engine.review.approvals import UnknownHold
from crmsync.engine.review.approvals import choose as decide
from crmsync.engine.review.conflicts import Asked, Moved, NotPossible, UnknownConflict, asked
from crmsync.engine.review.conflicts import choose as pick
from crmsync.engine.review.refusals import NotPossible as NothingToTake
from crmsync.engine.review.refusals import UnknownRefusal, choices
from crmsync.engine.review.refusals import choose as settle
from crmsync.store.ports import Kind


def holds(call: Call) -> flask.Response:
    """GET /api/holds: what waits for a yes, oldest first. There are never more than a few."""
    body.only(call.request, paging.PARAMETERS)
    found = sorted(call.deps.store.holds(call.scope), key=lambda hold: hold.at)
    return listing(map(history.hold, found), None, len(found))


def choose_hold(call: Call) -> flask.Response:
    """POST /api/holds/{id}: decides it; the sync that this asks for carries it out. Repeatable until then."""
    body.idempotency_key(call.request)
    sent = body.read(call.request, HoldBody)
    try:
        decide(call.deps, call.scope, call.id, sent.choose, sent.digest)
    except UnknownHold:
        raise NotFound("There is nothing on hold here any more.") from None
    except OtherHold as other:
        decided = other.hold.choice is not None
        message = "It is decided already." if decided else "What is on hold has changed since you saw it."
        raise Conflict(message, current=history.hold(other.hold)) from None
    return answer({"id": call.id, "choice": sent.choose}, 202)


def conflicts(call: Call) -> flask.Response:
    """GET /api/conflicts: values that lost a merge, with their records as they are now."""
    body.only(call.request, paging.PARAMETERS)
    page = paging.paging(call, "conflicts")
    found = call.deps.store.conflicts(call.scope, page.after, page.limit)
    after = found[-1].id if len(found) == page.limit else None
    total = call.deps.store.count_conflicts(call.scope)
    return listing(map(_asked, asked(call.deps, call.scope, found)), page.token(after), total)


def choose_conflict(call: Call) -> flask.Response:
    """POST /api/conflicts/{id}: settles it; the sync that this asks for brings it to Google."""
    body.idempotency_key(call.request)
    sent = body.read(call.request, ConflictBody)
    try:
        pick(call.deps, call.scope, call.id, sent.choose, sent.digest)
    except UnknownConflict:
        raise NotFound("These values no longer differ, or one was picked already.") from None
    except NotPossible as refused:
        raise InvalidRequest(str(refused), field="choose") from None
    except Moved as moved:
        raise Conflict("The record has changed since you saw it.", current=_asked(moved.asked)) from None
    return answer({"id": call.id, "choice": sent.choose})


def problems(call: Call) -> flask.Response:
    """GET /api/problems: records that are set aside, with the reason and what may be chosen."""
    body.only(call.request, paging.PARAMETERS)
    page = paging.paging(call, "problems")
    found = call.deps.store.quarantined(call.scope, page.after, page.limit)
    after = found[-1].key if len(found) == page.limit else None
    total = call.deps.store.count_quarantined(call.scope)
    names = _names(call, found)
    return listing([_problem(link, names) for link in found], page.token(after), total)


def choose_problem(call: Call) -> flask.Response:
    """POST /api/problems/{id}: tries it again, or takes what Google has; a sync does it."""
    body.idempotency_key(call.request)
    sent = body.read(call.request, ProblemBody)
    try:
        settle(call.deps, call.scope, call.id, sent.choose)
    except UnknownRefusal:
        raise NotFound("This record is not set aside any more.") from None
    except NothingToTake as refused:
        raise InvalidRequest(str(refused), field="choose") from None
    return answer({"id": call.id, "choice": sent.choose}, 202)


def _names(call: Call, links: Sequence[Link]) -> dict[str, str]:
    names: dict[str, str] = {}
    kinds: dict[Kind, list[str]] = {
        "contacts": [link.crm for link in links if link.crm and link.resource == "contacts"],
        "appointments": [link.crm for link in links if link.crm and link.resource == "calendar"],
    }
    for kind, ids in kinds.items():
        found = call.deps.store.records(call.scope, kind, ids) if ids else {}
        names |= {id: told(title_of(stored.value)) for id, stored in found.items()}
    return names


def _problem(link: Link, names: dict[str, str]) -> dict[str, Json]:
    return {
        "id": link.key,
        "resource": link.resource,
        "record_id": link.crm or None,
        "name": names.get(link.crm, ""),
        "reason": link.problem or "",
        "message": in_words(link.problem),
        "choices": list(choices(link)),
        "retry_at": times.instant(link.retry_at),
    }


def _asked(asked: Asked) -> dict[str, Json]:
    """A conflict as the user is asked about it."""
    stored = asked.stored
    return {
        **history.conflict(asked.conflict),
        "record_name": "" if stored is None else told(title_of(stored.value)),
        "record_state": "gone" if stored is None else "archived" if stored.archived_at else "active",
        "current": asked.current,
        "both": asked.both,
        "digest": asked.digest,
    }
