"""Page tokens: sealed, for they hold the name at which a page ends, and travel in addresses, which logs keep.

AES-SIV (RFC 5297) authenticates a token together with the list it is for, and makes one token of one
position: a page that has not changed keeps its ETag.
"""

import base64
import binascii
import json
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crmsync.api.http.errors import InvalidPageToken

LONGEST = 4096
"""Characters of a token."""

_PURPOSE = b"crmsync page tokens 1"
"""Keeps these keys apart from all else that is derived from the same secret."""
_KEY_BYTES = 64


class PageTokens:
    """Seals and opens page tokens. Safe to share between threads."""

    def __init__(self, secrets: Sequence[str]) -> None:
        """`secrets`: what the keys are derived from, newest first, at least one. All of them open."""
        self._ciphers = [AESSIV(_derived(secret)) for secret in secrets]

    def seal(self, position: str, list: Sequence[str]) -> str:
        """A token, fit for addresses, that leads to this position in this list only."""
        sealed = self._ciphers[0].encrypt(position.encode("utf-8", "surrogatepass"), [_bound(list)])
        return base64.urlsafe_b64encode(sealed).decode("ascii").rstrip("=")

    def open(self, token: str, list: Sequence[str]) -> str:
        """The position that a token leads to. Raises InvalidPageToken for one of another list, or of none."""
        if len(token) <= LONGEST:
            sealed = _decoded(token)
            for cipher in self._ciphers:
                try:
                    return cipher.decrypt(sealed, [_bound(list)]).decode("utf-8", "surrogatepass")
                except InvalidTag:
                    continue
        raise InvalidPageToken


def _derived(secret: str) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=_PURPOSE).derive(secret.encode())


def _bound(list: Sequence[str]) -> bytes:
    return json.dumps(list).encode()


def _decoded(token: str) -> bytes:
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidPageToken from None
