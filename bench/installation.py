"""One installation of ours: the real engine, gateway and store, metered, with jobs run by hand."""

from __future__ import annotations

import base64
import itertools
import secrets
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

from bench.google import CLIENT_ID, CLIENT_SECRET, SimulatedGoogle
from crmsync.core.account import Connection, Grant, LocalCursor
from crmsync.core.model import Appointment, Contact, R, Resource
from crmsync.core.pair.canon import Canon
from crmsync.core.scope import Scope
from crmsync.engine import jobs
from crmsync.engine.deps import Deps
from crmsync.engine.ports import Clock
from crmsync.gateway.endpoints import IDENTITY_SCOPES, RESOURCE_SCOPES
from crmsync.gateway.google import GoogleGateway
from crmsync.gateway.quota import UNLIMITED
from crmsync.settings import Settings
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.documents.port import Documents, DocumentWrite, Merge, Put
from crmsync.store.encoding import paths
from crmsync.store.encoding.shapes import record_data
from crmsync.store.ports import Kind, PutRecord, PutUser
from crmsync.store.repository import DocumentStore

KEY = bytes(range(32))
BOTH: frozenset[Resource] = frozenset(("contacts", "calendar"))
KINDS: tuple[Kind, ...] = ("contacts", "appointments")
_HOME = "http://127.0.0.1:1"
_COMMIT = 400


class RealClock:
    """The machine's time: Firestore stamps records with it too, so it cannot be moved."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class MovableClock:
    """The machine's time and what was skipped: for waits of minutes, over the twin in memory."""

    skipped: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skipped


@dataclass(slots=True)
class HandQueue:
    """Keeps what was queued until the measurement runs it; delays are noted, not waited for."""

    tasks: deque[tuple[str, dict[str, Any]]] = field(default_factory=deque)
    names: set[str] = field(default_factory=set)
    delays: list[float] = field(default_factory=list)

    def enqueue(
        self,
        job: str,
        payload: Mapping[str, Any],
        *,
        name: str | None = None,
        delay: float = 0.0,
        scheduled: bool = False,
    ) -> bool:
        if name is not None and name in self.names:
            return False
        self.names |= {name} if name else set()
        self.tasks.append((job, dict(payload)))
        self.delays.append(delay)
        return True


def settings_for(origin: str) -> Settings:
    """Settings of an installation whose Google is at `origin`."""
    key = base64.urlsafe_b64encode(KEY).decode()
    return Settings.from_env(
        {
            "GOOGLE_CLIENT_ID": CLIENT_ID,
            "GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
            "GOOGLE_ORIGIN": origin,
            "PUBLIC_URL": _HOME,
            "AUTH_ISSUER": f"{_HOME}/local",
            "AUTH_AUDIENCE": "crm",
            "AUTH_JWKS_URL": f"{_HOME}/local/jwks",
            "TOKEN_KEYS": key,
            "DIGEST_KEY": key,
            "TASKS_QUEUE": "projects/p/locations/l/queues/interactive",
            "TASKS_QUEUE_SCHEDULED": "projects/p/locations/l/queues/scheduled",
            "TASKS_CALLER": "tasks@p.iam.gserviceaccount.example",
            "TASKS_AUDIENCE": _HOME,
            "GOOGLE_CLOUD_PROJECT": "p",
        }
    )


class _Watched(MeteredDocuments):
    """Counts documents, and notes when each commit went through."""

    def __init__(self, inner: Documents, committed: list[tuple[datetime, list[str]]]) -> None:
        super().__init__(inner)
        self._committed = committed

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        versions = super().commit(writes)
        self._committed.append((datetime.now(UTC), [write.path for write in writes]))
        return versions


class Installation:
    """Our side of the measurement: one database, one gateway, any number of users."""

    def __init__(
        self,
        google: SimulatedGoogle,
        documents: Documents,
        clock: Clock | None = None,
        quotas: Mapping[str, int] = UNLIMITED,
    ) -> None:
        """quotas: our own brake, units a minute by metric; none unless told."""
        self.google = google
        self.clock: Clock = clock or RealClock()
        self.queue = HandQueue()
        self.committed: list[tuple[datetime, list[str]]] = []
        """When each commit went through, and which documents it wrote."""
        self.meter = _Watched(documents, self.committed)
        self.store = DocumentStore(self.meter)
        self.answered: list[datetime] = []
        """When each call to Google came back."""
        settings = settings_for(google.origin)
        self.gateway = GoogleGateway(settings, self.clock, quotas=quotas, on_call=self._note)
        ids = itertools.count()

        @cache
        def canon(region: str) -> Canon:
            return Canon(KEY, region)

        self.deps = Deps(
            store=self.store,
            google=self.gateway,
            vault=self.gateway.vault,
            queue=self.queue,
            clock=self.clock,
            canon=canon,
            new_id=lambda: f"{next(ids):06d}{secrets.token_urlsafe(16)}",
            webhook_address=settings.webhook_address,
            workers=partial(ThreadPoolExecutor, max_workers=1),
        )

    def _note(self, method: str, address: str, status: int) -> None:
        self.answered.append(datetime.now(UTC))

    def connect(self, uid: str, email: str, scopes: frozenset[Resource] = BOTH) -> None:
        """A user with a living connection to a fresh account of this e-mail, and a token at hand."""
        wanted = [*IDENTITY_SCOPES, *(RESOURCE_SCOPES[scope] for scope in scopes)]
        sub, refresh = self.google.open_account(email, wanted)
        now = self.clock.now()
        vault = self.gateway.vault
        sealed = vault.seal(refresh)
        self.store.put_grant(Grant(uid, sub, sealed, scopes, key=vault.key))
        connection = Connection(sub, email, scopes, now)
        parts = {"connection": connection, "previous_sub": sub, "next_due_at": now}
        self.store.commit(Scope.of(uid), [PutUser(parts)])
        self.gateway.session(uid, sealed)

    def sync(self, uid: str, *resources: Resource, reason: str = "push") -> None:
        """Runs one job a resource (contacts by default), then whatever these queue."""
        for resource in resources or ("contacts",):
            self.queue.enqueue("sync", {"uid": uid, "resource": resource, "reason": reason})
        self.drain()

    def drain(self, limit: int = 100) -> None:
        """Runs queued jobs until none is left."""
        for _ in range(limit):
            if not self.queue.tasks:
                return
            job, payload = self.queue.tasks.popleft()
            jobs.run(self.deps, job, payload)
        raise RuntimeError(f"jobs do not come to rest: {list(self.queue.tasks)[:3]}")

    def fill(self, uid: str, records: Mapping[str, R]) -> None:
        """People have added these records in the CRM, one a minute, until an hour ago."""
        first = self.clock.now() - timedelta(hours=1, minutes=len(records))
        writes = []
        for number, (id, value) in enumerate(records.items()):
            kind = _kind(value)
            collection = paths.collection(Scope.of(uid), kind)
            at = first + timedelta(minutes=number)
            stamps = {"created_at": at, "updated_at": at, "archived_at": None}
            data = record_data(id, value, archived=False) | stamps
            writes.append(Put(f"{collection}/{paths.segment(id)}", data))
        for start in range(0, len(writes), _COMMIT):
            self.meter.commit(writes[start : start + _COMMIT])

    def edit(self, uid: str, id: str, value: Contact | Appointment) -> None:
        """A person edits a record in the CRM."""
        self.store.commit(Scope.of(uid), [PutRecord(_kind(value), id, value, None)])

    def rest(self, uid: str) -> None:
        """As if all that this user and their jobs did lay an hour back and more, the last commit two days."""
        user = self.store.user(Scope.of(uid))
        assert user is not None
        now = self.clock.now()
        hour = now - timedelta(hours=1)
        for kind in KINDS:
            collection = paths.collection(Scope.of(uid), kind)
            recent = [one.id for one in self.store.changed(Scope.of(uid), kind, hour, None, _COMMIT)]
            self.meter.commit(
                [Merge(f"{collection}/{paths.segment(id)}", {"updated_at": hour}) for id in recent]
            )
        cursor = LocalCursor(now - timedelta(minutes=30), "")
        states: dict[str, Any] = {
            name: replace(user.resource(name), changed_at=now - timedelta(days=2), local=cursor)
            for name in BOTH
        }
        self.store.commit(Scope.of(uid), [PutUser(states)])


def _kind(value: Contact | Appointment) -> Kind:
    return "contacts" if isinstance(value, Contact) else "appointments"
