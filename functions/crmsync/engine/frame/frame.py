"""The frame around every job: whatever ends it is answered here, also what happens before it has begun.

An answer is recorded where the status reads it, and whatever the job holds is given back, however it ends. A
job that is to come back is queued by the frame itself, with a back-off that grows, for the queue gives up
after some attempts. Only what cannot be recorded is raised, so that the queue delivers again.
"""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from crmsync import logs, tally
from crmsync.core.account import User
from crmsync.core.due import LONG_WAIT
from crmsync.core.errors import SyncError
from crmsync.engine.deps import Deps
from crmsync.engine.frame import later, resting
from crmsync.engine.frame.answers import Answer, Early, Ended, Name, answer_to, is_unexpected
from crmsync.engine.frame.job import Job, Note, Opened
from crmsync.engine.run.generation import refuse_outdated
from crmsync.engine.run.lease import LeaseHeld
from crmsync.store.ports import StoreError

log = logging.getLogger(__name__)

_ALSO_WHILE_ERASING = frozenset(("erase", "disconnect"))
"""Kinds of jobs that do something for a user who is being erased."""
_OF_ONE_DELIVERY = frozenset(("fresh", "due", "held", "look", "asked"))
"""What a job is told for itself alone, and does not hand on."""


def run(deps: Deps, job: Job) -> None:
    """Runs one delivered job, and answers how it ended. Raises only what a redelivery has to mend."""
    _Delivery(deps, job).run()


@dataclass(slots=True)
class _Delivery:
    deps: Deps
    job: Job
    user: User | None = None
    opened: Opened | None = None
    error: Exception | None = field(default=None, repr=False)

    def run(self) -> None:
        try:
            self._come_back(self._perform())
        except Exception as error:
            self.error = error
            self._answer(error)

    def _perform(self) -> float | None:
        """The job itself, unless it is another connection's, or comes too early."""
        job, scope = self.job, self.job.scope
        self.user = None if scope is None else self.deps.store.user(scope)
        if scope is not None and self.user is None:
            return None
        if self.user is not None:
            if self.user.erasing is not None and job.kind not in _ALSO_WHILE_ERASING:
                return None
            generation = job.payload.get("generation")
            refuse_outdated(self.user, generation if type(generation) is int else self.user.generation)
        self.opened = job.open(self.deps, self.user or User(""))
        if self.opened is None:
            return None
        self._refuse_early()
        wait = self.opened.perform()
        self.opened.book.settle()
        return wait

    def _refuse_early(self) -> None:
        assert self.opened is not None
        book = self.opened.book
        until = book.paused_until
        now = max(self.deps.clock.now().timestamp(), later.due(self.job.payload))
        # Who waits for it may try during an outage, but not while Google itself has said to wait.
        tries = self.job.urgent and book.failures > 0
        if until is not None and until.timestamp() > now and not tries:
            raise Early

    # --- how it ended

    def _answer(self, error: Exception) -> None:
        book = self.opened.book if self.opened is not None else None
        ended = Ended(self.job.resource, book.failures if book else 0, self.job.payload.get("fresh") is True)
        answer = answer_to(error, ended)
        tally.ended(answer.outcome, answer.name)
        self._say(error, answer)
        if answer.name == "redeliver" or not self._can_be_recorded(answer):
            self._give_back_after(error)
            raise error
        try:
            _CARRY_OUT[answer.name](self, answer)
        except Exception as failed:
            log.error("answer not carried out", extra=_both(error, failed))
            self._give_back_after(failed)
            raise

    def _can_be_recorded(self, answer: Answer) -> bool:
        if self.job.scope is None:
            return False
        return self.opened is not None or answer.name in _BEFORE_IT_IS_OPEN

    def _say(self, error: Exception, answer: Answer) -> None:
        if is_unexpected(error):
            logs.failure("job failed unexpectedly", error, tell=(StoreError,))
        elif isinstance(error, SyncError):
            name, code = type(error).__name__, error.reason
            logs.event(f"{self.job.kind} failed", logging.WARNING, error=name, code=code, answer=answer.name)
        elif answer.name in ("leave_to_winner", "let_go"):
            logs.event(answer.outcome, why=str(error))

    def _give_back_after(self, error: Exception) -> None:
        """For a job that ends by raising. That giving back fails too must not hide why it ended."""
        if self.opened is None:
            return
        try:
            self.opened.book.give_back()
        except Exception as failed:
            log.error("not given back", extra=_both(error, failed))

    # --- carrying out

    def _go_on(self, answer: Answer) -> None:
        """As whoever was overtaken by it looks again: where both are to come, they are one job."""
        assert self.opened is not None
        self.opened.book.release()
        self._enqueue_at(later.moment(self.deps.clock.now(), answer.wait, self.job.payload))

    def _renew_token(self, answer: Answer) -> None:
        assert self.opened is not None
        self.opened.book.release()
        self._enqueue_now(self.user, fresh=True)

    def _leave_to_winner(self, answer: Answer) -> None:
        assert self.opened is not None
        now = self.opened.book.give_back()
        if self._is_outdated(now):
            self._let_go(answer)
        else:
            self._enqueue_at(later.moment(self.deps.clock.now(), answer.wait, self.job.payload))

    def _is_outdated(self, now: User) -> bool:
        return self.user is not None and now.generation != self.user.generation

    def _let_go(self, answer: Answer) -> None:
        """What outlives the connection is looked at anew, as a job of the one that is there now."""
        tally.ended("outdated", "let_go")
        now = self.opened.book.give_back() if self.opened is not None else self.user
        if self.job.outlives:
            self._enqueue_now(now)

    def _follow_up(self, answer: Answer) -> None:
        """One job looks again, however many meet the same lease.

        What they were to bring, that one finds: it begins after the lease has ended, and they before. A click
        may be among them, so it does not queue behind the schedule of all users.
        """
        held = self.error
        assert isinstance(held, LeaseHeld)
        assert self.opened is not None
        self.opened.book.release()
        look = later.next_look(held, self.job.payload)
        # Those of another connection are others: a disconnect leaves the lease to whoever holds it.
        generation = 0 if self.user is None else self.user.generation
        name = f"{self.job.name}-after-{held.lease}-{generation}-{look}"
        payload = self._payload(self.user, held=held.lease, look=look)
        self.deps.queue.enqueue(self.job.kind, payload, name=name, delay=later.until_look(held, look))

    def _sit_out(self, answer: Answer) -> None:
        """Whoever recorded the wait has queued a job for its end, unless the queue took none: so it is asked
        for once more, under the same name.
        """
        assert self.opened is not None
        until = self.opened.book.paused_until
        assert until is not None
        if until - self.deps.clock.now() < LONG_WAIT:
            self._enqueue_at(math.ceil(until.timestamp()))

    def _wait(self, answer: Answer) -> None:
        """Google has said for how long: a click in between cannot shorten that."""
        self._note(answer, 0)

    def _back_off(self, answer: Answer) -> None:
        assert self.opened is not None
        self._note(answer, self.opened.book.failures + 1)

    def _note(self, answer: Answer, failures: int) -> None:
        assert self.opened is not None
        book = self.opened.book
        at = later.moment(self.deps.clock.now(), answer.wait, self.job.payload)
        book.note(Note(failures, datetime.fromtimestamp(at, UTC), answer.problem))
        if failures and book.asked_since():
            self._enqueue_asked()
        elif timedelta(seconds=answer.wait) < LONG_WAIT:
            self._enqueue_at(at)
        # After a longer wait the schedule looks, which reads it in the document.

    def _stop(self, answer: Answer) -> None:
        assert self.opened is not None
        self.opened.book.note(Note(problem=answer.problem))

    def _pause(self, answer: Answer) -> None:
        """The user has to act: the connection rests (or only the part that is not allowed). Links stay."""
        assert self.opened is not None
        if self.user is not None and self.user.connection is not None:
            resting.rest(self.deps, self.user, answer)
        now = self.opened.book.give_back()
        if self.job.outlives:
            self._enqueue_now(now)

    # --- queueing again

    def _come_back(self, wait: float | None) -> None:
        """Queues what is to follow a job that came to its end."""
        if self.opened is not None and self.opened.book.asked_since():
            self._enqueue_asked()
        elif wait is not None and wait <= 0:
            self._enqueue_now(self.user)
        elif wait is not None:
            self._enqueue_at(later.moment(self.deps.clock.now(), wait, self.job.payload))

    def _enqueue_asked(self) -> None:
        """A click came too late for this job to answer it: a job that begins now does."""
        assert self.opened is not None
        payload = self._payload(self.user, asked=self.job.payload.get("asked"))
        self.opened.book.queue_asked(payload)

    def _enqueue_now(self, user: User | None, **more: object) -> None:
        name = f"{self.job.name}-now-{self.deps.new_id()}"
        payload = self._payload(user, **more)
        self.deps.queue.enqueue(self.job.kind, payload, name=name, scheduled=self.job.scheduled)

    def _enqueue_at(self, at: int) -> None:
        delay = max(at - self.deps.clock.now().timestamp(), 0.0)
        name, payload = f"{self.job.name}-at-{at}", self._payload(self.user, due=at)
        self.deps.queue.enqueue(self.job.kind, payload, name=name, delay=delay, scheduled=self.job.scheduled)

    def _payload(self, user: User | None, **more: object) -> dict[str, object]:
        told = {name: value for name, value in self.job.payload.items() if name not in _OF_ONE_DELIVERY}
        return told | ({} if user is None else {"generation": user.generation}) | more


_CARRY_OUT: Mapping[Name, Callable[[_Delivery, Answer], None]] = {
    "go_on": _Delivery._go_on,
    "leave_to_winner": _Delivery._leave_to_winner,
    "follow_up": _Delivery._follow_up,
    "sit_out": _Delivery._sit_out,
    "let_go": _Delivery._let_go,
    "renew_token": _Delivery._renew_token,
    "pause": _Delivery._pause,
    "wait": _Delivery._wait,
    "back_off": _Delivery._back_off,
    "stop": _Delivery._stop,
}
_BEFORE_IT_IS_OPEN: frozenset[Name] = frozenset(("let_go",))
"""Answers that need no place to record anything."""


def _both(first: Exception, then: Exception) -> dict[str, str]:
    return {"error": type(first).__name__, "then": type(then).__name__}
