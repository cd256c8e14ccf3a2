"""Google refuses a change because the record moved since its etag was read."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.core.model import Appointment
from crmsync.engine.push import changes
from crmsync.engine.push.changes_pass import SECOND_LOOKS
from crmsync.engine.push.deletes import TRIES
from crmsync.engine.sync import SOON
from tests.engine.appointments import timed
from tests.engine.push.effects import Moments, count, one_job, run_queued, state
from tests.stage import Stage

PATCH, DELETE = "calendar.events.patch", "calendar.events.delete"


@pytest.fixture
def viewings(stage: Stage) -> Stage:
    """Two appointments on both sides."""
    for n in range(2):
        stage.add(f"v{n}", Appointment(f"Viewing {n}", timed(10 + n, 9), timed(10 + n, 10)))
    stage.sync("calendar")
    stage.later(3600)
    stage.world.controls.forget_calls()
    return stage


def move_before(stage: Stage, call: str, times: int) -> None:
    """Before so many of these calls someone touches both events, and changes nothing that the CRM knows."""
    left = list(range(times))

    def happen(effect: str) -> None:
        if effect == f"{call} …" and left:
            for event in stage.events():
                stage.calendar.phone_edit(event["id"], {"colorId": str(left[-1] + 1)})
            left.pop()
            stage.later(1)

    stage.fuse(Moments(happen))


def edit_both(stage: Stage) -> None:
    for n in range(2):
        stage.edit(f"v{n}", replace(stage.appointment(f"v{n}").value, location=f"Room {n}"))


def archive_both(stage: Stage) -> None:
    for n in range(2):
        stage.edit(f"v{n}", stage.appointment(f"v{n}").value, archived=True)


def rooms(stage: Stage) -> list[str]:
    return sorted(event["location"] for event in stage.events() if "location" in event)


def test_a_batch_that_is_refused_twice_for_its_etags_arrives_with_the_third_call(viewings: Stage) -> None:
    edit_both(viewings)
    move_before(viewings, "update", 2)
    one_job(viewings, "calendar")
    assert (count(viewings, PATCH), rooms(viewings)) == (6, ["Room 0", "Room 1"])
    assert run_queued(viewings) == 0
    viewings.later(3600)
    viewings.sync("calendar")
    assert count(viewings, PATCH) == 6


def test_a_batch_that_is_refused_for_ever_is_left_to_the_next_job_which_comes_soon(viewings: Stage) -> None:
    edit_both(viewings)
    move_before(viewings, "update", SECOND_LOOKS + 1)
    one_job(viewings, "calendar")
    assert (count(viewings, PATCH), rooms(viewings)) == (2 * (SECOND_LOOKS + 1), [])
    assert state(viewings, "calendar").deferred == 2, "and the sync does not say that all is done"
    viewings.run_until(timedelta(seconds=SOON))
    assert (count(viewings, PATCH), rooms(viewings)) == (2 * (SECOND_LOOKS + 2), ["Room 0", "Room 1"])
    assert state(viewings, "calendar").deferred == 0


def test_what_moved_while_the_page_after_it_was_read_ahead_is_sent_all_the_same(
    viewings: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next page was empty, and said so before the first one was written anew."""
    monkeypatch.setattr(changes, "FIRST", 2)
    edit_both(viewings)
    move_before(viewings, "update", 1)
    one_job(viewings, "calendar")
    assert (count(viewings, PATCH), rooms(viewings)) == (4, ["Room 0", "Room 1"])


def test_an_edit_that_meets_another_is_merged_with_it_at_once(viewings: Stage) -> None:
    edit_both(viewings)
    left = [True]

    def happen(effect: str) -> None:
        if effect == "update …" and left:
            left.pop()
            for event in viewings.events():
                viewings.calendar.phone_edit(event["id"], {"description": "From the phone"})

    viewings.fuse(Moments(happen))
    one_job(viewings, "calendar")
    assert (count(viewings, PATCH), rooms(viewings)) == (4, ["Room 0", "Room 1"])
    told = [viewings.appointment(f"v{n}").value.description for n in range(2)]
    assert told == ["From the phone"] * 2


def test_a_deletion_that_is_refused_twice_goes_through_with_the_third_call(viewings: Stage) -> None:
    archive_both(viewings)
    move_before(viewings, "delete", TRIES - 1)
    one_job(viewings, "calendar")
    assert (count(viewings, DELETE), viewings.events()) == (2 * TRIES, [])


def test_a_deletion_that_is_refused_three_times_is_found_again_by_the_next_job_soon(viewings: Stage) -> None:
    archive_both(viewings)
    move_before(viewings, "delete", TRIES)
    one_job(viewings, "calendar")
    assert (count(viewings, DELETE), len(viewings.events())) == (2 * TRIES, 2)
    viewings.run_until(timedelta(seconds=SOON))
    assert (count(viewings, DELETE), viewings.events()) == (2 * (TRIES + 2), []), "once under the old etags"
