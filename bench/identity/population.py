"""Two invented address books of one agent, and the truth about them: `population(seed)`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from random import Random

from bench.identity.kinds import KINDS, STRANGER
from bench.identity.scene import Kind, Scene
from bench.identity.town import Town
from crmsync.core.model import Contact

SIZE = 2_000
"""Contacts a side at which each kind comes as often as it says."""


@dataclass(frozen=True, slots=True)
class Population:
    """Both books by id, and who is who.

    pairs: a CRM id and a Google id that are one person, one organisation or one joint entry. Whatever else
        looks alike is not one.
    doubles_crm, doubles_google: the same within a side, each pair in the order of the ids.
    kind: of each id, the name of the kind of situation it belongs to.
    """

    crm: Mapping[str, Contact]
    google: Mapping[str, Contact]
    pairs: frozenset[tuple[str, str]]
    doubles_crm: frozenset[tuple[str, str]]
    doubles_google: frozenset[tuple[str, str]]
    kind: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Card:
    contact: Contact
    who: object
    kind: str


def population(seed: int, size: int = SIZE) -> Population:
    """The books of that seed, with `size` contacts each: every kind as often as it says, in proportion to the
    size and at least once; all others are strangers to the other book. The same seed, the same books.
    """
    town = Town(Random(seed))
    crm: list[_Card] = []
    google: list[_Card] = []

    def play(kind: Kind, times: int) -> None:
        for _ in range(times):
            scene = Scene(town)
            kind.make(scene)
            crm.extend(_Card(contact, who, kind.name) for contact, who in scene.crm)
            google.extend(_Card(contact, who, kind.name) for contact, who in scene.google)

    for each in KINDS:
        play(each, max(1, round(each.count * size / SIZE)))
    while min(len(crm), len(google)) < size:
        play(STRANGER, 1)
    return _numbered(town.rng, _cut(crm, size), _cut(google, size))


def _cut(cards: list[_Card], size: int) -> list[_Card]:
    """The last strangers of the longer book left out; what belongs to a kind stays."""
    surplus = max(0, len(cards) - size)
    strangers = sum(card.kind == STRANGER.name for card in cards)
    return cards[: len(cards) - min(surplus, strangers)]


def _numbered(rng: Random, crm: list[_Card], google: list[_Card]) -> Population:
    """With ids that say nothing: each book is shuffled first."""
    rng.shuffle(crm)
    rng.shuffle(google)
    by_crm = {f"c{number:05d}": card for number, card in enumerate(crm, 1)}
    by_google = {f"g{number:05d}": card for number, card in enumerate(google, 1)}
    crm_of, google_of = _by_who(by_crm.items()), _by_who(by_google.items())
    return Population(
        crm={each: card.contact for each, card in by_crm.items()},
        google={each: card.contact for each, card in by_google.items()},
        pairs=frozenset(
            (one, other) for who, ids in crm_of.items() for one in ids for other in google_of.get(who, ())
        ),
        doubles_crm=_doubles(crm_of.values()),
        doubles_google=_doubles(google_of.values()),
        kind={each: card.kind for each, card in (*by_crm.items(), *by_google.items())},
    )


def _by_who(cards: Iterable[tuple[str, _Card]]) -> dict[object, list[str]]:
    found: dict[object, list[str]] = {}
    for each, card in cards:
        found.setdefault(card.who, []).append(each)
    return found


def _doubles(groups: Iterable[list[str]]) -> frozenset[tuple[str, str]]:
    return frozenset(pair for ids in groups for pair in combinations(sorted(ids), 2))
