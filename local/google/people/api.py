"""People v1 over HTTP, one person at a time, lists and search.

Batches and labels are in modules of their own.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Mapping
from weakref import WeakKeyDictionary

import flask

from local.google.errors import GoogleError, InvalidRequest, error_info, people_error
from local.google.faults import Controls
from local.google.http import discovery, guard, partial
from local.google.http.guard import Answer, Api, Call, Handler
from local.google.json import Json, JsonObject, flag, number, text, texts
from local.google.people import batch, groups_api
from local.google.people.book import PeopleBook
from local.google.people.fields import read_mask, update_mask
from local.google.people.record import Version
from local.google.people.sync import ConnectionLister, ListQuery, Page
from local.google.world import World

MAX_PAGE = 1000
DEFAULT_PAGE = 100
MAX_SEARCH = 30
DEFAULT_SEARCH = 10
_FIRST_PAGE_ORDER = "LAST_MODIFIED_ASCENDING"
_QUOTA_NAMES = {
    "people.critical_read": "Critical read requests (Contact and Profile Reads)",
    "people.critical_write": "Critical write requests (Contact Creates and Updates)",
    "people.group_read": "Read requests (Contact Group Reads)",
    "people.delete_and_group_write": "Write requests (Contact Deletes and Contact Group Writes)",
    "people.photo_write": "Photo write requests",
    "people.full_sync": "Full sync requests",
}


class ConnectionsHandler:
    """connections.list, with one lister (and its memory of listings under way) for each book."""

    def __init__(self) -> None:
        self._listers: WeakKeyDictionary[PeopleBook, ConnectionLister] = WeakKeyDictionary()

    def __call__(self, world: World, call: Call) -> Answer:
        """Answer a page, joined from each contact's cached text."""
        book = call.account.people
        lister = self._listers.get(book)
        if lister is None:
            lister = self._listers[book] = ConnectionLister(book)
        if text(call.params, "resourceName") != "people/me":
            raise people_error(400, "Resource name must be people/me.")
        query = list_query(call)
        return Answer(raw=self._render(call, query, lister.page(query)))

    def _render(self, call: Call, query: ListQuery, page: Page) -> bytes:
        """A quiet delta is exactly its next token: no `connections`, no totals."""
        shown, selection = partial.child(call.fields, "connections")
        parts: list[str] = []
        if page.people and shown:
            lens = call.account.people.lens(
                query.mask,
                fields=text(call.params, "fields"),
                selection=selection,
                listing=True,
                syncing=bool(query.sync_token),
            )
            parts.append('"connections":[' + ",".join(person.json(lens) for person in page.people) + "]")
        scalars: list[tuple[str, str | int | None]] = [
            ("nextPageToken", page.next_page),
            ("nextSyncToken", page.next_sync),
            ("totalItems", page.total),
            ("totalPeople", page.total),
        ]
        for name, value in scalars:
            if value is not None and partial.child(call.fields, name)[0]:
                parts.append(f'"{name}":"{value}"' if isinstance(value, str) else f'"{name}":{value}')
        return ("{" + ",".join(parts) + "}").encode()


def list_query(call: Call) -> ListQuery:
    """The checked parameters of connections.list."""
    params = call.params
    size = number(params, "pageSize") or DEFAULT_PAGE
    if not 1 <= size <= MAX_PAGE:
        message = f"Page size must be between 1 and {MAX_PAGE}."
        raise InvalidRequest(message, reason="invalidParameter", location="page_size")
    order = text(params, "sortOrder", _FIRST_PAGE_ORDER)
    query = ListQuery(
        mask=person_mask(call),
        size=size,
        order=order,
        sources=tuple(texts(params, "sources")),
        want_token=flag(params, "requestSyncToken"),
        page_token=text(params, "pageToken"),
        sync_token=text(params, "syncToken"),
    )
    if order == "LAST_MODIFIED_DESCENDING" and (query.want_token or query.sync_token):
        message = "Sync requests must use LAST_MODIFIED_ASCENDING."
        raise InvalidRequest(message, reason="invalidParameter", location="sort_order")
    return query


def person_mask(call: Call) -> frozenset[str]:
    """The mask of a read: `personFields`, or the deprecated `requestMask.includeField` (`person.names,…`)."""
    old = text(call.params, "requestMask.includeField")
    if old and not call.params.get("personFields"):
        names = ",".join(name.strip().removeprefix("person.") for name in old.split(","))
        return read_mask(names, "requestMask.includeField")
    return read_mask(text(call.params, "personFields"), "personFields")


def get(world: World, call: Call) -> Answer:
    """people.get: reads its own writes at once."""
    mask = person_mask(call)
    if text(call.params, "resourceName") == "people/me":
        return Answer(_own_profile(call, mask))
    return _person(call, call.account.people.get(text(call.params, "resourceName")), mask)


def _own_profile(call: Call, mask: frozenset[str]) -> JsonObject:
    account = call.account
    source: JsonObject = {"type": "PROFILE", "id": account.sub}
    metadata: JsonObject = {"primary": True, "source": source}
    person: JsonObject = {"resourceName": f"people/{account.sub}", "etag": "%EgUBAgkuNxoEAQIFBw=="}
    if "names" in mask:
        person["names"] = [
            {"metadata": metadata, "displayName": account.name, "unstructuredName": account.name}
        ]
    if "emailAddresses" in mask:
        person["emailAddresses"] = [{"metadata": {**metadata, "verified": True}, "value": account.email}]
    if "metadata" in mask:
        person["metadata"] = {"sources": [source], "objectType": "PERSON"}
    return person


def create(world: World, call: Call) -> Answer:
    """people.createContact: not idempotent; `personFields` defaults to the fields of the body."""
    mask = _answer_mask(call)
    return _person(call, call.account.people.create(call.body), mask)


def update(world: World, call: Call) -> Answer:
    """people.updateContact."""
    mask = _answer_mask(call)
    fields = update_mask(text(call.params, "updatePersonFields"), "updatePersonFields")
    name = text(call.params, "resourceName")
    return _person(call, call.account.people.update(name, call.body, fields), mask)


def delete(world: World, call: Call) -> Answer:
    """people.deleteContact: no precondition."""
    call.account.people.delete(text(call.params, "resourceName"))
    return Answer({})


def update_photo(world: World, call: Call) -> Answer:
    """people.updateContactPhoto: JPEG or PNG bytes in base64, url-safe or not."""
    encoded = text(call.body, "photoBytes").replace("-", "+").replace("_", "/")
    content = base64.b64decode(encoded + "=" * (-len(encoded) % 4))
    version = call.account.people.set_photo(text(call.params, "resourceName"), content)
    return Answer(_photo_answer(call, version, text(call.body, "personFields")))


def delete_photo(world: World, call: Call) -> Answer:
    """people.deleteContactPhoto."""
    version = call.account.people.set_photo(text(call.params, "resourceName"), None)
    return Answer(_photo_answer(call, version, text(call.params, "personFields")))


def _photo_answer(call: Call, version: Version, fields: str) -> JsonObject:
    if not fields:
        return {}
    return {"person": version.render(call.account.people.lens(read_mask(fields, "personFields")))}


def search(world: World, call: Call) -> Answer:
    """people.searchContacts.

    By prefix of names, nicknames, organisations, e-mails and numbers, over the lagging index.
    """
    mask = read_mask(text(call.params, "readMask"), "readMask")
    size = min(number(call.params, "pageSize") or DEFAULT_SEARCH, MAX_SEARCH)
    wanted = text(call.params, "query").casefold().strip()
    book = call.account.people
    found = [v for v in book.index.live.values() if wanted and _matches(v, wanted)] if wanted else []
    results: list[Json] = [{"person": version.render(book.lens(mask))} for version in found[:size]]
    return Answer({"results": results} if results else {})


_SEARCHED = (("names", ("givenName", "familyName")), ("nicknames", ("value",)), ("organizations", ("name",)))
_SEARCHED_WHOLE = (("emailAddresses", ("value",)), ("phoneNumbers", ("value",)))


def _matches(version: Version, wanted: str) -> bool:
    for field, parts in (*_SEARCHED, *_SEARCHED_WHOLE):
        for item in version.fields.get(field, ()):
            if any(str(item.get(part, "")).casefold().startswith(wanted) for part in parts):
                return True
    return version.display_name.casefold().startswith(wanted)


def no_directory(world: World, call: Call) -> Answer:
    """The directory methods, which a consumer account may not call."""
    raise people_error(400, "Must be a G Suite domain user.", rpc_status="FAILED_PRECONDITION")


def _answer_mask(call: Call) -> frozenset[str]:
    """The mask of a write's answer: `personFields`, by default every field."""
    fields = text(call.params, "personFields")
    return read_mask(fields, "personFields") if fields else batch.ALL_FIELDS


def _person(call: Call, version: Version, mask: frozenset[str]) -> Answer:
    return Answer(version.render(call.account.people.lens(mask)))


HANDLERS: dict[str, Handler] = {
    "people.people.get": get,
    "people.people.createContact": create,
    "people.people.updateContact": update,
    "people.people.deleteContact": delete,
    "people.people.updateContactPhoto": update_photo,
    "people.people.deleteContactPhoto": delete_photo,
    "people.people.searchContacts": search,
    "people.people.listDirectoryPeople": no_directory,
    "people.people.searchDirectoryPeople": no_directory,
    **batch.HANDLERS,
    **groups_api.HANDLERS,
}


def cost(controls: Controls, call: Call) -> Mapping[str, int]:
    """The quota metrics a call spends.

    Writes charge the read metric too, unless they read nothing back; each contact written counts against
    the day.
    """
    name = call.operation.id.rpartition(".")[2]
    if call.operation.id.startswith("people.contactGroups."):
        reading = call.operation.http_method == "GET"
        return {"people.group_read" if reading else "people.delete_and_group_write": 1}
    if name in ("updateContactPhoto", "deleteContactPhoto"):
        return {"people.photo_write": 1}
    if name in ("deleteContact", "batchDeleteContacts"):
        written = len(texts(call.body, "resourceNames")) or 1
        return {"people.delete_and_group_write": 1, "people.daily_write": written}
    if name in ("createContact", "updateContact"):
        return {"people.critical_write": 1, "people.critical_read": 1, "people.daily_write": 1}
    if name in ("batchCreateContacts", "batchUpdateContacts"):
        reading_back = controls.batch_read_units if call.body.get("readMask") else 0
        contacts = call.body.get("contacts")
        return {
            "people.critical_write": 1,
            "people.critical_read": reading_back,
            "people.daily_write": len(contacts) if isinstance(contacts, list | dict) else 0,
        }
    first = name == "list" and flag(call.params, "requestSyncToken")
    first = first and not (call.params.get("pageToken") or call.params.get("syncToken"))
    return {"people.critical_read": 1, "people.full_sync": 1 if first else 0}


def over_quota(metric: str, limit: int, call: Call) -> GoogleError:
    """429 RESOURCE_EXHAUSTED, worded as Google words it."""
    if metric == "people.daily_write":
        user = f"user:{call.account.sub}"
        failure: JsonObject = {
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            "violations": [{"subject": user, "description": "FBS quota limit exceeded."}],
        }
        return people_error(429, "Resource has been exhausted (e.g. check quota).", details=[failure])
    name = _QUOTA_NAMES[metric]
    message = (
        f"Quota exceeded for quota metric '{name}' and limit '{name} per minute per user' of service "
        f"'people.googleapis.com' for consumer 'project_number:{call.token.project}'."
    )
    metadata = {
        "service": "people.googleapis.com",
        "quota_metric": metric,
        "quota_limit": "per minute per user",
        "quota_limit_value": str(limit),
        "consumer": f"projects/{call.token.project}",
    }
    return people_error(429, message, details=[error_info("RATE_LIMIT_EXCEEDED", metadata=metadata)])


def blueprint(world: World) -> flask.Blueprint:
    """Serve `/v1/…`."""
    handlers: dict[str, Handler] = {**HANDLERS, "people.people.connections.list": ConnectionsHandler()}
    spending = functools.partial(cost, world.controls)
    api = Api("people", discovery.people(), handlers, spending, over_quota)
    return guard.blueprint("people", world, api, "/v1")
