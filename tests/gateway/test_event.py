"""Events and appointments: dates stay dates, defaults stay unsaid, Google's own parts stay Google's."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmsync.core.errors import Refused
from crmsync.core.model import AllDay, Appointment, Attendee, Organizer, Reminder, Timed
from crmsync.gateway.event import appointment_of, changed_event, new_event, observation, rich_fields
from tests.gateway.contacts import HOSTILE, text

TORONTO = ZoneInfo("America/Toronto")


def timed(hour: int, zone: str = "America/Toronto") -> Timed:
    return Timed(datetime(2026, 8, 3, hour, tzinfo=ZoneInfo(zone)), zone)


SHOWING = Appointment(
    title="Showing",
    start=timed(10),
    end=timed(11),
    description="Bring the keys.",
    location="1 King St W",
    reminders=(Reminder("popup", 10), Reminder("email", 60)),
    visibility="private",
    busy=False,
    attendees=(Attendee("guest@example.test", "Guest", "needsAction"),),
    status="tentative",
)
PLAIN = Appointment("Plain", timed(10), timed(11))
HOLIDAY = Appointment("Away", AllDay(date(2026, 8, 5)), AllDay(date(2026, 8, 6)))


def as_google_answers(body: dict[str, Any]) -> dict[str, Any]:
    """An inserted event as Google answers it."""
    system = {"kind": "calendar#event", "etag": '"35"', "updated": "2026-07-18T14:40:25.736Z", "sequence": 0}
    return {
        "id": "abcde",
        "status": "confirmed",
        "eventType": "default",
        **system,
        **json.loads(json.dumps(body)),
    }


@pytest.mark.parametrize("appointment", [SHOWING, PLAIN, HOLIDAY], ids=["showing", "plain", "holiday"])
def test_what_is_inserted_reads_back_as_it_was(appointment: Appointment) -> None:
    body = new_event(appointment, "crm-1", "abcde")
    assert appointment_of(as_google_answers(body)) == appointment
    seen = observation(as_google_answers(body), "primary")
    assert (seen.key, seen.name, seen.own_key, seen.etag) == ("abcde", "primary", "crm-1", '"35"')
    assert seen.rtime == datetime(2026, 7, 18, 14, 40, 25, 736000, tzinfo=UTC)


def test_an_insert_says_no_more_than_it_must() -> None:
    assert new_event(HOLIDAY, "crm-1", None) == {
        "summary": "Away",
        "start": {"date": "2026-08-05"},
        "end": {"date": "2026-08-06"},
        "reminders": {"useDefault": True},
        "extendedProperties": {"private": {"crmsync": "crm-1"}},
    }


def appointments() -> st.SearchStrategy[Appointment]:
    zones = st.sampled_from(["America/Toronto", "Asia/Kathmandu", "Pacific/Auckland", "UTC"])
    instants = st.datetimes(datetime(1990, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC))
    moments = st.builds(lambda at, zone: Timed(at.astimezone(ZoneInfo(zone)), zone), instants, zones)
    days = st.dates(date(1990, 1, 1), date(2050, 1, 1)).map(AllDay)
    pairs = st.one_of(st.tuples(moments, moments), st.tuples(days, days))
    reminders = st.lists(
        st.builds(Reminder, st.sampled_from(["popup", "email"]), st.integers(0, 40_320)),
        max_size=3,
        unique=True,
    ).map(lambda items: tuple(sorted(items, key=lambda it: (it.minutes, it.method))))
    return st.builds(
        lambda title, pair, description, remind, seen, busy: Appointment(
            title, pair[0], pair[1], description=description, reminders=remind, visibility=seen, busy=busy
        ),
        text(),
        pairs,
        text(),
        st.none() | reminders,
        st.sampled_from(["default", "private"]),
        st.booleans(),
    )


@settings(max_examples=80, deadline=None)
@given(appointments())
def test_pull_of_push_is_the_appointment_itself(appointment: Appointment) -> None:
    assert appointment_of(as_google_answers(new_event(appointment, "crm-1", "abcde"))) == appointment


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_survives(value: str) -> None:
    appointment = replace(PLAIN, title=value, description=value, location=value)
    assert appointment_of(as_google_answers(new_event(appointment, "crm-1", "abcde"))) == appointment


@pytest.mark.parametrize("zone", ["America/Vancouver", "Pacific/Auckland", None])
def test_an_all_day_event_is_never_a_day_early_west_of_greenwich(zone: str | None) -> None:
    event = {"start": {"date": "2026-08-05"}, "end": {"date": "2026-08-06"}}
    read = appointment_of(event, zone)
    assert (read.start, read.end) == (AllDay(date(2026, 8, 5)), AllDay(date(2026, 8, 6)))


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process runs where clocks do not show UTC."""
    monkeypatch.setenv("TZ", "America/Vancouver")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_time_shown_in_another_zone_is_read_in_the_zone_of_the_event() -> None:
    start = {"dateTime": "2026-08-03T16:00:00+02:00", "timeZone": "America/Toronto"}
    read = appointment_of({"start": start, "end": start})
    assert read.start == timed(10)
    assert isinstance(read.start, Timed)
    assert read.start.at.isoformat() == "2026-08-03T10:00:00-04:00"


@pytest.mark.parametrize("given_zone", [None, "Mars/Olympus", "../../etc/passwd"])
def test_a_missing_or_unknown_zone_falls_back_to_the_calendar_s_and_keeps_the_instant(
    given_zone: str | None,
) -> None:
    start = {"dateTime": "2026-08-03T14:00:00Z"} | ({"timeZone": given_zone} if given_zone else {})
    read = appointment_of({"start": start, "end": start}, "America/Toronto").start
    assert read == timed(10)
    without = appointment_of({"start": start, "end": start}).start
    assert isinstance(without, Timed)
    assert (without.time_zone, without.at) == ("UTC", timed(10).at)


def test_absent_fields_are_google_s_defaults() -> None:
    read = appointment_of({"start": {"date": "2026-08-05"}, "end": {"date": "2026-08-06"}})
    assert read == Appointment("", AllDay(date(2026, 8, 5)), AllDay(date(2026, 8, 6)))
    assert (read.busy, read.visibility, read.status, read.reminders) == (True, "default", "confirmed", None)


def test_no_reminders_and_the_default_reminders_are_different_things() -> None:
    day = {"start": {"date": "2026-08-05"}, "end": {"date": "2026-08-06"}}
    assert appointment_of({**day, "reminders": {"useDefault": False}}).reminders == ()
    assert appointment_of({**day, "reminders": {"useDefault": True}}).reminders is None
    body = new_event(replace(HOLIDAY, reminders=()), "crm-1", None)
    assert body["reminders"] == {"useDefault": False, "overrides": []}


def test_a_deleted_event_is_a_tombstone_and_a_cancelled_occurrence_is_not() -> None:
    gone = observation(
        {"id": "abcde", "etag": '"1"', "status": "cancelled", "kind": "calendar#event"}, "primary"
    )
    assert (gone.deleted, gone.value, gone.rtime) == (True, None, None)
    occurrence = observation(
        {
            "id": "abcde_20260803T140000Z",
            "status": "cancelled",
            "recurringEventId": "abcde",
            "originalStartTime": {"dateTime": "2026-08-03T14:00:00Z", "timeZone": "America/Toronto"},
        },
        "primary",
    )
    assert occurrence.deleted is False
    assert occurrence.value is not None
    assert occurrence.value.status == "cancelled"
    assert (occurrence.value.series_id, occurrence.value.original_start) == ("abcde", timed(10))


def test_an_event_without_a_start_is_an_error_not_an_invention() -> None:
    with pytest.raises(ValueError, match="without a start"):
        appointment_of({"summary": "x"})


def test_a_patch_holds_only_what_changed() -> None:
    assert changed_event(replace(PLAIN, title="New"), {"title"}, None) == {"summary": "New"}
    assert changed_event(replace(PLAIN, location=""), {"location"}, None) == {"location": ""}
    assert changed_event(replace(PLAIN, busy=False), {"busy", "status"}, None) == {
        "transparency": "transparent",
        "status": "confirmed",
    }


def test_turning_a_timed_event_into_an_all_day_one_clears_the_other_form() -> None:
    body = changed_event(HOLIDAY, {"when"}, None)
    assert body["start"] == {"date": "2026-08-05", "dateTime": None, "timeZone": None}
    back = changed_event(PLAIN, {"when"}, None)
    assert back["end"] == {
        "date": None,
        "dateTime": "2026-08-03T11:00:00-04:00",
        "timeZone": "America/Toronto",
    }


def test_google_s_own_reminders_are_kept_as_far_as_there_is_room() -> None:
    ours = tuple(Reminder("popup", minutes) for minutes in (1, 2, 3, 4))
    own = [{"method": "sms", "minutes": minutes} for minutes in (30, 60)]
    raw = {"reminders": {"useDefault": False, "overrides": own}}
    body: dict[str, Any] = dict(changed_event(replace(PLAIN, reminders=ours), {"reminders"}, raw))
    written = body["reminders"]["overrides"]
    assert [item["method"] for item in written] == ["popup"] * 4 + ["sms"], "Google takes five"
    assert written[-1] == own[0]


def test_going_back_to_default_reminders_clears_the_overrides() -> None:
    assert changed_event(PLAIN, {"reminders"}, None)["reminders"] == {"useDefault": True, "overrides": None}


@pytest.mark.parametrize(
    ("attendee", "rich"),
    [
        ({"email": "a@x.test", "displayName": "A", "responseStatus": "needsAction"}, False),
        ({"email": "a@x.test", "self": True, "organizer": True}, True),
        ({"email": "a@x.test", "responseStatus": "accepted"}, True),
        ({"email": "a@x.test", "optional": True}, True),
        ({"email": "a@x.test", "comment": "late"}, True),
        ({"id": "117"}, True),
    ],
)
def test_guests_of_whom_google_knows_more_are_rich(attendee: dict[str, Any], rich: bool) -> None:
    assert rich_fields({"attendees": [attendee]}) - {"response"} == ({"attendees"} if rich else set())
    assert rich_fields({"attendeesOmitted": True}) == {"attendees"}


def test_an_answer_and_a_comment_survive_an_edit_of_the_guest_list() -> None:
    raw = {
        "attendees": [
            {"email": "Ann@x.test", "responseStatus": "accepted", "comment": "late", "organizer": True},
            {"email": "ben@x.test", "responseStatus": "declined"},
            {"id": "117"},
        ]
    }
    wanted = (Attendee("ann@x.test", "Ann"), Attendee("eve@x.test", "", "tentative"))
    assert changed_event(replace(PLAIN, attendees=wanted), {"attendees"}, raw)["attendees"] == [
        {
            "email": "ann@x.test",
            "displayName": "Ann",
            "responseStatus": "accepted",
            "comment": "late",
            "organizer": True,
        },
        {"email": "eve@x.test", "responseStatus": "tentative"},
        {"id": "117"},
    ]


def test_the_organiser_stays_and_an_answer_is_never_taken_back() -> None:
    boss = {"email": "boss@x.test", "organizer": True, "responseStatus": "accepted"}
    raw = {"attendees": [boss, {"email": "ann@x.test", "responseStatus": "accepted"}]}
    wanted = (Attendee("ann@x.test", "", "needsAction"), Attendee("new@x.test", "", "needsAction"))
    assert changed_event(replace(PLAIN, attendees=wanted), {"attendees"}, raw)["attendees"] == [
        {"email": "ann@x.test", "responseStatus": "accepted"},
        {"email": "new@x.test", "responseStatus": "needsAction"},
        boss,
    ]


def test_reminders_of_a_kind_we_do_not_know_are_kept_when_ours_change() -> None:
    day = {"start": {"date": "2026-08-05"}, "end": {"date": "2026-08-06"}}
    text_message = {"method": "sms", "minutes": 30}
    raw = {
        **day,
        "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 5}, text_message]},
    }
    assert appointment_of(raw).reminders == (Reminder("popup", 5),)
    assert rich_fields(raw) == {"reminders"}
    body = changed_event(replace(HOLIDAY, reminders=(Reminder("email", 60),)), {"reminders"}, raw)
    overrides = [{"method": "email", "minutes": 60}, text_message]
    assert body["reminders"] == {"useDefault": False, "overrides": overrides}


@pytest.mark.usefixtures("elsewhere")
def test_an_offset_with_seconds_is_sent_as_utc() -> None:
    old = Timed(datetime(1901, 5, 4, 9, 30, tzinfo=ZoneInfo("Asia/Kathmandu")), "Asia/Kathmandu")
    body = new_event(replace(PLAIN, start=old, end=old), "crm-1", None)
    assert body["start"] == {"dateTime": "1901-05-04T03:48:44+00:00", "timeZone": "Asia/Kathmandu"}
    assert appointment_of(as_google_answers(body)).start == old


def test_a_guest_list_that_google_cut_is_never_written_back() -> None:
    with pytest.raises(Refused) as caught:
        changed_event(SHOWING, {"attendees"}, {"attendees": [], "attendeesOmitted": True})
    assert caught.value.reason == "attendees_omitted"


DETAILS = {"title", "description", "location", "attendees", "reminders", "organizer", "response"}


@pytest.mark.parametrize(
    ("role", "event", "unseen"),
    [
        ("owner", {"visibility": "private"}, set()),
        ("", {"visibility": "private"}, set()),
        ("reader", {"visibility": "private"}, DETAILS),
        ("writerWithoutPrivateAccess", {"visibility": "confidential"}, DETAILS),
        ("reader", {"visibility": "private", "summary": "Shown all the same"}, set()),
        ("reader", {}, set()),
        ("freeBusyReader", {}, DETAILS),
        ("owner", {"attendeesOmitted": True}, {"attendees"}),
    ],
)
def test_what_google_keeps_from_the_user_is_told_apart_from_what_is_blank(
    role: str, event: dict[str, Any], unseen: set[str]
) -> None:
    whole = {"id": "abcde", "start": {"date": "2026-03-10"}, "end": {"date": "2026-03-11"}, **event}
    seen = observation(whole, "primary", role=role)
    assert seen.unseen == unseen
    assert seen.rich >= unseen & {"attendees", "reminders"}


def test_an_own_answer_is_all_that_is_written_of_the_guests() -> None:
    mine = {"email": "ann@example.com", "self": True, "responseStatus": "needsAction", "comment": "?"}
    raw = {"attendees": [{"email": "bo@example.com", "organizer": True}, mine]}
    body = changed_event(replace(PLAIN, response="accepted"), {"response"}, raw)
    assert body == {"attendees": [{**mine, "responseStatus": "accepted"}], "attendeesOmitted": True}


def test_an_own_answer_stands_among_guests_that_are_written_anyway() -> None:
    mine = {"email": "ann@example.com", "self": True, "responseStatus": "accepted"}
    value = replace(
        PLAIN, attendees=(Attendee("ann@example.com"), Attendee("cy@example.com")), response="declined"
    )
    body = changed_event(value, {"attendees", "response"}, {"attendees": [mine]})
    assert body == {"attendees": [{**mine, "responseStatus": "declined"}, {"email": "cy@example.com"}]}


@pytest.mark.parametrize(
    ("event", "organizer", "response"),
    [
        ({"organizer": {"email": "ann@example.com", "self": True}}, None, "accepted"),
        ({"organizer": {"email": "bo@example.com"}}, Organizer("bo@example.com"), "accepted"),
        ({"organizer": {"displayName": "Nobody"}}, None, "accepted"),
        ({"organizer": {"email": "bo@example.com"}, "privateCopy": True}, None, "accepted"),
        (
            {"organizer": {"email": "bo@example.com", "displayName": "Bo"}, "guestsCanModify": True},
            Organizer("bo@example.com", "Bo", guests_may_edit=True),
            "accepted",
        ),
        ({}, None, "accepted"),
    ],
)
def test_whose_meeting_it_is(event: dict[str, Any], organizer: Organizer | None, response: str) -> None:
    times = {"start": {"date": "2026-03-10"}, "end": {"date": "2026-03-11"}}
    guests = [{"email": "ann@example.com", "self": True, "responseStatus": response}]
    read = appointment_of({**times, **event, "attendees": guests})
    own = bool(event.get("organizer", {}).get("self"))
    assert (read.organizer, read.response) == (organizer, None if own else response)
