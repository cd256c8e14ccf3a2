"""Walks that came to a bad end when the rules of what goes wrong around a job were new, each cut short."""

from collections.abc import Callable

import pytest

from tests.machine.calendar_machine import CalendarMachine
from tests.machine.contacts_machine import ContactsMachine
from tests.machine.machine import SOON
from tests.machine.trouble import STEPS, Step


def contacts(**given: object) -> ContactsMachine:
    made = ContactsMachine()
    made.connected(**{"owners": {}, "synced": True, **given})
    return made


def appointments(**given: object) -> CalendarMachine:
    made = CalendarMachine()
    made.connected(**{"wish": "off", "hidden": False, "synced": True, **given})
    return made


def test_what_changes_while_nothing_is_pushed_is_sent_once_it_is_again() -> None:
    state = contacts()
    state.crm_lets_it_be_pushed(on=False)
    state.crm_types(which=0, field="notes", word="Ada")
    state.crm_adds(word="Bo", shared=False)
    state.job_runs()
    state.teardown()


def test_what_is_archived_while_nothing_is_pushed_is_deleted_once_it_is_again() -> None:
    state = contacts(small=True, pace=1.0, seed=403)
    state.time_passes(minutes=8640)
    state.crm_archives(which=4)
    state.crm_lets_it_be_pushed(on=False)
    state.time_passes(minutes=1)
    state.teardown()


def test_contacts_that_were_taken_back_from_google_go_there_again_with_a_new_connection() -> None:
    state = contacts()
    state.user_connects_again(google="delete")
    state.teardown()


def test_appointments_that_were_taken_back_go_to_google_again_with_a_new_connection() -> None:
    state = appointments()
    state.time_passes(minutes=60)
    state.job_runs()
    state.user_connects_again(google="delete")
    state.teardown()


def test_busy_copies_that_were_archived_come_in_again_with_a_new_connection() -> None:
    """The incremental listing of the next job did not show their events: they had not changed."""
    state = appointments(wish="busy")
    state.user_connects_again(crm="archive")
    state.teardown()


def test_the_clean_up_of_a_disconnect_leaves_the_next_connection_alone() -> None:
    """It went on to revoke the grant of the new one."""
    state = appointments(pace=0.3, hidden=True, seed=2131)
    state.phone_turns_one(place=2, which=0)
    state.user_connects_again(google="delete", seconds=1.0)
    assert state.stage.store.grant(state.stage.scope) is not None
    state.teardown()


def test_a_new_connection_looks_again_at_a_lease_whose_follow_up_was_the_one_before_it_s() -> None:
    """Both had one name, for the disconnect leaves the lease to whoever holds it."""
    state = contacts(synced=False, pace=0.05, seed=0)
    state.job_comes_late(after=True, effect=2)
    state.user_connects_again(seconds=0.0)
    state.teardown()


@pytest.mark.parametrize("fault", ["outage", "unauthorized_client"])
def test_a_disconnect_whose_access_token_is_refused_comes_to_its_end(fault: str) -> None:
    state = appointments(pace=0.3)
    state.token_endpoint_fails(fault=fault, times=1)
    state.user_connects_again(other=True, seconds=1.0)
    state.teardown()


def test_an_import_whose_task_is_lost_is_carried_out() -> None:
    state = contacts()
    state.crm_finishes_the_sheet(ticked=255, action="done", same=False)
    state.task_is_lost(which=0)
    state.teardown()


def test_a_look_at_a_lease_that_is_lost_is_made_again_by_the_schedule() -> None:
    """The job that held it died. The name of the one that was to look again cannot be used twice."""
    state = contacts(pace=1.0, seed=373)
    state.crm_archives(which=6)
    state.job_dies(after=False, effect=2)
    state.crm_clears(field="job_title", which=4)
    state.task_is_lost(which=1)
    state.teardown()


def test_a_contact_may_be_gone_when_the_phone_is_about_to_delete_it() -> None:
    state = contacts(small=True, pace=1.0, seed=461)
    state.job_is_delivered_twice()
    state.crm_archives_everybody()
    state.job_is_delivered_twice()
    state.phone_deletes_everybody()
    state.teardown()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("begin", [contacts, appointments])
def test_something_unexpected_at_one_record_keeps_no_other_from_google(
    begin: Callable[[], ContactsMachine | CalendarMachine], step: Step
) -> None:
    state = begin()
    state.something_unexpected_happens_at_a_record(which=1, step=step)
    state.job_runs()
    state.teardown()


def test_a_job_that_backs_off_and_finds_no_queue_is_looked_for_by_the_schedule() -> None:
    """Its wait was noted, the task for its end was not queued, and its redelivery came before that end."""
    state = contacts(pace=0.05, seed=1)
    state.crm_archives_everybody()
    state.queue_fails(times=1)
    state.token_endpoint_fails(fault="outage", times=1)
    state.crm_types_during_a_job(after=False, effect=0, field="given_name", which=0, word="Ada")
    state.teardown()


def test_what_moved_at_google_while_the_next_page_was_read_ahead_is_sent_by_the_same_job() -> None:
    """That page was empty, so the pass ended, and what it had written anew was not looked at again."""
    state = contacts(pace=0.05, seed=0)
    for _ in range(7):
        state.everything_is_reported_as_changed()
    state.phone_clears(field="nicknames", which=1)
    state.everything_is_reported_as_changed()
    state.crm_clears(field="given_name", which=3)
    state.phone_merges(other=2, which=5)
    state.crm_types_during_a_job(after=False, effect=1, field="given_name", which=0, word="Ada")
    state.crm_has_birthday(date=None, which=0)
    state.phone_works_at(second=False, which=2, word="Ada")
    state.teardown()


def test_a_contact_that_google_has_lost_while_the_next_page_was_read_ahead_is_made_by_the_same_job() -> None:
    """The same: its update had found nobody at Google."""
    state = contacts(pace=0.05, seed=0)
    state.sync_tokens_expire()
    state.phone_deletes_everybody()
    state.job(SOON)
    state.crm_lists(how="relabel", name="emails", which=1, word="Bo")
    state.teardown()


def test_who_may_be_two_others_at_google_is_held_back_without_being_written_again() -> None:
    """Each job that looked back over it noted anew whom it may be."""
    state = contacts(pace=0.3, seed=0)
    for _ in range(2):
        state.phone_adds(word="Ada")
    state.job_runs()
    state.crm_types(which=5, field="notes", word="Ada")
    state.phone_deletes(which=9)
    state.teardown()


def test_who_is_offered_is_known_by_the_numbers_of_the_region_that_was_chosen_since() -> None:
    """Until a complete listing nobody with such a number was found among them."""
    state = contacts(pace=0.3, seed=0)
    for which in (0, *range(8)):
        state.phone_lists(which=which, name="phones", how="add", word="Ada")
    state.job(SOON)
    state.crm_is_elsewhere(region="FR")
    state.teardown()


def test_the_deletion_that_nobody_can_keep_from_meeting_an_edit_is_known_under_a_new_resource_name() -> None:
    """Google takes no precondition for it. The witness looked for the contact under its old name."""
    state = contacts()
    [link, *_] = state.store.links_page(state.stage.scope, "contacts", None, 1)
    which = sorted(state.stage.book.contents()).index(link.remote_id)
    state.phone_joins_a_profile(which=which)
    known = frozenset(state.witness.typed)
    state.phone_types(which=0, field="nicknames", word="Ada")
    state.phone.is_deleted([link], known)
    [typed] = state.witness.typed - known
    assert typed in state.witness.gone
    state.context.close()


def test_who_is_gone_is_off_the_sheet_although_another_row_became_a_contact_of_the_crm_meanwhile() -> None:
    """A complete listing missed it: as many rows were open still as it had shown."""
    state = contacts(small=True, pace=0.3, seed=639)
    state.crm_adds(shared=False, word="Eli")
    state.job(SOON)
    state.phone_merges(other=3, which=4)
    state.phone_merges(other=2, which=6)
    state.crm_is_elsewhere(region="FR")
    state.phone_merges(other=2, which=6)
    state.teardown()


def test_a_job_that_gives_its_lease_back_at_last_leaves_its_successor_a_minute() -> None:
    """It had hung, and was through ten seconds before both sides were to agree."""
    state = contacts(pace=1.0, seed=4386)
    state.crm_types(which=0, field="notes", word="Ada")
    state.time_limit_strikes(after=True, effect=1, killed=False)
    state.time_passes(minutes=303 / 60)
    state.teardown()


def test_who_was_set_aside_and_has_another_resource_name_since_is_not_made_twice() -> None:
    """When it was looked at again, Google answered to the old name with the new one."""
    state = contacts(pace=0.05, seed=989)
    state.job_runs()
    state.something_unexpected_happens_at_a_record(step="decide", which=2)
    state.crm_adds(shared=True, word="Cem")
    state.job_dies(after=True, effect=0)
    state.crm_archives_everybody()
    state.job_runs()
    state.phone_adds(word="Cem")
    state.phone_deletes(which=8)
    state.phone_has_birthday(date=(2, 29, None), which=5)
    state.phone_joins_a_profile(which=5)
    state.teardown()


def test_the_schedule_sees_to_the_end_of_a_long_wait() -> None:
    """After so many failures no task is queued for that; nor did the walk let the schedule look."""
    state = contacts(small=True, pace=0.3, seed=6963)
    state.token_endpoint_fails(fault="outage", times=8)
    state.job_runs()
    state.time_passes(minutes=60 * 24 * 6)
    state.job_runs()
    state.teardown()


def test_an_archived_contact_that_was_set_aside_is_deleted_when_its_time_has_come() -> None:
    """Nobody edits it in the archive, so it waits for that: a wait that was not counted as a known one."""
    state = contacts(pace=0.05, seed=0)
    state.crm_finishes_the_sheet(action="no_import", same=None, ticked=0)
    state.something_unexpected_happens_at_a_record(step="decide", which=5)
    state.crm_archives_everybody()
    state.phone_adds(word="Ada")
    state.crm_adds(shared=False, word="Ada")
    state.phone_clears(field="nicknames", which=8)
    state.teardown()


def test_a_busy_copy_that_was_set_aside_comes_out_again_once_nothing_is_wrong() -> None:
    """It owes Google nothing, so no pass looked at what it was set aside for."""
    state = appointments(wish="busy", pace=0.05, seed=0)
    state.something_unexpected_happens_at_a_record(step="decide", which=0)
    state.teardown()


def test_an_exception_waits_for_its_series_that_was_set_aside() -> None:
    """It was refused as no occurrence, for hours: Google had yet to hear when the series takes place."""
    state = appointments()
    state.something_unexpected_happens_at_a_record(step="write", which=4)
    state.crm_moves(hours=1, which=4)
    state.crm_excepts(cancel=True, place=3, which=3, word="Bo")
    state.teardown()


def test_an_occurrence_that_was_set_aside_comes_out_again_when_it_is_taken_in() -> None:
    state = appointments()
    state.something_unexpected_happens_at_a_record(step="decide", which=4)
    state.phone_turns_one(place=2, which=0)
    state.teardown()


def test_no_round_of_what_was_set_aside_is_left_once_nothing_is() -> None:
    state = appointments(pace=0.05, seed=3332)
    state.time_passes(minutes=20)
    state.something_unexpected_happens_at_a_record(step="write", which=4)
    state.teardown()


def test_an_event_of_ours_that_was_set_aside_comes_out_again_when_the_push_finds_it() -> None:
    state = appointments(pace=1.0, seed=649, synced=False)
    state.job_comes_late(after=False, effect=4)
    state.time_passes(minutes=1)
    state.something_unexpected_happens_at_a_record(step="decide", which=0)
    state.teardown()


@pytest.mark.parametrize("hidden", [True, False])
def test_guests_of_an_exception_may_be_told_when_those_of_its_part_of_a_series_are(hidden: bool) -> None:
    """The walks took the mail for one that nobody had asked for: its id names the first part, or none."""
    state = appointments(hidden=hidden)
    state.phone_splits(hours=0, place=2, which=0, word="Ada")
    state.job_runs()
    state.crm_tells_guests(which=0, guest="ann@guests.example")
    state.crm_excepts(cancel=False, place=0, which=0, word="Bo")
    state.job_runs()
    state.teardown()


def test_an_exception_that_was_edited_stays_with_its_series_when_the_calendar_is_left() -> None:
    """The series went into the archive without it; once out of it, the exception did not follow to Google."""
    state = appointments(wish="full")
    state.phone_types_on_one(field="title", place=0, which=1, word="Ada")
    state.job_runs()
    state.crm_types(field="title", which=1, word="Bo")
    state.crm_chooses_a_calendar(calendar="work@group.calendar.google.com", copies="remove")
    state.job_runs()
    state.crm_restores(which=0)
    state.teardown()


def test_deletions_that_are_held_when_a_lease_has_ended_are_decided_as_well() -> None:
    """The walks asked the user before the wait, and not after it."""
    state = appointments(pace=0.3, seed=5)
    state.crm_types(which=0, field="title", word="Ada")
    state.time_limit_strikes(effect=1, after=True, killed=True)
    for _ in range(3):
        state.phone_deletes(which=0)
    state.sync_tokens_expire()
    state.teardown()


def test_what_was_called_off_while_it_was_aside_comes_out_with_the_next_edit() -> None:
    state = appointments()
    state.phone_invites(guest="ann@guests.example", which=1)
    state.something_unexpected_happens_at_a_record(step="decide", which=5)
    state.crm_types_during_a_job(after=False, effect=3, field="description", which=5, word="Bo")
    state.crm_calls_off(which=1)
    state.crm_types_during_a_job(after=False, effect=10, field="title", which=3, word="Cem")
    state.everything_is_reported_as_changed()
    state.teardown()


def test_an_exception_that_was_set_aside_for_its_series_goes_on_with_it() -> None:
    """It is cancelled, so that what it takes over from its series makes it no other one."""
    state = appointments(pace=0.3, seed=0)
    state.crm_excepts(cancel=False, place=0, which=0, word="Bo")
    state.something_unexpected_happens_at_a_record(step="decide", which=1)
    state.job_runs()
    state.crm_calls_off(which=0)
    state.teardown()


def test_an_occurrence_that_was_set_aside_is_no_longer_when_it_belongs_to_a_later_part() -> None:
    """Its series was split at the phone, so that it came in under another key."""
    state = CalendarMachine()
    state.connected(pace=1.0, hidden=True, wish="busy", seed=4174, synced=True, all_day=False)
    state.something_unexpected_happens_at_a_record(step="decide", which=4)
    state.phone_cancels_one(place=0, which=2)
    state.crm_types_during_a_job(after=False, effect=2, field="location", which=2, word="Bo")
    state.phone_cancels_one(place=2, which=2)
    state.phone_invites(guest="ben@guests.example", which=3)
    state.phone_repeats(which=1)
    state.phone_splits(hours=0, place=0, which=3, word="Cem")
    state.teardown()
