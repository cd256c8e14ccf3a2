"""A second contact at Google of somebody who is in step already, said to be the same person."""

import pytest

from crmsync.core.state import NOBODY
from crmsync.engine.imports import sheet, undoing
from crmsync.engine.imports.compare import compare
from crmsync.store.ports import CandidateQuery
from tests.core.people.somebody import contact
from tests.engine.who.end_state import asked, at_google, in_crm, linked, person, row, settle
from tests.engine.who.test_answers import done, save, ticked
from tests.stage import Stage

MAIL = ["ann@roy.example"]


@pytest.fixture
def second(stage: Stage) -> Stage:
    """Ann is in step; Google has her once more, with another employer and a number that nobody knew."""
    stage.add("ann", contact("Ann|Roy", emails=MAIL, organization="Maple Homes"))
    settle(stage)
    stage.book.phone_create(
        person("Ann", "Roy", emails=MAIL, organization="Roy Law", phones=["416-555-0199"])
    )
    settle(stage)
    assert (linked(stage), asked(stage)) == (["ann"], {"Ann Roy": ["ann"]})
    return stage


def phones(stage: Stage) -> list[list[str]]:
    """The numbers of everybody at Google, by employer."""
    people = sorted(stage.book.contents().values(), key=lambda it: str(it["organizations"]))
    return [[each["value"] for each in it.get("phoneNumbers", ())] for it in people]


def test_what_it_leads_to_is_said_before(second: Stage) -> None:
    found = compare(second.deps, second.scope, row(second, "Ann Roy").key)
    assert found.already_linked
    told = {each.field: (each.after, each.changes, each.conflict) for each in found.fields}
    assert told["organization"] == ("Maple Homes", "none", True)
    assert told["phones"][1:] == ("crm", False)
    assert [each["value"] for each in told["phones"][0]] == ["416-555-0199"]


def test_what_it_has_more_is_added_and_what_it_says_otherwise_is_left_and_told(second: Stage) -> None:
    save(second, "Ann Roy", ticked("ann"))
    run = done(second)
    assert (run.linked, run.imported, run.failures) == (1, 0, 0)
    settle(second)
    ann = second.contact("ann").value
    assert ([it.value for it in ann.phones], ann.organization) == (["416-555-0199"], "Maple Homes")
    [conflict] = second.store.conflicts(second.scope, None, 9)
    assert (conflict.field, conflict.kept, conflict.lost) == ("organization", "Maple Homes", "Roy Law")
    assert phones(second) == [["416-555-0199"], ["416-555-0199"]], "the one in step has it too"
    assert (in_crm(second), len(at_google(second)), linked(second)) == (["Ann Roy"], 2, ["ann"])
    assert asked(second) == {}


def test_it_is_never_sent_to_nor_offered_again(second: Stage) -> None:
    save(second, "Ann Roy", ticked("ann"))
    done(second)
    settle(second)
    [copy] = [
        name for name, it in second.book.contents().items() if it["organizations"][0]["name"] == "Roy Law"
    ]
    second.book.phone_edit(copy, {"nicknames": [{"value": "Annie"}]})
    second.edit("ann", contact("Ann|Roy", emails=MAIL, organization="Maple Homes", nickname="Nan"))
    second.book.report_all_changed()
    settle(second)
    assert second.book.contents()[copy]["nicknames"] == [{"value": "Annie"}]
    assert second.contact("ann").value.nickname == "Nan"
    assert (asked(second), linked(second)) == ({}, ["ann"])


def test_two_copies_at_once_are_both_added(second: Stage) -> None:
    second.book.phone_create(person("Ann", "Roy", emails=MAIL, phones=["416-555-0122"]))
    settle(second)
    for it in second.candidates():
        tick_row(second, it.key)
    assert done(second).linked == 2
    settle(second)
    numbers = sorted(it.value for it in second.contact("ann").value.phones)
    assert numbers == ["416-555-0122", "416-555-0199"]
    assert asked(second) == {}


def test_undone_it_is_asked_about_again_and_what_it_added_goes(second: Stage) -> None:
    second.book.phone_create(person("Ann", "Roy", emails=MAIL, phones=["416-555-0122"]))
    settle(second)
    for it in second.candidates():
        tick_row(second, it.key)
    run = done(second)
    settle(second)
    undoing.start(second.deps, second.scope, run.id)
    settle(second)
    assert second.contact("ann").value.phones == ()
    assert [[it.crm for it in each.matches] for each in second.candidates()] == [["ann"], ["ann"]]
    assert linked(second) == ["ann"]


def test_an_answer_about_one_in_step_counts_for_that_one(stage: Stage) -> None:
    home = ["home@roy.example"]
    stage.add("marc", contact("Marc|Roy", emails=home))
    settle(stage)
    stage.book.phone_create(person("M.", "Roy", emails=home))
    settle(stage)
    assert asked(stage) == {"M. Roy": ["marc"]}
    save(stage, "M. Roy", ticked("marc"))
    stage.add("mia", contact("Mia|Roy", emails=home))
    settle(stage)
    assert sorted(asked(stage)["M. Roy"]) == ["marc", "mia"]
    assert done(stage).linked == 1
    settle(stage)
    assert in_crm(stage) == ["Marc Roy", "Mia Roy"]
    assert sorted(at_google(stage)) == ["M. Roy", "Marc Roy", "Mia Roy"]
    assert stage.contact("mia").value == contact("Mia|Roy", emails=home)


def test_none_of_these_makes_the_copy_somebody_new(second: Stage) -> None:
    save(second, "Ann Roy", ticked(NOBODY))
    assert done(second).imported == 1
    settle(second)
    assert in_crm(second) == at_google(second) == ["Ann Roy", "Ann Roy"]


def tick_row(stage: Stage, key: str) -> None:
    sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 100)
    assert sheet.save(stage.deps, stage.scope, {key: ticked("ann")}).saved
