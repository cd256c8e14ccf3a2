"""The five functions as deployed, over the in-memory store and small fakes, and callers with real tokens."""

import base64
import itertools
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import functions_framework
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.test import Client, EnvironBuilder, TestResponse

from crmsync import compose
from crmsync.api.http.context import Surroundings
from crmsync.api.http.identity import Verifier
from crmsync.api.http.keys import Keys
from crmsync.api.http.page_tokens import PageTokens
from crmsync.core.account import Connection, Grant, UserSettings
from crmsync.core.model import Resource
from crmsync.core.pair.canon import Canon
from crmsync.core.scope import Scope
from crmsync.core.state import Candidate
from crmsync.engine.deps import Deps
from crmsync.store.documents.memory import MemoryDocuments
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.ports import PutCandidate, PutUser
from crmsync.store.repository import DocumentStore
from tests.api import contract
from tests.fakes import FakeGoogle, FakeQueue, FakeVault, FixedClock

MAIN = Path(__file__).resolve().parents[2] / "functions" / "main.py"
TARGETS = ("api", "oauth_callback", "calendar_webhook", "tasks", "scheduled_resync")

PUBLIC_URL = "https://sync.example"
HOST_PAGE = "https://crm.example"
USERS, AUDIENCE = "https://issuer.example", "crm"
SERVICES, SERVICE_AUDIENCE, CALLER = "https://accounts.google.com", "https://tasks.example", "tasks@p.example"
SCHEDULE_AUDIENCE = "https://resync.example"
AUDIENCES = {"tasks": SERVICE_AUDIENCE, "scheduled_resync": SCHEDULE_AUDIENCE}
"""For whom the tokens are made out with which each private door is called."""
DIGEST_KEY = bytes(range(32))
TOKEN_KEY = base64.urlsafe_b64encode(DIGEST_KEY).decode()
BOTH: frozenset[Resource] = frozenset(("contacts", "calendar"))


class Signer:
    """An OIDC issuer: one RSA key, and tokens signed with it."""

    def __init__(self, issuer: str, audience: str, kid: str) -> None:
        self.issuer, self.audience, self.kid = issuer, audience, kid
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def jwk(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {**public, "kid": self.kid, "use": "sig", "alg": "RS256"}

    def keys(self) -> Keys:
        return Keys("https://unused.example", fetch=lambda _: {self.kid: jwt.PyJWK(self.jwk())})

    def token(self, sub: str, /, **claims: Any) -> str:
        now = datetime.now(UTC)
        standard = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": sub,
            "iat": now,
            "exp": now + timedelta(hours=1),
        }
        kept = {name: value for name, value in (standard | claims).items() if value is not None}
        return jwt.encode(kept, self.key, "RS256", headers={"kid": self.kid})


@dataclass(slots=True)
class Service:
    """One installation: its ports, its signers, its five doors."""

    clock: FixedClock
    queue: FakeQueue
    google: FakeGoogle
    meter: MeteredDocuments
    store: DocumentStore
    deps: Deps
    users: Signer
    services: Signer
    doors: Mapping[str, Client]

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        user: str | None = "ann",
        headers: Mapping[str, str] | None = None,
        door: str = "api",
        described: bool = True,
        **more: Any,
    ) -> TestResponse:
        """One call as `user` (None: without a token); `body` goes as JSON.

        The answer is held against the OpenAPI document, and a request that was accepted too. described: False
        for calls that the document rightly does not know.
        """
        sent = dict(headers or {})
        if user is not None:
            sent.setdefault("Authorization", f"Bearer {self.users.token(user)}")
        if body is not None:
            more |= {"data": json.dumps(body), "content_type": "application/json"}
        sending: dict[str, Any] = {"path": path, "method": method, "headers": sent, **more}
        answer = self.doors[door].open(**sending)
        if described:
            request = EnvironBuilder(**sending).get_request()
            contract.check_answer(request, answer)
            if answer.status_code < 400:
                contract.check_request(request)
        return answer

    def service_call(self, path: str, body: Any = None, *, door: str, **more: Any) -> TestResponse:
        """One call as Cloud Tasks or Cloud Scheduler makes it."""
        token = self.services.token("1", email=CALLER, email_verified=True, aud=AUDIENCES[door])
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        return self.call("POST", path, body, user=None, headers=headers, door=door, **more)

    def connect(self, uid: str = "ann", scopes: frozenset[Resource] = BOTH, **parts: Any) -> None:
        """Gives the user a connection, as a finished authorization would."""
        connection = Connection("sub-1", f"{uid}@gmail.example", scopes, self.clock.now())
        google, vault = self.google, self.deps.vault
        self.store.put_grant(
            Grant(uid, "sub-1", "sealed:r", scopes, holder=google.holder("sub-1"), key=vault.key)
        )
        user = self.store.user(Scope.of(uid))
        chosen = {"settings": replace(user.settings if user else UserSettings(), ways_chosen=True)}
        self.store.commit(
            Scope.of(uid), [PutUser({**chosen, "connection": connection, "previous_sub": "sub-1", **parts})]
        )

    def offer(self, *candidates: Candidate, uid: str = "ann") -> None:
        """Puts candidates on the sheet."""
        for start in range(0, len(candidates), 400):
            self.store.commit(Scope.of(uid), [PutCandidate(each) for each in candidates[start : start + 400]])


def said(answer: TestResponse, status: int = 200) -> dict[str, Any]:
    """The JSON object of an answer that has this status."""
    assert answer.status_code == status, answer.text
    body = answer.get_json()
    assert isinstance(body, dict)
    return body


def refused(service: Service, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
    """The error of a call that is refused as an invalid request."""
    error = said(service.call(method, path, body, **more), 400)["error"]
    of_a_page = error.get("field") == "page_token"
    assert error["code"] == ("invalid_page_token" if of_a_page else "invalid_request")
    assert isinstance(error, dict)
    return error


EXPRESS = {"status": "express", "obtained_on": "2026-03-01", "source": "open house"}
"""Consent with its evidence."""


def candidate(key: str, round: int = 1, **more: Any) -> Candidate:
    """A Google contact on the sheet."""
    name = more.pop("name", f"Person {key}")
    shown: dict[str, Any] = {
        "remote_id": f"people/{key}",
        "sort": name.casefold(),
        "emails": (f"{key}@mail.example",),
        "phones": (),
        "organization": "",
        "labels": (),
        "photo_url": None,
    }
    return Candidate(key=key, name=name, round=round, **(shown | more))


@contextmanager
def started() -> Iterator[Service]:
    """A service of its own, for as long as the context lasts."""
    clock, queue, google = FixedClock(), FakeQueue(), FakeGoogle()
    meter = MeteredDocuments(MemoryDocuments(clock))
    store = DocumentStore(meter)
    ids = itertools.count(1)
    deps = Deps(
        store=store,
        google=google,
        vault=FakeVault(),
        queue=queue,
        clock=clock,
        canon=lambda region: Canon(DIGEST_KEY, region),
        new_id=lambda: f"id-{next(ids):020d}",
        webhook_address=f"{PUBLIC_URL}/hooks/calendar",
    )
    users, services = SIGNERS
    here = Surroundings(
        deps=deps,
        users=Verifier(USERS, AUDIENCE, users.keys()),
        services=Verifier(SERVICES, SERVICE_AUDIENCE, services.keys()),
        schedule=Verifier(SERVICES, SCHEDULE_AUDIENCE, services.keys()),
        tasks_caller=CALLER,
        public_url=PUBLIC_URL,
        embed_origins=frozenset((HOST_PAGE,)),
        page_tokens=PageTokens([TOKEN_KEY]),
        version="9.9.9",
    )
    compose.use(here)
    try:
        yield Service(clock, queue, google, meter, store, deps, users, services, DOORS)
    finally:
        compose.use(None)


def _doors() -> dict[str, Client]:
    """The functions-framework leaves its target in the environment and a path: both are put back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNCTION_TARGET", "")
        patch.setattr(sys, "path", list(sys.path))
        return {
            name: functions_framework.create_app(name, str(MAIN)).test_client(use_cookies=False)  # type: ignore[no-untyped-call]
            for name in TARGETS
        }


SIGNERS = (Signer(USERS, AUDIENCE, "u1"), Signer(SERVICES, SERVICE_AUDIENCE, "s1"))
DOORS = _doors()
