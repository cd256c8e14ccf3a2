"""Silence of the product's log where failures are the very thing that is tried, thousands of times."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet(level: int = logging.ERROR) -> Iterator[None]:
    """Only errors are logged meanwhile, or what is at this level."""
    log = logging.getLogger("crmsync")
    before = log.level
    log.setLevel(level)
    try:
        yield
    finally:
        log.setLevel(before)
