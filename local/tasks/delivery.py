"""Delivering a task: the HTTP request that Cloud Tasks sends, and what it makes of the answer."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import urllib3
from google.cloud import tasks_v2

from local.tasks.queue import Attempt, Outcome

SignToken = Callable[[str, str], str]
"""Answers an ID token for a service account's e-mail and an audience."""

Deliver = Callable[[Attempt, dict[str, str]], Outcome]
"""Sends an attempt's request with the given headers and answers what came of it; it never raises."""

_REPLACED = ("host", "content-length", "user-agent", "authorization")
_RESERVED = ("x-google-", "x-appengine-", "x-cloudtasks-")


def headers_of(attempt: Attempt, sign: SignToken) -> dict[str, str]:
    """The headers of an attempt: the task's, less those that Cloud Tasks replaces, and Cloud Tasks' own."""
    request = attempt.task.http_request
    headers = {
        name: value
        for name, value in request.headers.items()
        if name.lower() not in _REPLACED and not name.lower().startswith(_RESERVED)
    }
    headers |= {
        "User-Agent": "Google-Cloud-Tasks",
        "X-CloudTasks-QueueName": attempt.queue.rsplit("/", 1)[-1],
        "X-CloudTasks-TaskName": attempt.task.name.rsplit("/", 1)[-1],
        "X-CloudTasks-TaskRetryCount": str(attempt.retry_count),
        "X-CloudTasks-TaskExecutionCount": str(attempt.execution_count),
        "X-CloudTasks-TaskETA": f"{attempt.eta.timestamp():.6f}",
    }
    if attempt.previous_response is not None:
        headers["X-CloudTasks-TaskPreviousResponse"] = str(attempt.previous_response)
    if attempt.retry_reason:
        headers["X-CloudTasks-TaskRetryReason"] = attempt.retry_reason
    if "oidc_token" in request:
        token = request.oidc_token
        signed = sign(token.service_account_email, token.audience or request.url)
        headers["Authorization"] = f"Bearer {signed}"
    return headers


class HttpDelivery:
    """Sends attempts over HTTP with kept-alive connections. Redirects are not followed, but retried."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(num_pools=4, maxsize=32, retries=False)

    def __call__(self, attempt: Attempt, headers: dict[str, str]) -> Outcome:
        """Send one attempt; no answer within its deadline is an outcome without a status."""
        request = attempt.task.http_request
        try:
            answer = self._pool.request(
                tasks_v2.HttpMethod(request.http_method or tasks_v2.HttpMethod.POST).name,
                request.url,
                body=request.body or None,
                headers=headers,
                redirect=False,
                timeout=urllib3.Timeout(total=attempt.deadline.total_seconds()),
            )
        except urllib3.exceptions.NewConnectionError:
            # A kind of timeout to urllib3, whatever the cause.
            return Outcome(None, "UNAVAILABLE")
        except urllib3.exceptions.TimeoutError:
            return Outcome(None, "DEADLINE_EXCEEDED")
        except urllib3.exceptions.HTTPError:
            return Outcome(None, "UNAVAILABLE")
        reason = "" if 200 <= answer.status < 300 else f"HTTP status code {answer.status}"
        return Outcome(answer.status, reason, retry_after(answer.headers.get("Retry-After")))

    def close(self) -> None:
        """Close every idle connection."""
        self._pool.clear()


def retry_after(value: str | None) -> float | None:
    """The seconds of a Retry-After header in either of its forms; None for anything else."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
