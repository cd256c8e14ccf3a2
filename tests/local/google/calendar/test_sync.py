"""Listing: pages, filters, sync tokens, tombstones, and the three meanings of 410."""

from datetime import timedelta
from typing import Any

import pytest

from tests.local.google.calendar.stage import Stage, all_day, good, refusal, timed, weekly

LIST = "/calendars/primary/events"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def fill(stage: Stage, count: int) -> list[str]:
    """Events on consecutive days; their ids in order."""
    ids = []
    for number in range(count):
        day = f"2026-04-{number % 28 + 1:02}"
        ids.append(stage.book.phone_create(timed(f"{day}T09:00:00", f"{day}T10:00:00"))["id"])
    return ids


def ids(page: dict[str, Any]) -> list[str]:
    return [item["id"] for item in page["items"]]


def test_the_last_page_has_the_sync_token_and_the_others_a_page_token(stage: Stage) -> None:
    made = fill(stage, 7)
    pages = stage.pages(maxResults=3)
    assert [len(page["items"]) for page in pages] == [3, 3, 1]
    assert [event for page in pages for event in ids(page)] == made
    for page in pages[:-1]:
        assert "nextSyncToken" not in page
    assert "nextPageToken" not in pages[-1]
    assert "nextSyncToken" in pages[-1]


def test_the_page_is_250_by_default_and_2500_at_most(stage: Stage) -> None:
    fill(stage, 2510)
    assert len(stage.events(fields="items/id")["items"]) == 250
    assert len(stage.events(maxResults=5000, fields="items/id")["items"]) == 2500


def test_a_page_tells_about_the_calendar_above_its_items(stage: Stage) -> None:
    page = stage.events()
    assert page["kind"] == "calendar#events"
    assert (page["accessRole"], page["timeZone"]) == ("owner", "America/Toronto")
    assert page["defaultReminders"] == [{"method": "popup", "minutes": 30}]
    assert page["items"] == []


def test_a_delta_has_changes_and_bare_tombstones_and_a_new_token(stage: Stage) -> None:
    first, second, third = fill(stage, 3)
    token = stage.events()["nextSyncToken"]
    assert stage.events(syncToken=token)["items"] == []
    stage.patch(first, {"summary": "Changed"})
    stage.delete(second)
    delta = stage.events(syncToken=token)
    assert ids(delta) == [first, second]
    assert delta["items"][0]["summary"] == "Changed"
    assert set(delta["items"][1]) == {"kind", "etag", "id", "status"}
    assert stage.events(syncToken=delta["nextSyncToken"])["items"] == []
    assert third not in ids(delta)


def test_own_writes_come_back_and_are_there_at_once(stage: Stage) -> None:
    token = stage.events()["nextSyncToken"]
    made = stage.insert(timed("2026-03-02T09:00:00", "2026-03-02T10:00:00"))
    delta = stage.events(syncToken=token)["items"]
    assert [(item["id"], item["etag"]) for item in delta] == [(made["id"], made["etag"])]


def test_a_delta_can_name_a_deleted_event_the_client_never_saw(stage: Stage) -> None:
    token = stage.events()["nextSyncToken"]
    made = stage.book.phone_create(timed("2026-03-02T09:00:00", "2026-03-02T10:00:00"))
    stage.book.phone_delete(made["id"])
    assert [(e["id"], e["status"]) for e in stage.events(syncToken=token)["items"]] == [
        (made["id"], "cancelled")
    ]


def test_an_event_changed_twice_is_told_once(stage: Stage) -> None:
    (only,) = fill(stage, 1)
    token = stage.events()["nextSyncToken"]
    stage.patch(only, {"summary": "One"})
    stage.patch(only, {"summary": "Two"})
    assert [item["summary"] for item in stage.events(syncToken=token)["items"]] == ["Two"]


def test_a_delta_is_paged_by_repeating_both_tokens(stage: Stage) -> None:
    made = fill(stage, 5)
    token = stage.events()["nextSyncToken"]
    for event in made:
        stage.patch(event, {"summary": "Changed"})
    pages = stage.pages(syncToken=token, maxResults=2)
    assert [ids(page) for page in pages] == [made[:2], made[2:4], made[4:]]
    assert stage.events(syncToken=pages[-1]["nextSyncToken"])["items"] == []


def test_what_changes_while_pages_are_read_is_in_the_next_delta(stage: Stage) -> None:
    made = fill(stage, 4)
    first = stage.events(maxResults=2)
    stage.patch(made[0], {"summary": "Changed between"})
    stage.delete(made[3])
    last = stage.events(maxResults=2, pageToken=first["nextPageToken"])
    assert ids(last) == [made[2]]
    assert ids(stage.events(syncToken=last["nextSyncToken"])) == [made[0], made[3]]


def test_what_changes_while_a_delta_is_read_is_in_the_next_delta(stage: Stage) -> None:
    made = fill(stage, 3)
    token = stage.events()["nextSyncToken"]
    for event in made:
        stage.patch(event, {"summary": "Changed"})
    first = stage.events(syncToken=token, maxResults=2)
    stage.patch(made[2], {"summary": "Again"})
    last = stage.events(syncToken=token, maxResults=2, pageToken=first["nextPageToken"])
    assert last["items"] == []
    assert ids(stage.events(syncToken=last["nextSyncToken"])) == [made[2]]


def test_a_window_on_the_first_listing_leaves_the_token_good_for_every_change(stage: Stage) -> None:
    stage.insert(timed("2026-01-05T09:00:00", "2026-01-05T10:00:00", id="longago"))
    stage.insert(timed("2026-03-05T09:00:00", "2026-03-05T10:00:00", id="inside"))
    page = stage.events(timeMin="2026-03-01T00:00:00-05:00")
    assert ids(page) == ["inside"]
    stage.patch("longago", {"summary": "Changed outside the window"})
    assert ids(stage.events(syncToken=page["nextSyncToken"])) == ["longago"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iCalUID", "a@google.com"),
        ("orderBy", "updated"),
        ("privateExtendedProperty", "a=b"),
        ("q", "showing"),
        ("sharedExtendedProperty", "a=b"),
        ("timeMin", "2026-03-01T00:00:00Z"),
        ("timeMax", "2026-03-01T00:00:00Z"),
        ("updatedMin", "2026-03-01T00:00:00Z"),
        ("showDeleted", "false"),
    ],
)
def test_a_sync_token_forbids_these_parameters(stage: Stage, name: str, value: str) -> None:
    token = stage.events()["nextSyncToken"]
    query: dict[str, Any] = {name: value}
    answer = stage.call("GET", LIST, syncToken=token, **query)
    assert refusal(answer) == (400, "badRequest")


def test_a_sync_token_of_a_listing_of_another_shape_is_refused(stage: Stage) -> None:
    token = stage.events()["nextSyncToken"]
    assert refusal(stage.call("GET", LIST, syncToken=token, singleEvents=True)) == (400, "invalid")
    assert refusal(stage.call("GET", LIST, syncToken=token, eventTypes="default")) == (400, "invalid")


def test_a_page_token_of_another_query_is_refused(stage: Stage) -> None:
    fill(stage, 3)
    token = stage.events(maxResults=1)["nextPageToken"]
    assert refusal(stage.call("GET", LIST, maxResults=1, pageToken=token, q="x")) == (400, "invalid")
    assert refusal(stage.call("GET", LIST, pageToken="made-up")) == (400, "invalid")
    assert refusal(stage.call("GET", LIST, syncToken="made-up")) == (400, "invalid")


def test_order_gives_no_sync_token(stage: Stage) -> None:
    page = stage.events(singleEvents=True, orderBy="startTime")
    assert not {"nextSyncToken", "nextPageToken"} & set(page)


def test_410_full_sync_required_names_its_parameter(stage: Stage) -> None:
    token = stage.events()["nextSyncToken"]
    stage.book.expire_sync_tokens()
    answer = stage.call("GET", LIST, syncToken=token)
    assert refusal(answer) == (410, "fullSyncRequired")
    item = answer.get_json()["error"]["errors"][0]
    assert (item["domain"], item["locationType"], item["location"]) == ("calendar", "parameter", "syncToken")
    assert stage.events(syncToken=stage.events()["nextSyncToken"])["items"] == []


def test_a_token_life_can_be_set_and_a_change_of_access_ends_it_at_once(stage: Stage) -> None:
    token = stage.events()["nextSyncToken"]
    stage.book.token_life = timedelta(days=20)
    stage.world.grants.issue_access(stage.account.sub, "crm", frozenset())
    stage.clock.advance(timedelta(days=21))
    fresh = stage.token_for(stage.account.email)
    answer = stage.call("GET", LIST, syncToken=token, token=fresh)
    assert refusal(answer) == (410, "fullSyncRequired")
    token = good(stage.call("GET", LIST, token=fresh))["nextSyncToken"]
    stage.book.change_access("primary", "reader")
    assert refusal(stage.call("GET", LIST, syncToken=token, token=fresh)) == (410, "fullSyncRequired")


def test_410_updated_min_too_long_ago(stage: Stage) -> None:
    answer = stage.call("GET", LIST, updatedMin="2026-01-01T00:00:00Z")
    assert refusal(answer) == (410, "updatedMinTooLongAgo")


def test_updated_min_always_includes_deletions(stage: Stage) -> None:
    old, gone, new = fill(stage, 3)
    stage.clock.advance(timedelta(minutes=10))
    since = stage.clock.now().isoformat()
    stage.clock.advance(timedelta(minutes=10))
    stage.delete(gone)
    stage.patch(new, {"summary": "New"})
    page = stage.events(updatedMin=since)
    assert [(e["id"], e["status"]) for e in page["items"]] == [(gone, "cancelled"), (new, "confirmed")]
    assert old not in ids(page)


def test_time_min_filters_on_the_end_and_time_max_on_the_start_both_exclusive(stage: Stage) -> None:
    stage.insert(timed("2026-03-05T09:00:00", "2026-03-05T10:00:00", id="nineten"))
    at = "2026-03-05T{}:00-05:00"
    assert ids(stage.events(timeMin=at.format("10:00"))) == []
    assert ids(stage.events(timeMin=at.format("09:59"))) == ["nineten"]
    assert ids(stage.events(timeMax=at.format("09:00"))) == []
    assert ids(stage.events(timeMax=at.format("09:01"))) == ["nineten"]


def test_an_all_day_event_lies_in_the_calendars_zone(stage: Stage) -> None:
    stage.insert(all_day("2026-03-05", "2026-03-06", id="dateslot"))
    assert ids(stage.events(timeMin="2026-03-06T04:59:00Z")) == ["dateslot"]
    assert ids(stage.events(timeMin="2026-03-06T05:00:00Z")) == []


@pytest.mark.parametrize("text", ["2026-03-05", "2026-03-05T09:00:00", "yesterday", "2026-13-05T09:00:00Z"])
def test_a_time_without_offset_is_refused(stage: Stage, text: str) -> None:
    assert refusal(stage.call("GET", LIST, timeMin=text)) == (400, "invalid")


def test_an_empty_window_is_refused(stage: Stage) -> None:
    answer = stage.call("GET", LIST, timeMin="2026-03-05T09:00:00Z", timeMax="2026-03-05T09:00:00Z")
    assert refusal(answer) == (400, "timeRangeEmpty")


def test_order_by_start_needs_single_events(stage: Stage) -> None:
    assert refusal(stage.call("GET", LIST, orderBy="startTime")) == (400, "invalid")
    stage.insert(timed("2026-03-06T09:00:00", "2026-03-06T10:00:00", id="later"))
    stage.insert(all_day("2026-03-05", "2026-03-06", id="sooner"))
    assert ids(stage.events(orderBy="startTime", singleEvents=True)) == ["sooner", "later"]
    stage.clock.advance(timedelta(seconds=1))
    stage.patch("later", {"summary": "Touched"})
    assert ids(stage.events(orderBy="updated")) == ["sooner", "later"]


def test_search_uid_and_extended_properties_filter(stage: Stage) -> None:
    tagged = {"private": {"crm": "7"}, "shared": {"site": "x"}}
    stage.insert(timed("2026-03-05T09:00:00", "2026-03-05T10:00:00", id="tagged", extendedProperties=tagged))
    stage.insert(timed("2026-03-05T09:00:00", "2026-03-05T10:00:00", id="plain", summary="Café visit"))
    assert ids(stage.events(privateExtendedProperty="crm=7")) == ["tagged"]
    assert ids(stage.events(privateExtendedProperty=["crm=7", "crm=8"])) == []
    assert ids(stage.events(sharedExtendedProperty="site=x")) == ["tagged"]
    assert ids(stage.events(q="café")) == ["plain"]
    assert ids(stage.events(iCalUID="plain@google.com")) == ["plain"]
    assert refusal(stage.call("GET", LIST, privateExtendedProperty="crm")) == (400, "invalid")


def test_birthdays_and_their_kind_are_filtered_by_event_types(stage: Stage) -> None:
    book = stage.book
    birthday = {"eventType": "birthday", "recurrence": ["RRULE:FREQ=YEARLY"]}
    contact = {"birthdayProperties": {"contact": "people/c1", "type": "birthday"}}
    born = book.phone_create(all_day("2026-03-05", "2026-03-06", **birthday, **contact))
    at = ("2026-03-05T09:00:00", "2026-03-05T10:00:00")
    mailed = book.phone_create(timed(*at, eventType="fromGmail"))
    focus = book.phone_create(
        timed(*at, eventType="focusTime", focusTimeProperties={"chatStatus": "available"})
    )
    home = {"type": "homeOffice", "homeOffice": {}}
    working = book.phone_create(
        all_day("2026-03-05", "2026-03-06", eventType="workingLocation", workingLocationProperties=home)
    )
    plain = book.phone_create(timed(*at))
    assert ids(stage.events()) == [e["id"] for e in (born, mailed, focus, working, plain)]
    assert ids(stage.events(eventTypes="default")) == [plain["id"]]
    assert ids(stage.events(eventTypes=["birthday", "fromGmail"])) == [born["id"], mailed["id"]]
    shown = stage.get(born["id"])
    assert shown["birthdayProperties"] == {"contact": "people/c1", "type": "birthday"}
    assert (shown["visibility"], shown["transparency"]) == ("private", "transparent")


def test_event_types_are_fixed_and_from_gmail_cannot_be_created(stage: Stage) -> None:
    at = ("2026-03-05T09:00:00", "2026-03-05T10:00:00")
    made = stage.insert(timed(*at))
    changed = stage.call("PATCH", f"{LIST}/{made['id']}", {"eventType": "focusTime"})
    assert refusal(changed) == (400, "eventTypeRestriction")
    mailed = stage.call("POST", LIST, timed(*at, eventType="fromGmail"))
    assert refusal(mailed) == (400, "eventTypeRestriction")


def test_all_events_can_be_reported_as_changed_though_none_is(stage: Stage) -> None:
    made = fill(stage, 3)
    before = stage.events()
    stage.book.touch_all()
    delta = stage.events(syncToken=before["nextSyncToken"])
    assert ids(delta) == made
    for old, new in zip(before["items"], delta["items"], strict=True):
        assert {**old, "etag": 0, "updated": 0} == {**new, "etag": 0, "updated": 0}
        assert old["etag"] != new["etag"]


def test_deleted_events_are_listed_on_request_with_what_they_said(stage: Stage) -> None:
    gone, kept = fill(stage, 2)
    stage.delete(gone)
    assert ids(stage.events()) == [kept]
    both = stage.events(showDeleted=True)["items"]
    assert [(e["id"], e["status"], e["summary"]) for e in both] == [
        (gone, "cancelled", "Showing"),
        (kept, "confirmed", "Showing"),
    ]


def test_single_events_expand_series_and_leave_masters_out(stage: Stage) -> None:
    master = stage.insert(weekly(id="mondaes"))
    expanded = stage.events(singleEvents=True)
    assert len(expanded["items"]) == 8
    assert all(item["recurringEventId"] == "mondaes" for item in expanded["items"])
    assert master["id"] not in ids(expanded)
    stage.patch("mondaes", {"summary": "Changed"})
    delta = stage.events(singleEvents=True, syncToken=expanded["nextSyncToken"])
    assert [item["summary"] for item in delta["items"]] == ["Changed"] * 8
    assert len(stage.pages(singleEvents=True, maxResults=3)) == 3
