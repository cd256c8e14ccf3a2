"""Secrets at rest: sealed with the newest key, readable with any, so that keys can be rotated.

A key goes by a fingerprint, which tells nothing of it and may lie in the store and in the log.
"""

import base64
import hashlib
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from crmsync.core.errors import GrantDead

_FINGERPRINT = 12


class Vault:
    """Implements `crmsync.engine.ports.Vault` (Fernet: AES-128-CBC, HMAC-SHA-256). Safe to share between
    threads.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        """`keys`: Fernet keys, newest first, at least one."""
        known = {_fingerprint(raw): Fernet(base64.urlsafe_b64encode(raw)) for raw in map(_raw, keys)}
        self.key, *others = known
        self.others = tuple(others)
        self._newest = known[self.key]
        self._any = MultiFernet(list(known.values()))

    def seal(self, secret: str) -> str:
        """Ciphertext for the store; two seals of one secret differ."""
        return self._newest.encrypt(secret.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """The secret again. Raises GrantDead when no key fits: a key was dropped, and with it what only it
        opened; the user can give another grant.
        """
        try:
            return self._any.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise GrantDead("token_key_unknown") from None

    def renewed(self, sealed: str) -> str | None:
        """The same secret sealed with the newest key; None when it is already. Raises GrantDead."""
        try:
            self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return self.seal(self.open(sealed))
        return None


def _raw(key: str) -> bytes:
    return base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))


def _fingerprint(raw: bytes) -> str:
    return hashlib.sha256(b"token key\0" + raw).hexdigest()[:_FINGERPRINT]
