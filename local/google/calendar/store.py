"""One calendar: its events, its series with their exceptions, and the order in which they changed."""

from __future__ import annotations

import base64
import bisect
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypedDict, Unpack

from local.google.calendar import errors as refuse
from local.google.calendar.event import Reminder, StoredEvent, View
from local.google.calendar.time import EventTime, from_suffix
from local.google.clock import Clock, rfc3339
from local.google.json import Json, JsonObject, Resource

ROLES = ("freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner")
"""Access roles, least first."""

_HIDES = {"freeBusyReader": "all", "reader": "private", "writerWithoutPrivateAccess": "private"}
_BASE32HEX = "0123456789abcdefghijklmnopqrstuv"
_HALF_AN_HOUR: Sequence[Reminder] = ({"method": "popup", "minutes": 30},)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Details(TypedDict, total=False):
    """What a calendar may be opened with: `access_role` one of ROLES."""

    summary: str
    time_zone: str
    access_role: str
    primary: bool
    default_reminders: Sequence[Reminder]
    description: str


class Calendar:
    """A calendar as one account sees it. Ids are never given twice, not even after a deletion."""

    def __init__(
        self,
        clock: Clock,
        calendar_id: str,
        *,
        me: str,
        **details: Unpack[Details],
    ) -> None:
        """Open an empty calendar; `me` is the account's address."""
        self.id = calendar_id
        self.me = me
        self.summary = details.get("summary") or calendar_id
        self.description = details.get("description", "")
        self.time_zone = details.get("time_zone", "America/Toronto")
        self.access_role = details.get("access_role", "owner")
        self.primary = details.get("primary", False)
        self.default_reminders = details.get("default_reminders", _HALF_AN_HOUR)
        self.events: dict[str, StoredEvent] = {}
        self.order: list[str] = []
        self.version = 0
        self.epoch = 0
        self.list_version = 0
        self.deleted = False
        self.hidden = False
        self.opaque_instances = False
        self.guests_shown = 0
        self._clock = clock
        self._stamp = int((clock.now() - _EPOCH) / timedelta(microseconds=1))
        self._log: list[tuple[int, str]] = []
        self._exceptions: dict[str, dict[str, StoredEvent]] = {}
        self._families: dict[str, list[str]] = {}
        self.created_stamp = self._stamp

    @property
    def writable(self) -> bool:
        """Whether the account may write here."""
        return ROLES.index(self.access_role) >= ROLES.index("writerWithoutPrivateAccess")

    @property
    def updated(self) -> datetime:
        """The time of the last change, UTC."""
        return _EPOCH + timedelta(microseconds=self._stamp)

    @property
    def etag(self) -> str:
        """The etag of the collection of events: it moves with every change."""
        digest = base64.b32hexencode(f"{self._stamp:x}.{self.epoch}".encode()).decode().lower().rstrip("=")
        return f'"p{digest}"'

    def view(self, zone: str = "", max_attendees: int = 0, *, bare: bool = False) -> View:
        """How this account sees these events; `zone` defaults to the calendar's, `bare` is for deltas."""
        hide = _HIDES.get(self.access_role, "none")
        return View(zone or self.time_zone, self.me, max_attendees or self.guests_shown, hide, bare)

    def whole(self, event: StoredEvent) -> Resource:
        """All of an event as its owner sees it, whatever this account may see: the base of a change to it."""
        return View(self.time_zone, self.me).whole(event)

    def next_id(self) -> str:
        """An id as Google makes them: 26 characters of base32hex, the same in every run."""
        seed = f"{self.id}/{len(self.order)}/{self.version}"
        number = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big")
        return "".join(_BASE32HEX[number >> 5 * place & 31] for place in range(26))

    def tick(self) -> tuple[datetime, int, int]:
        """Begin a write: the time, the calendar's next version, and a stamp that was never given before."""
        now = self._clock.now()
        self._stamp = max(self._stamp + 1, int((now - _EPOCH) / timedelta(microseconds=1)))
        self.version += 1
        return now, self.version, self._stamp

    def touch(self, event: StoredEvent, *, quiet: bool = False) -> None:
        """Note that a stored event changed."""
        event.changed(*self.tick(), quiet=quiet)
        self._log.append((self.version, event.id))

    def add(self, event: StoredEvent) -> None:
        """Store a new event or exception and note the change. 409 when the id is taken.

        An exception may take the place of one that was dropped with its occurrence, when the occurrence is
        back.
        """
        taken = self.events.get(event.id)
        if taken is not None and not (taken.dropped and event.series_id):
            raise refuse.duplicate_id()
        self.events[event.id] = event
        if taken is None:
            self.order.append(event.id)
        elif taken.series_id and taken.original_start:
            del self._exceptions[taken.series_id][taken.original_start.suffix()]
        if event.series_id and event.original_start:
            self._exceptions.setdefault(event.series_id, {})[event.original_start.suffix()] = event
        elif event.is_master:
            self.becomes_series(event)
        self.touch(event)

    def becomes_series(self, event: StoredEvent) -> None:
        """Make the occurrences of an event that now recurs known."""
        family = self._families.setdefault(base_id(event.id), [])
        if event.id not in family:
            family.append(event.id)

    def exceptions(self, master_id: str) -> list[StoredEvent]:
        """The exceptions of a series, cancelled and dropped ones included, by original start."""
        found = self._exceptions.get(master_id, {})
        return [found[suffix] for suffix in sorted(found)]

    def adopt(self, exception: StoredEvent, master: StoredEvent) -> None:
        """Hand an exception over to the series that now holds its occurrence."""
        if exception.series_id and exception.original_start:
            suffix = exception.original_start.suffix()
            del self._exceptions[exception.series_id][suffix]
            self._exceptions.setdefault(master.id, {})[suffix] = exception
            exception.series_id = master.id
            self.touch(exception)

    def find(self, event_id: str) -> StoredEvent | None:
        """The event with this id: stored, or an occurrence of a series made on the fly.

        Parts of a split series share the ids of their occurrences: a living one goes before a deleted one.
        """
        stored = self.events.get(event_id)
        if stored is not None and not stored.dropped:
            return stored
        base, _, suffix = _readable(event_id).rpartition("_")
        family = [self.events[master_id] for master_id in self._families.get(base, ())]
        for master in sorted(family, key=lambda event: event.cancelled):
            start = from_suffix(suffix, master.start) if master.is_master else None
            if start is not None and master.series.contains(start):
                return self.occurrence(master, start)
        return stored

    def occurrence(self, master: StoredEvent, start: EventTime) -> StoredEvent:
        """The occurrence of a series at `start`: its exception when it has one, else one made on the fly."""
        suffix = start.suffix()
        exception = self._exceptions.get(master.id, {}).get(suffix)
        if exception is not None and not exception.dropped:
            return exception
        return replace(
            master,
            id=self._instance_id(master, suffix),
            start=start,
            end=start.later(master.end.since(master.start)),
            recurrence=(),
            series_id=master.id,
            original_start=start,
            cache={},
            _series=None,
        )

    def _instance_id(self, master: StoredEvent, suffix: str) -> str:
        """The id of an occurrence; on request an opaque one, as Google announced for late 2026."""
        name = f"{base_id(master.id)}_{suffix}"
        if not self.opaque_instances:
            return name
        return base64.b32hexencode(name.encode()).decode().lower().rstrip("=")

    def instances(self, master: StoredEvent, before: datetime | None = None) -> Iterator[StoredEvent]:
        """Every occurrence that the rules give up to `before` (exceptions in their place), then moved
        exceptions.

        Dropped exceptions are left out; cancelled ones are not.
        """
        exceptions = [exception for exception in self.exceptions(master.id) if not exception.dropped]
        excepted = {exception.original_start for exception in exceptions}
        for start in master.series.bounded():
            if before is not None and start.moment(self.time_zone) >= before:
                break
            if start not in excepted:
                yield self.occurrence(master, start)
        yield from exceptions

    def changed_since(self, version: int, until: int) -> list[StoredEvent]:
        """The events whose last change came after `version` and not after `until`, in the order of those
        changes.
        """
        first = bisect.bisect_right(self._log, (version, "￿"))
        return [
            event
            for number, event_id in self._log[first:]
            if number <= until and (event := self.events[event_id]).version == number
        ]

    def settle_exceptions(self, master: StoredEvent) -> None:
        """After a change of a series: its exceptions follow in what they do not own, or go with their
        occurrence.
        """
        for exception in self.exceptions(master.id):
            if exception.dropped or exception.original_start is None:
                continue
            live = master.is_master and not master.cancelled
            if not live or not master.series.contains(exception.original_start):
                exception.dropped, exception.status = True, "cancelled"
                self.touch(exception)
                continue
            followed = {name: value for name, value in master.fields.items() if name not in exception.own}
            kept = {name: value for name, value in exception.fields.items() if name in exception.own}
            if {**followed, **kept} != exception.fields and not exception.cancelled:
                exception.fields = {**followed, **kept}
                self.touch(exception)

    def entry(self) -> JsonObject:
        """This calendar as an entry of the account's calendar list."""
        shown: JsonObject = {
            "kind": "calendar#calendarListEntry",
            "etag": f'"{self.created_stamp + self.list_version}"',
            "id": self.id,
        }
        if self.deleted:
            return shown | {"deleted": True}
        shown |= {
            "summary": self.summary,
            "timeZone": self.time_zone,
            "accessRole": self.access_role,
            "defaultReminders": self._reminders(),
            "colorId": "14" if self.primary else "8",
            "backgroundColor": "#9fe1e7" if self.primary else "#16a765",
            "foregroundColor": "#000000",
            "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
        }
        shown |= {"description": self.description} if self.description else {}
        shown |= {"primary": True} if self.primary else {}
        shown |= {"hidden": True} if self.hidden else {"selected": True}
        return shown

    def _reminders(self) -> list[Json]:
        return [{"method": each["method"], "minutes": each["minutes"]} for each in self.default_reminders]

    def resource(self) -> JsonObject:
        """This calendar's metadata (the Calendar resource)."""
        shown: JsonObject = {
            "kind": "calendar#calendar",
            "etag": f'"{self.created_stamp + self.list_version}"',
            "id": self.id,
            "summary": self.summary,
            "timeZone": self.time_zone,
            "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
        }
        return shown | ({"description": self.description} if self.description else {})

    def heading(self) -> JsonObject:
        """What stands above every page of this calendar's events."""
        return {
            "kind": "calendar#events",
            "etag": self.etag,
            "summary": self.summary,
            "description": self.description,
            "updated": rfc3339(self.updated),
            "timeZone": self.time_zone,
            "accessRole": self.access_role,
            "defaultReminders": self._reminders(),
        }


def base_id(event_id: str) -> str:
    """The id a family of split series shares: Google adds `_R<time>` to it for the later parts (seen by Odoo,
    too).
    """
    base, _, tail = event_id.partition("_R")
    return base if tail[:8].isdigit() else event_id


def _readable(event_id: str) -> str:
    """The `<series>_<time>` inside an opaque occurrence id; any other id as it is."""
    try:
        text = base64.b32hexdecode(event_id.upper() + "=" * (-len(event_id) % 8)).decode("ascii")
    except ValueError:
        return event_id
    return text if "_" in text else event_id
