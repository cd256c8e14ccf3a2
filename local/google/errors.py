"""Google's refusals as values: one exception, and one constructor for each API's way of writing its body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from local.google.json import JsonObject, Resource

Style = Literal["people", "calendar", "oauth"]

RPC_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""HTTP status -> canonical name in google.rpc.Status."""

RPC_CODE = {
    "INVALID_ARGUMENT": 3,
    "DEADLINE_EXCEEDED": 4,
    "NOT_FOUND": 5,
    "ALREADY_EXISTS": 6,
    "PERMISSION_DENIED": 7,
    "RESOURCE_EXHAUSTED": 8,
    "FAILED_PRECONDITION": 9,
    "ABORTED": 10,
    "UNIMPLEMENTED": 12,
    "INTERNAL": 13,
    "UNAVAILABLE": 14,
    "UNAUTHENTICATED": 16,
}
"""Canonical name -> the number used inside a google.rpc.Status message."""


class GoogleError(Exception):
    """An answer that refuses: HTTP `status`, JSON `body`, extra `headers`."""

    def __init__(self, status: int, body: Resource, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


class InvalidRequest(Exception):
    """A request that does not fit the discovery document; each API words the refusal its own way.

    `reason` is Calendar's word (`invalid`, `invalidParameter`, `required`, `badRequest`, `parseError`),
    `location` the name of the parameter or the path inside the body, `location_type` `parameter` or `body`.
    """

    def __init__(self, message: str, *, reason: str, location: str, location_type: str = "parameter") -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.location = location
        self.location_type = location_type


class ConnectionDropped(OSError):
    """Closes the connection without an answer: waitress ends a request that raises an OSError that way."""


def error_info(
    reason: str, *, domain: str = "googleapis.com", metadata: Mapping[str, str] | None = None
) -> JsonObject:
    """A google.rpc.ErrorInfo detail."""
    info: JsonObject = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": domain,
    }
    return info | ({"metadata": {**metadata}} if metadata else {})


def people_error(
    status: int,
    message: str,
    *,
    rpc_status: str | None = None,
    details: Sequence[JsonObject] = (),
    headers: Mapping[str, str] | None = None,
) -> GoogleError:
    """A People refusal: google.rpc.Status without the legacy `errors[]`."""
    error: JsonObject = {
        "code": status,
        "message": message,
        "status": rpc_status or RPC_STATUS.get(status, "UNKNOWN"),
    }
    if details:
        error["details"] = [*details]
    return GoogleError(status, {"error": error}, headers)


def calendar_error(
    status: int,
    reason: str,
    message: str,
    *,
    domain: str = "global",
    location_type: str | None = None,
    location: str | None = None,
    rpc_status: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> GoogleError:
    """A Calendar refusal: `errors[]` with domain and reason.

    `status` only where Google gives one.
    """
    item: JsonObject = {"domain": domain, "reason": reason, "message": message}
    if location_type and location:
        item |= {"locationType": location_type, "location": location}
    error: JsonObject = {"errors": [item], "code": status, "message": message}
    if rpc_status:
        error["status"] = rpc_status
    return GoogleError(status, {"error": error}, headers)


def oauth_error(
    status: int, error: str, description: str, headers: Mapping[str, str] | None = None
) -> GoogleError:
    """A refusal of the token or revocation endpoint, in the body of RFC 6749."""
    return GoogleError(status, {"error": error, "error_description": description}, headers)


def refuse(
    style: Style, status: int, reason: str, message: str, headers: Mapping[str, str] | None = None
) -> GoogleError:
    """The same refusal in the style of the API that gives it.

    `reason` is a Calendar reason, an RPC status, or the reason of an ErrorInfo (`SERVICE_DISABLED`).
    """
    if style == "people":
        rpc = reason if reason in RPC_CODE else None
        details = [error_info(reason)] if reason.isupper() and rpc is None else []
        return people_error(status, message, rpc_status=rpc, details=details, headers=headers)
    if style == "calendar":
        domain = "usageLimits" if reason.lower().endswith("exceeded") else "global"
        return calendar_error(status, reason, message, domain=domain, headers=headers)
    return oauth_error(status, reason, message, headers)


def refuse_request(style: Style, problem: InvalidRequest) -> GoogleError:
    """Word a request that does not fit the discovery document in the style of `style`."""
    if style == "calendar":
        return calendar_error(
            400,
            problem.reason,
            problem.message,
            location_type=problem.location_type if problem.location_type == "parameter" else None,
            location=problem.location,
        )
    violation: JsonObject = {"description": problem.message}
    if problem.location:
        violation = {"field": problem.location, **violation}
    detail: JsonObject = {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [violation],
    }
    return people_error(400, problem.message, details=[detail])
