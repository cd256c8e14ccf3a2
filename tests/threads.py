"""A thread of one's own, for what minds what its thread has done before."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def in_own_thread(work: Callable[[], T]) -> T:
    """Does the work in a new thread and answers (or raises) what it does.

    Playwright leaves the thread of a browser test with a running event loop, in which nothing that starts one
    of its own can run; which tests share a process is not ours to say.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()
