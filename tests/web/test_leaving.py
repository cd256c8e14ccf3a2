"""Leaving a Google account at the pages: numbers before, what is said while it ends, and what remained."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.agent import Agent
from tests.web.conftest import Snap
from tests.web.stage import GOOGLE, Stage, person
from tests.web.test_connect import card

pytestmark = pytest.mark.browser

OUTAGE = "people.people.*elete*"


def leaves(agent: Agent, *choices: str) -> None:
    """The dialog of the button, with these choices besides what stays."""
    for choice in choices:
        agent.dialog.get_by_role("radio", name=choice).check()
    agent.dialog.get_by_role("button", name="Disconnect", exact=True).click()
    agent.sees("Enable Google Sync")


def comes_back(agent: Agent, account: str) -> Page:
    """To Google with this account, and back."""
    popup = agent.opens_popup()
    agent.goes_to_google(popup, GOOGLE[account])
    agent.allows(popup)
    return popup


def test_each_end_of_leaving_is_told(agent: Agent, stage: Stage, snap: Snap) -> None:
    for name in ("Ada", "Bo", "Cem"):
        stage.call("POST", "/api/contacts", {"given_name": name})
    stage.google_has(person("Una"), person("Vic"))
    agent.connects()
    agent.sees("New Contacts Found (2)")

    agent.menu("Disconnect…")
    expect(agent.dialog).to_contain_text("3 contacts that this sync put into Google")
    expect(agent.dialog).not_to_contain_text("came from Google into the CRM")
    expect(agent.dialog).to_contain_text(
        "2 Google contacts that were not imported are deleted here within a day."
    )
    snap(agent.page, "leaving-dialog")
    stage.control("fault", operation=OUTAGE, status=503, reason="backendError", times=None)
    leaves(agent, "Delete from Google")
    expect(agent.note).to_contain_text("What you chose is being removed now; all is over by")
    snap(agent.page, "leaving-running")

    popup = comes_back(agent, "bob")
    card(popup, "other_account")
    popup.get_by_role("button", name="Start afresh with this account").click()
    card(popup, "waits")
    expect(popup.locator("main")).to_contain_text(f"Then {GOOGLE['bob']} is connected by itself")
    snap(popup, "leaving-waits")
    popup.get_by_role("button", name="Close").click()
    expect(agent.note).to_contain_text(f"Then {GOOGLE['bob']} is connected by itself")
    snap(agent.page, "leaving-next")

    popup = comes_back(agent, "ann")
    card(popup, "came-back")
    snap(popup, "leaving-came-back")
    popup.get_by_role("button", name="Close").click()
    agent.sees("New Contacts Found (2)")
    assert len(stage.google_shows()) == 5

    stage.control("revoke", account=GOOGLE["ann"])
    agent.menu("Disconnect…")
    leaves(agent, "Delete from Google")
    expect(agent.note).to_contain_text(f"Not everything could be removed for {GOOGLE['ann']}:")
    expect(agent.note).to_contain_text("3 contacts stay in Google (our access had ended already).")
    snap(agent.page, "leaving-left")
    with agent.page.expect_response("**/api/google/connection/report"):
        agent.note.get_by_role("button", name="Close").click()
    agent.page.reload()
    agent.sees("Enable Google Sync")
    expect(agent.note).to_be_hidden()
