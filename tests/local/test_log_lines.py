"""What the running system says of itself: one trace from the click to the last job, one line for each job."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from crmsync.core.scope import Scope
from crmsync.store.ports import PutUser
from local.google.faults import Fault
from local.runner import LocalSystem, Options
from tests.gateway.simulated import BOTH, consent
from tests.loglines import log_lines, named

EMAIL = "ann.martin@gmail.example"
TRACE = "7" * 32
EVENT = {
    "summary": "Visit",
    "start": {"dateTime": "2030-01-07T10:00:00Z"},
    "end": {"dateTime": "2030-01-07T11:00:00Z"},
}


@pytest.fixture(scope="module")
def system() -> Iterator[LocalSystem]:
    """A system of which ann has connected her Google account."""
    with LocalSystem(Options(store="memory", seed="empty")) as running:
        assert running.google is not None
        running.google.add_account(EMAIL, "Ann")
        begun = call(running, "POST", "/api/google/connect", {})
        back = consent(begun.json()["authorization_url"], EMAIL, allow=BOTH)
        cookies = begun.cookies.get_dict()
        page = requests.get(f"{running.url}/oauth/callback", params=back, cookies=cookies, timeout=20)
        assert 'data-outcome="granted"' in page.text
        taken = call(running, "POST", "/api/google/connect/confirm", {"pending": begun.json()["pending"]})
        assert taken.json()["outcome"] == "connected"
        settle(running)
        yield running


def call(system: LocalSystem, method: str, path: str, body: Any = None, trace: str = "") -> requests.Response:
    headers = {"Authorization": f"Bearer {system.identity.user_token('ann')}"}
    if trace:
        headers["traceparent"] = f"00-{trace}-{'b' * 16}-01"
    return requests.request(method, system.url + path, json=body, headers=headers, timeout=20)


def settle(system: LocalSystem) -> None:
    system.tasks.wait_idle(20, within=timedelta(seconds=2))


def doors(lines: list[dict[str, Any]], trace: str) -> set[str]:
    """The doors that answered calls of a trace."""
    return {line["door"] for line in named(lines, "answered") if line["trace"] == trace}


def test_a_click_s_trace_goes_on_through_the_jobs_and_what_they_queue(system: LocalSystem) -> None:
    assert system.google is not None
    system.google.controls.plan(
        Fault("people.people.connections.list", "before", 429, "RATE_LIMIT_EXCEEDED", retry_after=1)
    )
    with log_lines() as lines:
        assert call(system, "POST", "/api/sync", {"reason": "manual"}, TRACE).status_code == 202
        settle(system)
    assert {line["trace"] for line in named(lines, "answered")} == {TRACE}
    assert doors(lines, TRACE) == {"api", "tasks"}
    tasks = [line["task"] for line in named(lines, "answered") if line["door"] == "tasks"]
    assert len(set(tasks)) == 3, "contacts, calendar, and the contacts again after the wait"


def test_the_schedule_hands_its_trace_on(system: LocalSystem) -> None:
    scope = Scope.of("ann")
    system.store.commit(scope, [PutUser({"next_due_at": datetime.now(UTC) - timedelta(minutes=1)})])
    with log_lines() as lines:
        assert system.scheduler.tick() == 200
        settle(system)
    [ticked] = [line for line in named(lines, "answered") if line["door"] == "scheduled_resync"]
    assert doors(lines, ticked["trace"]) == {"scheduled_resync", "tasks"}


def test_google_s_messages_hand_their_trace_on(system: LocalSystem) -> None:
    assert system.google is not None
    with log_lines() as lines:
        with system.google.lock:
            system.google.account(EMAIL).calendars.phone_create(EVENT)
        wait_for(lambda: any(line.get("door") == "tasks" for line in list(lines)))
        settle(system)
    told = [line for line in named(lines, "answered") if line["door"] == "calendar_webhook"]
    assert told
    traces = {line["trace"] for line in named(lines, "answered") if line["door"] == "tasks"}
    assert traces <= {line["trace"] for line in told}


def test_each_job_ends_with_a_line_that_says_what_it_did(system: LocalSystem) -> None:
    for name in ("Ada", "Ben", "Cleo"):
        assert call(system, "POST", "/api/contacts", {"given_name": name}).status_code == 201
    settle(system)
    assert system.google is not None
    with system.google.lock:
        system.google.account(EMAIL).people.phone_create({"names": [{"givenName": "Dora"}]})
    contact = call(system, "GET", "/api/contacts").json()["items"][0]
    with log_lines() as lines:
        call(system, "PATCH", f"/api/contacts/{contact['id']}", {"given_name": "Adah"}).raise_for_status()
        settle(system)
        assert call(system, "POST", "/api/sync", {"reason": "manual"}).status_code == 202
        settle(system)
    ended = [line for line in named(lines, "job ended") if line.get("resource") == "contacts"]
    assert {(line["job"], line["user"], line["outcome"]) for line in ended} == {("sync", "ann", "done")}
    assert sum(line.get("google_updated", 0) for line in ended) == 1
    assert sum(line.get("offered", 0) for line in ended) == 1
    for line in ended:
        assert min(line["google_calls"], line["store_reads"], line["seconds"]) > 0
    [updated] = [line for line in ended if "google_updated" in line]
    assert min(updated["store_commits"], updated["store_writes"]) > 0
    entries, _ = system.store.journal(Scope.of("ann"), crm=contact["id"], run=None, after=None, limit=1)
    assert entries[0].run == updated["run"]


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
