"""One event at a time: ids, defaults, times, etags, what PUT clears and PATCH keeps."""

from datetime import timedelta
from typing import Any

import pytest

from tests.local.google.calendar.stage import ANN, Stage, all_day, good, refusal, timed

ID = "0123456789abcdefghijklmnopqrstuv"
NINE = ("2026-03-02T09:00:00", "2026-03-02T10:00:00")
OPTIONAL = {
    "colorId",
    "location",
    "description",
    "attendees",
    "recurrence",
    "extendedProperties",
    "transparency",
    "visibility",
    "guestsCanInviteOthers",
    "guestsCanModify",
    "guestsCanSeeOtherGuests",
    "anyoneCanAddSelf",
    "attendeesOmitted",
    "endTimeUnspecified",
    "locked",
    "privateCopy",
}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_an_inserted_event_shows_what_google_fills_in_and_no_defaults(stage: Stage) -> None:
    shown = stage.insert(timed(*NINE, id=ID, transparency="opaque", visibility="default", description=""))
    assert shown["iCalUID"] == f"{ID}@google.com"
    assert (shown["status"], shown["eventType"], shown["sequence"]) == ("confirmed", "default", 0)
    assert shown["creator"] == shown["organizer"] == {"email": ANN, "self": True}
    assert shown["reminders"] == {"useDefault": True}
    assert shown["created"] == "2026-03-02T15:00:00.000Z"
    assert shown["updated"] == "2026-03-02T15:00:00.250Z"
    assert not OPTIONAL & set(shown)


def test_etag_is_twice_the_microseconds_and_moves_with_every_write(stage: Stage) -> None:
    first = stage.insert(timed(*NINE, id=ID))
    micros = int(first["etag"].strip('"')) // 2
    assert micros // 1000 == int(stage.clock.now().timestamp() * 1000)
    second = stage.patch(ID, {"summary": "Showing"})
    assert second["etag"] != first["etag"]
    assert second["sequence"] == 0


def test_reminders_move_the_etag_but_not_updated(stage: Stage) -> None:
    first = stage.insert(timed(*NINE, id=ID))
    stage.clock.advance(timedelta(minutes=5))
    body = {"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 5}]}}
    second = stage.patch(ID, body)
    assert second["etag"] != first["etag"]
    assert second["updated"] == first["updated"]


@pytest.mark.parametrize("event_id", ["abcd", "ABCDEF", "wxyzw", "abc_def", "a" * 1025])
def test_an_id_outside_base32hex_is_refused(stage: Stage, event_id: str) -> None:
    body = timed(*NINE, id=event_id)
    assert refusal(stage.call("POST", "/calendars/primary/events", body)) == (400, "invalid")


def test_an_id_once_given_stays_taken_even_after_deletion(stage: Stage) -> None:
    stage.insert(timed(*NINE, id=ID))
    again = stage.call("POST", "/calendars/primary/events", timed(*NINE, id=ID))
    assert refusal(again) == (409, "duplicate")
    assert again.get_json()["error"]["message"] == "The requested identifier already exists."
    assert stage.delete(ID).status_code == 204
    again = stage.call("POST", "/calendars/primary/events", timed(*NINE, id=ID))
    assert refusal(again) == (409, "duplicate")


def test_the_same_id_is_free_on_another_calendar(stage: Stage) -> None:
    stage.book.add_calendar("family@group.calendar.google.com")
    stage.insert(timed(*NINE, id=ID))
    other = stage.insert(timed(*NINE, id=ID), "family@group.calendar.google.com")
    assert other["organizer"]["email"] == "family@group.calendar.google.com"


def test_id_and_ical_uid_do_not_go_together(stage: Stage) -> None:
    body = timed(*NINE, id=ID, iCalUID="elsewhere@crm.example")
    assert refusal(stage.call("POST", "/calendars/primary/events", body)) == (400, "invalid")


def test_delete_answers_nothing_then_gone_and_get_still_shows_it_cancelled(stage: Stage) -> None:
    stage.insert(timed(*NINE, id=ID))
    first = stage.delete(ID)
    assert (first.status_code, first.get_data()) == (204, b"")
    assert refusal(stage.delete(ID)) == (410, "deleted")
    shown = stage.get(ID)
    assert (shown["status"], shown["summary"]) == ("cancelled", "Showing")


def test_what_never_existed_is_not_found(stage: Stage) -> None:
    assert refusal(stage.delete("neverexisted")) == (404, "notFound")
    assert refusal(stage.call("GET", "/calendars/primary/events/neverexisted")) == (404, "notFound")
    assert refusal(stage.call("GET", "/calendars/nobody@x.example/events")) == (404, "notFound")


def test_a_deleted_event_is_restored_by_status_confirmed(stage: Stage) -> None:
    stage.insert(timed(*NINE, id=ID))
    stage.delete(ID)
    assert stage.patch(ID, {"status": "confirmed"})["status"] == "confirmed"
    stage.delete(ID)
    assert stage.update(ID, timed(*NINE))["status"] == "confirmed"


def test_a_restore_can_be_forbidden_as_google_sometimes_does(stage: Stage) -> None:
    stage.insert(timed(*NINE, id=ID))
    stage.delete(ID)
    stage.book.restore_forbidden = True
    answer = stage.call("PATCH", f"/calendars/primary/events/{ID}", {"status": "confirmed"})
    assert refusal(answer) == (403, "forbidden")
    assert stage.get(ID)["status"] == "cancelled"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_stale_if_match_is_412_and_changes_nothing(stage: Stage, method: str) -> None:
    stale = stage.insert(timed(*NINE, id=ID))["etag"]
    fresh = stage.patch(ID, {"summary": "Newer"})["etag"]
    body = None if method == "DELETE" else timed(*NINE, summary="Mine")
    path = f"/calendars/primary/events/{ID}"
    answer = stage.call(method, path, body, headers={"If-Match": stale})
    assert refusal(answer) == (412, "conditionNotMet")
    assert stage.get(ID)["summary"] == "Newer"
    assert stage.call(method, path, body, headers={"If-Match": fresh}).status_code in (200, 204)


def test_a_stale_if_match_on_a_deleted_event_is_412_not_410(stage: Stage) -> None:
    etag = stage.insert(timed(*NINE, id=ID))["etag"]
    stage.delete(ID)
    assert refusal(stage.delete(ID, headers={"If-Match": etag})) == (412, "conditionNotMet")


def test_if_none_match_answers_304_until_something_changed(stage: Stage) -> None:
    etag = stage.insert(timed(*NINE, id=ID))["etag"]
    path = f"/calendars/primary/events/{ID}"
    known = stage.call("GET", path, headers={"If-None-Match": etag})
    assert (known.status_code, known.get_data()) == (304, b"")
    listed = stage.events()["etag"]
    assert (
        stage.call("GET", "/calendars/primary/events", headers={"If-None-Match": listed}).status_code == 304
    )
    stage.patch(ID, {"summary": "Newer"})
    assert stage.call("GET", path, headers={"If-None-Match": etag}).status_code == 200
    assert (
        stage.call("GET", "/calendars/primary/events", headers={"If-None-Match": listed}).status_code == 200
    )


RICH: dict[str, Any] = {
    "location": "12 Maple Street",
    "attendees": [{"email": "guest@example.com"}],
    "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 5}]},
    "extendedProperties": {"private": {"crm": "1", "other": "x"}, "shared": {"s": "1"}},
    "transparency": "transparent",
}


def test_put_clears_what_the_body_omits(stage: Stage) -> None:
    stage.insert(timed(*NINE, id=ID, **RICH))
    shown = stage.update(ID, timed(*NINE, summary="Bare"))
    assert not {"location", "attendees", "extendedProperties", "transparency"} & set(shown)
    assert shown["reminders"] == {"useDefault": True}


def test_put_without_start_or_end_is_refused(stage: Stage) -> None:
    stage.insert(timed(*NINE, id=ID))
    answer = stage.call("PUT", f"/calendars/primary/events/{ID}", {"summary": "No times"})
    assert refusal(answer) == (400, "required")


def test_patch_merges_objects_replaces_lists_and_deletes_by_null(stage: Stage) -> None:
    stage.insert(timed(*NINE, id=ID, **RICH))
    patch = {
        "location": None,
        "attendees": [{"email": "other@example.com"}],
        "extendedProperties": {"private": {"crm": "2", "other": None}},
    }
    shown = stage.patch(ID, patch)
    assert "location" not in shown
    assert [guest["email"] for guest in shown["attendees"]] == ["other@example.com"]
    assert shown["extendedProperties"] == {"private": {"crm": "2"}, "shared": {"s": "1"}}
    assert shown["reminders"] == RICH["reminders"]
    assert shown["transparency"] == "transparent"


def test_patching_a_timed_event_to_a_date_needs_the_old_kind_nulled(stage: Stage) -> None:
    stage.insert(timed(*NINE, id=ID))
    path = f"/calendars/primary/events/{ID}"
    dates = {"start": {"date": "2026-03-05"}, "end": {"date": "2026-03-06"}}
    assert refusal(stage.call("PATCH", path, dates)) == (400, "invalid")
    nulled = {name: {**value, "dateTime": None, "timeZone": None} for name, value in dates.items()}
    assert stage.patch(ID, nulled)["start"] == {"date": "2026-03-05"}


def test_all_day_keeps_its_dates_and_gets_its_reminders_written_out(stage: Stage) -> None:
    shown = stage.insert(all_day("2026-03-08", "2026-03-10", id=ID))
    assert (shown["start"], shown["end"]) == ({"date": "2026-03-08"}, {"date": "2026-03-10"})
    assert shown["reminders"] == {"useDefault": False, "overrides": [{"method": "popup", "minutes": 30}]}
    assert stage.get(ID, timeZone="Asia/Tokyo")["start"] == {"date": "2026-03-08"}


def test_times_are_shown_in_the_calendars_zone_beside_the_events_own(stage: Stage) -> None:
    shown = stage.insert(timed("2026-03-20T09:00:00", "2026-03-20T10:30:00", "Asia/Kathmandu", id=ID))
    assert shown["start"] == {"dateTime": "2026-03-19T23:15:00-04:00", "timeZone": "Asia/Kathmandu"}
    tokyo = stage.get(ID, timeZone="Asia/Tokyo")
    assert tokyo["start"] == {"dateTime": "2026-03-20T12:15:00+09:00", "timeZone": "Asia/Kathmandu"}
    assert stage.get(ID, timeZone="Etc/UTC")["end"]["dateTime"] == "2026-03-20T04:45:00Z"


def test_an_offset_fixes_the_instant_and_the_calendar_lends_its_zone(stage: Stage) -> None:
    body = {
        "start": {"dateTime": "2026-03-20T09:00:00+05:45"},
        "end": {"dateTime": "2026-03-20T10:00:00.5+05:45"},
    }
    shown = stage.insert(body)
    assert shown["start"] == {"dateTime": "2026-03-19T23:15:00-04:00", "timeZone": "America/Toronto"}
    assert shown["end"]["dateTime"] == "2026-03-20T00:15:00-04:00"


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        ({"date": "2026-03-02"}, {"dateTime": "2026-03-02T10:00:00Z"}, "invalid"),
        ({"date": "2026-03-02"}, {"date": "2026-03-02"}, "timeRangeEmpty"),
        ({"date": "2026-02-29"}, {"date": "2026-03-02"}, "invalid"),
        ({"dateTime": "2026-03-02T10:00:00Z"}, {"dateTime": "2026-03-02T09:59:59Z"}, "timeRangeEmpty"),
        ({"dateTime": "2026-03-02T10:00:00"}, {"dateTime": "2026-03-02T11:00:00"}, "required"),
        ({"dateTime": "2026-03-02T25:00:00Z"}, {"dateTime": "2026-03-02T11:00:00Z"}, "invalid"),
        (
            {"dateTime": "2026-03-02T10:00:00", "timeZone": "Mars/Base"},
            {"dateTime": "2026-03-02T11:00:00", "timeZone": "Mars/Base"},
            "invalid",
        ),
        ({"dateTime": "2026-03-02T10:00:00Z", "date": "2026-03-02"}, {"date": "2026-03-03"}, "invalid"),
    ],
)
def test_impossible_times_are_refused(stage: Stage, start: object, end: object, reason: str) -> None:
    answer = stage.call("POST", "/calendars/primary/events", {"start": start, "end": end})
    assert refusal(answer) == (400, reason)


def test_a_zero_length_timed_event_is_allowed(stage: Stage) -> None:
    shown = stage.insert(timed("2026-03-02T09:00:00", "2026-03-02T09:00:00"))
    assert shown["start"] == shown["end"]


def test_sequence_counts_moves_and_guests_but_not_texts_and_refuses_lower_ones(stage: Stage) -> None:
    stage.insert(timed(*NINE, id=ID))
    assert stage.patch(ID, {"summary": "Other"})["sequence"] == 0
    moved = stage.update(ID, timed("2026-03-02T11:00:00", "2026-03-02T12:00:00"))
    assert moved["sequence"] == 1
    assert stage.patch(ID, {"attendees": [{"email": "g@example.com"}]})["sequence"] == 2
    answer = stage.call("PUT", f"/calendars/primary/events/{ID}", timed(*NINE, sequence=1))
    assert refusal(answer) == (400, "invalid")
    assert stage.update(ID, timed(*NINE, sequence=7))["sequence"] == 7


def reminders(*minutes: int, **more: Any) -> dict[str, Any]:
    return {"useDefault": False, "overrides": [{"method": "popup", "minutes": m} for m in minutes], **more}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (reminders(5, useDefault=True), "cannotUseDefaultRemindersAndSpecifyOverride"),
        (reminders(1, 2, 3, 4, 5, 6), "invalid"),
        (reminders(40_321), "invalid"),
        (reminders(-1), "invalid"),
        ({"overrides": [{"method": "sms", "minutes": 5}]}, "invalid"),
    ],
)
def test_reminders_outside_the_rules_are_refused(stage: Stage, value: object, reason: str) -> None:
    answer = stage.call("POST", "/calendars/primary/events", timed(*NINE, reminders=value))
    assert refusal(answer) == (400, reason)


def test_five_reminders_up_to_four_weeks_are_kept(stage: Stage) -> None:
    wanted = reminders(0, 5, 10, 60, 40_320)
    assert stage.insert(timed(*NINE, reminders=wanted))["reminders"] == wanted


@pytest.mark.parametrize(
    "properties",
    [
        {"private": {"k" * 45: "v"}},
        {"shared": {"k": "v" * 1025}},
        {"private": {f"k{n}": "v" for n in range(301)}},
        {"private": {f"k{n}": "v" * 1000 for n in range(34)}},
    ],
)
def test_extended_properties_over_a_limit_are_refused(stage: Stage, properties: object) -> None:
    answer = stage.call("POST", "/calendars/primary/events", timed(*NINE, extendedProperties=properties))
    assert refusal(answer) == (400, "invalid")


def test_conference_data_is_ignored_without_its_version_and_kept_by_writes_that_do_not_know_it(
    stage: Stage,
) -> None:
    request = {"requestId": "r1", "conferenceSolutionKey": {"type": "hangoutsMeet"}}
    body = timed(*NINE, id=ID, conferenceData={"createRequest": request})
    assert "conferenceData" not in stage.insert(body)
    made = stage.update(ID, body, conferenceDataVersion=1)
    assert made["conferenceData"]["createRequest"]["status"] == {"statusCode": "success"}
    assert made["hangoutLink"] == made["conferenceData"]["entryPoints"][0]["uri"]
    assert stage.update(ID, timed(*NINE))["hangoutLink"] == made["hangoutLink"]
    assert "conferenceData" not in stage.update(ID, timed(*NINE), conferenceDataVersion=1)


def test_attachments_need_supports_attachments(stage: Stage) -> None:
    files = [{"fileUrl": "https://drive.example/a", "title": "Plan"}]
    assert "attachments" not in stage.insert(timed(*NINE, id=ID, attachments=files))
    assert stage.patch(ID, {"attachments": files}, supportsAttachments=True)["attachments"] == files
    assert stage.update(ID, timed(*NINE))["attachments"] == files


def test_with_label_version_1_an_absent_label_is_removed_and_the_colour_left(stage: Stage) -> None:
    stage.insert(timed(*NINE, id=ID, colorId="5"))
    assert stage.patch(ID, {"eventLabelId": "label1"}, eventLabelVersion=1)["eventLabelId"] == "label1"
    assert stage.patch(ID, {"summary": "Old client"})["eventLabelId"] == "label1"
    without = stage.patch(ID, {"summary": "New client"}, eventLabelVersion=1)
    assert "eventLabelId" not in without
    assert without["colorId"] == "5"


@pytest.mark.parametrize(
    "bad",
    [
        {"visibility": "secret"},
        {"transparency": "glass"},
        {"colorId": "12"},
        {"status": "maybe"},
        {"attendees": [{"displayName": "No address"}]},
        {"attendees": [{"email": "not an address"}]},
        {"attendees": [{"email": "g@example.com", "responseStatus": "perhaps"}]},
        {"source": {"url": "javascript:alert(1)"}},
        {"eventType": "party"},
    ],
)
def test_values_outside_their_choices_are_refused(stage: Stage, bad: dict[str, Any]) -> None:
    answer = stage.call("POST", "/calendars/primary/events", timed(*NINE, **bad))
    assert refusal(answer) == (400, "invalid")


def test_unknown_fields_parameters_and_wrong_types_are_refused_as_by_the_discovery_document(
    stage: Stage,
) -> None:
    path = "/calendars/primary/events"
    assert stage.call("POST", path, timed(*NINE, colour="red")).status_code == 400
    assert stage.call("POST", path, timed(*NINE, sequence="three")).status_code == 400
    assert stage.call("GET", path, maxResults="0").status_code == 400
    assert stage.call("GET", path, unheardOf="1").status_code == 400
    assert stage.call("POST", path, timed(*NINE), sendUpdates="everyone").status_code == 400


def test_hostile_texts_come_back_unchanged(stage: Stage) -> None:
    text = "<script>alert(1)</script> =cmd|' \u202etxt\u202c 🏡 " + "x" * 10_000
    shown = stage.insert(timed(*NINE, id=ID, summary=text, description=text, location=text))
    assert shown["summary"] == shown["description"] == shown["location"] == text
    assert stage.events()["items"][0]["summary"] == text


def test_visibility_transparency_and_tentative_are_kept(stage: Stage) -> None:
    chosen = {"visibility": "confidential", "transparency": "transparent", "status": "tentative"}
    shown = stage.insert(timed(*NINE, **chosen))
    assert {name: shown[name] for name in chosen} == chosen


def test_the_fields_parameter_answers_only_what_it_names(stage: Stage) -> None:
    stage.insert(timed(*NINE, id=ID))
    assert set(stage.get(ID, fields="id,start/dateTime")) == {"id", "start"}
    page = stage.events(fields="items(id,etag),nextSyncToken")
    assert set(page) == {"items", "nextSyncToken"}
    assert set(page["items"][0]) == {"id", "etag"}
    assert stage.events(fields="timeZone") == {"timeZone": "America/Toronto"}


def test_move_hands_the_event_to_the_other_calendar_under_the_same_id(stage: Stage) -> None:
    family = "family@group.calendar.google.com"
    stage.book.add_calendar(family, summary="Family")
    stage.insert(timed(*NINE, id=ID, extendedProperties={"private": {"a": "1"}, "shared": {"b": "2"}}))
    moved = good(stage.call("POST", f"/calendars/primary/events/{ID}/move", destination=family))
    assert moved["organizer"] == {"email": family, "displayName": "Family", "self": True}
    assert moved["extendedProperties"] == {"shared": {"b": "2"}}
    assert stage.get(ID)["status"] == "cancelled"
    again = stage.call("POST", f"/calendars/primary/events/{ID}/move", destination=family)
    assert refusal(again) == (404, "notFound")


def test_import_keeps_the_ical_uid_mails_nobody_and_is_a_private_copy(stage: Stage) -> None:
    body = timed(
        *NINE,
        iCalUID="meeting-1@elsewhere.example",
        organizer={"email": "boss@elsewhere.example", "displayName": "The Boss"},
        attendees=[{"email": ANN}, {"email": "boss@elsewhere.example"}],
    )
    shown = good(stage.call("POST", "/calendars/primary/events/import", body))
    assert shown["iCalUID"] == "meeting-1@elsewhere.example"
    assert shown["privateCopy"] is True
    assert shown["id"].startswith("_")
    assert shown["organizer"] == {"email": "boss@elsewhere.example", "displayName": "The Boss"}
    again = good(stage.call("POST", "/calendars/primary/events/import", {**body, "summary": "Moved"}))
    assert (again["id"], again["summary"]) == (shown["id"], "Moved")
    assert stage.book.outbox.mails == []
    without = {name: value for name, value in body.items() if name != "iCalUID"}
    assert refusal(stage.call("POST", "/calendars/primary/events/import", without)) == (400, "required")


def test_an_unsimulated_method_says_so_and_an_unknown_path_is_not_found(stage: Stage) -> None:
    reader = stage.token_for(ANN, ["https://www.googleapis.com/auth/calendar.readonly"])
    assert stage.call("GET", "/colors", token=reader).status_code == 501
    assert stage.call("GET", "/nowhere/at/all").status_code == 404


def test_putting_back_what_was_read_changes_nothing_but_etag_and_updated(stage: Stage) -> None:
    lines = ["RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;TZID=Asia/Kathmandu:20260327T090000"]
    zoned = ("2026-03-20T09:00:00", "2026-03-20T10:30:00", "Asia/Kathmandu")
    link = {"title": "CRM", "url": "https://crm.example/1"}
    source: dict[str, Any] = {"source": link, "guestsCanInviteOthers": False}
    bodies: list[dict[str, Any]] = [
        {**timed(*zoned), **RICH, **source, "colorId": "5", "status": "tentative"},
        {**timed(*zoned), "recurrence": lines},
        all_day("2026-03-08", "2026-03-10", visibility="private"),
        {**all_day("2026-03-08", "2026-03-09"), "eventType": "birthday", "recurrence": ["RRULE:FREQ=YEARLY"]},
    ]
    made = [stage.insert(body) for body in bodies]
    occurrence = stage.book.instance_id(made[1]["id"], "2026-04-03T09:00:00+05:45")
    for event in [*made, stage.patch(occurrence, {"summary": "Once"})]:
        path = f"/calendars/primary/events/{event['id']}"
        again = good(stage.call("PUT", path, event, headers={"If-Match": event["etag"]}))
        assert {**again, "etag": 0, "updated": 0} == {**event, "etag": 0, "updated": 0}
        assert again["etag"] != event["etag"]
