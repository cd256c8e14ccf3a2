"""Threads beside a job know whose work they do."""

from concurrent.futures import Executor
from functools import partial

from crmsync import logs
from crmsync.compose import make_deps
from crmsync.workers import Workers
from tests.gateway.simulated import settings_at
from tests.loglines import log_lines


def test_lines_of_a_worker_carry_the_ids_of_the_job_that_gave_it_work() -> None:
    with Workers(max_workers=1) as workers, log_lines() as lines:
        for run in ("r1", "r2"):
            with logs.bound(job="sync"):
                logs.add(run=run)
                workers.submit(logs.event, "seen", count=1).result()
        workers.submit(partial(logs.event, "idle")).result()
    assert [(line.get("job"), line.get("run")) for line in lines] == [
        ("sync", "r1"),
        ("sync", "r2"),
        (None, None),
    ]


def test_jobs_are_given_such_workers() -> None:
    made: Executor = make_deps(settings_at("http://127.0.0.1:1", CRMSYNC_STORE="memory")).workers()
    with made as workers, log_lines() as lines, logs.bound(run="r1"):
        workers.submit(logs.event, "seen").result()
    assert [line["run"] for line in lines] == ["r1"]
