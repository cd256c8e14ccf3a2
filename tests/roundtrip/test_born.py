"""Series born at Google in the CRM, exceptions and all: the same instants, and nothing written twice."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from crmsync.core.account import UserSettings
from crmsync.core.calendar.recurrence import occurrence_key, starts
from crmsync.core.model import AllDay, Appointment, Moment, Timed
from crmsync.gateway.event import new_event
from crmsync.store.ports import PutUser
from local.google.clock import Clock
from local.google.world import World
from tests.machine.in_process import InProcessGoogle
from tests.roundtrip.samples import appointments
from tests.roundtrip.series import window
from tests.stage import Stage

LONG_AGO = datetime(1996, 1, 1, tzinfo=UTC)
"""Before the samples, which would else have been over for years when the sync begins."""
BEFORE = datetime(2036, 1, 1, tzinfo=UTC)
FIRST = 100
"""How many occurrences of a series are compared."""


def chosen() -> list[Appointment]:
    """Every series of at least three occurrences whose rules differ, and all single appointments."""
    values = [it.value for it in appointments() if it.value and occurrence_key(it.value.start) > "1997"]
    series = {value.recurrence: value for value in values if value.recurrence and len(several(value)) == 3}
    single = [value for value in values if not value.recurrence]
    return [*series.values(), *single]


def several(value: Appointment) -> list[Moment]:
    return starts(value, *window(value), 3)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A calendar that was full before it was connected: of each series the second occurrence was moved, and
    the third cancelled.
    """
    with InProcessGoogle(World(Clock(LONG_AGO))) as server:
        made = Stage(server, email="born@gmail.example")
        made.calendar.hide_instance_ids()
        for number, value in enumerate(chosen()):
            body = new_event(value, "x", None) | {"summary": f"No. {number}"}
            del body["extendedProperties"]
            event = made.calendar.phone_create(body)
            if value.recurrence:
                _, second, third = (made.calendar.instance_id(event["id"], at(it)) for it in several(value))
                made.calendar.phone_edit(second, {"summary": "Another title", **later(several(value)[1])})
                made.calendar.phone_cancel_instance(third)
        made.connect()
        made.store.commit(made.scope, [PutUser({"settings": UserSettings(google_events="full")})])
        made.world.controls.forget_calls()
        made.sync("calendar")
        yield made


def at(moment: Moment) -> date | datetime:
    return moment.date if isinstance(moment, AllDay) else moment.at


def later(moment: Moment) -> dict[str, dict[str, str]]:
    """A day later, for a day or an hour."""
    if isinstance(moment, AllDay):
        days = (moment.date + timedelta(days=n) for n in (1, 2))
        return {name: {"date": day.isoformat()} for name, day in zip(("start", "end"), days, strict=True)}
    hours = (moment.at.astimezone(UTC) + timedelta(hours=n) for n in (24, 25))
    return {
        name: {"dateTime": hour.isoformat(), "timeZone": moment.time_zone}
        for name, hour in zip(("start", "end"), hours, strict=True)
    }


def mutations(stage: Stage) -> int:
    changing = ("insert", "patch", "update", "delete")
    return sum(stage.world.controls.count(f"calendar.events.{call}") for call in changing)


def everything(stage: Stage) -> dict[str, Appointment]:
    return {
        item.id: item.value for item in stage.store.changed(stage.scope, "appointments", None, None, 9999)
    }


def test_the_crm_has_all_of_it_and_google_was_not_written(stage: Stage) -> None:
    assert mutations(stage) == 0
    values = everything(stage).values()
    assert len([it for it in values if it.series_id is None]) == len(chosen())
    exceptions = [it for it in values if it.series_id is not None]
    assert len(exceptions) == 2 * len([it for it in chosen() if it.recurrence])
    assert {it.status for it in exceptions} == {"confirmed", "cancelled"}


def test_it_takes_place_at_the_same_instants_on_both_sides(stage: Stage) -> None:
    values = everything(stage)
    here = {
        id: [occurrence_key(it) for it in starts(value, LONG_AGO, BEFORE, FIRST)]
        for id, value in values.items()
        if value.series_id is None
    }
    for value in values.values():
        if value.series_id is not None and value.original_start is not None:
            here[value.series_id].remove(occurrence_key(value.original_start))
            if value.status != "cancelled":
                here[value.series_id].append(occurrence_key(value.start))
    there = google(stage)
    assert len(here) == len(there)
    for id, keys in here.items():
        assert sorted(keys) == there[values[id].title][: len(keys)]
        assert len(keys) in (FIRST - 1, len(there[values[id].title]))


def google(stage: Stage) -> dict[str, list[str]]:
    """When each event takes place as Google lists it, by title."""
    found = {}
    for event in stage.calendar.every_event():
        if "recurringEventId" not in event:
            far = {"maxResults": 2500, "timeMax": BEFORE.isoformat()}
            items = stage.calendar.instances("primary", event["id"], **far)["items"]
            found[event["summary"]] = sorted(key(item) for item in items)
    return found


def key(item: dict[str, dict[str, str]]) -> str:
    start = item["start"]
    if "date" in start:
        return occurrence_key(AllDay(date.fromisoformat(start["date"])))
    return occurrence_key(Timed(datetime.fromisoformat(start["dateTime"]), start["timeZone"]))


def test_the_next_job_writes_nothing(stage: Stage) -> None:
    before = everything(stage)
    stage.calendar.touch_all()
    stage.world.controls.forget_calls()
    for _ in range(3):
        stage.later(7200)
        stage.sync("calendar")
    stage.meter.reset()
    stage.later(60)
    stage.sync("calendar")
    assert mutations(stage) == 0
    assert stage.meter.used().writes == 0
    assert everything(stage) == before
