"""What tests of several rooms share: a Firestore emulator, a Firestore project of one's own, free ports."""

import logging
import secrets
from collections.abc import Iterator

import coverage
import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

from local import chromium, ports
from local.emulator import HOST_VARIABLE, Emulator

if settings.get_current_profile_name() == "default":
    # How long an example takes says how much else the machine has to do.
    settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("tests")


class _Unexpected(logging.Handler):
    """Keeps what jobs failed by that no answer is made for."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "job failed unexpectedly":
            self.found.append({name: vars(record).get(name) for name in ("error", "text", "at")})


@pytest.fixture(autouse=True)
def nothing_unexpected(request: pytest.FixtureRequest) -> Iterator[None]:
    """A job answers also what nobody expects; a test does not."""
    handler, log = _Unexpected(), logging.getLogger("crmsync")
    log.addHandler(handler)
    yield
    log.removeHandler(handler)
    if request.node.get_closest_marker("unexpected") is None:
        assert handler.found == []


_UNCOUNTED = ("bench", "interleave", "local", "machine", "mutation", "processes", "roundtrip", "web")
"""The folders of tests that count no lines: it would double what they take, and tell nothing that the others
do not, which try the same code piece by piece. In a browser, Playwright's greenlets would come on top.
"""


@pytest.fixture(scope="module", autouse=True)
def counting(request: pytest.FixtureRequest) -> Iterator[None]:
    """Stops the counting of lines while the tests of a module run that do without, also in their threads."""
    counted = request.node.nodeid.split("/")[1] not in _UNCOUNTED
    at_work = None if counted else coverage.Coverage.current()
    if at_work is not None:
        at_work.stop()
    yield
    if at_work is not None:
        at_work.start()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a process, which can have only one; each test makes a profile in it."""
    program = chromium.find()
    assert program is not None, "There is no Chromium; script/test installs one."
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(chromium.ARGUMENTS))
        yield started
        started.close()


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


_LONG = ("interleave", "machine", "processes", "local", "web")
"""The folders whose modules take long. They begin, so that no worker is left alone with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts what takes long first; else the order stays."""
    items.sort(
        key=lambda item: _LONG.index(folder) if (folder := item.nodeid.split("/")[1]) in _LONG else len(_LONG)
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints how many orders the tests of `tests/interleave` have gone, and what they left out."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties if report.when == "call" else ():
            if name == "orders":
                terminalreporter.write_line(f"orders of {value}")
