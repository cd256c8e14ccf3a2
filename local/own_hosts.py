"""Local servers answer to their own names alone.

A page on the web can have its own name lead to this machine (DNS rebinding): to the browser it is then at
home here, and reads whatever it asks for. What it cannot do is have the browser send another name than its
own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOOPBACK = frozenset(("127.0.0.1", "localhost"))


class OwnHosts:
    """Hands on to `app` what is addressed to the server by name; anything else is answered with 421."""

    def __init__(self, app: WSGIApplication, host: str, port: int) -> None:
        """`host`, `port`: where the server listens."""
        names = LOOPBACK | {host} if host in LOOPBACK else {host}
        self._app = app
        self._own = {f"{name}:{port}" for name in names} | (names if port == 80 else set())
        listed = " or ".join(sorted(self._own))
        self._refusal = f"This server is for this machine: it answers to {listed}, and to no other name.\n"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ.get("HTTP_HOST", "").lower() in self._own:
            return self._app(environ, start_response)
        body = self._refusal.encode()
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
        start_response("421 Misdirected Request", headers)
        return [body]
