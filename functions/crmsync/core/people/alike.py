"""Which records of one side may be one person: rows of the import sheet, contacts of the CRM.

Nobody is joined with anybody here: what is alike is asked about.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from crmsync.core.pair.canon import Canon
from crmsync.core.people.assignment import MOST_TOGETHER, Pair, shared
from crmsync.core.people.comparison import Shared, compare
from crmsync.core.people.matching import Person, of_row
from crmsync.core.people.reasons import reasons
from crmsync.core.people.verdicts import LIKELY, judge
from crmsync.core.state import Alike, Candidate


def is_likely(strength: int) -> bool:
    """Whether it is worth a question of its own: what is less is shown to those who look for it."""
    return strength >= LIKELY


def close(keys: Mapping[str, Sequence[str]], of: Iterable[str]) -> set[Pair]:
    """The pairs of ids, the lesser first, that share a match key which tells anybody apart.

    keys: of each id. of: one of each pair is among these.
    """
    holders: dict[str, list[str]] = defaultdict(list)
    for id, some in keys.items():
        for key in some:
            holders[key].append(id)
    wanted = {*of}
    return {
        (min(one, other), max(one, other))
        for some in holders.values()
        if len(some) <= MOST_TOGETHER
        for one, other in combinations(some, 2)
        if one in wanted or other in wanted
    }


def between(one: Person, other: Person, common: Shared) -> tuple[int, tuple[str, ...]]:
    """How much speaks for the two being one person (0: nothing), and the reasons."""
    findings = compare(one.evidence, other.evidence, common)
    return judge(findings).strength, reasons(findings)


def mark_of(canon: Canon, one: Person, other: Person) -> str:
    """A digest of what the two say of who they are, whichever comes first."""
    return canon.digest("alike", *sorted((one.mark, other.mark)))


def common_of(people: Iterable[Person]) -> Shared:
    """The addresses and numbers that several of these people have."""
    return shared(each.evidence for each in people)


def told(canon: Canon, rows: Sequence[Candidate], others: Iterable[Candidate]) -> list[Candidate]:
    """These rows, new or changed, with all whom they may be, and those of the others that say anything else
    then.

    others: rows that share a match key with any of these, or that these were said to be. What the two said
    when they were compared last stands while they say the same.
    """
    fresh = {row.key for row in rows}
    known = {row.key: row for row in (*rows, *(it for it in others if it.key not in fresh))}
    before = {key: {it.key: it for it in row.alike} for key, row in known.items()}
    after = {key: dict(found) for key, found in before.items()}
    met = close({key: row.match_keys for key, row in known.items()}, fresh)
    met |= {(min(key, it), max(key, it)) for key in known for it in before[key] if it in known}
    people = {key: of_row(canon, known[key]) for key in {key for pair in met for key in pair}}
    common = common_of(people.values())
    for key in fresh:
        after[key] = {it: found for it, found in after[key].items() if it in known}
    for one, other in met:
        if one in fresh or other in fresh:
            was = before[one].get(other) or before[other].get(one)
            found = _alike(canon, people[one], people[other], common, was, known[one], known[other])
            for here, there in ((one, other), (other, one)):
                after[here].pop(there, None)
                if found is not None:
                    after[here][there] = replace(found, key=there)
    return [
        replace(row, alike=tuple(sorted(after[key].values(), key=lambda it: (-it.strength, it.key))))
        for key, row in known.items()
        if key in fresh or after[key] != before[key]
    ]


def _alike(
    canon: Canon,
    one: Person,
    other: Person,
    common: Shared,
    was: Alike | None,
    row: Candidate,
    another: Candidate,
) -> Alike | None:
    mark = mark_of(canon, one, other)
    if was is not None and was.mark == mark:
        return was
    strength, why = between(one, other, common)
    # What was answered stands, whatever becomes of what the two have in common.
    answered = answer(row, another) is not None
    return Alike(other.id, max(strength, 1 if answered else 0), why, mark) if strength or answered else None


def answer(row: Candidate, other: Candidate) -> bool | None:
    """Whether the user has said that two rows are one person; None without an answer. Said on either row it
    counts for both, and that they are two outweighs that they are one.
    """
    if other.key in row.choice.other_rows or row.key in other.choice.other_rows:
        return False
    if row.choice.same_row == other.key or other.choice.same_row == row.key:
        return True
    return None
