"""The import sheet's three endings, and what stays true after them."""

from dataclasses import replace
from typing import Any

import pytest

from crmsync.core.model import Contact, Email
from crmsync.core.state import Choice
from crmsync.engine.imports import importing, rows, sheet
from crmsync.gateway import person
from crmsync.store.ports import CandidateQuery, PutCandidate, PutUser
from local.google.faults import Fault
from tests.engine.who.end_state import saying
from tests.stage import Stage

PEOPLE = ("Ada", "Bo", "Cem")
EXPRESS = {"status": "express", "obtained_on": "2026-01-02", "source": "open house"}


@pytest.fixture
def offered(stage: Stage) -> Stage:
    """Three Google contacts, presented on the sheet."""
    for given in PEOPLE:
        stage.book.phone_create(
            {"names": [{"givenName": given}], "emailAddresses": [{"value": f"{given.lower()}@example.org"}]}
        )
    stage.sync()
    present(stage)
    return stage


def present(stage: Stage) -> None:
    user = stage.store.user(stage.scope)
    assert user is not None
    rounds = replace(user.rounds, presented=user.rounds.incoming)
    stage.store.commit(stage.scope, [PutUser({"rounds": rounds})], expect_user=user.version)


def tick(stage: Stage, name: str, **choice: Any) -> None:
    [row] = [c for c in stage.candidates() if c.name == name]
    same = choice.pop("same_person", None)
    chosen = replace(row.choice if same is None else saying(row, same=bool(same)), selected=True, **choice)
    stage.store.commit(stage.scope, [PutCandidate(replace(row, choice=chosen))])


def finish(stage: Stage, action: importing.Finish) -> str:
    import_id = importing.start(stage.deps, stage.scope, action, None)
    stage.run()
    return import_id


def names(stage: Stage) -> list[str]:
    return [candidate.name for candidate in stage.candidates()]


def contacts(stage: Stage) -> list[Contact]:
    page, _ = stage.store.page(stage.scope, "contacts", archived=False, after=None, limit=100)
    return [stored.value for stored in page]


def test_proceed_no_import_imports_nothing_and_leaves_the_rows_undecided(offered: Stage) -> None:
    tick(offered, "Ada")
    finish(offered, "no_import")
    assert contacts(offered) == []
    assert names(offered) == ["Ada", "Bo", "Cem"]


def test_done_imports_the_ticked_and_never_presents_the_rest_again(offered: Stage) -> None:
    tick(offered, "Ada", contact_type="lead", detail={"temperature": "hot"}, consent=EXPRESS)
    run = offered.store.import_run(offered.scope, finish(offered, "done"))
    assert run is not None
    assert (run.state, run.imported, run.total, run.failed) == ("finished", 1, 1, ())
    [ada] = contacts(offered)
    assert (ada.given_name, ada.contact_type, ada.detail["temperature"]) == ("Ada", "lead", "hot")
    assert (ada.consent.status, ada.consent.recorded_by) == ("express", "ann")
    assert names(offered) == []
    bo = offered.persons_named("Bo")[0]["resourceName"]
    offered.book.phone_edit(bo, {"nicknames": [{"value": "Bobo"}]})
    offered.later()
    offered.sync()
    assert names(offered) == [], "not even when the contact changes at Google"


def test_revisit_later_imports_the_ticked_and_presents_the_rest_again(offered: Stage) -> None:
    tick(offered, "Ada")
    finish(offered, "revisit")
    assert [c.given_name for c in contacts(offered)] == ["Ada"]
    assert names(offered) == ["Bo", "Cem"]


def test_an_import_defaults_to_no_consent(offered: Stage) -> None:
    tick(offered, "Ada")
    finish(offered, "revisit")
    assert contacts(offered)[0].consent.status == "none"


def test_an_imported_contact_is_not_pushed_back_as_a_second_one(offered: Stage) -> None:
    tick(offered, "Ada")
    finish(offered, "done")
    offered.sync()
    assert len(offered.persons()) == 3


def test_an_imported_contact_is_synced_from_then_on(offered: Stage) -> None:
    tick(offered, "Ada")
    finish(offered, "done")
    name = offered.persons_named("Ada")[0]["resourceName"]
    offered.book.phone_edit(name, {"phoneNumbers": [{"value": "+1 416 555 0111"}]})
    offered.later()
    offered.sync()
    assert contacts(offered)[0].phones[0].value == "+1 416 555 0111"


def test_a_contact_found_after_done_is_presented_as_new(offered: Stage) -> None:
    finish(offered, "done")
    offered.book.phone_create({"names": [{"givenName": "Dee"}]})
    offered.later()
    offered.sync()
    assert names(offered) == ["Dee"]


def test_a_contact_found_while_the_sheet_is_open_is_not_declined_by_done(offered: Stage) -> None:
    offered.book.phone_create({"names": [{"givenName": "Dee"}]})
    offered.later()
    offered.sync()
    finish(offered, "done")
    assert names(offered) == ["Dee"]


def test_a_ticked_contact_that_is_gone_at_google_fails_with_its_reason(offered: Stage) -> None:
    tick(offered, "Ada")
    tick(offered, "Bo")
    offered.book.phone_delete(offered.persons_named("Ada")[0]["resourceName"])
    run = offered.store.import_run(offered.scope, finish(offered, "done"))
    assert run is not None
    assert run.imported == 1
    assert [reason for _, reason in run.failed] == ["not_in_google"]


def test_finishing_again_while_an_import_runs_is_refused(offered: Stage) -> None:
    tick(offered, "Ada")
    first = importing.start(offered.deps, offered.scope, "revisit", None)
    with pytest.raises(importing.ImportRunning) as refused:
        importing.start(offered.deps, offered.scope, "done", None)
    assert refused.value.import_id == first
    assert names(offered) == ["Ada", "Bo", "Cem"]


def test_running_an_import_twice_imports_nobody_twice(offered: Stage) -> None:
    tick(offered, "Ada")
    import_id = importing.start(offered.deps, offered.scope, "done", None)
    offered.queue.enqueue("import", {"uid": offered.uid, "id": import_id})
    offered.run()
    assert [c.given_name for c in contacts(offered)] == ["Ada"]


def test_the_same_person_is_linked_and_keeps_type_and_consent(stage: Stage) -> None:
    stage.book.phone_create(
        {"names": [{"givenName": "Ada"}], "emailAddresses": [{"value": "ada@example.org"}]}
    )
    mine = Contact(given_name="Ada", emails=(Email("ada@example.org"),), contact_type="business")
    stage.add("a1", mine)
    stage.add("a2", replace(mine, given_name="Ada", nickname="A"))
    stage.sync()
    present(stage)
    tick(stage, "Ada", same_person=True)
    run = stage.store.import_run(stage.scope, finish(stage, "revisit"))
    assert run is not None
    assert (run.imported, run.linked) == (0, 1)
    assert {c.contact_type for c in contacts(stage)} == {"business"}


def test_a_different_person_is_pushed_after_the_user_has_said_so(stage: Stage) -> None:
    stage.book.phone_create(
        {"names": [{"givenName": "Ada"}], "emailAddresses": [{"value": "ada@example.org"}]}
    )
    stage.add("a1", Contact(given_name="Zed", emails=(Email("ada@example.org"),)))
    stage.sync()
    assert len(stage.persons()) == 1, "held back: the names disagree"
    [row] = stage.candidates()
    stage.store.commit(stage.scope, [PutCandidate(replace(row, choice=saying(row, same=False)))])
    finish(stage, "revisit")
    assert len(stage.persons()) == 2
    assert [c.name for c in stage.candidates()] == ["Ada"]


def test_labels_and_times_of_change_come_from_google(stage: Stage) -> None:
    def recent() -> list[str]:
        query = CandidateQuery("open", order="recent")
        return [c.name for c in sheet.page(stage.deps, stage.scope, query, None, 9).rows]

    for given in ("Ada", "Bo"):
        stage.book.phone_create({"names": [{"givenName": given}]})
        stage.later()
    stage.sync()
    assert recent() == ["Bo", "Ada"]
    stage.book.phone_label(stage.persons_named("Ada")[0]["resourceName"], "Clients")
    stage.later()
    stage.sync()
    assert recent() == ["Ada", "Bo"]
    assert sheet.labels(stage.deps, stage.scope) == [("Clients", 1)]
    stage.book.report_all_changed()
    stage.meter.reset()
    stage.sync()
    assert stage.meter.reset().writes == 0, "what only looks changed moves no row"


def test_declined_contacts_stay_findable_and_can_come_back(offered: Stage) -> None:
    finish(offered, "done")
    user = offered.store.user(offered.scope)
    assert user is not None
    page, _ = offered.store.candidate_page(offered.scope, CandidateQuery("declined"), user.rounds, None, 10)
    assert [c.name for c in page] == ["Ada", "Bo", "Cem"]


def test_an_import_that_google_does_not_answer_goes_on_later(offered: Stage) -> None:
    tick(offered, "Ada")
    offered.world.controls.plan(Fault("people.people.*", "before", 503, "backendError", times=5))
    import_id = finish(offered, "done")
    offered.later(3600)
    offered.run()
    run = offered.store.import_run(offered.scope, import_id)
    assert run is not None
    assert (run.state, run.imported, run.failed) == ("finished", 1, ())
    assert [contact.given_name for contact in contacts(offered)] == ["Ada"]


def test_a_row_that_was_ticked_when_its_round_was_closed_stays_declined(offered: Stage) -> None:
    """A tick that was sent while *Done* was pressed: no later import takes it for one of its own."""
    tick(offered, "Ada")
    [bo] = [row for row in offered.candidates() if row.name == "Bo"]
    finish(offered, "done")
    chosen = replace(bo, choice=Choice(selected=True))
    offered.store.commit(offered.scope, [PutCandidate(chosen)])
    offered.book.phone_create({"names": [{"givenName": "Dee"}]})
    offered.later()
    offered.sync()
    present(offered)
    tick(offered, "Dee")
    for imported in (1, 0):
        run = offered.store.import_run(offered.scope, finish(offered, "done"))
        assert run is not None
        assert (run.state, run.imported, run.failures) == ("finished", imported, 0)
        assert [contact.given_name for contact in contacts(offered)] == ["Ada", "Dee"]
    assert names(offered) == []
    user = offered.store.user(offered.scope)
    assert user is not None
    query = CandidateQuery("declined")
    page, _ = offered.store.candidate_page(offered.scope, query, user.rounds, None, 10)
    assert [row.name for row in page] == ["Bo", "Cem"]


def test_rows_that_another_window_has_presented_meanwhile_are_not_presented_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.book.phone_create({"names": [{"givenName": "Ada"}]})
    stage.sync()
    shown = stage.store.sheet_page

    def shown_twice(*asked: Any) -> Any:
        page = shown(*asked)
        user = stage.store.user(stage.scope)
        assert user is not None
        if user.rounds.presented < user.rounds.incoming:
            rounds = replace(user.rounds, presented=user.rounds.incoming)
            stage.store.commit(stage.scope, [PutUser({"rounds": rounds})], expect_user=user.version)
            stage.meter.reset()
        return page

    monkeypatch.setattr(stage.store, "sheet_page", shown_twice)
    page = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 10)
    assert ([row.name for row in page.rows], stage.meter.used().writes) == (["Ada"], 0)


@pytest.mark.parametrize("place", [(person, "contact_of"), (rows, "_bring_in")])
def test_a_row_that_nobody_can_read_or_bring_in_stops_no_other(
    offered: Stage, monkeypatch: pytest.MonkeyPatch, place: tuple[Any, str]
) -> None:
    module, name = place
    real = getattr(module, name)

    def poisoned(*given: Any) -> Any:
        if "Bo" in repr(given):
            raise OverflowError("Bo")
        return real(*given)

    for each in PEOPLE:
        tick(offered, each)
    monkeypatch.setattr(module, name, poisoned)
    run = offered.store.import_run(offered.scope, finish(offered, "done"))
    assert run is not None
    assert run.state == "finished"
    assert [reason for _, reason in run.failed] == ["internal"]
    assert sorted(contact.given_name for contact in contacts(offered)) == ["Ada", "Cem"]
    monkeypatch.undo()
    offered.later()
    assert names(offered) == ["Bo"]
    present(offered)
    tick(offered, "Bo")
    finish(offered, "done")
    assert sorted(contact.given_name for contact in contacts(offered)) == list(PEOPLE)
