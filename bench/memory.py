"""`python -m bench.memory SIZE`: a first job, SIZE contacts on each side; prints its peak memory."""

from __future__ import annotations

import gc
import json
import resource
import secrets
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

from cryptography.fernet import Fernet

from bench.blank import BlankDocuments, BlankGoogle
from bench.installation import KEY, HandQueue, RealClock
from crmsync.core.account import Connection
from crmsync.core.pair.canon import Canon
from crmsync.engine import jobs
from crmsync.engine.deps import Deps
from crmsync.gateway.vault import Vault
from crmsync.store.parts.users import parts_data
from crmsync.store.repository import DocumentStore

_UID = "ann"


def main(size: int) -> None:
    """Runs the job, its continuations too, and prints peak, memory before it, writes and seconds."""
    connection = Connection("sub", "ann@gmail.example", frozenset(("contacts",)), datetime.now(UTC))
    documents = BlankDocuments(_UID, parts_data({"connection": connection}), size)
    queue = HandQueue()

    @cache
    def canon(region: str) -> Canon:
        return Canon(KEY, region)

    deps = Deps(
        store=DocumentStore(documents),
        google=BlankGoogle(size),  # type: ignore[arg-type]
        vault=Vault([Fernet.generate_key().decode()]),
        queue=queue,
        clock=RealClock(),
        canon=canon,
        new_id=lambda: secrets.token_urlsafe(16),
        webhook_address="http://127.0.0.1:1/hooks/calendar",
        workers=partial(ThreadPoolExecutor, max_workers=1),
    )
    gc.collect()
    before, started = _peak(), time.perf_counter()
    queue.enqueue("sync", {"uid": _UID, "resource": "contacts", "reason": "schedule"})
    while queue.tasks:
        job, payload = queue.tasks.popleft()
        jobs.run(deps, job, payload)
    told = {"peak": _peak(), "before": before, "writes": documents.written}
    print(json.dumps(told | {"seconds": time.perf_counter() - started}))


def _peak() -> int:
    """The most memory this program ever held, in bytes.

    Linux's own mark is read, for `getrusage` there also counts what the process was before it became this
    program: a fork of a larger one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(int(sys.argv[1]))
