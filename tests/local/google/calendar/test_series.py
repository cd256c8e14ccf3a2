"""Series: how they expand, their exceptions, and "this and following" as Google's page does it."""

from typing import Any

import pytest

from tests.local.google.calendar.stage import Stage, all_day, good, refusal, timed, weekly

LIST = "/calendars/primary/events"
SERIES = "abcdefghij"
THIRD = f"{SERIES}_20260316T130000Z"
FIFTH = f"{SERIES}_20260330T130000Z"


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def series(stage: Stage) -> dict[str, Any]:
    return stage.insert(weekly(id=SERIES))


def instances(stage: Stage, series_id: str, **query: Any) -> list[dict[str, Any]]:
    items = good(stage.call("GET", f"{LIST}/{series_id}/instances", **query))["items"]
    assert isinstance(items, list)
    return items


def starts(stage: Stage, series_id: str) -> list[str]:
    return [e["start"].get("dateTime") or e["start"]["date"] for e in instances(stage, series_id)]


def test_nine_o_clock_stays_nine_o_clock_when_the_clocks_change(stage: Stage, series: dict[str, Any]) -> None:
    shown = starts(stage, SERIES)
    assert shown[0] == "2026-03-02T09:00:00-05:00"
    assert shown[1] == "2026-03-09T09:00:00-04:00"
    assert len(shown) == 8


def test_an_instance_is_named_by_its_original_start_and_shares_the_series_uid(
    stage: Stage, series: dict[str, Any]
) -> None:
    third = instances(stage, SERIES)[2]
    assert third["id"] == THIRD
    assert third["recurringEventId"] == SERIES
    assert third["originalStartTime"] == third["start"]
    assert third["iCalUID"] == series["iCalUID"]
    assert "recurrence" not in third
    assert stage.get(THIRD) == third
    assert refusal(stage.call("GET", f"{LIST}/{SERIES}_20260317T130000Z")) == (404, "notFound")


def test_an_all_day_series_names_its_instances_by_date(stage: Stage) -> None:
    stage.insert(all_day("2026-01-31", "2026-02-01", id=SERIES, recurrence=["RRULE:FREQ=MONTHLY;COUNT=3"]))
    assert [e["id"] for e in instances(stage, SERIES)] == [
        f"{SERIES}_20260131",
        f"{SERIES}_20260331",
        f"{SERIES}_20260531",
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["RRULE:FREQ=DAILY;COUNT=3"], ["02", "03", "04"]),
        (["RRULE:FREQ=DAILY;UNTIL=20260304T140000Z"], ["02", "03", "04"]),
        (["RRULE:FREQ=DAILY;UNTIL=20260304T135959Z"], ["02", "03"]),
        (["RRULE:FREQ=DAILY;UNTIL=20260304"], ["02", "03", "04"]),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=America/Toronto:20260303T090000"], ["02", "04"]),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260303T140000Z"], ["02", "04"]),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260303"], ["02", "03", "04"]),
        (["RDATE;TZID=America/Toronto:20260305T090000,20260307T090000"], ["02", "05", "07"]),
        (["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3"], ["02", "04", "09"]),
        (["RRULE:FREQ=DAILY;COUNT=4", "EXRULE:FREQ=DAILY;INTERVAL=2;COUNT=2"], ["03", "05"]),
    ],
)
def test_recurrence_lines_expand(stage: Stage, lines: list[str], expected: list[str]) -> None:
    stage.insert(timed("2026-03-02T09:00:00", "2026-03-02T10:00:00", id=SERIES, recurrence=lines))
    assert [start[8:10] for start in starts(stage, SERIES)] == expected


@pytest.mark.parametrize(
    "lines",
    [
        ["FREQ=DAILY"],
        ["RRULE:FREQ=HOURLY"],
        ["RRULE:FREQ=DAILY;COUNT=3;UNTIL=20260304T140000Z"],
        ["RRULE:FREQ=DAILY;BYDAY=XX"],
        ["RRULE:INTERVAL=2"],
        ["DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY"],
        ["RRULE:FREQ=DAILY", "EXDATE;TZID=Mars/Base:20260303T090000"],
        ["RRULE:FREQ=DAILY", "EXDATE:tomorrow"],
        ["RRULE:FREQ=DAILY;NONSENSE=1"],
        ["RRULE:FREQ=DAILY;INTERVAL=0"],
        ["RRULE:FREQ=DAILY;INTERVAL=-1"],
        ["RRULE:FREQ=DAILY;COUNT=0"],
        ["RRULE:FREQ=DAILY;COUNT=many"],
    ],
)
def test_recurrence_google_does_not_take_is_refused(stage: Stage, lines: list[str]) -> None:
    body = timed("2026-03-02T09:00:00", "2026-03-02T10:00:00", recurrence=lines)
    assert refusal(stage.call("POST", LIST, body)) == (400, "invalid")


def test_a_recurring_event_needs_a_zone_not_only_an_offset(stage: Stage) -> None:
    body = {
        "start": {"dateTime": "2026-03-02T09:00:00-05:00"},
        "end": {"dateTime": "2026-03-02T10:00:00-05:00"},
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"],
    }
    answer = stage.call("POST", LIST, body)
    assert refusal(answer) == (400, "required")
    assert "time zone" in answer.get_json()["error"]["message"]


def test_a_leap_day_series_meets_only_leap_years(stage: Stage) -> None:
    stage.insert(all_day("2024-02-29", "2024-03-01", id=SERIES, recurrence=["RRULE:FREQ=YEARLY;COUNT=3"]))
    assert starts(stage, SERIES) == ["2024-02-29", "2028-02-29", "2032-02-29"]


def test_a_local_time_the_clocks_skip_is_read_with_the_offset_before(stage: Stage) -> None:
    body = timed(
        "2026-03-07T02:30:00", "2026-03-07T03:00:00", id=SERIES, recurrence=["RRULE:FREQ=DAILY;COUNT=3"]
    )
    stage.insert(body)
    assert starts(stage, SERIES)[1] == "2026-03-08T03:30:00-04:00"


def test_editing_one_instance_makes_an_exception_and_leaves_the_master(
    stage: Stage, series: dict[str, Any]
) -> None:
    token = stage.events()["nextSyncToken"]
    edited = stage.patch(THIRD, {"summary": "Moved indoors"})
    assert edited["id"] == THIRD
    delta = stage.events(syncToken=token)["items"]
    assert [(e["id"], e["recurringEventId"], e["summary"]) for e in delta] == [
        (THIRD, SERIES, "Moved indoors")
    ]
    assert stage.get(SERIES)["etag"] == series["etag"]
    assert [e["summary"] for e in instances(stage, SERIES)].count("Showing") == 7


def test_a_moved_instance_keeps_its_original_start_as_its_key(stage: Stage, series: dict[str, Any]) -> None:
    moved = stage.patch(
        THIRD,
        {
            "start": {"dateTime": "2026-03-17T15:00:00", "timeZone": "America/Toronto"},
            "end": {"dateTime": "2026-03-17T16:00:00", "timeZone": "America/Toronto"},
        },
    )
    assert moved["id"] == THIRD
    assert moved["originalStartTime"]["dateTime"] == "2026-03-16T09:00:00-04:00"
    assert moved["start"]["dateTime"] == "2026-03-17T15:00:00-04:00"
    found = instances(stage, SERIES, originalStart="2026-03-16T09:00:00-04:00")
    assert [e["start"]["dateTime"] for e in found] == ["2026-03-17T15:00:00-04:00"]


def test_a_cancelled_instance_is_an_exception_to_remember_not_a_deletion_of_the_series(
    stage: Stage, series: dict[str, Any]
) -> None:
    token = stage.events()["nextSyncToken"]
    assert stage.delete(THIRD).status_code == 204
    (tombstone,) = stage.events(syncToken=token)["items"]
    assert set(tombstone) == {"kind", "etag", "id", "status", "recurringEventId", "originalStartTime"}
    assert (tombstone["status"], tombstone["recurringEventId"]) == ("cancelled", SERIES)
    assert [e["id"] for e in stage.events()["items"]] == [SERIES, THIRD]
    assert THIRD not in [e["id"] for e in instances(stage, SERIES)]
    assert THIRD in [e["id"] for e in instances(stage, SERIES, showDeleted=True)]
    assert len(stage.events(singleEvents=True)["items"]) == 7
    assert refusal(stage.delete(THIRD)) == (410, "deleted")
    assert stage.patch(THIRD, {"status": "confirmed"})["status"] == "confirmed"
    assert len(instances(stage, SERIES)) == 8


def test_an_instance_is_cancelled_by_a_patch_of_its_status_too(stage: Stage, series: dict[str, Any]) -> None:
    assert stage.patch(THIRD, {"status": "cancelled"})["status"] == "cancelled"
    assert len(instances(stage, SERIES)) == 7


def test_deleting_the_series_takes_its_exceptions_along(stage: Stage, series: dict[str, Any]) -> None:
    stage.patch(THIRD, {"summary": "Edited"})
    token = stage.events()["nextSyncToken"]
    stage.delete(SERIES)
    delta = {e["id"]: e for e in stage.events(syncToken=token)["items"]}
    assert {name: e["status"] for name, e in delta.items()} == {SERIES: "cancelled", THIRD: "cancelled"}
    assert "recurringEventId" not in delta[SERIES]
    assert stage.events()["items"] == []


def test_exceptions_follow_the_series_in_what_they_do_not_own(stage: Stage, series: dict[str, Any]) -> None:
    stage.patch(THIRD, {"summary": "Mine"})
    token = stage.events()["nextSyncToken"]
    stage.patch(SERIES, {"summary": "Everyone's", "location": "Office"})
    edited = stage.get(THIRD)
    assert (edited["summary"], edited["location"]) == ("Mine", "Office")
    assert sorted(e["id"] for e in stage.events(syncToken=token)["items"]) == [SERIES, THIRD]


def test_moving_the_series_drops_exceptions_whose_occurrence_is_gone(
    stage: Stage, series: dict[str, Any]
) -> None:
    stage.patch(THIRD, {"summary": "Mine"})
    token = stage.events()["nextSyncToken"]
    later = timed("2026-03-02T11:00:00", "2026-03-02T12:00:00", recurrence=series["recurrence"])
    stage.update(SERIES, later)
    delta = {e["id"]: e["status"] for e in stage.events(syncToken=token)["items"]}
    assert delta == {SERIES: "confirmed", THIRD: "cancelled"}
    assert [e["id"] for e in stage.events()["items"]] == [SERIES]
    assert {e["summary"] for e in instances(stage, SERIES)} == {"Showing"}


def test_a_dropped_exception_can_come_back_with_its_occurrence(stage: Stage, series: dict[str, Any]) -> None:
    stage.patch(THIRD, {"summary": "Mine"})
    stage.patch(SERIES, {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"]})
    stage.patch(SERIES, {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=8"]})
    assert stage.get(THIRD)["summary"] == "Showing"
    assert stage.patch(THIRD, {"summary": "Again"})["summary"] == "Again"
    assert [e["summary"] for e in instances(stage, SERIES)].count("Again") == 1


def test_the_visibility_of_one_instance_is_that_of_the_series(stage: Stage, series: dict[str, Any]) -> None:
    stage.patch(THIRD, {"visibility": "private"})
    assert stage.get(SERIES)["visibility"] == "private"
    assert {e.get("visibility") for e in instances(stage, SERIES)} == {"private"}


def test_an_instance_cannot_be_moved_to_another_calendar(stage: Stage, series: dict[str, Any]) -> None:
    stage.book.add_calendar("family@group.calendar.google.com")
    answer = stage.call("POST", f"{LIST}/{THIRD}/move", destination="family@group.calendar.google.com")
    assert refusal(answer) == (400, "cannotChangeOrganizerOfInstance")


def test_this_and_following_ends_the_old_series_and_begins_a_new_one(
    stage: Stage, series: dict[str, Any]
) -> None:
    token = stage.events()["nextSyncToken"]
    new = stage.book.phone_split_series(FIFTH, {"summary": "New format"})
    assert new["id"] == f"{SERIES}_R20260330T130000"
    assert new["recurrence"] == ["RRULE:FREQ=WEEKLY;COUNT=4"]
    assert stage.get(SERIES)["recurrence"] == ["RRULE:FREQ=WEEKLY;UNTIL=20260330T125959Z"]
    assert len(starts(stage, SERIES)) == 4
    assert [e["summary"] for e in instances(stage, new["id"])] == ["New format"] * 4
    assert {e["id"] for e in stage.events(syncToken=token)["items"]} == {SERIES, new["id"]}


def test_instance_ids_survive_a_split_and_name_the_new_series(stage: Stage, series: dict[str, Any]) -> None:
    new = stage.book.phone_split_series(FIFTH, {"summary": "New format"})
    sixth = f"{SERIES}_20260406T130000Z"
    assert stage.get(sixth)["recurringEventId"] == new["id"]
    assert stage.get(THIRD)["recurringEventId"] == SERIES
    assert stage.patch(sixth, {"summary": "Once"})["recurringEventId"] == new["id"]


def test_of_parts_that_overlap_the_living_one_has_the_occurrence(
    stage: Stage, series: dict[str, Any]
) -> None:
    new = stage.book.phone_split_series(FIFTH, {"summary": "New format"})
    stage.book.phone_edit(SERIES, {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=8"]})
    stage.book.phone_delete(SERIES)
    assert stage.get(f"{SERIES}_20260406T130000Z")["recurringEventId"] == new["id"]


def test_later_exceptions_go_with_a_split_while_their_occurrence_does(
    stage: Stage, series: dict[str, Any]
) -> None:
    sixth, seventh = f"{SERIES}_20260406T130000Z", f"{SERIES}_20260413T130000Z"
    stage.patch(sixth, {"location": "Elsewhere"})
    stage.delete(seventh)
    new = stage.book.phone_split_series(FIFTH, {"summary": "New format"})
    kept = stage.get(sixth)
    assert (kept["recurringEventId"], kept["location"], kept["summary"]) == (
        new["id"],
        "Elsewhere",
        "New format",
    )
    assert stage.get(seventh)["status"] == "cancelled"
    hour = {
        "start": {"dateTime": "2026-03-30T11:00:00", "timeZone": "America/Toronto"},
        "end": {"dateTime": "2026-03-30T12:00:00", "timeZone": "America/Toronto"},
    }
    stage.book.phone_edit(new["id"], hour)
    assert stage.get(sixth)["status"] == "cancelled"
    assert len(instances(stage, new["id"])) == 4


def test_a_split_at_the_first_occurrence_changes_the_whole_series(
    stage: Stage, series: dict[str, Any]
) -> None:
    first = f"{SERIES}_20260302T140000Z"
    assert stage.book.phone_split_series(first, {"summary": "All"})["id"] == SERIES
    assert [e["summary"] for e in instances(stage, SERIES)] == ["All"] * 8


def test_this_and_following_deleted_leaves_the_earlier_ones(stage: Stage, series: dict[str, Any]) -> None:
    stage.book.phone_end_series(FIFTH)
    assert len(starts(stage, SERIES)) == 4
    stage.book.phone_end_series(f"{SERIES}_20260302T140000Z")
    assert stage.get(SERIES)["status"] == "cancelled"


def test_dragging_a_weekly_series_to_another_day_moves_its_weekday(stage: Stage) -> None:
    body = weekly(id=SERIES) | {"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3"]}
    stage.insert(body)
    tuesday = timed("2026-03-03T09:00:00", "2026-03-03T10:00:00")
    stage.book.phone_edit(SERIES, {name: tuesday[name] for name in ("start", "end")})
    assert stage.get(SERIES)["recurrence"] == ["RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=3"]
    assert [start[8:10] for start in starts(stage, SERIES)] == ["03", "10", "17"]


def test_a_single_event_becomes_a_series_and_back(stage: Stage) -> None:
    stage.insert(timed("2026-03-02T09:00:00", "2026-03-02T10:00:00", id=SERIES))
    stage.patch(SERIES, {"recurrence": ["RRULE:FREQ=DAILY;COUNT=3"]})
    assert len(instances(stage, SERIES)) == 3
    assert "recurrence" not in stage.patch(SERIES, {"recurrence": []})
    assert [e["id"] for e in instances(stage, SERIES)] == [SERIES]


def test_a_series_without_a_usable_rule_can_be_born_at_google(stage: Stage) -> None:
    body = weekly() | {"recurrence": ["EXDATE;TZID=America/Toronto:20260302T090000"]}
    odd = stage.book.phone_create(body)
    assert stage.events()["items"][0]["id"] == odd["id"]
    assert instances(stage, odd["id"]) == []


def test_endless_series_are_expanded_up_to_a_bound_and_found_by_any_window(stage: Stage) -> None:
    stage.insert(weekly(id=SERIES) | {"recurrence": ["RRULE:FREQ=DAILY"]})
    assert sum(len(page["items"]) for page in stage.pages(singleEvents=True, maxResults=500)) == 730
    far = stage.events(timeMin="2040-01-01T00:00:00Z")
    assert [e["id"] for e in far["items"]] == [SERIES]


def test_moving_a_series_to_another_calendar_takes_its_exceptions(
    stage: Stage, series: dict[str, Any]
) -> None:
    family = "family@group.calendar.google.com"
    stage.book.add_calendar(family)
    stage.patch(THIRD, {"summary": "Mine"})
    good(stage.call("POST", f"{LIST}/{SERIES}/move", destination=family))
    there = {e["id"]: e["summary"] for e in stage.events(family)["items"]}
    assert there == {SERIES: "Showing", THIRD: "Mine"}
    assert stage.events()["items"] == []


def test_instance_ids_can_be_opaque_and_work_all_the_same(stage: Stage, series: dict[str, Any]) -> None:
    stage.book.hide_instance_ids()
    shown = instances(stage, SERIES)
    assert all(set(e["id"]) <= set("0123456789abcdefghijklmnopqrstuv") for e in shown)
    assert all(SERIES not in e["id"] for e in shown)
    third = shown[2]
    assert third["originalStartTime"]["dateTime"] == "2026-03-16T09:00:00-04:00"
    assert stage.get(third["id"]) == third
    assert stage.patch(third["id"], {"summary": "Edited"})["id"] == third["id"]
    assert stage.delete(shown[3]["id"]).status_code == 204
    assert [e["id"] for e in instances(stage, SERIES)] == [e["id"] for e in shown if e is not shown[3]]


def test_an_occurrence_does_not_come_back_without_its_series(stage: Stage, series: dict[str, Any]) -> None:
    stage.patch(THIRD, {"summary": "Edited"})
    stage.patch(SERIES, {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"]})
    for occurrence in (THIRD, f"{SERIES}_20260309T130000Z"):
        answer = stage.call("PATCH", f"{LIST}/{occurrence}", {"status": "confirmed"})
        assert answer.status_code == (403 if occurrence == THIRD else 200)
    stage.delete(SERIES)
    answer = stage.call("PATCH", f"{LIST}/{SERIES}_20260309T130000Z", {"status": "confirmed"})
    assert refusal(answer) == (403, "forbidden")
    assert stage.events()["items"] == []


def test_an_endless_series_is_found_beyond_what_is_expanded(stage: Stage) -> None:
    stage.insert(weekly(id=SERIES) | {"recurrence": ["RRULE:FREQ=WEEKLY"]})
    far = f"{SERIES}_20560103T140000Z"
    assert stage.get(far)["start"]["dateTime"] == "2056-01-03T09:00:00-05:00"
    assert refusal(stage.call("GET", f"{LIST}/{SERIES}_20560104T140000Z")) == (404, "notFound")


def test_a_rule_that_never_comes_true_has_no_occurrence(stage: Stage) -> None:
    body = weekly(id=SERIES) | {"recurrence": ["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"]}
    stage.insert(body)
    assert instances(stage, SERIES) == []
    assert refusal(stage.call("GET", f"{LIST}/{SERIES}_20280230T140000Z")) == (404, "notFound")
