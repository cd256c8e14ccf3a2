"""The agent's whole path, as `script/run` offers it: real Firestore emulator, demo data, a browser."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.web.conftest import NewAgent, Snap
from tests.web.sheet import DONE
from tests.web.stage import Stage, person

pytestmark = pytest.mark.browser


def test_the_agents_path_from_the_button_to_staying_in_sync(
    demo: Stage, new_agent: NewAgent, snap: Snap
) -> None:
    walk(demo, new_agent, snap)


def test_the_same_walk_against_another_google(
    demo_with_another_google: Stage, new_agent: NewAgent, snap: Snap
) -> None:
    walk(demo_with_another_google, new_agent, snap)


def walk(demo: Stage, new_agent: NewAgent, snap: Snap) -> None:
    ann = new_agent(demo)
    ann.sign_in()
    ann.sees("Enable Google Sync")
    before = len(demo.google_shows())
    ann.connects()
    ann.sees("New Contacts Found (225)")
    snap(ann.page, "walk-found")
    # 25 of the CRM's 56 contacts were at Google already: linked, not created twice. Of three more the sheet
    # asks whether they are somebody there.
    assert len(demo.google_shows()) == before + 28
    planned = {appointment["title"] for appointment in demo.call("GET", "/api/appointments")["items"]}
    assert planned <= {event.get("summary", "") for event in demo.events_at_google()}

    sheet = ann.opens_sheet()
    sheet.ticks("Aaron Carter")
    sheet.choose("Aaron Carter", "Contact type", "Lead")
    sheet.choose("Aaron Carter", "Temperature", "Hot")
    sheet.choose("Aaron Carter", "Consent", "Express")
    aaron = sheet.row("Aaron Carter")
    expect(aaron).to_contain_text("Unproven: add date and source")
    aaron.get_by_label("Date").fill("2026-01-15")
    aaron.get_by_label("Source").fill("Open house")
    aaron.get_by_label("Source").blur()
    sheet.turns("Next")
    sheet.rows.nth(3).get_by_role("checkbox").check()
    sheet.has_selected(2)
    sheet.is_saved()

    # Another browser of the same person sees the same choices.
    elsewhere = new_agent(demo)
    elsewhere.sign_in()
    second = elsewhere.opens_sheet()
    second.has_selected(2)
    expect(second.tick_of("Aaron Carter")).to_be_checked()
    expect(second.field("Aaron Carter", "Temperature")).to_have_value("hot")
    elsewhere.leave()

    sheet.ends(DONE, "Import 2, decline 222")
    sheet.says("2 contacts imported", "222 contacts declined", "1 contact comes again")
    snap(sheet.page, "walk-finished")
    sheet.back_to_list()
    # Somebody in the CRM is likely this one, and waits: declining the row does not say who it is.
    expect(sheet.rows).to_have_count(1)
    expect(sheet.rows).to_contain_text("Fraser")
    expect(sheet.count_of("Declined")).to_have_text("222")

    ann.sees("New Contacts Found (1)")
    ann.page.get_by_role("searchbox").fill("Aaron Carter")
    expect(ann.row("Aaron Carter")).to_contain_text("Lead · Hot")
    expect(ann.row("Aaron Carter")).to_contain_text("E-mail allowed")

    # A declined contact that changes at Google does not come back; a new one does.
    declined = demo.call("GET", "/api/import/candidates?status=declined&page_size=1")["items"][0]
    _rename_at_google(demo, declined["emails"] or declined["phones"])
    demo.google_has(person("Zacharie", "Zimmer", emails=["zach@example.com"]))
    ann.menu("Sync now")
    ann.sees("New Contacts Found (2)")


def _rename_at_google(demo: Stage, values: list[str]) -> None:
    with demo.world.lock:
        book = demo.contacts_at_google()
        for name, fields in book.contents().items():
            held = [
                entry["value"]
                for part in ("emailAddresses", "phoneNumbers")
                for entry in fields.get(part, [])
            ]
            if set(values) <= set(held):
                book.phone_edit(name, {"nicknames": [{"value": "Declined once"}]})
                return
    raise AssertionError("the declined contact is not at Google")


def test_an_edit_on_either_side_reaches_the_other(stage: Stage, new_agent: NewAgent) -> None:
    stage.crm_has(
        {"given_name": "Lena", "family_name": "Moreau", "emails": [{"value": "lena@example.com", "type": ""}]}
    )
    ann = new_agent(stage)
    ann.sign_in()
    ann.connects()
    ann.sees("Complete")
    (at_google,) = stage.contacts_at_google().contents()

    stage.edits_at_google(at_google, {"phoneNumbers": [{"value": "+1 416 555 0199", "type": "mobile"}]})
    ann.menu("Sync now")
    expect(ann.row("Lena Moreau")).to_contain_text("416 555 0199")

    ann.open_record("Lena Moreau")
    ann.dialog.get_by_label("Organisation").fill("Moreau & filles")
    ann.saves()
    expect(ann.row("Moreau & filles")).to_contain_text("In step", timeout=20_000)
    stage.settle()
    (shown,) = stage.google_shows()
    assert shown["organizations"][0]["name"] == "Moreau & filles"
    assert shown["phoneNumbers"][0]["value"] == "+1 416 555 0199"


def test_opening_the_crm_reports_the_login_and_brings_both_in_step(stage: Stage, new_agent: NewAgent) -> None:
    ann = new_agent(stage)
    ann.sign_in()
    ann.connects()
    ann.sees("Complete")
    stage.google_has(person("Late", "Comer", emails=["late@example.com"]))
    again = new_agent(stage)
    again.sign_in()
    again.sees("New Contacts Found (1)")


def test_progress_is_shown_with_phase_and_counts(stage: Stage, new_agent: NewAgent, snap: Snap) -> None:
    stage.crm_has(*({"given_name": f"Client {n}"} for n in range(5)))
    stage.control("latency", seconds=1.2)
    ann = new_agent(stage)
    ann.sign_in()
    ann.connects()
    ann.sees(re.compile(r"^(Starting|Reading from Google|Matching contacts|Sending to Google)"))
    bar = ann.page.locator("google-sync-button").get_by_role("progressbar")
    expect(bar).to_be_visible()
    snap(ann.page, "button-syncing")
    stage.control("latency", seconds=0)
    ann.sees("Complete")
    expect(bar).to_be_hidden()


@pytest.mark.parametrize("width", [1440, 360])
def test_a_wait_that_google_imposes_is_shown_with_what_is_left(
    stage: Stage, new_agent: NewAgent, snap: Snap, width: int
) -> None:
    for number in range(240):
        start, end = ({"date": str(date(2030, 1, 1) + timedelta(days=number + n))} for n in (0, 1))
        stage.call("POST", "/api/appointments", {"title": f"Day {number}", "start": start, "end": end})
    stage.control("quotas", metric="calendar.user", limit=220)
    ann = new_agent(stage, width=width)
    ann.sign_in()
    ann.connects()
    ann.sees(re.compile(r"^Waiting for Google\s*2[01]\d of 240\s· (until \d+:\d\d\s[ap]\.m\.|in a moment)$"))
    if width < 500:
        assert ann.evaluate("document.documentElement.scrollWidth <= innerWidth")
    snap(ann.page, f"button-waiting-{width}")


def test_a_sync_does_not_take_away_what_the_button_offers(
    stage: Stage, new_agent: NewAgent, snap: Snap
) -> None:
    stage.google_has(person("Early", "Bird", emails=["early@example.com"]))
    ann = new_agent(stage)
    ann.sign_in()
    ann.connects()
    ann.sees("New Contacts Found (1)")
    stage.settle()
    stage.google_has(person("Late", "Comer", emails=["late@example.com"]))
    stage.control("latency", seconds=4)
    ann.menu("Sync now")
    bar = ann.page.locator("google-sync-button").get_by_role("progressbar")
    expect(bar).to_be_visible()
    expect(ann.button).to_have_text("New Contacts Found (1)", timeout=1)
    snap(ann.page, "button-found-syncing")
    expect(ann.opens_sheet().row("Early Bird")).to_be_visible()
    stage.control("latency", seconds=0)
    ann.sees("New Contacts Found (2)")
