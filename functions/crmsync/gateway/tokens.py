"""Access tokens: made from refresh tokens, kept in this process until shortly before they expire.

Keeping them spares each job a call to Google and a read of the grant. Only `invalid_grant` means that a grant
is dead; whatever else goes wrong is tried again.
"""

import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import google.auth.transport.requests
import requests
from google.auth.exceptions import RefreshError, TransportError
from google.oauth2.credentials import Credentials

from crmsync import tally
from crmsync.core.errors import Unavailable
from crmsync.engine.ports import Clock
from crmsync.gateway import errors
from crmsync.gateway.endpoints import Endpoints
from crmsync.gateway.locks import Locks
from crmsync.gateway.transport import TIMEOUT

MARGIN = timedelta(seconds=225)
"""A token this close to its end counts as expired, as google-auth has it."""

_MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class _Kept:
    token: str
    expires_at: datetime


class AccessTokens:
    """Access tokens by user. Safe to share between threads: one refresh at a time a user."""

    def __init__(self, client_id: str, client_secret: str, endpoints: Endpoints, clock: Clock) -> None:
        """The OAuth client whose refresh tokens these are."""
        self._client_id = client_id
        self._client_secret = client_secret
        self._endpoints = endpoints
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._locks = Locks()
        self._lock = threading.Lock()

    def cached(self, uid: str) -> str | None:
        """The user's token when it is fresh, else None."""
        kept = self._kept.get(uid)
        if kept is None or kept.expires_at - MARGIN <= self._clock.now():
            return None
        return kept.token

    def fresh(self, uid: str, refresh_token: str, refused: str | None = None) -> str:
        """A token to use now; `refused` is one that Google no longer takes.

        Raises GrantDead when the refresh token is dead, Misconfigured when the client is, else Unavailable.
        """
        with self._locks.held(uid):
            known = self.cached(uid)
            if known is not None and known != refused:
                return known
            made = self._refresh(refresh_token)
            with self._lock:
                self._make_room()
                self._kept[uid] = made
            return made.token

    def forget(self, uid: str) -> None:
        """Drops the user's token."""
        with self._lock:
            self._kept.pop(uid, None)

    def _make_room(self) -> None:
        """Once there are many, drops those that expired, or else the tenth that ends first."""
        if len(self._kept) < _MOST_KEPT:
            return
        ending = [uid for uid in self._kept if self.cached(uid) is None]
        if not ending:
            ending = sorted(self._kept, key=lambda uid: self._kept[uid].expires_at)[: _MOST_KEPT // 10]
        for uid in ending:
            del self._kept[uid]

    def _refresh(self, refresh_token: str) -> _Kept:
        credentials = Credentials(  # type: ignore[no-untyped-call]
            token=None,
            refresh_token=refresh_token,
            token_uri=self._endpoints.token,
            client_id=self._client_id,
            client_secret=self._client_secret,
        )
        tally.count(google_calls=1)
        asking = _Asking()
        try:
            credentials.refresh(asking)  # type: ignore[no-untyped-call]
        except RefreshError:
            raise errors.from_refresh(asking.said) from None
        except (TransportError, requests.RequestException):
            raise Unavailable("refresh_failed") from None
        except (TypeError, AttributeError, LookupError, ValueError):
            # What google-auth meets where the answer is no object of texts and numbers.
            raise Unavailable("malformed_answer") from None
        if not isinstance(credentials.token, str) or credentials.expiry is None:
            raise Unavailable("malformed_answer")
        # google-auth reads the machine's clock; ours may be another, so only the span between is taken over.
        life = credentials.expiry.replace(tzinfo=UTC) - datetime.now(UTC)
        return _Kept(credentials.token, self._clock.now() + life)


class _Asking:
    """google-auth's way to make a request, within our time-outs, that remembers what was said.

    google-auth keeps some refusals to itself: to `invalid_grant` with a subtype that asks for the user's
    presence it answers with advice for a command line.
    """

    def __init__(self) -> None:
        self.said: object = None
        self._request = google.auth.transport.requests.Request()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Makes the request; it closes its connection when dropped."""
        answer = self._request(*args, **{**kwargs, "timeout": TIMEOUT})
        with suppress(ValueError):
            self.said = json.loads(answer.data)
        return answer
