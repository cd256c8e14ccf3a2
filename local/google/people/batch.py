"""People's own batch methods: up to 200 contacts (500 for deletion) in one call, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sized
from typing import TypeVar

from local.google.errors import RPC_CODE, GoogleError, InvalidRequest, people_error
from local.google.http.guard import Answer, Call, Handler
from local.google.json import JsonObject, inner, items, text, texts
from local.google.people.book import PeopleBook
from local.google.people.fields import READ_FIELDS, read_mask, update_mask
from local.google.people.record import Version
from local.google.world import World

Item = TypeVar("Item")
Prepared = TypeVar("Prepared")

MAX_READ = 200
MAX_WRITE = 200
MAX_DELETE = 500
ALL_FIELDS = READ_FIELDS
_DETAIL = "type.googleapis.com/google.people.v1."


def batch_get(world: World, call: Call) -> Answer:
    """people.getBatchGet: one answer a name, in the order asked.

    A name not found has a status instead of a person.
    """
    names = texts(call.params, "resourceNames")
    _check_size(names, MAX_READ, "resourceNames")
    old = text(call.params, "requestMask.includeField").replace("person.", "")
    mask = read_mask(text(call.params, "personFields") or old, "personFields")
    book = call.account.people
    return Answer({"responses": [_read(book, name, mask) for name in dict.fromkeys(names)]})


def _read(book: PeopleBook, name: str, mask: frozenset[str]) -> JsonObject:
    version = book.find(name)
    if version is None:
        status: JsonObject = {"code": RPC_CODE["NOT_FOUND"], "message": "Requested entity was not found."}
        return {"httpStatusCode": 404, "requestedResourceName": name, "status": status}
    return _response(book, version, name, mask)


def _response(book: PeopleBook, version: Version, name: str, mask: frozenset[str]) -> JsonObject:
    person = version.render(book.lens(mask))
    return {"httpStatusCode": 200, "person": person, "requestedResourceName": name, "status": {}}


def batch_create(world: World, call: Call) -> Answer:
    """people.batchCreateContacts: answers in the order of the request, and nothing without a `readMask`."""
    people = [inner(entry, "contactPerson") for entry in items(call.body, "contacts")]
    _check_size(people, MAX_WRITE, "contacts")
    mask = _mask_or_none(call)
    book = call.account.people
    prepared = _prepare(enumerate(people), book.prepare_create, "BatchCreateContactsErrorDetails")
    book.check_room(len(people))
    created = [book.add(**content) for content in prepared]
    if mask is None:
        return Answer({})
    return Answer({"createdPeople": [_response(book, v, v.resource_name, mask) for v in created]})


def batch_update(world: World, call: Call) -> Answer:
    """people.batchUpdateContacts: one mask for all.

    Who lacks a field of it has the field cleared.
    """
    contacts = inner(call.body, "contacts")
    _check_size(contacts, MAX_WRITE, "contacts")
    fields = update_mask(text(call.body, "updateMask"), "updateMask")
    mask = _mask_or_none(call)
    book = call.account.people
    prepared = _prepare(
        ((name, (name, inner(contacts, name))) for name in contacts),
        lambda pair: book.prepare_update(pair[0], pair[1], fields),
        "BatchUpdateContactsErrorDetails",
    )
    changes = zip(contacts, prepared, strict=True)
    updated = {name: book.change(version, **content) for name, (version, content) in changes}
    if mask is None:
        return Answer({})
    return Answer({"updateResult": {name: _response(book, v, name, mask) for name, v in updated.items()}})


def batch_delete(world: World, call: Call) -> Answer:
    """people.batchDeleteContacts: none is deleted when one is not found."""
    names = list(dict.fromkeys(texts(call.body, "resourceNames")))
    _check_size(names, MAX_DELETE, "resourceNames")
    book = call.account.people
    for version in [book.get(name) for name in names]:
        book.remove(version)
    return Answer({})


def _mask_or_none(call: Call) -> frozenset[str] | None:
    mask = text(call.body, "readMask")
    return read_mask(mask, "readMask") if mask else None


def _check_size(entries: Sized, most: int, parameter: str) -> None:
    if not 1 <= len(entries) <= most:
        message = f"{parameter} must have between 1 and {most} entries, but has {len(entries)}."
        raise InvalidRequest(message, reason="invalidParameter", location=parameter)


def _prepare(
    entries: Iterable[tuple[Hashable, Item]], prepare: Callable[[Item], Prepared], detail: str
) -> list[Prepared]:
    """Prepare every entry; one that is wrong refuses the whole batch, and each wrong one is named.

    The entries not named "would have been" successful, in Google's words.
    """
    prepared: list[Prepared] = []
    errors: JsonObject = {}
    for key, item in entries:
        try:
            prepared.append(prepare(item))
        except GoogleError as error:
            inner = error.body["error"]
            errors[str(key)] = {"code": RPC_CODE[inner["status"]], "message": inner["message"]}
    if errors:
        named: JsonObject = {"@type": _DETAIL + detail, "contactErrors": errors}
        raise people_error(400, "Request contains an invalid argument.", details=[named])
    return prepared


HANDLERS: dict[str, Handler] = {
    "people.people.getBatchGet": batch_get,
    "people.people.batchCreateContacts": batch_create,
    "people.people.batchUpdateContacts": batch_update,
    "people.people.batchDeleteContacts": batch_delete,
}
