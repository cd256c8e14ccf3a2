"""The gRPC face of the Cloud Tasks emulator: checks requests as Google does, and answers its error codes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import grpc
from google.cloud import tasks_v2
from google.protobuf import empty_pb2

from local.tasks.board import TaskBoard
from local.tasks.queue import TaskQueue
from local.tasks.times import moment_of, span_of, timestamp

SERVICE = "google.cloud.tasks.v2.CloudTasks"
MAX_TASK_BYTES = 100 * 1024
MAX_URL = 2083
MAX_HEADER_BYTES = 80 * 1024
FARTHEST = timedelta(days=30)
MAX_PAGE = 1000
DEADLINES = (timedelta(seconds=15), timedelta(minutes=30))

_LOCATION = re.compile(r"projects/[A-Za-z0-9.:-]+/locations/[a-z0-9-]+")
_QUEUE = re.compile(_LOCATION.pattern + r"/queues/[A-Za-z0-9-]{1,100}")
_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,500}")
_WITH_BODY = (tasks_v2.HttpMethod.POST, tasks_v2.HttpMethod.PUT, tasks_v2.HttpMethod.PATCH)
_STATE = tasks_v2.Queue.State


_Request = TypeVar("_Request")
_Reply = TypeVar("_Reply")
_Message = tasks_v2.Task | tasks_v2.Queue | tasks_v2.ListTasksResponse | tasks_v2.ListQueuesResponse


class _Named(Protocol):
    """What is listed in pages: a task, a queue."""

    name: str


_Listed = TypeVar("_Listed", bound=_Named)


class Refused(Exception):
    """A call that Cloud Tasks would refuse, with its status code."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code


def handler(board: TaskBoard) -> grpc.GenericRpcHandler:
    """The handler of every method that the emulator has; gRPC answers UNIMPLEMENTED to the others."""
    service = _Service(board)
    return grpc.method_handlers_generic_handler(
        SERVICE,
        {
            "CreateTask": _method(service.create_task, tasks_v2.CreateTaskRequest.deserialize, _serialize),
            "GetTask": _method(service.get_task, tasks_v2.GetTaskRequest.deserialize, _serialize),
            "ListTasks": _method(service.list_tasks, tasks_v2.ListTasksRequest.deserialize, _serialize),
            "DeleteTask": _method(service.delete_task, tasks_v2.DeleteTaskRequest.deserialize, _empty),
            "RunTask": _method(service.run_task, tasks_v2.RunTaskRequest.deserialize, _serialize),
            "CreateQueue": _method(service.create_queue, tasks_v2.CreateQueueRequest.deserialize, _serialize),
            "GetQueue": _method(service.get_queue, tasks_v2.GetQueueRequest.deserialize, _serialize),
            "ListQueues": _method(service.list_queues, tasks_v2.ListQueuesRequest.deserialize, _serialize),
            "DeleteQueue": _method(service.delete_queue, tasks_v2.DeleteQueueRequest.deserialize, _empty),
            "PauseQueue": _method(service.pause_queue, tasks_v2.PauseQueueRequest.deserialize, _serialize),
            "ResumeQueue": _method(service.resume_queue, tasks_v2.ResumeQueueRequest.deserialize, _serialize),
            "PurgeQueue": _method(service.purge_queue, tasks_v2.PurgeQueueRequest.deserialize, _serialize),
        },
    )


def _method(
    method: Callable[[_Request], _Reply],
    deserialize: Callable[[bytes], _Request],
    serialize: Callable[[_Reply], bytes],
) -> grpc.RpcMethodHandler[_Request, _Reply]:
    def call(message: _Request, context: grpc.ServicerContext) -> _Reply:
        try:
            return method(message)
        except Refused as refusal:
            return context.abort(refusal.code, str(refusal))

    return grpc.unary_unary_rpc_method_handler(call, deserialize, serialize)


def _serialize(message: _Message) -> bytes:
    return bytes(type(message).serialize(message))


def _empty(_: None) -> bytes:
    return empty_pb2.Empty().SerializeToString()


class _Service:
    """The methods, each under the emulator's lock; answers are copies."""

    def __init__(self, board: TaskBoard) -> None:
        self._board = board

    # --- tasks ---

    def create_task(self, request: tasks_v2.CreateTaskRequest) -> tasks_v2.Task:
        with self._board.editing() as now:
            queue = self._queue(request.parent)
            task = tasks_v2.Task(request.task)
            task.name = task.name or f"{request.parent}/tasks/{uuid.uuid4().int % 10**19}"
            _check_name(task, request.parent)
            _check_request(task)
            due = _due(task, now) + self._board.controls.delay
            task.schedule_time = timestamp(due)
            task.create_time = timestamp(now.replace(microsecond=0))
            if not queue.add(task, due, now):
                raise Refused(
                    grpc.StatusCode.ALREADY_EXISTS,
                    "The task cannot be created because a task with this name existed too recently.",
                )
            return _view(task, request.response_view)

    def get_task(self, request: tasks_v2.GetTaskRequest) -> tasks_v2.Task:
        with self._board.editing():
            return _view(self._task(request.name), request.response_view)

    def list_tasks(self, request: tasks_v2.ListTasksRequest) -> tasks_v2.ListTasksResponse:
        with self._board.editing():
            every = sorted(self._queue(request.parent).tasks(), key=lambda task: task.name)
            page, following = _page(every, request.page_size, request.page_token)
            return tasks_v2.ListTasksResponse(
                tasks=[_view(task, request.response_view) for task in page], next_page_token=following
            )

    def delete_task(self, request: tasks_v2.DeleteTaskRequest) -> None:
        with self._board.editing() as now:
            if not self._queue_of(request.name).drop(request.name, now):
                raise _no_task()

    def run_task(self, request: tasks_v2.RunTaskRequest) -> tasks_v2.Task:
        with self._board.editing():
            task = self._queue_of(request.name).force(request.name)
            if task is None:
                raise _no_task()
            return _view(task, request.response_view)

    # --- queues ---

    def create_queue(self, request: tasks_v2.CreateQueueRequest) -> tasks_v2.Queue:
        name = request.queue.name
        if not _QUEUE.fullmatch(name) or not name.startswith(request.parent + "/queues/"):
            raise _invalid("Queue name must be PARENT/queues/QUEUE_ID.")
        _check_limits(request.queue)
        with self._board.editing():
            if name in self._board.queues:
                raise Refused(grpc.StatusCode.ALREADY_EXISTS, "Queue already exists.")
            self._board.open_queue(queue := TaskQueue(tasks_v2.Queue(request.queue)))
            return tasks_v2.Queue(queue.config)

    def get_queue(self, request: tasks_v2.GetQueueRequest) -> tasks_v2.Queue:
        with self._board.editing():
            return tasks_v2.Queue(self._queue(request.name).config)

    def list_queues(self, request: tasks_v2.ListQueuesRequest) -> tasks_v2.ListQueuesResponse:
        with self._board.editing():
            inside = [queue.config for queue in self._board.queues.values()]
            every = sorted(
                (config for config in inside if config.name.startswith(request.parent + "/queues/")),
                key=lambda config: config.name,
            )
            page, following = _page(every, request.page_size, request.page_token)
            return tasks_v2.ListQueuesResponse(
                queues=[tasks_v2.Queue(config) for config in page], next_page_token=following
            )

    def delete_queue(self, request: tasks_v2.DeleteQueueRequest) -> None:
        with self._board.editing() as now:
            self._queue(request.name)
            self._board.drop_queue(request.name, now)

    def pause_queue(self, request: tasks_v2.PauseQueueRequest) -> tasks_v2.Queue:
        return self._set_state(request.name, _STATE(_STATE.PAUSED))

    def resume_queue(self, request: tasks_v2.ResumeQueueRequest) -> tasks_v2.Queue:
        return self._set_state(request.name, _STATE(_STATE.RUNNING))

    def purge_queue(self, request: tasks_v2.PurgeQueueRequest) -> tasks_v2.Queue:
        with self._board.editing() as now:
            queue = self._queue(request.name)
            queue.purge(now)
            queue.config.purge_time = timestamp(now)
            return tasks_v2.Queue(queue.config)

    # --- inside ---

    def _set_state(self, name: str, state: tasks_v2.Queue.State) -> tasks_v2.Queue:
        with self._board.editing():
            queue = self._queue(name)
            queue.config.state = state
            return tasks_v2.Queue(queue.config)

    def _queue(self, name: str) -> TaskQueue:
        if not _QUEUE.fullmatch(name):
            raise _invalid("Queue name must be projects/P/locations/L/queues/Q.")
        if name not in self._board.queues:
            raise Refused(grpc.StatusCode.NOT_FOUND, "Requested entity was not found.")
        return self._board.queues[name]

    def _queue_of(self, task: str) -> TaskQueue:
        return self._queue(task.rpartition("/tasks/")[0])

    def _task(self, name: str) -> tasks_v2.Task:
        task = self._queue_of(name).task(name)
        if task is None:
            raise _no_task()
        return task


def _invalid(message: str) -> Refused:
    return Refused(grpc.StatusCode.INVALID_ARGUMENT, message)


def _no_task() -> Refused:
    return Refused(grpc.StatusCode.NOT_FOUND, "There is no such task, or no more.")


def _check_name(task: tasks_v2.Task, parent: str) -> None:
    queue, _, identifier = task.name.rpartition("/tasks/")
    if queue != parent or not _TASK_ID.fullmatch(identifier):
        raise _invalid("Task name must be QUEUE/tasks/TASK_ID, TASK_ID being 1 to 500 of [A-Za-z0-9_-].")


def _check_request(task: tasks_v2.Task) -> None:
    """Refuse what Google's documentation of Task and HttpRequest rules out."""
    request = task.http_request
    headers = sum(len(name) + len(value) for name, value in request.headers.items())
    deadline = span_of(task.dispatch_deadline)
    problems = {
        "Only HTTP targets are emulated.": "http_request" not in task,
        "HttpRequest.url must begin with http:// or https://.": not re.match(r"https?://[^/]", request.url),
        f"HttpRequest.url is limited to {MAX_URL} characters.": len(request.url) > MAX_URL,
        "A body needs POST, PUT or PATCH.": bool(request.body)
        and (request.http_method or tasks_v2.HttpMethod.POST) not in _WITH_BODY,
        "Headers are limited to 80 KB.": headers >= MAX_HEADER_BYTES,
        "Task size is limited to 100 KB.": len(_serialize(task)) > MAX_TASK_BYTES,
        "Task.dispatch_deadline must be between 15 s and 30 min.": deadline is not None
        and not DEADLINES[0] <= deadline <= DEADLINES[1],
        "OAuth tokens are not emulated, use oidc_token.": "oauth_token" in request,
        "oidc_token needs service_account_email.": "oidc_token" in request
        and not request.oidc_token.service_account_email,
    }
    for problem, present in problems.items():
        if present:
            raise _invalid(problem)


def _due(task: tasks_v2.Task, now: datetime) -> datetime:
    scheduled = moment_of(task.schedule_time)
    if scheduled is None or scheduled < now:
        return now
    if scheduled > now + FARTHEST:
        raise _invalid("Task.schedule_time is limited to 30 days from now.")
    return scheduled


def _check_limits(queue: tasks_v2.Queue) -> None:
    limits = queue.rate_limits
    if not (0 <= limits.max_dispatches_per_second <= 500 and 0 <= limits.max_concurrent_dispatches <= 5000):
        raise _invalid("At most 500 dispatches a second, and 5000 at the same time.")


def _view(task: tasks_v2.Task, view: tasks_v2.Task.View) -> tasks_v2.Task:
    """A copy for an answer; without FULL the body is left out, as it can be large or sensitive."""
    copy = tasks_v2.Task(task)
    full = view == tasks_v2.Task.View.FULL
    copy.view = tasks_v2.Task.View(tasks_v2.Task.View.FULL if full else tasks_v2.Task.View.BASIC)
    if not full:
        copy.http_request.body = b""
    return copy


def _page(items: list[_Listed], size: int, token: str) -> tuple[list[_Listed], str]:
    """The items whose names come after `token`, and the token of the next page ("" at the end)."""
    size = min(size, MAX_PAGE) if size > 0 else MAX_PAGE
    rest = [item for item in items if item.name > token]
    return rest[:size], rest[size - 1].name if len(rest) > size else ""
