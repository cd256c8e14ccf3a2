"""The canonical projection: what of a record counts when two of them are compared.

Text is compared as `crmsync.core.text.forms` says, telephone numbers as E.164, labels without regard to case,
lists without regard to order, dates as dates, times as instants (with their zone where the appointment
recurs), defaults as if they were absent. The digests of all that are what links remember. Changing anything
here that changes a digest needs a new `CANON_VERSION`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC

from crmsync.core.calendar.occurrences import blank_but_status, is_cancelled_occurrence
from crmsync.core.calendar.rules import canonical
from crmsync.core.fields import Field, Item, field_of, fields_of, get, items_of
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
    Record,
    Reminder,
    Url,
)
from crmsync.core.state import FieldDigest, Projection
from crmsync.core.text.digest import digester, encode, join
from crmsync.core.text.forms import email, folded, from_html, plain, url
from crmsync.core.text.phones import phone

Element = tuple[str, str]
"""A list element's canonical identity and content."""


def _label(text: str) -> str:
    return text if text.islower() and text.isascii() and " " not in text else folded(text)


def _birthday(value: Birthday | None) -> str:
    if value is None:
        return ""
    year = "-" if value.year is None else f"{value.year:04d}"
    return f"{year}-{value.month:02d}-{value.day:02d}"


def _moment(value: Moment, recurring: bool) -> str:
    if isinstance(value, AllDay):
        return value.date.isoformat()
    at = value.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # A single appointment is an instant wherever it was planned; a series also follows its zone's clock.
    return f"{at}[{value.time_zone}]" if recurring else at


def _when(record: Appointment) -> str:
    recurring = bool(record.recurrence)
    return f"{_moment(record.start, recurring)}/{_moment(record.end, recurring)}"


def _reminders(value: tuple[Reminder, ...] | None) -> str:
    if value is None:
        return ""
    return ",".join(sorted({f"{r.method}:{r.minutes}" for r in value})) or "none"


def _organizer(value: Organizer | None) -> str:
    if value is None:
        return ""
    return f"{email(value.email)}\n{plain(value.name)}\n{'edit' if value.guests_may_edit else ''}"


def _recurrence(record: Appointment) -> str:
    return canonical(record.recurrence, record.start) if record.recurrence else ""


_OF_CONTACTS: Mapping[str, Callable[[Contact], str]] = {"birthday": lambda it: _birthday(it.birthday)}
_OF_APPOINTMENTS: Mapping[str, Callable[[Appointment], str]] = {
    "description": lambda it: from_html(it.description),
    "when": _when,
    "recurrence": _recurrence,
    "reminders": lambda it: _reminders(it.reminders),
    "visibility": lambda it: "" if it.visibility == "default" else it.visibility,
    "busy": lambda it: "" if it.busy else "free",
    "organizer": lambda it: _organizer(it.organizer),
    "response": lambda it: it.response or "",
    "status": lambda it: "" if it.status == "confirmed" else it.status,
}
"""The scalars whose canonical form is not just their text."""


def _scalar(record: Record, name: str) -> str:
    if isinstance(record, Contact):
        if (of_contact := _OF_CONTACTS.get(name)) is not None:
            return of_contact(record)
    elif (of_appointment := _OF_APPOINTMENTS.get(name)) is not None:
        return of_appointment(record)
    text: str = getattr(record, name)
    return plain(text)


def _place(item: Address) -> str:
    return "\n".join([folded(part) for part in _parts(item)])


def _address(item: Address) -> Element:
    return _place(item), "\x00".join([plain(part) for part in _parts(item)]) + "\n" + _label(item.type)


def _parts(item: Address) -> tuple[str, ...]:
    return (item.street, item.extended, item.city, item.region, item.postal_code, item.country)


def _attendee(item: Attendee) -> Element:
    identity = email(item.email)
    response = "" if item.response in (None, "needsAction") else item.response
    return identity, f"{identity}\n{plain(item.name)}\n{response}"


class Canon:
    """Projects records onto canonical forms and their digests.

    key: the installation's digest key (at most 64 bytes). region: ISO 3166 country for telephone numbers
    without a country code. Holds no state that changes; may be shared between threads.
    """

    def __init__(self, key: bytes, region: str) -> None:
        self.region = region
        self._digest = digester(key)

    def project(self, record: Record) -> Projection:
        """The digests of every synced field; of a cancelled occurrence nothing else than that counts."""
        projection = {field.name: self._field_digest(field, record) for field in fields_of(record)}
        return blank_but_status(projection) if is_cancelled_occurrence(record) else projection

    def field_canon(self, record: Record, field: str) -> str | tuple[Element, ...]:
        """A field in canonical form: text ("" when blank) or, for a list, its distinct elements in a fixed
        order.
        """
        if field_of(record, field).kind == "list":
            return tuple(sorted({self.element_canon(item) for item in items_of(record, field)}))
        return _scalar(record, field)

    def element_identity(self, item: Item) -> str:
        """What makes a list element the same one on both sides, as canonical text."""
        if isinstance(item, Email):
            return email(item.value)
        if isinstance(item, Phone):
            return phone(item.value, self.region)[0]
        if isinstance(item, Address):
            return _place(item)
        return url(item.value)[0] if isinstance(item, Url) else email(item.email)

    def element_canon(self, item: Item) -> Element:
        """A list element's canonical identity and content."""
        if isinstance(item, Email):
            identity = content = email(item.value)
        elif isinstance(item, Phone):
            identity, content = phone(item.value, self.region)
        elif isinstance(item, Url):
            identity, content = url(item.value)
        else:
            return _address(item) if isinstance(item, Address) else _attendee(item)
        return identity, f"{content}\n{_label(item.type)}"

    def element_digest(self, field: str, item: Item) -> str:
        """A list element's digest: identity and content, 16 hexadecimal digits each."""
        return self._pair_digest(field, self.element_canon(item))

    def identity_digest(self, field: str, item: Item) -> str:
        """The first half of `element_digest`: what groups a list's elements."""
        return self._digest(encode(f"{field}#{self.element_identity(item)}"))

    def digest(self, *parts: str) -> str:
        """A keyed digest of some texts, 16 hexadecimal digits; other texts or another split give another."""
        return self._digest(join(parts))

    def content(self, *values: object) -> str:
        """A digest of plain values (texts, numbers, None, lists and tuples of them), to see whether any
        changed.
        """
        return self._digest(encode(repr(values)))

    def _field_digest(self, field: Field, record: Record) -> FieldDigest:
        name = field.name
        if field.kind == "list":
            items, canon = items_of(record, name), self.element_canon
            return tuple(sorted({self._pair_digest(name, canon(item)) for item in items})) if items else ()
        text = "" if get(record, name) == field.blank else _scalar(record, name)
        return self._digest(encode(f"{name}={text}")) if text else ""

    def _pair_digest(self, field: str, pair: Element) -> str:
        identity, content = pair
        return self._digest(encode(f"{field}#{identity}")) + self._digest(encode(f"{field}={content}"))
