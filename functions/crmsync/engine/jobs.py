"""Jobs that Cloud Tasks delivers: which there are. How each ends is answered by the frame around them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crmsync import logs
from crmsync.core.account import AskedKind, User
from crmsync.core.model import Resource
from crmsync.core.scope import Scope
from crmsync.engine import seals
from crmsync.engine.account import disconnect, erase, forgetting, grants
from crmsync.engine.deps import Deps
from crmsync.engine.frame import frame
from crmsync.engine.frame.books import Unrecorded, UserBook
from crmsync.engine.frame.job import Job
from crmsync.engine.imports import importing, undoing
from crmsync.engine.payload import Payload, UnknownJob, scope_of, text_of
from crmsync.engine.requests import request_sync
from crmsync.engine.schedule import asked
from crmsync.engine.schedule.tick import resync_due
from crmsync.engine.sync_job import SyncJob

__all__ = ["UnknownJob", "request_sync", "resync_due", "run", "tick"]


def run(deps: Deps, job: str, payload: Payload) -> None:
    """Runs one delivered job to its end or to its next pause.

    Safe to run twice. Raises UnknownJob, and what only a redelivery can mend.
    """
    made = KINDS.get(job)
    if made is None:
        raise UnknownJob(job)
    frame.run(deps, made(payload))


def tick(deps: Deps, tick: str) -> int:
    """One run of the scheduler: queues what is due, and answers for how many users there was something.

    tick: constant over retries of one run. Raises Unavailable when the queue takes nothing.
    """
    queued = resync_due(deps, tick)
    seals.begin_sweep(deps, tick)
    return queued


Work = Callable[[Deps, User, Payload], float | None]


@dataclass(frozen=True, slots=True)
class _UserJob:
    """A job of one user other than a sync, as the frame knows it.

    id: names what it carries out; nothing when there is one of it a user. otherwise: what is left to a job
    whose work is done, or whose turn another one has.
    """

    kind: AskedKind
    payload: Payload
    scope: Scope
    work: Work
    id: str = ""
    resource: Resource | None = None
    outlives: bool = False
    scheduled: bool = False
    otherwise: Work | None = None

    @property
    def name(self) -> str:
        """What it carries out, and for whom."""
        return f"{self.scope.name}-{self.kind}-{self.id}"

    @property
    def urgent(self) -> bool:
        """Whether the user has just asked for it."""
        return self.payload.get("asked") is True

    def open(self, deps: Deps, user: User) -> "_UserWork | None":
        """The job on what the user document says; None when it is done, or another job has its turn."""
        held = asked.holds(user, self.kind, self.payload)
        work = self.work if held else self.otherwise
        return work and _UserWork(self, work, deps, user, UserBook(deps, user, self.kind))


@dataclass(frozen=True, slots=True)
class _UserWork:
    job: _UserJob
    work: Work
    deps: Deps
    user: User
    book: UserBook

    def perform(self) -> float | None:
        """Does the work; answers in how many seconds it goes on, None when it does not by itself."""
        asked.show_life(self.deps, self.user, self.job.kind)
        return self.work(self.deps, self.user, self.job.payload)


@dataclass(frozen=True, slots=True)
class _FleetJob:
    """A pass over all users: nobody's, so it records nothing, and is delivered again."""

    kind: str
    payload: Payload
    work: Callable[[Deps], object]
    scope: None = None
    resource: None = None
    outlives: bool = False
    urgent: bool = False
    scheduled: bool = True

    @property
    def name(self) -> str:
        """There is one of a kind."""
        return self.kind

    def open(self, deps: Deps, user: User) -> "_FleetWork":
        """The pass."""
        return _FleetWork(deps, self.work, Unrecorded())


@dataclass(frozen=True, slots=True)
class _FleetWork:
    deps: Deps
    work: Callable[[Deps], object]
    book: Unrecorded

    def perform(self) -> None:
        """One pass; what is left it leaves to a pass of its own."""
        self.work(self.deps)


@dataclass(frozen=True, slots=True)
class _OfferJob:
    """The end of an offer that nobody took: its user may not have a document yet, so it is nobody's."""

    payload: Payload
    offer: str
    kind: str = "withdraw"
    scope: None = None
    resource: None = None
    outlives: bool = True
    urgent: bool = False
    scheduled: bool = False

    @property
    def name(self) -> str:
        """Which offer it is."""
        return f"withdraw-{self.offer}"

    def open(self, deps: Deps, user: User) -> "_OfferWork":
        """The offer."""
        return _OfferWork(deps, self.offer, Unrecorded())


@dataclass(frozen=True, slots=True)
class _OfferWork:
    deps: Deps
    offer: str
    book: Unrecorded

    def perform(self) -> float | None:
        """Withdraws it, unless it was taken."""
        return grants.withdraw(self.deps, self.offer)


def _import(payload: Payload) -> Job:
    id = text_of(payload, "id")
    logs.add(run=id)
    scope = scope_of(payload)
    return _UserJob(
        "import", payload, scope, _perform_import, id, "contacts", outlives=True, otherwise=_give_up_import
    )


def _perform_import(deps: Deps, user: User, payload: Payload) -> None:
    import_id = text_of(payload, "id")
    importing.perform(deps, user, import_id, fresh=payload.get("fresh") is True)


def _give_up_import(deps: Deps, user: User, payload: Payload) -> None:
    importing.give_up(deps, user, text_of(payload, "id"))


def _undo(payload: Payload) -> Job:
    id = text_of(payload, "id")
    logs.add(run=undoing.run_id(id))
    return _UserJob("undo", payload, scope_of(payload), _perform_undo, id, "contacts", outlives=True)


def _perform_undo(deps: Deps, user: User, payload: Payload) -> None:
    import_id = text_of(payload, "id")
    undoing.perform(deps, user, import_id)


def _disconnect(payload: Payload) -> Job:
    return _UserJob("disconnect", payload, scope_of(payload), _perform_disconnect)


def _perform_disconnect(deps: Deps, user: User, payload: Payload) -> float | None:
    return disconnect.perform(deps, user)


def _forget(payload: Payload) -> Job:
    return _UserJob("forget", payload, scope_of(payload), _perform_forget, text_of(payload, "id"))


def _perform_forget(deps: Deps, user: User, payload: Payload) -> None:
    forgetting.perform(deps, user)


def _erase(payload: Payload) -> Job:
    id = text_of(payload, "id")
    return _UserJob("erase", payload, scope_of(payload), _perform_erase, id, outlives=True)


def _perform_erase(deps: Deps, user: User, payload: Payload) -> float | None:
    return erase.perform(deps, user)


def _resync(payload: Payload) -> Job:
    tick, part = text_of(payload, "tick"), _part(payload)
    return _FleetJob("resync", payload, lambda deps: resync_due(deps, tick, part))


def _reseal(payload: Payload) -> Job:
    tick, part, after = text_of(payload, "tick"), _part(payload), payload.get("after")
    if after is not None and not isinstance(after, str):
        raise UnknownJob("payload has no position")
    return _FleetJob("reseal", payload, lambda deps: seals.sweep(deps, tick, part, after))


def _part(payload: Payload) -> int:
    part = payload.get("part")
    if type(part) is not int:
        raise UnknownJob("payload lacks part")
    return part


KINDS: Mapping[str, Callable[[Payload], Job]] = {
    "sync": SyncJob.of,
    "import": _import,
    "undo": _undo,
    "disconnect": _disconnect,
    "forget": _forget,
    "erase": _erase,
    "withdraw": lambda payload: _OfferJob(payload, text_of(payload, "id")),
    "resync": _resync,
    "reseal": _reseal,
}
"""The kinds of jobs, by what they are queued as; each is made of its payload, or raises UnknownJob."""
