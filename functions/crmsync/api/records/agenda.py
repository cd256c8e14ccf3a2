"""GET /api/agenda: what takes place on some days, series expanded, exceptions in their place."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import flask

from crmsync.api.http import body, paging, times
from crmsync.api.http.answers import listing
from crmsync.api.http.context import Call
from crmsync.api.http.errors import InvalidPageToken, InvalidRequest, TooLarge
from crmsync.api.records.handlers import standing
from crmsync.core.account import User
from crmsync.core.calendar.agenda import Days, Occurrence, Position, agenda, position
from crmsync.core.calendar.invitations import is_busy
from crmsync.core.fields import value_as_json
from crmsync.core.json_types import Json
from crmsync.core.model import Appointment, Stored
from crmsync.engine.status import standings

MOST_DAYS = 366
MOST_ITEMS = 2000
PAGE = 500
MOST_READ = 4000
"""Appointments read for a page. Where a range has more of them, a page is of its first month."""
MOST_IN_A_MONTH = 20_000

_DAY = timedelta(days=1)


def show(call: Call) -> flask.Response:
    """The items of the days from `from` up to but without `to`, by start."""
    body.only(call.request, (*paging.PARAMETERS, "from", "to", "time_zone", "cancelled"))
    user = call.deps.store.user(call.scope) or User.unknown(call.scope)
    zone = _zone(call.request, user)
    days = Days(_day(call.request, "from"), _day(call.request, "to"), zone)
    if not timedelta() < days.end - days.first <= timedelta(days=MOST_DAYS):
        raise InvalidRequest(f"Ask for 1 to {MOST_DAYS} days.", field="to")
    cancelled = body.flag(call.request, "cancelled")
    identity = ("agenda", str(days.first), str(days.end), zone.key, str(cancelled))
    page = paging.paging(call, *identity, default=MOST_ITEMS, largest=MOST_ITEMS)
    after = None if page.after is None else _position(page.after)
    first = days.first if after is None else max(days.first, after.at.date() - _DAY)
    records, end = _records(call, first, days.end)
    found = agenda(
        records,
        _series(call, records),
        Days(days.first, end, zone),
        cancelled=cancelled,
        declined=user.settings.show_declined,
        since=None if after is None else after.at,
        limit=page.limit + 1,
    )
    items = [one for one in found if after is None or position(one, days) > after]
    next_position = _text(Position(days.midnight(end), False, "", "")) if end < days.end else None
    if len(items) > page.limit:
        items = items[: page.limit]
        next_position = _text(position(items[-1], days))
    return listing(_shown(call, user, items), page.token(next_position), None)


def _records(call: Call, first: date, end: date) -> tuple[Sequence[Stored[Appointment]], date]:
    """All appointments that may take place on these days, and up to which day they are complete."""
    found = _read(call, first, end, MOST_READ)
    if found is not None:
        return found, end
    # The store is asked by months: fewer days of one month are no fewer documents. A page that goes on from a
    # token reads a day or two before it, which are not to hold it up.
    end = min(end, ((first + 2 * _DAY).replace(day=1) + timedelta(days=32)).replace(day=1))
    found = _read(call, first, end, MOST_IN_A_MONTH)
    if found is None:
        raise TooLarge(f"More than {MOST_IN_A_MONTH} appointments in a month are too many for an agenda.")
    return found, end


def _read(call: Call, first: date, end: date, most: int) -> Sequence[Stored[Appointment]] | None:
    found: list[Stored[Appointment]] = []
    after: str | None = None
    while True:
        page, after = call.deps.store.agenda(call.scope, first, end - _DAY, after, PAGE)
        found += page
        if len(found) > most:
            return None
        if after is None:
            return found


def _series(call: Call, records: Sequence[Stored[Appointment]]) -> dict[str, Stored[Appointment]]:
    """The series of all exceptions: those that are over by then are read one by one."""
    known = {stored.id: stored for stored in records}
    wanted = {stored.value.series_id for stored in records} - known.keys() - {None}
    missing = sorted(id for id in wanted if id is not None)
    return known | dict(call.deps.store.records(call.scope, "appointments", missing) if missing else {})


def _shown(call: Call, user: User, items: Sequence[Occurrence]) -> list[dict[str, Json]]:
    records = {one.record.id: one.record for one in items}
    known = standings(call.deps, user, "calendar", list(records.values()))
    return [
        {
            "appointment_id": one.record.id,
            "series_id": one.series_id,
            "original_start": None if one.original_start is None else times.moment(one.original_start),
            "start": times.moment(one.start),
            "end": times.moment(one.end),
            "title": one.record.value.title,
            "location": one.record.value.location,
            "busy": is_busy(one.record.value),
            "visibility": one.record.value.visibility,
            "status": one.record.value.status,
            "response": one.record.value.response,
            "organizer": value_as_json(one.record.value, "organizer", one.record.value.organizer),
            "recurring": one.series_id is not None,
            "exception": one.record.value.series_id is not None,
            "sync": standing(known[one.record.id]),
        }
        for one in items
    ]


def _zone(request: flask.Request, user: User) -> ZoneInfo:
    try:
        return times.zone(request.args.get("time_zone", user.settings.time_zone))
    except ValueError as error:
        raise InvalidRequest(str(error), field="time_zone") from None


def _day(request: flask.Request, name: str) -> date:
    given = request.args.get(name)
    if given is None:
        raise InvalidRequest("This parameter is required.", field=name)
    try:
        day = datetime.strptime(given, "%Y-%m-%d").date()
    except ValueError:
        raise InvalidRequest("Write the day as in 2026-05-04.", field=name) from None
    if not times.in_range(day):
        raise InvalidRequest("This day is too far away.", field=name)
    return day


def _text(at: Position) -> str:
    return json.dumps([at.at.isoformat(), at.timed, at.id, at.key])


def _position(text: str) -> Position:
    try:
        at, timed, id, key = json.loads(text)
        return Position(datetime.fromisoformat(at).astimezone(UTC), bool(timed), str(id), str(key))
    except (ValueError, TypeError, OverflowError):
        raise InvalidPageToken from None
