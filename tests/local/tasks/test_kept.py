"""What the queue keeps in a file, and what the next process makes of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from google.cloud import tasks_v2

from local.google.clock import Clock
from local.tasks.board import TaskBoard
from local.tasks.kept import TaskFile
from local.tasks.queue import NAME_MEMORY, Outcome, TaskQueue

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAME = "projects/demo/locations/local/queues/q"


def second(number: float) -> datetime:
    return START + timedelta(seconds=number)


def opened(path: Path, at: datetime = START) -> tuple[TaskBoard, TaskQueue]:
    """As another process would: the one before was killed, and ended nothing."""
    board = TaskBoard(Clock(at), TaskFile(path))
    with board.editing():
        board.open_queue(TaskQueue(tasks_v2.Queue(name=NAME)))
    return board, board.queues[NAME]


def task(name: str) -> tasks_v2.Task:
    request = tasks_v2.HttpRequest(url="http://worker.example/", body=b'{"n": 1}', headers={"X-Trace": "t"})
    return tasks_v2.Task(name=f"{NAME}/tasks/{name}", http_request=request)


def test_the_next_process_has_every_task_that_was_taken(tmp_path: Path) -> None:
    board, queue = opened(tmp_path / "tasks.sqlite")
    with board.editing() as now:
        assert queue.add(task("running"), now, now)
        assert queue.add(task("later"), second(600), now)
        assert queue.add(task("failed"), now, now)
        assert queue.add(task("done"), now, now)
        assert queue.add(task("dropped"), now, now)
        queue.drop(task("dropped").name, now)
    with board.editing() as now:
        attempts = {attempt.task.name.rpartition("/")[2]: attempt for attempt in queue.take(now)}
        queue.settle(attempts["done"], Outcome(200), now)
        queue.settle(attempts["failed"], Outcome(503, "HTTP status code 503", 30), now)
    board, queue = opened(tmp_path / "tasks.sqlite")
    assert [(each.task.name.rpartition("/")[2], each.retry_count) for each in queue.take(START)] == [
        ("running", 0)
    ]
    [again] = queue.take(second(31))
    assert (again.task.http_request.body, again.task.http_request.headers["X-Trace"]) == (b'{"n": 1}', "t")
    assert (again.retry_count, again.previous_response, again.retry_reason) == (
        1,
        503,
        "HTTP status code 503",
    )
    assert queue.wakes_at(second(32)) == second(600)
    with board.editing() as now:
        assert not queue.add(task("done"), now, now), "its name is taken for a while"
        assert not queue.add(task("dropped"), now, now)


def test_names_are_forgotten_in_time_also_by_a_next_process(tmp_path: Path) -> None:
    board, queue = opened(tmp_path / "tasks.sqlite")
    with board.editing() as now:
        queue.add(task("done"), now, now)
        queue.drop(task("done").name, now)
    board, queue = opened(tmp_path / "tasks.sqlite", START + NAME_MEMORY + timedelta(seconds=1))
    with board.editing() as now:
        assert queue.add(task("done"), now, now)


def test_a_queue_that_is_taken_away_leaves_no_tasks_behind(tmp_path: Path) -> None:
    board, queue = opened(tmp_path / "tasks.sqlite")
    with board.editing() as now:
        queue.add(task("t"), now, now)
    with board.editing() as now:
        board.drop_queue(NAME, now)
    _, queue = opened(tmp_path / "tasks.sqlite")
    assert list(queue.tasks()) == []
