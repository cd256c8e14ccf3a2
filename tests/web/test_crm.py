"""The demo CRM: contacts and appointments, as a host's users would keep them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Request, expect

from tests.web.agent import Agent
from tests.web.conftest import Snap
from tests.web.stage import Stage, crowd

pytestmark = pytest.mark.browser


WIDTHS = (820, 1000, 1100, 1247, 1250, 1280, 1440)
"""Of windows in which the button's words have room in one line, beside the rest of the header or above it."""


def stands_in_one_line(agent: Agent) -> None:
    for width in WIDTHS:
        agent.page.set_viewport_size({"width": width, "height": 700})
        box = agent.button.bounding_box()
        assert box is not None
        assert box["height"] < 45, width
        assert agent.evaluate("document.documentElement.scrollWidth") <= width


def test_what_the_button_offers_stands_in_one_line_at_every_width(agent: Agent, stage: Stage) -> None:
    agent.page.get_by_role("button", name="Français").click()
    agent.sees("Activer la synchronisation Google")
    stands_in_one_line(agent)
    agent.page.get_by_role("button", name="English").click()
    stage.google_has(*crowd(1200))
    agent.connects()
    agent.sees("New Contacts Found (1,200)")
    stands_in_one_line(agent)
    agent.page.get_by_role("button", name="Français").click()
    agent.sees(re.compile(r"1.200"))
    stands_in_one_line(agent)


LENA = {
    "given_name": "Lena",
    "family_name": "Moreau",
    "emails": [{"value": "lena@example.com", "type": "work"}],
}


def fill(dialog: Locator, **fields: str) -> None:
    """Fills labelled fields; an underscore stands for a blank."""
    for label, value in fields.items():
        dialog.get_by_label(label.replace("_", " "), exact=True).fill(value)


def add_contact(agent: Agent) -> Locator:
    agent.page.get_by_role("button", name="Add contact").click()
    return agent.dialog


def add_appointment(agent: Agent) -> Locator:
    agent.shows("Appointments")
    agent.page.get_by_role("button", name="Add appointment").click()
    return agent.dialog


def only(items: list[dict[str, Any]]) -> dict[str, Any]:
    (item,) = items
    return item


def test_every_field_of_a_contact_can_be_entered_and_comes_back(
    agent: Agent, stage: Stage, snap: Snap
) -> None:
    dialog = add_contact(agent)
    fill(
        dialog,
        Prefix="Dr",
        First_name="Élise",
        Middle_name="M.",
        Last_name="Côté",
        Suffix="Jr",
        Nickname="Lili",
    )
    fill(dialog, Organisation="Côté & fils", Job_title="Notary", Notes="Prefers texts.\nSecond line.")
    dialog.get_by_label("E-mail 1", exact=True).fill("elise@example.com")
    dialog.get_by_label("E-mail Label 1", exact=True).fill("home")
    dialog.get_by_label("Phone 1", exact=True).fill("+1 514 555 0142")
    dialog.get_by_role("button", name="Add web address").click()
    dialog.get_by_label("Web address 1", exact=True).fill("https://example.com")
    dialog.get_by_role("button", name="Add address").click()
    fill(dialog, Street="1 rue Principale", City="Montréal", Postal_code="H2X 0A1", Country="Canada")
    dialog.get_by_label("Birthday: Month").select_option(label="February")
    dialog.get_by_label("Birthday: Day").fill("29")
    dialog.get_by_label("Contact type").select_option("business")
    dialog.get_by_label("Category").select_option("lawyer")
    dialog.get_by_label("Consent").select_option("express")
    dialog.get_by_label("Date", exact=True).fill("2026-01-15")
    dialog.get_by_label("Source").fill("Signed form")
    snap(agent.page, "crm-contact-form")
    agent.saves()
    expect(agent.row("Dr Élise M. Côté Jr")).to_contain_text("Business Contact · Lawyer")
    saved = only(stage.crm_shows())
    assert saved["birthday"]["month"] == 2
    assert saved["birthday"].get("year") is None
    assert saved["addresses"][0]["city"] == "Montréal"
    assert saved["notes"] == "Prefers texts.\nSecond line."
    assert (saved["consent"]["status"], saved["consent"]["recorded_by"], saved["can_email"]) == (
        "express",
        "ann",
        True,
    )
    dialog = agent.open_record("Côté")
    expect(dialog.get_by_label("Nickname")).to_have_value("Lili")
    expect(dialog.get_by_label("Web address 1", exact=True)).to_have_value("https://example.com")
    expect(dialog).to_contain_text("Recorded by ann")


def test_a_mistake_is_named_where_it_is(agent: Agent, stage: Stage, snap: Snap) -> None:
    dialog = add_contact(agent)
    fill(dialog, First_name="Nobody")
    dialog.get_by_label("E-mail 1", exact=True).fill("not an address")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_have_text("This is not an e-mail address.")
    expect(dialog.get_by_label("E-mail 1", exact=True)).to_be_focused()
    expect(dialog.get_by_label("E-mail 1", exact=True)).to_have_attribute("aria-invalid", "true")
    snap(agent.page, "crm-contact-mistake")
    assert stage.crm_shows() == []


def test_an_edit_sends_only_what_was_changed(agent: Agent, stage: Stage) -> None:
    stage.crm_has(LENA)
    agent.page.reload()
    requests: list[Request] = []
    agent.page.on("request", lambda request: requests.append(request))
    dialog = agent.open_record("Lena Moreau")
    fill(dialog, Organisation="Moreau inc.")
    agent.saves()
    expect(agent.row("Moreau inc.")).to_be_visible()
    sent = [request.post_data_json for request in requests if request.method == "PATCH"]
    assert sent == [{"organization": "Moreau inc."}]


def test_a_change_made_meanwhile_is_shown_and_not_overwritten(agent: Agent, stage: Stage) -> None:
    lena = only(stage.crm_has(LENA))
    agent.page.reload()
    dialog = agent.open_record("Lena Moreau")
    stage.call("PATCH", f"/api/contacts/{lena['id']}", {"nickname": "Leni"})
    fill(dialog, Nickname="Lenchen")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("changed meanwhile")
    expect(dialog.get_by_label("Nickname")).to_have_value("Leni")
    fill(dialog, Nickname="Lenchen")
    agent.saves()
    assert only(stage.crm_shows())["nickname"] == "Lenchen"


def test_a_contact_is_archived_found_there_and_restored(agent: Agent, stage: Stage, snap: Snap) -> None:
    stage.crm_has(LENA)
    agent.page.reload()
    agent.open_record("Lena Moreau").get_by_role("button", name="Archive").click()
    expect(agent.page.get_by_role("heading", name="No contacts yet")).to_be_visible()
    snap(agent.page, "crm-empty")
    agent.page.get_by_label("Show").select_option(label="Archived")
    agent.page.get_by_role("button", name="Restore: Lena Moreau").click()
    expect(agent.page.get_by_role("heading", name="Nothing archived")).to_be_visible()
    assert only(stage.crm_shows())["family_name"] == "Moreau"


def test_contacts_are_found_by_what_is_typed(agent: Agent, stage: Stage) -> None:
    stage.crm_has(LENA, {"given_name": "Zoë", "family_name": "Adams"})
    agent.page.reload()
    expect(agent.page.locator(".row")).to_have_count(2)
    agent.page.get_by_role("searchbox").fill("zoe")
    expect(agent.page.locator(".row")).to_have_count(1)
    expect(agent.row("Zoë Adams")).to_be_visible()
    agent.page.get_by_role("searchbox").fill("xyz")
    expect(agent.page.get_by_role("heading", name="No match")).to_be_visible()


def test_a_failed_list_can_be_tried_again(agent: Agent, stage: Stage, snap: Snap) -> None:
    agent.page.route("**/api/contacts/search", lambda route: route.abort())
    agent.page.reload()
    expect(agent.page.get_by_role("heading", name="The contacts could not be loaded")).to_be_visible()
    snap(agent.page, "crm-failed")
    agent.page.unroute("**/api/contacts/search")
    stage.crm_has(LENA)
    agent.page.get_by_role("button", name="Try again").click()
    expect(agent.row("Lena Moreau")).to_be_visible()


def test_a_timed_appointment_keeps_the_zone_it_was_planned_in(agent: Agent, stage: Stage, snap: Snap) -> None:
    dialog = add_appointment(agent)
    day = f"{datetime.now(UTC).year + 1}-07-15"
    fill(dialog, Title="Call with Vancouver", Place="By phone")
    dialog.get_by_label("Starts: date").fill(day)
    dialog.get_by_label("Starts: time").fill("09:30")
    dialog.get_by_label("Ends: date", exact=True).fill(day)
    dialog.get_by_label("Ends: time").fill("10:15")
    dialog.get_by_label("Time zone").select_option("America/Vancouver")
    dialog.get_by_role("button", name="Add guest").click()
    dialog.get_by_label("E-mail 1", exact=True).fill("guest@example.com")
    snap(agent.page, "crm-appointment-form")
    agent.saves()
    saved = only(stage.call("GET", "/api/appointments")["items"])
    assert saved["start"] == {"date_time": f"{day}T09:30:00-07:00", "time_zone": "America/Vancouver"}
    assert saved["end"]["date_time"] == f"{day}T10:15:00-07:00"
    assert saved["attendees"][0]["email"] == "guest@example.com"
    assert saved["notify_guests"] is False
    row = agent.row("Call with Vancouver")
    expect(row).to_contain_text("12:30 p.m. – 1:15 p.m.")
    expect(row).to_contain_text("9:30 a.m. – 10:15 a.m. PDT")


def test_an_all_day_appointment_says_its_last_day_and_stores_the_day_after(
    agent: Agent, stage: Stage, snap: Snap
) -> None:
    dialog = add_appointment(agent)
    first = (datetime.now(UTC) + timedelta(days=40)).date()
    last = first + timedelta(days=2)
    fill(dialog, Title="Conference")
    dialog.get_by_label("All day").check()
    dialog.get_by_label("Starts: date").fill(first.isoformat())
    dialog.get_by_label("Last day").fill(last.isoformat())
    agent.saves()
    saved = only(stage.call("GET", "/api/appointments")["items"])
    assert saved["start"] == {"date": first.isoformat()}
    assert saved["end"] == {"date": (last + timedelta(days=1)).isoformat()}
    expect(agent.row("Conference")).to_have_count(3)
    expect(agent.row("Conference").last).to_contain_text("All day")
    expect(agent.row("Conference").last).to_contain_text("Day 3 of 3")
    snap(agent.page, "crm-appointments")
    agent.row("Conference").first.locator(".row-open").click()
    dialog = agent.dialog
    expect(dialog.get_by_label("Last day")).to_have_value(last.isoformat())


def test_an_end_before_the_start_is_refused_before_it_is_sent(agent: Agent, stage: Stage) -> None:
    dialog = add_appointment(agent)
    fill(dialog, Title="Backwards")
    dialog.get_by_label("Starts: date").fill("2031-01-02")
    dialog.get_by_label("Starts: time").fill("10:00")
    dialog.get_by_label("Ends: date").fill("2031-01-02")
    dialog.get_by_label("Ends: time").fill("09:00")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_have_text("The end must come after the start.")
    assert stage.call("GET", "/api/appointments")["items"] == []


def test_an_appointment_is_edited_archived_and_restored(agent: Agent, stage: Stage) -> None:
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    after = day + timedelta(days=1)
    moments = {"start": {"date": day.isoformat()}, "end": {"date": after.isoformat()}}
    stage.call("POST", "/api/appointments", {"title": "Viewing", **moments})
    agent.shows("Appointments")
    fill(agent.open_record("Viewing"), Title="Second viewing")
    agent.saves()
    agent.open_record("Second viewing").get_by_role("button", name="Archive").click()
    expect(agent.page.get_by_role("heading", name="Nothing planned")).to_be_visible()
    agent.page.get_by_label("Show").select_option(label="Archived")
    agent.page.get_by_role("button", name="Restore: Second viewing").click()
    expect(agent.page.get_by_role("heading", name="Nothing archived")).to_be_visible()
    assert only(stage.call("GET", "/api/appointments")["items"])["title"] == "Second viewing"


def test_signing_out_forgets_who_it_was(agent: Agent) -> None:
    agent.page.get_by_role("button", name="Sign out").click()
    expect(agent.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert agent.evaluate("sessionStorage.length") == 0
