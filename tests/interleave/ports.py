"""Documents, Google, queue and clock as one actor sees them: each call asks the hub first, and tells it what
was touched.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from crmsync.core.errors import Unavailable
from crmsync.engine.deps import Deps
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

IDLE = frozenset(("commit", "contacts_commit", "calendar_commit", "token", "run"))
"""Fields of documents that are random, or only name what has been: marks, sealed tokens, the run of an entry.
"""
CLOCK: Key = ("clock",)
PEOPLE: Key = ("google", "people")
EVENTS: Key = ("google", "events")
NEW = "+"
"""Stands for what a creation makes: two do not meet each other, and both meet a listing."""


def document(path: str) -> Key:
    """A document, or a collection, as what is touched."""
    return ("store", *path.split("/"))


class HubDocuments:
    """The documents that everybody shares, as one actor calls them."""

    def __init__(self, inner: Documents, hub: Hub) -> None:
        self.inner = inner
        self.hub = hub
        self.seen: dict[str, datetime] = {}
        """When each document that was read had last been written: that never goes back."""

    def get(self, path: str) -> Document | None:
        def act() -> Document | None:
            self.hub.reads(document(path))
            return self._known(self.inner.get(path))

        return self._at("read", f"get {path}", act)

    def get_many(self, paths: Sequence[str]) -> Mapping[str, Document]:
        def act() -> Mapping[str, Document]:
            self.hub.reads(*(document(path) for path in paths))
            found = self.inner.get_many(paths)
            for each in found.values():
                self._known(each)
            return found

        return self._at("read", f"get {', '.join(paths)}", act)

    def query(self, query: Query) -> Sequence[Document]:
        def act() -> Sequence[Document]:
            self.hub.reads(document(query.collection))
            found = self.inner.query(query)
            for each in found:
                self._known(each)
            return found

        return self._at("read", f"query {query.collection}", act)

    def count(self, query: Query) -> int:
        def act() -> int:
            self.hub.reads(document(query.collection))
            return self.inner.count(query)

        return self._at("read", f"count {query.collection}", act)

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        def act() -> Sequence[str]:
            self.hub.reads(CLOCK)
            self.hub.writes(*(document(write.path) for write in writes))
            return self.inner.commit(writes)

        return self._at("commit", f"commit {_paths(writes)}", act)

    def transact(self, attempt: Callable[[Reader], tuple[T, Sequence[DocumentWrite]]]) -> T:
        def noted(reader: Reader) -> tuple[T, Sequence[DocumentWrite]]:
            result, writes = attempt(_NotingReader(reader, self.hub))
            self.hub.writes(*(document(write.path) for write in writes))
            return result, writes

        def act() -> T:
            self.hub.reads(CLOCK)
            return self.inner.transact(noted)

        return self._at("commit", "transact", act)

    def _at(self, kind: Kind, what: str, act: Callable[[], T]) -> T:
        return self.hub.at(kind, what, act, lambda: StoreUnavailable("no answer"))

    def _known(self, found: Document | None) -> Document | None:
        if found is not None:
            before = self.seen.get(found.path, found.updated_at)
            assert found.updated_at >= before, f"{found.path} went back to an older version"
            self.seen[found.path] = found.updated_at
        return found


class _NotingReader:
    def __init__(self, inner: Reader, hub: Hub) -> None:
        self.inner = inner
        self.hub = hub

    def get(self, path: str) -> Document | None:
        self.hub.reads(document(path))
        return self.inner.get(path)


def _paths(writes: Sequence[DocumentWrite]) -> str:
    return ", ".join("/".join(write.path.split("/")[-2:]) for write in writes)


class HubGoogle(InProcessGoogle):
    """The simulated Google; each HTTP request of an actor asks the hub."""

    def __init__(self, world: World, hub: Hub) -> None:
        super().__init__(world)
        self.hub = hub

    def _send(self, *call: Any) -> requests.Response:
        hub = self.hub
        uri, method, body, headers, _ = call
        kind, keys = touched(uri, method, body, headers or {})

        def act() -> requests.Response:
            hub.reads(CLOCK)
            (hub.reads if kind == "read" else hub.writes)(*keys)
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


class HubQueue:
    """The queue as one actor fills it."""

    def __init__(self, stage: Stage, hub: Hub, by: str, filled: list[tuple[str, str]]) -> None:
        """filled: who queued which job, of everybody, so far."""
        self.stage = stage
        self.hub = hub
        self.by = by
        self.filled = filled

    def enqueue(self, job: str, payload: Mapping[str, Any], *, name: str | None = None, **more: Any) -> bool:
        def act() -> bool:
            self.hub.reads(CLOCK)
            self.hub.writes(("queue", name or f"{NEW}{self.by}"))
            queued = self.stage.queue.enqueue(job, payload, name=name, **more)
            if queued:
                self.filled.append((self.by, f"{job} {payload.get('resource', '')}".strip()))
            return queued

        return self.hub.at("queue", f"queue {job}", act, lambda: Unavailable("queue_unavailable"))


class HubClock:
    """The clock as one actor reads it."""

    def __init__(self, inner: Clock, hub: Hub) -> None:
        self.inner = inner
        self.hub = hub

    def now(self) -> datetime:
        self.hub.reads(CLOCK)
        now = self.inner.now()
        self.hub.tells(str(now))
        return now


def deps_of(stage: Stage, hub: Hub, by: str, filled: list[tuple[str, str]]) -> Deps:
    """What an actor's process has of its own: a store over the shared documents, ids, a way to the hub."""
    numbers = iter(range(1, 1_000_000))
    documents: Any = HubDocuments(stage.meter, hub)
    clock: Any = HubClock(stage.clock, hub)
    queue: Any = HubQueue(stage, hub, by, filled)
    return replace(
        stage.deps,
        store=DocumentStore(documents),
        clock=clock,
        queue=queue,
        new_id=lambda: f"id-{by.replace(' ', '-'):-<12}-{next(numbers):08d}",
    )


def plain(answer: object) -> object:
    """What an answer tells: not what is random in it."""
    if isinstance(answer, requests.Response):
        return answer.status_code, answer.content
    if isinstance(answer, Document):
        return answer.path, answer.version, content(answer.path, answer.data)
    if isinstance(answer, Mapping):
        return [(key, plain(value)) for key, value in answer.items()]
    if isinstance(answer, (list, tuple)):
        return [plain(value) for value in answer]
    return answer


def content(path: str, data: Mapping[str, Any]) -> object:
    """What a document holds, but for what is random: of the sheet's directory its revisions are, too."""
    idle = IDLE | {"rev"} if "/sheet" in path else IDLE

    def kept(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return sorted((key, kept(inner)) for key, inner in value.items() if key not in idle)

    return kept(data)
