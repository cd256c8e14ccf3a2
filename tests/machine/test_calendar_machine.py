"""Seeded walks of the calendar machine; `script/soak --machine calendar` runs many more."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from crmsync.core.calendar.recurrence import starts
from tests.machine.calendar_machine import CalendarMachine
from tests.machine.calendar_people import FAR, FIRST, moved
from tests.machine.soak import walk


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.timeout(240)
def test_people_google_and_dying_jobs_do_their_worst_to_appointments(seed: int) -> None:
    walk(10, seed, steps=14, machine=CalendarMachine)


@pytest.fixture
def machine() -> Iterator[CalendarMachine]:
    """A machine that is driven by hand, for walks that once came to a bad end."""
    made = CalendarMachine()
    yield made
    made.teardown()


def test_an_event_from_the_bin_does_not_share_its_record_with_the_one_that_took_its_place(
    machine: CalendarMachine,
) -> None:
    machine.connected(wish="full", hidden=False, synced=True)
    machine.phone_deletes(which=2)
    machine.crm_types_during_a_job(after=False, effect=0, field="title", which=0, word="Ada")
    machine.phone_restores(which=0)
    machine.rest()
    titles = [stored.value.title for stored in machine.crm.all() if stored.archived_at is None]
    assert sorted(titles) == ["ada1x", "ada4x", "bo2x", "cem3x"]


def test_an_exception_waits_until_google_knows_when_its_series_takes_place(machine: CalendarMachine) -> None:
    machine.connected(wish="off", hidden=False, synced=True)
    machine.everything_is_reported_as_changed()
    machine.phone_cancels_one(place=0, which=0)
    machine.phone_cancels_one(place=0, which=0)
    machine.job_is_delivered_twice()
    machine.crm_moves(hours=1, which=2)
    machine.crm_excepts(cancel=False, place=0, which=0, word="Ada")
    machine.rest()
    assert [event["summary"] for event in machine.stage.events() if "recurringEventId" in event] == ["ada4x"]


def test_a_series_that_goes_back_to_its_time_has_its_cancelled_occurrences_again(
    machine: CalendarMachine,
) -> None:
    machine.connected(wish="off", hidden=False, synced=True)
    machine.phone_cancels_one(place=0, which=0)
    machine.phone_cancels_one(place=0, which=0)
    machine.job_is_delivered_twice()
    machine.crm_moves(hours=1, which=2)
    machine.phone_splits(hours=0, place=0, which=0, word="Ada")
    machine.rest()
    exceptions = [stored for stored in machine.crm.all() if stored.value.series_id]
    assert [(it.value.status, it.archived_at) for it in exceptions] == [("cancelled", None)] * 2


def test_what_google_changed_of_a_series_is_no_edit_of_an_occurrence_that_was_cancelled_here(
    machine: CalendarMachine,
) -> None:
    machine.connected(wish="off", hidden=False, synced=True)
    machine.crm_excepts(cancel=True, place=0, which=0, word="Ada")
    machine.phone_types_during_a_job(after=False, effect=0, field="title", which=0, word="Ada")
    machine.phone_types(field="title", which=0, word="Ada")
    machine.rest()
    [cancelled] = [stored for stored in machine.crm.all() if stored.value.series_id]
    assert cancelled.value.status == "cancelled"


def test_a_series_taken_out_of_the_bin_brings_its_exceptions_to_google(machine: CalendarMachine) -> None:
    machine.connected(wish="off", hidden=False, synced=True)
    machine.phone_moves_one(hours=1, place=0, which=0)
    machine.crm_archives(which=0)
    machine.rest()
    machine.phone_restores(which=0)
    machine.rest()
    moved = [event for event in machine.stage.events() if "recurringEventId" in event]
    assert [event["start"]["dateTime"] for event in moved] == ["2026-03-10T10:00:00-04:00"]


def test_the_first_part_of_a_split_series_comes_out_of_the_bin_as_short_as_google_made_it(
    machine: CalendarMachine,
) -> None:
    machine.connected(wish="off", hidden=False, synced=True)
    machine.phone_splits(hours=0, place=1, which=0, word="Ada")
    machine.phone_ends(place=0, which=0)
    machine.job()
    machine.phone_restores(which=0)
    machine.rest()
    lengths = {s.value.title: len(starts(s.value, FIRST, FAR, 9)) for s in machine.crm.living(series=True)}
    assert lengths == {"ada1x": 1, "ada4x": 3}


def test_an_occurrence_that_got_its_own_guests_at_google_keeps_to_them(machine: CalendarMachine) -> None:
    machine.connected(wish="off", hidden=False, synced=True)
    machine.phone_invites_to_one(guest="ann@guests.example", place=0, which=0)
    machine.crm_invites(guest="ben@guests.example", which=0)
    machine.rest()
    guests = {stored.id: [guest.email for guest in stored.value.attendees] for stored in machine.crm.living()}
    assert sorted(guests.values()) == [[], ["ann@guests.example"], ["ben@guests.example"]]


def test_a_guest_invited_on_both_sides_has_answered_on_both(machine: CalendarMachine) -> None:
    machine.connected(wish="off", hidden=False, synced=True)
    machine.crm_invites(guest="ann@guests.example", which=0)
    machine.phone_invites(guest="ann@guests.example", which=0)
    machine.guests_respond(response="accepted", which=0)
    machine.rest()
    [guest] = machine.stage.appointment("crm001").value.attendees
    assert guest.response == "accepted"


def test_the_later_part_of_a_busy_copy_is_whole_once_all_of_it_is_wanted(machine: CalendarMachine) -> None:
    machine.connected(wish="busy", hidden=False, synced=True)
    machine.crm_wants(wish="full")
    machine.phone_splits(hours=0, place=1, which=1, word="Ada")
    machine.job()
    titles = [stored.value.title for stored in machine.crm.living(series=True)]
    assert sorted(titles) == ["ada1x", "ada4x", "cem3x"]


def test_a_busy_copy_out_of_the_archive_follows_its_event_out_of_the_bin(machine: CalendarMachine) -> None:
    machine.connected(wish="busy", hidden=False, synced=True)
    machine.phone_moves_one(hours=1, place=0, which=1)
    machine.job()
    machine.phone_deletes(which=2)
    machine.job()
    machine.crm_restores(which=0)
    machine.phone_restores(which=0)
    machine.job()
    [copy] = [stored for stored in machine.crm.living(series=True) if stored.value.title == "Busy"]
    [link] = machine.stage.store.links_of(machine.stage.scope, "calendar", [copy.id]).values()
    assert (link.state, link.shadow) == ("linked", True)


def test_an_event_from_the_bin_takes_the_place_of_the_one_that_took_its_place(
    machine: CalendarMachine,
) -> None:
    machine.connected(wish="off", hidden=False, synced=True)
    for act in (machine.crm_archives, machine.crm_restores):
        act(which=0)
        machine.job_is_delivered_twice()
    machine.crm_archives(which=0)
    machine.phone_restores(which=0)
    machine.rest()
    [event] = [event for event in machine.stage.events() if event["summary"] == "ada1x"]
    [link] = machine.stage.store.links_of(machine.stage.scope, "calendar", ["crm001"]).values()
    assert link.remote_id == event["id"]


@pytest.mark.parametrize("side", ["crm", "phone"])
def test_of_two_events_of_an_appointment_the_second_goes_on_when_the_first_is_deleted(
    machine: CalendarMachine, side: str
) -> None:
    machine.connected(wish="off", hidden=False, synced=True)
    for act in (machine.crm_archives, machine.crm_restores):
        act(which=0)
        machine.job_is_delivered_twice()
    machine.phone_restores(which=0)
    machine.job()
    twins = [event["id"] for event in machine.stage.events() if event["summary"] == "ada1x"]
    [link] = machine.stage.store.links_of(machine.stage.scope, "calendar", ["crm001"]).values()
    if side == "crm":
        machine.crm_archives(which=[stored.id for stored in machine.crm.living()].index("crm001"))
    else:
        machine.phone.deletes(link.remote_id)
    machine.rest()
    [after] = machine.stage.store.links_of(machine.stage.scope, "calendar", ["crm001"]).values()
    assert {link.remote_id, after.remote_id} == set(twins)
    assert machine.stage.appointment("crm001").archived_at is None


def test_a_cancelled_occurrence_of_a_busy_copy_whose_later_part_is_whole(machine: CalendarMachine) -> None:
    machine.connected(wish="busy", hidden=False, synced=True)
    machine.phone_cancels_one(place=2, which=1)
    machine.job()
    machine.crm_wants(wish="full")
    machine.phone_splits(hours=0, place=1, which=1, word="Ada")
    machine.rest()
    [cancelled] = [stored for stored in machine.crm.living() if stored.value.status == "cancelled"]
    [series] = [it for it in machine.crm.living(series=True) if it.id == cancelled.value.series_id]
    assert series.value.title == "ada4x"


def test_what_came_up_while_nothing_was_wanted_comes_in_once_it_is_wanted_again(
    machine: CalendarMachine,
) -> None:
    machine.connected(wish="busy", hidden=False, synced=True)
    machine.phone_invites_to_one(guest="ann@guests.example", place=0, which=0)
    machine.crm_wants(wish="off")
    machine.phone_adds(day=0, kind=(False, False), word="Ada")
    machine.job_is_delivered_twice()
    machine.crm_wants(wish="busy")
    machine.job()
    busy = [stored for stored in machine.crm.living() if stored.value.title == "Busy"]
    assert len(busy) == 2


def test_an_occurrence_that_google_dropped_with_a_turn_of_its_series_is_not_cancelled(
    machine: CalendarMachine,
) -> None:
    """The series was moved here as well, and that won: so it has the occurrence again."""
    machine.connected(wish="off", hidden=False, synced=True)
    machine.crm_moves(hours=1, which=0)
    machine.phone_moves(hours=1, which=0)
    machine.phone_types_on_one(field="title", place=0, which=0, word="Ada")
    machine.phone_turns(which=0)
    machine.rest()
    assert [stored for stored in machine.crm.living() if stored.value.status == "cancelled"] == []


def test_an_exception_that_google_dropped_with_a_turn_of_its_series_goes_there_again(
    machine: CalendarMachine,
) -> None:
    machine.connected(wish="off", hidden=False, synced=True)
    machine.phone_types_on_one(field="title", place=0, which=0, word="Ada")
    machine.job()
    machine.crm.change(
        machine.stage.appointment("crm001"), lambda it: replace(it, recurrence=("RRULE:FREQ=WEEKLY;COUNT=6",))
    )
    machine.phone_turns(which=0)
    machine.rest()
    assert [event["summary"] for event in machine.stage.events() if "recurringEventId" in event] == ["ada4x"]


def test_an_exception_here_goes_with_its_occurrence_when_google_turns_the_series(
    machine: CalendarMachine,
) -> None:
    machine.connected(wish="off", hidden=False, synced=True)
    machine.crm_excepts(cancel=False, place=0, which=0, word="Ada")
    machine.phone_turns(which=0)
    machine.job()
    assert [stored for stored in machine.crm.living() if stored.value.series_id] == []


def test_an_event_from_the_bin_that_got_a_record_of_its_own_keeps_it(machine: CalendarMachine) -> None:
    machine.connected(wish="busy", hidden=False, synced=True)
    machine.crm_archives(which=[stored.id for stored in machine.crm.living()].index("crm001"))
    machine.job()
    machine.crm_restores(which=0)
    machine.job()
    machine.phone_restores(which=0)
    machine.job()
    [link] = machine.stage.store.links_of(machine.stage.scope, "calendar", ["crm001"]).values()
    machine.phone.deletes(link.remote_id)
    own = [stored.id for stored in machine.crm.living(own=True)]
    machine.crm_invites(which=own.index("crm001"), guest="ann@guests.example")
    machine.rest()
    [after] = machine.stage.store.links_of(machine.stage.scope, "calendar", ["crm001"]).values()
    assert after.generation > link.generation


def test_a_busy_copy_that_becomes_whole_while_google_splits_its_series_ends_where_google_says(
    machine: CalendarMachine,
) -> None:
    machine.connected(wish="busy", hidden=False, synced=True)
    machine.crm_wants(wish="full")
    machine.phone_splits(hours=0, place=1, which=1, word="Ada")
    machine.rest()
    lengths = {s.value.title: len(starts(s.value, FIRST, FAR, 9)) for s in machine.crm.living(series=True)}
    assert lengths == {"ada1x": 4, "cem3x": 1, "ada4x": 3}


def test_a_cancelled_occurrence_is_cancelled_again_when_its_series_is_turned_and_turned_back(
    machine: CalendarMachine,
) -> None:
    machine.connected(wish="off", hidden=False, synced=True)
    machine.phone_cancels_one(place=0, which=0)
    machine.job()
    for _ in range(2):
        machine.crm_turns(which=[stored.id for stored in machine.crm.living(own=True)].index("crm001"))
    machine.rest()
    [cancelled] = [stored for stored in machine.crm.living() if stored.value.series_id]
    assert cancelled.value.status == "cancelled"


def test_a_guest_who_was_invited_to_one_occurrence_there_keeps_it_when_the_series_here_lets_go_of_her(
    machine: CalendarMachine,
) -> None:
    machine.connected(wish="off", hidden=False, synced=True)
    machine.phone_invites_to_one(guest="ann@guests.example", place=0, which=0)
    machine.crm_invites(guest="ann@guests.example", which=0)
    machine.job()
    machine.crm.invites([s.id for s in machine.crm.living()].index("crm001"), "ann@guests.example")
    machine.rest()
    [exception] = [event for event in machine.stage.events() if "recurringEventId" in event]
    assert [guest["email"] for guest in exception["attendees"]] == ["ann@guests.example"]


def test_what_a_series_has_yet_to_send_goes_with_an_exception_that_a_split_takes_elsewhere(
    machine: CalendarMachine,
) -> None:
    machine.connected(wish="off", hidden=False, synced=True)
    machine.crm_invites(guest="ann@guests.example", which=0)
    machine.phone_types_on_one(field="title", place=1, which=0, word="Ada")
    machine.job_dies(after=False, effect=1)
    machine.phone_splits(hours=0, place=1, which=0, word="Ada")
    machine.rest()


def test_an_exception_made_here_hears_what_a_guest_answered_to_the_series(
    machine: CalendarMachine,
) -> None:
    machine.connected(wish="off", hidden=False, synced=True)
    machine.phone_invites(guest="ann@guests.example", which=0)
    machine.job()
    machine.guests_respond(response="accepted", which=0)
    machine.crm_excepts(cancel=False, place=0, which=0, word="Ada")
    machine.rest()
    [exception] = [stored.value for stored in machine.crm.living() if stored.value.series_id]
    assert [guest.response for guest in exception.attendees] == ["accepted"]


def test_an_exception_that_is_none_any_more_at_google_goes_on_with_its_series_there(
    machine: CalendarMachine,
) -> None:
    """Google lists no occurrence that is as its rules give it."""
    machine.connected(wish="off", hidden=False, synced=True)
    machine.crm_excepts(cancel=False, place=0, which=0, word="Ada")
    machine.job()
    machine.phone_turns(which=0)
    machine.phone_turns(which=0)
    machine.job()
    machine.phone_invites(guest="ann@guests.example", which=0)
    machine.rest()
    [exception] = [stored.value for stored in machine.crm.living() if stored.value.series_id]
    assert [guest.email for guest in exception.attendees] == ["ann@guests.example"]


def test_an_exception_that_is_none_any_more_at_google_goes_with_its_occurrence(
    machine: CalendarMachine,
) -> None:
    machine.connected(wish="busy", hidden=False, synced=True)
    machine.phone_turns_one(place=1, which=1)
    machine.job()
    machine.phone_deletes(which=2)
    machine.phone_restores(which=0)
    machine.job()
    machine.phone_ends(place=1, which=1)
    machine.job()
    assert [stored for stored in machine.crm.living() if stored.value.series_id] == []


@pytest.mark.parametrize("hours", [0, 2])
def test_an_exception_whose_part_of_a_split_series_is_gone_goes_as_well(
    machine: CalendarMachine, hours: int
) -> None:
    machine.connected(wish="busy", hidden=False, synced=True)
    machine.phone_turns_one(place=1, which=1)
    machine.job()
    machine.phone_splits(hours=hours, place=1, which=1, word="Ada")
    if hours == 0:
        machine.phone_deletes(which=3)
    machine.rest()
    assert [stored for stored in machine.crm.living() if stored.value.series_id] == []


def test_an_occurrence_cancelled_there_is_cancelled_here_when_the_series_goes_back_to_its_time(
    machine: CalendarMachine,
) -> None:
    """It was moved here, so that the cancelled occurrence was none of its own; and Google has split it."""
    machine.connected(wish="off", hidden=False, synced=True)
    machine.phone_invites(guest="ann@guests.example", which=0)
    machine.crm_moves(hours=1, which=0)
    machine.phone_cancels_one(place=0, which=0)
    machine.phone_types_during_a_job(after=False, effect=0, field="title", which=0, word="Ada")
    machine.phone_splits(hours=0, place=0, which=0, word="Ada")
    machine.rest()
    [cancelled] = [stored.value for stored in machine.crm.living() if stored.value.series_id]
    assert cancelled.status == "cancelled"


def test_a_busy_copy_comes_back_with_its_event(machine: CalendarMachine) -> None:
    machine.connected(wish="busy", hidden=False, synced=True)
    machine.phone_deletes(which=2)
    machine.job()
    machine.phone_restores(which=0)
    machine.job()
    assert [it.value.title for it in machine.crm.living(series=True)].count("Busy") == 1


def test_a_cancelled_occurrence_of_a_busy_copy_keeps_its_length(machine: CalendarMachine) -> None:
    machine.connected(wish="busy", hidden=False, synced=True)
    machine.phone_cancels_one(place=1, which=1)
    machine.job()
    machine.crm_wants(wish="full")
    machine.job()
    [cancelled] = [stored.value for stored in machine.crm.living() if stored.value.series_id]
    assert (cancelled.status, cancelled.end) == ("cancelled", moved(cancelled.start, 1))
