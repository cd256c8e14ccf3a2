"""The context of one job of one user and one resource: who, what, by which rules, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic

from crmsync.core.account import ResourceState, User
from crmsync.core.journal import Hold
from crmsync.core.model import R, Resource, Stored
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.plan import Rules
from crmsync.core.scope import Scope
from crmsync.engine.deps import Deps
from crmsync.engine.ports import GoogleSession, Remote
from crmsync.engine.run.echoes import Echoes
from crmsync.engine.run.lease import refuse_late
from crmsync.engine.run.ledger import Ledger
from crmsync.engine.run.side import Side
from crmsync.store.ports import Kind, PutRecord, Store


@dataclass(slots=True)
class Memory:
    """What a job looks up once, when it is first needed."""

    labels: Mapping[str, str] | None = None
    """The names of the user's labels at Google."""
    has_candidates: bool | None = None
    """Whether any candidate is open."""
    holds: tuple[Hold, ...] | None = None
    """What is on hold; kept by `crmsync.engine.run.holds`."""


@dataclass(frozen=True, slots=True)
class Run(Generic[R]):
    """One job. What moves while it works is in its ledger, which follows its commits."""

    id: str
    reason: str
    started: datetime
    deps: Deps
    session: GoogleSession
    side: Side[R]
    remote: Remote[R]
    canon: Canon
    ledger: Ledger
    echoes: Echoes[R] = field(default_factory=Echoes)
    memory: Memory = field(default_factory=Memory)

    @property
    def user(self) -> User:
        """The user as the last commit left the document."""
        return self.ledger.user

    @property
    def state(self) -> ResourceState:
        """Where the sync of the resource stands."""
        return self.ledger.state

    @property
    def scope(self) -> Scope:
        """Whose data the store is asked for."""
        return self.ledger.user.scope

    @property
    def store(self) -> Store:
        """The store."""
        return self.deps.store

    @property
    def resource(self) -> Resource:
        """What Google calls it."""
        return self.side.resource

    @property
    def kind(self) -> Kind:
        """The CRM collection that belongs to the resource."""
        return self.side.kind

    @property
    def rules(self) -> Rules:
        """How the user wants conflicts settled."""
        return Rules(self.user.settings.owners)

    @property
    def pushes(self) -> bool:
        """Whether the user lets this resource be written to Google."""
        return self.side.pushes(self.user.settings)

    def now(self) -> datetime:
        """The current time, UTC."""
        return self.deps.clock.now()

    def check_time(self) -> None:
        """Raises Yield when no new step may be started."""
        refuse_late(self.started, self.now())

    def touch(self, stored: Stored[R]) -> PutRecord:
        """A write that changes nothing but `updated_at`: the record comes before the next local pass."""
        return PutRecord(self.kind, stored.id, stored.value, stored.version)
