"""Fixtures for pushes: the simulated Google without sockets."""

from collections.abc import Iterator

import pytest

from local.google.clock import Clock
from local.google.world import World
from tests.machine.in_process import InProcessGoogle
from tests.stage import START, Stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A connected user without any record."""
    with InProcessGoogle(World(Clock(START))) as google:
        made = Stage(google)
        made.connect()
        yield made
