"""Every refusal of Google's that matters, in its real body, against the one tree the sync knows."""

import json
from typing import Any

import pytest
import requests
from oauthlib.oauth2.rfc6749.errors import (  # type: ignore[import-untyped]
    CustomOAuth2Error,
    InvalidClientError,
    InvalidGrantError,
)
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProtocolError

from crmsync.core import errors as tree
from crmsync.gateway import errors
from crmsync.gateway.errors import Attempt
from tests.gateway.refusals import FBS, PER_MINUTE, READ, STALE, TABLE, WRITE, calendar, people


@pytest.mark.parametrize(
    ("status", "body", "attempt", "kind", "reason"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_each_refusal_has_its_meaning(
    status: int, body: dict[str, Any], attempt: Attempt, kind: type[tree.SyncError], reason: str
) -> None:
    error = errors.from_answer(status, json.dumps(body).encode(), {}, attempt)
    assert type(error) is kind
    assert error.reason == reason


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_google_s_own_sentence_never_reaches_our_message(row: tuple[Any, ...]) -> None:
    error = errors.from_answer(row[1], json.dumps(row[2]).encode(), {}, row[3])
    assert row[2]["error"]["message"] not in str(error) or " " not in row[2]["error"]["message"]


@pytest.mark.parametrize(
    ("body", "headers", "seconds"),
    [
        (people(429, "RESOURCE_EXHAUSTED", PER_MINUTE), {}, errors.MINUTE_WAIT),
        (people(429, "RESOURCE_EXHAUSTED", PER_MINUTE), {"retry-after": "17"}, 17.0),
        (people(429, "RESOURCE_EXHAUSTED", PER_MINUTE), {"retry-after": "0"}, 1.0),
        (people(429, "RESOURCE_EXHAUSTED", PER_MINUTE), {"retry-after": "9999999"}, 86400.0),
        (people(429, "RESOURCE_EXHAUSTED", PER_MINUTE), {"retry-after": "soon"}, errors.MINUTE_WAIT),
        (
            people(429, "RESOURCE_EXHAUSTED", PER_MINUTE),
            {"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"},
            30.0,
        ),
        (people(429, "RESOURCE_EXHAUSTED", "exhausted", FBS), {}, errors.DAY_WAIT),
        (people(429, "RESOURCE_EXHAUSTED", PER_MINUTE.replace("minute", "day")), {}, errors.DAY_WAIT),
        (calendar(429, "quotaExceeded", "Calendar usage limits exceeded."), {}, errors.HOUR_WAIT),
    ],
)
def test_the_wait_is_google_s_or_fits_the_kind_of_quota(
    body: dict[str, Any], headers: dict[str, str], seconds: float
) -> None:
    error = errors.from_answer(429, json.dumps(body).encode(), headers, READ)
    assert isinstance(error, tree.RateLimited)
    assert error.retry_after == seconds
    assert str(error) == f"429 {error.reason}", "what the log says of it"


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_an_outage_leaves_the_outcome_of_a_mutation_open(status: int) -> None:
    after_write = errors.from_answer(status, b"<html>oops</html>", {}, WRITE)
    after_read = errors.from_answer(status, b"", {}, READ)
    assert isinstance(after_write, tree.Unavailable)
    assert isinstance(after_read, tree.Unavailable)
    assert (after_write.ambiguous, after_read.ambiguous) == (True, False)


@pytest.mark.parametrize("status", [404, 410, 403, 400])
def test_a_page_that_is_no_google_answer_never_reads_as_a_deleted_or_refused_record(status: int) -> None:
    error = errors.from_answer(status, b"<!DOCTYPE html><title>Error</title>", {}, READ)
    assert isinstance(error, tree.Unavailable)
    assert error.reason == "not_understood"


def test_a_refused_batch_names_its_records() -> None:
    detail = {
        "@type": "type.googleapis.com/google.people.v1.BatchCreateContactsErrorDetails",
        "contactErrors": {
            "3": {"code": 3, "message": "Invalid birthday"},
            "7": {"code": 8, "message": "exhausted"},
            "8": {"code": 5, "message": "gone"},
            "9": {"code": 9, "message": STALE},
        },
    }
    body = json.dumps(
        people(400, "INVALID_ARGUMENT", "Request contains an invalid argument.", detail)
    ).encode()
    error = errors.from_answer(400, body, {}, WRITE)
    assert isinstance(error, errors.BatchRefused)
    assert error.records == {
        "3": "invalid_argument",
        "7": "resource_exhausted",
        "8": "not_found",
        "9": "etag_mismatch",
    }
    kinds = {name: type(each) for name, each in error.errors.items()}
    assert kinds == {"3": tree.Refused, "7": tree.RateLimited, "8": tree.NotFound, "9": tree.Stale}


@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        (2, tree.Unavailable, "unknown"),
        (3, tree.Refused, "invalid_argument"),
        (4, tree.Unavailable, "deadline_exceeded"),
        (5, tree.NotFound, "not_found"),
        (6, tree.AlreadyThere, "already_exists"),
        (7, tree.Refused, "permission_denied"),
        (8, tree.RateLimited, "resource_exhausted"),
        (9, tree.Refused, "failed_precondition"),
        (10, tree.Unavailable, "conflict"),
        (13, tree.Unavailable, "internal"),
        (14, tree.Unavailable, "unavailable"),
        (16, tree.Unavailable, "token_rejected"),
    ],
)
def test_a_number_inside_a_batch_means_what_it_means_as_an_answer(
    code: int, kind: type[tree.SyncError], reason: str
) -> None:
    error = errors.from_rpc({"code": code, "message": "Google's own sentence"})
    assert type(error) is kind
    assert error.reason == reason


def test_only_invalid_grant_kills_a_grant() -> None:
    for dead in ({}, {"error_subtype": "invalid_rapt"}, {"error_description": "Token has been revoked."}):
        assert isinstance(errors.from_refresh({"error": "invalid_grant", **dead}), tree.GrantDead)
    passing: tuple[object, ...] = (
        None,
        [],
        "invalid_grant",
        {"error": "internal_failure"},
        {"error": {"code": "invalid_grant"}},
        {"error_description": "no word"},
    )
    for transient in passing:
        assert type(errors.from_refresh(transient)) is tree.Unavailable
    assert isinstance(errors.from_refresh({"error": "invalid_client"}), tree.Misconfigured)


def test_a_refused_code_is_told_apart_from_a_broken_client() -> None:
    assert isinstance(errors.from_exchange(InvalidGrantError()), tree.GrantDead)
    assert isinstance(errors.from_exchange(InvalidClientError()), tree.Misconfigured)
    mismatch = CustomOAuth2Error(error="redirect_uri_mismatch")
    assert isinstance(errors.from_exchange(mismatch), tree.Misconfigured)
    assert type(errors.from_exchange(ValueError("not JSON"))) is tree.Unavailable


def _refused() -> requests.ConnectionError:
    return requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused")))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "reason", "ambiguous"),
    [
        (requests.ReadTimeout(), "timeout", True),
        (requests.ConnectTimeout(MaxRetryError(None, "/", ConnectTimeoutError())), "timeout", False),  # type: ignore[arg-type]
        (requests.ConnectionError(ProtocolError("Connection aborted.")), "connection_lost", True),
        (requests.exceptions.ChunkedEncodingError("cut"), "connection_lost", True),
        (_refused(), "connection_lost", False),
    ],
)
def test_only_a_request_that_left_can_have_had_an_effect(
    error: Exception, reason: str, ambiguous: bool
) -> None:
    after_write = errors.from_transport(error, WRITE)
    assert (after_write.reason, after_write.ambiguous) == (reason, ambiguous)
    assert errors.from_transport(error, READ).ambiguous is False
