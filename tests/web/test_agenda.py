"""The agenda in the browser: series and their occurrences made, moved, cancelled, and both sides agree.

The tests of this page share one system and one agent, and go on from one another's dates, each with a series
of its own.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, expect

from local.runner import LocalSystem, Options
from tests.web.agent import Agent
from tests.web.conftest import Snap
from tests.web.stage import GOOGLE, Stage

pytestmark = pytest.mark.browser

ZONE = ZoneInfo("America/Toronto")
WAIT = 15_000


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with LocalSystem(Options(store="memory", seed="empty")) as system:
        yield Stage(system)


@pytest.fixture(scope="module")
def agent(browser: Browser, stage: Stage) -> Iterator[Agent]:
    """Ann on her appointments, her calendar connected."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900},
        locale="en-CA",
        timezone_id="America/Toronto",
        reduced_motion="reduce",
    )
    context.set_default_timeout(WAIT)
    ann = Agent(context, stage, "ann")
    ann.sign_in()
    ann.connects()
    ann.shows("Appointments")
    stage.settle()
    yield ann
    ann.leave()
    assert ann.complaints == []


@pytest.fixture
def monday() -> date:
    """The next Monday: three weeks from there are among the four that the agenda shows at first."""
    today = datetime.now(ZONE).date()
    return today + timedelta(days=-today.weekday() % 7)


def moment(day: date, hour: int, minute: int = 0) -> dict[str, str]:
    at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)
    return {"date_time": at.isoformat(), "time_zone": "America/Toronto"}


def line(agent: Agent, day: date, title: str) -> Locator:
    """What the agenda shows of a day."""
    return agent.page.locator(f'.day[data-day="{day}"] .row', has_text=title)


def opens(agent: Agent, day: date, title: str, scope: str) -> Locator:
    """Opens an occurrence and says what is meant."""
    line(agent, day, title).locator(".row-open").click()
    agent.dialog.get_by_role("button", name=scope).click()
    expect(agent.dialog.get_by_label("Title")).to_be_visible()
    return agent.dialog


def at_google(stage: Stage, title: str) -> list[dict[str, Any]]:
    """Instances of the simulated calendar by that title, in order."""
    stage.settle()
    book = stage.world.account(GOOGLE["ann"]).calendars
    with stage.world.lock:
        items: list[dict[str, Any]] = book.events("primary", singleEvents=True, orderBy="startTime")["items"]
    return [item for item in items if item.get("summary") == title]


def days_at_google(stage: Stage, title: str) -> list[str]:
    return [item["start"]["dateTime"][:16] for item in at_google(stage, title)]


def test_a_weekly_series_is_made_and_shown_week_by_week(
    agent: Agent, stage: Stage, monday: date, snap: Snap
) -> None:
    agent.page.get_by_role("button", name="Add appointment").click()
    dialog = agent.dialog
    dialog.get_by_label("Title").fill("Team")
    dialog.get_by_label("Starts: date").fill(monday.isoformat())
    dialog.get_by_label("Starts: time").fill("09:30")
    dialog.get_by_label("Ends: time").fill("10:15")
    dialog.get_by_label("Repeats").select_option("Weekly")
    expect(dialog.get_by_label("Monday")).to_be_checked()
    dialog.get_by_label("Thursday").check()
    dialog.locator("[name='repeat.end']").select_option("After a number of times")
    dialog.get_by_label("How many times").fill("5")
    expect(dialog).to_contain_text("Every week on Monday and Thursday, 5 times")
    snap(agent.page, "agenda-new-series")
    agent.saves()
    thursday = monday + timedelta(days=3)
    expect(line(agent, monday, "Team")).to_contain_text("9:30 a.m. – 10:15 a.m.")
    expect(line(agent, thursday, "Team").get_by_text("Repeats")).to_be_attached()
    expect(agent.row("Team")).to_have_count(5)
    weeks = (monday, thursday, monday + timedelta(days=7), thursday + timedelta(days=7))
    expected = [f"{day}T09:30" for day in (*weeks, monday + timedelta(days=14))]
    assert days_at_google(stage, "Team") == expected


def test_one_occurrence_is_moved_and_another_cancelled(
    agent: Agent, stage: Stage, monday: date, snap: Snap
) -> None:
    second, third = monday + timedelta(days=7), monday + timedelta(days=14)
    stage.call("POST", "/api/appointments", series("Review", monday, 4))
    agent.page.reload()
    dialog = opens(agent, second, "Review", "This one")
    expect(dialog.get_by_label("Repeats")).to_have_count(0)
    moved = second + timedelta(days=1)
    dialog.get_by_label("Starts: date").fill(moved.isoformat())
    dialog.get_by_label("Starts: time").fill("14:00")
    dialog.get_by_label("Ends: time").fill("15:00")
    agent.saves()
    expect(line(agent, moved, "Review")).to_contain_text("2:00 p.m. – 3:00 p.m.")
    expect(line(agent, moved, "Review").get_by_text("Differs from its series")).to_be_attached()
    expect(line(agent, second, "Review")).to_have_count(0)
    opens(agent, third, "Review", "This one").get_by_role("button", name="Cancel this one").click()
    expect(line(agent, third, "Review")).to_have_count(0)
    expected = [f"{monday}T11:00", f"{moved}T14:00", f"{monday + timedelta(days=21)}T11:00"]
    assert days_at_google(stage, "Review") == expected
    agent.page.get_by_label("Show").select_option(label="With cancelled ones")
    expect(line(agent, third, "Review")).to_contain_text("Cancelled")
    snap(agent.page, "agenda-exceptions")
    line(agent, third, "Review").get_by_role("button", name="Restore: Review").click()
    expect(line(agent, third, "Review").locator(".row-open")).to_be_visible()
    agent.page.get_by_label("Show").select_option(label="Agenda")
    assert f"{third}T11:00" in days_at_google(stage, "Review")


def series(title: str, day: date, count: int) -> dict[str, Any]:
    rule = f"RRULE:FREQ=WEEKLY;COUNT={count}"
    return {"title": title, "start": moment(day, 11), "end": moment(day, 11, 30), "recurrence": [rule]}


def test_the_series_and_what_follows_are_changed(agent: Agent, stage: Stage, monday: date) -> None:
    stage.call("POST", "/api/appointments", series("Plan", monday, 4))
    agent.page.reload()
    dialog = opens(agent, monday + timedelta(days=7), "Plan", "The whole series")
    expect(dialog.get_by_label("Starts: date")).to_have_value(monday.isoformat())
    dialog.get_by_label("Title").fill("Planning")
    agent.saves()
    expect(agent.row("Planning")).to_have_count(4)
    third = monday + timedelta(days=14)
    dialog = opens(agent, third, "Planning", "This and following")
    expect(dialog.get_by_label("Starts: date")).to_have_value(third.isoformat())
    dialog.get_by_label("Title").fill("Retrospective")
    agent.saves()
    expect(agent.row("Retrospective")).to_have_count(2)
    expect(agent.row("Planning")).to_have_count(2)
    assert len(at_google(stage, "Planning")) == len(at_google(stage, "Retrospective")) == 2
    last = monday + timedelta(days=21)
    dialog = opens(agent, last, "Retrospective", "This and following")
    dialog.get_by_role("button", name="End the series before this").click()
    expect(agent.row("Retrospective")).to_have_count(1)
    assert days_at_google(stage, "Retrospective") == [f"{third}T11:00"]


def test_an_edit_of_one_occurrence_at_google_shows_in_the_agenda(
    agent: Agent, stage: Stage, monday: date
) -> None:
    stage.call("POST", "/api/appointments", series("Visit", monday, 3))
    agent.page.reload()
    expect(agent.row("Visit")).to_have_count(3)
    (_, second, third) = at_google(stage, "Visit")
    day = monday + timedelta(days=9)
    book = stage.world.account(GOOGLE["ann"]).calendars
    with stage.world.lock:
        start, end = ({"dateTime": moment(day, hour)["date_time"]} for hour in (16, 17))
        book.phone_move_instance(second["id"], start, end)
        book.phone_cancel_instance(third["id"])
    stage.call("POST", "/api/sync", {"reason": "manual"})
    expect(line(agent, day, "Visit")).to_contain_text("4:00 p.m. – 5:00 p.m.")
    expect(agent.row("Visit")).to_have_count(2)


def test_everything_of_an_appointment_can_be_edited_and_a_draft_survives_a_newer_state(
    agent: Agent, stage: Stage, monday: date
) -> None:
    contact = stage.crm_has({"given_name": "Lena", "family_name": "Moreau"})[0]
    single = {"title": "Viewing", "start": moment(monday, 18), "end": moment(monday, 19)}
    made = stage.call("POST", "/api/appointments", single)
    agent.page.reload()
    line(agent, monday, "Viewing").locator(".row-open").click()
    dialog = agent.dialog
    dialog.get_by_label("Title").fill("Second viewing")
    dialog.locator("[name=reminders]").select_option("Reminders of its own")
    dialog.get_by_label("Reminder 1: how long before").fill("2")
    dialog.get_by_label("Reminder 1: unit").select_option("hours before")
    dialog.get_by_label("Find a contact").fill("lena")
    dialog.get_by_role("button", name="Lena Moreau").click()
    dialog.get_by_label("Status").select_option("Tentative")
    dialog.get_by_label("Show me as busy").uncheck()
    dialog.get_by_label("Private").check()
    stage.call("PATCH", f"/api/appointments/{made['id']}", {"location": "12 King St", "title": "Tour"})
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("What you entered is kept")
    expect(dialog.get_by_role("alert")).to_contain_text("Changed there too: Title.")
    expect(dialog.get_by_label("Title")).to_have_value("Second viewing")
    expect(dialog.get_by_label("Place")).to_have_value("12 King St")
    agent.saves()
    saved = stage.call("GET", f"/api/appointments/{made['id']}")
    assert (saved["title"], saved["location"]) == ("Second viewing", "12 King St")
    assert saved["reminders"] == [{"method": "popup", "minutes": 120}]
    assert saved["contact_ids"] == [contact["id"]]
    assert (saved["status"], saved["busy"], saved["visibility"]) == ("tentative", False, "private")
    expect(line(agent, monday, "Second viewing")).to_contain_text("Tentative")
    agent.page.get_by_role("searchbox").fill("second")
    expect(agent.row("Second viewing")).to_have_count(1)
    agent.page.get_by_role("searchbox").fill("")


def test_one_goes_as_far_as_one_likes(agent: Agent, stage: Stage) -> None:
    far = datetime.now(ZONE).date() + timedelta(days=300)
    whole = {"start": {"date": str(far)}, "end": {"date": str(far + timedelta(days=2))}}
    stage.call("POST", "/api/appointments", {"title": "Far ahead", **whole})
    agent.page.get_by_label("Jump to date").fill(str(far + timedelta(days=30)))
    expect(agent.page.get_by_role("heading", name="Nothing planned")).to_be_visible()
    agent.page.get_by_role("button", name="Earlier").click()
    expect(line(agent, far + timedelta(days=1), "Far ahead")).to_contain_text("Day 2 of 2")
    agent.page.get_by_role("button", name="Later").click()
    expect(agent.page.get_by_text("Nothing in the year after")).to_be_visible()
    agent.page.get_by_role("button", name="Today", exact=True).click()
    expect(agent.page.locator(".day .is-today")).to_be_visible()


def test_an_invitation_says_whose_it_is_and_is_answered(
    agent: Agent, stage: Stage, monday: date, snap: Snap
) -> None:
    stage.call("PATCH", "/api/settings", {"google_events": "full"})
    book = stage.world.account(GOOGLE["ann"]).calendars
    times = {
        "start": {"dateTime": moment(monday, 13)["date_time"]},
        "end": {"dateTime": moment(monday, 14)["date_time"]},
    }
    with stage.world.lock:
        bo = {"email": "bo@example.com", "displayName": "Bo Lee"}
        event_id = book.guest_invites(bo, {"summary": "Budget", "location": "Room 4", **times})["id"]
    stage.call("POST", "/api/sync", {"reason": "manual"})
    stage.settle()
    agent.page.reload()
    expect(line(agent, monday, "Budget")).to_contain_text("Invitation from Bo Lee")
    expect(line(agent, monday, "Budget")).to_contain_text("Not answered")
    line(agent, monday, "Budget").locator(".row-open").click()
    dialog = agent.dialog
    expect(dialog).to_contain_text("This is a meeting of Bo Lee")
    expect(dialog.get_by_label("Title")).to_be_disabled()
    snap(agent.page, "agenda-invitation")
    dialog.locator("[name=response]").select_option("No")
    agent.saves()
    expect(line(agent, monday, "Budget")).to_contain_text("Declined")
    snap(agent.page, "agenda-declined")
    stage.settle()
    with stage.world.lock:
        guests = book.get("primary", event_id)["attendees"]
    assert [guest["responseStatus"] for guest in guests if guest.get("self")] == ["declined"]
    stage.call("PATCH", "/api/settings", {"google_events": "off", "show_declined": False})
    agent.page.reload()
    expect(line(agent, monday, "Budget")).to_have_count(0)
