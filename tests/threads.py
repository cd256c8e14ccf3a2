"""Threads for tests: real concurrency, and one of one's own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from crmsync.store.errors import StoreError

T = TypeVar("T")


def at_once(work: Sequence[Callable[[], Any]]) -> list[Any]:
    """Runs each in a thread of its own, let go together; answers results, or the StoreError raised."""
    gate = threading.Barrier(len(work))
    outcomes: list[Any] = [AssertionError("did not end")] * len(work)

    def run(n: int) -> None:
        gate.wait()
        try:
            outcomes[n] = work[n]()
        except StoreError as error:
            outcomes[n] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def in_own_thread(work: Callable[[], T]) -> T:
    """Does the work in a new thread and answers (or raises) what it does.

    Playwright leaves the thread of a browser test with a running event loop, in which nothing that starts one
    of its own can run; which tests share a process is not ours to say.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()
