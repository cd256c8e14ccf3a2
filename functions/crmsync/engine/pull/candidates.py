"""Google contacts that are not in the CRM become candidates for the import sheet; nothing enters the CRM
without the user.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from crmsync.core.chunks import chunks
from crmsync.core.model import Contact
from crmsync.core.people import alike, matching
from crmsync.core.sheet.candidates import candidate_from, changed, is_somebody_else
from crmsync.core.state import Candidate, Claim, Link, Observation
from crmsync.engine.pairs import matches
from crmsync.engine.pairs.claimants import let_go
from crmsync.engine.pairs.matches import EVERY_ROUND, OPEN
from crmsync.engine.pull import labels
from crmsync.engine.run.pending import Effects, Pending
from crmsync.engine.run.run import Run
from crmsync.store.ports import PutCandidate, PutLink, PutRecord

ROWS_PAGE = 300


def offer(
    run: Run[Contact],
    strangers: Sequence[Observation[Contact]],
    adopted: set[str],
    known: Mapping[str, Candidate],
    was: Mapping[str, Claim | None],
    effects: Effects[Contact],
) -> None:
    """Adds the candidates that follow from unlinked observations.

    Unchanged ones cost no write; a declined one stays declined. adopted: keys of contacts that got a link
    just now. known: rows of all of them. was: by key, the record that a contact was which comes back and is
    offered anew, whatever became of its row before; None where there is no such record any more.
    """
    gone = _open(known, [item.key for item in strangers if _is_gone(item)])
    effects.put_each(PutCandidate(replace(row, status="gone", claims=())) for row in gone)
    linked = _open(known, adopted)
    # Before their links: who has one is not looked for among the rows any more.
    effects.put_first(*(PutCandidate(replace(row, status="linked", claims=())) for row in linked))
    living = [item for item in strangers if not _is_gone(item)]
    names = labels.names(run, living)
    shown = _shown(run, living)
    effects.labels |= {id: names[id] for row in shown for id in row.labels if id in names}
    fresh = [row for row in shown if row.key not in known and row.key not in was]
    again = [_offered_anew(row, known.get(row.key), was[row.key]) for row in shown if row.key in was]
    effects.offered |= was.keys()
    fresh += again
    shown = [row for row in shown if row.key not in was]
    refreshed = _present(shown, known, effects)
    others = [row for row in refreshed if _is_another(known[row.key], row)]
    told = _asked_about(run, [*others, *fresh])
    written = {row.key: row for row in refreshed}
    over = {row.key for row in (*gone, *linked)}
    written |= {row.key: row for row in _alike(run, told, written, over)}
    effects.put_each(PutCandidate(row) for row in written.values())
    let_go(run.store, run.scope, [*gone, *linked, *_touched(known, told)], effects)
    if told:
        run.memory.has_candidates = True


def _offered_anew(row: Candidate, old: Candidate | None, was: Claim | None) -> Candidate:
    """The row of a contact that was in the CRM before. Imported as somebody else, it makes another record."""
    if old is None:
        return replace(row, was=was)
    made, kept = replace(row, was=was, version=old.version), (old.distinct, old.parted)
    return replace(made, distinct=kept[0], parted=kept[1], generation=old.generation + 1)


def _open(known: Mapping[str, Candidate], keys: Iterable[str]) -> list[Candidate]:
    return [known[key] for key in keys if key in known and known[key].status == "open"]


def _shown(run: Run[Contact], living: Sequence[Observation[Contact]]) -> list[Candidate]:
    """The rows as they would be if they were new."""
    incoming = run.user.rounds.incoming
    return [candidate_from(item, incoming, run.canon) for item in living]


def _present(
    shown: Sequence[Candidate], known: Mapping[str, Candidate], effects: Effects[Contact]
) -> list[Candidate]:
    """Notes what the listing has shown; answers the known rows that say something else than before."""
    effects.offered |= {row.key for row in shown if row.key not in known or _is_offered(known[row.key])}
    found = [(known[row.key], row) for row in shown if row.key in known]
    return [_refreshed(old, row) for old, row in found if _is_news(old, row)]


def _is_another(old: Candidate, new: Candidate) -> bool:
    """Whether a row says anything else of who it is."""
    return old.status == "gone" or is_somebody_else(old, new)


def _is_gone(item: Observation[Contact]) -> bool:
    return item.deleted or item.value is None


def _is_offered(row: Candidate) -> bool:
    return row.status in ("open", "gone")


def _is_news(old: Candidate, new: Candidate) -> bool:
    """Whether the sheet is to show a row anew: it was gone, or says something else."""
    return old.status == "gone" or (old.status == "open" and changed(old, new))


def _asked_about(run: Run[Contact], rows: Sequence[Candidate]) -> list[Candidate]:
    """These rows, new or changed, with who they may be: linked records, and those that a claim holds back."""
    linked = matches.linked_people(run, rows)
    crms = {claim.crm for row in rows for claim in (*row.claims, *row.linked)} | matches.awaiting(run, rows)
    records = run.store.records(run.scope, "contacts", sorted(crms - linked.keys())) if crms else {}
    known = linked | matches.people(run, (it for it in records.values() if it.archived_at is None))
    shared = matching.together(known.values(), rows)
    told = []
    for row in rows:
        before = [claim.crm for claim in (*row.claims, *row.linked)]
        fresh = matches.claims_on(run, row, known, [*before, *shared.get(row.key, ())])
        told.append(matches.with_claims(row, fresh, over={*before, *known}, linked=linked))
    return told


def _alike(
    run: Run[Contact], rows: Sequence[Candidate], refreshed: Mapping[str, Candidate], over: Set[str]
) -> list[Candidate]:
    """These rows with the other rows that they may be, and those that are asked about with them.

    refreshed: rows that are written anyway, as they will be. over: keys of rows that are undecided no more.
    """
    if not rows:
        return []
    keys = dict.fromkeys(key for row in rows for key in row.match_keys)
    near = {it.key for row in rows for it in row.alike} | {*run.store.alike_keys(run.scope, list(keys))}
    near -= {row.key for row in rows} | over
    others = {key: refreshed[key] for key in near & refreshed.keys()}
    if rest := sorted(near - others.keys()):
        others |= run.store.candidates(run.scope, rest)
    return alike.told(run.canon, rows, (it for it in others.values() if it.status == "open"))


def _touched(known: Mapping[str, Candidate], told: Sequence[Candidate]) -> list[Candidate]:
    """Rows with those claims only that are new, over, or others than they were."""
    found = []
    for row in told:
        old = {_said(claim) for claim in known[row.key].claims} if row.key in known else set()
        moved = {crm for crm, _ in old ^ {_said(claim) for claim in row.claims}}
        found.append(replace(row, claims=tuple(Claim(crm, "") for crm in sorted(moved))))
    return found


def _said(claim: Claim) -> tuple[str, tuple[object, ...]]:
    return claim.crm, (claim.verdict, claim.strength, claim.reasons)


def withdraw(run: Run[Contact], offered: Set[str]) -> None:
    """After a complete listing, which has no tombstones: open candidates that it did not show are looked for
    by a direct read, and those that are not found are gone.

    offered: keys of the open candidates that it did show. When none is missing, a count tells so.
    """
    store = run.store
    if run.user.rounds.running is None and store.count_candidates(run.scope, OPEN, EVERY_ROUND) <= len(
        offered
    ):
        return
    after: str | None = None
    while True:
        rows, after = store.candidate_page(run.scope, OPEN, EVERY_ROUND, after, ROWS_PAGE)
        missing = [row for row in rows if row.key not in offered]
        for some in chunks(missing, run.remote.read_size):
            _withdraw(run, some)
        if after is None:
            return


def _withdraw(run: Run[Contact], missing: Sequence[Candidate]) -> None:
    found = run.remote.read([row.remote_id for row in missing])
    gone = [row for row in missing if row.remote_id not in found or found[row.remote_id].key != row.key]
    pending = Pending()
    pending.put_each(PutCandidate(replace(row, status="gone", claims=())) for row in gone)
    let_go(run.store, run.scope, gone, pending)
    if pending.writes:
        run.ledger.commit(pending)


def _refreshed(old: Candidate, new: Candidate) -> Candidate:
    """What the sheet shows comes from Google; round, choice and claims stay as they are."""
    return replace(
        new,
        round=old.round,
        choice=old.choice,
        claims=old.claims,
        linked=old.linked,
        was=old.was,
        alike=old.alike,
        distinct=old.distinct,
        parted=old.parted,
        generation=old.generation,
        version=old.version,
    )


def follow(run: Run[Contact], known: Sequence[Link], effects: Effects[Contact]) -> None:
    """Works the hints anew that name linked records of which Google has just told who they are.

    known: their links as they were. Rows that are written here already have theirs.
    """
    before = {link.crm: link.match_keys for link in known}
    moved = {
        write.link.crm
        for write in effects.writes
        if isinstance(write, PutLink) and before.get(write.link.crm) not in (None, write.link.match_keys)
    }
    values = {write.id: write.value for write in effects.writes if isinstance(write, PutRecord)}
    written = {write.candidate.key for write in effects.writes if isinstance(write, PutCandidate)}
    people = {
        crm: matching.person(run.canon, crm, value)
        for crm in sorted(moved)
        if isinstance(value := values.get(crm), Contact)
    }
    if not people or not matches.has_rows(run):
        return
    rows = matches.about(run, people)
    told = matches.told(run, rows.values(), people, linked=people)
    effects.put_each(PutCandidate(row) for row in told if row.key not in written)
    run.memory.claims_moved |= any(row.claims for row in told)
