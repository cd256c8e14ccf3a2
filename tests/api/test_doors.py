import json
import logging
from collections.abc import Iterator

import pytest

from crmsync import compose, logs
from crmsync.core.errors import Unavailable
from crmsync.settings import SettingsError
from crmsync.store.ports import Conflicted, InvalidPosition, InvalidWrite, StoreUnavailable, TooLarge
from tests.api.service import HOST_PAGE, Service

PREFLIGHT = {"Origin": HOST_PAGE, "Access-Control-Request-Method": "PATCH"}


def error(service: Service, method: str, path: str, **more: object) -> tuple[int, dict[str, object]]:
    answer = service.call(method, path, described=False, **more)  # type: ignore[arg-type]
    assert answer.json is not None
    return answer.status_code, answer.json["error"]


@pytest.mark.parametrize(
    "path", ["/api/nothing", "/api/", "/", "/api/contacts/a/b", "/api//contacts", "/tasks/x"]
)
def test_an_unknown_path_is_not_found(service: Service, path: str) -> None:
    status, body = error(service, "GET", path)
    assert (status, body["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/api/sync%0A", "/api/contacts/a%0A", "/%0D%0A"])
@pytest.mark.parametrize("door", ["api", "oauth_callback", "calendar_webhook", "tasks", "scheduled_resync"])
def test_a_line_break_in_a_path_passes_by_no_door(service: Service, door: str, path: str) -> None:
    answer = service.call("GET", path, door=door, described=False)
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found")  # type: ignore[index]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_method_that_no_door_knows_is_refused_by_a_door(service: Service) -> None:
    answer = service.call("TRACE", "/api/sync", described=False)
    assert (answer.status_code, answer.json["error"]["code"]) == (405, "method_not_allowed")  # type: ignore[index]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_wrong_method_names_the_right_ones(service: Service) -> None:
    answer = service.call("DELETE", "/api/sync", described=False)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, POST"


def test_a_door_mounted_alone_takes_its_paths_without_their_prefix(service: Service) -> None:
    assert service.call("GET", "/health", user=None, described=False).status_code == 200
    assert service.call("GET", "/contacts", described=False).status_code == 200
    callback = service.call("GET", "/?state=x", user=None, door="oauth_callback", described=False)
    assert callback.status_code == 410
    assert service.service_call("/nope", {}, door="tasks", described=False).status_code == 200
    assert service.service_call("/", door="scheduled_resync", described=False).status_code == 200


def test_each_door_refuses_the_paths_of_the_others(service: Service) -> None:
    for door in ("oauth_callback", "calendar_webhook"):
        assert service.call("GET", "/api/health", door=door, described=False).status_code == 404
    assert (
        service.service_call("/tasks/sync", {}, door="scheduled_resync", described=False).status_code == 404
    )


@pytest.mark.parametrize(
    ("door", "method", "path"),
    [
        ("api", "GET", "/api/health"),
        ("api", "GET", "/api/sync"),
        ("oauth_callback", "GET", "/oauth/callback"),
        ("calendar_webhook", "POST", "/hooks/calendar"),
        ("tasks", "POST", "/tasks/sync"),
        ("scheduled_resync", "POST", "/scheduled/resync"),
    ],
)
def test_every_answer_carries_the_security_headers(
    service: Service, door: str, method: str, path: str
) -> None:
    headers = service.call(method, path, user=None, door=door).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


class TestBodies:
    def test_only_json_is_read(self, service: Service) -> None:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
            answer = service.call("POST", "/api/contacts", data='{"given_name": "Ann"}', content_type=kind)
            assert answer.status_code == 415

    @pytest.mark.parametrize(
        "data",
        ["", "{", "[]", "null", '"x"', '{"given_name": NaN}', '{"a"', "[" * 5000, '{"notes": "\\ud800"}'],
    )
    def test_what_is_not_a_json_object_is_an_invalid_request(self, service: Service, data: str) -> None:
        answer = service.call("POST", "/api/contacts", data=data, content_type="application/json")
        assert answer.status_code == 400

    def test_more_than_a_megabyte_is_too_large_whether_announced_or_not(self, service: Service) -> None:
        data = b'{"notes": "' + b"x" * 1_000_000 + b'"}'
        assert (
            service.call("POST", "/api/contacts", data=data, content_type="application/json").status_code
            == 413
        )
        chunked = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
        answer = service.call(
            "POST",
            "/api/contacts",
            data=data,
            content_type="application/json",
            environ_overrides=chunked,
            described=False,
        )
        assert answer.status_code == 413

    @pytest.mark.parametrize(("size", "status"), [(1_000_000, 400), (1_000_001, 413)])
    def test_the_last_byte_that_is_read_is_the_millionth(
        self, service: Service, size: int, status: int
    ) -> None:
        data = b'{"given_nam": "Ann"}'.ljust(size)
        answer = service.call("POST", "/api/contacts", data=data, content_type="application/json")
        assert answer.status_code == status

    def test_an_unknown_field_is_named(self, service: Service) -> None:
        status, body = error(service, "POST", "/api/contacts", body={"given_nam": "Ann"})
        assert (status, body["code"], body["field"]) == (400, "invalid_request", "given_nam")

    def test_a_field_is_named_by_its_path(self, service: Service) -> None:
        _, body = error(
            service, "POST", "/api/contacts", body={"emails": [{"value": "a@b.ca"}, {"value": 7}]}
        )
        assert body["field"] == "emails[1].value"

    def test_what_a_caller_sends_is_not_echoed(self, service: Service) -> None:
        _, body = error(service, "POST", "/api/contacts", body={"given_name": ["<script>secret</script>"]})
        assert "secret" not in str(body)


class TestCors:
    def test_a_host_page_gets_a_preflight_for_what_the_button_sends(self, service: Service) -> None:
        answer = service.call("OPTIONS", "/api/contacts/1", user=None, headers=PREFLIGHT, described=False)
        assert answer.status_code == 204
        assert answer.headers["Access-Control-Allow-Origin"] == HOST_PAGE
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        allowed = answer.headers["Access-Control-Allow-Headers"]
        for name in ("Authorization", "If-None-Match", "If-Match", "Idempotency-Key", "Content-Type"):
            assert name in allowed
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            assert method in answer.headers["Access-Control-Allow-Methods"]

    def test_a_host_page_may_read_answers_and_refusals(self, service: Service) -> None:
        for user in ("ann", None):
            answer = service.call("GET", "/api/sync", user=user, headers={"Origin": HOST_PAGE})
            assert answer.headers["Access-Control-Allow-Origin"] == HOST_PAGE
            assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
            assert "Origin" in answer.headers["Vary"]

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "null", f"{HOST_PAGE}.evil.example", "http://crm.example"]
    )
    def test_other_pages_get_no_leave(self, service: Service, origin: str) -> None:
        for method, more in (("GET", {}), ("OPTIONS", {"Access-Control-Request-Method": "GET"})):
            headers = {"Origin": origin, **more}
            answer = service.call(method, "/api/sync", headers=headers, described=False)
            assert "Access-Control-Allow-Origin" not in answer.headers

    def test_the_other_doors_know_no_cross_origin_calls(self, service: Service) -> None:
        answer = service.call(
            "GET", "/oauth/callback", user=None, headers={"Origin": HOST_PAGE}, door="oauth_callback"
        )
        assert "Access-Control-Allow-Origin" not in answer.headers


class TestFaults:
    def test_a_store_that_does_not_answer_is_unavailable(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def down(uid: str) -> None:
            raise StoreUnavailable("down")

        monkeypatch.setattr(service.store, "user", down)
        answer = service.call("GET", "/api/sync")
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert answer.json is not None
        assert answer.json["error"]["retry_after"] == 5

    @pytest.mark.parametrize(
        ("raised", "status", "code", "message"),
        [
            (
                InvalidPosition("p"),
                400,
                "invalid_page_token",
                "This page token does not belong to this list.",
            ),
            (TooLarge("w"), 413, "too_large", "This is more than can be stored."),
            (InvalidWrite("w"), 400, "invalid_request", "This cannot be stored."),
            (
                Conflicted("w"),
                409,
                "conflict",
                "Somebody else changed this at the same moment. Please try again.",
            ),
        ],
    )
    def test_what_the_store_refuses_is_told_in_a_sentence(
        self,
        service: Service,
        monkeypatch: pytest.MonkeyPatch,
        raised: Exception,
        status: int,
        code: str,
        message: str,
    ) -> None:
        def refuse(uid: str) -> None:
            raise raised

        monkeypatch.setattr(service.store, "user", refuse)
        answered, body = error(service, "GET", "/api/sync")
        assert (answered, body["code"], body["message"]) == (status, code, message)

    def test_a_queue_that_does_not_answer_is_unavailable(self, service: Service) -> None:
        service.connect(next_due_at=service.clock.now())
        service.queue.broken = Unavailable("queue_down")
        assert service.service_call("/scheduled/resync", door="scheduled_resync").status_code == 503

    def test_a_fault_of_ours_tells_nothing_but_is_logged_without_its_text(
        self, service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def faulty(uid: str) -> None:
            raise ZeroDivisionError("ann@mail.example is secret")

        monkeypatch.setattr(service.store, "user", faulty)
        answer = service.call("GET", "/api/sync")
        assert answer.status_code == 500
        assert answer.json is not None
        assert answer.json["error"]["code"] == "internal"
        assert "secret" not in answer.text
        assert "secret" not in caplog.text
        assert [record.error for record in caplog.records if hasattr(record, "error")] == [
            "ZeroDivisionError"
        ]

    def test_a_service_that_is_not_set_up_says_so_in_the_log_only(
        self, service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def not_set_up(door: str) -> None:
            raise SettingsError("TOKEN_KEYS", "is not set")

        monkeypatch.setattr(compose, "surroundings", not_set_up)
        answer = service.call("GET", "/api/health", user=None)
        assert answer.status_code == 503
        assert "TOKEN_KEYS" not in answer.text
        assert "TOKEN_KEYS: is not set" in [getattr(record, "text", "") for record in caplog.records]

    def test_a_failed_job_is_a_5xx_so_that_it_is_delivered_again(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def down(uid: str) -> None:
            raise StoreUnavailable("down")

        monkeypatch.setattr(service.store, "user", down)
        payload = {"uid": "ann", "resource": "contacts", "reason": "manual"}
        assert service.service_call("/tasks/sync", payload, door="tasks").status_code == 503


class TestLog:
    def answered(self, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
        """The line about the last call, as it is written in production."""
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        found: dict[str, object] = next(line for line in reversed(lines) if line["message"] == "answered")
        return found

    @pytest.fixture(autouse=True)
    def logging_as_deployed(self) -> Iterator[None]:
        """Logging as the composition root sets it up."""
        root = logging.getLogger()
        before = list(root.handlers)
        logs.configure("p")
        yield
        root.handlers[:] = before

    def test_a_call_is_logged_with_its_ids_and_without_what_it_carries(
        self, service: Service, capsys: pytest.CaptureFixture[str]
    ) -> None:
        trace = "a" * 32
        headers = {"traceparent": f"00-{trace}-{'b' * 16}-01"}
        headers["Authorization"] = f"Bearer {service.users.token('ann')}"
        body = {"given_name": "Zebedee", "emails": [{"value": "zeb@mail.example"}]}
        service.call("POST", "/api/contacts", body, headers=headers)
        out = capsys.readouterr().out
        for secret in ("Zebedee", "zeb@mail.example", headers["Authorization"][10:60]):
            assert secret not in out
        line = json.loads(out.splitlines()[-1])
        assert (line["user"], line["trace"], line["route"]) == ("ann", trace, "/api/contacts")
        assert (line["door"], line["method"], line["status"]) == ("api", "POST", 201)

    @pytest.mark.parametrize(
        "door", ["api", "oauth_callback", "calendar_webhook", "tasks", "scheduled_resync"]
    )
    def test_the_log_says_at_which_door(
        self, service: Service, capsys: pytest.CaptureFixture[str], door: str
    ) -> None:
        service.call("POST", "/no/such/path", door=door, described=False)
        assert self.answered(capsys)["door"] == door

    def test_an_authorization_code_is_not_logged(
        self, service: Service, capsys: pytest.CaptureFixture[str]
    ) -> None:
        query = {"state": "secret-state", "code": "secret-code"}
        service.call("GET", "/oauth/callback", user=None, query_string=query, door="oauth_callback")
        assert "secret" not in capsys.readouterr().out

    def test_a_job_is_logged_with_its_user(
        self, service: Service, capsys: pytest.CaptureFixture[str]
    ) -> None:
        payload = {"uid": "ann", "resource": "contacts", "reason": "manual"}
        headers = {"X-CloudTasks-TaskName": "task-1"}
        service.service_call("/tasks/sync", payload, door="tasks", headers=headers)
        line = self.answered(capsys)
        assert (line["user"], line["job"], line["task"]) == ("ann", "sync", "task-1")
