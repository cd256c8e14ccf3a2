"""Occurrences of which it is not plain what they are exceptions of, or whether they still are."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.model import AllDay
from crmsync.store.ports import DropLink
from tests.engine.appointments import (
    SECOND,
    THIRD,
    WEEKLY,
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

EVERY_WEEK: dict[str, Any] = {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4"]}
AFTERNOON = {"start": shown(timed(10, 16)), "end": shown(timed(10, 17))}


def a_week_later(stage: Stage) -> None:
    """The next listing is a complete one."""
    stage.later(timedelta(days=7).total_seconds())
    stage.calendar.expire_sync_tokens()
    stage.sync("calendar")


def test_an_occurrence_listed_pages_before_its_series_waits_for_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The very first listing may go on in another job, so it reads the series instead."""
    monkeypatch.setattr("crmsync.gateway.events.PAGE_SIZE", 1)
    wants(stage, "full")
    event_id = born(stage, **EVERY_WEEK)
    stage.calendar.phone_edit(stage.calendar.instance_id(event_id, SECOND.at), {"summary": "Surgeon"})
    stage.calendar.phone_edit(event_id, {"location": "Oak St"})
    stage.sync("calendar")
    [series] = [it for it in records(stage) if it.value.recurrence]
    [surgeon] = exceptions(stage, series.id)
    assert (surgeon.value.title, surgeon.value.original_start) == ("Surgeon", SECOND)
    rests(stage)


def test_an_occurrence_of_a_series_that_is_not_wanted_stays_out(stage: Stage) -> None:
    """It is free time; one of its occurrences is not."""
    wants(stage, "busy")
    stage.sync("calendar")
    event_id = born(stage, transparency="transparent", **EVERY_WEEK)
    stage.sync("calendar")
    occurrence = stage.calendar.instance_id(event_id, SECOND.at)
    stage.calendar.phone_edit(occurrence, {"transparency": "opaque"})
    stage.sync("calendar")
    assert records(stage) == []
    a_week_later(stage)
    assert records(stage) == []
    rests(stage)


def test_an_occurrence_brings_its_series_home_when_a_job_died_before_it_was_linked(stage: Stage) -> None:
    event_id = synced(stage)
    [link] = stage.store.links_page(stage.scope, "calendar", None, 10)
    stage.store.commit(stage.scope, [DropLink(link.key)])
    wants(stage, "full")
    stage.sync("calendar")
    stage.store.commit(stage.scope, [DropLink(link.key)])
    stage.calendar.phone_edit(stage.calendar.instance_id(event_id, SECOND.at), {"summary": "Special"})
    stage.sync("calendar")
    [special] = exceptions(stage)
    assert special.value.title == "Special"
    assert [it.id for it in records(stage) if it.value.recurrence] == ["s"]
    rests(stage)


def test_where_a_series_is_moved_on_both_sides_and_the_crm_wins_its_exceptions_are_sent_again(
    stage: Stage,
) -> None:
    """With its move Google dropped the exception, which nobody has cancelled."""
    event_id = synced(stage)
    id = make(stage, SECOND, title="Special")
    stage.sync("calendar")
    stage.calendar.phone_edit(event_id, AFTERNOON)
    stage.edit("s", replace(WEEKLY, end=timed(10, 11)))
    stage.sync("calendar")
    assert stage.appointment("s").value.end == timed(10, 11)
    assert stage.appointment(id).value.status == "confirmed"
    assert stage.appointment(id).archived_at is None
    found = occurrences(stage, event_id)["03-17"]
    assert (found["summary"], found["start"]["dateTime"]) == ("Special", SECOND.at.isoformat())
    rests(stage)


def test_an_occurrence_cancelled_just_when_the_crm_makes_its_series_one_of_days(stage: Stage) -> None:
    """The two do not fit: what Google shows is of the series as it was."""
    event_id = synced(stage)
    stage.calendar.phone_cancel_instance(stage.calendar.instance_id(event_id, SECOND.at))
    day = SECOND.at.date() - timedelta(days=7)
    stage.edit("s", replace(WEEKLY, start=AllDay(day), end=AllDay(day + timedelta(days=1))))
    stage.sync("calendar")
    assert exceptions(stage) == []
    assert stage.calendar.get("primary", event_id)["start"] == {"date": day.isoformat()}
    rests(stage)


def test_an_exception_edited_on_the_phone_just_when_its_series_is_archived_here(stage: Stage) -> None:
    event_id = synced(stage)
    id = make(stage, SECOND, title="Special")
    stage.sync("calendar")
    stage.edit("s", WEEKLY, archived=True)
    stage.edit(id, stage.appointment(id).value, archived=True)
    stage.calendar.phone_edit(stage.calendar.instance_id(event_id, SECOND.at), {"summary": "Theirs"})
    stage.sync("calendar")
    assert stage.events() == []
    assert stage.appointment("s").archived_at is not None
    assert stage.appointment(id).value.title == "Theirs"
    rests(stage)


@pytest.mark.parametrize("complete", [False, True])
@pytest.mark.parametrize("changes", [{"title": "Late"}, {}], ids=["changed", "as its series"])
def test_exceptions_whose_series_ends_before_them_go_with_their_occurrences(
    stage: Stage, complete: bool, changes: dict[str, str]
) -> None:
    """Of one that is as its series Google knows nothing: there it is no exception."""
    event_id = synced(stage)
    early, late = make(stage, SECOND, title="Early"), make(stage, timed(31, 9), **changes)
    stage.sync("calendar")
    stage.calendar.phone_end_series(stage.calendar.instance_id(event_id, THIRD.at))
    if complete:
        a_week_later(stage)
    else:
        stage.sync("calendar")
    assert [it.id for it in exceptions(stage)] == [early]
    assert stage.appointment(late).archived_at is not None
    assert stage.appointment(late).value.title == changes.get("title", "Coaching")
    assert list(occurrences(stage, event_id)) == ["03-10", "03-17"]
    rests(stage)


def test_a_complete_listing_drops_links_of_exceptions_whose_series_has_none(stage: Stage) -> None:
    """The links of both were written, and the series' was lost: nothing tells any more what it was of."""
    event_id = synced(stage)
    make(stage, SECOND, title="Special")
    stage.sync("calendar")
    stage.calendar.phone_delete(event_id)
    links = {link.key: link for link in stage.store.links_page(stage.scope, "calendar", None, 10)}
    [series] = [key for key in links if "@" not in key]
    stage.store.commit(stage.scope, [DropLink(series)])
    a_week_later(stage)
    assert not [
        link for link in stage.store.links_page(stage.scope, "calendar", None, 10) if link.key in links
    ]
    rests(stage)
