"""The fleet's resync: one tick of the scheduler with everybody due."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from bench.rows import Row
from bench.setup import Setup
from crmsync.core.account import Connection
from crmsync.core.due import SYNC_INTERVAL
from crmsync.core.scope import Scope
from crmsync.engine import jobs
from crmsync.engine.schedule.tick import resync_due
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.documents.port import Put, Query
from crmsync.store.encoding import paths
from crmsync.store.parts.users import parts_data
from crmsync.store.repository import DocumentStore

_COMMIT = 400
_DEADLINE = 60.0
"""Seconds that a pass may take: a tenth of what a function may live."""


def tick(setup: Setup, size: int) -> Row:
    """One tick with `size` due users of two resources, and a second right after."""
    from dataclasses import replace

    documents = MeteredDocuments(setup.fresh())
    deps = replace(setup.ours.deps, store=DocumentStore(documents))
    now = deps.clock.now()
    connection = Connection("sub", "someone@gmail.example", frozenset(("contacts", "calendar")), now)
    data = parts_data({"connection": connection, "next_due_at": now - timedelta(minutes=1)})
    for start in range(0, size, _COMMIT):
        numbers = range(start, min(start + _COMMIT, size))
        documents.inner.commit([Put(paths.user(Scope.of(f"u{number:05d}")), data) for number in numbers])
    setup.ours.queue.tasks.clear()
    documents.reset()
    queue = setup.ours.queue.tasks
    passes: list[float] = []
    started = time.perf_counter()
    resync_due(deps, "tick-1")
    passes.append(time.perf_counter() - started)
    while following := next((task for task in queue if task[0] == "resync"), None):
        queue.remove(following)
        started = time.perf_counter()
        jobs.run(deps, *following)
        passes.append(time.perf_counter() - started)
    used = documents.used()
    tasks = len(queue)
    users = {payload["uid"] for _, payload in queue}
    again = resync_due(deps, "tick-2")
    setup.ours.queue.tasks.clear()
    everybody = documents.query(Query("users"))
    due = [at for document in everybody if isinstance(at := document.data["next_due_at"], datetime)]
    spread = (max(due) - min(due)) / SYNC_INTERVAL
    once = len(users) == size and tasks == 2 * size and again == 0
    return Row(
        "fleet tick, everybody due",
        size,
        f"{tasks:,} jobs in {len(passes)} pass(es) of at most {max(passes):.0f} s; {again} due twice; "
        f"spread over {spread:.0%} of the interval; {used.commits / size:.2f} commits a user",
        "one pass of short jobs, none due twice, spread by jitter",
        once and max(passes) < _DEADLINE and spread > 0.4,
        {"seconds": passes, "tasks": tasks, "again": again, "spread": spread, "reads": used.reads},
    )
