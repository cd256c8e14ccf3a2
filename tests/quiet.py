"""Silence of the product's log where failures are the very thing that is tried, thousands of times."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Only errors are logged meanwhile."""
    log = logging.getLogger("crmsync")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)
