"""Hints follow the data: they come and go with edits on either side."""

from dataclasses import replace

import pytest

from crmsync.core.model import Email, Phone
from tests.core.people.somebody import contact
from tests.engine.lessons import phone_edit
from tests.engine.who.end_state import asked, at_google, linked, person, settle
from tests.stage import Stage

ONE = "zoe@one.example"
ZOE = contact("Zoe|Quist", emails=[ONE], born=(1970, 1, 2))
OTHER = person("Zoe", "Quist", phones=["416-555-0121"], born=(1980, 5, 6))


@pytest.fixture
def two(stage: Stage) -> tuple[Stage, str]:
    """Zoe of the CRM is in step; another Zoe, born at another time, is offered. Her resource name."""
    stage.add("zoe", ZOE)
    name = str(stage.book.phone_create(OTHER))
    settle(stage)
    assert linked(stage) == ["zoe"]
    assert asked(stage) == {"Zoe Quist": []}
    return stage, name


def test_a_hint_at_one_in_step_comes_and_goes_with_edits_at_google(two: tuple[Stage, str]) -> None:
    stage, name = two
    phone_edit(stage, name, {"emailAddresses": [{"value": ONE}]})
    stage.sync()
    assert asked(stage) == {"Zoe Quist": ["zoe"]}
    phone_edit(stage, name, {"emailAddresses": []})
    stage.sync()
    assert asked(stage) == {"Zoe Quist": []}


def test_a_hint_at_one_in_step_comes_and_goes_with_edits_in_the_crm(two: tuple[Stage, str]) -> None:
    stage, _ = two
    stage.edit("zoe", replace(ZOE, phones=(Phone("416-555-0121"),)))
    stage.sync()
    assert asked(stage) == {"Zoe Quist": ["zoe"]}
    stage.edit("zoe", ZOE)
    stage.sync()
    assert asked(stage) == {"Zoe Quist": []}


def test_a_hint_follows_what_the_phone_writes_into_the_one_in_step(two: tuple[Stage, str]) -> None:
    stage, other = two
    [mine] = [name for name in stage.book.contents() if name != other]
    phone_edit(stage, mine, {"phoneNumbers": [{"value": "416-555-0121"}]})
    stage.sync()
    assert asked(stage) == {"Zoe Quist": ["zoe"]}
    phone_edit(stage, mine, {"phoneNumbers": []})
    stage.sync()
    assert asked(stage) == {"Zoe Quist": []}


@pytest.fixture
def held_back(stage: Stage) -> tuple[Stage, str]:
    """Lou of the CRM waits, for Vic at Google has the same address; his resource name."""
    name = str(stage.book.phone_create(person("Vic", "Beta", emails=["s@beta.example"])))
    stage.add("lou", contact("Lou|Beta", emails=["s@beta.example"]))
    settle(stage)
    assert asked(stage) == {"Vic Beta": ["lou"]}
    assert at_google(stage) == ["Vic Beta"]
    return stage, name


def test_who_waits_is_sent_when_the_phone_takes_the_evidence_away(held_back: tuple[Stage, str]) -> None:
    stage, name = held_back
    phone_edit(stage, name, {"emailAddresses": []})
    stage.sync()
    assert asked(stage) == {"Vic Beta": []}
    assert at_google(stage) == ["Lou Beta", "Vic Beta"]


def test_who_waits_is_sent_when_the_crm_takes_the_evidence_away(held_back: tuple[Stage, str]) -> None:
    stage, _ = held_back
    stage.edit("lou", contact("Lou|Beta", emails=["lou@beta.example"]))
    stage.sync()
    assert asked(stage) == {"Vic Beta": []}
    assert at_google(stage) == ["Lou Beta", "Vic Beta"]


def test_who_waits_is_linked_when_an_edit_makes_it_certain(held_back: tuple[Stage, str]) -> None:
    stage, _ = held_back
    stage.edit("lou", contact("Vic|Beta", emails=["s@beta.example"]))
    stage.sync()
    assert (linked(stage), at_google(stage), asked(stage)) == (["lou"], ["Vic Beta"], {})


def test_the_hint_of_one_who_is_archived_goes(held_back: tuple[Stage, str]) -> None:
    stage, _ = held_back
    stage.edit("lou", contact("Lou|Beta", emails=["s@beta.example"]), archived=True)
    stage.sync()
    assert asked(stage) == {"Vic Beta": []}


def test_a_row_that_comes_later_asks_about_one_who_waits_already(held_back: tuple[Stage, str]) -> None:
    stage, _ = held_back
    stage.edit("lou", replace(stage.contact("lou").value, phones=(Phone("416-555-0122"),)))
    stage.sync()
    stage.book.phone_create(person("L.", "Beta", phones=["416-555-0122"]))
    stage.later()
    stage.sync()
    assert asked(stage) == {"Vic Beta": ["lou"], "L. Beta": ["lou"]}
    assert at_google(stage) == ["L. Beta", "Vic Beta"]


def test_what_is_no_business_of_who_somebody_is_asks_for_nothing(held_back: tuple[Stage, str]) -> None:
    stage, name = held_back
    before = stage.contact("lou")
    phone_edit(stage, name, {"biographies": [{"value": "shed key under the pot"}]})
    stage.sync()
    assert stage.contact("lou") == before
    assert Email("s@beta.example") in before.value.emails
