"""What Google answers is not always all there is: cut lists, answers that were lost, listings that cost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from crmsync.core.model import Appointment, Attendee, Contact, Email
from crmsync.core.state import Choice
from crmsync.engine.imports import importing, sheet
from crmsync.store.ports import CandidateQuery
from local.google.faults import Fault
from tests.engine.appointments import timed
from tests.engine.lessons import contact, mutations
from tests.engine.push.effects import count
from tests.stage import Stage

LIST, READ = "people.people.connections.list", "people.people.getBatchGet"
CREATES = "people.people.*reateContact*"


def import_all(stage: Stage, number: int = 1000) -> None:
    """The user ticks every row of the sheet and finishes it."""
    rows = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, number).rows
    sheet.save(stage.deps, stage.scope, {row.key: lambda _: Choice(selected=True) for row in rows})
    importing.start(stage.deps, stage.scope, "done", None)
    stage.run()


def full_syncs(stage: Stage) -> int:
    """How many complete listings were begun that a later one may go on from."""
    return stage.world.controls.charged("people.full_sync")


def addresses(person: dict[str, Any]) -> set[str]:
    return {item["value"] for item in person["emailAddresses"]}


def test_more_than_a_list_holds(stage: Stage) -> None:
    everyone = {f"e{n}@many.example" for n in range(120)}
    values = [{"value": value} for value in sorted(everyone)]
    stage.book.phone_create({"names": [{"givenName": "Many"}], "emailAddresses": values})
    stage.sync()
    import_all(stage)
    [imported] = stage.store.changed(stage.scope, "contacts", None, None, 10)
    assert {item.value for item in imported.value.emails} == everyone
    stage.later(3600)
    stage.edit(imported.id, replace(imported.value, job_title="Broker"))
    stage.sync()
    stage.later(3600)
    stage.sync()
    [person] = stage.persons()
    assert person["organizations"][0]["title"] == "Broker"
    assert addresses(person) == everyone
    now = stage.contact(imported.id).value
    assert {item.value for item in now.emails} == everyone
    stage.edit(imported.id, replace(now, emails=now.emails[1:]))
    for _ in range(2):
        stage.sync()
        stage.later(3600)
    [person] = stage.persons()
    left = everyone - {now.emails[0].value}
    assert addresses(person) == left
    assert {item.value for item in stage.contact(imported.id).value.emails} == left


def test_numbers_added_on_the_phone_beyond_what_a_list_shows_arrive_all(stage: Stage) -> None:
    stage.add("many", Contact(given_name="Many"))
    stage.sync()
    stage.later(3600)
    [person] = stage.persons()
    numbers = [{"value": f"+1 416 555 {n:04}"} for n in range(130)]
    stage.book.phone_edit(person["resourceName"], {"phoneNumbers": numbers})
    stage.sync()
    assert len(stage.contact("many").value.phones) == 130
    stage.later(3600)
    stage.meter.reset()
    stage.world.controls.forget_calls()
    stage.sync()
    assert (stage.meter.used().writes, mutations(stage), count(stage, READ)) == (0, 0, 0)


def test_doubt_lists_everything(stage: Stage) -> None:
    with stage.world.lock:
        for n in range(2500):
            stage.book.phone_create({"names": [{"givenName": f"There{n}"}]})
    stage.add("c0", contact(0))
    stage.sync()
    stage.later(3600)
    stage.world.controls.forget_calls()
    stage.add("c1", contact(1))
    stage.world.controls.plan(Fault(CREATES, "before", 503, "backendError", drop=True))
    stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "contacts", "reason": "change"})
    for _ in range(4):
        stage.run_until(timedelta(seconds=5))
        stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "contacts", "reason": "manual"})
    stage.run_until(timedelta(minutes=14))
    assert full_syncs(stage) == 0, "deltas show what was made"
    assert (count(stage, CREATES), len(list(stage.store.intents(stage.scope)))) == (1, 1)
    for _ in range(3):
        stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "contacts", "reason": "manual"})
    stage.run_until(timedelta(minutes=3))
    assert full_syncs(stage) == 1
    assert len(stage.persons_named("Ann1")) == 1
    assert not list(stage.store.intents(stage.scope))


def with_guests(stage: Stage) -> str:
    """An appointment with three guests on both sides; its event id."""
    guests = tuple(Attendee(f"guest{n}@a.example") for n in range(3))
    stage.add("v", Appointment("Viewing", timed(10, 9), timed(10, 10), attendees=guests))
    stage.sync("calendar")
    stage.later(3600)
    [event] = stage.events()
    return str(event["id"])


def test_guests_whom_google_does_not_show_are_not_taken_for_removed(stage: Stage) -> None:
    event = with_guests(stage)
    stage.calendar.show_guests(2)
    stage.calendar.phone_edit(event, {"location": "Room 1"})
    stage.sync("calendar")
    stage.later(3600)
    seen = stage.appointment("v").value
    assert (seen.location, len(seen.attendees)) == ("Room 1", 3)
    stage.edit("v", replace(seen, title="Second viewing"))
    for _ in range(2):
        stage.sync("calendar")
        stage.later(3600)
    stage.calendar.show_guests(0)
    [now] = stage.events()
    assert (now["summary"], len(now["attendees"])) == ("Second viewing", 3)
    assert len(stage.appointment("v").value.attendees) == 3
    stage.calendar.phone_edit(event, {"attendees": [{"email": "guest0@a.example"}]})
    stage.sync("calendar")
    assert len(stage.appointment("v").value.attendees) == 1, "shown whole, a removal is one"


def test_details_that_a_lesser_role_may_not_see_are_not_taken_for_cleared(stage: Stage) -> None:
    guests = (Attendee("guest@a.example"),)
    secret = Appointment(
        "Viewing", timed(10, 9), timed(10, 10), description="Keys", visibility="private", attendees=guests
    )
    stage.add("v", secret)
    stage.sync("calendar")
    stage.later(3600)
    [event] = stage.events()
    stage.calendar.change_access("primary", "reader")
    stage.sync("calendar")
    stage.later(3600)
    assert stage.appointment("v").value == secret
    stage.calendar.change_access("primary", "freeBusyReader")
    stage.calendar.phone_edit(event["id"], {"description": "Keys at the door"})
    stage.sync("calendar")
    stage.later(3600)
    assert stage.appointment("v").value == secret
    stage.calendar.change_access("primary", "owner")
    stage.sync("calendar")
    assert stage.appointment("v").value == replace(secret, description="Keys at the door")


def test_what_was_made_though_the_answer_was_lost_is_found_by_the_delta_alone(stage: Stage) -> None:
    stage.add("c0", contact(0))
    stage.sync()
    stage.later(3600)
    stage.book.lag(50)
    stage.add("c1", contact(1))
    stage.world.controls.forget_calls()
    stage.world.controls.plan(Fault(CREATES, "after", 503, "backendError", drop=True))
    stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "contacts", "reason": "change"})
    stage.run_until(timedelta(minutes=3))
    assert set(stage.store.links_of(stage.scope, "contacts", ["c1"])) == {"c1"}
    assert not list(stage.store.intents(stage.scope))
    assert (full_syncs(stage), count(stage, CREATES)) == (0, 1)
    stage.run()
    assert len(stage.persons_named("Ann1")) == 1


def test_import_spends_a_full_sync(stage: Stage) -> None:
    with stage.world.lock:
        for n in range(230):
            stage.book.phone_create({"names": [{"givenName": f"Row{n}"}], "emailAddresses": []})
    stage.sync()
    stage.world.controls.forget_calls()
    import_all(stage)
    assert stage.store.count(stage.scope, "contacts") == 230
    assert full_syncs(stage) == 0, "nobody keeps the cursor of the import's listing"


def test_a_contact_of_more_addresses_than_a_list_shows_is_imported_by_the_listing(stage: Stage) -> None:
    values = [{"value": f"e{n}@many.example"} for n in range(120)]
    with stage.world.lock:
        stage.book.phone_create({"names": [{"givenName": "Many"}], "emailAddresses": values})
        for n in range(229):
            stage.book.phone_create({"names": [{"givenName": f"Row{n}"}]})
    stage.sync()
    import_all(stage)
    found = stage.store.changed(stage.scope, "contacts", None, None, 1000)
    assert len(found) == 230
    assert sorted(len(each.value.emails) for each in found)[-1] == 120
    assert all(isinstance(item, Email) for each in found for item in each.value.emails)
