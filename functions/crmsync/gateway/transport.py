"""HTTP under google-api-python-client: one keep-alive connection pool a thread, and no retry behind our back.

The client's own transport, httplib2, sends a request again when a kept connection turns out closed, even a
POST that may have been carried out: a create would double. This one never does. It is the object that the
client calls `http`; it adds the bearer token and answers in httplib2's types.
"""

import threading
from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy

import httplib2
import requests
from requests.adapters import HTTPAdapter

from crmsync import tally

HANGS = 20.0
"""A call to Google that has not answered after so many seconds is not waited for any longer: it counts as a
failure. A batch of 200 contacts takes several.
"""
TIMEOUT = (5.0, HANGS)
"""Seconds until there is a connection, and until there is an answer; also of calls for tokens."""

Tokens = Callable[[str | None], str | None]
"""The access token to use. Given one that Google refused: a fresh one, or None when none is to be had."""

CallHook = Callable[[str, str, int], None]
"""Told of every call made: method, address without its query, status."""

_sessions = threading.local()


def session() -> requests.Session:
    """This thread's connections to Google, kept alive between jobs.

    Nothing of one user can reach another's call: cookies are refused, and the environment's netrc and proxies
    are not consulted.
    """
    kept: requests.Session | None = getattr(_sessions, "kept", None)
    if kept is None:
        kept = requests.Session()
        kept.trust_env = False
        kept.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=8, pool_maxsize=2, max_retries=0)
        kept.mount("https://", adapter)
        kept.mount("http://", adapter)
        _sessions.kept = kept
    return kept


class Transport:
    """One user's calls, made on the thread that makes them. A 401 is answered once with a fresh token."""

    def __init__(self, tokens: Tokens, on_call: CallHook | None = None) -> None:
        """`tokens(None)` gives the current access token and may raise a SyncError."""
        self._tokens = tokens
        self._on_call = on_call

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        redirections: int = 0,
        connection_type: object = None,
    ) -> tuple[httplib2.Response, bytes]:
        """Sends one request, as `httplib2.Http.request` would. Raises requests' exceptions and SyncError."""
        token = self._tokens(None)
        answer = self._send(uri, method, body, headers, token)
        if answer.status_code == 401:
            # Refused before any effect, so that even a create may be sent again.
            fresh = self._tokens(token)
            if fresh is not None:
                answer = self._send(uri, method, body, headers, fresh)
        described = {name.lower(): value for name, value in answer.headers.items()}
        response = httplib2.Response({**described, "status": str(answer.status_code)})
        response.reason = answer.reason
        return response, answer.content

    def _send(
        self,
        uri: str,
        method: str,
        body: str | bytes | None,
        headers: Mapping[str, str] | None,
        token: str | None,
    ) -> requests.Response:
        given = {name: value for name, value in (headers or {}).items() if name.lower() != "content-length"}
        if token is not None:
            given["authorization"] = f"Bearer {token}"
        tally.count(google_calls=1)
        answer = session().request(
            method,
            uri,
            data=body.encode() if isinstance(body, str) else body,
            headers=given,
            timeout=TIMEOUT,
            allow_redirects=False,
        )
        if self._on_call is not None:
            self._on_call(method, uri.partition("?")[0], answer.status_code)
        return answer
