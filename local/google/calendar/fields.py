"""What an event says besides when it happens: reading request bodies, merging patches, dropping defaults.

The stored form of an event's fields is the shape of an answer with every default left out (FACTS 3.3, 3.4).
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.google.calendar import errors as refuse

EVENT_TYPES = ("default", "birthday", "focusTime", "fromGmail", "outOfOffice", "workingLocation")

_DEFAULTS: Mapping[str, Any] = {
    "transparency": "opaque",
    "visibility": "default",
    "guestsCanInviteOthers": True,
    "guestsCanModify": False,
    "guestsCanSeeOtherGuests": True,
    "anyoneCanAddSelf": False,
}
_TEXTS = ("summary", "description", "location")
_CHOICES = {
    "transparency": ("opaque", "transparent"),
    "visibility": ("default", "public", "private", "confidential"),
}
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
    default_reminders: Sequence[Mapping[str, Any]]


def check_id(event_id: str) -> None:
    """Refuse an id outside base32hex in lower case or not 5 to 1,024 characters long (FACTS 3.2)."""
    if not _ID.fullmatch(event_id):
        raise refuse.invalid("Invalid resource id value.")


def merge_patch(target: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
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


def read_fields(body: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """The plain fields of a whole event body, checked, defaults dropped. Raises GoogleError 400."""
    fields: dict[str, Any] = {name: body[name] for name in _TEXTS if body.get(name)}
    for name, default in _DEFAULTS.items():
        value = body.get(name)
        if name in _CHOICES and value is not None and value not in _CHOICES[name]:
            raise refuse.invalid(f"Invalid value for: {name}")
        if value is not None and value != default:
            fields[name] = value
    if body.get("colorId"):
        if body["colorId"] not in {str(n) for n in range(1, 12)}:
            raise refuse.invalid("Invalid color id.")
        fields["colorId"] = body["colorId"]
    attendees = read_attendees(body.get("attendees") or (), setting)
    properties = _extended_properties(body.get("extendedProperties") or {})
    fields |= {"attendees": attendees} if attendees else {}
    fields |= {"extendedProperties": properties} if properties else {}
    fields["reminders"] = _reminders(body.get("reminders"), setting)
    fields |= _source(body.get("source"))
    if body.get("gadget"):
        fields["gadget"] = copy.deepcopy(body["gadget"])
    return fields


def read_status(body: Mapping[str, Any]) -> str:
    """The status of a whole event body, `confirmed` by default. Raises GoogleError 400."""
    status: str = body.get("status") or "confirmed"
    if status not in ("confirmed", "tentative", "cancelled"):
        raise refuse.invalid("Invalid value for: status")
    return status


def read_event_type(body: Mapping[str, Any], *, all_day: bool, primary: bool) -> dict[str, Any]:
    """The eventType (present even when `default`) and the properties that belong to it. Raises GoogleError
    400.
    """
    kind = body.get("eventType") or "default"
    if kind not in EVENT_TYPES:
        raise refuse.invalid("Invalid event type.")
    if kind == "default":
        return {"eventType": kind}
    if kind in ("birthday", "focusTime", "outOfOffice", "workingLocation") and not primary:
        raise refuse.event_type_fixed(f"Events of type {kind} live on the primary calendar only.")
    fields: dict[str, Any] = {"eventType": kind}
    name = _OF_TYPE.get(kind)
    if name and body.get(name):
        fields[name] = copy.deepcopy(body[name])
    if kind == "birthday":
        if not all_day:
            raise refuse.invalid("A birthday event must be an all-day event.")
        fields[_OF_TYPE[kind]] = {"type": "birthday"} | fields.get(_OF_TYPE[kind], {})
        fields |= {"transparency": "transparent", "visibility": "private"}
    elif kind in ("focusTime", "outOfOffice") and all_day:
        raise refuse.invalid(f"A {kind} event cannot be an all-day event.")
    elif kind == "workingLocation":
        if not fields.get("workingLocationProperties", {}).get("type"):
            raise refuse.required("Missing working location type.")
        fields |= {"transparency": "transparent", "visibility": "public"}
    return fields


def read_gated(body: Mapping[str, Any], old: Mapping[str, Any], options: WriteOptions) -> dict[str, Any]:
    """The fields a client touches only when it says that it knows them; otherwise they stay as in `old`.

    conferenceData needs conferenceDataVersion=1, attachments supportsAttachments=true. With
    eventLabelVersion=1 the label is taken from the body, where absence removes it; with version 0 only the
    colour is (FACTS 3.4).
    """
    fields: dict[str, Any] = {}
    source = body if options.supports_attachments else old
    if source.get("attachments"):
        if len(source["attachments"]) > MOST_ATTACHMENTS:
            raise refuse.invalid("Too many attachments.")
        fields["attachments"] = copy.deepcopy(source["attachments"])
    if options.conference_data_version >= 1:
        fields |= _conference(body.get("conferenceData"))
    else:
        fields |= {name: old[name] for name in ("conferenceData", "hangoutLink") if name in old}
    label = (body if options.event_label_version >= 1 else old).get("eventLabelId")
    fields |= {"eventLabelId": label} if label else {}
    return fields


def read_attendees(values: Sequence[Mapping[str, Any]], setting: Setting) -> list[dict[str, Any]]:
    """The guest list with defaults dropped, one entry an address, `self` and `organizer` marked. GoogleError
    400.
    """
    guests: dict[str, dict[str, Any]] = {}
    for value in values:
        email = (value.get("email") or "").strip()
        if not _EMAIL.fullmatch(email):
            raise refuse.invalid("Invalid attendee email.")
        response = value.get("responseStatus") or "needsAction"
        if response not in _RESPONSES:
            raise refuse.invalid("Invalid attendee response status.")
        guest: dict[str, Any] = {"email": email}
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


def _reminders(value: Mapping[str, Any] | None, setting: Setting) -> dict[str, Any]:
    """Absent: the calendar's defaults; for an all-day event Google writes them out (FACTS 3.4)."""
    if not value:
        if not setting.all_day:
            return {"useDefault": True}
        popups = [dict(reminder) for reminder in setting.default_reminders]
        return {"useDefault": False} | ({"overrides": popups} if popups else {})
    overrides = value.get("overrides") or []
    if value.get("useDefault"):
        if overrides:
            raise refuse.default_reminders_and_overrides()
        return {"useDefault": True}
    if len(overrides) > MOST_REMINDERS:
        raise refuse.invalid("Too many reminder overrides.")
    for reminder in overrides:
        minutes = reminder.get("minutes")
        if reminder.get("method") not in ("email", "popup"):
            raise refuse.invalid("Invalid reminder method.")
        if minutes is None or not 0 <= minutes <= MOST_REMINDER_MINUTES:
            raise refuse.invalid("Invalid reminder minutes.")
    kept = [{"method": reminder["method"], "minutes": reminder["minutes"]} for reminder in overrides]
    return {"useDefault": False} | ({"overrides": kept} if kept else {})


def _extended_properties(value: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Both kinds, empty ones dropped, within the limits of the guide (FACTS 3.4)."""
    kept: dict[str, dict[str, str]] = {}
    for kind in ("private", "shared"):
        properties = {name: text for name, text in (value.get(kind) or {}).items() if text is not None}
        if properties:
            kept[kind] = properties
    pairs = [pair for properties in kept.values() for pair in properties.items()]
    if any(len(name) > 44 or len(text) > 1024 for name, text in pairs):
        raise refuse.invalid("Invalid extended property: the name or the value is too long.")
    if len(pairs) > MOST_PROPERTIES or _bytes(pairs) > MOST_PROPERTY_BYTES:
        raise refuse.invalid("Too many extended properties.")
    return kept


def _bytes(pairs: Sequence[tuple[str, str]]) -> int:
    return sum(len(name.encode()) + len(text.encode()) for name, text in pairs)


def _source(value: Mapping[str, Any] | None) -> dict[str, Any]:
    if not value:
        return {}
    if not re.match(r"https?://", value.get("url") or "", re.IGNORECASE):
        raise refuse.invalid("Invalid source url.")
    return {"source": {name: value[name] for name in ("title", "url") if value.get(name)}}


def _conference(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """Conference data as sent; a createRequest is carried out at once, with a code derived from its
    requestId.
    """
    if not value:
        return {}
    data = copy.deepcopy(dict(value))
    request = data.get("createRequest")
    if request and not data.get("entryPoints"):
        if not request.get("requestId"):
            raise refuse.invalid("Invalid conference type value.")
        letters = "".join(
            chr(97 + byte % 26) for byte in hashlib.sha256(request["requestId"].encode()).digest()
        )
        code = f"{letters[:3]}-{letters[3:7]}-{letters[7:10]}"
        request["status"] = {"statusCode": "success"}
        data["conferenceId"] = code
        data["conferenceSolution"] = {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"}
        label = f"meet.google.com/{code}"
        data["entryPoints"] = [{"entryPointType": "video", "uri": f"https://{label}", "label": label}]
    video = [
        p["uri"] for p in data.get("entryPoints") or () if p.get("entryPointType") == "video" and p.get("uri")
    ]
    solution = (data.get("conferenceSolution") or {}).get("key") or {}
    link = {"hangoutLink": video[0]} if video and solution.get("type") == "hangoutsMeet" else {}
    return {"conferenceData": data} | link
