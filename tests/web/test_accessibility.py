"""Every page and state under axe-core, in light and dark, wide and narrow; and the ways of the keyboard."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from tests.web.agent import Agent
from tests.web.conftest import NewAgent, Snap
from tests.web.sheet import DONE
from tests.web.stage import Stage, crowd, person

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURE = ROOT / "docs" / "images" / "import-sheet.png"
RENEW_PICTURE = "CRMSYNC_RENEW_PICTURE"
"""Set to have the README's picture of the sheet taken anew."""

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Preloading writes style sheets into the page, which our Content-Security-Policy rightly refuses.
OPTIONS = {"runOnly": TAGS, "resultTypes": ["violations"], "preload": False}
Scheme = Literal["light", "dark"]
LOOKS: list[tuple[int, Scheme]] = [(1440, "light"), (1440, "dark"), (360, "light")]
"""Widths and colours in which every state is looked at."""
POPUP = 520
"""How wide the button opens its pop-up."""


class Inspector:
    """Looks at states, one after the other, each in all looks, and remembers what is wrong with them."""

    def __init__(self, snap: Snap) -> None:
        self.axe = Axe()
        self.snap = snap
        self.found: list[str] = []

    def inspect(self, page: Page, state: str, *, widest: int = 1440) -> None:
        """Checks the page as it is, and takes its pictures; no window is made wider than `widest`."""
        size = page.viewport_size
        assert size is not None
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": min(width, widest), "height": size["height"]})
            page.emulate_media(color_scheme=scheme)
            self._look(page, f"{state}-{width}-{scheme}")
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="light")

    def _look(self, page: Page, name: str) -> None:
        self.snap(page, name)
        answer = self.axe.run(page, options=OPTIONS).response
        for violation in answer["violations"]:
            targets = [node["target"] for node in violation["nodes"]]
            self.found.append(f"{name}: {violation['id']} at {targets[:3]}")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            self.found.append(f"{name}: {wide} px wider than the window")


@pytest.fixture
def furnished(stage: Stage) -> Stage:
    """A CRM and a Google that both have something to show."""
    stage.crm_has(
        {
            "given_name": "Quentin",
            "family_name": "Stone",
            "emails": [{"value": "rs@example.com", "type": "work"}],
            "contact_type": "lead",
            "detail": {"temperature": "hot"},
            "consent": {"status": "express", "obtained_on": "2026-01-15", "source": "Open house"},
        },
    )
    tomorrow = datetime.now(ZoneInfo("America/Toronto")).date() + timedelta(days=1)
    stage.call(
        "POST",
        "/api/appointments",
        {
            "title": "Open house",
            "start": {"date": str(tomorrow)},
            "end": {"date": str(tomorrow + timedelta(days=1))},
            "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"],
        },
    )
    stage.google_has(
        person("Quentin", "Pierre", emails=["rs@example.com"], organization="Stone & Co"),
        person("محمد", "العلي", phones=["+1 416 555 0133"]),
        *crowd(6),
    )
    return stage


def test_no_state_of_the_crm_has_a_violation(furnished: Stage, new_agent: NewAgent, snap: Snap) -> None:
    eye = Inspector(snap)
    agent = new_agent(furnished, height=800)
    agent.page.goto(agent.stage.url)
    expect(agent.page.get_by_role("button", name="Bob Tremblay")).to_be_visible()
    eye.inspect(agent.page, "sign-in")
    agent.sign_in()
    expect(agent.row("Quentin Stone")).to_be_visible()
    agent.sees("Enable Google Sync")
    eye.inspect(agent.page, "contacts")
    agent.open_record("Quentin Stone").get_by_label("Consent").select_option("implied")
    eye.inspect(agent.page, "contact-form")
    agent.page.keyboard.press("Escape")
    agent.shows("Appointments")
    expect(agent.row("Open house")).to_have_count(3)
    eye.inspect(agent.page, "appointments")
    agent.row("Open house").first.locator(".row-open").click()
    expect(agent.dialog.get_by_role("button", name="The whole series")).to_be_visible()
    eye.inspect(agent.page, "appointment-scope")
    agent.dialog.get_by_role("button", name="The whole series").click()
    expect(agent.dialog.get_by_label("Title")).to_be_visible()
    eye.inspect(agent.page, "appointment-form")
    assert eye.found == []


def test_no_state_of_connecting_has_a_violation(furnished: Stage, new_agent: NewAgent, snap: Snap) -> None:
    eye = Inspector(snap)
    agent = new_agent(furnished, height=800)
    agent.sign_in()
    popup = agent.opens_popup()
    popup.set_viewport_size({"width": POPUP, "height": 720})
    eye.inspect(agent.page, "popup-open")
    eye.inspect(popup, "popup-explain", widest=POPUP)
    popup.get_by_role("button", name="Enable").click()
    eye.inspect(popup, "popup-authorize", widest=POPUP)
    popup.close()
    for outcome in ("partial", "denied", "policy", "internal", "setup", "expired", "failed", "other_account"):
        _serve_callback(agent, outcome)
        with agent.page.expect_popup() as opened:
            agent.evaluate("() => void window.open('/oauth/callback')")
        page = opened.value
        page.set_viewport_size({"width": POPUP, "height": 720})
        expect(page.locator(f"[data-card={outcome}]")).to_be_visible()
        eye.inspect(page, f"callback-{outcome}", widest=POPUP)
        page.close()
    agent.context.unroute_all()
    agent.connects()
    agent.sees("New Contacts Found (8)")
    agent.page.locator("google-sync-button .more").click()
    eye.inspect(agent.page, "button-panel")
    agent.panel.get_by_role("button", name="Disconnect…").click()
    eye.inspect(agent.page, "button-disconnect")
    assert eye.found == []


def test_no_state_of_the_sheet_has_a_violation(furnished: Stage, new_agent: NewAgent, snap: Snap) -> None:
    eye = Inspector(snap)
    agent = new_agent(furnished, height=800)
    agent.sign_in()
    agent.connects()
    sheet = agent.opens_sheet()
    page = sheet.page
    page.set_viewport_size({"width": 1440, "height": 800})
    sheet.ticks("Person001", "Person002", "Quentin Pierre")
    sheet.choose("Person001 Crowd", "Contact type", "Lead")
    sheet.choose("Person002 Crowd", "Consent", "Implied")
    sheet.is_saved()
    eye.inspect(page, "sheet")
    page.get_by_role("searchbox").fill("nobody")
    expect(page.get_by_role("heading", name="No match")).to_be_visible()
    eye.inspect(page, "sheet-no-match")
    page.get_by_role("button", name="Show all contacts").click()
    expect(sheet.rows).to_have_count(8)
    page.get_by_role("button", name=DONE).click()
    expect(sheet.dialog).to_be_visible()
    eye.inspect(page, "sheet-confirm")
    page.keyboard.press("Escape")
    sheet.ends(DONE, "Import 2, decline 5")
    eye.inspect(page, "sheet-finished")
    sheet.back_to_list()
    eye.inspect(page, "sheet-empty")
    sheet.tab("Declined")
    eye.inspect(page, "sheet-declined")
    assert eye.found == []


def _serve_callback(agent: Agent, outcome: str) -> None:
    """The service's callback page with this outcome, whatever the attempt was; what is taken has it, too."""
    granted = outcome in ("partial", "other_account")

    def answer(route: Route) -> None:
        original = route.fetch()
        marks = f'data-outcome="{"granted" if granted else outcome}"'
        body = original.text().replace('data-outcome="expired"', marks)
        assert marks in body
        route.fulfill(response=original, status=200, body=body)

    taken = {"outcome": outcome, "missing": ["calendar"], "email": "other@gmail.example"}
    agent.context.unroute_all()
    agent.context.route("**/oauth/callback", answer)
    agent.context.route("**/api/google/connect/confirm", lambda route: route.fulfill(json=taken))


def test_the_sheet_looks_as_the_readme_shows_it(stage: Stage, new_agent: NewAgent) -> None:
    stage.crm_has(
        {"given_name": "Quentin", "family_name": "Stone", "emails": [{"value": "rs@example.com", "type": ""}]}
    )
    stage.google_has(
        person(
            "Aisha",
            "Rahman",
            emails=["aisha@example.com"],
            phones=["+1 416 555 0133"],
            organization="Rahman Interiors",
        ),
        person("Quentin", "Pierre", emails=["rs@example.com"]),
        person(
            "Chloé",
            "Bélanger",
            emails=["chloe@example.org", "c.belanger@example.com"],
            phones=["514 555 0107"],
        ),
        person("Дмитрий", "Соколов", phones=["(604) 555-0181"], organization="Pacific Movers"),
        person("Élodie", "Gagnon", emails=["elodie@example.net"]),
        person("محمد", "العلي", phones=["+1 416 555 0118"]),
    )
    agent = new_agent(stage, width=1280, height=800)
    agent.sign_in()
    agent.connects()
    sheet = agent.opens_sheet()
    sheet.page.set_viewport_size({"width": 1280, "height": 800})
    sheet.ticks("Aisha", "Chloé")
    sheet.choose("Aisha Rahman", "Contact type", "Business Contact")
    sheet.choose("Aisha Rahman", "Category", "Stager")
    sheet.choose("Chloé Bélanger", "Contact type", "Lead")
    sheet.choose("Chloé Bélanger", "Temperature", "Warm")
    sheet.choose("Chloé Bélanger", "Consent", "Express")
    sheet.page.mouse.move(0, 0)
    sheet.is_saved()
    sheet.has_selected(2)
    picture = sheet.page.screenshot()
    assert picture.startswith(b"\x89PNG")
    if os.environ.get(RENEW_PICTURE):
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        PICTURE.write_bytes(picture)


def _active(page: Page) -> Locator:
    return page.locator(":focus")


def test_the_whole_path_can_be_walked_with_the_keyboard(agent: Agent, stage: Stage) -> None:
    stage.google_has(*crowd(2))
    agent.button.focus()
    with agent.page.expect_popup() as opened:
        agent.page.keyboard.press("Enter")
    popup = agent.reads_popup(opened.value)
    expect(popup.get_by_role("heading", level=1)).to_be_focused()
    for _ in ("notes", "Cancel", "Enable"):
        popup.keyboard.press("Tab")
    expect(popup.get_by_role("button", name="Enable")).to_be_focused()
    popup.keyboard.press("Enter")
    expect(popup.get_by_role("heading", name="Now Google asks you")).to_be_focused()
    popup.get_by_role("button", name="Authorize").focus()
    popup.keyboard.press("Enter")
    popup.get_by_role("button", name="ann.martin@gmail.example").click()
    with popup.expect_event("close"):
        agent.allows(popup)
    agent.sees("New Contacts Found (2)")
    agent.button.focus()
    with agent.page.expect_popup() as opened:
        agent.page.keyboard.press("Enter")
    page = opened.value
    tick = page.get_by_role("checkbox", name="Import Person000 Crowd")
    tick.focus()
    page.keyboard.press("Space")
    expect(tick).to_be_checked()
    page.get_by_role("button", name=DONE).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Go back")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Close window")).to_be_focused(timeout=20_000)
    expect(page.locator("dialog[open]")).to_contain_text("1 contact imported")


def test_the_menu_opens_closes_and_gives_the_focus_back(agent: Agent) -> None:
    agent.connects()
    agent.sees("Complete")
    more = agent.page.get_by_role("button", name="Google Sync menu")
    expect(more).to_have_attribute("aria-expanded", "false")
    more.focus()
    agent.page.keyboard.press("Enter")
    expect(more).to_have_attribute("aria-expanded", "true")
    agent.page.keyboard.press("Tab")
    expect(agent.panel.get_by_role("button", name="Sync now")).to_be_focused()
    agent.page.keyboard.press("Escape")
    expect(agent.panel).to_be_hidden()
    expect(more).to_be_focused()
    agent.button.click()
    expect(agent.panel).to_be_visible()
    agent.page.get_by_role("heading", name="Contacts", exact=True).click()
    expect(agent.panel).to_be_hidden()


def test_a_screen_reader_hears_the_ends_of_things(agent: Agent) -> None:
    agent.connects()
    agent.sees("Complete")
    expect(agent.page.locator("google-sync-button [role=status].hidden")).to_have_text(
        "Google Sync is complete."
    )


def test_touch_targets_are_large_enough(stage: Stage, new_agent: NewAgent) -> None:
    stage.google_has(*crowd(2))
    agent = new_agent(stage, width=360, height=740)
    agent.sign_in()
    agent.connects()
    sheet = agent.opens_sheet()
    # What a coarse pointer gets is set by a media query; a fine one gets at least the 24 px of WCAG 2.2.
    targets = sheet.page.locator("main button:visible, main select:visible, main label.pick, footer button")
    sizes = targets.evaluate_all("all => all.map((each) => each.getBoundingClientRect().height)")
    assert len(sizes) > 8
    assert min(sizes) >= 24
