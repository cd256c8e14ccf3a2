"""One account's contacts."""

from __future__ import annotations

from local.google.clock import Clock


class PeopleBook:
    """The contacts of one account, in memory."""

    def __init__(self, clock: Clock, owner: str = "0") -> None:
        """`owner` is the account's `sub`."""
        self._clock = clock
        self._owner = owner
        self._photo_origin = ""

    def serve_photos_from(self, origin: str) -> None:
        """Photo addresses start with `origin`."""
        self._photo_origin = origin
