"""The calendar's hand as JSON, for tests that drive the simulation from outside."""

from typing import Any

import pytest

from tests.local.google.calendar.stage import ANN, Stage, all_day, timed, weekly


@pytest.fixture
def stage() -> Stage:
    return Stage(pages=True)


def gesture(stage: Stage, name: str, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = stage.client.post(f"/_control/calendar/{name}", json={"account": ANN, **body})
    assert answer.status_code == status, answer.get_data(as_text=True)
    shown = answer.get_json()
    assert isinstance(shown, dict)
    return shown


def look(stage: Stage, what: str) -> Any:
    answer = stage.client.get(f"/_control/calendar/{what}", query_string={"account": ANN})
    assert answer.status_code == 200
    return answer.get_json()[what]


def test_every_gesture_of_the_phone_can_be_made_from_outside(stage: Stage) -> None:
    made = gesture(stage, "create", event=all_day("2026-03-05", "2026-03-06"))["id"]
    assert gesture(stage, "edit", id=made, event={"summary": "Edited"})["summary"] == "Edited"
    gesture(stage, "delete", id=made)
    assert gesture(stage, "restore", id=made)["status"] == "confirmed"
    series = gesture(stage, "create", event=weekly(id="series"))["id"]
    times = timed("2026-03-10T09:00:00", "2026-03-10T10:00:00")
    moved = gesture(stage, "move-instance", id=f"{series}_20260309T130000Z", event=times)
    assert moved["start"]["dateTime"] == "2026-03-10T09:00:00-04:00"
    gesture(stage, "cancel-instance", id=f"{series}_20260316T130000Z")
    late = f"{series}_20260330T130000Z"
    assert gesture(stage, "split-series", id=late, event={"summary": "New"})["summary"] == "New"
    gesture(stage, "end-series", id=f"{series}_20260413T130000Z")
    invited = gesture(stage, "invite", organizer={"email": "boss@elsewhere.example"}, event=times)
    assert invited["organizer"] == {"email": "boss@elsewhere.example"}
    guests = {"attendees": [{"email": "g@example.com"}]}
    own = gesture(stage, "create", event={**times, **guests})["id"]
    answered = gesture(stage, "answer", id=own, email="g@example.com", response="declined")
    assert answered["attendees"][0]["responseStatus"] == "declined"
    assert {event["id"] for event in look(stage, "events")} >= {made, series, own}


def test_mails_and_channels_can_be_looked_at_without_the_channels_token(stage: Stage) -> None:
    body = {"id": "channel-1", "type": "web_hook", "address": "https://crm.example/h", "token": "secret"}
    stage.call("POST", "/calendars/primary/events/watch", body)
    (channel,) = look(stage, "channels")
    assert (channel["id"], channel["calendar"]) == ("channel-1", ANN)
    assert "secret" not in str(channel)
    times = timed("2026-03-05T09:00:00", "2026-03-05T10:00:00", attendees=[{"email": "g@example.com"}])
    stage.insert(times, sendUpdates="all")
    (mail,) = look(stage, "mails")
    assert (mail["kind"], mail["to"]) == ("invitation", ["g@example.com"])


def test_what_is_unknown_missing_or_refused_is_told(stage: Stage) -> None:
    gesture(stage, "dance", 404)
    gesture(stage, "create", 400)
    gesture(stage, "create", 400, account="nobody@x.example", event={})
    gesture(stage, "delete", 404, id="nosuch")
    assert gesture(stage, "create", 400, event={"summary": "No times"})["error"]["code"] == 400
    assert stage.client.get("/_control/calendar/secrets", query_string={"account": ANN}).status_code == 404
    assert stage.client.get("/_control/calendar/events").status_code == 400
    unknown = {"account": ANN, "calendar": "nobody@x.example"}
    assert stage.client.get("/_control/calendar/events", query_string=unknown).status_code == 404
