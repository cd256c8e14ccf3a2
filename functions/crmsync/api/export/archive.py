"""A ZIP archive as a stream: each file is compressed while it is read, and nothing is kept."""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime

_AT_ONCE = 64 * 1024
_OWNER_MAY_READ_AND_WRITE = 0o600 << 16


class _Outbox:
    """What the archive writes into; it cannot be gone back in, so sizes are written behind the files."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, data: bytes, /) -> int:
        self._pieces.append(bytes(data))
        self._size += len(data)
        return len(data)

    def flush(self) -> None:
        """Whoever takes the pieces decides when."""

    def close(self) -> None:
        """There is nothing to close."""

    @property
    def is_full(self) -> bool:
        return self._size >= _AT_ONCE

    def taken(self) -> bytes:
        """What was written since the last time."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        return data


def archive(files: Iterable[tuple[str, Iterable[bytes]]], at: datetime) -> Iterator[bytes]:
    """The archive, piece by piece. files: by name, each in pieces. at: the time that they show.

    A file has 2 GiB at most: larger ones would take a form that not every program reads.
    """
    outbox = _Outbox()
    with zipfile.ZipFile(outbox, "w") as whole:
        for name, pieces in files:
            member = zipfile.ZipInfo(name, at.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = _OWNER_MAY_READ_AND_WRITE
            with whole.open(member, "w") as file:
                for piece in pieces:
                    file.write(piece)
                    if outbox.is_full:
                        yield outbox.taken()
    yield outbox.taken()
