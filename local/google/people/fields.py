"""Which fields a person has: masks, what a client may write into each, and how Google normalises it.

Facts come from the People discovery document and, where that is silent, from what was seen at Google.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

from local.google.errors import InvalidRequest
from local.google.json import Body, JsonObject, items, text

Fields = dict[str, list[JsonObject]]
"""Field -> its values as they are stored."""

READ_FIELDS = frozenset(
    [
        "addresses",
        "ageRanges",
        "biographies",
        "birthdays",
        "calendarUrls",
        "clientData",
        "coverPhotos",
        "emailAddresses",
        "events",
        "externalIds",
        "genders",
        "imClients",
        "interests",
        "locales",
        "locations",
        "memberships",
        "metadata",
        "miscKeywords",
        "names",
        "nicknames",
        "occupations",
        "organizations",
        "phoneNumbers",
        "photos",
        "relations",
        "sipAddresses",
        "skills",
        "urls",
        "userDefined",
    ]
)
"""Valid in `personFields` and `readMask`."""

UPDATE_FIELDS = READ_FIELDS - {"ageRanges", "coverPhotos", "metadata", "photos", "skills"}
"""Valid in `updatePersonFields` and `updateMask`."""

SINGLETONS = frozenset({"biographies", "birthdays", "genders", "names"})
"""A contact source holds at most one value of these."""

ADDRESS_PARTS = (
    "streetAddress",
    "extendedAddress",
    "poBox",
    "city",
    "region",
    "postalCode",
    "country",
)

WRITABLE: Mapping[str, tuple[str, ...]] = {
    "addresses": ("formattedValue", "type", *ADDRESS_PARTS, "countryCode"),
    "biographies": ("value", "contentType"),
    "birthdays": ("date", "text"),
    "calendarUrls": ("url", "type"),
    "clientData": ("key", "value"),
    "emailAddresses": ("value", "type", "displayName"),
    "events": ("date", "type"),
    "externalIds": ("value", "type"),
    "genders": ("value", "addressMeAs"),
    "imClients": ("username", "type", "protocol"),
    "interests": ("value",),
    "locales": ("value",),
    "locations": ("value", "type", "current", "buildingId", "floor", "floorSection", "deskCode"),
    "miscKeywords": ("value", "type"),
    "names": (
        "unstructuredName",
        "familyName",
        "givenName",
        "middleName",
        "honorificPrefix",
        "honorificSuffix",
        "phoneticFullName",
        "phoneticFamilyName",
        "phoneticGivenName",
        "phoneticMiddleName",
        "phoneticHonorificPrefix",
        "phoneticHonorificSuffix",
    ),
    "nicknames": ("value", "type"),
    "occupations": ("value",),
    "organizations": (
        "type",
        "startDate",
        "endDate",
        "current",
        "name",
        "phoneticName",
        "department",
        "title",
        "jobDescription",
        "symbol",
        "domain",
        "location",
        "costCenter",
        "fullTimeEquivalentMillipercent",
    ),
    "phoneNumbers": ("value", "type"),
    "relations": ("person", "type"),
    "sipAddresses": ("value", "type"),
    "urls": ("value", "type"),
    "userDefined": ("key", "value"),
}
"""List field -> the parts a client may write; everything else in an item is derived and ignored on input."""

_WITHOUT_MEANING = frozenset({"type", "contentType", "current", "countryCode", "addressMeAs"})
"""Parts that say nothing alone: an item that has no other is dropped."""


def read_mask(text: str, parameter: str) -> frozenset[str]:
    """Parse a required mask of fields to read; InvalidRequest when empty or unknown."""
    if not text.strip():
        message = f"{parameter} mask is required. Please specify one or more valid paths."
        raise InvalidRequest(message + _valid_paths(READ_FIELDS), reason="required", location=parameter)
    return _mask(text, parameter, READ_FIELDS)


def update_mask(text: str, parameter: str) -> frozenset[str]:
    """Parse a required mask of fields to write; InvalidRequest when empty or unknown."""
    if not text.strip():
        message = f"{parameter} mask is required. Please specify one or more valid paths."
        raise InvalidRequest(message + _valid_paths(UPDATE_FIELDS), reason="required", location=parameter)
    return _mask(text, parameter, UPDATE_FIELDS)


def _valid_paths(valid: Iterable[str]) -> str:
    return f" Valid paths are documented at people.get. ({', '.join(sorted(valid))})"


@functools.lru_cache(maxsize=256)
def _mask(text: str, parameter: str, valid: frozenset[str]) -> frozenset[str]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in valid:
            message = f'Invalid {parameter} mask path: "{name}".{_valid_paths(valid)}'
            raise InvalidRequest(message, reason="invalidParameter", location=parameter)
    return frozenset(names)


def normalised(person: Body, fields: Iterable[str]) -> Fields:
    """The values of `fields` as Google keeps them: writable parts only, defaults and empty items dropped.

    Raises InvalidRequest when a singleton has more than one value. Memberships are not handled here.
    """
    kept: Fields = {}
    for field in fields:
        if field not in WRITABLE:
            continue
        given = items(person, field)
        if field in SINGLETONS and len(given) > 1:
            message = f"Only one value is allowed for person.{field} of a contact."
            raise InvalidRequest(
                message, reason="badRequest", location=f"person.{field}", location_type="body"
            )
        values = [value for value in (_item(field, item) for item in given) if value]
        if values:
            kept[field] = values
    return kept


def _item(field: str, item: JsonObject) -> JsonObject | None:
    value: JsonObject = {}
    for part in WRITABLE[field]:
        given = item.get(part)
        if isinstance(given, dict):
            given = {name: number for name, number in given.items() if number}
        if given:
            value[part] = given
    if not any(part not in _WITHOUT_MEANING for part in value):
        return None
    if field == "names" and not value.keys() - {"unstructuredName"}:
        return _split_name(text(value, "unstructuredName"))
    if field == "names":
        # Structured parts win; the unstructured form is derived from them.
        value.pop("unstructuredName", None)
    return value


def _split_name(whole: str) -> JsonObject | None:
    words = whole.split()
    if not words:
        return None
    if len(words) == 1:
        return {"givenName": words[0]}
    value: JsonObject = {"givenName": words[0], "familyName": words[-1]}
    return value | ({"middleName": " ".join(words[1:-1])} if len(words) > 2 else {})
