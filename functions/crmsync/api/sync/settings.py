"""The user's own choices about the sync."""

from collections.abc import Mapping

import flask

from crmsync.api.http import body, times
from crmsync.api.http.answers import answer
from crmsync.api.http.context import Call
from crmsync.api.http.errors import Conflict, InvalidRequest
from crmsync.api.schemas.sync import SettingsBody
from crmsync.api.sync.status import ask_after_change
from crmsync.core.account import RESOURCES, User, UserSettings
from crmsync.core.fields import APPOINTMENT_FIELDS, CONTACT_FIELDS
from crmsync.core.json_types import Json
from crmsync.core.model import Resource
from crmsync.core.pair.sharing import CHOICES, FIRST
from crmsync.engine.account import afresh, calendars, pausing
from crmsync.engine.users import change_user

FIELDS = frozenset(field.name for field in (*CONTACT_FIELDS, *APPOINTMENT_FIELDS))
"""Fields that may have an owner: those that both sides know."""
CHOOSABLE = frozenset(name for choices in CHOICES.values() for name in choices)
"""What may be kept from one side."""
_SWITCHES: Mapping[Resource, tuple[str, str]] = {
    "contacts": ("pull_contacts", "push_contacts"),
    "calendar": ("pull_appointments", "push_appointments"),
}
"""The settings that say whether anything comes from Google, and goes there."""


def show(call: Call) -> flask.Response:
    """GET /api/settings."""
    user = call.deps.store.user(call.scope)
    return answer(as_json(user or User.unknown(call.scope)))


def change(call: Call) -> flask.Response:
    """PATCH /api/settings: replaces the given settings, and asks for a sync when something changed."""
    body.idempotency_key(call.request)
    sent = body.read(call.request, SettingsBody)
    apart = {"calendar_id", "old_copies", "directions", "sharing", "paused"}
    given = {**sent.model_dump(exclude_unset=True, exclude=apart), **_ways(sent)}
    calendar_id = sent.calendar_id if "calendar_id" in sent.model_fields_set else None
    _check(sent)
    if calendar_id is not None:
        _check_calendar(call, calendar_id)
    before: list[User] = []

    def changed(user: User) -> dict[str, object] | None:
        before.append(user)
        now = call.deps.clock.now()
        paused = pausing.chosen(user.settings, _pauses(sent), now)
        settings = user.settings.changed({**given, "paused": paused})
        parts: dict[str, object] = {"settings": settings, **afresh.changed(user, settings)}
        parts |= pausing.goes_on(user, settings, now)
        if calendar_id is not None:
            parts["calendar"] = calendars.chosen(user.calendar, calendar_id, sent.old_copies, now)
        return {name: part for name, part in parts.items() if part != getattr(user, name)} or None

    after = change_user(call.deps, call.scope, changed)
    if (after.settings, after.calendar) != (before[-1].settings, before[-1].calendar):
        ask_after_change(call)
    if "calendar" in after.settings.paused.keys() - before[-1].settings.paused.keys():
        pausing.fall_silent(call.deps, after)
    return answer(as_json(after))


def _check_calendar(call: Call, calendar_id: str) -> None:
    """Any calendar that the user may write; Google tells which these are."""
    user = call.deps.store.user(call.scope) or User.unknown(call.scope)
    if calendar_id in ("primary", user.calendar.calendar_id):
        return
    found = calendars.listed(call.deps, user)
    if found is None:
        raise Conflict("Allow us first to see which calendars you have.")
    if not any(each.id == calendar_id and each.writable for each in found):
        raise InvalidRequest("Choose a calendar that you may change.", field="calendar_id")


def _ways(sent: SettingsBody) -> dict[str, object]:
    """What goes which way, as the settings keep it."""
    given: dict[str, object] = {}
    for resource, (pull, push) in _SWITCHES.items():
        way = getattr(sent.directions, resource)
        if way is not None:
            given |= {pull: way != "to_google", push: way != "from_google"}
    if "sharing" in sent.model_fields_set:
        given["ways"] = {name: way for name, way in sent.sharing.items() if way != "both"}
    return given


def _pauses(sent: SettingsBody) -> dict[Resource, bool]:
    given = {name: getattr(sent.paused, name) for name in RESOURCES}
    return {name: on for name, on in given.items() if on is not None}


def _direction(settings: UserSettings, resource: Resource) -> str:
    pull, push = (getattr(settings, name) for name in _SWITCHES[resource])
    return "both" if pull and push else "from_google" if pull else "to_google"


def _check(sent: SettingsBody) -> None:
    try:
        times.zone(sent.time_zone)
    except ValueError as error:
        raise InvalidRequest(str(error), field="time_zone") from None
    for name in sent.sharing:
        if name not in CHOOSABLE:
            raise InvalidRequest("This always goes along.", field=f"sharing.{name}")
    for name in sent.owners:
        if name not in FIELDS:
            raise InvalidRequest("There is no such field.", field=f"owners.{name}")


def as_json(user: User) -> dict[str, Json]:
    """The user's settings as JSON."""
    settings = user.settings
    new = user.previous_sub is None and not settings.ways_chosen
    ways = FIRST if new else settings.ways
    return {
        "directions": {name: _direction(settings, name) for name in RESOURCES},
        "sharing": {name: ways.get(name, "both") for name in sorted(CHOOSABLE)},
        "sharing_chosen": settings.ways_chosen,
        "paused": {name: name in settings.paused for name in RESOURCES},
        "google_events": settings.google_events,
        "show_declined": settings.show_declined,
        "preview_first": settings.preview_first,
        "region": settings.region,
        "time_zone": settings.time_zone,
        "owners": dict(settings.owners),
        "calendar_id": user.calendar.calendar_id,
    }
