"""Who is who among all records of two sides: what shares anything is compared, the best fit decides.

Nothing is compared with everything: records meet where an index of their evidence brings them together.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import combinations, product

from crmsync.core.people.comparison import Findings, Shared, compare
from crmsync.core.people.evidence import Evidence
from crmsync.core.people.verdicts import STRONG, Verdict, judge

MOST_TOGETHER = 40
"""So many records of a side that share one thing are compared by it; what more have in common tells nobody
apart.
"""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Tie:
    """Two records that may be one person: one of either side, with the verdict and what was found."""

    left: str
    right: str
    verdict: Verdict
    findings: Findings


def keys(evidence: Evidence) -> Iterator[tuple[str, ...]]:
    """By what a record is found, the surest first: who shares none of these is never compared.

    Some more than one of an address, for each survives another slip.
    """
    for box in sorted(evidence.boxes):
        yield ("email", box)
    for line in sorted(evidence.lines):
        yield ("line", line)
    name = evidence.name
    if name.kind != "none":
        # In any order, and as it is read in Latin letters.
        yield ("name", "".join(sorted(evidence.latin or name.both)))
    if evidence.birthday is not None:
        yield ("born", *map(str, evidence.birthday))
    for place in evidence.places:
        if place.number and place.postal:
            yield ("house", place.number, place.postal)
        if place.street and place.postal:
            yield ("street", place.street, place.postal)
        if place.street and place.number:
            yield ("door", place.street, place.number)
        if place.town:
            for word in (*name.given[:1], name.family):
                yield ("town", place.town, word)


def shared(*sides: Iterable[Evidence]) -> Shared:
    """The addresses and numbers that several people of one side have, or an organisation."""
    emails: set[str] = set()
    lines: set[str] = set()
    for side in sides:
        by_email: dict[str, list[Evidence]] = defaultdict(list)
        by_line: dict[str, list[Evidence]] = defaultdict(list)
        for evidence in side:
            for address in evidence.emails:
                by_email[address].append(evidence)
            for line in evidence.lines:
                by_line[line].append(evidence)
        emails.update(address for address, holders in by_email.items() if _several(holders))
        lines.update(line for line, holders in by_line.items() if _several(holders))
    return Shared(emails, lines)


def _several(holders: list[Evidence]) -> bool:
    """Whether these are more than one person, as far as their names tell."""
    if len(holders) < 2:
        return False
    return len(holders) > MOST_TOGETHER or any(
        compare(a, b).names not in ("same", "near", "none", "nameless") for a, b in combinations(holders, 2)
    )


def ties(
    left: Mapping[str, Evidence],
    right: Mapping[str, Evidence],
    apart: Collection[Pair] = frozenset(),
) -> list[Tie]:
    """Everything between two sides that may be one person, best first.

    Of the pairs that the table calls the same, only those stay so that nothing competes with; where two
    people share an address, each name that fits goes to its like. apart: pairs that the user has told apart.
    """
    common = shared(left.values(), right.values())
    found = []
    for one, other in together(left, right):
        if (one, other) in apart:
            continue
        findings = compare(left[one], right[other], common)
        verdict = judge(findings)
        if verdict.kind != "different":
            found.append(Tie(one, other, verdict, findings))
    return assigned(found)


def together(left: Mapping[str, Evidence], right: Mapping[str, Evidence]) -> Set[Pair]:
    """The pairs that share a key, but for what too many share."""
    found: set[Pair] = set()
    index: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for id, evidence in left.items():
        for key in keys(evidence):
            index[key].append(id)
    meet: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for id, evidence in right.items():
        for key in keys(evidence):
            if key in index:
                meet[key].append(id)
    for key, some in meet.items():
        if len(index[key]) <= MOST_TOGETHER and len(some) <= MOST_TOGETHER:
            found.update(product(index[key], some))
    return found


def assigned(found: Iterable[Tie], unsure: Collection[Pair] = frozenset()) -> list[Tie]:
    """The ties with each verdict in the light of the others, best first.

    What fits two people best to each other takes the weaker ties of both away: at one mailbox John is John,
    and nobody asks whether he is Jane. unsure: pairs that are never certain.
    """
    by_left: dict[str, list[Tie]] = defaultdict(list)
    by_right: dict[str, list[Tie]] = defaultdict(list)
    everything = sorted(found, key=_order)
    for tie in everything:
        by_left[tie.left].append(tie)
        by_right[tie.right].append(tie)
    best_left = {id: _best(some) for id, some in by_left.items()}
    best_right = {id: _best(some) for id, some in by_right.items()}
    settled: list[Tie] = []
    for tie in everything:
        rivals = [*by_left[tie.left], *by_right[tie.right]]
        if (tie.left, tie.right) not in unsure and _is_certain(tie, rivals):
            settled.append(Tie(tie.left, tie.right, Verdict("same", STRONG, tie.verdict.rule), tie.findings))
        elif not any(
            _outdone(tie, best, best_left, best_right)
            for best in (best_left[tie.left], best_right[tie.right])
        ):
            settled.append(_doubtful(tie))
    return settled


def _best(ties: Iterable[Tie]) -> Tie:
    return max(ties, key=lambda tie: weight(tie.findings))


def _outdone(tie: Tie, best: Tie, best_left: Mapping[str, Tie], best_right: Mapping[str, Tie]) -> bool:
    """Whether two others, one of them of this tie, fit each other so much better that nobody need ask.

    Another of the same name, which nothing contradicts, may be a second copy: that is worth the question.
    """
    findings = tie.findings
    own = "own" in (findings.email, findings.phone)
    alike = (findings.names == "same" and (own or "apart" not in (findings.email, findings.phone))) or (
        findings.names == "near" and findings.how == "piece" and own
    )
    close = ("equal", "near")
    born = findings.birthday in close and findings.place in close and findings.names != "sibling"
    if (alike or born) and not findings.contradicted and findings.generation != "near":
        return False
    return (
        best.findings.names == "same"
        and best_left[best.left] is best
        and best_right[best.right] is best
        and weight(best.findings) >= weight(tie.findings) + MARGIN
    )


MARGIN = 2
"""By so much a tie must be the better one to take another away."""

_NAMES: Mapping[str, int] = {
    "same": 6, "near": 4, "read_alike": 4, "loose": 3, "part": 2, "moved": 2, "nameless": 2, "joint": 1,
    "none": 1,
}  # fmt: skip
_REACHED: Mapping[str, int] = {"own": 3, "shared": 1, "alike": 2, "slip": 1}
_FACTS: Mapping[str, int] = {"equal": 2, "near": 1, "other": -3}


def weight(findings: Findings) -> int:
    """How well two fit each other, to be compared with how others do."""
    return (
        _NAMES.get(findings.names, 0)
        + _REACHED.get(findings.email, 0)
        + _REACHED.get(findings.phone, 0)
        + _FACTS.get(findings.birthday, 0)
        + _FACTS.get(findings.generation, 0)
        + _FACTS.get(findings.middle, 0)
        + (1 if findings.place == "equal" else 0)
        + (1 if findings.organization == "equal" else 0)
    )


def _is_certain(tie: Tie, rivals: Iterable[Tie]) -> bool:
    if any(
        other is not tie
        and other.findings.names in _LIKE
        and weight(other.findings) + MARGIN > weight(tie.findings)
        for other in rivals
    ):
        return False
    if tie.verdict.kind == "same":
        return True
    # One name at one shared address, and nobody else's name is alike.
    findings = tie.findings
    return (
        findings.names == "same"
        and findings.email == "shared"
        and not findings.contradicted
        and findings.generation != "near"
    )


_LIKE = frozenset(("same", "near", "loose", "read_alike", "none"))


def _doubtful(tie: Tie) -> Tie:
    if tie.verdict.kind != "same":
        return tie
    return Tie(tie.left, tie.right, Verdict("maybe", STRONG, tie.verdict.rule), tie.findings)


def _order(tie: Tie) -> tuple[int, int, int, str, str]:
    first = 0 if tie.verdict.kind == "same" else 1
    return (
        first,
        -tie.verdict.strength,
        -("own" in (tie.findings.email, tie.findings.phone)),
        tie.left,
        tie.right,
    )
