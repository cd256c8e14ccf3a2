"""The user's own choices about the sync."""

from dataclasses import replace
from typing import Any

import flask

from crmsync.api import body, times
from crmsync.api.answers import answer
from crmsync.api.context import Call
from crmsync.api.errors import InvalidRequest
from crmsync.api.schemas_sync import SettingsBody
from crmsync.api.sync import ask_after_change
from crmsync.core.account import User, UserSettings
from crmsync.core.fields import APPOINTMENT_FIELDS, CONTACT_FIELDS
from crmsync.engine.users import change_user

FIELDS = frozenset(field.name for field in (*CONTACT_FIELDS, *APPOINTMENT_FIELDS))
"""Fields that may have an owner: those that both sides know."""


def show(call: Call) -> flask.Response:
    """GET /api/settings."""
    user = call.deps.store.user(call.uid)
    return answer(as_json(user.settings if user else UserSettings()))


def change(call: Call) -> flask.Response:
    """PATCH /api/settings: replaces the given settings, and asks for a sync when something changed."""
    body.idempotency_key(call.request)
    sent = body.read(call.request, SettingsBody)
    given = sent.model_dump(exclude_unset=True)
    _check(sent)
    before: list[UserSettings] = []

    def changed(user: User) -> dict[str, Any] | None:
        before.append(user.settings)
        after = replace(user.settings, **given)
        return None if after == user.settings else {"settings": after}

    change_user(call.deps, call.uid, changed)
    after = replace(before[-1], **given)
    if after != before[-1]:
        ask_after_change(call)
    return answer(as_json(after))


def _check(sent: SettingsBody) -> None:
    try:
        times.zone(sent.time_zone)
    except ValueError as error:
        raise InvalidRequest(str(error), field="time_zone") from None
    for name in sent.owners:
        if name not in FIELDS:
            raise InvalidRequest("There is no such field.", field=f"owners.{name}")


def as_json(settings: UserSettings) -> dict[str, Any]:
    """The settings as JSON."""
    return {
        "push_contacts": settings.push_contacts,
        "push_appointments": settings.push_appointments,
        "google_events": settings.google_events,
        "preview_first": settings.preview_first,
        "region": settings.region,
        "time_zone": settings.time_zone,
        "owners": dict(settings.owners),
    }
