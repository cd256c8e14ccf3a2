"""The clean-up after a disconnect: what the sync itself made may be taken back, then the grant goes.

Repeatable. What is deleted at Google is marked first, in its link: should the user connect the same account
again midway, the next sync looks up what became of it (`returning`). What fails is tried for 23 hours; then
the grant is revoked and dropped all the same, and the user is told what remained.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from crmsync import logs
from crmsync.core.account import Grant, User
from crmsync.core.departure import Departure, Left
from crmsync.core.due import done, done_of
from crmsync.core.errors import Closed, GrantDead, NotFound, Refused, ScopeMissing, SyncError
from crmsync.core.journal import Side
from crmsync.core.model import Contact, Resource
from crmsync.core.pair.canon import Canon
from crmsync.engine.account import channels, connection, grants, strays
from crmsync.engine.account.deleting import Deleting, counted
from crmsync.engine.account.departing import RESOURCES, Departing
from crmsync.engine.deps import Deps
from crmsync.engine.ports import GoogleSession
from crmsync.engine.requests import request_sync
from crmsync.engine.run import parts
from crmsync.engine.run.effects import gone
from crmsync.engine.run.generation import Outdated
from crmsync.engine.run.lease import LeaseHeld, Yield
from crmsync.engine.run.pending import Pending, joined
from crmsync.engine.sessions import account_key, session_of
from crmsync.engine.users import change_user
from crmsync.store.ports import (
    Conflicted,
    DropIntent,
    DropLink,
    Kind,
    PutLink,
    PutRecord,
    StoreUnavailable,
    TooLarge,
)

KINDS: Mapping[Resource, Kind] = {"contacts": "contacts", "calendar": "appointments"}
T = TypeVar("T")

LOOK_AGAIN = 300.0
"""At most so many seconds until creates that are in doubt are looked at again."""

NO_GRANT = "no_grant"
"""The access was gone before anything could be deleted."""
TOO_LATE = "deadline"
"""Nothing worked until the time was over."""
INTERNAL = "internal"
"""A fault of ours."""

_STOPS = (Yield, LeaseHeld, Outdated, Conflicted, StoreUnavailable)
"""What ends the job, and is no trouble of the part that it is at."""


def perform(deps: Deps, user: User) -> float | None:
    """Deletes at Google what the sync created there, archives what it created in the CRM (each only when
    asked), closes channels, revokes, drops the grant; then connects the account that waits for it.

    Does nothing when the user has connected again meanwhile, and raises Outdated when they do so while it is
    at work. Answers in how many seconds it should come back, or None. What fails raises, until it is late,
    and the job comes back.
    """
    if user.connection is not None or user.departure is None:
        change_user(deps, user.scope, lambda current: done_of(current, user, "disconnect"))
        return None
    at = Departing.of(deps, user)
    try:
        wait = None if at.departure.ended_at is not None else _CleanUp(at).perform()
    finally:
        at.give_back()
    ended = at.user.departure
    if wait is None and ended is not None and ended.next:
        _connect_next(at, ended)
    return wait


def _connect_next(at: Departing, departure: Departure) -> None:
    """The account that waited takes the place of the one that was left. Repeatable."""
    deps = at.deps
    at.check()
    offered = None if at.user.erasing is not None else grants.find(deps, departure.next)
    if offered is None:
        at.commit([], lambda user: _closed(user, replace(departure, next="")))
        grants.release(deps, departure.next)
        return
    connection.clear(deps, at.user)
    at.check()
    told = replace(departure, next="", next_email="") if departure.tells else None
    begins = connection.Begin(offered, afresh=True, told=told)
    at.commit(
        connection.writes_of(deps, begins, at.user), lambda user: connection.parts_of(deps, begins, user)
    )
    request_sync(deps, at.scope, "connect")


def _closed(user: User, departure: Departure) -> Mapping[str, object]:
    """The parts that end a departure: what there is to tell of it stays."""
    told = departure if departure.tells or departure.next else None
    asked = {} if departure.next else done(user, "disconnect", departure.id)
    return {"departure": told, **asked}


@dataclass(slots=True)
class _CleanUp:
    at: Departing
    left: list[Left] = field(default_factory=list)
    is_late: bool = field(init=False)
    """Whether nothing more is tried at Google."""
    is_over: bool = field(init=False)
    """Whether there is no time for anything but the grant."""
    failure: Exception | None = None

    def __post_init__(self) -> None:
        now, departure = self.at.deps.clock.now(), self.at.departure
        self.is_late = now >= departure.stops_at
        self.is_over = now >= departure.deadline

    def perform(self) -> float | None:
        deps, departure = self.at.deps, self.at.departure
        grant = deps.store.grant(self.at.scope)
        if grant is not None and deps.google.holder(grant.sub) != departure.holder:
            grant = None
        if departure.crm_copies == "archive":
            for resource, kind in KINDS.items():
                self._tried(resource, "crm", partial(self._in_crm, resource, kind))
        wait = self._at_google(grant)
        if self.failure is not None:
            raise self.failure
        if wait is not None:
            return wait
        channels.close_all(deps, self.at.scope, None)
        access_left = grant is not None and self._drop(grant)
        now, left = deps.clock.now(), tuple(self.left)

        def closed(user: User) -> Mapping[str, object]:
            ended = replace(self.at.departure, ended_at=now, left=left, access_left=access_left)
            return _closed(user, ended)

        self.at.commit([], closed)
        return None

    def _tried(self, resource: Resource, side: Side, part: Callable[[], None]) -> None:
        """A part of the clean-up: that it fails keeps no other from being tried, and when it is late it is
        told instead of being tried again.
        """
        try:
            part()
        except _STOPS:
            raise
        except Exception as error:
            if not self.is_late:
                self.failure = self.failure or error
                return
            logs.failure("clean-up given up", error, tell=(SyncError,))
            self._stays(resource, side, error.reason if isinstance(error, SyncError) else INTERNAL)

    def _stays(self, resource: Resource, side: Side, reason: str, count: int | None = None) -> None:
        """So many records stay although they were to go; all that there are when nobody has counted."""
        if count is None:
            count = self.at.deps.store.count_made(self.at.scope, resource, side)
        if count:
            self.left.append(Left(resource, side, count, reason))

    # --- at Google

    def _at_google(self, grant: Grant | None) -> float | None:
        """Answers in how many seconds it can be told what became of creates in doubt, or None."""
        try:
            session = None if self.is_late or grant is None else self._session(grant)
            if session is not None:
                opened = session
                self._tried_at_google(
                    "calendar", lambda: channels.close_all(self.at.deps, self.at.scope, opened)
                )
                return self._delete_all(session)
        except GrantDead:
            self.left = [each for each in self.left if each.side != "google"]
        except SyncError as error:
            self.failure = self.failure or error
            return None
        if self.at.departure.google_copies == "delete":
            for resource in RESOURCES:
                self._stays(resource, "google", TOO_LATE if self.is_late else NO_GRANT)
        return None

    def _session(self, grant: Grant) -> GoogleSession | None:
        # A cached access token may know less than what was allowed last.
        self.at.deps.google.forget(account_key(grant.scope, grant.sub))
        return session_of(self.at.deps, grant)

    def _delete_all(self, session: GoogleSession) -> float | None:
        if self.at.departure.google_copies == "keep":
            return None
        contacts = Deleting(self.at, "contacts", session.contacts())
        # The links are still those of a calendar that was left and is not yet wound up.
        chosen = self.at.user.calendar.leaving or self.at.user.calendar
        calendar = Deleting(self.at, "calendar", session.calendar(chosen.calendar_id))
        self._tried_at_google("contacts", contacts.perform)
        self._tried_at_google("calendar", calendar.perform)
        wait = self._tried_at_google("contacts", lambda: self._doubts(contacts))
        if self.at.departure.wrote:
            key_of = strays.event_of_ours(self._canon(), self.at.scope.owner, chosen.calendar_id)
            self._tried_at_google("calendar", lambda: calendar.delete_strays(key_of))
        for each in (contacts, calendar):
            for reason, count in each.refused.items():
                self._stays(each.resource, "google", reason, count)
        return None if self.failure is not None else wait

    def _doubts(self, contacts: Deleting[Contact]) -> float | None:
        """Deletes what creates in doubt have left there; answers in how many seconds that can be told, when
        it cannot be yet.
        """
        intents = self.at.deps.store.intents(self.at.scope)
        if not intents:
            return None
        left = (max(each.doubt_ends for each in intents) - self.at.deps.clock.now()).total_seconds()
        if left > 0:
            return min(left, LOOK_AGAIN)
        contacts.delete_strays(strays.contact_in_doubt(intents))
        self.at.commit([DropIntent(each.id) for each in intents])
        return None

    def _canon(self) -> Canon:
        return self.at.deps.canon(self.at.user.settings.region)

    def _tried_at_google(self, resource: Resource, part: Callable[[], T]) -> T | None:
        """A part of it. What may pass is tried again; what refuses the whole part ends it, and is told."""
        try:
            return part()
        except (ScopeMissing, Closed, NotFound, Refused) as error:
            if self.at.departure.google_copies == "delete":
                self._stays(resource, "google", error.reason)
        except GrantDead:
            raise
        except SyncError as error:
            self.failure = self.failure or error
        return None

    # --- in the CRM

    def _in_crm(self, resource: Resource, kind: Kind) -> None:
        """Archives the records that the sync made, of events born at Google as of imported contacts."""
        if self.is_over:
            self._stays(resource, "crm", TOO_LATE)
            return
        at, brimful = self.at, 0
        for links in at.pages(resource):
            made = [link for link in links if link.made_crm]
            if not made:
                continue
            records = at.deps.store.records(at.scope, kind, [link.crm for link in made])
            pending = Pending()
            archived = 0
            for link in made:
                pending.unit()
                stored = records.get(link.crm)
                if stored is not None and stored.archived_at is None:
                    archived += 1
                    pending.put(PutRecord(kind, stored.id, stored.value, stored.version, archived=True))
                # Archived by the user's choice: what is at Google still is asked about when they come back.
                kept = resource == "contacts" and stored is not None
                pending.put(PutLink(gone(link, None)) if kept else DropLink(link.key))
            at.check()
            try:
                self._commit(pending, self._gone(resource, archived))
            except TooLarge as refused:
                # What the host CRM has filled to the brim cannot be written again: it stays as it is.
                brimful += len(refused.keys)
                at.commit([DropLink(key) for key in sorted(refused.keys)])
        self._stays(resource, "crm", "too_large", brimful)

    def _commit(self, pending: Pending, change: Callable[[User], Mapping[str, object]]) -> None:
        """In parts where it is too large; what is counted goes with the last."""

        def commit(units: Sequence[Pending], last: bool) -> None:
            self.at.commit(joined(units).writes, change if last else lambda user: {})

        def size(unit: Pending) -> int:
            return self.at.deps.store.size(self.at.scope, unit.writes)

        parts.commit(pending.units(), commit, size)

    def _gone(self, resource: Resource, count: int) -> Callable[[User], Mapping[str, object]]:
        return lambda user: {"departure": counted(self.at.departure, resource, count)}

    # --- the grant

    def _drop(self, grant: Grant) -> bool:
        """Revokes and drops the grant; answers whether Google could not be told, which ends nothing once the
        time is over.
        """
        deps, access_left = self.at.deps, False
        self.at.check()
        deps.store.let_go(grant)
        try:
            grants.revoke(deps, grant, self.at.check)
        except SyncError as error:
            if not self.is_over:
                raise
            logs.failure("grant dropped without being revoked", error, tell=(SyncError,))
            access_left = True
        deps.store.drop_grant(grant)
        deps.google.forget(account_key(self.at.scope, grant.sub))
        return access_left
