"""Push channels: what Google sends, to whom, and what it gives up on."""

from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from local.google.calendar.push import MOST_ATTEMPTS, Notification
from tests.local.google.calendar.stage import ANN, START, Stage, good, refusal, timed

WATCH = "/calendars/primary/events/watch"
NINE = ("2026-03-02T09:00:00", "2026-03-02T10:00:00")
CHANNEL = {
    "id": "4ba78bf0-6a47-11e2-bcfd-0800200c9a66",
    "type": "web_hook",
    "address": "https://crm.example/hooks/calendar",
    "token": "user=7&secret=x",
}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def watch(stage: Stage, **more: Any) -> TestResponse:
    body = {name: value for name, value in {**CHANNEL, **more}.items() if value is not None}
    return stage.call("POST", WATCH, body)


def stop(stage: Stage, channel: dict[str, Any], **more: Any) -> TestResponse:
    body = {"id": channel["id"], "resourceId": channel["resourceId"]}
    return stage.call("POST", "/channels/stop", body, **more)


def states(stage: Stage) -> list[str]:
    return [sent.state for sent in stage.sent]


def deliver(stage: Stage) -> list[Notification]:
    before = len(stage.sent)
    stage.world.push.deliver_due()
    return stage.sent[before:]


def test_a_watch_answers_the_channel_with_expiration_as_text(stage: Stage) -> None:
    channel = good(watch(stage))
    expires = int((START + timedelta(days=7)).timestamp() * 1000)
    assert channel["expiration"] == str(expires)
    assert channel["kind"] == "api#channel"
    assert (channel["id"], channel["token"]) == (CHANNEL["id"], CHANNEL["token"])
    assert channel["resourceUri"].startswith("https://www.googleapis.com/calendar/v3/calendars/")
    assert channel["resourceId"] == good(watch(stage, id="another"))["resourceId"]


def test_the_sync_message_comes_first_with_number_1_and_exactly_googles_headers(stage: Stage) -> None:
    channel = good(watch(stage))
    (message,) = deliver(stage)
    assert message.address == CHANNEL["address"]
    assert dict(message.headers) == {
        "Content-Length": "0",
        "Content-Type": "application/json; charset=UTF-8",
        "User-Agent": "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
        "X-Goog-Channel-ID": CHANNEL["id"],
        "X-Goog-Channel-Expiration": "Mon, 09 Mar 2026 15:00:00 GMT",
        "X-Goog-Channel-Token": CHANNEL["token"],
        "X-Goog-Message-Number": "1",
        "X-Goog-Resource-ID": channel["resourceId"],
        "X-Goog-Resource-State": "sync",
        "X-Goog-Resource-URI": channel["resourceUri"],
    }


def test_a_channel_without_token_sends_none(stage: Stage) -> None:
    channel = good(watch(stage, token=None))
    assert "token" not in channel
    (message,) = deliver(stage)
    assert "X-Goog-Channel-Token" not in message.headers


def test_every_change_says_exists_with_numbers_that_rise_but_skip(stage: Stage) -> None:
    good(watch(stage))
    deliver(stage)
    event = stage.insert(timed(*NINE))
    deliver(stage)
    stage.patch(event["id"], {"summary": "Changed"})
    deliver(stage)
    stage.delete(event["id"])
    deliver(stage)
    assert states(stage) == ["sync", "exists", "exists", "exists"]
    numbers = [int(sent.headers["X-Goog-Message-Number"]) for sent in stage.sent]
    assert numbers == sorted(set(numbers))
    assert numbers != list(range(1, 5))


def test_changes_by_hand_notify_too_and_own_writes_do_as_well(stage: Stage) -> None:
    good(watch(stage))
    deliver(stage)
    stage.book.phone_create(timed(*NINE))
    assert [message.state for message in deliver(stage)] == ["exists"]


def test_a_burst_adds_no_message_to_one_that_waits_unless_asked_for(stage: Stage) -> None:
    good(watch(stage))
    deliver(stage)
    for _ in range(5):
        stage.insert(timed(*NINE))
    assert len(deliver(stage)) == 1
    stage.world.push.coalesce = False
    for _ in range(5):
        stage.insert(timed(*NINE))
    assert len(deliver(stage)) == 5


def test_another_calendar_and_another_account_do_not_notify(stage: Stage) -> None:
    good(watch(stage))
    deliver(stage)
    stage.book.add_calendar("family@group.calendar.google.com")
    stage.insert(timed(*NINE), "family@group.calendar.google.com")
    stage.world.add_account("bob@gmail.example").calendars.phone_create(timed(*NINE))
    assert deliver(stage) == []


def test_overlapping_channels_both_notify(stage: Stage) -> None:
    good(watch(stage))
    good(watch(stage, id="renewal"))
    deliver(stage)
    stage.insert(timed(*NINE))
    assert {message.channel_id for message in deliver(stage)} == {CHANNEL["id"], "renewal"}


def test_messages_can_be_dropped_and_doubled_on_demand(stage: Stage) -> None:
    good(watch(stage))
    deliver(stage)
    stage.world.push.drop_next = 1
    stage.insert(timed(*NINE))
    assert deliver(stage) == []
    stage.world.push.duplicate_next = 1
    stage.insert(timed(*NINE))
    first, second = deliver(stage)
    assert first is second
    assert [delivery.status for delivery in stage.world.push.deliveries] == [200, -1, 200, 200]


def test_messages_can_be_delayed(stage: Stage) -> None:
    stage.world.push.delay = 30
    good(watch(stage))
    assert deliver(stage) == []
    stage.seconds = 30
    assert [message.state for message in deliver(stage)] == ["sync"]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_these_answers_are_retried_with_growing_pauses(stage: Stage, status: int) -> None:
    stage.status = status
    good(watch(stage))
    times: list[float] = []
    while len(times) < MOST_ATTEMPTS + 1 and stage.seconds < 1000:
        times += [stage.seconds] * len(deliver(stage))
        stage.seconds += 1
    assert times == [0, 1, 3, 7, 15, 31]
    assert len({sent.headers["X-Goog-Message-Number"] for sent in stage.sent}) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 102, 301, 400, 404, 429, 501, 0])
def test_any_other_answer_is_not_retried(stage: Stage, status: int) -> None:
    stage.status = status
    good(watch(stage))
    deliver(stage)
    stage.seconds = 1000
    assert deliver(stage) == []


def test_a_channel_dies_at_its_expiry_without_a_word(stage: Stage) -> None:
    channel = good(watch(stage, expiration=str(int((START + timedelta(hours=1)).timestamp() * 1000))))
    deliver(stage)
    stage.clock.advance(timedelta(minutes=59))
    stage.insert(timed(*NINE))
    assert len(deliver(stage)) == 1
    stage.clock.advance(timedelta(minutes=1))
    stage.token = stage.token_for(ANN)
    stage.insert(timed(*NINE))
    assert deliver(stage) == []
    assert refusal(stop(stage, channel)) == (404, "channelNotFound")


def test_the_shortest_of_what_is_asked_and_what_is_allowed_wins(stage: Stage) -> None:
    def life(**more: Any) -> float:
        answer = good(watch(stage, **more))
        return round(int(answer["expiration"]) / 1000 - START.timestamp())

    assert life(id="a", params={"ttl": "3600"}) == 3600
    assert life(id="b", params={"ttl": "99999999"}) == 604_800
    assert life(id="c", expiration=int((START.timestamp() + 60) * 1000), params={"ttl": "3600"}) == 60
    stage.world.push.longest_life = timedelta(seconds=30)
    assert life(id="d") == 30


def test_stop_ends_a_channel_once(stage: Stage) -> None:
    channel = good(watch(stage))
    deliver(stage)
    answer = stop(stage, channel)
    assert (answer.status_code, answer.get_data()) == (204, b"")
    stage.insert(timed(*NINE))
    assert deliver(stage) == []
    assert refusal(stop(stage, channel)) == (404, "channelNotFound")


def test_only_its_creator_can_stop_a_channel(stage: Stage) -> None:
    channel = good(watch(stage))
    stage.world.register_client("other", "secret", ["http://127.0.0.1/other"])
    stage.world.add_account("bob@gmail.example")
    other_client = stage.token_for(ANN, client="other")
    other_user = stage.token_for("bob@gmail.example")
    assert refusal(stop(stage, channel, token=other_client)) == (404, "channelNotFound")
    assert refusal(stop(stage, channel, token=other_user)) == (404, "channelNotFound")
    wrong = {**channel, "resourceId": "wrong"}
    assert refusal(stop(stage, wrong)) == (404, "channelNotFound")
    assert refusal(stop(stage, {"id": "unknown", "resourceId": "x"})) == (404, "channelNotFound")
    assert stop(stage, channel).status_code == 204


def test_a_channel_outlives_the_grant_and_cannot_be_stopped_then(stage: Stage) -> None:
    channel = good(watch(stage))
    deliver(stage)
    stage.world.grants.revoke(stage.account.sub)
    assert stop(stage, channel).status_code == 401
    stage.book.phone_create(timed(*NINE))
    assert [message.state for message in deliver(stage)] == ["exists"]


def test_a_channel_id_is_never_given_twice(stage: Stage) -> None:
    channel = good(watch(stage))
    assert refusal(watch(stage)) == (400, "channelIdNotUnique")
    stop(stage, channel)
    assert refusal(watch(stage)) == (400, "channelIdNotUnique")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"id": None}, "required"),
        ({"id": "x" * 65}, "invalid"),
        ({"type": "email"}, "push.unknownChannelType"),
        ({"token": "x" * 257}, "push.channelTokenTooLong"),
        ({"token": "line\r\nX-Evil: 1"}, "invalid"),
        ({"address": None}, "push.webhookUrlNotHttps"),
        ({"address": "http://crm.example/hooks"}, "push.webhookUrlNotHttps"),
        ({"address": "ftp://127.0.0.1/hooks"}, "push.webhookUrlNotHttps"),
        ({"address": "http://[bad/hooks"}, "invalid"),
        ({"expiration": "1"}, "invalid"),
        ({"params": {"ttl": "soon"}}, "invalid"),
    ],
)
def test_a_watch_google_would_not_set_up_is_refused(stage: Stage, more: dict[str, Any], reason: str) -> None:
    assert refusal(watch(stage, **more)) == (400, reason)
    assert stage.world.push.channels() == []


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:1", "[::1]:9"])
def test_plain_http_is_allowed_for_loopback_only(stage: Stage, host: str) -> None:
    assert watch(stage, address=f"http://{host}/hooks").status_code == 200


def test_watching_needs_a_calendar_that_is_there(stage: Stage) -> None:
    answer = stage.call("POST", "/calendars/nobody@x.example/events/watch", CHANNEL)
    assert refusal(answer) == (404, "notFound")


def test_a_calendar_that_goes_says_not_exists(stage: Stage) -> None:
    family = "family@group.calendar.google.com"
    stage.book.add_calendar(family)
    good(stage.call("POST", f"/calendars/{family}/events/watch", CHANNEL))
    deliver(stage)
    stage.book.remove_calendar(family)
    assert [message.state for message in deliver(stage)] == ["not_exists"]
