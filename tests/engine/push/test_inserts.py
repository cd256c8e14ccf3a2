"""An appointment is made at Google anew, whose first event is in Google's bin there."""

from dataclasses import replace

import pytest

from crmsync.core.model import Appointment
from crmsync.engine.push import inserts
from tests.engine.appointments import rests, timed
from tests.engine.push.effects import Moments, count, one_job
from tests.stage import Stage

INSERT, PATCH, GET = "calendar.events.insert", "calendar.events.patch", "calendar.events.get"
VIEWING = Appointment("Viewing", timed(10, 9), timed(10, 10))


@pytest.fixture
def first(stage: Stage) -> str:
    """The id of the event, which was deleted on the phone while the CRM edited the appointment."""
    stage.add("v", VIEWING)
    stage.sync("calendar")
    stage.later(3600)
    [event] = stage.events()
    stage.calendar.phone_delete(event["id"])
    stage.edit("v", replace(VIEWING, title="Second viewing"))
    stage.world.controls.forget_calls()
    return str(event["id"])


def test_an_edit_that_beats_a_deletion_takes_the_next_id_that_is_free(stage: Stage, first: str) -> None:
    one_job(stage, "calendar")
    [event] = stage.events()
    assert (event["summary"], event["id"] != first) == ("Second viewing", True)
    assert (count(stage, INSERT), count(stage, GET)) == (2, 1 + inserts.AHEAD), "one to confirm"
    assert stage.store.links_of(stage.scope, "calendar", ["v"])["v"].generation == 1
    rests(stage)


def test_an_event_taken_out_of_the_bin_in_that_moment_is_adopted_and_not_doubled(
    stage: Stage, first: str
) -> None:
    def restore(effect: str) -> None:
        if effect == "create …":
            stage.calendar.phone_restore(first)
            stage.later(1)

    stage.fuse(Moments(restore))
    one_job(stage, "calendar")
    assert [event["id"] for event in stage.events()] == [first]
    assert stage.events()[0]["summary"] == stage.appointment("v").value.title == "Second viewing"
    assert (count(stage, INSERT), count(stage, PATCH)) == (1, 1)
    rests(stage)


def test_when_every_id_is_used_up_the_appointment_is_set_aside(
    stage: Stage, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inserts, "GENERATIONS", 1)
    one_job(stage, "calendar")
    assert stage.events() == []
    [aside] = stage.store.quarantined(stage.scope, None, 10)
    assert (aside.crm, aside.problem) == ("v", "event_ids_taken")
    stage.edit("v", stage.appointment("v").value)
    one_job(stage, "calendar")
    assert count(stage, INSERT) == 1, "it is not tried again as it was"
