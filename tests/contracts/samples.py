"""Records, links and candidates to write in tests of the store."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from crmsync.core.account import Connection, User
from crmsync.core.model import (
    Address,
    AllDay,
    Appointment,
    Attendee,
    Birthday,
    Consent,
    Contact,
    Email,
    Phone,
    Reminder,
    Timed,
    Url,
)
from crmsync.core.scope import Scope
from crmsync.core.state import Base, Candidate, Choice, Claim, Link
from crmsync.store.ports import Guard, PutUser
from crmsync.store.repository import DocumentStore

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
HOSTILE = '<script>alert(1)</script> =HYPERLINK("x") \u202eevil\u202c \x00\x1f 🙂 "\'`\\ %2F ../ __x__'

FULL_CONTACT = Contact(
    given_name="Zoé",
    middle_name="A.",
    family_name="Müller",
    prefix="Dr",
    suffix="III",
    nickname="Zo",
    organization="Maison Müller",
    job_title="Agent",
    emails=(Email("Zoe.Mueller@Example.ca", "home"), Email("z@x.ca")),
    phones=(Phone("+1 (416) 555-1234", "mobile"),),
    addresses=(Address("1 Main St", "Unit 2", "Toronto", "ON", "M5V 1A1", "Canada", "work"),),
    urls=(Url("https://x.ca", "blog"),),
    birthday=Birthday(2, 29),
    notes="line\nline",
    contact_type="lead",
    detail={"temperature": "hot", "horizon": "<1"},
    consent=Consent("implied", "inquiry", date(2026, 1, 31), "form", "note", "ann"),
)

FULL_APPOINTMENT = Appointment(
    title="Showing",
    start=Timed(datetime.fromisoformat("2026-07-01T09:00:00-04:00"), "America/Toronto"),
    end=Timed(datetime.fromisoformat("2026-07-01T10:00:00-04:00"), "America/Toronto"),
    description="<b>bring keys</b>",
    location="12 King St",
    recurrence=("RRULE:FREQ=WEEKLY",),
    reminders=(Reminder("popup", 10),),
    visibility="private",
    busy=False,
    attendees=(Attendee("a@x.ca", "A", "accepted"), Attendee("b@x.ca")),
    status="tentative",
    contact_ids=("c1", "c2"),
    notify_guests=True,
    series_id="s1",
    original_start=AllDay(date(2026, 7, 1)),
)

ALL_DAY = Appointment("Holiday", AllDay(date(2026, 7, 1)), AllDay(date(2026, 7, 2)), reminders=())


def link(key: str = "k1", crm: str = "c1", **changes: Any) -> Link:
    """A contact link."""
    made = Link(
        key=key,
        resource="contacts",
        crm=crm,
        name=f"people/{key}",
        remote_id=f"people/{key}",
        etag="%Eg==",
        rtime=NOW,
        base=Base({"given_name": "01", "emails": ("aa", "bb")}, {"given_name": "02", "emails": ("aa", "bb")}),
    )
    return replace(made, **changes)


def candidate(key: str = "g1", name: str = "Bob Roy", **changes: Any) -> Candidate:
    """A candidate of round 1."""
    made = Candidate(
        key=key,
        remote_id=f"people/{key}",
        name=name,
        sort=name.casefold(),
        emails=(),
        phones=(),
        organization="",
        labels=(),
        photo_url=None,
        round=1,
    )
    return replace(made, **changes)


FULL_CANDIDATE = candidate(
    emails=("bob@x.ca",),
    phones=("416 555 9876",),
    organization="Roy & Sons",
    labels=("Friends",),
    photo_url="https://x/p.jpg",
    match_keys=("m1", "m2"),
    content="d1",
    facts={"given_name": "Bob", "birthday": {"month": 2, "day": 29, "year": None}},
    claims=(Claim("c1", "Bob", "same", 3, ("email", "name"), ("k1", "k2"), "d2"),),
    linked=(Claim("c2", "Bobby", reasons=("phone", "nickname")),),
    distinct=("c3",),
    choice=Choice(
        True, "lead", {"temperature": "new"}, {"status": "none", "nested": [[1]]}, "none", ("c1", "c2")
    ),
    problem="too_many",
    changed_at=NOW,
)


def connect(store: DocumentStore, uid: str = "ann", **parts: Any) -> User:
    """A connected user, as stored."""
    connection = Connection("sub-1", "ann@gmail.com", frozenset({"contacts", "calendar"}), NOW)
    done = store.commit(Scope.of(uid), [PutUser({"connection": connection, **parts})])
    assert done.user is not None
    return done.user


def guard(user: User, resource: Any = "contacts", **changes: Any) -> Guard:
    """The guard of a job that has just read this user."""
    assert user.connection is not None
    assert user.version is not None
    rev, sub = user.resource(resource).rev, user.connection.sub
    made = Guard(resource, rev, sub, user.version, generation=user.generation)
    return replace(made, **changes)
