"""CRM records over HTTP: list, read, create, change, archive and restore, for contacts and appointments
alike.

After every change that Google would notice, a sync of that resource is asked for, so that it gets there
within seconds.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, cast

import flask

from crmsync.api.http import body, paging, times
from crmsync.api.http.answers import encode, listing, tagged
from crmsync.api.http.context import Call, day_of
from crmsync.api.http.errors import Conflict, InvalidRequest, NotFound, TooLarge, Unavailable
from crmsync.api.http.identity import is_document_id
from crmsync.api.schemas.search import RecordSearchBody
from crmsync.api.sync.status import ask_after_change
from crmsync.core.account import User
from crmsync.core.fields import as_json
from crmsync.core.json_types import Json, JsonObject
from crmsync.core.model import Appointment, R, Resource, Stored
from crmsync.core.shown.refusals import in_words
from crmsync.engine.status import Standing, standings
from crmsync.store.ports import Conflicted, CreateRecord, Kind, PutRecord, Write

ATTEMPTS = 5
LARGEST_RECORD = 400_000
"""Bytes of a record as JSON. A Firestore document holds 1 MiB, search words included."""

Show = Callable[[R, date], dict[str, Json]]
Build = Callable[[Call, R | None], R]


@dataclass(frozen=True, slots=True)
class Change(Generic[R]):
    """What a call does to one record.

    put: the write of the record itself; None when it is as wanted already. besides: writes of other records,
    in the same commit. said: what the answer says besides the record.
    """

    put: PutRecord | None
    besides: Sequence[Write] = ()
    said: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Records(Generic[R]):
    """The handlers of one kind of record.

    build: makes the record out of the request's body, from the one before if there is one. show: the record
    as JSON, on a day.
    """

    kind: Kind
    resource: Resource
    build: Build[R]
    show: Show[R]

    def evidence(self, call: Call, id: str, before: R | None, after: R) -> Sequence[Write]:
        """What is recorded of a change of this record, in the same commit."""
        return ()

    def besides(
        self, call: Call, user: User, items: Sequence[Stored[R]], today: date
    ) -> Mapping[str, Mapping[str, Json]]:
        """What is shown of records, by id, that does not follow from the records alone."""
        return {}

    def is_of_its_version(self, shown: Mapping[str, Json]) -> bool:
        """Whether a record, as JSON, can be another only under another version."""
        return True

    def browse(self, call: Call) -> flask.Response:
        """GET: a page of records, by name or start. `archived=true` lists the archived ones, `q` searches."""
        body.only(call.request, (*paging.PARAMETERS, "archived", "q"))
        archived, words = body.flag(call.request, "archived"), body.text(call.request, "q")
        return self._page(call, archived, words, paging.paging(call, self.kind, str(archived), words))

    def search(self, call: Call) -> flask.Response:
        """POST …/search: the same, asked for in a body."""
        sent = body.read(call.request, RecordSearchBody)
        list = (self.kind, str(sent.archived), sent.q)
        page = paging.page_of(call, *list, size=sent.page_size, token=sent.page_token)
        return self._page(call, sent.archived, sent.q, page)

    def _page(self, call: Call, archived: bool, words: str, page: paging.Paging) -> flask.Response:
        store = call.deps.store
        items, after = store.page(
            call.scope, self.kind, archived=archived, after=page.after, limit=page.limit, q=words
        )
        total = None if words else store.count(call.scope, self.kind, archived=archived)
        return listing(self.shown(call, items), page.token(after), total)

    def read(self, call: Call) -> flask.Response:
        """GET …/{id}: one record, archived or not."""
        stored = self.stored(call, call.id)
        return self._tagged(call, stored)

    def create(self, call: Call) -> flask.Response:
        """POST: a new record.

        With an `Idempotency-Key`, a repeat answers the record that the first call made.
        """
        key = body.idempotency_key(call.request)
        id = call.deps.new_id() if key is None else derived_id(self.kind, call.uid, key)
        record = self.build(call, None)
        self.check_size(record)
        try:
            writes: list[Write] = [CreateRecord(self.kind, id, record)]
            writes.extend(self.evidence(call, id, None, record))
            call.deps.store.commit(call.scope, writes)
        except Conflicted:
            if key is None:
                raise
        else:
            ask_after_change(call, frozenset((self.resource,)))
        return self.made(call, id)

    def change(self, call: Call) -> flask.Response:
        """PATCH …/{id}: replaces the given fields.

        Without `If-Match` the change is made to whatever the record is by then.
        """
        return self.write(call, self.changed)

    def archive(self, call: Call) -> flask.Response:
        """DELETE …/{id}: archives. Repeatable."""
        return self.write(call, self.archived)

    def restore(self, call: Call) -> flask.Response:
        """POST …/{id}/restore: brings an archived record back. Repeatable."""
        return self.write(call, self.restored)

    def changed(self, call: Call, stored: Stored[R]) -> Change[R]:
        """What `change` does to the record."""
        self.check_not_archived(call, stored)
        record = self.build(call, stored.value)
        if record == stored.value:
            return Change(None)
        self.check_size(record)
        return Change(PutRecord(self.kind, stored.id, record, stored.version))

    def archived(self, call: Call, stored: Stored[R]) -> Change[R]:
        """What `archive` does to the record."""
        if stored.archived_at is not None:
            return Change(None)
        return Change(PutRecord(self.kind, stored.id, stored.value, stored.version, archived=True))

    def restored(self, call: Call, stored: Stored[R]) -> Change[R]:
        """What `restore` does to the record."""
        if stored.archived_at is None:
            return Change(None)
        return Change(PutRecord(self.kind, stored.id, stored.value, stored.version, archived=False))

    def write(self, call: Call, change: Callable[[Call, Stored[R]], Change[R]]) -> flask.Response:
        """Reads, changes and writes under the version read; again when the record moved and the caller did
        not insist.
        """
        body.idempotency_key(call.request)
        for _ in range(ATTEMPTS):
            stored = self.stored(call, call.id)
            if not _matches(call.request, stored.version):
                raise Conflict("The record has changed since you read it.", current=self.one(call, stored))
            done: Change[R] = change(call, stored)
            if done.put is None:
                return self._tagged(call, stored, said=done.said)
            after = cast(R, done.put.value)
            try:
                writes: list[Write] = [done.put, *done.besides]
                writes.extend(self.evidence(call, call.id, stored.value, after))
                call.deps.store.commit(call.scope, writes)
            except Conflicted:
                continue
            same = done.put.archived is None and as_json(done.put.value) == as_json(stored.value)
            if done.besides or not same:
                ask_after_change(call, frozenset((self.resource,)))
            return self._tagged(call, self.stored(call, call.id), said=done.said)
        raise Unavailable

    def made(self, call: Call, id: str) -> flask.Response:
        """201 with the record that was created, and where it is."""
        response = self._tagged(call, self.stored(call, id), 201)
        response.headers["Location"] = f"{call.here.public_url}/api/{self.kind}/{id}"
        return response

    def check_not_archived(self, call: Call, stored: Stored[R]) -> None:
        """Raises Conflict for an archived record."""
        if stored.archived_at is not None:
            raise Conflict("The record is archived; restore it first.", current=self.one(call, stored))

    def check_size(self, record: R) -> None:
        """Raises TooLarge for a record that Firestore might not take."""
        if len(encode(self.show(record, date.min))) > LARGEST_RECORD:
            raise TooLarge("The record is too large.")

    def stored(self, call: Call, id: str) -> Stored[R]:
        """The record with this id. Raises NotFound."""
        stored = call.deps.store.records(call.scope, self.kind, [id]).get(id)
        if stored is None:
            raise NotFound(f"There is no such {'contact' if self.kind == 'contacts' else 'appointment'}.")
        return stored

    def _tagged(
        self, call: Call, stored: Stored[R], status: int = 200, said: JsonObject | None = None
    ) -> flask.Response:
        shown = {**self.one(call, stored), **(said or {})}
        whole = not self.is_of_its_version(shown)
        return tagged(call.request, shown, stored.version, status, whole=whole)

    def one(self, call: Call, stored: Stored[R]) -> dict[str, Json]:
        """The record as JSON."""
        return self.shown(call, [stored])[0]

    def shown(self, call: Call, items: Sequence[Stored[R]]) -> list[dict[str, Json]]:
        """Records as JSON, with where they stand in the sync."""
        user = call.deps.store.user(call.scope) or User.unknown(call.scope)
        today = day_of(call, user)
        known = standings(call.deps, user, self.resource, items)
        besides = self.besides(call, user, items, today)
        return [
            {
                "id": stored.id,
                "etag": stored.version,
                **self.show(stored.value, today),
                **besides.get(stored.id, {}),
                "created_at": times.instant(stored.created_at),
                "updated_at": times.instant(stored.updated_at),
                "archived_at": times.instant(stored.archived_at),
                "sync": standing(known[stored.id]),
            }
            for stored in items
        ]


def standing(known: Standing) -> dict[str, Json]:
    """Where a record stands in the sync, as JSON."""
    message = in_words(known.problem) if known.problem is not None else None
    return {
        "state": known.state,
        "problem": known.problem,
        "message": message,
        "names": [*known.names],
    }


def check_contact_ids(call: Call, before: Appointment | None, after: Appointment) -> None:
    """Whether every contact that the appointment newly names is the caller's own. Raises InvalidRequest."""
    known = frozenset(before.contact_ids) if before else frozenset[str]()
    new = [id for id in after.contact_ids if id not in known and is_document_id(id)]
    found = call.deps.store.records(call.scope, "contacts", new) if new else {}
    for position, id in enumerate(after.contact_ids):
        if id not in known and id not in found:
            raise InvalidRequest("There is no such contact.", field=f"contact_ids[{position}]")


def derived_id(kind: Kind, uid: str, key: str) -> str:
    """The id that a repeated create finds again. Ids are per user, so nothing needs to be secret about it."""
    digest = hashlib.sha256(f"{kind}\0{uid}\0{key}".encode()).digest()
    return "k" + base64.urlsafe_b64encode(digest[:18]).decode()


def _matches(request: flask.Request, version: str) -> bool:
    """Whether `If-Match` lets the request through: absent, `*`, or the record's etag, quoted or not."""
    given = request.headers.get("If-Match")
    if given is None or given.strip() == "*":
        return True
    return version in (tag.strip().removeprefix("W/").strip('"') for tag in given.split(","))
