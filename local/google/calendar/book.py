"""CalendarBook: the calendars of one account, as the API sees them and as the owner's hand on the phone
changes them.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from local.google.calendar import errors as refuse
from local.google.calendar.event import StoredEvent, who
from local.google.calendar.fields import WriteOptions, merge_patch, same_address
from local.google.calendar.lists import list_calendars
from local.google.calendar.query import Page, list_events, list_instances
from local.google.calendar.recurrence import follow_weekday, read_when
from local.google.calendar.store import Calendar, base_id
from local.google.calendar.time import EventTime
from local.google.calendar.writes import CalendarWrites
from local.google.json import Body, Json, JsonObject, Params, Resource, items, number, text

_BY_HAND = WriteOptions(conference_data_version=1, supports_attachments=True)


class CalendarBook(CalendarWrites):
    """A plain in-memory Google Calendar of one account; needs a Clock, no HTTP.

    `insert`, `get`, `update`, `patch`, `delete`, `import_event`, `move`, `events`, `instances` and
    `calendar_list` are the API's calls; `phone_…` are what the owner does in Google's own apps, `guest_…`
    what others do. All take and answer the API's JSON, raise GoogleError, and are safe to call from any
    thread.

    Settings: `token_life` limits the life of sync tokens (None: no limit; Google documents none),
    `patch_cost` is what a patch spends of the quota, `quota_status` (403 or 429) answers a spent quota.
    """

    token_life: timedelta | None = None
    patch_cost: int = 3
    quota_status: int = 403

    def page(self, calendar_id: str, params: Params) -> tuple[Calendar, Page]:
        """One page of `events.list` as stored events, for callers that render it themselves."""
        with self.lock:
            calendar = self.calendar(calendar_id)
            return calendar, list_events(calendar, params, self.clock.now(), token_life=self.token_life)

    def events(self, calendar_id: str = "primary", **params: Json) -> Resource:
        """The Events resource for query parameters under Google's names."""
        with self.lock:
            calendar, page = self.page(calendar_id, params)
            return self._rendered(calendar, page, params)

    def instances(self, calendar_id: str, event_id: str, **params: Json) -> Resource:
        """The Events resource of a series' occurrences."""
        with self.lock:
            calendar = self.calendar(calendar_id)
            master = self.event(calendar, event_id)
            page = list_instances(calendar, master, params, self.clock.now())
            return self._rendered(calendar, page, params)

    @staticmethod
    def _rendered(calendar: Calendar, page: Page, params: Params) -> Resource:
        view = calendar.view(text(params, "timeZone"), number(params, "maxAttendees"), bare=page.bare)
        return {**calendar.heading(), **page.tokens(), "items": [view.show(event) for event in page.events]}

    def calendar_list(self, **params: Json) -> JsonObject:
        """The CalendarList resource for query parameters under Google's names."""
        with self.lock:
            every = self.calendars.values()
            return list_calendars(every, params, version=self.list_version, epoch=self.list_epoch)

    def every_event(self, calendar_id: str = "primary", **params: Json) -> list[Resource]:
        """All pages of `events` in one list, as the owner would see them; for pages and tests."""
        found: list[Resource] = []
        token: dict[str, str] = {}
        while True:
            answer = self.events(calendar_id, maxResults=2500, **params, **token)
            found += answer["items"]
            if "nextPageToken" not in answer:
                return found
            token = {"pageToken": answer["nextPageToken"]}

    def expire_sync_tokens(self) -> None:
        """Kill every sync token handed out so far: the next use answers 410 fullSyncRequired."""
        with self.lock:
            self.list_epoch += 1
            for calendar in self.calendars.values():
                calendar.epoch += 1

    def touch_all(self, calendar_id: str = "primary") -> None:
        """Report every live event as changed, although none is: new etags, same content."""
        with self.lock:
            calendar = self.calendar(calendar_id)
            for event in list(calendar.events.values()):
                if not event.cancelled:
                    calendar.touch(event)
            self.announce(calendar)

    def hide_instance_ids(self, on: bool = True) -> None:
        """Give occurrences ids that tell nothing, on every calendar (announced by Google for late 2026)."""
        with self.lock:
            for calendar in self.calendars.values():
                calendar.opaque_instances = on

    def show_guests(self, number: int, calendar_id: str = "primary") -> None:
        """Keep longer lists of guests from the account from now on, whatever it asks; 0 shows all again."""
        with self.lock:
            self.calendar(calendar_id).guests_shown = number

    def change_access(self, calendar_id: str, access_role: str) -> None:
        """Give the account another role on a calendar; as at Google its sync tokens die with the old one."""
        with self.lock:
            calendar = self.calendar(calendar_id)
            calendar.access_role = access_role
            calendar.epoch += 1
            self._relist(calendar)

    def remove_calendar(self, calendar_id: str) -> None:
        """Take a calendar off the account's list: it answers 404 from now on."""
        with self.lock:
            calendar = self.calendar(calendar_id)
            calendar.deleted = True
            self._relist(calendar)
            self.announce(calendar, "not_exists")

    def _relist(self, calendar: Calendar) -> None:
        self.list_version += 1
        calendar.list_version = self.list_version

    def phone_create(self, event: Body, calendar_id: str = "primary") -> Resource:
        """Add an event of any type, fromGmail and birthdays with a contact included; mails nobody."""
        with self.lock:
            return self.create(self.calendar(calendar_id), event, _BY_HAND)

    def phone_edit(self, event_id: str, changes: Body, calendar_id: str = "primary") -> Resource:
        """Change an event, a whole series, or one occurrence; `changes` is merged in as by a patch.

        A new start or end replaces the old one whole, so that a timed event can become an all-day one.
        """
        with self.lock:
            calendar = self.calendar(calendar_id)
            event = self.event(calendar, event_id)
            return self.rewrite(calendar, event, _edited(calendar, event, changes), _BY_HAND)

    def other_program_names_zone(self, event_id: str, zone: str, calendar_id: str = "primary") -> None:
        """An event keeps the name of a zone with which another calendar program has brought it in."""
        with self.lock:
            calendar = self.calendar(calendar_id)
            event = self.event(calendar, event_id)
            event.start, event.end = replace(event.start, zone=zone), replace(event.end, zone=zone)
            self._keep(calendar, event)

    def phone_delete(self, event_id: str, calendar_id: str = "primary") -> None:
        """Delete an event or a whole series."""
        self.delete(calendar_id, event_id, _BY_HAND)

    def phone_restore(self, event_id: str, calendar_id: str = "primary") -> Resource:
        """Take a deleted event, or a cancelled occurrence, out of the bin."""
        return self.phone_edit(event_id, {"status": "confirmed"}, calendar_id)

    def instance_id(
        self, series_id: str, original_start: date | datetime | str, calendar_id: str = "primary"
    ) -> str:
        """The id of the occurrence that the rules put at `original_start`: a date, an aware time, or either
        as text.
        """
        if isinstance(original_start, str):
            kind = date if len(original_start) == 10 else datetime
            original_start = kind.fromisoformat(original_start)
        if isinstance(original_start, datetime):
            suffix = original_start.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        else:
            suffix = original_start.strftime("%Y%m%d")
        found = f"{base_id(series_id)}_{suffix}"
        with self.lock:
            return self._occurrence(self.calendar(calendar_id), found).id

    def phone_cancel_instance(self, instance_id: str, calendar_id: str = "primary") -> None:
        """Delete "this event" of a series."""
        with self.lock:
            self._occurrence(self.calendar(calendar_id), instance_id)
            self.delete(calendar_id, instance_id, _BY_HAND)

    def phone_move_instance(
        self, instance_id: str, start: Body, end: Body, calendar_id: str = "primary"
    ) -> Resource:
        """Move "this event" of a series to another time; its original start stays its key."""
        with self.lock:
            self._occurrence(self.calendar(calendar_id), instance_id)
            return self.phone_edit(instance_id, {"start": start, "end": end}, calendar_id)

    def phone_split_series(self, instance_id: str, changes: Body, calendar_id: str = "primary") -> Resource:
        """Change "this and following events" as Google's page does, and answer the series that holds them
        now.

        The old series gets an UNTIL before the occurrence; a new one begins at it, with `_R<time>` added to
        the id. From the first occurrence on, it is a change of the whole series. Exceptions that follow go
        with the new series while it still takes place at their original start, and are dropped otherwise.
        """
        with self.lock:
            calendar = self.calendar(calendar_id)
            instance = self._occurrence(calendar, instance_id)
            master = calendar.events[str(instance.series_id)]
            at = instance.original_start
            if at is None or at == next(iter(master.series), None):
                return self.phone_edit(master.id, changes, calendar_id)
            body = calendar.whole(master)
            body |= {"start": at.shown(calendar.time_zone), "recurrence": list(master.series.onward(at))}
            body |= {"end": at.later(master.end.since(master.start)).shown(calendar.time_zone)}
            content = _moved(body, changes, calendar.time_zone)
            new_id = f"{base_id(master.id)}_R{at.suffix().rstrip('Z')}"
            for name in ("id", "iCalUID", "sequence", "status"):
                content.pop(name, None)
            followers = [
                exception
                for exception in calendar.exceptions(master.id)
                if not exception.dropped and exception.original_start and not _before(exception, at)
            ]
            created = self.create(calendar, content, _BY_HAND, event_id=new_id, organizer=master.organizer)
            new = calendar.events[new_id]
            for exception in followers:
                exception.own -= frozenset(changes)
                calendar.adopt(exception, new)
            self._end(calendar, master, master.series.before(at))
            calendar.settle_exceptions(new)
            return created

    def phone_end_series(self, instance_id: str, calendar_id: str = "primary") -> None:
        """Delete "this and following events": an UNTIL before the occurrence, or the series when it is the
        first.
        """
        with self.lock:
            calendar = self.calendar(calendar_id)
            instance = self._occurrence(calendar, instance_id)
            master = calendar.events[str(instance.series_id)]
            at = instance.original_start
            if at is None or at == next(iter(master.series), None):
                self.delete(calendar_id, master.id, _BY_HAND)
            else:
                self._end(calendar, master, master.series.before(at))

    def _end(self, calendar: Calendar, master: StoredEvent, lines: Sequence[str]) -> None:
        body = calendar.whole(master) | {"recurrence": list(lines)}
        self.rewrite(calendar, master, body, _BY_HAND)

    def _occurrence(self, calendar: Calendar, instance_id: str) -> StoredEvent:
        found = self.event(calendar, instance_id)
        if found.series_id is None or found.original_start is None:
            raise refuse.not_found()
        return found

    def guest_invites(self, organizer: Body, event: Body, calendar_id: str = "primary") -> Resource:
        """Somebody else's invitation arrives: `organizer` has email and displayName, the owner is a guest of
        it.
        """
        with self.lock:
            calendar = self.calendar(calendar_id)
            inviting = who(organizer)
            guests = items(event, "attendees")
            asking: JsonObject = {"email": inviting["email"], "responseStatus": "accepted"}
            if "displayName" in inviting:
                asking["displayName"] = inviting["displayName"]
            owner: JsonObject = {"email": self.email}
            for person in (owner, asking):
                if not any(_same_person(guest, person) for guest in guests):
                    guests.append(person)
            invitation = {**event, "attendees": guests}
            return self.create(calendar, invitation, _BY_HAND, organizer=inviting)

    def guest_answers(
        self, event_id: str, email: str, response: str, calendar_id: str = "primary"
    ) -> Resource:
        """A guest of one of the owner's events accepts, declines or hesitates."""
        with self.lock:
            calendar = self.calendar(calendar_id)
            event = self.event(calendar, event_id)
            guests = copy.deepcopy(event.guests)
            for guest in guests:
                if same_address(text(guest, "email"), email):
                    guest["responseStatus"] = response
            return self.rewrite(calendar, event, {**calendar.whole(event), "attendees": guests}, _BY_HAND)


def _same_person(one: JsonObject, other: JsonObject) -> bool:
    return same_address(text(one, "email"), text(other, "email"))


def _before(exception: StoredEvent, at: EventTime) -> bool:
    return bool(exception.original_start and exception.original_start.since(at) < timedelta())


def _edited(calendar: Calendar, event: StoredEvent, changes: Body) -> Body:
    return _moved(calendar.whole(event), changes, calendar.time_zone)


def _moved(body: Body, changes: Body, zone: str) -> dict[str, object]:
    """The body with the changes merged in; a weekly series dragged to another weekday recurs on that one."""
    old = read_when(body, zone)
    bare = {
        name: value for name, value in body.items() if name not in changes or name not in ("start", "end")
    }
    new = merge_patch(bare, changes)
    if old.recurrence and "recurrence" not in changes:
        plain = {name: value for name, value in new.items() if name != "recurrence"}
        new["recurrence"] = list(follow_weekday(old.recurrence, old.start, read_when(plain, zone).start))
    return new
