"""The "Google Calendar" page: an agenda on which a person adds, edits and deletes as on a phone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

import flask
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from local.google.calendar.book import CalendarBook
from local.google.calendar.store import Calendar
from local.google.calendar.time import zone_of
from local.google.errors import GoogleError
from local.google.json import Resource
from local.google.pages.event_form import REMINDERS, REPEATS, EventForm, FormProblem, series_times, text_of
from local.google.world import Account, World

SPAN = timedelta(days=35)
SCOPES = {"one": "This event", "following": "This and following events", "all": "All events"}


@dataclass(frozen=True, slots=True)
class _Place:
    """Whose calendar a page shows."""

    account: Account
    calendar: Calendar

    @property
    def book(self) -> CalendarBook:
        return self.account.calendars

    def url(self, path: str = "", **query: str) -> str:
        """An address of this page that keeps account and calendar."""
        kept = {"account": self.account.email, "calendar": self.calendar.id, **query}
        return f"/calendar{path}?{urlencode(kept)}"


def blueprint(world: World) -> flask.Blueprint:
    """Serve `/calendar` and what lies below it."""
    pages = _Pages(world)
    routes = flask.Blueprint("pages_calendar", __name__)
    routes.add_url_rule("/calendar", "agenda", pages.agenda, methods=["GET"])
    routes.add_url_rule("/calendar/new", "new", pages.new, methods=["GET", "POST"])
    routes.add_url_rule("/calendar/event", "event", pages.event, methods=["GET", "POST"])
    routes.add_url_rule("/calendar/bin", "bin", pages.bin, methods=["GET", "POST"])
    return routes


class _Pages:
    """The page's views. All hold the world's lock while they look or change."""

    def __init__(self, world: World) -> None:
        self._world = world

    def _place(self) -> _Place | None:
        """The account and calendar asked for; the first account by default, None while there is none."""
        accounts = self._world.accounts()
        wanted = flask.request.args.get("account", "")
        if not accounts:
            return None
        try:
            account = self._world.account(wanted) if wanted else accounts[0]
            calendar = account.calendars.calendar(flask.request.args.get("calendar") or "primary")
        except (KeyError, GoogleError) as error:
            raise NotFound("There is no such account or calendar here.") from error
        return _Place(account, calendar)

    def _here(self) -> _Place:
        place = self._place()
        if place is None:
            raise NotFound("There is no account here yet.")
        return place

    def agenda(self) -> str:
        """Five weeks of one calendar, day by day."""
        with self._world.lock:
            place = self._place()
            if place is None:
                return flask.render_template("calendar_agenda.html", place=None, accounts=[])
            first = _day(flask.request.args.get("from", "")) or self._today(place)
            events = place.book.every_event(
                place.calendar.id,
                singleEvents=True,
                orderBy="startTime",
                timeMin=_midnight(first, place).isoformat(),
                timeMax=_midnight(first + SPAN, place).isoformat(),
            )
            return flask.render_template(
                "calendar_agenda.html",
                place=place,
                accounts=self._world.accounts(),
                calendars=[c for c in place.book.calendars.values() if not c.deleted],
                days=list(_by_day(events, first)),
                first=first,
                back=place.url(**{"from": (first - SPAN).isoformat()}),
                forth=place.url(**{"from": (first + SPAN).isoformat()}),
            )

    def new(self) -> str | Response | tuple[str, int]:
        """The form of a new event, and its creation."""
        with self._world.lock:
            place = self._here()
            form = EventForm.blank(self._today(place), place.calendar.time_zone)
            if flask.request.method == "GET":
                return self._form(place, form, {}, None)
            try:
                form = EventForm.read(flask.request.form)
                place.book.phone_create(form.body(place.account.email), place.calendar.id)
            except (FormProblem, GoogleError) as problem:
                return self._form(place, form, {}, problem), 400
            return flask.redirect(place.url(**{"from": form.start_date}))

    def event(self) -> str | Response | tuple[str, int]:
        """The form of an event or of an occurrence of a series; saving it and deleting it."""
        with self._world.lock:
            place = self._here()
            event, master = self._found(place, flask.request.args.get("id", ""))
            form = EventForm.of(event, (master or event).get("recurrence", ()), place.calendar.time_zone)
            if flask.request.method == "GET":
                return self._form(place, form, event, None)
            if not place.calendar.writable:
                raise Forbidden("This calendar can only be read.")
            scope = flask.request.form.get("scope", "one")
            try:
                if flask.request.form.get("action") == "delete":
                    _delete(place, event, scope)
                else:
                    before, form = form, EventForm.read(flask.request.form)
                    _save(place, event, master, before, form, scope)
            except (FormProblem, GoogleError) as problem:
                return self._form(place, form, event, problem), 400
            return flask.redirect(place.url(**{"from": form.start_date}))

    def bin(self) -> str | Response:
        """What was deleted, with a way back."""
        with self._world.lock:
            place = self._here()
            if flask.request.method == "POST":
                event, _ = self._found(place, flask.request.form.get("id", ""))
                place.book.phone_restore(event["id"], place.calendar.id)
                return flask.redirect(place.url("/bin"))
            every = place.book.every_event(place.calendar.id, showDeleted=True)
            gone = [e for e in every if e["status"] == "cancelled" and "recurringEventId" not in e]
            return flask.render_template("calendar_bin.html", place=place, events=gone, when=_when)

    def _found(self, place: _Place, event_id: str) -> tuple[Resource, Resource | None]:
        """An event in its own zone, and the series it belongs to."""
        try:
            event = place.book.get(place.calendar.id, event_id)
            zone = event.get("start", {}).get("timeZone")
            event = place.book.get(place.calendar.id, event_id, time_zone=zone)
            series = event.get("recurringEventId")
            return event, place.book.get(place.calendar.id, series, time_zone=zone) if series else None
        except GoogleError as error:
            raise NotFound("There is no such event.") from error

    def _form(self, place: _Place, form: EventForm, event: Resource, problem: Exception | None) -> str:
        return flask.render_template(
            "calendar_event.html",
            place=place,
            form=form,
            event=event,
            problem=_words(problem) if problem else "",
            series="recurringEventId" in event,
            scopes=SCOPES,
            repeats=_with(REPEATS, form.repeat, before="As it is: "),
            reminders=_with(REMINDERS, form.reminder, after=" minutes"),
            text_of=text_of,
        )

    def _today(self, place: _Place) -> date:
        return self._world.clock.now().astimezone(zone_of(place.calendar.time_zone)).date()


def _save(
    place: _Place,
    event: Resource,
    master: Resource | None,
    before: EventForm,
    form: EventForm,
    scope: str,
) -> None:
    """Change one event, or as much of its series as the person chose."""
    calendar_id, me = place.calendar.id, place.account.email
    changes = form.changes(before, event, me)
    if not changes:
        return
    if master is None:
        place.book.phone_edit(event["id"], changes, calendar_id)
    elif scope == "following":
        place.book.phone_split_series(event["id"], changes, calendar_id)
    elif scope == "all":
        if "start" in changes:
            changes["start"], changes["end"] = series_times(form, before, master)
        place.book.phone_edit(master["id"], changes, calendar_id)
    else:
        changes.pop("recurrence", None)
        if not changes:
            raise FormProblem("One event of a series cannot repeat by itself. Choose all events.")
        place.book.phone_edit(event["id"], changes, calendar_id)


def _delete(place: _Place, event: Resource, scope: str) -> None:
    series = event.get("recurringEventId")
    if series is None:
        place.book.phone_delete(event["id"], place.calendar.id)
    elif scope == "following":
        place.book.phone_end_series(event["id"], place.calendar.id)
    elif scope == "all":
        place.book.phone_delete(series, place.calendar.id)
    else:
        place.book.phone_cancel_instance(event["id"], place.calendar.id)


def _by_day(events: Iterable[Resource], first: date) -> Iterable[tuple[date, list[Resource]]]:
    """The events under the day they begin on; what began earlier stands under the first day."""
    days: dict[date, list[Resource]] = {}
    for event in events:
        text = event["start"].get("date") or event["start"]["dateTime"]
        day = max(first, date.fromisoformat(text[:10]))
        days.setdefault(day, []).append({**event, "when": _when(event)})
    return sorted(days.items())


def _when(event: Resource) -> str:
    """The time of an event in words."""
    start, end = event["start"], event["end"]
    if "date" in start:
        last = date.fromisoformat(end["date"]) - timedelta(days=1)
        return "All day" if start["date"] == last.isoformat() else f"All day, until {last:%-d %B}"
    begins, ends = datetime.fromisoformat(start["dateTime"]), datetime.fromisoformat(end["dateTime"])
    if begins.date() == ends.date():
        return f"{begins:%H:%M} – {ends:%H:%M}"
    return f"{begins:%H:%M} – {ends:%-d %B, %H:%M}"


def _midnight(day: date, place: _Place) -> datetime:
    zone = zone_of(place.calendar.time_zone)
    return datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _with(choices: Mapping[str, str], present: str, before: str = "", after: str = "") -> dict[str, str]:
    """The choices of a list, and the present value when it is none of them."""
    return {**choices} if present in choices else {**choices, present: f"{before}{present}{after}"}


def _words(problem: Exception) -> str:
    if isinstance(problem, GoogleError):
        return str(problem.body["error"]["message"])
    return str(problem)
