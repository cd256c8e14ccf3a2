"""What the frame needs to know of a job: whose it is, how it performs, and where its waiting is recorded."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crmsync.core.account import Problem, User
from crmsync.core.model import Resource
from crmsync.core.scope import Scope
from crmsync.engine.deps import Deps
from crmsync.engine.payload import Payload


@dataclass(frozen=True, slots=True)
class Note:
    """What is recorded of a job that did not get through.

    failures: in a row. until: when the next one is queued for; None when none is.
    """

    failures: int = 0
    until: datetime | None = None
    problem: Problem | None = None


class Book(Protocol):
    """Where a job's waiting is recorded, and what it holds."""

    @property
    def failures(self) -> int:
        """How many jobs before it failed in a row."""
        ...

    @property
    def paused_until(self) -> datetime | None:
        """Until when no job will try."""
        ...

    def asked_since(self) -> bool:
        """Whether the user has asked for it while the job was at work, too late for it to answer."""
        ...

    def queue_asked(self, payload: Payload) -> None:
        """Queues the job that answers that; one is enough, whoever finds that it is wanted."""
        ...

    def settle(self) -> None:
        """The job came to its end: nothing is waited for any more."""
        ...

    def release(self) -> None:
        """Gives back what the job holds; another one goes on."""
        ...

    def note(self, note: Note) -> None:
        """Records how the job ended, and gives back what it holds."""
        ...

    def give_back(self) -> User:
        """Gives back what the job holds though it may record nothing any more; the user as they now are."""
        ...


class Opened(Protocol):
    """A job that has found what it works on."""

    @property
    def book(self) -> Book:
        """Where its waiting is recorded."""
        ...

    def perform(self) -> float | None:
        """Does the work; answers in how many seconds the job should come back, or None.

        May raise whatever it meets: the frame answers it.
        """
        ...


class Job(Protocol):
    """One delivered job of some kind."""

    @property
    def kind(self) -> str:
        """What it is queued as."""
        ...

    @property
    def scope(self) -> Scope | None:
        """Whose it is; None for a job of the whole installation."""
        ...

    @property
    def payload(self) -> Payload:
        """What it was told."""
        ...

    @property
    def name(self) -> str:
        """What tasks of the same job are named by."""
        ...

    @property
    def resource(self) -> Resource | None:
        """The part of the connection that it works with."""
        ...

    @property
    def outlives(self) -> bool:
        """Whether what it carries out stands although the connection is another by now."""
        ...

    @property
    def urgent(self) -> bool:
        """Whether somebody waits for it: then it tries in spite of an outage."""
        ...

    @property
    def scheduled(self) -> bool:
        """Whether it goes into the fleet's queue."""
        ...

    def open(self, deps: Deps, user: User) -> Opened | None:
        """Makes it ready without an effect; None when there is nothing to do. user: as just read."""
        ...
