"""Trying again when something moved between reading and committing."""

from collections.abc import Iterator

MOST = 4


def attempts(most: int = MOST) -> Iterator[bool]:
    """Counts tries: True with the last one, after which a refusal is the caller's to raise.

    A caller that got through leaves the loop; one that was refused reads again and goes on.
    """
    for number in range(most):
        yield number == most - 1
