"""firestore.rules on the emulator: what a browser may do to documents without going through the API."""

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crmsync.core.encoding import consent_as_json
from crmsync.core.model import Appointment, Contact
from crmsync.core.scope import Scope
from crmsync.store.documents.firestore import connect
from crmsync.store.ports import CreateRecord, PutCandidate, PutLink, PutUser
from crmsync.store.repository import DocumentStore
from local.emulator import Emulator
from tests.contracts.samples import FULL_APPOINTMENT, FULL_CONTACT, candidate, link
from tests.store.browser import NOW, Browser, load_rules

pytestmark = pytest.mark.emulator

RULES = Path(__file__).resolve().parents[2] / "firestore.rules"
OWNER = "the owner's uid"
EXPRESS = {"status": "express", "obtained_on": "2026-01-31", "source": "form", "recorded_by": OWNER}

NEW = {"created_at": NOW, "updated_at": NOW, "archived_at": None}
AT = {"date_time": "2026-07-01T09:00:00Z", "time_zone": "UTC"}
DAY = {"start": {"date": "2026-07-01"}, "end": {"date": "2026-07-02"}}
CONTACT = "contacts/c1"
APPOINTMENT = "appointments/a1"

FULL_CONTACT_DATA: dict[str, Any] = {
    "given_name": "Zoé",
    "emails": [{"value": f"z{n}@x.ca", "type": "home"} for n in range(100)],
    "phones": [{"value": f"416 555 000{n}"} for n in range(100)],
    "urls": [{"value": f"https://x.ca/{n}", "type": "blog"} for n in range(100)],
    "addresses": [{"street": "1 Main St", "city": "Toronto", "type": "work"} for _ in range(100)],
    "birthday": {"month": 2, "day": 29},
    "notes": "n" * 10_000,
    "contact_type": "lead",
    "detail": {"temperature": "hot", "horizon": "lt1m"},
    "consent": {"status": "implied", "basis": "inquiry", "obtained_on": "2026-01-31", "recorded_by": OWNER},
}
FULL_APPOINTMENT_DATA: dict[str, Any] = {
    "title": "Showing",
    "start": AT,
    "end": {"date_time": "2026-07-01T10:00:00.5-04:00", "time_zone": "America/Toronto"},
    "recurrence": ["RRULE:FREQ=DAILY"],
    "reminders": [{"method": "popup", "minutes": 10}],
    "attendees": [{"email": f"a{n}@x.ca", "name": "A", "response": "accepted"} for n in range(200)],
    "contact_ids": ["c1", "c2"],
    "busy": False,
    "visibility": "private",
    "status": "tentative",
    "notify_guests": False,
    "series_id": None,
    "original_start": {"date": "2026-07-01"},
}


@pytest.fixture(scope="module")
def project(emulator: Emulator) -> str:
    """A project that has our rules. The emulator reads them slowly, so each test has a user of its own."""
    name = f"rules-{secrets.token_hex(8)}"
    load_rules(emulator.host, name, RULES.name, RULES.read_text())
    return name


@pytest.fixture(scope="module")
def store(project: str) -> Iterator[DocumentStore]:
    """The server's own store of the same project, to which no rules apply."""
    documents = connect(project)
    yield DocumentStore(documents)
    documents.close()


@pytest.fixture
def owner(emulator: Emulator, project: str) -> Browser:
    """The browser of a user whom no other test knows."""
    uid = secrets.token_hex(8)
    return Browser(emulator.host, project, uid, home=uid)


def owned(data: dict[str, Any], owner: Browser) -> dict[str, Any]:
    """The data with the owner's own uid in it."""
    consent = data.get("consent")
    if isinstance(consent, dict) and consent.get("recorded_by") == OWNER:
        return {**data, "consent": {**consent, "recorded_by": owner.uid}}
    return data


def test_what_an_owner_writes_in_valid_shape_reaches_the_sync(owner: Browser, store: DocumentStore) -> None:
    assert owner.create(CONTACT, owned(FULL_CONTACT_DATA, owner) | NEW)
    assert owner.create(APPOINTMENT, FULL_APPOINTMENT_DATA | NEW)
    assert owner.read(CONTACT)
    assert owner.read("contacts")
    [contact] = store.changed(Scope.of(owner.home), "contacts", None, None, 10)
    assert contact.value.given_name == "Zoé"
    assert contact.value.consent.recorded_by == owner.uid
    [appointment] = store.changed(Scope.of(owner.home), "appointments", None, None, 10)
    assert appointment.value.attendees[199].email == "a199@x.ca"

    assert owner.update(CONTACT, {"family_name": "Roy", "updated_at": NOW})
    assert owner.update(APPOINTMENT, {**DAY, "updated_at": NOW})
    assert owner.update(CONTACT, {"archived_at": NOW, "updated_at": NOW})
    assert owner.update(CONTACT, {"notes": "after archiving", "updated_at": NOW})
    [contact] = store.changed(Scope.of(owner.home), "contacts", None, None, 10)
    assert contact.value.family_name == "Roy"
    assert contact.archived_at is not None
    assert owner.update(CONTACT, {"archived_at": None, "updated_at": NOW})


def test_an_owner_changes_what_the_server_wrote_but_not_what_it_derived(
    owner: Browser, store: DocumentStore
) -> None:
    store.commit(Scope.of(owner.home), [CreateRecord("contacts", "c1", FULL_CONTACT)])
    store.commit(Scope.of(owner.home), [CreateRecord("appointments", "a1", FULL_APPOINTMENT)])
    assert owner.update(CONTACT, {"given_name": "New", "updated_at": NOW})
    assert owner.update(APPOINTMENT, {"title": "New", "updated_at": NOW})
    derived: list[dict[str, Any]] = [
        {"sort": "first"},
        {"tokens": []},
        {"consent_expires_on": "2030-01-01"},
        {"consent_known": {"status": "express"}},
        {"email_digests": ["d"]},
        {"archived": True},
        {"created_at": NOW},
    ]
    for field in derived:
        assert not owner.update(CONTACT, {**field, "updated_at": NOW})
    before = store.contact(Scope.of(owner.home), "c1")
    assert before is not None
    kept = {"consent": consent_as_json(before.value.consent), "created_at": before.created_at}
    assert owner.replace(CONTACT, {"nickname": "Z"} | NEW | kept)
    store.changed(Scope.of(owner.home), "contacts", None, None, 10)
    found, _ = store.page(Scope.of(owner.home), "contacts", archived=False, after=None, limit=10, q="z")
    assert [stored.id for stored in found] == ["c1"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"given_name": 1},
        {"given_name": None},
        {"given_name": "x" * 16_385},
        {"notes": "x" * 65_537},
        {"emails": "a@x.ca"},
        {"emails": [{"value": "a@x.ca"}] * 501},
        {"phones": None},
        {"urls": {"value": "x"}},
        {"addresses": 1},
        {"birthday": "2001-01-01"},
        {"birthday": {"month": 13, "day": 1}},
        {"birthday": {"month": 1, "day": 1, "year": "x"}},
        {"contact_type": "friend"},
        {"detail": {"temperature": 7}},
        {"detail": {"other": "x"}},
        {"consent": None},
        {"consent": {"status": "yes", "recorded_by": OWNER}},
        {"consent": EXPRESS | {"recorded_by": "bob"}},
        {"consent": {name: value for name, value in EXPRESS.items() if name != "recorded_by"}},
        {"consent": EXPRESS | {"obtained_on": "soon"}},
        {"consent": EXPRESS | {"obtained_on": "2026-02-29"}},
        {"consent": EXPRESS | {"obtained_on": None}},
        {"consent": EXPRESS | {"note": 7}},
        {"consent": EXPRESS | {"source": " \n"}},
        {"consent": EXPRESS | {"source": 7}},
        {"consent": {"status": "express", "recorded_by": OWNER}},
        {"sort": "a"},
        {"archived": False},
        {"tokens": ["a"]},
        {"consent_known": {"status": "express"}},
        {"consent_expires_on": "2030-01-01"},
        {"email_digests": ["d"]},
        {"unknown": 1},
        {"created_at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"updated_at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"updated_at": None},
        {"archived_at": "now"},
    ],
    ids=lambda wrong: json.dumps(wrong, default=str)[:50],
)
def test_a_contact_of_the_wrong_shape_is_refused(owner: Browser, wrong: dict[str, Any]) -> None:
    wrong = owned(wrong, owner)
    assert not owner.create(CONTACT, NEW | wrong)
    assert owner.create(CONTACT, NEW)
    assert not owner.update(CONTACT, {"updated_at": NOW} | wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": 7},
        {"start": {"date": "2026-07-02"}},
        {"start": {"date": "1 July"}},
        {"start": {"date": "2026-07-01", "time_zone": "UTC"}},
        {"start": AT},
        {"start": AT, "end": {"date_time": "2026-07-01 10:00", "time_zone": "UTC"}},
        {"start": AT, "end": {**AT, "time_zone": ""}},
        {"start": AT, "end": {"date_time": AT["date_time"]}},
        {"end": None},
        {"recurrence": ["R"] * 1001},
        {"reminders": [{"method": "popup", "minutes": 5}] * 6},
        {"attendees": [{"email": "a@x.ca"}] * 501},
        {"contact_ids": "c1"},
        {"busy": "yes"},
        {"notify_guests": None},
        {"visibility": "public"},
        {"status": "maybe"},
        {"series_id": 7},
        {"original_start": "2026"},
        {"start": AT, "end": {**AT, "date_time": "2026-07-01T25:00:00Z"}},
        {"start": AT, "end": {**AT, "date_time": "2026-07-01T10:60:00Z"}},
        {"start": AT, "end": {**AT, "date_time": "2026-07-01T10:00:00+24:00"}},
        {"start": AT, "end": {**AT, "date_time": "2026-06-31T10:00:00Z"}},
        {"original_start": {"date": "2026-13-01"}},
        {"archived": True},
        {"unknown": 1},
    ],
    ids=lambda wrong: json.dumps(wrong)[:50],
)
def test_an_appointment_of_the_wrong_shape_is_refused(owner: Browser, wrong: dict[str, Any]) -> None:
    assert not owner.create(APPOINTMENT, DAY | NEW | wrong)
    assert owner.create(APPOINTMENT, DAY | NEW)
    assert not owner.update(APPOINTMENT, {"updated_at": NOW} | wrong)


def test_consent_is_changed_but_never_taken_away(owner: Browser) -> None:
    assert owner.create(CONTACT, owned(FULL_CONTACT_DATA, owner) | NEW)
    revoked = {"status": "revoked", "recorded_by": owner.uid}
    assert owner.update(CONTACT, {"consent": revoked, "updated_at": NOW})
    assert not owner.remove(CONTACT, "consent")
    assert not owner.remove(CONTACT, "consent.status")
    assert owner.remove(CONTACT, "notes")
    given = EXPRESS | {"recorded_by": owner.uid}
    assert owner.update(CONTACT, {"consent": given, "updated_at": NOW})


@pytest.mark.parametrize(
    ("day", "exists"),
    [
        ("2024-02-29", True),
        ("2000-02-29", True),
        ("1900-02-29", False),
        ("2026-02-29", False),
        ("2026-02-30", False),
        ("2026-04-31", False),
        ("2026-11-31", False),
        ("2026-12-31", True),
        ("2026-00-10", False),
        ("2026-10-00", False),
        ("2026-10-32", False),
        ("0000-01-01", False),
        ("9999-12-31", True),
    ],
)
def test_a_day_is_one_that_the_calendar_has(owner: Browser, day: str, exists: bool) -> None:
    assert owner.create(CONTACT, NEW)
    consent = EXPRESS | {"obtained_on": day, "recorded_by": owner.uid}
    assert owner.update(CONTACT, {"consent": consent, "updated_at": NOW}) is exists
    assert owner.create(APPOINTMENT, DAY | NEW | {"original_start": {"date": day}}) is exists


@pytest.mark.parametrize("field", ["created_at", "updated_at", "archived_at"])
def test_a_record_without_its_times_is_refused(owner: Browser, field: str) -> None:
    stamps = {name: value for name, value in NEW.items() if name != field}
    assert not owner.create(CONTACT, stamps)
    assert not owner.create(APPOINTMENT, DAY | stamps)


@pytest.mark.parametrize("id", ["a.b", "_x", "%2F", "x" * 129])
def test_an_id_that_the_api_would_not_give_is_refused(owner: Browser, id: str) -> None:
    assert not owner.create(f"contacts/{id}", NEW)
    assert not owner.create(f"appointments/{id}", DAY | NEW)


@pytest.mark.parametrize("uid", ["bob", None])
def test_nobody_else_reaches_an_owners_records(owner: Browser, store: DocumentStore, uid: str | None) -> None:
    values: list[tuple[Any, str, Contact | Appointment]] = [
        ("contacts", "c1", Contact()),
        ("appointments", "a1", FULL_APPOINTMENT),
    ]
    store.commit(Scope.of(owner.home), [CreateRecord(kind, id, value) for kind, id, value in values])
    other = owner.of(uid)
    for path in (CONTACT, APPOINTMENT):
        assert owner.read(path)
        assert not other.read(path)
        assert not other.read(path.partition("/")[0])
        assert not other.update(path, {"updated_at": NOW})
        assert not other.delete(path)
    assert not other.create("contacts/c2", NEW)


def test_a_record_is_never_deleted_by_a_browser(owner: Browser) -> None:
    assert owner.create(CONTACT, NEW)
    assert not owner.delete(CONTACT)


def test_nothing_is_added_for_who_is_being_erased(owner: Browser, store: DocumentStore) -> None:
    scope = Scope.of(owner.home)
    store.commit(scope, [PutUser({"erasing": None}), CreateRecord("contacts", "c1", FULL_CONTACT)])
    assert owner.update(CONTACT, {"notes": "before", "updated_at": NOW})
    store.commit(scope, [PutUser({"erasing": "e1"})])
    assert not owner.update(CONTACT, {"notes": "late", "updated_at": NOW})
    assert not owner.create("contacts/c2", {"given_name": "Late"} | NEW)
    assert not owner.create(APPOINTMENT, DAY | NEW)
    assert owner.read(CONTACT)


def test_everything_else_is_closed_even_to_its_owner(owner: Browser, store: DocumentStore) -> None:
    store.commit(Scope.of(owner.home), [PutLink(link()), PutCandidate(candidate())])
    collections = (
        "links/k1",
        "candidates/g1",
        "intents/i",
        "journal/j",
        "conflicts/x",
        "holds/h",
        "imports/m",
        "withdrawn/0",
    )
    top = (
        f"/grants/{owner.uid}",
        "/channels/ch",
        "/oauth_states/s",
        "/offers/o",
        "/erasures/e",
        "/evidence/v",
        "/any/else",
    )
    for path in ("", *collections, *top, "contacts/c1/deep/d"):
        assert not owner.read(path)
        assert not owner.replace(path, {"v": 1})
        assert not owner.delete(path)
    for path in (*collections, *top):
        assert not owner.read(path.rpartition("/")[0])
