import pytest

from crmsync.core.people.comparison import Findings, Shared
from crmsync.core.people.nicknames import related
from tests.core.people.somebody import compared, contact


def names(one: str, other: str, nickname: str = "") -> str:
    return compared(contact(one, nickname=nickname), contact(other)).names


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("Ann|Martin", "ANN|Martin", "same"),
        ("Ann|Martin", "Martin|Ann", "same"),
        ("Ann|Martin", "Ann Martin", "same"),
        ("Zoé|D'Amour", "Zoe|Damour", "same"),
        ("Marie-Claude|Roy", "Marie Claude|Roy", "same"),
        ("小明|王", "王小明", "same"),
        ("Bob|Alder", "Robert|Alder", "near"),
        ("Bob|Alder", "Rob|Alder", "near"),
        ("B.|Alder", "Bob|Alder", "near"),
        ("Jean|Roy", "Jean-Paul|Roy", "near"),
        ("Catherine|Roy", "Catherine|Roy-Tremblay", "near"),
        ("Catherine|Roy", "Catherine|Roi", "moved"),
        ("Catherine|Tremblay", "Catherine|Trembley", "near"),
        ("Catherne|Tremblay", "Catherine|Trembley", "loose"),
        ("Cathy|Tremblay", "Catherine|Trembley", "loose"),
        ("Иван|Петров", "Ivan|Petrov", "read_alike"),
        ("Julien|Roy", "Julienne|Roy", "sibling"),
        ("Frédéric|Roy", "Frédérique|Roy", "sibling"),
        ("Jean-Paul|Roy", "Jean-Marc|Roy", "sibling"),
        ("Amandeep Singh|Brar", "Amandeep Kaur|Brar", "sibling"),
        ("MJ|Paquette", "Marie-Josée|Paquette", "near"),
        ("Marc|Cho", "Joseph Marc|Cho", "near"),
        ("Maude Archam", "Maude|Archambault", "near"),
        ("Kevin Black, Harbour Logistics", "Kevin|Black", "same"),
        ("Les Charbonneau", "Nicolas et Mélanie|Charbonneau", "near"),
        ("M. et Mme|Roy", "Monsieur et Madame Cédric|Roy", "near"),
        ("Cédric et Lise|Roy", "Marc et Anne|Roy", "sibling"),
        ("Estate of Sharon Clark", "Sharon Clark Estate", "same"),
        ("Mère de Julie", "Julie|Roy", "unlike"),
        ("健|山本", "ケン|ヤマモト", "unlike"),
        ("Cleo", "Cleo|Cedar", "part"),
        ("|Cedar", "Cleo|Cedar", "part"),
        ("Zoe|Quist", "Zoe|Marsh", "moved"),
        ("Marc|Roy", "Lise|Roy", "sibling"),
        ("John & Mary|Stone", "Mary|Stone", "joint"),
        ("John & Mary|Stone", "Jack|Stone", "joint"),
        ("John & Mary|Stone", "Zoe|Stone", "unlike"),
        ("Ann|Martin", "Bob|Alder", "unlike"),
        ("Иван|Петров", "Ann|Martin", "unlike"),
        ("Estate of John|Stone", "John|Stone", "part"),
        ("", "Ann|Martin", "nameless"),
        ("", "", "none"),
    ],
)
def test_how_two_names_stand_to_each_other(one: str, other: str, found: str) -> None:
    assert names(one, other) == found


def test_an_organisation_is_not_a_person() -> None:
    acme, bob = contact(organization="Acme Inc."), contact("Bob|Boss", organization="Acme")
    assert compared(acme, bob).names == "unlike"
    assert compared(acme, contact(organization="ACME")).names == "same"


def test_a_nickname_given_with_the_name_counts() -> None:
    assert names("Mortimer (Duke)|Stone", "Duke|Stone") == "near"
    assert names("Mortimer|Stone", "Duke|Stone", nickname="Duke") == "near"


@pytest.mark.parametrize(
    ("a", "b"), [("bob", "robert"), ("meg", "marguerite"), ("guy", "guillaume"), ("vova", "vladimir")]
)
def test_forms_of_a_name_are_known_both_ways(a: str, b: str) -> None:
    assert related(a, b)
    assert related(b, a)


def test_another_generation_and_birthday_contradict() -> None:
    father, son = contact("John|Stone", suffix="Sr"), contact("John|Stone Jr")
    assert compared(father, son).generation == "other"
    assert compared(father, contact("John|Stone")).generation == "near"
    old, young = contact("John|Stone", born=(1940, 1, 2)), contact("John|Stone", born=(1972, 8, 9))
    assert compared(old, young).birthday == "other"
    assert compared(old, young).contradicted
    assert not compared(old, contact("John|Stone")).contradicted


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ((1940, 3, 12), "equal"),
        ((0, 3, 12), "near"),
        ((1940, 12, 3), "near"),
        ((1940, 3, 21), "near"),
        ((1904, 3, 12), "near"),
        ((1972, 8, 9), "other"),
    ],
)
def test_a_birthday_forgives_a_slip(other: tuple[int, int, int], found: str) -> None:
    assert compared(contact("A|B", born=(1940, 3, 12)), contact("A|B", born=other)).birthday == found


HOME = ("12 Elm Street", "Guelph", "N1H 2B2")


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (HOME, "equal"),
        (("12 Elm St.", "Guelph", "n1h2b2"), "equal"),
        (("Elm St", "Guelph", ""), "near"),
        (("12 Elmm Street", "Guelf", "N1H 2B2"), "equal"),
        (("99 Oak Road", "Guelph", "N1H 9Z9"), "other"),
        (("12 Pine Hill", "Toronto", "M5V 1A1"), "other"),
    ],
)
def test_an_address_forgives_ways_of_writing(other: tuple[str, str, str], found: str) -> None:
    assert compared(contact("A|B", lives=HOME), contact("A|B", lives=other)).place == found


def emails(one: str, other: str, shared: Shared | None = None) -> Findings:
    return compared(contact("A|B", emails=[one]), contact("A|B", emails=[other]), shared)


def test_an_address_is_ones_own_shared_alike_or_apart() -> None:
    assert emails("a@a.example", "A@a.example").email == "own"
    assert emails("a@a.example", "a@a.example", Shared({"a@a.example"})).email == "shared"
    assert emails("info@a.example", "info@a.example").email == "shared"
    assert emails("lise.roy@a.example", "lise.roi@a.example").email == "slip"
    assert emails("lise.roy@a.example", "lise.roy@b.example").email == "slip"
    assert emails("Lise Roy <lise.roy@a.example>", "x@b.example; lise.roy@a.example").email == "own"
    assert emails("theroys@a.example", "theroys@a.example").email == "shared"
    assert emails("a.b@gmail.com", "ab+crm@googlemail.com").email == "alike"
    assert emails("a@a.example", "b@a.example").email == "apart"
    assert compared(contact("A|B", emails=["a@a.example"]), contact("A|B")).email == ""


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ("(416) 555-0141", "own"),
        ("+1 416 555 0141", "own"),
        ("mobile: 4165550141", "own"),
        ("416-555-0199 / 416-555-0141", "own"),
        ("416-555-0141 x12", "alike"),
        ("+1 416 555 0141,,,123#", "alike"),
        ("416-555-0142", "slip"),
        ("416-555-0141 evenings only", "own"),
        ("555-0141", "alike"),
        ("0033 6 39 98 09 40", "apart"),
    ],
)
def test_a_number_counts_in_any_writing_and_with_its_extension(other: str, found: str) -> None:
    assert compared(contact("A|B", phones=["416-555-0141"]), contact("A|B", phones=[other])).phone == found


def test_the_same_line_with_another_extension_is_the_same_office() -> None:
    one, other = contact("A|B", phones=["416-555-0141 x12"]), contact("A|B", phones=["416-555-0141 ext. 13"])
    assert compared(one, other).phone == "alike"
    assert compared(one, one).phone == "own"
