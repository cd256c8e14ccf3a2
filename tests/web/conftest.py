"""A browser, a running system, and an agent who sits in front of it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from local.emulator import Emulator
from local.google.seed.accounts import new_world
from local.google.server import GoogleServer
from local.runner import LocalSystem, Options
from tests.web.agent import Agent
from tests.web.stage import Stage

SCREENSHOTS = "CRMSYNC_SCREENSHOTS"
"""Names the folder that gets a picture of every state; without it none are taken."""

Snap = Callable[[Page, str], None]
NewAgent = Callable[..., Agent]


@pytest.fixture
def stage() -> Iterator[Stage]:
    """An empty system in memory: a CRM without records, a Google with two accounts without contacts."""
    with LocalSystem(Options(store="memory", seed="empty")) as system:
        yield Stage(system)


@pytest.fixture
def demo(emulator: Emulator) -> Iterator[Stage]:
    """The system as `script/run` shows it: demo data, on the Firestore emulator."""
    with LocalSystem(Options(store="firestore", seed="demo"), emulator=emulator) as system:
        yield Stage(system)


@pytest.fixture
def demo_with_another_google(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The same with `--google URL`: all it knows of that Google is its address and an OAuth client."""
    monkeypatch.setenv("GOOGLE_CLIENT_ID", "client-of-mine")
    monkeypatch.setenv("GOOGLE_CLIENT_SECRET", "secret-of-mine")
    with (
        GoogleServer(new_world("demo")) as elsewhere,
        LocalSystem(
            Options(google=elsewhere.origin, store="firestore", seed="demo"), emulator=emulator
        ) as system,
    ):
        redirect = f"{system.url}/oauth/callback"
        elsewhere.world.register_client("client-of-mine", "secret-of-mine", [redirect])
        yield Stage(system, elsewhere.world)


@pytest.fixture
def new_agent(browser: Browser) -> Iterator[NewAgent]:
    """Makes agents, each with a browser profile of their own; at the end no page may have complained."""
    agents: list[Agent] = []

    def make(
        stage: Stage,
        user: str = "ann",
        *,
        width: int = 1440,
        height: int = 900,
        scheme: Literal["light", "dark"] = "light",
    ) -> Agent:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            locale="en-CA",
            timezone_id="America/Toronto",
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        agent = Agent(context, stage, user)
        agents.append(agent)
        return agent

    yield make
    for agent in agents:
        agent.leave()
    assert [complaint for agent in agents for complaint in agent.complaints] == []


@pytest.fixture
def agent(stage: Stage, new_agent: NewAgent) -> Agent:
    """Ann, signed in, on her contacts page."""
    ann = new_agent(stage)
    ann.sign_in()
    return ann


@pytest.fixture
def snap() -> Snap:
    """Takes a picture of a state, when a folder for pictures is named."""
    folder = os.environ.get(SCREENSHOTS)

    def take(page: Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png")

    return take
