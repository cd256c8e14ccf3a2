"""A simulated Google with one account, a bearer token, and short ways to call Calendar on it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import flask
from werkzeug.test import TestResponse

from local.google.app import create_app
from local.google.calendar import api
from local.google.calendar.book import CalendarBook
from local.google.calendar.push import PushHub
from local.google.clock import Clock
from local.google.world import World

START = datetime(2026, 3, 2, 15, 0, 0, 250_000, tzinfo=UTC)
ANN = "ann.martin@gmail.example"
EVENTS = "https://www.googleapis.com/auth/calendar.events"
LISTS = "https://www.googleapis.com/auth/calendar.calendarlist.readonly"
METADATA = "https://www.googleapis.com/auth/calendar.calendars.readonly"
EVERYTHING = (EVENTS, LISTS, METADATA)
BASE = "/calendar/v3"


def timed(start: str, end: str, zone: str = "America/Toronto", **more: Any) -> dict[str, Any]:
    """An event body between two local times of a zone."""
    times = {
        "start": {"dateTime": start, "timeZone": zone},
        "end": {"dateTime": end, "timeZone": zone},
    }
    return {"summary": "Showing", **times, **more}


def all_day(first: str, end: str, **more: Any) -> dict[str, Any]:
    """An all-day event body; `end` is exclusive."""
    return {"summary": "Open house", "start": {"date": first}, "end": {"date": end}, **more}


def weekly(**more: Any) -> dict[str, Any]:
    """A body of a series on Mondays at nine, from 2 March 2026, across the change of the clocks."""
    return timed(
        "2026-03-02T09:00:00", "2026-03-02T10:00:00", recurrence=["RRULE:FREQ=WEEKLY;COUNT=8"], **more
    )


class Stage:
    """The world, its application, Ann's account and her app's token.

    Every answer is held against its schema.
    """

    def __init__(
        self, scopes: Iterable[str] = EVERYTHING, *, background: bool = False, pages: bool = False
    ) -> None:
        """With `background` push has its real worker; with `pages` the whole application is there, not the
        API alone.
        """
        self.clock = Clock(START)
        self.world = World(self.clock)
        self.sent: list[Any] = []
        if not background:
            self.world.push = PushHub(self.clock, deliver=self.receive, timer=self.timer, background=False)
        self.seconds = 0.0
        self.status = 200
        self.world.controls.verify_answers = True
        self.world.register_client("crm", "secret", ["http://127.0.0.1/oauth/callback"])
        self.account = self.world.add_account(ANN, "Ann Martin")
        self.token = self.token_for(ANN, scopes)
        app = create_app(self.world) if pages else flask.Flask("calendar")
        if not pages:
            app.config["PROPAGATE_EXCEPTIONS"] = True
            app.register_blueprint(api.blueprint(self.world))
        self.client = app.test_client()

    @property
    def book(self) -> CalendarBook:
        """Ann's calendars."""
        return self.account.calendars

    def timer(self) -> float:
        return self.seconds

    def receive(self, notification: Any) -> int:
        self.sent.append(notification)
        return self.status

    def token_for(self, email: str, scopes: Iterable[str] = EVERYTHING, client: str = "crm") -> str:
        """A bearer token of an account for a client."""
        sub = self.world.account(email).sub
        return self.world.grants.issue_access(sub, client, frozenset(scopes)).token

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
        **query: Any,
    ) -> TestResponse:
        """Send one request below /calendar/v3; query values may be lists."""
        sent = {"Authorization": f"Bearer {token or self.token}", **(headers or {})}
        data = None if body is None else json.dumps(body)
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        params = {name: _text(value) for name, value in query.items()}
        return self.client.open(BASE + path, method=method, data=data, headers=sent, query_string=params)

    def insert(self, body: Mapping[str, Any], calendar: str = "primary", **query: Any) -> dict[str, Any]:
        """Insert an event and answer it."""
        return good(self.call("POST", f"/calendars/{quote(calendar)}/events", dict(body), **query))

    def get(self, event_id: str, **query: Any) -> dict[str, Any]:
        """Read an event."""
        return good(self.call("GET", f"/calendars/primary/events/{event_id}", **query))

    def patch(self, event_id: str, body: Mapping[str, Any], **query: Any) -> dict[str, Any]:
        """Patch an event."""
        return good(self.call("PATCH", f"/calendars/primary/events/{event_id}", dict(body), **query))

    def update(self, event_id: str, body: Mapping[str, Any], **query: Any) -> dict[str, Any]:
        """Replace an event."""
        return good(self.call("PUT", f"/calendars/primary/events/{event_id}", dict(body), **query))

    def delete(self, event_id: str, **more: Any) -> TestResponse:
        """Delete an event, whatever the answer."""
        return self.call("DELETE", f"/calendars/primary/events/{event_id}", **more)

    def events(self, calendar: str = "primary", **query: Any) -> dict[str, Any]:
        """One page of events."""
        return good(self.call("GET", f"/calendars/{quote(calendar)}/events", **query))

    def pages(self, **query: Any) -> list[dict[str, Any]]:
        """All pages of a listing."""
        pages = [self.events(**query)]
        while "nextPageToken" in pages[-1]:
            pages.append(self.events(**query, pageToken=pages[-1]["nextPageToken"]))
        return pages


def good(response: TestResponse) -> dict[str, Any]:
    """The body of a 200."""
    assert response.status_code == 200, response.get_data(as_text=True)
    body = response.get_json()
    assert isinstance(body, dict)
    return body


def refusal(response: TestResponse) -> tuple[int, str]:
    """Status and reason of a refusal in Calendar's shape."""
    error = response.get_json()["error"]
    assert error["code"] == response.status_code
    assert error["message"]
    return response.status_code, error["errors"][0]["reason"]


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
