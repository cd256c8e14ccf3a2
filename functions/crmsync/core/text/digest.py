"""Keyed digests: 8 bytes, from which nothing personal can be read without the installation's key."""

from collections.abc import Callable
from hashlib import blake2b

DIGEST_BYTES = 8
MAX_KEY_BYTES = 64
"""What BLAKE2b takes as a key."""

Digester = Callable[[bytes], str]


def encode(text: str) -> bytes:
    """UTF-8; half of a surrogate pair, which hostile JSON can hold, is kept rather than refused."""
    return text.encode("utf-8", "surrogatepass")


def digester(key: bytes) -> Digester:
    """A function from bytes to 16 hexadecimal digits under this key.

    Raises ValueError for a key that is empty or longer than 64 bytes.
    """
    if not 0 < len(key) <= MAX_KEY_BYTES:
        raise ValueError(f"a digest key has 1 to {MAX_KEY_BYTES} bytes")

    def digest(data: bytes) -> str:
        return blake2b(data, digest_size=DIGEST_BYTES, key=key).hexdigest()

    return digest


def unkeyed(data: bytes) -> str:
    """16 hexadecimal digits that anybody can work out: for who has nothing to hide, such as tests."""
    return blake2b(data, digest_size=DIGEST_BYTES).hexdigest()


def join(parts: tuple[str, ...]) -> bytes:
    """Texts as one run of bytes that no other texts make: each is led by its length."""
    encoded = [encode(part) for part in parts]
    return b"".join(b"%d:%b" % (len(part), part) for part in encoded)
