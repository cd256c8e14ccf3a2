"""A series that is split at Google ("this and following"): where the exceptions of its later part go."""

from dataclasses import replace
from typing import Any

import pytest

from crmsync.core.model import Appointment, Stored
from crmsync.core.pair.ids import exception_id
from tests.engine.appointments import (
    THIRD,
    born,
    exceptions,
    make,
    occurrences,
    records,
    rests,
    shown,
    synced,
    timed,
    wants,
)
from tests.stage import Stage

FOURTH = timed(31, 9)


def split(stage: Stage, event_id: str, **changes: Any) -> str:
    """A person changes the third occurrence and all that follow; answers the event id of the later part."""
    made = stage.calendar.phone_split_series(stage.calendar.instance_id(event_id, THIRD.at), changes)
    return str(made["id"])


def later_part(stage: Stage, first: str = "s") -> Stored[Appointment]:
    """The CRM's record of the later part."""
    [found] = [it for it in records(stage) if it.value.recurrence and it.id != first]
    return found


def test_an_occurrence_of_the_later_part_is_edited_on_the_phone_like_any_other(stage: Stage) -> None:
    event_id = synced(stage)
    later = split(stage, event_id, location="Room 2")
    stage.calendar.phone_edit(stage.calendar.instance_id(later, FOURTH.at), {"summary": "Late"})
    stage.sync("calendar")
    [late] = exceptions(stage, later_part(stage).id)
    assert (late.value.title, late.value.location, late.value.start) == ("Late", "Room 2", FOURTH)
    assert exceptions(stage) == []
    rests(stage)


def test_an_exception_that_was_not_sent_yet_goes_over_and_meets_what_the_phone_says(stage: Stage) -> None:
    """It was made of the series as that was before: that it has no room is nobody's wish."""
    event_id = synced(stage)
    unsent = make(stage, FOURTH, title="Late")
    later = split(stage, event_id, location="Room 2")
    stage.calendar.phone_edit(stage.calendar.instance_id(later, FOURTH.at), {"description": "Bring forms"})
    stage.sync("calendar")
    [late] = exceptions(stage, later_part(stage).id)
    assert (late.value.title, late.value.location) == ("Late", "Room 2")
    assert late.value.description == "Bring forms"
    assert stage.appointment(unsent).archived_at is not None
    event = occurrences(stage, later)["03-31"]
    assert (event["summary"], event["location"], event["description"]) == ("Late", "Room 2", "Bring forms")
    assert exceptions(stage) == []
    rests(stage)


def test_an_exception_that_was_not_sent_yet_follows_a_later_part_that_nobody_touched(stage: Stage) -> None:
    event_id = synced(stage)
    unsent = make(stage, FOURTH, title="Late")
    later = split(stage, event_id, location="Room 2")
    stage.sync("calendar")
    stage.later()
    stage.sync("calendar")
    [late] = exceptions(stage, later_part(stage).id)
    assert (late.value.title, late.value.location) == ("Late", "Room 2")
    assert stage.appointment(unsent).archived_at is not None
    event = occurrences(stage, later)["03-31"]
    assert (event["summary"], event["location"]) == ("Late", "Room 2")
    rests(stage)


def test_an_edit_of_an_exception_here_goes_over_with_it(stage: Stage) -> None:
    event_id = synced(stage)
    id = make(stage, FOURTH, title="Late")
    stage.sync("calendar")
    stage.edit(id, replace(stage.appointment(id).value, title="Later still"))
    later = split(stage, event_id, location="Room 2")
    stage.sync("calendar")
    [late] = exceptions(stage, later_part(stage).id)
    assert (late.value.title, late.value.location) == ("Later still", "Room 2")
    assert occurrences(stage, later)["03-31"]["summary"] == "Later still"
    rests(stage)


def test_an_occurrence_that_was_cancelled_stays_so_in_the_later_part(stage: Stage) -> None:
    event_id = synced(stage)
    id = make(stage, FOURTH, status="cancelled")
    stage.sync("calendar")
    later = split(stage, event_id, location="Room 2")
    stage.sync("calendar")
    [gone] = exceptions(stage, later_part(stage).id)
    assert (gone.value.status, gone.value.original_start) == ("cancelled", FOURTH)
    assert stage.appointment(id).archived_at is not None
    assert "03-31" not in occurrences(stage, later)
    rests(stage)


def test_an_exception_has_no_place_in_a_later_part_that_takes_place_at_other_times(stage: Stage) -> None:
    event_id = synced(stage)
    id = make(stage, FOURTH, title="Late")
    stage.sync("calendar")
    later = split(stage, event_id, location="Room 2")
    stage.calendar.phone_edit(later, {"start": shown(timed(24, 16)), "end": shown(timed(24, 17))})
    stage.sync("calendar")
    assert stage.appointment(id).archived_at is not None
    assert stage.appointment(id).value.title == "Late"
    assert exceptions(stage, later_part(stage).id) == []
    assert exceptions(stage) == []
    rests(stage)


@pytest.mark.parametrize("whole", [False, True])
def test_of_a_split_busy_copy_the_exceptions_say_what_their_part_says(stage: Stage, whole: bool) -> None:
    """Where the user has come to want all of Google's events by then, it is no busy copy any more."""
    wants(stage, "busy")
    event_id = born(stage, recurrence=["RRULE:FREQ=WEEKLY;COUNT=8"])
    moved = {"summary": "Surgeon", "start": shown(timed(31, 11)), "end": shown(timed(31, 12))}
    stage.calendar.phone_edit(stage.calendar.instance_id(event_id, FOURTH.at), moved)
    stage.sync("calendar")
    [first] = [it for it in records(stage) if it.value.recurrence]
    [early] = exceptions(stage, first.id)
    stage.edit(early.id, replace(early.value, description="Ours"))
    stage.sync("calendar")
    if whole:
        wants(stage, "full")
    split(stage, event_id, location="Oak St")
    stage.sync("calendar")
    later = later_part(stage, first.id)
    [late] = exceptions(stage, later.id)
    assert late.id == exception_id(stage.deps.canon("CA"), later.id, FOURTH)
    assert (late.value.start, late.value.title) == (timed(31, 11), "Surgeon" if whole else "Busy")
    assert (late.value.description == "Ours") is not whole
    assert (later.value.location == "Oak St") is whole
    assert stage.appointment(early.id).archived_at is not None
    assert exceptions(stage, first.id) == []
    rests(stage)
