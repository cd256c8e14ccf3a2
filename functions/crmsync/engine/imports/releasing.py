"""Who was held back for rows that a sheet has decided: freed, or waited for still."""

from collections.abc import Sequence
from dataclasses import replace

from crmsync.core.account import User
from crmsync.core.people.matching import is_muted, mute
from crmsync.core.state import NOBODY, Candidate
from crmsync.engine.deps import Deps
from crmsync.store.ports import PutCandidate, PutRecord, Write

PAGE = 200


def release(deps: Deps, user: User, closes: int) -> None:
    """Who was held back for a row that the sheet has decided is free: touched, so that the next push creates
    them. The user has called them different persons, or has declined a row that hardly is them. Of whom it
    likely is, declining says nothing: that row comes again.

    closes: the closed round as the sheet left it.
    """
    scope = user.scope
    after: str | None = None
    while page := deps.store.candidates_claimed(scope, after, PAGE):
        after = page[-1].key
        told = [(row, freed) for row in page if (freed := _freed(row, closes)) or row.round <= closes]
        records = deps.store.records(scope, "contacts", sorted({crm for _, freed in told for crm in freed}))
        for row, freed in told:
            left = _told_apart(row, freed) if row.answer == NOBODY else _muted(row, freed)
            if comes_again(row, closes):
                left = replace(left, round=user.rounds.incoming)
            writes: list[Write] = [PutCandidate(left)]
            writes += [
                PutRecord("contacts", stored.id, stored.value, stored.version)
                for crm in freed
                if (stored := records.get(crm)) is not None and stored.archived_at is None
            ]
            deps.store.commit(scope, writes)


def comes_again(row: Candidate, closes: int) -> bool:
    """Whether a row that is declined is offered again all the same: somebody in the CRM who likely is that
    person waits for the answer.
    """
    if row.round > closes or row.answer == NOBODY:
        return False
    return any(claim.strength and not is_muted(row, claim, closes) for claim in row.claims)


def _freed(row: Candidate, closes: int) -> tuple[str, ...]:
    """The claimants whom the row no longer holds back."""
    if row.answer == NOBODY:
        return tuple(claim.crm for claim in row.claims)
    return tuple(claim.crm for claim in row.claims if is_muted(row, claim, closes))


def _muted(row: Candidate, freed: Sequence[str]) -> Candidate:
    return replace(row, claims=tuple(mute(it) if it.crm in freed else it for it in row.claims))


def _told_apart(row: Candidate, crms: Sequence[str]) -> Candidate:
    """The row, which is none of these, nor of the linked ones that it asked about."""
    distinct = dict.fromkeys((*row.distinct, *crms, *row.choice.denied))
    return replace(row, claims=(), linked=(), distinct=tuple(distinct))
