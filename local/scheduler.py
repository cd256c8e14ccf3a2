"""A stand-in for Cloud Scheduler: one job, posted on a period, with its headers and OIDC token."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Self

import requests

ATTEMPT_DEADLINE = 180.0
"""Seconds until an attempt is given up: Cloud Scheduler's default for HTTP targets."""


class Scheduler:
    """Posts to `url` every `period` from `start` to `stop`. Never has two runs outstanding, never retries."""

    def __init__(self, url: str, token: Callable[[], str], period: timedelta, *, job: str = "resync") -> None:
        """`token` makes the OIDC token of a call."""
        self._url = url
        self._token = token
        self._period = period
        self._job = job
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> Self:
        """Begin to count; the first call comes after one period."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Make no further call. One that is under way is left to end by itself."""
        self._stopped.set()

    def tick(self) -> int | None:
        """Make one call now and answer its status; None when no answer came."""
        headers = {
            "User-Agent": "Google-Cloud-Scheduler",
            "Content-Type": "application/octet-stream",
            "X-CloudScheduler": "true",
            "X-CloudScheduler-JobName": self._job,
            "X-CloudScheduler-ScheduleTime": datetime.now(UTC).isoformat(timespec="seconds"),
            "Authorization": f"Bearer {self._token()}",
        }
        try:
            answer = requests.post(
                self._url, data=b"", headers=headers, timeout=ATTEMPT_DEADLINE, allow_redirects=False
            )
        except requests.RequestException:
            # As at Cloud Scheduler with retryCount 0: the next period tries again.
            return None
        return answer.status_code

    def _run(self) -> None:
        while not self._stopped.wait(self._period.total_seconds()):
            self.tick()
