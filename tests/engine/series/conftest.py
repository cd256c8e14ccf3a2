"""A stage whose Google is in this very process: these tests make many calls."""

from collections.abc import Iterator

import pytest

from local.google.clock import Clock
from local.google.world import World
from tests.machine.in_process import InProcessGoogle
from tests.stage import START, Stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A connected user without any record."""
    with InProcessGoogle(World(Clock(START))) as server:
        made = Stage(server)
        made.connect()
        yield made
