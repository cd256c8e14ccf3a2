"""What a job commits, and under which state: the fence, the lease, the journal.

Every commit of a sync goes through `Ledger.commit`: it carries the resource's state, is fenced by its `rev`,
and writes one journal document for what changed. What is too large for one is made in parts (`parts`). A job
that was overtaken learns it there (`Superseded`) and stops.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from crmsync.core.account import WORDS, ResourceState, User
from crmsync.core.journal import JournalEntry
from crmsync.core.model import Resource
from crmsync.core.quarantine import ASIDE, REFUSED, earliest
from crmsync.core.shown.pace import paced
from crmsync.engine.ports import Clock
from crmsync.engine.run import parts
from crmsync.engine.run.lease import CALL_TIME, JOB_TIME, LEASE_TIME, Yield, refuse_held
from crmsync.engine.run.pending import Pending, joined
from crmsync.store.ports import (
    AddJournal,
    DropLink,
    Guard,
    PutLink,
    PutUser,
    Store,
    Superseded,
    TooLarge,
    Write,
)

LABELS_KEPT = 1000


@dataclass(slots=True)
class Ledger:
    """The commits of one job. It follows them: user and state are as the last one left them."""

    store: Store
    clock: Clock
    user: User
    resource: Resource
    run: str
    reason: str
    settled: dict[str, str] = field(default_factory=dict)
    """CRM id -> version of records that this job wrote and that owe Google nothing."""
    owing: list[str] = field(default_factory=list)
    """CRM ids of records that this job wrote and that owe Google something, each as often as it did."""
    committed: bool = False
    retry_at: datetime | None = None
    """When the first of the records that this job has set aside is tried again."""
    quiet: timedelta = field(init=False)
    """How long before this job the resource last committed anything."""
    started: datetime = field(init=False)
    """What was asked for after this the job does not answer: its look at Google may be over."""
    first_rev: int = field(init=False)
    """Where the resource stood when the job began."""
    ended: datetime | None = field(init=False)
    """When a sync of the resource last came to its end, for certain."""
    told: bool = False
    """Whether the last commit said that the sync came to its end."""

    def __post_init__(self) -> None:
        self.first_rev = self.state.rev
        self.quiet = self.age
        self.started = self.clock.now()
        self.ended = self.state.last_synced_at

    @property
    def state(self) -> ResourceState:
        """Where the sync of the resource stands."""
        return self.user.resource(self.resource)

    @property
    def age(self) -> timedelta:
        """How long ago this resource last committed anything; very long when never."""
        last = self.state.changed_at
        return self.clock.now() - last if last is not None else timedelta.max

    def commit(
        self, pending: Pending | None = None, *also: Write, candidates: bool = False, **state: Any
    ) -> None:
        """Commits what is pending with `also`, the journal of it, and new fields of the resource's state, all
        or nothing. What is too large for that goes unit by unit, each with its journal, in parts that fit;
        `also` and the fields of the state go with the last.

        candidates: the writes hold candidates, whose round must still be the incoming one. Raises Superseded,
        Conflicted, and TooLarge with the names of the units that fit into no commit, when all others are
        committed: `also` and the fields of the state are not, then.
        """
        pending = pending or Pending()
        try:
            self._commit(pending, also, candidates, state)
        except TooLarge:

            def commit(units: Sequence[Pending], last: bool) -> None:
                part = replace(joined(units), settled=pending.settled, labels=pending.labels)
                self._commit(part, also if last else (), candidates, state if last else {})

            parts.commit_parted(pending.units(), commit, self._size)

    def _size(self, unit: Pending) -> int:
        return self.store.size(self.user.scope, [*unit.writes, *self._journal(unit)])

    def _journal(self, pending: Pending) -> list[Write]:
        if not pending.changes:
            return []
        changes = tuple(pending.changes)
        entry = JournalEntry(self.run, self.resource, self.reason, self.clock.now(), changes)
        return [AddJournal(entry)]

    def _commit(
        self, pending: Pending, also: Sequence[Write], candidates: bool, state: Mapping[str, Any]
    ) -> None:
        now = self.clock.now()
        fields = dict(state)
        writes = [*pending.writes, *also]
        self._note_asides(writes, fields)
        state_of = self._state(pending, now, fields)
        batch = [*writes, *self._come_out(writes), state_of, *self._journal(pending)]
        done = self.store.commit(self.user.scope, batch, self._guard(candidates))
        assert done.user is not None
        self.user = done.user
        self.committed = True
        self.told = "last_synced_at" in state
        self._settle(pending, done.versions)

    def _state(self, pending: Pending, now: datetime, fields: dict[str, Any]) -> PutUser:
        if not pending.labels.items() <= self.state.label_names.items():
            names = {**self.state.label_names, **pending.labels}
            fields["label_names"] = dict([*names.items()][:LABELS_KEPT])
        if self.state.local is None:
            # Before it stands anywhere, the look at the CRM's changes goes through all records.
            fields.setdefault("words", WORDS)
        # A pause is over once a job gets on; what was supposed to be the last commit was not, once another
        # comes.
        fields = {"changed_at": now, "paused_until": None, "last_synced_at": self.ended, **fields}
        return PutUser({self.resource: paced(replace(self.state, **fields), now)})

    def _note_asides(self, writes: Sequence[Write], fields: dict[str, Any]) -> None:
        """The state knows when the first record that is set aside comes to be tried again."""
        asides = [write.link.retry_at for write in writes if isinstance(write, PutLink)]
        if (first := earliest(asides)) is None:
            return
        self.retry_at = earliest((self.retry_at, first))
        fields.setdefault("retry_at", earliest((self.state.retry_at, first)))

    def _come_out(self, writes: Sequence[Write]) -> list[Write]:
        """What was set aside of one side alone is so no longer once the two are linked, whatever linked them.

        Costs nothing while nothing is aside.
        """
        if self.state.retry_at is None:
            return []
        linked = [it.link for it in writes if isinstance(it, PutLink) and it.link.state == "linked"]
        new = [link for link in linked if link.version is None]
        keys = {f"{ASIDE}{link.key}" for link in new} | {f"{REFUSED}{link.crm}" for link in new}
        keys -= {write.key for write in writes if isinstance(write, DropLink)}
        return [DropLink(key) for key in self.store.links(self.user.scope, sorted(keys))] if keys else []

    def _guard(self, candidates: bool) -> Guard:
        user = self.user
        assert user.connection is not None
        assert user.version is not None
        rounds = user.rounds if candidates else None
        sub, generation = user.connection.sub, user.generation
        return Guard(self.resource, self.state.rev, sub, user.version, rounds, generation)

    def _settle(self, pending: Pending, versions: Mapping[str, str]) -> None:
        self.owing += pending.owing
        self.settled |= {crm: versions[crm] for crm in pending.settled if crm in versions}

    def refresh(self) -> None:
        """Reads the user document again, after a commit was refused.

        Raises Superseded when this job no longer holds.
        """
        fresh = self.store.user(self.user.scope)
        if fresh is None or fresh.connection is None or self.user.connection is None:
            raise Superseded("the connection ended")
        same_rev = fresh.resource(self.resource).rev == self.state.rev
        same_connection = fresh.connection.sub == self.user.connection.sub
        if not same_rev or not same_connection or fresh.generation != self.user.generation:
            raise Superseded("another job committed")
        self.user = fresh

    @property
    def unfinished(self) -> bool:
        """True when the state still shows this job at work: a phase, a request to answer, a lease, a problem
        that is over, or that no sync ever came to its end.
        """
        state = self.state
        asked = state.phase != "idle" or state.requested_at is not None or state.last_synced_at is None
        return asked or state.lease_by == self.run or state.problem is not None or state.failures > 0

    def finished(self, *, deferred: int = 0, in_doubt: bool = False) -> dict[str, Any]:
        """The state fields of a job that got to its end; they ride in its last commit.

        deferred: how many records it left for later. in_doubt: whether creates are in doubt. The sync has
        come to its end only when there is neither.
        """
        fields: dict[str, Any] = {
            "phase": "idle",
            "done": 0,
            "total": None,
            **self.answered(),
            "deferred": deferred,
            "problem": None,
            "failures": 0,
        }
        if not (deferred or in_doubt):
            fields["last_synced_at"] = self.clock.now()
        return fields | self.freed()

    def answered(self) -> dict[str, Any]:
        """The state field that says of a click that the job has answered it; none of one that came later."""
        asked = self.state.requested_at
        return {"requested_at": None} if asked is None or asked <= self.started else {}

    def supposed(self) -> dict[str, Any]:
        """The state fields of a commit that may be the job's last, which only what comes after it can tell.

        The next commit takes them back.
        """
        return {} if self.unfinished or self.state.deferred else {"last_synced_at": self.clock.now()}

    def end(self, *, deferred: int, in_doubt: bool, **reached: Any) -> None:
        """Sees to it that the state tells how the job got to its end; arguments as in `finished`.

        reached: fields that ride in the commit when there is one.

        A job that has written nothing writes nothing here either, unless the schedule sent it.
        """
        ended = self.finished(deferred=deferred, in_doubt=in_doubt)
        if self.unfinished or self.state.deferred != deferred:
            self.commit(**ended, **reached)
        elif "last_synced_at" in ended and not self.told and (self.committed or self.reason == "schedule"):
            # No change for those who show records: there is nothing to load for it.
            self.commit(changed_at=self.state.changed_at, last_synced_at=ended["last_synced_at"], **reached)
        self.ended = self.state.last_synced_at

    def freed(self) -> dict[str, Any]:
        """The state fields that give the lease back; none when it is not this job's."""
        return {"lease_by": None, "lease_until": None} if self.state.lease_by == self.run else {}

    def lease(self) -> dict[str, Any]:
        """The state fields that take (or keep) the right to write to Google; empty when it is held already
        for long enough.

        They go into the next commit: the caller must commit before it calls Google. Raises LeaseHeld.
        """
        now = self.clock.now()
        refuse_held(self.state, now, self.run)
        until = self.state.lease_until
        if self.state.lease_by == self.run and until is not None and until - now > LEASE_TIME - JOB_TIME:
            return {}
        return {"lease_until": now + LEASE_TIME, "lease_by": self.run}

    def check_lease(self) -> None:
        """Raises Yield when the lease does not last for one more call to Google.

        A process that hung after its last commit must not write: another job may hold the lease by now.
        """
        until = self.state.lease_until
        if self.state.lease_by != self.run or until is None or until - self.clock.now() < CALL_TIME:
            raise Yield
