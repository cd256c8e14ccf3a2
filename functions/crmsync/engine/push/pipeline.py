"""Creating contacts call after call, with the store a step behind Google.

While one call is under way, what the call before it has made and the intent of the call after it are
committed together, so that Google never waits for the store. The order that a crash relies on holds for every
call: its intent is committed before it is sent, its links after it has come back; and no two calls are ever
under way. A crash leaves two intents at most.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, Protocol

from crmsync.core.errors import SyncError
from crmsync.core.model import R, Stored
from crmsync.core.state import Intent, Observation
from crmsync.engine.push import creates
from crmsync.engine.run.lease import Yield
from crmsync.engine.run.pending import Pending
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work
from crmsync.store.ports import DropIntent, PutIntent, Write

NOTHING: Mapping[str, Any] = MappingProxyType({})
"""No field of the state changes."""


class Close(Protocol[R]):
    """What the pass does with a work whose calls have come back."""

    def __call__(self, work: Work[R], also: Sequence[Write] = ..., lease: Mapping[str, Any] = ...) -> None:
        """Commits what is pending of it together with the cursor, and with `also` and the lease."""
        ...


@dataclass(frozen=True, slots=True)
class _Call(Generic[R]):
    """A call that is under way."""

    work: Work[R]
    intent: Intent
    outcomes: Future[Mapping[str, Observation[R] | SyncError]]


class Pipeline(Generic[R]):
    """The creates of one pass over the CRM's changes. `caller` makes the calls to Google, one at a time."""

    def __init__(self, run: Run[R], caller: Executor, close: Close[R]) -> None:
        self._run: Run[R] = run
        self._caller = caller
        self._close: Close[R] = close
        self._under_way: _Call[R] | None = None
        self._back: Work[R] | None = None
        """The work whose outcome is known but not committed yet."""

    def concerns(self, ids: set[str]) -> bool:
        """Whether any of these records may get a link by what is not committed yet."""
        return any(stored.id in ids for stored in self._uncommitted())

    def _uncommitted(self) -> list[Stored[R]]:
        back = self._back.creates if self._back else []
        return back + (self._under_way.work.creates if self._under_way else [])

    def add(self, work: Work[R]) -> None:
        """Sends the creates of `work`, which asks for nothing else and fits into one call.

        Raises what the call before it met, LeaseHeld, and Yield; then nothing of `work` was sent.
        """
        run = self._run
        intent = creates.intent(run, work.creates)
        unsent = DropIntent(intent.id)
        before: _Call[R] | None = None
        try:
            if self._back is None:
                work.before_google(run, PutIntent(intent))
            else:
                self._commit([PutIntent(intent)], run.ledger.lease())
            before = self._come_back(unsent)
            run.ledger.check_lease()
        except Yield:
            self._note(before or self._come_back(unsent))
            self._commit([unsent])
            raise
        outcomes = self._caller.submit(run.remote.create, creates.asked(run, work.creates))
        self._under_way = _Call(work, intent, outcomes)
        self._note(before)

    def finish(self) -> None:
        """Waits for what is under way and commits all that is not yet. Raises what the call met."""
        self._commit()
        self._note(self._come_back())
        self._commit()

    def _come_back(self, *unsent: Write) -> _Call[R] | None:
        """Waits for the call that is under way. Raises what it met; `unsent` is committed then."""
        call, self._under_way = self._under_way, None
        if call is None:
            return None
        try:
            call.outcomes.result()
        except SyncError as error:
            writes = list(unsent) + creates.settled(call.intent, error)
            if writes:
                self._run.ledger.commit(None, *writes)
            raise
        return call

    def _note(self, call: _Call[R] | None) -> None:
        """Works out the links of a call that has come back, to be committed next."""
        if call is None:
            return
        creates.record(self._run, call.work.creates, call.outcomes.result(), {}, call.work)
        call.work.writes.append(DropIntent(call.intent.id))
        self._back = call.work

    def _commit(self, also: Sequence[Write] = (), lease: Mapping[str, Any] = NOTHING) -> None:
        work, self._back = self._back, None
        if work is not None:
            self._close(work, also, lease)
        elif also:
            self._run.ledger.commit(Pending(), *also, **lease)
