"""Series that are changed at Google, one or many: what their exceptions cost, and which of them are found."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.store.documents.port import Delete
from tests.engine.appointments import SECOND, WEEKLY, exceptions, make, occurrences, rests, synced
from tests.stage import Stage


@pytest.mark.parametrize(("many", "queries"), [(1, 2), (120, 6)])
def test_series_changed_on_the_phone_are_asked_for_their_exceptions_together(
    stage: Stage, many: int, queries: int
) -> None:
    ids = [f"s{number}" for number in range(many)]
    for id in ids:
        stage.add(id, replace(WEEKLY, title=id))
        make(stage, SECOND, series=id, title="Special")
    stage.sync("calendar")
    rests(stage)
    events = {event["summary"]: event["id"] for event in stage.events() if event.get("recurrence")}
    for event_id in events.values():
        stage.calendar.phone_edit(event_id, {"location": "Room 2"})
    stage.meter.reset()
    stage.sync("calendar")
    # The exceptions of 30 series at a time, worked out once; what has changed in the CRM, in its pages.
    assert stage.meter.used().queries <= queries
    for id in ids:
        [special] = exceptions(stage, id)
        assert (special.value.title, special.value.location) == ("Special", "Room 2")
        assert stage.appointment(id).value.location == "Room 2"
    rests(stage)


def test_a_change_of_many_series_without_exceptions_costs_no_reads_of_other_links(stage: Stage) -> None:
    for number in range(40):
        stage.add(f"s{number}", replace(WEEKLY, title=str(number)))
    stage.sync("calendar")
    rests(stage)
    for event in stage.events()[:35]:
        stage.calendar.phone_edit(event["id"], {"location": "Room 2"})
    stage.meter.reset()
    stage.sync("calendar")
    used = stage.meter.used()
    assert used.queries <= 4
    # User and grant, and of each of the 35 its link and its record, once here and once in the local pass.
    assert used.reads <= 4 * 35
    rests(stage)


def test_an_exception_whose_record_was_removed_comes_back_with_the_next_complete_listing(
    stage: Stage,
) -> None:
    """A host CRM may remove the document itself. Google's side was edited: an edit beats a deletion."""
    event_id = synced(stage)
    id = make(stage, SECOND, title="Special")
    stage.sync("calendar")
    stage.meter.commit([Delete(f"users/ann/appointments/{id}")])
    stage.calendar.phone_edit(event_id, {"location": "Room 2"})
    stage.sync("calendar")
    assert stage.appointment("s").value.location == "Room 2"
    stage.later(timedelta(days=7).total_seconds())
    stage.sync("calendar")
    [special] = exceptions(stage)
    assert (special.id, special.value.title, special.value.location) == (id, "Special", "Room 2")
    assert occurrences(stage, event_id)["03-17"]["summary"] == "Special"
    rests(stage)
