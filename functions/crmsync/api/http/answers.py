"""Answers: JSON bodies, etags, and the headers that every answer carries."""

import hashlib
import json
from collections.abc import Iterable, Mapping

import flask

from crmsync.api.http.errors import ApiError
from crmsync.core.json_types import Json

SECURITY_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "Cache-Control": "no-store",
}
"""Set where a handler has not set its own."""


def encode(body: Json) -> bytes:
    """JSON as UTF-8.

    Slash-escaped "<" keeps hostile contact data inert even where something takes it for HTML.
    """
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").encode()


def answer(body: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> flask.Response:
    """A JSON answer."""
    return flask.Response(encode(body), status, headers, mimetype="application/json")


def nothing(status: int = 204) -> flask.Response:
    """An answer without a body."""
    return flask.Response(b"", status)


def refusal(error: ApiError) -> flask.Response:
    """The answer to what is wrong with a request."""
    return answer(error.body(), error.status, error.headers())


def listing(
    items: Iterable[Json], next_page_token: str | None, total: int | None, **more: Json
) -> flask.Response:
    """A list answer; `total` is null where counting would cost more than the page."""
    return answer({"items": list(items), "next_page_token": next_page_token, "total": total, **more})


def tagged(
    request: flask.Request, body: Json, etag: str | None = None, status: int = 200, *, whole: bool = False
) -> flask.Response:
    """A JSON answer with an ETag (of its content unless given), or 304 when the caller has it already.

    whole: not even then, as the etag that is given does not say all of the content.
    """
    payload = encode(body)
    response = flask.Response(payload, status, mimetype="application/json")
    response.set_etag(etag or hashlib.sha256(payload).hexdigest()[:32])
    if status == 200 and not whole:
        response.make_conditional(request.environ)
    return response


def harden(response: flask.Response) -> None:
    """Adds the security headers that the answer does not set itself."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
