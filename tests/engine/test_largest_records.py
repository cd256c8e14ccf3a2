"""Records as large as they get: whatever becomes of one, the job ends, and what is beside it goes on."""

from dataclasses import replace
from typing import Any

import pytest

from crmsync.core.model import Appointment, Contact, Email, Resource
from crmsync.core.state import Choice, Link
from crmsync.engine.imports import importing, sheet
from crmsync.store.ports import CandidateQuery
from tests.engine.appointments import timed
from tests.stage import Stage

OF_THE_API = 390_000
"""Near to the largest record that the API takes."""
OF_THE_STORE = 900_000
"""A record that the host CRM wrote itself: near to the largest that Firestore takes."""
OF_GOOGLE = 128_000
"""Near to the largest contact that Google takes, in bytes."""


def value(resource: Resource, name: str, size: int = 0) -> Any:
    if resource == "contacts":
        return Contact(given_name=name, emails=(Email(f"{name.lower()}@example.com"),), notes="x" * size)
    return Appointment(title=name, start=timed(10, 9), end=timed(10, 10), description="x" * size)


def links(stage: Stage, resource: Resource) -> dict[str, Link]:
    return dict(stage.store.links_of(stage.scope, resource, ["big", "small"]))


def is_at_rest(stage: Stage, resource: Resource) -> None:
    """Nobody is at work or holds a lease, and one more job asks Google once and writes nothing."""
    stage.later()
    stage.sync(resource)
    stage.later()
    stage.meter.reset()
    stage.world.controls.forget_calls()
    stage.sync(resource)
    assert (len(stage.world.controls.calls()), stage.meter.used().writes) == (1, 0)
    user = stage.store.user(stage.scope)
    assert user is not None
    state = user.resource(resource)
    assert (state.phase, state.lease_by, state.failures) == ("idle", None, 0)


@pytest.mark.parametrize("size", [OF_THE_API, OF_THE_STORE])
@pytest.mark.parametrize("resource", ["contacts", "calendar"])
def test_a_new_one_is_sent_or_set_aside_and_the_next_one_arrives(
    stage: Stage, resource: Resource, size: int
) -> None:
    stage.add("big", value(resource, "Big", size))
    stage.add("small", value(resource, "Small"))
    stage.sync(resource)
    states = {crm: link.state for crm, link in links(stage, resource).items()}
    assert states == {"big": "quarantined" if resource == "contacts" else "linked", "small": "linked"}
    is_at_rest(stage, resource)


@pytest.mark.parametrize("size", [OF_THE_API, OF_THE_STORE])
@pytest.mark.parametrize("resource", ["contacts", "calendar"])
def test_one_that_grew_here_takes_in_what_the_phone_changes(
    stage: Stage, resource: Resource, size: int
) -> None:
    stage.add("big", value(resource, "Big"))
    stage.sync(resource)
    stage.edit("big", value(resource, "Big", size))
    stage.sync(resource)
    name = links(stage, resource)["big"].remote_id
    if resource == "contacts":
        stage.book.phone_edit(name, {"nicknames": [{"value": "Biggie"}]})
    else:
        stage.calendar.phone_edit(name, {"location": "Biggie", "description": "y" * 8_000})
    stage.later()
    stage.sync(resource)
    if resource == "contacts":
        assert stage.contact("big").value == replace(value(resource, "Big", size), nickname="Biggie")
    else:
        taken = stage.appointment("big").value
        assert (taken.location, taken.description) == ("Biggie", "y" * 8_000)
    is_at_rest(stage, resource)


def test_the_largest_contact_of_google_is_imported_and_pulled(stage: Stage) -> None:
    person = {"names": [{"givenName": "Big"}], "biographies": [{"value": "x" * OF_GOOGLE}]}
    name = stage.book.phone_create(person)
    stage.sync()
    rows = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 10).rows
    sheet.save(stage.deps, stage.scope, {row.key: lambda _: Choice(selected=True) for row in rows})
    importing.start(stage.deps, stage.scope, "done", None)
    stage.run()
    [record] = stage.store.changed(stage.scope, "contacts", None, None, 9)
    assert record.value.notes == "x" * OF_GOOGLE
    stage.book.phone_edit(name, {"biographies": [{"value": "y" * OF_GOOGLE}]})
    stage.later()
    stage.sync()
    assert stage.contact(record.id).value == replace(record.value, notes="y" * OF_GOOGLE)
    is_at_rest(stage, "contacts")
