"""What others tell Google, and the CRM never asks: the answers of guests, whose meeting an invitation is.

An element of a list that says nothing of it takes nothing back.
"""

from collections.abc import Sequence

from crmsync.core.fields import Field, Item, fields_of, items_of, with_part
from crmsync.core.model import Record
from crmsync.core.pair.canon import Canon


def is_silent(canon: Canon, field: Field, item: Item) -> bool:
    """Whether an element says nothing of what others would report."""
    return alike(canon, field.name, [item], [with_part(item, field.reported, None)])


def alike(canon: Canon, name: str, some: Sequence[Item], others: Sequence[Item]) -> bool:
    """Whether elements say the same, one by one."""
    return [canon.element_digest(name, item) for item in some] == [
        canon.element_digest(name, item) for item in others
    ]


def unheard(canon: Canon, ours: Record, theirs: Record) -> frozenset[str]:
    """The fields of which Google shows a report that our side is silent about, or has not heard yet."""
    return frozenset(
        field.name
        for field in fields_of(ours)
        if (field.reported and _is_unheard(canon, field, ours, theirs))
        or (field.told and canon.field_canon(ours, field.name) != canon.field_canon(theirs, field.name))
    )


def _is_unheard(canon: Canon, field: Field, ours: Record, theirs: Record) -> bool:
    silent = {
        canon.identity_digest(field.name, item)
        for item in items_of(ours, field.name)
        if is_silent(canon, field, item)
    }
    return any(
        canon.identity_digest(field.name, item) in silent and not is_silent(canon, field, item)
        for item in items_of(theirs, field.name)
    )
