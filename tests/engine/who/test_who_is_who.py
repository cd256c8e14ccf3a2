"""Who is in the CRM and at Google before the two first meet: linked, asked about, or sent; nobody doubled."""

from typing import Any

import pytest

from crmsync.core.people.facts import contact_of
from tests.core.people.somebody import contact
from tests.engine.who.end_state import asked, at_google, in_crm, linked, person, row, settle
from tests.stage import Stage

POES, HOME = ["poes@a.example"], ["home@roy.example"]


def test_two_at_one_mailbox_are_linked_each_with_their_own(stage: Stage) -> None:
    for given in ("Marc", "Lise"):
        stage.add(given.lower(), contact(f"{given}|Roy", emails=HOME))
        stage.book.phone_create(person(given, "Roy", emails=HOME))
    settle(stage)
    assert linked(stage) == ["lise", "marc"]
    assert in_crm(stage) == at_google(stage) == ["Lise Roy", "Marc Roy"]
    assert asked(stage) == {}


def test_of_spouses_the_one_is_linked_whose_name_fits_and_the_other_is_sent(stage: Stage) -> None:
    for given in ("John", "Jane"):
        stage.add(given.lower(), contact(f"{given}|Poe", emails=POES))
    stage.book.phone_create(person("Jane", "Poe", emails=POES))
    settle(stage)
    assert in_crm(stage) == at_google(stage) == ["Jane Poe", "John Poe"]
    assert linked(stage) == ["jane", "john"]
    assert asked(stage) == {}


def test_father_and_son_are_asked_about_and_nothing_is_overwritten(stage: Stage) -> None:
    phone = ["416-555-0180"]
    stage.add("sr", contact("John|Stone", suffix="Sr", phones=phone, born=(1940, 1, 2)))
    stage.book.phone_create(person("John", "Stone", suffix="Jr", phones=phone, born=(1972, 8, 9)))
    settle(stage)
    assert asked(stage) == {"John Stone": ["sr"]} or list(asked(stage).values()) == [["sr"]]
    assert (in_crm(stage), at_google(stage)) == (["John Stone Sr"], ["John Stone Jr"])
    [found] = stage.candidates()
    assert {"other_generation", "other_birthday"} <= set(found.claims[0].reasons)


def test_a_couples_joint_entry_is_nobodys_own(stage: Stage) -> None:
    stage.add("mary", contact("Mary|Stone", emails=["stones@home.example"]))
    stage.book.phone_create(person("John & Mary", "Stone", emails=["stones@home.example"]))
    settle(stage)
    assert asked(stage) == {"John & Mary Stone": ["mary"]}
    assert (in_crm(stage), at_google(stage)) == (["Mary Stone"], ["John & Mary Stone"])
    assert "joint_entry" in row(stage, "John & Mary Stone").claims[0].reasons


@pytest.mark.parametrize(
    ("crm", "google", "name"),
    [
        (
            contact("Robert|Alder", phones=["416-555-0141"]),
            person("Bob", "Alder", phones=["416-555-0141"]),
            "Bob Alder",
        ),
        (contact("Cleo|Cedar", phones=["416-555-0143"]), person("Cleo", phones=["416-555-0143"]), "Cleo"),
    ],
    ids=["a nickname", "a part of the name"],
)
def test_one_number_and_a_name_alike_is_asked_about(stage: Stage, crm: Any, google: Any, name: str) -> None:
    stage.add("c1", crm)
    stage.book.phone_create(google)
    settle(stage)
    assert asked(stage) == {name: ["c1"]}
    assert (len(in_crm(stage)), len(at_google(stage))) == (1, 1)


@pytest.mark.parametrize(
    ("crm", "google"),
    [
        (
            contact("Otto|Pause", phones=["416-555-0104"]),
            person("Otto", "Pause", phones=["+1 416 555 0104,,,123#"]),
        ),
        (
            contact(organization="Acme Plumbing", phones=["416-555-0101"]),
            person(organization="Acme Plumbing", phones=["+1 416 555 0101"]),
        ),
    ],
    ids=["a number that dials on", "a company"],
)
def test_one_number_however_written_and_the_same_name_is_nobody_twice(
    stage: Stage, crm: Any, google: Any
) -> None:
    stage.add("c1", crm)
    stage.book.phone_create(google)
    settle(stage)
    assert linked(stage) == ["c1"] or list(asked(stage).values()) == [["c1"]]
    assert (len(in_crm(stage)), len(at_google(stage))) == (1, 1)


def test_dots_of_gmail_make_a_possible_duplicate(stage: Stage) -> None:
    stage.add("c1", contact("Gmail|Dots", emails=["gmaildots@gmail.com"]))
    stage.book.phone_create(person("Gmail", "Dots", emails=["gmail.dots@gmail.com"]))
    settle(stage)
    assert asked(stage) == {"Gmail Dots": ["c1"]}
    assert row(stage, "Gmail Dots").claims[0].reasons == ("mailbox", "name")
    assert (len(in_crm(stage)), len(at_google(stage))) == (1, 1)


def test_two_copies_at_google_are_both_asked_about(stage: Stage) -> None:
    stage.add("tess", contact("Tess|Twin", emails=["tess@twin.example"]))
    stage.book.phone_create(person("Tess", "Twin", emails=["tess@twin.example"]))
    stage.book.phone_create(person("Tess", "Twin", emails=["tess@twin.example"], phones=["416-555-0130"]))
    settle(stage)
    assert [it.claims[0].crm for it in stage.candidates()] == ["tess", "tess"]
    assert len(at_google(stage)) == 2


def test_who_may_be_one_of_two_waits_and_who_is_neither_does_not(stage: Stage) -> None:
    for given in ("Marc", "Marcel", "Lise"):
        stage.add(given.lower(), contact(f"{given}|Roy", emails=HOME))
    stage.book.phone_create(person("M.", "Roy", emails=HOME))
    settle(stage)
    assert sorted(asked(stage)["M. Roy"]) == ["marc", "marcel"]
    assert at_google(stage) == ["Lise Roy", "M. Roy"]
    assert linked(stage) == ["lise"]
    stage.meter.reset()
    stage.sync()
    assert stage.meter.used().writes <= 1, "it is not decided over and over"


@pytest.mark.parametrize(
    ("google", "name", "by"),
    [
        ({"biographies": [{"value": "shed key under the pot"}]}, "shed key under the pot", "note"),
        (
            {"addresses": [{"formattedValue": "99 Elm St\nGuelph ON N1H 2B2"}]},
            "99 Elm St, Guelph ON N1H 2B2",
            "address",
        ),
        ({"birthdays": [{"date": {"month": 8, "day": 9}}]}, "--08-09", "birthday"),
        ({"urls": [{"value": "https://a.example"}]}, "https://a.example", "url"),
        ({"organizations": [{"title": "Plumber"}]}, "Plumber", "job_title"),
        ({"photos": []}, "(No name)", "nothing"),
    ],
    ids=["note", "address", "birthday", "url", "job", "nothing"],
)
def test_H12_nameless(stage: Stage, google: dict[str, Any], name: str, by: str) -> None:
    """Each row shows what its contact holds; and what stands for a name is nobody's name."""
    stage.add("shed", contact("Shed|Key", emails=["shed@key.example"]))
    stage.book.phone_create(google)
    settle(stage)
    [row] = stage.candidates()
    assert (row.name, row.called_by, row.matches) == (name, by, ())
    assert contact_of(row).given_name == ""
    assert linked(stage) == ["shed"]
