"""The Cloud Tasks emulator, spoken to by google-cloud-tasks itself, on a frozen clock."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.api_core import exceptions
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

from local.google.clock import Clock
from local.tasks.cloud_tasks import CloudTasks
from local.tasks.queue import Attempt, Outcome

LOCATION = "projects/demo/locations/local"
QUEUE = f"{LOCATION}/queues/interactive"
START = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = "http://worker.example/tasks/push"


class Worker:
    """Stands in for the target: answers what it is told to, and remembers what it got."""

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[Outcome] = []
        self.open = threading.Event()
        self.open.set()
        self.running = 0
        self.most_running = 0
        self._lock = threading.Condition()

    def await_running(self, number: int) -> None:
        with self._lock:
            assert self._lock.wait_for(lambda: self.running == number, 20)

    def __call__(self, attempt: Attempt, headers: dict[str, str]) -> Outcome:
        with self._lock:
            self.attempts.append(attempt)
            self.headers.append(headers)
            answer = self.answers.pop(0) if self.answers else Outcome(200)
            self.running += 1
            self.most_running = max(self.running, self.most_running)
            self._lock.notify_all()
        assert self.open.wait(20)
        with self._lock:
            self.running -= 1
        return answer


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def tasks(worker: Worker) -> Iterator[CloudTasks]:
    emulator = CloudTasks(
        lambda email, audience: f"token-of-{email}-for-{audience}", clock=Clock(START), deliver=worker
    ).start()
    emulator.create_queue(QUEUE)
    yield emulator
    worker.open.set()
    emulator.stop()


@pytest.fixture
def client(tasks: CloudTasks) -> Iterator[tasks_v2.CloudTasksClient]:
    with grpc.insecure_channel(tasks.address) as channel:
        yield tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))


def task(name: str = "", **more: Any) -> tasks_v2.Task:
    request = {"url": URL, "body": b"{}", **more.pop("http_request", {})}
    full = {"name": f"{QUEUE}/tasks/{name}"} if name else {}
    return tasks_v2.Task(http_request=request, **full, **more)


def queue_with(
    client: tasks_v2.CloudTasksClient, name: str, retry: Any = None, limits: Any = None
) -> tasks_v2.Queue:
    queue = tasks_v2.Queue(
        name=f"{LOCATION}/queues/{name}", retry_config=retry or {}, rate_limits=limits or {}
    )
    return client.create_queue(parent=LOCATION, queue=queue)


def left(client: tasks_v2.CloudTasksClient, queue: str = QUEUE) -> list[str]:
    return [found.name.rsplit("/", 1)[-1] for found in client.list_tasks(parent=queue)]


def test_a_task_is_delivered_once_and_forgotten(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker
) -> None:
    created = client.create_task(parent=QUEUE, task=task())
    tasks.wait_idle()
    assert created.name.startswith(f"{QUEUE}/tasks/")
    assert [attempt.task.http_request.body for attempt in worker.attempts] == [b"{}"]
    assert left(client) == []


def test_headers_are_those_of_cloud_tasks(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker
) -> None:
    mine = {
        "Content-Type": "application/json",
        "X-Trace": "t1",
        "User-Agent": "mine",
        "X-CloudTasks-TaskName": "forged",
        "Authorization": "Bearer forged",
    }
    token = {"service_account_email": "caller@demo.example", "audience": "https://crm.example"}
    client.create_task(parent=QUEUE, task=task("job-1", http_request={"headers": mine, "oidc_token": token}))
    tasks.wait_idle()
    assert worker.headers == [
        {
            "Content-Type": "application/json",
            "X-Trace": "t1",
            "User-Agent": "Google-Cloud-Tasks",
            "X-CloudTasks-QueueName": "interactive",
            "X-CloudTasks-TaskName": "job-1",
            "X-CloudTasks-TaskRetryCount": "0",
            "X-CloudTasks-TaskExecutionCount": "0",
            "X-CloudTasks-TaskETA": f"{START.timestamp():.6f}",
            "Authorization": "Bearer token-of-caller@demo.example-for-https://crm.example",
        }
    ]


def test_the_audience_is_the_url_unless_given(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker
) -> None:
    token = {"service_account_email": "caller@demo.example"}
    client.create_task(parent=QUEUE, task=task(http_request={"oidc_token": token}))
    tasks.wait_idle()
    assert worker.headers[0]["Authorization"].endswith(f"-for-{URL}")


def test_a_name_is_taken_while_queued_and_for_an_hour_after(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker
) -> None:
    client.pause_queue(name=QUEUE)
    client.create_task(parent=QUEUE, task=task("once"))
    with pytest.raises(exceptions.AlreadyExists):
        client.create_task(parent=QUEUE, task=task("once"))
    client.resume_queue(name=QUEUE)
    tasks.wait_idle()
    tasks.pass_time(timedelta(minutes=59))
    with pytest.raises(exceptions.AlreadyExists):
        client.create_task(parent=QUEUE, task=task("once"))
    tasks.pass_time(timedelta(minutes=2))
    client.create_task(parent=QUEUE, task=task("once"))
    tasks.wait_idle()
    assert len(worker.attempts) == 2


def test_a_deleted_task_is_not_delivered_and_its_name_stays_taken(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker
) -> None:
    later = task("gone", schedule_time=START + timedelta(minutes=1))
    client.create_task(parent=QUEUE, task=later)
    client.delete_task(name=later.name)
    tasks.pass_time(timedelta(minutes=5))
    tasks.wait_idle()
    assert worker.attempts == []
    with pytest.raises(exceptions.NotFound):
        client.get_task(name=later.name)
    with pytest.raises(exceptions.AlreadyExists):
        client.create_task(parent=QUEUE, task=later)


@pytest.mark.parametrize("status", [300, 400, 401, 403, 404, 409, 429, 500, 503])
def test_any_answer_but_2xx_is_retried(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker, status: int
) -> None:
    worker.answers = [Outcome(status, f"HTTP status code {status}")]
    client.create_task(parent=QUEUE, task=task("again"))
    tasks.wait_idle()
    assert left(client) == ["again"]
    tasks.pass_time(timedelta(seconds=0.1))
    tasks.wait_idle()
    assert [attempt.retry_count for attempt in worker.attempts] == [0, 1]
    assert left(client) == []
    # 5xx count as retries, but not as executions.
    assert worker.headers[1]["X-CloudTasks-TaskExecutionCount"] == ("0" if status >= 500 else "1")
    assert worker.headers[1]["X-CloudTasks-TaskPreviousResponse"] == str(status)


def test_no_answer_is_retried_too(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker
) -> None:
    worker.answers = [Outcome(None, "DEADLINE_EXCEEDED")]
    client.create_task(parent=QUEUE, task=task("slow"))
    tasks.wait_idle()
    seen = client.get_task(name=f"{QUEUE}/tasks/slow")
    assert (seen.dispatch_count, seen.response_count) == (1, 0)
    assert seen.last_attempt.response_status.message == "DEADLINE_EXCEEDED"
    tasks.pass_time(timedelta(seconds=1))
    tasks.wait_idle()
    assert worker.headers[1]["X-CloudTasks-TaskRetryReason"] == "DEADLINE_EXCEEDED"


def test_back_off_doubles_then_grows_evenly_then_stays(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker
) -> None:
    """The example in the documentation of RetryConfig: 10, 20, 40, 80, 160, 240, 300, 300."""
    retry = {
        "min_backoff": timedelta(seconds=10),
        "max_backoff": timedelta(seconds=300),
        "max_doublings": 3,
        "max_attempts": 9,
    }
    queue = queue_with(client, "patient", retry)
    worker.answers = [Outcome(500)] * 8
    client.create_task(parent=queue.name, task=tasks_v2.Task(http_request={"url": URL}))
    for wait in (10, 20, 40, 80, 160, 240, 300, 300):
        tasks.wait_idle()
        before = len(worker.attempts)
        tasks.pass_time(timedelta(seconds=wait - 0.001))
        tasks.wait_idle()
        assert len(worker.attempts) == before
        tasks.pass_time(timedelta(seconds=0.001))
    tasks.wait_idle()
    assert len(worker.attempts) == 9


def test_retry_after_is_waited_for(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker
) -> None:
    worker.answers = [Outcome(429, retry_after=60.0)]
    client.create_task(parent=QUEUE, task=task())
    tasks.wait_idle()
    tasks.pass_time(timedelta(seconds=59))
    tasks.wait_idle()
    assert len(worker.attempts) == 1
    tasks.pass_time(timedelta(seconds=1))
    tasks.wait_idle()
    assert len(worker.attempts) == 2


def test_a_task_vanishes_only_when_both_limits_are_reached(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker
) -> None:
    retry = {
        "max_attempts": 2,
        "max_retry_duration": timedelta(seconds=35),
        "min_backoff": timedelta(seconds=10),
        "max_backoff": timedelta(seconds=10),
    }
    queue = queue_with(client, "stubborn", retry)
    worker.answers = [Outcome(500)] * 50
    client.create_task(parent=queue.name, task=tasks_v2.Task(http_request={"url": URL}))
    for _ in range(10):
        tasks.wait_idle()
        tasks.pass_time(timedelta(seconds=10))
    tasks.wait_idle()
    # At 0, 10, 20, 30 and 40 seconds: two attempts were enough by number, 35 seconds were not over before.
    assert len(worker.attempts) == 5
    assert left(client, queue.name) == []


def test_a_tasks_own_retry_rules_replace_the_queues(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker
) -> None:
    worker.answers = [Outcome(500)] * 3
    client.create_task(parent=QUEUE, task=task("brief", retry_config={"max_attempts": 1}))
    tasks.wait_idle()
    assert left(client) == []


def test_nothing_is_delivered_before_its_time(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker
) -> None:
    client.create_task(parent=QUEUE, task=task("later", schedule_time=START + timedelta(minutes=10)))
    tasks.wait_idle()
    assert worker.attempts == []
    with pytest.raises(TimeoutError, match="later"):
        tasks.wait_idle(0.01, within=timedelta(minutes=10))
    tasks.pass_time(timedelta(minutes=10))
    tasks.wait_idle()
    assert [attempt.eta for attempt in worker.attempts] == [START + timedelta(minutes=10)]


def test_at_most_so_many_run_at_the_same_time(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker
) -> None:
    queue = queue_with(client, "narrow", limits={"max_concurrent_dispatches": 2})
    worker.open.clear()
    for _ in range(6):
        client.create_task(parent=queue.name, task=tasks_v2.Task(http_request={"url": URL}))
    worker.await_running(2)
    worker.open.set()
    tasks.wait_idle()
    assert len(worker.attempts) == 6
    assert worker.most_running == 2


def test_a_paused_queue_keeps_its_tasks_until_resumed(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker
) -> None:
    assert client.pause_queue(name=QUEUE).state == tasks_v2.Queue.State.PAUSED
    client.create_task(parent=QUEUE, task=task("held"))
    tasks.wait_idle()
    assert (worker.attempts, left(client)) == ([], ["held"])
    client.resume_queue(name=QUEUE)
    tasks.wait_idle()
    assert len(worker.attempts) == 1


def test_run_delivers_at_once_even_when_paused_or_scheduled(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker
) -> None:
    client.pause_queue(name=QUEUE)
    later = task("now", schedule_time=START + timedelta(days=1))
    client.create_task(parent=QUEUE, task=later)
    client.run_task(name=later.name)
    tasks.wait_idle()
    assert len(worker.attempts) == 1
    assert left(client) == []


def test_purging_deletes_every_task(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker
) -> None:
    client.pause_queue(name=QUEUE)
    for number in range(5):
        client.create_task(parent=QUEUE, task=task(f"t{number}"))
    client.purge_queue(name=QUEUE)
    client.resume_queue(name=QUEUE)
    tasks.wait_idle()
    assert (worker.attempts, left(client)) == ([], [])


def test_duplicates_on_demand_settle_nothing(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker
) -> None:
    tasks.controls.duplicates = 1
    client.create_task(parent=QUEUE, task=task("twice"))
    tasks.wait_idle()
    assert [attempt.task.name for attempt in worker.attempts] == [f"{QUEUE}/tasks/twice"] * 2
    assert sorted(delivery.duplicate for delivery in tasks.deliveries()) == [False, True]
    assert left(client) == []


def test_delay_on_demand_holds_new_tasks_back(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, worker: Worker
) -> None:
    tasks.controls.delay = timedelta(seconds=30)
    client.create_task(parent=QUEUE, task=task())
    tasks.wait_idle()
    assert worker.attempts == []
    tasks.pass_time(timedelta(seconds=30))
    tasks.wait_idle()
    assert len(worker.attempts) == 1


def test_lists_come_in_pages_without_bodies(tasks: CloudTasks, client: tasks_v2.CloudTasksClient) -> None:
    client.pause_queue(name=QUEUE)
    for number in range(7):
        client.create_task(parent=QUEUE, task=task(f"t{number}"))
    request = tasks_v2.ListTasksRequest(parent=QUEUE, page_size=3)
    pages = [
        [found.name.rsplit("/", 1)[-1] for found in page.tasks] for page in client.list_tasks(request).pages
    ]
    assert pages == [["t0", "t1", "t2"], ["t3", "t4", "t5"], ["t6"]]
    basic = client.get_task(name=f"{QUEUE}/tasks/t0")
    full = client.get_task(
        request=tasks_v2.GetTaskRequest(name=basic.name, response_view=tasks_v2.Task.View.FULL)
    )
    assert (basic.http_request.body, full.http_request.body) == (b"", b"{}")


def test_queues_are_listed_read_and_deleted(tasks: CloudTasks, client: tasks_v2.CloudTasksClient) -> None:
    queue = queue_with(client, "scheduled", limits={"max_dispatches_per_second": 5})
    assert [found.name for found in client.list_queues(parent=LOCATION)] == [QUEUE, queue.name]
    assert client.get_queue(name=queue.name).rate_limits.max_burst_size == 5
    with pytest.raises(exceptions.AlreadyExists):
        queue_with(client, "scheduled")
    client.delete_queue(name=queue.name)
    with pytest.raises(exceptions.NotFound):
        client.get_queue(name=queue.name)


@pytest.mark.parametrize(
    "bad",
    [
        task("bad/name"),
        task("n" * 501),
        tasks_v2.Task(name=f"{LOCATION}/queues/other/tasks/t", http_request={"url": URL}),
        tasks_v2.Task(),
        task(http_request={"url": "ftp://worker.example/"}),
        task(http_request={"url": "http://worker.example/" + "x" * 2083}),
        task(http_request={"http_method": tasks_v2.HttpMethod.GET}),
        task(http_request={"body": b"x" * 102_400}),
        task(http_request={"oidc_token": {"audience": "nobody"}}),
        task(http_request={"oauth_token": {"service_account_email": "caller@demo.example"}}),
        task(dispatch_deadline=timedelta(seconds=14)),
        task(dispatch_deadline=timedelta(minutes=31)),
        task(schedule_time=START + timedelta(days=31)),
        tasks_v2.Task(app_engine_http_request={"relative_uri": "/"}),
    ],
)
def test_what_google_refuses_is_refused(
    tasks: CloudTasks, client: tasks_v2.CloudTasksClient, bad: tasks_v2.Task
) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        client.create_task(parent=QUEUE, task=bad)
    assert left(client) == []


def test_an_unknown_queue_is_not_found(client: tasks_v2.CloudTasksClient) -> None:
    with pytest.raises(exceptions.NotFound):
        client.create_task(parent=f"{LOCATION}/queues/none", task=tasks_v2.Task(http_request={"url": URL}))


def test_nothing_listens_after_stop() -> None:
    emulator = CloudTasks(lambda email, audience: "", clock=Clock(START)).start()
    address = emulator.address
    emulator.stop()
    with grpc.insecure_channel(address) as channel:
        client = tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
        with pytest.raises((exceptions.ServiceUnavailable, exceptions.RetryError)):
            client.list_tasks(parent=QUEUE, retry=None, timeout=2)
