"""What is paused is neither read nor written, ends the job at work, and is made up for afterwards."""

from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.account import User
from crmsync.core.model import Contact
from crmsync.engine import jobs
from crmsync.engine.account import afresh, pausing
from crmsync.engine.requests import request_sync
from crmsync.engine.run.ledger import Ledger
from crmsync.engine.status import status
from crmsync.engine.users import change_user
from crmsync.store.ports import Superseded
from tests.engine.appointments import synced
from tests.engine.lessons import with_many
from tests.stage import Stage


def pauses(stage: Stage, **wanted: bool) -> User:
    """The user pauses, or resumes, as the call of the settings does it."""

    def changed(user: User) -> dict[str, Any]:
        now = stage.clock.now()
        paused = pausing.chosen(user.settings, wanted, now)  # type: ignore[arg-type]
        settings = user.settings.changed({"paused": paused})
        parts = {"settings": settings, **afresh.changed(user, settings)}
        return parts | pausing.goes_on(user, settings, now)

    user = change_user(stage.deps, stage.scope, changed)
    pausing.fall_silent(stage.deps, user)
    return user


def calls(stage: Stage) -> int:
    return stage.world.controls.count()


def test_nothing_is_read_or_written_until_it_goes_on_and_then_all_is_made_up_for(stage: Stage) -> None:
    with_many(stage, 2)
    pauses(stage, contacts=True)
    stage.edit("c0", Contact(given_name="Ann0", nickname="Zero"))
    [other] = stage.persons_named("Ann1")
    stage.book.phone_edit(other["resourceName"], {"nicknames": [{"value": "One"}]})
    before = calls(stage)
    for reason in ("push", "schedule", "manual"):
        stage.sync(reason=reason)
        stage.later()
    request_sync(stage.deps, stage.scope, "login", frozenset(("contacts",)))
    stage.run()
    assert calls(stage) == before
    assert stage.contact("c1").value.nickname == ""
    pauses(stage, contacts=False)
    stage.sync()
    [first] = stage.persons_named("Ann0")
    assert first["nicknames"][0]["value"] == "Zero"
    assert stage.contact("c1").value.nickname == "One"


@pytest.mark.parametrize("days", [1, 9])
def test_however_long_it_lasts_nobody_is_doubled_and_a_deletion_is_known(stage: Stage, days: int) -> None:
    with_many(stage, 3)
    pauses(stage, contacts=True)
    [gone] = stage.persons_named("Ann2")
    stage.book.phone_delete(gone["resourceName"])
    stage.later(timedelta(days=days).total_seconds())
    pauses(stage, contacts=False)
    for _ in range(2):
        stage.sync()
        stage.later(3600)
    assert stage.contact("c2").archived_at is not None
    assert len(stage.persons()) == 2


def test_a_job_that_is_at_work_ends_at_its_next_commit(stage: Stage) -> None:
    user = stage.store.user(stage.scope)
    assert user is not None
    ledger = Ledger(stage.store, stage.clock, user, "contacts", "run", "push")
    pauses(stage, contacts=True)
    with pytest.raises(Superseded):
        ledger.commit(phase="pulling")
    later = stage.store.user(stage.scope)
    assert later is not None
    assert (later.contacts.phase, later.contacts.requested_at) == ("idle", None)


def test_the_other_one_goes_on_and_the_schedule_passes_the_paused_one_over(stage: Stage) -> None:
    synced(stage)
    pauses(stage, contacts=True)
    stage.later(3600)
    jobs.resync_due(stage.deps, stage.clock.now().isoformat())
    assert [task.payload["resource"] for task in stage.queue.tasks] == ["calendar"]
    stage.queue.tasks.clear()
    pauses(stage, calendar=True)
    stage.later(3600)
    jobs.resync_due(stage.deps, stage.clock.now().isoformat())
    assert stage.queue.tasks == []
    assert status(stage.deps, stage.scope).headline.state == "paused"
    user = pauses(stage, calendar=False, contacts=False)
    assert user.next_due_at == stage.clock.now()


def test_a_pause_stops_the_channel_and_its_end_opens_another(stage: Stage) -> None:
    synced(stage)
    channels = stage.channels
    pauses(stage, calendar=True)
    assert stage.channels == []
    stage.sync("calendar")
    assert stage.channels == []
    pauses(stage, calendar=False)
    stage.sync("calendar")
    assert len(stage.channels) == len(channels)


def test_a_pause_that_goes_on_began_when_it_did(stage: Stage) -> None:
    first = pauses(stage, contacts=True).settings.paused["contacts"]
    stage.later()
    assert pauses(stage, contacts=True, calendar=True).settings.paused["contacts"] == first
