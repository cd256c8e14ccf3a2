"""Consent is the user's: no sync, merge, import over a contact, conflict choice or undo changes it."""

from dataclasses import replace
from datetime import date

import pytest

from crmsync.core.model import Consent, Contact, Email
from crmsync.engine.imports import undoing
from crmsync.engine.review import conflicts
from tests.engine.imports.test_importing import contacts, finish, present, tick
from tests.stage import Stage

MINE = Consent("implied", "inquiry", date(2026, 1, 2), "form", "rang twice", "ann")
ADA = Contact(given_name="Ada", emails=(Email("ada@example.org"),), consent=MINE, contact_type="lead")


def entries(stage: Stage) -> list[tuple[str, str]]:
    """Contact and origin of every entry of the ledger."""
    return [(each.contact, each.origin) for each in stage.store.all_consents(stage.scope, None, 50)]


@pytest.mark.parametrize("edit", ["pull", "push", "both", "clear", "merge", "delete"])
def test_no_sync_changes_consent(stage: Stage, edit: str) -> None:
    stage.add("a1", ADA)
    stage.sync()
    person = stage.persons_named("Ada")[0]["resourceName"]
    if edit in ("pull", "both", "clear"):
        fields = {"emailAddresses": []} if edit == "clear" else {"organizations": [{"name": "Google's"}]}
        stage.book.phone_edit(person, fields)
    if edit in ("push", "both"):
        stage.edit("a1", replace(stage.contact("a1").value, organization="Ours"))
    if edit == "merge":
        other = stage.book.phone_create({"names": [{"givenName": "Adi"}]})
        stage.book.phone_merge(person, other)
    if edit == "delete":
        stage.book.phone_delete(person)
    stage.later()
    stage.sync()
    if edit == "both":
        [conflict] = stage.store.conflicts(stage.scope, None, 9)
        conflicts.choose(stage.deps, stage.scope, conflict.id, "google")
        stage.run()
        assert stage.contact("a1").value.organization == "Google's"
    found = stage.contact("a1")
    assert (found.value.consent, found.value.contact_type) == (MINE, "lead")
    assert (found.archived_at is None) == (edit != "delete")
    assert entries(stage) == []


@pytest.mark.parametrize("linked", [False, True])
def test_importing_over_a_contact_leaves_its_consent_and_so_does_its_undo(stage: Stage, linked: bool) -> None:
    stage.add("a1", ADA if linked else replace(ADA, given_name="Zed"))
    if linked:
        stage.sync()
    stage.book.phone_create(
        {"names": [{"givenName": "Adi"}], "emailAddresses": [{"value": "ada@example.org"}]}
    )
    stage.sync()
    present(stage)
    tick(stage, "Adi", same_person=True, consent={"status": "express"}, contact_type="business")
    import_id = finish(stage, "done")
    [found] = contacts(stage)
    assert (found.consent, found.contact_type) == (MINE, "lead")
    undoing.start(stage.deps, stage.scope, import_id)
    stage.run()
    [found] = contacts(stage)
    assert (found.consent, found.contact_type) == (MINE, "lead")
    assert entries(stage) == []


def test_an_import_records_the_consent_that_was_chosen_and_its_undo_adds_nothing(stage: Stage) -> None:
    for given in ("Ada", "Bo"):
        stage.book.phone_create({"names": [{"givenName": given}]})
    stage.sync()
    present(stage)
    chosen = {"status": "implied", "basis": "transaction", "obtained_on": "2026-01-02", "source": "sale"}
    tick(stage, "Ada", consent=chosen)
    tick(stage, "Bo")
    import_id = finish(stage, "done")
    [made] = stage.store.all_consents(stage.scope, None, 50)
    assert (made.origin, made.by, made.before) == ("import", "ann", None)
    assert dict(made.after) == {**chosen, "recorded_by": "ann"}
    assert stage.contact(made.contact).value.given_name == "Ada"
    undoing.start(stage.deps, stage.scope, import_id)
    stage.run()
    assert len(entries(stage)) == 1
    tick(stage, "Ada", consent=chosen)
    finish(stage, "done")
    assert [origin for _, origin in entries(stage)] == ["import", "import"]
    assert len({contact for contact, _ in entries(stage)}) == 2
