"""What people do with appointments on both sides."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from crmsync.core.calendar.recurrence import starts
from crmsync.core.calendar.series import consequence, exception_of
from crmsync.core.fields import with_fields
from crmsync.core.model import AllDay, Appointment, Attendee, Moment, Stored, Timed
from crmsync.core.pair.ids import exception_id
from crmsync.store.ports import CreateRecord, PutRecord, Write
from tests.machine.people import Witness
from tests.stage import Stage

ZONE = "America/Toronto"
FIRST = datetime(2026, 3, 10, 9, tzinfo=ZoneInfo(ZONE))
RULE = "RRULE:FREQ=WEEKLY;COUNT=4"
FAR = datetime(2030, 1, 1, tzinfo=ZoneInfo("UTC"))
Text = Literal["title", "location", "description"]
GOOGLE_TEXTS = {"title": "summary", "location": "location", "description": "description"}


def first(day: int, *, all_day: bool) -> Moment:
    """When what somebody adds begins."""
    at = FIRST + timedelta(days=day)
    return AllDay(at.date()) if all_day else Timed(at, ZONE)


def moved(at: Moment, hours: int) -> Moment:
    """The same so many hours later, or earlier, on the wall clock; whole days so many days, one for a few
    hours.
    """
    if isinstance(at, AllDay):
        days = max(1, abs(hours) // 24)
        return AllDay(at.date + timedelta(days=days if hours > 0 else -days))
    return Timed((at.at.replace(tzinfo=None) + timedelta(hours=hours)).replace(tzinfo=ZoneInfo(ZONE)), ZONE)


def turned(start: Moment) -> tuple[Moment, Moment]:
    """What begins and ends so as an appointment of that whole day, or of an hour of that day."""
    if isinstance(start, AllDay):
        at = Timed(FIRST.replace(year=start.date.year, month=start.date.month, day=start.date.day), ZONE)
        return at, moved(at, 1)
    return AllDay(start.at.date()), AllDay(start.at.date() + timedelta(days=1))


class Planner:
    """A person at the CRM."""

    def __init__(self, stage: Stage, witness: Witness) -> None:
        self.stage = stage
        self.witness = witness

    def all(self) -> list[Stored[Appointment]]:
        return list(self.stage.store.changed(self.stage.scope, "appointments", None, None, 1000))

    def living(self, *, series: bool | None = None, own: bool = False) -> list[Stored[Appointment]]:
        """Records that are not archived and whose series is not.

        series: only such, or no such. own: no busy copies, whose times nobody changes in the CRM.
        """
        links = self.stage.store.links_page(self.stage.scope, "calendar", None, 1000) if own else ()
        shadows = {link.crm for link in links if link.shadow}
        every = {stored.id: stored for stored in self.all()}

        def alive(stored: Stored[Appointment]) -> bool:
            owner = every.get(stored.value.series_id or stored.id)
            return stored.archived_at is None and owner is not None and owner.archived_at is None

        found = [stored for stored in every.values() if alive(stored) and stored.id not in shadows]
        if series is not None:
            found = [stored for stored in found if bool(stored.value.recurrence) == series]
        return sorted(found, key=lambda stored: stored.id)

    def pick(self, which: int, **kind: Any) -> Stored[Appointment] | None:
        found = self.living(**kind)
        return found[which % len(found)] if found else None

    def write(self, *writes: Write) -> None:
        """Commits, and remembers which texts went with it."""
        before = [stored.value for stored in self.all() if stored.archived_at is None]
        self.stage.store.commit(self.stage.scope, list(writes))
        self.witness.saw(before, [stored.value for stored in self.all() if stored.archived_at is None])
        self.stage.later(1)

    def add(self, word: str, day: int, *, series: bool, all_day: bool = False) -> None:
        start = first(day, all_day=all_day)
        title = self.witness.fresh(word)
        value = Appointment(title, start, moved(start, 1), recurrence=(RULE,) if series else ())
        self.write(CreateRecord("appointments", f"crm{self.witness.serial:03d}", value))

    def change(
        self, stored: Stored[Appointment] | None, change: Callable[[Appointment], Appointment]
    ) -> None:
        """Changes a record; what a series changes goes through its exceptions, as the API does it."""
        if stored is None:
            return
        value = change(stored.value)
        writes: list[Write] = [PutRecord("appointments", stored.id, value, None)]
        repeats = stored.value.recurrence or value.recurrence
        for each in self._exceptions_of(stored.id) if repeats else ():
            after_it = consequence(stored.value, value, each)
            if after_it is not None:
                writes.append(
                    PutRecord("appointments", each.id, after_it.value, None, archived=after_it.archived)
                )
        self.write(*writes)

    def _exceptions(self, stored: Stored[Appointment]) -> list[Stored[Appointment]]:
        """The living ones of a series."""
        found = self._exceptions_of(stored.id) if stored.value.recurrence else []
        return [each for each in found if each.archived_at is None]

    def _exceptions_of(self, id: str) -> list[Stored[Appointment]]:
        """Those in the archive too, also while it does not repeat."""
        return list(self.stage.store.exceptions(self.stage.scope, [id], None, 100))

    def types(self, which: int, field: Text, word: str) -> None:
        self.change(self.pick(which), lambda value: with_fields(value, {field: self.witness.fresh(word)}))

    def moves(self, which: int, hours: int) -> None:
        """Moves an appointment, a whole series, or an exception."""
        self.change(
            self.pick(which, own=True),
            lambda value: replace(value, start=moved(value.start, hours), end=moved(value.end, hours)),
        )

    def turns(self, which: int) -> None:
        """Makes an appointment or a series one of whole days, or of hours again."""

        def change(value: Appointment) -> Appointment:
            start, end = turned(value.start)
            return replace(value, start=start, end=end)

        self.change(self.pick(which, own=True), change)

    def repeats(self, which: int) -> None:
        """Lets a series repeat no more, or again what repeats no more."""

        def change(value: Appointment) -> Appointment:
            return (
                value if value.series_id else replace(value, recurrence=() if value.recurrence else (RULE,))
            )

        self.change(self.pick(which, own=True), change)

    def invites(self, which: int, guest: str) -> None:
        """Invites a guest, or takes the guest off the list again. Nobody is to be told."""

        def change(value: Appointment) -> Appointment:
            others = tuple(it for it in value.attendees if it.email != guest)
            return replace(
                value,
                attendees=others if others != value.attendees else (*others, Attendee(guest)),
            )

        self.change(self.pick(which, own=True), change)

    def tells(self, which: int, guest: str) -> str | None:
        """Invites a guest, who is to be told of that and of all that follows. Answers which record it is."""
        stored = self.pick(which, own=True)
        if stored is None:
            return None
        others = tuple(it for it in stored.value.attendees if it.email != guest)
        after = replace(stored.value, attendees=(*others, Attendee(guest)), notify_guests=True)
        self.change(stored, lambda _: after)
        return stored.id

    def calls_off(self, which: int) -> None:
        """Cancels a single appointment or an exception, or confirms it again."""
        other = {"confirmed": "cancelled", "cancelled": "confirmed"}
        self.change(
            self.pick(which, series=False, own=True),
            lambda value: replace(value, status=other.get(value.status, "cancelled")),  # type: ignore[arg-type]
        )

    def excepts(self, which: int, place: int, word: str, *, cancel: bool) -> None:
        """Changes one occurrence of a series, or cancels it."""
        series = self.pick(which, series=True, own=True)
        if series is None:
            return
        found = starts(series.value, FIRST - timedelta(days=400), FAR, 10)
        if not found:
            return
        at = found[place % len(found)]
        id = exception_id(self.stage.deps.canon("CA"), series.id, at)
        known = {stored.id: stored for stored in self.all()}.get(id)
        value = known.value if known else exception_of(series.value, series.id, at)
        if cancel:
            value = replace(value, status="cancelled")
        else:
            value = replace(value, status="confirmed", title=self.witness.fresh(word))
        put: Write = CreateRecord("appointments", id, value)
        if known is not None:
            put = PutRecord("appointments", id, value, None, archived=False)
        self.write(put)

    def archives(self, which: int) -> None:
        """Deletes an appointment or a series with its exceptions; of an exception, the occurrence."""
        stored = self.pick(which)
        if stored is None:
            return
        if stored.value.series_id is not None:
            stored = next((it for it in self.living(own=True) if it.id == stored.id), None)
            self.change(stored, lambda value: replace(value, status="cancelled"))
            return
        gone = [stored, *self._exceptions(stored)]
        self.write(*(PutRecord("appointments", it.id, it.value, None, archived=True) for it in gone))

    def restores(self, which: int) -> None:
        """Takes an appointment out of the archive; a series with what was archived with it."""
        found = [s for s in self.all() if s.archived_at is not None and s.value.series_id is None]
        if not found:
            return
        stored = sorted(found, key=lambda it: it.id)[which % len(found)]
        back = [stored]
        if stored.value.recurrence:
            every = self._exceptions_of(stored.id)
            back += [each for each in every if each.archived_at == stored.archived_at]
        self.write(*(PutRecord("appointments", it.id, it.value, None, archived=False) for it in back))


class Caller:
    """The same person at the phone."""

    def __init__(self, stage: Stage, witness: Witness) -> None:
        self.stage = stage
        self.witness = witness

    @property
    def calendar_id(self) -> str:
        """The calendar that is synced."""
        user = self.stage.store.user(self.stage.scope)
        return user.calendar.calendar_id if user is not None else "primary"

    @property
    def stored(self) -> Mapping[str, Any]:
        events: Mapping[str, Any] = self.stage.calendar.calendar(self.calendar_id).events
        return events

    def _act(self, act: Callable[[], Any]) -> None:
        before = self.texts()
        act()
        self.witness.saw(before, self.texts())
        self.stage.later(1)

    def texts(self) -> str:
        return str([event.fields for event in self.stored.values() if not event.cancelled])

    def pick(self, which: int, *, series: bool | None = None) -> str | None:
        """An event or series that lives; not an exception."""
        found = sorted(
            event.id
            for event in self.stored.values()
            if not event.cancelled and event.series_id is None and series in (None, event.is_master)
        )
        return found[which % len(found)] if found else None

    def instance(self, which: int, place: int) -> str | None:
        """An occurrence of a series, as it now is."""
        series = self.pick(which, series=True)
        if series is None:
            return None
        items = self.stage.calendar.instances(self.calendar_id, series, maxResults=50)["items"]
        return str(items[place % len(items)]["id"]) if items else None

    def add(self, word: str, day: int, *, series: bool, all_day: bool = False) -> None:
        start = first(day, all_day=all_day)
        body = {"summary": self.witness.fresh(word), "start": shown(start), "end": shown(moved(start, 1))}
        rule = {"recurrence": [RULE]} if series else {}
        self._act(lambda: self.stage.calendar.phone_create({**body, **rule}, calendar_id=self.calendar_id))

    def types(self, event_id: str | None, field: Text, word: str) -> None:
        if event_id is not None:
            body = {GOOGLE_TEXTS[field]: self.witness.fresh(word)}
            self._act(lambda: self.stage.calendar.phone_edit(event_id, body, calendar_id=self.calendar_id))

    def moves(self, event_id: str | None, hours: int) -> None:
        if event_id is None:
            return
        event = self.stage.calendar.get(self.calendar_id, event_id)
        times = {name: shown(moved(moment(event[name]), hours)) for name in ("start", "end")}
        self._act(lambda: self.stage.calendar.phone_edit(event_id, times, calendar_id=self.calendar_id))

    def turns(self, event_id: str | None) -> None:
        """Makes an event or a series one of whole days, or of hours again."""
        if event_id is None:
            return
        start, end = turned(moment(self.stage.calendar.get(self.calendar_id, event_id)["start"]))
        self._act(
            lambda: self.stage.calendar.phone_edit(
                event_id, {"start": shown(start), "end": shown(end)}, calendar_id=self.calendar_id
            )
        )

    def repeats(self, event_id: str | None) -> None:
        """Lets a series repeat no more, or again what repeats no more."""
        if event_id is not None:
            lines = [] if self.stored[event_id].is_master else [RULE]
            self._act(
                lambda: self.stage.calendar.phone_edit(
                    event_id, {"recurrence": lines}, calendar_id=self.calendar_id
                )
            )

    def invites(self, event_id: str | None, guest: str) -> None:
        """Invites a guest, or takes the guest off the list again."""
        if event_id is None:
            return
        guests = list(self.stage.calendar.get(self.calendar_id, event_id).get("attendees", ()))
        others = [it for it in guests if it["email"] != guest]
        after = others if others != guests else [*others, {"email": guest}]
        self.stage.calendar.phone_edit(event_id, {"attendees": after}, calendar_id=self.calendar_id)
        self.stage.later(1)

    def responds(self, event_id: str | None, response: str) -> None:
        """All guests of an event answer the invitation."""
        if event_id is None:
            return
        guests = self.stage.calendar.get(self.calendar_id, event_id).get("attendees", ())
        answers = [it | {"responseStatus": response} for it in guests]
        if answers:
            self.stage.calendar.phone_edit(event_id, {"attendees": answers}, calendar_id=self.calendar_id)
            self.stage.later(1)

    def cancels(self, instance: str | None) -> None:
        if instance is not None:
            self._act(
                lambda: self.stage.calendar.phone_cancel_instance(instance, calendar_id=self.calendar_id)
            )

    def splits(self, instance: str | None, word: str, hours: int) -> None:
        """Changes "this and following": a text, and perhaps the time."""
        if instance is None:
            return
        body: dict[str, Any] = {"summary": self.witness.fresh(word)}
        if hours:
            event = self.stage.calendar.get(self.calendar_id, instance)
            body |= {name: shown(moved(moment(event[name]), hours)) for name in ("start", "end")}
        self._act(
            lambda: self.stage.calendar.phone_split_series(instance, body, calendar_id=self.calendar_id)
        )

    def ends(self, instance: str | None) -> None:
        if instance is not None:
            self._act(lambda: self.stage.calendar.phone_end_series(instance, calendar_id=self.calendar_id))

    def deletes(self, event_id: str | None) -> None:
        if event_id is not None:
            self._act(lambda: self.stage.calendar.phone_delete(event_id, calendar_id=self.calendar_id))

    def restores(self, which: int) -> None:
        """Takes an event or a series out of the bin: nothing is typed, so nothing new can be lost."""
        found = sorted(e.id for e in self.stored.values() if e.cancelled and e.series_id is None)
        if found:
            self.stage.calendar.phone_restore(found[which % len(found)], calendar_id=self.calendar_id)
            self.stage.later(1)


def shown(at: Moment) -> dict[str, str]:
    """A moment as Google's pages send it."""
    if isinstance(at, AllDay):
        return {"date": at.date.isoformat()}
    return {"dateTime": at.at.isoformat(), "timeZone": at.time_zone}


def moment(field: Mapping[str, str]) -> Moment:
    """A moment as Google shows it, on the wall clock of the zone where all of this takes place."""
    if "date" in field:
        return AllDay(date.fromisoformat(field["date"]))
    return Timed(datetime.fromisoformat(field["dateTime"]).astimezone(ZoneInfo(ZONE)), ZONE)
