"""A lock for each name, that is there only while it is used."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Used:
    lock: threading.Lock = field(default_factory=threading.Lock)
    by: int = 0
    """How many hold it or wait for it."""


class Locks:
    """Locks by name, as many as are held or waited for: they do not pile up with the names."""

    def __init__(self) -> None:
        self._used: dict[str, _Used] = {}
        self._guard = threading.Lock()

    def __len__(self) -> int:
        return len(self._used)

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Waits for the lock of this name, and holds it inside."""
        with self._guard:
            used = self._used.setdefault(name, _Used())
            used.by += 1
        try:
            with used.lock:
                yield
        finally:
            with self._guard:
                used.by -= 1
                if used.by == 0:
                    del self._used[name]
