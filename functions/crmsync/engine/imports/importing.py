"""Finishing the import sheet: what was ticked enters the CRM, the rest is declined or kept for later.

*Done* closes the rounds that were presented, in one write, whatever the number of unticked rows. The import
itself is a job: it reads each ticked contact afresh from Google (directly, or in a listing of everything when
that takes fewer calls) and writes CRM record, link and candidate together, so that running it twice, or twice
at once, imports nobody twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from crmsync.core.account import ImportRun, User
from crmsync.core.journal import JournalEntry
from crmsync.core.model import Contact
from crmsync.core.pair import ids
from crmsync.core.pair.canon import Canon
from crmsync.core.scope import Scope
from crmsync.core.state import Candidate, Observation
from crmsync.engine.deps import Deps
from crmsync.engine.imports.listing import is_listing_cheaper, listed
from crmsync.engine.imports.rows import Batch, import_row
from crmsync.engine.pairs.claimants import let_go
from crmsync.engine.ports import GoogleSession
from crmsync.engine.requests import request_sync
from crmsync.engine.run.lease import Yield
from crmsync.engine.users import change_user
from crmsync.store.ports import (
    AddJournal,
    Conflicted,
    PutCandidate,
    PutImport,
    PutRecord,
    TooLarge,
    Write,
)

Finish = Literal["no_import", "done", "revisit"]

PAGE = 200
ATTEMPTS = 4
FAILURES_NAMED = 1000
"""Failed rows of one import that are remembered one by one: a document has its limit."""
JOB_TIME = timedelta(minutes=6)


class ImportRunning(Exception):
    """An import of this user is at work already; `import_id` names it."""

    def __init__(self, import_id: str) -> None:
        super().__init__("an import is running")
        self.import_id = import_id


def start(deps: Deps, scope: Scope, action: Finish, round: int | None) -> str:
    """Ends the sheet; answers the import's id, and queues the job when rows are ticked. Raises ImportRunning.

    round: the round that the sheet showed; rows found since are in a later one and are not declined by
    *Done*.
    """
    import_id = deps.new_id()
    now = deps.clock.now()
    total = 0 if action == "no_import" else deps.store.count_selected(scope)
    state: Literal["running", "finished"] = "running" if action != "no_import" else "finished"

    def ended(user: User) -> dict[str, Any]:
        rounds = user.rounds
        if rounds.running is not None:
            raise ImportRunning(rounds.running)
        if action == "done":
            shown = rounds.presented if round is None else min(round, rounds.presented)
            rounds = replace(rounds, closed=max(rounds.closed, shown))
        if state == "running":
            rounds = replace(rounds, running=import_id)
        return {"rounds": rounds}

    def record(user: User) -> list[Write]:
        closed, closes = user.rounds.closed, ended(user)["rounds"].closed
        run = ImportRun(import_id, action, state, total, created_at=now, closed=closed, closes=closes)
        return [PutImport(run)]

    change_user(deps, scope, ended, record)
    if state == "running":
        deps.queue.enqueue("import", {**scope.payload, "id": import_id})
    return import_id


def perform(deps: Deps, user: User, import_id: str, session: GoogleSession | None) -> None:
    """Runs one import, or goes on with one; a finished or unknown one is left alone.

    session None: the connection ended, so the ticked rows fail with that reason.
    """
    run = deps.store.import_run(user.scope, import_id)
    if run is None or run.state != "running" or user.rounds.running != import_id:
        return
    deadline = deps.clock.now() + JOB_TIME
    try:
        if session is not None and is_listing_cheaper(deps, user.scope):
            run = _take_listed(deps, user, run, session, deadline)
        while True:
            page = deps.store.candidates_selected(user.scope, run.after, PAGE)
            if not page:
                break
            read = _read(session, page)
            run = _take(deps, user, run, page, read, session, after=page[-1].key)
            _check_time(deps, deadline)
    except Yield:
        deps.queue.enqueue("import", {**user.scope.payload, "id": import_id})
        return
    _end(deps, user.scope, run)


def _check_time(deps: Deps, deadline: datetime) -> None:
    if deps.clock.now() > deadline:
        raise Yield


def _take_listed(
    deps: Deps, user: User, run: ImportRun, session: GoogleSession, deadline: datetime
) -> ImportRun:
    """Imports the ticked rows that a listing of everything shows; answers the run as it then stands.

    What it does not show (whole) is left to direct reads. Raises Yield; a later job lists again what is left.
    """
    for rows, read in listed(deps, user.scope, session.contacts(), PAGE):
        run = _take(deps, user, run, rows, read, session, after=None)
        _check_time(deps, deadline)
    return run


def _end(deps: Deps, scope: Scope, run: ImportRun) -> None:
    """The last commit: finished, and the next sheet may be finished too.

    Then a sync, for what the merge owes Google.
    """
    finished = replace(run, state="finished")
    _release_distinct(deps, scope)

    def idle(user: User) -> dict[str, Any] | None:
        if user.rounds.running != run.id:
            return None
        return {"rounds": replace(user.rounds, running=None)}

    change_user(deps, scope, idle, lambda user: [PutImport(finished)])
    request_sync(deps, scope, "change", frozenset(("contacts",)))


def _take(
    deps: Deps,
    user: User,
    run: ImportRun,
    page: Sequence[Candidate],
    read: Mapping[str, Observation[Contact]],
    session: GoogleSession | None,
    *,
    after: str | None,
) -> ImportRun:
    """Imports one page of ticked rows in one commit; answers the run as it then stands.

    read: Google's contacts by resource name. session: None when the connection ended. after: where to go on
    in the order of rows, if the page was taken in that order.
    """
    canon = deps.canon(user.settings.region)
    for attempt in range(ATTEMPTS):
        batch = Batch(deps.clock.now())
        keys = [candidate.key for candidate in page]
        # The page is fresh, and the commit refuses what moved since or was linked: only then look again.
        rows = deps.store.candidates(user.scope, keys) if attempt else {row.key: row for row in page}
        renamed = [
            rows[row.key] for row in page if row.key in rows and rows[row.key].remote_id != row.remote_id
        ]
        read = {**read, **_read(session, renamed)}
        links = deps.store.links(user.scope, keys) if attempt else {}
        targets = [crm for c in rows.values() if (crm := c.same_person_as) is not None]
        records = deps.store.records(user.scope, "contacts", targets)
        owned = deps.store.links_of(user.scope, "contacts", targets)
        for key in keys:
            row = rows.get(key)
            if row is None or row.status != "open" or not row.choice.selected or row.round <= run.closed:
                continue
            observation = read.get(row.remote_id)
            if (link := links.get(key)) is not None:
                batch.writes.append(PutCandidate(replace(row, status="linked", crm=link.crm, claims=())))
                batch.settled.append(row)
            else:
                fresh = _with_free_id(deps, user.scope, canon, row) if attempt else row
                import_row(
                    user, canon, fresh, observation, records, owned, batch, connected=session is not None
                )
        let_go(deps.store, user.scope, batch.settled, batch.writes)
        now = replace(
            run,
            imported=run.imported + batch.imported,
            linked=run.linked + batch.linked,
            failed=(*run.failed, *batch.failed)[:FAILURES_NAMED],
            failures=run.failures + len(batch.failed),
            after=after,
        )
        batch.writes.append(PutImport(now))
        if batch.changes:
            entry = JournalEntry(run.id, "import", run.action, deps.clock.now(), tuple(batch.changes))
            batch.writes.append(AddJournal(entry))
        try:
            deps.store.commit(user.scope, batch.writes)
        except TooLarge:
            if len(page) == 1:
                raise
            # The rest is the next page, or is read directly in the end.
            some = page[: len(page) // 2]
            return _take(deps, user, run, some, read, session, after=some[-1].key if after else None)
        except Conflicted:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        return now
    raise AssertionError("unreachable")


def _read(session: GoogleSession | None, rows: Sequence[Candidate]) -> Mapping[str, Observation[Contact]]:
    return session.contacts().read([row.remote_id for row in rows]) if session and rows else {}


def _with_free_id(deps: Deps, scope: Scope, canon: Canon, row: Candidate) -> Candidate:
    """The row in a generation of which there is no CRM contact yet: one that was archived is left alone."""
    while deps.store.contact(scope, ids.imported_contact_id(canon, scope.uid, row.key, row.generation)):
        row = replace(row, generation=row.generation + 1)
    return row


def _release_distinct(deps: Deps, scope: Scope) -> None:
    """Rows the user called *different person* no longer hold the CRM contact back: it is touched, and the
    next push creates it.
    """
    after: str | None = None
    while page := deps.store.candidates_claimed(scope, after, PAGE):
        after = page[-1].key
        told = [candidate for candidate in page if candidate.choice.same_person is False]
        records = deps.store.records(scope, "contacts", [claim.crm for row in told for claim in row.claims])
        for row in told:
            crm_ids = tuple(claim.crm for claim in row.claims)
            writes: list[Write] = [PutCandidate(replace(row, claims=(), distinct=(*row.distinct, *crm_ids)))]
            writes += [
                PutRecord("contacts", stored.id, stored.value, stored.version)
                for crm in crm_ids
                if (stored := records.get(crm)) is not None
            ]
            deps.store.commit(scope, writes)
