"""A record's own trouble stays its own: one that nobody can read, decide or write is set aside."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from crmsync.core.model import AllDay, Appointment, Contact, Resource
from crmsync.core.pair.canon import Canon
from crmsync.core.state import Link
from crmsync.engine.status import status
from crmsync.gateway import event as event_shape
from crmsync.gateway import events as events_door
from crmsync.gateway import people as people_door
from crmsync.gateway import person as person_shape
from crmsync.store.ports import DropLink
from local.google.faults import Fault
from tests.engine.appointments import (
    SECOND,
    WEEKLY,
    born,
    exceptions,
    make,
    occurrences,
    records,
    shown,
    synced,
    timed,
    wants,
)
from tests.engine.push.effects import Moments, one_job, state
from tests.stage import Stage

POISON = "poison"
INSERT, PATCH, DELETE = (f"calendar.events.{verb}" for verb in ("insert", "patch", "delete"))
KINDS: tuple[Resource, ...] = ("contacts", "calendar")
MINE = {"contacts": "Ann", "calendar": "Viewing "}


def record(resource: Resource, n: int, word: str = "") -> Any:
    if resource == "contacts":
        return Contact(given_name=f"Ann{n}{word}")
    return Appointment(f"Viewing {n}{word}", timed(10 + n, 9), timed(10 + n, 10))


def stored(stage: Stage, resource: Resource, id: str) -> Any:
    return (stage.contact(id) if resource == "contacts" else stage.appointment(id)).value


def word_of(value: Any) -> str:
    return value.given_name if isinstance(value, Contact) else value.title


def at_google(stage: Stage, resource: Resource) -> list[str]:
    if resource == "contacts":
        return sorted(person["names"][0]["givenName"] for person in stage.persons())
    return sorted(event["summary"] for event in stage.events())


def phone_edit(stage: Stage, resource: Resource, before: str, after: str) -> None:
    if resource == "contacts":
        [person] = stage.persons_named(before)
        stage.book.phone_edit(person["resourceName"], {"names": [{"givenName": after}]})
    else:
        [event] = [each for each in stage.events() if each["summary"] == before]
        stage.calendar.phone_edit(event["id"], {"summary": after})
    stage.later()


def asides(stage: Stage) -> dict[str, str | None]:
    return {link.crm: link.problem for link in stage.store.quarantined(stage.scope, None, 50)}


def aside(stage: Stage) -> Link:
    [link] = stage.store.quarantined(stage.scope, None, 50)
    return link


def told(stage: Stage) -> list[str]:
    for resource in KINDS:  # While one was never synced, the button says that a sync is at work.
        one_job(stage, resource)
    return [problem.code for problem in status(stage.deps, stage.scope).headline.problems]


class Poison:
    """A function that raises for whatever carries the word, while it is on."""

    def __init__(self, real: Callable[..., Any]) -> None:
        self.real = real
        self.on = True

    def __call__(self, *given: Any, **named: Any) -> Any:
        if self.on and any(POISON in repr(each) for each in given):
            raise OverflowError("date value out of range: Ann's secret")
        return self.real(*given, **named)


Place = tuple[Any, str]
READS: dict[Resource, Place] = {
    "contacts": (person_shape, "contact_of"),
    "calendar": (event_shape, "appointment_of"),
}
WRITES: dict[Resource, Place] = {
    "contacts": (people_door, "new_person"),
    "calendar": (events_door, "new_event"),
}


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> Callable[[Place], Poison]:
    def put(place: Place) -> Poison:
        module, name = place
        found = Poison(getattr(module, name))
        if isinstance(module, type):
            monkeypatch.setattr(module, name, lambda *given, **named: found(*given, **named))
        else:
            monkeypatch.setattr(module, name, found)
        return found

    return put


def in_step(stage: Stage, resource: Resource, many: int = 5) -> None:
    for n in range(many):
        stage.add(f"r{n}", record(resource, n))
    stage.sync(resource)
    stage.later(3600)


@pytest.mark.parametrize("resource", KINDS)
class TestPoisonRecord:
    def test_poison_record(
        self,
        stage: Stage,
        resource: Resource,
        poison: Callable[[Place], Poison],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """One that Google lists cannot be read: it is set aside, the others come in, the status tells."""
        in_step(stage, resource)
        for n in range(5):
            word = POISON if n == 2 else "new"
            phone_edit(stage, resource, f"{MINE[resource]}{n}", f"{word}{n}")
        read = poison(READS[resource])
        stage.sync(resource)
        words = [word_of(stored(stage, resource, f"r{n}")) for n in range(5)]
        assert [word for word in words if word.startswith("new")] == ["new0", "new1", "new3", "new4"]
        assert asides(stage) == {"r2": "internal"}
        assert told(stage) == ["records_refused"]
        [line] = [line for line in caplog.records if line.message.startswith("unreadable")]
        assert line.error == "OverflowError"  # type: ignore[attr-defined]
        assert any("contact_of" in at or "appointment_of" in at or "__call__" in at for at in line.at)  # type: ignore[attr-defined]
        assert "secret" not in caplog.text, "of the error itself nothing is logged"
        # It is not read at each sync, and not written again.
        stage.meter.reset()
        stage.later()
        one_job(stage, resource)
        assert (stage.meter.used().writes, stage.meter.used().deletes) == (0, 0)
        # Its time comes, and the fault is over.
        read.on = False
        stage.later(1800)
        one_job(stage, resource)
        assert asides(stage) == {}
        assert word_of(stored(stage, resource, "r2")) == f"{POISON}2"
        assert state(stage, resource).retry_at is None

    def test_it_heals_as_soon_as_it_changes(
        self, stage: Stage, resource: Resource, poison: Callable[[Place], Poison]
    ) -> None:
        in_step(stage, resource)
        phone_edit(stage, resource, f"{MINE[resource]}2", f"{POISON}2")
        poison(READS[resource])
        stage.sync(resource)
        assert asides(stage) == {"r2": "internal"}
        phone_edit(stage, resource, f"{POISON}2", "better")
        stage.sync(resource)
        assert asides(stage) == {}
        assert word_of(stored(stage, resource, "r2")) == "better"

    def test_it_is_tried_again_more_and_more_rarely(
        self, stage: Stage, resource: Resource, poison: Callable[[Place], Poison]
    ) -> None:
        in_step(stage, resource)
        phone_edit(stage, resource, f"{MINE[resource]}2", f"{POISON}2")
        poison(READS[resource])
        stage.sync(resource)
        waits = []
        for tries in range(1, 5):
            link = aside(stage)
            assert link.tries == tries
            assert link.retry_at is not None
            assert state(stage, resource).retry_at == link.retry_at
            waits.append(link.retry_at - stage.clock.now())
            stage.clock.advance(waits[-1])
            stage.sync(resource)
        assert all(later > 2 * sooner for sooner, later in itertools.pairwise(waits)), waits

    def test_one_that_the_host_cannot_compare_is_set_aside_on_its_way_to_google(
        self, stage: Stage, resource: Resource, poison: Callable[[Place], Poison]
    ) -> None:
        compare = poison((Canon, "project"))
        for n in range(5):
            stage.add(f"r{n}", record(resource, n, POISON if n == 2 else ""))
        stage.sync(resource)
        assert len(at_google(stage, resource)) in (4, 5)
        assert asides(stage) == {"r2": "internal"}
        compare.on = False
        stage.edit("r2", record(resource, 2))
        stage.sync(resource)
        assert asides(stage) == {}
        assert len(at_google(stage, resource)) == 5

    def test_one_whose_body_cannot_be_built_stops_no_other(
        self, stage: Stage, resource: Resource, poison: Callable[[Place], Poison]
    ) -> None:
        write = poison(WRITES[resource])
        for n in range(5):
            stage.add(f"r{n}", record(resource, n, POISON if n == 2 else ""))
        stage.sync(resource)
        assert len(at_google(stage, resource)) == 4
        assert asides(stage) == {"r2": "internal"}
        assert list(stage.store.intents(stage.scope)) == []
        write.on = False
        stage.later(1800)
        stage.sync(resource)
        assert len(at_google(stage, resource)) == 5
        assert asides(stage) == {}

    def test_one_whose_answer_cannot_be_read_is_not_made_twice(
        self, stage: Stage, resource: Resource, poison: Callable[[Place], Poison]
    ) -> None:
        read = poison(READS[resource])
        for n in range(5):
            stage.add(f"r{n}", record(resource, n, POISON if n == 2 else ""))
        stage.sync(resource)
        assert len(at_google(stage, resource)) == 5
        assert asides(stage) == {"r2": "internal"}
        stage.later(60)
        stage.sync(resource)
        read.on = False
        stage.later(1800)
        stage.sync(resource)
        assert len(at_google(stage, resource)) == 5
        assert asides(stage) == {}

    def test_one_that_a_direct_read_cannot_show_is_not_taken_for_gone(
        self, stage: Stage, resource: Resource, poison: Callable[[Place], Poison]
    ) -> None:
        in_step(stage, resource)
        phone_edit(stage, resource, f"{MINE[resource]}2", f"{POISON}2")
        read = poison(READS[resource])
        stage.edit("r2", replace(stored(stage, resource, "r2"), **_other(resource)))
        for _ in range(3):
            stage.sync(resource)
            stage.later(60)
        assert len(at_google(stage, resource)) == 5, "it is neither deleted nor made anew"
        assert asides(stage) == {"r2": "internal"}
        read.on = False
        stage.later(7200)
        stage.sync(resource)
        assert asides(stage) == {}
        found = stored(stage, resource, "r2")
        assert word_of(found) == f"{POISON}2"
        assert all(getattr(found, name) == value for name, value in _other(resource).items())

    def test_one_that_the_listing_of_everything_shows_unreadable_is_not_archived(
        self, stage: Stage, resource: Resource, poison: Callable[[Place], Poison]
    ) -> None:
        in_step(stage, resource)
        phone_edit(stage, resource, f"{MINE[resource]}2", f"{POISON}2")
        poison(READS[resource])
        name = "people.people.connections.list" if resource == "contacts" else "calendar.events.list"
        reason = "EXPIRED_SYNC_TOKEN" if resource == "contacts" else "fullSyncRequired"
        code = 400 if resource == "contacts" else 410
        stage.world.controls.plan(Fault(name, status=code, reason=reason))
        stage.sync(resource)
        assert asides(stage) == {"r2": "internal"}
        kind = stage.contact if resource == "contacts" else stage.appointment
        assert [kind(f"r{n}").archived_at for n in range(5)] == [None] * 5


def _other(resource: Resource) -> dict[str, Any]:
    return {"job_title": "Broker"} if resource == "contacts" else {"location": "Main St"}


def test_one_whose_resource_name_has_changed_is_not_taken_for_gone_when_its_time_has_come(
    stage: Stage, poison: Callable[[Place], Poison]
) -> None:
    """Google answers to the old name with the new one. It was made a second time, with the same key."""
    in_step(stage, "contacts")
    read = poison(READS["contacts"])
    phone_edit(stage, "contacts", f"{MINE['contacts']}2", f"{POISON}2")
    stage.sync()
    assert asides(stage) == {"r2": "internal"}
    stage.book.link_profile(aside(stage).remote_id, f"1{1:020d}")
    stage.sync()
    read.on = False
    stage.later(6 * 3600)
    stage.fuse(Moments(lambda _: stage.later(0.01)))
    stage.sync()
    assert asides(stage) == {}
    assert len(stage.persons()) == 5
    assert stage.contact("r2").archived_at is None
    assert stored(stage, "contacts", "r2").given_name == f"{POISON}2"


def test_a_stranger_that_cannot_be_read_is_remembered_without_a_record(
    stage: Stage, poison: Callable[[Place], Poison]
) -> None:
    read = poison(READS["contacts"])
    for name in ("Bo", POISON, "Cy"):
        stage.book.phone_create({"names": [{"givenName": name}]})
    stage.sync()
    assert sorted(row.name for row in stage.candidates()) == ["Bo", "Cy"]
    assert (aside(stage).crm, aside(stage).problem) == ("", "internal")
    assert told(stage) == ["records_refused"]
    stage.meter.reset()
    stage.later()
    one_job(stage)
    assert stage.meter.used().writes == 0
    read.on = False
    stage.later(1800)
    stage.sync()
    assert sorted(row.name for row in stage.candidates()) == ["Bo", "Cy", POISON]
    assert asides(stage) == {}


def test_a_stranger_that_cannot_be_read_and_is_deleted_is_forgotten(
    stage: Stage, poison: Callable[[Place], Poison]
) -> None:
    poison(READS["contacts"])
    stage.book.phone_create({"names": [{"givenName": POISON}]})
    stage.sync()
    [person] = stage.persons()
    stage.book.phone_delete(person["resourceName"])
    stage.later(1800)
    stage.sync()
    assert asides(stage) == {}


def test_an_event_born_at_google_that_cannot_be_read_comes_in_once_it_can(
    stage: Stage, poison: Callable[[Place], Poison]
) -> None:
    wants(stage, "full")
    read = poison(READS["calendar"])
    born(stage)
    born(stage, summary=POISON)
    stage.sync("calendar")
    assert (aside(stage).crm, aside(stage).problem) == ("", "internal")
    read.on = False
    stage.later(1800)
    stage.sync("calendar")
    found = stage.store.changed(stage.scope, "appointments", None, None, 10)
    assert sorted(each.value.title for each in found) == ["Dentist", POISON]
    assert asides(stage) == {}


def test_events_that_nobody_wants_are_not_set_aside(stage: Stage, poison: Callable[[Place], Poison]) -> None:
    poison(READS["calendar"])
    born(stage, summary=POISON)
    stage.sync("calendar")
    assert asides(stage) == {}


def test_an_occurrence_that_cannot_be_read_stays_as_it_is(
    stage: Stage, poison: Callable[[Place], Poison]
) -> None:
    series = synced(stage)
    id = make(stage, SECOND, title="Second")
    stage.sync("calendar")
    stage.later(3600)
    [instance] = [e for e in stage.calendar.every_event() if e.get("summary") == "Second"]
    stage.calendar.phone_edit(instance["id"], {"location": POISON})
    stage.calendar.phone_edit(series, {"location": "Room 2"})
    read = poison(READS["calendar"])
    stage.sync("calendar")
    assert stage.appointment("s").value.location == "Room 2"
    assert stage.appointment(id).archived_at is None
    assert [each["summary"] for each in stage.events()] == ["Coaching", "Second"]
    read.on = False
    stage.later(1800)
    stage.sync("calendar")
    assert stage.appointment(id).value.location == POISON
    assert asides(stage) == {}


def test_an_occurrence_that_cannot_be_decided_comes_in_once_it_can(
    stage: Stage, poison: Callable[[Place], Poison]
) -> None:
    series = synced(stage)
    [second] = [e["id"] for e in stage.calendar.instances("primary", series, maxResults=2)["items"]][1:]
    stage.calendar.phone_edit(second, {"summary": POISON})
    decided = poison((Canon, "project"))
    stage.sync("calendar")
    assert (aside(stage).crm, aside(stage).problem) == ("", "internal")
    decided.on = False
    stage.later(1800)
    stage.sync("calendar")
    assert [it.value.title for it in exceptions(stage)] == [POISON]
    assert asides(stage) == {}


def test_an_exception_waits_while_its_series_is_set_aside(
    stage: Stage, poison: Callable[[Place], Poison]
) -> None:
    """Google has no such occurrence before the series was moved there, and hears of it with the series."""
    series = synced(stage)
    later = replace(WEEKLY, title=POISON, start=timed(10, 14), end=timed(10, 15))
    stage.edit("s", later)
    written = poison((events_door, "changed_event"))
    make(stage, timed(17, 14), title="Second")
    stage.sync("calendar")
    assert asides(stage) == {"s": "internal"}
    written.on = False
    stage.later(1800)
    stage.sync("calendar")
    assert occurrences(stage, series)["03-17"]["summary"] == "Second"
    assert asides(stage) == {}


def test_an_exception_that_was_set_aside_for_its_series_is_tried_again_with_it(
    stage: Stage, poison: Callable[[Place], Poison]
) -> None:
    """It says the same as before, and its own time has not come."""
    series = synced(stage)
    stage.edit("s", replace(WEEKLY, title=POISON))
    id = make(stage, SECOND, status="cancelled", title="Second")
    decided = poison((Canon, "project"))
    stage.sync("calendar")
    assert asides(stage) == {"s": "internal", id: "internal"}
    decided.on = False
    stage.edit("s", replace(WEEKLY, title="Coaching again"))
    stage.sync("calendar")
    assert asides(stage) == {}
    assert "03-17" not in occurrences(stage, series)


def test_the_exceptions_of_a_series_that_could_not_be_made_follow_it(
    stage: Stage, poison: Callable[[Place], Poison]
) -> None:
    """They have changed since the series did, and the cursor has passed them."""
    written = poison(WRITES["calendar"])
    stage.add("s", replace(WEEKLY, title=POISON))
    stage.sync("calendar")
    make(stage, SECOND, title="Second")
    stage.later()
    stage.add("other", record("calendar", 1))
    stage.sync("calendar")
    written.on = False
    stage.later(7200)
    stage.sync("calendar")
    assert sorted(event["summary"] for event in stage.events()) == ["Second", "Viewing 1", POISON]


def test_a_series_born_at_google_that_was_set_aside_comes_in_with_its_exceptions(
    stage: Stage, poison: Callable[[Place], Poison]
) -> None:
    """They were listed, and dropped, while their series was not there."""
    wants(stage, "full")
    read = poison(READS["calendar"])
    stage.sync("calendar")
    series = born(stage, summary=POISON, recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"])
    [second] = [e["id"] for e in stage.calendar.instances("primary", series, maxResults=2)["items"]][1:]
    stage.calendar.phone_edit(second, {"summary": "Second"})
    stage.sync("calendar")
    read.on = False
    stage.later(1800)
    stage.sync("calendar")
    stage.sync("calendar")
    assert sorted(it.value.title for it in records(stage)) == ["Second", POISON]
    assert asides(stage) == {}


def test_a_series_that_could_not_be_read_has_the_occurrences_that_google_cancelled_meanwhile(
    stage: Stage, poison: Callable[[Place], Poison]
) -> None:
    series = synced(stage)
    read = poison(READS["calendar"])
    times = {"start": shown(timed(10, 14)), "end": shown(timed(10, 15))}
    stage.calendar.phone_edit(series, {"summary": POISON, **times})
    stage.calendar.phone_cancel_instance(stage.calendar.instance_id(series, timed(17, 14).at))
    stage.sync("calendar")
    assert asides(stage) == {"s": "internal"}
    read.on = False
    stage.later(1800)
    stage.sync("calendar")
    stage.sync("calendar")
    assert [it.value.status for it in exceptions(stage)] == ["cancelled"]


def test_no_job_writes_when_the_time_would_come_of_what_was_aside(
    stage: Stage, poison: Callable[[Place], Poison]
) -> None:
    in_step(stage, "calendar")
    poison((events_door, "changed_event"))
    stage.edit("r0", record("calendar", 0, POISON))
    stage.sync("calendar")
    stage.edit("r0", record("calendar", 0, "new"))
    stage.sync("calendar")
    assert state(stage, "calendar").retry_at is None
    stage.later(1800)
    stage.meter.reset()
    one_job(stage, "calendar")
    assert stage.meter.used().writes == 0


def test_a_series_and_its_event_are_set_aside_no_more_once_something_links_them(
    stage: Stage, poison: Callable[[Place], Poison]
) -> None:
    """A job died before it linked the two, and each was set aside by itself."""
    series = synced(stage)
    [link] = stage.store.links_page(stage.scope, "calendar", None, 10)
    stage.store.commit(stage.scope, [DropLink(link.key)])
    stage.calendar.phone_edit(series, {"location": "Room 2"})
    stage.edit("s", replace(WEEKLY, title=POISON))
    decided = poison((Canon, "project"))
    stage.sync("calendar")
    assert asides(stage) == {"s": "internal", "": "internal"}
    decided.on = False
    stage.edit("s", replace(WEEKLY, title="Coaching again"))
    stage.sync("calendar")
    assert asides(stage) == {}
    assert stage.appointment("s").value.location == "Room 2"


def test_what_is_gone_before_its_time_comes_is_forgotten_with_the_next_complete_listing(
    stage: Stage, poison: Callable[[Place], Poison]
) -> None:
    wants(stage, "full")
    stage.sync("calendar")
    read = poison(READS["calendar"])
    gone, there = born(stage, summary=POISON), born(stage, summary=f"{POISON} too")
    stage.sync("calendar")
    assert len(stage.store.quarantined(stage.scope, None, 9)) == 2
    stage.calendar.phone_delete(gone)
    stage.calendar.expire_sync_tokens()
    stage.later()
    one_job(stage, "calendar")
    assert aside(stage).remote_id == there
    read.on = False


def test_an_exception_that_goes_into_the_archive_is_not_refused_any_more(
    stage: Stage, poison: Callable[[Place], Poison]
) -> None:
    synced(stage)
    poison((Canon, "project"))
    id = make(stage, SECOND, title=POISON)
    stage.sync("calendar")
    assert asides(stage) == {id: "internal"}
    stage.edit(id, stage.appointment(id).value, archived=True)
    stage.sync("calendar")
    assert asides(stage) == {}


def test_an_appointment_that_was_called_off_is_tried_again_as_soon_as_it_changes(
    stage: Stage, poison: Callable[[Place], Poison]
) -> None:
    """It is a deleted one, so to say, and those had all said the same."""
    in_step(stage, "calendar", 1)
    phone_edit(stage, "calendar", "Viewing 0", "Viewing, later")
    called_off = replace(record("calendar", 0, POISON), status="cancelled")
    decided = poison((Canon, "project"))
    stage.edit("r0", called_off)
    stage.sync("calendar")
    assert asides(stage) == {"r0": "internal"}
    decided.on = False
    stage.edit("r0", replace(called_off, location="Main St"))
    stage.sync("calendar")
    assert asides(stage) == {}
    assert stage.appointment("r0").value.status == "confirmed", "an edit at Google beats it"


def test_an_exception_goes_with_its_occurrence_when_google_has_yet_to_hear_that_the_series_is_of_days(
    stage: Stage,
) -> None:
    """Google still shows the occurrence, which nothing here can be compared with any more."""
    series = synced(stage)
    id = make(stage, SECOND, title="Second")
    stage.edit("s", replace(WEEKLY, start=AllDay(date(2026, 3, 10)), end=AllDay(date(2026, 3, 11))))
    stage.world.controls.plan(Fault("calendar.events.patch", "before", 412, "conditionNotMet"))
    stage.sync("calendar")
    assert asides(stage) == {}
    assert stage.appointment(id).archived_at is not None
    assert stage.calendar.get("primary", series)["start"] == {"date": "2026-03-10"}


def test_a_record_that_no_commit_can_hold_is_set_aside(stage: Stage) -> None:
    """Its text at Google is above 1 MiB, and so is the document that it would be here."""
    in_step(stage, "calendar")
    big = "x" * 1_100_000
    for n in range(4):
        phone_edit(stage, "calendar", f"Viewing {n}", f"new{n}")
    [event] = [each for each in stage.events() if each["summary"] == "new2"]
    stage.calendar.phone_edit(event["id"], {"description": big})
    stage.sync("calendar")
    assert asides(stage) == {"r2": "too_large"}
    assert [stage.appointment(f"r{n}").value.title for n in (0, 1, 3)] == ["new0", "new1", "new3"]
    assert state(stage, "calendar").sync_token is not None
    stage.meter.reset()
    stage.later()
    one_job(stage, "calendar")
    assert stage.meter.used().writes == 0, "the cursor has moved past it"
