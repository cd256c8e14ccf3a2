"""Whether two contacts are one person: a table of evidence that is read from the top."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from crmsync.core.people.comparison import Findings

Kind = Literal["same", "maybe", "different"]

STRONG, LIKELY, WEAK = 3, 2, 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from a comparison.

    strength: of a maybe, WEAK to STRONG. rule: the row of the table that said so.
    """

    kind: Kind
    strength: int
    rule: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: what it is called, what must be found for it, what follows."""

    name: str
    holds: Callable[[Findings], bool]
    kind: Kind
    strength: int = 0

    @property
    def verdict(self) -> Verdict:
        """What follows."""
        return Verdict(self.kind, self.strength, self.name)


def _reached(it: Findings) -> bool:
    """An address or number in common, or alike, whoever else has it."""
    return it.email in _COMMON or it.phone in _COMMON


def _own(it: Findings) -> bool:
    return it.email == "own" or it.phone == "own"


def _against(it: Findings) -> bool:
    """Whether anything at all speaks against it, be it that nothing is in common where it could be."""
    return (
        it.contradicted
        or it.generation == "near"
        or it.organization == "other"
        or "apart" in (it.email, it.phone)
        or (it.place == "other" and it.how == "firm")
    )


def _facts(it: Findings) -> int:
    """How many of birthday, address and organisation agree, whole ones counting twice."""
    found = (it.birthday, it.place, it.organization if it.organization == "equal" else "")
    return sum(2 if fact == "equal" else 1 if fact == "near" else 0 for fact in found)


_COMMON = frozenset(("own", "shared", "alike"))
_SLIP = frozenset(("slip",))
_ALIKE = frozenset(("near", "loose", "read_alike"))

TABLE: tuple[Rule, ...] = (
    # Never without an address or number of the person's own, and never against a fact.
    Rule(
        "name and e-mail",
        lambda it: (
            it.names == "same" and it.email == "own" and not it.contradicted and it.generation != "near"
        ),
        "same",
        STRONG,
    ),
    Rule(
        "name and number",
        lambda it: (
            it.names == "same"
            and it.phone == "own"
            and it.email != "apart"
            and not it.contradicted
            and it.generation != "near"
        ),
        "same",
        STRONG,
    ),
    Rule(
        "form of the name, e-mail and number",
        lambda it: (
            it.names == "near"
            and it.how == "form"
            and it.email == "own"
            and it.phone == "own"
            and not it.contradicted
            and it.generation != "near"
        ),
        "same",
        STRONG,
    ),
    Rule(
        "nameless, one e-mail",
        lambda it: it.names == "none" and it.email == "own" and not it.contradicted,
        "same",
        STRONG,
    ),
    # What a person would want to be asked about.
    Rule("name and address of theirs", lambda it: it.names == "same" and _reached(it), "maybe", STRONG),
    Rule(
        "name alike and address of theirs",
        lambda it: it.names in _ALIKE and _reached(it),
        "maybe",
        STRONG,
    ),
    Rule(
        "part of the name and address of theirs",
        lambda it: it.names in ("part", "moved", "nameless", "joint") and _own(it),
        "maybe",
        LIKELY,
    ),
    Rule(
        "part of the name and a shared address",
        lambda it: it.names in ("part", "moved", "joint") and _reached(it),
        "maybe",
        WEAK,
    ),
    Rule("nameless, one address or number", lambda it: it.names == "none" and _own(it), "maybe", LIKELY),
    Rule(
        "name and a fact",
        lambda it: it.names == "same" and _facts(it) >= 1 and not it.contradicted,
        "maybe",
        LIKELY,
    ),
    Rule("name, but a fact against it", lambda it: it.names == "same" and _facts(it) >= 1, "maybe", WEAK),
    Rule(
        "name alike and facts",
        lambda it: it.names in _ALIKE and (it.birthday == "equal" or it.place == "equal" or _facts(it) >= 2),
        "maybe",
        LIKELY,
    ),
    Rule("name alike and a fact", lambda it: it.names in _ALIKE and it.place == "near", "maybe", WEAK),
    Rule(
        "part of the name and a fact",
        lambda it: (
            it.names in ("part", "moved") and (it.birthday == "equal" or it.place in ("equal", "near"))
        ),
        "maybe",
        WEAK,
    ),
    Rule(
        "family name and birthday",
        lambda it: (
            it.names == "sibling"
            and (it.birthday == "equal" or (_facts(it) >= 2 and bool(it.birthday)))
            and not it.contradicted
        ),
        "maybe",
        WEAK,
    ),
    Rule(
        "birthday and address",
        lambda it: bool(it.birthday and it.place) and not it.contradicted and _facts(it) >= 3,
        "maybe",
        WEAK,
    ),
    Rule(
        "one e-mail, another name",
        lambda it: (
            it.email == "own"
            and it.names in ("sibling", "unlike")
            and (it.how == "" or (it.how == "whole" and it.phone != "apart"))
        ),
        "maybe",
        WEAK,
    ),
    Rule(
        "a name and an address with a slip",
        lambda it: it.names == "same" and "slip" in (it.email, it.phone) and not it.contradicted,
        "maybe",
        LIKELY,
    ),
    Rule("two firms at one address", lambda it: it.how == "firm" and _own(it), "maybe", WEAK),
    Rule("somebody's relative", lambda it: it.how == "relative" and _own(it), "maybe", WEAK),
    Rule("names in other letters, one address", lambda it: it.how == "script" and _own(it), "maybe", WEAK),
    Rule(
        "nameless, one home",
        lambda it: (
            it.names in ("nameless", "none")
            and it.place in ("equal", "near")
            and it.email != "apart"
            and it.phone != "apart"
        ),
        "maybe",
        WEAK,
    ),
    Rule(
        "one number, another name that is no whole one",
        lambda it: it.names == "unlike" and it.how == "" and it.phone == "own" and it.email != "apart",
        "maybe",
        WEAK,
    ),
    Rule("a name and nothing against it", lambda it: it.names == "same" and not _against(it), "maybe", WEAK),
    Rule(
        "a whole name alone",
        lambda it: (
            it.names == "same"
            and it.how == ""
            and it.full
            and not it.contradicted
            and it.generation != "near"
            and it.organization != "other"
            and it.place != "other"
        ),
        "maybe",
        WEAK,
    ),
)
"""Read from the top: the first row that holds decides. What no row names is somebody else."""

DIFFERENT = Verdict("different", 0, "")
_VERDICTS = tuple((rule.holds, rule.verdict) for rule in TABLE)


def judge(findings: Findings) -> Verdict:
    """The verdict of the table."""
    for holds, verdict in _VERDICTS:
        if holds(findings):
            return verdict
    return DIFFERENT
