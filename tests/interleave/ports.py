"""Documents, Google, queue and clock as one actor sees them: each call asks the hub first, and tells it what
was touched.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import requests

from crmsync.core.errors import Unavailable
from crmsync.engine.deps import Deps
from crmsync.gateway import oauth, tokens
from crmsync.gateway.google import GoogleGateway
from crmsync.gateway.quota import UNLIMITED
from crmsync.store.documents.port import (
    Document,
    Documents,
    DocumentWrite,
    Query,
    Reader,
    T,
)
from crmsync.store.errors import StoreUnavailable
from crmsync.store.repository import DocumentStore
from local.google.clock import Clock
from local.google.world import World
from tests.interleave.hub import Hub, Key, Kind
from tests.machine.in_process import ORIGIN, InProcessGoogle
from tests.stage import Stage

MARKS = frozenset(("commit", "contacts_commit", "calendar_commit"))
"""Fields of the user document by which a commit is known whose answer was lost."""
SEALED = frozenset(("token",))
"""Fields of other documents that are random, and stay as they are."""
CLOCK: Key = ("clock",)
PEOPLE: Key = ("google", "people")
EVENTS: Key = ("google", "events")
GRANTS: Key = ("google", "grants")
NEW = "+"
"""Stands for what a creation makes, which has no name yet."""
ORDER = "#"
"""Stands for when something was last changed: Google counts the changes of a whole account."""


def document(path: str) -> Key:
    """A document, or a collection, as what is touched."""
    return ("store", *path.split("/"))


class HubDocuments:
    """The documents that everybody shares, as one actor calls them."""

    def __init__(self, inner: Documents, hub: Hub) -> None:
        self.inner = inner
        self.hub = hub

    def get(self, path: str) -> Document | None:
        def act() -> Document | None:
            self.hub.reads(document(path))
            return self.inner.get(path)

        return self._at("read", f"get {path}", act)

    def get_many(self, paths: Sequence[str]) -> Mapping[str, Document]:
        kept = tuple(paths)

        def act() -> Mapping[str, Document]:
            self.hub.reads(*(document(path) for path in kept))
            return self.inner.get_many(kept)

        return self._at("read", f"get {', '.join(paths)}", act)

    def query(self, query: Query) -> Sequence[Document]:
        def act() -> Sequence[Document]:
            self.hub.reads(document(query.collection))
            return self.inner.query(query)

        return self._at("read", f"query {query.collection}", act)

    def count(self, query: Query) -> int:
        def act() -> int:
            self.hub.reads(document(query.collection))
            return self.inner.count(query)

        return self._at("read", f"count {query.collection}", act)

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        kept = tuple(writes)

        def act() -> Sequence[str]:
            self.hub.reads(CLOCK)
            self.hub.writes(*(document(write.path) for write in kept))
            return self.inner.commit(kept)

        return self._at("commit", f"commit {_paths(writes)}", act)

    def transact(self, attempt: Callable[[Reader], tuple[T, Sequence[DocumentWrite]]]) -> T:
        def noted(reader: Reader) -> tuple[T, Sequence[DocumentWrite]]:
            result, writes = attempt(_HubReader(reader, self.hub))
            self.hub.writes(*(document(write.path) for write in writes))
            return result, writes

        def act() -> T:
            self.hub.reads(CLOCK)
            return self.inner.transact(noted)

        return self._at("commit", "transact", act, lambda: noted(self.inner)[0])

    def _at(self, kind: Kind, what: str, act: Callable[[], T], again: Callable[[], T] | None = None) -> T:
        return self.hub.at(kind, what, act, lambda: StoreUnavailable("no answer"), again=again)


class _HubReader:
    """What a transaction reads; it reads nothing where it is only told again what it read."""

    def __init__(self, inner: Reader, hub: Hub) -> None:
        self.inner = inner
        self.hub = hub

    def get(self, path: str) -> Document | None:
        def act() -> Document | None:
            self.hub.reads(document(path))
            return self.inner.get(path)

        return self.hub.at("read", f"get {path}", act)


def _paths(writes: Sequence[DocumentWrite]) -> str:
    return ", ".join("/".join(write.path.split("/")[-2:]) for write in writes)


class HubGoogle(InProcessGoogle):
    """The simulated Google; each HTTP request of an actor asks the hub."""

    def __init__(self, world: World, hub: Hub) -> None:
        super().__init__(world)
        self.hub = hub
        handler: Any = self._people.handlers["people.people.connections.list"]
        self.listers = handler._listers
        world.grants._mint = self._mint
        # The simulated endpoints for tokens as they are without actors.
        self._asks, self._takes_back = super()._refresh, world.grants.revoke_token

    def __enter__(self) -> "HubGoogle":
        super().__enter__()
        self._patches.enter_context(patch.object(oauth.OAuth, "revoke", self._revoke))
        return self

    def _mint(self, size: int) -> str:
        return self.hub.draw()

    def _refresh(self, refresh_token: str) -> tokens._Kept:
        def act() -> tokens._Kept:
            self.hub.reads(CLOCK, GRANTS)
            return self._asks(refresh_token)

        return self.hub.at("read", "POST /token", act, lambda: Unavailable("refresh_failed"))

    def _revoke(self, refresh_token: str) -> None:
        def act() -> None:
            self.hub.writes(GRANTS)
            self._takes_back(refresh_token)

        self.hub.at("update", "POST /revoke", act, lambda: Unavailable("revoke_failed"))

    def _send(self, *call: Any) -> requests.Response:
        hub = self.hub
        uri, method, body, headers, token = call
        call = (uri, method, body, dict(headers or {}), token)
        kind, keys = touched(uri, method, body, headers or {})

        def act() -> requests.Response:
            hub.reads(CLOCK, GRANTS)
            if kind == "read":
                hub.reads(*keys)
            else:
                hub.writes(*keys, *((*key[:2], ORDER) for key in keys))
            return super(HubGoogle, self)._send(*call)

        what = f"{method} {urlsplit(uri).path}"
        return hub.at(kind, what, act, lambda: requests.ConnectionError("no answer"))


def touched(
    uri: str, method: str, body: str | bytes | None, headers: Mapping[str, str]
) -> tuple[Kind, list[Key]]:
    """What a request to Google is, and which records it touches."""
    content = body.decode() if isinstance(body, bytes) else body or ""
    if headers.get("x-http-method-override") == "GET":
        uri, method, content = f"{uri}?{content}", "GET", ""
    parts = urlsplit(uri.removeprefix(ORIGIN))
    if parts.path.startswith("/batch/calendar"):
        return _batch(content)
    if parts.path.startswith("/calendar/"):
        return _of_events(parts.path, method)
    return _of_people(parts.path, parts.query, method, content)


def _batch(content: str) -> tuple[Kind, list[Key]]:
    methods = set(re.findall(r"^(GET|POST|PUT|PATCH|DELETE) ", content, re.MULTILINE))
    kinds: dict[str, Kind] = {"GET": "read", "POST": "create", "DELETE": "delete"}
    written = sorted(methods - {"GET"})
    return (kinds.get(written[0], "update") if written else "read"), [EVENTS]


def _of_events(path: str, method: str) -> tuple[Kind, list[Key]]:
    if path.endswith(("/watch", "/stop")):
        return "watch", [("google", "channels")]
    _, _, tail = path.partition("/events")
    event = tail.strip("/").split("/")[0].split("_")[0]
    if method == "GET":
        return "read", [(*EVENTS, event) if event else EVENTS]
    if method == "POST" and not event:
        return "create", [(*EVENTS, NEW)]
    return ("delete" if method == "DELETE" else "update"), [(*EVENTS, event)]


def _of_people(path: str, query: str, method: str, content: str) -> tuple[Kind, list[Key]]:
    _, _, verb = path.rpartition(":")
    if "contactGroups" in path:
        return "read", [("google", "groups")]
    if method == "GET":
        names = parse_qs(query).get("resourceNames", [])
        return "read", [(*PEOPLE, name) for name in names] or [PEOPLE]
    if verb in ("batchCreateContacts", "createContact"):
        return "create", [(*PEOPLE, NEW)]
    kind: Kind = "delete" if "elete" in verb else "update"
    if verb.startswith("batch"):
        told = json.loads(content)
        names = list(told.get("resourceNames") or told.get("contacts") or ())
    else:
        names = [path.partition("/v1/")[2].partition(":")[0]]
    return kind, [(*PEOPLE, name) for name in names]


@dataclass(slots=False)
class Filled:
    """Who queued which job, for when, and under which name, of everybody, so far."""

    by: list[tuple[str, str, datetime, str]] = field(default_factory=list)


class HubQueue:
    """The queue as one actor fills it."""

    def __init__(self, stage: Stage, hub: Hub, by: str, filled: Filled) -> None:
        self.stage = stage
        self.hub = hub
        self.by = by
        self.filled = filled

    def enqueue(self, job: str, payload: Mapping[str, Any], *, name: str | None = None, **more: Any) -> bool:
        kept = dict(payload)

        def act() -> bool:
            self.hub.reads(CLOCK)
            self.hub.writes(("queue", name or f"{NEW}{self.by}"))
            queued = self.stage.queue.enqueue(job, kept, name=name, **more)
            if queued:
                due = self.stage.clock.now() + timedelta(seconds=more.get("delay", 0.0))
                self.filled.by.append((self.by, f"{job} {kept.get('resource', '')}".strip(), due, name or ""))
            return queued

        return self.hub.at("queue", f"queue {job}", act, lambda: Unavailable("queue_unavailable"))


class HubClock:
    """The clock as one actor reads it."""

    def __init__(self, inner: Clock, hub: Hub) -> None:
        self.inner = inner
        self.hub = hub

    def now(self) -> datetime:
        def act() -> datetime:
            self.hub.reads(CLOCK)
            return self.inner.now()

        return self.hub.at("clock", "now", act)


def deps_of(stage: Stage, hub: Hub, by: str, filled: Filled) -> Deps:
    """What an actor's process has of its own: a store over the shared documents, tokens, a way to the hub."""
    documents: Any = HubDocuments(stage.meter, hub)
    clock: Any = HubClock(stage.clock, hub)
    queue: Any = HubQueue(stage, hub, by, filled)
    return replace(
        stage.deps,
        store=DocumentStore(documents),
        google=GoogleGateway(stage.settings, clock, quotas=UNLIMITED),
        clock=clock,
        queue=queue,
        new_id=lambda: f"id-{hub.draw():-<24}",
    )


@contextmanager
def drawn(hub: Hub) -> Iterator[None]:
    """What is random elsewhere follows from who draws it, meanwhile: so it is the same in each repetition."""

    def token_hex(size: int = 32) -> str:
        return hashlib.sha256(hub.draw().encode()).hexdigest()[: 2 * size]

    with (
        patch.object(secrets, "token_urlsafe", lambda size=32: hub.draw()),
        patch.object(secrets, "token_hex", token_hex),
    ):
        yield
