"""Consent by address through the import: who has opted out is not opted in by importing another record."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from crmsync.core.account import ImportRun
from crmsync.core.consent.addresses import standings
from crmsync.core.consent.ledger import entry
from crmsync.core.model import Consent, Contact, Email, Stored
from crmsync.core.state import NOBODY
from crmsync.engine.imports import sheet, undoing
from crmsync.engine.imports.summary import Summary, summary
from crmsync.store.ports import AddConsent, CandidateQuery, CreateRecord, PutRecord, Withdraw
from tests.engine.imports.test_importing import EXPRESS, finish, present, tick
from tests.stage import Stage

ADDRESS = "s@optout.example"
REX = Contact(given_name="Rex", family_name="Optout", emails=(Email(ADDRESS),), consent=Consent("revoked"))
UNA = {
    "names": [{"givenName": "Una", "familyName": "Optout"}],
    "emailAddresses": [{"value": ADDRESS.upper()}],
}


def revoked(stage: Stage) -> None:
    """Rex is in the CRM, and has withdrawn consent."""
    made = entry("e", "rex", None, REX.consent, stage.clock.now(), "ann", "api")
    assert made is not None
    stage.store.commit(stage.scope, [CreateRecord("contacts", "rex", REX), AddConsent(made)])


def archived(stage: Stage) -> None:
    """… and is archived."""
    revoked(stage)
    stage.store.commit(stage.scope, [PutRecord("contacts", "rex", REX, None, archived=True)])


def merged(stage: Stage) -> None:
    """… and was merged into somebody else: the CRM has the address no more."""
    revoked(stage)
    other = replace(REX, emails=(Email("other@mail.example"),), consent=Consent())
    stage.store.commit(stage.scope, [PutRecord("contacts", "rex", other, None)])


def in_a_list(stage: Stage) -> None:
    """The CRM has never had the address; it was on the mail program's list of who has opted out."""
    stage.store.commit(stage.scope, [Withdraw((ADDRESS,), stage.clock.now())])


def found(stage: Stage, name: str) -> Stored[Contact]:
    page, _ = stage.store.page(stage.scope, "contacts", archived=False, after=None, limit=100)
    [stored] = [each for each in page if each.value.given_name == name]
    assert isinstance(stored.value, Contact)
    return stored


def can_email(stage: Stage, stored: Stored[Contact]) -> list[bool]:
    """Of each address, whether it may be used."""
    known = stage.store.withdrawn(stage.scope, [item.value for item in stored.value.emails])
    today = stage.clock.now().date()
    return [it.can_email for it in standings(stored.value, stored.id, known, today, UTC)]


def imported(stage: Stage, **consent: str) -> tuple[Summary, ImportRun]:
    """Una is ticked as another person than Rex, with this consent, and imported: what was told of it."""
    stage.later()
    stage.book.phone_create(UNA)
    stage.connect()
    stage.sync()
    present(stage)
    tick(stage, "Una Optout", consent=consent, same_person=False)
    told = summary(stage.deps, stage.scope, "done", None)
    run = stage.store.import_run(stage.scope, finish(stage, "done"))
    assert run is not None
    return told, run


@pytest.mark.parametrize("how", [revoked, archived, merged, in_a_list], ids=lambda how: how.__name__)
def test_H7_optout(stage: Stage, how: Callable[[Stage], None]) -> None:
    how(stage)
    told, run = imported(stage, **EXPRESS)
    assert (told.withdrawn, run.withdrawn, run.imported) == (1, 1, 1)
    una = found(stage, "Una")
    assert una.value.consent.status == "express", "what was said is kept"
    assert can_email(stage, una) == [False]


def test_H7_optout_in_bulk(stage: Stage) -> None:
    archived(stage)
    stage.later()
    stage.book.phone_create(UNA)
    stage.book.phone_create(
        {"names": [{"givenName": "Bo"}], "emailAddresses": [{"value": "bo@mail.example"}]}
    )
    stage.connect()
    stage.sync()
    present(stage)
    changed, withdrawn, _ = sheet.save_all(
        stage.deps,
        stage.scope,
        CandidateQuery("open"),
        lambda row: replace(row.answered(NOBODY), selected=True, consent=EXPRESS),
        None,
        100,
    )
    assert (changed, withdrawn) == (2, 1)
    finish(stage, "done")
    assert [can_email(stage, found(stage, name)) for name in ("Una", "Bo")] == [[False], [True]]


def test_newer_evidence_frees_the_address_for_the_contact_that_is_imported(stage: Stage) -> None:
    revoked(stage)
    day = stage.clock.now().date()
    stage.later(timedelta(days=3).total_seconds())
    told, run = imported(stage, **{**EXPRESS, "obtained_on": (day + timedelta(days=2)).isoformat()})
    assert (told.withdrawn, run.withdrawn) == (0, 0)
    assert can_email(stage, found(stage, "Una")) == [True]
    assert can_email(stage, found(stage, "Rex")) == [False]


def test_a_draft_of_the_very_day_frees_nothing_for_nobody_knows_which_was_first(stage: Stage) -> None:
    in_a_list(stage)
    told, _ = imported(stage, **{**EXPRESS, "obtained_on": stage.clock.now().date().isoformat()})
    assert told.withdrawn == 1
    assert can_email(stage, found(stage, "Una")) == [False]


def test_express_consent_without_its_evidence_is_not_imported_and_comes_again(stage: Stage) -> None:
    told, run = imported(stage, status="express", source="form")
    assert (told.unproven, told.later, sum(told.imports.values())) == (1, 1, 0)
    assert (run.imported, [reason for _, reason in run.failed]) == (0, ["unproven"])
    present(stage)
    [row] = stage.candidates()
    assert (row.problem, row.choice.selected, row.choice.consent["source"]) == ("unproven", False, "form")
    tick(stage, "Una Optout", consent=EXPRESS)
    finish(stage, "done")
    assert can_email(stage, found(stage, "Una")) == [True]


def test_who_is_linked_keeps_the_consent_of_the_crm_and_needs_no_evidence(stage: Stage) -> None:
    stage.add("una", replace(REX, given_name="Una", consent=Consent("express")))
    stage.book.phone_create({**UNA, "names": [{"givenName": "Ulla", "familyName": "Optout"}]})
    stage.sync()
    present(stage)
    tick(stage, "Ulla Optout", consent={"status": "express"}, same_person=True)
    run = stage.store.import_run(stage.scope, finish(stage, "done"))
    assert run is not None
    assert (run.linked, run.failed, run.withdrawn) == (1, (), 0)


def test_an_address_that_google_adds_to_a_revoked_contact_is_withdrawn_with_it(stage: Stage) -> None:
    revoked(stage)
    stage.sync()
    person = stage.persons_named("Rex")[0]["resourceName"]
    more = [{"value": ADDRESS}, {"value": "new@mail.example"}]
    stage.book.phone_edit(person, {"emailAddresses": more})
    stage.later()
    stage.sync()
    assert len(stage.contact("rex").value.emails) == 2
    assert set(stage.store.withdrawn(stage.scope, ["new@mail.example"])) == {"new@mail.example"}


def test_an_undo_takes_no_withdrawal_back(stage: Stage) -> None:
    in_a_list(stage)
    at = stage.store.withdrawals(stage.scope)[0].at
    _, run = imported(stage, status="revoked")
    [before] = stage.store.withdrawals(stage.scope)
    assert before.at > at, "the import of a revoked one withdraws, too"
    undoing.start(stage.deps, stage.scope, run.id)
    stage.run()
    assert stage.store.withdrawals(stage.scope) == [before]
