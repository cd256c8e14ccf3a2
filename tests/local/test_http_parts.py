"""The parts that speak HTTP, against a real server on loopback: delivery of tasks, and the scheduler."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from google.cloud import tasks_v2
from werkzeug.wrappers import Request, Response

from local import ports
from local.scheduler import Scheduler
from local.tasks.delivery import HttpDelivery, retry_after
from local.tasks.queue import Attempt, Outcome
from local.web_server import WebServer

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Target:
    """A server whose answer each test sets, and which keeps the requests it got."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answer: Callable[[], Response] = lambda: Response(status=204)
        self.server = WebServer(Request.application(self._serve), ports.listen(), threads=4).start()
        self.url = f"{self.server.origin}/target"

    def _serve(self, request: Request) -> Response:
        request.get_data()
        self.requests.append(request)
        return self.answer()


@pytest.fixture
def target() -> Iterator[Target]:
    made = Target()
    yield made
    made.server.stop()


@pytest.fixture
def deliver() -> Iterator[HttpDelivery]:
    made = HttpDelivery()
    yield made
    made.close()


def attempt(url: str, deadline: float = 20, **request: object) -> Attempt:
    task = tasks_v2.Task(http_request={"url": url, **request}, dispatch_deadline=timedelta(seconds=deadline))
    return Attempt(task, "queue", NOW, 0, 0)


def test_a_task_is_posted_with_its_body_and_headers(target: Target, deliver: HttpDelivery) -> None:
    outcome = deliver(
        attempt(target.url, body=b'{"a": 1}'), {"X-Mine": "1", "User-Agent": "Google-Cloud-Tasks"}
    )
    (request,) = target.requests
    assert (request.method, request.data) == ("POST", b'{"a": 1}')
    assert (request.headers["X-Mine"], request.headers["User-Agent"]) == ("1", "Google-Cloud-Tasks")
    assert "Content-Type" not in request.headers
    assert outcome == Outcome(204)
    assert outcome.acknowledged


def test_the_method_of_the_task_is_used(target: Target, deliver: HttpDelivery) -> None:
    deliver(attempt(target.url, http_method=tasks_v2.HttpMethod.PUT, body=b"x"), {})
    assert target.requests[0].method == "PUT"


def test_a_redirect_is_not_followed_and_not_an_acknowledgement(target: Target, deliver: HttpDelivery) -> None:
    target.answer = lambda: Response(status=302, headers={"Location": target.url})
    outcome = deliver(attempt(target.url), {})
    assert (outcome.status, outcome.acknowledged, len(target.requests)) == (302, False, 1)


def test_a_refusal_with_retry_after_is_reported(target: Target, deliver: HttpDelivery) -> None:
    target.answer = lambda: Response(status=429, headers={"Retry-After": "17"})
    assert deliver(attempt(target.url), {}) == Outcome(429, "HTTP status code 429", 17.0)


def test_no_answer_in_time_is_a_missed_deadline(target: Target, deliver: HttpDelivery) -> None:
    let_go = threading.Event()

    def slow() -> Response:
        assert let_go.wait(20)
        return Response(status=200)

    target.answer = slow
    assert deliver(attempt(target.url, deadline=0.05), {}) == Outcome(None, "DEADLINE_EXCEEDED")
    let_go.set()


def test_nobody_there_is_an_outcome_too(deliver: HttpDelivery, free_port: int) -> None:
    outcome = deliver(attempt(f"http://127.0.0.1:{free_port}/"), {})
    assert outcome == Outcome(None, "UNAVAILABLE")


def test_retry_after_is_read_in_both_forms_and_nonsense_is_not() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    in_words = retry_after(soon)
    assert in_words is not None
    assert 80 < in_words <= 90
    assert retry_after("Thu, 01 Jan 1970 00:00:00 GMT") == 0
    assert retry_after("30") == 30
    assert (retry_after("soon"), retry_after(None)) == (None, None)


def scheduler(url: str, period: float = 3600) -> Scheduler:
    return Scheduler(url, lambda: "a-token", timedelta(seconds=period))


def test_the_scheduler_posts_as_cloud_scheduler_does(target: Target) -> None:
    assert scheduler(target.url).tick() == 204
    headers = target.requests[0].headers
    assert target.requests[0].method == "POST"
    assert headers["Authorization"] == "Bearer a-token"
    assert headers["X-CloudScheduler"] == "true"
    assert headers["X-CloudScheduler-JobName"] == "resync"
    assert headers["User-Agent"] == "Google-Cloud-Scheduler"
    assert datetime.fromisoformat(headers["X-CloudScheduler-ScheduleTime"]).tzinfo is not None


def test_the_scheduler_survives_a_target_that_is_not_there(free_port: int) -> None:
    assert scheduler(f"http://127.0.0.1:{free_port}/").tick() is None


def test_the_scheduler_calls_on_its_period_until_stopped(target: Target) -> None:
    thrice = threading.Semaphore(0)

    def count() -> Response:
        thrice.release()
        return Response(status=500)

    target.answer = count
    running = scheduler(target.url, period=0.001).start()
    for _ in range(3):
        assert thrice.acquire(timeout=20)
    running.stop()


def test_a_stopped_server_answers_no_more(target: Target) -> None:
    target.server.stop()
    assert not ports.answers(target.server.origin.removeprefix("http://"))
