"""The one way into both APIs: who is calling, what for, latency, quota, faults, counting.

Then the handler.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import flask

from local.google.errors import (
    ConnectionDropped,
    GoogleError,
    InvalidRequest,
    Style,
    calendar_error,
    error_info,
    people_error,
    refuse,
    refuse_request,
)
from local.google.faults import CallRecord, Fault, When
from local.google.http import partial
from local.google.http.discovery import Discovery, Operation
from local.google.http.wire import WireRequest, WireResponse
from local.google.json import Json, JsonObject, text
from local.google.oauth.grants import AccessToken
from local.google.world import Account, World

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_JSON = "application/json; charset=UTF-8"
_CREDENTIALS = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
    "valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
_SCOPES = "Request had insufficient authentication scopes."
_NOT_FOUND = (
    "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title><p>The requested URL was not found on this server."
)


@dataclass(frozen=True, slots=True)
class Call:
    """A call that passed the guard: who calls, what for, and with what.

    `params` holds path and query parameters, typed; `body` is checked against the schema; `fields` is the
    parsed `fields` parameter (None: everything).
    """

    operation: Operation
    params: JsonObject
    body: JsonObject
    account: Account
    token: AccessToken
    headers: Mapping[str, str]
    fields: partial.Selection | None = None


@dataclass(slots=True)
class Answer:
    """What a handler answers: a JSON `body` (None.

    No content), or `raw` JSON to which `fields` was already applied.
    """

    body: Json = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


Handler = Callable[[World, Call], Answer]


@dataclass(frozen=True, slots=True)
class Api:
    """One API behind the guard.

    `handlers` by operation id; an operation without a handler is answered 501. `cost(call)` names the quota
    metrics a call spends, and how much of each; `over_quota(metric, limit, call)` words the refusal.
    """

    style: Style
    discovery: Discovery
    handlers: Mapping[str, Handler]
    cost: Callable[[Call], Mapping[str, int]]
    over_quota: Callable[[str, int, Call], GoogleError]


def serve(world: World, api: Api, request: WireRequest, *, waiting: bool = True) -> WireResponse:
    """Answer one request; raises ConnectionDropped when a planned fault says so. Records the call.

    A part of an HTTP batch is served without `waiting`: the latency is that of the batch.
    """
    found = api.discovery.find(request.method, request.path)
    if found is None:
        headers = {"Content-Type": "text/html; charset=UTF-8"}
        return WireResponse(404, headers, _NOT_FOUND.encode()).compress(False)
    operation, path_params = found
    return attempt(
        world,
        operation.id,
        request,
        api.style,
        lambda caller: _perform(world, api, operation, path_params, request, caller),
        waiting=waiting,
    )


def attempt(
    world: World,
    operation: str,
    request: WireRequest,
    style: Style,
    effect: Callable[[list[Account]], WireResponse],
    *,
    waiting: bool = True,
) -> WireResponse:
    """Run `effect` under latency and the planned faults, and record the call; the OAuth endpoints use it too.

    `effect` appends the account it acts for to the list it is given, as soon as it knows, so that faults
    planned for one account can strike.
    """
    if waiting:
        world.controls.wait(operation)
    caller: list[Account] = []
    account = _account_of(world, request)
    response: WireResponse | None = None
    try:
        try:
            _strike(world, operation, "before", account, style)
            response = effect(caller)
            if caller:
                account = caller[0].email
            _strike(world, operation, "after", account, style)
        except GoogleError as error:
            response = json_response(error.status, error.body, error.headers)
        return response.compress(request.wants_gzip)
    except ConnectionDropped:
        response = None
        raise
    finally:
        world.controls.record(
            CallRecord(
                operation=operation,
                status=response.status if response else 0,
                request_bytes=len(request.body),
                response_bytes=response.plain_bytes if response else 0,
                gzipped_bytes=response.gzipped_bytes if response else None,
                account=account,
                at=world.clock.now(),
                part=not waiting,
            )
        )


def json_response(status: int, body: Json, headers: Mapping[str, str] | None = None) -> WireResponse:
    """A JSON answer; a body of None becomes an empty one."""
    if body is None:
        return WireResponse(status, dict(headers or {}))
    content = _encode(body).encode()
    return WireResponse(
        status, {"Content-Type": _JSON, "Cache-Control": "private"} | dict(headers or {}), content
    )


def blueprint(name: str, world: World, api: Api, prefix: str) -> flask.Blueprint:
    """A Flask blueprint that hands everything below `prefix` to `serve`."""
    routes = flask.Blueprint(name, __name__)

    @routes.route(f"{prefix}/<path:_rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def _serve(_rest: str) -> flask.Response:
        return serve(world, api, WireRequest.from_flask(flask.request)).to_flask()

    return routes


def _perform(
    world: World,
    api: Api,
    operation: Operation,
    path_params: Mapping[str, str],
    request: WireRequest,
    caller: list[Account],
) -> WireResponse:
    with world.lock:
        token = _authenticate(world, api.style, request)
        account = world.by_sub(token.sub)
        caller.append(account)
        if operation.scopes and not operation.scopes & token.scopes:
            raise _insufficient(api.style, operation)
        try:
            query = api.discovery.parameters(operation, request.query)
            body = api.discovery.body(operation, request.body, request.headers.get("content-type", ""))
            fields = partial.parse(text(query, "fields")) if query.get("fields") else None
        except InvalidRequest as problem:
            raise refuse_request(api.style, problem) from problem
        call = Call(operation, {**query, **path_params}, body, account, token, request.headers, fields)
        _charge(world, api, call)
        handler = api.handlers.get(operation.id)
        if handler is None:
            raise refuse(api.style, 501, "UNIMPLEMENTED", f"{operation.id} is not simulated.")
        try:
            answer = handler(world, call)
        except InvalidRequest as problem:
            raise refuse_request(api.style, problem) from problem
    return _render(world, api, call, answer)


def _render(world: World, api: Api, call: Call, answer: Answer) -> WireResponse:
    if world.controls.verify_answers and answer.status < 300:
        body = json.loads(answer.raw) if answer.raw is not None else answer.body
        problems = api.discovery.answer_problems(call.operation, body)
        if problems:
            raise AssertionError(f"{call.operation.id} answers what its schema does not know: {problems}")
    if answer.raw is not None:
        return WireResponse(
            answer.status, {"Content-Type": _JSON, "Cache-Control": "private"} | answer.headers, answer.raw
        )
    chosen = partial.select(answer.body, call.fields) if answer.status < 300 else answer.body
    return json_response(answer.status, chosen, answer.headers)


def _bearer(request: WireRequest) -> str:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and given.strip():
        return given.strip()
    return dict(request.query).get("access_token", "")


def _account_of(world: World, request: WireRequest) -> str | None:
    with world.lock:
        token = world.grants.access(_bearer(request))
        return world.by_sub(token.sub).email if token else None


def _authenticate(world: World, style: Style, request: WireRequest) -> AccessToken:
    bearer = _bearer(request)
    token = world.grants.access(bearer) if bearer else None
    if token is not None:
        return token
    realm = 'Bearer realm="https://accounts.google.com/"'
    headers = {"WWW-Authenticate": f'{realm}, error="invalid_token"' if bearer else realm}
    if style == "calendar":
        message = "Invalid Credentials" if bearer else "Login Required."
        raise calendar_error(
            401,
            "authError" if bearer else "required",
            message,
            location_type="header",
            location="Authorization",
            rpc_status="UNAUTHENTICATED",
            headers=headers,
        )
    raise people_error(401, _CREDENTIALS, headers=headers)


def _insufficient(style: Style, operation: Operation) -> GoogleError:
    headers = {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="insufficient_scope"'}
    service = "people.googleapis.com" if style == "people" else "calendar-json.googleapis.com"
    detail = error_info(
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT", metadata={"service": service, "method": operation.id}
    )
    error = people_error(403, _SCOPES, details=[detail], headers=headers)
    if style == "calendar":
        item = {"message": "Insufficient Permission", "domain": "global", "reason": "insufficientPermissions"}
        error.body["error"]["errors"] = [item]
    return error


def _charge(world: World, api: Api, call: Call) -> None:
    controls, now = world.controls, world.clock.now()
    for metric, units in api.cost(call).items():
        spender = (
            call.token.project if metric.endswith(".project") else f"{call.token.project}/{call.account.sub}"
        )
        if units and not controls.spend(metric, spender, units, now):
            raise api.over_quota(metric, controls.quotas[metric], call)


def _strike(world: World, operation: str, when: When, account: str | None, style: Style) -> None:
    fault: Fault | None = world.controls.take(operation, when, account)
    if fault is None:
        return
    if fault.drop:
        raise ConnectionDropped(f"planned: {operation} {when}")
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    raise refuse(style, fault.status, fault.reason, fault.message, headers)
