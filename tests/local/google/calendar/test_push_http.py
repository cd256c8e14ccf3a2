"""Push notifications as real HTTP calls, from a worker of their own."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from local.google.calendar.push import PushHub
from local.google.server import GoogleServer
from tests.local.google.calendar.stage import Stage, timed

NINE = ("2026-03-02T09:00:00", "2026-03-02T10:00:00")


class Receiver:
    """A webhook on loopback that writes down what it is sent and answers the next of `answers`, then 204."""

    def __init__(self) -> None:
        self.messages: list[tuple[dict[str, str], bytes, str]] = []
        self.answers: list[int] = []
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver._arrived:
                    thread = threading.current_thread().name
                    receiver.messages.append((dict(self.headers), body, thread))
                    status = receiver.answers.pop(0) if receiver.answers else 204
                    receiver._arrived.notify_all()
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/hooks/calendar"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait_for(self, count: int) -> None:
        """Wait until so many messages came."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.messages) >= count, timeout=5)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def stage() -> Stage:
    return Stage(background=True)


def watch(stage: Stage, receiver: Receiver) -> dict[str, Any]:
    body = {"id": "channel-1", "type": "web_hook", "address": receiver.address, "token": "t-ø-1"}
    answer = stage.call("POST", "/calendars/primary/events/watch", body)
    assert answer.status_code == 200
    channel = answer.get_json()
    assert isinstance(channel, dict)
    return channel


def test_messages_arrive_over_http_with_an_empty_body(stage: Stage, receiver: Receiver) -> None:
    channel = watch(stage, receiver)
    receiver.wait_for(1)
    stage.book.phone_create(timed(*NINE))
    receiver.wait_for(2)
    (first, first_body, _), (second, second_body, _) = receiver.messages
    assert (first_body, second_body) == (b"", b"")
    assert (first["X-Goog-Resource-State"], second["X-Goog-Resource-State"]) == ("sync", "exists")
    assert first["X-Goog-Channel-Token"].encode("latin-1").decode() == "t-ø-1"
    assert first["Content-Length"] == "0"
    assert second["X-Goog-Resource-ID"] == channel["resourceId"]


def test_the_sync_message_can_come_before_the_watch_answer(stage: Stage, receiver: Receiver) -> None:
    stage.world.push.sync_first = True
    watch(stage, receiver)
    assert [headers["X-Goog-Resource-State"] for headers, _, _ in receiver.messages] == ["sync"]


def test_a_server_error_is_retried_by_the_worker(stage: Stage, receiver: Receiver) -> None:
    stage.world.push.retry_after = 0.01
    receiver.answers = [503, 503, 204]
    watch(stage, receiver)
    receiver.wait_for(3)
    assert stage.world.push.wait_for(lambda hub: len(hub.deliveries) == 3)
    assert [(d.status, d.attempt) for d in stage.world.push.deliveries] == [(503, 1), (503, 2), (204, 3)]


def test_a_receiver_that_is_gone_breaks_nothing(stage: Stage, receiver: Receiver) -> None:
    receiver.server.shutdown()
    receiver.server.server_close()
    watch(stage, receiver)
    assert stage.world.push.wait_for(lambda hub: [d.status for d in hub.deliveries] == [0])
    stage.book.phone_create(timed(*NINE))
    assert stage.world.push.wait_for(lambda hub: len(hub.deliveries) == 2)


def test_a_receiver_that_asks_google_while_it_is_called_gets_its_answer(
    stage: Stage, receiver: Receiver
) -> None:
    seen: list[int] = []

    def fetch(notification: Any) -> int:
        headers = {"Authorization": f"Bearer {stage.token}"}
        url = f"{server.origin}/calendar/v3/calendars/primary/events"
        seen.append(len(requests.get(url, headers=headers, timeout=5).json()["items"]))
        return 204

    stage.world.push = PushHub(stage.clock, deliver=fetch)
    stage.book.on_change[:] = [
        lambda calendar, state: stage.world.push.changed(stage.account.sub, calendar, state)
    ]
    with GoogleServer(stage.world) as server:
        watch(stage, receiver)
        assert stage.world.push.wait_for(lambda hub: len(hub.deliveries) == 1)
        stage.insert(timed(*NINE))
        assert stage.world.push.wait_for(lambda hub: len(hub.deliveries) == 2)
    assert seen == [0, 1]
