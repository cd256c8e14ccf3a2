"""The doors that Google's own services call: the webhook, the tasks, the schedule."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from crmsync import compose, tally
from crmsync.core.account import PushChannel
from crmsync.engine import jobs
from crmsync.engine.schedule import tick
from crmsync.store.errors import StoreUnavailable
from tests.api.service import Service
from tests.loglines import log_lines, named

HEADERS = {
    "X-Goog-Channel-ID": "channel-1",
    "X-Goog-Resource-ID": "resource-1",
    "X-Goog-Channel-Token": "secret",
    "X-Goog-Resource-State": "exists",
    "X-Goog-Message-Number": "2",
}


def withhold(service: Service, **ports: Any) -> None:
    """Has the doors do without what they are not given in a deployment."""
    compose.use(replace(compose.surroundings(), deps=replace(service.deps, **ports)))


class TestWebhook:
    @pytest.fixture(autouse=True)
    def channel(self, service: Service) -> None:
        """An open push channel of ann's calendar, at a door that holds neither grants nor the client."""
        withheld = compose.Withheld("TOKEN_KEYS")
        withhold(service, google=withheld, vault=withheld)
        service.connect()
        digest = hashlib.sha256(b"secret").hexdigest()
        expires = service.clock.now() + timedelta(days=1)
        service.store.put_channel(PushChannel("channel-1", "ann", "primary", "resource-1", digest, expires))

    def notify(self, service: Service, method: str = "POST", /, **changed: str | None) -> TestResponse:
        headers = {
            name: changed.get(name.rpartition("-")[2].lower(), value) for name, value in HEADERS.items()
        }
        sent = {name: value for name, value in headers.items() if value is not None}
        return service.call(
            method,
            "/hooks/calendar",
            user=None,
            headers=sent,
            door="calendar_webhook",
            described=method == "POST",
        )

    def test_a_known_channel_queues_a_calendar_sync(self, service: Service) -> None:
        answer = self.notify(service)
        assert (answer.status_code, answer.data) == (204, b"")
        assert service.queue.syncs() == [("calendar", "push")]

    def test_the_first_message_queues_nothing(self, service: Service) -> None:
        assert self.notify(service, state="sync").status_code == 204
        assert service.queue.jobs == []

    @pytest.mark.parametrize(
        "changed",
        [
            {"token": "guess"},
            {"token": None},
            {"token": "x" * 10_000},
            {"token": "sécret"},
        ],
    )
    def test_a_forged_token_gets_404_and_no_hint(
        self, service: Service, changed: dict[str, str | None]
    ) -> None:
        known = self.notify(service, **changed)
        assert known.status_code == 404
        assert service.queue.jobs == []
        unknown = service.call("POST", "/hooks/calendar", user=None, door="calendar_webhook")
        assert known.data == unknown.data

    @pytest.mark.parametrize("name", ["X-Goog-Channel-ID", "X-Goog-Resource-ID"])
    @pytest.mark.parametrize("value", ["other", "", "a/b", "__x__", "x" * 300])
    def test_an_unknown_channel_or_resource_gets_404(self, service: Service, name: str, value: str) -> None:
        headers = {**HEADERS, name: value}
        answer = service.call("POST", "/hooks/calendar", user=None, headers=headers, door="calendar_webhook")
        assert answer.status_code == 404
        assert service.queue.jobs == []

    def test_an_expired_channel_gets_404(self, service: Service) -> None:
        service.clock.advance(timedelta(days=1))
        assert self.notify(service).status_code == 404

    @pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "OPTIONS"])
    def test_only_a_post_counts(self, service: Service, method: str) -> None:
        assert self.notify(service, method).status_code == 404
        assert service.queue.jobs == []


class TestTasks:
    def test_a_job_that_has_nothing_to_do_is_done(self, service: Service) -> None:
        payload = {"uid": "nobody", "resource": "contacts", "reason": "manual"}
        assert service.service_call("/tasks/sync", payload, door="tasks").status_code == 204

    @pytest.mark.parametrize(
        ("path", "payload"),
        [
            ("/tasks/unknown", {"uid": "ann"}),
            ("/tasks/", {"uid": "ann"}),
            ("/tasks/sync/more", {"uid": "ann"}),
            ("/tasks/sync", {}),
            ("/tasks/sync", {"uid": 7, "resource": "contacts", "reason": "manual"}),
            ("/tasks/sync", ["ann"]),
        ],
    )
    def test_a_job_that_nobody_knows_is_dropped_and_logged(
        self, service: Service, path: str, payload: object, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = service.service_call(path, payload, door="tasks", described=False)
        assert (answer.status_code, answer.json) == (200, {"dropped": True})
        assert "job dropped" in [record.getMessage() for record in caplog.records]

    def test_each_job_ends_with_a_line_that_says_what_it_did(self, service: Service) -> None:
        service.connect()
        payload = {"uid": "ann", "resource": "contacts", "reason": "manual"}
        with log_lines() as lines:
            service.service_call("/tasks/sync", payload, door="tasks")
            service.service_call("/tasks/unknown", payload, door="tasks", described=False)
        failed, dropped = named(lines, "job ended")
        assert (failed["job"], failed["user"], failed["outcome"]) == ("sync", "ann", "failed")
        assert failed["answer"] == "pause", "there is no grant"
        assert isinstance(failed["seconds"], float)
        assert (dropped["job"], dropped["outcome"], dropped["answer"]) == ("unknown", "dropped", None)

    def test_a_job_that_raises_ends_with_its_line_too(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            tally.count(google_calls=2)
            raise StoreUnavailable("down")

        monkeypatch.setattr(jobs, "run", broken)
        with log_lines() as lines:
            answer = service.service_call("/tasks/sync", {"uid": "ann"}, door="tasks", described=False)
        assert answer.status_code == 503
        [ended] = named(lines, "job ended")
        assert (ended["outcome"], ended["google_calls"], ended["user"]) == ("crashed", 2, "ann")

    @pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000])
    def test_a_payload_that_is_no_json_is_dropped(self, service: Service, data: bytes) -> None:
        answer = service.service_call(
            "/tasks/sync", door="tasks", data=data, content_type="application/json", described=False
        )
        assert answer.json == {"dropped": True}

    @pytest.mark.parametrize("text", ["\\ud800", "a\\udfffb"])
    def test_a_payload_with_text_that_is_no_unicode_is_dropped(self, service: Service, text: str) -> None:
        service.connect()
        for data in (
            f'{{"uid": "{text}", "resource": "contacts", "reason": "manual"}}',
            f'{{"uid": "ann", "resource": "contacts", "reason": "{text}"}}',
            f'{{"uid": "ann", "resource": "contacts", "reason": "manual", "{text}": 1}}',
        ):
            answer = service.service_call(
                "/tasks/sync", door="tasks", data=data, content_type="application/json", described=False
            )
            assert answer.json == {"dropped": True}

    def test_only_a_post_runs_a_job(self, service: Service) -> None:
        token = service.services.token("1", email="tasks@p.example", email_verified=True)
        headers = {"Authorization": f"Bearer {token}"}
        answer = service.call("GET", "/tasks/sync", user=None, headers=headers, door="tasks", described=False)
        assert answer.status_code == 405


class TestSchedule:
    @pytest.fixture(autouse=True)
    def without_google(self, service: Service) -> None:
        """The door of the schedule calls nobody at Google."""
        withhold(service, google=compose.Withheld("GOOGLE_CLIENT_SECRET"))

    def test_due_users_are_queued_once_per_tick(self, service: Service) -> None:
        service.connect("ann", next_due_at=service.clock.now())
        service.connect("bob", next_due_at=service.clock.now() + timedelta(hours=1))
        headers = {"X-CloudScheduler-ScheduleTime": "2026-03-02T12:00:00Z"}
        first = service.service_call("/scheduled/resync", door="scheduled_resync", headers=headers)
        again = service.service_call("/scheduled/resync", door="scheduled_resync", headers=headers)
        assert (first.json, again.json) == ({"queued": 1}, {"queued": 0})
        assert service.queue.syncs() == [("calendar", "schedule"), ("contacts", "schedule")]
        assert all(job.scheduled for job in service.queue.jobs)

    def test_without_the_scheduler_s_time_the_minute_counts(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tick, "DUE_PAGE", 1)
        monkeypatch.setattr(tick, "PASS_TIME", timedelta(0))
        service.connect("ann", next_due_at=service.clock.now())
        answer = service.service_call("/scheduled/resync", door="scheduled_resync")
        assert answer.json == {"queued": 1}
        [following] = [job for job in service.queue.jobs if job.job == "resync"]
        assert str(following.payload["tick"]).startswith("2026-03-02T12:00:00")
