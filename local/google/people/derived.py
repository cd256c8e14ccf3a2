"""What Google adds to a contact's values when it answers.

Display names, E.164 numbers, formatted types and addresses.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

import phonenumbers

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


def derived(field: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """One stored item of `field` with everything Google adds to it, but without its metadata."""
    item = dict(value)
    add = _ADDITIONS.get(field)
    if add is not None:
        item |= add(value)
    if "type" in item and field in _WITH_FORMATTED_TYPE:
        item["formattedType"] = formatted_type(item["type"])
    return item


def formatted_type(kind: str) -> str:
    """A type as the account's language words it; one that Google does not know stays as typed."""
    return _FORMATTED_TYPES.get(kind, kind)


@functools.lru_cache(maxsize=65536)
def canonical_number(text: str) -> str | None:
    """The E.164 form of a number as typed; None when it cannot be read as one."""
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _names(value: Mapping[str, Any]) -> dict[str, str]:
    family, given = value.get("familyName", ""), value.get("givenName", "")
    if family and given and _CJK.fullmatch(family) and _CJK.fullmatch(given):
        return {
            "displayName": family + given,
            "displayNameLastFirst": family + given,
            "unstructuredName": family + given,
        }
    first = [value.get(part, "") for part in ("honorificPrefix", "givenName", "middleName")]
    forward = " ".join(part for part in (*first, family) if part)
    backward = " ".join(part for part in first if part)
    backward = ", ".join(part for part in (family, backward) if part)
    suffix = value.get("honorificSuffix")
    if suffix:
        forward, backward = f"{forward}, {suffix}".lstrip(", "), f"{backward}, {suffix}".lstrip(", ")
    if not forward:
        return {}
    return {"displayName": forward, "displayNameLastFirst": backward, "unstructuredName": forward}


def _address(value: Mapping[str, Any]) -> str:
    """Lines built from the parts: street, extension, box; city, region and code on one line; country."""
    street, extended, box, city, region, code, country = (value.get(part, "") for part in ADDRESS_PARTS)
    town = " ".join(part for part in (f"{city}," if city and region else city, region, code) if part)
    return "\n".join(line for line in (street, extended, box, town, country) if line)


def _phone(value: Mapping[str, Any]) -> dict[str, str]:
    number = canonical_number(value.get("value", ""))
    return {"canonicalForm": number} if number else {}


def _formatted_address(value: Mapping[str, Any]) -> dict[str, str]:
    """A formatted value that a client set stays as it is, frozen (FACTS 2.5)."""
    return {} if "formattedValue" in value else {"formattedValue": _address(value)}


def _biography(value: Mapping[str, Any]) -> dict[str, str]:
    return {} if "contentType" in value else {"contentType": "TEXT_PLAIN"}


def _gender(value: Mapping[str, Any]) -> dict[str, str]:
    return {"formattedValue": _GENDERS.get(value.get("value", ""), "Other")}


def _im_client(value: Mapping[str, Any]) -> dict[str, str]:
    return {"formattedProtocol": formatted_type(value["protocol"])} if value.get("protocol") else {}


_ADDITIONS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, str]]] = {
    "names": _names,
    "phoneNumbers": _phone,
    "addresses": _formatted_address,
    "biographies": _biography,
    "genders": _gender,
    "imClients": _im_client,
}
