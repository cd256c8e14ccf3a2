from collections.abc import Collection
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.core.model import Contact
from crmsync.core.people import matching
from crmsync.core.people.facts import facts_of
from crmsync.core.people.match_keys import match_keys
from crmsync.core.people.matching import Decided, clusters, decided, of_row, person, together
from crmsync.core.state import Candidate, Choice, Claim
from crmsync.core.text.titles import title_of
from tests.core.people.somebody import contact
from tests.core.records import CANON, candidate, quick

HOME = ["home@roy.example"]
MARC, LISE = contact("Marc|Roy", emails=HOME), contact("Lise|Roy", emails=HOME)
ANN = contact("Ann|Martin", emails=["ann@a.example"])


def offered(key: str, of: Contact, **changes: object) -> Candidate:
    """A candidate as it is made from a Google contact."""
    shown = {
        "name": title_of(of),
        "emails": tuple(item.value for item in of.emails),
        "phones": tuple(item.value for item in of.phones),
        "organization": of.organization,
        "facts": facts_of(of),
        "match_keys": match_keys(CANON, of),
    }
    return candidate(key, **shown | changes)


def claim(crm: str, of: Contact, row: Candidate) -> Claim | None:
    return matching.claim(CANON, person(CANON, crm, of), of_row(CANON, row), row)


def decide(
    crm: dict[str, Contact], google: dict[str, Candidate], linked: Collection[str] = ()
) -> tuple[Decided, dict[str, Candidate]]:
    """What is decided about these, each claiming whatever it may be."""
    rows = []
    for row in google.values():
        found = [it for id, of in crm.items() if (it := claim(id, of, row)) is not None]
        unlinked = tuple(it for it in found if it.crm not in linked)
        hints = tuple(it for it in found if it.crm in linked)
        rows.append(replace(row, claims=unlinked, linked=hints))
    people = {id: person(CANON, id, of) for id, of in crm.items()}
    made = decided(CANON, rows, people, linked)
    return made, {row.key: row for row in made.rows}


def asked(row: Candidate) -> list[str]:
    return [it.crm for it in row.matches]


def test_a_claim_says_who_how_surely_and_why() -> None:
    found = claim("c1", ANN, offered("g1", contact("Ann|Martin", emails=["ANN@A.example"])))
    assert found is not None
    assert (found.crm, found.name, found.verdict, found.strength) == ("c1", "Ann Martin", "same", 3)
    assert found.reasons == ("email", "name")
    assert found.keys == match_keys(CANON, ANN)
    assert claim("c1", ANN, offered("g1", contact("Bob|Roy", emails=["b@a.example"]))) is None


def test_a_claim_stands_while_neither_side_says_anything_else() -> None:
    row = offered("g1", MARC)
    first = claim("c1", LISE, row)
    assert first is not None
    over = replace(first, verdict="different", strength=0)
    who, shown = person(CANON, "c1", LISE), of_row(CANON, row)
    assert matching.claim(CANON, who, shown, row, over) == over
    moved = person(CANON, "c1", replace(LISE, nickname="Marco"))
    again = matching.claim(CANON, moved, shown, row, over)
    assert again is not None
    assert again.strength


def test_whom_the_user_has_called_the_same_person_stays_that() -> None:
    row = offered("g1", ANN)
    claimed = claim("c1", ANN, row)
    assert claimed is not None
    row = replace(row, claims=(claimed,), choice=Choice(person="c1"))
    moved = replace(offered("g1", contact("Zed|Quist")), claims=row.claims, choice=row.choice)
    again = claim("c1", ANN, moved)
    assert again is not None
    assert (again.verdict, again.strength) == ("maybe", 1)


def test_what_very_many_have_brings_nobody_together() -> None:
    line = ["416-555-0100"]
    people = [person(CANON, f"c{n}", contact(f"Given{n}|F", phones=line)) for n in range(45)]
    row = offered("g1", contact("Zoe|Quist", phones=line))
    assert together(people[:40], [row]) == {"g1": [f"c{n}" for n in range(40)]}
    assert together(people, [row]) == {}


def test_what_hangs_together_is_one_cluster() -> None:
    def claimed(key: str, *crms: str) -> Candidate:
        return candidate(key, claims=tuple(Claim(crm, crm) for crm in crms))

    rows = [
        claimed("g1", "a"),
        claimed("g2", "b", "c"),
        claimed("g3", "d"),
        claimed("g4", "a", "b"),
        claimed("g5"),
    ]
    found = sorted(sorted(row.key for row in some) for some in clusters(rows))
    assert found == [["g1", "g2", "g4"], ["g3"]]


def test_one_claims_one_and_nothing_speaks_against_it() -> None:
    made, _ = decide({"c1": ANN}, {"g1": offered("g1", ANN)})
    assert made.links == (("g1", "c1"),)
    assert made.free == frozenset()


def test_at_one_mailbox_each_name_goes_to_its_like() -> None:
    made, _ = decide({"m": MARC, "l": LISE}, {"g1": offered("g1", LISE), "g2": offered("g2", MARC)})
    assert sorted(made.links) == [("g1", "l"), ("g2", "m")]


def test_who_is_somebody_else_for_certain_is_free() -> None:
    made, _ = decide({"m": MARC, "l": LISE}, {"g1": offered("g1", LISE)})
    assert made.links == (("g1", "l"),)
    assert made.free == {"m"}


def test_what_fits_two_is_asked_about_both_and_holds_both_back() -> None:
    crm = {"m": MARC, "l": contact("Marcel|Roy", emails=HOME)}
    made, rows = decide(crm, {"g1": offered("g1", contact("M.|Roy", emails=HOME))})
    assert made.links == ()
    assert sorted(asked(rows["g1"])) == ["l", "m"]
    assert made.free == frozenset()


def test_a_claim_that_is_over_is_remembered_and_lets_go_once() -> None:
    """Two of one name at the mailbox of a third: only they are asked about."""
    crm = {"l": LISE, "l2": replace(LISE, nickname="Lisette"), "m": MARC}
    made, rows = decide(crm, {"g1": offered("g1", LISE)})
    assert made.links == ()
    assert made.free == {"m"}
    assert sorted(asked(rows["g1"])) == ["l", "l2"]
    assert [it.crm for it in rows["g1"].claims if not it.strength] == ["m"]
    people = {id: person(CANON, id, of) for id, of in crm.items()}
    again = decided(CANON, list(made.rows), people, ())
    assert (again.rows, again.free) == (made.rows, frozenset())


@pytest.mark.parametrize(
    "changes",
    [{"parted": ("c1",)}, {"choice": Choice(person="none", denied=("c1",))}],
    ids=["an undo has parted them", "the user says another person"],
)
def test_what_the_user_has_to_say_is_never_said_for_them(changes: dict[str, object]) -> None:
    made, rows = decide({"c1": ANN}, {"g1": offered("g1", ANN, **changes)})
    assert (made.links, made.free) == ((), frozenset())
    assert asked(rows["g1"]) == ["c1"]


def test_who_is_told_apart_by_the_user_is_not_asked_about_any_more() -> None:
    made, _ = decide({"c1": ANN, "c2": ANN}, {"g1": offered("g1", ANN, distinct=("c2",))})
    assert made.links == (("g1", "c1"),)
    assert made.free == {"c2"}


def test_a_second_copy_of_somebody_in_step_is_no_free_contact() -> None:
    made, rows = decide({"c1": ANN, "c9": ANN}, {"g1": offered("g1", ANN)}, linked={"c9"})
    assert made.links == ()
    assert sorted(asked(rows["g1"])) == ["c1", "c9"]
    alone, rows = decide({"c9": ANN}, {"g1": offered("g1", ANN)}, linked={"c9"})
    assert (alone.links, asked(rows["g1"])) == ((), ["c9"])


def test_the_claims_of_those_who_are_gone_are_over() -> None:
    row = offered("g1", ANN)
    claimed = claim("c1", ANN, row)
    assert claimed is not None
    made = decided(CANON, [replace(row, claims=(claimed,))], {}, ())
    assert [row.claims for row in made.rows] == [()]


PEOPLE = st.builds(
    contact,
    st.sampled_from(
        ["Ann|Martin", "Bob|Roy", "Robert|Roy", "Lise|Roy", "", "John & Mary|Stone", "Mary|Stone"]
    ),
    emails=st.lists(st.sampled_from(["a@a.example", "b@a.example", "info@a.example"]), max_size=2),
    phones=st.lists(st.sampled_from(["416-555-0101", "416-555-0102"]), max_size=2),
    suffix=st.sampled_from(["", "Jr", "Sr"]),
)


@quick
@given(st.lists(PEOPLE, max_size=4), st.lists(PEOPLE, max_size=4), st.integers(0, 3))
def test_everybody_is_linked_asked_about_or_free(
    crm: list[Contact], google: list[Contact], linked: int
) -> None:
    people = {f"c{n}": of for n, of in enumerate(crm)}
    hinted = [*people][:linked]
    made, rows = decide(people, {f"g{n}": offered(f"g{n}", of) for n, of in enumerate(google)}, hinted)
    pairs = dict(made.links)
    assert len(set(pairs.values())) == len(pairs)
    waiting = {it.crm for key, row in rows.items() if key not in pairs for it in row.claims if it.strength}
    assert not waiting & made.free
    assert not made.free & set(pairs.values())
    assert not (waiting | made.free | set(pairs.values())) & set(hinted)
    again = decided(CANON, list(made.rows), {id: person(CANON, id, of) for id, of in people.items()}, hinted)
    assert again.links == made.links
    assert [{*row.claims} for row in again.rows] == [{*row.claims} for row in made.rows]
