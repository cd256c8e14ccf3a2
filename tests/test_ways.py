"""How far things go: the modules that a call passes on its way from the door to its commit."""

import traceback
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from crmsync import compose
from crmsync.core.model import Contact, Email, Resource
from crmsync.store.documents.port import DocumentWrite
from crmsync.store.repository import DocumentStore
from local.google.clock import Clock
from local.google.server import GoogleServer
from local.google.world import World
from tests.api.service import Service, started
from tests.engine.appointments import WEEKLY
from tests.machine.crashes import Fuse, FusedDocuments
from tests.stage import START, Stage

FUNCTIONS = Path(compose.__file__).resolve().parent.parent
FARTHEST = 12
"""Modules from the door of Cloud Tasks to the commit of an edit, both of them counted."""


class Watched(FusedDocuments):
    """Documents that remember by which modules each commit came."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.meter, Fuse())
        self.ways: list[list[str]] = []

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        files = (Path(frame.filename) for frame in traceback.extract_stack())
        ours = (str(file.relative_to(FUNCTIONS)) for file in files if file.is_relative_to(FUNCTIONS))
        self.ways.append(list(dict.fromkeys(ours)))
        return super().commit(writes)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with GoogleServer(World(Clock(START))) as server:
        made = Stage(server)
        made.connect()
        yield made


@pytest.fixture
def service() -> Iterator[Service]:
    with started() as running:
        yield running


def deliver(stage: Stage, service: Service, resource: Resource) -> list[list[str]]:
    """Cloud Tasks delivers a sync at the door; the ways of its commits."""
    watched = Watched(stage)
    here = compose.surroundings()
    compose.use(replace(here, deps=replace(stage.deps, store=DocumentStore(watched))))
    payload = {"uid": stage.uid, "resource": resource, "reason": "push"}
    answer = service.service_call("/tasks/sync", payload, door="tasks", described=False)
    assert answer.status_code == 204
    return watched.ways


def test_an_edit_on_the_phone_goes_a_short_way_to_its_commit(stage: Stage, service: Service) -> None:
    stage.add("ada", Contact(given_name="Ada", emails=(Email("ada@example.com"),)))
    stage.sync()
    stage.later()
    stage.sync()
    [ada] = stage.persons_named("Ada")
    stage.book.phone_edit(ada["resourceName"], {"nicknames": [{"value": "Adi"}]})
    [way] = deliver(stage, service, "contacts")
    assert stage.contact("ada").value.nickname == "Adi"
    assert way[:3] == ["main.py", "crmsync/api/doors.py", "crmsync/api/sync/jobs.py"]
    assert len(way) <= FARTHEST, way


def test_a_series_moved_on_the_phone_goes_no_farther(stage: Stage, service: Service) -> None:
    stage.add("s", WEEKLY)
    stage.sync("calendar")
    stage.later()
    stage.sync("calendar")
    [event] = stage.events()
    stage.calendar.phone_edit(event["id"], {"summary": "Coaching, new"})
    ways = deliver(stage, service, "calendar")
    assert stage.appointment("s").value.title == "Coaching, new"
    assert max(map(len, ways)) <= FARTHEST, ways
