"""Our windows and whoever opened them: what they show when that person goes, or is somebody else now."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.agent import FOUND, NAMES, Agent
from tests.web.conftest import NewAgent, Snap
from tests.web.sheet import Sheet
from tests.web.stage import Stage, crowd

pytestmark = pytest.mark.browser


@pytest.fixture
def sheet_of_ann(stage: Stage, agent: Agent) -> Sheet:
    """The import sheet that Ann has opened, with a choice that the service has not got."""
    stage.google_has(*crowd(2))
    agent.connects()
    sheet = agent.opens_sheet()
    expect(sheet.page.locator(".acting")).to_have_text("For Ann Martin")
    agent.context.route("**/api/import/choices", lambda route: route.abort())
    sheet.rows.first.get_by_role("checkbox").check()
    assert drafts(sheet.page)
    return sheet


def drafts(page: Page) -> list[str]:
    """The names under which choices are kept in the browser."""
    found: list[str] = page.evaluate(
        "Object.keys(localStorage).filter((key) => key.startsWith('crmsync.drafts'))"
    )
    return found


def test_a_sheet_is_empty_once_somebody_else_is_signed_in(
    agent: Agent, sheet_of_ann: Sheet, snap: Snap
) -> None:
    page = sheet_of_ann.page
    agent.page.get_by_role("button", name="Sign out").click()
    # Whether the CRM's page could still say that nobody is there, or was gone already, is up to chance.
    expect(page.locator("dialog.veil, [data-card=signed_out]")).to_be_visible()
    snap(page, "window-away")
    agent.page.get_by_role("button", name=NAMES["bob"]).click()
    expect(page.locator("[data-card]")).to_contain_text("This window was open for Ann Martin")
    snap(page, "window-other")
    assert "Person000" not in page.content()
    assert drafts(page) == []
    # Bob's own windows are others, by other names.
    agent.sees("Enable Google Sync")
    popup = agent.opens_popup()
    expect(popup.locator(".acting")).to_have_text("For Bob Tremblay")
    expect(page.locator("[data-card]")).to_contain_text("This window was open for Ann Martin")


def test_a_sheet_goes_on_when_its_person_turns_to_another_page_of_the_crm(
    agent: Agent, sheet_of_ann: Sheet
) -> None:
    agent.page.reload()
    agent.sees(FOUND)
    expect(sheet_of_ann.page.locator("dialog.veil")).to_have_count(0)
    expect(sheet_of_ann.rows).to_have_count(2)
    assert drafts(sheet_of_ann.page)


@pytest.mark.parametrize("at_google", [False, True])
def test_a_popup_closes_with_the_sign_out_wherever_it_has_got_to(agent: Agent, at_google: bool) -> None:
    popup = agent.opens_popup()
    if at_google:
        agent.goes_to_google(popup)
    with popup.expect_event("close"):
        agent.evaluate("document.querySelector('google-sync-button').tokenProvider = async () => null")


def test_a_window_without_a_page_of_the_crm_asks_to_be_opened_from_there(
    stage: Stage, new_agent: NewAgent, snap: Snap
) -> None:
    ann = new_agent(stage)
    for path in ("connect.html", "import.html", "review.html", "settings.html"):
        ann.page.goto(f"{stage.url}/{path}")
        expect(ann.page.locator("[data-card=alone]")).to_contain_text("Open this window from your CRM")
    snap(ann.page, "window-alone")


def test_a_window_ends_with_the_page_that_opened_it(agent: Agent, sheet_of_ann: Sheet) -> None:
    agent.page.close()
    expect(sheet_of_ann.page.locator("[data-card=alone]")).to_be_visible()
    assert drafts(sheet_of_ann.page), "closing a page is no sign-out"


def test_a_page_that_sleeps_is_taken_for_unchanged(agent: Agent, sheet_of_ann: Sheet) -> None:
    agent.evaluate("window.addEventListener('message', (event) => event.stopImmediatePropagation(), true)")
    agent.context.unroute("**/api/import/choices")
    sheet_of_ann.rows.nth(1).get_by_role("checkbox").check()
    expect(sheet_of_ann.page.locator(".saved")).to_have_text("All choices saved")
    assert drafts(sheet_of_ann.page) == []
