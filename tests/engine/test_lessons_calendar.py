"""What went wrong elsewhere with series, whole days and guests, and does not here.

The numbers are those of the list of lessons.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from crmsync.core.account import UserSettings
from crmsync.core.calendar.recurrence import occurrence_key, starts
from crmsync.core.model import AllDay, Appointment, Attendee, Timed
from crmsync.store.ports import PutUser
from local.google.clock import Clock
from local.google.world import World
from tests.engine.appointments import rests, shown, timed
from tests.machine.in_process import InProcessGoogle
from tests.stage import START, Stage

GUESTS = (Attendee("guest@example.com", "Guest"), Attendee("other@example.com"))
WEEKLY = Appointment(
    "Coaching", timed(10, 14), timed(10, 15), recurrence=("RRULE:FREQ=WEEKLY",), attendees=GUESTS
)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with InProcessGoogle(World(Clock(START))) as server:
        made = Stage(server)
        made.connect()
        yield made


def all_of(stage: Stage) -> list[Appointment]:
    return [item.value for item in stage.store.changed(stage.scope, "appointments", None, None, 100)]


def ago(moment: Timed) -> Timed:
    """A year before, in its zone."""
    return replace(moment, at=moment.at.replace(year=moment.at.year - 1))


def bring_in(stage: Stage) -> None:
    """The user wants events born at Google."""
    stage.store.commit(stage.scope, [PutUser({"settings": UserSettings(google_events="full")})])


def test_24_the_organiser_does_not_vanish_from_the_guests(stage: Stage) -> None:
    stage.add("v", replace(WEEKLY, recurrence=(), attendees=GUESTS[:1]))
    stage.sync("calendar")
    [event] = stage.events()
    owner = {"email": stage.account.email, "responseStatus": "accepted"}
    stage.calendar.phone_edit(event["id"], {"attendees": [*event["attendees"], owner]})
    stage.sync("calendar")
    rests(stage)
    value = stage.appointment("v").value
    kept = tuple(guest for guest in value.attendees if guest.email != stage.account.email)
    stage.edit("v", replace(value, attendees=(*kept, GUESTS[1])))
    stage.sync("calendar")
    [event] = stage.events()
    answers = {guest["email"]: guest["responseStatus"] for guest in event["attendees"]}
    assert answers[stage.account.email] == "accepted"
    assert answers.keys() >= {guest.email for guest in GUESTS}


@pytest.mark.parametrize("born", ["crm", "google"])
def test_25_an_edit_of_this_and_following_leaves_no_ghosts_and_no_doubles(stage: Stage, born: str) -> None:
    bring_in(stage)
    if born == "crm":
        stage.add("s", WEEKLY)
    else:
        stage.calendar.phone_create(
            {
                "summary": "Coaching",
                "start": shown(timed(10, 14)),
                "end": shown(timed(10, 15)),
                "recurrence": list(WEEKLY.recurrence),
            }
        )
    stage.sync("calendar")
    [event] = stage.events()
    third = stage.calendar.instance_id(event["id"], timed(24, 14).at)
    stage.calendar.phone_split_series(
        third, {"summary": "Later", "start": shown(timed(24, 16)), "end": shown(timed(24, 17))}
    )
    stage.sync("calendar")
    values = all_of(stage)
    assert sorted(value.title for value in values) == ["Coaching", "Later"]
    first, last = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 10, tzinfo=UTC)
    here = sorted(occurrence_key(at) for value in values for at in starts(value, first, last, 99))
    there = sorted(
        occurrence_key(Timed(datetime.fromisoformat(item["start"]["dateTime"]), ""))
        for item in stage.calendar.every_event(singleEvents=True, timeMax=last.isoformat())
    )
    assert here == there
    assert len(here) == 5
    rests(stage)


def test_26_a_series_without_a_rule_stops_nothing_and_is_named(stage: Stage) -> None:
    stage.add("bad", replace(WEEKLY, title="No rule", recurrence=("EXDATE:20260317T180000Z",)))
    stage.add("worse", replace(WEEKLY, title="Endless", recurrence=("RRULE:FREQ=DAILY;INTERVAL=0",)))
    stage.add("good", WEEKLY)
    stage.sync("calendar")
    assert "Coaching" in [event["summary"] for event in stage.events()]
    assert "Endless" not in [event["summary"] for event in stage.events()]
    assert stage.appointment("worse").value.title == "Endless"
    quarantined = {link.crm: link.problem for link in stage.store.quarantined(stage.scope, None, 9)}
    assert quarantined == dict.fromkeys(("bad", "worse"), "unusable_recurrence")


@pytest.mark.parametrize("zone", ["Pacific/Honolulu", "America/Toronto", "Pacific/Kiritimati"])
def test_27_whole_days_stay_on_their_days_west_and_east_of_greenwich(zone: str) -> None:
    with InProcessGoogle(World(Clock(START))) as server:
        stage = Stage(server)
        stage.calendar.calendar().time_zone = zone
        stage.connect()
        bring_in(stage)
        days = Appointment("Away", AllDay(date(2026, 3, 7)), AllDay(date(2026, 3, 9)))
        stage.add("a", days)
        stage.add("s", replace(days, title="Every week", recurrence=("RRULE:FREQ=WEEKLY",)))
        stage.calendar.phone_create(
            {"summary": "Google's", "start": {"date": "2026-03-08"}, "end": {"date": "2026-03-09"}}
        )
        stage.sync("calendar")
        there = {event["summary"]: (event["start"], event["end"]) for event in stage.events()}
        week_end = ({"date": "2026-03-07"}, {"date": "2026-03-09"})
        assert there["Away"] == there["Every week"] == week_end
        born = next(value for value in all_of(stage) if value.title == "Google's")
        assert (born.start, born.end) == (AllDay(date(2026, 3, 8)), AllDay(date(2026, 3, 9)))
        rests(stage)


def test_28_no_guest_is_mailed_by_a_sync_of_series_exceptions_and_edits(
    stage: Stage,
) -> None:
    bring_in(stage)
    stage.add("s", WEEKLY)
    stage.add("past", replace(WEEKLY, start=ago(timed(10, 14)), end=ago(timed(10, 15)), recurrence=()))
    stage.calendar.phone_create(
        {
            "summary": "Google's",
            "start": shown(timed(11, 9)),
            "end": shown(timed(11, 10)),
            "attendees": [{"email": "guest@example.com"}],
        }
    )
    stage.sync("calendar")
    series = next(event for event in stage.events() if event.get("recurrence"))
    stage.calendar.phone_edit(
        stage.calendar.instance_id(series["id"], timed(17, 14).at), {"summary": "Moved"}
    )
    stage.sync("calendar")
    for item in stage.store.changed(stage.scope, "appointments", None, None, 100):
        stage.edit(item.id, replace(item.value, location="12 Elm St"))
    stage.sync("calendar")
    stage.edit("s", stage.appointment("s").value, archived=True)
    stage.edit("past", stage.appointment("past").value, archived=True)
    stage.sync("calendar")
    assert stage.calendar.outbox.mails == []


def test_28_only_the_appointment_that_asks_for_it_mails_its_guests(stage: Stage) -> None:
    quiet = replace(WEEKLY, title="Quiet", recurrence=())
    stage.add("q", quiet)
    stage.add("l", replace(quiet, title="Loud", notify_guests=True))
    stage.sync("calendar")
    ids = {event["summary"]: event["id"] for event in stage.events()}
    mails = stage.calendar.outbox.mails
    assert {mail.event_id for mail in mails} == {ids["Loud"]}
    made = len(mails)
    for step in ("changed", "cancelled"):
        for id in ("q", "l"):
            value = stage.appointment(id).value
            stage.edit(id, replace(value, location=step), archived=True if step == "cancelled" else None)
        stage.sync("calendar")
    assert {mail.event_id for mail in mails} == {ids["Loud"]}
    assert len(mails) > made
    stage.sync("calendar")
    rest = len(mails)
    stage.later(7200)
    stage.sync("calendar")
    assert len(mails) == rest
