"""Seeded walks of the contact machine; `script/soak` runs many more."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from local.google.clock import Clock
from local.google.server import GoogleServer
from local.google.world import World
from tests.machine.contacts_machine import ContactsMachine
from tests.stage import START


@pytest.fixture(autouse=True)
def google() -> Iterator[None]:
    with GoogleServer(World(Clock(START), seed="empty")) as server:
        ContactsMachine.server = server
        yield


def test_people_google_and_dying_jobs_do_their_worst() -> None:
    run_state_machine_as_test(
        ContactsMachine,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
