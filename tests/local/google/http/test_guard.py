"""What every API call passes.

Bearer tokens, scopes, quota, planned faults, latency, counting, gzip, `fields`.
"""

from __future__ import annotations

import gzip
import json
from datetime import timedelta

import pytest

from local.google.errors import ConnectionDropped
from local.google.faults import Controls, Fault, When
from tests.local.google.people.stage import CLIENT_ID, CLIENT_SECRET, CONTACTS, Stage, names, person


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_call_without_or_with_a_dead_token_is_401_in_each_apis_words(stage: Stage) -> None:
    for token in ("", "dead"):
        stage.token = token
        people = stage.send("GET", "/v1/people/me", personFields="names")
        assert people.status_code == 401
        assert people.headers["WWW-Authenticate"].startswith("Bearer")
        assert people.json is not None
        assert "errors" not in people.json["error"]
        assert people.json["error"]["status"] == "UNAUTHENTICATED"
        calendar = stage.refused("GET", "/calendar/v3/calendars/primary/events")
        assert calendar["errors"][0]["reason"] == ("authError" if token else "required")


def test_the_token_may_come_as_a_query_parameter(stage: Stage) -> None:
    response = stage.web.get(
        "/v1/people/me", query_string={"personFields": "names", "access_token": stage.token}
    )
    assert response.status_code == 200


def test_a_missing_scope_is_403_with_its_reason(stage: Stage) -> None:
    stage.token = stage.bearer("https://www.googleapis.com/auth/contacts.readonly")
    stage.call("GET", "/v1/people/me/connections", personFields="names")
    error = stage.refused("POST", "/v1/people:createContact", person("Ann"))
    assert (error["code"], error["status"]) == (403, "PERMISSION_DENIED")
    assert error["message"] == "Request had insufficient authentication scopes."
    assert error["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_paths_google_does_not_have_answer_an_html_404(stage: Stage) -> None:
    for path in ("/people/v1/people/me/connections", "/v1/people/me/nothing", "/v1/poeple:batchGet"):
        response = stage.send("GET", path)
        assert response.status_code == 404
        assert response.content_type.startswith("text/html")


def test_unknown_and_repeated_parameters_are_refused(stage: Stage) -> None:
    wrong = ({"colour": "red"}, {"personFields": ["names", "urls"]}, {"alt": "proto"})
    for parameters in wrong:
        error = stage.refused("GET", "/v1/people/me", **({"personFields": "names"} | parameters))
        assert error["status"] == "INVALID_ARGUMENT"


def test_bodies_must_be_json_objects_and_only_where_there_is_one(stage: Stage) -> None:
    headers = {"Authorization": f"Bearer {stage.token}"}
    for body, kind in ((b"[]", "application/json"), (b"{", "application/json"), (b"{}", "text/plain")):
        response = stage.web.post("/v1/people:createContact", data=body, content_type=kind, headers=headers)
        assert response.status_code == 400
    name = stage.book.phone_create(person("Ann"))
    assert stage.refused("DELETE", f"/v1/{name}:deleteContact", {"a": 1})["code"] == 400


def test_operations_that_are_not_simulated_are_501(stage: Stage) -> None:
    stage.token = stage.bearer("https://www.googleapis.com/auth/contacts.other.readonly")
    error = stage.refused("GET", "/v1/otherContacts", readMask="names")
    assert (error["code"], error["status"]) == (501, "UNIMPLEMENTED")


def test_over_quota_is_429_resource_exhausted_until_the_minute_has_passed(stage: Stage) -> None:
    stage.world.controls.quotas["people.critical_read"] = 2
    for _ in range(2):
        stage.list()
    error = stage.refused("GET", "/v1/people/me/connections", personFields="names")
    assert (error["code"], error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert "Critical read requests" in error["message"]
    assert "people.googleapis.com" in error["message"]
    assert error["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED"
    stage.advance(seconds=61)
    stage.list()


def test_writes_charge_the_read_metric_unless_they_read_nothing_back(stage: Stage) -> None:
    stage.world.controls.quotas["people.critical_read"] = 7
    batch = {"contacts": [{"contactPerson": person("Ann")}]}
    stage.call("POST", "/v1/people:batchCreateContacts", batch | {"readMask": "names"})
    stage.call("POST", "/v1/people:batchCreateContacts", batch)
    stage.call("POST", "/v1/people:createContact", person("Bob"))
    error = stage.refused("POST", "/v1/people:createContact", person("Cid"))
    assert "Critical read requests" in error["message"]


def test_the_first_page_of_each_full_sync_has_a_quota_of_its_own(stage: Stage) -> None:
    stage.world.controls.quotas["people.full_sync"] = 1
    token = stage.full_sync()
    stage.delta(token)
    stage.list()
    error = stage.refused("GET", "/v1/people/me/connections", personFields="names", requestSyncToken="true")
    assert error["code"] == 429


def test_the_days_writes_are_a_bucket_of_their_own(stage: Stage) -> None:
    stage.world.controls.quotas["people.daily_write"] = 2
    batch = {"contacts": [{"contactPerson": person("Ann")}, {"contactPerson": person("Bob")}]}
    stage.call("POST", "/v1/people:batchCreateContacts", batch)
    for hours in (0, 23):
        stage.advance(hours=hours)
        error = stage.refused("POST", "/v1/people:createContact", person("Cid"))
        assert (error["code"], error["status"]) == (429, "RESOURCE_EXHAUSTED")
        assert "FBS quota limit exceeded" in error["details"][0]["violations"][0]["description"]
    stage.advance(hours=1)
    stage.call("POST", "/v1/people:createContact", person("Cid"))


def test_quota_is_spent_per_account(stage: Stage) -> None:
    stage.world.controls.quotas["people.critical_read"] = 1
    stage.list()
    other = stage.world.add_account("bob@example.com")
    stage.token = stage.bearer(CONTACTS, account=other)
    stage.list()


def test_googles_numbers_and_generous_ones(stage: Stage) -> None:
    controls = stage.world.controls
    controls.use_google_quotas()
    assert controls.quotas["people.critical_read"] == 90
    controls.use_generous_quotas()
    assert min(controls.quotas.values()) > 100_000


@pytest.mark.parametrize(("when", "contacts"), [("before", 0), ("after", 1)])
def test_a_fault_before_has_no_effect_and_one_after_has(stage: Stage, when: When, contacts: int) -> None:
    stage.world.controls.plan(Fault("people.people.createContact", when=when, status=500, reason="INTERNAL"))
    error = stage.refused("POST", "/v1/people:createContact", person("Ann"))
    assert (error["code"], error["status"]) == (500, "INTERNAL")
    assert len(stage.book) == contacts
    assert stage.world.controls.faults() == []


def test_a_dropped_connection_has_no_answer(stage: Stage) -> None:
    stage.world.controls.plan(Fault("people.people.createContact", when="after", drop=True))
    with pytest.raises(ConnectionDropped):
        stage.send("POST", "/v1/people:createContact", person("Ann"))
    assert len(stage.book) == 1
    assert stage.world.controls.calls()[-1].status == 0


def test_faults_skip_repeat_and_mind_the_account(stage: Stage) -> None:
    other = stage.world.add_account("bob@example.com")
    stage.world.controls.plan(Fault("people.*", times=None, skip=1, account="ann@example.com", retry_after=7))
    stage.list()
    for _ in range(3):
        response = stage.send("GET", "/v1/people/me", personFields="names")
        assert (response.status_code, response.headers["Retry-After"]) == (503, "7")
    stage.token = stage.bearer(CONTACTS, account=other)
    stage.list()
    stage.world.controls.clear_faults()
    stage.token = stage.bearer(CONTACTS)
    stage.list()


def test_faults_strike_the_token_endpoint_too(stage: Stage) -> None:
    stage.world.controls.plan(Fault("oauth.token", status=503, reason="backend_error"))
    form = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    response = stage.web.post("/token", data=form)
    assert (response.status_code, response.json) == (
        503,
        {"error": "backend_error", "error_description": "The service is currently unavailable."},
    )


def test_calendar_faults_carry_their_reason(stage: Stage) -> None:
    stage.token = stage.bearer("https://www.googleapis.com/auth/calendar.events")
    stage.world.controls.plan(Fault("calendar.*", status=403, reason="rateLimitExceeded"))
    error = stage.refused("GET", "/calendar/v3/calendars/primary/events")
    assert (error["errors"][0]["domain"], error["errors"][0]["reason"]) == (
        "usageLimits",
        "rateLimitExceeded",
    )


def test_latency_is_waited_for_each_call_or_by_operation() -> None:
    waited: list[float] = []
    controls = Controls(sleep=waited.append)
    controls.wait("people.people.get")
    controls.latency = 0.15
    controls.latency_by_operation["calendar.*"] = 2.0
    controls.wait("people.people.get")
    controls.wait("calendar.events.list")
    assert waited == [0.15, 2.0]


def test_calls_are_counted_and_measured(stage: Stage) -> None:
    stage.book.phone_create(person("Ann" * 200))
    stage.send("GET", "/v1/people/me/connections", personFields="names", headers={"Accept-Encoding": "gzip"})
    stage.list()
    packed, plain = stage.world.controls.calls("people.people.connections.list")
    assert packed.account == plain.account == "ann@example.com"
    assert packed.gzipped_bytes is not None
    assert packed.gzipped_bytes < packed.response_bytes
    assert plain.gzipped_bytes is None
    assert stage.world.controls.count("people.*") == 2
    stage.world.controls.forget_calls()
    assert stage.world.controls.count() == 0


def test_answers_are_gzipped_when_asked_for(stage: Stage) -> None:
    for n in range(20):
        stage.book.phone_create(person(f"P{n}"))
    response = stage.send(
        "GET", "/v1/people/me/connections", personFields="names", headers={"Accept-Encoding": "gzip"}
    )
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(names(json.loads(gzip.decompress(response.data))["connections"])) == 20


def test_fields_narrows_any_answer_but_not_errors(stage: Stage) -> None:
    stage.book.phone_create(person("Ann", "Martin"))
    (name,) = stage.book.contents()
    answer = stage.call("GET", f"/v1/{name}", personFields="names", fields="names(givenName,metadata/*)")
    assert answer == {
        "names": [{"givenName": "Ann", "metadata": stage.book.person(name)["names"][0]["metadata"]}]
    }
    error = stage.refused("GET", "/v1/people/c404", personFields="names", fields="etag")
    assert error["status"] == "NOT_FOUND"


def test_access_tokens_die_on_demand(stage: Stage) -> None:
    assert stage.world.grants.expire_access_tokens(stage.account.sub) == 1
    assert stage.refused("GET", "/v1/people/me", personFields="names")["code"] == 401


def test_time_only_goes_forward(stage: Stage) -> None:
    with pytest.raises(ValueError, match="backward"):
        stage.clock.advance(timedelta(seconds=-1))
