"""What the calendar sync asks of Google: how many calls, under which etags, and what it makes of refusals."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from crmsync.core.model import Appointment, Attendee
from crmsync.core.shown.status import label_and_state
from crmsync.gateway.google import GoogleGateway
from crmsync.gateway.quota import PER_MINUTE
from crmsync.store.ports import DropLink
from local.google.clock import Clock
from local.google.faults import Fault
from local.google.world import World
from tests.engine.appointments import SECOND, make, occurrences, rests, synced, timed
from tests.machine.crashes import Fuse
from tests.machine.in_process import InProcessGoogle
from tests.stage import START, Stage

VIEWING = Appointment("Viewing", timed(10, 14), timed(10, 15))


@pytest.fixture
def stage() -> Iterator[Stage]:
    with InProcessGoogle(World(Clock(START))) as server:
        made = Stage(server)
        made.connect()
        yield made


def calls(stage: Stage) -> dict[str, int]:
    found = stage.world.controls.calls("calendar.*")
    names = [call.operation.removeprefix("calendar.") for call in found]
    return {name: names.count(name) for name in dict.fromkeys(names)}


def test_an_edit_costs_one_call_one_way_and_two_the_other(stage: Stage) -> None:
    stage.add("v", VIEWING)
    stage.sync("calendar")
    stage.calendar.phone_edit(stage.events()[0]["id"], {"summary": "On the phone"})
    stage.world.controls.forget_calls()
    stage.meter.reset()
    stage.sync("calendar")
    assert calls(stage) == {"events.list": 1}
    assert (stage.meter.used().reads, stage.meter.used().queries) == (4, 1), "nobody asks for exceptions"
    stage.edit("v", replace(stage.appointment("v").value, title="In the CRM"))
    stage.world.controls.forget_calls()
    stage.sync("calendar")
    assert calls(stage) == {"events.list": 1, "events.patch": 1}


def test_an_exception_that_is_linked_costs_no_more_than_any_other_edit(stage: Stage) -> None:
    synced(stage)
    id = make(stage, SECOND, title="Special")
    stage.sync("calendar")
    stage.edit(id, replace(stage.appointment(id).value, title="More special"))
    stage.world.controls.forget_calls()
    stage.sync("calendar")
    assert calls(stage) == {"events.list": 1, "events.patch": 1}


def test_a_first_push_takes_a_call_for_each_fifty(stage: Stage) -> None:
    for number in range(120):
        stage.add(f"v{number:03d}", replace(VIEWING, title=f"Viewing {number}"))
    stage.sync("calendar")
    assert len(stage.events()) == 120
    assert stage.world.controls.count("calendar.batch") == math.ceil(120 / 50)
    assert stage.world.controls.count("calendar.events.list") == 1
    assert stage.world.controls.count("calendar.events.insert") == 120


def test_under_googles_quota_a_first_push_resumes_and_says_how_far_it_is_and_how_long_it_takes(
    stage: Stage,
) -> None:
    stage.connect(frozenset(("calendar",)))
    quota = {"calendar": PER_MINUTE["calendar"] // 2}
    stage.world.controls.quotas["calendar.user"] = quota["calendar"]
    stage.deps = replace(stage.deps, google=GoogleGateway(stage.settings, stage.clock, quotas=quota))
    for number in range(1200):
        stage.add(f"v{number:03d}", replace(VIEWING, title=f"Viewing {number}"))
    began = stage.clock.now()
    stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "calendar", "reason": "schedule"})
    seen: list[tuple[int, datetime, timedelta]] = []
    while stage.queue.tasks:
        with pytest.raises(AssertionError, match="come to rest"):
            stage.run(1)
        user = stage.store.user(stage.scope)
        assert user is not None
        progress = label_and_state(user, 0, 0, 0).progress
        if progress is not None:
            assert (progress.phase, progress.total) == ("waiting", 1200)
            assert progress.left is not None
            seen.append((progress.done, stage.clock.now(), progress.left))
    ended = stage.clock.now()
    assert len(stage.events()) == 1200
    assert timedelta(minutes=2) < ended - began < timedelta(minutes=10)
    done = [each for each, _, _ in seen]
    assert done == sorted(done)
    assert len(set(done)) > 2, "each job goes on counting where the last one stopped"
    for each, at, left in seen:
        # It counts in steps of 200, of which a job under this quota may have done a part.
        assert 0.5 < left / (ended - at) <= 2, f"at {each} of 1200: {left} told, {ended - at} taken"


def test_an_edit_on_the_phone_between_pull_and_push_is_merged_not_overwritten(stage: Stage) -> None:
    stage.add("v", VIEWING)
    stage.sync("calendar")
    [event] = stage.events()
    stage.edit("v", replace(VIEWING, title="In the CRM"))
    fuse = Fuse()
    stage.fuse(fuse)
    fuse.set(1, after=False, event=lambda _: stage.calendar.phone_edit(event["id"], {"location": "Phone"}))
    stage.sync("calendar")
    [event] = stage.events()
    assert (event["summary"], event["location"]) == ("In the CRM", "Phone")
    assert stage.appointment("v").value.location == "Phone"
    rests(stage)


def test_a_deletion_meets_an_edit_on_the_phone_and_gives_way(stage: Stage) -> None:
    stage.add("v", VIEWING)
    stage.sync("calendar")
    [event] = stage.events()
    stage.edit("v", VIEWING, archived=True)
    fuse = Fuse()
    stage.fuse(fuse)
    fuse.set(1, after=False, event=lambda _: stage.calendar.phone_edit(event["id"], {"location": "Phone"}))
    stage.sync("calendar")
    assert stage.appointment("v").archived_at is None
    assert stage.appointment("v").value.location == "Phone"
    rests(stage)


@pytest.mark.parametrize("back", [False, True])
def test_a_deletion_is_as_the_last_look_at_its_record_has_it(stage: Stage, back: bool) -> None:
    """Another record moved at Google, so the pass looks at what changed meanwhile: here the archived one."""
    stage.add("v", VIEWING)
    stage.add("w", replace(VIEWING, title="Walk-through"))
    stage.sync("calendar")
    [walk] = [event["id"] for event in stage.events() if event["summary"] == "Walk-through"]
    stage.edit("v", VIEWING, archived=True)
    stage.edit("w", replace(VIEWING, title="Walk"))

    def meanwhile(_: object) -> None:
        stage.calendar.phone_edit(walk, {"colorId": "5"})
        stage.edit("v", replace(VIEWING, title="Edited"), archived=False if back else None)

    fuse = Fuse()
    stage.fuse(fuse)
    fuse.set(0, after=False, event=meanwhile)
    stage.sync("calendar")
    assert sorted(event["summary"] for event in stage.events()) == (["Edited", "Walk"] if back else ["Walk"])
    rests(stage)


def test_a_deletion_whose_etag_only_moved_is_carried_out(stage: Stage) -> None:
    stage.add("v", VIEWING)
    stage.sync("calendar")
    [event] = stage.events()
    stage.calendar.phone_edit(event["id"], {"colorId": "5"})
    stage.edit("v", VIEWING, archived=True)
    stage.sync("calendar")
    assert stage.events() == []
    rests(stage)


def test_an_id_that_is_taken_by_our_own_event_is_adopted_with_what_the_phone_made_of_it(stage: Stage) -> None:
    """The job that made it died, and its successor had listed before the event was there."""
    stage.add("v", VIEWING)
    stage.sync("calendar")
    [link] = stage.store.links_page(stage.scope, "calendar", None, 5)
    stage.store.commit(stage.scope, [DropLink(link.key)])
    stage.calendar.phone_edit(link.remote_id, {"location": "Phone"})
    stage.edit("v", replace(VIEWING, title="In the CRM"))
    fuse = Fuse()
    stage.fuse(fuse)
    stage.sync("calendar")
    [event] = stage.events()
    assert (event["id"], event["location"]) == (link.remote_id, "Phone")
    rests(stage)


def test_an_appointment_is_archived_and_restored_as_often_as_its_owner_likes(stage: Stage) -> None:
    stage.add("v", VIEWING)
    for _ in range(7):
        stage.edit("v", VIEWING, archived=False)
        stage.sync("calendar")
        assert len(stage.events()) == 1
        stage.edit("v", VIEWING, archived=True)
        stage.sync("calendar")
        assert stage.events() == []


def test_a_cancelled_appointment_stands_in_the_crm_and_is_deleted_at_google(stage: Stage) -> None:
    stage.add("v", VIEWING)
    stage.sync("calendar")
    stage.edit("v", replace(VIEWING, status="cancelled"))
    stage.sync("calendar")
    assert stage.events() == []
    assert stage.appointment("v").archived_at is None
    assert stage.appointment("v").value.status == "cancelled"
    rests(stage)
    stage.edit("v", VIEWING)
    stage.sync("calendar")
    assert [event["summary"] for event in stage.events()] == ["Viewing"]
    rests(stage)


def test_an_edit_on_the_phone_beats_a_cancellation_in_the_crm(stage: Stage) -> None:
    stage.add("v", VIEWING)
    stage.sync("calendar")
    stage.edit("v", replace(VIEWING, status="cancelled"))
    stage.calendar.phone_edit(stage.events()[0]["id"], {"location": "Phone"})
    stage.sync("calendar")
    assert stage.appointment("v").value == replace(VIEWING, location="Phone")
    rests(stage)


def test_of_a_batch_that_fails_in_part_the_rest_is_sent_again_alone(stage: Stage) -> None:
    for number in range(5):
        stage.add(f"v{number}", replace(VIEWING, title=f"Viewing {number}"))
    stage.world.controls.plan(Fault("calendar.events.insert", "before", 409, "conflict", skip=2))
    stage.sync("calendar")
    assert sorted(event["summary"] for event in stage.events()) == [f"Viewing {n}" for n in range(5)]
    assert stage.world.controls.count("calendar.events.insert") == 6
    rests(stage)


def test_an_expired_token_and_a_deleted_event_are_told_apart_though_both_are_410(stage: Stage) -> None:
    stage.add("v", VIEWING)
    stage.add("w", replace(VIEWING, title="Other"))
    stage.sync("calendar")
    gone = next(event["id"] for event in stage.events() if event["summary"] == "Viewing")
    stage.calendar.phone_delete(gone)
    stage.edit("v", VIEWING, archived=True)
    stage.calendar.expire_sync_tokens()
    stage.sync("calendar")
    assert [event["summary"] for event in stage.events()] == ["Other"]
    assert stage.appointment("w").archived_at is None
    rests(stage)


def test_guests_are_told_of_an_appointment_only_when_it_says_so(stage: Stage) -> None:
    """Lesson 28: first syncs and inbound edits mailed every guest, even for past meetings."""
    invited = replace(VIEWING, attendees=(Attendee("guest@example.com"),))
    stage.add("quiet", invited)
    stage.add("loud", replace(invited, title="Loud", notify_guests=True))
    stage.sync("calendar")
    assert len(stage.calendar.outbox.mails) == 1
    for id in ("quiet", "loud"):
        stage.edit(id, replace(stage.appointment(id).value, start=timed(10, 13)))
    stage.sync("calendar")
    assert len(stage.calendar.outbox.mails) == 2
    for id in ("quiet", "loud"):
        stage.edit(id, replace(stage.appointment(id).value, status="cancelled"))
    stage.sync("calendar")
    assert len(stage.calendar.outbox.mails) == 3
    assert stage.events() == []


def test_occurrences_are_found_by_their_start_when_ids_tell_nothing(stage: Stage) -> None:
    event_id = synced(stage)
    stage.calendar.hide_instance_ids()
    id = make(stage, SECOND, status="cancelled")
    stage.sync("calendar")
    assert "03-17" not in occurrences(stage, event_id)
    stage.edit(id, replace(stage.appointment(id).value, status="confirmed"))
    stage.sync("calendar")
    assert "03-17" in occurrences(stage, event_id)
    rests(stage)
