"""Google contacts that are not in the CRM become candidates for the import sheet; nothing enters the CRM
without the user.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from crmsync.core.account import ImportRounds
from crmsync.core.people.matching import linked_claim
from crmsync.core.sheet.candidates import candidate_from, changed
from crmsync.core.state import Candidate, Claim, Link, Observation
from crmsync.engine.pairs.claimants import let_go
from crmsync.engine.run.effects import Effects
from crmsync.engine.run.pending import Pending
from crmsync.engine.run.run import Run
from crmsync.store.ports import CandidateQuery, PutCandidate

SYSTEM_GROUPS = frozenset(("contactGroups/myContacts",))
MATCH_BATCH = 30
"""Firestore takes at most 30 values in one array-contains-any."""
ROWS_PAGE = 300
_OPEN, _EVERY_ROUND = CandidateQuery("open"), ImportRounds(closed=-1)


def offer(
    run: Run[Any], strangers: Sequence[Observation[Any]], adopted: set[str], effects: Effects[Any]
) -> set[str]:
    """Adds the candidates that follow from unlinked observations; answers the keys of those decided.

    Unchanged ones cost one read and no write; a declined one stays declined.
    """
    keys = [item.key for item in strangers]
    known = run.store.candidates(run.scope, [*keys, *adopted])
    labels = _labels(run, strangers)
    fresh: list[Candidate] = []
    settled: list[Candidate] = []
    decided: set[str] = set()
    for item in strangers:
        candidate = known.get(item.key)
        decided.add(item.key)
        if item.deleted or item.value is None:
            if candidate is not None and candidate.status == "open":
                effects.writes.append(PutCandidate(replace(candidate, status="gone", claims=())))
                settled.append(candidate)
            continue
        new = candidate_from(item, run.user.rounds.incoming, run.canon, labels)
        effects.labels.update(new.labels)
        if candidate is None or candidate.status in ("open", "gone"):
            effects.offered.add(item.key)
        if candidate is None:
            fresh.append(new)
        elif candidate.status in ("open", "gone") and (candidate.status == "gone" or changed(candidate, new)):
            effects.writes.append(PutCandidate(refreshed(candidate, new)))
    for key in adopted:
        candidate = known.get(key)
        if candidate is not None and candidate.status == "open":
            effects.writes.append(PutCandidate(replace(candidate, status="linked", claims=())))
            settled.append(candidate)
    let_go(run.store, run.scope, settled, effects.writes)
    matches = _linked_matches(run, fresh)
    for candidate in fresh:
        claim = matches.get(candidate.key)
        effects.writes.append(PutCandidate(replace(candidate, linked_match=claim) if claim else candidate))
    return decided


def any_open(run: Run[Any]) -> bool:
    """Whether any candidate is open, declined ones included."""
    return run.store.count_candidates(run.scope, _OPEN, _EVERY_ROUND) > 0


def withdraw(run: Run[Any], offered: Set[str]) -> None:
    """After a complete listing, which has no tombstones: open candidates that it did not show are looked for
    by a direct read, and those that are not found are gone.

    offered: keys of the open candidates that it did show. When none is missing, a count tells so.
    """
    store = run.store
    if run.user.rounds.running is None and store.count_candidates(run.scope, _OPEN, _EVERY_ROUND) <= len(
        offered
    ):
        return
    after: str | None = None
    while True:
        rows, after = store.candidate_page(run.scope, _OPEN, _EVERY_ROUND, after, ROWS_PAGE)
        missing = [row for row in rows if row.key not in offered]
        for start in range(0, len(missing), run.remote.read_size):
            _withdraw(run, missing[start : start + run.remote.read_size])
        if after is None:
            return


def _withdraw(run: Run[Any], missing: Sequence[Candidate]) -> None:
    found = run.remote.read([row.remote_id for row in missing])
    gone = [row for row in missing if row.remote_id not in found or found[row.remote_id].key != row.key]
    pending = Pending([PutCandidate(replace(row, status="gone", claims=())) for row in gone])
    let_go(run.store, run.scope, gone, pending.writes)
    if pending.writes:
        run.ledger.commit(pending)


def refreshed(old: Candidate, new: Candidate) -> Candidate:
    """What the sheet shows comes from Google; round, choice and claims stay as they are."""
    return replace(
        new,
        round=old.round,
        choice=old.choice,
        claims=old.claims,
        linked_match=old.linked_match,
        distinct=old.distinct,
        parted=old.parted,
        generation=old.generation,
        version=old.version,
    )


def _labels(run: Run[Any], strangers: Sequence[Observation[Any]]) -> Mapping[str, str]:
    """Names of contact groups; asked of Google only when a contact is in a group of the user's own."""
    if all(name in SYSTEM_GROUPS for item in strangers for name in item.labels):
        return {}
    if run.memory.labels is None:
        run.memory.labels = run.session.labels()
    return run.memory.labels


def _linked_matches(run: Run[Any], candidates: Sequence[Candidate]) -> dict[str, Claim]:
    """Candidate key -> the linked CRM record that looks like the same person."""
    if not candidates or run.store.count_links(run.scope, "contacts") == 0:
        return {}
    wanted = sorted({key for candidate in candidates for key in candidate.match_keys})
    links: list[Link] = []
    for start in range(0, len(wanted), MATCH_BATCH):
        links += run.store.links_matching(run.scope, wanted[start : start + MATCH_BATCH])
    by_key: dict[str, Link] = {}
    for link in links:
        for key in link.match_keys:
            by_key.setdefault(key, link)
    found = {c.key: by_key[k].crm for c in candidates for k in reversed(c.match_keys) if k in by_key}
    records = run.store.records(run.scope, "contacts", sorted(set(found.values())))
    claims = {
        candidate.key: linked_claim(stored.id, stored.value, candidate, run.canon)
        for candidate in candidates
        if (stored := records.get(found.get(candidate.key, ""))) is not None
    }
    return {key: claim for key, claim in claims.items() if claim is not None}
