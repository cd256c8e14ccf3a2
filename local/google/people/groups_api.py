"""contactGroups over HTTP."""

from __future__ import annotations

from typing import Any

from local.google.clock import rfc3339
from local.google.errors import InvalidRequest, people_error
from local.google.http.guard import Answer, Call, Handler
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
    fields = _fields(call.params.get("groupFields", ""))
    size = call.params.get("pageSize", 0) or DEFAULT_PAGE
    if not 1 <= size <= MAX_PAGE:
        message = f"Page size must be between 1 and {MAX_PAGE}."
        raise InvalidRequest(message, reason="invalidParameter", location="page_size")
    groups = _changed(book, call.params["syncToken"]) if call.params.get("syncToken") else book.groups.all()
    start = 0
    if call.params.get("pageToken"):
        token = decode(call.params["pageToken"])
        if token.get("k") != "grouppage" or token.get("o") != book.owner:
            raise invalid()
        start = token["n"]
    page, more = groups[start : start + size], len(groups) > start + size
    answer: dict[str, Any] = {"contactGroups": [show(book, group, fields) for group in page]} if page else {}
    if page and not call.params.get("syncToken"):
        answer["totalItems"] = len(groups)
    if more:
        return Answer(
            answer | {"nextPageToken": encode({"k": "grouppage", "o": book.owner, "n": start + size})}
        )
    token = {"k": "groups", "o": book.owner, "s": book.groups.seq, "e": book.token_epoch}
    return Answer(answer | {"nextSyncToken": encode(token)})


def _changed(book: PeopleBook, text: str) -> list[Group]:
    token = decode(text)
    if token.get("k") != "groups" or token.get("o") != book.owner:
        raise invalid()
    if token["e"] != book.token_epoch:
        raise expired()
    return book.groups.since(token["s"])


def get(world: World, call: Call) -> Answer:
    """contactGroups.get: members only when `maxMembers` asks for them."""
    book = call.account.people
    group = book.groups.get(call.params["resourceName"])
    fields = _fields(call.params.get("groupFields", ""))
    return Answer(show(book, group, fields, call.params.get("maxMembers", 0)))


def batch_get(world: World, call: Call) -> Answer:
    """contactGroups.batchGet: up to 200 names; an unknown one has a status."""
    book = call.account.people
    names = call.params.get("resourceNames", [])
    if not 1 <= len(names) <= MAX_BATCH:
        message = f"resourceNames must have between 1 and {MAX_BATCH} entries."
        raise InvalidRequest(message, reason="invalidParameter", location="resource_names")
    fields = _fields(call.params.get("groupFields", ""))
    responses: list[dict[str, Any]] = []
    for name in names:
        group = book.groups.find(name)
        if group is None:
            status = {"code": 5, "message": "Requested entity was not found."}
            responses.append({"requestedResourceName": name, "status": status})
        else:
            shown = show(book, group, fields, call.params.get("maxMembers", 0))
            responses.append({"requestedResourceName": name, "contactGroup": shown, "status": {}})
    return Answer({"responses": responses})


def create(world: World, call: Call) -> Answer:
    """contactGroups.create: 409 when the name is taken."""
    book = call.account.people
    given = call.body.get("contactGroup") or {}
    fields = _fields(call.body.get("readGroupFields", ""))
    return Answer(show(book, book.groups.create(given.get("name", ""), _data(given)), fields))


def update(world: World, call: Call) -> Answer:
    """contactGroups.update: `updateGroupFields` defaults to `name`."""
    book = call.account.people
    group = book.groups.get(call.params["resourceName"])
    given = call.body.get("contactGroup") or {}
    fields = _fields(call.body.get("readGroupFields", ""))
    changing = set((call.body.get("updateGroupFields") or "name").split(","))
    if changing - {"name", "clientData"}:
        message = "updateGroupFields may hold name and clientData."
        raise InvalidRequest(message, reason="invalidParameter", location="update_group_fields")
    if given.get("etag") and given["etag"] != group.etag:
        raise people_error(400, "Request contact group etag is different.", rpc_status="FAILED_PRECONDITION")
    if "name" in changing:
        group = book.groups.rename(group, given.get("name", ""))
    if "clientData" in changing:
        group = book.groups.set_data(group, _data(given))
    return Answer(show(book, group, fields))


def delete(world: World, call: Call) -> Answer:
    """contactGroups.delete, with `deleteContacts` its contacts too."""
    book = call.account.people
    group = book.groups.get(call.params["resourceName"])
    book.delete_group(group, with_contacts=call.params.get("deleteContacts", False))
    return Answer({})


def modify(world: World, call: Call) -> Answer:
    """contactGroups.members.modify: at most 1,000 names in all.

    The last label of a contact stays (FACTS 2.6).
    """
    book = call.account.people
    group = book.groups.get(call.params["resourceName"])
    adding = call.body.get("resourceNamesToAdd", [])
    removing = call.body.get("resourceNamesToRemove", [])
    if len(adding) + len(removing) > MAX_MODIFY:
        message = f"At most {MAX_MODIFY} members can be modified in one request."
        raise InvalidRequest(message, reason="invalidParameter", location="resource_names_to_add")
    lost, kept = book.modify_members(group, adding, removing)
    answer: dict[str, Any] = {}
    if lost:
        answer["notFoundResourceNames"] = lost
    if kept:
        answer["canNotRemoveLastContactGroupResourceNames"] = kept
    return Answer(answer)


def show(book: PeopleBook, group: Group, fields: frozenset[str], members: int = 0) -> dict[str, Any]:
    """A label as Google answers it: zero counts and empty values are absent."""
    shown: dict[str, Any] = {"resourceName": group.resource_name}
    if not group.system:
        shown["etag"] = group.etag
    if "metadata" in fields and group.updated is not None:
        shown["metadata"] = {"updateTime": rfc3339(group.updated, 6)}
        if group.deleted:
            shown["metadata"]["deleted"] = True
    if "groupType" in fields:
        shown["groupType"] = "SYSTEM_CONTACT_GROUP" if group.system else "USER_CONTACT_GROUP"
    if "name" in fields:
        shown |= {"name": group.name, "formattedName": group.formatted_name}
    if "clientData" in fields and group.data:
        shown["clientData"] = [{"key": key, "value": value} for key, value in group.data]
    inside = [] if group.deleted else book.members(group)
    if "memberCount" in fields and inside:
        shown["memberCount"] = len(inside)
    if members and inside:
        shown["memberResourceNames"] = [version.resource_name for version in inside[:members]]
    return shown


def _fields(text: str) -> frozenset[str]:
    if not text:
        return DEFAULT_FIELDS
    fields = frozenset(name.strip() for name in text.split(","))
    if fields - GROUP_FIELDS:
        message = f"Invalid groupFields mask path: {', '.join(sorted(fields - GROUP_FIELDS))}"
        raise InvalidRequest(message, reason="invalidParameter", location="group_fields")
    return fields


def _data(given: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((item.get("key", ""), item.get("value", "")) for item in given.get("clientData") or ())


HANDLERS: dict[str, Handler] = {
    "people.contactGroups.list": list_,
    "people.contactGroups.get": get,
    "people.contactGroups.batchGet": batch_get,
    "people.contactGroups.create": create,
    "people.contactGroups.update": update,
    "people.contactGroups.delete": delete,
    "people.contactGroups.members.modify": modify,
}
