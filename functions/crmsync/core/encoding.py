"""Parts of a record as plain JSON-like data, and back: for journal, conflicts, the API and the store.

Dates and times are ISO 8601 text. What is read is checked: data that does not have the right shape raises
`BadRecord`, which names the field, because a host CRM may write its records without asking us.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Literal, TypeVar

from crmsync.core.json_types import Json
from crmsync.core.model import (
    Address,
    AllDay,
    Attendee,
    Birthday,
    Consent,
    ConsentBasis,
    ConsentStatus,
    Email,
    Moment,
    Organizer,
    Phone,
    Reminder,
    Response,
    Timed,
    Url,
)

T = TypeVar("T")
Word = TypeVar("Word", bound=str)


class BadRecord(ValueError):
    """Data that is not a record.

    `field` names the part, the message says what was expected, never what it holds.
    """

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}")
        self.field = field


@dataclass(frozen=True, slots=True)
class Encoding(Generic[T]):
    """How one kind of value becomes data and is read back; `read` gets the field's name for its complaint."""

    write: Callable[[T], Json]
    read: Callable[[str, object], T]


AnyEncoding = Encoding[Any]
"""One of a table's encodings. Which kind of value is its own is known by the name of its row, not by type."""


def _same(value: T) -> T:
    return value


def _text(name: str, data: object) -> str:
    if not isinstance(data, str):
        raise BadRecord(name, "text")
    return data


def _flag(name: str, data: object) -> bool:
    if not isinstance(data, bool):
        raise BadRecord(name, "true or false")
    return data


def _number(name: str, data: object) -> int:
    # Firestore hands integers written by JavaScript clients back as floats.
    if isinstance(data, bool) or not isinstance(data, int | float) or data != int(data):
        raise BadRecord(name, "a whole number")
    return int(data)


def _map(name: str, data: object) -> Mapping[str, object]:
    if not isinstance(data, Mapping):
        raise BadRecord(name, "an object")
    return data


def _items(name: str, data: object) -> Sequence[object]:
    if isinstance(data, str | bytes) or not isinstance(data, Sequence):
        raise BadRecord(name, "a list")
    return data


def _day(name: str, data: object) -> date:
    try:
        return date.fromisoformat(_text(name, data))
    except ValueError:
        raise BadRecord(name, "a date, YYYY-MM-DD") from None


def one_of(*allowed: Word) -> Encoding[Word]:
    """Text out of a fixed set."""
    known: Mapping[str, Word] = {word: word for word in allowed}

    def read(name: str, data: object) -> Word:
        if not isinstance(data, str) or data not in known:
            raise BadRecord(name, "one of " + ", ".join(allowed))
        return known[data]

    return Encoding(_same, read)


def optional(inner: Encoding[T]) -> Encoding[T | None]:
    """The same, or None."""
    return Encoding(
        lambda value: None if value is None else inner.write(value),
        lambda name, data: None if data is None else inner.read(name, data),
    )


def list_of(inner: Encoding[T]) -> Encoding[tuple[T, ...]]:
    """A list, held as a tuple."""
    return Encoding(
        lambda values: [inner.write(value) for value in values],
        lambda name, data: tuple(inner.read(name, item) for item in _items(name, data)),
    )


def _parts(make: Callable[..., T], parts: Sequence[str], required: Sequence[str] = ()) -> Encoding[T]:
    """A dataclass of texts. All `parts` are written; only the `required` ones must be there to be read."""

    def write(value: T) -> dict[str, str]:
        return {part: getattr(value, part) for part in parts}

    def read(name: str, data: object) -> T:
        given = _map(name, data)
        for part in required:
            _text(f"{name}.{part}", given.get(part))
        return make(
            **{p: _text(f"{name}.{p}", given[p]) for p in parts if given.get(p) is not None},
        )

    return Encoding(write, read)


def _write_birthday(value: Birthday) -> dict[str, int]:
    data = {"month": value.month, "day": value.day}
    return data if value.year is None else {"year": value.year, **data}


def _read_birthday(name: str, data: object) -> Birthday:
    given = _map(name, data)
    year = given.get("year")
    birthday = Birthday(
        month=_number(name, given.get("month")),
        day=_number(name, given.get("day")),
        year=None if year is None else _number(name, year),
    )
    try:
        # 2000 is a leap year: a 29 February without a year is a date.
        date(birthday.year or 2000, birthday.month, birthday.day)
    except ValueError:
        raise BadRecord(name, "a date of the calendar") from None
    return birthday


def _write_moment(value: Moment) -> dict[str, str]:
    if isinstance(value, AllDay):
        return {"date": value.date.isoformat()}
    return {"date_time": value.at.isoformat(), "time_zone": value.time_zone}


def _read_moment(name: str, data: object) -> Moment:
    given = _map(name, data)
    if given.get("date") is not None:
        return AllDay(_day(name, given["date"]))
    try:
        at = datetime.fromisoformat(_text(name, given.get("date_time")))
    except ValueError:
        raise BadRecord(name, "a date, or a date and time with its offset") from None
    if at.tzinfo is None:
        raise BadRecord(name, "a date and time with its offset")
    return Timed(at, _text(name, given.get("time_zone")))


def consent_as_json(value: Consent) -> dict[str, str]:
    """What is said of a consent, with its evidence; `CONSENT` reads it back."""
    data: dict[str, str] = {"status": value.status}
    if value.basis is not None:
        data["basis"] = value.basis
    if value.obtained_on is not None:
        data["obtained_on"] = value.obtained_on.isoformat()
    data.update({p: text for p in ("source", "note", "recorded_by") if (text := getattr(value, p))})
    return data


def _read_consent(name: str, data: object) -> Consent:
    given = {part: value for part, value in _map(name, data).items() if value is not None}
    obtained = given.get("obtained_on")
    return Consent(
        status=CONSENT_STATUS.read(f"{name}.status", given.get("status", "none")),
        basis=optional(CONSENT_BASIS).read(f"{name}.basis", given.get("basis")),
        obtained_on=None if obtained is None else _day(f"{name}.obtained_on", obtained),
        **{p: _text(f"{name}.{p}", given.get(p, "")) for p in ("source", "note", "recorded_by")},
    )


def _read_detail(name: str, data: object) -> Mapping[str, str]:
    return {_text(name, key): _text(name, value) for key, value in _map(name, data).items()}


def _read_reminder(name: str, data: object) -> Reminder:
    given = _map(name, data)
    return Reminder(
        method=REMINDER_METHOD.read(name, given.get("method")), minutes=_number(name, given.get("minutes"))
    )


def _write_attendee(value: Attendee) -> dict[str, str]:
    data = {"email": value.email}
    if value.name:
        data["name"] = value.name
    if value.response is not None:
        data["response"] = value.response
    return data


def _read_attendee(name: str, data: object) -> Attendee:
    given = _map(name, data)
    response = given.get("response")
    return Attendee(
        email=_text(name, given.get("email")),
        name=_text(name, given.get("name") or ""),
        response=None if response is None else _text(name, response),
    )


def _write_organizer(value: Organizer) -> dict[str, Json]:
    return {"email": value.email, "name": value.name, "guests_may_edit": value.guests_may_edit}


def _read_organizer(name: str, data: object) -> Organizer:
    given = _map(name, data)
    return Organizer(
        email=_text(name, given.get("email")),
        name=_text(name, given.get("name") or ""),
        guests_may_edit=_flag(name, given.get("guests_may_edit", False)),
    )


RESPONSE: Encoding[Response] = one_of("needs_action", "accepted", "tentative", "declined")
CONSENT_STATUS: Encoding[ConsentStatus] = one_of("express", "implied", "none", "revoked")
CONSENT_BASIS: Encoding[ConsentBasis] = one_of("transaction", "inquiry")
REMINDER_METHOD: Encoding[Literal["popup", "email"]] = one_of("popup", "email")

TEXT = Encoding(_same, _text)
FLAG = Encoding(_same, _flag)
TEXTS = list_of(TEXT)
EMAILS = list_of(_parts(Email, ("value", "type"), ("value",)))
PHONES = list_of(_parts(Phone, ("value", "type"), ("value",)))
URLS = list_of(_parts(Url, ("value", "type"), ("value",)))
ADDRESSES = list_of(
    _parts(Address, ("street", "extended", "city", "region", "postal_code", "country", "type"))
)
BIRTHDAY = optional(Encoding(_write_birthday, _read_birthday))
MOMENT = Encoding(_write_moment, _read_moment)
CONSENT = Encoding(consent_as_json, _read_consent)
DETAIL = Encoding(dict, _read_detail)
REMINDERS = optional(list_of(Encoding(lambda r: {"method": r.method, "minutes": r.minutes}, _read_reminder)))
ORGANIZER = Encoding(_write_organizer, _read_organizer)
ATTENDEES = list_of(Encoding(_write_attendee, _read_attendee))
