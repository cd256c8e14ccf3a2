"""An executor that runs what it is given at once, on the thread that gives it.

Where the order of effects must be told beforehand (tests that die at the k-th, one-process tools), the engine
gets this one in place of threads: what it shows is one of the orders that threads can take.
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

T = TypeVar("T")


class InLine(Executor):
    """Runs each call before `submit` returns."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """The finished call. Only what a job can answer waits in it: a process that ends, ends here."""
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done
