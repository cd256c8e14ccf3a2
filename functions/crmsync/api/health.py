"""GET /api/health: public, and tells nothing that is worth knowing to a stranger."""

import flask

from crmsync.api.answers import answer
from crmsync.api.context import Call
from crmsync.store.ports import StoreError


def show(call: Call) -> flask.Response:
    """The version, and whether the store answers: 200 when it does, 503 when not."""
    try:
        store = call.deps.store.ping()
    except StoreError:
        store = False
    body = {"status": "ok" if store else "unavailable", "version": call.here.version, "store": store}
    return answer(body, 200 if store else 503)
