"""What will become of the ticked rows in the light of each other, in numbers."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from crmsync.core.account import ImportRounds
from crmsync.core.scope import Scope
from crmsync.core.sheet.alike import Fate, resolved
from crmsync.store.ports import CandidateQuery, Store

_NAMES: Mapping[Fate, str] = {"copy": "link", "undecided": "unanswered", "unproven": "unproven"}


@dataclass(frozen=True, slots=True)
class Together:
    """How rows that may be one person change what would become of each by itself.

    moved: how many rows more, or less, have a fate (`CandidateQuery.fate`). others: keys of the rows that
    have another one.
    """

    moved: Counter[str] = field(default_factory=Counter)
    others: frozenset[str] = frozenset()


def together(store: Store, scope: Scope, rounds: ImportRounds) -> Together:
    """The ticked rows of which one may be the other."""
    rows = store.ticked_together(scope, rounds)
    becomes = resolved({key: row for key, (row, _) in rows.items()})
    moved: Counter[str] = Counter()
    others = set()
    for key, (row, fates) in rows.items():
        fate = becomes[key].fate
        if fate != row.fate and fate in _NAMES:
            moved.subtract(fates)
            moved[_NAMES[fate]] += 1
            others.add(key)
    return Together(moved, frozenset(others))


def unanswered(store: Store, scope: Scope, rounds: ImportRounds) -> int:
    """How many ticked rows wait for an answer: who they are, or whether two of them are one."""
    query = CandidateQuery("open", fate="unanswered")
    alone = store.count_candidates(scope, query, rounds)
    return alone + together(store, scope, rounds).moved["unanswered"]
