"""The engine of the product, asked as the benchmark asks its peers."""

from __future__ import annotations

from collections.abc import Mapping

from bench.identity.score import Answer, Pair
from crmsync.core.model import Contact
from crmsync.core.people.assignment import shared, ties, together
from crmsync.core.people.comparison import compare
from crmsync.core.people.evidence import Evidence, prepare
from crmsync.core.people.verdicts import judge


def between(left: Mapping[str, Contact], right: Mapping[str, Contact], region: str) -> Answer:
    """Who is who between two sides."""
    found = ties(prepared(left, region), prepared(right, region))
    return Answer(
        links=frozenset((tie.left, tie.right) for tie in found if tie.verdict.kind == "same"),
        hints=frozenset((tie.left, tie.right) for tie in found if tie.verdict.kind == "maybe"),
    )


def within(side: Mapping[str, Contact], region: str) -> Answer:
    """Who is there twice: nobody is merged unasked, so all are hints."""
    evidence = prepared(side, region)
    common = shared(evidence.values())
    met: set[Pair] = {(a, b) for a, b in together(evidence, evidence) if a < b}
    return Answer(
        links=frozenset(),
        hints=frozenset(
            pair
            for pair in met
            if judge(compare(evidence[pair[0]], evidence[pair[1]], common)).kind != "different"
        ),
    )


def prepared(side: Mapping[str, Contact], region: str) -> dict[str, Evidence]:
    """The evidence of a side."""
    return {id: prepare(contact, region) for id, contact in side.items()}
