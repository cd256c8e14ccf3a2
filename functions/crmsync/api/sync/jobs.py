"""POST /tasks/{job} and POST /scheduled/resync: the platform's own calls."""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import flask

from crmsync import logs, tally
from crmsync.api.http.answers import answer, nothing
from crmsync.api.http.context import Surroundings
from crmsync.api.http.identity import LONGEST_ID
from crmsync.engine import jobs

LONGEST_TICK = 64


def run(here: Surroundings, request: flask.Request, job: str) -> flask.Response:
    """Runs one delivered job. 204 when it is done for now; an exception becomes a 5xx, and Cloud Tasks
    delivers again.

    A job that nobody knows is dropped with 200 and an error in the log: a refusal would be delivered again
    and again.
    """
    logs.add(job=job[:60], task=request.headers.get("X-CloudTasks-TaskName", "")[:100])
    with _told():
        try:
            payload = _payload(request)
            if isinstance(uid := payload.get("uid"), str):
                logs.add(user=uid[:LONGEST_ID])
            jobs.run(here.deps, job, payload)
        except jobs.UnknownJob:
            tally.ended("dropped")
            logs.event("job dropped", logging.ERROR)
            return answer({"dropped": True})
    return nothing()


@contextmanager
def _told() -> Iterator[None]:
    """Ends a job with a line that says what it did, also when it raises."""
    started = time.monotonic()
    with tally.opened() as did:
        try:
            yield
        except BaseException:
            tally.ended("crashed")
            raise
        finally:
            seconds = round(time.monotonic() - started, 3)
            logs.event("job ended", outcome=did.outcome, answer=did.answer, seconds=seconds, **did.counts)


def _payload(request: flask.Request) -> dict[str, object]:
    try:
        payload = json.loads(request.get_data())
        # JSON can spell half a surrogate pair, which is no text: nothing could store, log or send it.
        json.dumps(payload, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise jobs.UnknownJob("the payload is not JSON") from None
    if not isinstance(payload, dict):
        raise jobs.UnknownJob("the payload is not an object")
    return payload


def resync(here: Surroundings, request: flask.Request) -> flask.Response:
    """Queues a sync for every user who is due.

    The tick is constant over the scheduler's retries, so none is queued twice.
    """
    now = here.deps.clock.now().replace(second=0, microsecond=0)
    tick = request.headers.get("X-CloudScheduler-ScheduleTime") or now.isoformat()
    return answer({"queued": jobs.tick(here.deps, tick[:LONGEST_TICK])})
