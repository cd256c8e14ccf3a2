"""Picking the value that lost a merge: what a record becomes when its user takes it after all.

A conflict is about one scalar field, or about the elements of a list that share an identity (one e-mail
address, say). Its values are JSON-like data, as `crmsync.core.fields` writes them.
"""

from collections.abc import Sequence

from crmsync.core.fields import (
    Item,
    Kind,
    Value,
    field_of,
    from_json,
    get,
    items_from_json,
    items_of,
    value_as_json,
    with_fields,
)
from crmsync.core.journal import Conflict
from crmsync.core.json_types import Json
from crmsync.core.model import Contact, R
from crmsync.core.pair.canon import Canon, Element

TEXTS = frozenset(("notes", "description"))
"""Fields whose two texts can stand one below the other."""


def standing(canon: Canon, record: R, conflict: Conflict) -> Json:
    """What the record has now where the conflict was, as JSON-like data."""
    if field_of(record, conflict.field).kind == "scalar":
        return value_as_json(record, conflict.field, get(record, conflict.field))
    return value_as_json(record, conflict.field, _elements(canon, record, conflict))


def digest(canon: Canon, record: R, conflict: Conflict) -> str:
    """A digest of what the user is asked: this conflict, with the record's value as it is now."""
    return canon.content(conflict.id, standing(canon, record, conflict))


def says(canon: Canon, record: R, conflict: Conflict, value: Json) -> bool:
    """Whether the record has this value (in canonical form) where the conflict was."""
    name: str = conflict.field
    if field_of(record, name).kind == "scalar":
        other = with_fields(record, _read(record, name, value))
        return canon.field_canon(other, name) == canon.field_canon(record, name)
    wanted = _forms(canon, items_from_json(record, name, value))
    return wanted == _forms(canon, _elements(canon, record, conflict))


def with_lost(canon: Canon, record: R, conflict: Conflict) -> R:
    """The record with the lost value in the place of what it has there now."""
    name: str = conflict.field
    if field_of(record, name).kind == "scalar":
        return with_fields(record, _read(record, name, conflict.lost))
    lost: Sequence[Item] = items_from_json(record, name, conflict.lost)
    now = _elements(canon, record, conflict)
    items: list[Item] = []
    for item in items_of(record, name):
        if item not in now:
            items.append(item)
        elif item == now[0]:
            items += lost
    return with_fields(record, {name: tuple(items if now else (*items, *lost))})


def may_be_both(record: R, field: str) -> bool:
    """Whether both values can be kept: elements of lists, and texts."""
    return field_of(record, field).kind == "list" or field in TEXTS


def with_both(canon: Canon, record: R, conflict: Conflict) -> R:
    """The record with the lost value added to what it has. Raises ValueError for a field of one value."""
    name: str = conflict.field
    if not may_be_both(record, name):
        raise ValueError(f"{name} has one value")
    if field_of(record, name).kind == "list":
        known = _forms(canon, items_of(record, name))
        lost: Sequence[Item] = items_from_json(record, name, conflict.lost)
        new: list[Item] = [item for item in lost if canon.element_canon(item) not in known]
        return with_fields(record, {name: (*items_of(record, name), *new)})
    text, other = get(record, name), _read(record, name, conflict.lost)[name]
    same = isinstance(text, str) and isinstance(other, str) and other.strip() in text
    return record if same else with_fields(record, {name: f"{text}\n\n{other}"})


def _elements(canon: Canon, record: R, conflict: Conflict) -> list[Item]:
    """The record's list elements that the conflict is about."""
    name: str = conflict.field
    both = [item for value in (conflict.kept, conflict.lost) for item in items_from_json(record, name, value)]
    identities = {canon.element_identity(item) for item in both}
    return [item for item in items_of(record, name) if canon.element_identity(item) in identities]


def _forms(canon: Canon, items: Sequence[Item]) -> list[Element]:
    return sorted(canon.element_canon(item) for item in items)


def _read(record: R, name: str, value: Json) -> dict[str, Value]:
    return from_json(_kind(record), {name: value})


def _kind(record: R) -> Kind:
    return "contacts" if isinstance(record, Contact) else "appointments"
