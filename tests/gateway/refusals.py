"""Google's refusals in their real bodies, each with what it means to the sync."""

from typing import Any

from crmsync.core import errors as tree
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
        tree.Closed,
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
        tree.Closed,
        "api_disabled",
    ),
    (
        "Calendar: the user may only read it",
        403,
        calendar(403, "requiredAccessLevel", "You need to have writer access to this calendar.", "calendar"),
        WRITE,
        tree.Closed,
        "calendar_read_only",
    ),
    (
        "Calendar: an account without a calendar",
        403,
        calendar(403, "notACalendarUser", "The user must be signed up for Google Calendar."),
        READ,
        tree.Closed,
        "not_a_calendar_user",
    ),
    (
        "Calendar: switched off by the administrator",
        403,
        calendar(403, "domainPolicy", "The domain administrators have disabled Calendar apps."),
        READ,
        tree.Closed,
        "domain_policy",
    ),
    (
        "People: switched off by the administrator",
        403,
        people(403, "PERMISSION_DENIED", "Blocked by policy.", info("ORG_RESTRICTION_VIOLATION")),
        READ,
        tree.Closed,
        "domain_policy",
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
