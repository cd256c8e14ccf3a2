"""Sending the functions' log lines to a file, so that the terminal stays readable."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crmsync import logs


@contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """Have what the functions send to standard output go to a new file at `path` instead."""
    path.parent.mkdir(exist_ok=True)
    root = logging.getLogger()
    replaced = [handler for handler in root.handlers if isinstance(handler, logs.StandardOutput)]
    file = logging.FileHandler(path, mode="w", encoding="utf-8")
    for handler in replaced:
        root.removeHandler(handler)
        file.setFormatter(handler.formatter)
        file.filters = list(handler.filters)
    root.addHandler(file)
    try:
        yield
    finally:
        root.removeHandler(file)
        file.close()
        for handler in replaced:
            root.addHandler(handler)
