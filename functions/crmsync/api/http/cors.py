"""Cross-origin calls: the button lives in host pages, which call /api/* from their own origin."""

import flask

from crmsync.api.http.answers import nothing

METHODS = "GET, POST, PUT, PATCH, DELETE"
REQUEST_HEADERS = "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key"
EXPOSED_HEADERS = "ETag, Retry-After"
PREFLIGHT_LIFETIME = "3600"


def preflight(request: flask.Request) -> flask.Response | None:
    """The answer to a preflight, or None when the request is not one. Permission is given by `allow`."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return None
    response = nothing()
    response.headers["Access-Control-Allow-Methods"] = METHODS
    response.headers["Access-Control-Allow-Headers"] = REQUEST_HEADERS
    response.headers["Access-Control-Max-Age"] = PREFLIGHT_LIFETIME
    return response


def allow(request: flask.Request, response: flask.Response, origins: frozenset[str]) -> None:
    """Lets the calling page read the answer when its origin may embed the button; never by wildcard."""
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin is not None and origin in origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
