"""Who is in the CRM more than once: groups of contacts that may be one person, among all there are."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from crmsync.core.people.alike import between, close, common_of, is_likely
from crmsync.core.people.assignment import Pair
from crmsync.core.people.matching import Person
from crmsync.core.people.verdicts import LIKELY


@dataclass(frozen=True, slots=True)
class Tied:
    """Two contacts that may be one person: the lesser id first, how much speaks for it, and why."""

    ids: Pair
    strength: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Contacts that hang together. ties: between whom, the strongest first."""

    ids: tuple[str, ...]
    ties: tuple[Tied, ...]

    @property
    def is_likely(self) -> bool:
        """Whether anything but a weak hint speaks for it."""
        return is_likely(self.ties[0].strength)


def groups(
    people: Mapping[str, Person], apart: Collection[Pair], asked: Collection[Pair] = frozenset()
) -> list[Group]:
    """The groups, likely ones first. What is likely hangs together however many there are; what hardly is one
    person is a pair for itself.

    apart: pairs that the user has told apart, the lesser id first. asked: pairs for which somebody waits:
    they count as likely.
    """
    common = common_of(people.values())
    found = []
    for one, other in close({id: who.keys for id, who in people.items()}, people):
        if (one, other) not in apart:
            strength, why = between(people[one], people[other], common)
            strength = max(strength, LIKELY) if (one, other) in asked else strength
            found += [Tied((one, other), strength, why)] if strength else []
    likely = [tied for tied in found if is_likely(tied.strength)]
    root: dict[str, str] = {}

    def top(id: str) -> str:
        while (above := root.setdefault(id, id)) != id:
            root[id] = id = root[above]
        return id

    for tied in likely:
        root[top(tied.ids[0])] = top(tied.ids[1])
    together: dict[str, list[Tied]] = defaultdict(list)
    for tied in likely:
        together[top(tied.ids[0])].append(tied)
    hints = [tied for tied in found if not is_likely(tied.strength)]
    weak = [[tied] for tied in hints if top(tied.ids[0]) != top(tied.ids[1])]
    made = [_group(people, ties) for ties in (*together.values(), *weak)]
    return sorted(made, key=lambda it: (-it.ties[0].strength, people[it.ids[0]].name.casefold(), it.ids))


def _group(people: Mapping[str, Person], ties: list[Tied]) -> Group:
    ids = {id for tied in ties for id in tied.ids}
    ordered = sorted(ids, key=lambda id: (people[id].name.casefold(), id))
    return Group(tuple(ordered), tuple(sorted(ties, key=lambda it: (-it.strength, it.ids))))
