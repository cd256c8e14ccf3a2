"""Dataclasses to document data and back: tolerant of what is missing, never guessing at what is wrong."""

import dataclasses
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmsync.core.account import ImportRun, ResourceState, UserSettings
from crmsync.core.model import AllDay, Appointment, Contact, Email, Moment, Timed
from crmsync.core.state import Base, Candidate, Link
from crmsync.store.documents.limits import check_writes
from crmsync.store.documents.port import Create, Value
from crmsync.store.encoding.codec import Unreadable, decode, encode
from crmsync.store.errors import InvalidWrite
from tests.contracts.samples import ALL_DAY, FULL_APPOINTMENT, FULL_CANDIDATE, FULL_CONTACT, link

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
DIGEST = st.text("0123456789abcdef", max_size=32)
PROJECTION = st.dictionaries(
    st.sampled_from(["given_name", "emails", "notes", "when"]),
    DIGEST | st.lists(DIGEST.filter(bool)).map(tuple),
)
CONTACTS = st.builds(
    Contact,
    given_name=TEXT,
    emails=st.lists(st.builds(Email, TEXT, TEXT), max_size=3).map(tuple),
    detail=st.dictionaries(st.text("abc", min_size=1), TEXT, max_size=2),
)


@given(CONTACTS)
@settings(max_examples=60)
def test_a_contact_survives_and_fits_firestore(contact: Contact) -> None:
    data = encode(contact)
    check_writes([Create("users/u/contacts/c", data)])
    assert decode(Contact, data) == contact


@given(PROJECTION, PROJECTION)
@settings(max_examples=60)
def test_a_base_survives_and_fits_firestore(local: dict[str, Any], remote: dict[str, Any]) -> None:
    base = Base(local, remote)
    data = encode(link(base=base), frozenset({"key", "version"}))
    check_writes([Create("users/u/links/k", data)])
    assert decode(Link, data, key="k1", version=None).base == base


def test_a_base_is_one_text_and_says_once_what_both_sides_share() -> None:
    base = Base({"a": "1", "b": ("x", "y")}, {"a": "1", "b": ("x",)})
    assert encode(link(base=base))["base"] == '{"a":"1","b":["[x y]","[x]"]}'


@pytest.mark.parametrize("raw", [{}, "", "[]", '{"a":1}', '{"a":["x"]}', '{"a":["x",2]}'])
def test_what_is_no_base_is_unreadable(raw: Value) -> None:
    data = encode(link(base=Base()), frozenset({"key", "version"})) | {"base": raw}
    with pytest.raises(Unreadable):
        decode(Link, data, key="k1", version=None)


@pytest.mark.parametrize(
    "value",
    [
        FULL_CONTACT,
        FULL_APPOINTMENT,
        ALL_DAY,
        UserSettings(),
        ResourceState(),
        ImportRun("m", "done", "running", 1),
    ],
)
def test_data_has_every_field_so_that_an_update_replaces_each(value: Any) -> None:
    assert encode(value).keys() == {field.name for field in dataclasses.fields(value)}
    assert decode(type(value), encode(value)) == value


def test_unknown_keys_are_ignored_and_missing_ones_take_defaults() -> None:
    assert decode(Contact, {"given_name": "A", "shoe_size": 44, "notes": None}) == Contact("A")
    assert decode(Contact, {}) == Contact()
    assert decode(UserSettings, {"region": "US", "new": 1}) == UserSettings(region="US")


@pytest.mark.parametrize(
    "data",
    [
        {"given_name": 1},
        {"given_name": ["A"]},
        {"emails": "a@x.ca"},
        {"emails": ["a@x.ca"]},
        {"emails": [{"type": "home"}]},
        {"birthday": {"month": "1", "day": 1}},
        {"birthday": {"month": True, "day": 1}},
        {"contact_type": ["lead"]},
        {"detail": [1]},
        {"consent": {"obtained_on": "soon"}},
        {"consent": {"obtained_on": 5}},
    ],
    ids=str,
)
def test_a_value_of_the_wrong_type_is_unreadable(data: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        decode(Contact, data)


@pytest.mark.parametrize(
    "start",
    [
        None,
        "2026-07-01",
        {},
        {"date": "yesterday"},
        {"date": 7},
        {"date_time": "2026-07-01T09:00:00", "time_zone": "Mars/Olympus"},
        {"date_time": "2026-07-01T09:00:00", "time_zone": 7},
        {"date_time": "2026-07-01T09:00:00", "time_zone": "../../etc/passwd"},
        {"date_time": 7},
    ],
    ids=str,
)
def test_an_appointment_without_a_moment_is_unreadable(start: Any) -> None:
    with pytest.raises(Unreadable):
        decode(Appointment, {"title": "A", "start": start, "end": {"date": "2026-07-02"}})


def start_data(moment: Moment) -> Value:
    """What is kept of an appointment's start."""
    return encode(Appointment("A", moment, moment))["start"]


def start_of(data: Value) -> Moment:
    """An appointment's start as it is read."""
    return decode(Appointment, {"title": "A", "start": data, "end": data}).start


def test_moments_keep_their_day_their_offset_and_their_zone() -> None:
    assert start_data(AllDay(date(2026, 3, 8))) == {"date": "2026-03-08"}
    instant = Timed(datetime(2026, 3, 8, 9, tzinfo=timezone(timedelta(hours=-4))), "America/Toronto")
    again = start_of(start_data(instant))
    assert again == instant
    assert isinstance(again, Timed)
    assert again.at.isoformat() == "2026-03-08T09:00:00-04:00"
    local = start_of({"date_time": "2026-01-08T09:00:00", "time_zone": "America/Toronto"})
    assert isinstance(local, Timed)
    assert local.at == datetime(2026, 1, 8, 14, tzinfo=UTC)
    assert start_of({"date_time": "2026-01-08T09:00:00Z"}) == Timed(
        datetime(2026, 1, 8, 9, tzinfo=UTC), "UTC"
    )


@pytest.mark.parametrize("raw", ["2026-03-08T09:00:00-04:00", "2026-03-08T13:00:00Z"])
def test_a_time_that_a_host_wrote_as_text_is_read(raw: str) -> None:
    data = encode(link(base=Base()), frozenset({"key", "version"})) | {"rtime": raw}
    assert decode(Link, data, key="k1", version=None).rtime == datetime(2026, 3, 8, 13, tzinfo=UTC)


@pytest.mark.parametrize("raw", ["2026-03-08T09:00:00", "soon", 7, datetime(2026, 3, 8, 9)])
def test_a_time_that_names_no_instant_is_unreadable(raw: Value) -> None:
    data = encode(link(base=Base()), frozenset({"key", "version"})) | {"rtime": raw}
    with pytest.raises(Unreadable):
        decode(Link, data, key="k1", version=None)


def test_a_candidate_fits_firestore_whatever_its_choice_holds() -> None:
    data = encode(FULL_CANDIDATE, frozenset({"key", "version"}))
    check_writes([Create("users/u/candidates/g", data)])
    assert decode(Candidate, data, key="g1", version=None) == FULL_CANDIDATE


def test_text_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(InvalidWrite):
        check_writes([Create("users/u/contacts/c", encode(Contact("half \ud83d")))])
