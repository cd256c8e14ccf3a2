"""Finding CRM contacts that are at Google already, before they would be created there a second time.

A CRM contact without a link that may be a candidate *claims* it and is held back from the push. Only when
the whole pass is through, and every claim is known, is it decided (`core.people`): what is certainly one
person is linked, who is certainly somebody else is let go; otherwise the user decides on the import sheet.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from crmsync.core.chunks import chunks
from crmsync.core.model import Contact, Stored
from crmsync.core.people import matching
from crmsync.core.people.matching import Person
from crmsync.core.state import Candidate, Observation
from crmsync.engine.pairs import matches, returns
from crmsync.engine.pairs.absorb import adopt
from crmsync.engine.pairs.claimants import let_go
from crmsync.engine.run import aside
from crmsync.engine.run.pending import Effects, Pending
from crmsync.engine.run.reading import read_all
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work
from crmsync.store.ports import PutCandidate

CLAIMED_PAGE = 300
LINK_BATCH = 100


def sift(run: Run[Contact], work: Work[Contact]) -> bool:
    """Takes out of `work.creates` the contacts that claim a candidate; new claims join the page's writes.

    Hints that name contacts which are linked, or archived, follow them. True when any contact claims one.
    """
    edited = [edit.stored for edit in work.updates if edit.decision.remote_fields & matches.WHO]
    gone = {stored.id for stored in work.gone}
    if not (work.creates or edited or gone) or not matches.has_rows(run):
        return False
    unlinked, linked = matches.people(run, work.creates), matches.people(run, edited)
    rows = _met(run, work, matches.about(run, unlinked | linked, gone))
    unlinked = {stored.id: unlinked[stored.id] for stored in work.creates}
    told = matches.told(run, rows.values(), unlinked | linked, linked=linked, over=gone)
    work.put(*(PutCandidate(row) for row in told))
    now = rows | {row.key: row for row in told}
    claimants = {claim.crm for row in now.values() for claim in row.claims if claim.strength}
    found = claimants & unlinked.keys()
    work.creates = [stored for stored in work.creates if stored.id not in found]
    # A claim less may make another one certain.
    return bool(found) or any(row.claims for row in told)


def _met(run: Run[Contact], work: Work[Contact], rows: Mapping[str, Candidate]) -> dict[str, Candidate]:
    """Links the records that are alive again with rows of the contacts that they were; answers the other
    rows.
    """
    creates = {stored.id: stored for stored in work.creates}
    back = {
        row.remote_id: row
        for row in rows.values()
        if row.was is not None and row.was.crm in creates and row.was.crm not in (*row.parted, *row.distinct)
    }
    found = read_all(run.remote, list(back)) if back else {}
    met: set[str] = set()
    left = dict(rows)
    for name, row in back.items():
        stored, item = creates[row.was.crm if row.was else ""], found.get(name)
        if item is None or item.value is None or stored.id in met:
            continue
        met.add(stored.id)
        del left[row.key]
        with aside.guarded(run, stored.id, partial(_put_aside, run, stored, work)):
            effects = _adopted(run, row, stored, item, why=returns.BACK)
            let_go(run.store, run.scope, [row], effects)
            work.unit()
            work.add(effects)
    work.creates = [stored for stored in work.creates if stored.id not in met]
    return left


def resolve(run: Run[Contact]) -> None:
    """Links what is certain among the claims, and lets go whom no claim holds back any more.

    What may be stays as it is: the row asks, the CRM contact is not pushed.
    """
    for some in _batches(matching.clusters(_all_claimed(run))):
        _decide(run, some)


def _batches(clusters: Iterable[list[Candidate]]) -> Iterator[list[Candidate]]:
    """Clusters together, up to so many rows; a large one by itself."""
    batch: list[Candidate] = []
    for cluster in clusters:
        if batch and len(batch) + len(cluster) > LINK_BATCH:
            yield batch
            batch = []
        batch = [*batch, *cluster]
    if batch:
        yield batch


def _all_claimed(run: Run[Contact]) -> Iterator[Candidate]:
    after: str | None = None
    while True:
        page = run.store.candidates_claimed(run.scope, after, CLAIMED_PAGE)
        yield from page
        if len(page) < CLAIMED_PAGE:
            return
        after = page[-1].key


def _decide(run: Run[Contact], rows: Sequence[Candidate]) -> None:
    """Decides what hangs together, and carries it out in one commit."""
    effects: Effects[Contact] = Effects()
    crms = sorted({claim.crm for row in rows for claim in (*row.claims, *row.linked)})
    records = run.store.records(run.scope, run.kind, crms)
    owned = run.store.links_of(run.scope, run.resource, crms)
    living = {crm: stored for crm, stored in records.items() if stored.archived_at is None}
    people: dict[str, Person] = {}
    for crm, stored in living.items():
        with aside.guarded(run, crm, partial(_put_aside, run, stored, effects)):
            people[crm] = matching.person(run.canon, crm, stored.value)
    decided = matching.decided(run.canon, rows, people, owned, closed=run.user.rounds.closed)
    linked = {key for key, _ in decided.links}
    read: dict[str, Observation[Contact]] = {}
    for some in chunks([row.remote_id for row in rows if row.key in linked], run.remote.read_size):
        read |= run.remote.read(some)
    before = {row.key: row for row in rows}
    after = {row.key: row for row in decided.rows}
    effects.put_each(
        PutCandidate(row) for key, row in after.items() if row != before[key] and key not in linked
    )
    effects.put_each(run.touch(living[crm]) for crm in sorted(decided.free))
    for key, crm in decided.links:
        effects.unit()
        _link(run, after[key], living[crm], read, effects)
    if effects.writes:
        run.ledger.commit(effects)


def _link(
    run: Run[Contact],
    candidate: Candidate,
    stored: Stored[Contact],
    read: Mapping[str, Observation[Contact]],
    effects: Effects[Contact],
) -> None:
    """Links a pair of one person."""
    observation = read.get(candidate.remote_id)
    if observation is not None and observation.unreadable:
        return  # The claim stands until it can be read.
    if observation is None or observation.value is None:
        # Gone at Google since it was listed: the next job offers the record as new there.
        effects.put(PutCandidate(replace(candidate, status="gone", claims=())), run.touch(stored))
        return
    with aside.guarded(run, stored.id, partial(_put_aside, run, stored, effects)):
        why = f"same {_reasons(candidate, stored.id)}"
        effects.join(_adopted(run, candidate, stored, observation, why=why))


def _adopted(
    run: Run[Contact],
    candidate: Candidate,
    stored: Stored[Contact],
    observation: Observation[Contact],
    *,
    why: str,
) -> Effects[Contact]:
    effects: Effects[Contact] = Effects()
    adopt(run, stored, observation, effects, why=why, made_here=stored.id in observation.keys)
    effects.put(PutCandidate(replace(candidate, status="linked", claims=(), crm=stored.id)))
    return effects


def _put_aside(run: Run[Contact], stored: Stored[Contact], effects: Pending) -> None:
    effects.put(aside.of_record(run, stored, None))


def _reasons(candidate: Candidate, crm: str) -> str:
    found = next(claim.reasons for claim in candidate.claims if claim.crm == crm)
    return ", ".join(reason.replace("_", " ") for reason in found)
