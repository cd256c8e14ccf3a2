"""Work in pieces: of a bounded size, or by a question."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in their order, in pieces of `size`; the last one may be shorter."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def parted(items: Iterable[T], wanted: Callable[[T], bool]) -> tuple[list[T], list[T]]:
    """Those items of which the answer is yes, and the others, both in their order."""
    yes: list[T] = []
    no: list[T] = []
    for item in items:
        (yes if wanted(item) else no).append(item)
    return yes, no
