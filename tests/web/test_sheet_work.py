"""An evening at the import sheet: finding, ticking by keyboard, changing many, comparing, finishing, undoing.

One agent and one sheet for all tests of the module; each leaves the sheet without filters.
"""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from local.runner import LocalSystem, Options
from tests.web.agent import Agent
from tests.web.conftest import Snap
from tests.web.sheet import DONE, Sheet
from tests.web.stage import Stage, crowd, person
from tests.web.test_accessibility import OPTIONS

pytestmark = pytest.mark.browser

DRAFTS = "Object.keys(localStorage).filter((key) => key.includes('drafts')).length"

PEOPLE = [
    person("Roy", "Notary", organization="Roy Law Office", phones=["+1 514 555 0190"]),
    person("Quentin", "Pierre", emails=["rs@example.com"], phones=["+1 416 555 0133"]),
    person("Émile", "Côté", phones=["+1 514 555 0123"]),
    person("<b>Bold</b>", "=1+1", emails=["bold@example.com"], organization="<script>alert(1)</script>"),
]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with LocalSystem(Options(store="memory", seed="empty")) as system:
        stage = Stage(system)
        stage.crm_has(
            {"given_name": "Quentin", "family_name": "Stone", "emails": [{"value": "rs@example.com"}]}
        )
        stage.google_has(*PEOPLE, *crowd(8))
        yield stage


@pytest.fixture(scope="module")
def agent(browser: Browser, stage: Stage) -> Iterator[Agent]:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="en-CA", reduced_motion="reduce"
    )
    context.set_default_timeout(15_000)
    agent = Agent(context, stage, "ann")
    agent.sign_in()
    agent.connects()
    yield agent
    agent.leave()
    assert agent.complaints == []


@pytest.fixture(scope="module")
def sheet(agent: Agent) -> Sheet:
    sheet = agent.opens_sheet()
    sheet.page.set_viewport_size({"width": 1440, "height": 900})
    return sheet


def clean(page: Page) -> None:
    """Nothing that axe-core knows of is wrong."""
    answer = Axe().run(page, options=OPTIONS).response
    assert [(each["id"], each["nodes"][0]["target"]) for each in answer["violations"]] == []


def focused(page: Page) -> Locator:
    return page.locator(":focus")


def test_filters_narrow_the_list_together_and_are_counted(sheet: Sheet, snap: Snap) -> None:
    page = sheet.page
    expect(page.locator(".found")).to_have_text("12 contacts")
    snap(page, "sheet-1440")
    page.get_by_role("button", name="Has phone").click()
    expect(sheet.rows).to_have_count(3)
    page.get_by_role("button", name="Possible duplicate").click()
    expect(sheet.rows).to_have_count(1)
    expect(page.get_by_role("button", name="Has phone")).to_have_attribute("aria-pressed", "true")
    snap(page, "sheet-filtered")
    clean(page)
    page.get_by_role("button", name="Show all contacts").click()
    expect(sheet.rows).to_have_count(12)
    page.get_by_label("Order").select_option("recent")
    sheet.loaded()
    recent = sheet.names()
    page.get_by_label("Order").select_option("name")
    sheet.loaded()
    expect(sheet.rows.last).to_contain_text("Roy Notary")
    assert sheet.names() != recent
    assert sorted(sheet.names()) == sorted(recent)


def test_the_grid_has_one_tab_stop_and_the_arrows_move_in_it(sheet: Sheet, snap: Snap) -> None:
    page = sheet.page
    assert page.locator("table.sheet [tabindex='0']").count() == 1
    sheet.tick_of("Person000").focus()
    page.keyboard.press("Space")
    expect(sheet.tick_of("Person000")).to_be_checked()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    for name in ("Person001", "Person002"):
        expect(sheet.tick_of(name)).to_be_checked()
    expect(sheet.tick_of("Person002")).to_be_focused()
    expect(sheet.row("Person002")).to_have_attribute("aria-selected", "true")
    sheet.has_selected(3)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    sheet.has_selected(5)
    page.keyboard.press("1")
    expect(sheet.field("Person004 Crowd", "Contact type")).to_have_value("lead")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(focused(page)).to_have_class(re.compile("cell-type"))
    page.keyboard.press("Enter")
    expect(sheet.field("Person004 Crowd", "Contact type")).to_be_focused()
    snap(page, "sheet-grid-editing")
    page.keyboard.press("Tab")
    expect(sheet.field("Person004 Crowd", "Temperature")).to_be_focused()
    page.keyboard.press("Escape")
    expect(focused(page)).to_have_class(re.compile("cell-type"))
    assert page.locator("table.sheet [tabindex='0']").count() == 1
    page.keyboard.press("Control+End")
    expect(sheet.row("Roy Notary").locator("[role=gridcell]:focus")).to_have_count(1)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    sheet.tick_of("Person003").click()
    sheet.tick_of("Person000").click(modifiers=["Shift"])
    sheet.has_selected(1)
    sheet.is_saved()


def test_the_shortcuts_and_the_consents_are_explained(sheet: Sheet, snap: Snap) -> None:
    page = sheet.page
    sheet.tick_of("Person000").focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Tick a range")
    expect(dialog).to_contain_text("Then it lapses by itself.")
    snap(page, "sheet-shortcuts")
    clean(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(sheet.tick_of("Person000")).to_be_focused()


def test_a_suggested_type_is_marked_and_taken_with_one_press(sheet: Sheet, snap: Snap) -> None:
    row = sheet.row("Roy Notary")
    chip = row.get_by_role("button", name="Use suggestion Business Contact · Lawyer")
    expect(chip).to_contain_text("Suggested")
    snap(sheet.page, "sheet-suggestion")
    chip.click()
    expect(sheet.field("Roy Notary", "Category")).to_have_value("lawyer")
    expect(chip).to_be_hidden()
    sheet.is_saved()


def test_both_sides_of_a_possible_duplicate_can_be_compared(sheet: Sheet, snap: Snap) -> None:
    page = sheet.page
    row = sheet.row("Quentin Pierre")
    expect(row).to_contain_text("Quentin Stone in your CRM")
    row.get_by_role("button", name="Compare Quentin Pierre side by side").click()
    dialog = page.get_by_role("dialog", name="Same person?")
    expect(dialog.get_by_role("row", name=re.compile("^Phone"))).to_contain_text("+1 416 555 0133")
    snap(page, "sheet-compare")
    clean(page)
    dialog.get_by_role("button", name="Same person").click()
    expect(row.get_by_label("Same person")).to_be_checked()
    expect(row).to_contain_text("Will be linked to it, not added again.")
    sheet.is_saved()


def test_many_rows_are_changed_at_once(sheet: Sheet, stage: Stage, snap: Snap) -> None:
    page = sheet.page
    page.get_by_role("searchbox").fill("crowd")
    expect(sheet.rows).to_have_count(8)
    page.get_by_label("Change", exact=True).select_option("shown")
    page.get_by_role("button", name="Tick all", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Change 8 contacts").click()
    expect(page.locator("#toast")).to_have_text("8 contacts changed.")
    sheet.has_selected(8)
    page.get_by_label("Change", exact=True).select_option("ticked")
    page.get_by_role("button", name="Set consent…").click()
    dialog = page.get_by_role("dialog", name="Set consent")
    dialog.get_by_label("Consent").select_option("implied")
    dialog.get_by_label("Basis").select_option("transaction")
    dialog.get_by_label("Date").fill("2026-06-01")
    dialog.get_by_label("Date").blur()
    expect(dialog).to_contain_text("Jun")
    snap(page, "sheet-bulk")
    clean(page)
    dialog.get_by_role("button", name="Change 8 contacts").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(sheet.field("Person006 Crowd", "Consent")).to_have_value("implied")
    page.get_by_role("searchbox").fill("")
    expect(sheet.rows).to_have_count(12)
    page.get_by_label("Change", exact=True).select_option("shown")
    page.get_by_role("button", name="Use suggestions").click()
    page.get_by_role("dialog").get_by_role("button", name="Change 12 contacts").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    items = stage.call("GET", "/api/import/candidates?q=crowd")["items"]
    assert {each["choice"]["consent"]["basis"] for each in items} == {"transaction"}


def test_choices_of_another_browser_appear(sheet: Sheet, stage: Stage) -> None:
    emile = stage.call("GET", "/api/import/candidates?q=emile")["items"][0]["id"]
    change = {"id": emile, "selected": True, "contact_type": "lead"}
    stage.call("PUT", "/api/import/choices", {"rows": [change]})
    sheet.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(sheet.tick_of("Émile Côté")).to_be_checked()
    sheet.has_selected(9)
    sheet.tick_of("Émile Côté").uncheck()
    sheet.has_selected(8)
    sheet.is_saved()


def test_choices_that_could_not_be_saved_survive_the_page(sheet: Sheet, stage: Stage, snap: Snap) -> None:
    page = sheet.page
    page.route("**/api/import/choices", lambda route: route.abort())
    sheet.tick_of("Person007").uncheck()
    expect(page.locator(".saved")).to_have_text("Not saved – retrying")
    snap(page, "sheet-not-saved")
    assert page.evaluate(DRAFTS) == 1
    page.reload()
    sheet.loaded()
    expect(sheet.tick_of("Person007")).not_to_be_checked()
    page.unroute("**/api/import/choices")
    sheet.is_saved()
    assert stage.call("GET", "/api/import/candidates")["selected"] == 7
    assert page.evaluate(DRAFTS) == 0


def test_the_sheet_fits_a_phone_and_a_wall(sheet: Sheet, snap: Snap) -> None:
    page = sheet.page
    for width, height in ((360, 740), (820, 1100), (3840, 2160)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        snap(page, f"sheet-{width}")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 1440, "height": 900})
    snap(page, "sheet-dark")
    clean(page)
    page.emulate_media(color_scheme="light")


def test_a_finish_is_summed_up_first(sheet: Sheet, snap: Snap) -> None:
    page = sheet.page
    sheet.ticks("Roy Notary", "Quentin Pierre")
    sheet.is_saved()
    page.get_by_role("button", name=DONE).click()
    summary = sheet.dialog.locator(".summary")
    expect(summary).to_contain_text("1 as Business Contact")
    expect(summary).to_contain_text("1 added to a contact that you have")
    expect(summary).to_contain_text("7 Implied")
    expect(summary).to_contain_text("1 contact has no consent decided.")
    snap(page, "sheet-summary")
    clean(page)
    sheet.dialog.get_by_role("button", name="Import 9, decline 3").click()
    expect(page.locator("dialog[data-step=finished]")).to_be_visible(timeout=30_000)
    snap(page, "sheet-finished")
    clean(page)
    sheet.back_to_list()
    expect(sheet.count_of("Declined")).to_have_text("3")
    expect(sheet.count_of("Imported")).to_have_text("9")
    sheet.tab("Declined")
    page.get_by_role("searchbox").fill("person007")
    expect(sheet.rows).to_have_count(1)
    snap(page, "sheet-declined")
    page.get_by_role("button", name="Show all contacts").click()
    expect(sheet.rows).to_have_count(3)


def test_an_import_can_be_undone(sheet: Sheet, stage: Stage, snap: Snap) -> None:
    page = sheet.page
    edited = next(each for each in stage.crm_shows() if each["given_name"] == "Person006")
    stage.call("PATCH", f"/api/contacts/{edited['id']}", {"job_title": "Broker"})
    stage.settle()
    page.get_by_role("button", name="Recent imports").click()
    dialog = page.get_by_role("dialog", name="Recent imports")
    expect(dialog).to_contain_text("Import Selected - Done")
    snap(page, "sheet-imports")
    clean(page)
    dialog.get_by_role("button", name=re.compile("^Undo the import of")).click()
    question = page.get_by_role("dialog", name="Undo this import?")
    expect(question).to_contain_text("Nothing is deleted at Google.")
    question.get_by_role("button", name="Undo the import").click()
    expect(dialog.locator("[data-undo=done]")).to_contain_text("Undone", timeout=20_000)
    snap(page, "sheet-undone")
    clean(page)
    dialog.get_by_role("button", name="Close").click()
    assert [each["given_name"] for each in stage.crm_shows()] == ["Person006", "Quentin"]
    sheet.tab("To decide")
    expect(sheet.row("Roy Notary")).to_be_visible()
