"""Real concurrency for tests."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from crmsync.store.errors import StoreError


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
