"""The pages' colours: what they are used for is seen."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.agent import Agent
from tests.web.stage import Stage

pytestmark = pytest.mark.browser


def shadow(page: Page, selector: str) -> str:
    """The shadow that an element throws."""
    thrown: str = page.locator(selector).evaluate("(element) => getComputedStyle(element).boxShadow")
    return thrown


def test_what_lies_above_the_page_throws_a_shadow(agent: Agent, stage: Stage) -> None:
    page = agent.page
    for selector in (".skip", "#toast", "google-sync-button .panel", "google-sync-button .note"):
        assert shadow(page, selector) != "none", selector
    page.goto(f"{stage.url}/connect.html")
    expect(page.locator(".card")).to_be_visible()
    assert shadow(page, ".card") != "none"
