"""How well somebody told who is who: against the truth, all in all and for each kind of situation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said: pairs that were linked unasked, and pairs that a person is asked about."""

    links: Set[Pair]
    hints: Set[Pair] = frozenset()


@dataclass(slots=True)
class Score:
    """Counts of one set or kind: of true pairs those linked, hinted and missed; of the others those linked
    wrongly, asked about as one would wish, and asked about without need.
    """

    true: int = 0
    linked: int = 0
    hinted: int = 0
    wrong: int = 0
    wished: int = 0
    needless: int = 0
    missed: list[Pair] = field(default_factory=list)
    wrongly: list[Pair] = field(default_factory=list)

    @property
    def found(self) -> float:
        """The part of the true pairs that were linked or asked about."""
        return (self.linked + self.hinted) / self.true if self.true else 1.0

    @property
    def needless_part(self) -> float:
        """The part of all questions that nobody needed."""
        asked = self.hinted + self.wished + self.needless
        return self.needless / asked if asked else 0.0


@dataclass(frozen=True, slots=True)
class End:
    """The two sides after an honest person has answered every question: people that are right on both sides,
    that are there twice, that were merged with somebody else.
    """

    right: int
    doubled: int
    merged: int

    @property
    def part(self) -> float:
        """The part of the people who are right."""
        people = self.right + self.doubled + self.merged
        return self.right / people if people else 1.0


def score(answer: Answer, truth: Set[Pair], wished: Set[Pair] = frozenset()) -> Score:
    """The whole set. wished: pairs of two persons about which everybody would want to be asked."""
    return Score(
        true=len(truth),
        linked=len(answer.links & truth),
        hinted=len((answer.hints - answer.links) & truth),
        wrong=len(answer.links - truth),
        wished=len((answer.hints - truth) & wished),
        needless=len(answer.hints - truth - wished),
        missed=sorted(truth - answer.links - answer.hints),
        wrongly=sorted(answer.links - truth),
    )


def by_kind(answer: Answer, truth: Set[Pair], wished: Set[Pair], kind: Mapping[str, str]) -> dict[str, Score]:
    """The same for each kind of situation, which is that of the left one."""
    kinds = sorted({kind[left] for left, _ in truth | answer.links | answer.hints})
    return {
        each: score(
            Answer(_of(answer.links, kind, each), _of(answer.hints, kind, each)),
            _of(truth, kind, each),
            wished,
        )
        for each in kinds
    }


def _of(pairs: Iterable[Pair], kind: Mapping[str, str], wanted: str) -> frozenset[Pair]:
    return frozenset(pair for pair in pairs if kind[pair[0]] == wanted)


def after_answers(answer: Answer, truth: Set[Pair], left: Iterable[str], right: Iterable[str]) -> End:
    """What both sides look like once each question was answered truly.

    Who was linked wrongly is merged with somebody else. Of who belongs together and was neither linked nor
    asked about, each side gets a second copy.
    """
    joined = set(answer.links) | (set(answer.hints) & truth)
    wrong = joined - truth
    merged = {record for pair in wrong for record in pair}
    doubled = {record for pair in truth - joined for record in pair} - merged
    everybody = [*left, *right]
    counted = Counter(
        "merged" if record in merged else "doubled" if record in doubled else "right" for record in everybody
    )
    return End(counted["right"], counted["doubled"], counted["merged"])
