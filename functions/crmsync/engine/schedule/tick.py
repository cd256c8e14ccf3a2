"""One run of the scheduler: who is due is claimed, then queued.

*Claim first.* The commit that gives a user the next time, under the version that was read, is the claim: of
ticks that overlap one gets it, and only that one queues. So a user is queued once an interval, however slow
the queue. Who was claimed and not queued, since the process died in between, is due again an interval later.
"""

import logging
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crmsync.core.account import User
from crmsync.core.chunks import chunks
from crmsync.core.due import Look, look
from crmsync.core.model import Resource
from crmsync.engine.deps import Deps
from crmsync.engine.payload import about_sync
from crmsync.engine.schedule import asked
from crmsync.store.ports import Conflicted, StoreError

log = logging.getLogger(__name__)

DUE_PAGE = 200
CLAIMS = 100
"""Users that one commit claims. When one of them moved meanwhile, none is claimed."""
GIVEN_BACK = 20
"""Users whom one commit gives back."""
THREADS = 8
"""So many queue at once: a task takes longer to make than to wait for."""
OFFERS = 100
"""So many offers whose time is over one tick has withdrawn."""
OVERDUE = timedelta(minutes=5)
"""So long after its time an offer's own task counts as gone."""
PASS_TIME = timedelta(seconds=30)
"""After this a pass over the users who are due begins no new page: the next pass goes on."""


def resync_due(deps: Deps, tick: str, part: int = 0) -> int:
    """Queues what users need whose time has come, and gives each the next time; answers for how many there
    was something to queue. What one short pass does not reach is left to a next one, which it queues.

    tick: constant over retries of one scheduler run: of two passes after it one is queued. part: which pass
    of the tick this is. Raises Unavailable when the queue takes nothing: who was claimed in vain is due
    again.
    """
    began, tried = deps.clock.now(), _Pass(deps)
    if part == 0:
        _withdraw(deps, tick)
    while tried.page():
        if deps.clock.now() - began >= PASS_TIME:
            following = {"tick": tick, "part": part + 1}
            # Not behind the very jobs that this tick queues.
            deps.queue.enqueue("resync", following, name=f"resync-{tick}-{part + 1}")
            break
    return tried.queued


def _withdraw(deps: Deps, tick: str) -> None:
    """Queues the end of offers whose own task is gone."""
    for id in deps.store.offers_due(deps.clock.now() - OVERDUE, OFFERS):
        deps.queue.enqueue("withdraw", {"id": id}, name=f"withdraw-{id}-{tick}", scheduled=True)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A user whom this tick has claimed. now: their document since."""

    look: Look
    now: User

    @property
    def busy(self) -> bool:
        """Whether there is anything to queue."""
        return bool(self.look.resources or self.look.asked)


@dataclass(slots=True)
class _Pass:
    """One pass over the users who are due. size: how many a commit claims: fewer after a lost claim."""

    deps: Deps
    queued: int = 0
    size: int = CLAIMS

    def page(self) -> bool:
        """Claims and queues one page of users; True while there may be more."""
        now = self.deps.clock.now()
        users = self.deps.store.due_users(now, DUE_PAGE)
        claimed = self._claimed(users, now)
        self.queued += _Queueing(self.deps, claimed).all()
        lost = len(claimed) < len(users)
        return (len(users) >= DUE_PAGE or lost) and self._retries(lost, bool(claimed))

    def _claimed(self, users: Sequence[User], now: datetime) -> list[_Claim]:
        claimed: list[_Claim] = []
        for some in chunks(users, self.size):
            looks = [look(user, now) for user in some]
            # Another tick has them, or something else was written: who is due still is in the next page.
            with suppress(Conflicted):
                after = self.deps.store.change_users([(each.user, each.parts) for each in looks])
                claimed += map(_Claim, looks, after)
        return claimed

    def _retries(self, lost: bool, any_claimed: bool) -> bool:
        """Whether to try again: in smaller parts when a claim was lost, until the smallest are lost too."""
        if not lost:
            self.size = min(CLAIMS, self.size * 4)
            return True
        smallest = self.size == 1
        self.size = max(1, self.size // 4)
        return any_claimed or not smallest


@dataclass(slots=True)
class _Queueing:
    """Queues what was claimed, on several threads."""

    deps: Deps
    claims: Sequence[_Claim]
    failed: list[Exception] = field(default_factory=list)

    def all(self) -> int:
        """Answers for how many there was something. Raises what queueing met, when not all is queued."""
        busy = [each for each in self.claims if each.busy]
        with ExitStack() as stack:
            workers = [stack.enter_context(self.deps.workers()) for _ in range(min(THREADS, len(busy)))]
            done = [
                workers[number % len(workers)].submit(self._queued, each) for number, each in enumerate(busy)
            ]
            missed = [each for each, future in zip(busy, done, strict=True) if not future.result()]
        if missed:
            log.warning("queue takes nothing", extra={"users": len(missed)})
            self._give_back(missed)
            raise self.failed[0]
        return len(busy)

    def _queued(self, each: _Claim) -> bool:
        """Whether all of one user is queued; after the first failure nothing more is tried."""
        if self.failed:
            return False
        try:
            for resource in each.look.resources:
                self._sync(each.look.user, resource)
            for one in each.look.asked:
                asked.queue(self.deps, each.now, one)
        except Exception as error:  # Whatever it is, who was claimed for nothing is given back.
            self.failed.append(error)
            return False
        return True

    def _sync(self, user: User, resource: Resource) -> None:
        scope, due = user.scope, user.next_due_at
        assert due is not None
        # By the time at which it was due: queued again after a failure, it is the same task.
        name = f"{scope.name}-{resource}-due-{due.timestamp():.6f}"
        self.deps.queue.enqueue("sync", about_sync(user, resource, "schedule"), name=name, scheduled=True)

    def _give_back(self, missed: Sequence[_Claim]) -> None:
        """Due again at once; in whose part somebody has moved meanwhile, after an interval."""
        for some in chunks(missed, GIVEN_BACK):
            with suppress(StoreError):
                self.deps.store.change_users([(each.now, each.look.undone) for each in some])
