"""Everything that changes events: insert, update, patch, delete, import and move, with Google's refusals."""

from __future__ import annotations

import base64
import copy
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Unpack

from local.google.calendar import errors as refuse
from local.google.calendar.event import StoredEvent, Who, who
from local.google.calendar.fields import (
    Setting,
    WriteOptions,
    check_id,
    merge_patch,
    read_event_type,
    read_fields,
    read_gated,
    read_status,
    same_address,
)
from local.google.calendar.mail import Outbox, guest_addresses
from local.google.calendar.push import State
from local.google.calendar.recurrence import When, read_when
from local.google.calendar.store import Calendar, Details
from local.google.clock import Clock
from local.google.json import Body, JsonObject, Resource, inner, items, number, text

_AS_GOOGLE = WriteOptions()
_ANSWERED = ("responseStatus", "comment", "additionalGuests")
_SHARED = ("summary", "description", "location", "conferenceData")


class CalendarWrites:
    """The calendars of one account and the ways to change them. `outbox` holds the guest mails.

    `restore_forbidden` makes the restoring of deleted events fail with 403, as it sometimes does. Events with
    more than `most_guests` from outside are refused in the words of a used-up quota; None takes any number.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        email: str = "owner@gmail.example",
        name: str = "",
        time_zone: str = "America/Toronto",
        lock: threading.RLock | None = None,
    ) -> None:
        """Open the account's primary calendar; `lock` is shared with whoever else reads or changes this
        state.
        """
        self.clock = clock
        self.email = email
        self.name = name
        self.lock = lock or threading.RLock()
        self.outbox = Outbox(clock, email)
        self.on_change: list[Callable[[str, State], None]] = []
        self.restore_forbidden = False
        self.most_guests: int | None = None
        self.calendars: dict[str, Calendar] = {}
        self.list_version = 0
        self.list_epoch = 0
        self.add_calendar(email, summary=email, time_zone=time_zone, primary=True)

    def add_calendar(self, calendar_id: str, **details: Unpack[Details]) -> Calendar:
        """Put a calendar on the account's list; `details` as for Calendar (summary, time_zone, access_role,
        …).
        """
        with self.lock:
            self.list_version += 1
            calendar = Calendar(self.clock, calendar_id, me=self.email, **details)
            calendar.list_version = self.list_version
            self.calendars[calendar_id] = calendar
            return calendar

    def calendar(self, calendar_id: str = "primary") -> Calendar:
        """The calendar with this id, or the primary one for `primary`; 404 when it is not on the account's
        list.
        """
        found = self.calendars.get(self.email if calendar_id == "primary" else calendar_id)
        if found is None or found.deleted:
            raise refuse.not_found()
        return found

    def event(self, calendar: Calendar, event_id: str) -> StoredEvent:
        """An event, deleted ones included, or an occurrence of a series; 404 when it never existed."""
        found = calendar.find(event_id)
        if found is None:
            raise refuse.not_found()
        return found

    def get(self, calendar_id: str, event_id: str, *, time_zone: str = "") -> Resource:
        """The Event resource as `events.get` answers it, as a mapping of the caller's own."""
        with self.lock:
            calendar = self.calendar(calendar_id)
            return calendar.view(time_zone).show(self.event(calendar, event_id))

    def insert(self, calendar_id: str, body: Body, options: WriteOptions = _AS_GOOGLE) -> Resource:
        """Create an event. 409 when the id in the body is taken; without one Google makes one."""
        with self.lock:
            calendar = self._writable(calendar_id)
            event_id = text(body, "id")
            if event_id:
                check_id(event_id)
                if body.get("iCalUID") not in (None, "", f"{event_id}@google.com"):
                    raise refuse.invalid("Only one of id and iCalUID may be given.")
                if event_id in calendar.events:
                    raise refuse.duplicate_id()
            if body.get("eventType") == "fromGmail":
                raise refuse.event_type_fixed("Events of type fromGmail cannot be created.")
            return self.create(calendar, body, options)

    def create(
        self,
        calendar: Calendar,
        body: Body,
        options: WriteOptions,
        *,
        event_id: str | None = None,
        ical_uid: str | None = None,
        organizer: Who | None = None,
        private_copy: bool = False,
    ) -> Resource:
        """Store a new event whatever the account's role; the keywords are for events born outside the API."""
        self._check_guests(items(body, "attendees"))
        event_id = event_id or text(body, "id") or calendar.next_id()
        organizer = organizer or self._own_organizer(calendar)
        when = read_when(body, calendar.time_zone)
        creator: Who = {"email": self.email}
        if calendar.primary:
            creator["self"] = True
        now = self.clock.now()
        event = StoredEvent(
            id=event_id,
            ical_uid=ical_uid or f"{event_id}@google.com",
            fields=self._read(calendar, body, {}, options, when, organizer),
            start=when.start,
            end=when.end,
            recurrence=when.recurrence,
            status=read_status(body),
            sequence=max(0, number(body, "sequence")),
            created=now,
            updated=now,
            stamp=0,
            creator=creator,
            organizer=organizer,
            private_copy=private_copy,
        )
        calendar.add(event)
        if not private_copy:
            self.outbox.announce(calendar.id, event, (), options.send_updates)
        return self._done(calendar, event)

    def update(
        self, calendar_id: str, event_id: str, body: Body, options: WriteOptions = _AS_GOOGLE
    ) -> Resource:
        """Replace an event: what the body omits is cleared. Restores a deleted one unless it says
        not to.
        """
        with self.lock:
            calendar = self._writable(calendar_id)
            event = self._matching(calendar, event_id, options)
            return self.rewrite(calendar, event, body, options)

    def patch(
        self, calendar_id: str, event_id: str, body: Body, options: WriteOptions = _AS_GOOGLE
    ) -> Resource:
        """Merge a body into an event: objects by name, lists as a whole, null deletes."""
        with self.lock:
            calendar = self._writable(calendar_id)
            event = self._matching(calendar, event_id, options)
            merged = merge_patch(calendar.whole(event), body)
            if options.event_label_version >= 1 and not body.get("eventLabelId"):
                merged.pop("eventLabelId", None)
            return self.rewrite(calendar, event, merged, options)

    def rewrite(self, calendar: Calendar, event: StoredEvent, body: Body, options: WriteOptions) -> Resource:
        """Give an event the content of a whole body, once every check has passed; all changes go through
        here.
        """
        if (body.get("eventType") or event.type) != event.type:
            raise refuse.event_type_fixed()
        sequence = number(body, "sequence", event.sequence)
        if sequence < event.sequence:
            raise refuse.low_sequence()
        status = read_status(body)
        if event.cancelled and status != "cancelled" and not self._restorable(calendar, event):
            raise refuse.forbidden()
        whole = {**body, "eventType": event.type, "attendees": self._attendees(event, body)}
        self._check_guests(items(whole, "attendees"))
        if event.series_id:
            whole.pop("recurrence", None)
        when = read_when(whole, calendar.time_zone)
        fields = self._read(calendar, whole, event.fields, options, when, event.organizer)
        self._check_organizer(event, fields, when)
        before = event.guests
        significant = (when.start, when.end, when.recurrence) != (event.start, event.end, event.recurrence)
        significant = significant or guest_addresses(before) != guest_addresses(items(fields, "attendees"))
        quiet = not significant and status == event.status and _besides_reminders(event.fields, fields)
        event.sequence = max(event.sequence + significant, sequence)
        event.fields, event.status = fields, status
        event.start, event.end, event.recurrence = when.start, when.end, when.recurrence
        self._keep(calendar, event, quiet=quiet)
        self.outbox.announce(calendar.id, event, before, options.send_updates)
        return self._done(calendar, event)

    def delete(self, calendar_id: str, event_id: str, options: WriteOptions = _AS_GOOGLE) -> None:
        """Cancel an event, a series or one occurrence. 410 when it is cancelled already."""
        with self.lock:
            calendar = self._writable(calendar_id)
            event = self._matching(calendar, event_id, options)
            if event.cancelled:
                raise refuse.already_deleted()
            event.status = "cancelled"
            self._keep(calendar, event)
            self.outbox.announce(calendar.id, event, event.guests, options.send_updates)
            self._done(calendar, event)

    def import_event(self, calendar_id: str, body: Body, options: WriteOptions = _AS_GOOGLE) -> Resource:
        """Add a private copy of an event that lives elsewhere: it keeps its iCalUID and mails nobody."""
        with self.lock:
            calendar = self._writable(calendar_id)
            uid = text(body, "iCalUID").strip()
            if not uid:
                raise refuse.required("Missing iCal UID.")
            if (body.get("eventType") or "default") != "default":
                raise refuse.event_type_fixed("Only events of type default can be imported.")
            event_id = "_" + base64.b32hexencode(uid.encode()).decode().lower().rstrip("=")
            organizer = self._organizer_of(calendar, body)
            known = calendar.events.get(event_id)
            if known is not None:
                known.organizer = organizer
                kept = {name: value for name, value in body.items() if name != "sequence"}
                return self.rewrite(calendar, known, kept, replace(options, send_updates="none"))
            return self.create(
                calendar,
                {name: value for name, value in body.items() if name != "id"},
                options,
                event_id=event_id,
                ical_uid=uid,
                organizer=organizer,
                private_copy=True,
            )

    def move(
        self, calendar_id: str, event_id: str, destination: str, options: WriteOptions = _AS_GOOGLE
    ) -> Resource:
        """Hand an event to another calendar, which becomes its organiser; private properties stay behind."""
        with self.lock:
            source, target = self._writable(calendar_id), self._writable(destination)
            event = self._matching(source, event_id, options)
            if event.series_id:
                raise refuse.organizer_cannot_change()
            if event.cancelled:
                raise refuse.not_found()
            if event.type != "default":
                raise refuse.event_type_fixed("Only events of type default can be moved.")
            if event_id in target.events:
                raise refuse.duplicate_id()
            fields = copy.deepcopy(event.fields)
            shared = inner(inner(fields, "extendedProperties"), "shared")
            fields.pop("extendedProperties", None)
            fields |= {"extendedProperties": {"shared": shared}} if shared else {}
            organizer = self._own_organizer(target)
            moved = replace(event, fields=fields, organizer=organizer, cache={}, _series=None)
            travelling = [e for e in source.exceptions(event_id) if not e.dropped]
            exceptions = [replace(e, organizer=organizer, cache={}, _series=None) for e in travelling]
            event.status = "cancelled"
            self._keep(source, event)
            self._done(source, event)
            for arrived in (moved, *exceptions):
                target.add(arrived)
            self.outbox.announce(target.id, moved, moved.guests, options.send_updates)
            return self._done(target, moved)

    def _writable(self, calendar_id: str) -> Calendar:
        calendar = self.calendar(calendar_id)
        if not calendar.writable:
            raise refuse.access_level_too_low()
        return calendar

    def _matching(self, calendar: Calendar, event_id: str, options: WriteOptions) -> StoredEvent:
        event = self.event(calendar, event_id)
        hidden = calendar.access_role == "writerWithoutPrivateAccess"
        if hidden and event.confidential:
            raise refuse.access_level_too_low()
        if options.if_match not in (None, "*", event.etag):
            raise refuse.precondition_failed()
        return event

    def _keep(self, calendar: Calendar, event: StoredEvent, *, quiet: bool = False) -> None:
        """Store what changed: an occurrence becomes an exception, a series takes its exceptions along."""
        if event.series_id is None:
            calendar.touch(event, quiet=quiet)
            if event.is_master:
                calendar.becomes_series(event)
            calendar.settle_exceptions(event)
            return
        master = calendar.events[event.series_id]
        event.own = frozenset(
            name
            for name in event.fields.keys() | master.fields.keys()
            if event.fields.get(name) != master.fields.get(name)
        )
        if calendar.events.get(event.id) is event:
            calendar.touch(event, quiet=quiet)
        else:
            calendar.add(event)
        if "visibility" in event.own:
            self._show_alike(calendar, master, text(event.fields, "visibility"))

    def _show_alike(self, calendar: Calendar, master: StoredEvent, visibility: str) -> None:
        """The visibility of one occurrence is that of the whole series."""
        master.fields = {name: value for name, value in master.fields.items() if name != "visibility"}
        master.fields |= {"visibility": visibility} if visibility else {}
        for exception in calendar.exceptions(master.id):
            exception.own -= {"visibility"}
        calendar.touch(master)
        calendar.settle_exceptions(master)

    def _read(
        self,
        calendar: Calendar,
        body: Body,
        old: JsonObject,
        options: WriteOptions,
        when: When,
        organizer: Who,
    ) -> JsonObject:
        setting = Setting(self.email, organizer["email"], when.start.all_day, calendar.default_reminders)
        fields = read_fields(body, setting)
        fields |= read_gated(body, old, options)
        if options.event_label_version >= 1:
            fields.pop("colorId", None)
            fields |= {"colorId": old["colorId"]} if "colorId" in old else {}
        return fields | read_event_type(body, all_day=when.start.all_day, primary=calendar.primary)

    def _check_guests(self, guests: list[JsonObject]) -> None:
        """Refuse too many guests from outside, whatever else is written."""
        outside = [guest for guest in guests if not same_address(text(guest, "email"), self.email)]
        if self.most_guests is not None and len(outside) > self.most_guests:
            raise refuse.too_many_guests()

    def _attendees(self, event: StoredEvent, body: Body) -> list[JsonObject]:
        """The guest list a write means: an invited guest, or one who saw a cut list, changes only the own
        entry.
        """
        given = items(body, "attendees")
        if event.organized_here and not body.get("attendeesOmitted"):
            return given
        mine = next((guest for guest in given if same_address(text(guest, "email"), self.email)), None)
        if mine is None:
            return event.guests
        answered = {name: value for name, value in mine.items() if name in _ANSWERED}
        if any(guest.get("self") for guest in event.guests):
            return [guest | (answered if guest.get("self") else {}) for guest in event.guests]
        return [*event.guests, mine]

    def _restorable(self, calendar: Calendar, event: StoredEvent) -> bool:
        """Whether a cancelled event can come back: an occurrence cannot without its series or its slot."""
        gone = event.series_id is not None and calendar.events[event.series_id].cancelled
        return not (self.restore_forbidden or event.dropped or gone)

    def _check_organizer(self, event: StoredEvent, fields: JsonObject, when: When) -> None:
        if event.organized_here or event.private_copy or event.fields.get("guestsCanModify"):
            return
        same = all(event.fields.get(name) == fields.get(name) for name in _SHARED)
        if not same or (when.start, when.end, when.recurrence) != (event.start, event.end, event.recurrence):
            raise refuse.not_the_organizer()

    def _own_organizer(self, calendar: Calendar) -> Who:
        if calendar.primary:
            return {"email": self.email, "self": True}
        return {"email": calendar.id, "displayName": calendar.summary, "self": True}

    def _organizer_of(self, calendar: Calendar, body: Body) -> Who:
        given = who(inner(body, "organizer"))
        if not given["email"] or same_address(given["email"], self.email):
            return self._own_organizer(calendar)
        return given

    def announce(self, calendar: Calendar, state: State = "exists") -> None:
        """Tell the listeners (push channels) that something on a calendar changed, or that it is gone."""
        for listener in self.on_change:
            listener(calendar.id, state)

    def _done(self, calendar: Calendar, event: StoredEvent) -> Resource:
        self.announce(calendar)
        return calendar.view().show(event)


def _besides_reminders(old: JsonObject, new: JsonObject) -> bool:
    """Whether two sets of fields differ in the reminders, and in nothing else."""
    names = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    return names == {"reminders"}
