"""Who is who on one machine: an OIDC issuer for the demo users, and one for Cloud Tasks and Cloud Scheduler.

Both sign with RSA keys, and publish them as JWK sets, as Identity Platform and Google do. They
are two issuers with two keys, so that neither kind of token can pass for the other.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import flask
import jwt

from local.keys import Keys, read_rsa

LIFETIME = timedelta(hours=1)
"""How long a token is valid: an hour, as at Identity Platform and Google."""


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A person who can sign in to the demo CRM; `user` is the `sub` of their tokens."""

    user: str
    name: str
    email: str


class Issuer:
    """Signs ID tokens as `issuer` with a key of its own, whose public half `jwks` publishes."""

    def __init__(self, issuer: str, key: str) -> None:
        """`key`: an RSA key in PEM."""
        self.issuer = issuer
        self._key = read_rsa(key)
        self._key_id = hashlib.sha256(key.encode()).hexdigest()[:16]

    def token(self, subject: str, audience: str, claims: Mapping[str, object]) -> str:
        """An RS256 token for `subject` and `audience`, valid from now for an hour, with further `claims`."""
        now = datetime.now(UTC)
        payload = {
            **claims,
            "iss": self.issuer,
            "sub": subject,
            "aud": audience,
            "iat": now,
            "exp": now + LIFETIME,
        }
        return jwt.encode(payload, self._key, algorithm="RS256", headers={"kid": self._key_id})

    def jwks(self) -> dict[str, object]:
        """The JWK set with which the tokens are checked."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**public, "kid": self._key_id, "use": "sig", "alg": "RS256"}]}


class Identity:
    """The two issuers at an origin, the demo users, and the pages of `/local/` that give tokens and keys."""

    def __init__(self, origin: str, audience: str, users: tuple[DemoUser, ...], keys: Keys) -> None:
        """`audience` is that of the CRM users' tokens (AUTH_AUDIENCE)."""
        self.audience = audience
        self._users = {user.user: user for user in users}
        self._people = Issuer(f"{origin}/local", keys.people)
        self._services = Issuer(f"{origin}/local/services", keys.services)
        self.issuer = self._people.issuer
        self.jwks_url = f"{origin}/local/jwks"
        self.service_issuer = self._services.issuer
        self.service_jwks_url = f"{origin}/local/services/jwks"

    def user_token(self, user: str) -> str:
        """An ID token of a demo user. Raises KeyError for anyone else."""
        known = self._users[user]
        return self._people.token(known.user, self.audience, {"name": known.name, "email": known.email})

    def service_token(self, email: str, audience: str) -> str:
        """The ID token that Google would attach for a service account (claims as in Google's own)."""
        return self._services.token(email, audience, {"azp": email, "email": email, "email_verified": True})

    def pages(self) -> flask.Flask:
        """The WSGI app of `/local/`: users, sign-in, and both JWK sets."""
        app = flask.Flask("local.identity", static_folder=None)
        app.config["MAX_CONTENT_LENGTH"] = 10_000
        app.add_url_rule("/local/users", view_func=self._list_users)
        app.add_url_rule("/local/sign-in", view_func=self._sign_in, methods=["POST"])
        app.add_url_rule("/local/jwks", "jwks", self._people.jwks)
        app.add_url_rule("/local/services/jwks", "service_jwks", self._services.jwks)
        app.register_error_handler(404, lambda _: _error(404, "not_found", "There is nothing here."))
        app.register_error_handler(405, lambda _: _error(405, "invalid_request", "Use another method."))
        app.register_error_handler(413, lambda _: _error(413, "too_large", "The body is too large."))
        app.after_request(_never_stored)
        return app

    def _list_users(self) -> dict[str, object]:
        return {
            "items": [{"user": u.user, "name": u.name, "email": u.email} for u in self._users.values()],
            "next_page_token": None,
            "total": len(self._users),
        }

    def _sign_in(self) -> flask.typing.ResponseReturnValue:
        body = flask.request.get_json(force=True, silent=True)
        user = body.get("user") if isinstance(body, dict) else None
        if not isinstance(user, str):
            return _error(400, "invalid_request", 'Send {"user": the name of a demo user}.', "user")
        if user not in self._users:
            return _error(404, "not_found", "There is no such demo user.", "user")
        return {"id_token": self.user_token(user)}


def _error(status: int, code: str, message: str, field: str | None = None) -> tuple[dict[str, object], int]:
    detail = {"code": code, "message": message}
    if field is not None:
        detail["field"] = field
    return {"error": detail}, status


def _never_stored(answer: flask.Response) -> flask.Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
