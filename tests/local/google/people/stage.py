"""A simulated Google for one test: frozen clock, one account, a registered client, calls without a socket."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from werkzeug.test import TestResponse

from local.google.app import create_app
from local.google.clock import Clock
from local.google.people.book import PeopleBook
from local.google.world import Account, World

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CONTACTS = "https://www.googleapis.com/auth/contacts"
EVENTS = "https://www.googleapis.com/auth/calendar.events"
CALLBACK = "http://127.0.0.1:8080/oauth/callback"
CLIENT_ID, CLIENT_SECRET = "client.apps.example", "secret & safe"
MASK = "names,emailAddresses,phoneNumbers,metadata,memberships"


class Stage:
    """Every 2xx answer given on it is checked against the discovery document."""

    def __init__(self) -> None:
        self.clock = Clock(START)
        self.world = World(self.clock)
        self.world.controls.verify_answers = True
        self.world.register_client(CLIENT_ID, CLIENT_SECRET, [CALLBACK, CALLBACK + "?next=1"])
        self.account: Account = self.world.add_account("ann@example.com", "Ann Martin")
        self.web = create_app(self.world).test_client()
        self.token = self.bearer(CONTACTS)

    @property
    def book(self) -> PeopleBook:
        return self.account.people

    def bearer(self, *scopes: str, account: Account | None = None) -> str:
        owner = account or self.account
        return self.world.grants.issue_access(owner.sub, CLIENT_ID, frozenset(scopes)).token

    def send(
        self, method: str, path: str, body: Any = None, headers: Any = None, **params: Any
    ) -> TestResponse:
        given = {"Authorization": f"Bearer {self.token}"} | (headers or {})
        query = {name: value for name, value in params.items() if value is not None}
        return self.web.open(path, method=method, json=body, query_string=query, headers=given)

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> dict[str, Any]:
        """The JSON of a call that must succeed."""
        response = self.send(method, path, body, **params)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json or {}
        return answer

    def refused(self, method: str, path: str, body: Any = None, **params: Any) -> dict[str, Any]:
        """The `error` of a call that must fail."""
        response = self.send(method, path, body, **params)
        assert response.status_code >= 400, response.text
        assert response.json is not None
        error: dict[str, Any] = response.json["error"]
        assert error["code"] == response.status_code
        return error

    def list(self, **params: Any) -> dict[str, Any]:
        return self.call("GET", "/v1/people/me/connections", **{"personFields": MASK, **params})

    def full_sync(self, **params: Any) -> str:
        """List everything and return the sync token."""
        answer = self.list(requestSyncToken="true", **params)
        while "nextPageToken" in answer:
            answer = self.list(requestSyncToken="true", pageToken=answer["nextPageToken"], **params)
        token: str = answer["nextSyncToken"]
        return token

    def delta(self, token: str, **params: Any) -> dict[str, Any]:
        return self.list(requestSyncToken="true", syncToken=token, **params)

    def advance(self, **span: float) -> None:
        """Let time pass; the old bearer token may be dead then, so there is a new one."""
        self.clock.advance(timedelta(**span))
        self.token = self.bearer(CONTACTS)


def person(given: str, family: str = "", *, email: str = "", phone: str = "") -> dict[str, Any]:
    """A person as a client would send it."""
    made: dict[str, Any] = {"names": [{"givenName": given} | ({"familyName": family} if family else {})]}
    if email:
        made["emailAddresses"] = [{"value": email}]
    if phone:
        made["phoneNumbers"] = [{"value": phone}]
    return made


def names(people: Iterable[dict[str, Any]]) -> list[str]:
    return [each["names"][0]["displayName"] for each in people]


def authorize(stage: Stage, scopes: str, *, tick: Iterable[str] | None = None, **params: str) -> TestResponse:
    """Walk the authorization pages, ticking `tick` (None: everything), and stop at the redirect."""
    query = {
        "client_id": CLIENT_ID,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": scopes,
        "state": "the state",
        "access_type": "offline",
    } | params
    page = stage.web.get("/o/oauth2/v2/auth", query_string=query)
    if page.status_code == 302:
        return page
    if "Choose an account" in page.text:
        page = stage.web.post("/signin/account", data={"flow": flow_of(page), "email": stage.account.email})
        if page.status_code == 302:
            return page
    ticked = scopes.split() if tick is None else list(tick)
    form = {"flow": flow_of(page), "email": stage.account.email, "decision": "allow", "scope": ticked}
    return stage.web.post("/signin/consent", data=form)


def flow_of(page: TestResponse) -> str:
    """The ticket of the authorization under way."""
    match = re.search(r'name="flow" value="([^"]+)"', page.text)
    assert match is not None, page.text
    return match[1]


def redirected(response: TestResponse) -> dict[str, str]:
    """The query of the redirect back to the app."""
    assert response.status_code == 302, response.text
    assert response.location.startswith(CALLBACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(response.location).query).items()}


def exchange(stage: Stage, code: str, **changes: str) -> TestResponse:
    """Redeem a code; `changes` override what the client sends."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uri": CALLBACK,
    } | changes
    return stage.web.post("/token", data=form)


def refresh(stage: Stage, token: str, **changes: str) -> TestResponse:
    """Redeem a refresh token."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": token,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    } | changes
    return stage.web.post("/token", data=form)
