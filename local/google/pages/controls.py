"""The controls.

A page for a person at `/controls`, and the same actions as JSON under `/_control/…` for tests.
"""

from __future__ import annotations

from typing import Any

import flask
from pydantic import ValidationError
from werkzeug.wrappers import Response

from local.google.clock import rfc3339
from local.google.control import actions
from local.google.errors import GoogleError
from local.google.faults import GOOGLE_QUOTAS
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
    def _state() -> dict[str, Any]:
        return actions.state(world)

    @routes.get("/_control/calls")
    def _calls() -> dict[str, Any]:
        calls = world.controls.calls(flask.request.args.get("operation", "*"))
        shown = [{name: getattr(call, name) for name in call.__slots__} for call in calls]
        return {"calls": [line | {"at": rfc3339(line["at"])} for line in shown]}

    @routes.post("/_control/contacts/<gesture>")
    def _contacts(gesture: str) -> tuple[dict[str, Any], int] | dict[str, Any]:
        return _by_hand(world, gesture, flask.request.get_json())

    @routes.post("/_control/<name>")
    def _act(name: str) -> tuple[dict[str, Any], int] | dict[str, Any]:
        try:
            return actions.act(world, name, flask.request.get_json(silent=True) or {})
        except (KeyError, ValidationError) as error:
            return {"error": str(error)}, 400

    return routes


def _by_hand(world: World, gesture: str, body: dict[str, Any]) -> tuple[dict[str, Any], int] | dict[str, Any]:
    """What a person does on a phone: create, edit, delete, merge, label a contact of `account`."""
    try:
        with world.lock:
            book = world.account(body["account"]).people
            if gesture == "create":
                return {"resourceName": book.phone_create(body["person"])}
            if gesture == "edit":
                book.phone_edit(body["resourceName"], body["person"])
            elif gesture == "delete":
                book.phone_delete(body["resourceName"])
            elif gesture == "merge":
                return {"resourceName": book.phone_merge(body["resourceName"], body["merged"])}
            elif gesture == "label":
                book.phone_label(body["resourceName"], body["label"], on=body.get("on", True))
            else:
                return {"error": f"no such gesture: {gesture}"}, 404
            return {}
    except KeyError as error:
        return {"error": f"missing or unknown: {error}"}, 400
    except GoogleError as error:
        return error.body, error.status
