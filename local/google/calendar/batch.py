"""HTTP batch at `/batch/calendar/v3`: many calls in one multipart/mixed request, each answered on its own."""

from __future__ import annotations

import email.parser
import email.policy
import hashlib
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus

import flask

from local.google.errors import GoogleError, calendar_error
from local.google.http import guard
from local.google.http.guard import Api
from local.google.http.wire import WireRequest, WireResponse
from local.google.world import Account, World

PATH = "/batch/calendar/v3"
OPERATION = "calendar.batch"
MOST_CALLS = 1000


@dataclass(frozen=True, slots=True)
class _Part:
    """One call of a batch; `content_id` as sent, with its angle brackets, or empty."""

    content_id: str
    request: WireRequest


def add_route(routes: flask.Blueprint, world: World, api: Api) -> None:
    """Serve the batch address beside the API's own."""

    @routes.route(PATH, methods=["POST"])
    def _batch() -> flask.Response:
        request = WireRequest.from_flask(flask.request)
        return guard.attempt(
            world, OPERATION, request, "calendar", lambda caller: serve_batch(world, api, request, caller)
        ).to_flask()


def serve_batch(world: World, api: Api, request: WireRequest, caller: list[Account]) -> WireResponse:
    """Answer every part by itself; the batch is 200 whatever its parts say.

    GoogleError 400 for what is no batch.

    Each part spends quota and meets faults as a call of its own, but latency is that of the one HTTP request.
    A planned drop of a part drops the whole connection. A part without an Authorization header has the
    batch's.
    """
    parts = read_parts(request)
    boundary = "batch_" + hashlib.sha256(request.body).hexdigest()[:32]
    out = []
    for part in parts:
        answer = guard.serve(world, api, part.request, waiting=False)
        out.append(f"--{boundary}\r\n".encode() + _written(part, answer))
    body = b"".join(out) + f"--{boundary}--\r\n".encode()
    return WireResponse(200, {"Content-Type": f"multipart/mixed; boundary={boundary}"}, body)


def read_parts(request: WireRequest) -> list[_Part]:
    """The calls inside a batch request; GoogleError 400 when there are none, too many, or unreadable ones."""
    content_type = request.headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/mixed"):
        raise _unreadable("Batch requests must be multipart/mixed.")
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(head + request.body)
    parts = message.get_payload()
    if not isinstance(parts, list) or not parts:
        raise _unreadable("The batch request is empty or its boundary is wrong.")
    if len(parts) > MOST_CALLS:
        raise _unreadable(f"The batch request has more than {MOST_CALLS} calls.")
    return [_read_part(part, request) for part in parts if isinstance(part, Message)]


def _read_part(part: Message[str, str], outer: WireRequest) -> _Part:
    if part.get_content_type() != "application/http":
        raise _unreadable("Every part of a batch request must be application/http.")
    raw = part.get_payload(decode=True)
    text = (raw if isinstance(raw, bytes) else b"").lstrip(b"\r\n").replace(b"\r\n", b"\n")
    head, _, body = text.partition(b"\n\n")
    line, *lines = head.decode("utf-8", "replace").split("\n")
    words = line.split(" ")
    if len(words) < 2:
        raise _unreadable("A part of the batch request has no request line.")
    pairs = [header.partition(":") for header in lines if ":" in header]
    named = {name.strip().lower(): value.strip() for name, _, value in pairs}
    named.pop("accept-encoding", None)  # a part is never compressed on its own
    if "authorization" in outer.headers:
        named.setdefault("authorization", outer.headers["authorization"])
    request = WireRequest.from_target(words[0], _path(words[1]), named, body)
    return _Part(part.get("Content-ID", ""), request)


def _path(target: str) -> str:
    """A request target without scheme and host, which Google allows inside a part."""
    if "://" in target:
        return "/" + target.split("://", 1)[1].partition("/")[2]
    return target


def _written(part: _Part, answer: WireResponse) -> bytes:
    lines = ["Content-Type: application/http"]
    if part.content_id:
        lines.append(f"Content-ID: <response-{part.content_id.strip().strip('<>')}>")
    reason = HTTPStatus(answer.status).phrase
    headers = {**answer.headers, "Content-Length": str(len(answer.body))}
    lines += ["", f"HTTP/1.1 {answer.status} {reason}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body + b"\r\n"


def _unreadable(message: str) -> GoogleError:
    return calendar_error(400, "badRequest", message)
