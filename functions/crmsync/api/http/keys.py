"""An issuer's public keys, fetched when needed and kept.

A rotation shows as an unknown key id, which fetches the set again, at most once in `REFETCH_PAUSE`, so that
forged tokens cannot make this service hammer the issuer. While the issuer is down, the keys that are known go
on serving.
"""

import threading
import time
from collections.abc import Callable, Mapping

import jwt

LIFETIME = 6 * 3600.0
"""Seconds after which a set is fetched anew, so that a withdrawn key stops counting."""

REFETCH_PAUSE = 60.0
"""Seconds between a successful fetch and the next one that an unknown key id may cause."""

RETRY_PAUSE = 5.0
"""Seconds between a failed fetch and the next try."""

FETCH_TIMEOUT = 5.0


class KeysUnavailable(Exception):
    """The issuer's keys cannot be fetched just now, and none are known."""


class UnknownKey(Exception):
    """The issuer publishes no signing key of this id."""


def fetch(url: str) -> Mapping[str, jwt.PyJWK]:
    """The signing keys published at a JWKS URL, by id. Raises jwt.PyJWTError or ValueError."""
    client = jwt.PyJWKClient(url, cache_jwk_set=False, timeout=FETCH_TIMEOUT)
    return {key.key_id: key for key in client.get_signing_keys() if key.key_id}


class Keys:
    """The keys at one URL. Safe to share between threads."""

    def __init__(
        self,
        url: str,
        fetch: Callable[[str], Mapping[str, jwt.PyJWK]] = fetch,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`fetch` and `monotonic` are replaced by tests."""
        self._url = url
        self._fetch = fetch
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._known: Mapping[str, jwt.PyJWK] = {}
        self._good_until = self._not_before = float("-inf")
        self._fetching = False

    def get(self, kid: str) -> jwt.PyJWK:
        """The key with this id. Raises UnknownKey or KeysUnavailable.

        One caller fetches, and no lock is held meanwhile: who knows its key goes on with it, and who does not
        waits for that fetch.
        """
        if self._is_to_fetch(kid):
            self._refresh()
        with self._changed:
            if not self._known:
                raise KeysUnavailable
            if kid not in self._known:
                raise UnknownKey
            return self._known[kid]

    def _is_to_fetch(self, kid: str) -> bool:
        """Whether this caller is the one to fetch; waits while another one fetches what it needs."""
        with self._changed:
            if kid not in self._known:
                self._changed.wait_for(lambda: not self._fetching)
            now = self._monotonic()
            due = (kid not in self._known or now >= self._good_until) and now >= self._not_before
            if due and not self._fetching:
                self._fetching = True
                return True
            return False

    def _refresh(self) -> None:
        fetched: Mapping[str, jwt.PyJWK] | None = None
        try:
            fetched = self._fetch(self._url)
        except (jwt.PyJWTError, ValueError, OSError):
            # What is known goes on serving; when nothing is, the caller is told to come back.
            fetched = None
        finally:
            with self._changed:
                now = self._monotonic()
                self._not_before = now + (RETRY_PAUSE if fetched is None else REFETCH_PAUSE)
                if fetched is not None:
                    self._known, self._good_until = fetched, now + LIFETIME
                self._fetching = False
                self._changed.notify_all()
