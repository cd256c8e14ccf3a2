"""What a candidate keeps of its contact beyond what the sheet shows, to tell people apart without Google."""

from dataclasses import asdict

from crmsync.core.json_types import Json, JsonObject
from crmsync.core.model import Address, Birthday, Contact, Email, Phone
from crmsync.core.people.person_name import NAME_LENGTH
from crmsync.core.state import Candidate
from crmsync.core.text.forms import folded
from crmsync.core.text.titles import NO_NAME

ADDRESSES = 5
"""So many postal addresses of a contact are kept."""

_NAMES = ("given_name", "middle_name", "family_name", "suffix", "nickname")
_PARTS = ("street", "extended", "city", "postal_code")


def facts_of(contact: Contact) -> JsonObject:
    """The parts of the name, the birthday and the addresses, as far as there are any."""
    facts: dict[str, Json] = {name: text for name in _NAMES if (text := _short(getattr(contact, name)))}
    if contact.birthday is not None:
        facts["birthday"] = asdict(contact.birthday)
    if addresses := [_address(each) for each in contact.addresses[:ADDRESSES]]:
        facts["addresses"] = [*addresses]
    return facts


def contact_of(candidate: Candidate) -> Contact:
    """The candidate's contact, as far as it is kept: enough to tell who it is.

    One that was stored without facts is known by the name that the sheet shows.
    """
    facts = candidate.facts or {"given_name": _shown(candidate)}
    return Contact(
        given_name=_text(facts, "given_name"),
        middle_name=_text(facts, "middle_name"),
        family_name=_text(facts, "family_name"),
        suffix=_text(facts, "suffix"),
        nickname=_text(facts, "nickname"),
        organization=candidate.organization,
        emails=tuple(map(Email, candidate.emails)),
        phones=tuple(map(Phone, candidate.phones)),
        birthday=_birthday(facts.get("birthday")),
        addresses=_addresses(facts.get("addresses")),
    )


def _short(text: str) -> str:
    return text.strip()[:NAME_LENGTH]


def _text(facts: JsonObject, name: str) -> str:
    value = facts.get(name)
    return value if isinstance(value, str) else ""


def _address(address: Address) -> dict[str, Json]:
    return {part: text for part in _PARTS if (text := _short(getattr(address, part)))}


def _addresses(value: Json) -> tuple[Address, ...]:
    found = value if isinstance(value, list) else []
    return tuple(
        Address(**{part: _text(each, part) for part in _PARTS}) for each in found if isinstance(each, dict)
    )


def _birthday(value: Json) -> Birthday | None:
    if not isinstance(value, dict):
        return None
    year, month, day = (value.get(name) for name in ("year", "month", "day"))
    if not isinstance(month, int) or not isinstance(day, int):
        return None
    return Birthday(month, day, year if isinstance(year, int) else None)


def _shown(candidate: Candidate) -> str:
    """The candidate's name; nothing when the sheet shows an organisation, address or number instead."""
    if candidate.called_by != "name":
        return ""
    shown = folded(candidate.name)
    stand_ins = (NO_NAME, candidate.organization, *candidate.emails, *candidate.phones)
    return "" if any(shown == folded(text) for text in stand_ins) else candidate.name
