"""The review page: deciding, picking, mending, looking back; and its looks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from crmsync.core.journal import Change, JournalEntry
from crmsync.store.ports import AddJournal, PutRecord
from tests.scopes import ANN
from tests.web.agent import Agent
from tests.web.conftest import NewAgent, Snap
from tests.web.review import Review
from tests.web.stage import Stage
from tests.web.test_accessibility import Inspector

pytestmark = pytest.mark.browser

COUNT = 12
HOSTILE = '<img src=x onerror="alert(1)">\u202e'


def client(n: int, **more: Any) -> dict[str, Any]:
    email = {"value": f"client{n}@example.com", "type": "work"}
    return {"given_name": f"Client{n:02d}", "family_name": "Roy", "emails": [email], **more}


def opens_review(agent: Agent) -> Review:
    """From the menu of the button."""
    with agent.page.expect_popup() as opened:
        agent.menu("Review and activity")
    return Review(opened.value)


def acts_on_attention(agent: Agent) -> Review:
    """Action needed, what and why, and the click that leads here."""
    agent.sees("Action needed")
    agent.button.click()
    with agent.page.expect_popup() as opened:
        agent.panel.get_by_role("button", name="Review", exact=True).click()
    return Review(opened.value)


def connected(stage: Stage, new_agent: NewAgent, *contacts: dict[str, Any], **look: Any) -> Agent:
    stage.crm_has(*contacts)
    agent = new_agent(stage, **look)
    agent.sign_in()
    agent.connects()
    agent.sees("Complete")
    # Without the user's word notes stay in the CRM, and Google has nothing to refuse.
    stage.call("PATCH", "/api/settings", {"sharing": {"notes": "both"}})
    stage.settle()
    return agent


def deletes_all_at_google(stage: Stage, agent: Agent) -> None:
    with stage.world.lock:
        book = stage.contacts_at_google()
        for name in list(book.contents()):
            book.phone_delete(name)
    agent.menu("Sync now")


def differ(stage: Stage, name: str, here: dict[str, Any], there: dict[str, Any]) -> None:
    """A contact of this first name changes at Google and then in the CRM, before the sync has seen either."""
    [record] = [each for each in stage.crm_shows() if each["given_name"] == name]
    with stage.world.lock:
        contents = stage.contacts_at_google().contents()
    [at_google] = [key for key, fields in contents.items() if fields["names"][0]["givenName"] == name]
    stage.edits_at_google(at_google, there)
    stage.call("PATCH", f"/api/contacts/{record['id']}", here)
    stage.settle()


def test_held_deletions_are_archived_when_the_user_says_so(
    stage: Stage, new_agent: NewAgent, snap: Snap
) -> None:
    agent = connected(stage, new_agent, *map(client, range(COUNT)))
    deletes_all_at_google(stage, agent)
    review = acts_on_attention(agent)
    card = review.card("On hold", "12 contacts were deleted at Google")
    expect(card).to_contain_text("Client03 Roy")
    expect(card).not_to_contain_text("Client11")
    card.get_by_role("button", name="Show all 12").click()
    expect(card).to_contain_text("Client11 Roy")
    card.get_by_role("button", name="Archive in the CRM").click()
    expect(review.dialog).to_contain_text("you can restore each of them")
    expect(review.dialog.get_by_role("button", name="Go back")).to_be_focused()
    snap(review.page, "review-confirm")
    review.dialog.get_by_role("button", name="Go back").click()
    assert len(stage.crm_shows()) == COUNT, "nothing was decided"
    review.decides("12 contacts", "Archive in the CRM", "Archive 12 contacts")
    review.says("The sync carries it out")
    review.has_nothing_on("On hold")
    assert stage.crm_shows() == []
    agent.sees("Complete")
    expect(review.section("Activity")).to_contain_text("Archived in the CRM")


def test_held_deletions_are_put_back_when_the_user_keeps_them(stage: Stage, new_agent: NewAgent) -> None:
    agent = connected(stage, new_agent, *map(client, range(COUNT)))
    deletes_all_at_google(stage, agent)
    review = acts_on_attention(agent)
    review.decides("12 contacts", "Keep them", "Keep and add to Google")
    review.has_nothing_on("On hold")
    stage.settle()
    assert (len(stage.crm_shows()), len(stage.google_shows())) == (COUNT, COUNT)
    agent.sees("Complete")


def test_archiving_many_asks_before_google_is_touched(stage: Stage, new_agent: NewAgent) -> None:
    agent = connected(stage, new_agent, *map(client, range(COUNT)))
    # At once, as a host CRM's own program may do: the API's calls would be synced a few at a time.
    store = stage.system.store
    records = store.changed(ANN, "contacts", None, None, COUNT)
    store.commit(ANN, [PutRecord("contacts", r.id, r.value, r.version, archived=True) for r in records])
    agent.menu("Sync now")
    review = acts_on_attention(agent)
    card = review.card("On hold", "12 contacts were archived in the CRM")
    card.get_by_role("button", name="Leave them at Google").click()
    expect(review.dialog).to_contain_text("no longer follow each other")
    review.dialog.get_by_role("button", name="Leave them there").click()
    review.has_nothing_on("On hold")
    agent.sees("Complete")
    assert len(stage.google_shows()) == COUNT


def test_what_another_window_decided_is_no_dead_end(stage: Stage, new_agent: NewAgent) -> None:
    agent = connected(stage, new_agent, *map(client, range(COUNT)))
    deletes_all_at_google(stage, agent)
    review = acts_on_attention(agent)
    [hold] = stage.call("GET", "/api/holds")["items"]
    stage.call("POST", f"/api/holds/{hold['id']}", {"choose": "discard", "digest": hold["digest"]})
    stage.settle()
    card = review.card("On hold", "12 contacts")
    if card.count():
        review.decides("12 contacts", "Archive in the CRM", "Archive 12 contacts")
    review.has_nothing_on("On hold")
    assert len(stage.crm_shows()) == COUNT


def test_the_other_value_can_be_taken_and_reaches_google(stage: Stage, new_agent: NewAgent) -> None:
    agent = connected(stage, new_agent, client(1), client(2))
    differ(stage, "Client01", {"job_title": "Owner"}, {"organizations": [{"title": "Boss"}]})
    review = opens_review(agent)
    card = review.card("Different values", "Client01 Roy")
    expect(card).to_contain_text("Job title")
    expect(card.locator(".side").nth(0)).to_contain_text("In use now")
    expect(card.locator(".side").nth(0)).to_contain_text("Owner")
    expect(card.locator(".side").nth(1)).to_contain_text("Google had")
    card.get_by_role("button", name="Use the other value: Job title of Client01 Roy").click()
    review.says("The other value is in the CRM now")
    review.has_nothing_on("Different values")
    expect(review.page.get_by_role("heading", level=1)).to_be_focused()
    stage.settle()
    titles = [
        fields["organizations"][0]["title"] for fields in stage.google_shows() if "organizations" in fields
    ]
    assert titles == ["Boss"]
    expect(review.section("Activity")).to_contain_text("Job title: Owner → Boss")


def test_both_notes_can_be_kept_and_the_value_in_use_too(stage: Stage, new_agent: NewAgent) -> None:
    agent = connected(stage, new_agent, client(1), client(2))
    there = {"biographies": [{"value": "met at the fair", "contentType": "TEXT_PLAIN"}]}
    differ(stage, "Client01", {"notes": "met at the open house"}, there)
    differ(stage, "Client02", {"nickname": "Two"}, {"nicknames": [{"value": "Deux"}]})
    review = opens_review(agent)
    review.card("Different values", "Client01").get_by_role("button", name="Keep both").click()
    review.says("Both values are in the CRM now")
    expect(review.section("Different values").get_by_role("heading", level=2)).to_be_focused()
    review.card("Different values", "Client02").get_by_role("button", name="Keep the value in use").click()
    review.has_nothing_on("Different values")
    shown = {record["given_name"]: record for record in stage.crm_shows()}
    assert shown["Client01"]["notes"] == "met at the open house\n\nmet at the fair"
    assert shown["Client02"]["nickname"] == "Two"


def test_a_value_that_changed_meanwhile_is_shown_before_it_is_replaced(
    stage: Stage, new_agent: NewAgent
) -> None:
    agent = connected(stage, new_agent, client(1))
    differ(stage, "Client01", {"nickname": "One"}, {"nicknames": [{"value": "Uno"}]})
    review = opens_review(agent)
    card = review.card("Different values", "Client01")
    expect(card).to_contain_text("Uno")
    [record] = stage.crm_shows()
    stage.call("PATCH", f"/api/contacts/{record['id']}", {"nickname": "Eins"})
    take = card.get_by_role("button", name="Use the other value")
    take.click()
    review.says("Its newer value is shown now")
    expect(card.locator(".side").nth(0)).to_contain_text("Eins")
    take.click()
    review.has_nothing_on("Different values")
    assert stage.crm_shows()[0]["nickname"] == "Uno"


def test_a_record_that_google_refuses_is_mended_in_place(stage: Stage, new_agent: NewAgent) -> None:
    agent = connected(stage, new_agent, client(1))
    stage.crm_has(client(2, notes="€" * 60_000))
    agent.page.bring_to_front()
    agent.menu("Sync now")
    review = acts_on_attention(agent)
    card = review.card("Not synced", "Client02 Roy")
    expect(card).to_contain_text("Google")
    card.get_by_role("button", name="Edit Client02 Roy").click()
    expect(review.dialog.get_by_role("heading", name="Edit contact")).to_be_visible()
    review.dialog.get_by_label("Notes").fill("short")
    review.dialog.get_by_role("button", name="Save").click()
    review.says("Saved")
    review.has_nothing_on("Not synced")
    stage.settle()
    assert len(stage.google_shows()) == 2
    agent.sees("Complete")


def test_of_a_refused_record_google_s_is_taken_or_it_is_tried_again(
    stage: Stage, new_agent: NewAgent, snap: Snap
) -> None:
    agent = connected(stage, new_agent, client(1), client(2))
    for record in stage.crm_shows():
        stage.call("PATCH", f"/api/contacts/{record['id']}", {"notes": "€" * 60_000, "nickname": "Bo"})
    agent.page.bring_to_front()
    agent.menu("Sync now")
    review = acts_on_attention(agent)
    expect(review.section("Not synced").get_by_role("article")).to_have_count(2)
    snap(review.page, "review-refused")
    again = review.card("Not synced", "Client02 Roy").get_by_role("button", name="Try Client02 Roy again")
    again.click()
    review.says("We are trying it again now.")
    expect(review.section("Not synced").get_by_role("article")).to_have_count(2)
    card = review.card("Not synced", "Client01 Roy")
    card.get_by_role("button", name="Take Google’s version of Client01 Roy").click()
    review.says("What Google has is on its way.")
    expect(review.section("Not synced").get_by_role("article")).to_have_count(1)
    stage.settle()
    taken = {record["given_name"]: record["nickname"] for record in stage.crm_shows()}
    assert taken == {"Client01": "", "Client02": "Bo"}


def test_activity_is_shown_run_by_run_and_for_one_record(stage: Stage, new_agent: NewAgent) -> None:
    agent = connected(stage, new_agent, *map(client, range(8)))
    [first] = [record for record in stage.crm_shows() if record["given_name"] == "Client00"]
    stage.call("PATCH", f"/api/contacts/{first['id']}", {"nickname": "Zero"})
    stage.settle()
    review = opens_review(agent)
    runs = review.section("Activity").get_by_role("article")
    expect(runs.first).to_contain_text("Changed at Google")
    expect(runs.first).to_contain_text("Nickname: Zero")
    folded = runs.filter(has_text="Added to Google")
    expect(folded.get_by_role("listitem")).to_have_count(5)
    folded.get_by_role("button", name="Show 3 more").click()
    expect(folded.get_by_role("listitem")).to_have_count(8)
    runs.first.get_by_role("button", name="Show only what happened to Client00 Roy").click()
    expect(review.section("Activity")).to_contain_text("Only Client00 Roy")
    expect(review.section("Activity").get_by_role("listitem")).to_have_count(2)
    expect(review.section("Activity")).not_to_contain_text("Client03")
    review.page.get_by_role("button", name="Show everything").click()
    expect(review.section("Activity")).to_contain_text("Client03")


def test_older_activity_comes_page_by_page(stage: Stage, new_agent: NewAgent) -> None:
    agent = connected(stage, new_agent)
    now = datetime.now(UTC)
    for n in range(23):
        change = Change("google", "update_remote", None, None, "~/=", {"notes": ""}, {"notes": f"n{n}"})
        entry = JournalEntry(f"run-{n}", "contacts", "schedule", now - timedelta(days=n), (change,))
        stage.system.store.commit(ANN, [AddJournal(entry)])
    review = opens_review(agent)
    runs = review.section("Activity").get_by_role("article")
    expect(runs).to_have_count(20)
    expect(runs.nth(1)).to_contain_text("yesterday")
    older = review.page.get_by_role("button", name="Show older")
    older.click()
    expect(runs).to_have_count(23)
    expect(older).to_have_count(0)
    expect(runs.nth(20).get_by_role("heading")).to_be_focused()


def test_hostile_names_and_values_are_only_text(stage: Stage, new_agent: NewAgent) -> None:
    agent = connected(stage, new_agent, {**client(1), "family_name": HOSTILE})
    differ(stage, "Client01", {"nickname": HOSTILE}, {"nicknames": [{"value": "<b>there</b>" + "x" * 500}]})
    review = opens_review(agent)
    card = review.card("Different values", "Client01")
    expect(card).to_contain_text("<img src=x onerror=")
    expect(card).to_contain_text("<b>there</b>")
    expect(card.get_by_role("button", name="Show more")).to_be_visible()
    expect(review.page.locator("main img, main b")).to_have_count(0)


def test_without_a_session_the_page_says_what_to_do(stage: Stage, new_agent: NewAgent) -> None:
    agent = new_agent(stage)
    agent.page.goto(f"{stage.url}/review.html")
    expect(agent.page.get_by_role("heading", name="Open this window from your CRM")).to_be_visible()


def test_a_failure_is_said_and_can_be_tried_again(stage: Stage, new_agent: NewAgent) -> None:
    agent = connected(stage, new_agent, client(1))
    with agent.page.expect_popup() as opened:
        agent.page.context.route(
            "**/api/activity*",
            lambda route: route.fulfill(
                status=500, json={"error": {"code": "internal", "message": "Broken."}}
            ),
        )
        agent.menu("Review and activity")
    page = opened.value
    expect(page.get_by_role("alert")).to_contain_text("Broken.", timeout=20_000)
    agent.page.context.unroute("**/api/activity*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("region", name="Activity")).to_contain_text("Added to Google")


def test_no_state_of_the_page_has_a_violation(stage: Stage, new_agent: NewAgent, snap: Snap) -> None:
    people = [client(n) for n in range(COUNT)]
    agent = connected(stage, new_agent, *people, height=800)
    eye = Inspector(snap)
    with agent.page.expect_popup() as opened:
        agent.menu("Review and activity")
    page = opened.value
    page.set_viewport_size({"width": 1440, "height": 800})
    review = Review(page)
    expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
    eye.inspect(page, "review-empty")
    page.close()
    stage.crm_has(client(90, notes="€" * 60_000), client(91), client(92))
    stage.settle()
    differ(
        stage, "Client91", {"notes": "met at the open house"}, {"biographies": [{"value": "met at the fair"}]}
    )
    there = {
        "emailAddresses": [{"value": "client92@example.com", "type": "home"}],
        "birthdays": [{"date": {"month": 5, "day": 1}}],
    }
    here = {
        "emails": [{"value": "client92@example.com", "type": "main"}],
        "birthday": {"year": 1980, "month": 5, "day": 2},
    }
    differ(stage, "Client92", here, there)
    with stage.world.lock:
        book = stage.contacts_at_google()
        for name, fields in list(book.contents().items()):
            if fields["names"][0]["givenName"] not in ("Client91", "Client92"):
                book.phone_delete(name)
    agent.menu("Sync now")
    agent.sees("Action needed")
    agent.button.click()
    eye.inspect(agent.page, "button-attention")
    with agent.page.expect_popup() as opened:
        agent.panel.get_by_role("button", name="Review", exact=True).click()
    page = opened.value
    page.set_viewport_size({"width": 1440, "height": 800})
    review = Review(page)
    expect(review.section("On hold")).to_be_visible()
    expect(review.section("Different values").get_by_role("article")).to_have_count(3)
    expect(review.section("Not synced")).to_be_visible()
    eye.inspect(page, "review")
    page.get_by_role("link", name="Different values").click()
    eye.inspect(page, "review-conflicts")
    page.get_by_role("link", name="Activity").click()
    eye.inspect(page, "review-activity")
    review.section("On hold").get_by_role("button", name="Archive in the CRM").click()
    eye.inspect(page, "review-confirm")
    assert eye.found == []


def test_a_hold_is_decided_with_the_keyboard_alone(stage: Stage, new_agent: NewAgent) -> None:
    agent = connected(stage, new_agent, *map(client, range(COUNT)))
    deletes_all_at_google(stage, agent)
    review = acts_on_attention(agent)
    page = review.page
    page.get_by_role("link", name="On hold").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="On hold")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Keep them")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Go back")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Keep them")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    review.says("The sync carries it out")
    review.has_nothing_on("On hold")
    assert len(stage.crm_shows()) == COUNT


def test_two_contacts_of_one_person_are_merged_and_parted_again(agent: Agent, stage: Stage) -> None:
    mail = [{"value": "zoe@quist.example", "type": ""}]
    agent.connects()
    for phone in ("416-555-0130", "416-555-0131"):
        phones = [{"value": phone, "type": ""}]
        stage.crm_has({"given_name": "Zoe", "family_name": "Quist", "emails": mail, "phones": phones})
        stage.settle()
    agent.sees("Action needed")
    review = acts_on_attention(agent)
    card = review.card("Perhaps twice", "Zoe Quist")
    expect(card).to_contain_text("Waits for your answer")
    card.get_by_role("button", name="Compare and merge").click()
    review.dialog.get_by_role("radio", name="416-555-0131", exact=True).check()
    review.dialog.get_by_role("button", name="Merge", exact=True).click()
    review.says("Merged.")
    [zoe] = stage.crm_shows()
    assert [it["value"] for it in zoe["phones"]] == ["416-555-0131"]
    review.section("Perhaps twice").get_by_role("button", name="Undo the merge of").click()
    review.says("Undone.")
    expect(card).to_be_visible()
    assert len(stage.crm_shows()) == 2
    card.get_by_role("button", name="are two people").click()
    review.says("Noted.")
    stage.settle()
    assert len(stage.google_shows()) == 2
