"""A user of the simulated Google and the real gateway in front of it, over HTTP."""

import base64
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from crmsync.core.model import Resource
from crmsync.core.state import Base, Link, Observation
from crmsync.engine.ports import GoogleSession
from crmsync.gateway.endpoints import IDENTITY_SCOPES, RESOURCE_SCOPES
from crmsync.gateway.google import GoogleGateway
from crmsync.gateway.quota import UNLIMITED
from crmsync.settings import Settings
from local.google.oauth.grants import Consent
from local.google.server import GoogleServer
from local.google.world import Account, World

CLIENT_ID = "gateway.apps.googleusercontent.example"
SECRET = "gateway-secret"
PUBLIC_URL = "http://127.0.0.1:1"
REDIRECT = f"{PUBLIC_URL}/oauth/callback"
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
BOTH: frozenset[Resource] = frozenset(("contacts", "calendar"))


def environment_at(origin: str, **changes: str) -> dict[str, str]:
    """The environment of an installation whose Google is at `origin`."""
    return {
        "GOOGLE_CLIENT_ID": CLIENT_ID,
        "GOOGLE_CLIENT_SECRET": SECRET,
        "GOOGLE_ORIGIN": origin,
        "PUBLIC_URL": PUBLIC_URL,
        "AUTH_ISSUER": "https://issuer.example",
        "AUTH_AUDIENCE": "crm",
        "AUTH_JWKS_URL": "https://issuer.example/jwks",
        "TOKEN_KEYS": KEY,
        "DIGEST_KEY": KEY,
        "TASKS_QUEUE": "projects/p/locations/l/queues/interactive",
        "TASKS_QUEUE_SCHEDULED": "projects/p/locations/l/queues/scheduled",
        "TASKS_CALLER": "tasks@p.iam.example",
        "TASKS_AUDIENCE": "https://crm.example",
        "GOOGLE_CLOUD_PROJECT": "p",
        **changes,
    }


def settings_at(origin: str, **changes: str) -> Settings:
    """Its settings."""
    return Settings.from_env(environment_at(origin, **changes))


class User:
    """One account at the simulated Google, connected through the gateway under test."""

    def __init__(self, server: GoogleServer, email: str, scopes: Iterable[Resource] = BOTH) -> None:
        self.world: World = server.world
        self.origin = server.origin
        self.account: Account = self.world.add_account(email, email.split("@")[0].title())
        self.world.register_client(CLIENT_ID, SECRET, [REDIRECT])
        self.calls: list[tuple[str, str, int]] = []
        self.google = GoogleGateway(
            settings_at(server.origin),
            self.world.clock,
            quotas=UNLIMITED,
            on_call=lambda method, address, status: self.calls.append((method, address, status)),
        )
        self.refresh_token = self.grant(scopes)

    def grant(self, scopes: Iterable[Resource]) -> str:
        """A refresh token as a finished authorization leaves it."""
        wanted = frozenset((*IDENTITY_SCOPES, *(RESOURCE_SCOPES[scope] for scope in scopes)))
        now = self.world.clock.now()
        consent = Consent(self.account.sub, CLIENT_ID, REDIRECT, wanted, now, refresh=True)
        with self.world.lock:
            self.world.grants.allow(consent)
            return self.world.grants.issue_refresh(consent).token

    @property
    def sealed(self) -> str:
        return self.google.vault.seal(self.refresh_token)

    def session(self) -> GoogleSession:
        found = self.google.session("uid", self.sealed)
        assert found is not None
        return found

    def made(self, operation: str) -> list[Any]:
        """What Google saw of this account's calls of an operation."""
        return [call for call in self.world.controls.calls(operation) if call.account == self.account.email]


def consent(address: str, email: str, *, allow: Iterable[Resource] | None) -> dict[str, str]:
    """Walks Google's pages as a person does: picks the account, ticks parts, presses Allow (None: Cancel).

    Answers the query of the redirect that ends it.
    """
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    with requests.Session() as browser:
        page = browser.get(address, timeout=5, allow_redirects=False)
        if page.status_code == 200:
            ticket = re.search(r'name="flow" value="([^"]+)"', page.text)
            assert ticket is not None, page.text
            form: dict[str, Any] = {"flow": ticket[1], "email": email}
            page = browser.post(f"{origin}/signin/account", data=form, timeout=5, allow_redirects=False)
            if page.status_code == 200:
                form["decision"] = "cancel" if allow is None else "allow"
                form["scope"] = [RESOURCE_SCOPES[part] for part in allow or ()]
                page = browser.post(f"{origin}/signin/consent", data=form, timeout=5, allow_redirects=False)
    assert page.status_code == 302, page.text
    query = parse_qs(urlsplit(page.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


def link_to(seen: Observation[Any], crm: str = "crm-1", resource: Resource = "contacts") -> Link:
    """The link that the engine would keep after this observation."""
    assert seen.rtime is not None
    return Link(
        key=seen.key,
        resource=resource,
        crm=crm,
        name=seen.name,
        remote_id=seen.remote_id,
        etag=seen.etag,
        rtime=seen.rtime,
        base=Base(),
        rich=seen.rich,
    )
