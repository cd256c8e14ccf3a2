from datetime import UTC, date, datetime

import pytest

from crmsync.core.consent.validity import validate_consent
from crmsync.core.model import AllDay, Timed
from crmsync.core.scope import Scope
from crmsync.core.sheet.default_types import DEFAULT_TYPES
from crmsync.store.documents.memory import MemoryDocuments
from crmsync.store.ports import Store
from crmsync.store.repository import DocumentStore
from local import demo
from local.demo_people import overlap
from local.google.clock import Clock
from local.google.seed.accounts import new_world

TODAY = date(2026, 11, 22)


@pytest.fixture
def store() -> Store:
    return DocumentStore(MemoryDocuments(Clock(datetime(2026, 11, 22, 12, tzinfo=UTC))))


def test_the_demo_crm_is_written_for_every_user(store: Store) -> None:
    demo.seed(store, TODAY)
    for user in demo.USERS:
        assert 30 <= store.count(Scope.of(user.user), "contacts") <= 60
        assert store.count(Scope.of(user.user), "appointments") == 13


def test_twenty_five_contacts_are_also_at_google(store: Store) -> None:
    demo.seed(store, TODAY)
    shared = {person["email"] for person in overlap()}
    for user in demo.USERS:
        contacts, _ = store.page(Scope.of(user.user), "contacts", archived=False, after=None, limit=100)
        emails = {email.value for stored in contacts for email in stored.value.emails}
        assert shared <= emails
        assert len(shared) == 25


def test_the_demo_has_somebody_under_two_names_a_copy_a_couple_and_a_series() -> None:
    google = new_world("demo", Clock(datetime(2026, 11, 22, 12, tzinfo=UTC)))
    shown = [version.display_name for version in google.account("ann.martin@gmail.example").people]
    ours = [f"{contact.given_name} {contact.family_name}" for contact in demo.contacts_of("ann", TODAY)]
    assert ("William Fraser" in ours, "Bill Fraser" in shown) == (True, True)
    assert (shown.count("Daniel Nguyen"), ours.count("Daniel Nguyen")) == (2, 1)
    assert ("Amélie Tremblay" in shown, "Marc Tremblay" in shown) == (True, True)
    assert any(made.recurrence for made in demo.appointments_of("ann", TODAY, ("a",)))


def test_the_demo_data_is_the_same_at_every_start() -> None:
    assert list(demo.contacts_of("ann", TODAY)) == list(demo.contacts_of("ann", TODAY))
    assert list(demo.appointments_of("ann", TODAY, ("a",))) == list(
        demo.appointments_of("ann", TODAY, ("a",))
    )
    assert list(demo.contacts_of("ann", TODAY)) != list(demo.contacts_of("bob", TODAY))


def test_the_demo_has_every_type_and_every_consent() -> None:
    contacts = list(demo.contacts_of("ann", TODAY))
    assert {contact.contact_type for contact in contacts} == {"lead", "contact", "business"}
    assert {contact.consent.status for contact in contacts} == {"none", "express", "implied", "revoked"}


def test_the_demo_records_are_valid() -> None:
    for user in demo.USERS:
        for contact in demo.contacts_of(user.user, TODAY):
            DEFAULT_TYPES.validate(contact.contact_type, contact.detail)
            validate_consent(contact.consent, TODAY)


def test_appointments_are_timed_and_all_day_and_end_after_they_start() -> None:
    appointments = list(demo.appointments_of("bob", TODAY, ("demo-contact-001",)))
    assert {type(made.start) for made in appointments} == {AllDay, Timed}
    for made in appointments:
        if isinstance(made.start, Timed):
            assert isinstance(made.end, Timed)
            assert made.end.at > made.start.at
        else:
            assert isinstance(made.end, AllDay)
            assert made.end.date > made.start.date
