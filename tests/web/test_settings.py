"""The settings page: saved as it is changed, another calendar, and its looks."""

import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from crmsync.engine.account import erase
from tests.web.agent import Agent
from tests.web.conftest import Snap
from tests.web.stage import GOOGLE, Stage
from tests.web.test_accessibility import Inspector

pytestmark = pytest.mark.browser

WORK = "work@group.calendar.google.com"


def opens_settings(agent: Agent) -> Page:
    """From the menu of the button."""
    with agent.page.expect_popup() as opened:
        agent.menu("Settings")
    expect(opened.value.get_by_role("heading", name="Google Sync settings", level=1)).to_be_visible()
    return opened.value


def saved(page: Page, section: str) -> None:
    expect(page.locator(f"[data-section={section}] .saved")).to_have_text("Saved")


def has_other_calendars(stage: Stage) -> None:
    with stage.world.lock:
        book = stage.world.account(GOOGLE["ann"]).calendars
        book.add_calendar(WORK, summary="Work")
        book.add_calendar("holidays@group.calendar.google.com", summary="Holidays", access_role="reader")


def test_settings_are_saved_as_they_are_changed_and_stay(stage: Stage, agent: Agent, snap: Snap) -> None:
    agent.connects()
    agent.sees("Complete")
    page = opens_settings(agent)
    expect(page.get_by_role("button", name="Choose another calendar")).to_be_visible()
    eye = Inspector(snap)
    eye.inspect(page, "settings")
    page.locator("select[name=direction-contacts]").select_option("to_google")
    saved(page, "sync")
    sharing = page.locator("[data-section=sharing]")
    expect(sharing.get_by_label("Notes")).to_have_value("to_crm")
    sharing.get_by_label("Company and job title").select_option("never")
    saved(page, "sharing")
    page.get_by_role("button", name="Pause contacts").click()
    expect(page.get_by_role("button", name="Resume contacts")).to_be_visible()
    page.get_by_role("radio", name="Show as busy").check()
    saved(page, "events")
    page.get_by_label("Country").select_option("FR")
    page.get_by_label("Time zone").select_option("Europe/Paris")
    saved(page, "places")
    owners = page.locator("[data-section=owners]")
    owners.get_by_role("radio", name="Google wins").check()
    owners.get_by_text("Field by field").click()
    expect(owners.get_by_label("Phone")).to_have_value("google")
    owners.get_by_label("Notes").select_option("crm")
    expect(owners.get_by_role("radio", name="Google wins")).not_to_be_checked()
    saved(page, "owners")
    page.locator("select[name=notes]").scroll_into_view_if_needed()
    eye.inspect(page, "settings-owners")
    assert eye.found == []
    found = stage.call("GET", "/api/settings")
    assert (found["directions"]["contacts"], found["google_events"]) == ("to_google", "busy")
    assert (found["sharing"]["organization"], found["sharing"]["notes"]) == ("never", "to_crm")
    assert (found["region"], found["time_zone"]) == ("FR", "Europe/Paris")
    assert (found["owners"].get("notes"), found["owners"]["phones"]) == ("crm", "google")
    page.reload()
    expect(page.locator("select[name=direction-contacts]")).to_have_value("to_google")
    expect(page.get_by_label("Country")).to_have_value("FR")
    expect(page.locator("[data-section=owners] details")).to_have_attribute("open", "")
    agent.page.locator("google-sync-button .more").click()
    expect(agent.panel).to_contain_text("Contacts: paused since")
    agent.panel.get_by_role("button", name="Resume").click()
    expect(agent.page.locator("google-sync-button .more[data-note]")).to_have_count(0)
    assert stage.call("GET", "/api/settings")["paused"]["contacts"] is False
    page.route("**/api/settings", lambda route: route.abort())
    page.get_by_label("Country").select_option("CA")
    alert = page.locator("[data-section=places]").get_by_role("alert")
    expect(alert).to_contain_text("could not be reached")
    expect(page.get_by_label("Country")).to_have_attribute("aria-invalid", "true")


def test_another_calendar_is_chosen_once_google_let_us_see_the_list(
    stage: Stage, agent: Agent, snap: Snap
) -> None:
    has_other_calendars(stage)
    agent.connects()
    agent.sees("Complete")
    page = opens_settings(agent)
    calendar = page.locator("[data-section=calendar]")
    with page.expect_popup() as opened:
        calendar.get_by_role("button", name="Choose another calendar").click()
    popup = opened.value
    snap(popup, "settings-list")
    popup.get_by_role("button", name="Authorize").click()
    with popup.expect_event("close"):
        popup.get_by_role("button", name="Allow").click()
    choice = calendar.locator("select")
    expect(choice.locator("option", has_text="Holidays")).to_be_disabled()
    choice.select_option(WORK)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Use “Work” from now on?")
    eye = Inspector(snap)
    eye.inspect(page, "settings-switch")
    assert eye.found == []
    dialog.get_by_role("button", name="Cancel").click()
    expect(choice).to_have_value("primary")
    choice.select_option(WORK)
    dialog.get_by_role("radio", name=re.compile("^Remove it")).check()
    dialog.get_by_role("button", name="Use this calendar").click()
    saved(page, "calendar")
    assert stage.call("GET", "/api/settings")["calendar_id"] == WORK


def downloads(page: Page, button: str, home: Path) -> Path:
    """What the person gets, under the name that is offered."""
    section = page.locator("[data-section=download]")
    with page.expect_download() as saved:
        section.get_by_role("button", name=button).click()
    file = home / saved.value.suggested_filename
    saved.value.save_as(file)
    expect(section.locator("p[role=status]")).to_have_text(f"Saved as {file.name}")
    return file


def test_everything_is_downloaded_as_files_or_as_one_document(
    stage: Stage, agent: Agent, snap: Snap, tmp_path: Path
) -> None:
    stage.crm_has({"given_name": "Zo\u00e9", "emails": [{"value": "zoe@example.com"}]})
    agent.connects()
    page = opens_settings(agent)
    archive = downloads(page, "Download files (ZIP)", tmp_path)
    assert re.fullmatch(r"google-sync-\d{4}-\d\d-\d\d\.zip", archive.name)
    with zipfile.ZipFile(archive) as whole:
        assert whole.testzip() is None
        assert "FN:Zo\u00e9\r\n" in whole.read("contacts.vcf").decode()
        assert whole.read("README.txt").decode("utf-8-sig").startswith("Your data")
    document = json.loads(downloads(page, "Download one document (JSON)", tmp_path).read_text("utf-8"))
    assert document["contacts"][0]["given_name"] == "Zo\u00e9"
    eye = Inspector(snap)
    page.locator("[data-section=download]").scroll_into_view_if_needed()
    eye.inspect(page, "settings-download")
    assert eye.found == []
    page.route("**/api/export*", lambda route: route.abort())
    section = page.locator("[data-section=download]")
    section.get_by_role("button", name="Download files").click()
    expect(section.get_by_role("alert")).to_contain_text("could not be reached")
    expect(section.get_by_role("button", name="Download files")).to_be_enabled()


def test_everything_is_erased_once_the_word_is_typed_and_the_page_proves_it(
    stage: Stage, agent: Agent, snap: Snap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erase, "LATE", timedelta())
    stage.crm_has({"given_name": "Zo\u00e9", "emails": [{"value": "zoe@example.com"}]})
    agent.connects()
    agent.sees("Complete")
    page = opens_settings(agent)
    page.evaluate("localStorage.setItem('crmsync.drafts.ann', '{}')")
    section = page.locator("[data-section=erase]")
    expect(section).to_contain_text("Evidence of your contacts’ consent is deleted, too.")
    section.get_by_role("button", name="Erase everything").click()
    dialog = page.get_by_role("dialog")
    go = dialog.get_by_role("button", name="Erase everything")
    expect(go).to_be_disabled()
    dialog.get_by_label("Type ERASE to confirm").fill("erase it")
    expect(go).to_be_disabled()
    dialog.get_by_label("Type ERASE to confirm").fill("erase ")
    expect(dialog).to_contain_text("This sync added 1 contact and 0 appointments")
    dialog.get_by_role("radio", name="Delete them from Google").check()
    eye = Inspector(snap)
    eye.inspect(page, "settings-erase")
    page.route("**/api/account", lambda route: route.abort())
    go.click()
    expect(dialog.get_by_role("alert")).to_contain_text("could not be reached")
    page.unroute("**/api/account")
    page.route("**/api/account/erasure**", lambda route: route.abort())
    go.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Everything about you is being erased")
    expect(page.get_by_role("alert")).to_contain_text("The erasure goes on all the same.")
    eye.inspect(page, "settings-erasing")
    page.unroute("**/api/account/erasure**")
    expect(page.get_by_role("heading", level=1)).to_have_text("Everything about you is erased")
    expect(page.get_by_role("alert")).to_be_hidden()
    proof = page.locator("[data-section=erasure]")
    expect(proof.get_by_role("row", name="Contacts", exact=False).first).to_contain_text("1")
    expect(proof).to_contain_text("nothing is found under your name")
    eye.inspect(page, "settings-erased")
    assert eye.found == []
    assert page.evaluate("Object.keys(localStorage)") == []
    page.reload()
    expect(page.locator(".proof")).to_be_visible()
    assert stage.google_shows() == []
    assert stage.crm_shows() == []
    page.goto(f"{stage.url}/settings.html")
    expect(page.get_by_role("heading", name="Google Sync settings", level=1)).to_be_visible()
