import re
from pathlib import Path

import pytest

from crmsync.core.model import Contact
from crmsync.core.people.comparison import Shared
from crmsync.core.people.reasons import _EMAIL, _HOW, _NAMES, _OTHER_NAMES, _PHONE, reasons
from crmsync.core.people.verdicts import TABLE
from tests.core.people.somebody import compared, contact

HOME, LINE = ["home@roy.example"], ["416-555-0101"]
COMMON = Shared(frozenset(HOME), frozenset(["+14165550101"]))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (
            contact("Ann|Roy", emails=HOME, phones=LINE),
            contact("Ann|Roy", emails=HOME, phones=LINE),
            "email phone name",
        ),
        (contact("Bob|Alder", phones=LINE), contact("Robert|Alder", phones=LINE), "phone nickname"),
        (contact("R.|Alder", phones=LINE), contact("Robert|Alder", phones=LINE), "phone initial"),
        (contact("Robret|Alder", phones=LINE), contact("Robert|Alder", phones=LINE), "phone slip"),
        (contact("Cleo|Cedar", phones=LINE), contact("Cleo", phones=LINE), "phone part_of_name"),
        (contact("Ann|Roy", emails=HOME), contact("Ann|Martin", emails=HOME), "email family_name_changed"),
        (contact("Mary|Stone", emails=HOME), contact("John & Mary|Stone", emails=HOME), "email joint_entry"),
        (contact("Una|Alpha", emails=HOME), contact("Rex|Alpha", emails=HOME), "email other_given_name"),
        (contact("Una|Alpha", emails=HOME), contact("Rex|Beta", emails=HOME), "email other_name"),
        (contact(emails=["g.d@gmail.com"]), contact("G|D", emails=["gd@gmail.com"]), "mailbox"),
        (
            contact("Ann|Roy", phones=["416-555-0101 x1"]),
            contact("Ann|Roy", phones=["416-555-0101 x2"]),
            "line name",
        ),
        (contact("Владимир|Орлов"), contact("Vladimir|Orlov"), "name_in_other_letters"),
        (
            contact(
                "Ann|Roy", born=(1970, 1, 2), lives=("1 Elm St", "Guelph", "N1H 2B2"), organization="Acme"
            ),
            contact(
                "Ann|Roy", born=(1970, 1, 2), lives=("1 Elm St", "Guelph", "N1H 2B2"), organization="Acme Ltd"
            ),
            "name birthday address organization",
        ),
        (
            contact("John|Stone", suffix="Sr", phones=LINE, born=(1940, 1, 2)),
            contact("John|Stone", suffix="Jr", phones=LINE, born=(1972, 8, 9)),
            "phone name other_generation other_birthday",
        ),
        (contact("Ann|Roy", middle="Lee"), contact("Ann|Roy", middle="Kim"), "name other_middle_name"),
        (contact(), contact(), ""),
    ],
)
def test_each_reason_is_told_the_weightiest_first(a: Contact, b: Contact, expected: str) -> None:
    assert " ".join(reasons(compared(a, b))) == expected


def test_what_a_household_has_is_told_as_such_and_behind_what_is_ones_own() -> None:
    one = contact("Ann|Roy", emails=HOME, phones=LINE)
    assert reasons(compared(one, one, COMMON)) == ("shared_email", "shared_phone", "name")
    assert reasons(compared(one, one, Shared(frozenset(HOME)))) == ("phone", "shared_email", "name")


def test_what_a_verdict_follows_from_is_written_down() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "identity.md").read_text()
    described = re.findall(r"^\| ([^|]+) \| [^|]+ \| (same|maybe)(?:, (strong|likely|weak))? \|$", page, re.M)
    strengths = {"strong": 3, "likely": 2, "weak": 1, "": 3}
    assert [(name, kind, strengths[how]) for name, kind, how in described] == [
        (rule.name, rule.kind, rule.strength) for rule in TABLE
    ]
    codes = {code for table in (_EMAIL, _PHONE, _NAMES, _HOW, _OTHER_NAMES) for code in table.values()}
    assert {code for code in codes if f"`{code}`" not in page} == set()
