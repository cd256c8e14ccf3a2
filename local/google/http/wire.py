"""One HTTP exchange as plain values, so that the same guard serves Flask and the parts of an HTTP batch."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

import flask

GZIP_LEVEL = 4
GZIP_FROM = 256


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request.

    `path` decoded and starting with a slash, `query` in order, `headers` with lower-case names.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def from_target(
        cls, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
    ) -> WireRequest:
        """Read a request target as it stands in a request line: `/calendar/v3/…?q=…`, still encoded."""
        parts = urlsplit(target)
        lowered = {name.lower(): value for name, value in headers.items()}
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        return cls(method.upper(), unquote(parts.path), query, lowered, body)

    @classmethod
    def from_flask(cls, request: flask.Request) -> WireRequest:
        """Read the request Flask is serving, with `X-HTTP-Method-Override` applied.

        google-api-python-client sends a GET whose address exceeds 2,048 characters as a POST with the query
        as form body; Google takes the body for the query then.
        """
        query = tuple((name, value) for name, values in request.args.lists() for value in values)
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = request.get_data(cache=False, parse_form_data=False)
        method = request.method
        override = headers.get("x-http-method-override", "").upper()
        if method == "POST" and override:
            method = override
            if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
                query += tuple(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
                body = b""
        return cls(method, request.path, query, headers, body)

    @property
    def wants_gzip(self) -> bool:
        """Whether the caller accepts a gzipped answer."""
        return "gzip" in self.headers.get("accept-encoding", "")


@dataclass(slots=True)
class WireResponse:
    """An answer; `body` is already encoded, `gzipped_bytes` is its size on the wire when gzip was used."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    plain_bytes: int = 0
    gzipped_bytes: int | None = None

    def compress(self, wanted: bool) -> WireResponse:
        """Gzip the body when `wanted` and worth it; remembers both sizes."""
        self.plain_bytes = len(self.body)
        if wanted and self.plain_bytes >= GZIP_FROM:
            self.body = gzip.compress(self.body, GZIP_LEVEL, mtime=0)
            self.gzipped_bytes = len(self.body)
            self.headers["Content-Encoding"] = "gzip"
        elif wanted:
            self.gzipped_bytes = self.plain_bytes
        return self

    def to_flask(self) -> flask.Response:
        """Hand the answer to Flask."""
        response = flask.Response(self.body, self.status)
        del response.headers["Content-Type"]
        for name, value in self.headers.items():
            response.headers[name] = value
        return response
