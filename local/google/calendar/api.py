"""Calendar v3 over HTTP: handlers by operation id."""

from __future__ import annotations

from collections.abc import Mapping

import flask

from local.google.calendar import batch
from local.google.calendar import errors as refuse
from local.google.calendar.book import CalendarBook
from local.google.calendar.event import ENCODE, StoredEvent, View
from local.google.calendar.fields import WriteOptions
from local.google.calendar.time import is_zone
from local.google.errors import GoogleError
from local.google.http import discovery, guard, partial
from local.google.http.guard import Answer, Api, Call, Handler
from local.google.json import JsonObject, Resource, flag, number, text
from local.google.world import World

PREFIX = "/calendar/v3"
_AUTH = "https://www.googleapis.com/auth/"
_EVERY_CALENDAR = frozenset(
    {
        f"{_AUTH}{name}"
        for name in ("calendar", "calendar.events", "calendar.readonly", "calendar.events.readonly")
    }
)
_LIST_NAMES = frozenset(discovery.calendar().operations["calendar.events.list"].parameters) - {"calendarId"}
_INSTANCE_NAMES = frozenset(discovery.calendar().operations["calendar.events.instances"].parameters) - {
    "calendarId",
    "eventId",
}


def _calendar_id(call: Call) -> str:
    return text(call.params, "calendarId")


def _event_id(call: Call) -> str:
    return text(call.params, "eventId")


def _book(call: Call) -> CalendarBook:
    """The caller's calendars, once the granted scopes reach as far as the calendar in question.

    `calendar.events.owned` reaches calendars the account owns; `calendar.app.created`, `…public.readonly` and
    `…freebusy` reach none here, because the simulation has no such calendars.
    """
    book = call.account.calendars
    granted = call.token.scopes & call.operation.scopes
    if call.operation.id.startswith("calendar.events.") and not granted & _EVERY_CALENDAR:
        owned = any(scope.startswith(f"{_AUTH}calendar.events.owned") for scope in granted)
        if not owned or book.calendar(_calendar_id(call)).access_role != "owner":
            raise refuse.forbidden()
    return book


def _options(call: Call) -> WriteOptions:
    params = call.params
    return WriteOptions(
        send_updates=text(params, "sendUpdates") or ("all" if flag(params, "sendNotifications") else "none"),
        conference_data_version=number(params, "conferenceDataVersion"),
        event_label_version=number(params, "eventLabelVersion"),
        supports_attachments=flag(params, "supportsAttachments"),
        if_match=call.headers.get("if-match"),
    )


def _named(call: Call, names: frozenset[str]) -> JsonObject:
    return {name: call.params[name] for name in names if name in call.params}


def _written(call: Call, book: CalendarBook, shown: Resource) -> Answer:
    """The answer to a write: the event, its guest list cut to maxAttendees."""
    calendar = book.calendar(text(call.params, "destination") or _calendar_id(call))
    body = calendar.view("", number(call.params, "maxAttendees")).cut_guests(shown)
    return Answer(body, headers={"ETag": body["etag"]})


def list_calendars(world: World, call: Call) -> Answer:
    """calendarList.list."""
    return Answer(_book(call).calendar_list(**_named(call, frozenset(call.operation.parameters))))


def get_list_entry(world: World, call: Call) -> Answer:
    """calendarList.get."""
    entry = _book(call).calendar(_calendar_id(call)).entry()
    return _unless_known(call, text(entry, "etag")) or Answer(entry, headers={"ETag": text(entry, "etag")})


def get_calendar(world: World, call: Call) -> Answer:
    """calendars.get."""
    resource = _book(call).calendar(_calendar_id(call)).resource()
    return Answer(resource, headers={"ETag": text(resource, "etag")})


def list_events(world: World, call: Call) -> Answer:
    """events.list, joined from each event's cached text: pages are large and mostly unchanged."""
    params = _named(call, _LIST_NAMES)
    calendar, page = _book(call).page(_calendar_id(call), params)
    known = _unless_known(call, calendar.etag)
    if known and not page.next_page_token and not params.get("pageToken"):
        return known
    view = calendar.view(text(params, "timeZone"), number(params, "maxAttendees"), bare=page.bare)
    heading = partial.select({**calendar.heading(), **page.tokens()}, call.fields)
    chosen, selection = partial.child(call.fields, "items")
    parts = [ENCODE(heading)[1:-1]] if heading else []
    if chosen:
        mask = ENCODE(selection)
        texts = (_text(event, view, selection, mask) for event in page.events)
        parts.append('"items":[' + ",".join(texts) + "]")
    return Answer(raw=("{" + ",".join(parts) + "}").encode(), headers={"ETag": calendar.etag})


def _text(event: StoredEvent, view: View, selection: partial.Selection | None, mask: str) -> str:
    """The selected part of an event as JSON, remembered under the view and the mask's text."""
    if selection is None:
        return view.text(event)
    known = event.cache.get((view, mask))
    if known is None:
        known = event.cache[view, mask] = ENCODE(partial.select(view.show(event), selection))
    return known


def list_instances(world: World, call: Call) -> Answer:
    """events.instances."""
    params = _named(call, _INSTANCE_NAMES)
    return Answer(_book(call).instances(_calendar_id(call), _event_id(call), **params))


def get_event(world: World, call: Call) -> Answer:
    """events.get; a deleted event is answered with its status `cancelled`."""
    zone = text(call.params, "timeZone")
    if zone and not is_zone(zone):
        raise refuse.invalid("Invalid time zone.", location="timeZone")
    book = _book(call)
    calendar = book.calendar(_calendar_id(call))
    event = book.event(calendar, _event_id(call))
    shown = calendar.view(zone, number(call.params, "maxAttendees")).show(event)
    return _unless_known(call, event.etag) or Answer(shown, headers={"ETag": event.etag})


def _unless_known(call: Call, etag: str) -> Answer | None:
    """304 when If-None-Match names the present version."""
    known = call.headers.get("if-none-match")
    return Answer(status=304, headers={"ETag": etag}) if known in (etag, "*") else None


def insert_event(world: World, call: Call) -> Answer:
    """events.insert."""
    book = _book(call)
    return _written(call, book, book.insert(_calendar_id(call), call.body, _options(call)))


def update_event(world: World, call: Call) -> Answer:
    """events.update."""
    book = _book(call)
    shown = book.update(_calendar_id(call), _event_id(call), call.body, _options(call))
    return _written(call, book, shown)


def patch_event(world: World, call: Call) -> Answer:
    """events.patch."""
    book = _book(call)
    shown = book.patch(_calendar_id(call), _event_id(call), call.body, _options(call))
    return _written(call, book, shown)


def delete_event(world: World, call: Call) -> Answer:
    """events.delete."""
    _book(call).delete(_calendar_id(call), _event_id(call), _options(call))
    return Answer(status=204)


def import_event(world: World, call: Call) -> Answer:
    """events.import."""
    book = _book(call)
    return _written(call, book, book.import_event(_calendar_id(call), call.body, _options(call)))


def move_event(world: World, call: Call) -> Answer:
    """events.move."""
    book, params = _book(call), call.params
    moved = book.move(_calendar_id(call), _event_id(call), text(params, "destination"), _options(call))
    return _written(call, book, moved)


def watch_events(world: World, call: Call) -> Answer:
    """events.watch."""
    calendar = _book(call).calendar(_calendar_id(call))
    channel = world.push.watch(
        call.body,
        account=call.account.sub,
        client_id=call.token.client_id,
        project=call.token.project,
        calendar_id=calendar.id,
    )
    return Answer({**channel.answer()})


def stop_channel(world: World, call: Call) -> Answer:
    """channels.stop."""
    world.push.stop(
        text(call.body, "id"),
        text(call.body, "resourceId"),
        account=call.account.sub,
        client_id=call.token.client_id,
        project=call.token.project,
    )
    return Answer(status=204)


HANDLERS: Mapping[str, Handler] = {
    "calendar.calendarList.get": get_list_entry,
    "calendar.calendarList.list": list_calendars,
    "calendar.calendars.get": get_calendar,
    "calendar.channels.stop": stop_channel,
    "calendar.events.delete": delete_event,
    "calendar.events.get": get_event,
    "calendar.events.import": import_event,
    "calendar.events.insert": insert_event,
    "calendar.events.instances": list_instances,
    "calendar.events.list": list_events,
    "calendar.events.move": move_event,
    "calendar.events.patch": patch_event,
    "calendar.events.update": update_event,
    "calendar.events.watch": watch_events,
}


def cost(call: Call) -> Mapping[str, int]:
    """One unit a call, three for a patch, from the user's minute and from the project's."""
    units = call.account.calendars.patch_cost if call.operation.http_method == "PATCH" else 1
    return {"calendar.user": units, "calendar.project": units}


def over_quota(metric: str, limit: int, call: Call) -> GoogleError:
    """403 with the reason of `usageLimits`, or 429 `rateLimitExceeded` when the account is set to that."""
    whose = "user" if metric == "calendar.user" else "project"
    return refuse.over_quota(whose, limit, call.account.calendars.quota_status)


def blueprint(world: World) -> flask.Blueprint:
    """Serve `/calendar/v3/…` and the batch address."""
    api = Api("calendar", discovery.calendar(), HANDLERS, cost, over_quota)
    routes = guard.blueprint("calendar", world, api, PREFIX)
    batch.add_route(routes, world, api)
    return routes
