"""How long things take on a walk: told by a seed, a job and a call, so that a walk that is cut shorter keeps
the times of what is left of it.
"""

from collections.abc import Callable
from zlib import crc32

from hypothesis import strategies as st

PACES = (0.05, 0.3, 0.3, 1.0)
"""Seconds that Google takes for a call, on average; now and then it is four times as long."""
SEEDS = st.integers(0, 9_999)
PACE: st.SearchStrategy[float | None] = st.sampled_from(PACES)

SHARE_OF_THE_STORE = 0.1
"""What the store and the queue take of what Google does."""
PAUSES = (0.0, 0.2, 1.0, 1.0, 3.0, 10.0, 40.0)
"""Seconds between two things that people do."""


class Latencies:
    """Seconds for each call and each pause."""

    def __init__(self, seed: int, pace: float, at_work: Callable[[], object]) -> None:
        """at_work: names the job and the call that is about to take its time."""
        self._seed = seed
        self._pace = pace
        self._at_work = at_work

    def google(self, call: str) -> float:
        """How long a call to Google takes: mostly less than the pace, seldom four times as long."""
        return 4.0 * self._pace * self._share(call) ** 3

    def store(self, call: str) -> float:
        """How long the store takes, or the queue."""
        return SHARE_OF_THE_STORE * self.google(call)

    def pause(self, number: int) -> float:
        """How long nobody does anything, the number-th time."""
        return PAUSES[crc32(f"{self._seed} {number}".encode()) % len(PAUSES)]

    def _share(self, call: str) -> float:
        """A number in [0, 1)."""
        return crc32(f"{self._seed} {call} {self._at_work()}".encode()) / 2**32
