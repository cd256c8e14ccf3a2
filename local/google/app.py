"""The Flask application: every part of the simulated Google on one origin."""

from __future__ import annotations

import flask

from local.google import calendar_api, oauth, oauth_pages, people_api
from local.google.world import World

MAX_BODY = 10 * 2**20


def create_app(world: World) -> flask.Flask:
    """Put all blueprints around `world`. A planned drop leaves the application as ConnectionDropped."""
    app = flask.Flask("local.google", static_folder="static", static_url_path="/_static")
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, PROPAGATE_EXCEPTIONS=True)
    app.url_map.merge_slashes = False
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.register_blueprint(oauth.blueprint(world))
    app.register_blueprint(oauth_pages.blueprint(world))
    app.register_blueprint(people_api.blueprint(world))
    app.register_blueprint(calendar_api.blueprint(world))
    return app
