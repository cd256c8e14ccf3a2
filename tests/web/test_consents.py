"""Consent as a ledger, in the CRM's pages: the history of a contact, and what lapses soon."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.web.agent import Agent
from tests.web.conftest import Snap
from tests.web.sheet import DONE
from tests.web.stage import Stage, person
from tests.web.test_sheet_work import clean

pytestmark = pytest.mark.browser


def test_consents_that_lapse_soon_are_listed_and_their_history_is_evidence(
    agent: Agent, stage: Stage, snap: Snap, tmp_path: Path
) -> None:
    asked = (datetime.now(UTC) - timedelta(days=165)).date().isoformat()
    implied = {"status": "implied", "basis": "inquiry", "obtained_on": asked, "source": "=Open house"}
    lena = {"given_name": "Lena", "family_name": "<i>Moreau</i>", "emails": [{"value": "lena@example.com"}]}
    page = agent.page
    page.get_by_role("navigation").get_by_role("link", name="Consents").click()
    expect(page.get_by_role("heading", name="Nothing lapses soon")).to_be_visible()
    [made] = stage.crm_has({**lena, "consent": {"status": "none"}}, {"given_name": "Other"})[:1]
    stage.call("PATCH", f"/api/contacts/{made['id']}", {"consent": implied})
    page.reload()
    row = agent.row("Lena <i>Moreau</i>")
    expect(row).to_contain_text("Inquiry")
    expect(page.locator(".row")).to_have_count(1)
    snap(page, "consents-expiring")
    clean(page)

    row.locator(".row-open").click()
    agent.dialog.get_by_role("button", name="Consent history").click()
    history = page.get_by_role("dialog", name="Consent history")
    expect(history.locator("li").first).to_contain_text("No consent → Implied")
    expect(history.locator("li").first).to_contain_text("=Open house")
    snap(page, "consent-history")
    clean(page)
    with page.expect_download() as saved:
        history.get_by_role("button", name="Export as CSV").click()
    file = tmp_path / "evidence.csv"
    saved.value.save_as(file)
    assert saved.value.suggested_filename == "consent-history.csv"
    text = file.read_text(encoding="utf-8-sig")
    assert "implied" in text
    assert ",=Open house" not in text

    history.get_by_role("button", name="Close").click()
    agent.dialog.get_by_label("Consent").select_option("express")
    agent.saves()
    expect(page.get_by_role("heading", name="Nothing lapses soon")).to_be_visible()


def test_who_has_opted_out_is_named_wherever_consent_would_be_recorded_again(
    agent: Agent, stage: Stage, snap: Snap
) -> None:
    address = "s@optout.example"
    rex = {"given_name": "Rex", "family_name": "Optout", "emails": [{"value": address}]}
    stage.crm_has({**rex, "consent": {"status": "revoked"}})
    stage.google_has(person("Una", "Optout", emails=[address, "una@mail.example"]))
    agent.connects()
    sheet = agent.opens_sheet()
    row = sheet.row("Una Optout")
    expect(row).to_contain_text(f"Consent was withdrawn: {address} on")
    sheet.ticks("Una Optout")
    row.get_by_label("different person").check()
    sheet.choose("Una Optout", "Consent", "Express")
    row.get_by_label("Date").fill("2026-01-15")
    row.get_by_label("Source").fill("Open house")
    row.get_by_label("Source").blur()
    expect(row).to_contain_text("No e-mail goes there, unless you give newer consent")
    snap(sheet.page, "sheet-withdrawn")
    clean(sheet.page)
    sheet.page.get_by_role("button", name=DONE).click()
    expect(sheet.dialog).to_contain_text("1 contact has an address for which consent was withdrawn.")
    snap(sheet.page, "sheet-withdrawn-summary")
    sheet.dialog.get_by_role("button", name="Import 1").click()
    sheet.says("1 of them has an address for which consent was withdrawn")
    sheet.page.close()

    page = agent.page
    page.get_by_role("navigation").get_by_role("link", name="Consents").click()
    listed = page.locator(".row.withdrawn")
    expect(listed).to_contain_text(["Rex Optout"])
    expect(listed).to_contain_text(["Una Optout"])
    page.get_by_role("button", name="Add a list…").click()
    agent.dialog.get_by_label("Addresses").fill(f"{address}\nnobody@x.example\nnot one")
    agent.dialog.get_by_label("Addresses").blur()
    expect(agent.dialog).to_contain_text("2 addresses. 1 is withdrawn already. 1 line has no address.")
    snap(page, "withdrawn-add")
    agent.dialog.get_by_role("button", name="Withdraw consent").click()
    expect(page.get_by_text("1 more address is on none of your contacts.")).to_be_visible()
    snap(page, "withdrawn-list")
    clean(page)

    listed.get_by_role("button", name="Una Optout").click()
    expect(agent.dialog).to_contain_text("No e-mail goes there")
    agent.dialog.get_by_label("Note", exact=True).fill("Said so again")
    agent.dialog.get_by_role("button", name="Save", exact=True).click()
    expect(agent.dialog.get_by_role("alert")).to_contain_text(f"Consent was withdrawn: {address} on")
    snap(page, "withdrawn-contact")
    clean(page)
    agent.dialog.get_by_role("button", name="Save, these stay withdrawn").click()
    expect(agent.dialog).to_have_count(0)
    [una] = [each for each in stage.crm_shows() if each["given_name"] == "Una"]
    assert una["consent"]["note"] == "Said so again"
    assert [each["can_email"] for each in una["emails"]] == [False, True]
