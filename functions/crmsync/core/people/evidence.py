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

LENGTH = 320
"""Characters of a field that are looked at: as long as an e-mail address can be (RFC 5321: 64 + 1 + 255)."""

ROLES = listed(
    """
    info office sales contact admin support hello mail reception accounts accounting billing service
    help team bureau ventes comptabilite enquiries inquiries marketing hr jobs careers noreply no-reply
    webmaster postmaster orders rentals leasing concierge frontdesk management bonjour
    """
)
"""Names of mailboxes that stand for an office."""

_GMAIL = frozenset(("gmail.com", "googlemail.com"))
_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:|]+@[^\s<>()\[\]\",;:|]+")
_DIGITS = re.compile(
    r"\+?[(\d][\d\s().\-/\u2010-\u2015]{5,24}\d(?:\s*(?:x|ext\.?|extension|poste|#)[\s.:]*\d{1,6})?",
    re.IGNORECASE,
)
_NO_BIRTHDAYS = frozenset((year, 1, 1) for year in (0, 1900, 1901, 1904, 1970, 1980, 2000))
"""What programs and people fill in where no birthday is known."""
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
    # A mailbox may stand in the name, too.
    fields = (contact.given_name, contact.family_name, *(item.value for item in contact.emails[:MOST]))
    emails = frozenset(
        address for text in fields if "@" in text[:LENGTH] for address in _addresses(text[:LENGTH])
    )
    numbers = frozenset(
        number for item in contact.phones[:MOST] for number in _numbers(item.value[:LENGTH], region)
    )
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


def _addresses(text: str) -> Iterable[str]:
    """The addresses of one field, in brackets behind a name or several in a row."""
    address = email(text)
    if "@" not in address:
        return ()
    return (address,) if _ADDRESS.fullmatch(address) else _ADDRESS.findall(address[:512])


def _is_role(address: str) -> bool:
    name = address.partition("@")[0]
    return re.split(r"[+.\-_]", name, maxsplit=1)[0] in ROLES or bool(_HOUSEHOLD.search(name))


_HOUSEHOLD = re.compile(
    r"famil[yl]|household|^(?:the|les|la\.?famille)[a-z]{3,}s$|[a-z]{2}(?:and|et|&)[a-z]{2}|[a-z]\.(?:and|et)\.[a-z]"
)


def is_toll_free(line: str) -> bool:
    """Whether a North American number (E.164) is one that its owner pays for: never a person's."""
    return line.startswith("+18") and line[3:5] in ("00", "33", "44", "55", "66", "77", "88")


def _numbers(text: str, region: str) -> Iterable[str]:
    """The numbers of one field, in E.164: now and then somebody writes two into it."""
    whole = phone(_dialled(text), region)[0]
    if whole.startswith("+"):
        return (_local(whole),)
    parts = [*_TWO_IN_ONE.split(text[:128])[:IN_ONE], *_DIGITS.findall(text[:128])[:IN_ONE]]
    found = {number for part in parts for number in (phone(_dialled(part), region)[0],)}
    if known := [_local(number) for number in found if number.startswith("+")]:
        return known
    digits = "".join(c for c in whole if c.isdigit())
    return (digits,) if len(digits) >= 5 else ()


def _local(number: str) -> str:
    """A number that was written without its area, whose country code is a guess: without that."""
    digits, mark, extension = number.partition(";")
    return f"{digits[-7:]}{mark}{extension}" if len(digits) <= SHORT else number


SHORT = 9
"""Characters of an E.164 number that lacks its area: plus, country and seven digits."""


def _dialled(text: str) -> str:
    """With a plus for the two zeros by which most of the world dials abroad."""
    return f"+{stripped[2:]}" if (stripped := text.strip()).startswith("00") else text


def _birthday(value: Birthday | None) -> tuple[int, int, int] | None:
    if value is None:
        return None
    told = (value.year or 0, value.month, value.day)
    return None if told in _NO_BIRTHDAYS and told[0] else told


def _places(addresses: Iterable[Address]) -> tuple[Place, ...]:
    found = (_place(address) for address in addresses)
    return tuple(dict.fromkeys(place for place in found if place.text.strip()))


def _place(address: Address) -> Place:
    words = re.findall(r"\w+", without_accents(f"{address.street[:LENGTH]} {address.extended[:LENGTH]}"))
    number = next((word for word in words if word[0].isdigit()), "")
    street = max(
        (word for word in words if word not in _STREET_KINDS and not word[0].isdigit()), key=len, default=""
    )
    postal = folded(address.postal_code[:LENGTH]).replace(" ", "").replace("-", "")
    town = without_accents(address.city[:LENGTH])
    return Place(number, street, postal, town, " ".join([*sorted(words), town, postal]))


def _latin(name: PersonName) -> str:
    if name.whole.isascii():
        return ""
    # Imported where used: its tables are read for names in other letters only.
    from anyascii import anyascii

    return re.sub(r"[^a-z]", "", anyascii(name.whole).lower())
