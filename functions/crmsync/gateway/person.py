"""Reading Google's Person: a pure mapper to `Contact` and `Observation`, data in, data out.

What our model cannot hold makes a field `rich`: it is reported, never dropped, and
`crmsync.gateway.person_write` patches around it.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from crmsync import logs
from crmsync.core.json_types import Json
from crmsync.core.model import Address, Birthday, Contact, Email, Phone, Url
from crmsync.core.state import Link, Observation
from crmsync.gateway.person_shape import (
    ADDRESS_PARTS,
    CUT_FIELDS,
    LIST_LIMIT,
    NAME_PARTS,
    OWN_KEY,
    PERSON_FIELD,
    PERSON_FIELDS,
)
from crmsync.gateway.photos import GOOGLES, Pictures
from crmsync.gateway.wire import WireBody

T = TypeVar("T")

_PLACE = tuple(field for field in ADDRESS_PARTS if field != "type")


def contact_of(person: WireBody) -> Contact:
    """The contact that a Person shows, text as typed. Type and consent are never taken from Google."""
    name = name_of(first(person.get("names")))
    organization = primary(person.get("organizations"))
    return Contact(
        given_name=name["given_name"],
        middle_name=name["middle_name"],
        family_name=name["family_name"],
        prefix=name["prefix"],
        suffix=name["suffix"],
        nickname=_text(primary(person.get("nicknames")), "value"),
        organization=_text(organization, "name"),
        job_title=_text(organization, "title"),
        emails=tuple(_each(person.get("emailAddresses"), email_of)),
        phones=tuple(_each(person.get("phoneNumbers"), phone_of)),
        addresses=tuple(_each(person.get("addresses"), address_of)),
        urls=tuple(_each(person.get("urls"), url_of)),
        birthday=birthday_of(first(person.get("birthdays"))),
        notes=_text(first(person.get("biographies")), "value"),
    )


def rich_fields(person: WireBody) -> frozenset[str]:
    """The fields of our contact whose value at Google has parts that our model lacks."""
    rich = {name for name in PERSON_FIELDS if _RICH[name](person.get(name) or ())}
    return frozenset(field for field, name in PERSON_FIELD.items() if name in rich)


def observation(
    person: WireBody, own_key: str = OWN_KEY, pictures: Pictures = GOOGLES, *, keep_raw: bool = False
) -> Observation[Contact] | None:
    """What was seen of one Person; None for one without a contact source, which cannot be written or linked.

    own_key: the name of this installation's and user's keys. Those of others are not looked at. pictures:
    those that may be shown.

    The key is the CONTACT source id: it survives a change of `resourceName`. A tombstone has no value and no
    `rtime` (Google sends the epoch).
    """
    source = _contact_source(person)
    if source is None:
        return None
    deleted = bool(person.get("metadata", {}).get("deleted"))
    return Observation(
        key=source["id"],
        name=person["resourceName"],
        remote_id=person["resourceName"],
        etag=pack_etags(person.get("etag", ""), source.get("etag", "")),
        rtime=None if deleted else moment(source.get("updateTime")),
        deleted=deleted,
        value=None if deleted else contact_of(person),
        rich=frozenset() if deleted else rich_fields(person),
        keys=_keys(person, own_key),
        bare=_keys(person, OWN_KEY) if own_key != OWN_KEY else (),
        previous=tuple(person.get("metadata", {}).get("previousResourceNames") or ()),
        labels=tuple(_each(person.get("memberships"), _group)),
        photo_url=next(filter(pictures.shows, _each(person.get("photos"), _own_photo)), None),
        raw=person if keep_raw and not deleted else None,
    )


def seen(
    person: WireBody, own_key: str = OWN_KEY, pictures: Pictures = GOOGLES, *, keep_raw: bool = False
) -> Observation[Contact] | None:
    """The same, of whatever Google sends: one that cannot be read is seen to be there, and nothing else."""
    try:
        return observation(person, own_key, pictures, keep_raw=keep_raw)
    except Exception as error:
        source = _contact_source(person)
        logs.failure("unreadable contact", error, contact=(source or {}).get("id"))
        if source is None:
            return None
        return Observation(
            key=source["id"],
            name=person["resourceName"],
            remote_id=person["resourceName"],
            etag=pack_etags(person.get("etag", ""), source.get("etag", "")),
            rtime=None,
            deleted=False,
            value=None,
            keys=_keys(person, own_key),
            bare=_keys(person, OWN_KEY) if own_key != OWN_KEY else (),
            unreadable=True,
        )


def is_cut(person: WireBody) -> bool:
    """Whether a listing may have cut this contact short.

    Only connections.list cuts, e-mail addresses and telephone numbers alone, both to 100 (documented with the
    fields of Person). Direct reads, and the answers of creates and updates, have all of them: were one of
    those cut all the same, the base would hold 100 for Google's side, and the next listing, read whole, shows
    the others as additions, of what the CRM has already. Nothing is taken for removed that the base never
    showed. Web addresses and postal ones are cut nowhere.
    """
    return any(len(person.get(name) or ()) >= LIST_LIMIT for name in CUT_FIELDS)


def pack_etags(person: str, source: str) -> str:
    """Both etags of one read as the link's opaque text; Google wants both back, copied from the same read."""
    return f"{person} {source}"


class Identity(NamedTuple):
    """Which contact an update is about and which version it is based on: both etags, of one read."""

    key: str
    person_etag: str
    source_etag: str

    def as_body(self) -> dict[str, Json]:
        """The part of an update that says so."""
        source = {"type": "CONTACT", "id": self.key, "etag": self.source_etag}
        return {"etag": self.person_etag, "metadata": {"sources": [source]}}


def identity_of(link: Link) -> Identity:
    """The version that the link remembers."""
    person, _, source = link.etag.partition(" ")
    return Identity(link.key, person, source)


def identity_in(raw: WireBody) -> Identity:
    """The version of a direct read: the etags of the very body that is patched."""
    source = _contact_source(raw) or {}
    return Identity(source.get("id", ""), raw.get("etag", ""), source.get("etag", ""))


def name_of(item: WireBody) -> dict[str, str]:
    """The five parts of a name; a name that Google holds only unstructured is a given name as it stands."""
    parts = {field: _text(item, name) for field, name in NAME_PARTS.items()}
    if not any(parts.values()):
        parts["given_name"] = _text(item, "unstructuredName")
    return parts


def email_of(item: WireBody) -> Email | None:
    """An e-mail address, None when the item has none."""
    return Email(item["value"], _text(item, "type")) if item.get("value") else None


def phone_of(item: WireBody) -> Phone | None:
    """A telephone number as typed, None when the item has none."""
    return Phone(item["value"], _text(item, "type")) if item.get("value") else None


def url_of(item: WireBody) -> Url | None:
    """A web address, None when the item has none."""
    return Url(item["value"], _text(item, "type")) if item.get("value") else None


def address_of(item: WireBody) -> Address | None:
    """An address in parts; one that Google holds only as text keeps that text as its street."""
    parts = {field: _text(item, name) for field, name in ADDRESS_PARTS.items()}
    if not any(parts[field] for field in _PLACE):
        parts["street"] = _text(item, "formattedValue")
    return Address(**parts) if any(parts[field] for field in _PLACE) else None


def birthday_of(item: WireBody) -> Birthday | None:
    """A birthday with a real month and day; a year of 0 is an unknown one. Anything else is None."""
    date = item.get("date") or {}
    year, month, day = (int(date.get(part) or 0) for part in ("year", "month", "day"))
    if not 1 <= month <= 12 or not 0 <= year <= 9999:
        return None
    if not 1 <= day <= monthrange(year or 2000, month)[1]:
        return None
    return Birthday(month, day, year or None)


def formatted_by_hand(item: WireBody) -> bool:
    """Whether an address's `formattedValue` says more than its parts, that is, a person set it.

    Google builds one from the parts when none was set; sending that back would freeze it.
    """
    if not item.get("formattedValue"):
        return False
    parts = " ".join(_text(item, name) for name in (*ADDRESS_PARTS.values(), "countryCode", "poBox"))
    return not _words(_text(item, "formattedValue")) <= _words(parts)


def first(items: Sequence[WireBody] | None) -> WireBody:
    """The only item of a field of which a contact has at most one."""
    return items[0] if items else {}


def primary(items: Sequence[WireBody] | None) -> WireBody:
    """The item that Google marks primary: the order of items carries no meaning."""
    for item in items or ():
        if item.get("metadata", {}).get("primary"):
            return item
    return first(items)


def moment(text: str | None) -> datetime | None:
    """Google's RFC 3339 text as an aware time; None stays None."""
    return datetime.fromisoformat(text) if text else None


def _text(item: WireBody, name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _each(items: Sequence[WireBody] | None, read: Callable[[WireBody], T | None]) -> Iterator[T]:
    return (value for value in map(read, items or ()) if value is not None)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _contact_source(person: WireBody) -> WireBody | None:
    for source in person.get("metadata", {}).get("sources") or ():
        if source.get("type") == "CONTACT" and source.get("id"):
            return dict(source)
    return None


def _keys(person: WireBody, name: str) -> tuple[str, ...]:
    """Keys of this name, smallest first: a merge of two contacts leaves several, in no certain order."""
    keys = {item.get("value") for item in person.get("clientData") or () if item.get("key") == name}
    return tuple(sorted(key for key in keys if key))


def _group(item: WireBody) -> str | None:
    group = item.get("contactGroupMembership", {}).get("contactGroupId")
    return f"contactGroups/{group}" if group else None


def _own_photo(item: WireBody) -> str | None:
    return None if item.get("default") else item.get("url")


def _beyond(*known: str) -> Callable[[WireBody], bool]:
    """A test for values under any other name than the known ones."""
    allowed = {*known, "metadata"}
    return lambda item: any(bool(value) for name, value in item.items() if name not in allowed)


_more_than_organization = _beyond("name", "title")
_more_than_value = _beyond("value", "type")
_more_than_address = _beyond(*ADDRESS_PARTS.values(), "formattedValue")


def _rich_names(items: Sequence[WireBody]) -> bool:
    unstructured = any(not any(item.get(name) for name in NAME_PARTS.values()) for item in items)
    phonetic = any(name.startswith("phonetic") and item[name] for item in items for name in item)
    return len(items) > 1 or unstructured or phonetic


def _rich_nicknames(items: Sequence[WireBody]) -> bool:
    return len(items) > 1 or any(item.get("type", "DEFAULT") != "DEFAULT" for item in items)


def _rich_organizations(items: Sequence[WireBody]) -> bool:
    return len(items) > 1 or any(map(_more_than_organization, items))


def _rich_values(items: Sequence[WireBody]) -> bool:
    return len(items) >= LIST_LIMIT or any(not item.get("value") or _more_than_value(item) for item in items)


def _rich_addresses(items: Sequence[WireBody]) -> bool:
    return any(_more_than_address(item) or formatted_by_hand(item) for item in items)


def _rich_birthdays(items: Sequence[WireBody]) -> bool:
    return len(items) > 1 or any(birthday_of(item) is None for item in items)


def _rich_biographies(items: Sequence[WireBody]) -> bool:
    return len(items) > 1 or any(item.get("contentType") == "TEXT_HTML" for item in items)


_RICH: Mapping[str, Callable[[Sequence[WireBody]], bool]] = MappingProxyType(
    {
        "names": _rich_names,
        "nicknames": _rich_nicknames,
        "organizations": _rich_organizations,
        "emailAddresses": _rich_values,
        "phoneNumbers": _rich_values,
        "urls": _rich_values,
        "addresses": _rich_addresses,
        "birthdays": _rich_birthdays,
        "biographies": _rich_biographies,
    }
)
