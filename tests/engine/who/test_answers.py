"""What is answered on the sheet about whom, and what becomes of those who wait for it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest

from crmsync.core.account import ImportRun
from crmsync.core.shown.waits import Wait
from crmsync.core.state import NOBODY, Candidate, Choice
from crmsync.engine.imports import importing, sheet
from crmsync.engine.imports.summary import summary
from crmsync.engine.status import Standing, standings, status
from crmsync.store.ports import CandidateQuery
from tests.core.people.somebody import contact
from tests.engine.who.end_state import asked, at_google, in_crm, linked, person, row, settle
from tests.stage import Stage

HOME, BETA = ["home@roy.example"], ["s@beta.example"]
Fate = Literal["later", "new"] | None


def save(stage: Stage, name: str, choose: Callable[[Candidate], Choice]) -> None:
    """Opens the sheet, and saves a choice for a row."""
    sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 100)
    saved = sheet.save(stage.deps, stage.scope, {row(stage, name).key: choose})
    assert saved.saved


def ticked(answer: str | None) -> Callable[[Candidate], Choice]:
    return lambda it: replace(it.answered(answer), selected=True)


def done(stage: Stage, undecided: Fate = None) -> ImportRun:
    sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 100)
    import_id = importing.start(stage.deps, stage.scope, "done", None, undecided)
    stage.run()
    run = stage.store.import_run(stage.scope, import_id)
    assert run is not None
    return run


@pytest.fixture
def roys(stage: Stage) -> Stage:
    """Marc and Mia have one mailbox; at Google there is an M. Roy, who may be either."""
    for given in ("Marc", "Mia"):
        stage.add(given.lower(), contact(f"{given}|Roy", emails=HOME))
    stage.book.phone_create(person("M.", "Roy", emails=HOME))
    settle(stage)
    assert sorted(asked(stage)["M. Roy"]) == ["marc", "mia"]
    return stage


def test_an_answer_counts_for_the_person_it_was_given_about(roys: Stage) -> None:
    """However the row sorts those whom it asks about when the sheet is finished."""
    save(roys, "M. Roy", ticked("marc"))
    roys.edit("marc", replace(roys.contact("marc").value, notes="met at the fair"))
    roys.sync()
    assert done(roys).linked == 1
    settle(roys)
    assert (in_crm(roys), at_google(roys)) == (["Marc Roy", "Mia Roy"], ["Marc Roy", "Mia Roy"])
    assert linked(roys) == ["marc", "mia"]
    assert asked(roys) == {}


def test_none_of_these_makes_somebody_new_and_frees_all_of_them(roys: Stage) -> None:
    save(roys, "M. Roy", ticked(NOBODY))
    assert done(roys).imported == 1
    settle(roys)
    everybody = ["M. Roy", "Marc Roy", "Mia Roy"]
    assert (in_crm(roys), at_google(roys)) == (everybody, everybody)
    assert asked(roys) == {}


def test_none_of_these_frees_them_though_the_row_is_declined(roys: Stage) -> None:
    save(roys, "M. Roy", lambda it: it.answered(NOBODY))
    done(roys)
    settle(roys)
    assert (in_crm(roys), at_google(roys)) == (["Marc Roy", "Mia Roy"], ["M. Roy", "Marc Roy", "Mia Roy"])
    roys.edit("marc", replace(roys.contact("marc").value, notes="x"))
    settle(roys)
    assert asked(roys) == {}


def test_a_row_for_which_somebody_likely_waits_is_not_counted_among_the_declined(stage: Stage) -> None:
    stage.add("william", contact("William|Fraser", phones=["519-555-0131"]))
    for given, phones in (("Bill", ["519-555-0131"]), ("Zoe", ["519-555-0132"])):
        stage.book.phone_create(person(given, "Fraser", phones=phones))
    settle(stage)
    sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 100)
    told = summary(stage.deps, stage.scope, "done", None)
    assert (told.declined, told.again, told.later) == (1, 1, 1)
    done(stage)
    assert sheet.page(stage.deps, stage.scope, CandidateQuery("declined"), None, 100).total == told.declined
    assert [it.name for it in sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 9).rows] == [
        "Bill Fraser"
    ]
    save(stage, "Bill Fraser", lambda it: it.answered(NOBODY))
    told = summary(stage.deps, stage.scope, "done", None)
    assert (told.declined, told.again) == (1, 0)


def test_an_answer_lapses_with_its_contact_and_the_row_comes_again(roys: Stage) -> None:
    save(roys, "M. Roy", ticked("marc"))
    roys.edit("marc", roys.contact("marc").value, archived=True)
    run = done(roys)
    assert (run.imported, run.linked, [why for _, why in run.failed]) == (0, 0, ["answer_lapsed"])
    settle(roys)
    assert linked(roys) == [] or linked(roys) == ["mia"]
    assert "Marc Roy" not in at_google(roys)


@pytest.fixture
def betas(stage: Stage) -> Stage:
    """Vic at Google has the address of Lou, who waits."""
    stage.add("lou", contact("Lou|Beta", emails=BETA))
    stage.book.phone_create(person("Vic", "Beta", emails=BETA))
    settle(stage)
    assert (asked(stage), at_google(stage)) == ({"Vic Beta": ["lou"]}, ["Vic Beta"])
    return stage


def test_who_is_ticked_without_an_answer_is_nobody_new_unasked(betas: Stage) -> None:
    save(betas, "Vic Beta", ticked(None))
    with pytest.raises(importing.Undecided) as refused:
        done(betas)
    assert refused.value.count == 1
    assert (in_crm(betas), at_google(betas)) == (["Lou Beta"], ["Vic Beta"])


def test_who_is_undecided_comes_again_later(betas: Stage) -> None:
    save(betas, "Vic Beta", ticked(None))
    run = done(betas, "later")
    assert [why for _, why in run.failed] == ["undecided"]
    settle(betas)
    assert (in_crm(betas), at_google(betas)) == (["Lou Beta"], ["Vic Beta"])
    sheet.page(betas.deps, betas.scope, CandidateQuery("open"), None, 100)
    assert asked(betas) == {"Vic Beta": ["lou"]}
    user = betas.store.user(betas.scope)
    assert user is not None
    assert row(betas, "Vic Beta").round > user.rounds.closed, "it is presented again"


def test_who_is_undecided_is_somebody_new_when_the_user_says_so(betas: Stage) -> None:
    save(betas, "Vic Beta", ticked(None))
    assert done(betas, "new").imported == 1
    settle(betas)
    assert in_crm(betas) == at_google(betas) == ["Lou Beta", "Vic Beta"]
    assert asked(betas) == {}


def test_the_same_person_is_one_on_both_sides(betas: Stage) -> None:
    save(betas, "Vic Beta", ticked("lou"))
    assert done(betas).linked == 1
    settle(betas)
    assert in_crm(betas) == at_google(betas) == ["Lou Beta"]


def test_who_hardly_is_whom_a_declined_row_shows_waits_no_longer(betas: Stage) -> None:
    done(betas)
    settle(betas)
    assert (in_crm(betas), at_google(betas)) == (["Lou Beta"], ["Lou Beta", "Vic Beta"])
    assert asked(betas) == {}


def test_who_is_added_beside_such_a_declined_row_does_not_wait_either(stage: Stage) -> None:
    stage.book.phone_create(person("Vic", "Beta", emails=BETA))
    settle(stage)
    done(stage)
    stage.add("lou", contact("Lou|Beta", emails=BETA))
    settle(stage)
    assert at_google(stage) == ["Lou Beta", "Vic Beta"]


@pytest.fixture
def alders(stage: Stage) -> Stage:
    """Bob at Google is likely Robert, who waits."""
    stage.add("rob", contact("Robert|Alder", phones=["416-555-0141"]))
    stage.book.phone_create(person("Bob", "Alder", phones=["416-555-0141"]))
    settle(stage)
    return stage


def test_who_likely_is_whom_a_row_shows_goes_on_waiting_and_is_asked_about_again(alders: Stage) -> None:
    done(alders)
    settle(alders)
    assert (asked(alders), at_google(alders)) == ({"Bob Alder": ["rob"]}, ["Bob Alder"])
    user = alders.store.user(alders.scope)
    assert user is not None
    assert row(alders, "Bob Alder").round > user.rounds.closed
    save(alders, "Bob Alder", lambda it: it.answered(NOBODY))
    done(alders)
    settle(alders)
    assert at_google(alders) == ["Bob Alder", "Robert Alder"]


def test_a_row_that_is_like_another_one_too_is_answered_apart(stage: Stage) -> None:
    stage.add("tess", contact("Tess|Twin", emails=["t@twin.example"]))
    for _ in range(2):
        stage.book.phone_create(person("Tess", "Twin", emails=["t@twin.example"]))
    settle(stage)
    one, other = stage.candidates()
    sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 100)
    sheet.save(stage.deps, stage.scope, {one.key: ticked("tess"), other.key: ticked(NOBODY)})
    run = done(stage)
    assert (run.linked, run.imported) == (1, 1)
    settle(stage)
    assert in_crm(stage) == at_google(stage) == ["Tess Twin", "Tess Twin"]


def test_who_waits_is_told_on_the_record_and_at_the_button(alders: Stage) -> None:
    alders.add("zed", contact("Zed|Quist", emails=["zed@quist.example"]))
    settle(alders)
    user = alders.store.user(alders.scope)
    assert user is not None
    stored = [alders.contact(id) for id in ("rob", "zed")]
    found = standings(alders.deps, user, "contacts", stored)
    assert found == {"rob": Standing("waiting", "who_is_who", ("Bob Alder",)), "zed": Standing("synced")}
    alders.sync("calendar")
    headline = status(alders.deps, alders.scope).headline
    assert (headline.state, headline.waits) == ("contacts_found", (Wait("contacts", 1, None, "who_is_who"),))
    save(alders, "Bob Alder", lambda it: it.answered(NOBODY))
    done(alders)
    settle(alders)
    assert standings(alders.deps, user, "contacts", stored)["rob"] == Standing("synced")
    assert status(alders.deps, alders.scope).headline.waits == ()
