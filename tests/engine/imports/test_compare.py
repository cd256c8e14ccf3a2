"""What the sheet shows of a possible duplicate before the user says *same person*, and that it comes true."""

from dataclasses import replace
from typing import Any

import pytest

from crmsync.core.model import Contact, Email, Phone
from crmsync.engine.imports.compare import Comparison, NothingToCompare, compare
from tests.engine.imports.test_importing import finish, present, tick
from tests.stage import Stage

ADDRESS = Email("ada@example.org")


@pytest.fixture
def asked(stage: Stage) -> Stage:
    """A Google contact that two CRM contacts may be."""
    stage.book.phone_create(
        {
            "names": [{"givenName": "Ada", "familyName": "Roy"}],
            "emailAddresses": [{"value": ADDRESS.value}],
            "organizations": [{"name": "Roy Law"}],
        }
    )
    mine = Contact(given_name="Ada", emails=(ADDRESS,), phones=(Phone("+1 416 555 0111"),), nickname="A")
    stage.add("a1", replace(mine, organization="Harbour Realty"))
    stage.add("a2", mine)
    stage.sync()
    present(stage)
    return stage


def shown(stage: Stage) -> Comparison:
    [row] = stage.candidates()
    return compare(stage.deps, stage.scope, row.key)


def test_each_field_tells_both_sides_and_what_becomes_of_it(asked: Stage) -> None:
    asked.meter.reset()
    found = shown(asked)
    assert asked.meter.reset().writes == 0
    assert (found.match.crm, found.match.reasons[0], found.already_linked) == ("a1", "email", False)
    rows = {each.field: (each.crm, each.google, each.after, each.changes) for each in found.fields}
    assert rows["given_name"] == ("Ada", "Ada", "Ada", "none")
    assert rows["family_name"] == ("", "Roy", "Roy", "crm")
    assert rows["nickname"] == ("A", "", "A", "google")
    assert rows["organization"] == ("Harbour Realty", "Roy Law", "Harbour Realty", "google")
    assert [each.field for each in found.fields if each.conflict] == ["organization"]
    assert "notes" not in rows


def test_same_person_does_what_was_shown_and_keeps_the_value_that_lost(asked: Stage) -> None:
    told: dict[str, Any] = {each.field: each.after for each in shown(asked).fields}
    tick(asked, "Ada Roy", same_person=True)
    finish(asked, "revisit")
    ada = asked.contact("a1").value
    assert (ada.family_name, ada.nickname, ada.organization) == ("Roy", "A", "Harbour Realty")
    assert told["family_name"] == ada.family_name
    [conflict] = asked.store.conflicts(asked.scope, None, 9)
    assert (conflict.crm, conflict.field, conflict.lost) == ("a1", "organization", "Roy Law")


def test_a_contact_that_is_linked_already_changes_nowhere(stage: Stage) -> None:
    stage.add("a1", Contact(given_name="Ada", emails=(ADDRESS,)))
    stage.sync()
    stage.book.phone_create({"names": [{"givenName": "Adi"}], "emailAddresses": [{"value": ADDRESS.value}]})
    stage.later()
    stage.sync()
    found = shown(stage)
    assert found.already_linked
    assert {each.changes for each in found.fields} == {"none"}


def test_what_is_missing_is_named(asked: Stage) -> None:
    [row] = asked.candidates()
    for key, why in (("none", "row"), (row.key, "google")):
        if why == "google":
            asked.book.phone_delete(asked.persons()[0]["resourceName"])
        with pytest.raises(NothingToCompare) as nothing:
            compare(asked.deps, asked.scope, key)
        assert nothing.value.why == why
    asked.edit("a1", asked.contact("a1").value, archived=True)
    with pytest.raises(NothingToCompare) as nothing:
        compare(asked.deps, asked.scope, row.key)
    assert nothing.value.why == "contact"
