"""What takes the user's time at Google and is no appointment: absences, focus times, what a mail tells of."""

from typing import Any

import pytest

from tests.engine.appointments import DENTIST, born, records, rests, shown, timed, wants
from tests.stage import Stage

PLACE: dict[str, Any] = {"eventType": "workingLocation", "workingLocationProperties": {"type": "homeOffice"}}
BIRTHDAY: dict[str, Any] = {
    "eventType": "birthday",
    "start": {"date": "2026-03-10"},
    "end": {"date": "2026-03-11"},
    "recurrence": ["RRULE:FREQ=YEARLY"],
}


@pytest.mark.parametrize("kind", ["outOfOffice", "focusTime", "fromGmail"])
def test_it_counts_as_busy(stage: Stage, kind: str) -> None:
    wants(stage, "busy")
    event_id = born(stage, eventType=kind)
    stage.sync("calendar")
    [copy] = records(stage)
    assert (copy.value.title, copy.value.start, copy.value.busy) == ("Busy", timed(10, 9), True)
    stage.calendar.phone_edit(event_id, {"start": shown(timed(11, 9)), "end": shown(timed(11, 10))})
    stage.later()
    stage.sync("calendar")
    assert stage.appointment(copy.id).value.start == timed(11, 9)
    rests(stage)


@pytest.mark.parametrize("event", [PLACE, BIRTHDAY], ids=["working location", "birthday"])
def test_what_takes_nobody_s_time_stays_out(stage: Stage, event: dict[str, Any]) -> None:
    wants(stage, "busy")
    born(stage, **event)
    stage.sync("calendar")
    assert records(stage) == []


@pytest.mark.parametrize("wish", ["off", "full"])
def test_it_is_no_appointment(stage: Stage, wish: Any) -> None:
    wants(stage, wish)
    born(stage, eventType="outOfOffice")
    stage.sync("calendar")
    assert records(stage) == []
    rests(stage)


def test_its_copy_stays_one_when_everything_is_wanted(stage: Stage) -> None:
    wants(stage, "busy")
    absence = born(stage, summary="Away", eventType="outOfOffice")
    born(stage, **{**DENTIST, "start": shown(timed(12, 9)), "end": shown(timed(12, 10))})
    stage.sync("calendar")
    wants(stage, "full")
    stage.sync("calendar")
    assert sorted(it.value.title for it in records(stage)) == ["Busy", "Dentist"]
    rests(stage)
    stage.calendar.phone_delete(absence)
    stage.later()
    stage.sync("calendar")
    assert [it.value.title for it in records(stage)] == ["Dentist"]
