"""The contacts that every scenario works with: invented, always the same, as in an agent's address book."""

from __future__ import annotations

from typing import Any

from crmsync.core.model import Address, Contact, Email, Phone
from crmsync.gateway.person_write import new_person

_GIVEN = ("Ava", "Benoît", "Chloe", "Dmitri", "Élise", "Farah", "Gordon", "Hana", "Isaac", "Julia", "Kwame")
_FAMILY = ("Adams", "Bélanger", "Chen", "Dvořák", "Evans", "Fortin", "García", "Hughes", "Ito", "Jensen")
_FIRMS = ("Maple Homes", "Birch & Bay Realty", "Lakeside Law LLP", "Prairie Credit Union")
_CITIES = (("Toronto", "ON", "M5V 1A1"), ("Montréal", "QC", "H2X 1Y4"), ("Vancouver", "BC", "V5K 0A1"))


def contact(number: int) -> Contact:
    """The contact of this number: a name, mail, a number, sometimes a firm, a home, a note."""
    given, family = _GIVEN[number % len(_GIVEN)], f"{_FAMILY[number % len(_FAMILY)]}{number}"
    emails = [Email(f"person{number}@mail.example.com", "home")]
    if number % 4 == 0:
        emails.append(Email(f"p{number}@work.example.net", "work"))
    city, region, code = _CITIES[number % len(_CITIES)]
    return Contact(
        given_name=given,
        family_name=family,
        organization=_FIRMS[number % len(_FIRMS)] if number % 3 == 0 else "",
        emails=tuple(emails),
        phones=(Phone(f"+1 416 555 {number % 10_000:04d}", "mobile"),),
        addresses=(Address(f"{number} Main St", "", city, region, code, "Canada", "home"),)
        if number % 5 == 0
        else (),
        notes="Met at the open house on Elm Street." if number % 7 == 0 else "",
    )


def person(number: int) -> dict[str, Any]:
    """The same contact as someone keeps it at Google, without our key."""
    body = new_person(contact(number), "")
    del body["clientData"]
    return body
