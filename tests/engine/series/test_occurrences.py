"""Series and their exceptions in both directions: moved, edited and cancelled occurrences."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from crmsync.core.model import Attendee
from crmsync.core.pair.ids import exception_id
from crmsync.store.ports import DropLink
from tests.engine.appointments import (
    SECOND,
    THIRD,
    WEEKLY,
    exceptions,
    make,
    occurrences,
    rests,
    shown,
    synced,
    timed,
)
from tests.stage import Stage


def test_an_occurrence_moved_on_the_phone_becomes_an_exception_in_the_crm(stage: Stage) -> None:
    event_id = synced(stage)
    stage.calendar.phone_move_instance(
        stage.calendar.instance_id(event_id, SECOND.at), shown(timed(18, 11)), shown(timed(18, 12))
    )
    stage.sync("calendar")
    [moved] = exceptions(stage)
    assert (moved.value.series_id, moved.value.start, moved.value.title) == ("s", timed(18, 11), "Coaching")
    assert moved.id == exception_id(stage.deps.canon("CA"), "s", SECOND)
    rests(stage)


def test_an_occurrence_cancelled_on_the_phone_leaves_the_series_standing(stage: Stage) -> None:
    event_id = synced(stage)
    stage.calendar.phone_cancel_instance(stage.calendar.instance_id(event_id, SECOND.at))
    stage.sync("calendar")
    [gone] = exceptions(stage)
    assert (gone.value.status, gone.value.title) == ("cancelled", "Coaching")
    assert stage.appointment("s").archived_at is None
    rests(stage)


@pytest.mark.parametrize("hidden", [False, True])
def test_an_occurrence_edited_in_the_crm_is_patched_at_google(stage: Stage, hidden: bool) -> None:
    event_id = synced(stage)
    stage.calendar.hide_instance_ids(hidden)
    make(stage, SECOND, title="Final coaching", start=timed(17, 14), end=timed(17, 15))
    stage.sync("calendar")
    found = occurrences(stage, event_id)
    assert found["03-17"]["summary"] == "Final coaching"
    assert datetime.fromisoformat(found["03-17"]["start"]["dateTime"]) == timed(17, 14).at
    assert found["03-24"]["summary"] == "Coaching"
    assert len(found) == 8
    rests(stage)


def test_an_occurrence_cancelled_in_the_crm_and_confirmed_again(stage: Stage) -> None:
    event_id = synced(stage)
    id = make(stage, SECOND, status="cancelled")
    stage.sync("calendar")
    assert "03-17" not in occurrences(stage, event_id)
    rests(stage)
    stage.edit(id, replace(stage.appointment(id).value, status="confirmed", title="On after all"))
    stage.sync("calendar")
    assert occurrences(stage, event_id)["03-17"]["summary"] == "On after all"
    rests(stage)


def test_series_and_exceptions_made_together_go_together(stage: Stage) -> None:
    stage.add("s", WEEKLY)
    make(stage, SECOND, title="Special")
    make(stage, THIRD, status="cancelled")
    stage.edit("s", replace(WEEKLY, location="12 Elm St"))
    stage.sync("calendar")
    [master] = [event for event in stage.events() if event.get("recurrence")]
    found = occurrences(stage, master["id"])
    assert found["03-17"]["summary"] == "Special"
    assert "03-24" not in found
    assert len(found) == 7
    rests(stage)


def test_both_sides_change_the_same_untouched_occurrence(stage: Stage) -> None:
    event_id = synced(stage)
    stage.calendar.phone_edit(stage.calendar.instance_id(event_id, SECOND.at), {"location": "Office"})
    id = make(stage, SECOND, title="Special")
    stage.sync("calendar")
    event = occurrences(stage, event_id)["03-17"]
    assert (event["summary"], event["location"]) == ("Special", "Office")
    assert (stage.appointment(id).value.title, stage.appointment(id).value.location) == ("Special", "Office")
    rests(stage)


def test_an_edit_beats_the_cancellation_of_an_occurrence_whichever_side_it_is_on(stage: Stage) -> None:
    event_id = synced(stage)
    here, there = make(stage, SECOND, title="Mine"), make(stage, THIRD, title="Mine too")
    stage.sync("calendar")
    stage.calendar.phone_cancel_instance(stage.calendar.instance_id(event_id, SECOND.at))
    stage.edit(here, replace(stage.appointment(here).value, title="Mine again"))
    stage.calendar.phone_edit(stage.calendar.instance_id(event_id, THIRD.at), {"summary": "Theirs"})
    stage.edit(there, replace(stage.appointment(there).value, status="cancelled"))
    stage.sync("calendar")
    found = occurrences(stage, event_id)
    assert (found["03-17"]["summary"], found["03-24"]["summary"]) == ("Mine again", "Theirs")
    assert (stage.appointment(there).value.status, stage.appointment(there).value.title) == (
        "confirmed",
        "Theirs",
    )
    rests(stage)


def test_a_series_moved_at_google_takes_its_exceptions_from_the_crm_too(stage: Stage) -> None:
    event_id = synced(stage)
    id = make(stage, SECOND, title="Special")
    stage.sync("calendar")
    stage.calendar.phone_edit(event_id, {"start": shown(timed(10, 16)), "end": shown(timed(10, 17))})
    stage.sync("calendar")
    assert stage.appointment("s").value.start == timed(10, 16)
    assert stage.appointment(id).archived_at is not None
    assert stage.appointment(id).value.title == "Special"
    rests(stage)


def test_a_series_deleted_on_the_phone_is_archived_with_its_exceptions(stage: Stage) -> None:
    event_id = synced(stage)
    id = make(stage, SECOND, title="Special")
    stage.sync("calendar")
    stage.calendar.phone_delete(event_id)
    stage.sync("calendar")
    assert stage.appointment("s").archived_at is not None
    assert stage.appointment(id).archived_at is not None
    assert stage.appointment(id).value.status == "confirmed"
    assert stage.store.count_links(stage.scope, "calendar") == 0
    rests(stage)


def test_a_series_archived_in_the_crm_is_deleted_at_google_by_one_call(stage: Stage) -> None:
    synced(stage)
    id = make(stage, SECOND, title="Special")
    stage.sync("calendar")
    stage.edit("s", WEEKLY, archived=True)
    stage.edit(id, stage.appointment(id).value, archived=True)
    stage.world.controls.forget_calls()
    stage.sync("calendar")
    assert stage.events() == []
    assert stage.world.controls.count("calendar.events.delete") == 1
    assert stage.world.controls.count("calendar.events.patch") == 0
    assert stage.store.count_links(stage.scope, "calendar") == 0
    rests(stage)


def test_a_series_recreated_because_it_was_edited_comes_with_its_exceptions(stage: Stage) -> None:
    event_id = synced(stage)
    make(stage, SECOND, title="Special")
    stage.sync("calendar")
    stage.calendar.phone_delete(event_id)
    stage.edit("s", replace(WEEKLY, title="Coaching, still"))
    stage.sync("calendar")
    [master] = [event for event in stage.events() if event.get("recurrence")]
    assert master["id"] != event_id
    assert occurrences(stage, master["id"])["03-17"]["summary"] == "Special"
    rests(stage)


def test_this_and_following_at_google_makes_one_more_series_and_nothing_twice(stage: Stage) -> None:
    event_id = synced(stage)
    early, late = make(stage, SECOND, title="Early"), make(stage, timed(31, 9), title="Late")
    stage.edit("s", replace(WEEKLY, contact_ids=("c1",)))
    stage.sync("calendar")
    stage.calendar.phone_split_series(stage.calendar.instance_id(event_id, THIRD.at), {"location": "Room 2"})
    stage.sync("calendar")
    living = [
        s for s in stage.store.changed(stage.scope, "appointments", None, None, 50) if not s.archived_at
    ]
    series = {s.id: s.value for s in living if s.value.recurrence}
    [new] = [id for id in series if id != "s"]
    assert "UNTIL" in series["s"].recurrence[0]
    assert (series[new].start, series[new].location, series[new].contact_ids) == (THIRD, "Room 2", ("c1",))
    assert [e.id for e in exceptions(stage)] == [early]
    [moved] = exceptions(stage, new)
    assert (moved.value.title, moved.value.location) == ("Late", "Room 2")
    assert stage.appointment(late).archived_at is not None
    rests(stage)
    assert len([event for event in stage.events() if event.get("recurrence")]) == 2


def test_the_later_part_of_a_split_series_is_edited_like_any_other(stage: Stage) -> None:
    event_id = synced(stage)
    stage.calendar.phone_split_series(stage.calendar.instance_id(event_id, THIRD.at), {"summary": "Part two"})
    stage.sync("calendar")
    [new] = [
        s
        for s in stage.store.changed(stage.scope, "appointments", None, None, 50)
        if s.value.title == "Part two"
    ]
    stage.edit(new.id, replace(new.value, title="Part two, in the CRM"))
    stage.sync("calendar")
    assert [e["summary"] for e in stage.events() if "_R" in e["id"]] == ["Part two, in the CRM"]
    rests(stage)


def test_where_google_splits_a_series_the_crms_move_of_it_is_a_conflict_not_a_double(stage: Stage) -> None:
    event_id = synced(stage)
    stage.calendar.phone_split_series(stage.calendar.instance_id(event_id, THIRD.at), {"summary": "Part two"})
    stage.edit("s", replace(WEEKLY, start=timed(10, 16), end=timed(10, 17)))
    stage.sync("calendar")
    assert "UNTIL" in stage.appointment("s").value.recurrence[0]
    assert "when" in {conflict.field for conflict in stage.store.conflicts(stage.scope, None, 10)}
    rests(stage)


def test_an_exception_that_comes_before_its_series_is_not_lost(stage: Stage) -> None:
    """The event was made by a job that died; the phone changed an occurrence before the next job came."""
    event_id = synced(stage)
    [link] = stage.store.links_page(stage.scope, "calendar", None, 10)
    stage.store.commit(stage.scope, [DropLink(link.key)])
    stage.calendar.phone_cancel_instance(stage.calendar.instance_id(event_id, SECOND.at))
    stage.calendar.touch_all()
    stage.sync("calendar")
    [gone] = exceptions(stage)
    assert gone.value.status == "cancelled"
    rests(stage)


def test_exceptions_mail_nobody_unless_they_are_asked_to(stage: Stage) -> None:
    stage.add("s", replace(WEEKLY, attendees=(Attendee("guest@example.com"),)))
    stage.sync("calendar")
    make(stage, SECOND, title="Quiet")
    make(stage, THIRD, status="cancelled")
    stage.sync("calendar")
    assert stage.calendar.outbox.mails == []
    make(stage, timed(31, 9), status="cancelled", notify_guests=True)
    stage.sync("calendar")
    assert len(stage.calendar.outbox.mails) == 1


def test_a_series_without_a_usable_rule_is_quarantined_alone(stage: Stage) -> None:
    stage.add("bad", replace(WEEKLY, recurrence=("RRULE:FREQ=WEEKLY;INTERVAL=0",)))
    stage.add("good", replace(WEEKLY, title="Good"))
    stage.sync("calendar")
    assert [event["summary"] for event in stage.events()] == ["Good"]
    [link] = stage.store.quarantined(stage.scope, None, 10)
    assert (link.crm, link.problem) == ("bad", "unusable_recurrence")
    stage.edit("bad", WEEKLY)
    stage.sync("calendar")
    assert sorted(event["summary"] for event in stage.events()) == ["Coaching", "Good"]
    rests(stage)


def test_a_complete_listing_changes_nothing(stage: Stage) -> None:
    event_id = synced(stage)
    make(stage, SECOND, title="Special")
    stage.calendar.phone_cancel_instance(stage.calendar.instance_id(event_id, THIRD.at))
    stage.sync("calendar")
    before = {s.id: s.value for s in stage.store.changed(stage.scope, "appointments", None, None, 50)}
    stage.clock.advance(timedelta(days=7))
    stage.calendar.expire_sync_tokens()
    stage.sync("calendar")
    after = {s.id: s.value for s in stage.store.changed(stage.scope, "appointments", None, None, 50)}
    assert after == before
    rests(stage)


def test_a_series_deleted_on_both_sides_leaves_no_link_of_its_exceptions(stage: Stage) -> None:
    """Found by a walk: a job deleted the series at Google and hung; the next saw it gone on both sides."""
    event_id = synced(stage)
    make(stage, SECOND, title="Special")
    stage.sync("calendar")
    stage.edit("s", WEEKLY, archived=True)
    stage.calendar.phone_delete(event_id)
    stage.sync("calendar")
    assert stage.store.count_links(stage.scope, "calendar") == 0
    rests(stage)


def test_a_series_taken_out_of_googles_bin_comes_back_with_its_exceptions(stage: Stage) -> None:
    """Found by a walk: they had gone with it, and Google goes on to call them cancelled."""
    event_id = synced(stage)
    id = make(stage, SECOND, title="Special")
    stage.sync("calendar")
    stage.edit("s", WEEKLY, archived=True)
    stage.edit(id, stage.appointment(id).value, archived=True)
    stage.sync("calendar")
    stage.calendar.phone_restore(event_id)
    stage.sync("calendar")
    assert stage.appointment("s").archived_at is None
    assert len(occurrences(stage, event_id)) == 8
    assert occurrences(stage, event_id)["03-17"]["summary"] == "Special"
    assert [it.id for it in exceptions(stage)] == [id]
    rests(stage)


def test_an_exception_confirmed_here_goes_with_its_occurrence_when_the_series_was_moved_there(
    stage: Stage,
) -> None:
    """Found by a walk: it was cancelled on both sides, so its notice of the end looked like no news."""
    event_id = synced(stage)
    id = make(stage, SECOND, status="cancelled")
    stage.sync("calendar")
    stage.edit(id, replace(stage.appointment(id).value, status="confirmed", title="On after all"))
    stage.calendar.phone_edit(event_id, {"start": shown(timed(10, 16)), "end": shown(timed(10, 17))})
    stage.sync("calendar")
    assert stage.appointment(id).archived_at is not None
    assert stage.appointment(id).value.title == "On after all"
    assert not stage.store.quarantined(stage.scope, None, 10)
    rests(stage)


def test_an_older_event_of_ours_taken_out_of_googles_bin_does_not_disturb_the_newer_one(stage: Stage) -> None:
    """Found by a walk: both carry the key of one record."""
    event_id = synced(stage)
    stage.edit("s", WEEKLY, archived=True)
    stage.sync("calendar")
    stage.edit("s", WEEKLY, archived=False)
    stage.sync("calendar")
    stage.calendar.phone_restore(event_id)
    stage.sync("calendar")
    [link] = stage.store.links_page(stage.scope, "calendar", None, 10)
    assert link.remote_id != event_id
    assert [s.id for s in stage.store.changed(stage.scope, "appointments", None, None, 10)] == ["s"]
    rests(stage)
