"""What an event says besides when it happens: reading request bodies, merging patches, dropping defaults.

The stored form of an event's fields is the shape of an answer with every default left out.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from local.google.calendar import errors as refuse
from local.google.calendar.event import Reminder
from local.google.json import Body, Json, JsonObject, flag, inner, items, number, text

EVENT_TYPES = ("default", "birthday", "focusTime", "fromGmail", "outOfOffice", "workingLocation")

_TEXTS = ("summary", "description", "location")
_CHOICES = {
    "transparency": ("opaque", "transparent"),
    "visibility": ("default", "public", "private", "confidential"),
}
"""Field -> what it may hold, the default first."""

_FLAGS = {
    "guestsCanInviteOthers": True,
    "guestsCanModify": False,
    "guestsCanSeeOtherGuests": True,
    "anyoneCanAddSelf": False,
}
"""Field -> its default."""

_COLORS = frozenset(str(number) for number in range(1, 12))
_OF_TYPE = {
    "birthday": "birthdayProperties",
    "focusTime": "focusTimeProperties",
    "outOfOffice": "outOfOfficeProperties",
    "workingLocation": "workingLocationProperties",
}
_RESPONSES = ("needsAction", "declined", "tentative", "accepted")
_EMAIL = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+")
_ID = re.compile(r"[0-9a-v]{5,1024}")
MOST_REMINDERS = 5
MOST_REMINDER_MINUTES = 40_320
MOST_ATTACHMENTS = 25
MOST_PROPERTIES = 300
MOST_PROPERTY_BYTES = 32 * 1024


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """The query parameters and headers of a write that change what it does; the defaults are Google's.

    `send_updates`: all, externalOnly or none. `if_match`: an etag with its quotes.
    """

    send_updates: str = "none"
    conference_data_version: int = 0
    event_label_version: int = 0
    supports_attachments: bool = False
    if_match: str | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What reading a body needs to know of where the event lives.

    `me`: the calendar's own address; `organizer`: the organiser's; `default_reminders` of the calendar.
    """

    me: str
    organizer: str
    all_day: bool
    default_reminders: Sequence[Reminder]


def check_id(event_id: str) -> None:
    """Refuse an id outside base32hex in lower case or not 5 to 1,024 characters long."""
    if not _ID.fullmatch(event_id):
        raise refuse.invalid("Invalid resource id value.")


def merge_patch(target: Body, patch: Body) -> dict[str, object]:
    """`target` with `patch` merged in: objects by name, a null deletes, everything else, lists too, is
    replaced.
    """
    merged = dict(target)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, Mapping):
            below = merged.get(name)
            merged[name] = merge_patch(below if isinstance(below, Mapping) else {}, value)
        else:
            merged[name] = copy.deepcopy(value)
    return merged


def read_fields(body: Body, setting: Setting) -> JsonObject:
    """The plain fields of a whole event body, checked, defaults dropped. Raises GoogleError 400."""
    fields: JsonObject = {name: text(body, name) for name in _TEXTS if body.get(name)}
    fields |= _choices(body)
    attendees = read_attendees(items(body, "attendees"), setting)
    properties = _extended_properties(inner(body, "extendedProperties"))
    fields |= {"attendees": [*attendees]} if attendees else {}
    fields |= {"extendedProperties": properties} if properties else {}
    fields["reminders"] = _reminders(inner(body, "reminders"), setting)
    fields |= _source(inner(body, "source"))
    if body.get("gadget"):
        fields["gadget"] = copy.deepcopy(inner(body, "gadget"))
    return fields


def _choices(body: Body) -> JsonObject:
    """What is chosen from a few values: transparency, visibility, what guests may do, the colour."""
    chosen: JsonObject = {}
    for name, choices in _CHOICES.items():
        value = text(body, name, choices[0])
        if value not in choices:
            raise refuse.invalid(f"Invalid value for: {name}")
        if value != choices[0]:
            chosen[name] = value
    chosen |= {name: not default for name, default in _FLAGS.items() if flag(body, name, default) != default}
    color = text(body, "colorId")
    if color and color not in _COLORS:
        raise refuse.invalid("Invalid color id.")
    return chosen | ({"colorId": color} if color else {})


def read_status(body: Body) -> str:
    """The status of a whole event body, `confirmed` by default. Raises GoogleError 400."""
    status = text(body, "status") or "confirmed"
    if status not in ("confirmed", "tentative", "cancelled"):
        raise refuse.invalid("Invalid value for: status")
    return status


def read_event_type(body: Body, *, all_day: bool, primary: bool) -> JsonObject:
    """The eventType (present even when `default`) and the properties that belong to it. Raises GoogleError
    400.
    """
    kind = text(body, "eventType") or "default"
    if kind not in EVENT_TYPES:
        raise refuse.invalid("Invalid event type.")
    if kind == "default":
        return {"eventType": kind}
    if kind in ("birthday", "focusTime", "outOfOffice", "workingLocation") and not primary:
        raise refuse.event_type_fixed(f"Events of type {kind} live on the primary calendar only.")
    fields: JsonObject = {"eventType": kind}
    name = _OF_TYPE.get(kind)
    properties = copy.deepcopy(inner(body, name)) if name else {}
    fields |= {name: properties} if name and properties else {}
    if kind == "birthday":
        if not all_day:
            raise refuse.invalid("A birthday event must be an all-day event.")
        fields["birthdayProperties"] = {"type": "birthday", **properties}
        fields |= {"transparency": "transparent", "visibility": "private"}
    elif kind in ("focusTime", "outOfOffice") and all_day:
        raise refuse.invalid(f"A {kind} event cannot be an all-day event.")
    elif kind == "workingLocation":
        if not properties.get("type"):
            raise refuse.required("Missing working location type.")
        fields |= {"transparency": "transparent", "visibility": "public"}
    return fields


def read_gated(body: Body, old: JsonObject, options: WriteOptions) -> JsonObject:
    """The fields a client touches only when it says that it knows them; otherwise they stay as in `old`.

    conferenceData needs conferenceDataVersion=1, attachments supportsAttachments=true. With
    eventLabelVersion=1 the label is taken from the body, where absence removes it; with version 0 only the
    colour is.
    """
    fields: JsonObject = {}
    attachments = items(body if options.supports_attachments else old, "attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise refuse.invalid("Too many attachments.")
    fields |= {"attachments": [*copy.deepcopy(attachments)]} if attachments else {}
    if options.conference_data_version >= 1:
        fields |= _conference(inner(body, "conferenceData"))
    else:
        fields |= {name: old[name] for name in ("conferenceData", "hangoutLink") if name in old}
    label = text(body if options.event_label_version >= 1 else old, "eventLabelId")
    fields |= {"eventLabelId": label} if label else {}
    return fields


def read_attendees(values: Sequence[JsonObject], setting: Setting) -> list[JsonObject]:
    """The guest list with defaults dropped, one entry an address, `self` and `organizer` marked. GoogleError
    400.
    """
    guests: dict[str, JsonObject] = {}
    for value in values:
        email = text(value, "email").strip()
        if not _EMAIL.fullmatch(email):
            raise refuse.invalid("Invalid attendee email.")
        response = text(value, "responseStatus") or "needsAction"
        if response not in _RESPONSES:
            raise refuse.invalid("Invalid attendee response status.")
        guest: JsonObject = {"email": email}
        for name in ("id", "displayName", "comment", "additionalGuests", "optional", "resource"):
            if value.get(name):
                guest[name] = value[name]
        guest |= {"organizer": True} if same_address(email, setting.organizer) else {}
        guest |= {"self": True} if same_address(email, setting.me) else {}
        guests.setdefault(email.lower(), guest | {"responseStatus": response})
    return list(guests.values())


def same_address(one: str, other: str) -> bool:
    """Whether two e-mail addresses are the same but for capitals."""
    return one.strip().lower() == other.strip().lower()


def _reminders(value: JsonObject, setting: Setting) -> JsonObject:
    """Absent: the calendar's defaults; for an all-day event Google writes them out."""
    if not value:
        if not setting.all_day:
            return {"useDefault": True}
        return _overrides((each["method"], each["minutes"]) for each in setting.default_reminders)
    overrides = items(value, "overrides")
    if value.get("useDefault"):
        if overrides:
            raise refuse.default_reminders_and_overrides()
        return {"useDefault": True}
    if len(overrides) > MOST_REMINDERS:
        raise refuse.invalid("Too many reminder overrides.")
    return _overrides([_reminder(reminder) for reminder in overrides])


def _reminder(value: JsonObject) -> tuple[str, int]:
    """Method and minutes of one override."""
    method, minutes = text(value, "method"), number(value, "minutes", -1)
    if method not in ("email", "popup"):
        raise refuse.invalid("Invalid reminder method.")
    if not 0 <= minutes <= MOST_REMINDER_MINUTES:
        raise refuse.invalid("Invalid reminder minutes.")
    return method, minutes


def _overrides(reminders: Iterable[tuple[str, int]]) -> JsonObject:
    """An event's own reminders, none at all included."""
    shown: list[Json] = [{"method": method, "minutes": minutes} for method, minutes in reminders]
    return {"useDefault": False} | ({"overrides": shown} if shown else {})


def _extended_properties(value: JsonObject) -> JsonObject:
    """Both kinds, empty ones dropped, within the limits of the guide."""
    kept: JsonObject = {}
    pairs: list[tuple[str, str]] = []
    for kind in ("private", "shared"):
        given = inner(value, kind)
        properties = {name: text(given, name) for name in given if given[name] is not None}
        if properties:
            kept[kind] = {**properties}
        pairs += properties.items()
    if any(len(name) > 44 or len(content) > 1024 for name, content in pairs):
        raise refuse.invalid("Invalid extended property: the name or the value is too long.")
    if len(pairs) > MOST_PROPERTIES or _bytes(pairs) > MOST_PROPERTY_BYTES:
        raise refuse.invalid("Too many extended properties.")
    return kept


def _bytes(pairs: Sequence[tuple[str, str]]) -> int:
    return sum(len(name.encode()) + len(content.encode()) for name, content in pairs)


def _source(value: JsonObject) -> JsonObject:
    if not value:
        return {}
    if not re.match(r"https?://", text(value, "url"), re.IGNORECASE):
        raise refuse.invalid("Invalid source url.")
    return {"source": {name: value[name] for name in ("title", "url") if value.get(name)}}


def _conference(value: JsonObject) -> JsonObject:
    """Conference data as sent; a createRequest is carried out at once, with a code derived from its
    requestId.
    """
    if not value:
        return {}
    data = copy.deepcopy(value)
    if data.get("createRequest") and not data.get("entryPoints"):
        data |= _created(inner(data, "createRequest"))
    points = [point for point in items(data, "entryPoints") if point.get("entryPointType") == "video"]
    video = [point["uri"] for point in points if point.get("uri")]
    solution = inner(inner(data, "conferenceSolution"), "key")
    link: JsonObject = {"hangoutLink": video[0]} if video and solution.get("type") == "hangoutsMeet" else {}
    return {"conferenceData": data, **link}


def _created(request: JsonObject) -> JsonObject:
    """What a createRequest makes of conference data."""
    if not request.get("requestId"):
        raise refuse.invalid("Invalid conference type value.")
    digest = hashlib.sha256(text(request, "requestId").encode()).digest()
    letters = "".join(chr(97 + byte % 26) for byte in digest)
    code = f"{letters[:3]}-{letters[3:7]}-{letters[7:10]}"
    label = f"meet.google.com/{code}"
    return {
        "createRequest": {**request, "status": {"statusCode": "success"}},
        "conferenceId": code,
        "conferenceSolution": {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"},
        "entryPoints": [{"entryPointType": "video", "uri": f"https://{label}", "label": label}],
    }
