"""What the user shares, field by field and way by way, through whole syncs."""

from typing import Any

import pytest

from crmsync.core.account import User
from crmsync.core.model import Appointment, Contact, Email
from crmsync.engine.account import afresh
from crmsync.engine.users import change_user
from tests.engine.appointments import born, occurrences, rests, synced, timed
from tests.engine.lessons import mutations, phone_edit, tick_all
from tests.stage import Stage

ANN = Contact(given_name="Ann", emails=(Email("ann@example.com"),), notes="Mine alone")


def choose(stage: Stage, **given: Any) -> None:
    """The user chooses other settings, as the call for them writes it."""

    def changed(user: User) -> dict[str, Any]:
        settings = user.settings.changed(given)
        return {"settings": settings, **afresh.changed(user, settings)}

    change_user(stage.deps, stage.scope, changed)


def shares(stage: Stage, **ways: str) -> None:
    choose(stage, ways=ways)


def sync(stage: Stage) -> None:
    for _ in range(2):
        stage.sync()
        stage.later()


def note(stage: Stage) -> str:
    """What Google has as Ann's notes."""
    [person] = stage.persons_named("Ann")
    return str(person.get("biographies", [{"value": ""}])[0]["value"])


def writes_at_google(stage: Stage, text: str) -> None:
    [person] = stage.persons_named("Ann")
    phone_edit(stage, person["resourceName"], {"biographies": [{"value": text}]})


def is_at_rest(stage: Stage) -> bool:
    """Whether one more sync changes nothing on either side."""
    stage.later(3700)
    stage.sync()
    stage.later(60)
    stage.meter.reset()
    before = mutations(stage)
    stage.sync()
    return (stage.meter.used().writes, mutations(stage)) == (0, before)


@pytest.fixture
def ann(stage: Stage) -> Stage:
    """Ann on both sides, whose notes only come in."""
    shares(stage, notes="to_crm")
    stage.add("ann", ANN)
    sync(stage)
    return stage


def test_notes_do_not_go_to_google_with_a_contact_nor_with_its_edits(ann: Stage) -> None:
    assert note(ann) == ""
    ann.edit("ann", Contact(given_name="Ann", nickname="Annie", emails=ANN.emails, notes="Still mine"))
    sync(ann)
    [person] = ann.persons_named("Ann")
    assert (note(ann), person["nicknames"][0]["value"]) == ("", "Annie")
    assert is_at_rest(ann)


def test_notes_of_google_come_in_and_what_they_meet_stays(ann: Stage) -> None:
    writes_at_google(ann, "From the phone")
    sync(ann)
    assert ann.contact("ann").value.notes == "Mine alone"
    [conflict] = ann.store.conflicts(ann.scope, None, 10)
    assert conflict.lost == "From the phone"
    assert note(ann) == "From the phone"
    assert is_at_rest(ann)


def test_switched_on_the_notes_meet_and_then_nothing_is_left_to_do(ann: Stage) -> None:
    ann.add("bo", Contact(given_name="Bo"))
    writes_at_google(ann, "")
    shares(ann)
    sync(ann)
    assert (note(ann), ann.contact("ann").value.notes) == ("Mine alone", "Mine alone")
    assert is_at_rest(ann)
    writes_at_google(ann, "Both of us")
    sync(ann)
    assert ann.contact("ann").value.notes == "Both of us"
    assert is_at_rest(ann)


def test_switched_off_and_cleared_there_the_crm_keeps_its_notes_for_good(stage: Stage) -> None:
    stage.add("ann", ANN)
    sync(stage)
    assert note(stage) == "Mine alone"
    shares(stage, notes="never")
    writes_at_google(stage, "")
    sync(stage)
    assert stage.contact("ann").value.notes == "Mine alone"
    shares(stage)
    sync(stage)
    assert (note(stage), stage.contact("ann").value.notes) == ("Mine alone", "Mine alone")


def test_an_import_leaves_out_what_does_not_come_in(stage: Stage) -> None:
    shares(stage, notes="to_google", phones="never")
    person = {"names": [{"givenName": "Ann"}], "biographies": [{"value": "Theirs"}]}
    stage.book.phone_create({**person, "phoneNumbers": [{"value": "416-555-0101"}]})
    sync(stage)
    tick_all(stage)
    sync(stage)
    [stored] = stage.store.changed(stage.scope, "contacts", None, None, 10)
    assert isinstance(stored.value, Contact)
    assert (stored.value.notes, stored.value.phones) == ("", ())
    stage.edit(stored.id, Contact(given_name="Ann", notes="Ours"))
    sync(stage)
    assert note(stage) == "Ours"
    assert [each.lost for each in stage.store.conflicts(stage.scope, None, 10)] == ["Theirs"]
    assert is_at_rest(stage)


def test_a_description_stays_in_the_crm_and_googles_stays_there(stage: Stage) -> None:
    shares(stage, description="never")
    stage.add("a", Appointment("Viewing", timed(3, 9), timed(3, 10), description="The key is under the mat"))
    stage.sync("calendar")
    [event] = stage.events()
    assert "description" not in event
    stage.calendar.phone_edit(
        event["id"], {"description": "Park behind the house", "summary": "Second viewing"}
    )
    stage.later()
    stage.sync("calendar")
    value = stage.appointment("a").value
    assert (value.title, value.description) == ("Second viewing", "The key is under the mat")


def test_only_to_google_takes_nothing_and_makes_nothing_again(stage: Stage) -> None:
    choose(stage, pull_contacts=False)
    stage.add("ann", ANN)
    stage.add("bo", Contact(given_name="Bo"))
    sync(stage)
    writes_at_google(stage, "From the phone")
    [bo] = stage.persons_named("Bo")
    stage.book.phone_delete(bo["resourceName"])
    stage.later(3600)
    sync(stage)
    stage.edit("bo", Contact(given_name="Bo", nickname="B"))
    sync(stage)
    assert stage.contact("ann").value.notes == "Mine alone"
    assert stage.contact("bo").archived_at is None
    assert stage.persons_named("Bo") == []
    assert is_at_rest(stage)
    choose(stage, pull_contacts=True)
    sync(stage)
    assert (stage.contact("ann").value.notes, note(stage)) == ("Mine alone", "Mine alone")
    assert [each.lost for each in stage.store.conflicts(stage.scope, None, 10)] == ["From the phone"]
    assert stage.persons_named("Bo") == []


def test_only_to_google_a_calendar_takes_neither_events_nor_moved_occurrences(stage: Stage) -> None:
    choose(stage, pull_appointments=False, google_events="full")
    series = synced(stage)
    born(stage)
    second = occurrences(stage, series)["03-17"]
    stage.calendar.phone_edit(second["id"], {"summary": "Moved"})
    stage.calendar.phone_cancel_instance(occurrences(stage, series)["03-24"]["id"])
    stage.later()
    stage.sync("calendar")
    found = stage.store.changed(stage.scope, "appointments", None, None, 10)
    assert [(each.id, each.archived_at) for each in found] == [("s", None)]
    rests(stage)
