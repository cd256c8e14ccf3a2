"""The events of a calendar, whole flows through the real client against the simulated Google."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crmsync.core.errors import (
    AlreadyThere,
    CursorExpired,
    NotFound,
    RateLimited,
    Refused,
    ScopeMissing,
    Stale,
    SyncError,
    Unavailable,
)
from crmsync.core.model import AllDay, Appointment, Attendee, Reminder, Timed
from crmsync.core.state import Link, Observation
from crmsync.engine.ports import Calendar, New, Occurrence, Remote, Update
from local.google.clock import Clock
from local.google.faults import Fault
from local.google.server import GoogleServer
from local.google.world import World
from tests.gateway.contacts import HOSTILE
from tests.gateway.simulated import User, link_to

_numbers = count()


def at(hour: int, day: int = 3, zone: str = "America/Toronto") -> Timed:
    return Timed(datetime(2026, 8, day, hour, tzinfo=ZoneInfo(zone)), zone)


PLAIN = Appointment("Plain", at(10), at(11))
SHOWING = Appointment(
    title="Showing",
    start=at(10, zone="Europe/Paris"),
    end=at(11, zone="Europe/Paris"),
    description="Bring the keys.",
    location="1 King St W",
    reminders=(Reminder("popup", 10), Reminder("email", 60)),
    visibility="private",
    busy=False,
    status="tentative",
)
HOLIDAY = Appointment("Away", AllDay(date(2026, 8, 5)), AllDay(date(2026, 8, 7)), reminders=())
SERIES = replace(PLAIN, title="Weekly", recurrence=("RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO",))


@pytest.fixture(scope="module")
def server() -> Iterator[GoogleServer]:
    world = World(Clock())
    world.controls.verify_answers = True
    with GoogleServer(world) as running:
        yield running


@pytest.fixture
def user(server: GoogleServer) -> Iterator[User]:
    """A new account for every test."""
    yield User(server, f"owner{next(_numbers)}@gmail.example")
    server.world.controls.clear_faults()
    server.world.controls.use_generous_quotas()


@pytest.fixture
def events(user: User) -> Calendar:
    return user.session().calendar("primary")


def made(outcome: Observation[Appointment] | SyncError | None) -> Observation[Appointment]:
    assert isinstance(outcome, Observation), outcome
    return outcome


def new(number: int, value: Appointment, *, notify: bool = False) -> New[Appointment]:
    return New(f"crm-{number}", value, id=f"event{number:05}", notify=notify)


def create(events: Remote[Appointment], *values: Appointment) -> list[Observation[Appointment]]:
    answer = events.create([new(number, value) for number, value in enumerate(values)])
    return [made(answer[f"crm-{number}"]) for number in range(len(values))]


def link(seen: Observation[Appointment]) -> Link:
    return link_to(seen, resource="calendar")


def listed(
    events: Remote[Appointment], token: str | None = None
) -> tuple[dict[str, Observation[Appointment]], str]:
    found: list[Observation[Appointment]] = []
    page_token: str | None = None
    while True:
        page = events.list_page(token, page_token)
        found += page.items
        page_token = page.next_page_token
        if page_token is None:
            assert page.next_sync_token is not None
            return {item.key: item for item in found}, page.next_sync_token


@pytest.mark.parametrize("value", [PLAIN, SHOWING, HOLIDAY, SERIES], ids=lambda value: value.title)
def test_an_appointment_survives_the_way_to_google_and_back(
    events: Remote[Appointment], value: Appointment
) -> None:
    (seen,) = create(events, value)
    assert (seen.value, seen.own_key, seen.key, seen.name) == (value, "crm-0", "event00000", "primary")
    found, _ = listed(events)
    assert found[seen.key].value == value
    assert events.read([seen.remote_id])[seen.remote_id].value == value


def test_hostile_text_reaches_google_and_comes_back_unchanged(events: Remote[Appointment]) -> None:
    values = [replace(PLAIN, title=text, description=text, location=text) for text in HOSTILE]
    assert [seen.value for seen in create(events, *values)] == values


def test_fifty_inserts_are_one_call(user: User, events: Remote[Appointment]) -> None:
    seen = create(events, *[replace(PLAIN, title=f"No. {number}") for number in range(50)])
    assert [item.value and item.value.title for item in seen] == [f"No. {number}" for number in range(50)]
    assert [address.rpartition("/")[2] for _, address, _ in user.calls] == ["v3"]
    assert user.calls[0][1].endswith("/batch/calendar/v3")


def test_an_id_that_is_taken_is_told_for_its_item_alone(events: Remote[Appointment]) -> None:
    create(events, PLAIN)
    answer = events.create([new(0, PLAIN), new(1, HOLIDAY)])
    assert isinstance(answer["crm-0"], AlreadyThere)
    assert made(answer["crm-1"]).value == HOLIDAY
    assert isinstance(events.create([new(0, PLAIN)])["crm-0"], AlreadyThere)


def test_the_id_of_a_deleted_event_stays_taken(events: Remote[Appointment]) -> None:
    (seen,) = create(events, PLAIN)
    assert events.delete([link(seen)]) == {seen.key: None}
    assert isinstance(events.create([new(0, PLAIN)])["crm-0"], AlreadyThere)
    assert events.read([seen.remote_id])[seen.remote_id].deleted


def test_an_event_that_google_refuses_does_not_stop_the_others(events: Remote[Appointment]) -> None:
    backwards = replace(PLAIN, start=at(11), end=at(10))
    answer = events.create([new(0, PLAIN), new(1, backwards), new(2, HOLIDAY)])
    refusal = answer["crm-1"]
    assert isinstance(refusal, Refused)
    assert refusal.reason == "time_range_empty"
    assert made(answer["crm-2"]).value == HOLIDAY


def test_a_delta_has_changes_and_deletions_and_a_quiet_one_nothing(
    user: User, events: Remote[Appointment]
) -> None:
    first, second = create(events, PLAIN, HOLIDAY)
    _, token = listed(events)
    assert listed(events, token)[0] == {}
    user.account.calendars.phone_edit(first.key, {"summary": "Moved"})
    user.account.calendars.phone_delete(second.key)
    changed, later = listed(events, token)
    assert changed[first.key].value == replace(PLAIN, title="Moved")
    assert (changed[second.key].deleted, changed[second.key].value) == (True, None)
    assert listed(events, later)[0] == {}


def test_a_dead_token_asks_for_a_full_listing(user: User, events: Remote[Appointment]) -> None:
    _, token = listed(events)
    user.account.calendars.expire_sync_tokens()
    with pytest.raises(CursorExpired):
        events.list_page(token, None)
    with pytest.raises(CursorExpired):
        events.list_page("made-up", None)


def test_a_window_bounds_the_first_listing_and_the_token_goes_on_without_it(user: User) -> None:
    remote = user.session().calendar("primary", datetime(2026, 8, 4, tzinfo=UTC))
    create(remote, PLAIN, HOLIDAY)
    found, token = listed(remote)
    assert set(found) == {"event00001"}
    assert listed(remote, token)[0] == {}


def test_a_cancelled_occurrence_is_no_deletion_of_its_series(user: User, events: Remote[Appointment]) -> None:
    (series,) = create(events, SERIES)
    _, token = listed(events)
    occurrence = f"{series.key}_20260810T140000Z"
    user.account.calendars.phone_cancel_instance(occurrence)
    changed, _ = listed(events, token)
    cancelled = changed[occurrence]
    assert cancelled.deleted is False
    assert cancelled.value is not None
    assert (cancelled.value.status, cancelled.value.series_id) == ("cancelled", series.key)
    assert cancelled.value.original_start == at(10, 10)
    full, _ = listed(events)
    assert full[series.key].value == SERIES
    assert full[occurrence].value == cancelled.value


@pytest.mark.parametrize("hidden", [False, True], ids=["readable ids", "opaque ids"])
def test_an_occurrence_is_found_by_its_original_start_and_changed_alone(
    user: User, events: Calendar, hidden: bool
) -> None:
    user.account.calendars.hide_instance_ids(hidden)
    (series,) = create(events, SERIES)
    second, third, fourth = (Occurrence(series.key, at(10, day)) for day in (10, 17, 24))
    moved = user.account.calendars.instance_id(series.key, "2026-08-17T10:00:00-04:00")
    start, end = ({"dateTime": f"2026-08-18T{hour}:00:00-04:00"} for hour in (15, 16))
    user.account.calendars.phone_move_instance(moved, start, end)
    cancelled = user.account.calendars.instance_id(series.key, "2026-08-24T10:00:00-04:00")
    user.account.calendars.phone_cancel_instance(cancelled)

    never = Occurrence(series.key, at(11, 10))
    found = events.occurrences([second, third, fourth, never, Occurrence("neverwasthere", at(10, 10))])
    assert set(found) == {second, third, fourth}
    seen = {item: made(outcome) for item, outcome in found.items()}
    values = {item: value for item, outcome in seen.items() if (value := outcome.value)}
    assert {value.series_id for value in values.values()} == {series.key}
    assert all(value.original_start == item.original_start for item, value in values.items())
    assert [values[item].status for item in (second, third, fourth)] == ["confirmed"] * 2 + ["cancelled"]
    assert values[third].start == at(15, 18)

    _, token = listed(events)
    untouched = seen[second]
    assert untouched.value is not None
    wanted = replace(untouched.value, title="Only this one", start=at(12, 10), end=at(13, 10))
    answer = events.update([Update(link(untouched), wanted, frozenset({"title", "when"}), raw=untouched.raw)])
    assert made(answer[untouched.key]).value == wanted
    gone = events.delete([link(seen[third])])
    assert gone == {seen[third].key: None}
    changed, _ = listed(events, token)
    assert {item.value and item.value.original_start for item in changed.values()} == {at(10, 10), at(10, 17)}
    assert events.read([series.key])[series.key].value == SERIES


def test_occurrences_of_whole_days_and_of_series_without_end_are_found(events: Calendar) -> None:
    days = replace(HOLIDAY, recurrence=("RRULE:FREQ=DAILY;INTERVAL=3",))
    (series,) = create(events, days)
    far = date(2026, 8, 5) + timedelta(days=3 * 1000)
    wanted = Occurrence(series.key, AllDay(far))
    found = made(events.occurrences([wanted])[wanted]).value
    assert found is not None
    assert (found.start, found.end) == (AllDay(far), AllDay(far + timedelta(days=2)))
    assert events.occurrences([Occurrence(series.key, AllDay(far + timedelta(days=1)))]) == {}


def test_an_occurrence_changed_meanwhile_is_not_written_over(user: User, events: Calendar) -> None:
    (series,) = create(events, SERIES)
    wanted = Occurrence(series.key, at(10, 10))
    seen = made(events.occurrences([wanted])[wanted])
    user.account.calendars.phone_edit(seen.remote_id, {"summary": "Moved"})
    assert seen.value is not None
    update = Update(link(seen), replace(seen.value, location="x"), frozenset({"location"}), raw=seen.raw)
    assert isinstance(events.update([update])[seen.key], Stale)


ADDED = {
    "colorId": "5",
    "attachments": [{"fileUrl": "https://drive.google.com/x", "title": "Plan"}],
    "conferenceData": {
        "conferenceSolution": {"key": {"type": "hangoutsMeet"}},
        "entryPoints": [{"entryPointType": "video", "uri": "https://meet.google.com/abc-defg-hij"}],
    },
    "extendedProperties": {"private": {"other": "1"}, "shared": {"else": "2"}},
    "guestsCanModify": True,
}


@pytest.mark.parametrize("value", [replace(SHOWING, busy=True), SERIES], ids=["single", "series"])
def test_what_google_adds_survives_a_change_of_every_field(
    user: User, events: Calendar, value: Appointment
) -> None:
    guests = (Attendee("guest@x.test", "Guest"), Attendee("other@x.test"))
    (seen,) = create(events, replace(value, attendees=guests))
    user.account.calendars.phone_edit(seen.key, ADDED)
    user.account.calendars.guest_answers(seen.key, "guest@x.test", "accepted")
    read = events.read([seen.key])[seen.key]
    wanted = replace(
        value,
        title="New",
        description="New",
        location="New",
        start=at(12),
        end=at(13),
        reminders=(Reminder("popup", 5),),
        busy=False,
        attendees=(guests[0], Attendee("third@x.test")),
    )
    fields = frozenset({"title", "description", "location", "when", "reminders", "busy", "attendees"})
    made(events.update([Update(link(read), wanted, fields, raw=read.raw)])[seen.key])
    event = user.account.calendars.get("primary", seen.key)
    assert {name: event[name] for name in ADDED if name != "extendedProperties"} == {
        name: added for name, added in ADDED.items() if name != "extendedProperties"
    }
    assert event["hangoutLink"] == "https://meet.google.com/abc-defg-hij"
    assert event["extendedProperties"]["private"] == {"other": "1", "crmsync": "crm-0"}
    assert event["extendedProperties"]["shared"] == {"else": "2"}
    answers = {guest["email"]: guest["responseStatus"] for guest in event["attendees"]}
    assert answers == {"guest@x.test": "accepted", "third@x.test": "needsAction"}


def test_of_other_kinds_of_events_those_are_listed_that_take_time_whatever_google_sends(
    user: User, events: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    day: dict[str, Any] = {"start": {"date": "2026-08-05"}, "end": {"date": "2026-08-06"}}
    hours = {name: {"dateTime": f"2026-08-05T{hour}:00:00Z"} for name, hour in (("start", 10), ("end", 11))}
    place = {"workingLocationProperties": {"type": "homeOffice", "homeOffice": {}}}
    kinds = {"birthday": day, "workingLocation": day | place}
    for kind, body in (kinds | dict.fromkeys(("focusTime", "outOfOffice", "fromGmail"), hours)).items():
        user.account.calendars.phone_create({**body, "summary": kind, "eventType": kind})
    create(events, PLAIN)
    for _ in range(2):
        found = listed(events)[0].values()
        titles = {it.value.title: it.only_busy for it in found if it.value is not None}
        assert titles == {PLAIN.title: False, "focusTime": True, "outOfOffice": True, "fromGmail": True}
        # Google is not asked for kinds, and so sends all that there are.
        monkeypatch.setattr("crmsync.gateway.events.TYPES", None)


def test_birthdays_and_other_kinds_of_events_are_not_listed(user: User, events: Remote[Appointment]) -> None:
    day = {"start": {"date": "2026-08-05"}, "end": {"date": "2026-08-06"}}
    user.account.calendars.phone_create({**day, "summary": "Ada's birthday", "eventType": "birthday"})
    assert listed(events)[0] == {}


def test_a_patch_changes_what_changed_and_keeps_what_google_has(
    user: User, events: Remote[Appointment]
) -> None:
    (seen,) = create(events, SHOWING)
    user.account.calendars.phone_edit(seen.key, {"colorId": "5", "guestsCanModify": True})
    seen = listed(events)[0][seen.key]
    wanted = replace(SHOWING, title="Second showing", location="", reminders=None, status="confirmed")
    fields = frozenset({"title", "location", "reminders", "status"})
    answer = events.update([Update(link(seen), wanted, fields)])
    assert made(answer[seen.key]).value == wanted
    event = user.account.calendars.get("primary", seen.key)
    assert (event["colorId"], event["guestsCanModify"]) == ("5", True)
    assert event["extendedProperties"]["private"] == {"crmsync": "crm-0"}


@pytest.mark.parametrize(("before", "after"), [(PLAIN, HOLIDAY), (HOLIDAY, PLAIN), (SERIES, PLAIN)])
def test_an_event_can_change_its_whole_form(
    events: Remote[Appointment], before: Appointment, after: Appointment
) -> None:
    (seen,) = create(events, before)
    fields = frozenset({"title", "when", "recurrence", "reminders"})
    answer = events.update([Update(link(seen), after, fields)])
    assert made(answer[seen.key]).value == after


def test_a_stale_etag_stops_updates_and_deletions(user: User, events: Remote[Appointment]) -> None:
    first, second = create(events, PLAIN, HOLIDAY)
    user.account.calendars.phone_edit(first.key, {"summary": "Moved"})
    updates = [
        Update(link(first), replace(PLAIN, location="x"), frozenset({"location"})),
        Update(link(second), replace(HOLIDAY, location="y"), frozenset({"location"})),
    ]
    answer = events.update(updates)
    assert isinstance(answer[first.key], Stale)
    assert made(answer[second.key]).value == replace(HOLIDAY, location="y")
    assert isinstance(events.delete([link(first)])[first.key], Stale)
    assert user.account.calendars.get("primary", first.key)["summary"] == "Moved"


def test_the_etag_of_a_fresh_read_is_the_one_that_counts(user: User, events: Remote[Appointment]) -> None:
    (seen,) = create(events, PLAIN)
    user.account.calendars.phone_edit(seen.key, {"summary": "Moved"})
    read = events.read([seen.remote_id])[seen.remote_id]
    wanted = replace(PLAIN, title="Moved", location="x")
    update = Update(link(seen), wanted, frozenset({"location"}), raw=read.raw)
    assert made(events.update([update])[seen.key]).value == wanted


def test_guests_keep_their_answers_when_another_is_added(user: User, events: Remote[Appointment]) -> None:
    (seen,) = create(events, replace(PLAIN, attendees=(Attendee("guest@x.test", "Guest"),)))
    user.account.calendars.guest_answers(seen.key, "guest@x.test", "accepted")
    read = events.read([seen.remote_id])[seen.remote_id]
    assert "attendees" in read.rich
    assert read.value is not None
    wanted = replace(read.value, attendees=(*read.value.attendees, Attendee("second@x.test")))
    answer = events.update([Update(link(read), wanted, frozenset({"attendees"}), raw=read.raw)])
    now = made(answer[seen.key]).value
    assert now is not None
    answers = {guest.email: guest.response for guest in now.attendees}
    assert answers["guest@x.test"] == "accepted"
    assert answers["second@x.test"] == "needsAction"


def test_nobody_is_mailed_unless_the_user_asked_for_it(user: User, events: Remote[Appointment]) -> None:
    invited = replace(PLAIN, attendees=(Attendee("guest@x.test"),))
    answer = events.create([new(0, invited), new(1, invited, notify=True)])
    quiet, loud = made(answer["crm-0"]), made(answer["crm-1"])
    outbox = user.account.calendars.outbox
    assert {mail.event_id for mail in outbox.mails} == {loud.key}
    events.update([Update(link(quiet), replace(invited, title="x"), frozenset({"title"}))])
    events.delete([link(loud)])
    assert {mail.event_id for mail in outbox.mails} == {loud.key}
    assert len(outbox.mails) == 1


def test_deleting_counts_what_is_gone_already_as_done(user: User, events: Remote[Appointment]) -> None:
    first, second = create(events, PLAIN, HOLIDAY)
    assert events.delete([link(first), link(second)]) == {first.key: None, second.key: None}
    gone = replace(link(first), etag="", remote_id="neverwasthere")
    assert events.delete([replace(link(first), etag=""), replace(gone, key="other")]) == {
        first.key: None,
        "other": None,
    }
    assert events.delete([]) == {}


def test_an_event_that_never_existed_is_absent(events: Remote[Appointment]) -> None:
    (seen,) = create(events, PLAIN)
    assert set(events.read([seen.remote_id, "neverwasthere"])) == {seen.remote_id}
    assert events.read(["neverwasthere"]) == {}
    lost = replace(link(seen), remote_id="neverwasthere")
    answer = events.update([Update(lost, PLAIN, frozenset({"title"}))])
    assert isinstance(answer[lost.key], NotFound)


def test_an_insert_whose_answer_is_lost_is_met_by_its_id(user: User, events: Remote[Appointment]) -> None:
    user.world.controls.plan(Fault("calendar.events.insert", when="after", drop=True))
    with pytest.raises(Unavailable) as caught:
        events.create([new(0, PLAIN)])
    assert caught.value.ambiguous
    assert isinstance(events.create([new(0, PLAIN)])["crm-0"], AlreadyThere)
    assert events.read(["event00000"])["event00000"].own_key == "crm-0"


def test_a_part_that_fails_leaves_the_others_done(user: User, events: Remote[Appointment]) -> None:
    user.world.controls.plan(Fault("calendar.events.insert", status=503, skip=1))
    answer = events.create([new(number, PLAIN) for number in range(3)])
    failed = answer["crm-1"]
    assert isinstance(failed, Unavailable)
    assert failed.ambiguous
    made(answer["crm-0"])
    made(answer["crm-2"])
    assert len(user.made("calendar.events.insert")) == 3


def test_a_quota_that_ends_midway_keeps_what_was_done(user: User, events: Remote[Appointment]) -> None:
    user.world.controls.quotas["calendar.user"] = 2
    answer = events.create([new(number, PLAIN) for number in range(3)])
    assert sum(isinstance(outcome, Observation) for outcome in answer.values()) == 2
    assert isinstance(answer["crm-2"], RateLimited)
    with pytest.raises(RateLimited):
        events.create([new(number, PLAIN) for number in range(3, 6)])


def test_a_failed_part_of_a_deletion_is_raised(user: User, events: Remote[Appointment]) -> None:
    first, second = create(events, PLAIN, HOLIDAY)
    user.world.controls.plan(Fault("calendar.events.delete", status=503, skip=1))
    with pytest.raises(Unavailable):
        events.delete([link(first), link(second)])
    assert events.delete([replace(link(first), etag=""), link(second)]) == {first.key: None, second.key: None}


def test_a_part_that_was_not_granted_says_so(server: GoogleServer) -> None:
    user = User(server, f"owner{next(_numbers)}@gmail.example", scopes=["contacts"])
    with pytest.raises(ScopeMissing):
        user.session().calendar("primary").list_page(None, None)
    with pytest.raises(ScopeMissing):
        user.session().calendar("primary").create([new(0, PLAIN), new(1, HOLIDAY)])


def test_a_read_of_several_raises_what_is_no_absence(user: User, events: Remote[Appointment]) -> None:
    create(events, PLAIN, HOLIDAY)
    user.world.controls.plan(Fault("calendar.events.get", status=503, skip=1))
    with pytest.raises(Unavailable):
        events.read(["event00000", "event00001"])


def test_a_channel_is_opened_and_closed_and_closing_again_is_harmless(user: User) -> None:
    session = user.session()
    address = "https://crm.example/hooks/calendar"
    resource_id, expires_at = session.watch("primary", "channel-1", "secret", address)
    assert resource_id
    assert expires_at is not None
    assert timedelta(hours=1) < expires_at - user.world.clock.now() <= timedelta(days=8)
    with pytest.raises(Refused) as caught:
        session.watch("primary", "channel-1", "secret", address)
    assert caught.value.reason == "channel_id_not_unique"
    session.stop("channel-1", resource_id)
    session.stop("channel-1", resource_id)
