"""One event as the simulation keeps it, and the ways an answer shows it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Required, TypedDict

from local.google.calendar.recurrence import Series
from local.google.calendar.time import EventTime
from local.google.clock import rfc3339
from local.google.json import Body, JsonObject, Resource, items, text

ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Writes JSON as answers have it."""


class Who(TypedDict, total=False):
    """Who made an event, or organises it; `self`: the calendar it lies on."""

    id: str
    email: Required[str]
    displayName: str
    self: bool


class Reminder(TypedDict):
    """A reminder so many minutes before an event begins."""

    method: str
    minutes: int


def who(given: Body) -> Who:
    """The person that a body tells of."""
    person: Who = {"email": text(given, "email")}
    if given.get("id"):
        person["id"] = text(given, "id")
    if given.get("displayName"):
        person["displayName"] = text(given, "displayName")
    return person


@dataclass(slots=True)
class StoredEvent:
    """An event, the master of a series, or an exception of one (`series_id` set).

    `fields` has the shape of an answer, defaults dropped. `stamp` is the time of the last write in
    microseconds, never given twice in a calendar; the etag follows from it. `version` counts the calendar's
    changes. `own` names the fields in which an exception differs from its master; the others follow the
    master. `dropped` marks an exception whose occurrence the series no longer has. An occurrence without
    exception is made on the fly and never stored.
    """

    id: str
    ical_uid: str
    fields: JsonObject
    start: EventTime
    end: EventTime
    created: datetime
    updated: datetime
    stamp: int
    creator: Who
    organizer: Who
    status: str = "confirmed"
    sequence: int = 0
    version: int = 0
    recurrence: tuple[str, ...] = ()
    series_id: str | None = None
    original_start: EventTime | None = None
    own: frozenset[str] = frozenset()
    dropped: bool = False
    private_copy: bool = False
    cache: dict[object, str] = field(default_factory=dict)
    _series: Series | None = None

    @property
    def etag(self) -> str:
        """Twice the time of the last write in microseconds, quoted."""
        return f'"{2 * self.stamp}"'

    @property
    def cancelled(self) -> bool:
        """Whether this is a deleted event or a cancelled occurrence."""
        return self.status == "cancelled"

    @property
    def is_master(self) -> bool:
        """Whether this is a series."""
        return bool(self.recurrence)

    @property
    def type(self) -> str:
        """The eventType, `default` for most."""
        return text(self.fields, "eventType")

    @property
    def guests(self) -> list[JsonObject]:
        """The guest list."""
        return items(self.fields, "attendees")

    @property
    def confidential(self) -> bool:
        """Whether only who may see private events may see what it is about."""
        return self.fields.get("visibility") in ("private", "confidential")

    @property
    def organized_here(self) -> bool:
        """Whether the calendar this event lies on is its organiser."""
        return bool(self.organizer.get("self"))

    @property
    def series(self) -> Series:
        """The occurrences of a master."""
        if self._series is None or self._series.lines != self.recurrence or self._series.start != self.start:
            self._series = Series(self.recurrence, self.start)
        return self._series

    def changed(self, now: datetime, version: int, stamp: int, *, quiet: bool = False) -> None:
        """Note a write: a new etag and version; `quiet` leaves `updated`, as Google does for reminders."""
        self.version, self.stamp = version, stamp
        self.updated = self.updated if quiet else now
        self.cache = {}


@dataclass(frozen=True, slots=True)
class View:
    """How answers show the events of one calendar to one caller.

    `zone` renders the times; `me` is the caller's address; `max_attendees` cuts longer guest lists down to
    the caller (0: none). `hide`: `all` details (free/busy access), those of `private` events, or `none`.
    `bare_tombstones`: a deleted event is shown by its id alone, as in a delta.
    """

    zone: str
    me: str
    max_attendees: int = 0
    hide: str = "none"
    bare_tombstones: bool = False

    def show(self, event: StoredEvent) -> Resource:
        """The Event resource, as a mapping of the caller's own."""
        shown: Resource = json.loads(self.text(event))
        return shown

    def text(self, event: StoredEvent) -> str:
        """The Event resource as JSON, remembered until the event changes."""
        if event.cancelled and (self.bare_tombstones or event.series_id):
            return ENCODE(_tombstone(event, self.zone))
        key = (self.zone, self.max_attendees, self.hide)
        known = event.cache.get(key)
        if known is None:
            known = event.cache[key] = ENCODE(self.whole(event))
        return known

    def whole(self, event: StoredEvent) -> Resource:
        """The Event resource with all that is known of it, also of a cancelled one; its values are the
        event's.
        """
        shown: Resource = {
            "kind": "calendar#event",
            "etag": event.etag,
            "id": event.id,
            "status": event.status,
            "htmlLink": "https://www.google.com/calendar/event?eid=" + _eid(event.id, self.me),
            "created": rfc3339(event.created, 0)[:-1] + ".000Z",
            "updated": rfc3339(event.updated),
        }
        fields = event.fields if self._open(event) else _concealed(event.fields)
        shown |= fields
        shown |= {"creator": dict(event.creator), "organizer": dict(event.organizer)}
        shown |= {"start": event.start.shown(self.zone), "end": event.end.shown(self.zone)}
        if event.recurrence:
            shown["recurrence"] = list(event.recurrence)
        if event.series_id and event.original_start:
            shown["recurringEventId"] = event.series_id
            shown["originalStartTime"] = event.original_start.shown(self.zone)
        shown |= {"iCalUID": event.ical_uid, "sequence": event.sequence}
        if event.private_copy:
            shown["privateCopy"] = True
        return self.cut_guests(shown)

    def _open(self, event: StoredEvent) -> bool:
        if self.hide == "private":
            return not event.confidential
        return self.hide == "none"

    def cut_guests(self, shown: Resource) -> Resource:
        """An event with a guest list longer than `max_attendees` cut down to the caller, and marked so."""
        guests = shown.get("attendees", ())
        if not self.max_attendees or len(guests) <= self.max_attendees:
            return shown
        mine = [guest for guest in guests if guest.get("self")]
        cut = {name: value for name, value in shown.items() if name != "attendees"}
        return cut | ({"attendees": mine} if mine else {}) | {"attendeesOmitted": True}


def _tombstone(event: StoredEvent, zone: str) -> Resource:
    shown: Resource = {
        "kind": "calendar#event",
        "etag": event.etag,
        "id": event.id,
        "status": "cancelled",
    }
    if event.series_id and event.original_start:
        shown["recurringEventId"] = event.series_id
        shown["originalStartTime"] = event.original_start.shown(zone)
    return shown


def _concealed(fields: JsonObject) -> JsonObject:
    """What a reader without access to details still sees: that somebody is busy."""
    kept = ("visibility", "transparency", "eventType")
    return {name: fields[name] for name in kept if name in fields}


def _eid(event_id: str, me: str) -> str:
    return base64.urlsafe_b64encode(f"{event_id} {me}".encode()).decode().rstrip("=")
