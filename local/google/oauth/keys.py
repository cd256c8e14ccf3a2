"""The key that signs ID tokens, published as Google publishes its own: PEM certificates and a JWK set."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import threading
from datetime import UTC, datetime, timedelta

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from local.google.json import Body, JsonObject
from local.keys import new_rsa, read_rsa

ISSUER = "https://accounts.google.com"
_LIFE = timedelta(seconds=3599)


class SigningKey:
    """An RSA key: one that is made now, or an earlier one."""

    def __init__(self, pem: str | None = None) -> None:
        """`pem`: what an earlier key told of itself."""
        self._pem = pem or new_rsa()
        self._key = read_rsa(self._pem)
        public = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.key_id = hashlib.sha1(public, usedforsecurity=False).hexdigest()

    def pem(self) -> str:
        """The private key, to be kept."""
        return self._pem

    def sign(self, claims: Body) -> str:
        """An RS256 JWT of `claims` plus issuer and times.

        The times are real ones, whatever the simulation's clock says: its verifiers live in real time.
        """
        now = datetime.now(UTC)
        full = {"iss": ISSUER, **claims, "iat": int(now.timestamp()), "exp": int((now + _LIFE).timestamp())}
        return jwt.encode(full, self._key, algorithm="RS256", headers={"kid": self.key_id})

    def verify(self, token: str) -> JsonObject:
        """The claims of a token signed here; raises jwt.InvalidTokenError otherwise.

        The audience is not checked.
        """
        claims: JsonObject = jwt.decode(
            token,
            self._key.public_key(),
            algorithms=["RS256"],
            issuer=ISSUER,
            options={"verify_aud": False},
        )
        return claims

    def certificates(self) -> dict[str, str]:
        """Key id -> self-signed X.509 certificate in PEM, as at `/oauth2/v1/certs`."""
        return {self.key_id: self._certificate}

    def jwks(self) -> JsonObject:
        """The JWK set of `/oauth2/v3/certs`."""
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        keep: JsonObject = {
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "kid": self.key_id,
            "n": jwk["n"],
            "e": jwk["e"],
        }
        return {"keys": [keep]}

    @functools.cached_property
    def _certificate(self) -> str:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "simulated-google.example")])
        start = datetime.now(UTC) - timedelta(days=1)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=365))
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM).decode()


_signing: SigningKey | None = None
_making = threading.Lock()


def signing_key() -> SigningKey:
    """The one key of this process."""
    global _signing
    with _making:
        if _signing is None:
            _signing = SigningKey()
        return _signing


def adopt(pem: str) -> None:
    """Sign with an earlier key from here on, so that what it has signed still holds."""
    global _signing
    with _making:
        _signing = SigningKey(pem)


def access_token_hash(token: str) -> str:
    """The `at_hash` claim.

    The left half of the token's SHA-256, base64url without padding (OIDC core 3.1.3.6).
    """
    half = hashlib.sha256(token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()
