"""POST /hooks/calendar: Google's calendar push notifications, headers only."""

import flask

from crmsync.api.http.answers import nothing
from crmsync.api.http.context import Surroundings
from crmsync.api.http.errors import NotFound
from crmsync.api.http.identity import is_document_id
from crmsync.engine.account import webhook

LONGEST_HEADER = 256
"""Google's limit for a channel token; ids are shorter."""


def notified(here: Surroundings, request: flask.Request) -> flask.Response:
    """204 for a channel of ours, 404 for everything else. Raises NotFound."""
    names = ("X-Goog-Channel-ID", "X-Goog-Resource-ID", "X-Goog-Channel-Token", "X-Goog-Resource-State")
    channel, resource, token, state = (request.headers.get(name) for name in names)
    if channel is None or not is_document_id(channel) or len(token or "") > LONGEST_HEADER:
        raise NotFound
    if not webhook.notified(here.deps, channel, resource, token, state):
        raise NotFound
    return nothing()
