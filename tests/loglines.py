"""The product's log as it is written, line by line, for tests of what it says."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from crmsync import logs


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []
        self.setFormatter(logs.JsonLines())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


@contextmanager
def log_lines() -> Iterator[list[dict[str, Any]]]:
    """What the product logs meanwhile, on any thread."""
    kept, log = _Kept(), logging.getLogger("crmsync")
    level = log.level
    log.addHandler(kept)
    log.setLevel(logging.INFO)
    try:
        yield kept.lines
    finally:
        log.setLevel(level)
        log.removeHandler(kept)


def named(lines: list[dict[str, Any]], event: str) -> list[dict[str, Any]]:
    """The lines of one event."""
    return [line for line in lines if line["message"] == event]
