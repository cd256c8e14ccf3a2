"""One delivered sync: from the payload to the sides that it brings in step."""

from dataclasses import dataclass
from typing import Self

from crmsync import logs
from crmsync.core import errors
from crmsync.core.account import User
from crmsync.core.model import R, Resource
from crmsync.core.pair.canon import Canon
from crmsync.core.scope import Scope
from crmsync.engine.deps import Deps
from crmsync.engine.frame import resting
from crmsync.engine.frame.books import ResourceBook
from crmsync.engine.payload import Payload, resource_of, scope_of, text_of
from crmsync.engine.ports import GoogleSession, Remote
from crmsync.engine.run.lease import refuse_held
from crmsync.engine.run.ledger import Ledger
from crmsync.engine.run.run import Run
from crmsync.engine.sessions import open_session
from crmsync.engine.sides import CalendarSide, ContactsSide
from crmsync.engine.sync import Synced, sync

URGENT = frozenset(("login", "manual", "connect"))
"""Reasons for which somebody sits at the screen."""


@dataclass(frozen=True, slots=True)
class SyncJob:
    """A sync of one resource, as the frame knows it."""

    payload: Payload
    scope: Scope
    resource: Resource
    reason: str
    kind: str = "sync"
    outlives: bool = False

    @classmethod
    def of(cls, payload: Payload) -> Self:
        """From what the task says. Raises UnknownJob."""
        return cls(payload, scope_of(payload), resource_of(payload), text_of(payload, "reason"))

    @property
    def name(self) -> str:
        """One user's syncs of one resource."""
        return f"{self.scope.name}-{self.resource}"

    @property
    def urgent(self) -> bool:
        """A click's own job is, not one that follows it."""
        return self.reason in URGENT and not {"due", "held"} & self.payload.keys()

    @property
    def scheduled(self) -> bool:
        """Whether nobody waits for it."""
        return self.reason == "schedule"

    def open(self, deps: Deps, user: User) -> "_Sync | None":
        """The sync; nothing happens without a connection that lives, or may again, nor while it is paused."""
        logs.add(resource=self.resource, reason=self.reason[: logs.LONGEST_TEXT])
        connection = user.connection
        if connection is None or not connection.is_tried or self.resource not in user.synced:
            return None
        ledger = Ledger(deps.store, deps.clock, user, self.resource, deps.new_id(), self.reason)
        logs.add(run=ledger.run)
        return _Sync(deps, ledger, ResourceBook(deps, ledger), self.payload.get("fresh") is True)


@dataclass(frozen=True, slots=True)
class _Sync:
    """fresh: the access token is made anew."""

    deps: Deps
    ledger: Ledger
    book: ResourceBook
    fresh: bool

    def perform(self) -> float | None:
        """The sync itself; answers as `sync` does."""
        # Before anything is read at Google: a commit beside a writer's would overtake it.
        refuse_held(self.ledger.state, self.deps.clock.now(), None)
        session = open_session(self.deps, self.ledger.user, fresh=self.fresh)
        if session is None:
            raise errors.GrantDead("no_grant")
        resting.rise(self.deps, self.ledger.user)
        canon = self.deps.canon(self.ledger.user.settings.region)
        if self.ledger.resource == "contacts":
            return self._synced(session, canon, ContactsSide(canon), session.contacts())
        calendar_id = self.ledger.state.calendar_id
        return self._synced(session, canon, CalendarSide(canon, calendar_id), session.calendar(calendar_id))

    def _synced(
        self, session: GoogleSession, canon: Canon, side: Synced[R], remote: Remote[R]
    ) -> float | None:
        ledger, now = self.ledger, self.deps.clock.now()
        return sync(
            Run(ledger.run, ledger.reason, now, self.deps, session, side, remote, canon, ledger), side
        )
