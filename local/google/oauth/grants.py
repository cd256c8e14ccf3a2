"""What Google remembers of consent: clients, grants, codes, refresh and access tokens. No HTTP here."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from local.google.clock import Clock

ACCESS_TOKEN_LIFE = timedelta(seconds=3599)
CODE_LIFE = timedelta(minutes=10)
TESTING_LIFE = timedelta(days=7)
UNUSED_LIFE = timedelta(days=182)
REFRESH_TOKENS_PER_CLIENT = 100

SIGN_IN_ALIASES = {
    "email": "https://www.googleapis.com/auth/userinfo.email",
    "profile": "https://www.googleapis.com/auth/userinfo.profile",
}
"""Short names that Google writes out in the `scope` of its answers."""

SIGN_IN_SCOPES = frozenset({"openid", *SIGN_IN_ALIASES.values()})
"""Scopes that are granted by signing in and never have a check box."""


def canonical_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes under the names Google answers with."""
    return frozenset(SIGN_IN_ALIASES.get(scope, scope) for scope in scopes)


@dataclass(frozen=True, slots=True)
class Client:
    """A registered OAuth client. `testing`.

    The project's consent screen is External and in status Testing.
    """

    client_id: str
    client_secret: str
    redirect_uris: frozenset[str]
    name: str
    project: str
    testing: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person allowed on the authorization page, waiting to be exchanged for tokens once."""

    sub: str
    client_id: str
    redirect_uri: str
    scopes: frozenset[str]
    issued: datetime
    refresh: bool
    challenge: str | None = None
    method: str = "plain"
    nonce: str | None = None

    def proves(self, verifier: str | None) -> bool:
        """Whether `verifier` answers the PKCE challenge; a missing one is right only when none was asked."""
        if self.challenge is None:
            return not verifier
        if not verifier:
            return False
        if self.method == "S256":
            digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
            verifier = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return secrets.compare_digest(verifier, self.challenge)


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A long-lived token; `expires` is None unless the app is in Testing."""

    token: str
    sub: str
    client_id: str
    project: str
    scopes: frozenset[str]
    used: datetime
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token as the guard sees it."""

    token: str
    sub: str
    client_id: str
    project: str
    scopes: frozenset[str]
    expires: datetime
    refresh: str | None = None


@dataclass(slots=True)
class Grant:
    """All that one account allowed one project; `offline` once a refresh token was given out for it."""

    scopes: set[str] = field(default_factory=set)
    offline: bool = False


class GrantStore:
    """The consent state of every account. Callers hold the world's lock."""

    def __init__(self, clock: Clock, mint: Callable[[int], str] = secrets.token_urlsafe) -> None:
        """`mint(n)` makes an unguessable url-safe text from n bytes."""
        self._clock = clock
        self._mint = mint
        self.clients: dict[str, Client] = {}
        self.grants: dict[tuple[str, str], Grant] = {}
        self._codes: dict[str, Consent] = {}
        self._refresh: dict[str, RefreshToken] = {}
        self._access: dict[str, AccessToken] = {}

    def granted(self, sub: str, project: str) -> frozenset[str]:
        """The scopes that the account allows the project now."""
        grant = self.grants.get((sub, project))
        return frozenset(grant.scopes) if grant else frozenset()

    def granted_anywhere(self, sub: str) -> frozenset[str]:
        """The scopes that the account allows any project."""
        return frozenset(scope for (owner, _), g in self.grants.items() if owner == sub for scope in g.scopes)

    def needs_refresh_token(self, sub: str, project: str) -> bool:
        """Whether no refresh token was given out yet under the present grant."""
        grant = self.grants.get((sub, project))
        return grant is None or not grant.offline

    def allow(self, consent: Consent) -> str:
        """Record the person's consent and issue its single-use code."""
        client = self.clients[consent.client_id]
        grant = self.grants.setdefault((consent.sub, client.project), Grant())
        grant.scopes |= consent.scopes
        code = "4/0A" + self._mint(48)
        self._codes[code] = consent
        return code

    def take_code(self, code: str) -> Consent | None:
        """The consent behind a code, once; None when unknown, used or older than ten minutes."""
        consent = self._codes.pop(code, None)
        if consent is None or self._clock.now() - consent.issued > CODE_LIFE:
            return None
        return consent

    def issue_refresh(self, consent: Consent) -> RefreshToken:
        """Give out a refresh token; the 101st of an account and client silently kills the oldest."""
        client, now = self.clients[consent.client_id], self._clock.now()
        testing = client.testing and not consent.scopes <= SIGN_IN_SCOPES
        token = RefreshToken(
            token="1//0" + self._mint(48),
            sub=consent.sub,
            client_id=client.client_id,
            project=client.project,
            scopes=consent.scopes,
            used=now,
            expires=now + TESTING_LIFE if testing else None,
        )
        mine = [t for t in self._refresh.values() if (t.sub, t.client_id) == (token.sub, token.client_id)]
        for oldest in mine[: max(0, len(mine) + 1 - REFRESH_TOKENS_PER_CLIENT)]:
            self._drop_refresh(oldest)
        self._refresh[token.token] = token
        self.grants.setdefault((consent.sub, client.project), Grant(set(consent.scopes))).offline = True
        return token

    def issue_access(
        self, sub: str, client_id: str, scopes: frozenset[str], refresh: str | None = None
    ) -> AccessToken:
        """Give out a bearer token for 3,599 seconds."""
        token = AccessToken(
            token="ya29." + self._mint(96),
            sub=sub,
            client_id=client_id,
            project=self.clients[client_id].project,
            scopes=scopes,
            expires=self._clock.now() + ACCESS_TOKEN_LIFE,
            refresh=refresh,
        )
        self._access[token.token] = token
        return token

    def use_refresh(self, text: str, client_id: str) -> RefreshToken | None:
        """The live refresh token behind `text` for this client.

        None when dead, foreign or unused for six months.
        """
        token = self._refresh.get(text)
        if token is None or token.client_id != client_id:
            return None
        now = self._clock.now()
        if token.expires is not None and now >= token.expires:
            self.revoke(token.sub, token.project)
            return None
        if now - token.used > UNUSED_LIFE:
            self._drop_refresh(token)
            return None
        self._refresh[text] = token = replace(token, used=now)
        return token

    def access(self, text: str) -> AccessToken | None:
        """The live bearer token behind `text`; None when unknown, revoked or expired."""
        token = self._access.get(text)
        if token is not None and self._clock.now() >= token.expires:
            del self._access[text]
            return None
        return token

    def revoke_token(self, text: str) -> bool:
        """Revoke by access or refresh token: the project's whole grant goes.

        False when unknown.
        """
        token = self._refresh.get(text) or self.access(text)
        if token is None:
            return False
        self.revoke(token.sub, token.project)
        return True

    def revoke(self, sub: str, project: str | None = None) -> None:
        """Take back the grant of one project (or of all), with every code and token of its clients."""

        def ends(owner: str, whose: str) -> bool:
            return owner == sub and project in (None, whose)

        for key in [key for key in self.grants if ends(*key)]:
            del self.grants[key]
        for token in [token for token in self._refresh.values() if ends(token.sub, token.project)]:
            self._drop_refresh(token)
        for access in [access for access in self._access.values() if ends(access.sub, access.project)]:
            del self._access[access.token]
        for code, consent in list(self._codes.items()):
            if ends(consent.sub, self.clients[consent.client_id].project):
                del self._codes[code]

    def expire_access_tokens(self, sub: str | None = None) -> int:
        """End the life of every bearer token (of one account) now; tells how many."""
        dying = [t.token for t in self._access.values() if sub in (None, t.sub)]
        for text in dying:
            del self._access[text]
        return len(dying)

    def expire_refresh_tokens(self, sub: str | None = None) -> int:
        """Let every refresh token (of one account) die as after seven days in Testing; tells how many."""
        dying = [t for t in self._refresh.values() if sub in (None, t.sub)]
        for token in dying:
            self.revoke(token.sub, token.project)
        return len(dying)

    def set_testing(self, testing: bool) -> None:
        """Put every client's consent screen in status Testing, or publish it.

        Refresh tokens given out before stay as they are.
        """
        for client_id, client in self.clients.items():
            self.clients[client_id] = replace(client, testing=testing)

    def _drop_refresh(self, token: RefreshToken) -> None:
        self._refresh.pop(token.token, None)
        for access in [t for t in self._access.values() if t.refresh == token.token]:
            del self._access[access.token]
