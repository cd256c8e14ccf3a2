"""Consent as a ledger, in the CRM's pages: the history of a contact, and what lapses soon."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.web.agent import Agent
from tests.web.conftest import Snap
from tests.web.stage import Stage
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
