"""Cloud Tasks, as the engine's `JobQueue`: a job is a POST to our own `/tasks/{job}` with an OIDC token.

It goes on with the trace of whoever queued it, so that a click and all that follows are found together.
"""

import hashlib
import json
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from crmsync import logs, tally
from crmsync.core.errors import Unavailable
from crmsync.core.json_types import JsonObject
from crmsync.settings import Settings

if TYPE_CHECKING:
    from google.cloud.tasks_v2 import CloudTasksClient, Task
    from google.protobuf.timestamp_pb2 import Timestamp

DISPATCH_DEADLINE = timedelta(minutes=10)
"""How long Cloud Tasks listens to a job; the function itself lives nine minutes."""

_TIMEOUT = 20.0
_PATIENCE = 3.0


class CloudTasks:
    """Implements `crmsync.engine.ports.JobQueue`. Safe to share between threads.

    The client is made at the first job: importing it takes longer than most doors take to answer.
    """

    def __init__(self, settings: Settings) -> None:
        """With CLOUD_TASKS_EMULATOR_HOST set, an insecure channel to it."""
        self._settings = settings
        self._client: CloudTasksClient | None = None
        self._lock = threading.Lock()

    def enqueue(
        self,
        job: str,
        payload: JsonObject,
        *,
        name: str | None = None,
        delay: float = 0.0,
        scheduled: bool = False,
    ) -> bool:
        """Queues the job; False when one of that `name` exists, or existed within about an hour.

        A name is hashed, because names that sort alike slow a whole queue down. `delay` is in seconds;
        `scheduled` picks the fleet's queue. Raises Unavailable when it could not be queued.
        """
        from google.api_core.exceptions import (
            AlreadyExists,
            GoogleAPICallError,
            RetryError,
            ServiceUnavailable,
        )
        from google.api_core.retry import Retry, if_exception_type
        from google.auth.exceptions import GoogleAuthError

        queue = self._settings.tasks_queue_scheduled if scheduled else self._settings.tasks_queue
        task = self._task(job, payload)
        if name is not None:
            task.name = f"{queue}/tasks/{hashlib.sha256(name.encode()).hexdigest()[:40]}"
        if delay > 0:
            task.schedule_time = _after(delay)
        # Tried again after an outage: jobs are at least once, so that one queued twice does no harm.
        retry = Retry(if_exception_type(ServiceUnavailable), initial=0.2, maximum=1.0, timeout=_PATIENCE)
        try:
            self._connected().create_task(parent=queue, task=task, retry=retry, timeout=_TIMEOUT)
        except AlreadyExists:
            return False
        except (GoogleAPICallError, RetryError, GoogleAuthError) as error:
            raise Unavailable("queue_unavailable", type(error).__name__) from error
        tally.count(queued=1)
        return True

    def close(self) -> None:
        """Closes the connection; the next job opens another."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.transport.close()  # type: ignore[no-untyped-call]

    def _task(self, job: str, payload: JsonObject) -> "Task":
        from google.cloud.tasks_v2 import HttpMethod, HttpRequest, OidcToken, Task

        headers = {"Content-Type": "application/json"}
        if (trace := logs.traceparent()) is not None:
            headers["traceparent"] = trace
        request = HttpRequest(
            http_method=HttpMethod.POST,
            url=f"{self._settings.tasks_address}/tasks/{job}",
            headers=headers,
            body=json.dumps(payload, separators=(",", ":")).encode(),
            oidc_token=OidcToken(
                service_account_email=self._settings.tasks_caller, audience=self._settings.tasks_audience
            ),
        )
        return Task(http_request=request, dispatch_deadline=DISPATCH_DEADLINE)

    def _connected(self) -> "CloudTasksClient":
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _connect(self) -> "CloudTasksClient":
        from google.cloud.tasks_v2 import CloudTasksClient

        host = self._settings.cloud_tasks_emulator_host
        if host is None:
            return CloudTasksClient()
        import grpc
        from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

        return CloudTasksClient(transport=CloudTasksGrpcTransport(channel=grpc.insecure_channel(host)))


def _after(seconds: float) -> "Timestamp":
    from google.protobuf.timestamp_pb2 import Timestamp

    due = Timestamp()
    due.FromDatetime(datetime.now(UTC) + timedelta(seconds=seconds))
    return due
