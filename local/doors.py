"""The five functions, the pages and the local identity behind one origin, as in the deployment.

Each function is a target of functions-framework, as when deployed; here they share a process and a port.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import flask
import functions_framework

from local import environment

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOT = Path(__file__).resolve().parent.parent
MAIN = ROOT / "functions" / "main.py"
WEB = ROOT / "web"

TARGETS = {
    "/api": "api",
    "/oauth/callback": "oauth_callback",
    "/hooks/calendar": "calendar_webhook",
    "/tasks": "tasks",
    "/scheduled/resync": "scheduled_resync",
}
"""Path prefix of each function. The whole path reaches the function."""

_TRACES = ("FUNCTION_TARGET", "FUNCTION_SIGNATURE_TYPE")

PICTURES = ("https://*.googleusercontent.com", "https://*.ggpht.com")
"""Where Google keeps its users' pictures; as in terraform/edge.tf."""

CONTENT_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
"""What the pages consist of. No other kind of file is served, and the machine's own table is not asked."""


def functions(main: Path = MAIN) -> dict[str, WSGIApplication]:
    """The functions of `main` as WSGI apps, by path prefix. They read their settings from the environment."""
    path, before = list(sys.path), {name: os.environ.get(name) for name in _TRACES}
    try:
        apps = {
            prefix: functions_framework.create_app(name, str(main))  # type: ignore[no-untyped-call]
            for prefix, name in TARGETS.items()
        }
    finally:
        # The framework is made for one target a process, and leaves its traces accordingly.
        sys.path[:] = path if str(main.parent) in path else [*path, str(main.parent)]
        environment.apply(before)
    return apps


def content_security_policy(image_origins: Iterable[str], embed_origins: Iterable[str]) -> str:
    """The policy of the pages: everything from here, pictures from Google too, framed by host pages only."""
    return "; ".join(
        [
            "default-src 'self'",
            " ".join(["img-src 'self' data:", *PICTURES, *image_origins]),
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            " ".join(["frame-ancestors 'self'", *embed_origins]),
        ]
    )


def pages(policy: str, web: Path = WEB, *, home: str = "", demo: bool = True) -> flask.Flask:
    """The static pages of `web` as a WSGI app.

    At the root are the demo CRM or, as in the deployment, `home`, which is also at /home.html.
    """
    app = flask.Flask("local.pages", static_folder=None)
    app.url_map.redirect_defaults = False

    @app.get("/", defaults={"path": "demo.html" if demo else "home.html"})
    @app.get("/<path:path>")
    def page(path: str) -> flask.Response:
        if path == "home.html":
            return flask.Response(home, content_type="text/html; charset=utf-8")
        kind = CONTENT_TYPES.get(Path(path).suffix)
        if kind is None or any(part.startswith(".") for part in path.split("/")):
            flask.abort(404)
        # Refuses with 404 whatever leads out of the folder.
        return flask.send_from_directory(web, path, mimetype=kind)

    @app.errorhandler(404)
    def missing(_: Exception) -> tuple[str, int]:
        return "<!doctype html><title>Not found</title><p>There is no such page.", 404

    @app.after_request
    def guarded(answer: flask.Response) -> flask.Response:
        answer.headers["Cache-Control"] = "no-cache"
        answer.headers["Content-Security-Policy"] = policy
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"
        # Host pages load the button as a module, which browsers fetch with CORS. Nothing here is private.
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer

    return app


class Doors:
    """One WSGI app that hands each request to the app whose path prefix it has, else to `rest`."""

    def __init__(self, apps: Mapping[str, WSGIApplication], rest: WSGIApplication) -> None:
        self._apps = dict(apps)
        self._rest = rest

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        return self._app_of(environ.get("PATH_INFO", ""))(environ, start_response)

    def _app_of(self, path: str) -> WSGIApplication:
        for prefix, app in self._apps.items():
            if path == prefix or path.startswith(prefix + "/"):
                return app
        return self._rest
