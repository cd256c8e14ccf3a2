"""Which rows of the import sheet may be one person."""

from dataclasses import replace

from crmsync.core.people import alike
from crmsync.core.people.assignment import MOST_TOGETHER
from crmsync.core.state import Alike, Candidate, Choice
from tests.core.people.somebody import contact
from tests.core.people.test_matching import offered
from tests.core.records import CANON

TESS = contact("Tess|Twin", emails=["tess@twin.example"])
AGAIN = contact("Tess|Twin", emails=["tess@twin.example"], phones=["416-555-0130"])
ANN = contact("Ann|Martin", emails=["ann@a.example"])


def told(*rows: Candidate, others: tuple[Candidate, ...] = ()) -> dict[str, Candidate]:
    return {row.key: row for row in alike.told(CANON, rows, others)}


def names(row: Candidate) -> list[str]:
    return [it.key for it in row.alike]


def test_two_rows_of_one_person_name_each_other_and_nobody_else() -> None:
    found = told(offered("g1", TESS), offered("g2", AGAIN), offered("g3", ANN))
    assert [names(found[key]) for key in ("g1", "g2", "g3")] == [["g2"], ["g1"], []]
    [hint] = found["g1"].alike
    assert alike.is_likely(hint.strength)
    assert hint.reasons == ("email", "name")


def test_a_row_that_comes_later_is_told_to_the_one_that_is_there() -> None:
    [first] = told(offered("g1", TESS)).values()
    found = told(offered("g2", AGAIN), others=(first,))
    assert (names(found["g1"]), names(found["g2"])) == (["g2"], ["g1"])


def test_a_row_that_says_somebody_else_now_is_alike_no_more_on_either_side() -> None:
    both = told(offered("g1", TESS), offered("g2", AGAIN))
    now = replace(offered("g2", ANN), alike=both["g2"].alike)
    found = told(now, others=(both["g1"],))
    assert (names(found["g1"]), names(found["g2"])) == ([], [])


def test_what_was_answered_stands_when_the_evidence_goes() -> None:
    both = told(offered("g1", TESS), offered("g2", AGAIN))
    now = replace(offered("g2", ANN), alike=both["g2"].alike, choice=Choice(same_row="g1"))
    found = told(now, others=(both["g1"],))
    assert (names(found["g1"]), names(found["g2"])) == (["g2"], ["g1"])
    assert not alike.is_likely(found["g1"].alike[0].strength)


def test_while_both_say_the_same_nothing_is_compared_anew() -> None:
    both = told(offered("g1", TESS), offered("g2", AGAIN))
    [hint] = both["g1"].alike
    marked = {
        key: replace(row, alike=(replace(row.alike[0], reasons=("kept",)),)) for key, row in both.items()
    }
    found = told(marked["g1"], others=(marked["g2"],))
    assert found["g1"].alike == (Alike("g2", hint.strength, ("kept",), hint.mark),)
    assert "g2" not in found, "nothing of it has changed"


def test_a_couple_at_one_mailbox_is_no_question_worth_asking() -> None:
    home = ["home@roy.example"]
    found = told(
        offered("g1", contact("Marc|Roy", emails=home)), offered("g2", contact("Lise|Roy", emails=home))
    )
    assert not any(alike.is_likely(it.strength) for row in found.values() for it in row.alike)


def test_what_very_many_share_brings_nobody_together() -> None:
    names = (f"{chr(97 + n // 8) * 3}|{chr(97 + n % 8) * 4}" for n in range(MOST_TOGETHER + 8))
    people = [contact(name, phones=["416-555-0100"]) for name in names]
    rows = [offered(f"g{n:02d}", each) for n, each in enumerate(people)]
    assert not any(row.alike for row in told(*rows).values())


def test_that_two_are_two_outweighs_that_they_are_one() -> None:
    one = offered("g1", TESS, choice=Choice(same_row="g2"))
    assert alike.answer(one, offered("g2", AGAIN)) is True
    assert alike.answer(offered("g2", AGAIN), one) is True
    assert alike.answer(one, offered("g2", AGAIN, choice=Choice(other_rows=("g1",)))) is False
    assert alike.answer(offered("g1", TESS), offered("g2", AGAIN)) is None
