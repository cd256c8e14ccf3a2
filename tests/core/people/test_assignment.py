from hypothesis import given
from hypothesis import strategies as st

from crmsync.core.model import Contact
from crmsync.core.people.assignment import MOST_TOGETHER
from tests.core.people.somebody import contact, met, tied

HOME = ["home@roy.example"]
MARC, LISE = contact("Marc|Roy", emails=HOME), contact("Lise|Roy", emails=HOME)


def test_at_one_mailbox_each_name_goes_to_its_like() -> None:
    assert met([MARC, LISE], [LISE, MARC]) == {("c0", "g1"): "same", ("c1", "g0"): "same"}
    assert met([MARC, LISE], [LISE]) == {("c1", "g0"): "same"}


def test_what_fits_two_is_asked_about_both() -> None:
    assert met(
        [contact("Marc|Roy", emails=HOME), contact("Marcel|Roy", emails=HOME)],
        [contact("M.|Roy", emails=HOME)],
    ) == {
        ("c0", "g0"): "maybe",
        ("c1", "g0"): "maybe",
    }


def test_two_copies_on_one_side_are_asked_about() -> None:
    tess, copy = (
        contact("Tess|Twin", emails=["t@t.example"]),
        contact("Tess|Twin", emails=["t@t.example"], phones=["416-555-0130"]),
    )
    assert met([tess], [tess, copy]) == {("c0", "g0"): "maybe", ("c0", "g1"): "maybe"}
    assert met([tess, copy], [tess]) == {("c0", "g0"): "maybe", ("c1", "g0"): "maybe"}


def test_father_and_son_are_never_exchanged() -> None:
    phone = ["416-555-0180"]
    senior, junior = (
        contact("John|Stone", suffix="Sr", phones=phone),
        contact("John|Stone", suffix="Jr", phones=phone),
    )
    found = met([senior, junior], [junior, senior])
    assert found.get(("c0", "g0")) != "same"
    assert found.get(("c1", "g1")) != "same"


def test_the_best_comes_first() -> None:
    crm = [
        contact("Ann|Martin", emails=["a@a.example"]),
        contact("Ann|Martin", emails=["x@a.example"], born=(1970, 1, 2)),
    ]
    google = [contact("Ann|Martin", born=(1970, 1, 2))]
    found = tied(crm, google)
    assert [tie.left for tie in found] == ["c1", "c0"]


def test_an_office_line_brings_nobody_together() -> None:
    many = [
        contact(f"Given{chr(97 + n // 26)}{chr(97 + n % 26)}|Family{n}", phones=["416-555-0100"])
        for n in range(MOST_TOGETHER + 5)
    ]
    assert met(many, [contact("Zoe|Quist", phones=["416-555-0100"])]) == {}
    # And yet each finds itself, by the name.
    assert met(many, many[:3]) == {(f"c{n}", f"g{n}"): "maybe" for n in range(3)}


PEOPLE = st.builds(
    contact,
    st.sampled_from(
        ["Ann|Martin", "Bob|Roy", "Robert|Roy", "Lise|Roy", "", "John & Mary|Stone", "Mary|Stone"]
    ),
    emails=st.lists(st.sampled_from(["a@a.example", "b@a.example", "info@a.example"]), max_size=2),
    phones=st.lists(st.sampled_from(["416-555-0101", "416-555-0102"]), max_size=2),
    suffix=st.sampled_from(["", "Jr", "Sr"]),
)


@given(st.lists(PEOPLE, max_size=6), st.lists(PEOPLE, max_size=6))
def test_nobody_is_the_same_as_two(crm: list[Contact], google: list[Contact]) -> None:
    certain = [pair for pair, kind in met(crm, google).items() if kind == "same"]
    assert len({left for left, _ in certain}) == len({right for _, right in certain}) == len(certain)


@given(st.lists(PEOPLE, max_size=6), st.lists(PEOPLE, max_size=6))
def test_which_side_is_which_does_not_matter(crm: list[Contact], google: list[Contact]) -> None:
    turned = {(f"c{right[1:]}", f"g{left[1:]}"): kind for (left, right), kind in met(google, crm).items()}
    assert met(crm, google) == turned
