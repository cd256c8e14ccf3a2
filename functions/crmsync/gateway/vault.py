"""Refresh tokens at rest: encrypted with the newest key, readable with any, so that keys can be rotated."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from crmsync.core.errors import GrantDead


class Vault:
    """Seals and opens refresh tokens (Fernet: AES-128-CBC, HMAC-SHA-256). Safe to share between threads."""

    def __init__(self, keys: Sequence[str]) -> None:
        """`keys`: Fernet keys, newest first, at least one."""
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, refresh_token: str) -> str:
        """Ciphertext for the store; two seals of one token differ."""
        return self._fernet.encrypt(refresh_token.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """The refresh token again. Raises GrantDead when no key fits: a key was dropped, and with it the
        grant; the user can give another.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise GrantDead("token_key_unknown") from None
