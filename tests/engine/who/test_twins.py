"""One person twice at Google: the sheet says that two rows are alike before they become two records."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from crmsync.core.state import Candidate, Choice
from crmsync.engine.imports import importing, sheet, summary, undoing
from crmsync.store.ports import CandidateQuery
from tests.engine.lessons import phone_edit
from tests.engine.who.end_state import asked, at_google, in_crm, linked, person, settle
from tests.engine.who.test_answers import done
from tests.stage import Stage

MAIL = ["tess@twin.example"]
PHONE = "416-555-0130"


@pytest.fixture
def twins(stage: Stage) -> Stage:
    """Tess is in Google Contacts twice, once with a number and a nickname."""
    stage.book.phone_create(person("Tess", "Twin", emails=MAIL, organization="Maple Homes"))
    stage.book.phone_create(person("Tess", "Twin", emails=MAIL, phones=[PHONE], organization="Twin Law"))
    settle(stage)
    return stage


def rows(stage: Stage) -> tuple[Candidate, Candidate]:
    """The one without a number, and the one that has it."""
    first, second = sorted(stage.candidates(), key=lambda row: len(row.phones))
    return first, second


def choose(stage: Stage, row: Candidate, change: Callable[[Choice], Choice]) -> None:
    sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 100)
    saved = sheet.save(stage.deps, stage.scope, {row.key: lambda it: change(it.choice)})
    assert saved.saved


def tick_both(stage: Stage) -> tuple[Candidate, Candidate]:
    for row in rows(stage):
        choose(stage, row, lambda choice: replace(choice, selected=True))
    return rows(stage)


def told(stage: Stage) -> summary.Summary:
    return summary.summary(stage.deps, stage.scope, "done", None)


def test_the_sheet_says_so_of_both_before_they_become_two(twins: Stage) -> None:
    first, second = rows(twins)
    assert [it.key for it in first.alike] == [second.key]
    assert [it.key for it in second.alike] == [first.key]
    page = sheet.page(twins.deps, twins.scope, CandidateQuery("open"), None, 1)
    assert len(page.rows) == 1
    assert page.beside.keys() == {first.key, second.key}, (
        "the other one is named though it is on another page"
    )
    tick_both(twins)
    assert (told(twins).undecided, sum(told(twins).imports.values())) == (2, 0)
    with pytest.raises(importing.Undecided) as refused:
        importing.start(twins.deps, twins.scope, "done", None)
    assert refused.value.count == 2


def test_without_an_answer_both_come_again(twins: Stage) -> None:
    tick_both(twins)
    run = done(twins, "later")
    assert (run.imported, [why for _, why in run.failed]) == (0, ["undecided", "undecided"])
    settle(twins)
    assert (in_crm(twins), len(twins.candidates())) == ([], 2)


def test_one_person_is_one_record_with_what_both_say(twins: Stage) -> None:
    first, second = tick_both(twins)
    choose(twins, second, lambda choice: replace(choice, same_row=first.key))
    assert (told(twins).undecided, sum(told(twins).imports.values()), told(twins).links) == (0, 1, 1)
    run = done(twins)
    assert (run.imported, run.linked, run.failures) == (1, 1, 0)
    settle(twins)
    [crm] = linked(twins)
    tess = twins.contact(crm).value
    assert ([it.value for it in tess.phones], tess.organization) == ([PHONE], "Maple Homes")
    [conflict] = twins.store.conflicts(twins.scope, None, 9)
    assert (conflict.field, conflict.lost) == ("organization", "Twin Law")
    assert (in_crm(twins), len(at_google(twins)), asked(twins)) == (["Tess Twin"], 2, {})
    assert twins.store.candidates(twins.scope, [second.key])[second.key].status == "copy"


def test_a_copy_is_never_sent_to_nor_offered_again(twins: Stage) -> None:
    first, second = tick_both(twins)
    choose(twins, second, lambda choice: replace(choice, same_row=first.key))
    done(twins)
    settle(twins)
    phone_edit(twins, second.remote_id, {"nicknames": [{"value": "T"}]})
    [crm] = linked(twins)
    twins.edit(crm, replace(twins.contact(crm).value, nickname="Tessie"))
    twins.book.report_all_changed()
    settle(twins)
    assert twins.book.contents()[second.remote_id]["nicknames"] == [{"value": "T"}]
    assert (asked(twins), linked(twins)) == ({}, [crm])
    twins.meter.reset()
    twins.sync()
    assert twins.meter.used().writes <= 1


def test_two_people_become_two_and_nobody_asks_again(twins: Stage) -> None:
    first, second = tick_both(twins)
    choose(twins, first, lambda choice: replace(choice, other_rows=(second.key,)))
    assert told(twins).undecided == 0
    assert done(twins).imported == 2
    settle(twins)
    assert (in_crm(twins), len(at_google(twins)), asked(twins)) == (["Tess Twin", "Tess Twin"], 2, {})


def test_said_to_be_new_all_that_is_unanswered_are_two(twins: Stage) -> None:
    tick_both(twins)
    assert done(twins, "new").imported == 2
    settle(twins)
    assert in_crm(twins) == ["Tess Twin", "Tess Twin"]


def comes_in_alone(twins: Stage, row: Candidate) -> tuple[str, Candidate]:
    """Imports one of the two rows; answers the contact's id and the row that is left."""
    choose(twins, row, lambda choice: replace(choice, selected=True))
    sheet.page(twins.deps, twins.scope, CandidateQuery("open"), None, 100)
    importing.start(twins.deps, twins.scope, "revisit", None)
    twins.run()
    settle(twins)
    [crm] = linked(twins)
    [left] = twins.candidates()
    return crm, left


def test_the_one_that_is_left_asks_about_the_one_that_came_in(twins: Stage) -> None:
    first, second = rows(twins)
    crm, left = comes_in_alone(twins, first)
    assert (left.key, [it.crm for it in left.matches]) == (second.key, [crm])


def test_what_was_said_of_one_that_stays_behind_is_kept_as_the_answer(twins: Stage) -> None:
    first, second = rows(twins)
    choose(twins, second, lambda choice: replace(choice, same_row=first.key))
    crm, left = comes_in_alone(twins, first)
    assert (left.key, left.same_person_as) == (second.key, crm)


def test_the_import_undone_both_are_back_with_their_answer(twins: Stage) -> None:
    first, second = tick_both(twins)
    choose(twins, second, lambda choice: replace(choice, same_row=first.key))
    run = done(twins)
    settle(twins)
    [crm] = linked(twins)
    undoing.start(twins.deps, twins.scope, run.id)
    settle(twins)
    assert (in_crm(twins), len(at_google(twins)), len(twins.candidates())) == ([], 2, 2)
    assert twins.contact(crm).archived_at is not None
    tick_both(twins)
    assert (told(twins).undecided, done(twins).imported) == (0, 1)
    settle(twins)
    assert in_crm(twins) == ["Tess Twin"]


def test_the_row_that_it_is_added_to_is_taken_first_whatever_its_page(
    twins: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PAGE", 1)
    first, second = sorted(tick_both(twins), key=lambda row: row.key)
    choose(twins, first, lambda choice: replace(choice, same_row=second.key, contact_type="business"))
    run = done(twins)
    assert (run.imported, run.linked, run.failures) == (1, 1, 0)
    [crm] = linked(twins)
    assert twins.contact(crm).value.contact_type == "contact"


def test_where_the_other_row_is_gone_it_comes_in_by_itself(twins: Stage) -> None:
    first, second = tick_both(twins)
    choose(twins, second, lambda choice: replace(choice, same_row=first.key))
    twins.book.phone_delete(first.remote_id)
    run = done(twins)
    assert (run.imported, [why for _, why in run.failed]) == (1, ["not_in_google"])
    settle(twins)
    assert (in_crm(twins), at_google(twins)) == (["Tess Twin"], ["Tess Twin"])
