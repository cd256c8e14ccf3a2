"""Times of the sync that are shortened, so that half an hour holds many of them."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from unittest.mock import patch

from crmsync.engine import jobs

NAMES = (
    "JOB_TIME",
    "CALL_TIME",
    "LEASE_TIME",
    "DOUBT",
    "SYNC_INTERVAL",
    "HEARD_INTERVAL",
    "SILENCE",
    "AFTER_AN_OUTAGE",
)
"""How long jobs, calls, leases and doubts last, and how often the schedule looks at a user."""


@contextmanager
def hurried(scale: float) -> Iterator[None]:
    """All of these last so many times less, in whatever module has taken them over."""
    # Naming the jobs has loaded the whole engine.
    product = jobs.__name__.partition(".")[0]
    with ExitStack() as patches:
        for module in [module for name, module in sys.modules.items() if name.startswith(f"{product}.")]:
            for name in NAMES:
                if isinstance(time := vars(module).get(name), timedelta):
                    patches.enter_context(patch.object(module, name, time / scale))
        yield
