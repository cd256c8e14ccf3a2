"""One delivered sync: from the payload to its end, and what each way of ending leads to."""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from crmsync import logs, tally
from crmsync.core import errors
from crmsync.core.account import Connection, Problem, User
from crmsync.core.model import R, Resource
from crmsync.core.pair.canon import Canon
from crmsync.engine.deps import Deps
from crmsync.engine.payload import Payload, number_of, resource_of, scope_of, text_of
from crmsync.engine.ports import GoogleSession, Remote
from crmsync.engine.run.lease import LeaseHeld, Yield, refuse_held
from crmsync.engine.run.ledger import Ledger
from crmsync.engine.run.run import Run
from crmsync.engine.sessions import account_key, open_session
from crmsync.engine.sides import CalendarSide, ContactsSide
from crmsync.engine.sync import Synced, sync
from crmsync.engine.users import change_user
from crmsync.store.ports import Conflicted, Superseded

log = logging.getLogger(__name__)

RACE_WAIT = 2.0
LEASE_WAIT = 4.0
LEASE_WAIT_MOST = 16.0
"""Seconds between two looks at a lease that another job holds: most end within seconds."""
BACKOFF_FIRST = 15.0
BACKOFF_LAST = 3600.0
FAILURES_SHOWN = 3
"""So many transient failures in a row are a problem that the user is told of."""
TOKEN_REASONS = frozenset(("token_rejected", "token_expired"))
"""The gateway's words for an access token that no longer holds."""
PATIENCE = 60.0
"""A wait longer than this, in seconds, is shown to the user."""

SLOWED = Problem("rate_limited", "Google asks us to wait. The sync goes on by itself.", "wait")
CALENDAR_GONE = Problem(
    "calendar_gone", "The chosen Google calendar can no longer be found. Choose another one.", "settings"
)
UNREACHABLE = Problem("unavailable", "Google does not answer at the moment. We keep trying.", "wait")


def run(deps: Deps, payload: Payload) -> None:
    """Runs a sync to its end or to its next pause. Nothing happens without a living connection.

    Raises what only a redelivery can mend; the lease is given back then, too.
    """
    scope, resource, reason = scope_of(payload), resource_of(payload), text_of(payload, "reason")
    logs.add(resource=resource, reason=reason[: logs.LONGEST_TEXT])
    user = deps.store.user(scope)
    connection = user.connection if user else None
    if user is None or connection is None or connection.state != "active":
        return
    if resource not in connection.scopes:
        return
    ledger = Ledger(deps.store, deps.clock, user, resource, deps.new_id(), reason)
    logs.add(run=ledger.run)
    again = {name: value for name, value in payload.items() if name != "fresh"}
    _Job(deps, ledger, connection, again, payload.get("fresh") is True).run()


def backoff(failures: int) -> float:
    """How long to wait after so many transient failures in a row, in seconds."""
    return min(BACKOFF_FIRST * 2.0 ** min(failures - 1, 10), BACKOFF_LAST)


@dataclass(frozen=True, slots=True)
class _Job:
    """again: the payload of a job that follows. fresh: the access token has just been made anew."""

    deps: Deps
    ledger: Ledger
    connection: Connection
    again: Payload
    fresh: bool

    @property
    def _resource(self) -> Resource:
        return self.ledger.resource

    def run(self) -> None:
        """Runs it and answers how it ended. What raises on the way, the answer too, leaves no lease."""
        try:
            self._run()
        except Exception:
            self._give_back()
            raise

    def _run(self) -> None:
        try:
            # Before anything is read at Google: a commit beside a writer's would overtake it.
            refuse_held(self.ledger.state, self.deps.clock.now(), None)
            wait = self._perform()
        except (Superseded, Conflicted) as lost:
            tally.ended("overtaken")
            log.info("overtaken", extra={"why": str(lost)})
            self._give_back()
            self._requeue(RACE_WAIT)
        except LeaseHeld as held:
            tally.ended("lease_held")
            self._follow_up(held)
        except Yield:
            tally.ended("unfinished")
            self._release()
            self._requeue(0.0)
        except errors.SyncError as error:
            tally.ended("failed")
            log.warning("sync failed", extra={"error": type(error).__name__, "code": error.reason})
            self._answer(error)
        else:
            if wait is not None:
                self._requeue(wait)

    def _perform(self) -> float | None:
        """The sync itself; answers as `sync` does."""
        session = open_session(self.deps, self.ledger.user, fresh=self.fresh)
        if session is None:
            raise errors.GrantDead("no_grant")
        canon = self.deps.canon(self.ledger.user.settings.region)
        if self._resource == "contacts":
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

    def _answer(self, error: errors.SyncError) -> None:
        """What each failure at Google leads to."""
        stale = isinstance(error, errors.ScopeMissing) or error.reason in TOKEN_REASONS
        if isinstance(error, errors.GrantDead):
            self._pause(None)
        elif stale and not self.fresh:
            # The cached access token may be older than what the user has allowed, or taken back, since.
            self._release()
            self._requeue(0.0, fresh=True)
        elif isinstance(error, errors.ScopeMissing):
            self._pause(self._resource)
        elif isinstance(error, errors.RateLimited):
            self._wait(error.retry_after)
        elif isinstance(error, errors.Unavailable):
            self._back_off()
        else:
            self._release(phase="idle", requested_at=None, problem=self._problem(error))

    def _wait(self, seconds: float) -> None:
        """Google has said for how long."""
        problem = SLOWED if seconds > PATIENCE else None
        until = self.deps.clock.now() + timedelta(seconds=seconds)
        self._release(phase="waiting", problem=problem, paused_until=until)
        self._requeue(seconds)

    def _back_off(self) -> None:
        failures = self.ledger.state.failures + 1
        self._release(failures=failures, problem=UNREACHABLE if failures >= FAILURES_SHOWN else None)
        self._requeue(backoff(failures))

    def _problem(self, error: errors.SyncError) -> Problem:
        if isinstance(error, errors.NotFound) and self._resource == "calendar":
            return CALENDAR_GONE
        words = "Google refuses the sync. The people who run your CRM have to look into it."
        return Problem(error.reason, words)

    def _release(self, **state: Any) -> None:
        """Gives the lease back and notes how the job ended; of an overtaken one only the lease matters."""
        try:
            self.ledger.refresh()
            state |= self.ledger.freed()
            if state:
                self.ledger.commit(**state)
        except (Superseded, Conflicted):
            log.info("overtaken while ending")
            self._give_back()

    def _give_back(self) -> None:
        """Gives the lease back of a job that can commit nothing any more; no call of it is under way.

        The fence stays as it is: whoever holds it goes on.
        """
        holder, resource = self.ledger.run, self._resource

        def freed(user: User) -> dict[str, Any] | None:
            state = user.resource(resource)
            if state.lease_by != holder:
                return None
            return {resource: replace(state, lease_by=None, lease_until=None)}

        change_user(self.deps, self.ledger.user.scope, freed)

    def _pause(self, missing: Resource | None) -> None:
        """The user has to act: the connection rests (or only the part that is not allowed). Links stay.

        When the user has acted meanwhile only the lease is given back: it is this connection that failed, not
        a newer one.
        """
        failed = self.connection
        scope = self.ledger.user.scope
        self.deps.google.forget(account_key(scope, failed.sub))
        resting: tuple[Resource, ...] = ("contacts", "calendar") if missing is None else (missing,)
        rests = (
            replace(failed, state="dead")
            if missing is None
            else replace(failed, scopes=failed.scopes - {missing})
        )

        def paused(current: User) -> dict[str, Any] | None:
            if current.connection != failed:
                return None
            states = {name: current.resource(name) for name in resting}
            return {"connection": rests} | {
                name: replace(
                    state, phase="idle", requested_at=None, lease_by=None, lease_until=None, rev=state.rev + 1
                )
                for name, state in states.items()
            }

        change_user(self.deps, scope, paused)
        self._give_back()

    def _follow_up(self, held: LeaseHeld) -> None:
        """Looks again when the writer may have ended: one job does, however many meet the same lease.

        What they were to bring, that one finds: it begins after the lease has ended, and they before. A click
        may be among them, so it does not queue behind the schedule of all users.
        """
        looks = number_of(self.again, "looks") if self.again.get("held") == held.lease else 0
        wait = min(held.wait, LEASE_WAIT * 2.0 ** min(looks, 10), LEASE_WAIT_MOST)
        self._enqueue(f"after-{held.lease}-{looks}", wait, False, held=held.lease, looks=looks + 1)

    def _requeue(self, wait: float, **more: object) -> None:
        """Queues the job again; requests for the same moment fall together."""
        at = int(self.deps.clock.now().timestamp() + wait)
        scheduled = self.ledger.reason == "schedule"
        self._enqueue(f"again-{at}-{self.deps.new_id() if wait == 0 else ''}", wait, scheduled, **more)

    def _enqueue(self, name: str, wait: float, scheduled: bool, **more: object) -> None:
        named = f"{self.ledger.user.scope.name}-{self._resource}-{name}"
        self.deps.queue.enqueue("sync", {**self.again, **more}, name=named, delay=wait, scheduled=scheduled)
