import json
from dataclasses import fields as attributes
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given

from crmsync.core.encoding import BadRecord
from crmsync.core.fields import (
    APPOINTMENT_FIELDS,
    CONTACT_FIELDS,
    as_json,
    field_of,
    from_json,
    get,
    is_blank,
    names,
    record_from_data,
    record_to_data,
    unit_of,
    with_fields,
)
from crmsync.core.model import AllDay, Appointment, Birthday, Consent, Contact, Email, Timed
from tests.core.records import ANN, TALK, appointments, contacts, quick

WHOLE = replace(
    ANN,
    contact_type="lead",
    detail={"temperature": "hot"},
    consent=Consent("implied", "inquiry", date(2026, 1, 2), "form", "asked", "ann"),
)


def test_every_attribute_is_synced_or_known_to_stay_in_the_crm() -> None:
    assert set(record_to_data(ANN)) == {part.name for part in attributes(Contact)}
    assert set(record_to_data(TALK)) == {part.name for part in attributes(Appointment)}
    own = {part.name for part in attributes(Contact)} - {field.name for field in CONTACT_FIELDS}
    assert own == {"contact_type", "detail", "consent"}


def test_blank_values_are_those_of_an_empty_record() -> None:
    assert all(is_blank(field, get(Contact(), field.name)) for field in CONTACT_FIELDS)
    plain = Appointment("", TALK.start, TALK.end)
    assert [f.name for f in APPOINTMENT_FIELDS if not is_blank(f, get(plain, f.name))] == ["when"]


def test_start_and_end_are_one_field() -> None:
    moved = with_fields(TALK, {"when": (TALK.end, TALK.end), "title": "Moved"})
    assert (moved.start, moved.end, moved.title) == (TALK.end, TALK.end, "Moved")
    assert get(moved, "when") == (TALK.end, TALK.end)


def test_replacing_no_field_gives_the_same_record() -> None:
    assert with_fields(ANN, {}) is ANN


def test_what_stays_in_the_crm_is_kept_when_fields_are_replaced() -> None:
    assert with_fields(WHOLE, {"given_name": "Anna"}) == replace(WHOLE, given_name="Anna")


def test_a_series_and_its_time_are_one_unit() -> None:
    assert {field.name for field in unit_of(TALK, "recurrence")} == {"when", "recurrence"}
    assert [field.name for field in unit_of(ANN, "emails")] == ["emails"]
    with pytest.raises(KeyError):
        field_of(ANN, "consent")


def test_contacts_read_as_in_the_api() -> None:
    data = record_to_data(replace(WHOLE, birthday=Birthday(2, 29)))
    assert data["emails"] == [
        {"value": "ann@example.com", "type": "home"},
        {"value": "ann@work.example", "type": "work"},
    ]
    assert data["birthday"] == {"month": 2, "day": 29}
    assert data["consent"] == {
        "status": "implied",
        "basis": "inquiry",
        "obtained_on": "2026-01-02",
        "source": "form",
        "note": "asked",
        "recorded_by": "ann",
    }
    assert record_to_data(Contact())["consent"] == {"status": "none"}


def test_appointments_read_as_in_the_api() -> None:
    data = record_to_data(replace(TALK, end=replace_end(), original_start=AllDay(date(2026, 3, 2))))
    assert data["start"] == {"date_time": "2026-03-02T09:00:00-05:00", "time_zone": "America/Toronto"}
    assert data["original_start"] == {"date": "2026-03-02"}
    assert data["reminders"] == [{"method": "popup", "minutes": 10}]
    assert data["attendees"] == [{"email": "ann@example.com", "name": "Ann"}]
    assert record_to_data(replace(TALK, reminders=None))["reminders"] is None


def replace_end() -> Timed:
    return Timed(datetime(2026, 3, 2, 15, 0, tzinfo=UTC), "UTC")


@quick
@given(contacts)
def test_contacts_survive_a_round_trip_through_json(contact: Contact) -> None:
    data = json.loads(json.dumps(record_to_data(contact)))
    assert record_from_data("contacts", data) == contact
    fields = from_json("contacts", json.loads(json.dumps(as_json(contact))))
    assert with_fields(WHOLE, fields) == with_fields(
        WHOLE, {name: get(contact, name) for name in names(contact)}
    )


@quick
@given(appointments)
def test_appointments_survive_a_round_trip_through_json(appointment: Appointment) -> None:
    data = json.loads(json.dumps(record_to_data(appointment)))
    assert record_from_data("appointments", data) == appointment
    fields = from_json("appointments", json.loads(json.dumps(as_json(appointment))))
    assert with_fields(TALK, fields) == appointment


def test_a_whole_contact_survives_with_what_stays_in_the_crm() -> None:
    assert record_from_data("contacts", json.loads(json.dumps(record_to_data(WHOLE)))) == WHOLE
    talk = replace(TALK, contact_ids=("c",), notify_guests=True, series_id="s", original_start=TALK.start)
    assert record_from_data("appointments", record_to_data(talk)) == talk


def test_hostile_text_survives_unchanged() -> None:
    text = "<script>\u202e=1+1\x00" + "é" * 10_000
    contact = Contact(given_name=text, emails=(Email(text, text),), notes=text)
    assert record_from_data("contacts", json.loads(json.dumps(record_to_data(contact)))) == contact


def test_only_some_fields_can_be_asked_for() -> None:
    assert as_json(ANN, ["given_name", "birthday"]) == {
        "given_name": "Ann",
        "birthday": {"year": 1980, "month": 5, "day": 4},
    }


def test_missing_and_null_parts_take_their_defaults_and_unknown_ones_are_passed_over() -> None:
    data = {"given_name": "Ann", "emails": [{"value": "a@x.example"}], "notes": None, "colour": "red"}
    assert record_from_data("contacts", data) == Contact(given_name="Ann", emails=(Email("a@x.example"),))
    whole = {"start": {"date": "2026-03-02"}, "end": {"date": "2026-03-03"}}
    assert record_from_data("appointments", whole).title == ""


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("given_name", {"given_name": 7}),
        ("emails", {"emails": "a@x.example"}),
        ("emails.value", {"emails": [{"type": "home"}]}),
        ("emails", {"emails": ["a@x.example"]}),
        ("phones.type", {"phones": [{"value": "1", "type": 1}]}),
        ("birthday", {"birthday": {"month": 2, "day": 30}}),
        ("birthday", {"birthday": {"month": 2.5, "day": 3}}),
        ("birthday", {"birthday": {"year": 2025, "month": 2, "day": 29}}),
        ("contact_type", {"contact_type": 7}),
        ("contact_type", {"contact_type": ["lead"]}),
        ("detail", {"detail": {"grade": 1}}),
        ("consent.status", {"consent": {"status": "maybe"}}),
        ("consent.obtained_on", {"consent": {"status": "express", "obtained_on": "2. 3. 2026"}}),
        ("consent", {"consent": "express"}),
    ],
)
def test_a_contact_of_the_wrong_shape_names_its_field(field: str, data: dict[str, Any]) -> None:
    with pytest.raises(BadRecord) as refused:
        record_from_data("contacts", data)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("start", {"start": None}),
        ("end", {"end": {"date": "2026-03-03"}}),
        ("start", {"start": {"date_time": "2026-03-02T09:00:00", "time_zone": "UTC"}}),
        ("start", {"start": {"date_time": "today", "time_zone": "UTC"}}),
        ("start", {"start": {"date_time": "2026-03-02T09:00:00Z"}}),
        ("start", {"start": {}}),
        ("busy", {"busy": "yes"}),
        ("reminders", {"reminders": [{"method": "fax", "minutes": 1}]}),
        ("reminders", {"reminders": [{"method": "popup", "minutes": True}]}),
        ("attendees", {"attendees": [{"name": "Ann"}]}),
        ("visibility", {"visibility": "public"}),
    ],
)
def test_an_appointment_of_the_wrong_shape_names_its_field(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(BadRecord) as refused:
        record_from_data("appointments", record_to_data(TALK) | changes)
    assert refused.value.field == field


def test_whole_numbers_that_arrive_as_floats_are_taken() -> None:
    contact = record_from_data("contacts", {"birthday": {"month": 2.0, "day": 3.0, "year": 1980.0}})
    assert contact.birthday == Birthday(2, 3, 1980)


def test_unknown_fields_of_a_journal_are_refused_by_name() -> None:
    with pytest.raises(BadRecord) as refused:
        from_json("contacts", {"consent": {"status": "none"}})
    assert refused.value.field == "consent"
    wrong: list[Any] = [{"start": {"date": "2026-03-02"}}, {"start": {"date": "2026-03-02"}, "end": {}}, []]
    for bad in wrong:
        with pytest.raises(BadRecord):
            from_json("appointments", {"when": bad})
