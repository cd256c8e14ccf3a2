"""The queue as a data structure: what its limits let out, and when it wants to be looked at again."""

from datetime import UTC, datetime, timedelta

import pytest
from google.cloud import tasks_v2

from local.tasks.queue import NAME_MEMORY, Outcome, TaskQueue, backoff

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAME = "projects/demo/locations/local/queues/q"


def second(number: float) -> datetime:
    return START + timedelta(seconds=number)


def queue(*, rate: float = 0, concurrency: int = 0, tasks: int = 0) -> TaskQueue:
    limits = tasks_v2.RateLimits(max_dispatches_per_second=rate, max_concurrent_dispatches=concurrency)
    made = TaskQueue(tasks_v2.Queue(name=NAME, rate_limits=limits))
    for number in range(tasks):
        assert made.add(tasks_v2.Task(name=f"{NAME}/tasks/t{number}"), START, START)
    return made


def test_a_new_queue_has_googles_defaults() -> None:
    config = queue().config
    assert (config.rate_limits.max_dispatches_per_second, config.rate_limits.max_concurrent_dispatches) == (
        500,
        1000,
    )
    assert (config.retry_config.max_attempts, config.retry_config.max_doublings) == (100, 16)
    assert config.state == tasks_v2.Queue.State.RUNNING


def test_the_rate_limit_lets_one_burst_out_and_then_one_by_one() -> None:
    limited = queue(rate=2, tasks=6)
    assert len(limited.take(START)) == 2
    assert limited.wakes_at(START) == second(0.5)
    assert limited.take(second(0.4)) == []
    assert len(limited.take(second(0.5))) == 1
    assert len(limited.take(second(60))) == 2
    assert len(limited.take(second(60.5))) == 1


def test_a_rate_below_one_a_second_is_kept() -> None:
    limited = queue(rate=0.5, tasks=3)
    taken = [len(limited.take(second(moment))) for moment in range(6)]
    assert taken == [1, 0, 1, 0, 1, 0]


def test_the_time_it_asks_to_be_woken_is_enough_for_the_next_dispatch() -> None:
    limited = queue(rate=3, tasks=20)
    now, taken = START, len(limited.take(START))
    while (wake := limited.wakes_at(now)) is not None:
        now = wake
        step = len(limited.take(now))
        assert step >= 1
        taken += step
    assert taken == 20


def test_a_full_queue_wakes_for_nothing_until_an_attempt_ends() -> None:
    narrow = queue(concurrency=1, tasks=2)
    (first,) = narrow.take(START)
    assert narrow.take(START) == []
    assert narrow.wakes_at(START) is None
    narrow.settle(first, Outcome(200), START)
    assert narrow.wakes_at(START) == START
    assert len(narrow.take(START)) == 1


def test_duplicates_take_slots_of_their_own() -> None:
    narrow = queue(concurrency=1, tasks=1)
    (first,) = narrow.take(START, copies=1)
    assert narrow.take(START) == []
    narrow.settle(first, Outcome(200), START)
    (copy,) = narrow.take(START)
    assert copy.duplicate
    narrow.settle(copy, Outcome(500), START)
    assert not narrow.busy(START)


def test_a_late_answer_of_a_task_that_was_deleted_meanwhile_is_ignored() -> None:
    one = queue(tasks=1)
    (running,) = one.take(START)
    one.drop(running.task.name, START)
    one.settle(running, Outcome(500), START)
    assert not one.busy(START + timedelta(days=1))


def test_names_are_forgotten_in_time() -> None:
    one = queue(tasks=1)
    (running,) = one.take(START)
    one.settle(running, Outcome(200), START)
    again = tasks_v2.Task(name=running.task.name)
    assert not one.add(again, START, START + NAME_MEMORY - timedelta(seconds=1))
    assert one.add(again, START, START + NAME_MEMORY)


def test_the_earliest_due_goes_first_whatever_the_order_of_creation() -> None:
    one = queue(concurrency=1)
    for number, due in enumerate((30, 10, 20)):
        one.add(tasks_v2.Task(name=f"{NAME}/tasks/t{number}"), second(due), START)
    order = []
    assert one.wakes_at(START) == second(10)
    for _ in range(3):
        (attempt,) = one.take(second(60))
        order.append(attempt.task.name[-1])
        one.settle(attempt, Outcome(204), second(60))
    assert order == ["1", "2", "0"]


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0.1), (2, 0.2), (16, 3276.8), (17, 3600), (9999, 3600)]
)
def test_default_back_off(failures: int, seconds: float) -> None:
    assert backoff(queue().config.retry_config, failures) == timedelta(seconds=seconds)


def test_unlimited_attempts_never_end() -> None:
    made = TaskQueue(tasks_v2.Queue(name=NAME, retry_config={"max_attempts": -1}))
    made.add(tasks_v2.Task(name=f"{NAME}/tasks/t"), START, START)
    now = START
    for _ in range(300):
        (attempt,) = made.take(now)
        made.settle(attempt, Outcome(500), now)
        wake = made.wakes_at(now)
        assert wake is not None
        now = wake
    assert made.task(f"{NAME}/tasks/t") is not None
