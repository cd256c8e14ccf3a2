"""Values for each field of the table, made from its type: a field that is added is tried without anybody
writing a value for it.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from dataclasses import fields as parts_of
from datetime import date
from typing import Any, Generic, Literal, Union, get_args, get_origin, get_type_hints

from crmsync.core.encoding import TEXT
from crmsync.core.fields import APPOINTMENT_FIELDS, CONTACT_FIELDS, Field, Kind, get, with_fields
from crmsync.core.model import (
    AllDay,
    Appointment,
    Attendee,
    Birthday,
    Contact,
    Email,
    Phone,
    R,
    Record,
    Reminder,
    Url,
)

_BY_TYPE: Mapping[type, Callable[[int], object]] = {
    Email: lambda n: Email(f"sample{n}@example.com", "work"),
    Phone: lambda n: Phone(f"+1 416 555 010{n}", "mobile"),
    Url: lambda n: Url(f"https://example.com/{n}", "blog"),
    Birthday: lambda n: Birthday(2, 20 + n, 1980),
    Attendee: lambda n: Attendee(f"guest{n}@example.com", f"Guest {n}"),
    Reminder: lambda n: Reminder("popup", 10 * n),
    int: lambda n: n,
}
"""What has a form that text made up would not have."""

_BY_NAME: Mapping[str, tuple[object, ...]] = {
    "when": tuple((AllDay(date(2026, 7, day)), AllDay(date(2026, 7, day + 1))) for day in (7, 8)),
    "recurrence": (("RRULE:FREQ=DAILY;COUNT=3",), ("RRULE:FREQ=WEEKLY;COUNT=4",)),
    # A cancelled appointment is none at Google.
    "status": ("tentative",),
}
"""What is more than its type says."""


@dataclass(frozen=True, slots=True)
class Case(Generic[R]):
    """A field of the table, a record without it and records with a value of it each.

    attributes: under which names the record, the API and the documents have it.
    """

    kind: Kind
    field: Field
    blank: R
    filled: tuple[R, ...]
    attributes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}-{self.field.name}"

    @property
    def records(self) -> list[R]:
        """The records with a value, and at last the one without."""
        made: list[R] = list(self.filled)
        made.append(self.blank)
        return made

    @property
    def values(self) -> list[object]:
        """The values of the field in these records."""
        return [get(record, self.field.name) for record in self.records]

    @property
    def is_chosen(self) -> bool:
        """Whether the values are out of a few, and codes."""
        return self.field.encoding is not TEXT and all(isinstance(value, str | bool) for value in self.values)

    @property
    def row(self) -> str:
        """What a complaint begins with."""
        return f"core/fields.py has `{self.field.name}` for {self.kind}, but"


def _case(kind: Kind, field: Field, record: R) -> Case[R]:
    cleared = record if field.name == "when" else with_fields(record, {field.name: field.blank})
    made = tuple(with_fields(record, {field.name: value}) for value in samples(record, field))
    return Case(kind, field, cleared, made, ("start", "end") if field.name == "when" else (field.name,))


def samples(record: Record, field: Field) -> tuple[Any, ...]:
    """Values of the field that say something: all of a few, or two; two lists share an element."""
    if field.name in _BY_NAME:
        return _BY_NAME[field.name]
    hint = get_type_hints(type(record))[field.name]
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (each for each in get_args(hint) if each is not type(None))
    if hint is bool:
        return (not field.blank,)
    if get_origin(hint) is Literal:
        return tuple(value for value in get_args(hint) if value != field.blank)
    if get_origin(hint) is tuple:
        one, two, three = (_made(get_args(hint)[0], field.name, n) for n in (1, 2, 3))
        return (one, two), (two, three)
    return _made(hint, field.name, 1), _made(hint, field.name, 2)


def _made(hint: type, name: str, n: int) -> object:
    if hint is str:
        return f"{name} Ünï {n}"
    if hint in _BY_TYPE:
        return _BY_TYPE[hint](n)
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return hint(**{part.name: _made(hints[part.name], part.name, n) for part in parts_of(hint)})
    raise TypeError(
        f"tests/field_samples.py has no value of type {hint} for the field `{name}`: add one there"
    )


CONTACTS = tuple(
    _case("contacts", field, Contact(given_name="Ann", organization="Maple")) for field in CONTACT_FIELDS
)
APPOINTMENTS = tuple(
    _case("appointments", field, Appointment("Viewing", AllDay(date(2026, 7, 1)), AllDay(date(2026, 7, 2))))
    for field in APPOINTMENT_FIELDS
    if not field.told
)
"""What Google alone says is of somebody else's meetings: `tests/engine/series/test_invitations.py`."""
CASES: tuple[Case[Contact] | Case[Appointment], ...] = (*CONTACTS, *APPOINTMENTS)
