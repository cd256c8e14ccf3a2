"""Fixtures for whole syncs."""

from collections.abc import Iterator

import pytest

from local.google.clock import Clock
from local.google.server import GoogleServer
from local.google.world import World
from tests.stage import START, Stage


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    """A simulated Google of the test's own."""
    with GoogleServer(World(Clock(START))) as running:
        yield running


@pytest.fixture
def stage(server: GoogleServer) -> Stage:
    """A connected user without any record."""
    made = Stage(server)
    made.connect()
    return made
