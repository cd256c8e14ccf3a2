"""What was kept back from Google, or taken back from there, goes there when the user wants it again."""

from dataclasses import replace
from typing import Any

import pytest

from crmsync.core.account import User
from crmsync.core.model import Appointment, Contact, Phone, Resource
from crmsync.engine.account import afresh, connect
from crmsync.engine.users import change_user
from tests.engine.allowing import come_back
from tests.engine.appointments import timed
from tests.stage import Stage

RESOURCES: tuple[Resource, ...] = ("contacts", "calendar")


def choose(stage: Stage, **given: Any) -> None:
    """The user chooses other settings."""

    def changed(user: User) -> dict[str, Any]:
        settings = user.settings.changed(given)
        return {"settings": settings, **afresh.changed(user, settings)}

    change_user(stage.deps, stage.scope, changed)


def pushes(stage: Stage, on: bool) -> None:
    """The user lets things be written to Google, or not."""
    choose(stage, push_contacts=on, push_appointments=on)


def sync(stage: Stage) -> None:
    for resource in RESOURCES:
        stage.sync(resource)
    stage.later()


def names(stage: Stage) -> set[str]:
    """What Google has."""
    events = {event["summary"] for event in stage.events()}
    return events | {person["names"][0]["givenName"] for person in stage.persons()}


@pytest.fixture
def connected(stage: Stage) -> Stage:
    stage.connect()
    for name in ("Ada", "Bo"):
        stage.add(f"c{name}", Contact(given_name=name))
        stage.add(f"a{name}", Appointment(f"{name} at nine", timed(3, 9), timed(3, 10)))
    sync(stage)
    return stage


def test_what_changed_while_nothing_was_pushed_is_sent_once_it_is_again(connected: Stage) -> None:
    stage = connected
    pushes(stage, False)
    stage.add("c3", Contact(given_name="Cem"))
    stage.edit("cAda", Contact(given_name="Ida"))
    stage.edit("cBo", stage.contact("cBo").value, archived=True)
    stage.add("a3", Appointment("Cem at nine", timed(4, 9), timed(4, 10)))
    for _ in range(2):
        sync(stage)
    assert names(stage) == {"Ada", "Bo", "Ada at nine", "Bo at nine"}
    pushes(stage, True)
    sync(stage)
    assert names(stage) == {"Ida", "Cem", "Ada at nine", "Bo at nine", "Cem at nine"}


def test_what_was_pushed_all_the_time_is_not_looked_at_again(connected: Stage) -> None:
    user = connected.store.user(connected.scope)
    assert user is not None
    assert afresh.changed(user, replace(user.settings, time_zone="Europe/Paris")) == {}


def test_who_is_offered_is_known_by_the_numbers_of_another_region(stage: Stage) -> None:
    """Else a contact of the CRM with the same name and number would be made at Google a second time."""
    bo = {"names": [{"givenName": "Bo"}], "phoneNumbers": [{"value": "01 23 45 67 89"}]}
    stage.book.phone_create(bo)
    stage.sync()
    choose(stage, region="FR")
    stage.add("bo", Contact(given_name="Bo", phones=(Phone("+33 1 23 45 67 89"),)))
    stage.sync()
    assert len(stage.persons()) == 1
    assert set(stage.store.links_of(stage.scope, "contacts", ["bo"])) == {"bo"}


def test_what_was_taken_back_from_google_goes_there_again_with_a_new_connection(connected: Stage) -> None:
    stage = connected
    connect.disconnect(stage.deps, stage.scope, "delete", "keep")
    stage.run()
    assert names(stage) == set()
    come_back(stage, stage.account)
    stage.run()
    assert names(stage) == {"Ada", "Bo", "Ada at nine", "Bo at nine"}
    before = len(stage.world.controls.calls())
    sync(stage)
    assert len(stage.world.controls.calls()) == before + 2, "and nothing is looked at any more"
