"""The fields of a record: the one table to extend when a field is added.

A *field* is what is compared, merged and journalled as one: usually an attribute, but start and end of an
appointment are one field, `when`, because moving an appointment changes both. Attributes that are in no field
table stay in the CRM and are never compared.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import fields as parts_of
from operator import attrgetter
from typing import Any, Literal, overload

from crmsync.core import encoding as enc
from crmsync.core.encoding import AnyEncoding, BadRecord, Encoding
from crmsync.core.json_types import Json
from crmsync.core.model import (
    Address,
    AllDay,
    Appointment,
    Attendee,
    Birthday,
    Contact,
    Email,
    Moment,
    Organizer,
    Phone,
    R,
    Record,
    Reminder,
    Url,
)

Kind = Literal["contacts", "appointments"]

Item = Email | Phone | Url | Address | Attendee
"""An element of a list field."""

Value = (
    None
    | bool
    | str
    | Birthday
    | Organizer
    | tuple[Moment, Moment]
    | tuple[str, ...]
    | tuple[Reminder, ...]
    | tuple[Item, ...]
)
"""What a field may hold: which of these, its row of the field table says."""


@dataclass(frozen=True, slots=True)
class Field:
    """One synced field.

    kind: a scalar is merged as a whole, a list element by element. blank: the value that says nothing.
    identity: part of who a contact is; all of these cleared at once is suspicious. unit: fields of one unit
    are merged as one, because one's digest depends on the other: a series follows the clock of its start's
    zone. reported: the attribute of a list's elements that others tell Google: a guest's answer. told: Google
    may take nothing of what the CRM says, and what it shows then is so: who organises a meeting.
    """

    name: str
    kind: Literal["scalar", "list"]
    blank: Value
    encoding: AnyEncoding
    identity: bool = False
    unit: str = ""
    reported: str = ""
    told: bool = False


def _read_when(name: str, data: object) -> tuple[Moment, Moment]:
    if not isinstance(data, Mapping):
        raise BadRecord(name, "an object with start and end")
    start, end = enc.MOMENT.read("start", data.get("start")), enc.MOMENT.read("end", data.get("end"))
    if isinstance(start, AllDay) != isinstance(end, AllDay):
        raise BadRecord("end", "a date with a date, a time with a time")
    return start, end


def _write_when(when: tuple[Moment, Moment]) -> dict[str, Json]:
    return {"start": enc.MOMENT.write(when[0]), "end": enc.MOMENT.write(when[1])}


_WHEN = Encoding(_write_when, _read_when)


def _text(name: str, *, identity: bool = False) -> Field:
    return Field(name, "scalar", "", enc.TEXT, identity)


CONTACT_FIELDS: tuple[Field, ...] = (
    _text("given_name", identity=True),
    _text("middle_name", identity=True),
    _text("family_name", identity=True),
    _text("prefix"),
    _text("suffix"),
    _text("nickname", identity=True),
    _text("organization", identity=True),
    _text("job_title"),
    Field("emails", "list", (), enc.EMAILS, identity=True),
    Field("phones", "list", (), enc.PHONES, identity=True),
    Field("addresses", "list", (), enc.ADDRESSES),
    Field("urls", "list", (), enc.URLS),
    Field("birthday", "scalar", None, enc.BIRTHDAY),
    _text("notes"),
)

APPOINTMENT_FIELDS: tuple[Field, ...] = (
    _text("title"),
    _text("description"),
    _text("location"),
    Field("when", "scalar", None, _WHEN, unit="when"),
    Field("recurrence", "scalar", (), enc.TEXTS, unit="when"),
    Field("reminders", "scalar", None, enc.REMINDERS),
    Field("visibility", "scalar", "default", enc.one_of("default", "private")),
    Field("busy", "scalar", True, enc.FLAG),
    Field("status", "scalar", "confirmed", enc.one_of("confirmed", "tentative", "cancelled")),
    Field("attendees", "list", (), enc.ATTENDEES, reported="response"),
    Field("organizer", "scalar", None, enc.optional(enc.ORGANIZER), told=True),
    Field("response", "scalar", None, enc.optional(enc.RESPONSE), told=True),
)

_CONTACT_OWN: Mapping[str, AnyEncoding] = {
    "contact_type": enc.TEXT,
    "detail": enc.DETAIL,
    "consent": enc.CONSENT,
}
_APPOINTMENT_OWN: Mapping[str, AnyEncoding] = {
    "start": enc.MOMENT,
    "end": enc.MOMENT,
    "contact_ids": enc.TEXTS,
    "notify_guests": enc.FLAG,
    "series_id": enc.optional(enc.TEXT),
    "original_start": enc.optional(enc.MOMENT),
}

_CONTACT_BY_NAME = {field.name: field for field in CONTACT_FIELDS}
_APPOINTMENT_BY_NAME = {field.name: field for field in APPOINTMENT_FIELDS}
_CONTACT_ATTRIBUTES = {f.name: f.encoding for f in CONTACT_FIELDS} | dict(_CONTACT_OWN)
_APPOINTMENT_ATTRIBUTES = {f.name: f.encoding for f in APPOINTMENT_FIELDS if f.name != "when"} | dict(
    _APPOINTMENT_OWN
)


def _units(table: tuple[Field, ...]) -> dict[str, tuple[Field, ...]]:
    units: dict[str, tuple[Field, ...]] = {}
    for field in table:
        unit = field.unit or field.name
        units[unit] = (*units.get(unit, ()), field)
    return {field.name: unit for unit in units.values() for field in unit}


_CONTACT_UNITS, _APPOINTMENT_UNITS = _units(CONTACT_FIELDS), _units(APPOINTMENT_FIELDS)


# `dataclasses.replace` in a third of its time: a merge makes a record for each that changed.
_CONTACT_PLACES = {part.name: place for place, part in enumerate(parts_of(Contact))}
_CONTACT_VALUES = attrgetter(*_CONTACT_PLACES)
_APPOINTMENT_PLACES = {part.name: place for place, part in enumerate(parts_of(Appointment))}
_APPOINTMENT_VALUES = attrgetter(*_APPOINTMENT_PLACES)


def fields_of(record: Record) -> tuple[Field, ...]:
    """The field table of a record's kind."""
    return CONTACT_FIELDS if isinstance(record, Contact) else APPOINTMENT_FIELDS


def unit_of(record: Record, name: str) -> tuple[Field, ...]:
    """The fields that are merged as one with the named one, itself included."""
    return (_CONTACT_UNITS if isinstance(record, Contact) else _APPOINTMENT_UNITS)[name]


def field_of(record: Record, name: str) -> Field:
    """One row of the record's field table; KeyError when it has no such field."""
    return (_CONTACT_BY_NAME if isinstance(record, Contact) else _APPOINTMENT_BY_NAME)[name]


def names(record: Record) -> tuple[str, ...]:
    """The names of the record's synced fields."""
    return tuple(field.name for field in fields_of(record))


def get(record: Record, field: str) -> Value:
    """The value of a field."""
    if field == "when" and isinstance(record, Appointment):
        return record.start, record.end
    value: Value = getattr(record, field)
    return value


def items_of(record: Record, field: str) -> tuple[Item, ...]:
    """The elements of a list field."""
    items: tuple[Item, ...] = getattr(record, field)
    return items


def with_part(item: Item, part: str, value: Any) -> Item:
    """An element with one of its parts, given by name, replaced."""
    return replace(item, **{part: value})


def is_blank(field: Field, value: Value) -> bool:
    """Whether a value of the field says nothing."""
    return value == field.blank


def with_fields(record: R, values: Mapping[str, Value]) -> R:
    """The record with these fields replaced; the others, and all that stays in the CRM, are kept."""
    if not values:
        return record
    if isinstance(record, Contact):
        places, parts = _CONTACT_PLACES, list(_CONTACT_VALUES(record))
    else:
        places, parts = _APPOINTMENT_PLACES, list(_APPOINTMENT_VALUES(record))
    for name, value in values.items():
        if name == "when" and isinstance(value, tuple):
            parts[places["start"]], parts[places["end"]] = value
        else:
            parts[places[name]] = value
    return type(record)(*parts)


def as_json(record: Record, fields: Iterable[str] | None = None) -> dict[str, Json]:
    """Fields of a record (all synced ones unless told) as data for journal, conflicts and the API."""
    chosen = names(record) if fields is None else fields
    return {name: field_of(record, name).encoding.write(get(record, name)) for name in chosen}


def value_as_json(record: Record, field: str, value: Value | Sequence[Item]) -> Json:
    """One value of a field of that record's kind as JSON-like data."""
    return field_of(record, field).encoding.write(value)


def items_from_json(record: Record, field: str, data: object) -> tuple[Item, ...]:
    """The elements of a list field out of what `value_as_json` wrote. Raises BadRecord for a wrong shape."""
    items: tuple[Item, ...] = field_of(record, field).encoding.read(field, data)
    return items


def from_json(kind: Kind, data: Mapping[str, object]) -> dict[str, Value]:
    """What `as_json` wrote, as values for `with_fields`.

    Raises BadRecord for an unknown field or a wrong shape.
    """
    table = _CONTACT_BY_NAME if kind == "contacts" else _APPOINTMENT_BY_NAME
    for name in data:
        if name not in table:
            raise BadRecord(name, "a known field")
    return {name: table[name].encoding.read(name, value) for name, value in data.items()}


def record_to_data(record: Record) -> dict[str, Json]:
    """A whole record as JSON-like data, attribute by attribute, what stays in the CRM included."""
    attributes = _CONTACT_ATTRIBUTES if isinstance(record, Contact) else _APPOINTMENT_ATTRIBUTES
    return {name: encoding.write(getattr(record, name)) for name, encoding in attributes.items()}


@overload
def record_from_data(kind: Literal["contacts"], data: Mapping[str, object]) -> Contact: ...
@overload
def record_from_data(kind: Literal["appointments"], data: Mapping[str, object]) -> Appointment: ...
@overload
def record_from_data(kind: Kind, data: Mapping[str, object]) -> Record: ...
def record_from_data(kind: Kind, data: Mapping[str, object]) -> Record:
    """A record from data; unknown keys are passed over, missing or null ones take their defaults.

    Raises BadRecord for a value of the wrong shape and for an appointment without start or end.
    """
    attributes = _CONTACT_ATTRIBUTES if kind == "contacts" else _APPOINTMENT_ATTRIBUTES
    values = {
        name: encoding.read(name, data[name])
        for name, encoding in attributes.items()
        if data.get(name) is not None
    }
    if kind == "contacts":
        return Contact(**values)
    for needed in ("start", "end"):
        if needed not in values:
            raise BadRecord(needed, "a date, or a date and time with its offset")
    if isinstance(values["start"], AllDay) != isinstance(values["end"], AllDay):
        raise BadRecord("end", "a date with a date, a time with a time")
    return Appointment(**{"title": "", **values})
