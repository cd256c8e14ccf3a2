"""The world in a file: what a next process knows of all that was answered by one that was killed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from local.google.app import create_app
from local.google.calendar.push import Notification
from local.google.clock import Clock
from local.google.kept import Kept, Unreadable, WorldFile
from local.google.oauth.keys import signing_key
from local.google.world import World

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
APP = {"client_id": "app", "client_secret": "secret"}
CONTACTS, EVENTS = (f"https://www.googleapis.com/auth/{name}" for name in ("contacts", "calendar.events"))
SERIES = {
    "summary": "Showing",
    "start": {"dateTime": "2026-12-01T09:00:00", "timeZone": "America/Toronto"},
    "end": {"dateTime": "2026-12-01T10:00:00", "timeZone": "America/Toronto"},
    "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"],
}


class Process:
    """One process of the simulated Google over a file. It is never ended, as if it were killed."""

    def __init__(self, path: Path) -> None:
        self.file = WorldFile(path)
        self.world = self.file.read() or World(Clock(START))
        self._client = Client(Kept(create_app(self.world), self.world, self.file))
        self.token = ""

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self._client.open(path, "http://127.0.0.1", method=method, headers=headers, **options)

    def told(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = self.call(method, path, **options)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    def sign_in(self, refresh: str) -> None:
        form = {**APP, "grant_type": "refresh_token", "refresh_token": refresh}
        self.token = self.told("POST", "/token", data=form)["access_token"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "google.sqlite"


@pytest.fixture
def begun(path: Path) -> Iterator[tuple[Process, str]]:
    """A process with an account whose person has allowed everything, and the permission."""
    process = Process(path)
    process.told("POST", "/_control/accounts", json={"email": "ann@gmail.example"})
    process.told("POST", "/_control/apps", json={**APP, "redirect_uris": ["http://127.0.0.1:1/back"]})
    asked = {"account": "ann@gmail.example", "client_id": "app", "scopes": ["openid", CONTACTS, EVENTS]}
    refresh = process.told("POST", "/_control/permissions", json=asked)["refresh_token"]
    process.sign_in(refresh)
    yield process, refresh
    process.file.close()


def test_a_next_process_goes_on_where_the_last_was_killed(path: Path, begun: tuple[Process, str]) -> None:
    first, refresh = begun
    person = first.told("POST", "/v1/people:createContact", json={"names": [{"givenName": "Zoë"}]})
    listed = {"personFields": "names,metadata", "requestSyncToken": "true"}
    delta = first.told("GET", "/v1/people/me/connections", query_string=listed)["nextSyncToken"]
    events = "/calendar/v3/calendars/primary/events"
    series = first.told("POST", events, json=SERIES)
    first.world.account("ann@gmail.example").people.lag(60)
    first.told("POST", "/_control/accounts", json={"email": "bob@gmail.example"})

    second = Process(path)
    second.sign_in(refresh)
    found = second.told("GET", f"/v1/{person['resourceName']}", query_string={"personFields": "names"})
    assert found["names"][0]["givenName"] == "Zoë"
    assert second.told("GET", f"{events}/{series['id']}") == series
    assert len(second.told("GET", f"{events}/{series['id']}/instances")["items"]) == 3
    changed = {**listed, "syncToken": delta}
    assert "connections" not in second.told("GET", "/v1/people/me/connections", query_string=changed)
    assert [each.email for each in second.world.accounts()] == ["ann@gmail.example", "bob@gmail.example"]
    account = second.world.account("ann@gmail.example")
    assert account.people.propagation_delay.total_seconds() == 60
    assert account.calendars.lock is second.world.lock
    assert second.world.clock.now() == START
    # What is new does not take the place of what was.
    another = second.told("POST", "/v1/people:createContact", json={"names": [{"givenName": "Bao"}]})
    assert another["resourceName"] != person["resourceName"]
    second.file.close()


def test_a_code_and_a_channel_outlive_the_process(path: Path, begun: tuple[Process, str]) -> None:
    first, refresh = begun
    asked = {
        "client_id": "app",
        "redirect_uri": "http://127.0.0.1:1/back",
        "response_type": "code",
        "scope": f"openid {CONTACTS} {EVENTS}",
        "prompt": "none",
        "login_hint": "ann@gmail.example",
    }
    back = first.call("GET", "/o/oauth2/v2/auth", query_string=asked)
    code = back.headers["Location"].partition("code=")[2].partition("&")[0].replace("%2F", "/")
    watched = {"id": "channel-1", "type": "web_hook", "address": "http://127.0.0.1:1/hook", "token": "t"}
    sent: list[Notification] = []
    first.world.push.delay = 3600
    first.told("POST", "/calendar/v3/calendars/primary/events/watch", json=watched)
    key = signing_key().key_id

    second = Process(path)
    form = {**APP, "grant_type": "authorization_code", "code": code, "redirect_uri": asked["redirect_uri"]}
    assert second.told("POST", "/token", data=form)["id_token"]
    assert signing_key().key_id == key
    push = second.world.push
    assert [channel.id for channel in push.channels()] == ["channel-1"]
    push._background, push._deliver = False, lambda message: sent.append(message) or 200  # type: ignore[func-returns-value]
    push.resume()
    push.deliver_due()
    assert [message.state for message in sent] == ["sync"]
    second.file.close()
    assert refresh


def test_only_what_has_changed_of_the_contacts_is_written_again(
    path: Path, begun: tuple[Process, str]
) -> None:
    process, _ = begun
    persons = [{"names": [{"givenName": f"Person {number}"}]} for number in range(50)]
    made = process.told(
        "POST", "/_control/contacts/create-all", json={"account": "ann@gmail.example", "persons": persons}
    )["resourceNames"]
    with closing(sqlite3.connect(path)) as file:
        before = set(file.execute("SELECT key FROM contacts"))
        process.world.account("ann@gmail.example").people.phone_edit(made[0], {"nicknames": [{"value": "Z"}]})
        process.told("POST", "/_control/accounts", json={"email": "bob@gmail.example"})
        after = set(file.execute("SELECT key FROM contacts"))
    assert len(before) == len(after) == 50
    assert len(before - after) == 1


def test_a_world_of_another_version_is_told_apart(path: Path, begun: tuple[Process, str]) -> None:
    with closing(sqlite3.connect(path)) as table, table:
        table.execute("UPDATE world SET format = 0")
    file = WorldFile(path)
    with pytest.raises(Unreadable):
        file.read()
    file.close()
