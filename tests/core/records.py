"""Records for the tests of the core: builders, correlated random states, and a Google that normalises."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from crmsync.core.fields import with_fields
from crmsync.core.model import (
    Address,
    AllDay,
    Appointment,
    Attendee,
    Birthday,
    Contact,
    Email,
    Phone,
    R,
    Reminder,
    Timed,
    Url,
)
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.plan import Seen
from crmsync.core.state import CANON_VERSION, Base, Candidate, Link
from tests.field_samples import APPOINTMENTS, CONTACTS

ZONES = (
    "America/Toronto",
    "America/St_Johns",
    "America/Los_Angeles",
    "Pacific/Honolulu",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
    "UTC",
)
"""West and east of Greenwich, with and without changes of the clocks, on half and quarter hours."""

CANON = Canon(b"k" * 32, "CA")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

quick = settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
"""Enough examples to find what is wrong, few enough to run all the time."""

T = TypeVar("T")


def seen(record: R) -> Seen[R]:
    return Seen(record, CANON.project(record))


def agreed(record: Any, google: Any = None) -> Base:
    """The base of a pair that agrees; google: how Google shows it when it normalised."""
    return Base(CANON.project(record), CANON.project(record if google is None else google))


def link(base: Base, **changes: Any) -> Link:
    values: dict[str, Any] = {
        "key": "1f",
        "resource": "contacts",
        "crm": "crm-1",
        "name": "people/c31",
        "remote_id": "people/c31",
        "etag": "etag",
        "rtime": NOON,
        "base": base,
        "canon_version": CANON_VERSION,
    }
    return Link(**values | changes)


def candidate(key: str, **changes: Any) -> Candidate:
    values: dict[str, Any] = {
        "key": key,
        "remote_id": f"people/{key}",
        "name": "Ann Martin",
        "sort": "ann martin",
        "emails": (),
        "phones": (),
        "organization": "",
        "labels": (),
        "photo_url": None,
        "round": 1,
    }
    return Candidate(**values | changes)


ANN = Contact(
    given_name="Ann",
    family_name="Martin",
    organization="Maple Homes",
    emails=(Email("ann@example.com", "home"), Email("ann@work.example", "work")),
    phones=(Phone("(416) 555-0199", "mobile"),),
    addresses=(Address("1 Main St", "", "Toronto", "ON", "M5V 1A1", "Canada", "home"),),
    urls=(Url("https://ann.example", ""),),
    birthday=Birthday(5, 4, 1980),
    notes="likes gardens",
)

TALK = Appointment(
    title="Viewing",
    start=Timed(datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=-5))), "America/Toronto"),
    end=Timed(datetime(2026, 3, 2, 10, 0, tzinfo=timezone(timedelta(hours=-5))), "America/Toronto"),
    description="Bring the keys",
    location="1 Main St",
    reminders=(Reminder("popup", 10),),
    attendees=(Attendee("ann@example.com", "Ann"),),
)

_names = st.sampled_from(["", "Ann", " Ann", "Ánn", "A\u0301nn", "Bob", "مريم", "=1+1", "<b>Ann</b>"])
_labels = st.sampled_from(["", "home", "Home", "work", "cottage"])
_emails = st.builds(
    Email,
    st.sampled_from(["a@example.com", "A@Example.com", "b@example.com", "c@example.com", "no address"]),
    _labels,
)
_phones = st.builds(
    Phone,
    st.sampled_from(["416-555-0199", "(416) 555 0199", "+44 20 7946 0958", "call Ann", "416-555-0100 x5"]),
    _labels,
)
_addresses = st.builds(
    Address,
    street=st.sampled_from(["1 Main St", "2 Main St"]),
    city=st.sampled_from(["Toronto", "toronto", "Montréal"]),
    type=_labels,
)
_urls = st.builds(Url, st.sampled_from(["https://a.example", "http://A.example/", "b.example/x"]), _labels)
_birthdays = st.none() | st.builds(
    Birthday, st.integers(1, 12), st.integers(1, 28), st.none() | st.integers(1920, 2020)
)


def _few(items: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(items, max_size=3).map(tuple)


CONTACT_VALUES: dict[str, st.SearchStrategy[Any]] = {
    **{case.field.name: st.sampled_from(case.values) for case in CONTACTS},
    "given_name": _names,
    "family_name": _names,
    "organization": _names,
    "emails": _few(_emails),
    "phones": _few(_phones),
    "addresses": _few(_addresses),
    "urls": _few(_urls),
    "birthday": _birthdays,
    "notes": st.sampled_from(["", "x", "x\r\ny", "x\ny", "y " * 20]),
}

contacts = st.builds(Contact, **CONTACT_VALUES)

_days = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def _timed(hour: int, offset: int) -> Timed:
    at = datetime(2026, 3, 2, hour, 0, tzinfo=UTC).astimezone(timezone(timedelta(hours=offset)))
    return Timed(at, "America/Toronto" if offset else "UTC")


_spans = st.one_of(
    _days.map(lambda day: (AllDay(day), AllDay(day + timedelta(days=1)))),
    st.tuples(st.integers(0, 20), st.sampled_from([0, -5])).map(
        lambda span: (_timed(*span), _timed(span[0] + 1, span[1]))
    ),
)

APPOINTMENT_VALUES: dict[str, st.SearchStrategy[Any]] = {
    **{case.field.name: st.sampled_from(case.values) for case in APPOINTMENTS},
    "title": _names,
    "description": st.sampled_from(["", "a\nb", "<p>a</p><p>b</p>", "a &amp; b", "a & b"]),
    "when": _spans,
    "recurrence": st.sampled_from(
        [(), ("RRULE:FREQ=WEEKLY;COUNT=3",), ("RRULE:COUNT=3;FREQ=WEEKLY",), ("RRULE:FREQ=DAILY",)]
    ),
    "reminders": st.none() | _few(st.builds(Reminder, st.sampled_from(["popup", "email"]), st.just(10))),
    "visibility": st.sampled_from(["default", "private"]),
    "busy": st.booleans(),
    "status": st.sampled_from(["confirmed", "tentative"]),
    "attendees": _few(
        st.builds(
            Attendee,
            st.sampled_from(["a@example.com", "A@example.com", "b@example.com"]),
            st.sampled_from(["", "Ann"]),
            st.sampled_from([None, "needsAction", "accepted"]),
        )
    ),
}

appointments = st.fixed_dictionaries(APPOINTMENT_VALUES).map(lambda values: with_fields(TALK, values))


@st.composite
def edited(draw: st.DrawFn, record: R) -> R:
    """The record after a person edited a few of its fields."""
    values = CONTACT_VALUES if isinstance(record, Contact) else APPOINTMENT_VALUES
    names = draw(st.lists(st.sampled_from(sorted(values)), max_size=3, unique=True))
    return with_fields(record, {name: draw(values[name]) for name in names})


@st.composite
def diverged(draw: st.DrawFn, records: st.SearchStrategy[R]) -> tuple[R, R, R]:
    """A record and what two people made of it, independently: (base, local, remote)."""
    base = draw(records)
    return base, draw(edited(base)), draw(edited(base))


def as_google_keeps_it(contact: Contact) -> Contact:
    """A Google that rewrites what it is given: case, countries, labels, and it drops all but one link."""
    return replace(
        contact,
        given_name=contact.given_name.strip().title(),
        emails=tuple(Email(e.value.lower(), e.type or "other") for e in contact.emails),
        addresses=tuple(replace(a, country=a.country or "Canada") for a in contact.addresses),
        urls=contact.urls[:1],
    )
