"""Google's Event and our `Appointment`: a pure mapper, data in, data out.

All-day dates stay dates; timed ones keep their zone; a default that Google leaves out reads as that default.
An update is a merge patch: what the CRM does not model is not in it, so that Google keeps it. Lists are
replaced as a whole even by a patch, so guests of whom Google knows more than we do are patched into Google's
own list.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from crmsync import logs
from crmsync.core.calendar import zones
from crmsync.core.calendar.spelling import followed, spelled
from crmsync.core.errors import Refused
from crmsync.core.fields import APPOINTMENT_FIELDS, get, is_blank
from crmsync.core.json_types import Json
from crmsync.core.model import (
    AllDay,
    Appointment,
    Attendee,
    Moment,
    Organizer,
    Reminder,
    Response,
    Timed,
)
from crmsync.core.state import Observation
from crmsync.gateway.wire import WireBody

OWN_KEY = "crmsync"
"""The private extended property under which an event carries the id of its CRM record. Whose record that is
says the event's own id, which follows from installation, user, calendar and record.
"""

EVENT_SHAPE = (
    "id,etag,status,eventType,updated,summary,description,location,start,end,recurrence,recurringEventId,"
    "originalStartTime,reminders,visibility,transparency,attendeesOmitted,extendedProperties/private,"
    "organizer(email,displayName,self),guestsCanModify,privateCopy,"
    "attendees(id,email,displayName,organizer,self,responseStatus,optional,comment,additionalGuests,resource)"
)
"""The `fields` parameter of one Event."""

DEFAULT_TYPE = "default"
BUSY_TYPES = ("outOfOffice", "focusTime", "fromGmail")
"""Types of events that are no appointments and take the user's time all the same."""

MOST_REMINDERS = 5
"""Google takes no more for one event."""

_DETAILS = frozenset({"title", "description", "location", "attendees", "reminders", "organizer", "response"})
"""What a role that may not see details is not shown of an event."""
_LISTS = frozenset({"attendees", "reminders"})
"""Fields that a patch replaces as a whole."""
_HIDES = {"freeBusyReader": "all", "reader": "private", "writerWithoutPrivateAccess": "private"}
"""Roles that may not see details, and of which events. A right may be taken away after the choice."""
_FALLBACK_ZONE = "UTC"
_RESPONSES: Mapping[str, Response] = MappingProxyType(
    {
        "needsAction": "needs_action",
        "accepted": "accepted",
        "tentative": "tentative",
        "declined": "declined",
    }
)
_WIRE_RESPONSES: Mapping[Response | None, str] = MappingProxyType(
    {ours: theirs for theirs, ours in _RESPONSES.items()}
)


def appointment_of(event: WireBody, zone: str | None = None) -> Appointment:
    """The appointment that an Event shows. `zone` is the calendar's, for times that come without one.

    The notice of a cancelled occurrence has no content but its original start: it reads as an empty
    appointment of status `cancelled` at that start. Raises ValueError for an event without a readable start.
    """
    original = moment_of(event.get("originalStartTime"), zone)
    start = moment_of(event.get("start"), zone) or original
    if start is None:
        raise ValueError("an event without a start")
    return Appointment(
        title=event.get("summary", ""),
        start=start,
        end=moment_of(event.get("end"), zone) or start,
        description=event.get("description", ""),
        location=event.get("location", ""),
        recurrence=followed(event.get("recurrence") or (), start),
        reminders=reminders_of(event.get("reminders")),
        visibility="private" if event.get("visibility") in ("private", "confidential") else "default",
        busy=event.get("transparency") != "transparent",
        attendees=tuple(attendee_of(item) for item in event.get("attendees") or () if item.get("email")),
        status=_status(event),
        organizer=organizer_of(event),
        response=response_of(event),
        series_id=event.get("recurringEventId"),
        original_start=original,
    )


def rich_fields(event: WireBody) -> frozenset[str]:
    """The fields of which Google holds more than the model does, so that writing one needs a look first.

    `response` of whoever is a guest: it stands in Google's own entry of that guest. `attendees` when Google
    knows more of a guest than name and address, answers and the organiser's part included; `reminders` when
    one comes by a way that the model does not know.
    """
    rich = set()
    if event.get("attendeesOmitted") or any(_is_rich_guest(item) for item in event.get("attendees") or ()):
        rich.add("attendees")
    if _own_entry(event) is not None:
        rich.add("response")
    if any(not _is_known(item) for item in _overrides(event.get("reminders"))):
        rich.add("reminders")
    return frozenset(rich)


def unseen_fields(event: WireBody, role: str) -> frozenset[str]:
    """The fields that Google keeps from the user, or a part of them: they are not blank, and not cleared.

    Guests when it says so (`attendeesOmitted`: more than were asked for, or hidden by the organiser). All
    details when the role does not let them be seen. Nothing else of an event is ever cut: what Google
    shortens, it has shortened on taking it, and shows so for good.
    """
    hides = _HIDES.get(role)
    private = event.get("visibility") in ("private", "confidential")
    if (hides == "all" or (hides == "private" and private)) and not event.get("summary"):
        return _DETAILS
    return frozenset({"attendees"}) if event.get("attendeesOmitted") else frozenset()


def observation(
    event: WireBody, calendar_id: str, zone: str | None = None, *, role: str = "", keep_raw: bool = False
) -> Observation[Appointment]:
    """What was seen of one Event. Its key is the event id; the caller prefixes it with the calendar's digest.

    role: the user's on the calendar, as far as it is known.

    A cancelled event is deleted; a cancelled occurrence of a series is an exception to remember, no deletion.
    """
    deleted = event.get("status") == "cancelled" and not event.get("originalStartTime")
    updated = event.get("updated")
    unseen = frozenset[str]() if deleted else unseen_fields(event, role)
    return Observation(
        key=event["id"],
        name=calendar_id,
        remote_id=event["id"],
        etag=event.get("etag", ""),
        rtime=datetime.fromisoformat(updated) if updated and not deleted else None,
        deleted=deleted,
        value=None if deleted else appointment_of(event, zone),
        rich=frozenset() if deleted else rich_fields(event) | (unseen & _LISTS),
        unseen=unseen,
        keys=_own_keys(event),
        raw=event if keep_raw and not deleted else None,
        only_busy=event.get("eventType", DEFAULT_TYPE) != DEFAULT_TYPE,
    )


def seen(
    event: WireBody, calendar_id: str, zone: str | None = None, *, role: str = "", keep_raw: bool = False
) -> Observation[Appointment]:
    """The same, of whatever Google sends: one that cannot be read is seen to be there, and nothing else."""
    try:
        return observation(event, calendar_id, zone, role=role, keep_raw=keep_raw)
    except Exception as error:
        logs.failure("unreadable event", error, event_id=event["id"])
        return Observation(
            key=event["id"],
            name=calendar_id,
            remote_id=event["id"],
            etag=event.get("etag", ""),
            rtime=None,
            deleted=False,
            value=None,
            keys=_own_keys(event),
            unreadable=True,
            place=_place(event, zone),
        )


def _place(event: WireBody, zone: str | None) -> tuple[str, Moment] | None:
    """Where an occurrence belongs of which nothing else may be readable."""
    try:
        original = moment_of(event.get("originalStartTime"), zone)
    except ValueError:
        return None
    series = event.get("recurringEventId")
    return (series, original) if series and original else None


def _own_keys(event: WireBody) -> tuple[str, ...]:
    key = (event.get("extendedProperties") or {}).get("private", {}).get(OWN_KEY)
    return (key,) if key else ()


def new_event(appointment: Appointment, crm: str, event_id: str | None) -> dict[str, Json]:
    """The body of an insert: every field that says something, our key, and the id if it is ours to choose."""
    # Where an all-day event says nothing of reminders, Google writes the calendar's into it.
    filled = {
        field.name
        for field in APPOINTMENT_FIELDS
        if field.name == "reminders" or not is_blank(field, get(appointment, field.name))
    }
    body = {key: value for name in sorted(filled) for key, value in _WRITERS[name](appointment, {}).items()}
    body = {key: _without_nulls(value) for key, value in body.items()}
    body["extendedProperties"] = {"private": {OWN_KEY: crm}}
    return body | ({"id": event_id} if event_id else {})


def changed_event(appointment: Appointment, fields: Iterable[str], raw: WireBody | None) -> dict[str, Json]:
    """The merge patch that writes these fields. `raw` is Google's body, for the guests it knows more of.

    Raises Refused when Google does not show all guests: a cut list must never be written back.
    """
    body: dict[str, Json] = {}
    wanted, known = set(fields), raw or {}
    if "attendees" in wanted and known.get("attendeesOmitted"):
        raise Refused("attendees_omitted")
    for name in sorted(wanted):
        body.update(_WRITERS[name](appointment, known))
    if "attendees" in wanted:
        guests = _attendees(appointment.attendees, known.get("attendees") or ())
        # Where they are written anyway, the own answer stands among them.
        answer = _WIRE_RESPONSES.get(appointment.response) if "response" in wanted else None
        body["attendees"] = [
            {**it, "responseStatus": answer} if answer and it.get("self") else it for it in guests
        ]
        body.pop("attendeesOmitted", None)
    return body


def organizer_of(event: WireBody) -> Organizer | None:
    """Who has invited the user; None for what is the user's own, a private copy among it."""
    given = event.get("organizer") or {}
    if not given.get("email") or given.get("self") or event.get("privateCopy"):
        return None
    return Organizer(given["email"], given.get("displayName", ""), bool(event.get("guestsCanModify")))


def response_of(event: WireBody) -> Response | None:
    """What the user has answered; None for who is no guest, and for whoever organises it and takes part."""
    given = (_own_entry(event) or {}).get("responseStatus")
    response = _RESPONSES.get(given or "")
    if (event.get("organizer") or {}).get("self") and response not in ("declined", "tentative"):
        return None
    return response


def _own_entry(event: WireBody) -> WireBody | None:
    return next((item for item in event.get("attendees") or () if item.get("self")), None)


def _answer(response: Response | None, current: WireBody) -> dict[str, Json]:
    """The own answer: nothing of other guests is written, as Google documents it for who saw a cut list."""
    mine = _own_entry(current)
    if mine is None or response is None:
        return {}
    return {"attendees": [{**mine, "responseStatus": _WIRE_RESPONSES[response]}], "attendeesOmitted": True}


def moment_of(data: WireBody | None, zone: str | None) -> Moment | None:
    """A start or end: a date, or an instant in its zone (the event's, else the calendar's)."""
    if not data:
        return None
    if data.get("date"):
        return AllDay(date.fromisoformat(data["date"]))
    if not data.get("dateTime"):
        return None
    at = datetime.fromisoformat(data["dateTime"])
    for name in (data.get("timeZone"), zone, _FALLBACK_ZONE):
        known = _zone(name)
        if known is not None:
            return Timed(at.astimezone(known) if at.tzinfo else at.replace(tzinfo=known), known.key)
    return Timed(at.astimezone(UTC), _FALLBACK_ZONE)


def reminders_of(data: WireBody | None) -> tuple[Reminder, ...] | None:
    """Reminders in a fixed order; None for the calendar's defaults."""
    if data is None or data.get("useDefault"):
        return None
    items = [item for item in _overrides(data) if _is_known(item)]
    return tuple(Reminder(item["method"], item["minutes"]) for item in sorted(items, key=_reminder_order))


def attendee_of(item: WireBody) -> Attendee:
    """A guest; `needsAction` is an answer too."""
    return Attendee(item["email"], item.get("displayName", ""), item.get("responseStatus"))


def _is_rich_guest(item: WireBody) -> bool:
    known = ("email", "displayName")
    more = any(value for name, value in item.items() if name not in known and value != "needsAction")
    return more or not item.get("email")


def _overrides(reminders: WireBody | None) -> Sequence[WireBody]:
    return (reminders or {}).get("overrides") or ()


def _is_known(reminder: WireBody) -> bool:
    return reminder.get("method") in ("popup", "email")


def _status(event: WireBody) -> Literal["confirmed", "tentative", "cancelled"]:
    status = event.get("status")
    if status == "tentative":
        return "tentative"
    return "cancelled" if status == "cancelled" else "confirmed"


def _reminder_order(item: WireBody) -> tuple[int, str]:
    return item["minutes"], item["method"]


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return zones.zone(name) if name else None
    except ValueError:
        return None


def _without_nulls(value: Json) -> Json:
    """A patch's nulls clear what may be there; an insert has nothing to clear."""
    if isinstance(value, Mapping):
        return {name: below for name, below in value.items() if below is not None}
    return value


def _moment(value: Moment) -> dict[str, Json]:
    """A start or end; the other form is cleared, because a patch would otherwise leave both."""
    if isinstance(value, AllDay):
        return {"date": value.date.isoformat(), "dateTime": None, "timeZone": None}
    at = value.at
    if (at.utcoffset() or timedelta()) % timedelta(minutes=1):
        # The sun's own time of long ago: RFC 3339 has no offset with seconds.
        at = at.astimezone(UTC)
    return {"date": None, "dateTime": at.isoformat(), "timeZone": value.time_zone}


def _reminders(value: Sequence[Reminder] | None, current: WireBody | None) -> dict[str, Json]:
    """The reminders, and Google's own of other kinds as far as there is room."""
    if value is None:
        return {"useDefault": True, "overrides": None}
    overrides = [{"method": item.method, "minutes": item.minutes} for item in value]
    others = [dict(item) for item in _overrides(current) if not _is_known(item)]
    return {"useDefault": False, "overrides": (overrides + others)[:MOST_REMINDERS]}


def _attendees(wanted: Sequence[Attendee], current: Sequence[WireBody]) -> list[dict[str, Json]]:
    """The guests over Google's own entries, by address.

    Entries without an address stay, and so does the organiser. An answer is never taken back.
    """
    known = {item["email"].casefold(): item for item in current if item.get("email")}
    items = []
    for guest in wanted:
        item = dict(known.get(guest.email.casefold(), {}))
        item["email"] = guest.email
        item.update({"displayName": guest.name} if guest.name else {})
        if guest.response and (guest.response != "needsAction" or "responseStatus" not in item):
            item["responseStatus"] = guest.response
        items.append(item)
    there = {guest.email.casefold() for guest in wanted}
    return items + [dict(item) for item in current if _stays(item, there)]


def _stays(item: WireBody, there: Set[str]) -> bool:
    if not item.get("email"):
        return True
    return bool(item.get("organizer")) and item["email"].casefold() not in there


Writer = Callable[[Appointment, WireBody], dict[str, Json]]
"""What a merge patch says of one field, given Google's body when it is known."""


def _text(attribute: str, name: str) -> Writer:
    return lambda appointment, raw: {name: getattr(appointment, attribute)}


_WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "title": _text("title", "summary"),
        "description": _text("description", "description"),
        "location": _text("location", "location"),
        "when": lambda it, raw: {"start": _moment(it.start), "end": _moment(it.end)},
        "recurrence": lambda it, raw: {"recurrence": list(spelled(it.recurrence, it.start))},
        "reminders": lambda it, raw: {"reminders": _reminders(it.reminders, raw.get("reminders"))},
        "visibility": lambda it, raw: {"visibility": it.visibility},
        "busy": lambda it, raw: {"transparency": "opaque" if it.busy else "transparent"},
        "status": lambda it, raw: {"status": it.status},
        "organizer": lambda it, raw: {},
        "response": lambda it, raw: _answer(it.response, raw),
        "attendees": lambda it, raw: {"attendees": _attendees(it.attendees, raw.get("attendees") or ())},
    }
)
