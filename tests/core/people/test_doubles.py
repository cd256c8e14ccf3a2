"""Groups of contacts that may be one person."""

from collections.abc import Collection

from crmsync.core.model import Contact
from crmsync.core.people.doubles import Group, groups
from crmsync.core.people.matching import person
from tests.core.people.somebody import contact
from tests.core.records import CANON

MAIL = ["zoe@quist.example"]
ZOE, AGAIN = contact("Zoe|Quist", emails=MAIL), contact("Zoe|Quist", emails=MAIL, phones=["416-555-0130"])
THIRD = contact("Zoe|Quist", phones=["416-555-0130"])
NAMESAKE, MIA = contact("Zoe|Quist"), contact("Mia|Lund", emails=["mia@lund.example"])


def grouped(*people: Contact, apart: Collection[tuple[str, str]] = ()) -> list[Group]:
    return groups({f"c{n}": person(CANON, f"c{n}", each) for n, each in enumerate(people)}, apart)


def test_what_hangs_together_is_one_group_and_strangers_are_in_none() -> None:
    [group] = grouped(ZOE, AGAIN, THIRD, MIA)
    assert group.ids == ("c0", "c1", "c2")
    assert group.is_likely
    assert {tied.ids for tied in group.ties} >= {("c0", "c1"), ("c1", "c2")}


def test_a_weak_hint_is_a_pair_for_itself_and_comes_last() -> None:
    likely, *weak = grouped(ZOE, AGAIN, NAMESAKE)
    assert (likely.ids, likely.is_likely) == (("c0", "c1"), True)
    assert [group.ids for group in weak] == [("c0", "c2"), ("c1", "c2")]
    assert not any(group.is_likely for group in weak)


def test_a_pair_for_which_somebody_waits_is_likely() -> None:
    people = {f"c{n}": person(CANON, f"c{n}", each) for n, each in enumerate((ZOE, NAMESAKE))}
    assert not groups(people, ())[0].is_likely
    assert groups(people, (), [("c0", "c1")])[0].is_likely


def test_who_was_told_apart_is_in_no_group() -> None:
    assert grouped(ZOE, AGAIN, apart=[("c0", "c1")]) == []
