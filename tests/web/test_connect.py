"""The pop-up and what comes of it: blocked, refused, allowed in part, closed midway, another account."""

from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, expect

from tests.web.agent import Agent
from tests.web.conftest import Snap
from tests.web.stage import GOOGLE, Stage, person

pytestmark = pytest.mark.browser

PATIENCE = 15_000
"""Longer than a window waits for somebody to say who is calling, in milliseconds."""

BLOCK = "() => { window.open = () => null; }"


def card(page: Page, id: str) -> None:
    """The small window shows this card."""
    expect(page.locator(f"[data-card={id}]")).to_be_visible(timeout=PATIENCE)


def test_a_blocked_popup_leaves_a_message_and_a_link_that_works(agent: Agent, snap: Snap) -> None:
    agent.evaluate(BLOCK)
    agent.button.click()
    expect(agent.note).to_contain_text("blocked the Google Sync window")
    snap(agent.page, "button-blocked")
    with agent.page.expect_popup() as opened:
        agent.note.get_by_role("link", name="Open it in a new tab").click()
    popup = agent.reads_popup(opened.value)
    agent.goes_to_google(popup)
    with popup.expect_event("close"):
        agent.allows(popup)
    agent.sees("Complete")
    expect(agent.note).to_be_hidden()


def test_the_popup_says_what_will_happen_before_anything_happens(
    agent: Agent, stage: Stage, snap: Snap
) -> None:
    popup = agent.opens_popup()
    for words in (
        "To Google",
        "linked, not added twice",
        "Nothing enters the CRM before you choose",
        "No mail to guests",
        "Of each contactname, e-mail, phone",
        "Stays in the CRMnotes, contact type",
    ):
        expect(popup.locator("main")).to_contain_text(words)
    snap(popup, "popup-explain")
    popup.get_by_role("checkbox", name="Also send the notes").check()
    expect(popup.locator("main")).to_contain_text("Stays in the CRMcontact type")
    popup.get_by_role("button", name="Enable").click()
    card(popup, "authorize")
    snap(popup, "popup-authorize")
    assert stage.call("GET", "/api/sync")["state"] == "disconnected"
    assert stage.call("GET", "/api/settings")["sharing"]["notes"] == "both"


def test_no_token_ever_stands_in_an_address(agent: Agent) -> None:
    addresses: list[str] = []
    agent.context.on("request", lambda request: addresses.append(request.url))
    agent.connects()
    token = agent.evaluate("JSON.parse(sessionStorage.getItem('crm.session')).token")
    assert len(addresses) > 10
    assert not [address for address in addresses if token[:40] in address]


@pytest.mark.parametrize("step", ["explain", "authorize"])
def test_cancelling_closes_the_popup_and_changes_nothing(agent: Agent, stage: Stage, step: str) -> None:
    popup = agent.opens_popup()
    if step == "authorize":
        popup.get_by_role("button", name="Enable").click()
    # The pop-up may be gone before the click is told to have been made.
    with popup.expect_event("close"), suppress(Error):
        popup.get_by_role("button", name="Cancel").click()
    expect(agent.note).to_be_hidden()
    agent.sees("Enable Google Sync")
    assert stage.call("GET", "/api/sync")["account"] is None


def test_closing_the_popup_midway_leaves_the_button_ready(agent: Agent) -> None:
    popup = agent.opens_popup()
    agent.goes_to_google(popup)
    expect(agent.note).to_contain_text("Continue in the window that opened")
    popup.close()
    expect(agent.note).to_be_hidden()
    agent.sees("Enable Google Sync")
    agent.connects()
    agent.sees("Complete")


def test_a_refusal_is_said_and_can_be_taken_back(agent: Agent, snap: Snap) -> None:
    popup = agent.opens_popup()
    agent.goes_to_google(popup)
    popup.get_by_role("button", name="Cancel").click()
    card(popup, "denied")
    snap(popup, "callback-denied")
    agent.sees("Enable Google Sync")
    popup.get_by_role("button", name="Try again").click()
    popup.get_by_role("button", name=GOOGLE["ann"]).click()
    with popup.expect_event("close"):
        agent.allows(popup)
    agent.sees("Complete")


def test_each_refusal_of_googles_has_its_words_and_a_way_out(agent: Agent, stage: Stage, snap: Snap) -> None:
    popup = agent.opens_popup()
    popup.get_by_role("button", name="Enable").click()
    way_on = popup.get_by_role("button", name="Authorize")
    for error, id, words in (
        ("admin_policy_enforced", "policy", "Ask them to allow it, or choose an account of your own"),
        ("org_internal", "internal", "Choose your account there, or ask the people who run your CRM"),
        ("redirect_uri_mismatch", "setup", "The people who run your CRM have to look into it"),
        ("temporarily_unavailable", "failed", "Nothing has changed; please try again"),
    ):
        stage.control("sign-in", error=error)
        way_on.click()
        card(popup, id)
        expect(popup.locator("main")).to_contain_text(words)
        snap(popup, f"callback-{id}")
        way_on = popup.get_by_role("button", name="Try again")
    agent.sees("Enable Google Sync")
    stage.control("sign-in")
    way_on.click()
    popup.get_by_role("button", name=GOOGLE["ann"]).click()
    with popup.expect_event("close"):
        agent.allows(popup)
    agent.sees("Complete")


def test_where_google_leads_nowhere_the_popup_has_said_what_to_do(
    agent: Agent, stage: Stage, snap: Snap
) -> None:
    stage.control("sign-in", error="access_denied", page=True)
    popup = agent.opens_popup()
    popup.get_by_role("button", name="Enable").click()
    popup.get_by_text("If Google shows an error").click()
    expect(popup.locator("main")).to_contain_text("Ask the people who run your CRM to add your address")
    snap(popup, "popup-trouble")
    popup.get_by_role("button", name="Authorize").click()
    expect(popup.get_by_role("heading", name="Access blocked")).to_be_visible()
    popup.close()
    agent.sees("Enable Google Sync")
    expect(agent.note).to_be_hidden()


def test_who_tries_too_often_is_told_when_to_try_again(agent: Agent, stage: Stage, snap: Snap) -> None:
    popup = agent.opens_popup()
    popup.get_by_role("button", name="Enable").click()
    for _ in range(10):
        stage.call("POST", "/api/google/connect", {})
    popup.get_by_role("button", name="Authorize").click()
    expect(popup.get_by_role("alert")).to_have_text(
        "You have tried many times within a few minutes. You can try again in 10 minutes."
    )
    expect(popup.get_by_role("button", name="Try again")).to_be_enabled()
    snap(popup, "popup-too-many")


def test_contacts_without_calendar_works_and_says_how_to_allow_the_rest(
    agent: Agent, stage: Stage, snap: Snap
) -> None:
    stage.google_has(person("Nadia", "Rahimi", emails=["nadia@example.com"]))
    popup = agent.opens_popup()
    agent.goes_to_google(popup)
    agent.allows(popup, "contacts")
    expect(popup.locator("[data-card=partial]")).to_contain_text("Contacts are allowed, Calendar is not")
    snap(popup, "callback-partial")
    with popup.expect_event("close"):
        popup.get_by_role("button", name="Later").click()
    agent.sees("New Contacts Found (1)")

    agent.page.locator("google-sync-button .more").click()
    snap(agent.page, "button-partial")
    with agent.page.expect_popup() as opened:
        agent.panel.get_by_role("button", name="Allow Google Calendar").click()
    popup = opened.value
    expect(popup.get_by_role("button", name="Allow")).to_be_visible()
    with popup.expect_event("close"):
        agent.allows(popup)
    agent.sees("New Contacts Found (1)")
    assert stage.call("GET", "/api/sync")["granted"] == {"contacts": True, "calendar": True}


def test_calendar_without_contacts_works_too(agent: Agent) -> None:
    popup = agent.opens_popup()
    agent.goes_to_google(popup)
    agent.allows(popup, "events")
    expect(popup.locator("[data-card=partial]")).to_contain_text("Calendar is allowed, Contacts are not")
    popup.close()
    agent.sees("Complete")


def test_the_result_arrives_although_google_cuts_the_tie_between_the_windows(
    agent: Agent, stage: Stage
) -> None:
    stage.control("sever-opener")
    popup = agent.opens_popup()
    agent.goes_to_google(popup)
    agent.allows(popup)
    agent.sees("Complete")


def test_another_google_account_is_asked_about_before_it_replaces_the_first(
    agent: Agent, stage: Stage, snap: Snap
) -> None:
    agent.connects()
    agent.sees("Complete")
    agent.menu("Disconnect…")
    snap(agent.page, "button-disconnect")
    agent.dialog.get_by_role("button", name="Disconnect", exact=True).click()
    agent.sees("Enable Google Sync")

    popup = agent.opens_popup()
    agent.goes_to_google(popup, GOOGLE["bob"])
    agent.allows(popup)
    card(popup, "other_account")
    expect(popup.locator("main")).to_contain_text(f"You chose {GOOGLE['bob']}.")
    snap(popup, "callback-other-account")
    agent.sees("Enable Google Sync")
    with popup.expect_event("close"):
        popup.get_by_role("button", name="Start afresh with this account").click()
    agent.sees("Complete")
    assert stage.call("GET", "/api/sync")["account"] == {"email": GOOGLE["bob"]}


def test_a_callback_that_nobody_asked_for_is_shown_as_expired(agent: Agent, stage: Stage, snap: Snap) -> None:
    page = agent.context.new_page()
    page.goto(f"{stage.url}/oauth/callback?state=forged&code=forged")
    card(page, "expired")
    snap(page, "callback-expired")
    assert stage.call("GET", "/api/sync")["state"] == "disconnected"


@pytest.mark.parametrize("click", ["Reconnect Google", "Sync now"])
def test_a_dead_grant_asks_for_one_click(agent: Agent, stage: Stage, snap: Snap, click: str) -> None:
    agent.connects()
    agent.sees("Complete")
    stage.control("revoke", account=GOOGLE["ann"])
    agent.menu("Sync now")
    agent.sees("Action needed")
    agent.button.click()
    snap(agent.page, "button-attention")
    with agent.page.expect_popup() as opened:
        agent.panel.get_by_role("button", name=click).click()
    popup = opened.value
    # Straight to Google, which knows the account.
    expect(popup.get_by_role("button", name="Allow")).to_be_visible()
    with popup.expect_event("close"):
        agent.allows(popup)
    agent.sees("Complete")


def test_a_window_that_nobody_vouches_for_does_not_go_on(agent: Agent, stage: Stage) -> None:
    stranger = agent.context.browser
    assert stranger is not None
    page = stranger.new_context().new_page()
    page.goto(f"{stage.url}/connect.html")
    card(page, "alone")
    page.goto(f"{stage.url}/import.html")
    expect(page.get_by_role("heading", name="Open this window from your CRM")).to_be_visible()
    page.context.close()


STRANGERS_PAGE = """
<script>
  const popup = window.open("%s/connect.html");
  const own = {type: "crmsync:token", token: "%s"};
  addEventListener("message", (event) => popup.postMessage({...event.data, ...own}, "*"));
</script>
"""


def test_a_strangers_page_cannot_put_its_own_account_into_our_popup(agent: Agent, stage: Stage) -> None:
    token = stage.system.identity.user_token("bob")
    browser = agent.context.browser
    assert browser is not None
    context = browser.new_context()
    page = context.new_page()
    context.route(
        "http://stranger.example/",
        lambda route: route.fulfill(content_type="text/html", body=STRANGERS_PAGE % (stage.url, token)),
    )
    with page.expect_popup() as opened:
        page.goto("http://stranger.example/")
    card(opened.value, "away")
    context.close()
