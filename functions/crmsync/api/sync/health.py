"""What anybody may know: whether the service is well, and which host pages may embed the button."""

import flask

from crmsync.api.http.answers import answer
from crmsync.api.http.context import Call
from crmsync.store.ports import StoreError


def show(call: Call) -> flask.Response:
    """GET /api/health: the version, and whether the store answers: 200 when it does, 503 when not."""
    try:
        store = call.deps.store.ping()
    except StoreError:
        store = False
    body = {"status": "ok" if store else "unavailable", "version": call.here.version, "store": store}
    return answer(body, 200 if store else 503)


def embed(call: Call) -> flask.Response:
    """GET /api/embed: the origins whose pages may embed the button; the pop-up talks to no others."""
    return answer({"origins": sorted(call.here.embed_origins)})
