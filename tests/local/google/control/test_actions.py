"""The controls, as a page and as JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from local.google.control import actions
from tests.local.google.people.stage import (
    CALLBACK,
    CLIENT_ID,
    CLIENT_SECRET,
    START,
    Stage,
    authorize,
    exchange,
    names,
    person,
    redirected,
)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def act(stage: Stage, name: str, **arguments: Any) -> dict[str, Any]:
    response = stage.web.post(f"/_control/{name}", json=arguments)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json or {}
    return answer


def test_time_travels(stage: Stage) -> None:
    assert act(stage, "advance", seconds=86400) == {"now": "2026-03-03T09:00:00.000Z"}
    assert stage.clock.now() == START + timedelta(days=1)


def test_sync_tokens_expire_by_api_and_account(stage: Stage) -> None:
    other = stage.world.add_account("bob@example.com")
    act(stage, "expire-sync-tokens", api="people", account="bob@example.com")
    assert (stage.book.token_epoch, other.people.token_epoch) == (0, 1)
    act(stage, "expire-sync-tokens")
    assert (stage.book.token_epoch, other.people.token_epoch) == (1, 2)


def test_grants_end(stage: Stage) -> None:
    code = redirected(authorize(stage, "openid https://www.googleapis.com/auth/contacts"))["code"]
    answer = exchange(stage, code).json or {}
    assert act(stage, "expire-access-tokens")["expired"] >= 1
    assert act(stage, "expire-refresh-tokens")["expired"] == 1
    act(stage, "testing", on=True)
    assert stage.world.grants.clients[CLIENT_ID].testing
    code = redirected(authorize(stage, "https://www.googleapis.com/auth/contacts"))["code"]
    answer = exchange(stage, code).json or {}
    act(stage, "revoke", account="ann@example.com")
    form = {"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}
    form |= {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    assert stage.web.post("/token", data=form).status_code == 400


def test_sign_ins_are_refused_as_wished(stage: Stage) -> None:
    query = {"client_id": CLIENT_ID, "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid"}

    def answer() -> TestResponse:
        return stage.web.get("/o/oauth2/v2/auth", query_string=query | {"state": "s"})

    act(stage, "sign-in", error="org_internal")
    assert redirected(answer()) == {"state": "s", "error": "org_internal"}
    act(stage, "sign-in", error="access_denied", page=True)
    page = answer()
    assert (page.status_code, page.headers.get("Location")) == (403, None)
    assert "developer-approved testers" in page.text
    act(stage, "sign-in", error="redirect_uri_mismatch", page=True)
    page = answer()
    assert (page.status_code, "Error 400: redirect_uri_mismatch" in page.text) == (400, True)
    assert (stage.web.get("/_control/state").json or {})["sign_in_refusal"] == "redirect_uri_mismatch"
    act(stage, "sign-in")
    assert "Choose an account" in answer().text


def test_quota_latency_faults_and_oddities(stage: Stage) -> None:
    assert act(stage, "quotas", preset="google")["quotas"]["calendar.user"] == 600
    act(stage, "quotas", metric="people.critical_read", limit=1)
    act(stage, "latency", seconds=0.5, operation="people.*")
    act(stage, "latency", seconds=0)
    act(stage, "fault", operation="people.*", when="after", drop=True, times=None, account="ann@example.com")
    act(stage, "reorder", on=True)
    act(stage, "sever-opener", on=True)
    act(stage, "lag", seconds=5)
    act(stage, "push", delay=1, drop_next=2, duplicate_next=3)
    state = stage.web.get("/_control/state").json or {}
    assert state["faults"] == [
        "people.*: connection dropped after the effect, every time, for ann@example.com"
    ]
    assert (state["quotas"]["people.critical_read"], state["latency_by_operation"]) == (1, {})
    assert state["accounts"][0]["reorder"]
    assert state["accounts"][0]["lag_seconds"] == 5
    assert (stage.world.push.delay, stage.world.push.drop_next, stage.world.push.duplicate_next) == (1, 2, 3)
    act(stage, "clear-faults")
    assert stage.world.controls.faults() == []


def test_all_changed_reports_every_contact(stage: Stage) -> None:
    stage.book.phone_create(person("Ann"))
    token = stage.full_sync()
    act(stage, "all-changed", api="people")
    assert names(stage.delta(token)["connections"]) == ["Ann"]


def test_calls_are_listed_and_forgotten(stage: Stage) -> None:
    stage.list()
    (call,) = (stage.web.get("/_control/calls?operation=people.*").json or {})["calls"]
    assert (call["operation"], call["status"]) == ("people.people.connections.list", 200)
    act(stage, "forget-calls")
    assert (stage.web.get("/_control/calls").json or {})["calls"] == []


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("nothing", {}),
        ("advance", {"seconds": -1}),
        ("advance", {}),
        ("lag", {"seconds": 1, "account": "nobody@example.com"}),
        ("quotas", {"metric": "people.nothing"}),
        ("quotas", {"preset": "huge"}),
        ("fault", {"operation": "x", "colour": "red"}),
    ],
)
def test_bad_actions_are_refused(stage: Stage, name: str, arguments: dict[str, Any]) -> None:
    assert stage.web.post(f"/_control/{name}", json=arguments).status_code == 400


def test_a_person_acts_on_contacts_from_outside(stage: Stage) -> None:
    def gesture(name: str, **body: Any) -> dict[str, Any]:
        response = stage.web.post(f"/_control/contacts/{name}", json={"account": "ann@example.com"} | body)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json or {}
        return answer

    ann = gesture("create", person=person("Ann"))["resourceName"]
    bob = gesture("create", person=person("Bob"))["resourceName"]
    gesture("edit", resourceName=ann, person=person("Anna"))
    gesture("label", resourceName=ann, label="Clients")
    gesture("merge", resourceName=ann, merged=bob)
    assert names([stage.book.person(ann)]) == ["Anna"]
    gesture("delete", resourceName=ann)
    assert len(stage.book) == 0
    for name, body, status in (
        ("create", {}, 400),
        ("fly", {}, 404),
        ("delete", {"resourceName": "people/c1"}, 404),
    ):
        account = {"account": "ann@example.com"}
        assert stage.web.post(f"/_control/contacts/{name}", json=account | body).status_code == status


def test_the_page_shows_the_state_and_its_forms_work(stage: Stage) -> None:
    stage.list()
    page = stage.web.get("/controls")
    assert "people.people.connections.list" in page.text
    assert "2026-03-02T09:00:00.000Z" in page.text
    fault = {
        "operation": "oauth.token",
        "when": "before",
        "status": "503",
        "times": "0",
        "account": "",
        "skip": "0",
    }
    answer = stage.web.post("/controls/fault", data=fault)
    assert (answer.status_code, answer.location) == (303, "/controls?done=fault")
    assert "oauth.token: 503 backendError before the effect, every time" in stage.web.get("/controls").text
    assert stage.web.post("/controls/advance", data={"seconds": "soon"}).status_code == 400


def test_every_form_of_the_page_names_an_action() -> None:
    stage = Stage()
    page = stage.web.get("/controls").text
    named = {part.split('"')[0] for part in page.split('action="/controls/')[1:]}
    assert named <= set(actions.ACTIONS)
    assert set(actions.ACTIONS) - named == set()
