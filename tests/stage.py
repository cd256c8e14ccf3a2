"""A stage for whole syncs: the real engine and gateway, the in-memory store, a simulated Google over HTTP,
one clock.

Time stands still unless told otherwise; queued jobs run when `run` is called, in the order of their times,
and the clock follows them.
"""

import base64
import heapq
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol

from crmsync.core.account import Connection, Grant, ResourceState, UserSettings
from crmsync.core.model import Appointment, Contact, Resource, Stored
from crmsync.core.pair.canon import Canon
from crmsync.core.scope import Scope
from crmsync.core.state import Candidate
from crmsync.engine import jobs
from crmsync.engine.account import webhook
from crmsync.engine.deps import Deps
from crmsync.engine.sessions import account_key
from crmsync.gateway.endpoints import IDENTITY_SCOPES, RESOURCE_SCOPES
from crmsync.gateway.google import GoogleGateway
from crmsync.gateway.quota import UNLIMITED
from crmsync.settings import Settings
from crmsync.store.documents.memory import MemoryDocuments
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.documents.port import Documents
from crmsync.store.ports import CandidateQuery, CreateRecord, PutRecord, PutUser
from crmsync.store.repository import DocumentStore
from local.google.calendar.push import Notification, PushHub
from local.google.clock import Clock
from local.google.oauth.grants import Consent
from local.google.world import Account, World
from tests.machine.crashes import Fuse, FusedDocuments, FusedGoogle

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLIENT_ID = "stage.apps.googleusercontent.example"
REDIRECT = "http://127.0.0.1:1/oauth/callback"
DIGEST_KEY = bytes(range(32))
BOTH: frozenset[Resource] = frozenset(("contacts", "calendar"))


def settings_for(origin: str, digest_key: bytes = DIGEST_KEY) -> Settings:
    """Settings of an installation that talks to the simulated Google at `origin`."""
    key = base64.urlsafe_b64encode(DIGEST_KEY).decode()
    return Settings.from_env(
        {
            "GOOGLE_CLIENT_ID": CLIENT_ID,
            "GOOGLE_CLIENT_SECRET": "stage-secret",
            "GOOGLE_ORIGIN": origin,
            "PUBLIC_URL": "http://127.0.0.1:1",
            "AUTH_ISSUER": "http://127.0.0.1:1/local",
            "AUTH_AUDIENCE": "crm",
            "AUTH_JWKS_URL": "http://127.0.0.1:1/local/jwks",
            "TOKEN_KEYS": key,
            "DIGEST_KEY": base64.urlsafe_b64encode(digest_key).decode(),
            "TASKS_QUEUE": "projects/p/locations/l/queues/interactive",
            "TASKS_QUEUE_SCHEDULED": "projects/p/locations/l/queues/scheduled",
            "TASKS_CALLER": "tasks@p.iam.gserviceaccount.example",
            "TASKS_AUDIENCE": "http://127.0.0.1:1",
            "GOOGLE_CLOUD_PROJECT": "p",
        }
    )


@dataclass(order=True, slots=True)
class Task:
    due: datetime
    seq: int
    job: str = field(compare=False)
    payload: dict[str, Any] = field(compare=False)
    scheduled: bool = field(compare=False)


class StageQueue:
    """Cloud Tasks as the engine sees it: names deduplicate, delays are kept, nothing runs by itself."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.tasks: list[Task] = []
        self.names: set[str] = set()
        self.order = itertools.count()

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
        due = self.clock.now() + timedelta(seconds=delay)
        heapq.heappush(self.tasks, Task(due, next(self.order), job, dict(payload), scheduled))
        return True


class Served(Protocol):
    """A simulated Google that can be reached: over HTTP, or in process."""

    world: World

    @property
    def origin(self) -> str: ...


class Stage:
    """One installation with one user, `ann`, and her Google account."""

    def __init__(
        self,
        server: Served,
        email: str = "ann@gmail.example",
        uid: str = "ann",
        documents: Documents | None = None,
        *,
        push: bool = False,
        digest_key: bytes = DIGEST_KEY,
    ) -> None:
        """documents: where the CRM's data lies; the twin in memory unless told.

        push: Google announces changes of the calendar, when `announce` is called; else it cannot reach us.
        digest_key: what tells one installation from another.
        """
        self.world: World = server.world
        self.clock = self.world.clock
        self.uid = uid
        self.account: Account = self.world.add_account(email, "Ann")
        self.world.register_client(CLIENT_ID, "stage-secret", [REDIRECT])
        self.meter = MeteredDocuments(documents or MemoryDocuments(self.clock))
        self.documents: Documents = self.meter
        """What the jobs' store lies on: the meter, and before it a fuse."""
        self.store = DocumentStore(self.meter)
        self.settings = settings_for(server.origin, digest_key)
        self.google = GoogleGateway(self.settings, self.clock, quotas=UNLIMITED)
        self.queue = StageQueue(self.clock)
        self.ids = itertools.count(1)
        self.deps = Deps(
            store=self.store,
            google=self.google,
            vault=self.google.vault,
            queue=self.queue,
            clock=self.clock,
            canon=lambda region: Canon(digest_key, region),
            new_id=lambda: f"id-{next(self.ids):018d}",
            webhook_address=self.settings.webhook_address if push else None,
        )
        self.passes: Callable[[float], object] = self._advance
        """How so many seconds pass: by themselves, unless a timeline has things to happen meanwhile."""
        self.notes: list[tuple[Notification, bool]] = []
        """Google's messages, and whether each was one of a channel of ours."""
        if push:
            self.world.push = PushHub(self.clock, deliver=self._notified, background=False)
            changed = partial(self.world.push.changed, self.account.sub)
            self.calendar.on_change[:] = [changed]

    @property
    def scope(self) -> Scope:
        """What the store is asked with for the user."""
        return Scope.of(self.uid)

    @property
    def own_key(self) -> str:
        """How our keys at Google are named for the user."""
        return self.google.own_key(account_key(self.scope, self.account.sub))

    @property
    def book(self) -> Any:
        """The account's contacts, as on a phone."""
        return self.account.people

    @property
    def calendar(self) -> Any:
        """The account's calendars, as on a phone."""
        return self.account.calendars

    def _notified(self, note: Notification) -> int:
        names = ("X-Goog-Channel-ID", "X-Goog-Resource-ID", "X-Goog-Channel-Token", "X-Goog-Resource-State")
        channel, resource, token, state = map(note.headers.get, names)
        ours = webhook.notified(self.deps, channel, resource, token, state)
        self.notes.append((note, ours))
        return 204 if ours else 404

    def announce(self) -> list[str]:
        """Google's waiting messages arrive; the states of those that were of a channel of ours."""
        self.notes.clear()
        self.world.push.deliver_due()
        return [note.state for note, ours in self.notes if ours]

    @property
    def channels(self) -> list[str]:
        """The channels that are open at Google, oldest first."""
        return [channel.id for channel in self.world.push.channels()]

    def fuse(self, fuse: Fuse) -> None:
        """From here on each commit of a job and each mutation at Google passes the fuse."""
        self.documents = MeteredDocuments(FusedDocuments(self.meter, fuse))
        store = DocumentStore(self.documents)
        self.deps = replace(self.deps, store=store, google=FusedGoogle(self.google, fuse))

    def connect(self, scopes: frozenset[Resource] = BOTH) -> None:
        """Gives the user a connection, as a finished authorization would; queues nothing."""
        wanted = frozenset((*IDENTITY_SCOPES, *(RESOURCE_SCOPES[scope] for scope in scopes)))
        now = self.clock.now()
        consent = Consent(self.account.sub, CLIENT_ID, REDIRECT, wanted, now, refresh=True)
        with self.world.lock:
            self.world.grants.allow(consent)
            token = self.world.grants.issue_refresh(consent)
        sub, vault = self.account.sub, self.deps.vault
        sealed, holder = vault.seal(token.token), self.google.holder(sub)
        self.store.put_grant(Grant(self.uid, sub, sealed, scopes, holder=holder, key=vault.key))
        user = self.store.user(self.scope)
        parts = {
            "connection": Connection(self.account.sub, self.account.email, scopes, now),
            "previous_sub": self.account.sub,
            "next_due_at": now,
            "settings": replace(user.settings if user else UserSettings(), ways_chosen=True),
            "contacts": user.contacts if user else ResourceState(),
            "calendar": user.calendar if user else ResourceState(),
        }
        self.store.commit(self.scope, [PutUser(parts)])

    def sync(self, resource: Resource = "contacts", reason: str = "push") -> None:
        """Runs one job for the resource, then whatever it queued."""
        self.queue.enqueue("sync", {"uid": self.uid, "resource": resource, "reason": reason})
        self.run()

    def run(self, limit: int = 60) -> None:
        """Runs queued jobs, time following them, until none is left."""
        for _ in range(limit):
            if not self.queue.tasks:
                return
            task = heapq.heappop(self.queue.tasks)
            if task.due > self.clock.now():
                self.clock.advance(task.due - self.clock.now())
            try:
                jobs.run(self.deps, task.job, task.payload)
            except BaseException:
                # Delivered again, as Cloud Tasks does when a worker dies.
                heapq.heappush(self.queue.tasks, task)
                raise
        raise AssertionError(f"jobs do not come to rest: {self.queue.tasks[:3]}")

    def run_until(self, within: timedelta) -> None:
        """Runs the queued jobs that come due within this time, which passes."""
        end = self.clock.now() + within
        while self.queue.tasks and self.queue.tasks[0].due <= end:
            task = heapq.heappop(self.queue.tasks)
            self.clock.advance(max(task.due - self.clock.now(), timedelta()))
            jobs.run(self.deps, task.job, task.payload)
        self.clock.advance(max(end - self.clock.now(), timedelta()))

    def add(self, id: str, value: Contact | Appointment) -> None:
        """A person adds a record in the CRM."""
        kind = "contacts" if isinstance(value, Contact) else "appointments"
        self.store.commit(self.scope, [CreateRecord(kind, id, value)])  # type: ignore[arg-type]
        self.later()

    def edit(self, id: str, value: Contact | Appointment, *, archived: bool | None = None) -> None:
        """A person edits a record in the CRM."""
        kind = "contacts" if isinstance(value, Contact) else "appointments"
        self.store.commit(self.scope, [PutRecord(kind, id, value, None, archived=archived)])  # type: ignore[arg-type]
        self.later()

    def later(self, seconds: float = 60.0) -> None:
        """Time passes."""
        self.passes(seconds)

    def _advance(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    def contact(self, id: str) -> Stored[Contact]:
        found = self.store.contact(self.scope, id)
        assert found is not None
        return found

    def appointment(self, id: str) -> Stored[Appointment]:
        found = self.store.appointment(self.scope, id)
        assert found is not None
        return found

    def candidates(self) -> list[Candidate]:
        """What the sheet would show as undecided, whole."""
        user = self.store.user(self.scope)
        assert user is not None
        page, _ = self.store.candidate_page(self.scope, CandidateQuery("open"), user.rounds, None, 500)
        return list(page)

    def persons(self) -> list[dict[str, Any]]:
        """The account's contacts as Google would render them."""
        names = list(self.book.contents())
        return [self.book.person(name) for name in names]

    def persons_named(self, given: str) -> list[dict[str, Any]]:
        """The account's contacts with this given name."""
        return [p for p in self.persons() if p.get("names", [{}])[0].get("givenName") == given]

    def events(self) -> list[dict[str, Any]]:
        """The living events of the primary calendar as Google renders them."""
        return [e for e in self.calendar.every_event() if e.get("status") != "cancelled"]
