"""CRM records in the store: what comes back, what the sync sees of them, how they are listed and searched."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crmsync.core.model import AllDay, Appointment, Contact, Email, Moment, Phone, Stored, Timed
from crmsync.logs import JsonLines
from crmsync.store.documents.limits import DOCUMENT_BYTES, document_size
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.documents.port import SERVER_TIME, Changes, Create, Merge, Update
from crmsync.store.ports import (
    SERIES_AT_ONCE,
    CreateRecord,
    InvalidPosition,
    Kind,
    PutRecord,
    TooLarge,
    Write,
)
from crmsync.store.repository import DocumentStore
from tests.contracts.samples import ALL_DAY, FULL_APPOINTMENT, FULL_CONTACT, HOSTILE
from tests.scopes import ANN, BOB

LONG = "é🙂x" * 3334


def write(store: DocumentStore, **contacts: Contact) -> None:
    store.commit(ANN, [CreateRecord("contacts", id, contact) for id, contact in contacts.items()])


def changed(store: DocumentStore, **how: Any) -> Sequence[Stored[Any]]:
    return store.changed(ANN, "contacts", how.get("since"), how.get("after"), how.get("limit", 100))


def names(store: DocumentStore, q: str = "", *, archived: bool = False, limit: int = 100) -> list[str]:
    found, after = store.page(ANN, "contacts", archived=archived, after=None, limit=limit, q=q)
    assert after is None
    return [stored.id for stored in found]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("contacts", FULL_CONTACT),
        ("contacts", Contact()),
        (
            "contacts",
            Contact(HOSTILE, notes=HOSTILE, emails=(Email(HOSTILE, HOSTILE),), detail={"k": HOSTILE}),
        ),
        ("contacts", Contact(LONG, LONG, LONG, notes=LONG, organization=LONG, phones=(Phone(LONG),))),
        ("contacts", Contact(emails=tuple(Email(f"{n}@x.ca") for n in range(300)))),
        ("appointments", FULL_APPOINTMENT),
        ("appointments", ALL_DAY),
        ("appointments", replace(ALL_DAY, title=HOSTILE, location=LONG, description=LONG)),
    ],
    ids=["full", "empty", "hostile", "long", "many", "appointment", "all-day", "hostile appointment"],
)
def test_a_record_comes_back_unchanged(
    store: DocumentStore, kind: Kind, value: Contact | Appointment
) -> None:
    done = store.commit(ANN, [CreateRecord(kind, "r1", value)])
    found = store.contact(ANN, "r1") if kind == "contacts" else store.appointment(ANN, "r1")
    assert found is not None
    assert found.value == value
    assert (found.id, found.version, found.archived_at) == ("r1", done.versions["r1"], None)
    assert found.created_at == found.updated_at
    assert store.records(ANN, kind, ["r1", "r1", "none"]) == {"r1": found}
    store.commit(ANN, [PutRecord(kind, "r1", value, found.version)])
    assert store.records(ANN, kind, ["r1"])["r1"].value == value


def test_the_offset_that_an_appointment_was_planned_in_is_kept(store: DocumentStore) -> None:
    store.commit(ANN, [CreateRecord("appointments", "a1", FULL_APPOINTMENT)])
    found = store.appointment(ANN, "a1")
    assert found is not None
    assert isinstance(found.value.start, Timed)
    assert found.value.start.at.isoformat() == "2026-07-01T09:00:00-04:00"


def test_times_are_utc_of_the_standard_class(store: DocumentStore) -> None:
    write(store, c1=FULL_CONTACT)
    found = store.contact(ANN, "c1")
    assert found is not None
    assert type(found.updated_at) is datetime
    assert found.updated_at.tzinfo is UTC
    assert type(found.created_at) is datetime


def test_a_record_too_large_for_firestore_is_refused(store: DocumentStore) -> None:
    with pytest.raises(TooLarge):
        write(store, c1=Contact("x" * 1_100_000))
    assert store.contact(ANN, "c1") is None


def test_records_with_no_room_left_for_what_is_derived_are_read_and_keep_no_other_from_the_list(
    store: DocumentStore, metered: MeteredDocuments
) -> None:
    """A host CRM may fill a record to the brim by itself."""
    full: Changes = {"given_name": "Full", "updated_at": SERVER_TIME, "created_at": SERVER_TIME}
    plain = {**full, "updated_at": None, "created_at": None, "notes": ""}
    room = DOCUMENT_BYTES - document_size("users/ann/contacts/c1", plain)
    full = {**full, "notes": "x" * (room - 40)}
    small: Changes = {"given_name": "Small", "updated_at": SERVER_TIME, "created_at": SERVER_TIME}
    for id, data in {"c1": full, "c2": small, "c3": full}.items():
        metered.commit([Create(f"users/ann/contacts/{id}", data)])
    assert [stored.id for stored in changed(store)] == ["c1", "c2", "c3"]
    assert names(store) == ["c2"]


def test_a_record_of_another_user_or_kind_is_not_found(store: DocumentStore) -> None:
    write(store, c1=FULL_CONTACT)
    assert store.contact(BOB, "c1") is None
    assert store.appointment(ANN, "c1") is None
    assert store.changed(BOB, "contacts", None, None, 10) == []
    assert store.count(BOB, "contacts") == 0


def test_archiving_keeps_the_value_and_moves_it_to_the_other_list(store: DocumentStore) -> None:
    write(store, c1=FULL_CONTACT, c2=Contact("B"))
    store.commit(ANN, [PutRecord("contacts", "c1", FULL_CONTACT, None, archived=True)])
    archived = store.contact(ANN, "c1")
    assert archived is not None
    assert archived.value == FULL_CONTACT
    assert archived.archived_at == archived.updated_at
    assert (names(store), names(store, archived=True)) == (["c2"], ["c1"])
    assert (
        store.count(ANN, "contacts"),
        store.count(ANN, "contacts", archived=True),
    ) == (1, 1)

    store.commit(ANN, [PutRecord("contacts", "c1", Contact("changed"), archived.version)])
    still = store.contact(ANN, "c1")
    assert still is not None
    assert still.archived_at == archived.archived_at

    store.commit(ANN, [PutRecord("contacts", "c1", FULL_CONTACT, still.version, archived=False)])
    restored = store.contact(ANN, "c1")
    assert restored is not None
    assert restored.archived_at is None
    assert restored.created_at == archived.created_at
    assert names(store, archived=True) == []


# --- what the sync sees


def test_changes_come_in_the_order_of_time_and_id_and_end(store: DocumentStore) -> None:
    write(store, b=Contact("B"), a=Contact("A"), c=Contact("C"))
    write(store, d=Contact("D"))
    store.commit(ANN, [PutRecord("contacts", "a", Contact("A"), None, archived=True)])
    seen: list[Stored[Any]] = []
    while page := changed(store, after=(seen[-1].updated_at, seen[-1].id) if seen else None, limit=2):
        seen += page
    assert [(s.updated_at, s.id) for s in seen] == sorted((s.updated_at, s.id) for s in seen)
    assert sorted(s.id for s in seen) == ["a", "b", "c", "d"]
    assert [s.id for s in seen if s.archived_at] == ["a"]


def test_changes_since_a_time_include_that_time(store: DocumentStore) -> None:
    write(store, a=Contact("A"))
    [first] = changed(store)
    assert [s.id for s in changed(store, since=first.updated_at)] == ["a"]
    assert changed(store, since=first.updated_at + timedelta(milliseconds=1)) == []


def test_a_touch_brings_a_record_back_though_nothing_changed(store: DocumentStore) -> None:
    write(store, a=FULL_CONTACT)
    [first] = changed(store)
    # Firestore stamps whole milliseconds: a touch within the same one is still found by looking back.
    store.commit(ANN, [PutRecord("contacts", "a", FULL_CONTACT, first.version)])
    [again] = changed(store, since=first.updated_at)
    assert again.updated_at >= first.updated_at


def test_an_idle_pass_reads_nothing(store: DocumentStore, metered: MeteredDocuments) -> None:
    write(store, a=FULL_CONTACT)
    [seen] = changed(store)
    metered.reset()
    assert changed(store, since=seen.updated_at, after=(seen.updated_at, seen.id)) == []
    used = metered.reset()
    assert (used.reads, used.queries, used.writes) == (0, 1, 0)


def test_reading_changes_writes_nothing(store: DocumentStore, metered: MeteredDocuments) -> None:
    write(store, **{f"c{n}": Contact(f"N{n}") for n in range(20)})
    metered.reset()
    assert len(changed(store)) == 20
    used = metered.reset()
    assert (used.reads, used.commits) == (20, 0)


def test_a_record_that_a_host_wrote_into_firestore_is_seen_listed_and_found(
    store: DocumentStore, metered: MeteredDocuments
) -> None:
    host: Changes = {
        "given_name": "Hélène",
        "emails": [{"value": "h@x.ca"}],
        "phones": None,
        "hosts_own": 1,
        "updated_at": SERVER_TIME,
        "archived_at": None,
    }
    metered.commit([Create("users/ann/contacts/h1", host)])
    assert names(store) == []
    [seen] = changed(store)
    assert seen.value == Contact("Hélène", emails=(Email("h@x.ca"),))
    assert seen == store.contact(ANN, "h1")
    assert names(store, "helene h@x") == ["h1"]
    assert store.count(ANN, "contacts") == 1

    metered.reset()
    assert changed(store) == [seen]
    assert metered.reset().commits == 0

    archived: Changes = {"family_name": "Roy", "archived_at": SERVER_TIME, "updated_at": SERVER_TIME}
    metered.commit([Merge("users/ann/contacts/h1", archived)])
    assert names(store) == []
    [seen] = changed(store)
    assert seen.archived_at is not None
    assert names(store, "roy", archived=True) == ["h1"]

    store.commit(ANN, [PutRecord("contacts", "h1", seen.value, seen.version, archived=False)])
    after = metered.get("users/ann/contacts/h1")
    assert after is not None
    assert after.data["hosts_own"] == 1


def test_a_record_written_wrongly_is_left_out_and_kept(
    store: DocumentStore, metered: MeteredDocuments, caplog: pytest.LogCaptureFixture
) -> None:
    wrong: Changes = {"given_name": 7, "emails": "secret@x.ca", "updated_at": SERVER_TIME}
    metered.commit([Create(f"users/ann/contacts/w{n}", wrong) for n in range(3)])
    write(store, x=Contact("X"), y=Contact("Y"))
    assert [s.id for s in changed(store, limit=2)] == ["x", "y"]
    assert store.contact(ANN, "w1") is None
    assert store.records(ANN, "contacts", ["w1", "x"]).keys() == {"x"}
    found = metered.get("users/ann/contacts/w1")
    assert found is not None
    assert found.data["given_name"] == 7
    told = [json.loads(JsonLines().format(record)) for record in caplog.records]
    assert {(line["message"], line["path"], line["why"]) for line in told} >= {
        ("unreadable record", "users/ann/contacts/w1", "Contact.given_name")
    }
    assert "secret" not in str(told)


def test_derived_fields_are_not_written_over_a_newer_record(
    store: DocumentStore, metered: MeteredDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"updated_at": SERVER_TIME, "archived_at": None}
    metered.commit([Create(f"users/ann/contacts/{id}", {"given_name": id, **fields}) for id in "ab"])
    commit = metered.inner.commit

    def overtaken(writes: Any) -> Any:
        monkeypatch.setattr(metered.inner, "commit", commit)
        metered.inner.commit([Update("users/ann/contacts/a", {"given_name": "newer"})])
        return metered.inner.commit(writes)

    monkeypatch.setattr(metered.inner, "commit", overtaken)
    assert [s.id for s in changed(store)] == ["a", "b"]
    assert names(store) == ["b"]
    changed(store)
    assert names(store) == ["b", "a"]


# --- lists


def test_contacts_are_listed_by_name_whatever_its_accents_and_case(store: DocumentStore) -> None:
    write(
        store,
        a=Contact("Zoé", family_name="Ébert"),
        b=Contact("Ann", family_name="eberT"),
        c=Contact("Carl"),
        d=Contact(organization="Boîte"),
        e=Contact(emails=(Email("aa@x.ca"),)),
        f=Contact(),
        g=Contact(family_name="Ebertson"),
    )
    assert names(store) == ["e", "d", "c", "b", "a", "g", "f"]


def test_appointments_are_listed_by_start_across_time_zones(store: DocumentStore) -> None:
    def at(text: str) -> Timed:
        return Timed(datetime.fromisoformat(text), "UTC")

    starts: dict[str, Moment] = {
        "late": at("2026-07-01T01:00:00-04:00"),
        "early": at("2026-07-01T03:00:00+00:00"),
        "day": AllDay(date(2026, 7, 1)),
        "before": at("2026-07-01T00:30:00+01:00"),
    }
    store.commit(
        ANN,
        [CreateRecord("appointments", id, Appointment(id, at, at)) for id, at in starts.items()],
    )
    found, after = store.page(ANN, "appointments", archived=False, after=None, limit=10)
    assert [stored.id for stored in found] == ["before", "day", "early", "late"]
    assert after is None


def test_pages_cover_all_namesakes_once_up_to_the_last(
    store: DocumentStore, metered: MeteredDocuments
) -> None:
    write(store, **{f"c{n:02}": Contact("Same", family_name=LONG if n % 2 else "Name") for n in range(21)})
    seen: list[str] = []
    after: str | None = None
    pages = 0
    while pages == 0 or after:
        metered.reset()
        found, after = store.page(ANN, "contacts", archived=False, after=after, limit=7)
        assert metered.reset().reads <= 8
        seen += [stored.id for stored in found]
        pages += 1
    assert pages == 3
    assert sorted(seen) == [f"c{n:02}" for n in range(21)]


@pytest.mark.parametrize("after", ["not a position!", "é", "/w", "\ud800"])
def test_a_position_that_was_never_given_out_is_refused(store: DocumentStore, after: str) -> None:
    with pytest.raises(InvalidPosition):
        store.page(ANN, "contacts", archived=False, after=after, limit=7)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("mull", ["full"]),
        ("MÜLLER zo", ["full"]),
        ("maison", ["full"]),
        ("zoe.mueller@ex", ["full"]),
        ("416 555", ["full"]),
        ("(416) 555-1234", ["full"]),
        ("+1 416-555-1234", ["full"]),
        ("555 1234", ["full"]),
        ("1234", ["full"]),
        ("o", ["other"]),
        ("z", ["full"]),
        ("zoe other", []),
        ("ller", []),
        ("山", ["kanji"]),
        ("???", []),
        ("\ud800", []),
        ("  ", ["other", "full", "kanji"]),
        ("Featherstonehaugh", ["other"]),
        ("Featherstonehauxx", []),
    ],
)
def test_contacts_are_found_by_the_beginnings_of_words(
    store: DocumentStore, q: str, found: list[str]
) -> None:
    write(
        store,
        full=FULL_CONTACT,
        other=Contact("Otto", family_name="Featherstonehaugh"),
        kanji=Contact("山田", family_name="太郎"),
    )
    assert sorted(names(store, q)) == sorted(found)


def test_a_search_goes_on_where_it_stopped(store: DocumentStore) -> None:
    write(store, **{f"c{n:02}": Contact("Ann", family_name=f"Roy{n % 3}") for n in range(12)})
    seen: list[str] = []
    after: str | None = None
    for _ in range(4):
        page, after = store.page(ANN, "contacts", archived=False, after=after, limit=1, q="ann roy1")
        seen += [stored.id for stored in page]
    assert after is None
    assert seen == ["c01", "c04", "c07", "c10"]


def test_many_records_are_written_in_one_commit_and_read_by_id(store: DocumentStore) -> None:
    writes: list[Write] = [CreateRecord("contacts", f"c{n:03}", FULL_CONTACT) for n in range(400)]
    assert len(store.commit(ANN, writes).versions) == 400
    assert len(store.records(ANN, "contacts", [f"c{n:03}" for n in range(400)])) == 400


# --- what an agenda is made of


def test_an_agenda_finds_what_overlaps_its_days_and_every_series_alive(
    store: DocumentStore, metered: MeteredDocuments
) -> None:
    def day(text: str, days: int = 1, **more: Any) -> Appointment:
        first = date.fromisoformat(text)
        return Appointment("x", AllDay(first), AllDay(first + timedelta(days=days)), **more)

    wanted = {
        "that-day": day("2026-07-10"),
        "began-long-ago": day("2025-11-01", 400),
        "began-years-ago": day("2020-01-01", 4000),
        "endless": day("2024-01-01", recurrence=("RRULE:FREQ=MONTHLY",)),
        "until-then": day("2026-01-01", recurrence=("RRULE:FREQ=DAILY;UNTIL=20260712",)),
        "moved-here": day("2026-07-11", series_id="endless", original_start=AllDay(date(2026, 3, 1))),
        "moved-away": day("2026-12-24", series_id="endless", original_start=AllDay(date(2026, 7, 1))),
    }
    others = {
        "long-past": day("2026-05-01"),
        "far-ahead": day("2026-09-01"),
        "over": day("2026-01-01", recurrence=("RRULE:FREQ=DAILY;UNTIL=20260301",)),
        "archived": day("2026-07-10"),
    }
    store.commit(ANN, [CreateRecord("appointments", id, value) for id, value in (wanted | others).items()])
    store.commit(ANN, [PutRecord("appointments", "archived", others["archived"], None, archived=True)])
    first, last = date(2026, 7, 9), date(2026, 7, 12)
    metered.reset()
    found, after = store.agenda(ANN, first, last, None, 100)
    assert {stored.id for stored in found} == set(wanted)
    assert after is None
    assert metered.used().reads == len(wanted)
    start, after = store.agenda(ANN, first, last, None, 4)
    rest, end = store.agenda(ANN, first, last, after, 4)
    assert ([*start, *rest], end) == (list(found), None)
    assert store.agenda(BOB, first, last, None, 4) == ([], None)


@pytest.fixture
def excepted(store: DocumentStore) -> DocumentStore:
    """Three series with exceptions, one of them archived."""
    for id, series in (("x1", "s1"), ("x2", "s2"), ("x3", "s1"), ("x4", "s1"), ("x5", "s3")):
        store.commit(ANN, [CreateRecord("appointments", id, replace(ALL_DAY, series_id=series))])
    store.commit(ANN, [PutRecord("appointments", "x3", replace(ALL_DAY, series_id="s1"), None, True)])
    return store


def test_the_exceptions_of_a_series_come_in_pages(excepted: DocumentStore) -> None:
    assert [stored.id for stored in excepted.exceptions(ANN, ["s1"], None, 2)] == ["x1", "x3"]
    assert [stored.id for stored in excepted.exceptions(ANN, ["s1"], "x3", 2)] == ["x4"]
    assert excepted.exceptions(BOB, ["s1"], None, 2) == []


def test_an_exception_that_cannot_be_read_ends_no_page(
    excepted: DocumentStore, metered: MeteredDocuments
) -> None:
    """A short page is the last one: the exceptions behind an unreadable one would be taken for absent."""
    metered.commit([Merge("users/ann/appointments/x1", {"title": 7})])
    assert [stored.id for stored in excepted.exceptions(ANN, ["s1"], None, 2)] == ["x3", "x4"]


def test_the_exceptions_of_many_series_come_together(excepted: DocumentStore) -> None:
    assert [stored.id for stored in excepted.exceptions(ANN, ["s1", "s2"], None, 3)] == ["x1", "x2", "x3"]
    assert [stored.id for stored in excepted.exceptions(ANN, ["s1", "s2"], "x3", 3)] == ["x4"]
    most = [f"s{number}" for number in range(3, 3 + SERIES_AT_ONCE)]
    assert [stored.id for stored in excepted.exceptions(ANN, most, None, 3)] == ["x5"]
