"""The samples through the real engine and gateway: what was synced once is written again by neither side."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from crmsync.core.calendar.series import exception_of
from crmsync.core.model import Appointment
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.ids import exception_id
from crmsync.gateway.event import new_event
from crmsync.store.ports import CreateRecord
from local.google.clock import Clock
from local.google.world import World
from tests.machine.in_process import InProcessGoogle
from tests.roundtrip.samples import appointments, exceptions
from tests.stage import DIGEST_KEY, START, Stage

AT_ONCE = 200
WRITTEN = ("summary", "description", "location", "recurrence", "status", "transparency", "visibility")


CANON = Canon(DIGEST_KEY, "CA")


@cache
def samples() -> dict[str, Appointment]:
    """Every sample as a record of the CRM: single appointments, series, and exceptions of these."""
    made = {series_id(n): sample.value for n, sample in enumerate(appointments()) if sample.value}
    for n, value in exceptions():
        assert value.original_start is not None
        made[exception_id(CANON, series_id(n), value.original_start)] = replace(value, series_id=series_id(n))
    return made


def series_id(number: int) -> str:
    return f"s{number:04}"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """An account that has every sample on both sides."""
    with InProcessGoogle(World(Clock(START))) as server:
        made = Stage(server, email="samples@gmail.example")
        made.connect()
        items = list(samples().items())
        for first in range(0, len(items), AT_ONCE):
            part = items[first : first + AT_ONCE]
            made.store.commit(made.scope, [CreateRecord("appointments", id, value) for id, value in part])
        made.later()
        made.sync("calendar")
        made.later(7200)
        made.sync("calendar")
        yield made


def stored(stage: Stage) -> dict[str, Appointment]:
    return {id: stage.appointment(id).value for id in samples()}


def says_what_its_series_says(id: str) -> bool:
    """Some samples repeat an occurrence as it is anyway; Google has no event of its own for these."""
    value = samples()[id]
    if value.series_id is None or value.original_start is None:
        return False
    plain = exception_of(samples()[value.series_id], value.series_id, value.original_start)
    return CANON.project(plain) == CANON.project(value)


def rests(stage: Stage) -> None:
    """One more job reads what there is and writes nothing, here or there."""
    before = stored(stage)
    for _ in range(2):
        stage.later(7200)
        stage.sync("calendar")
    stage.later()
    stage.world.controls.forget_calls()
    stage.meter.reset()
    stage.sync("calendar")
    assert stage.world.controls.count("calendar.*") == stage.world.controls.count("calendar.events.list")
    assert stage.meter.used().writes == 0
    assert stored(stage) == before


def test_from_the_crm_to_google_and_back_nothing_changes(stage: Stage) -> None:
    assert stored(stage) == samples()
    links = stage.store.links_of(stage.scope, "calendar", list(samples()))
    assert {id for id, link in links.items() if link.state == "linked"} == set(samples())
    told = [id for id in samples() if not says_what_its_series_says(id)]
    assert len(stage.events()) == len(told)
    rests(stage)


def test_what_google_reports_as_changed_without_a_change_is_not_written(stage: Stage) -> None:
    stage.calendar.touch_all()
    stage.world.controls.forget_calls()
    stage.sync("calendar")
    assert stage.world.controls.count("calendar.events.list") == 1
    # Exceptions that were not shown with their series are read directly: they may have been dropped with it.
    reads = ("calendar.events.list", "calendar.events.get", "calendar.batch")
    assert stage.world.controls.count("calendar.*") == sum(map(stage.world.controls.count, reads))
    assert stored(stage) == samples()
    rests(stage)


def test_from_google_to_the_crm_and_back_nothing_changes(stage: Stage) -> None:
    """Every event is given, on the phone, what another sample says; series with exceptions stay."""
    stays = {value.series_id for value in samples().values() if value.series_id}
    plain = {id: it for id, it in samples().items() if it.series_id is None and id not in stays}
    values = list(plain.values())
    turned = dict(zip(plain, values[1:] + values[:1], strict=True))
    events: dict[str, Any] = {
        event["extendedProperties"]["private"]["crmsync"]: event["id"]
        for event in stage.events()
        if "recurringEventId" not in event
    }
    for id, value in turned.items():
        stage.calendar.phone_edit(events[id], dict.fromkeys(WRITTEN) | new_event(value, id, None))
    shown = {event["id"]: {**event, "etag": "", "updated": ""} for event in stage.events()}
    stage.later()
    stage.world.controls.forget_calls()
    stage.sync("calendar")
    changing = ("insert", "patch", "update", "delete")
    assert [stage.world.controls.count(f"calendar.events.{call}") for call in changing] == [0] * 4
    found = stored(stage)
    for id, value in turned.items():
        assert CANON.project(found[id]) == CANON.project(value), id
    assert {event["id"]: {**event, "etag": "", "updated": ""} for event in stage.events()} == shown
    rests(stage)
