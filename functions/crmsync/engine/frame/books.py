"""Where jobs record that they wait: a sync in the state of its resource, others beside it in the user."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crmsync.core.account import Stall, User
from crmsync.engine.deps import Deps
from crmsync.engine.frame.job import Note
from crmsync.engine.payload import Payload
from crmsync.engine.requests import asked_at, queue_asked
from crmsync.engine.run.ledger import Ledger
from crmsync.engine.users import change_user, user_of
from crmsync.store.ports import Conflicted, Superseded

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ResourceBook:
    """A sync's: the state of its resource, under the fence."""

    deps: Deps
    ledger: Ledger

    @property
    def failures(self) -> int:
        """How many syncs of this resource failed in a row."""
        return self.ledger.state.failures

    @property
    def paused_until(self) -> datetime | None:
        """Until when no sync of this resource will try."""
        return self.ledger.state.paused_until

    def asked_since(self) -> bool:
        """Whether there was a click that an earlier commit of the sync has not answered."""
        return self.ledger.state.requested_at is not None

    def queue_asked(self, payload: Payload) -> None:
        """Queues what answers the click, unless the click has: it did when it saw no sync at work.

        Then it was named by the rev that the sync began with; the sync's own click is no other.
        """
        ledger = self.ledger
        assert ledger.state.requested_at is not None
        asked = asked_at(ledger.first_rev, ledger.state.requested_at)
        if asked == payload.get("asked"):
            asked = asked_at(ledger.state.rev, ledger.state.requested_at)
        queue_asked(self.deps, {**payload, "reason": "manual"}, ledger.resource, asked)

    def settle(self) -> None:
        """A sync's last commit says so already."""

    def release(self) -> None:
        """Gives the lease back, if the sync has taken it."""
        if self.ledger.freed():
            self._commit({})

    def note(self, note: Note) -> None:
        """Records how the sync ended, and gives the lease back; of an overtaken one only that matters."""
        self._commit(
            {
                "phase": "idle" if note.until is None else "waiting",
                "failures": note.failures,
                "paused_until": note.until,
                "problem": note.problem,
            }
        )

    def _commit(self, state: dict[str, Any]) -> None:
        try:
            self.ledger.refresh()
            if state:
                state |= self.ledger.answered()
            state |= self.ledger.freed()
            if state:
                self.ledger.commit(**state)
        except (Superseded, Conflicted):
            log.info("overtaken while ending")
            self.give_back()

    def give_back(self) -> User:
        """Gives the lease back of a job that can commit nothing any more; no call of it is under way.

        The fence stays as it is: whoever holds it goes on.
        """
        holder, resource = self.ledger.run, self.ledger.resource

        def freed(user: User) -> dict[str, Any] | None:
            state = user.resource(resource)
            if state.lease_by != holder:
                return None
            return {resource: replace(state, lease_by=None, lease_until=None)}

        return change_user(self.deps, self.ledger.user.scope, freed)


@dataclass(frozen=True, slots=True)
class UserBook:
    """Any other job's: what it waits for stands in the user document, by the kind of job."""

    deps: Deps
    user: User
    kind: str

    @property
    def _stall(self) -> Stall:
        return self.user.stalls.get(self.kind, Stall())

    @property
    def failures(self) -> int:
        """How many jobs of this kind failed in a row."""
        return self._stall.failures

    @property
    def paused_until(self) -> datetime | None:
        """Until when no job of this kind will try."""
        asked = next((each for each in self.user.asked if each.kind == self.kind), None)
        return self._stall.until if asked is None else asked.until(self._stall)

    def asked_since(self) -> bool:
        """Whoever asks for it again queues it again."""
        return False

    def queue_asked(self, payload: Payload) -> None:
        """Nobody asked."""

    def settle(self) -> None:
        """Forgets what was waited for; costs nothing when nothing was."""
        if self.kind in self.user.stalls:
            self._put(None)

    def release(self) -> None:
        """It holds nothing."""

    def note(self, note: Note) -> None:
        """Records how the job ended."""
        self._put(Stall(note.failures, note.until, note.problem))

    def give_back(self) -> User:
        """It holds nothing; the user as they now are."""
        return user_of(self.deps, self.user.scope)

    def _put(self, stall: Stall | None) -> None:
        def noted(user: User) -> Mapping[str, Any] | None:
            if user.version is None:
                # Erased: a note would make them known again.
                return None
            others = {kind: each for kind, each in user.stalls.items() if kind != self.kind}
            return {"stalls": others if stall is None else {**others, self.kind: stall}}

        change_user(self.deps, self.user.scope, noted)


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """Of a job that is nobody's: there is nowhere to record that it waits, so it is delivered again."""

    failures: int = 0
    paused_until: None = None

    def asked_since(self) -> bool:
        """Nobody asks for it."""
        return False

    def queue_asked(self, payload: Payload) -> None:
        """Nobody asked."""

    def settle(self) -> None:
        """Nothing was waited for."""

    def release(self) -> None:
        """It holds nothing."""

    def note(self, note: Note) -> None:
        """The log has it."""

    def give_back(self) -> User:
        """It holds nothing, and is nobody's."""
        return User("")
