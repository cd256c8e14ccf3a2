"""What a contact says of who it is, prepared once for many comparisons."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from crmsync.core.model import Address, Birthday, Contact
from crmsync.core.people import person_name
from crmsync.core.people.person_name import PersonName, listed
from crmsync.core.text.forms import email, folded, without_accents
from crmsync.core.text.phones import phone

MOST = 30
"""At most so many addresses and numbers of a contact are looked at."""

IN_ONE = 4
"""And so many numbers of one field."""

ROLES = listed(
    """
    info office sales contact admin support hello mail reception accounts accounting billing service
    help team bureau ventes comptabilite enquiries inquiries marketing hr jobs careers noreply no-reply
    webmaster postmaster orders rentals leasing concierge frontdesk management bonjour
    """
)
"""Names of mailboxes that stand for an office."""

_GMAIL = frozenset(("gmail.com", "googlemail.com"))
_TWO_IN_ONE = re.compile(r"\s*(?:[/|;,\n]|\bor\b|\bou\b|\band\b|\bet\b)\s*", re.IGNORECASE)
_STREET_KINDS = listed(
    """
    street st avenue ave av road rd drive dr boulevard boul blvd lane ln court ct crescent cres place pl
    way terrace circuit close rue chemin ch unit apt suite app no n s e w north south east west
    """
)


class Place(NamedTuple):
    """An address by what survives typing.

    number: the house's. street: the longest word of its name. text: all of it, word by word.
    """

    number: str
    street: str
    postal: str
    town: str
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A contact, prepared for comparing.

    emails: as they are compared everywhere. boxes: the mailboxes they reach, Gmail's dots and plus tags left
    away. roles: those of the addresses that stand for an office by their name. numbers: E.164 with
    extension; lines: without. birthday: year (0 when unknown), month, day. latin: the name read in Latin
    letters, "" when it is written so.
    """

    name: PersonName
    emails: frozenset[str] = frozenset()
    boxes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()
    birthday: tuple[int, int, int] | None = None
    places: tuple[Place, ...] = ()
    organization: str = ""
    latin: str = ""


def prepare(contact: Contact, region: str) -> Evidence:
    """The evidence of a contact. region: ISO 3166 country of numbers without a country code."""
    name = person_name.read(contact)
    emails = frozenset(address for item in contact.emails[:MOST] if "@" in (address := email(item.value)))
    numbers = frozenset(number for item in contact.phones[:MOST] for number in _numbers(item.value, region))
    return Evidence(
        name=name,
        emails=emails,
        boxes=frozenset(map(mailbox, emails)),
        roles=frozenset(address for address in emails if _is_role(address)),
        numbers=numbers,
        lines=frozenset(number.partition(";ext=")[0] for number in numbers),
        birthday=_birthday(contact.birthday),
        places=_places(contact.addresses[:MOST]),
        organization=person_name.of_organization(contact.organization[:200]).whole
        if contact.organization
        else "",
        latin=_latin(name),
    )


def mailbox(address: str) -> str:
    """The mailbox that an address reaches: without plus tag, and at Gmail without dots."""
    name, _, host = address.rpartition("@")
    name = name.partition("+")[0] or name
    if host in _GMAIL:
        return f"{name.replace('.', '')}@gmail.com"
    return f"{name}@{host}"


def _is_role(address: str) -> bool:
    return re.split(r"[@+.\-_]", address, maxsplit=1)[0] in ROLES


def _numbers(text: str, region: str) -> Iterable[str]:
    """The numbers of one field, in E.164: now and then somebody writes two into it."""
    whole = phone(text, region)[0]
    if whole.startswith("+"):
        return (whole,)
    parts = _TWO_IN_ONE.split(text[:128])[:IN_ONE]
    found = [number for part in parts if (number := phone(part, region)[0])]
    return [number for number in found if number.startswith("+")] or ((whole,) if _has_digits(whole) else ())


def _has_digits(text: str) -> bool:
    return sum(c.isdigit() for c in text) >= 5


def _birthday(value: Birthday | None) -> tuple[int, int, int] | None:
    return None if value is None else (value.year or 0, value.month, value.day)


def _places(addresses: Iterable[Address]) -> tuple[Place, ...]:
    found = (_place(address) for address in addresses)
    return tuple(dict.fromkeys(place for place in found if place.text.strip()))


def _place(address: Address) -> Place:
    words = re.findall(r"\w+", without_accents(f"{address.street} {address.extended}"))
    number = next((word for word in words if word[0].isdigit()), "")
    street = max(
        (word for word in words if word not in _STREET_KINDS and not word[0].isdigit()), key=len, default=""
    )
    postal = folded(address.postal_code).replace(" ", "").replace("-", "")
    town = without_accents(address.city)
    return Place(number, street, postal, town, " ".join([*words, town, postal]))


def _latin(name: PersonName) -> str:
    if name.whole.isascii():
        return ""
    # Imported where used: its tables are read for names in other letters only.
    from anyascii import anyascii

    return re.sub(r"[^a-z]", "", anyascii(name.whole).lower())
