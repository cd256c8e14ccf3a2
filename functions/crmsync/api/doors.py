"""The five doors: what every call goes through, whatever it asks for.

Each gets the surroundings as a function, so that even a service that is not set up answers with an error
body. The whole path is kept (`/api/sync`); a door that is mounted alone at "/" takes its own paths without
their prefix too.
"""

import contextlib
import time
from collections.abc import Callable

import flask
from werkzeug.exceptions import HTTPException

from crmsync import logs
from crmsync.api.http import answers, cors
from crmsync.api.http.context import NOBODY, Call, Surroundings
from crmsync.api.http.errors import (
    ApiError,
    Conflict,
    Erasing,
    Internal,
    InvalidPageToken,
    InvalidRequest,
    NotFound,
    TooLarge,
    Unavailable,
    WrongMethod,
)
from crmsync.api.http.identity import caller, require_service
from crmsync.api.routes import ROUTER
from crmsync.api.sync import callback, jobs, webhook
from crmsync.core import errors as google
from crmsync.engine.account import erase
from crmsync.settings import SettingsError
from crmsync.store import errors as store

Here = Callable[[], Surroundings]
Answer = Callable[[Surroundings, flask.Request], flask.Response]
Refusal = Callable[[ApiError], flask.Response]

_TELLING = (store.StoreError, google.SyncError, SettingsError)
"""Errors of ours, whose text may be logged."""


def api(here: Here, request: flask.Request) -> flask.Response:
    """/api/*: for CRM users, from our pages and from host pages."""
    response = cors.preflight(request) or _guarded("api", here, request, _route)
    # Without surroundings no origin is known to be allowed, and the answer says already that nothing works.
    with contextlib.suppress(SettingsError, store.StoreError):
        cors.allow(request, response, here().embed_origins)
    answers.harden(response)
    return response


def oauth_callback(here: Here, request: flask.Request) -> flask.Response:
    """/oauth/callback: where Google sends the browser back to; a page for a person."""

    def door(surroundings: Surroundings, request: flask.Request) -> flask.Response:
        _only(request, "GET", "/oauth/callback")
        return callback.page(surroundings, request)

    return _hardened(_guarded("oauth_callback", here, request, door, callback.refused))


def calendar_webhook(here: Here, request: flask.Request) -> flask.Response:
    """/hooks/calendar: Google's push notifications; anything else gets 404 and no hint."""

    def door(surroundings: Surroundings, request: flask.Request) -> flask.Response:
        if request.method != "POST" or request.path not in ("/", "/hooks/calendar"):
            raise NotFound
        return webhook.notified(surroundings, request)

    return _hardened(_guarded("calendar_webhook", here, request, door))


def tasks(here: Here, request: flask.Request) -> flask.Response:
    """/tasks/{job}: for Cloud Tasks only."""

    def door(surroundings: Surroundings, request: flask.Request) -> flask.Response:
        require_service(request, surroundings.services, surroundings.tasks_caller)
        _only(request, "POST")
        return jobs.run(surroundings, request, request.path.removeprefix("/tasks").strip("/"))

    return _hardened(_guarded("tasks", here, request, door))


def scheduled_resync(here: Here, request: flask.Request) -> flask.Response:
    """/scheduled/resync: for Cloud Scheduler only."""

    def door(surroundings: Surroundings, request: flask.Request) -> flask.Response:
        require_service(request, surroundings.schedule, surroundings.tasks_caller)
        _only(request, "POST", "/scheduled/resync")
        return jobs.resync(surroundings, request)

    return _hardened(_guarded("scheduled_resync", here, request, door))


def passed_by(error: HTTPException) -> flask.Response:
    """The answer to a request that reached no door: its path has a line break, or its method is no door's."""
    methods = getattr(error, "valid_methods", None)
    refused = WrongMethod(frozenset(methods)) if methods else NotFound()
    logs.event("answered", status=refused.status)
    return _hardened(answers.refusal(refused))


def _route(here: Surroundings, request: flask.Request) -> flask.Response:
    path = request.path if request.path.startswith("/api/") else "/api" + request.path
    route, variables = ROUTER.find(request.method, path)
    scope = NOBODY if route.public else caller(request, here.users)
    logs.add(route=route.path, **({"user": scope.uid} if scope.uid else {}))
    if route.closes and erase.is_erasing(here.deps, scope):
        raise Erasing
    return route.handler(Call(here, request, scope, variables))


def _only(request: flask.Request, method: str, path: str | None = None) -> None:
    if path is not None and request.path not in ("/", path):
        raise NotFound
    if request.method != method:
        raise WrongMethod(frozenset((method,)))


def _guarded(
    door: str, here: Here, request: flask.Request, answer: Answer, refusal: Refusal = answers.refusal
) -> flask.Response:
    """Turns every exception into a refusal, and logs the call, but not its query: it may hold a code."""
    started = time.monotonic()
    with logs.bound(door=door, trace=logs.trace_id(request.headers.get)):
        try:
            response = answer(here(), request)
        except Exception as error:
            refused = _refused(error)
            if refused.status >= 500:
                logs.failure(refused.code, error, tell=_TELLING)
            response = refusal(refused)
        logs.event(
            "answered",
            method=request.method[:10],
            status=response.status_code,
            ms=round((time.monotonic() - started) * 1000),
        )
    return response


def _refused(error: Exception) -> ApiError:
    """What the caller is told of an exception; what is not foreseen is told as a fault of ours."""
    match error:
        case ApiError():
            return error
        case store.InvalidPosition():
            return InvalidPageToken()
        case store.TooLarge():
            return TooLarge("This is more than can be stored.")
        case store.InvalidWrite():
            return InvalidRequest("This cannot be stored.")
        case store.Conflicted() | store.Superseded():
            return Conflict("Somebody else changed this at the same moment. Please try again.")
        case store.StoreUnavailable() | google.RateLimited() | google.Unavailable():
            return Unavailable()
        case SettingsError():
            return Unavailable(retry_after=60)
        case _:
            return Internal()


def _hardened(response: flask.Response) -> flask.Response:
    answers.harden(response)
    return response
