"""The event form of the Google Calendar page: what it shows of an event, and what input changes."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from html.parser import HTMLParser

from local.google.calendar.fields import same_address
from local.google.calendar.time import is_zone
from local.google.json import JsonObject, Resource, flag, items, number, text

REPEATS = {
    "": "Does not repeat",
    "RRULE:FREQ=DAILY": "Daily",
    "RRULE:FREQ=WEEKLY": "Weekly",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR": "Every weekday (Monday to Friday)",
    "RRULE:FREQ=MONTHLY": "Monthly",
    "RRULE:FREQ=YEARLY": "Annually",
}
REMINDERS = {"": "Default", "none": "None", "10": "10 minutes", "60": "1 hour", "1440": "1 day"}
LONGEST = 20_000


class FormProblem(ValueError):
    """Input that cannot be used; its text tells the person what to change."""


@dataclass(frozen=True, slots=True)
class EventForm:
    """The form's fields as texts. The end date of an all-day event is the last day, as people say it."""

    title: str = ""
    all_day: str = ""
    start_date: str = ""
    start_time: str = "09:00"
    end_date: str = ""
    end_time: str = "10:00"
    zone: str = ""
    repeat: str = ""
    location: str = ""
    description: str = ""
    guests: str = ""
    busy: str = "opaque"
    visibility: str = "default"
    reminder: str = ""

    @classmethod
    def read(cls, values: Mapping[str, str]) -> EventForm:
        """Take a posted form; raises FormProblem for a field that is far too long."""
        taken = {spec.name: values.get(spec.name, "").replace("\r\n", "\n") for spec in fields(cls)}
        if any(len(text) > LONGEST for text in taken.values()):
            raise FormProblem(f"Use at most {LONGEST:,} characters in a field.")
        return cls(**taken)

    @classmethod
    def blank(cls, day: date, zone: str) -> EventForm:
        """The form of a new event on `day`."""
        return cls(start_date=day.isoformat(), end_date=day.isoformat(), zone=zone)

    @classmethod
    def of(cls, event: Resource, recurrence: Sequence[str], zone: str) -> EventForm:
        """The form of an event as shown in its own zone; `recurrence` is that of its series."""
        start, end = event["start"], event["end"]
        if "date" in start:
            last = date.fromisoformat(end["date"]) - timedelta(days=1)
            times = {"all_day": "on", "start_date": start["date"], "end_date": last.isoformat(), "zone": zone}
        else:
            times = {
                "start_date": start["dateTime"][:10],
                "start_time": start["dateTime"][11:16],
                "end_date": end["dateTime"][:10],
                "end_time": end["dateTime"][11:16],
                "zone": start["timeZone"],
            }
        return cls(
            title=event.get("summary", ""),
            repeat="\n".join(recurrence),
            location=event.get("location", ""),
            description=text_of(event.get("description", "")),
            guests="\n".join(g["email"] for g in event.get("attendees", ()) if not g.get("self")),
            busy=event.get("transparency", "opaque"),
            visibility=event.get("visibility", "default"),
            reminder=_reminder_of(event.get("reminders", {})),
            **times,
        )

    def times(self) -> tuple[dict[str, str], dict[str, str]]:
        """Start and end as the API takes them; raises FormProblem."""
        first, last = _date(self.start_date, "start"), _date(self.end_date, "end")
        if self.all_day:
            if last < first:
                raise FormProblem("The event ends before it begins.")
            return {"date": first.isoformat()}, {"date": (last + timedelta(days=1)).isoformat()}
        if not is_zone(self.zone):
            raise FormProblem("That time zone is not known. Use a name such as America/Toronto.")
        start = datetime.combine(first, _time(self.start_time, "start"))
        end = datetime.combine(last, _time(self.end_time, "end"))
        if end < start:
            raise FormProblem("The event ends before it begins.")
        return (
            {"dateTime": start.isoformat(), "timeZone": self.zone},
            {"dateTime": end.isoformat(), "timeZone": self.zone},
        )

    def recurrence(self) -> list[str]:
        """The recurrence lines."""
        return [line.strip() for line in self.repeat.splitlines() if line.strip()]

    def body(self, me: str) -> dict[str, object]:
        """The body of a new event; raises FormProblem."""
        return {name: value for name, value in self.changes(EventForm(), {}, me).items() if value is not None}

    def changes(self, before: EventForm, event: Resource, me: str) -> dict[str, object]:
        """What changed since the form was shown as `before`, as a patch; the untouched parts of `event` stay.

        A description written here becomes HTML, as Google's page makes it. With guests the owner is one, too.
        """
        changed = {
            spec.name for spec in fields(self) if getattr(self, spec.name) != getattr(before, spec.name)
        }
        patch: dict[str, object] = {}
        if changed & {"all_day", "start_date", "start_time", "end_date", "end_time", "zone"}:
            patch["start"], patch["end"] = self.times()
        for name, field in (("title", "summary"), ("location", "location"), ("busy", "transparency")):
            if name in changed:
                patch[field] = getattr(self, name) or None
        if "visibility" in changed:
            patch["visibility"] = self.visibility
        if "description" in changed:
            patch["description"] = html_of(self.description) or None
        if "repeat" in changed:
            patch["recurrence"] = self.recurrence()
        if "guests" in changed:
            patch["attendees"] = self._attendees(event, me)
        if "reminder" in changed:
            patch["reminders"] = self._reminders()
        return patch

    def _attendees(self, event: Resource, me: str) -> list[JsonObject]:
        known = {text(guest, "email").lower(): guest for guest in items(event, "attendees")}
        wanted = [email for email in re.split(r"[\s,;]+", self.guests) if email]
        guests = [known.get(email.lower(), {"email": email}) for email in wanted]
        if guests and not any(same_address(text(guest, "email"), me) for guest in guests):
            guests.insert(0, known.get(me.lower(), {"email": me, "responseStatus": "accepted"}))
        return guests

    def _reminders(self) -> JsonObject | None:
        if not self.reminder:
            return None
        if self.reminder == "none":
            return {"useDefault": False, "overrides": []}
        if not self.reminder.isdigit():
            raise FormProblem("Choose one of the reminders.")
        return {"useDefault": False, "overrides": [{"method": "popup", "minutes": int(self.reminder)}]}


def series_times(new: EventForm, old: EventForm, master: Resource) -> tuple[dict[str, str], dict[str, str]]:
    """Start and end of a whole series after a person moved one of its occurrences from `old` to `new`.

    The first occurrence moves by as many days, and takes the new time of day and length.
    """
    start, end = new.times()
    shift = _date(new.start_date, "start") - _date(old.start_date, "start")
    first = date.fromisoformat((master["start"].get("date") or master["start"]["dateTime"])[:10]) + shift
    if "date" in start:
        days = date.fromisoformat(end["date"]) - date.fromisoformat(start["date"])
        return {"date": first.isoformat()}, {"date": (first + days).isoformat()}
    begins = datetime.combine(first, datetime.fromisoformat(start["dateTime"]).time())
    length = datetime.fromisoformat(end["dateTime"]) - datetime.fromisoformat(start["dateTime"])
    return (
        {"dateTime": begins.isoformat(), "timeZone": new.zone},
        {"dateTime": (begins + length).isoformat(), "timeZone": new.zone},
    )


class _Text(HTMLParser):
    """Collects the text of a description, a line for each break and block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Begin a line where the tag does."""
        if tag in ("br", "p", "div", "li", "ul", "ol"):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.parts.append(data)


def text_of(description: str) -> str:
    """The plain text of a description, which may be HTML."""
    if not re.search(r"<[a-zA-Z/]|&[#\w]+;", description):
        return description
    reader = _Text()
    reader.feed(description)
    reader.close()
    return "".join(reader.parts).strip("\n")


def html_of(text: str) -> str:
    """Text as Google's page stores it: escaped, a <br> for each new line."""
    return html.escape(text, quote=False).replace("\n", "<br>")


def _reminder_of(reminders: JsonObject) -> str:
    if flag(reminders, "useDefault", True):
        return ""
    overrides = items(reminders, "overrides")
    return str(number(overrides[0], "minutes")) if overrides else "none"


def _date(text: str, which: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise FormProblem(f"Give the {which} a date.") from error


def _time(text: str, which: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise FormProblem(f"Give the {which} a time of day.") from error
