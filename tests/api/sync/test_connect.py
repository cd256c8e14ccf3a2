import re
from dataclasses import replace
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest
from werkzeug.test import TestResponse

from crmsync import compose
from crmsync.core.errors import Misconfigured, Unavailable
from crmsync.core.model import Resource
from crmsync.engine.account import attempts
from crmsync.engine.account import connect as connecting
from crmsync.engine.ports import GrantedAccess
from crmsync.settings import SettingsError
from crmsync.store.errors import StoreUnavailable
from crmsync.store.ports import PutLink
from tests.api.service import BOTH, Service, candidate, said
from tests.contracts.samples import link
from tests.scopes import ANN


def begin(service: Service, body: Any = None, *, cookie: str | None = None) -> tuple[str, str]:
    """Starts an attempt; answers its state and the browser's cookie."""
    headers = {"Cookie": f"__Host-crmsync={cookie}"} if cookie else {}
    answer = service.call("POST", "/api/google/connect", body, headers=headers)
    assert answer.status_code == 200
    assert answer.json is not None
    return answer.json["authorization_url"].partition("state=")[2], cookie_of(answer).value


def cookie_of(answer: TestResponse) -> Any:
    jar = SimpleCookie(answer.headers["Set-Cookie"])
    [morsel] = jar.values()
    return morsel


def come_back(service: Service, state: str, cookie: str | None, **query: str) -> TestResponse:
    """Google sends the browser back."""
    headers = {"Cookie": f"__Host-crmsync={cookie}"} if cookie else {}
    return service.call(
        "GET",
        "/oauth/callback",
        user=None,
        headers=headers,
        query_string={"state": state, **query},
        door="oauth_callback",
    )


def outcome(answer: TestResponse) -> dict[str, str]:
    """What the page tells its script."""
    return dict(re.findall(r'data-(\w+)="([^"]*)"', answer.text))


def take(
    service: Service, pending: str, *, user: str = "ann", afresh: bool = False, status: int = 200
) -> dict[str, Any]:
    """The person's window takes what Google granted."""
    body = {"pending": pending, "afresh": afresh}
    return said(service.call("POST", "/api/google/connect/confirm", body, user=user), status)


def connect(service: Service, scopes: frozenset[Resource] = BOTH, **more: Any) -> dict[str, Any]:
    """The whole way, by one person in one browser."""
    state, cookie = begin(service)
    found = outcome(come_back(service, state, cookie, code=allow(service, scopes, **more)))
    assert found["outcome"] == "granted"
    return take(service, found["pending"])


def allow(
    service: Service, scopes: frozenset[Resource] = BOTH, sub: str = "sub-1", token: str | None = "r"
) -> str:
    code = f"code-{len(service.google.codes)}"
    service.google.codes[code] = GrantedAccess(sub, f"{sub}@gmail.example", scopes, token)
    return code


def withdraw(service: Service) -> None:
    """Ten minutes pass, and Cloud Tasks delivers what ends the offers."""
    service.clock.advance(timedelta(minutes=10))
    for job in [each for each in service.queue.jobs if each.job == "withdraw"]:
        service.service_call("/tasks/withdraw", job.payload, door="tasks")


class TestBegin:
    def test_both_parts_are_asked_for_unless_told(self, service: Service) -> None:
        begin(service)
        begin(service, {"scopes": ["calendar"]})
        assert service.google.asked == [BOTH, frozenset(("calendar",))]

    @pytest.mark.parametrize(
        "scopes", [[], ["mail"], "contacts", ["contacts", "calendar", "calendar_list", "contacts"]]
    )
    def test_other_parts_are_refused(self, service: Service, scopes: Any) -> None:
        assert service.call("POST", "/api/google/connect", {"scopes": scopes}).status_code == 400

    def test_the_cookie_is_for_this_host_and_not_for_scripts(self, service: Service) -> None:
        morsel = cookie_of(service.call("POST", "/api/google/connect"))
        assert morsel.key == "__Host-crmsync"
        assert (morsel["httponly"], morsel["secure"]) == (True, True)
        assert (morsel["samesite"], morsel["path"], morsel["domain"]) == ("Lax", "/", "")
        assert len(morsel.value) == 43

    def test_over_http_on_loopback_the_cookie_has_a_plain_name(self, service: Service) -> None:
        compose.use(replace(compose.surroundings(), public_url="http://127.0.0.1:8080"))
        morsel = cookie_of(service.call("POST", "/api/google/connect"))
        assert (morsel.key, morsel["secure"], morsel["httponly"]) == ("crmsync", "", True)

    def test_a_browser_keeps_its_cookie_but_not_one_that_it_made_up(self, service: Service) -> None:
        _, cookie = begin(service)
        assert begin(service, cookie=cookie)[1] == cookie
        assert begin(service, cookie="planted")[1] != "planted"

    def test_only_a_digest_of_the_cookie_is_stored(self, service: Service) -> None:
        state, cookie = begin(service)
        attempt = attempts.find(service.deps, state)
        assert attempt is not None
        assert cookie not in repr(attempt)

    def test_ten_attempts_may_be_open_and_the_next_has_to_wait(self, service: Service) -> None:
        begun = []
        for _ in range(10):
            begun.append(begin(service))
            service.clock.advance(timedelta(seconds=30))
        asked = len(service.google.asked)
        answer = service.call("POST", "/api/google/connect")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "300")
        error = answer.get_json()["error"]
        assert (error["code"], error["retry_after"]) == ("rate_limited", 300)
        assert "wait a little" in error["message"]
        assert "Set-Cookie" not in answer.headers
        assert len(service.google.asked) == asked
        assert service.call("POST", "/api/google/connect", user="bob").status_code == 200, (
            "each has their own"
        )
        service.clock.advance(timedelta(seconds=300))
        begin(service)

    def test_whoever_comes_back_from_google_may_begin_again(self, service: Service) -> None:
        for _ in range(12):
            state, cookie = begin(service)
            come_back(service, state, cookie, error="access_denied")

    def test_the_limit_costs_one_query_and_no_write(self, service: Service) -> None:
        begin(service)
        service.meter.reset()
        begin(service)
        used = service.meter.used()
        assert (used.queries, used.counts, used.writes) == (1, 0, 1)


class TestCallback:
    def test_allowing_and_taking_it_connects_and_starts_the_sync(self, service: Service) -> None:
        state, cookie = begin(service)
        answer = come_back(service, state, cookie, code=allow(service), scope="contacts")
        assert answer.status_code == 200
        assert answer.mimetype == "text/html"
        found = outcome(answer)
        assert (found["outcome"], found["missing"], found["email"]) == ("granted", "", "sub-1@gmail.example")
        assert service.call("GET", "/api/sync").get_json()["account"] is None, "nobody has taken it yet"
        assert service.queue.syncs() == []
        assert take(service, found["pending"]) == {
            "outcome": "connected",
            "missing": [],
            "email": "sub-1@gmail.example",
            "until": None,
            "ended_clean_up": False,
        }
        assert service.call("GET", "/api/sync").get_json()["account"] == {"email": "sub-1@gmail.example"}
        assert service.queue.syncs() == [("calendar", "connect"), ("contacts", "connect")]

    def test_nobody_but_who_began_takes_it_and_once(self, service: Service) -> None:
        answer = service.call("POST", "/api/google/connect", None)
        pending = answer.get_json()["pending"]
        take(service, pending, status=410)
        state = answer.get_json()["authorization_url"].partition("state=")[2]
        come_back(service, state, cookie_of(answer).value, code=allow(service))
        take(service, pending, user="bob", status=410)
        assert service.call("GET", "/api/sync", user="bob").get_json()["account"] is None
        assert take(service, pending)["outcome"] == "connected"
        take(service, pending, status=410)

    def test_what_nobody_takes_is_withdrawn(self, service: Service) -> None:
        state, cookie = begin(service)
        pending = outcome(come_back(service, state, cookie, code=allow(service)))["pending"]
        [job] = service.queue.jobs
        assert (job.job, job.delay) == ("withdraw", 600.0)
        withdraw(service)
        assert service.google.revoked == ["sealed:r"]
        take(service, pending, status=410)

    def test_what_was_taken_is_not_withdrawn(self, service: Service) -> None:
        connect(service)
        withdraw(service)
        assert service.google.revoked == []

    def test_a_grant_of_the_connected_account_that_nobody_takes_stays(self, service: Service) -> None:
        connect(service)
        state, cookie = begin(service)
        come_back(service, state, cookie, code=allow(service))
        withdraw(service)
        assert service.google.revoked == [], "Google would end the connection with it"

    def test_nothing_but_who_it_is_is_given_back(self, service: Service) -> None:
        state, cookie = begin(service)
        answer = come_back(service, state, cookie, code=allow(service, frozenset()))
        assert outcome(answer)["outcome"] == "denied"
        [job] = service.queue.jobs
        assert (job.job, job.delay) == ("withdraw", 0.0)
        service.service_call("/tasks/withdraw", job.payload, door="tasks")
        assert service.google.revoked == ["sealed:r"]

    def test_a_queue_that_is_down_is_survived_and_the_schedule_picks_it_up(self, service: Service) -> None:
        service.queue.broken = Unavailable("queue_unavailable")
        assert connect(service)["outcome"] == "connected"
        status = said(service.call("GET", "/api/sync"))
        assert (status["state"], status["account"]) == ("syncing", {"email": "sub-1@gmail.example"})
        assert service.queue.jobs == []
        service.queue.broken = None
        service.clock.advance(timedelta(seconds=1))
        assert said(service.service_call("/scheduled/resync", door="scheduled_resync")) == {"queued": 1}
        assert service.queue.syncs() == [("calendar", "schedule"), ("contacts", "schedule")]
        [user] = {each.payload["uid"] for each in service.queue.jobs}
        assert user == "ann"

    def test_a_store_that_is_down_is_told_by_a_page(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        state, cookie = begin(service)

        def down(*_: object) -> None:
            raise StoreUnavailable("down")

        monkeypatch.setattr(type(service.store), "take_oauth_state", down)
        answer = come_back(service, state, cookie, code=allow(service))
        assert (answer.status_code, answer.mimetype) == (503, "text/html")
        assert outcome(answer)["outcome"] == "failed"

    @pytest.mark.parametrize(
        ("fault", "status"),
        [
            (StoreUnavailable("down"), 503),
            (SettingsError("PUBLIC_URL", "is not set"), 503),
            (Unavailable("timeout"), 503),
            (RuntimeError("a fault of ours"), 500),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_whatever_goes_wrong_a_person_sees_a_page(
        self, service: Service, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int
    ) -> None:
        def fails(*_: object, **__: object) -> None:
            raise fault

        state, cookie = begin(service)
        monkeypatch.setattr(connecting, "complete", fails)
        answer = come_back(service, state, cookie, code=allow(service))
        assert (answer.status_code, answer.mimetype) == (status, "text/html")
        assert outcome(answer)["outcome"] == "failed"
        assert "a fault of ours" not in answer.text

    def test_allowing_a_part_names_the_rest(self, service: Service) -> None:
        state, cookie = begin(service)
        code = allow(service, frozenset(("contacts",)))
        answer = come_back(service, state, cookie, code=code)
        found = outcome(answer)
        assert "Go back to your CRM, which finishes the connection." in answer.text
        assert (found["outcome"], found["missing"]) == ("granted", "calendar")
        assert take(service, found["pending"])["outcome"] == "partial"
        assert service.queue.syncs() == [("contacts", "connect")]

    def test_refusing_is_a_normal_outcome(self, service: Service) -> None:
        state, cookie = begin(service)
        answer = come_back(service, state, cookie, error="access_denied")
        assert answer.status_code == 200
        assert outcome(answer)["outcome"] == "denied"
        assert service.store.grant(ANN) is None

    @pytest.mark.parametrize(
        ("error", "kind", "status"),
        [
            ("access_denied", "denied", 200),
            ("admin_policy_enforced", "policy", 200),
            ("org_internal", "internal", 200),
            ("redirect_uri_mismatch", "setup", 502),
            ("invalid_client", "setup", 502),
            ("invalid_scope", "setup", 502),
            ("server_error", "failed", 502),
            ("temporarily_unavailable", "failed", 502),
            ("of_tomorrow", "failed", 502),
            ("", "failed", 502),
        ],
    )
    def test_each_refusal_has_its_words(self, service: Service, error: str, kind: str, status: int) -> None:
        state, cookie = begin(service)
        answer = come_back(service, state, cookie, error=error)
        assert (answer.status_code, outcome(answer)["outcome"]) == (status, kind)

    def test_a_client_that_google_does_not_accept_is_said_and_logged(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ) -> None:
        state, cookie = begin(service)
        service.google.failure = Misconfigured("redirect_uri_mismatch")
        answer = come_back(service, state, cookie, code=allow(service))
        assert (answer.status_code, outcome(answer)["outcome"]) == (502, "setup")
        assert "The people who run your CRM" in answer.text
        [told] = [each for each in caplog.records if each.message == "client refused"]
        assert (told.levelname, vars(told)["code"]) == ("ERROR", "redirect_uri_mismatch")

    def test_an_answer_that_another_issuer_gave_is_not_looked_at(self, service: Service) -> None:
        state, cookie = begin(service)
        answer = come_back(service, state, cookie, code=allow(service), iss="https://accounts.example")
        assert outcome(answer)["outcome"] == "failed"
        assert attempts.find(service.deps, state) is not None
        answer = come_back(service, state, cookie, code=allow(service), iss="https://accounts.google.com")
        assert outcome(answer)["outcome"] == "granted"

    def test_a_state_is_good_once(self, service: Service) -> None:
        state, cookie = begin(service)
        come_back(service, state, cookie, code=allow(service))
        answer = come_back(service, state, cookie, code=allow(service, sub="sub-2"))
        assert (answer.status_code, outcome(answer)["outcome"]) == (410, "expired")

    def test_a_state_expires_after_ten_minutes(self, service: Service) -> None:
        state, cookie = begin(service)
        service.clock.advance(timedelta(minutes=10))
        answer = come_back(service, state, cookie, code=allow(service))
        assert outcome(answer)["outcome"] == "expired"
        assert service.store.grant(ANN) is None

    @pytest.mark.parametrize("cookie", [None, "x" * 43, "planted"])
    def test_another_browser_gets_nowhere_and_uses_nothing_up(
        self, service: Service, cookie: str | None
    ) -> None:
        state, own = begin(service)
        code = allow(service)
        assert outcome(come_back(service, state, cookie, code=code))["outcome"] == "expired"
        assert service.store.grant(ANN) is None
        assert outcome(come_back(service, state, own, code=code))["outcome"] == "granted"

    @pytest.mark.parametrize("state", ["", "made-up", "a/b", "__x__", "x" * 5000, "\u0000"])
    def test_a_made_up_state_changes_nothing(self, service: Service, state: str) -> None:
        _, cookie = begin(service)
        answer = come_back(service, state, cookie, code=allow(service))
        assert (answer.status_code, outcome(answer)["outcome"]) == (410, "expired")
        assert service.store.grant(ANN) is None

    def test_google_out_of_reach_is_a_failure_that_may_be_repeated(self, service: Service) -> None:
        state, cookie = begin(service)
        service.google.failure = Unavailable("timeout")
        answer = come_back(service, state, cookie, code=allow(service))
        assert (answer.status_code, outcome(answer)["outcome"]) == (502, "failed")

    def test_only_a_get_ends_an_attempt(self, service: Service) -> None:
        state, cookie = begin(service)
        headers = {"Cookie": f"__Host-crmsync={cookie}"}
        for method in ("HEAD", "POST", "OPTIONS"):
            answer = service.call(
                method,
                f"/oauth/callback?state={state}&code={allow(service)}",
                user=None,
                headers=headers,
                door="oauth_callback",
                described=False,
            )
            assert (answer.status_code, answer.mimetype) == (405, "text/html")
        assert attempts.find(service.deps, state) is not None

    def test_the_page_shows_nothing_that_was_sent_and_escapes_what_google_says(
        self, service: Service
    ) -> None:
        state, cookie = begin(service)
        code = allow(service)
        evil = '"><script>alert(1)</script>'
        service.google.codes[code] = GrantedAccess("sub-1", evil, BOTH, "r")
        answer = come_back(service, state, cookie, code=code, scope=evil, authuser=evil)
        assert "<script>alert" not in answer.text
        assert state not in answer.text
        assert code not in answer.text
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy


class TestOtherAccount:
    def pending(self, service: Service) -> tuple[str, str]:
        """An attempt that ended at another account than the one connected before."""
        service.connect()
        state, cookie = begin(service)
        answer = come_back(service, state, cookie, code=allow(service, sub="sub-2"))
        found = outcome(answer)
        assert (found["outcome"], found["email"]) == ("other_account", "sub-2@gmail.example")
        return found["pending"], cookie

    def test_nothing_changes_before_the_user_says_so(self, service: Service) -> None:
        pending, _ = self.pending(service)
        asked = take(service, pending)
        assert (asked["outcome"], asked["email"]) == ("other_account", "sub-2@gmail.example")
        grant = service.store.grant(ANN)
        assert grant is not None
        assert grant.sub == "sub-1"

    def test_the_user_may_start_afresh_with_it(self, service: Service) -> None:
        pending, _ = self.pending(service)
        assert take(service, pending, afresh=True) == {
            "outcome": "connected",
            "missing": [],
            "email": "sub-2@gmail.example",
            "until": None,
            "ended_clean_up": False,
        }
        grant = service.store.grant(ANN)
        assert grant is not None
        assert grant.sub == "sub-2"

    def test_another_user_cannot(self, service: Service) -> None:
        pending, _ = self.pending(service)
        take(service, pending, user="bob", afresh=True, status=410)
        grant = service.store.grant(ANN)
        assert grant is not None
        assert grant.sub == "sub-1"

    def test_it_can_be_said_once_and_in_time(self, service: Service) -> None:
        pending, _ = self.pending(service)
        take(service, pending, afresh=True)
        take(service, pending, afresh=True, status=410)
        later, _ = self.pending(service)
        service.clock.advance(timedelta(minutes=10))
        take(service, later, afresh=True, status=410)

    def test_a_state_that_never_came_back_is_nothing_to_confirm(self, service: Service) -> None:
        state, _ = begin(service)
        take(service, state, status=410)
        take(service, "a/b", status=410)

    def test_refused_by_the_user_it_is_withdrawn_alone(self, service: Service) -> None:
        self.pending(service)
        withdraw(service)
        assert service.google.revoked == ["sealed:r"]
        grant = service.store.grant(ANN)
        assert grant is not None
        assert grant.sub == "sub-1"


def wishes(service: Service) -> tuple[str, str]:
    """What becomes of the copies at Google and in the CRM."""
    user = service.store.user(ANN)
    assert user is not None
    assert user.departure is not None
    return user.departure.google_copies, user.departure.crm_copies


class TestDisconnect:
    def test_the_connection_ends_at_once_and_the_rest_follows(self, service: Service) -> None:
        service.connect()
        body = {"google_copies": "delete", "crm_copies": "archive"}
        answer = service.call("DELETE", "/api/google/connection", body)
        assert answer.status_code == 202
        assert [job.job for job in service.queue.jobs] == ["disconnect"]
        assert wishes(service) == ("delete", "archive")
        status = service.call("GET", "/api/sync").json
        assert status is not None
        assert status["state"] == "disconnected"

    def test_without_a_word_nothing_is_deleted(self, service: Service) -> None:
        service.connect()
        assert service.call("DELETE", "/api/google/connection").status_code == 202
        assert wishes(service) == ("keep", "keep")

    def test_it_may_be_repeated_and_needs_no_connection(self, service: Service) -> None:
        for _ in range(2):
            assert service.call("DELETE", "/api/google/connection", {}).status_code == 202

    def test_a_queue_that_takes_nothing_is_survived(self, service: Service) -> None:
        service.connect()
        service.queue.broken = Unavailable("queue_unavailable")
        assert service.call("DELETE", "/api/google/connection", {}).status_code == 202
        service.queue.broken = None
        service.clock.advance(timedelta(minutes=5))
        assert said(service.service_call("/scheduled/resync", door="scheduled_resync")) == {"queued": 1}
        assert [job.job for job in service.queue.jobs] == ["disconnect"]

    def test_a_misspelt_wish_changes_nothing(self, service: Service) -> None:
        service.connect()
        answer = service.call("DELETE", "/api/google/connection", {"google_copies": "purge"})
        assert answer.status_code == 400
        assert service.queue.jobs == []

    def test_it_is_told_in_numbers_before(self, service: Service) -> None:
        service.connect()
        for key in ("k1", "k2", "k3"):
            made = link(key, f"c-{key}", made_here=key != "k3", made_crm=key == "k3")
            service.store.commit(ANN, [PutLink(made)])
        service.store.commit(ANN, [PutLink(link("e", "a", resource="calendar", made_here=True))])
        service.offer(candidate("g1"), candidate("g2"), candidate("g3", status="imported"))
        assert said(service.call("GET", "/api/google/connection")) == {
            "at_google": {"contacts": 2, "calendar": 1},
            "in_crm": {"contacts": 1, "calendar": 0},
            "not_imported": 2,
        }
        nobody = said(service.call("GET", "/api/google/connection", user="bob"))
        assert nobody["at_google"] == {"contacts": 0, "calendar": 0}

    def test_it_says_when_it_is_over_at_the_latest(self, service: Service) -> None:
        assert said(service.call("DELETE", "/api/google/connection"), 202)["by"] is None
        service.connect()
        by = said(service.call("DELETE", "/api/google/connection"), 202)["by"]
        assert by == "2026-03-03T12:00:00Z"

    def test_what_remained_is_told_until_the_user_has_read_it(self, service: Service) -> None:
        service.connect()
        service.store.commit(ANN, [PutLink(link("k1", "c1", made_here=True))])
        service.call("DELETE", "/api/google/connection", {"google_copies": "delete"})
        running = said(service.call("GET", "/api/sync"))["departure"]
        assert (running["ended"], running["email"], running["left"]) == (False, "ann@gmail.example", [])
        assert service.call("DELETE", "/api/google/connection/report").status_code == 204
        # The fake Google opens no session, as for a dead grant.
        [job] = service.queue.jobs
        assert service.service_call("/tasks/disconnect", job.payload, door="tasks").status_code == 204
        told = said(service.call("GET", "/api/sync"))["departure"]
        assert (told["ended"], told["access_left"]) == (True, False)
        assert told["left"] == [{"resource": "contacts", "side": "google", "count": 1, "reason": "no_grant"}]
        for _ in range(2):
            assert service.call("DELETE", "/api/google/connection/report").status_code == 204
        assert said(service.call("GET", "/api/sync"))["departure"] is None

    def test_coming_back_ends_the_clean_up_and_says_so(self, service: Service) -> None:
        connect(service)
        service.call("DELETE", "/api/google/connection", {"google_copies": "delete"})
        assert connect(service)["ended_clean_up"] is True
        assert said(service.call("GET", "/api/sync"))["departure"] is None

    def test_another_account_waits_for_it_and_says_so(self, service: Service) -> None:
        connect(service)
        service.call("DELETE", "/api/google/connection", {"google_copies": "delete"})
        state, cookie = begin(service)
        found = outcome(come_back(service, state, cookie, code=allow(service, sub="sub-2")))
        waits = take(service, found["pending"], afresh=True)
        assert (waits["outcome"], waits["email"]) == ("waiting", "sub-2@gmail.example")
        assert waits["until"] == "2026-03-03T12:00:00Z"
        status = said(service.call("GET", "/api/sync"))
        assert (status["state"], status["departure"]["next"]) == ("disconnected", "sub-2@gmail.example")
