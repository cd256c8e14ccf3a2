"""Finding CRM contacts that are at Google already, before they would be created there a second time.

A CRM contact without a link that shares an e-mail, or a phone and a name, with a candidate *claims* it and is
held back from the push. Only when the whole pass is through, and every claim is known, is it decided: one
claims one and nothing contradicts it -> they are linked; otherwise the user decides on the import sheet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from crmsync.core.chunks import chunks
from crmsync.core.model import Contact, Stored
from crmsync.core.people import matching
from crmsync.core.state import Candidate, Claim, Observation
from crmsync.engine.pairs.absorb import adopt
from crmsync.engine.pull.candidates import MATCH_BATCH, any_open
from crmsync.engine.run import aside
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work
from crmsync.store.ports import PutCandidate

CLAIMED_PAGE = 300
LINK_BATCH = 100

Pair = tuple[Candidate, str]
"""A candidate and the CRM id of the contact that is the same person."""


def sift(run: Run[Contact], work: Work[Contact]) -> bool:
    """Takes out of `work.creates` the contacts that claim a candidate; new claims join the page's writes.

    True when there were any.
    """
    claimed = _claims(run, work.creates)
    work.put(
        *(PutCandidate(_claimed(it, fresh)) for it, fresh in claimed if not set(fresh) <= set(it.claims))
    )
    claimants = {claim.crm for _, fresh in claimed for claim in fresh}
    work.creates = [stored for stored in work.creates if stored.id not in claimants]
    return bool(claimants)


def _claims(run: Run[Contact], creates: Sequence[Stored[Contact]]) -> list[tuple[Candidate, list[Claim]]]:
    """The candidates that these contacts claim, with their claims."""
    keys = {stored.id: run.side.match_keys(stored.value) for stored in creates}
    candidates = _matching(run, sorted({key for some in keys.values() for key in some}))
    if not candidates:
        return []
    claims: dict[str, list[Claim]] = {}
    for stored in creates:
        own = matching.claims(stored.id, stored.value, keys[stored.id], candidates.values())
        for key, claim in own.items():
            claims.setdefault(key, []).append(claim)
    return [(candidates[key], fresh) for key, fresh in claims.items()]


def _claimed(candidate: Candidate, fresh: Sequence[Claim]) -> Candidate:
    """The candidate with these claims in the place of older ones of the same contacts."""
    known = {claim.crm for claim in fresh}
    standing = (claim for claim in candidate.claims if claim.crm not in known)
    return replace(candidate, claims=(*standing, *fresh))


def _matching(run: Run[Contact], wanted: Sequence[str]) -> dict[str, Candidate]:
    """The candidates that share any of these digests, by key."""
    if not wanted or not _any_open(run):
        return {}
    return {
        candidate.key: candidate
        for some in chunks(wanted, MATCH_BATCH)
        for candidate in run.store.candidates_matching(run.scope, some)
    }


def _any_open(run: Run[Contact]) -> bool:
    if run.memory.has_candidates is None:
        run.memory.has_candidates = any_open(run)
    return run.memory.has_candidates


def resolve(run: Run[Contact]) -> None:
    """Links what is certain among the claims.

    What is not stays as it is: the row says "Possible duplicate", the CRM contact is not pushed.
    """
    resolution = matching.resolve(list(_all_claimed(run)))
    for pairs in chunks(resolution.links, LINK_BATCH):
        _link(run, pairs)


def _all_claimed(run: Run[Contact]) -> Iterator[Candidate]:
    after: str | None = None
    while True:
        page = run.store.candidates_claimed(run.scope, after, CLAIMED_PAGE)
        yield from page
        if len(page) < CLAIMED_PAGE:
            return
        after = page[-1].key


def _link(run: Run[Contact], pairs: Sequence[Pair]) -> None:
    """Links pairs of one person in one commit."""
    crms = [crm for _, crm in pairs]
    read = run.remote.read([candidate.remote_id for candidate, _ in pairs])
    records = run.store.records(run.scope, run.kind, crms)
    owned = run.store.links_of(run.scope, run.resource, crms)
    effects: Effects[Contact] = Effects()
    for candidate, crm in pairs:
        effects.unit()
        stored, observation = records.get(crm), read.get(candidate.remote_id)
        if stored is None or stored.archived_at is not None or crm in owned:
            # Gone, or at Google by now as somebody else.
            effects.put(PutCandidate(_let_go(candidate, crm)))
        elif observation is not None and observation.unreadable:
            continue  # The claim stands until it can be read.
        elif observation is None or observation.value is None:
            # Gone at Google since it was listed: the next job offers the record as new there.
            effects.put(PutCandidate(replace(candidate, status="gone", claims=())), run.touch(stored))
        else:
            with aside.guarded(run, crm, partial(_put_aside, run, stored, effects)):
                effects.join(_adopted(run, candidate, stored, observation))
    run.ledger.commit(effects)


def _adopted(
    run: Run[Contact], candidate: Candidate, stored: Stored[Contact], observation: Observation[Contact]
) -> Effects[Contact]:
    effects: Effects[Contact] = Effects()
    why = f"same {_reason(candidate, stored.id)}"
    adopt(run, stored, observation, effects, why=why, made_here=False)
    effects.put(PutCandidate(replace(candidate, status="linked", claims=(), crm=stored.id)))
    return effects


def _put_aside(run: Run[Contact], stored: Stored[Contact], effects: Effects[Contact]) -> None:
    effects.put(aside.of_record(run, stored, None))


def _let_go(candidate: Candidate, crm: str) -> Candidate:
    return replace(candidate, claims=tuple(claim for claim in candidate.claims if claim.crm != crm))


def _reason(candidate: Candidate, crm: str) -> str:
    return next(claim.reason for claim in candidate.claims if claim.crm == crm)
