"""Every refusal of Google's that matters, in its real body, against the one tree the sync knows."""

import json
from typing import Any

import pytest
import requests
from google.auth.exceptions import RefreshError
from oauthlib.oauth2.rfc6749.errors import (  # type: ignore[import-untyped]
    CustomOAuth2Error,
    InvalidClientError,
    InvalidGrantError,
)
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProtocolError

from crmsync.core import errors as tree
from crmsync.gateway import errors
from crmsync.gateway.errors import Attempt

READ = Attempt()
LIST = Attempt(cursor=True)
WRITE = Attempt(mutates=True)


def info(reason: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}


def people(code: int, status: str, message: str, *details: dict[str, Any]) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if details:
        error["details"] = list(details)
    return {"error": error}


def calendar(code: int, reason: str, message: str, domain: str = "global", **item: str) -> dict[str, Any]:
    listed = [{"domain": domain, "reason": reason, "message": message, **item}]
    return {"error": {"errors": listed, "code": code, "message": message}}


EXPIRED = "Sync token is expired. Clear local cache and retry call without the sync token."
EXPIRED_INFO = info("EXPIRED_SYNC_TOKEN")
STALE = (
    "Request person.etag is different than the current person.etag. "
    "Clear local cache and get the latest person."
)
SCOPES = "Request had insufficient authentication scopes."
PER_MINUTE = (
    "Quota exceeded for quota metric 'Critical read requests (Contact and Profile Reads)' and limit "
    "'Critical read requests (Contact and Profile Reads) per minute per user' of service "
    "'people.googleapis.com' for consumer 'project_number:1'."
)
FBS = {
    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
    "violations": [{"subject": "user", "description": "FBS quota limit exceeded"}],
}

TABLE: list[tuple[str, int, dict[str, Any], Attempt, type[tree.SyncError], str]] = [
    (
        "People: sync token expired, written as a failed precondition",
        400,
        people(400, "FAILED_PRECONDITION", EXPIRED, EXPIRED_INFO),
        LIST,
        tree.CursorExpired,
        "expired_sync_token",
    ),
    (
        "People: sync token expired, written as an invalid argument",
        400,
        people(400, "INVALID_ARGUMENT", EXPIRED, EXPIRED_INFO),
        LIST,
        tree.CursorExpired,
        "expired_sync_token",
    ),
    (
        "People: sync token expired, told by the message alone",
        400,
        people(400, "FAILED_PRECONDITION", EXPIRED),
        READ,
        tree.CursorExpired,
        "failed_precondition",
    ),
    (
        "People: malformed sync token",
        400,
        people(400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
        LIST,
        tree.CursorExpired,
        "invalid_argument",
    ),
    (
        "People: the same words without a token are about the record",
        400,
        people(400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
        WRITE,
        tree.Refused,
        "invalid_argument",
    ),
    (
        "People: stale etag",
        400,
        people(400, "FAILED_PRECONDITION", STALE),
        WRITE,
        tree.Stale,
        "etag_mismatch",
    ),
    (
        "People: another failed precondition",
        400,
        people(400, "FAILED_PRECONDITION", "Must be a G Suite domain user."),
        READ,
        tree.Refused,
        "failed_precondition",
    ),
    (
        "People: too many contacts",
        400,
        people(400, "FAILED_PRECONDITION", "MY_CONTACTS_OVERFLOW_COUNT"),
        WRITE,
        tree.Refused,
        "contacts_full",
    ),
    (
        "People: unknown person",
        404,
        people(404, "NOT_FOUND", "Requested entity was not found."),
        READ,
        tree.NotFound,
        "not_found",
    ),
    (
        "People: per-minute quota",
        429,
        people(429, "RESOURCE_EXHAUSTED", PER_MINUTE, info("RATE_LIMIT_EXCEEDED")),
        WRITE,
        tree.RateLimited,
        "rate_limit_exceeded",
    ),
    (
        "People: daily bucket",
        429,
        people(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).", FBS),
        WRITE,
        tree.RateLimited,
        "resource_exhausted",
    ),
    (
        "People: missing scope",
        403,
        people(403, "PERMISSION_DENIED", SCOPES, info("ACCESS_TOKEN_SCOPE_INSUFFICIENT")),
        READ,
        tree.ScopeMissing,
        "insufficient_scope",
    ),
    (
        "People: missing scope, told by the message alone",
        403,
        people(403, "PERMISSION_DENIED", SCOPES),
        READ,
        tree.ScopeMissing,
        "insufficient_scope",
    ),
    (
        "People: API not enabled",
        403,
        people(
            403,
            "PERMISSION_DENIED",
            "People API has not been used in project 1",
            {"reason": "SERVICE_DISABLED"},
        ),
        READ,
        tree.Misconfigured,
        "api_disabled",
    ),
    (
        "People: a write collided",
        409,
        people(409, "ABORTED", "The operation was aborted."),
        WRITE,
        tree.Unavailable,
        "conflict",
    ),
    (
        "Calendar: sync token expired",
        410,
        calendar(
            410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.", "calendar"
        ),
        LIST,
        tree.CursorExpired,
        "full_sync_required",
    ),
    (
        "Calendar: updatedMin too old",
        410,
        calendar(410, "updatedMinTooLongAgo", "The requested minimum modification time lies too far."),
        LIST,
        tree.CursorExpired,
        "updated_min_too_long_ago",
    ),
    (
        "Calendar: event already deleted",
        410,
        calendar(410, "deleted", "Resource has been deleted"),
        WRITE,
        tree.NotFound,
        "deleted",
    ),
    (
        "Calendar: stale etag",
        412,
        calendar(412, "conditionNotMet", "Precondition Failed", locationType="header", location="If-Match"),
        WRITE,
        tree.Stale,
        "condition_not_met",
    ),
    (
        "Calendar: id taken",
        409,
        calendar(409, "duplicate", "The requested identifier already exists."),
        WRITE,
        tree.AlreadyThere,
        "duplicate",
    ),
    (
        "Calendar: item of a batch collided",
        409,
        calendar(409, "conflict", "Conflict"),
        WRITE,
        tree.Unavailable,
        "conflict",
    ),
    (
        "Calendar: per-user rate, as 403",
        403,
        calendar(403, "userRateLimitExceeded", "User Rate Limit Exceeded", "usageLimits"),
        WRITE,
        tree.RateLimited,
        "user_rate_limit_exceeded",
    ),
    (
        "Calendar: rate, as 403",
        403,
        calendar(403, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits"),
        WRITE,
        tree.RateLimited,
        "rate_limit_exceeded",
    ),
    (
        "Calendar: rate, as 429",
        429,
        calendar(429, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits"),
        READ,
        tree.RateLimited,
        "rate_limit_exceeded",
    ),
    (
        "Calendar: account-wide limit",
        403,
        calendar(403, "quotaExceeded", "Calendar usage limits exceeded.", "usageLimits"),
        WRITE,
        tree.RateLimited,
        "quota_exceeded",
    ),
    (
        "Calendar: no right to change this event",
        403,
        calendar(403, "forbiddenForNonOrganizer", "Shared properties can only be changed by the organizer."),
        WRITE,
        tree.Refused,
        "forbidden_for_non_organizer",
    ),
    (
        "Calendar: plain forbidden",
        403,
        calendar(403, "forbidden", "Forbidden"),
        WRITE,
        tree.Refused,
        "forbidden",
    ),
    (
        "Calendar: missing scope",
        403,
        calendar(403, "insufficientPermissions", "Insufficient Permission"),
        READ,
        tree.ScopeMissing,
        "insufficient_scope",
    ),
    (
        "Calendar: API not enabled",
        403,
        calendar(403, "accessNotConfigured", "Access Not Configured.", "usageLimits"),
        READ,
        tree.Misconfigured,
        "api_disabled",
    ),
    (
        "Calendar: end before start",
        400,
        calendar(400, "timeRangeEmpty", "The specified time range is empty."),
        WRITE,
        tree.Refused,
        "time_range_empty",
    ),
    (
        "Calendar: channel id reused",
        400,
        calendar(400, "channelIdNotUnique", "Channel id not unique"),
        WRITE,
        tree.Refused,
        "channel_id_not_unique",
    ),
    (
        "Calendar: unknown event",
        404,
        calendar(404, "notFound", "Not Found"),
        READ,
        tree.NotFound,
        "not_found",
    ),
    (
        "Calendar: backend error",
        500,
        calendar(500, "backendError", "Backend Error"),
        READ,
        tree.Unavailable,
        "backend_error",
    ),
    (
        "either: access token refused",
        401,
        people(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
        READ,
        tree.Unavailable,
        "token_rejected",
    ),
    (
        "either: body too large",
        413,
        people(413, "INVALID_ARGUMENT", "Request Entity Too Large"),
        WRITE,
        tree.Refused,
        "too_large",
    ),
]


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


def refresh_error(*args: Any, retryable: bool = False) -> Exception:
    error: Exception = RefreshError(*args, retryable=retryable)  # type: ignore[no-untyped-call]
    return error


def test_only_invalid_grant_kills_a_grant() -> None:
    dead = refresh_error("invalid_grant: Token has been expired or revoked.", {"error": "invalid_grant"})
    assert isinstance(errors.from_refresh(dead), tree.GrantDead)
    session_ended = refresh_error("…", {"error": "invalid_grant", "error_subtype": "invalid_rapt"})
    assert isinstance(errors.from_refresh(session_ended), tree.GrantDead)
    for transient in (
        refresh_error("internal_failure: None", {"error": "internal_failure"}, retryable=True),
        refresh_error("<html>502</html>"),
        refresh_error("…", {"error_description": "no word"}),
    ):
        assert type(errors.from_refresh(transient)) is tree.Unavailable
    client = refresh_error("invalid_client: gone", {"error": "invalid_client"})
    assert isinstance(errors.from_refresh(client), tree.Misconfigured)


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
