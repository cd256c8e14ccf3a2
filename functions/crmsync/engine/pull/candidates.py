"""Google contacts that are not in the CRM become candidates for the import sheet; nothing enters the CRM
without the user.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from crmsync.core.account import ImportRounds
from crmsync.core.chunks import chunks
from crmsync.core.model import Contact, R
from crmsync.core.people.matching import linked_claim
from crmsync.core.sheet.candidates import candidate_from, changed
from crmsync.core.state import Candidate, Claim, Observation
from crmsync.engine.pairs.claimants import let_go
from crmsync.engine.run.pending import Effects, Pending
from crmsync.engine.run.run import Run
from crmsync.store.ports import CandidateQuery, PutCandidate

SYSTEM_GROUPS = frozenset(("contactGroups/myContacts",))
MATCH_BATCH = 30
"""Firestore takes at most 30 values in one array-contains-any."""
ROWS_PAGE = 300
_OPEN, _EVERY_ROUND = CandidateQuery("open"), ImportRounds(closed=-1)


def offer(
    run: Run[Contact], strangers: Sequence[Observation[Contact]], adopted: set[str], effects: Effects[Contact]
) -> set[str]:
    """Adds the candidates that follow from unlinked observations; answers the keys of those decided.

    Unchanged ones cost one read and no write; a declined one stays declined. adopted: keys of contacts that
    got a link just now.
    """
    known = run.store.candidates(run.scope, [*(item.key for item in strangers), *adopted])
    gone = _open(known, [item.key for item in strangers if _is_gone(item)])
    effects.put_each(PutCandidate(replace(row, status="gone", claims=())) for row in gone)
    linked = _open(known, adopted)
    # Before their links: who has one is not looked for among the rows any more.
    effects.put_first(*(PutCandidate(replace(row, status="linked", claims=())) for row in linked))
    shown = _shown(run, [item for item in strangers if not _is_gone(item)])
    parted = _present(run, shown, known, effects)
    let_go(run.store, run.scope, [*gone, *linked, *parted], effects)
    fresh = [row for row in shown if row.key not in known]
    matches = _linked_matches(run, fresh)
    effects.put_each(PutCandidate(replace(row, linked_match=matches.get(row.key))) for row in fresh)
    return {item.key for item in strangers}


def _open(known: Mapping[str, Candidate], keys: Iterable[str]) -> list[Candidate]:
    return [known[key] for key in keys if key in known and known[key].status == "open"]


def _shown(run: Run[Contact], living: Sequence[Observation[Contact]]) -> list[Candidate]:
    """The rows as they would be if they were new."""
    labels, incoming = _labels(run, living), run.user.rounds.incoming
    return [candidate_from(item, incoming, run.canon, labels) for item in living]


def _present(
    run: Run[Contact], shown: Sequence[Candidate], known: Mapping[str, Candidate], effects: Effects[Contact]
) -> list[Candidate]:
    """Notes what the listing has shown, and refreshes rows that say something else than before.

    Answers rows with those of their claims that are over.
    """
    effects.labels.update(label for row in shown for label in row.labels)
    effects.offered |= {row.key for row in shown if row.key not in known or _is_offered(known[row.key])}
    news = [(old, row) for row in shown if (old := known.get(row.key)) is not None and _is_news(old, row)]
    unclaimed = _unclaimed(run, news)
    for old, row in news:
        lost = unclaimed.get(row.key, ())
        standing = tuple(claim for claim in old.claims if claim not in lost)
        effects.put_each([PutCandidate(replace(_refreshed(old, row), claims=standing))])
    return [replace(old, claims=unclaimed[row.key]) for old, row in news if row.key in unclaimed]


def _is_gone(item: Observation[Contact]) -> bool:
    return item.deleted or item.value is None


def _is_offered(row: Candidate) -> bool:
    return row.status in ("open", "gone")


def _is_news(old: Candidate, new: Candidate) -> bool:
    """Whether the sheet is to show a row anew: it was gone, or says something else."""
    return old.status == "gone" or (old.status == "open" and changed(old, new))


def _unclaimed(
    run: Run[Contact], news: Sequence[tuple[Candidate, Candidate]]
) -> dict[str, tuple[Claim, ...]]:
    """Candidate key -> claims of CRM contacts that share nothing with it any more, where Google changed what
    it is matched by. What the user has called the same person stays that.
    """
    asked = [
        (old, new)
        for old, new in news
        if old.claims and old.match_keys != new.match_keys and old.choice.same_person is not True
    ]
    crms = sorted({claim.crm for old, _ in asked for claim in old.claims})
    records = run.store.records(run.scope, "contacts", crms) if crms else {}
    keys = {crm: frozenset(run.canon.match_keys(stored.value)) for crm, stored in records.items()}
    found = {
        new.key: tuple(
            claim for claim in old.claims if keys.get(claim.crm, frozenset()).isdisjoint(new.match_keys)
        )
        for old, new in asked
    }
    return {key: lost for key, lost in found.items() if lost}


def any_open(run: Run[R]) -> bool:
    """Whether any candidate is open, declined ones included."""
    return run.store.count_candidates(run.scope, _OPEN, _EVERY_ROUND) > 0


def withdraw(run: Run[Contact], offered: Set[str]) -> None:
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
        linked_match=old.linked_match,
        distinct=old.distinct,
        parted=old.parted,
        generation=old.generation,
        version=old.version,
    )


def _labels(run: Run[Contact], strangers: Sequence[Observation[Contact]]) -> Mapping[str, str]:
    """Names of contact groups; asked of Google only when a contact is in a group of the user's own."""
    if all(name in SYSTEM_GROUPS for item in strangers for name in item.labels):
        return {}
    if run.memory.labels is None:
        run.memory.labels = run.session.labels()
    return run.memory.labels


def _linked_matches(run: Run[Contact], rows: Sequence[Candidate]) -> dict[str, Claim]:
    """Candidate key -> the linked CRM record that looks like the same person."""
    if not rows or run.store.count_links(run.scope, "contacts") == 0:
        return {}
    owners = _owners(run, sorted({key for row in rows for key in row.match_keys}))
    # The first of a row's keys is the surest one, and so has the last word.
    found = {row.key: owners[key] for row in rows for key in reversed(row.match_keys) if key in owners}
    records = run.store.records(run.scope, "contacts", sorted(set(found.values())))
    claims = {
        row.key: linked_claim(stored.id, stored.value, row, run.canon)
        for row in rows
        if (stored := records.get(found.get(row.key, ""))) is not None
    }
    return {key: claim for key, claim in claims.items() if claim is not None}


def _owners(run: Run[Contact], match_keys: Sequence[str]) -> dict[str, str]:
    """Match key -> the CRM record of the first link that has it."""
    owners: dict[str, str] = {}
    for some in chunks(match_keys, MATCH_BATCH):
        for link in run.store.links_matching(run.scope, some):
            for key in link.match_keys:
                owners.setdefault(key, link.crm)
    return owners
