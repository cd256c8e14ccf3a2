"""The running service, a fresh one for each test."""

from collections.abc import Iterator

import pytest

from tests.api.service import Service, started


@pytest.fixture
def service() -> Iterator[Service]:
    """The five doors over an empty in-memory store."""
    with started() as running:
        yield running
