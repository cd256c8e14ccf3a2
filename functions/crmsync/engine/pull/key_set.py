"""Which keys a listing has shown, in 8 bytes each: a user may have tens of thousands of contacts."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from hashlib import blake2b

_BYTES = 8


class KeySet:
    """A set of texts that grows. Of 50,000, two are taken for one in one of ten thousand million runs."""

    def __init__(self) -> None:
        self._digests = array("Q")
        self._sorted = True

    def update(self, keys: Iterable[str]) -> None:
        """Adds keys; again is fine."""
        self._digests.extend(map(_digest, keys))
        self._sorted = False

    def clear(self) -> None:
        """Forgets all."""
        self._digests = array("Q")

    def __contains__(self, key: str) -> bool:
        if not self._sorted:
            self._digests = array("Q", sorted(self._digests))
            self._sorted = True
        digest = _digest(key)
        at = bisect_left(self._digests, digest)
        return at < len(self._digests) and self._digests[at] == digest


def _digest(key: str) -> int:
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest())
