"""What is changed on the phone shows in the CRM by itself, moments later."""

import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.agent import Agent
from tests.web.stage import GOOGLE, Stage

pytestmark = pytest.mark.browser

MOMENT = 2.0
"""Seconds from the phone to the CRM's record."""


def tomorrow(stage: Stage) -> str:
    return datetime.fromtimestamp(stage.world.clock.now().timestamp() + 86400, UTC).date().isoformat()


def title_of(stage: Stage, id: str) -> Any:
    return stage.call("GET", f"/api/appointments/{id}")["title"]


def test_an_edit_on_the_phone_shows_in_the_crm_within_moments_and_without_reloading(
    stage: Stage, agent: Agent
) -> None:
    day = tomorrow(stage)
    made = stage.call(
        "POST",
        "/api/appointments",
        {
            "title": "Viewing",
            "start": {"date_time": f"{day}T18:00:00Z", "time_zone": "UTC"},
            "end": {"date_time": f"{day}T19:00:00Z", "time_zone": "UTC"},
        },
    )
    agent.connects()
    agent.sees("Complete")
    agent.shows("Appointments")
    stage.settle()
    loaded = agent.evaluate("performance.timeOrigin")
    phone = agent.context.new_page()
    took: list[float] = []
    for title in ("Second viewing", "Third viewing", "Fourth viewing"):
        phone.goto(f"{stage.world.origin}/calendar?account={GOOGLE['ann']}")
        phone.get_by_role("link", name=re.compile("viewing", re.IGNORECASE)).first.click()
        phone.get_by_label("Title").fill(title)
        began = time.monotonic()
        phone.get_by_role("button", name="Save").click()
        while title_of(stage, made["id"]) != title:
            assert time.monotonic() - began < 20, "the edit never came"
            time.sleep(0.02)
        took.append(time.monotonic() - began)
        expect(agent.row(title)).to_be_visible()
        if took[-1] < MOMENT:
            break
    assert min(took) < MOMENT, took
    assert agent.evaluate("performance.timeOrigin") == loaded
