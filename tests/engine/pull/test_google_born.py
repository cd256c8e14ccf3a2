"""Events born at Google: off, busy, full; the window; what goes back, and what never does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.core.account import GoogleEvents
from crmsync.core.model import Appointment
from crmsync.engine.account import connect
from local.google.clock import Clock
from local.google.world import World
from tests.engine.allowing import come_back
from tests.engine.appointments import SECOND, born, exceptions, records, rests, shown, timed, wants
from tests.machine.in_process import InProcessGoogle
from tests.stage import START, Stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    with InProcessGoogle(World(Clock(START))) as server:
        made = Stage(server)
        made.connect()
        yield made


def test_full_brings_them_in_whole_and_edits_go_both_ways(stage: Stage) -> None:
    wants(stage, "full")
    event_id = born(stage)
    stage.sync("calendar")
    [record] = records(stage)
    assert (record.value.title, record.value.description) == ("Dentist", "Root canal")
    rests(stage)
    stage.edit(record.id, replace(record.value, title="Dentist, moved"))
    stage.calendar.phone_edit(event_id, {"location": "Oak St"})
    stage.sync("calendar")
    assert stage.calendar.get("primary", event_id)["summary"] == "Dentist, moved"
    assert stage.appointment(record.id).value.location == "Oak St"
    stage.calendar.phone_delete(event_id)
    stage.sync("calendar")
    assert stage.appointment(record.id).archived_at is not None
    rests(stage)


def test_archiving_a_whole_copy_deletes_the_event_and_restoring_it_on_the_phone_brings_it_back(
    stage: Stage,
) -> None:
    wants(stage, "full")
    event_id = born(stage)
    stage.sync("calendar")
    [record] = records(stage)
    stage.edit(record.id, record.value, archived=True)
    stage.sync("calendar")
    assert stage.events() == []
    stage.calendar.phone_restore(event_id)
    stage.sync("calendar")
    assert [r.id for r in records(stage)] == [record.id]
    rests(stage)


def test_busy_copies_hold_times_only_and_write_nothing_back(stage: Stage) -> None:
    wants(stage, "busy")
    event_id = born(stage)
    born(stage, summary="Public holiday", transparency="transparent")
    stage.sync("calendar")
    [record] = records(stage)
    assert record.value == Appointment("Busy", timed(10, 9), timed(10, 10))
    stage.edit(record.id, replace(record.value, title="Keep free", description="Ours"))
    stage.calendar.phone_edit(event_id, {"summary": "Surgeon", "end": shown(timed(10, 12))})
    stage.sync("calendar")
    assert stage.appointment(record.id).value == Appointment(
        "Keep free", timed(10, 9), timed(10, 12), description="Ours"
    )
    assert stage.calendar.get("primary", event_id)["summary"] == "Surgeon"
    assert stage.world.controls.count("calendar.events.patch") == 0
    rests(stage)
    stage.edit(record.id, record.value, archived=True)
    stage.sync("calendar")
    stage.calendar.phone_edit(event_id, {"end": shown(timed(10, 13))})
    stage.sync("calendar")
    assert len(stage.events()) == 2
    assert records(stage) == []
    rests(stage)


def test_a_busy_copy_of_a_series_follows_its_cancelled_and_moved_occurrences(stage: Stage) -> None:
    wants(stage, "busy")
    event_id = born(stage, recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"])
    stage.calendar.phone_cancel_instance(stage.calendar.instance_id(event_id, SECOND.at))
    moved = stage.calendar.instance_id(event_id, timed(24, 9).at)
    times = {"start": shown(timed(25, 9)), "end": shown(timed(25, 10))}
    stage.calendar.phone_edit(moved, {"summary": "Secret", **times})
    stage.sync("calendar")
    [series] = [record for record in records(stage) if record.value.recurrence]
    found = {it.value.original_start: it.value for it in exceptions(stage, series.id)}
    assert found[SECOND].status == "cancelled"
    assert (found[timed(24, 9)].title, found[timed(24, 9)].start) == ("Busy", timed(25, 9))
    rests(stage)


def test_switching_on_later_brings_them_in_and_switching_off_leaves_them(stage: Stage) -> None:
    born(stage)
    stage.sync("calendar")
    assert records(stage) == []
    wants(stage, "busy")
    stage.sync("calendar")
    assert [record.value.title for record in records(stage)] == ["Busy"]
    wants(stage, "full")
    stage.sync("calendar")
    assert [record.value.title for record in records(stage)] == ["Dentist"]
    wants(stage, "off")
    born(stage, summary="Later")
    stage.sync("calendar")
    assert [record.value.title for record in records(stage)] == ["Dentist"]
    rests(stage)


def test_the_window_bounds_what_is_brought_in_and_never_deletes(stage: Stage) -> None:
    """Lesson 14: items at the edge of the window were deleted or doubled."""
    wants(stage, "full")
    old = {"start": shown(timed(1, 9)), "end": shown(timed(1, 10))}
    born(stage, summary="Recent", **old)
    for text, at in (("Long ago", {"date": "2025-06-01"}), ("Since long ago", {"date": "2025-06-02"})):
        rule = ["RRULE:FREQ=WEEKLY"] if text == "Since long ago" else []
        stage.calendar.phone_create(
            {"summary": text, "start": at, "end": {"date": "2025-06-03"}, "recurrence": rule}
        )
    stage.sync("calendar")
    assert sorted(record.value.title for record in records(stage)) == ["Recent", "Since long ago"]
    stage.clock.advance(timedelta(days=90))
    stage.calendar.expire_sync_tokens()
    stage.sync("calendar")
    assert sorted(record.value.title for record in records(stage)) == ["Recent", "Since long ago"]
    rests(stage)


@pytest.mark.parametrize(("hours", "comes"), [(-1, False), (1, True)])
def test_the_window_begins_thirty_days_before_the_connection(stage: Stage, hours: int, comes: bool) -> None:
    wants(stage, "full")
    end = START - timedelta(days=30) + timedelta(hours=hours)
    times = {"start": end - timedelta(minutes=30), "end": end}
    stage.calendar.phone_create(
        {"summary": "Edge", **{name: {"dateTime": at.isoformat()} for name, at in times.items()}}
    )
    stage.sync("calendar")
    assert [record.value.title for record in records(stage)] == (["Edge"] if comes else [])


def test_a_series_born_at_google_comes_with_its_exceptions_and_without_doubles(stage: Stage) -> None:
    wants(stage, "full")
    event_id = born(stage, recurrence=["RRULE:FREQ=WEEKLY;COUNT=6"])
    stage.calendar.phone_cancel_instance(stage.calendar.instance_id(event_id, SECOND.at))
    stage.calendar.phone_edit(stage.calendar.instance_id(event_id, timed(31, 9).at), {"summary": "Late"})
    stage.sync("calendar")
    stage.calendar.phone_split_series(
        stage.calendar.instance_id(event_id, timed(24, 9).at), {"location": "Oak St"}
    )
    stage.sync("calendar")
    series = [record for record in records(stage) if record.value.recurrence]
    assert len(series) == 2
    assert sorted((e.value.title, e.value.status) for s in series for e in exceptions(stage, s.id)) == [
        ("Dentist", "cancelled"),
        ("Late", "confirmed"),
    ]
    assert stage.world.controls.count("calendar.events.insert") == 0
    assert stage.world.controls.count("calendar.events.patch") == 0
    rests(stage)


def test_a_copy_that_a_person_makes_of_our_event_is_an_event_of_its_own(stage: Stage) -> None:
    stage.add("v", Appointment("Viewing", timed(10, 14), timed(10, 15)))
    stage.sync("calendar")
    [event] = stage.events()
    copy = {name: event[name] for name in ("summary", "start", "end", "extendedProperties")}
    stage.calendar.phone_create(copy)
    stage.sync("calendar")
    assert [record.id for record in records(stage)] == ["v"]
    rests(stage)


def test_an_unusable_rule_at_google_is_quarantined_alone(stage: Stage) -> None:
    """Lesson 26: one series without a usable rule stopped the whole account; the message named no meeting."""
    wants(stage, "full")
    born(stage, summary="Good")
    bad = born(stage, summary="Bad", recurrence=["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"])
    stage.sync("calendar")
    found = {record.value.title: record.value for record in records(stage)}
    assert found.keys() == {"Good", "Bad"}
    assert found["Bad"].recurrence == ()
    [link] = stage.store.quarantined(stage.scope, None, 10)
    assert (link.remote_id, link.problem) == (bad, "unusable_recurrence")
    rests(stage)
    stage.calendar.phone_edit(bad, {"recurrence": ["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28"]})
    stage.sync("calendar")
    [bad_one] = [record.value for record in records(stage) if record.value.title == "Bad"]
    assert bad_one.recurrence == ("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28",)
    assert not stage.store.quarantined(stage.scope, None, 10)
    rests(stage)


def test_disconnecting_takes_back_only_what_the_sync_made(stage: Stage) -> None:
    wants(stage, "full")
    born(stage)
    stage.add(
        "s", Appointment("Ours", timed(10, 14), timed(10, 15), recurrence=("RRULE:FREQ=DAILY;COUNT=5",))
    )
    stage.sync("calendar")
    [event_id] = [event["id"] for event in stage.events() if event["summary"] == "Ours"]
    stage.calendar.phone_cancel_instance(stage.calendar.instance_id(event_id, timed(11, 14).at))
    stage.sync("calendar")
    connect.disconnect(stage.deps, stage.scope, "delete", "archive")
    stage.run()
    assert [event["summary"] for event in stage.events()] == ["Dentist"]
    assert sorted((it.value.title, it.value.status) for it in records(stage)) == [
        ("Ours", "cancelled"),
        ("Ours", "confirmed"),
    ]
    assert stage.store.count_links(stage.scope, "calendar") == 0


@pytest.mark.parametrize("wish", ["busy", "full"])
def test_copies_archived_on_leaving_come_in_again_with_the_next_connection(
    stage: Stage, wish: GoogleEvents
) -> None:
    """Nothing has changed at Google meanwhile, so that only a complete listing shows their events."""
    wants(stage, wish)
    born(stage)
    stage.sync("calendar")
    [copy] = records(stage)
    connect.disconnect(stage.deps, stage.scope, "keep", "archive")
    stage.run()
    assert records(stage) == []
    assert come_back(stage, stage.account).kind == "connected"
    stage.run()
    assert [record.id for record in records(stage)] == [copy.id]
    rests(stage)
