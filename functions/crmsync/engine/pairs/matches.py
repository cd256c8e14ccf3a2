"""Looking up who may be whom: rows of the sheet and CRM records that share a match key."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from crmsync.core.account import ImportRounds
from crmsync.core.chunks import chunks
from crmsync.core.model import Contact, R, Stored
from crmsync.core.people import matching
from crmsync.core.people.assignment import MOST_TOGETHER
from crmsync.core.people.facts import contact_of
from crmsync.core.people.match_keys import match_keys
from crmsync.core.people.matching import Person
from crmsync.core.state import Candidate, Claim
from crmsync.engine.run.run import Run
from crmsync.store.ports import CandidateQuery

MATCH_BATCH = 30
"""Firestore takes at most 30 values in one array-contains-any."""
OPEN, EVERY_ROUND = CandidateQuery("open"), ImportRounds(closed=-1)

WHO = frozenset(
    [
        "given_name",
        "middle_name",
        "family_name",
        "suffix",
        "nickname",
        "organization",
        "emails",
        "phones",
        "addresses",
        "birthday",
    ]
)
"""The fields that tell who somebody is."""


def any_open(run: Run[R]) -> bool:
    """Whether any candidate is open, declined ones included."""
    return run.store.count_candidates(run.scope, OPEN, EVERY_ROUND) > 0


def has_rows(run: Run[Contact]) -> bool:
    """The same, looked up once a job."""
    if run.memory.has_candidates is None:
        run.memory.has_candidates = any_open(run)
    return run.memory.has_candidates


def people(run: Run[Contact], records: Iterable[Stored[Contact]]) -> dict[str, Person]:
    """CRM contacts, prepared, by id."""
    return {stored.id: matching.person(run.canon, stored.id, stored.value) for stored in records}


def rows_matching(run: Run[Contact], match_keys: Iterable[str]) -> dict[str, Candidate]:
    """Open candidates that have any of these match keys."""
    return _rows(run, match_keys, run.store.candidates_matching)


def awaiting(run: Run[Contact], rows: Sequence[Candidate]) -> set[str]:
    """CRM records that claim any candidate, and share a match key with one of these rows."""
    if not rows or not run.store.candidates_claimed(run.scope, None, 1):
        return set()
    keys = {key for row in rows for key in row.match_keys}
    found = _rows(run, keys, run.store.candidates_awaited)
    return {claim.crm for row in found.values() for claim in row.claims if not keys.isdisjoint(claim.keys)}


def about(run: Run[Contact], known: Mapping[str, Person], also: Iterable[str] = ()) -> dict[str, Candidate]:
    """Rows that any of these people may be, by what they say now or by what they said before. also: ids of
    records that say nothing any more.
    """
    keys = (key for who in known.values() for key in who.keys)
    return _rows(run, {*known, *also}, run.store.candidates_about) | rows_matching(run, keys)


def told(
    run: Run[Contact],
    rows: Iterable[Candidate],
    known: Mapping[str, Person],
    *,
    linked: Collection[str] = (),
    over: Collection[str] = (),
) -> list[Candidate]:
    """Those of the rows of which these people say anything else now, as they then are.

    linked: those of the people who are linked. over: whose claims are over, whatever they say.
    """
    rows = list(rows)
    shared = matching.together(known.values(), rows)
    found = []
    for row in rows:
        before = [claim.crm for claim in (*row.claims, *row.linked) if claim.crm in known]
        ids = [*before, *shared.get(row.key, ())]
        fresh = claims_on(run, row, known, ids) if ids else ()
        after = with_claims(row, fresh, over={*before, *over}, linked=linked)
        if (set(after.claims), set(after.linked)) != (set(row.claims), set(row.linked)):
            found.append(after)
    return found


def _rows(
    run: Run[Contact], wanted: Iterable[str], ask: Callable[..., Sequence[Candidate]]
) -> dict[str, Candidate]:
    return {row.key: row for some in chunks(sorted(set(wanted)), MATCH_BATCH) for row in ask(run.scope, some)}


def linked_people(run: Run[Contact], rows: Sequence[Candidate]) -> dict[str, Person]:
    """The linked CRM records, prepared, that share a match key with any of these rows."""
    if not rows or run.store.count_links(run.scope, "contacts") == 0:
        return {}
    owners: dict[str, set[str]] = defaultdict(set)
    keys = {key for row in rows for key in (*row.match_keys, *_former_keys(run, row))}
    for some in chunks(sorted(keys), MATCH_BATCH):
        for link in run.store.links_matching(run.scope, some):
            for key in link.match_keys:
                owners[key].add(link.crm)
    shared = {key for key in keys if len(owners[key]) <= MOST_TOGETHER}
    crms = sorted({crm for key in shared for crm in owners[key]})
    records = run.store.records(run.scope, "contacts", crms) if crms else {}
    return people(run, (stored for stored in records.values() if stored.archived_at is None))


def _former_keys(run: Run[Contact], row: Candidate) -> Iterator[str]:
    """By what a row's contact would be known in regions that the user has had: a change of region writes no
    link, and the numbers of those that were linked before are kept as they were read then.
    """
    for region in run.user.settings.other_regions if row.phones else ():
        yield from match_keys(run.deps.canon(region), contact_of(row))


def claims_on(
    run: Run[Contact], row: Candidate, known: Mapping[str, Person], ids: Iterable[str]
) -> tuple[Claim, ...]:
    """The claims of these people on a row, best first. One whose two sides say what they said when it was
    worked out stands as it is.
    """
    shown, closed = matching.of_row(run.canon, row), run.user.rounds.closed
    before = {claim.crm: claim for claim in (*row.claims, *row.linked)}
    found = (
        matching.claim(run.canon, known[id], shown, row, before.get(id), closed=closed)
        for id in dict.fromkeys(ids)
        if id in known and id not in row.distinct
    )
    return tuple(sorted((it for it in found if it is not None), key=lambda claim: -claim.strength))


def with_claims(
    row: Candidate, fresh: Sequence[Claim], *, over: Iterable[str], linked: Iterable[str]
) -> Candidate:
    """The row with these claims. over: whose claims before are over. linked: those who are linked."""
    gone, hints = {*over}, {*linked}
    claims = [it for it in row.claims if it.crm not in gone] + [it for it in fresh if it.crm not in hints]
    hinted = [it for it in row.linked if it.crm not in gone]
    hinted += [it for it in fresh if it.crm in hints and it.strength]
    return replace(row, claims=tuple(claims), linked=tuple(hinted))
