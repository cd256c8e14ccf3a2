"""The Flask application: every part of the simulated Google on one origin."""

from __future__ import annotations

import flask
from werkzeug.wrappers import Response

from local.google.calendar import api as calendar_api
from local.google.control import accounts as account_control
from local.google.control import calendar as calendar_control
from local.google.oauth import endpoints as oauth
from local.google.pages import authorization, calendar, contacts, controls
from local.google.people import api as people_api
from local.google.people import photos
from local.google.world import World

MAX_BODY = 10 * 2**20
_PAGES = ("/signin/", "/contacts", "/calendar", "/controls", "/_control/")


def create_app(world: World) -> flask.Flask:
    """Put all blueprints around `world`. A planned drop leaves the application as ConnectionDropped."""
    app = flask.Flask(
        "local.google",
        template_folder="pages/templates",
        static_folder="pages/static",
        static_url_path="/_static",
    )
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, PROPAGATE_EXCEPTIONS=True)
    app.url_map.merge_slashes = False
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.register_blueprint(oauth.blueprint(world))
    app.register_blueprint(authorization.blueprint(world))
    app.register_blueprint(people_api.blueprint(world))
    app.register_blueprint(calendar_api.blueprint(world))
    app.register_blueprint(calendar_control.blueprint(world))
    app.register_blueprint(calendar.blueprint(world))
    app.register_blueprint(photos.blueprint(world))
    app.register_blueprint(contacts.blueprint(world))
    app.register_blueprint(account_control.blueprint(world))
    app.register_blueprint(controls.blueprint(world))
    app.before_request(_refuse_foreign_forms)

    @app.get("/")
    def _home() -> Response:
        return flask.redirect("/contacts")

    return app


def _refuse_foreign_forms() -> None:
    """403 for a form that another site sends to the pages: any site the person visits could try."""
    request = flask.request
    origin = request.headers.get("Origin")
    mine = request.host_url.rstrip("/")
    ours = request.path.startswith(_PAGES) and not request.path.startswith("/calendar/v3/")
    if ours and request.method == "POST" and origin not in (None, mine):
        flask.abort(403)
