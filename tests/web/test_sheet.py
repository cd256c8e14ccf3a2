"""The import sheet: choosing, saving, paging, and the three ways to end it."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.web.agent import Agent
from tests.web.conftest import NewAgent, Snap
from tests.web.sheet import DONE, NO_IMPORT, REVISIT, Sheet
from tests.web.stage import Stage, crowd, person

pytestmark = pytest.mark.browser


def connected(agent: Agent) -> Sheet:
    """The sheet after the first sync."""
    agent.connects()
    return agent.opens_sheet()


def names_in_crm(stage: Stage) -> list[str]:
    return sorted(f"{each['given_name']} {each['family_name']}" for each in stage.crm_shows())


def test_no_import_brings_nobody_in_and_keeps_every_row_and_choice(agent: Agent, stage: Stage) -> None:
    stage.google_has(*crowd(3))
    sheet = connected(agent)
    sheet.ticks("Person001")
    sheet.ends(NO_IMPORT, "Proceed without import")
    sheet.says("Nothing was imported", "3 contacts kept for next time")
    sheet.back_to_list()
    expect(sheet.rows).to_have_count(3)
    expect(sheet.tick_of("Person001")).to_be_checked()
    assert names_in_crm(stage) == []
    agent.sees("New Contacts Found (3)")


def test_done_imports_the_ticked_and_declines_the_rest_for_good(
    agent: Agent, stage: Stage, new_agent: NewAgent
) -> None:
    known = stage.google_has(*crowd(3))
    sheet = connected(agent)
    sheet.ticks("Person000")
    sheet.ends(DONE, "Import 1, decline 2")
    sheet.says("1 contact imported", "2 contacts declined")
    sheet.back_to_list()
    assert names_in_crm(stage) == ["Person000 Crowd"]
    agent.sees("Complete")

    stage.edits_at_google(known[1], {"nicknames": [{"value": "Changed since"}]})
    again = new_agent(stage)
    again.sign_in()
    stage.settle()
    again.sees("Complete")
    sheet = again.reopens_sheet()
    expect(sheet.page.get_by_role("heading", name="Nothing to decide")).to_be_visible()
    sheet.tab("Imported")
    assert sheet.names() == ["Person000 Crowd"]
    sheet.tab("Declined")
    assert sheet.names() == ["Person001 Crowd", "Person002 Crowd"]


def test_an_import_can_be_undone_where_its_result_is_told(agent: Agent, stage: Stage, snap: Snap) -> None:
    stage.google_has(*crowd(3))
    sheet = connected(agent)
    sheet.ticks("Person000")
    sheet.ends(DONE, "Import 1, decline 2")
    sheet.dialog.get_by_role("button", name="Undo this import").click()
    question = sheet.page.get_by_role("dialog", name="Undo this import?")
    question.get_by_role("button", name="Undo the import").click()
    expect(sheet.page.locator("[data-undo=done]")).to_have_text("Undone: 1 contact.", timeout=20_000)
    snap(sheet.page, "sheet-result-undone")
    assert names_in_crm(stage) == []
    sheet.back_to_list()
    assert sheet.names() == ["Person000 Crowd", "Person001 Crowd", "Person002 Crowd"]
    for tab, count in (("To decide", "3"), ("Declined", "0"), ("Imported", "0")):
        expect(sheet.count_of(tab)).to_have_text(count)


def test_revisit_later_imports_the_ticked_and_presents_the_rest_again(agent: Agent, stage: Stage) -> None:
    stage.google_has(*crowd(3))
    sheet = connected(agent)
    sheet.ticks("Person001")
    sheet.ends(REVISIT, "Import 1")
    sheet.says("1 contact imported", "2 contacts kept for next time")
    sheet.back_to_list()
    assert sheet.names() == ["Person000 Crowd", "Person002 Crowd"]
    assert names_in_crm(stage) == ["Person001 Crowd"]
    agent.sees("New Contacts Found (2)")


def test_a_declined_contact_can_be_brought_back(agent: Agent, stage: Stage) -> None:
    stage.google_has(*crowd(2))
    sheet = connected(agent)
    sheet.ends(DONE, "Decline 2")
    sheet.back_to_list()
    sheet.tab("Declined")
    sheet.row("Person001").get_by_role("button", name="Bring back").click()
    expect(sheet.page.locator("#toast")).to_have_text("Person001 Crowd is back under To decide.")
    expect(sheet.rows).to_have_count(1)
    sheet.tab("To decide")
    assert sheet.names() == ["Person001 Crowd"]
    agent.sees("New Contacts Found (1)")


def test_choices_survive_paging_and_reload(agent: Agent, stage: Stage, snap: Snap) -> None:
    stage.google_has(*crowd(60))
    sheet = connected(agent)
    sheet.page.get_by_label("Rows per page").select_option("25")
    sheet.loaded()
    expect(sheet.rows).to_have_count(25)
    sheet.page.evaluate("scrollTo(0, 0)")
    expect(sheet.rows.last).not_to_be_in_viewport()
    expect(sheet.page.get_by_role("button", name=DONE)).to_be_in_viewport(ratio=1)
    sheet.ticks("Person003", "Person004")
    sheet.choose("Person003 Crowd", "Contact type", "Business Contact")
    sheet.choose("Person003 Crowd", "Category", "Lawyer")
    sheet.choose("Person004 Crowd", "Consent", "Implied")
    sheet.turns("Next")
    sheet.ticks("Person030")
    sheet.has_selected(3)
    expect(sheet.page.get_by_text("26–50 of 60")).to_be_visible()
    snap(sheet.page, "sheet-page-2")
    sheet.is_saved()

    sheet.page.reload()
    sheet.loaded()
    expect(sheet.page.get_by_text("26–50 of 60")).to_be_visible()
    expect(sheet.tick_of("Person030")).to_be_checked()
    sheet.has_selected(3)
    sheet.turns("Previous")
    expect(sheet.tick_of("Person003")).to_be_checked()
    expect(sheet.field("Person003 Crowd", "Category")).to_have_value("lawyer")
    expect(sheet.field("Person004 Crowd", "Consent")).to_have_value("implied")


def test_a_choice_made_just_before_the_window_closes_is_kept(agent: Agent, stage: Stage) -> None:
    stage.google_has(*crowd(2))
    sheet = connected(agent)
    sheet.ticks("Person001")
    sheet.page.close(run_before_unload=True)
    again = agent.opens_sheet()
    again.has_selected(1)
    expect(again.tick_of("Person001")).to_be_checked()


def test_a_choice_that_cannot_be_saved_is_repeated_until_it_is(
    agent: Agent, stage: Stage, snap: Snap
) -> None:
    stage.google_has(*crowd(2))
    sheet = connected(agent)
    sheet.page.route("**/api/import/choices", lambda route: route.abort())
    sheet.ticks("Person000")
    expect(sheet.page.locator(".saved")).to_have_text("Not saved – retrying")
    snap(sheet.page, "sheet-not-saved")
    sheet.page.unroute("**/api/import/choices")
    sheet.is_saved()
    assert stage.call("GET", "/api/import/candidates")["selected"] == 1


def test_consent_and_detail_enter_the_crm_as_chosen(agent: Agent, stage: Stage) -> None:
    stage.google_has(*crowd(2))
    sheet = connected(agent)
    sheet.ticks("Person000", "Person001")
    sheet.choose("Person000 Crowd", "Contact type", "Lead")
    sheet.choose("Person000 Crowd", "Time horizon", "< 3 months")
    sheet.choose("Person000 Crowd", "Consent", "Implied")
    row = sheet.row("Person000")
    expect(row).to_contain_text("Add basis and date")
    row.get_by_label("Basis").select_option("inquiry")
    row.get_by_label("Date").fill("2026-01-15")
    row.get_by_label("Source").fill("Open house")
    row.get_by_label("Note").fill("Asked for listings")
    row.get_by_label("Note").blur()
    expect(row).to_contain_text(re.compile(r"(Lapses|Lapsed) on .*Jul.* 15, 2026"))
    sheet.ends(DONE, "Import 2")
    first, second = sorted(stage.crm_shows(), key=lambda each: each["given_name"])
    assert (first["contact_type"], first["detail"]["horizon"]) == ("lead", "lt3m")
    consent = {name: first["consent"][name] for name in ("status", "basis", "obtained_on", "source", "note")}
    assert consent == {
        "status": "implied",
        "basis": "inquiry",
        "obtained_on": "2026-01-15",
        "source": "Open house",
        "note": "Asked for listings",
    }
    # Whoever does not decide on consent imports without it.
    assert (second["contact_type"], second["consent"]["status"], second["can_email"]) == (
        "contact",
        "none",
        False,
    )


def test_the_same_person_is_linked_and_not_added_again(agent: Agent, stage: Stage, snap: Snap) -> None:
    stage.crm_has(
        {"given_name": "Quentin", "family_name": "Stone", "emails": [{"value": "rs@example.com", "type": ""}]}
    )
    stage.google_has(person("Quentin", "Pierre", emails=["rs@example.com"]))
    sheet = connected(agent)
    row = sheet.row("Quentin Pierre")
    expect(row).to_contain_text("Quentin Stone in your CRM")
    snap(sheet.page, "sheet-duplicate")
    row.get_by_label("Same person").check()
    expect(row).to_contain_text("Will be linked to it, not added again.")
    sheet.ticks("Quentin Pierre")
    sheet.ends(DONE, "Import 1")
    sheet.says("added to a contact that you have")
    assert len(stage.crm_shows()) == 1
    stage.settle()
    assert len(stage.google_shows()) == 1


def test_two_rows_of_one_person_are_asked_about_before_they_become_two(agent: Agent, stage: Stage) -> None:
    stage.google_has(
        person("Tess", "Twin", emails=["tess@twin.example"], phones=["416-555-0130"]),
        person("T.", "Twin", emails=["tess@twin.example"]),
    )
    sheet = connected(agent)
    second, first = sheet.rows.first, sheet.rows.last
    for row in (first, second):
        expect(row).to_contain_text("another row of this list")
        row.locator(".cell-pick input").check()
    sheet.is_saved()
    sheet.page.get_by_role("button", name=DONE).click()
    expect(sheet.dialog).to_contain_text("Of 2 contacts you have not said who they are")
    sheet.dialog.get_by_role("button", name="Go back").click()
    second.get_by_label("One person: add this row to that one").check()
    expect(second).to_contain_text("As on the other row")
    expect(first).to_contain_text("One person: that row is added to this one.")
    first.get_by_role("button", name="Show the other row").click()
    expect(second.locator(".cell-pick input")).to_be_focused()
    sheet.ends(DONE, "Import 2")
    sheet.says("added to a contact that you have")
    [crm] = stage.crm_shows()
    assert (crm["given_name"], [it["value"] for it in crm["phones"]]) == ("Tess", ["416-555-0130"])


def test_search_narrows_the_list_and_says_when_nothing_fits(agent: Agent, stage: Stage, snap: Snap) -> None:
    stage.google_has(*crowd(4), person("Émile", "Côté", phones=["+1 514 555 0123"]))
    sheet = connected(agent)
    search = sheet.page.get_by_role("searchbox")
    search.fill("emile")
    expect(sheet.rows).to_have_count(1)
    expect(sheet.row("Émile Côté")).to_be_visible()
    search.fill("nobody at all")
    expect(sheet.page.get_by_role("heading", name="No match")).to_be_visible()
    snap(sheet.page, "sheet-no-match")
    sheet.page.get_by_role("button", name="Show all contacts").click()
    expect(sheet.rows).to_have_count(5)


def test_ticking_the_page_ticks_all_of_it_and_no_more(agent: Agent, stage: Stage) -> None:
    stage.google_has(*crowd(30))
    sheet = connected(agent)
    sheet.page.get_by_label("Rows per page").select_option("25")
    sheet.loaded()
    sheet.page.get_by_label("Tick all on this page").check()
    sheet.has_selected(25)
    sheet.tick_of("Person007").uncheck()
    sheet.has_selected(24)
    sheet.is_saved()
    assert stage.call("GET", "/api/import/candidates")["selected"] == 24


def test_a_second_tab_that_finishes_first_is_noticed(agent: Agent, stage: Stage) -> None:
    stage.google_has(*crowd(2))
    sheet = connected(agent)
    stage.call("POST", "/api/import/finish", {"action": "done", "round": 1})
    stage.settle()
    sheet.ticks("Person000")
    expect(sheet.page.locator("#toast")).to_contain_text("decided in another window")
    expect(sheet.page.get_by_role("heading", name="Nothing to decide")).to_be_visible()


def test_failures_are_reported_row_by_row(agent: Agent, stage: Stage, snap: Snap) -> None:
    known = stage.google_has(*crowd(2))
    sheet = connected(agent)
    sheet.ticks("Person000", "Person001")
    sheet.is_saved()
    # No sync is at work that could tell of it before the import does.
    stage.settle()
    with stage.world.lock:
        stage.contacts_at_google().phone_delete(known[0])
    sheet.ends(DONE, "Import 2")
    sheet.says(
        "1 contact imported",
        "1 contact could not be imported",
        "Person000 Crowd",
        "no longer in Google Contacts",
    )
    snap(sheet.page, "sheet-failures")


def test_a_list_that_cannot_be_loaded_says_so_and_can_be_tried_again(
    agent: Agent, stage: Stage, snap: Snap
) -> None:
    stage.google_has(*crowd(2))
    sheet = connected(agent)

    def refuse(route: Route) -> None:
        route.fulfill(status=503, json={"error": {"code": "unavailable", "message": "Not just now."}})

    sheet.page.route("**/api/import/candidates/search", refuse)
    sheet.page.reload()
    expect(sheet.page.get_by_role("heading", name="The list could not be loaded")).to_be_visible()
    snap(sheet.page, "sheet-failed")
    sheet.page.unroute("**/api/import/candidates/search")
    sheet.page.get_by_role("button", name="Try again").click()
    expect(sheet.rows).to_have_count(2)


def test_an_empty_sheet_says_that_there_is_nothing_to_decide(agent: Agent, snap: Snap) -> None:
    agent.connects()
    agent.sees("Complete")
    sheet = agent.reopens_sheet()
    expect(sheet.page.get_by_role("heading", name="Nothing to decide")).to_be_visible()
    snap(sheet.page, "sheet-empty")
    sheet.tab("Declined")
    expect(sheet.page.get_by_role("heading", name="Nobody declined")).to_be_visible()


def test_who_has_no_name_is_shown_by_what_they_hold(agent: Agent, stage: Stage, snap: Snap) -> None:
    """On the sheet, and in the CRM's list once they are imported."""
    stage.google_has(
        {"biographies": [{"value": "shed key under the pot"}]},
        {"addresses": [{"formattedValue": "99 Elm St\nGuelph ON N1H 2B2"}]},
        {"birthdays": [{"date": {"year": 1972, "month": 8, "day": 9}}]},
        {"urls": [{"value": "https://a.example"}]},
    )
    shown = [
        "Born August 9, 1972",
        "99 Elm St, Guelph ON N1H 2B2",
        "https://a.example",
        "Note: shed key under the pot",
    ]
    sheet = connected(agent)
    assert sheet.names() == shown
    snap(sheet.page, "sheet-nameless")
    sheet.page.set_viewport_size({"width": 360, "height": 800})
    snap(sheet.page, "sheet-nameless-narrow")
    sheet.page.set_viewport_size({"width": 1440, "height": 900})
    sheet.ticks("Elm", "shed", "Born", "https")
    sheet.ends(DONE, "Import 4")
    stage.settle()
    agent.page.reload()
    names = agent.page.locator(".rows .name")
    expect(names).to_have_count(4)
    assert sorted(names.all_inner_texts()) == sorted(shown)
    snap(agent.page, "crm-nameless")
    agent.page.evaluate("localStorage.setItem('crmsync.language', 'fr')")
    agent.page.reload()
    expect(names).to_have_count(4)
    assert "Note\u00a0: shed key under the pot" in names.all_inner_texts()
    snap(agent.page, "crm-nameless-fr")
