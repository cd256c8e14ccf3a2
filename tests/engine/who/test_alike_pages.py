"""Rows that may be one person, of which one page of a listing tells several things at once."""

from typing import Any

import pytest

from tests.stage import Stage

TESS = "tess@twin.example"


def person(given: str, **more: Any) -> dict[str, Any]:
    return {
        "names": [{"givenName": given, "familyName": "Twin"}],
        "emailAddresses": [{"value": TESS}],
        **more,
    }


@pytest.fixture
def twins(stage: Stage) -> tuple[Stage, list[str]]:
    """Two contacts at Google that look like one person, both on the sheet."""
    names = [stage.book.phone_create(person("Tess")) for _ in range(2)]
    stage.sync()
    assert all(row.alike for row in stage.candidates())
    stage.later()
    return stage, names


def test_one_is_deleted_while_the_other_changes_who_it_is(twins: tuple[Stage, list[str]]) -> None:
    stage, (first, second) = twins
    stage.book.phone_delete(first)
    stage.book.phone_edit(second, person("Tessa"))
    stage.sync()
    [row] = stage.candidates()
    assert (row.name, row.alike) == ("Tessa Twin", ())


def test_one_changes_who_it_is_and_the_other_what_else_it_says(twins: tuple[Stage, list[str]]) -> None:
    stage, (first, second) = twins
    stage.book.phone_edit(first, {"phoneNumbers": [{"value": "+1 416 555 0130"}]})
    stage.book.phone_edit(second, {"organizations": [{"name": "Twin Homes"}]})
    stage.sync()
    rows = {row.remote_id: row for row in stage.candidates()}
    assert (len(rows[first].phones), rows[second].organization) == (1, "Twin Homes")
    assert [it.key for it in rows[first].alike] == [rows[second].key]
    assert [it.key for it in rows[second].alike] == [rows[first].key]
