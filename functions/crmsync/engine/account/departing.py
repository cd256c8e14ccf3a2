"""What the clean-up of a disconnect commits, and under which generation: its fence and its lease.

Every commit goes under the version of the user document in which the user was still gone, and is made again
under a newer one only when they still are. So it ends with its next commit when they have connected anew.
The lease of a resource is the same that syncs take: the next connection's first sync waits until no deletion
can be under way.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crmsync.core.account import ResourceState, User
from crmsync.core.departure import Departure
from crmsync.core.model import Resource
from crmsync.core.scope import Scope
from crmsync.core.state import Link
from crmsync.engine.deps import Deps
from crmsync.engine.run.attempts import attempts
from crmsync.engine.run.generation import refuse_outdated
from crmsync.engine.run.lease import CALL_TIME, JOB_TIME, LEASE_TIME, Yield, refuse_held, refuse_late
from crmsync.engine.users import ATTEMPTS, change_user
from crmsync.store.ports import Conflicted, PutUser, StoreError, StoreUnavailable, Write

PAGE = 200
RESOURCES: tuple[Resource, ...] = ("contacts", "calendar")
Change = Callable[[User], Mapping[str, Any]]


@dataclass(slots=True)
class Departing:
    """The commits of one job. It follows them: the user is as the last one left them."""

    deps: Deps
    user: User
    run: str
    generation: int
    started: datetime

    @classmethod
    def of(cls, deps: Deps, user: User) -> "Departing":
        """A job that begins now, for a user who is gone."""
        return cls(deps, user, deps.new_id(), user.generation, deps.clock.now())

    @property
    def scope(self) -> Scope:
        """Whose job it is."""
        return self.user.scope

    @property
    def departure(self) -> Departure:
        """What the user asked for, and how far it is."""
        assert self.user.departure is not None
        return self.user.departure

    def pages(self, resource: Resource) -> Iterator[Sequence[Link]]:
        """All links of a resource, in key order."""
        after: str | None = None
        while links := self.deps.store.links_page(self.scope, resource, after, PAGE):
            yield links
            after = links[-1].key

    def check(self) -> None:
        """Asked right before what cannot be taken back: whether there is time, and the user is still gone.

        Raises Yield, Outdated.
        """
        refuse_late(self.started, self.deps.clock.now())
        self._read()

    def check_lease(self, resource: Resource) -> None:
        """The same, and whether the lease lasts for one more call."""
        self.check()
        state = self.user.resource(resource)
        until = state.lease_until
        if state.lease_by != self.run or until is None or until - self.deps.clock.now() < CALL_TIME:
            raise Yield

    def commit(self, writes: Sequence[Write], change: Change = lambda user: {}) -> None:
        """Commits these writes with parts of the user document, all or nothing, while the user is gone.

        change: the parts, made of the document as it is. Raises Outdated, Conflicted, TooLarge.
        """
        for _ in attempts(ATTEMPTS):
            parts, version = change(self.user), self.user.version
            try:
                done = self.deps.store.commit(self.scope, [PutUser(parts), *writes], expect_user=version)
            except Conflicted:
                self._read()
                if self.user.version == version:
                    raise
                continue
            assert done.user is not None
            self.user = done.user
            return
        raise StoreUnavailable(f"user document kept changing ({ATTEMPTS} attempts)")

    def leased(self, resource: Resource, **fields: Any) -> Change:
        """The change that takes (or keeps) the lease, with other fields of the state.

        Raises LeaseHeld when it is made while another job has it.
        """

        def change(user: User) -> Mapping[str, Any]:
            state, now = user.resource(resource), self.deps.clock.now()
            refuse_held(state, now, self.run)
            until = state.lease_until
            lasts = state.lease_by == self.run and until is not None and until - now > LEASE_TIME - JOB_TIME
            lease: dict[str, Any] = {} if lasts else {"lease_by": self.run, "lease_until": now + LEASE_TIME}
            return {resource: replace(state, **fields, **lease)}

        return change

    def freed(self, resource: Resource, **fields: Any) -> Change:
        """The change that gives the lease back, with other fields of the state."""
        return lambda user: {resource: replace(_free(user.resource(resource), self.run), **fields)}

    def give_back(self) -> None:
        """Gives back what leases it holds, whatever has become of the user; where that fails they run out."""

        def change(user: User) -> Mapping[str, Any] | None:
            held = {name: user.resource(name) for name in RESOURCES}
            mine = {name: state for name, state in held.items() if state.lease_by == self.run}
            return {name: _free(state, self.run) for name, state in mine.items()} or None

        if any(self.user.resource(name).lease_by == self.run for name in RESOURCES):
            with suppress(StoreError):
                change_user(self.deps, self.scope, change)

    def _read(self) -> None:
        user = self.deps.store.user(self.scope)
        refuse_outdated(user, self.generation)
        assert user is not None
        self.user = user


def _free(state: ResourceState, run: str) -> ResourceState:
    return replace(state, lease_by=None, lease_until=None) if state.lease_by == run else state
