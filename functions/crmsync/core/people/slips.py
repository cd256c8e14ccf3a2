"""How far two texts are apart, counted in slips of the keyboard.

RapidFuzz is imported where used: it takes 50 ms, which doors that compare nobody do not have.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple


class _Measures(NamedTuple):
    distance: Callable[..., int]
    similarity: Callable[..., float]
    ratio: Callable[..., float]


@lru_cache(maxsize=1)
def _measures() -> _Measures:
    from rapidfuzz.distance import OSA, JaroWinkler
    from rapidfuzz.fuzz import ratio

    return _Measures(OSA.distance, JaroWinkler.similarity, ratio)


def within(a: str, b: str, most: int) -> bool:
    """Whether the one becomes the other by at most so many letters put in, left out, changed or exchanged."""
    return _measures().distance(a, b, score_cutoff=most) <= most


def similarity(a: str, b: str) -> float:
    """From 0 to 1, by Jaro and Winkler: what begins alike counts more."""
    return _measures().similarity(a, b)


def agree(a: str, b: str, percent: float) -> bool:
    """Whether so many percent of the letters of both agree, in their order."""
    return _measures().ratio(a, b, score_cutoff=percent) > 0


def is_slip(a: str, b: str) -> bool:
    """One slip of the keyboard in a word of some length, two in a long one."""
    shorter = min(len(a), len(b))
    if abs(len(a) - len(b)) > 2 or shorter < 3:
        return False
    if shorter == 3 and len(a) == len(b):
        return a != b and sorted(a) == sorted(b)
    return within(a, b, 1 if shorter < 6 else 2)
