"""Jobs go out through the real Cloud Tasks library, against the local emulator of the service."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import grpc
import pytest
from google.cloud import tasks_v2

from crmsync import logs
from crmsync.core.errors import Unavailable
from crmsync.gateway.cloud_tasks import CloudTasks
from local.google.clock import Clock
from local.tasks.cloud_tasks import CloudTasks as Emulator
from local.tasks.queue import Attempt, Outcome
from local.tasks.service import Refused
from tests.gateway.simulated import settings_at

INTERACTIVE = "projects/p/locations/l/queues/interactive"
SCHEDULED = "projects/p/locations/l/queues/scheduled"


class Worker:
    """Stands in for our doors: remembers what arrives."""

    def __init__(self) -> None:
        self.got: list[tuple[Attempt, dict[str, str]]] = []
        self.arrived = threading.Condition()

    def __call__(self, attempt: Attempt, headers: dict[str, str]) -> Outcome:
        with self.arrived:
            self.got.append((attempt, headers))
            self.arrived.notify_all()
        return Outcome(200)

    def await_jobs(self, number: int) -> list[tuple[Attempt, dict[str, str]]]:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.got) >= number, 20)
            return list(self.got)


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def emulator(worker: Worker) -> Iterator[Emulator]:
    running = Emulator(lambda email, audience: f"{email}|{audience}", clock=Clock(), deliver=worker).start()
    running.create_queue(INTERACTIVE)
    running.create_queue(SCHEDULED)
    yield running
    running.stop()


@pytest.fixture
def queue(emulator: Emulator) -> Iterator[CloudTasks]:
    adapter = CloudTasks(settings_at("http://127.0.0.1:1", CLOUD_TASKS_EMULATOR_HOST=emulator.address))
    yield adapter
    adapter.close()


def test_a_job_arrives_as_an_authenticated_json_post(queue: CloudTasks, worker: Worker) -> None:
    assert queue.enqueue("sync", {"uid": "ann", "resource": "contacts"})
    ((attempt, headers),) = worker.await_jobs(1)
    assert attempt.task.http_request.url == "http://127.0.0.1:1/tasks/sync"
    assert json.loads(attempt.task.http_request.body) == {"uid": "ann", "resource": "contacts"}
    lowered = {name.lower(): value for name, value in headers.items()}
    assert lowered["authorization"] == "Bearer tasks@p.iam.example|https://crm.example"
    assert lowered["content-type"] == "application/json"
    assert lowered["x-cloudtasks-queuename"] == "interactive"


def test_a_job_goes_on_with_the_trace_of_who_queued_it(queue: CloudTasks, worker: Worker) -> None:
    with logs.bound(trace="a" * 32):
        assert queue.enqueue("sync", {}, name="one")
        assert queue.enqueue("sync", {}, scheduled=True, delay=0.1)
    sent = [{name.lower(): value for name, value in headers.items()} for _, headers in worker.await_jobs(2)]
    assert [logs.trace_id(headers.get) for headers in sent] == ["a" * 32] * 2
    spans = {headers["traceparent"].split("-")[2] for headers in sent}
    assert len(spans) == 2, "each is a span of its own"
    assert all(len(span) == 16 and int(span, 16) for span in spans)


def test_without_a_trace_none_is_made_up(queue: CloudTasks, worker: Worker) -> None:
    assert queue.enqueue("sync", {})
    ((_, headers),) = worker.await_jobs(1)
    assert "traceparent" not in {name.lower() for name in headers}


def test_a_name_deduplicates_and_is_not_sent_in_clear(queue: CloudTasks, worker: Worker) -> None:
    assert queue.enqueue("sync", {}, name="ann/contacts/1")
    assert not queue.enqueue("sync", {}, name="ann/contacts/1")
    assert queue.enqueue("sync", {}, name="ann/contacts/2")
    jobs = worker.await_jobs(2)
    assert len(jobs) == 2
    assert all("ann" not in attempt.task.name for attempt, _ in jobs)


def test_the_fleet_has_a_queue_of_its_own(queue: CloudTasks, worker: Worker) -> None:
    assert queue.enqueue("sync", {}, scheduled=True, name="x")
    assert queue.enqueue("sync", {}, name="x")
    queues = {
        {name.lower(): value for name, value in headers.items()}["x-cloudtasks-queuename"]
        for _, headers in worker.await_jobs(2)
    }
    assert queues == {"interactive", "scheduled"}


def test_a_job_goes_to_the_address_of_the_tasks_door(emulator: Emulator, worker: Worker) -> None:
    own = {"TASKS_URL": "http://127.0.0.1:1/crmsync-tasks", "TASKS_AUDIENCE": "https://tasks.example"}
    adapter = CloudTasks(settings_at("http://127.0.0.1:1", CLOUD_TASKS_EMULATOR_HOST=emulator.address, **own))
    assert adapter.enqueue("sync", {})
    ((attempt, headers),) = worker.await_jobs(1)
    assert attempt.task.http_request.url == "http://127.0.0.1:1/crmsync-tasks/tasks/sync"
    tokens = {value for name, value in headers.items() if name.lower() == "authorization"}
    assert tokens == {"Bearer tasks@p.iam.example|https://tasks.example"}
    adapter.close()


def test_a_delay_is_kept(queue: CloudTasks, emulator: Emulator, worker: Worker) -> None:
    assert queue.enqueue("sync", {"late": True}, delay=3600)
    assert queue.enqueue("sync", {"late": False})
    ((attempt, _),) = worker.await_jobs(1)
    assert json.loads(attempt.task.http_request.body) == {"late": False}
    emulator.pass_time(timedelta(hours=1, seconds=5))
    assert json.loads(worker.await_jobs(2)[1][0].task.http_request.body) == {"late": True}


def test_a_queue_that_does_not_exist_is_unavailable(emulator: Emulator) -> None:
    settings = settings_at(
        "http://127.0.0.1:1",
        CLOUD_TASKS_EMULATOR_HOST=emulator.address,
        TASKS_QUEUE="projects/p/locations/l/queues/missing",
    )
    adapter = CloudTasks(settings)
    with pytest.raises(Unavailable) as caught:
        adapter.enqueue("sync", {})
    assert caught.value.reason == "queue_unavailable"
    adapter.close()


def test_an_outage_of_a_moment_is_waited_out(
    queue: CloudTasks, emulator: Emulator, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, tries = emulator.queues[INTERACTIVE].add, iter((True, True, False))

    def sometimes(task: tasks_v2.Task, due: datetime, now: datetime) -> bool:
        if next(tries):
            raise Refused(grpc.StatusCode.UNAVAILABLE, "The service is currently unavailable.")
        return add(task, due, now)

    monkeypatch.setattr(emulator.queues[INTERACTIVE], "add", sometimes)
    assert queue.enqueue("sync", {})
    assert len(worker.await_jobs(1)) == 1


def test_a_service_that_does_not_answer_is_unavailable(emulator: Emulator) -> None:
    adapter = CloudTasks(settings_at("http://127.0.0.1:1", CLOUD_TASKS_EMULATOR_HOST=emulator.address))
    emulator.stop()
    with pytest.raises(Unavailable):
        adapter.enqueue("sync", {})
    adapter.close()
