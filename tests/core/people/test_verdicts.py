"""The table row by row: each row has a pair that it decides, and no pair beside it is called the same."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.core.model import Contact
from crmsync.core.people.comparison import Findings, Names, Shared
from crmsync.core.people.verdicts import DIFFERENT, TABLE, Rule, judge
from tests.core.people.somebody import compared, contact

HOME = ("12 Elm Street", "Guelph", "N1H 2B2")
NEXT_DOOR = ("14 Elm Street", "Guelph", "N1H 2B2")
MAIL, CELL = ["ann@a.example"], ["416-555-0141"]
EVERYBODYS = Shared({"ann@a.example"}, {"+14165550141"})

ROWS: dict[str, tuple[Contact, Contact, Shared]] = {
    "name and e-mail": (contact("Ann|Martin", emails=MAIL), contact("Martin Ann", emails=MAIL), Shared()),
    "name and number": (contact("Ann|Martin", phones=CELL), contact("Ann|Martin", phones=CELL), Shared()),
    "form of the name, e-mail and number": (
        contact("Bob|Alder", emails=MAIL, phones=CELL),
        contact("Robert|Alder", emails=MAIL, phones=CELL),
        Shared(),
    ),
    "nameless, one e-mail": (contact(emails=MAIL), contact(emails=MAIL, phones=CELL), Shared()),
    "name and address of theirs": (
        contact("Ann|Martin", emails=MAIL),
        contact("Ann|Martin", emails=MAIL),
        EVERYBODYS,
    ),
    "name alike and address of theirs": (
        contact("Bob|Alder", phones=CELL),
        contact("Robert|Alder", phones=CELL),
        EVERYBODYS,
    ),
    "part of the name and address of theirs": (
        contact("Cleo", phones=CELL),
        contact("Cleo|Cedar", phones=CELL),
        Shared(),
    ),
    "part of the name and a shared address": (
        contact("Cleo", phones=CELL),
        contact("Cleo|Cedar", phones=CELL),
        EVERYBODYS,
    ),
    "nameless, one address or number": (contact(phones=CELL), contact(phones=CELL), Shared()),
    "name and a fact": (contact("Ann|Martin", lives=HOME), contact("Ann|Martin", lives=HOME), Shared()),
    "name, but a fact against it": (
        contact("John|Stone", lives=HOME, born=(1940, 1, 2)),
        contact("John|Stone", lives=HOME, born=(1972, 8, 9)),
        Shared(),
    ),
    "name alike and facts": (
        contact("Bob|Alder", born=(1940, 1, 2)),
        contact("Robert|Alder", born=(1940, 1, 2)),
        Shared(),
    ),
    "name alike and a fact": (
        contact("Bob|Alder", lives=HOME),
        contact("Robert|Alder", lives=NEXT_DOOR),
        Shared(),
    ),
    "part of the name and a fact": (
        contact("Zoe|Quist", born=(1940, 1, 2)),
        contact("Zoe|Marsh", born=(1940, 1, 2)),
        Shared(),
    ),
    "family name and birthday": (
        contact("Peggy|Marsh", born=(1940, 1, 2)),
        contact("Zoe|Marsh", born=(1940, 1, 2)),
        Shared(),
    ),
    "birthday and address": (
        contact("Peggy|Quist", born=(1940, 1, 2), lives=HOME),
        contact("Zoe|Marsh", born=(1940, 1, 2), lives=HOME),
        Shared(),
    ),
    "one e-mail, another name": (
        contact("Rex|Alpha", emails=MAIL),
        contact("Una|Alpha", emails=MAIL),
        Shared(),
    ),
    "a name and an address with a slip": (
        contact("Ann|Martin", emails=["ann.martin@a.example"]),
        contact("Ann|Martin", emails=["ann.martin@b.example"]),
        Shared(),
    ),
    "two firms at one address": (
        contact(organization="Acme Movers", phones=CELL),
        contact(organization="Zenith Roofing", phones=CELL),
        Shared(),
    ),
    "somebody's relative": (
        contact("Mère de Julie", phones=CELL),
        contact("Lise|Roy", phones=CELL),
        Shared(),
    ),
    "names in other letters, one address": (
        contact("Ann|Martin", emails=MAIL),
        contact("小明|王", emails=MAIL),
        Shared(),
    ),
    "nameless, one home": (contact(lives=HOME), contact("Ann|Martin", lives=HOME), Shared()),
    "one number, another name that is no whole one": (
        contact("Mom", phones=CELL),
        contact("Linda|Stone", phones=CELL),
        Shared(),
    ),
    "a name and nothing against it": (contact("Zoe|Quist", emails=MAIL), contact("Zoe|Quist"), Shared()),
    "a whole name alone": (
        contact("Zoe|Quist", emails=MAIL),
        contact("Zoe|Quist", emails=["z@z.example"]),
        Shared(),
    ),
}


def test_every_row_has_its_pair() -> None:
    assert list(ROWS) == [rule.name for rule in TABLE]


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: str(rule.name))
def test_a_row_decides_its_pair(rule: Rule) -> None:
    one, other, shared = ROWS[rule.name]
    assert judge(compared(one, other, shared)) == rule.verdict


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (contact("Ann", emails=MAIL), contact("Ann", emails=["b@b.example"])),
        (contact("Martin|Thomas", emails=MAIL), contact("Thomas|Martin", emails=["b@b.example"])),
        (contact("Julie|Roy", phones=CELL), contact("Mère de Julie", phones=CELL)),
        (contact("Marc|Roy", phones=CELL), contact("Lise|Roy", phones=CELL)),
        (contact("Marc|Roy", lives=HOME), contact("Lise|Roy", lives=HOME)),
        (contact(organization="Acme", phones=CELL), contact("Bob|Boss", phones=CELL, organization="Acme")),
        (contact("Estate of John|Stone", phones=CELL), contact("Zoe|Stone", phones=CELL)),
        (
            contact(organization="Golden Dragon", phones=CELL, lives=HOME),
            contact(
                organization="Golden Dragon",
                phones=["902-555-0106"],
                lives=("1 King St", "Halifax", "B3M 5W3"),
            ),
        ),
        (contact("Rex|Alpha", phones=CELL), contact("Una|Beta", phones=CELL)),
    ],
)
def test_who_shares_too_little_is_somebody_else(one: Contact, other: Contact) -> None:
    assert judge(compared(one, other)) == DIFFERENT


def test_father_and_son_at_one_number_are_asked_about() -> None:
    father = contact("John|Stone", suffix="Sr", phones=CELL, born=(1940, 1, 2))
    son = contact("John|Stone", suffix="Jr", phones=CELL, born=(1972, 8, 9))
    assert judge(compared(father, son)).kind == "maybe"
    assert judge(compared(father, contact("John|Stone", phones=CELL))).kind == "maybe"


FACTS = ("equal", "near", "other", "")
NAMES: tuple[Names, ...] = get_args(Names)
FINDINGS = st.builds(
    Findings,
    names=st.sampled_from(NAMES),
    how=st.sampled_from(("", "form", "initial", "slip", "piece", "whole")),
    email=st.sampled_from(("own", "shared", "alike", "apart", "")),
    phone=st.sampled_from(("own", "shared", "alike", "apart", "")),
    birthday=st.sampled_from(FACTS),
    place=st.sampled_from(FACTS),
    organization=st.sampled_from(FACTS),
    generation=st.sampled_from(FACTS),
    middle=st.sampled_from(FACTS),
)


@given(FINDINGS)
def test_nobody_is_the_same_against_a_fact_or_without_an_address_of_their_own(found: Findings) -> None:
    verdict = judge(found)
    if verdict.kind == "same":
        assert "own" in (found.email, found.phone)
        assert not found.contradicted
        assert found.names in ("same", "near", "none")
    if found.names in ("unlike", "sibling", "joint", "moved", "part"):
        assert verdict.kind != "same"
