import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.core.model import Contact
from crmsync.core.people.person_name import NAMELESS, PersonName, read
from tests.core.people.somebody import contact


def parts(of: Contact) -> tuple[tuple[str, ...], tuple[str, ...], str, str]:
    name = read(of)
    assert name.kind == "person"
    return name.given, name.middle, name.family, name.generation


@pytest.mark.parametrize(
    ("written", "parsed"),
    [
        (contact("Ann|Martin"), (("ann",), (), "martin", "")),
        (contact("Ann Martin"), (("ann",), (), "martin", "")),
        (contact("|Martin, Ann"), (("ann",), (), "martin", "")),
        (contact("Martin, Ann"), (("ann",), (), "martin", "")),
        (contact("Dr. Ann|Martin"), (("ann",), (), "martin", "")),
        (contact("Mme Ann Martin"), (("ann",), (), "martin", "")),
        (contact("John|Stone", suffix="Jr."), (("john",), (), "stone", "junior")),
        (contact("John|Stone Sr"), (("john",), (), "stone", "senior")),
        (contact("John Q. Stone III"), (("john",), ("q",), "stone", "3")),
        (contact("Pieter van der Berg"), (("pieter",), (), "vanderberg", "")),
        (contact("Pieter|van der Berg"), (("pieter",), (), "vanderberg", "")),
        (contact("Marie-Claude|Roy-Tremblay"), (("marie", "claude"), (), "roytremblay", "")),
        (contact("Éloïse|D'Amour"), (("eloise",), (), "damour", "")),
        (contact("Ann 🏡|Martin"), (("ann",), (), "martin", "")),
        (contact("小明|王"), (("小明",), (), "王", "")),
        (contact("", nickname="Annie"), (("annie",), (), "", "")),
    ],
)
def test_a_name_is_read_from_its_fields_and_from_one(
    written: Contact, parsed: tuple[tuple[str, ...], tuple[str, ...], str, str]
) -> None:
    assert parts(written) == parsed


@pytest.mark.parametrize("written", ['Robert "Bob"|Stone', "Robert (Bob)|Stone", "Robert|Stone (Bob)"])
def test_a_nickname_in_brackets_may_stand_for_the_given_name(written: str) -> None:
    assert read(contact(written)).also == {"bob"}


def test_a_maiden_name_is_a_part_of_the_family_name() -> None:
    for written in ("Anne|Roy (née Tremblay)", "Anne|Roy née Tremblay", "Anne|Roy-Tremblay"):
        assert {"roy", "tremblay"} <= read(contact(written)).parts


@pytest.mark.parametrize(
    "written",
    ["John & Mary|Stone", "John and Mary|Stone", "M. et Mme|Roy", "Mr and Mrs Stone", "Stone Family",
     "The Stones", "Famille Roy", "Jean et Marie Roy", "John/Mary|Stone"],
)  # fmt: skip
def test_an_entry_for_two_is_joint(written: str) -> None:
    assert read(contact(written)).kind == "joint"


@pytest.mark.parametrize(
    "written", ["Ortega y Gasset", "José|Ortega y Gasset", "Andy|Etienne", "Anderson Band"]
)
def test_one_person_whose_name_has_an_and_in_it_is_not_joint(written: str) -> None:
    assert read(contact(written)).kind == "person"


@pytest.mark.parametrize(
    "written",
    ["Estate of John|Stone", "Succession de Jean Roy", "Jane's husband", "Ann|Martin c/o Bob Roy",
     "Mari de Lise", "Zoe's assistant", "Wife of Jim"],
)  # fmt: skip
def test_who_is_named_by_somebody_else_is_nobodys_single_record(written: str) -> None:
    assert read(contact(written)).kind in ("of_other", "relative")


def test_without_a_personal_name_an_organisation_speaks() -> None:
    assert read(contact(organization="Acme Plumbing Inc.")) == read(contact(organization="ACME Plumbing"))
    assert read(contact(organization="Acme")).kind == "organization"
    assert read(contact("Ann|Martin", organization="Acme")).kind == "person"
    assert read(contact()) == NAMELESS


def test_the_order_of_a_name_does_not_matter_to_the_whole() -> None:
    assert (
        read(contact("Ann|Martin")).both
        == read(contact("Martin|Ann")).both
        == read(contact("Martin Ann")).both
    )


TEXTS = st.text(max_size=300)


CONTACTS = st.builds(
    Contact,
    given_name=TEXTS,
    middle_name=TEXTS,
    family_name=TEXTS,
    suffix=TEXTS,
    nickname=TEXTS,
    organization=TEXTS,
)


@given(CONTACTS)
def test_any_text_is_read(written: Contact) -> None:
    name = read(written)
    assert isinstance(name, PersonName)
    assert (name.kind == "none") == (not name.both)


@given(st.text("abcdefghijklmnopqrstuvwxyz .-'&", max_size=40), st.text("abcdefghij -", max_size=40))
def test_case_does_not_matter(given: str, family: str) -> None:
    assert read(Contact(given_name=given, family_name=family)) == read(
        Contact(given_name=given.upper(), family_name=family.title())
    )
