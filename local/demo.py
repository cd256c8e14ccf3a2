"""The demo CRM: two real-estate agents with contacts and appointments, made by code, the same at every start.

Twenty-five of each agent's contacts are also in the simulated Google accounts (`local.demo_people`), so that
the first sync has something to link. All people are invented; addresses and numbers are those of examples.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from crmsync.core.model import (
    Address,
    AllDay,
    Appointment,
    Birthday,
    Consent,
    Contact,
    Email,
    Phone,
    Reminder,
    Timed,
)
from crmsync.core.scope import Scope
from crmsync.store.ports import CreateRecord, Store
from local.demo_people import NICKNAMED, overlap
from local.identity import DemoUser

USERS = (
    DemoUser("ann", "Ann Martin", "ann@agency.example.com"),
    DemoUser("bob", "Bob Tremblay", "bob@agency.example.com"),
)

T = TypeVar("T")

ZONE = "America/Toronto"

_OWN_CONTACTS = {"ann": 30, "bob": 12}
"""How many contacts each has that Google does not know."""

_GIVEN = (
    "Aïcha", "Bao", "Chloé", "Dmitri", "Esther", "Farid", "Grace", "Hiroko", "Ingrid", "João", "Kavya",
    "Liam", "Maëlle", "Noor", "Omar", "Pétra", "Quinn", "Rosa", "Søren", "Thérèse",
)  # fmt: skip
_FAMILY = (
    "Abebe", "Bélanger", "Campbell", "Deschênes", "El-Amin", "Fraser", "Gagnon", "Hassan", "Ito", "Jönsson",
    "Kowalczyk", "Lévesque", "MacKay", "Nguyễn", "O'Rourke", "Papadakis", "Quiñones", "Roy", "Singh",
    "Tłumacz",
)  # fmt: skip
_STREETS = ("Maple Crescent", "rue des Érables", "Lakeshore Road", "Queen Street West", "Chemin du Moulin")
_CITIES = (("Toronto", "ON", "M5V 0A1"), ("Ottawa", "ON", "K1P 0A1"), ("Montréal", "QC", "H2X 0A1"))
_ROLES = (("lawyer", "Lawyer"), ("mover", "Mover"), ("stager", "Stager"), ("inspector", "Home inspector"))
_NOTES = (
    "",
    "Met at the spring open house.",
    "Prefers texts to calls.\nHas a dog called Biscuit.",
    "Looking for three bedrooms near a school; budget to be discussed.",
)


def seed(store: Store, today: date) -> None:
    """Writes both users' records around `today`. Raises Conflicted when they exist already."""
    for user in USERS:
        contacts = dict(_numbered("contact", contacts_of(user.user, today)))
        appointments = dict(_numbered("appointment", appointments_of(user.user, today, tuple(contacts))))
        store.commit(
            Scope.of(user.user), [CreateRecord("contacts", id, value) for id, value in contacts.items()]
        )
        store.commit(
            Scope.of(user.user),
            [CreateRecord("appointments", id, value) for id, value in appointments.items()],
        )


def contacts_of(user: str, today: date) -> Iterator[Contact]:
    """The contacts of a demo user: those that Google has too, then the user's own."""
    chance = random.Random(f"contacts of {user}")
    for person in overlap():
        yield _contact(
            chance,
            today,
            given=person["given_name"],
            family=person["family_name"],
            email=person["email"],
            phone=person["phone"],
            shared=True,
        )
    names = [(given, family) for given in _GIVEN for family in _FAMILY]
    for number, (given, family) in enumerate(chance.sample(names, _OWN_CONTACTS[user])):
        yield _contact(
            chance,
            today,
            given=given,
            family=family,
            email=f"client{number:02}.{user}@example.net",
            phone=f"({chance.choice((416, 613, 514))}) 555-01{chance.randrange(100):02}",
        )
    given, family, email, phone = NICKNAMED["crm"]
    yield _contact(chance, today, given=given, family=family, email=email, phone=phone, shared=True)


def _contact(
    chance: random.Random,
    today: date,
    *,
    given: str,
    family: str,
    email: str,
    phone: str,
    shared: bool = False,
) -> Contact:
    """One contact. A shared one has the labels that Google has, and no birthday to disagree about."""
    city, region, postal_code = chance.choice(_CITIES)
    street = f"{chance.randrange(1, 400)} {chance.choice(_STREETS)}"
    common = Contact(
        given_name=given,
        family_name=family,
        emails=(Email(email, "home" if shared else chance.choice(("home", "work", ""))),),
        phones=(Phone(phone, "mobile" if shared else chance.choice(("mobile", "home"))),),
        addresses=(Address(street, "", city, region, postal_code, "Canada", "home"),)
        if chance.random() < 0.4
        else (),
        birthday=Birthday(chance.randrange(1, 13), chance.randrange(1, 28))
        if not shared and chance.random() < 0.25
        else None,
        notes=chance.choice(_NOTES),
        consent=_consent(chance, today),
    )
    kind = chance.choice(("lead", "lead", "contact", "contact", "business"))
    if kind == "lead":
        detail = {
            "temperature": chance.choice(("new", "hot", "warm", "cold")),
            "horizon": chance.choice(("unknown", "lt1m", "lt3m", "lt6m", "lt1y", "lt2y")),
            "transaction": chance.choice(("buyer", "seller", "both", "unknown")),
        }
        return replace(common, contact_type="lead", detail=detail)
    if kind == "contact":
        return replace(common, contact_type="contact", detail={"grade": chance.choice("ABCD")})
    category, title = chance.choice(_ROLES)
    organization = f"{family} & Associates"
    return replace(
        common,
        organization=organization,
        job_title=title,
        contact_type="business",
        detail={"category": category},
    )


def _consent(chance: random.Random, today: date) -> Consent:
    obtained = today - timedelta(days=chance.randrange(10, 900))
    return chance.choice(
        (
            Consent(),
            Consent("express", obtained_on=obtained, source="Sign-up sheet at an open house"),
            Consent("implied", "inquiry", obtained, "Asked about a listing"),
            Consent("implied", "transaction", obtained, "Sale closed"),
            Consent("revoked", obtained_on=obtained, note="Asked by telephone not to be written to"),
        )
    )


def appointments_of(user: str, today: date, contact_ids: tuple[str, ...]) -> Iterator[Appointment]:
    """A dozen appointments around today: timed ones, a series, all-day ones and one over several days."""
    chance = random.Random(f"appointments of {user}")
    timed = (
        ("Showing", "12 Maple Crescent, Toronto"),
        ("Listing presentation", "Agency, meeting room 2"),
        ("Home inspection", "48 Lakeshore Road, Toronto"),
        ("Offer review", ""),
        ("Closing at the lawyer's", "200 Queen Street West, Toronto"),
        ("Photographs of the house", "7 rue des Érables, Montréal"),
        ("Coffee with a new lead", ""),
        ("Team meeting", "Agency"),
        ("Final walk-through", "31 Chemin du Moulin, Montréal"),
    )
    for number, (title, place) in enumerate(timed):
        day = today + timedelta(days=number * 3 - 4)
        start = datetime(day.year, day.month, day.day, chance.randrange(9, 18), 30, tzinfo=ZoneInfo(ZONE))
        yield Appointment(
            title=title,
            start=Timed(start, ZONE),
            end=Timed(start + timedelta(minutes=chance.choice((30, 60, 90))), ZONE),
            location=place,
            description="Bring the key box code." if number % 3 == 0 else "",
            reminders=(Reminder("popup", 30),) if number % 2 else None,
            contact_ids=(chance.choice(contact_ids),) if contact_ids else (),
        )
    monday = today + timedelta(days=7 - today.weekday())
    start = datetime(monday.year, monday.month, monday.day, 8, 45, tzinfo=ZoneInfo(ZONE))
    yield Appointment(
        title="Floor duty",
        start=Timed(start, ZONE),
        end=Timed(start + timedelta(hours=2), ZONE),
        location="Agency",
        recurrence=("RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=12",),
    )
    for title, offset, days in (
        ("Open house weekend", 6, 2),
        ("Licence renewal due", 20, 1),
        ("Holiday", 30, 7),
    ):
        first = today + timedelta(days=offset)
        yield Appointment(
            title=title,
            start=AllDay(first),
            end=AllDay(first + timedelta(days=days)),
            busy=title == "Holiday",
        )


def _numbered(kind: str, records: Iterator[T]) -> Iterator[tuple[str, T]]:
    for number, record in enumerate(records, 1):
        yield f"demo-{kind}-{number:03}", record
