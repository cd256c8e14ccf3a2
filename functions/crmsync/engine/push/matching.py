"""Finding CRM contacts that are at Google already, before they would be created there a second time.

A CRM contact without a link that shares an e-mail, or a phone and a name, with a candidate *claims* it and is
held back from the push. Only when the whole pass is through, and every claim is known, is it decided: one
claims one and nothing contradicts it -> they are linked; otherwise the user decides on the import sheet.
"""

from collections.abc import Sequence
from dataclasses import replace

from crmsync.core.model import Contact, R, Stored
from crmsync.core.people import matching
from crmsync.core.state import Candidate, Claim
from crmsync.engine.pairs.absorb import adopt
from crmsync.engine.pull.candidates import MATCH_BATCH, any_open
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work
from crmsync.store.ports import PutCandidate, TooLarge

CLAIMED_PAGE = 300
LINK_BATCH = 100


def sift(run: Run[R], work: Work[R]) -> bool:
    """Takes out of `work.creates` the contacts that claim a candidate; the claims join the page's writes.

    True when there were any.
    """
    keys = {stored.id: run.side.match_keys(stored.value) for stored in work.creates}
    candidates = _matching(run, sorted({key for some in keys.values() for key in some}))
    if not candidates:
        return False
    found = {candidate.key: candidate for candidate in candidates}
    claimed: dict[str, list[Claim]] = {}
    claimants: set[str] = set()
    for stored in work.creates:
        if not isinstance(stored.value, Contact):
            continue
        own = matching.claims(stored.id, stored.value, keys[stored.id], candidates)
        if own:
            claimants.add(stored.id)
        for key, claim in own.items():
            claimed.setdefault(key, []).append(claim)
    for key, fresh in claimed.items():
        candidate = found[key]
        known = {claim.crm for claim in fresh}
        standing = tuple(claim for claim in candidate.claims if claim.crm not in known)
        work.writes.append(PutCandidate(replace(candidate, claims=standing + tuple(fresh))))
    work.creates = [stored for stored in work.creates if stored.id not in claimants]
    return bool(claimants)


def _matching(run: Run[R], wanted: Sequence[str]) -> list[Candidate]:
    if not wanted or not _any_open(run):
        return []
    found: dict[str, Candidate] = {}
    for start in range(0, len(wanted), MATCH_BATCH):
        for candidate in run.store.candidates_matching(run.scope, wanted[start : start + MATCH_BATCH]):
            found[candidate.key] = candidate
    return list(found.values())


def _any_open(run: Run[R]) -> bool:
    if run.memory.has_candidates is None:
        run.memory.has_candidates = any_open(run)
    return run.memory.has_candidates


def resolve(run: Run[R]) -> None:
    """Links what is certain among the claims.

    What is not stays as it is: the row says "Possible duplicate", the CRM contact is not pushed.
    """
    claimed: list[Candidate] = []
    after: str | None = None
    while True:
        page = run.store.candidates_claimed(run.scope, after, CLAIMED_PAGE)
        claimed += page
        if len(page) < CLAIMED_PAGE:
            break
        after = page[-1].key
    resolution = matching.resolve(claimed)
    for start in range(0, len(resolution.links), LINK_BATCH):
        _link(run, resolution.links[start : start + LINK_BATCH])


def _link(run: Run[R], pairs: Sequence[tuple[Candidate, str]]) -> None:
    read = run.remote.read([candidate.remote_id for candidate, _ in pairs])
    records = run.store.records(run.scope, run.kind, [crm for _, crm in pairs])
    owned = run.store.links_of(run.scope, run.resource, [crm for _, crm in pairs])
    effects: Effects[R] = Effects()
    for candidate, crm in pairs:
        stored: Stored[R] | None = records.get(crm)
        observation = read.get(candidate.remote_id)
        if stored is None or stored.archived_at is not None or crm in owned:
            # Gone, or at Google by now as somebody else.
            left = tuple(claim for claim in candidate.claims if claim.crm != crm)
            effects.writes.append(PutCandidate(replace(candidate, claims=left)))
            continue
        if observation is None or observation.deleted or observation.value is None:
            # Gone at Google since it was listed: the next job offers the record as new there.
            effects.writes.append(PutCandidate(replace(candidate, status="gone", claims=())))
            effects.writes.append(run.touch(stored))
            continue
        why = next(claim.reason for claim in candidate.claims if claim.crm == crm)
        adopt(run, stored, observation, effects, why=f"same {why}", made_here=False)
        effects.writes.append(PutCandidate(replace(candidate, status="linked", claims=(), crm=crm)))
    try:
        run.ledger.commit(effects)
    except TooLarge:
        if len(pairs) == 1:
            raise
        _link(run, pairs[: len(pairs) // 2])
        _link(run, pairs[len(pairs) // 2 :])
