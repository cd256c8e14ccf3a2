"""The simulated Google without sockets: calls are handed to its APIs on the thread that makes them.

For walks by the thousand. The gateway builds and parses the same messages as over HTTP, and a connection that
Google drops is a dropped connection; only signing in is cut short.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any
from unittest.mock import patch

import requests
from requests.structures import CaseInsensitiveDict

from crmsync.core.errors import GrantDead, SyncError
from crmsync.gateway import oauth, tokens, transport
from local.google.calendar import api as calendar_api
from local.google.calendar import batch
from local.google.errors import ConnectionDropped
from local.google.http import discovery
from local.google.http.guard import Api, Handler, attempt, serve
from local.google.http.wire import WireRequest, WireResponse
from local.google.oauth.grants import ACCESS_TOKEN_LIFE
from local.google.people import api as people_api
from local.google.world import World

ORIGIN = "http://google.in-process"


class InProcessGoogle:
    """A world that this process reaches at `origin`, between entering and leaving the context."""

    origin = ORIGIN

    def __init__(self, world: World) -> None:
        self.world = world
        self.refusals: list[SyncError] = []
        """What the next refreshes of an access token come to, instead of a token."""
        handlers: dict[str, Handler] = {
            **people_api.HANDLERS,
            "people.people.connections.list": people_api.ConnectionsHandler(),
        }
        cost = partial(people_api.cost, world.controls)
        self._people = Api("people", discovery.people(), handlers, cost, people_api.over_quota)
        self._calendar = Api(
            "calendar",
            discovery.calendar(),
            calendar_api.HANDLERS,
            calendar_api.cost,
            calendar_api.over_quota,
        )
        self._patches = ExitStack()

    def __enter__(self) -> "InProcessGoogle":
        self.world.serve_from(ORIGIN)
        outer = self

        def send(_: Any, *call: Any) -> requests.Response:
            return outer._send(*call)

        def refresh(_: Any, refresh_token: str) -> tokens._Kept:
            return outer._refresh(refresh_token)

        def revoke(_: Any, refresh_token: str) -> None:
            outer.world.grants.revoke_token(refresh_token)

        self._patches.enter_context(patch.object(transport.Transport, "_send", send))
        self._patches.enter_context(patch.object(tokens.AccessTokens, "_refresh", refresh))
        self._patches.enter_context(patch.object(oauth.OAuth, "revoke", revoke))
        return self

    def __exit__(self, *_: object) -> None:
        self._patches.close()

    def _send(
        self,
        uri: str,
        method: str,
        body: str | bytes | None,
        headers: Mapping[str, str] | None,
        token: str | None,
    ) -> requests.Response:
        given = {name: value for name, value in (headers or {}).items() if name.lower() != "accept-encoding"}
        content = body.encode() if isinstance(body, str) else body or b""
        if given.get("x-http-method-override") == "GET":
            # How Google's client sends an address that is too long.
            uri, method, content = f"{uri}?{content.decode()}", "GET", b""
        given["authorization"] = f"Bearer {token}"
        request = WireRequest.from_target(method, uri.removeprefix(ORIGIN), given, content)
        try:
            answered = self._served(request)
        except ConnectionDropped as dropped:
            raise requests.ConnectionError(str(dropped)) from dropped
        answer = requests.Response()
        answer.status_code = answered.status
        answer.headers = CaseInsensitiveDict(answered.headers)
        answer._content = answered.body
        return answer

    def _served(self, request: WireRequest) -> WireResponse:
        if request.path == batch.PATH:
            world, api = self.world, self._calendar
            return attempt(
                world,
                batch.OPERATION,
                request,
                "calendar",
                lambda caller: batch.serve_batch(world, api, request, caller),
                waiting=False,
            )
        api = self._calendar if request.path.startswith("/calendar/") else self._people
        return serve(self.world, api, request, waiting=False)

    def _refresh(self, refresh_token: str) -> tokens._Kept:
        if self.refusals:
            raise self.refusals.pop(0)
        grants = self.world.grants
        (client_id,) = grants.clients
        known = grants.use_refresh(refresh_token, client_id)
        if known is None:
            raise GrantDead("invalid_grant")
        access = grants.issue_access(known.sub, client_id, known.scopes, known.token)
        return tokens._Kept(access.token, self.world.clock.now() + ACCESS_TOKEN_LIFE)
