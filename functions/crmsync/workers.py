"""Threads beside a job that know whose work they do: their log lines carry the job's ids, and what they do
counts for it.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Workers(ThreadPoolExecutor):
    """Runs each call in the context of the one who gave it, as it was at that moment."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """The call, under way on another thread."""
        return super().submit(copy_context().run, partial(fn, *args, **kwargs))
