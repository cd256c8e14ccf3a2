"""The samples through the real engine and gateway: what was synced once is written again by neither side."""

from collections.abc import Iterator
from typing import Any

import pytest

from crmsync.core.model import Appointment
from crmsync.gateway.event import new_event
from crmsync.store.ports import CreateRecord
from local.google.clock import Clock
from local.google.world import World
from tests.machine.in_process import InProcessGoogle
from tests.roundtrip.samples import appointments
from tests.stage import START, Stage

AT_ONCE = 200
WRITTEN = ("summary", "description", "location", "recurrence", "status", "transparency", "visibility")


def chosen() -> list[Appointment]:
    """Every series, and of the single appointments every eighth: most are alike."""
    values = [sample.value for sample in appointments() if sample.value]
    single = [value for value in values if not value.recurrence]
    return [value for value in values if value.recurrence] + single[::8]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """An account that has every chosen sample on both sides."""
    with InProcessGoogle(World(Clock(START), seed="empty")) as server:
        made = Stage(server, email="samples@gmail.example")
        made.connect()
        values = chosen()
        for first in range(0, len(values), AT_ONCE):
            part = enumerate(values[first : first + AT_ONCE], first)
            made.store.commit(
                made.uid, [CreateRecord("appointments", f"s{n:04}", value) for n, value in part]
            )
        made.later()
        made.sync("calendar")
        made.later(7200)
        made.sync("calendar")
        yield made


def stored(stage: Stage) -> dict[str, Appointment]:
    return {f"s{n:04}": stage.appointment(f"s{n:04}").value for n in range(len(chosen()))}


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
    assert list(stored(stage).values()) == chosen()
    assert len(stage.events()) == len(chosen())
    rests(stage)


def test_what_google_reports_as_changed_without_a_change_is_not_written(stage: Stage) -> None:
    stage.calendar.touch_all()
    stage.world.controls.forget_calls()
    stage.sync("calendar")
    assert stage.world.controls.count("calendar.*") == stage.world.controls.count("calendar.events.list")
    assert list(stored(stage).values()) == chosen()
    rests(stage)


def test_from_google_to_the_crm_and_back_nothing_changes(stage: Stage) -> None:
    """Every event is given, on the phone, what another sample says."""
    values = chosen()
    turned = values[1:] + values[:1]
    events: dict[str, Any] = {
        event["extendedProperties"]["private"]["crmsync"]: event["id"] for event in stage.events()
    }
    for number, value in enumerate(turned):
        body = new_event(value, f"s{number:04}", None)
        stage.calendar.phone_edit(events[f"s{number:04}"], dict.fromkeys(WRITTEN) | body)
    shown = {event["id"]: {**event, "etag": "", "updated": ""} for event in stage.events()}
    stage.later()
    stage.world.controls.forget_calls()
    stage.sync("calendar")
    changing = ("insert", "patch", "update", "delete")
    assert [stage.world.controls.count(f"calendar.events.{call}") for call in changing] == [0] * 4
    found = stored(stage)
    project = stage.deps.canon("CA").project
    assert [project(found[f"s{n:04}"]) for n in range(len(turned))] == [project(value) for value in turned]
    assert {event["id"]: {**event, "etag": "", "updated": ""} for event in stage.events()} == shown
    rests(stage)
