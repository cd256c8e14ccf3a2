"""Undoing an import within 30 days: what it brought into the CRM leaves it again, and its rows are undecided.

The journal of the import says what it did. Contacts that it made and nobody has edited since are archived;
links that it made are taken away; what *same person* merged into a contact is put back where it is untouched.
Nothing is ever deleted or changed at Google, and no consent anywhere.

The job goes through the journal entry by entry, each in one commit with its own progress, or in more where
records are large; every step looks first at what is there, so that it may be repeated at any point. Each
commit raises the fence of the contacts' sync: a job that read the records before is refused with its next
commit, and looks again. While a job writes to Google, the undo waits.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from crmsync.core.account import ImportRun, User
from crmsync.core.due import done, stands
from crmsync.core.journal import Change, JournalEntry
from crmsync.core.scope import Scope
from crmsync.engine.deps import Deps
from crmsync.engine.imports.importing import ImportRunning
from crmsync.engine.imports.undo_rows import UndoBatch, take_back
from crmsync.engine.requests import request_sync
from crmsync.engine.run import parts
from crmsync.engine.run.attempts import attempts
from crmsync.engine.run.generation import refuse_outdated
from crmsync.engine.run.lease import refuse_held, refuse_late
from crmsync.engine.run.pending import Pending, joined
from crmsync.engine.schedule import asked
from crmsync.engine.users import change_user, user_of
from crmsync.store.ports import (
    AddJournal,
    Conflicted,
    PutImport,
    PutUser,
    StoreUnavailable,
    Write,
)

UndoState = Literal["possible", "running", "done", "expired", "nothing"]

POSSIBLE_FOR = timedelta(days=30)
"""As long as the journal is kept."""
ATTEMPTS = 8
TAKEN_BACK = ("import", "link")
NAMED_KEPT = 1000
"""Contacts that stayed which are remembered one by one."""


class UnknownImport(LookupError):
    """The user has no such import."""


class NotPossible(Exception):
    """The import cannot be undone (any more); `state` says why."""

    def __init__(self, state: UndoState) -> None:
        super().__init__(state)
        self.state = state


def until(run: ImportRun) -> datetime | None:
    """Until when an import can be undone; None when it is not known when it was made."""
    return None if run.created_at is None else run.created_at + POSSIBLE_FOR


def run_id(import_id: str) -> str:
    """The run under which the journal and the log know the undo of an import."""
    return f"undo-{import_id}"


def undo_state(run: ImportRun, now: datetime) -> UndoState:
    """Whether an import can be undone, or is."""
    if run.undo != "none":
        return run.undo
    end = until(run)
    did_nothing = run.imported + run.linked == 0 and run.closes <= run.closed
    if run.state != "finished" or did_nothing or end is None:
        return "nothing"
    return "possible" if now < end else "expired"


def start(deps: Deps, scope: Scope, import_id: str) -> ImportRun:
    """Begins to undo an import, or joins that; answers how it stands. Repeatable.

    The round that the import closed is open again at once, if nothing was closed since. Raises UnknownImport,
    NotPossible, ImportRunning. What is at work goes on then, should its job be gone.
    """
    new = asked.new(deps, "undo", import_id)
    begun: list[ImportRun] = []

    def marked(user: User) -> dict[str, Any] | None:
        run = deps.store.import_run(scope, import_id)
        if run is None:
            raise UnknownImport(import_id)
        state = undo_state(run, deps.clock.now())
        begun[:] = [run]
        if state in ("running", "done"):
            return None
        if state != "possible":
            raise NotPossible(state)
        rounds = user.rounds
        if rounds.running is not None:
            raise ImportRunning(rounds.running)
        begun[:] = [replace(run, undo="running")]
        closed = run.closed if rounds.closed == run.closes else rounds.closed
        # While it is at work no sheet can be finished: a new import could be taken for the old one.
        return {"rounds": replace(rounds, closed=closed, running=import_id), **stands(user, new)}

    try:
        user = change_user(deps, scope, marked, lambda user: [PutImport(begun[0])])
    except ImportRunning:
        asked.revive(deps, scope)
        raise
    if new in user.asked:
        asked.begin(deps, user, new)
    else:
        asked.revive(deps, scope, user)
    return begun[0]


def perform(deps: Deps, user: User, import_id: str) -> None:
    """Runs one undo, or goes on with one; one that is done, or was never begun, is left alone.

    Raises LeaseHeld while a job writes to Google, Yield, Outdated, and what the store raises.
    """
    run = deps.store.import_run(user.scope, import_id)
    if run is None or run.undo != "running":
        return
    run = _take_all_back(deps, user, run)
    _end(deps, user.scope, replace(run, undo="done"))


def _end(deps: Deps, scope: Scope, run: ImportRun) -> None:
    """The last commit: the next sheet may be finished. Then a sync, for what the CRM has again."""

    def idle(user: User) -> dict[str, Any]:
        running = None if user.rounds.running == run.id else user.rounds.running
        return {"rounds": replace(user.rounds, running=running), **done(user, "undo", run.id)}

    change_user(deps, scope, idle, lambda user: [PutImport(run)])
    request_sync(deps, scope, "change", frozenset(("contacts",)))


def _take_all_back(deps: Deps, began: User, run: ImportRun) -> ImportRun:
    """Goes through the journal to its end, entry by entry. Raises LeaseHeld, Yield, Outdated."""
    scope, started = began.scope, deps.clock.now()
    while True:
        entries, after = deps.store.journal(scope, crm=None, run=run.id, after=run.undo_after, limit=1)
        changes = [change for entry in entries for change in entry.changes if change.action in TAKEN_BACK]
        if changes:
            run = _take_back(deps, began, run, changes, after or run.undo_after)
        if after is None:
            return run
        run = replace(run, undo_after=after)
        refuse_late(started, deps.clock.now())


def _take_back(
    deps: Deps, began: User, run: ImportRun, changes: Sequence[Change], reached: str | None
) -> ImportRun:
    """Takes some changes back in one commit, or in more where they are large, and answers the run as it then
    stands. Raises LeaseHeld, Outdated.

    began: the user as the job found them. reached: where the journal goes on.
    """
    scope = began.scope
    user = user_of(deps, scope)

    def commit(part: Sequence[UndoBatch], last: bool) -> None:
        nonlocal run, user
        now = _counted(run, part, reached if last else run.undo_after)
        state = replace(user.contacts, rev=user.contacts.rev + 1)
        if any(batch.outdated for batch in part):
            # The next listing is a complete one, and brings the rows up to date.
            state = replace(state, sync_token=None)
        whole = joined(part)
        writes = [*whole.writes, PutImport(now), PutUser({"contacts": state}), *_journal(deps, run, whole)]
        done = deps.store.commit(scope, writes, expect_user=user.version)
        assert done.user is not None
        run, user = now, done.user

    def size(batch: UndoBatch) -> int:
        return deps.store.size(scope, [*batch.writes, *_journal(deps, run, batch)])

    for _ in attempts(ATTEMPTS):
        refuse_outdated(user, began.generation)
        refuse_held(user.contacts, deps.clock.now(), None)
        try:
            parts.commit(take_back(deps, user, changes), commit, size)
        except Conflicted:
            user = user_of(deps, scope)
            continue
        return run
    raise StoreUnavailable(f"the records kept changing ({ATTEMPTS} attempts)")


def _counted(run: ImportRun, batches: Sequence[UndoBatch], reached: str | None) -> ImportRun:
    kept = dict(run.kept)
    for batch in batches:
        kept |= batch.kept
    undone = run.undone + sum(batch.undone for batch in batches)
    return replace(run, undone=undone, kept=tuple(kept.items())[:NAMED_KEPT], undo_after=reached)


def _journal(deps: Deps, run: ImportRun, batch: Pending) -> list[Write]:
    if not batch.changes:
        return []
    changes = tuple(batch.changes)
    return [AddJournal(JournalEntry(run_id(run.id), "import", "undo", deps.clock.now(), changes))]
