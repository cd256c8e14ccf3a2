"""The discovery documents at work: which call is which, what fits, what `fields` selects."""

from __future__ import annotations

import pytest

from local.google.errors import (
    InvalidRequest,
    calendar_error,
    oauth_error,
    people_error,
    refuse,
    refuse_request,
)
from local.google.http import discovery, partial, schema
from local.google.json import JsonObject


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/v1/people/me/connections", "people.people.connections.list"),
        ("GET", "/v1/people/c12", "people.people.get"),
        ("GET", "/v1/people:batchGet", "people.people.getBatchGet"),
        ("PATCH", "/v1/people/c12:updateContact", "people.people.updateContact"),
        ("DELETE", "/v1/contactGroups/a1", "people.contactGroups.delete"),
        ("POST", "/v1/contactGroups/a1/members:modify", "people.contactGroups.members.modify"),
    ],
)
def test_people_operations_are_recognised(method: str, path: str, operation: str) -> None:
    found = discovery.people().find(method, path)
    assert found is not None
    assert found[0].id == operation


def test_calendar_operations_are_recognised_with_their_path_values() -> None:
    found = discovery.calendar().find("GET", "/calendar/v3/calendars/ann@example.com/events/e1/instances")
    assert found is not None
    assert found[0].id == "calendar.events.instances"
    assert found[1] == {"calendarId": "ann@example.com", "eventId": "e1"}


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/v1/people/c1"), ("GET", "/v1/people/c1:updateContact"), ("GET", "/v2/people/me")],
)
def test_what_google_does_not_have_is_not_found(method: str, path: str) -> None:
    assert discovery.people().find(method, path) is None


def test_parameters_become_typed() -> None:
    operation = discovery.people().operations["people.people.connections.list"]
    query = [
        ("pageSize", "5"),
        ("requestSyncToken", "true"),
        ("sources", "READ_SOURCE_TYPE_CONTACT"),
        ("sources", "READ_SOURCE_TYPE_PROFILE"),
        ("personFields", "names"),
    ]
    assert discovery.people().parameters(operation, query) == {
        "pageSize": 5,
        "requestSyncToken": True,
        "sources": ["READ_SOURCE_TYPE_CONTACT", "READ_SOURCE_TYPE_PROFILE"],
        "personFields": "names",
    }


@pytest.mark.parametrize(
    "query",
    [
        ("pageSize", "many"),
        ("pageSize", str(2**31)),
        ("requestSyncToken", "perhaps"),
        ("sortOrder", "RANDOM"),
        ("resourceName", "people/me"),
        ("bogus", "1"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(query: tuple[str, str]) -> None:
    operation = discovery.people().operations["people.people.connections.list"]
    with pytest.raises(InvalidRequest):
        discovery.people().parameters(operation, [query])


def test_an_answer_is_held_against_its_schema() -> None:
    people = discovery.people()
    operation = people.operations["people.people.get"]
    assert people.answer_problems(operation, {"names": [{"givenName": "Ann"}]}) == []
    assert people.answer_problems(operation, {"names": [{"nickname": "Ann"}]})
    assert people.answer_problems(operation, {"metadata": {"deleted": "yes"}})
    assert people.answer_problems(operation, [])


def test_names_in_messages_are_written_as_in_the_proto() -> None:
    assert schema.snake("honorificPrefix") == "honorific_prefix"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("a", {"a": 1}),
        ("a,c", {"a": 1, "c": [{"x": 1, "y": 2}]}),
        ("b/d", {"b": {"d": {"e": 5}}}),
        ("b(d/e)", {"b": {"d": {"e": 5}}}),
        ("c/x", {"c": [{"x": 1}]}),
        ("c(x,y)", {"c": [{"x": 1, "y": 2}]}),
        ("c/x,c/y", {"c": [{"x": 1, "y": 2}]}),
        ("*", {"a": 1, "b": {"d": {"e": 5}}, "c": [{"x": 1, "y": 2}]}),
        ("*/x", {"a": 1, "b": {}, "c": [{"x": 1}]}),
        ("missing", {}),
    ],
)
def test_fields_select(text: str, answer: dict[str, object]) -> None:
    whole: JsonObject = {"a": 1, "b": {"d": {"e": 5}}, "c": [{"x": 1, "y": 2}]}
    assert partial.select(whole, partial.parse(text)) == answer


@pytest.mark.parametrize("text", ["", "a(", "a)", "a,,b", "a/", "(a)", "a b(", "a;b"])
def test_malformed_fields_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        partial.parse(text)


def test_each_api_words_its_refusals_its_own_way() -> None:
    people = people_error(404, "No.").body["error"]
    assert people == {"code": 404, "message": "No.", "status": "NOT_FOUND"}
    calendar = calendar_error(410, "fullSyncRequired", "No.", location_type="parameter", location="syncToken")
    assert calendar.body["error"]["errors"] == [
        {
            "domain": "global",
            "reason": "fullSyncRequired",
            "message": "No.",
            "locationType": "parameter",
            "location": "syncToken",
        }
    ]
    assert oauth_error(400, "invalid_grant", "No.").body == {
        "error": "invalid_grant",
        "error_description": "No.",
    }
    problem = InvalidRequest("Bad.", reason="required", location="start")
    assert refuse_request("calendar", problem).body["error"]["errors"][0]["location"] == "start"
    assert refuse("people", 503, "backendError", "No.").body["error"]["status"] == "UNAVAILABLE"
    assert refuse("people", 409, "ABORTED", "No.").body["error"]["status"] == "ABORTED"
    disabled = refuse("people", 403, "SERVICE_DISABLED", "No.").body["error"]
    assert (disabled["status"], disabled["details"][0]["reason"]) == ("PERMISSION_DENIED", "SERVICE_DISABLED")
