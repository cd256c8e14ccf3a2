"""Busy copies of events that were deleted at Google, on hold: what either answer lets the two sides know."""

from dataclasses import replace
from typing import Literal

import pytest

from crmsync.engine.review import approvals
from tests.engine.appointments import born, records, rests, shown, timed, wants
from tests.stage import Stage

COUNT = 12


@pytest.fixture
def gone(stage: Stage) -> list[str]:
    """Busy copies of events that all were deleted on the phone; held. Answers the events' ids."""
    wants(stage, "busy")
    event_ids = [
        born(stage, start=shown(timed(10 + n, 9)), end=shown(timed(10 + n, 10))) for n in range(COUNT)
    ]
    stage.sync("calendar")
    for event_id in event_ids:
        stage.calendar.phone_delete(event_id)
    stage.later()
    stage.sync("calendar")
    assert len(records(stage)) == COUNT
    return event_ids


def decide(stage: Stage, choice: Literal["apply", "discard"]) -> None:
    [hold] = stage.store.holds(stage.scope)
    approvals.choose(stage.deps, stage.scope, hold.id, choice, hold.digest)


@pytest.mark.parametrize("choice", ["apply", "discard"])
def test_an_event_that_is_back_says_no_more_than_its_times(
    stage: Stage, gone: list[str], choice: Literal["apply", "discard"]
) -> None:
    stage.calendar.phone_restore(gone[0])
    decide(stage, choice)
    stage.run()
    [there] = [event for event in stage.events() if event["id"] == gone[0]]
    assert there["summary"] == "Dentist"
    assert {record.value.title for record in records(stage)} == {"Busy"}
    entries, _ = stage.store.journal(stage.scope, crm=None, run=None, after=None, limit=500)
    told = [change for entry in entries for change in entry.changes if change.side == "crm"]
    assert not any("Dentist" in str((change.before, change.after)) for change in told)
    rests(stage)


def test_a_copy_that_is_kept_is_not_sent_to_google(stage: Stage, gone: list[str]) -> None:
    decide(stage, "discard")
    stage.run()
    assert len(records(stage)) == COUNT
    assert stage.events() == []
    stage.edit(records(stage)[0].id, replace(records(stage)[0].value, title="Mine"))
    stage.sync("calendar")
    assert stage.events() == []
    rests(stage)
