"""The calendar's hand as JSON under `/_control/calendar/…`, for tests that drive it from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict

import flask

from local.google.calendar.book import CalendarBook
from local.google.calendar.push import PushHub
from local.google.clock import rfc3339
from local.google.control.asked import Asked
from local.google.errors import GoogleError
from local.google.json import JsonObject, Resource
from local.google.world import World

Gesture = Callable[[CalendarBook, Asked, str], Resource | None]

GESTURES: Mapping[str, Gesture] = {
    "create": lambda book, asked, calendar: book.phone_create(asked.inner("event"), calendar),
    "edit": lambda book, asked, calendar: book.phone_edit(asked.text("id"), asked.inner("event"), calendar),
    "delete": lambda book, asked, calendar: book.phone_delete(asked.text("id"), calendar),
    "restore": lambda book, asked, calendar: book.phone_restore(asked.text("id"), calendar),
    "cancel-instance": lambda book, asked, calendar: book.phone_cancel_instance(asked.text("id"), calendar),
    "move-instance": lambda book, asked, calendar: book.phone_move_instance(
        asked.text("id"), asked.within("event").inner("start"), asked.within("event").inner("end"), calendar
    ),
    "split-series": lambda book, asked, calendar: book.phone_split_series(
        asked.text("id"), asked.inner("event"), calendar
    ),
    "end-series": lambda book, asked, calendar: book.phone_end_series(asked.text("id"), calendar),
    "invite": lambda book, asked, calendar: book.guest_invites(
        asked.inner("organizer"), asked.inner("event"), calendar
    ),
    "answer": lambda book, asked, calendar: book.guest_answers(
        asked.text("id"), asked.text("email"), asked.text("response"), calendar
    ),
}
"""Gesture -> what it does.

The body has `account` (an e-mail), `calendar` (by default the primary one), and `id`
(also of an occurrence), `event`, `organizer`, `email` or `response` as the gesture needs.
"""


def blueprint(world: World) -> flask.Blueprint:
    """`POST /_control/calendar/<gesture>`, `GET /_control/calendar/{events,mails,channels}`."""
    routes = flask.Blueprint("calendar_control", __name__)

    @routes.post("/_control/calendar/<gesture>")
    def _gesture(gesture: str) -> tuple[Resource, int]:
        asked = Asked(flask.request.get_json())
        if gesture not in GESTURES:
            return {"error": f"no such gesture: {gesture}"}, 404
        try:
            with world.lock:
                book = world.account(asked.text("account")).calendars
                return GESTURES[gesture](book, asked, asked.text("calendar", "primary")) or {}, 200
        except KeyError as error:
            return {"error": f"missing or unknown: {error}"}, 400
        except GoogleError as error:
            return error.body, error.status

    @routes.get("/_control/calendar/<what>")
    def _look(what: str) -> tuple[Resource, int]:
        try:
            with world.lock:
                book = world.account(flask.request.args["account"]).calendars
                if what == "events":
                    calendar = flask.request.args.get("calendar", "primary")
                    return {"events": book.every_event(calendar, showDeleted=True)}, 200
                if what == "mails":
                    mails = [asdict(mail) | {"at": rfc3339(mail.at)} for mail in book.outbox.mails]
                    return {"mails": mails}, 200
        except KeyError as error:
            return {"error": f"missing or unknown: {error}"}, 400
        except GoogleError as error:
            return error.body, error.status
        return ({"channels": channels(world.push)}, 200) if what == "channels" else ({"error": what}, 404)

    return routes


def channels(push: PushHub) -> list[JsonObject]:
    """The live push channels, without their tokens."""
    return [
        {
            "id": channel.id,
            "resourceId": channel.resource_id,
            "address": channel.address,
            "calendar": channel.calendar_id,
            "messages": channel.number,
            "expires": rfc3339(channel.expires_at),
        }
        for channel in push.channels()
    ]
