"""Finishing the import sheet: what was ticked enters the CRM, the rest is declined or kept for later.

*Done* closes the rounds that were presented, in one write, whatever the number of unticked rows. The import
itself is a job: it reads each ticked contact afresh from Google (directly, or in a listing of everything when
that takes fewer calls) and writes CRM record, link and candidate together, so that running it twice, or twice
at once, imports nobody twice.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Literal

from crmsync import logs
from crmsync.core.account import ImportRun, User
from crmsync.core.consent.validity import grants
from crmsync.core.due import done, stands
from crmsync.core.journal import JournalEntry
from crmsync.core.model import Contact, Stored
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.ids import imported_contact_id
from crmsync.core.quarantine import INTERNAL, TOO_LARGE
from crmsync.core.scope import Scope
from crmsync.core.sheet.alike import resolved, ticked
from crmsync.core.state import Candidate, Link, Observation
from crmsync.engine.deps import Deps
from crmsync.engine.imports.fates import unanswered
from crmsync.engine.imports.listing import is_listing_cheaper, listed
from crmsync.engine.imports.releasing import release
from crmsync.engine.imports.rows import Batch, Joining, consent_of, counted, fail, import_row
from crmsync.engine.imports.together import as_told, companions, hinted, is_taken
from crmsync.engine.pairs.claimants import touches
from crmsync.engine.ports import GoogleSession
from crmsync.engine.requests import request_sync
from crmsync.engine.run import parts
from crmsync.engine.run.attempts import attempts
from crmsync.engine.run.generation import refuse_outdated
from crmsync.engine.run.lease import refuse_late
from crmsync.engine.run.pending import Pending, joined
from crmsync.engine.schedule import asked
from crmsync.engine.sessions import open_session
from crmsync.engine.users import change_user, user_of
from crmsync.store.ports import (
    AddJournal,
    Conflicted,
    PutCandidate,
    PutImport,
    Store,
    TooLarge,
    Write,
)

Finish = Literal["no_import", "done", "revisit"]

PAGE = 200
Known = Mapping[str, Observation[Contact]]


class ImportRunning(Exception):
    """An import of this user is at work already; `import_id` names it."""

    def __init__(self, import_id: str) -> None:
        super().__init__("an import is running")
        self.import_id = import_id


class Undecided(Exception):
    """Ticked rows ask about somebody, and nobody has said who they are; `count` says how many."""

    def __init__(self, count: int) -> None:
        super().__init__("rows are undecided")
        self.count = count


def start(
    deps: Deps,
    scope: Scope,
    action: Finish,
    round: int | None,
    undecided: Literal["later", "new"] | None = None,
) -> str:
    """Ends the sheet; answers the import's id, and queues the job when rows are ticked.

    round: the round that the sheet showed; rows found since are in a later one and are not declined by
    *Done*. undecided: what becomes of ticked rows that ask about somebody and have no answer: they come
    again, or are somebody new. Raises Undecided when there are any and nothing is said of them, and
    ImportRunning; the one that is running goes on then, should its job be gone.
    """
    import_id = deps.new_id()
    now = deps.clock.now()
    new = asked.new(deps, "import", import_id)
    total = 0 if action == "no_import" else deps.store.count_selected(scope)
    if total and undecided is None and (count := unanswered(deps.store, scope, user_of(deps, scope).rounds)):
        raise Undecided(count)
    state: Literal["running", "finished"] = "running" if action != "no_import" else "finished"

    def ended(user: User) -> dict[str, Any]:
        rounds = user.rounds
        if rounds.running is not None:
            raise ImportRunning(rounds.running)
        if action == "done":
            shown = rounds.presented if round is None else min(round, rounds.presented)
            rounds = replace(rounds, closed=max(rounds.closed, shown))
        if state == "finished":
            return {"rounds": rounds}
        return {"rounds": replace(rounds, running=import_id), **stands(user, new)}

    def record(user: User) -> list[Write]:
        closed, closes = user.rounds.closed, ended(user)["rounds"].closed
        told = undecided or "later"
        run = ImportRun(
            import_id, action, state, total, created_at=now, closed=closed, closes=closes, undecided=told
        )
        return [PutImport(run)]

    try:
        user = change_user(deps, scope, ended, record)
    except ImportRunning:
        asked.revive(deps, scope)
        raise
    if state == "running":
        asked.begin(deps, user, new)
    return import_id


@dataclass(frozen=True, slots=True)
class _Job:
    """One job of an import. session: None when the connection ended: then the ticked rows fail with that
    reason.
    """

    deps: Deps
    user: User
    canon: Canon
    session: GoogleSession | None
    started: datetime

    @property
    def scope(self) -> Scope:
        return self.user.scope

    @property
    def connected(self) -> bool:
        return self.session is not None

    def read(self, rows: Sequence[Candidate]) -> Known:
        """These rows' contacts as Google has them now."""
        if self.session is None or not rows:
            return {}
        return self.session.contacts().read([row.remote_id for row in rows])

    def check(self) -> None:
        """Raises Yield when no new page may be begun for the time, Outdated when another account's may be
        there.
        """
        refuse_late(self.started, self.deps.clock.now())
        refuse_outdated(self.deps.store.user(self.scope), self.user.generation)

    def commit(self, run: ImportRun, batch: Pending) -> None:
        """Commits what rows become, with their journal and the run as it then stands."""
        writes = [*batch.writes, PutImport(run), *self._journal(run, batch)]
        self.deps.store.commit(self.scope, writes)

    def size(self, run: ImportRun, batch: Pending) -> int:
        """What a row takes of a commit."""
        return self.deps.store.size(self.scope, [*batch.writes, *self._journal(run, batch)])

    def _journal(self, run: ImportRun, batch: Pending) -> list[Write]:
        if not batch.changes:
            return []
        at = self.deps.clock.now()
        return [AddJournal(JournalEntry(run.id, "import", run.action, at, tuple(batch.changes)))]


def perform(deps: Deps, user: User, import_id: str, *, fresh: bool = False) -> None:
    """Runs one import, or goes on with one; a finished or unknown one is left alone.

    When the connection ended, the ticked rows fail with that reason. fresh: do not trust a cached access
    token. Raises Yield, Outdated, and what Google and the store raise.
    """
    run = deps.store.import_run(user.scope, import_id)
    if run is None or run.state != "running":
        return
    session = open_session(deps, user, fresh=fresh) if _may_read(user) else None
    job = _Job(deps, user, deps.canon(user.settings.region), session, deps.clock.now())
    _end(deps, user.scope, _take_read(job, _take_listed(job, run)))


def give_up(deps: Deps, user: User, import_id: str) -> None:
    """An import whose job has no turn any more: over, if its rows are those of another Google account."""
    run = deps.store.import_run(user.scope, import_id)
    if run is not None and run.state == "running" and user.rounds.running != import_id:
        _leave(deps, user.scope, run)


def _may_read(user: User) -> bool:
    connection = user.connection
    return connection is not None and connection.state == "active" and "contacts" in connection.scopes


def _take_listed(job: _Job, run: ImportRun) -> ImportRun:
    """Imports the ticked rows that a listing of everything shows, when that takes fewer calls than reading
    them.

    What it does not show is left to direct reads. Raises Yield; a later job lists again what is left.
    """
    if job.session is None or not is_listing_cheaper(job.deps, job.scope):
        return run
    for rows, read in listed(job.deps, job.scope, job.session.contacts(), PAGE):
        run = _take(job, run, rows, read, after=None)
        job.check()
    return run


def _take_read(job: _Job, run: ImportRun) -> ImportRun:
    """Imports ticked rows by direct reads, page by page. Raises Yield."""
    while page := job.deps.store.candidates_selected(job.scope, run.after, PAGE):
        run = _take(job, run, page, job.read(page), after=page[-1].key)
        job.check()
    return run


def _end(deps: Deps, scope: Scope, run: ImportRun) -> None:
    """The last commit: finished, and the next sheet may be finished too.

    Then a sync, for what the merge owes Google.
    """
    if user_of(deps, scope).rounds.running != run.id:
        now = deps.store.import_run(scope, run.id)
        if now is not None and now.state == "running":
            _leave(deps, scope, now)
        return
    finished = replace(run, state="finished")
    release(deps, user_of(deps, scope), run.closes)

    def idle(user: User) -> dict[str, Any] | None:
        if user.rounds.running != run.id:
            return None
        return {"rounds": replace(user.rounds, running=None), **done(user, "import", run.id)}

    change_user(deps, scope, idle, lambda user: [PutImport(finished)])
    request_sync(deps, scope, "change", frozenset(("contacts",)))


def _leave(deps: Deps, scope: Scope, run: ImportRun) -> None:
    """Another Google account was confirmed meanwhile: with the old one's rows the import is over. Those of
    the new account, and who finishes their sheet, are no business of it.
    """
    deps.store.commit(scope, [PutImport(replace(run, state="finished"))])


def _take(
    job: _Job, run: ImportRun, page: Sequence[Candidate], read: Known, *, after: str | None
) -> ImportRun:
    """Imports one page of ticked rows in one commit, or in more where they are large; answers the run as it
    then stands.

    read: Google's contacts by resource name. after: where to go on in the order of rows, if the page was
    taken in that order.
    """

    def commit(part: Sequence[Batch], last: bool) -> None:
        nonlocal run
        now = counted(run, part, after if last else run.after)
        job.commit(now, joined(part))
        run = now

    if beside := companions(job.deps.store, job.scope, run, page):
        page = [*page, *beside]
        read = {**read, **job.read([row for row in beside if row.remote_id not in read])}
    # The page is fresh, and the commit refuses what moved since or was linked: only then look again.
    rows: Mapping[str, Candidate] = {row.key: row for row in page}
    links: Mapping[str, Link] = {}
    large: Set[str] = frozenset()
    for number, last in enumerate(attempts()):
        if number:
            rows, links, read = _looked_again(job, page, read)
        batches = _batches(job, run, rows, links, read, large, fresh=number == 0)
        try:
            parts.commit(batches, commit, partial(job.size, run))
        except Conflicted:
            if last:
                raise
            continue
        except TooLarge as refused:
            if last or not refused.keys:
                raise
            large |= refused.keys
            continue
        return run
    raise AssertionError("unreachable")


def _looked_again(
    job: _Job, page: Sequence[Candidate], read: Known
) -> tuple[Mapping[str, Candidate], Mapping[str, Link], Known]:
    """The rows of a page as they are now, links that they have got meanwhile, contacts under new names."""
    keys = [row.key for row in page]
    rows = job.deps.store.candidates(job.scope, keys)
    links = job.deps.store.links(job.scope, keys)
    renamed = [rows[row.key] for row in page if row.key in rows and rows[row.key].remote_id != row.remote_id]
    return rows, links, {**read, **job.read(renamed)}


def _batches(
    job: _Job,
    run: ImportRun,
    rows: Mapping[str, Candidate],
    links: Mapping[str, Link],
    read: Known,
    large: Set[str],
    *,
    fresh: bool,
) -> list[Batch]:
    """What these rows become. large: keys of those that fit into no commit. fresh: as they were just read;
    else ids that are taken are passed over.
    """
    store, scope, at = job.deps.store, job.scope, job.deps.clock.now()
    batches: list[Batch] = []
    writing: dict[str, Batch] = {}
    taken = {row.key: as_told(run, row) for row in rows.values() if is_taken(run, row)}
    becomes = resolved({key: ticked(row) for key, row in taken.items()})
    before = _brought_in(store, scope, taken.values())
    targets = [crm for row in taken.values() if (crm := row.same_person_as) is not None]
    targets += before.values()
    records = dict(store.records(scope, "contacts", targets))
    owned = store.links_of(scope, "contacts", targets)
    known = store.withdrawn(scope, _claimed_addresses(taken.values(), read))
    done: dict[str, Batch] = {}
    for row in sorted(taken.values(), key=lambda row: becomes[row.key].head is not None):
        batch = done[row.key] = Batch(at=at, joined=writing, known=known)
        batches.append(batch)
        if (link := links.get(row.key)) is not None:
            batch.put(PutCandidate(replace(row, status="linked", crm=link.crm, claims=())))
            batch.decided.append(row)
        elif row.key in large:
            fail(job.user, row, batch, TOO_LARGE)
        else:
            row = row if fresh else _with_free_id(job, row)
            observation = read.get(row.remote_id)
            become, head = becomes[row.key], becomes[row.key].head
            own = before.get(row.choice.same_row or "")
            fate = Joining(become.fate, own if head is None else done[head].crm, done.get(head or ""))
            _import_row(job, row, observation, records, owned, batch, fate)
            records |= batch.made
    decided = [row for batch in batches for row in batch.decided]
    touched = touches(store, scope, decided, joined(batches).writes)
    return [
        *(Batch([touch], at=at) for touch in touched),
        *batches,
        *_hints(store, scope, taken, batches, at),
    ]


def _brought_in(store: Store, scope: Scope, rows: Iterable[Candidate]) -> Mapping[str, str]:
    """The CRM contacts that other rows have become which these are said to be, by the others' keys."""
    said = {same: row.key for row in rows if (same := row.choice.same_row) is not None}
    found = store.candidates(scope, sorted(said)) if said else {}
    decided = (row for key, row in found.items() if said[key] not in row.choice.other_rows)
    return {row.key: row.crm for row in decided if row.crm is not None and row.status != "open"}


def _hints(
    store: Store, scope: Scope, taken: Mapping[str, Candidate], batches: Sequence[Batch], at: datetime
) -> list[Batch]:
    """What rows that stay on the sheet ask about, when who they may be has come into the CRM."""
    decided = [(row, batch.crm) for batch in batches for row in batch.decided if batch.crm is not None]
    wanted = {it.key for row, _ in decided for it in row.alike} - taken.keys()
    found = store.candidates(scope, sorted(wanted)) if wanted else {}
    still = {key: row for key, row in found.items() if row.status == "open"}
    return [Batch([PutCandidate(row)], at=at) for row in hinted(still, decided)]


def _claimed_addresses(rows: Iterable[Candidate], read: Known) -> list[str]:
    """The addresses for which the consent of these rows says yes."""
    granted = [row.remote_id for row in rows if grants(consent_of(row.choice, ""))]
    found = (it.value for id in granted if (it := read.get(id)) is not None)
    return [email.value for contact in found if contact is not None for email in contact.emails]


def _import_row(
    job: _Job,
    row: Candidate,
    observation: Observation[Contact] | None,
    records: Mapping[str, Stored[Contact]],
    owned: Mapping[str, Link],
    batch: Batch,
    fate: Joining,
) -> None:
    """What one row becomes. The step reads and writes nothing: what goes wrong in it is the row's own."""
    try:
        import_row(
            job.user, job.canon, row, observation, records, owned, batch, fate, connected=job.connected
        )
    except Exception as error:
        logs.failure("row set aside", error, candidate=row.key)
        batch.begin_anew()
        fail(job.user, row, batch, INTERNAL)


def _with_free_id(job: _Job, row: Candidate) -> Candidate:
    """The row in a generation of which there is no CRM contact yet: one that was archived is left alone."""
    scope = job.scope
    while job.deps.store.contact(scope, imported_contact_id(job.canon, scope.uid, row.key, row.generation)):
        row = replace(row, generation=row.generation + 1)
    return row
