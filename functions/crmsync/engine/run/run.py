"""One run of a job: what it has read, what it may rely on, and the one way in which it commits.

Every commit goes through `Run.commit`: it carries the resource's state, is fenced by its `rev`, and writes
one journal document for what
changed. A run that was overtaken learns it there (`Superseded`) and stops.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Generic

from crmsync.core.account import ResourceState, User
from crmsync.core.calendar.occurrences import is_called_off, is_exception
from crmsync.core.journal import Change, Hold, JournalEntry
from crmsync.core.model import Appointment, Contact, R, Resource, Stored
from crmsync.core.pair import ids
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.plan import Rules, Seen
from crmsync.core.scope import Scope
from crmsync.core.shown.pace import paced
from crmsync.core.state import Link, Observation, Projection
from crmsync.engine.deps import Deps
from crmsync.engine.ports import GoogleSession, Remote
from crmsync.store.ports import AddJournal, Guard, Kind, PutRecord, PutUser, Superseded, TooLarge, Write

JOB_TIME = timedelta(minutes=6)
"""A job starts no new step after this; the function's own deadline is 9 minutes, so a step in flight can end.
"""
CALL_TIME = timedelta(minutes=2)
"""Longer than one call to Google can take."""
JOURNAL_PART = 20
"""So many changes fit into a commit, however long their notes are: Google takes 128 KB a contact."""
LABELS_KEPT = 100
LEASE_TIME = timedelta(minutes=10)
"""Longer than any function can live: when a lease has run out, no call of its holder can still arrive."""


MOST_ECHOES = 1_000
"""So many are remembered: a job's memory does not grow with the address book."""


class Yield(Exception):
    """The job's time is up: what it did is committed; go on in a new job."""


class LeaseHeld(Exception):
    """Another job is writing to Google for this user and resource, for `wait` seconds at most.

    lease: names the lease; that a job has renewed is another one.
    """

    def __init__(self, lease: str, wait: float) -> None:
        super().__init__("lease held")
        self.lease = lease
        self.wait = wait


def refuse_held(state: ResourceState, now: datetime, holder: str | None) -> None:
    """Raises LeaseHeld while somebody else than `holder` holds the lease."""
    by, until = state.lease_by, state.lease_until
    if by is not None and until is not None and until > now and by != holder:
        raise LeaseHeld(f"{by}-{until.timestamp():.0f}", (until - now).total_seconds())


@dataclass(slots=True)
class Run(Generic[R]):
    """The context of one job of one user and one resource. Mutable: it follows its own commits."""

    deps: Deps
    user: User
    resource: Resource
    id: str
    reason: str
    session: GoogleSession
    remote: Remote[R]
    canon: Canon
    started: datetime
    state: ResourceState = field(init=False)
    settled: dict[str, str] = field(default_factory=dict)
    """CRM id -> version of records this run wrote and that owe Google nothing: the local pass may pass over
    them.
    """
    committed: bool = False
    labels: Mapping[str, str] | None = None
    """The names of the user's labels at Google; asked for once, when first needed."""
    offered_labels: set[str] = field(default_factory=set)
    """Labels of the contacts that this run offered; kept with its next commit, for the sheet's filter."""
    has_candidates: bool | None = None
    """Whether any candidate is open; looked up once, when first asked."""
    echoes: dict[str, Observation[Any]] = field(default_factory=dict)
    """By link key: what the pull saw of records whose content is as it was, but not their etag."""
    holds: tuple[Hold, ...] | None = None
    """What is on hold; kept by `crmsync.engine.run.holds`."""

    quiet: timedelta = field(init=False)
    """How long before this run the resource last committed anything."""

    def __post_init__(self) -> None:
        self.state = self.user.resource(self.resource)
        self.quiet = self.age

    @property
    def scope(self) -> Scope:
        """Whose data the store is asked for."""
        return self.user.scope

    @property
    def kind(self) -> Kind:
        """The CRM collection that belongs to the resource."""
        return "contacts" if self.resource == "contacts" else "appointments"

    @property
    def rules(self) -> Rules:
        """How the user wants conflicts settled."""
        return Rules(self.user.settings.owners)

    @property
    def pushes(self) -> bool:
        """Whether the user lets this resource be written to Google."""
        settings = self.user.settings
        return settings.push_contacts if self.resource == "contacts" else settings.push_appointments

    def key_of(self, observation: Observation[R]) -> str:
        """The link key of an observed record."""
        if self.resource == "contacts":
            return observation.key
        value = observation.value
        if isinstance(value, Appointment) and value.series_id and value.original_start:
            return ids.exception_link_key(self.event_key(value.series_id), value.original_start)
        return self.event_key(observation.key)

    def event_key(self, event_id: str) -> str:
        """The link key of an event or series."""
        return ids.calendar_link_key(self.canon, self.state.calendar_id, event_id)

    def now(self) -> datetime:
        """The current time, UTC."""
        return self.deps.clock.now()

    def check_time(self) -> None:
        """Raises Yield when no new step may be started."""
        if self.now() - self.started > JOB_TIME:
            raise Yield

    def commit(
        self,
        writes: Sequence[Write] = (),
        changes: Sequence[Change] = (),
        *,
        candidates: bool = False,
        **state: Any,
    ) -> Mapping[str, str]:
        """Commits `writes`, the journal of `changes` and the new fields of the resource's state, all or
        nothing; answers the new versions.

        candidates: the writes hold candidates, whose round must still be the incoming one. Raises Superseded,
        Conflicted.
        """
        if not self.offered_labels <= set(self.state.labels):
            known = {*self.state.labels, *self.offered_labels}
            state["labels"] = tuple(sorted(known)[:LABELS_KEPT])
        now = self.now()
        after = paced(replace(self.state, last_synced_at=now, **state), now)
        connection = self.user.connection
        assert connection is not None
        assert self.user.version is not None
        batch: list[Write] = [*writes, PutUser({self.resource: after})]
        if changes:
            entry = JournalEntry(self.id, self.resource, self.reason, now, tuple(changes))
            batch.append(AddJournal(entry))
        guard = Guard(
            self.resource,
            self.state.rev,
            connection.sub,
            self.user.version,
            self.user.rounds if candidates else None,
        )
        done = self.deps.store.commit(self.scope, batch, guard)
        assert done.user is not None
        self.user = done.user
        self.state = done.user.resource(self.resource)
        self.committed = True
        return done.versions

    def commit_done(self, writes: Sequence[Write], changes: Sequence[Change], **state: Any) -> None:
        """Commits what has happened at Google: the links that follow from it, and its journal.

        What is too large for one commit (long notes, many of them) goes journal first, in parts.
        """
        try:
            self.commit(writes, changes, **state)
            return
        except TooLarge:
            if not changes:
                raise
        for start in range(0, len(changes), JOURNAL_PART):
            self.commit((), changes[start : start + JOURNAL_PART])
        self.commit(writes, **state)

    @property
    def age(self) -> timedelta:
        """How long ago this resource last committed anything; very long when never."""
        last = self.state.last_synced_at
        return self.now() - last if last is not None else timedelta.max

    @property
    def unfinished(self) -> bool:
        """True when the state still shows this run at work: a phase, a request to answer, a lease, a problem
        that is over.
        """
        state = self.state
        return (
            state.phase != "idle"
            or state.requested_at is not None
            or state.lease_by == self.id
            or state.problem is not None
            or state.failures > 0
        )

    def finished(self) -> dict[str, Any]:
        """The state fields of a run that came to its end; they ride in its last commit."""
        fields: dict[str, Any] = {"phase": "idle", "requested_at": None, "problem": None, "failures": 0}
        if self.state.lease_by == self.id:
            fields |= {"lease_by": None, "lease_until": None}
        return fields

    def seen(self, stored: Stored[R] | None) -> Seen[R]:
        """The CRM's side of a pair as the decision tables want it: archived and missing records are deleted
        ones, and so are appointments that were called off. An archived exception is a cancelled occurrence.
        """
        if stored is None:
            return Seen(None)
        value = stored.value
        if is_called_off(value):
            return Seen(None, archived=replace(value, status="confirmed"))  # type: ignore[call-arg]
        if stored.archived_at is not None:
            if not is_exception(value):
                return Seen(None, archived=value)
            value = replace(value, status="cancelled")  # type: ignore[call-arg]
        return Seen(value, self.canon.project(value))

    def match_keys(self, value: R) -> tuple[str, ...]:
        """The match keys of a contact; none for appointments."""
        return self.canon.match_keys(value) if isinstance(value, Contact) else ()

    def fingerprint(self, projection: Projection) -> str:
        """One digest for a whole projection."""
        return self.canon.digest(*(f"{name}={value}" for name, value in sorted(projection.items())))

    def note_echo(self, link: Link, observation: Observation[R]) -> None:
        """Remembers an etag that moved while nothing else did: to write it down would cost a write each."""
        if observation.etag != link.etag and len(self.echoes) < MOST_ECHOES:
            self.echoes[link.key] = replace(observation, value=None, raw=None)

    def current(self, link: Link) -> Link:
        """The link with what this run's pull saw of it, so that an update is not refused for an old etag."""
        seen = self.echoes.get(link.key)
        if seen is None or (seen.rtime is not None and seen.rtime < link.rtime):
            return link
        return replace(link, etag=seen.etag, name=seen.name, remote_id=seen.remote_id, rich=seen.rich)

    def touch(self, stored: Stored[R]) -> PutRecord:
        """A write that changes nothing but `updated_at`: the record comes before the next local pass."""
        return PutRecord(self.kind, stored.id, stored.value, stored.version)

    def refresh(self) -> None:
        """Reads the user document again, after a commit was refused.

        Raises Superseded when this run no longer holds.
        """
        fresh = self.deps.store.user(self.scope)
        if fresh is None or fresh.connection is None or self.user.connection is None:
            raise Superseded("the connection ended")
        if (
            fresh.resource(self.resource).rev != self.state.rev
            or fresh.connection.sub != self.user.connection.sub
        ):
            raise Superseded("another job committed")
        self.user = fresh
        self.state = fresh.resource(self.resource)

    def lease(self) -> Mapping[str, Any]:
        """The state fields that take (or keep) the right to write to Google; empty when it is held already
        for long enough.

        They go into the next commit: the caller must commit before it calls Google. Raises LeaseHeld.
        """
        now = self.now()
        refuse_held(self.state, now, self.id)
        until, by = self.state.lease_until, self.state.lease_by
        if by == self.id and until is not None and until - now > LEASE_TIME - JOB_TIME:
            return {}
        return {"lease_until": now + LEASE_TIME, "lease_by": self.id}

    def check_lease(self) -> None:
        """Raises Yield when the lease does not last for one more call to Google.

        A process that hung after its last commit must not write: another job may hold the lease by now.
        """
        until = self.state.lease_until
        if self.state.lease_by != self.id or until is None or until - self.now() < CALL_TIME:
            raise Yield
