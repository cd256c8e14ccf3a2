"""The records that both sides share: contacts and appointments as the CRM knows them.

Every value here is frozen and free of Firestore, Google and HTTP. Text is kept as a person typed it;
canonical forms, which are only for comparing, live in `crmsync.core.pair.canon`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, Literal, TypeVar

ConsentStatus = Literal["express", "implied", "none", "revoked"]
ConsentBasis = Literal["transaction", "inquiry"]
Resource = Literal["contacts", "calendar"]
CalledBy = Literal[
    "name", "organization", "email", "phone", "job_title", "address", "note", "url", "birthday", "nothing"
]
"""What of a contact it is called by in lists (`text.titles`)."""
Response = Literal["needs_action", "accepted", "tentative", "declined"]
"""The user's own answer to an invitation."""
Permission = Literal["contacts", "calendar", "calendar_list"]
"""What Google can be asked for: the parts that are synced, and to see which calendars there are."""


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail address and its label, both as typed. `type` may be any text; empty means no label."""

    value: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number and its label, both as typed."""

    value: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Url:
    """A web address and its label, both as typed."""

    value: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address in parts; any part may be empty."""

    street: str = ""
    extended: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Birthday:
    """A birthday; `year` is None when it is not known, and stays so."""

    month: int
    day: int
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """Consent to commercial e-mail under Canada's anti-spam law, with its evidence. It never leaves the CRM.

    `basis` and `obtained_on` matter for implied consent: the expiry is computed from them
    (`crmsync.core.consent.validity`).
    """

    status: ConsentStatus = "none"
    basis: ConsentBasis | None = None
    obtained_on: date | None = None
    source: str = ""
    note: str = ""
    recorded_by: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact. The fields up to `notes` are synced; contact type, detail and consent stay in the CRM.

    contact_type, detail: out of the lists of the installation (`crmsync.core.sheet.contact_types`).
    """

    given_name: str = ""
    middle_name: str = ""
    family_name: str = ""
    prefix: str = ""
    suffix: str = ""
    nickname: str = ""
    organization: str = ""
    job_title: str = ""
    emails: tuple[Email, ...] = ()
    phones: tuple[Phone, ...] = ()
    addresses: tuple[Address, ...] = ()
    urls: tuple[Url, ...] = ()
    birthday: Birthday | None = None
    notes: str = ""
    contact_type: str = "contact"
    detail: Mapping[str, str] = field(default_factory=dict)
    consent: Consent = Consent()


@dataclass(frozen=True, slots=True)
class AllDay:
    """A calendar date, never converted through a time zone."""

    date: date


@dataclass(frozen=True, slots=True)
class Timed:
    """An instant with the IANA zone it was planned in.

    `at` is timezone-aware; its offset is that of `time_zone` at `at`.
    """

    at: datetime
    time_zone: str


Moment = AllDay | Timed


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder `minutes` before the start (0 to 40,320, Google's limit)."""

    method: Literal["popup", "email"]
    minutes: int


@dataclass(frozen=True, slots=True)
class Attendee:
    """A guest of an appointment. `response` is Google's responseStatus, or None when unknown."""

    email: str
    name: str = ""
    response: str | None = None


@dataclass(frozen=True, slots=True)
class Organizer:
    """Who organises a meeting that somebody else has invited the user to.

    guests_may_edit: whether that person lets guests change it.
    """

    email: str
    name: str = ""
    guests_may_edit: bool = False


@dataclass(frozen=True, slots=True)
class Appointment:
    """An appointment.

    For all-day ones the end is exclusive, as at Google. `reminders` None means the calendar's defaults.

    `organizer` and `response` are of invitations: whose meeting it is, which Google alone says, and what the
    user has answered.

    `contact_ids` and `notify_guests` stay in the CRM. `series_id` and `original_start` make it an exception
    of a series.
    """

    title: str
    start: Moment
    end: Moment
    description: str = ""
    location: str = ""
    recurrence: tuple[str, ...] = ()
    reminders: tuple[Reminder, ...] | None = None
    visibility: Literal["default", "private"] = "default"
    busy: bool = True
    attendees: tuple[Attendee, ...] = ()
    status: Literal["confirmed", "tentative", "cancelled"] = "confirmed"
    organizer: Organizer | None = None
    response: Response | None = None
    contact_ids: tuple[str, ...] = ()
    notify_guests: bool = False
    series_id: str | None = None
    original_start: Moment | None = None


Record = Contact | Appointment
R = TypeVar("R", Contact, Appointment)


@dataclass(frozen=True, slots=True)
class Stored(Generic[R]):
    """A record as the CRM holds it, with what the store knows about it.

    `version` is the store's opaque update version (the etag of the API); times are server times in UTC. An
    archived record keeps its value and is treated by the sync as deleted.
    """

    id: str
    value: R
    version: str
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None
