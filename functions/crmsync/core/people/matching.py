"""Which CRM contact and which Google contact are the same person, before either is created a second time.

A CRM contact *claims* a candidate that it may be. What one claim says is known of the two alone; which claims
are certain, and which are over, only of all that hang together (`decided`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from crmsync.core.model import Contact
from crmsync.core.pair.canon import Canon
from crmsync.core.people.assignment import MOST_TOGETHER, Pair, Tie, assigned, shared
from crmsync.core.people.comparison import NOBODY, Shared, compare
from crmsync.core.people.evidence import Evidence, prepare
from crmsync.core.people.facts import contact_of, facts_of
from crmsync.core.people.match_keys import keys_of
from crmsync.core.people.reasons import reasons
from crmsync.core.people.verdicts import DIFFERENT, WEAK, judge
from crmsync.core.state import Candidate, Claim
from crmsync.core.text.titles import title_of

_RULES = 2
"""Counts up when the table of evidence says anything else: then every claim is worked out anew."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on either side, prepared. keys: match keys. mark: digest of all that tells who it is."""

    id: str
    name: str
    evidence: Evidence
    keys: tuple[str, ...]
    mark: str


class Decided(NamedTuple):
    """What follows from all claims.

    links: pairs of candidate key and CRM id that are certainly one person. rows: the candidates with the
    claims that stand; those that are linked have theirs still. free: CRM ids of the claimants whom nothing
    holds back any more.
    """

    links: tuple[Pair, ...]
    rows: tuple[Candidate, ...]
    free: frozenset[str]


def person(canon: Canon, id: str, contact: Contact) -> Person:
    """A CRM contact, prepared."""
    return _person(canon, id, title_of(contact), contact)


def of_row(canon: Canon, row: Candidate) -> Person:
    """A candidate, prepared."""
    return _person(canon, row.key, row.name, contact_of(row))


def _person(canon: Canon, id: str, name: str, contact: Contact) -> Person:
    evidence = prepare(contact, canon.region)
    emails, phones = ([item.value for item in items] for items in (contact.emails, contact.phones))
    mark = canon.content(_RULES, canon.region, facts_of(contact), emails, phones, contact.organization)
    return Person(id, name, evidence, keys_of(canon, evidence), mark)


def claim(
    canon: Canon, who: Person, shown: Person, row: Candidate, before: Claim | None = None, *, closed: int = -1
) -> Claim | None:
    """What one says of the other, as far as the two alone tell; None when they are nobody to each other.

    shown: the row, prepared. before: the claim as it was worked out last, which stands while neither says
    anything else of itself. closed: the closed round of the sheet.
    """
    if before is not None and before.mark == _mark(canon, who, shown):
        return heard(before) if row.round > closed else before
    fresh = _standing(row, _claim(canon, who, shown, _tie(who, shown, NOBODY)), closed)
    return fresh if fresh.strength else None


def _standing(row: Candidate, claim: Claim, closed: int) -> Claim:
    """The claim as it stands beside what the user has said of the row.

    One person stays that, whatever becomes of what the two have in common; and who hardly is whom a row shows
    that was declined, waits for nothing.
    """
    if row.same_person_as == claim.crm and not claim.strength:
        return replace(claim, verdict="maybe", strength=WEAK)
    return mute(claim) if is_muted(row, claim, closed) else claim


def is_muted(row: Candidate, claim: Claim, closed: int) -> bool:
    """Whether the claim is so weak that the row, which was declined, holds nobody back for it."""
    return claim.strength == WEAK and row.round <= closed and row.same_person_as != claim.crm


def mute(claim: Claim) -> Claim:
    """The claim, remembered as one that nobody asks about as long as its row is declined."""
    return replace(claim, verdict="different", strength=0, muted=True)


def heard(claim: Claim) -> Claim:
    """The claim of a row that is offered again: who hardly is whom it shows is asked about once more."""
    return replace(claim, verdict="maybe", strength=WEAK, muted=False) if claim.muted else claim


def _mark(canon: Canon, who: Person, shown: Person) -> str:
    return canon.digest("claim", who.mark, shown.mark)


def _tie(who: Person, row: Person, common: Shared) -> Tie:
    findings = compare(who.evidence, row.evidence, common)
    return Tie(who.id, row.id, judge(findings), findings)


def _claim(canon: Canon, who: Person, row: Person, tie: Tie) -> Claim:
    verdict, why = tie.verdict, reasons(tie.findings)
    return Claim(who.id, who.name, verdict.kind, verdict.strength, why, who.keys, _mark(canon, who, row))


def together(people: Iterable[Person], rows: Iterable[Candidate]) -> dict[str, list[str]]:
    """Of each candidate's key the ids of those that share a match key with it, where it is not one that so
    many have that it tells nobody apart.
    """
    owners: dict[str, list[str]] = defaultdict(list)
    for who in people:
        for key in who.keys:
            owners[key].append(who.id)
    holders: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        for key in row.match_keys:
            if key in owners:
                holders[key].append(row.key)
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for key, some in holders.items():
        if len(some) <= MOST_TOGETHER and len(owners[key]) <= MOST_TOGETHER:
            for row_key in some:
                found[row_key].update(dict.fromkeys(owners[key]))
    return {row_key: [*ids] for row_key, ids in found.items()}


def clusters(rows: Iterable[Candidate]) -> list[list[Candidate]]:
    """Claimed candidates by what hangs together: who claims one, claims all of its cluster or none."""
    parent: dict[str, str] = {}

    def root(crm: str) -> str:
        while (above := parent.setdefault(crm, crm)) != crm:
            parent[crm] = crm = parent[above]
        return crm

    claimed = [row for row in rows if row.claims]
    for row in claimed:
        for claim in row.claims[1:]:
            parent[root(claim.crm)] = root(row.claims[0].crm)
    found: dict[str, list[Candidate]] = defaultdict(list)
    for row in claimed:
        found[root(row.claims[0].crm)].append(row)
    return list(found.values())


def decided(
    canon: Canon,
    rows: Sequence[Candidate],
    people: Mapping[str, Person],
    linked: Collection[str],
    *,
    closed: int = -1,
) -> Decided:
    """Decides the claims of candidates that hang together.

    people: the living claimants, and linked records that the candidates may be, by CRM id; claims of others
    are over. linked: those of them that are linked, to whom none of the candidates is linked any more.
    closed: the closed round of the sheet.
    """
    shown = {row.key: of_row(canon, row) for row in rows}
    common = shared((it.evidence for it in people.values()), (it.evidence for it in shown.values()))
    ties = [_tie(people[crm], shown[row.key], common) for row in rows for crm in _asked(row) if crm in people]
    unsure = {pair for row in rows for pair in _unsure(row)}
    apart = {(crm, row.key) for row in rows for crm in row.distinct}
    standing = assigned(
        (tie for tie in ties if tie.verdict.kind != "different" and (tie.left, tie.right) not in apart),
        unsure,
    )
    links = tuple(
        (tie.right, tie.left) for tie in standing if tie.verdict.kind == "same" and tie.left not in linked
    )
    by_row: dict[str, list[Claim]] = defaultdict(list)
    asked = {(tie.left, tie.right) for tie in standing}
    others = [replace(tie, verdict=DIFFERENT) for tie in ties if (tie.left, tie.right) not in asked]
    for tie in (*standing, *others):
        by_row[tie.right].append(_claim(canon, people[tie.left], shown[tie.right], tie))
    after = tuple(_with(row, [_standing(row, it, closed) for it in by_row[row.key]], linked) for row in rows)
    done = {key for key, _ in links}
    held = {it.crm for row in after if row.key not in done for it in row.claims if it.strength}
    waited = {it.crm for row in rows for it in row.claims if it.strength and it.crm in people}
    return Decided(links, after, frozenset(waited - held - {crm for _, crm in links} - {*linked}))


def _asked(row: Candidate) -> Iterator[str]:
    yield from dict.fromkeys(claim.crm for claim in (*row.claims, *row.linked))


def _unsure(row: Candidate) -> Iterator[Pair]:
    """Pairs that only the user joins: an undo has parted them, or the answer on the sheet is another one."""
    for crm in _asked(row):
        if crm in row.parted or row.answer not in (None, crm):
            yield (crm, row.key)


def _with(row: Candidate, claims: Sequence[Claim], linked: Collection[str]) -> Candidate:
    return replace(
        row,
        claims=tuple(it for it in claims if it.crm not in linked),
        linked=tuple(it for it in claims if it.crm in linked and it.strength),
    )
