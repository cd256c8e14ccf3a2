"""What Google adds to a contact's values when it answers.

Display names, E.164 numbers, formatted types and addresses.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping

import phonenumbers

from local.google.json import JsonObject, text
from local.google.people.fields import ADDRESS_PARTS

HOME_REGION = "CA"
"""The region in which a number without a country code is read: the accounts are Canadian."""

_FORMATTED_TYPES = {
    "homeFax": "Home Fax",
    "workFax": "Work Fax",
    "otherFax": "Other Fax",
    "workMobile": "Work Mobile",
    "workPager": "Work Pager",
    "googleVoice": "Google Voice",
    "homePage": "Home Page",
    "domesticPartner": "Domestic Partner",
    "referredBy": "Referred By",
    "appInstallPage": "App Install Page",
    "freeBusy": "Free/Busy",
    "loginId": "Login ID",
} | {
    name: name.capitalize()
    for name in [
        "home",
        "work",
        "mobile",
        "other",
        "pager",
        "main",
        "school",
        "blog",
        "profile",
        "ftp",
        "reservations",
        "assistant",
        "brother",
        "child",
        "father",
        "friend",
        "manager",
        "mother",
        "parent",
        "partner",
        "relative",
        "sister",
        "spouse",
        "anniversary",
        "account",
        "customer",
        "network",
        "organization",
    ]
}

_GENDERS = {"male": "Male", "female": "Female", "unspecified": "Unspecified"}
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_WITH_FORMATTED_TYPE = frozenset(
    [
        "addresses",
        "calendarUrls",
        "emailAddresses",
        "events",
        "externalIds",
        "imClients",
        "miscKeywords",
        "organizations",
        "phoneNumbers",
        "relations",
        "sipAddresses",
        "urls",
    ]
)


def derived(field: str, value: JsonObject) -> JsonObject:
    """One stored item of `field` with everything Google adds to it, but without its metadata."""
    item = dict(value)
    add = _ADDITIONS.get(field)
    if add is not None:
        item |= add(value)
    if "type" in item and field in _WITH_FORMATTED_TYPE:
        item["formattedType"] = formatted_type(text(item, "type"))
    return item


def formatted_type(kind: str) -> str:
    """A type as the account's language words it; one that Google does not know stays as typed."""
    return _FORMATTED_TYPES.get(kind, kind)


@functools.lru_cache(maxsize=65536)
def canonical_number(typed: str) -> str | None:
    """The E.164 form of a number as typed; None when it cannot be read as one."""
    try:
        number = phonenumbers.parse(typed, HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _names(value: JsonObject) -> dict[str, str]:
    family, given = text(value, "familyName"), text(value, "givenName")
    if _CJK.fullmatch(family) and _CJK.fullmatch(given):
        return {
            "displayName": family + given,
            "displayNameLastFirst": family + given,
            "unstructuredName": family + given,
        }
    first = [text(value, part) for part in ("honorificPrefix", "givenName", "middleName")]
    forward = _joined(" ", *first, family)
    backward = _joined(", ", family, _joined(" ", *first))
    suffix = text(value, "honorificSuffix")
    if suffix:
        forward, backward = f"{forward}, {suffix}".lstrip(", "), f"{backward}, {suffix}".lstrip(", ")
    if not forward:
        return {}
    return {"displayName": forward, "displayNameLastFirst": backward, "unstructuredName": forward}


def _joined(between: str, *parts: str) -> str:
    return between.join(part for part in parts if part)


def _address(value: JsonObject) -> str:
    """Lines built from the parts: street, extension, box; city, region and code on one line; country."""
    street, extended, box, city, region, code, country = (text(value, part) for part in ADDRESS_PARTS)
    town = _joined(" ", f"{city}," if city and region else city, region, code)
    return _joined("\n", street, extended, box, town, country)


def _phone(value: JsonObject) -> dict[str, str]:
    number = canonical_number(text(value, "value"))
    return {"canonicalForm": number} if number else {}


def _formatted_address(value: JsonObject) -> dict[str, str]:
    """A formatted value that a client set stays as it is, frozen."""
    return {} if "formattedValue" in value else {"formattedValue": _address(value)}


def _biography(value: JsonObject) -> dict[str, str]:
    return {} if "contentType" in value else {"contentType": "TEXT_PLAIN"}


def _gender(value: JsonObject) -> dict[str, str]:
    return {"formattedValue": _GENDERS.get(text(value, "value"), "Other")}


def _im_client(value: JsonObject) -> dict[str, str]:
    protocol = text(value, "protocol")
    return {"formattedProtocol": formatted_type(protocol)} if protocol else {}


_ADDITIONS: Mapping[str, Callable[[JsonObject], dict[str, str]]] = {
    "names": _names,
    "phoneNumbers": _phone,
    "addresses": _formatted_address,
    "biographies": _biography,
    "genders": _gender,
    "imClients": _im_client,
}
