"""Google contacts that are not in the CRM become candidates for the import sheet; nothing enters the CRM
without the user.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from crmsync.core.candidates import candidate_from, changed
from crmsync.core.matching import linked_claim
from crmsync.core.state import Candidate, Claim, Link, Observation
from crmsync.engine.absorb import Effects
from crmsync.engine.claimants import let_go
from crmsync.engine.run import Run
from crmsync.store.ports import PutCandidate

SYSTEM_GROUPS = frozenset(("contactGroups/myContacts",))
MATCH_BATCH = 30
"""Firestore takes at most 30 values in one array-contains-any."""


def offer(
    run: Run[Any], strangers: Sequence[Observation[Any]], adopted: set[str], effects: Effects[Any]
) -> None:
    """Adds the candidates that follow from unlinked observations.

    Unchanged ones cost one read and no write; a declined one stays declined.
    """
    keys = [item.key for item in strangers]
    known = run.deps.store.candidates(run.uid, [*keys, *adopted])
    labels = _labels(run, strangers)
    fresh: list[Candidate] = []
    settled: list[Candidate] = []
    for item in strangers:
        candidate = known.get(item.key)
        if item.deleted or item.value is None:
            if candidate is not None and candidate.status == "open":
                effects.writes.append(PutCandidate(replace(candidate, status="gone", claims=())))
                settled.append(candidate)
            continue
        new = candidate_from(item, run.user.rounds.incoming, run.canon, labels)
        if candidate is None:
            fresh.append(new)
        elif candidate.status in ("open", "gone") and (candidate.status == "gone" or changed(candidate, new)):
            effects.writes.append(PutCandidate(refreshed(candidate, new)))
    for key in adopted:
        candidate = known.get(key)
        if candidate is not None and candidate.status == "open":
            effects.writes.append(PutCandidate(replace(candidate, status="linked", claims=())))
            settled.append(candidate)
    let_go(run.deps.store, run.uid, settled, effects.writes)
    matches = _linked_matches(run, fresh)
    for candidate in fresh:
        claim = matches.get(candidate.key)
        effects.writes.append(PutCandidate(replace(candidate, linked_match=claim) if claim else candidate))


def refreshed(old: Candidate, new: Candidate) -> Candidate:
    """What the sheet shows comes from Google; round, choice and claims stay as they are."""
    return replace(
        new,
        round=old.round,
        choice=old.choice,
        claims=old.claims,
        linked_match=old.linked_match,
        distinct=old.distinct,
        version=old.version,
    )


def _labels(run: Run[Any], strangers: Sequence[Observation[Any]]) -> Mapping[str, str]:
    """Names of contact groups; asked of Google only when a contact is in a group of the user's own."""
    if all(name in SYSTEM_GROUPS for item in strangers for name in item.labels):
        return {}
    if run.labels is None:
        run.labels = run.session.labels()
    return run.labels


def _linked_matches(run: Run[Any], candidates: Sequence[Candidate]) -> dict[str, Claim]:
    """Candidate key -> the linked CRM record that looks like the same person."""
    if not candidates or run.deps.store.count_links(run.uid, "contacts") == 0:
        return {}
    wanted = sorted({key for candidate in candidates for key in candidate.match_keys})
    links: list[Link] = []
    for start in range(0, len(wanted), MATCH_BATCH):
        links += run.deps.store.links_matching(run.uid, wanted[start : start + MATCH_BATCH])
    by_key: dict[str, Link] = {}
    for link in links:
        for key in link.match_keys:
            by_key.setdefault(key, link)
    found = {c.key: by_key[k].crm for c in candidates for k in reversed(c.match_keys) if k in by_key}
    records = run.deps.store.records(run.uid, "contacts", sorted(set(found.values())))
    claims = {
        candidate.key: linked_claim(stored.id, stored.value, candidate, run.canon)
        for candidate in candidates
        if (stored := records.get(found.get(candidate.key, ""))) is not None
    }
    return {key: claim for key, claim in claims.items() if claim is not None}
