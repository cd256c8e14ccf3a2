"""Connecting and disconnecting a Google account."""

import hashlib
import math
import re
import secrets
from urllib.parse import urlsplit

import flask

from crmsync.api.http import body, times
from crmsync.api.http.answers import answer, nothing
from crmsync.api.http.context import Call, Surroundings
from crmsync.api.http.errors import Expired, RateLimited
from crmsync.api.http.identity import is_document_id
from crmsync.api.schemas.sync import ConfirmBody, ConnectBody, DisconnectBody
from crmsync.core.account import RESOURCES, User
from crmsync.core.json_types import Json
from crmsync.engine.account import calendars, connect, leaving

COOKIE = "crmsync"
COOKIE_LIFETIME = 3600
"""Seconds: longer than the ten minutes of an attempt, so that two attempts in a row share it."""

OVER = "This attempt is over. Please connect again."
TOO_MANY = "You have begun to connect many times within a few minutes. Please wait a little, then try again."

_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")


def begin(call: Call) -> flask.Response:
    """POST /api/google/connect: where to send the browser, and the cookie that ties the attempt to this
    browser. 429 while ten attempts of the user are open.
    """
    scopes = frozenset(body.read(call.request, ConnectBody, optional=True).scopes)
    value = _cookie(call.here, call.request) or secrets.token_urlsafe(32)
    try:
        begun = connect.begin(call.deps, call.scope, scopes, _digest(value))
    except connect.TooManyAttempts as many:
        raise RateLimited(TOO_MANY, retry_after=math.ceil(many.retry_after.total_seconds())) from None
    response = answer({"authorization_url": begun.url, "pending": begun.offer})
    secure = _is_secure(call.here)
    response.set_cookie(
        _cookie_name(call.here),
        value,
        max_age=COOKIE_LIFETIME,
        path="/",
        secure=secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def confirm(call: Call) -> flask.Response:
    """POST /api/google/connect/confirm: takes what Google granted. With `afresh` also when it is another
    account than before; without, the outcome asks for it.

    The account before may have to be cleaned up first: then it is `waiting`, and connected by itself.

    410 when there is nothing to take, or nothing yet. It needs no cookie: Google's redirect has shown that it
    is the browser in which the attempt began, and the token shows that it is the person.
    """
    sent = body.read(call.request, ConfirmBody)
    if not is_document_id(sent.pending):
        raise Expired(OVER)
    outcome = connect.confirm(call.deps, call.scope, sent.pending, afresh=sent.afresh)
    if outcome.kind == "expired":
        raise Expired(OVER)
    return answer(
        {
            "outcome": outcome.kind,
            "missing": sorted(outcome.missing),
            "email": outcome.email,
            "until": times.instant(outcome.until),
            "ended_clean_up": outcome.ended_clean_up,
        }
    )


def list_calendars(call: Call) -> flask.Response:
    """GET /api/google/calendars: what may be chosen; allowed: false while Google may not be asked."""
    user = call.deps.store.user(call.scope) or User.unknown(call.scope)
    found = calendars.listed(call.deps, user)
    items: list[Json] = [
        {"id": each.id, "name": each.name, "primary": each.primary, "writable": each.writable}
        for each in found or ()
    ]
    return answer({"allowed": found is not None, "items": items})


def show(call: Call) -> flask.Response:
    """GET /api/google/connection: what leaving is about, in numbers."""
    made = leaving.made(call.deps, call.scope)
    return answer(
        {
            "at_google": {name: made.at_google[name] for name in RESOURCES},
            "in_crm": {name: made.in_crm[name] for name in RESOURCES},
            "not_imported": made.not_imported,
        }
    )


def dismiss(call: Call) -> flask.Response:
    """DELETE /api/google/connection/report: the user has read what remained of an account that they left.

    Repeatable.
    """
    leaving.dismiss(call.deps, call.scope)
    return nothing()


def disconnect(call: Call) -> flask.Response:
    """DELETE /api/google/connection: ends the connection at once; what is to be cleaned up follows in a job,
    within a day.

    Repeatable.
    """
    sent = body.read(call.request, DisconnectBody, optional=True)
    by = connect.disconnect(call.deps, call.scope, sent.google_copies, sent.crm_copies)
    return answer({"disconnected": True, "by": times.instant(by)}, 202)


def binding(here: Surroundings, request: flask.Request) -> str | None:
    """The digest of this browser's cookie, which alone is stored; None without a cookie."""
    value = _cookie(here, request)
    return _digest(value) if value else None


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _cookie(here: Surroundings, request: flask.Request) -> str | None:
    value = request.cookies.get(_cookie_name(here), "")
    return value if _VALUE.fullmatch(value) else None


def _is_secure(here: Surroundings) -> bool:
    return urlsplit(here.public_url).scheme == "https"


def _cookie_name(here: Surroundings) -> str:
    """`__Host-` makes the browser insist on Secure, Path=/ and no Domain; over http on loopback it would be
    refused.
    """
    return f"__Host-{COOKIE}" if _is_secure(here) else COOKIE
