"""Single jobs, and what happens at a moment of theirs."""

from collections.abc import Callable

from crmsync.core.account import ResourceState, User
from crmsync.core.model import Resource
from crmsync.engine import jobs
from tests.machine.crashes import Effect, Fuse
from tests.stage import Stage


class Moments(Fuse):
    """Calls `happen` with each effect, before it begins ("update …") and when it is done ("update")."""

    def __init__(self, happen: Callable[[str], None]) -> None:
        super().__init__()
        self.happen = happen

    def before(self, effect: Effect) -> None:
        self.happen(f"{effect} …")

    def done(self, effect: Effect) -> None:
        self.happen(effect)


def one_job(stage: Stage, resource: Resource = "contacts") -> None:
    """Runs one job and nothing of what it queues."""
    jobs.run(stage.deps, "sync", {"uid": stage.uid, "resource": resource, "reason": "push"})


def run_queued(stage: Stage) -> int:
    """Runs what is queued, time following, until nothing is; answers how many jobs that were."""
    count = 0
    while stage.queue.tasks:
        task = stage.queue.tasks.pop(0)
        stage.clock.advance(max(task.due - stage.clock.now(), task.due - task.due))
        jobs.run(stage.deps, task.job, task.payload)
        count += 1
    return count


def user(stage: Stage) -> User:
    found = stage.store.user(stage.scope)
    assert found is not None
    return found


def state(stage: Stage, resource: Resource = "contacts") -> ResourceState:
    return user(stage).resource(resource)


def count(stage: Stage, operation: str) -> int:
    """Calls of this operation since they were forgotten."""
    return stage.world.controls.count(operation)
