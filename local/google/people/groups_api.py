"""contactGroups over HTTP."""

from __future__ import annotations

from local.google.clock import rfc3339
from local.google.errors import InvalidRequest, people_error
from local.google.http.guard import Answer, Call, Handler
from local.google.json import Json, JsonObject, flag, inner, items, number, text, texts
from local.google.people.book import PeopleBook
from local.google.people.groups import Group
from local.google.people.sync import decode, encode, expired, invalid
from local.google.world import World

GROUP_FIELDS = frozenset({"clientData", "groupType", "memberCount", "metadata", "name"})
DEFAULT_FIELDS = GROUP_FIELDS - {"clientData"}
MAX_PAGE = 1000
DEFAULT_PAGE = 30
MAX_MODIFY = 1000
MAX_BATCH = 200


def list_(world: World, call: Call) -> Answer:
    """contactGroups.list: members are never filled in; a sync token comes with the last page."""
    book = call.account.people
    fields = _fields(text(call.params, "groupFields"))
    size = number(call.params, "pageSize") or DEFAULT_PAGE
    if not 1 <= size <= MAX_PAGE:
        message = f"Page size must be between 1 and {MAX_PAGE}."
        raise InvalidRequest(message, reason="invalidParameter", location="page_size")
    sync_token, page_token = text(call.params, "syncToken"), text(call.params, "pageToken")
    groups = _changed(book, sync_token) if sync_token else book.groups.all()
    start = _start(book, page_token) if page_token else 0
    page, more = groups[start : start + size], len(groups) > start + size
    answer: JsonObject = {"contactGroups": [show(book, group, fields) for group in page]} if page else {}
    if page and not sync_token:
        answer["totalItems"] = len(groups)
    if more:
        token = encode({"k": "grouppage", "o": book.owner, "n": start + size})
        return Answer(answer | {"nextPageToken": token})
    token = encode({"k": "groups", "o": book.owner, "s": book.groups.seq, "e": book.token_epoch})
    return Answer(answer | {"nextSyncToken": token})


def _start(book: PeopleBook, page_token: str) -> int:
    """Where the page of a token begins."""
    token = decode(page_token)
    if token.get("k") != "grouppage" or token.get("o") != book.owner:
        raise invalid()
    return number(token, "n")


def _changed(book: PeopleBook, sync_token: str) -> list[Group]:
    token = decode(sync_token)
    if token.get("k") != "groups" or token.get("o") != book.owner:
        raise invalid()
    if token["e"] != book.token_epoch:
        raise expired()
    return book.groups.since(number(token, "s"))


def get(world: World, call: Call) -> Answer:
    """contactGroups.get: members only when `maxMembers` asks for them."""
    book = call.account.people
    group = book.groups.get(text(call.params, "resourceName"))
    fields = _fields(text(call.params, "groupFields"))
    return Answer(show(book, group, fields, number(call.params, "maxMembers")))


def batch_get(world: World, call: Call) -> Answer:
    """contactGroups.batchGet: up to 200 names; an unknown one has a status."""
    book = call.account.people
    names = texts(call.params, "resourceNames")
    if not 1 <= len(names) <= MAX_BATCH:
        message = f"resourceNames must have between 1 and {MAX_BATCH} entries."
        raise InvalidRequest(message, reason="invalidParameter", location="resource_names")
    fields = _fields(text(call.params, "groupFields"))
    responses: list[Json] = []
    for name in names:
        group = book.groups.find(name)
        if group is None:
            status: JsonObject = {"code": 5, "message": "Requested entity was not found."}
            responses.append({"requestedResourceName": name, "status": status})
        else:
            shown = show(book, group, fields, number(call.params, "maxMembers"))
            responses.append({"requestedResourceName": name, "contactGroup": shown, "status": {}})
    return Answer({"responses": responses})


def create(world: World, call: Call) -> Answer:
    """contactGroups.create: 409 when the name is taken."""
    book = call.account.people
    given = inner(call.body, "contactGroup")
    fields = _fields(text(call.body, "readGroupFields"))
    return Answer(show(book, book.groups.create(text(given, "name"), _data(given)), fields))


def update(world: World, call: Call) -> Answer:
    """contactGroups.update: `updateGroupFields` defaults to `name`."""
    book = call.account.people
    group = book.groups.get(text(call.params, "resourceName"))
    given = inner(call.body, "contactGroup")
    fields = _fields(text(call.body, "readGroupFields"))
    changing = set((text(call.body, "updateGroupFields") or "name").split(","))
    if changing - {"name", "clientData"}:
        message = "updateGroupFields may hold name and clientData."
        raise InvalidRequest(message, reason="invalidParameter", location="update_group_fields")
    if given.get("etag") and given["etag"] != group.etag:
        raise people_error(400, "Request contact group etag is different.", rpc_status="FAILED_PRECONDITION")
    if "name" in changing:
        group = book.groups.rename(group, text(given, "name"))
    if "clientData" in changing:
        group = book.groups.set_data(group, _data(given))
    return Answer(show(book, group, fields))


def delete(world: World, call: Call) -> Answer:
    """contactGroups.delete, with `deleteContacts` its contacts too."""
    book = call.account.people
    group = book.groups.get(text(call.params, "resourceName"))
    book.delete_group(group, with_contacts=flag(call.params, "deleteContacts"))
    return Answer({})


def modify(world: World, call: Call) -> Answer:
    """contactGroups.members.modify: at most 1,000 names in all.

    The last label of a contact stays.
    """
    book = call.account.people
    group = book.groups.get(text(call.params, "resourceName"))
    adding = texts(call.body, "resourceNamesToAdd")
    removing = texts(call.body, "resourceNamesToRemove")
    if len(adding) + len(removing) > MAX_MODIFY:
        message = f"At most {MAX_MODIFY} members can be modified in one request."
        raise InvalidRequest(message, reason="invalidParameter", location="resource_names_to_add")
    lost, kept = book.modify_members(group, adding, removing)
    answer: JsonObject = {}
    if lost:
        answer["notFoundResourceNames"] = [*lost]
    if kept:
        answer["canNotRemoveLastContactGroupResourceNames"] = [*kept]
    return Answer(answer)


def show(book: PeopleBook, group: Group, fields: frozenset[str], members: int = 0) -> JsonObject:
    """A label as Google answers it: zero counts and empty values are absent."""
    shown: JsonObject = {"resourceName": group.resource_name}
    if not group.system:
        shown["etag"] = group.etag
    if "metadata" in fields and group.updated is not None:
        deleted: JsonObject = {"deleted": True} if group.deleted else {}
        shown["metadata"] = {"updateTime": rfc3339(group.updated, 6), **deleted}
    if "groupType" in fields:
        shown["groupType"] = "SYSTEM_CONTACT_GROUP" if group.system else "USER_CONTACT_GROUP"
    if "name" in fields:
        shown |= {"name": group.name, "formattedName": group.formatted_name}
    if "clientData" in fields and group.data:
        shown["clientData"] = [{"key": key, "value": value} for key, value in group.data]
    return shown | _members(book, group, counted="memberCount" in fields, most=members)


def _members(book: PeopleBook, group: Group, *, counted: bool, most: int) -> JsonObject:
    """How many contacts are under a label, when that is asked for, and the names of at most so many."""
    inside = [] if group.deleted else [version.resource_name for version in book.members(group)]
    shown: JsonObject = {}
    if inside and counted:
        shown["memberCount"] = len(inside)
    if inside and most:
        shown["memberResourceNames"] = [*inside[:most]]
    return shown


def _fields(mask: str) -> frozenset[str]:
    if not mask:
        return DEFAULT_FIELDS
    fields = frozenset(name.strip() for name in mask.split(","))
    if fields - GROUP_FIELDS:
        message = f"Invalid groupFields mask path: {', '.join(sorted(fields - GROUP_FIELDS))}"
        raise InvalidRequest(message, reason="invalidParameter", location="group_fields")
    return fields


def _data(given: JsonObject) -> tuple[tuple[str, str], ...]:
    return tuple((text(item, "key"), text(item, "value")) for item in items(given, "clientData"))


HANDLERS: dict[str, Handler] = {
    "people.contactGroups.list": list_,
    "people.contactGroups.get": get,
    "people.contactGroups.batchGet": batch_get,
    "people.contactGroups.create": create,
    "people.contactGroups.update": update,
    "people.contactGroups.delete": delete,
    "people.contactGroups.members.modify": modify,
}
