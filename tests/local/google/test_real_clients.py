"""Google's own Python libraries run their whole flow against the simulated Google over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import google.auth.exceptions
import httplib2
import pytest
import requests
from google.auth.transport.requests import Request
from google.oauth2 import id_token
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from local.google.clock import Clock
from local.google.faults import Fault
from local.google.server import GoogleServer
from local.google.world import World
from tests.local.google.people.stage import CALLBACK, CLIENT_ID, CLIENT_SECRET, CONTACTS, EVENTS, person

SCOPES = ["openid", "https://www.googleapis.com/auth/userinfo.email", CONTACTS, EVENTS]


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    world = World(Clock())
    world.controls.verify_answers = True
    world.register_client(CLIENT_ID, CLIENT_SECRET, [CALLBACK])
    world.add_account("ann@example.com", "Ann Martin")
    with GoogleServer(world) as running:
        yield running


@pytest.fixture
def flow(server: GoogleServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flow]:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    web = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "auth_uri": f"{server.origin}/o/oauth2/v2/auth",
        "token_uri": f"{server.origin}/token",
    }
    made = Flow.from_client_config({"web": web}, SCOPES, redirect_uri=CALLBACK)
    with made.oauth2session:
        yield made


@pytest.fixture
def transport() -> Iterator[Request]:
    with requests.Session() as session:
        yield Request(session)


def allow(server: GoogleServer, address: str, ticked: list[str]) -> str:
    """Walk the pages in a browser's stead; returns the address Google redirects to."""
    with requests.Session() as browser:
        page = browser.get(address)
        ticket = page.text.split('name="flow" value="')[1].split('"')[0]
        form: dict[str, Any] = {"flow": ticket, "email": "ann@example.com"}
        browser.post(f"{server.origin}/signin/account", data=form)
        form |= {"scope": ticked, "decision": "allow"}
        end = browser.post(f"{server.origin}/signin/consent", data=form, allow_redirects=False)
        return end.headers["Location"]


@pytest.fixture
def credentials(server: GoogleServer, flow: Flow) -> Credentials:
    address, _ = flow.authorization_url(access_type="offline", include_granted_scopes="true")
    flow.fetch_token(authorization_response=allow(server, address, [CONTACTS, EVENTS]))
    made: Credentials = flow.credentials
    return made


def renew(credentials: Any, transport: Request) -> None:
    """Refresh; google-auth has no types there."""
    credentials.refresh(transport)


@pytest.fixture
def people(server: GoogleServer, credentials: Credentials) -> Iterator[Any]:
    options = {"api_endpoint": server.origin}
    with build("people", "v1", credentials=credentials, client_options=options, static_discovery=True) as api:
        yield api


def test_google_auth_oauthlib_authorizes_with_pkce_refreshes_and_finds_the_token_revoked(
    server: GoogleServer, credentials: Credentials, transport: Request
) -> None:
    assert set(credentials.granted_scopes or ()) == set(SCOPES)
    assert credentials.refresh_token
    before = credentials.token
    renew(credentials, transport)
    assert credentials.token != before
    assert requests.post(f"{server.origin}/revoke", data={"token": credentials.token}).status_code == 200
    with pytest.raises(google.auth.exceptions.RefreshError) as caught:
        renew(credentials, transport)
    assert caught.value.args[1]["error"] == "invalid_grant"
    assert not caught.value.retryable


def test_a_failing_token_endpoint_is_retryable_for_google_auth(
    server: GoogleServer, credentials: Credentials, transport: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("google.auth._exponential_backoff.time.sleep", lambda seconds: None)
    server.world.controls.plan(Fault("oauth.token", status=503, reason="backend_error", times=None))
    with pytest.raises(google.auth.exceptions.RefreshError) as caught:
        renew(credentials, transport)
    assert caught.value.retryable


def test_oauthlib_refuses_a_partial_grant_unless_relaxed(
    server: GoogleServer, flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _ = flow.authorization_url(access_type="offline")
    with pytest.raises(Warning, match="Scope has changed"):
        flow.fetch_token(authorization_response=allow(server, address, [CONTACTS]))
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")
    address, _ = flow.authorization_url(access_type="offline", prompt="consent")
    flow.fetch_token(authorization_response=allow(server, address, [CONTACTS]))
    assert EVENTS not in flow.credentials.granted_scopes


@pytest.mark.parametrize("path", ["/oauth2/v1/certs", "/oauth2/v3/certs"])
def test_google_auth_verifies_the_id_token_by_either_form_of_the_keys(
    server: GoogleServer, credentials: Credentials, transport: Request, path: str
) -> None:
    claims = id_token.verify_token(
        credentials.id_token, transport, audience=CLIENT_ID, certs_url=server.origin + path
    )
    assert claims["iss"] == "https://accounts.google.com"
    assert claims["sub"] == server.world.account("ann@example.com").sub


def test_the_api_client_walks_contacts_from_creation_to_tombstone(people: Any) -> None:
    mask = "names,emailAddresses,metadata"
    made = people.people().createContact(body=person("Ann", "Martin"), personFields=mask).execute()
    batch = {"contacts": [{"contactPerson": person(f"P{n}")} for n in range(200)], "readMask": "names"}
    created = people.people().batchCreateContacts(body=batch).execute()["createdPeople"]
    assert len(created) == 200

    listed, token = [], None
    api = people.people().connections()
    parameters = {
        "resourceName": "people/me",
        "personFields": mask,
        "pageSize": 100,
        "requestSyncToken": True,
    }
    request = api.list(**parameters)
    while request is not None:
        answer = request.execute()
        listed += answer["connections"]
        token = answer.get("nextSyncToken")
        request = api.list_next(request, answer)
    assert len(listed) == 201

    body = person("Anna", "Martin", email="anna@example.com") | {
        "etag": made["etag"],
        "metadata": made["metadata"],
    }
    people.people().updateContact(
        resourceName=made["resourceName"], body=body, updatePersonFields="names,emailAddresses"
    ).execute()
    people.people().deleteContact(resourceName=created[0]["person"]["resourceName"]).execute()
    delta = api.list(syncToken=token, **parameters).execute()
    assert [each["metadata"].get("deleted", False) for each in delta["connections"]] == [False, True]


def test_the_api_client_reads_200_names_by_an_overridden_post(people: Any, server: GoogleServer) -> None:
    book = server.world.account("ann@example.com").people
    made = [book.phone_create(person(f"P{n}")) for n in range(200)]
    answer = people.people().getBatchGet(resourceNames=made, personFields="names").execute()
    assert [each["requestedResourceName"] for each in answer["responses"]] == made
    assert server.world.controls.calls()[-1].operation == "people.people.getBatchGet"


def test_the_api_client_sees_a_stale_etag_as_400(people: Any, server: GoogleServer) -> None:
    made = people.people().createContact(body=person("Ann"), personFields="metadata").execute()
    server.world.account("ann@example.com").people.phone_edit(made["resourceName"], person("Anna"))
    update = people.people().updateContact(
        resourceName=made["resourceName"], body=person("X") | made, updatePersonFields="names"
    )
    with pytest.raises(HttpError) as caught:
        update.execute()
    assert caught.value.status_code == 400
    assert "etag is different" in caught.value.reason


def test_the_api_client_retries_a_drop_after_the_effect_and_so_creates_twice(
    people: Any, server: GoogleServer
) -> None:
    server.world.controls.plan(Fault("people.people.createContact", when="after", drop=True))
    creation = people.people().createContact(body=person("Ann"))
    creation._sleep = lambda seconds: None
    creation.execute(num_retries=1)
    assert len(server.world.account("ann@example.com").people) == 2


def test_httplib2_reads_gzipped_answers(server: GoogleServer, credentials: Credentials) -> None:
    book = server.world.account("ann@example.com").people
    for n in range(50):
        book.phone_create(person(f"P{n}"))
    http = httplib2.Http()
    _, content = http.request(
        f"{server.origin}/v1/people/me/connections?personFields=names",
        headers={"Authorization": f"Bearer {credentials.token}"},
    )
    http.close()
    assert content.startswith(b'{"connections":[')
    assert server.world.controls.calls()[-1].gzipped_bytes
