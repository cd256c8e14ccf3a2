"""The "Google Calendar" page: a person's forms, and what they leave in the calendar."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from werkzeug.test import TestResponse

from local.google.pages.event_form import EventForm, html_of, text_of
from local.google.server import GoogleServer
from tests.local.google.calendar.stage import ANN, Stage, all_day, timed, weekly

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


class Fields(HTMLParser):
    """The form fields of a page as a browser would post them."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "input" and given.get("type") in ("checkbox", "radio"):
            if "checked" in given:
                self.values[name] = given.get("value") or "on"
        elif tag == "input":
            self.values[name] = given.get("value") or ""
        elif tag in ("textarea", "select"):
            self._open = name
            self.values[name] = ""
        elif tag == "option" and "selected" in given:
            self.values[self._open] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "select"):
            self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open and self.get_starttag_text() and "textarea" in (self.get_starttag_text() or ""):
            self.values[self._open] = data.removeprefix("\n")


@pytest.fixture
def stage() -> Stage:
    return Stage(pages=True)


def fields(stage: Stage, path: str, **query: str) -> dict[str, str]:
    reader = Fields()
    reader.feed(page(stage, path, **query))
    return reader.values


def page(stage: Stage, path: str, **query: str) -> str:
    answer = stage.client.get(path, query_string={"account": ANN, **query})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return str(answer.get_data(as_text=True))


def post(stage: Stage, path: str, values: dict[str, str], **query: str) -> TestResponse:
    url = f"{path}?{urlencode({'account': ANN, **query})}"
    return stage.client.post(url, data=values)


def edit(stage: Stage, event_id: str, action: str = "save", **changes: str) -> TestResponse:
    """Open an event's form, change it, press a button."""
    values = fields(stage, "/calendar/event", id=event_id)
    return post(stage, "/calendar/event", {**values, **changes, "action": action}, id=event_id)


def only(stage: Stage, **query: Any) -> dict[str, Any]:
    (event,) = stage.events(**query)["items"]
    assert isinstance(event, dict)
    return event


def test_a_person_adds_a_timed_event_with_guests(stage: Stage) -> None:
    values = fields(stage, "/calendar/new") | {
        "title": "Showing",
        "start_date": "2026-03-05",
        "end_date": "2026-03-05",
        "start_time": "13:30",
        "end_time": "14:15",
        "guests": "buyer@example.com",
        "description": "Bring <keys>\r\n& papers",
    }
    assert post(stage, "/calendar/new", values).status_code == 302
    event = only(stage)
    assert event["start"] == {"dateTime": "2026-03-05T13:30:00-05:00", "timeZone": "America/Toronto"}
    assert event["description"] == "Bring &lt;keys&gt;<br>&amp; papers"
    assert [guest["email"] for guest in event["attendees"]] == [ANN, "buyer@example.com"]
    assert stage.book.outbox.mails == []
    assert "Showing" in page(stage, "/calendar", **{"from": "2026-03-02"})


def test_a_person_adds_an_all_day_event_by_its_last_day_and_a_series(stage: Stage) -> None:
    values = fields(stage, "/calendar/new") | {"title": "Trip", "all_day": "on"}
    values |= {"start_date": "2026-03-05", "end_date": "2026-03-07", "repeat": "RRULE:FREQ=YEARLY"}
    assert post(stage, "/calendar/new", values).status_code == 302
    event = only(stage)
    assert (event["start"], event["end"]) == ({"date": "2026-03-05"}, {"date": "2026-03-08"})
    assert event["recurrence"] == ["RRULE:FREQ=YEARLY"]


def test_saving_an_unchanged_form_changes_nothing(stage: Stage) -> None:
    rich = {
        "description": "<b>Bold</b> &amp; bright",
        "extendedProperties": {"private": {"crm": "1"}},
        "reminders": {"useDefault": False, "overrides": [{"method": "email", "minutes": 45}]},
        "attendees": [{"email": "g@example.com", "responseStatus": "accepted"}],
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=4", "EXDATE;TZID=Asia/Kathmandu:20260306T090000"],
    }
    made = stage.insert(timed("2026-03-05T09:00:00", "2026-03-05T10:00:00", "Asia/Kathmandu", **rich))
    token = stage.events()["nextSyncToken"]
    assert edit(stage, made["id"]).status_code == 302
    assert stage.events(syncToken=token)["items"] == []


def test_an_edit_keeps_what_the_form_does_not_show(stage: Stage) -> None:
    made = stage.insert(
        timed(
            "2026-03-05T09:00:00",
            "2026-03-05T10:00:00",
            description="<b>Bold</b>",
            colorId="5",
            extendedProperties={"private": {"crm": "1"}},
        )
    )
    edit(stage, made["id"], title="Renamed", reminder="none")
    event = only(stage)
    assert event["summary"] == "Renamed"
    assert event["reminders"] == {"useDefault": False}
    for name in ("description", "colorId", "extendedProperties", "start"):
        assert event[name] == made[name]


def test_a_timed_event_becomes_an_all_day_one(stage: Stage) -> None:
    made = stage.insert(timed("2026-03-05T09:00:00", "2026-03-05T10:00:00"))
    edit(stage, made["id"], all_day="on")
    assert only(stage)["start"] == {"date": "2026-03-05"}


def test_this_event_this_and_following_and_all_events(stage: Stage) -> None:
    stage.insert(weekly(id="series"))
    edit(stage, "series_20260309T130000Z", title="Only this", scope="one")
    edit(
        stage,
        "series_20260323T130000Z",
        title="From here on",
        scope="following",
        start_time="11:00",
        end_time="12:00",
    )
    shown = [(e["start"]["dateTime"][5:16], e["summary"]) for e in singles(stage)]
    assert shown == [
        ("03-02T09:00", "Showing"),
        ("03-09T09:00", "Only this"),
        ("03-16T09:00", "Showing"),
        ("03-23T11:00", "From here on"),
        ("03-30T11:00", "From here on"),
        ("04-06T11:00", "From here on"),
        ("04-13T11:00", "From here on"),
        ("04-20T11:00", "From here on"),
    ]
    edit(stage, "series_20260316T130000Z", scope="all", start_date="2026-03-17", end_date="2026-03-17")
    assert [e["start"]["dateTime"][5:16] for e in singles(stage)][:3] == [
        "03-03T09:00",
        "03-10T09:00",
        "03-17T09:00",
    ]


def singles(stage: Stage) -> list[dict[str, Any]]:
    items = stage.events(singleEvents=True, orderBy="startTime")["items"]
    assert isinstance(items, list)
    return items


def test_deleting_one_the_following_and_all(stage: Stage) -> None:
    stage.insert(weekly(id="series"))
    edit(stage, "series_20260309T130000Z", "delete", scope="one")
    assert len(singles(stage)) == 7
    edit(stage, "series_20260330T130000Z", "delete", scope="following")
    assert len(singles(stage)) == 3
    edit(stage, "series_20260316T130000Z", "delete", scope="all")
    assert singles(stage) == []


def test_a_deleted_event_comes_back_from_the_bin(stage: Stage) -> None:
    made = stage.insert(timed("2026-03-05T09:00:00", "2026-03-05T10:00:00"))
    edit(stage, made["id"], "delete")
    assert stage.events()["items"] == []
    assert "Showing" in page(stage, "/calendar/bin")
    assert post(stage, "/calendar/bin", {"id": made["id"]}).status_code == 302
    assert only(stage)["status"] == "confirmed"


@pytest.mark.parametrize(
    "wrong",
    [
        {"start_date": "soon"},
        {"end_date": "2026-03-01"},
        {"start_time": "25:00"},
        {"zone": "Mars/Base"},
        {"repeat": "RRULE:FREQ=HOURLY"},
        {"guests": "nobody"},
        {"reminder": "soon"},
        {"title": "x" * 20_001},
    ],
)
def test_wrong_input_is_explained_and_changes_nothing(stage: Stage, wrong: dict[str, str]) -> None:
    values = fields(stage, "/calendar/new") | {"title": "Kept in the form"} | wrong
    answer = post(stage, "/calendar/new", values)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.get_data(as_text=True)
    assert stage.events()["items"] == []


def test_hostile_texts_are_text_on_every_page(stage: Stage) -> None:
    made = stage.insert(
        timed(
            "2026-03-05T09:00:00",
            "2026-03-05T10:00:00",
            summary=HOSTILE,
            location=HOSTILE,
            description=HOSTILE,
        )
    )
    texts = [page(stage, "/calendar"), page(stage, "/calendar/event", id=made["id"])]
    edit(stage, made["id"], "delete")
    texts.append(page(stage, "/calendar/bin"))
    for text in texts:
        assert "<script>alert" not in text
        assert "<img" not in text
        assert "&lt;script&gt;" in text


def test_a_calendar_that_can_only_be_read_has_no_buttons_and_takes_no_form(stage: Stage) -> None:
    team = "team@group.calendar.google.com"
    stage.book.add_calendar(team, access_role="reader")
    made = stage.book.phone_create(timed("2026-03-05T09:00:00", "2026-03-05T10:00:00"), team)
    text = page(stage, "/calendar/event", id=made["id"], calendar=team)
    assert "can only be read" in text
    assert "<button" not in text
    answer = post(stage, "/calendar/event", {"action": "delete"}, id=made["id"], calendar=team)
    assert answer.status_code == 403


def test_unknown_accounts_calendars_and_events_are_not_found(stage: Stage) -> None:
    for path, query in (
        ("/calendar", {"account": "nobody@x.example"}),
        ("/calendar", {"account": ANN, "calendar": "nobody@x.example"}),
        ("/calendar/event", {"account": ANN, "id": "nosuch"}),
    ):
        assert stage.client.get(path, query_string=query).status_code == 404


def test_a_form_from_another_site_is_refused(stage: Stage) -> None:
    values = fields(stage, "/calendar/new") | {"title": "Forged"}
    answer = stage.client.post(
        f"/calendar/new?account={ANN}", data=values, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert stage.events()["items"] == []


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("plain & simple", "plain & simple"),
        ("one<br>two", "one\ntwo"),
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("a &lt;b&gt; &amp;amp; c<br>", "a <b> &amp; c"),
    ],
)
def test_a_description_is_shown_as_text(stored: str, text: str) -> None:
    assert re.sub(r"\n+", "\n", text_of(stored)) == re.sub(r"\n+", "\n", text)


def test_text_survives_the_way_through_html() -> None:
    text = 'a < b & c > d\n"quoted" <br> &amp;'
    assert text_of(html_of(text)) == text


def test_the_form_of_an_event_gives_back_its_own_times() -> None:
    for body in (all_day("2026-03-05", "2026-03-08"), timed("2026-03-05T09:00:00", "2026-03-05T10:00:00")):
        start, end = EventForm.of(body, (), "America/Toronto").times()
        assert (start, end) == (body["start"], body["end"])


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 360, "height": 740}) as context:
        yield context.new_page()


@pytest.mark.browser
def test_every_page_fits_a_phone_and_axe_finds_nothing(stage: Stage, browser_page: Page) -> None:
    stage.insert(weekly(id="series", summary="A long title that goes on and on " * 4, location="x" * 200))
    stage.insert(all_day("2026-03-05", "2026-03-08", id="trips"))
    stage.book.phone_create(all_day("2026-03-05", "2026-03-06", id="gone"))
    stage.book.phone_delete("gone")
    with GoogleServer(stage.world) as server:
        for path in (
            "/calendar",
            "/calendar/new",
            "/calendar/event?id=series_20260309T130000Z",
            "/calendar/bin",
        ):
            browser_page.goto(server.origin + path)
            width = browser_page.evaluate("document.documentElement.scrollWidth")
            assert width <= 360, path
            found = Axe().run(browser_page)
            assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        browser_page.goto(server.origin + "/calendar")
        browser_page.get_by_role("link", name="Create").click()
        browser_page.get_by_label("Title").fill("Made in a browser")
        browser_page.get_by_role("button", name="Save").click()
        browser_page.get_by_role("link", name="Made in a browser").click()
        browser_page.get_by_role("button", name="Delete").click()
        browser_page.wait_for_url("**/calendar?**")
    assert "Made in a browser" in [e["summary"] for e in stage.events(showDeleted=True)["items"]]
