"""Who is calling: OIDC tokens of CRM users, and of the service account behind Cloud Tasks and Cloud
Scheduler.

A token counts when it is signed with one of its issuer's published keys, and its issuer, audience and times
hold.
"""

import secrets
from collections.abc import Mapping

import flask
import jwt

from crmsync.api.http.errors import Forbidden, Unauthenticated, Unavailable
from crmsync.api.http.keys import Keys, KeysUnavailable, UnknownKey
from crmsync.core.scope import Scope

ALGORITHMS = ("RS256", "ES256")
"""What an OIDC issuer signs with. Never a shared secret, never "none"."""

CLOCK_SKEW = 30
LONGEST_TOKEN = 8192
LONGEST_ID = 256


class Verifier:
    """Checks the tokens of one issuer for one audience. Safe to share between threads."""

    def __init__(self, issuer: str, audience: str, keys: Keys) -> None:
        self._issuer = issuer
        self.audience = audience
        self._keys = keys

    def claims(self, token: str) -> Mapping[str, object]:
        """The claims of a token that verifies.

        Raises Unauthenticated, or Unavailable when no keys can be had.
        """
        try:
            header = jwt.get_unverified_header(token)
            # Looked at before any key is fetched: what cannot be good costs nothing.
            if header.get("alg") not in ALGORITHMS or not isinstance(header.get("kid"), str):
                raise Unauthenticated("The token is not signed in a way that is accepted here.")
            key = self._keys.get(header["kid"])
            claims: dict[str, object] = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self.audience,
                issuer=self._issuer,
                leeway=CLOCK_SKEW,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("The session has expired. Please sign in again.") from None
        except KeysUnavailable:
            raise Unavailable from None
        except (jwt.PyJWTError, UnknownKey):
            raise Unauthenticated("The token is not valid here.") from None
        return claims


def caller(request: flask.Request, users: Verifier) -> Scope:
    """The CRM user who calls: the token's `sub` is the uid.

    Raises Unauthenticated, or Forbidden for a `sub` that cannot be an id.
    """
    uid = users.claims(_bearer(request))["sub"]
    if not isinstance(uid, str) or not is_document_id(uid):
        raise Forbidden("This account cannot be used here.")
    return Scope.of(uid)


def is_document_id(id: str) -> bool:
    """True for text that can name a document (Firestore: no slash, not "." or "..", not `__…__`, not too
    long).
    """
    reserved = id in (".", "..") or (id.startswith("__") and id.endswith("__"))
    return id.isprintable() and 0 < len(id) <= LONGEST_ID and "/" not in id and not reserved


def require_service(request: flask.Request, services: Verifier, email: str) -> None:
    """Lets only the service account `email` pass. Raises Unauthenticated or Forbidden.

    Google's own tokens carry `email` and `email_verified`; the platform's IAM checks them too, this is the
    second lock.
    """
    claims = services.claims(_bearer(request))
    named = claims.get("email")
    if (
        not email
        or not isinstance(named, str)
        or claims.get("email_verified") is not True
        or not secrets.compare_digest(named.encode(), email.encode())
    ):
        raise Forbidden("This call is for the service itself.")


def _bearer(request: flask.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Please sign in.")
    if len(token) > LONGEST_TOKEN:
        raise Unauthenticated("The token is not valid here.")
    return token
