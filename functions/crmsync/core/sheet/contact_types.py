"""The types of CRM contacts and the details that each has: the product's own lists, or a vendor's.

A vendor replaces the lists by a setting. A contact that has a type or value which the lists no longer know
keeps it and stays readable; only what is newly chosen is held against the lists.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from crmsync.core.json_types import Json
from crmsync.core.validate import Invalid

LANGUAGES = ("en", "fr")
DEFAULT_TYPE = "contact"
"""The type of a contact of which nothing else is said; every list of types has it."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_MOST = 60
_LONGEST_LABEL = 120

Label = Mapping[str, str]
"""Language -> what the user reads."""


@dataclass(frozen=True)
class Value:
    """One value that a detail takes."""

    id: str
    label: Label


@dataclass(frozen=True)
class Detail:
    """One detail of a contact type, such as the temperature of a lead. Every detail may be left out."""

    name: str
    label: Label
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Type:
    """One contact type."""

    id: str
    label: Label
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True)
class ContactTypes:
    """The lists that an installation works with, in the order in which they are shown."""

    types: tuple[Type, ...]

    @cached_property
    def known(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Contact type -> its details -> their values."""
        return {
            each.id: {detail.name: tuple(value.id for value in detail.values) for detail in each.details}
            for each in self.types
        }

    def validate(self, contact_type: str, detail: Mapping[str, str]) -> None:
        """Checks that a contact type exists, has these details, and that they have these values.

        Raises Invalid.
        """
        known = self.known.get(contact_type)
        if known is None:
            raise Invalid("contact_type", "A contact is one of: " + _some(self.known) + ".")
        for name, value in detail.items():
            if name not in known:
                has = _some(known) or "no details"
                raise Invalid(f"detail.{name}"[:100], f"A {contact_type} has only: {has}.")
            if value not in known[name]:
                raise Invalid(f"detail.{name}", f"Choose one of: {_some(known[name])}.")


def _some(names: Iterable[str]) -> str:
    """Names for a message, of which a vendor may have many."""
    text = ", ".join(names)
    return text if len(text) <= 140 else text[:140].rpartition(",")[0] + " …"


def read_types(data: object) -> ContactTypes:
    """The lists out of JSON-like data, in the form that `GET /api/contact-types` answers under "types".

    Raises ValueError with what is wrong, which names places and never shows what stands there.
    """
    types = tuple(_type(each, f"types[{n}]") for n, each in enumerate(_list(data, "types")))
    _distinct((each.id for each in types), "types")
    if DEFAULT_TYPE not in (each.id for each in types):
        raise ValueError(f'one type must have the id "{DEFAULT_TYPE}": contacts are of it unless told')
    return ContactTypes(types)


def _type(data: object, place: str) -> Type:
    given = _object(data, place, {"id", "label", "details"})
    details = tuple(
        _detail(each, f"{place}.details[{n}]")
        for n, each in enumerate(_list(given.get("details", []), f"{place}.details", empty=True))
    )
    _distinct((each.name for each in details), f"{place}.details")
    return Type(_id(given.get("id"), f"{place}.id"), _label(given.get("label"), place), details)


def _detail(data: object, place: str) -> Detail:
    given = _object(data, place, {"name", "label", "values"})
    values = []
    for n, each in enumerate(_list(given.get("values"), f"{place}.values")):
        value = _object(each, f"{place}.values[{n}]", {"id", "label"})
        at = f"{place}.values[{n}]"
        values.append(Value(_id(value.get("id"), f"{at}.id"), _label(value.get("label"), at)))
    _distinct((value.id for value in values), f"{place}.values")
    return Detail(_id(given.get("name"), f"{place}.name"), _label(given.get("label"), place), tuple(values))


def _object(data: object, place: str, known: set[str]) -> Mapping[str, object]:
    if not isinstance(data, Mapping):
        raise ValueError(f"{place} must be an object")
    if data.keys() - known:
        raise ValueError(f"{place} has only: {', '.join(sorted(known))}")
    return data


def _list(data: object, place: str, *, empty: bool = False) -> list[object]:
    if not isinstance(data, list) or not (empty or data) or len(data) > _MOST:
        raise ValueError(f"{place} must be a list of {0 if empty else 1} to {_MOST}")
    return data


def _id(data: object, place: str) -> str:
    if not isinstance(data, str) or not _ID.fullmatch(data):
        raise ValueError(f"{place} must be 1 to 60 letters, digits, - or _")
    return data


def _label(data: object, place: str) -> Label:
    given = _object(data, f"{place}.label", set(LANGUAGES))
    label: dict[str, str] = {}
    for language in LANGUAGES:
        text = given.get(language)
        if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST_LABEL:
            raise ValueError(f"{place}.label.{language} must be 1 to {_LONGEST_LABEL} characters")
        label[language] = text
    return label


def _distinct(names: Iterable[str], place: str) -> None:
    listed = list(names)
    if len(set(listed)) < len(listed):
        raise ValueError(f"{place} has an id twice")


def as_json(types: ContactTypes) -> list[dict[str, Json]]:
    """The lists as JSON-like data; `read_types` reads them back."""
    return [
        {
            "id": each.id,
            "label": dict(each.label),
            "details": [
                {
                    "name": detail.name,
                    "label": dict(detail.label),
                    "values": [{"id": value.id, "label": dict(value.label)} for value in detail.values],
                }
                for detail in each.details
            ],
        }
        for each in types.types
    ]
