"""Google refuses to delete what was archived in the CRM."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.core.model import Appointment, Contact
from crmsync.engine.sync import SOON
from local.google.faults import Fault
from tests.engine.appointments import timed
from tests.engine.push.effects import Moments, count, one_job
from tests.stage import Stage

DELETE = "calendar.events.delete"


@pytest.fixture
def archived(stage: Stage) -> Stage:
    """Two appointments on both sides, archived here."""
    for n in range(2):
        stage.add(f"v{n}", Appointment(f"Viewing {n}", timed(10 + n, 9), timed(10 + n, 10)))
    stage.sync("calendar")
    stage.later(3600)
    for n in range(2):
        stage.edit(f"v{n}", stage.appointment(f"v{n}").value, archived=True)
    stage.world.controls.forget_calls()
    return stage


def test_the_one_that_is_refused_is_set_aside_with_the_reason_and_the_other_goes(archived: Stage) -> None:
    archived.world.controls.plan(Fault(DELETE, status=403, reason="forbidden"))
    one_job(archived, "calendar")
    [left] = archived.events()
    [aside] = archived.store.quarantined(archived.scope, None, 10)
    assert (aside.remote_id, aside.problem) == (left["id"], "forbidden")
    assert archived.appointment(aside.crm).archived_at is not None
    assert count(archived, DELETE) == 2


def test_it_is_not_asked_for_again_as_it_was(archived: Stage) -> None:
    archived.world.controls.plan(Fault(DELETE, status=403, reason="forbidden"))
    for _ in range(2):
        one_job(archived, "calendar")
        archived.later(3600)
    assert count(archived, DELETE) == 2


def test_what_is_edited_on_the_phone_just_before_its_deletion_comes_back_and_is_completed_there(
    stage: Stage,
) -> None:
    """The CRM's last edit was not sent: it was archived with it. Back again, it owes Google that edit."""
    stage.add("ann", Contact(given_name="Ann"))
    stage.sync()
    stage.later(3600)
    stage.edit("ann", replace(stage.contact("ann").value, notes="Likes gardens"), archived=True)
    left = [True]

    def happen(effect: str) -> None:
        if effect == "commit" and left:
            left.pop()
            [name] = stage.book.contents()
            stage.book.phone_edit(name, {"nicknames": [{"value": "Annie"}]})

    stage.fuse(Moments(happen))
    stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "contacts", "reason": "push"})
    stage.run_until(timedelta(seconds=SOON))
    assert not left
    assert (stage.contact("ann").archived_at, stage.contact("ann").value.nickname) == (None, "Annie")
    [there] = stage.persons_named("Ann")
    assert [note["value"] for note in there["biographies"]] == ["Likes gardens"]
