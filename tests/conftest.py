"""What tests of several rooms share: a Firestore emulator, a Firestore project of one's own, free ports."""

import secrets
from collections.abc import Iterator

import pytest

from local import ports
from local.emulator import HOST_VARIABLE, Emulator


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """A running Firestore emulator: the one of FIRESTORE_EMULATOR_HOST, else one for this session."""
    with pytest.MonkeyPatch.context() as patch, Emulator.start() as started:
        patch.setenv(HOST_VARIABLE, started.host)
        yield started


@pytest.fixture
def firestore_project(emulator: Emulator) -> str:
    """The id of an empty Firestore project that no other test uses."""
    return f"test-{secrets.token_hex(8)}"


@pytest.fixture
def free_port() -> int:
    """A port on loopback that was free a moment ago."""
    return ports.free_port()
