"""Writing Google's Person: what a create or an update sends, pure.

Google replaces each masked field as a whole list, so a field is always sent in full. A field that is rich at
Google is patched: our elements are put into Google's own list, and what our model cannot hold goes back as it
came.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from crmsync.core.json_types import Json
from crmsync.core.model import Address, Birthday, Contact, Email, Phone, Url
from crmsync.gateway import person as reading
from crmsync.gateway.person_shape import (
    ADDRESS_PARTS,
    NAME_PARTS,
    OWN_KEY,
    PERSON_FIELD,
    PERSON_FIELDS,
)
from crmsync.gateway.wire import WireBody

E = TypeVar("E", Email, Phone, Url, Address)

Items = list[dict[str, Json]]

_DERIVED = frozenset({"metadata", "formattedType", "canonicalForm", "displayNameLastFirst"})
"""Names inside an item that Google derives and ignores or refuses when sent."""


def mask_of(fields: Iterable[str]) -> frozenset[str]:
    """The Person fields that hold these fields of our contact."""
    return frozenset(PERSON_FIELD[field] for field in fields)


def new_person(contact: Contact, crm: str, own_key: str = OWN_KEY) -> dict[str, Json]:
    """The body of a create: every filled field, and our key, which is written here and nowhere else: what
    others keep in `clientData` is never touched.
    """
    body: dict[str, Json] = {}
    for name in PERSON_FIELDS:
        items = _WRITERS[name](contact, ())
        if items:
            body[name] = items
    body["clientData"] = [{"key": own_key, "value": crm}]
    return body


def changed_person(
    contact: Contact, fields: Iterable[str], mask: Iterable[str], raw: WireBody | None
) -> dict[str, Json]:
    """The fields of an update's body: an entry for every Person field in `mask`, an empty list to clear it.

    Fields of ours in `fields` take the contact's value, patched into `raw` when it is given; a masked field
    that holds none of them goes back exactly as `raw` has it, or takes the contact's value without a `raw`.
    """
    touched = mask_of(fields)
    body: dict[str, Json] = {}
    for name in sorted(mask):
        current: Sequence[WireBody] = (raw or {}).get(name) or ()
        untouched = raw is not None and name not in touched
        body[name] = _kept(name, current) if untouched else _WRITERS[name](contact, current)
    return body


@dataclass(frozen=True, slots=True)
class _Kind(Generic[E]):
    """How one kind of list element is read, written over an item, and recognised.

    affinity: how surely two elements that are not equal are the same one edited; 0 means they are not.
    """

    read: Callable[[WireBody], E | None]
    over: Callable[[dict[str, Json], E], dict[str, Json]]
    affinity: Callable[[E, E], int]


def _patched(kind: _Kind[E], current: Sequence[WireBody], wanted: Sequence[E]) -> Items:
    """Google's list with our elements in it.

    Equal elements stay as they stand, edited ones are written over what they were, new ones are new. What we
    do not have goes, except what our model cannot express, which stays.
    """
    if not current:
        return [kind.over({}, element) for element in wanted]
    left = list(current)
    equals = [_take(left, [kind.read(item) == element for item in left]) for element in wanted]
    items: Items = []
    for element, equal in zip(wanted, equals, strict=True):
        if equal is not None:
            items.append(_plain(equal))
            continue
        near = _take(left, [_affinity(kind, item, element) for item in left])
        items.append(kind.over(_plain(near or {}), element))
    return items + [_plain(item) for item in left if kind.read(item) is None]


def _take(left: list[WireBody], scores: Sequence[int]) -> WireBody | None:
    """Takes the best-scoring item out of `left`; None when none scores above 0."""
    best = max(scores, default=0)
    return left.pop(scores.index(best)) if best else None


def _affinity(kind: _Kind[E], item: WireBody, element: E) -> int:
    known = kind.read(item)
    return 0 if known is None else kind.affinity(known, element)


def _plain(item: WireBody) -> dict[str, Json]:
    """An item as it may be sent back."""
    return {name: value for name, value in item.items() if name not in _DERIVED}


def _set(item: dict[str, Json], parts: Mapping[str, str]) -> dict[str, Json]:
    """Sets the filled parts, removes the blank ones."""
    item.update({name: value for name, value in parts.items() if value})
    return {name: value for name, value in item.items() if parts.get(name, value)}


def _over_value(item: dict[str, Json], element: Email | Phone | Url) -> dict[str, Json]:
    return _set(item, {"value": element.value, "type": element.type})


def _same_text(known: Email | Url, wanted: Email | Url) -> int:
    return int(known.value.strip().casefold() == wanted.value.strip().casefold())


def _same_number(known: Phone, wanted: Phone) -> int:
    digits = [character for character in known.value if character.isdigit()]
    return int(digits == [character for character in wanted.value if character.isdigit()])


def _over_address(item: dict[str, Json], element: Address) -> dict[str, Json]:
    """Drops what contradicts the new parts: text built from the old ones, the code of another country."""
    before = reading.address_of(item) or Address()
    item.pop("formattedValue", None)
    if before.country != element.country:
        item.pop("countryCode", None)
    return _set(item, {name: getattr(element, field) for field, name in ADDRESS_PARTS.items()})


def _same_place(known: Address, wanted: Address) -> int:
    return sum(
        1
        for field in ADDRESS_PARTS
        if field != "type" and getattr(known, field) and getattr(known, field) == getattr(wanted, field)
    )


_EMAIL = _Kind(reading.email_of, _over_value, _same_text)
_PHONE = _Kind(reading.phone_of, _over_value, _same_number)
_URL = _Kind(reading.url_of, _over_value, _same_text)
_ADDRESS = _Kind(reading.address_of, _over_address, _same_place)


def _addresses(contact: Contact, current: Sequence[WireBody]) -> Items:
    return [_thawed(item) for item in _patched(_ADDRESS, current, contact.addresses)]


def _thawed(item: dict[str, Json]) -> dict[str, Json]:
    """Without a `formattedValue` that Google built itself: sending it would freeze it."""
    if reading.formatted_by_hand(item):
        return item
    return {name: value for name, value in item.items() if name != "formattedValue"}


def _names(contact: Contact, current: Sequence[WireBody]) -> Items:
    item = reading.first(current)
    wanted = {field: getattr(contact, field) for field in NAME_PARTS}
    if current and reading.name_of(item) == wanted:
        return _kept("names", current)
    kept = {name: value for name, value in _plain(item).items() if name.startswith("phonetic")}
    name = _set(kept, {NAME_PARTS[field]: value for field, value in wanted.items()})
    return [name] if name else []


def _nicknames(contact: Contact, current: Sequence[WireBody]) -> Items:
    return _over_primary(current, {"value": contact.nickname})


def _organizations(contact: Contact, current: Sequence[WireBody]) -> Items:
    return _over_primary(current, {"name": contact.organization, "title": contact.job_title})


def _over_primary(current: Sequence[WireBody], parts: Mapping[str, str]) -> Items:
    """The parts over the primary item, put first so that it stays primary; the other items as they came."""
    if not current:
        filled = _set({}, parts)
        return [filled] if filled else []
    ours = reading.primary(current)
    others = [_plain(item) for item in current if item is not ours]
    item = _set(_plain(ours), parts)
    return ([item] if set(item) - {"type"} else []) + others


def _birthdays(contact: Contact, current: Sequence[WireBody]) -> Items:
    if current and reading.birthday_of(reading.first(current)) == contact.birthday:
        return _kept("birthdays", current)
    return [{"date": _date(contact.birthday)}] if contact.birthday else []


def _date(birthday: Birthday) -> dict[str, int]:
    known = {"year": birthday.year} if birthday.year else {}
    return {**known, "month": birthday.month, "day": birthday.day}


def _biographies(contact: Contact, current: Sequence[WireBody]) -> Items:
    if current and reading.first(current).get("value", "") == contact.notes:
        return _kept("biographies", current)
    return [{"value": contact.notes, "contentType": "TEXT_PLAIN"}] if contact.notes else []


def _kept(name: str, current: Sequence[WireBody]) -> Items:
    """A field exactly as Google has it, without what Google derives."""
    items = [_plain(item) for item in current]
    if name == "addresses":
        return [_thawed(item) for item in items]
    if name == "names":
        return [_structured(item) for item in items]
    return items


def _structured(item: dict[str, Json]) -> dict[str, Json]:
    """A name without the free form that Google builds from its parts."""
    derived = {"displayName"}
    if any(item.get(name) for name in NAME_PARTS.values()):
        derived.add("unstructuredName")
    return {name: value for name, value in item.items() if name not in derived}


_WRITERS: Mapping[str, Callable[[Contact, Sequence[WireBody]], Items]] = {
    "names": _names,
    "nicknames": _nicknames,
    "organizations": _organizations,
    "emailAddresses": lambda contact, current: _patched(_EMAIL, current, contact.emails),
    "phoneNumbers": lambda contact, current: _patched(_PHONE, current, contact.phones),
    "addresses": _addresses,
    "urls": lambda contact, current: _patched(_URL, current, contact.urls),
    "birthdays": _birthdays,
    "biographies": _biographies,
}
