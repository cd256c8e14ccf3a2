"""GET /api/export: everything that is held about the user, as one JSON document, streamed.

No tokens, no digests.
"""

from collections.abc import Iterable, Iterator

import flask

from crmsync.api.activity import history
from crmsync.api.http import times
from crmsync.api.http.answers import encode
from crmsync.api.http.context import Call
from crmsync.api.imports import rows
from crmsync.api.imports.sheet_query import TABS
from crmsync.api.records import consents
from crmsync.api.sync import settings
from crmsync.core.account import Connection, User
from crmsync.core.fields import record_to_data
from crmsync.core.journal import JournalEntry
from crmsync.core.json_types import Json
from crmsync.core.model import Resource
from crmsync.core.scope import Scope
from crmsync.engine.deps import Deps
from crmsync.store.ports import CandidateQuery, Kind

PAGE = 300
RESOURCES: tuple[Resource, ...] = ("contacts", "calendar")


def show(call: Call) -> flask.Response:
    """The document, as a download. It is written page by page, so that its size costs no memory."""
    user = call.deps.store.user(call.scope) or User.unknown(call.scope)
    response = flask.Response(_document(call.deps, user), mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="google-sync.json"'
    return response


def _document(deps: Deps, user: User) -> Iterator[bytes]:
    yield b'{"user":' + encode(user.uid)
    yield b',"exported_at":' + encode(times.instant(deps.clock.now()))
    yield b',"account":' + encode(_account(user.connection))
    yield b',"settings":' + encode(settings.as_json(user))
    for name, items in _parts(deps, user):
        yield b"," + encode(name) + b":["
        for position, item in enumerate(items):
            yield (b"," if position else b"") + encode(item)
        yield b"]"
    yield b"}"


def _account(connection: Connection | None) -> Json:
    if connection is None:
        return None
    return {
        "email": connection.email,
        "granted": sorted(connection.scopes),
        "since": times.instant(connection.since),
    }


def _parts(deps: Deps, user: User) -> Iterable[tuple[str, Iterator[dict[str, Json]]]]:
    yield "contacts", _records(deps, user.scope, "contacts")
    yield "appointments", _records(deps, user.scope, "appointments")
    yield "links", (link for resource in RESOURCES for link in _links(deps, user.scope, resource))
    yield "candidates", (row for tab in TABS for row in _candidates(deps, user, CandidateQuery(tab)))
    yield "activity", (history.entry(entry) for entry in _journal(deps, user.scope))
    yield "conflicts", _conflicts(deps, user.scope)
    yield "consents", _consents(deps, user.scope)
    yield "holds", (history.hold(hold) for hold in deps.store.holds(user.scope))


def _records(deps: Deps, scope: Scope, kind: Kind) -> Iterator[dict[str, Json]]:
    after = None
    while page := deps.store.changed(scope, kind, None, after, PAGE):
        for stored in page:
            yield {
                "id": stored.id,
                **record_to_data(stored.value),
                "created_at": times.instant(stored.created_at),
                "updated_at": times.instant(stored.updated_at),
                "archived_at": times.instant(stored.archived_at),
            }
        after = page[-1].updated_at, page[-1].id


def _links(deps: Deps, scope: Scope, resource: Resource) -> Iterator[dict[str, Json]]:
    after = None
    while page := deps.store.links_page(scope, resource, after, PAGE):
        for link in page:
            yield {"record_id": link.crm, "google_id": link.remote_id, "state": link.state}
        after = page[-1].key


def _candidates(deps: Deps, user: User, query: CandidateQuery) -> Iterator[dict[str, Json]]:
    after = None
    while True:
        page, after = deps.store.candidate_page(user.scope, query, user.rounds, after, PAGE)
        yield from (rows.row(each, deps.types) for each in page)
        if after is None:
            return


def _journal(deps: Deps, scope: Scope) -> Iterator[JournalEntry]:
    after = None
    while True:
        page, after = deps.store.journal(scope, crm=None, run=None, after=after, limit=PAGE)
        yield from page
        if after is None:
            return


def _conflicts(deps: Deps, scope: Scope) -> Iterator[dict[str, Json]]:
    after = None
    while page := deps.store.conflicts(scope, after, PAGE):
        yield from map(history.conflict, page)
        after = page[-1].id


def _consents(deps: Deps, scope: Scope) -> Iterator[dict[str, Json]]:
    after = None
    while page := deps.store.all_consents(scope, after, PAGE):
        yield from map(consents.shown, page)
        after = page[-1].id
