"""Who may do what: scopes, roles, guests and organisers, mails, quota, faults."""

from datetime import timedelta
from typing import Any

import pytest

from local.google.faults import GOOGLE_QUOTAS, Fault
from tests.local.google.calendar.stage import ANN, EVENTS, LISTS, METADATA, Stage, good, refusal, timed

LIST = "/calendars/primary/events"
NINE = ("2026-03-02T09:00:00", "2026-03-02T10:00:00")
HOLIDAYS = "en.canadian#holiday@group.v.calendar.google.com"
BOSS = {"email": "boss@elsewhere.example", "displayName": "The Boss"}
AUTH = "https://www.googleapis.com/auth/"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_no_token_and_a_dead_token_are_401_in_calendars_words(stage: Stage) -> None:
    assert stage.client.get("/calendar/v3" + LIST).status_code == 401
    answer = stage.call("GET", LIST, token="made-up")
    assert refusal(answer) == (401, "authError")


def test_the_events_scope_reaches_events_but_not_the_calendar_list(stage: Stage) -> None:
    token = stage.token_for(ANN, [EVENTS])
    assert stage.call("GET", LIST, token=token).status_code == 200
    for path in ("/users/me/calendarList", "/users/me/calendarList/primary", "/calendars/primary"):
        assert refusal(stage.call("GET", path, token=token)) == (403, "insufficientPermissions")
    lists = stage.token_for(ANN, [LISTS, METADATA])
    assert stage.call("GET", "/users/me/calendarList", token=lists).status_code == 200
    assert stage.call("GET", "/calendars/primary", token=lists).status_code == 200
    assert refusal(stage.call("GET", LIST, token=lists)) == (403, "insufficientPermissions")


def test_a_reading_scope_does_not_write(stage: Stage) -> None:
    token = stage.token_for(ANN, [f"{AUTH}calendar.events.readonly"])
    assert stage.call("GET", LIST, token=token).status_code == 200
    assert refusal(stage.call("POST", LIST, timed(*NINE), token=token)) == (403, "insufficientPermissions")


def test_the_owned_scope_reaches_only_calendars_of_ones_own(stage: Stage) -> None:
    stage.book.add_calendar(HOLIDAYS, access_role="reader")
    token = stage.token_for(ANN, [f"{AUTH}calendar.events.owned"])
    assert stage.call("POST", LIST, timed(*NINE), token=token).status_code == 200
    path = f"/calendars/{HOLIDAYS.replace('#', '%23')}/events"
    assert refusal(stage.call("GET", path, token=token)) == (403, "forbidden")


@pytest.mark.parametrize("role", ["freeBusyReader", "reader"])
def test_writing_to_a_calendar_one_may_only_read_is_refused(stage: Stage, role: str) -> None:
    stage.book.add_calendar("team@group.calendar.google.com", access_role=role)
    event = stage.book.phone_create(timed(*NINE), "team@group.calendar.google.com")
    base = "/calendars/team@group.calendar.google.com/events"
    for method, path, body in (
        ("POST", base, timed(*NINE)),
        ("PUT", f"{base}/{event['id']}", timed(*NINE)),
        ("PATCH", f"{base}/{event['id']}", {"summary": "x"}),
        ("DELETE", f"{base}/{event['id']}", None),
    ):
        assert refusal(stage.call(method, path, body)) == (403, "requiredAccessLevel")


def test_a_reader_sees_that_a_private_event_is_there_but_not_what_it_is(stage: Stage) -> None:
    team = "team@group.calendar.google.com"
    stage.book.add_calendar(team, access_role="reader")
    stage.book.phone_create(timed(*NINE, visibility="private", location="Clinic"), team)
    stage.book.phone_create(timed(*NINE, location="Office"), team)
    private, public = stage.events(team)["items"]
    assert not {"summary", "location"} & set(private)
    assert private["start"]["dateTime"] == "2026-03-02T09:00:00-05:00"
    assert public["location"] == "Office"
    stage.book.change_access(team, "freeBusyReader")
    assert all("summary" not in event for event in stage.events(team)["items"])


def test_a_writer_without_private_access_writes_but_not_to_private_events(stage: Stage) -> None:
    team = "team@group.calendar.google.com"
    stage.book.add_calendar(team, access_role="writerWithoutPrivateAccess")
    private = stage.book.phone_create(timed(*NINE, visibility="private", location="Clinic"), team)
    public = stage.insert(timed(*NINE, location="Office"), team)
    path = f"/calendars/{team}/events"
    assert "location" not in stage.events(team)["items"][0]
    assert good(stage.call("PATCH", f"{path}/{public['id']}", {"summary": "x"}))["location"] == "Office"
    refused = stage.call("PATCH", f"{path}/{private['id']}", {"summary": "x"})
    assert refusal(refused) == (403, "requiredAccessLevel")
    stage.book.change_access(team, "owner")
    assert stage.events(team)["items"][0]["location"] == "Clinic"


def test_the_calendar_list_has_pages_roles_and_the_primary_under_its_address(stage: Stage) -> None:
    stage.book.add_calendar(HOLIDAYS, access_role="reader", summary="Holidays in Canada")
    page = good(stage.call("GET", "/users/me/calendarList"))
    primary, holidays = page["items"]
    assert (primary["id"], primary["primary"], primary["accessRole"]) == (ANN, True, "owner")
    assert (holidays["id"], holidays["accessRole"], "primary" in holidays) == (HOLIDAYS, "reader", False)
    first = good(stage.call("GET", "/users/me/calendarList", maxResults=1))
    assert "nextSyncToken" not in first
    rest = good(stage.call("GET", "/users/me/calendarList", maxResults=1, pageToken=first["nextPageToken"]))
    assert [item["id"] for item in rest["items"]] == [HOLIDAYS]
    writable = good(stage.call("GET", "/users/me/calendarList", minAccessRole="writer"))
    assert [item["id"] for item in writable["items"]] == [ANN]
    assert good(stage.call("GET", "/users/me/calendarList/primary")) == primary
    assert good(stage.call("GET", "/calendars/primary"))["timeZone"] == "America/Toronto"


def test_the_calendar_list_tells_changes_by_token_and_forgets_by_410(stage: Stage) -> None:
    path = "/users/me/calendarList"
    token = good(stage.call("GET", path))["nextSyncToken"]
    assert good(stage.call("GET", path, syncToken=token))["items"] == []
    stage.book.add_calendar("new@group.calendar.google.com")
    delta = good(stage.call("GET", path, syncToken=token))
    assert [item["id"] for item in delta["items"]] == ["new@group.calendar.google.com"]
    stage.book.remove_calendar("new@group.calendar.google.com")
    gone = good(stage.call("GET", path, syncToken=delta["nextSyncToken"]))["items"]
    assert [(item["id"], item["deleted"]) for item in gone] == [("new@group.calendar.google.com", True)]
    assert refusal(stage.call("GET", "/calendars/new@group.calendar.google.com/events")) == (404, "notFound")
    assert refusal(stage.call("GET", path, syncToken="made-up")) == (400, "invalid")
    assert refusal(stage.call("GET", path, syncToken=token, minAccessRole="owner")) == (400, "badRequest")
    stage.book.expire_sync_tokens()
    assert refusal(stage.call("GET", path, syncToken=token)) == (410, "fullSyncRequired")


def test_nobody_is_mailed_unless_the_call_asks_for_it(stage: Stage) -> None:
    guests = [{"email": "g@example.com"}]
    event = stage.insert(timed(*NINE, attendees=guests))
    stage.patch(event["id"], {"summary": "Changed"})
    stage.patch(event["id"], {"summary": "Changed again"}, sendUpdates="none")
    stage.delete(event["id"])
    assert stage.book.outbox.mails == []


def test_send_updates_in_the_body_is_unknown(stage: Stage) -> None:
    answer = stage.call("POST", LIST, timed(*NINE, sendUpdates="all"))
    assert answer.status_code == 400


def test_send_updates_invites_updates_and_cancels(stage: Stage) -> None:
    one, two = {"email": "One@example.com"}, {"email": "two@example.com"}
    event = stage.insert(timed(*NINE, attendees=[one, {"email": ANN}]), sendUpdates="all")
    stage.patch(event["id"], {"attendees": [two, one]}, sendUpdates="all")
    stage.patch(event["id"], {"attendees": [two]}, sendNotifications=True)
    stage.delete(event["id"], sendUpdates="all")
    assert [(mail.kind, mail.to) for mail in stage.book.outbox.mails] == [
        ("invitation", ("one@example.com",)),
        ("invitation", ("two@example.com",)),
        ("update", ("one@example.com",)),
        ("update", ("two@example.com",)),
        ("cancellation", ("one@example.com",)),
        ("cancellation", ("two@example.com",)),
    ]


def test_external_only_leaves_out_the_accounts_own_domain(stage: Stage) -> None:
    guests = [{"email": "colleague@gmail.example"}, {"email": "client@example.com"}]
    stage.insert(timed(*NINE, attendees=guests), sendUpdates="externalOnly")
    assert [mail.to for mail in stage.book.outbox.mails] == [("client@example.com",)]


def test_a_guest_list_is_replaced_as_a_whole_by_its_organiser(stage: Stage) -> None:
    both = [
        {"email": "a@example.com"},
        {"email": "b@example.com"},
        {"email": ANN, "responseStatus": "accepted"},
    ]
    event = stage.insert(timed(*NINE, attendees=both))
    assert event["attendees"][2] == {
        "email": ANN,
        "organizer": True,
        "self": True,
        "responseStatus": "accepted",
    }
    only = stage.patch(event["id"], {"attendees": [{"email": "b@example.com"}]})["attendees"]
    assert [guest["email"] for guest in only] == ["b@example.com"]


def test_a_cut_guest_list_says_so_and_must_not_be_written_back(stage: Stage) -> None:
    guests = [{"email": f"g{n}@example.com"} for n in range(5)] + [{"email": ANN}]
    event = stage.insert(timed(*NINE, attendees=guests))
    cut = stage.get(event["id"], maxAttendees=3)
    assert cut["attendeesOmitted"] is True
    assert [guest["email"] for guest in cut["attendees"]] == [ANN]
    assert "attendeesOmitted" not in stage.get(event["id"], maxAttendees=6)
    answered = [{"email": ANN, "responseStatus": "declined"}]
    stage.patch(event["id"], {"attendees": answered, "attendeesOmitted": True})
    assert len(stage.get(event["id"])["attendees"]) == 6
    stage.patch(event["id"], {"attendees": answered})
    assert len(stage.get(event["id"])["attendees"]) == 1


def invitation(stage: Stage, **more: Any) -> dict[str, Any]:
    return stage.book.guest_invites(BOSS, timed(*NINE, attendees=[{"email": "other@example.com"}], **more))


def test_a_guest_answers_with_one_entry_and_the_others_stay(stage: Stage) -> None:
    event = invitation(stage)
    assert (event["organizer"], event["creator"]["email"]) == (BOSS, ANN)
    answer = [{"email": ANN, "responseStatus": "tentative", "comment": "may be late"}]
    shown = stage.patch(event["id"], {"attendees": answer}, sendUpdates="all")
    responses = {guest["email"]: guest["responseStatus"] for guest in shown["attendees"]}
    assert responses == {
        "other@example.com": "needsAction",
        ANN: "tentative",
        "boss@elsewhere.example": "accepted",
    }
    assert [(mail.kind, mail.to) for mail in stage.book.outbox.mails] == [("response", (BOSS["email"],))]


def test_a_guest_may_not_change_what_all_share_but_may_set_reminders(stage: Stage) -> None:
    event = invitation(stage)
    for change in (
        {"summary": "Mine"},
        {"location": "Mine"},
        {"start": {"dateTime": "2026-03-02T09:30:00-05:00"}},
    ):
        answer = stage.call("PATCH", f"{LIST}/{event['id']}", change)
        assert refusal(answer) == (403, "forbiddenForNonOrganizer")
    own = {"reminders": {"useDefault": False}, "extendedProperties": {"private": {"crm": "1"}}}
    shown = stage.patch(event["id"], own)
    assert {name: shown[name] for name in own} == own


def test_a_guest_may_change_it_when_the_organiser_lets_guests(stage: Stage) -> None:
    event = invitation(stage, guestsCanModify=True)
    assert stage.patch(event["id"], {"summary": "Ours"})["summary"] == "Ours"


def test_guests_answers_arrive_as_changes(stage: Stage) -> None:
    event = stage.insert(timed(*NINE, attendees=[{"email": "g@example.com"}]))
    token = stage.events()["nextSyncToken"]
    stage.book.guest_answers(event["id"], "g@example.com", "declined")
    (changed,) = stage.events(syncToken=token)["items"]
    assert changed["attendees"] == [{"email": "g@example.com", "responseStatus": "declined"}]


def test_over_quota_is_a_403_with_its_reason_and_a_patch_costs_three(stage: Stage) -> None:
    assert GOOGLE_QUOTAS["calendar.user"] == 600
    event = stage.insert(timed(*NINE))
    stage.world.controls.quotas["calendar.user"] = 8
    stage.patch(event["id"], {"summary": "3 units"})
    stage.patch(event["id"], {"summary": "6 units"})
    answer = stage.call("PATCH", f"{LIST}/{event['id']}", {"summary": "9 units"})
    assert refusal(answer) == (403, "userRateLimitExceeded")
    assert answer.get_json()["error"]["errors"][0]["domain"] == "usageLimits"
    assert stage.get(event["id"])["summary"] == "6 units"
    stage.book.quota_status = 429
    assert refusal(stage.call("GET", LIST)) == (429, "rateLimitExceeded")
    stage.clock.advance(timedelta(seconds=61))
    assert stage.call("GET", LIST).status_code == 200


def test_a_fault_after_the_effect_leaves_the_effect(stage: Stage) -> None:
    stage.world.controls.plan(Fault("calendar.events.insert", when="after", status=503))
    answer = stage.call("POST", LIST, timed(*NINE, id="abcde"))
    assert refusal(answer) == (503, "backendError")
    assert stage.get("abcde")["status"] == "confirmed"
    again = stage.call("POST", LIST, timed(*NINE, id="abcde"))
    assert refusal(again) == (409, "duplicate")


def test_a_fault_before_the_effect_leaves_nothing(stage: Stage) -> None:
    fault = Fault("calendar.events.insert", status=403, reason="rateLimitExceeded", message="Slow down.")
    stage.world.controls.plan(fault)
    assert refusal(stage.call("POST", LIST, timed(*NINE, id="abcde"))) == (403, "rateLimitExceeded")
    assert stage.events()["items"] == []
