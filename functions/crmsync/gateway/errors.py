"""The one place that turns Google's refusals into the tree of `crmsync.core.errors`: by reason, then status.

Google words the same fact differently per API: a dead sync token is 400 at People and 410 at Calendar, a
stale etag 400 at People and 412 at Calendar, and a 403 may mean quota. Bodies come in three styles:
google.rpc.Status with `details` (People), the legacy `errors[]` (Calendar) and RFC 6749 (the token endpoint).
Messages of the errors made here hold the status and Google's reason, never its sentence, which may quote
personal data.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from crmsync.core.errors import (
    AlreadyThere,
    Closed,
    CursorExpired,
    GrantDead,
    Misconfigured,
    NotFound,
    RateLimited,
    Refused,
    ScopeMissing,
    Stale,
    SyncError,
    Unavailable,
)
from crmsync.core.json_types import JsonObject

MINUTE_WAIT = 60.0
"""Seconds to wait when a per-minute quota is used up and Google names no time: its window is a minute."""

HOUR_WAIT = 3600.0
"""Seconds to wait on Calendar's account-wide `quotaExceeded`, which lasts for hours."""

DAY_WAIT = 6 * HOUR_WAIT
"""Seconds to wait on a daily bucket (People's "FBS quota limit", any "per day" limit)."""

ABOUT_THE_RECORD = (Stale, NotFound, AlreadyThere, Refused)
"""What concerns the record of a call, not the call: such an outcome stays with its record in a batch."""

_LONGEST_WAIT = 24 * HOUR_WAIT

_RATE = {"userRateLimitExceeded", "rateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"}
_LONG_RATE = {"quotaExceeded": HOUR_WAIT, "dailyLimitExceeded": DAY_WAIT}
_SCOPE = {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
_CLOSED = {
    "requiredAccessLevel": "calendar_read_only",
    "notACalendarUser": "not_a_calendar_user",
    "SERVICE_DISABLED": "api_disabled",
    "accessNotConfigured": "api_disabled",
    "BILLING_DISABLED": "api_disabled",
    "CONSUMER_SUSPENDED": "api_disabled",
    "domainPolicy": "domain_policy",
    "ORG_RESTRICTION_VIOLATION": "domain_policy",
    "SECURITY_POLICY_VIOLATED": "domain_policy",
    "LOCATION_POLICY_VIOLATED": "domain_policy",
    "USER_BLOCKED_BY_ADMIN": "domain_policy",
}
"""Google's words for what the whole account or calendar is refused, and our reason for each."""
_CURSOR = {"EXPIRED_SYNC_TOKEN", "fullSyncRequired", "updatedMinTooLongAgo"}
_CLIENT = {"invalid_client", "unauthorized_client", "deleted_client", "redirect_uri_mismatch"}
_RPC_NUMBERS = {
    2: "UNKNOWN",
    3: "INVALID_ARGUMENT",
    4: "DEADLINE_EXCEEDED",
    5: "NOT_FOUND",
    6: "ALREADY_EXISTS",
    7: "PERMISSION_DENIED",
    8: "RESOURCE_EXHAUSTED",
    9: "FAILED_PRECONDITION",
    10: "ABORTED",
    13: "INTERNAL",
    14: "UNAVAILABLE",
    16: "UNAUTHENTICATED",
}
_RPC_HTTP = {
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "PERMISSION_DENIED": 403,
    "RESOURCE_EXHAUSTED": 429,
    "UNKNOWN": 500,
    "INTERNAL": 500,
    "DEADLINE_EXCEEDED": 504,
    "UNAUTHENTICATED": 401,
    "UNAVAILABLE": 503,
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried. mutates: the outcome matters when unknown. cursor: a sync or page token was sent."""

    mutates: bool = False
    cursor: bool = False


class BatchRefused(Refused):
    """A People batch with bad records: `errors` by position (creates) or resource name (updates).

    Google: `BatchCreateContactsErrorDetails` / `BatchUpdateContactsErrorDetails`; entries that are not listed
    would have been successful, and nothing of the batch was done.
    """

    def __init__(self, errors: Mapping[str, SyncError], message: str = "") -> None:
        super().__init__("batch_refused", message, {name: error.reason for name, error in errors.items()})
        self.errors = errors


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Google's answer, taken apart. understood: the body is one of Google's error bodies."""

    status: int
    rpc: str
    reasons: tuple[str, ...]
    message: str
    details: tuple[JsonObject, ...]
    understood: bool

    @property
    def reason(self) -> str:
        """The most telling word, as a stable snake_case reason."""
        return _snake(self.reasons[0] if self.reasons else self.rpc or f"http_{self.status}")

    def has(self, words: "set[str] | dict[str, float]") -> bool:
        return any(reason in words for reason in (*self.reasons, self.rpc))

    def of(self, words: Mapping[str, str]) -> str | None:
        """What the first of Google's reasons that is among these words stands for."""
        return next((words[reason] for reason in self.reasons if reason in words), None)


def from_answer(status: int, body: bytes, headers: Mapping[str, str], attempt: Attempt) -> SyncError:
    """What an HTTP answer of 300 or above means. `headers` have lower-case names."""
    refusal = _take_apart(status, body)
    text = f"{status} {refusal.reason}"
    limited = _quota(refusal, headers)
    if limited is not None:
        return limited
    if "MY_CONTACTS_OVERFLOW_COUNT" in refusal.message or refusal.has({"MY_CONTACTS_OVERFLOW_COUNT"}):
        return Refused("contacts_full", text)
    if refusal.has(_CURSOR) or "sync token is expired" in refusal.message.lower():
        return CursorExpired(refusal.reason, text)
    if status in (400, 410) and attempt.cursor:
        # A malformed or unknown token is a bare INVALID_ARGUMENT: nothing tells it from an expired one.
        return CursorExpired(refusal.reason, text)
    records = _contact_errors(refusal)
    if records:
        return BatchRefused(records, text)
    return _by_status(refusal, text, attempt)


def from_rpc(status: JsonObject) -> SyncError:
    """What a google.rpc.Status inside an answer means, such as the one of each batchGet response."""
    code = status.get("code")
    rpc = _RPC_NUMBERS.get(code, "") if isinstance(code, int) else str(code or "")
    body = {
        "error": {"status": rpc, "message": status.get("message", ""), "details": status.get("details", [])}
    }
    return from_answer(_RPC_HTTP.get(rpc, 400), json.dumps(body).encode(), {}, Attempt())


def from_refresh(said: object) -> SyncError:
    """What a failed token refresh means: only `invalid_grant` is final, everything else is tried again.

    said: the JSON of Google's answer, of whatever shape; None when there was none.
    """
    word = said.get("error") if isinstance(said, Mapping) else None
    return _oauth(word if isinstance(word, str) else "", "refresh_failed")


def from_exchange(error: Exception) -> SyncError:
    """What a refused authorization code means; `error` is oauthlib's, whose `error` is the RFC 6749 word."""
    word = getattr(error, "error", "")
    return _oauth(word if isinstance(word, str) else "", "exchange_failed")


def from_transport(error: Exception, attempt: Attempt) -> Unavailable:
    """What a failure below HTTP means. A request that never left cannot have had an effect."""
    import requests
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    cause = error.args[0] if error.args else None
    inner = cause.reason if isinstance(cause, MaxRetryError) else cause
    unsent = isinstance(error, requests.ConnectTimeout) or isinstance(inner, NewConnectionError)
    if isinstance(error, requests.Timeout):
        return Unavailable("timeout", ambiguous=attempt.mutates and not unsent)
    return Unavailable("connection_lost", ambiguous=attempt.mutates and not unsent)


def malformed(attempt: Attempt) -> Unavailable:
    """A successful answer that cannot be read."""
    return Unavailable("malformed_answer", ambiguous=attempt.mutates)


def _oauth(word: str, otherwise: str) -> SyncError:
    if word == "invalid_grant":
        return GrantDead("invalid_grant")
    if word in _CLIENT:
        return Misconfigured(word)
    return Unavailable(_snake(word) or otherwise)


def _by_status(refusal: _Refusal, text: str, attempt: Attempt) -> SyncError:
    status, reason = refusal.status, refusal.reason
    if status >= 500 or status == 408:
        return Unavailable(reason, text, ambiguous=attempt.mutates)
    if status == 401:
        return Unavailable("token_rejected", text)
    if status == 403:
        return _forbidden(refusal, text)
    if status in (409, 412):
        return _contradicted(refusal, text)
    if status == 413:
        return Refused("too_large", text)
    if not refusal.understood or not 400 <= status < 500:
        # A 404 in HTML is a wrong host or a proxy, no record that is gone: no deletion may follow from it.
        return Unavailable("not_understood", text, ambiguous=attempt.mutates)
    if status in (404, 410):
        return NotFound(reason, text)
    if refusal.rpc == "FAILED_PRECONDITION" and status == 400 and "etag" in refusal.message.lower():
        return Stale("etag_mismatch", text)
    return Refused(reason, text)


def _contradicted(refusal: _Refusal, text: str) -> SyncError:
    """What is there already, or has moved since it was read."""
    if refusal.status == 412:
        return Stale(refusal.reason, text)
    if refusal.has({"conflict", "ABORTED"}):
        return Unavailable("conflict", text)
    return AlreadyThere(refusal.reason, text)


def _forbidden(refusal: _Refusal, text: str) -> SyncError:
    if refusal.has(_SCOPE) or "insufficient authentication scopes" in refusal.message.lower():
        return ScopeMissing("insufficient_scope", text)
    if (closed := refusal.of(_CLOSED)) is not None:
        return Closed(closed, text)
    if not refusal.understood:
        return Unavailable("not_understood", text)
    return Refused(refusal.reason, text)


def _quota(refusal: _Refusal, headers: Mapping[str, str]) -> RateLimited | None:
    limited = refusal.status == 429 or (refusal.status == 403 and refusal.has(_RATE | set(_LONG_RATE)))
    if not limited:
        return None
    said = refusal.message + json.dumps(refusal.details)
    wait = MINUTE_WAIT
    for word, seconds in _LONG_RATE.items():
        if word in refusal.reasons:
            wait = seconds
    if "FBS quota" in said or "per day" in said.lower():
        wait = DAY_WAIT
    asked = _retry_after(headers)
    return RateLimited(
        refusal.reason, asked if asked is not None else wait, f"{refusal.status} {refusal.reason}"
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, from either form of Retry-After; the date form is read against the answer's own Date."""
    text = headers.get("retry-after", "").strip()
    if text.isdigit():
        return min(max(float(text), 1.0), _LONGEST_WAIT)
    try:
        gap = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return min(max(gap.total_seconds(), 1.0), _LONGEST_WAIT)


def _take_apart(status: int, body: bytes) -> _Refusal:
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = None
    error = parsed.get("error") if isinstance(parsed, dict) else None
    if not isinstance(error, dict):
        return _Refusal(status, "", (), "", (), understood=False)
    details = tuple(item for item in error.get("details") or () if isinstance(item, dict))
    legacy = tuple(item for item in error.get("errors") or () if isinstance(item, dict))
    reasons = tuple(str(item["reason"]) for item in (*details, *legacy) if item.get("reason"))
    rpc = str(error.get("status") or "")
    message = str(error.get("message") or "")
    return _Refusal(status, rpc, reasons, message, details, understood=True)


def _contact_errors(refusal: _Refusal) -> dict[str, SyncError]:
    found: dict[str, SyncError] = {}
    for detail in refusal.details:
        listed = detail.get("contactErrors")
        if isinstance(listed, dict):
            found.update({str(k): from_rpc(v) for k, v in listed.items() if isinstance(v, dict)})
    return found


def _snake(word: str) -> str:
    """CamelCase and UPPER_CASE as snake_case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).lower()
