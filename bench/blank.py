"""Neither a database nor a Google, but what looks like both from inside a job of any size.

Pages are made when asked for, and forgotten, so that the memory of a process is that of the job alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench.people import contact, person
from crmsync.core.scope import Scope
from crmsync.engine.ports import GoogleSession
from crmsync.gateway.people import PAGE_SIZE, People
from crmsync.store.documents.port import Document, DocumentWrite, Query, Reader, T
from crmsync.store.encoding import paths
from crmsync.store.encoding.shapes import record_data

_ROOT = "http://127.0.0.1:1/"
_START = datetime(2026, 3, 2, tzinfo=UTC)
_VERSION = "2026-03-02T00:00:00.000001Z"


class BlankDocuments:
    """`Documents` that keep one user document, make up `size` contacts as they are read, and hold no more."""

    def __init__(self, uid: str, user: Mapping[str, Any], size: int) -> None:
        self._user = paths.user(Scope.of(uid))
        self._contacts = paths.collection(Scope.of(uid), "contacts")
        self._data = dict(user)
        self._size = size
        self.written = 0

    def get(self, path: str) -> Document | None:
        return Document(path, dict(self._data), _VERSION, _START, _START) if path == self._user else None

    def get_many(self, paths: Sequence[str]) -> Mapping[str, Document]:
        found = {path: self.get(path) for path in paths}
        return {path: document for path, document in found.items() if document is not None}

    def query(self, query: Query) -> Sequence[Document]:
        if query.collection != self._contacts:
            return []
        start = 0
        if query.start_after:
            after = query.start_after[0]
            assert isinstance(after, datetime)
            start = round((after - _START).total_seconds()) + 1
        return [self._contact(n) for n in range(start, min(start + (query.limit or PAGE_SIZE), self._size))]

    def _contact(self, number: int) -> Document:
        id, at = f"c{number:06d}", _START + timedelta(seconds=number)
        stamps = {"created_at": at, "updated_at": at, "archived_at": None}
        data = record_data(id, contact(number), archived=False) | stamps
        return Document(f"{self._contacts}/{id}", data, _VERSION, at, at)

    def count(self, query: Query) -> int:
        return self._size if query.collection == self._contacts else 0

    def beneath(self, path: str, after: str | None, limit: int) -> Sequence[str]:
        return ()

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        for write in writes:
            if write.path == self._user:
                self._merge(getattr(write, "data", {}))
        self.written += len(writes)
        return [_VERSION] * len(writes)

    def _merge(self, data: Mapping[str, Any]) -> None:
        for name, value in data.items():
            part, _, entry = name.partition(".")
            if entry:
                self._data[part] = {**self._data.get(part, {}), entry: value}
            else:
                self._data[part] = value

    def transact(self, attempt: Callable[[Reader], tuple[T, Sequence[DocumentWrite]]]) -> T:
        result, writes = attempt(self)
        self.commit(writes)
        return result


class BlankClient:
    """Answers People's calls: a listing of `size` strangers, and creates that succeed."""

    def __init__(self, size: int) -> None:
        self._size = size

    def call(self, request: Any, attempt: object, costs: object) -> dict[str, Any]:
        query = parse_qs(urlsplit(request.uri).query)
        if request.body is not None:
            asked = json.loads(request.body)["contacts"]
            made = [
                _shown(item["contactPerson"]["clientData"][0]["value"], item["contactPerson"])
                for item in asked
            ]
            return {"createdPeople": [{"person": person} for person in made]}
        start = int(query.get("pageToken", ["0"])[0])
        end = min(start + PAGE_SIZE, self._size)
        answer: dict[str, Any] = {"connections": [_shown(f"{n:x}", person(n)) for n in range(start, end)]}
        more = {"nextPageToken": str(end)} if end < self._size else {"nextSyncToken": "s"}
        # Through JSON, as in life: the parsed answer shares nothing with what made it.
        read: dict[str, Any] = json.loads(json.dumps(answer | more))
        return read


class BlankGoogle:
    """`Google` as far as a job of contacts needs it."""

    def __init__(self, size: int) -> None:
        self._people = People(_ROOT, BlankClient(size), "crmsync-blank")  # type: ignore[arg-type]

    def session(self, uid: str, sealed_token: str | None) -> GoogleSession | None:
        return self  # type: ignore[return-value]

    def contacts(self) -> People:
        return self._people

    def labels(self) -> Mapping[str, str]:
        return {}


def _shown(key: str, body: Mapping[str, Any]) -> dict[str, Any]:
    source = {"type": "CONTACT", "id": key, "etag": "#e", "updateTime": "2026-03-02T09:00:00Z"}
    return {"resourceName": f"people/{key}", "etag": "%e", "metadata": {"sources": [source]}, **body}
