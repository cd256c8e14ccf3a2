"""The controls.

A page for a person at `/controls`, and the same actions as JSON under `/_control/…` for tests.
"""

from __future__ import annotations

from dataclasses import asdict

import flask
from pydantic import ValidationError
from werkzeug.wrappers import Response

from local.google.clock import rfc3339
from local.google.control import actions
from local.google.control.asked import Asked
from local.google.errors import GoogleError
from local.google.faults import GOOGLE_QUOTAS
from local.google.json import JsonObject, Resource
from local.google.world import World

SHOWN_CALLS = 40


def blueprint(world: World) -> flask.Blueprint:
    """`/controls`, and `/_control/` followed by `state`, `calls`, `contacts/<gesture>` or an action."""
    routes = flask.Blueprint("controls", __name__)

    @routes.get("/controls")
    def _page() -> str:
        calls = world.controls.calls()[: -SHOWN_CALLS - 1 : -1]
        return flask.render_template(
            "controls.html",
            state=actions.state(world),
            google=GOOGLE_QUOTAS,
            calls=calls,
            done=flask.request.args.get("done", ""),
        )

    @routes.post("/controls/<name>")
    def _press(name: str) -> Response:
        arguments: dict[str, str | None] = {k: v for k, v in flask.request.form.items() if v != ""}
        if arguments.get("times") == "0":
            arguments["times"] = None
        try:
            actions.act(world, name, arguments)
        except (KeyError, ValidationError) as error:
            flask.abort(400, description=str(error))
        return flask.redirect(flask.url_for("controls._page", done=name), 303)

    @routes.get("/_control/state")
    def _state() -> JsonObject:
        return actions.state(world)

    @routes.get("/_control/calls")
    def _calls() -> JsonObject:
        calls = world.controls.calls(flask.request.args.get("operation", "*"))
        return {"calls": [asdict(call) | {"at": rfc3339(call.at)} for call in calls]}

    @routes.post("/_control/contacts/<gesture>")
    def _contacts(gesture: str) -> tuple[Resource, int]:
        return _by_hand(world, gesture, Asked(flask.request.get_json()))

    @routes.post("/_control/<name>")
    def _act(name: str) -> tuple[JsonObject, int] | JsonObject:
        try:
            return actions.act(world, name, flask.request.get_json(silent=True) or {})
        except (KeyError, ValidationError) as error:
            return {"error": str(error)}, 400

    return routes


def _by_hand(world: World, gesture: str, asked: Asked) -> tuple[Resource, int]:
    """What a person does on a phone: create, edit, delete, merge, label a contact of `account`."""
    try:
        with world.lock:
            book = world.account(asked.text("account")).people
            if gesture == "create":
                return {"resourceName": book.phone_create(asked.inner("person"))}, 200
            if gesture == "edit":
                book.phone_edit(asked.text("resourceName"), asked.inner("person"))
            elif gesture == "delete":
                book.phone_delete(asked.text("resourceName"))
            elif gesture == "merge":
                merged = book.phone_merge(asked.text("resourceName"), asked.text("merged"))
                return {"resourceName": merged}, 200
            elif gesture == "label":
                book.phone_label(asked.text("resourceName"), asked.text("label"), on=asked.flag("on", True))
            else:
                return {"error": f"no such gesture: {gesture}"}, 404
            return {}, 200
    except KeyError as error:
        return {"error": f"missing or unknown: {error}"}, 400
    except GoogleError as error:
        return error.body, error.status
