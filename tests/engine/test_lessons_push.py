"""What went wrong elsewhere with tokens and notifications, and does not here.

The numbers are those of the list of lessons.
"""

from datetime import timedelta

from crmsync.core.shown.status import label_and_state
from crmsync.engine.schedule.tick import resync_due
from crmsync.engine.sessions import account_key
from local.google.faults import Fault
from local.google.server import GoogleServer
from tests.stage import Stage

TIMES = {
    "start": {"dateTime": "2026-03-10T16:00:00-04:00", "timeZone": "America/Toronto"},
    "end": {"dateTime": "2026-03-10T17:00:00-04:00", "timeZone": "America/Toronto"},
}


def announced(server: GoogleServer) -> Stage:
    """A connected user whose calendar is announced."""
    stage = Stage(server, push=True)
    stage.connect()
    stage.sync("contacts")
    stage.sync("calendar")
    stage.announce()
    stage.run()
    return stage


def lives_on(stage: Stage, days: int) -> None:
    """The schedule ticks, seldom as it is, and its jobs run."""
    for tick in range(3 * days):
        stage.later(8 * 3600)
        resync_due(stage.deps, f"tick-{tick}")
        stage.run()


def test_29_a_grant_that_died_is_said_and_its_channels_do_not_stay_for_ever(server: GoogleServer) -> None:
    stage = announced(server)
    stage.world.grants.revoke(stage.account.sub)
    stage.google.forget(account_key(stage.scope, stage.account.sub))
    stage.calendar.phone_create({"summary": "Dentist", **TIMES})
    assert stage.announce() == ["exists"]
    stage.run()
    user = stage.store.user(stage.scope)
    assert user is not None
    headline = label_and_state(user, 0, 0, 0)
    assert (headline.label, headline.problems[0].action) == ("Action needed", "reconnect")
    assert stage.announce() == [], "no further job is queued for it"
    for channel in stage.store.channels_of(stage.scope):
        assert channel.expires_at is not None, "Firestore deletes by it"
        assert channel.expires_at <= stage.clock.now() + timedelta(days=7)


def test_30_channels_do_not_die_after_a_week(server: GoogleServer) -> None:
    stage = announced(server)
    first = stage.channels
    lives_on(stage, days=8)
    assert len(stage.channels) == 1
    assert stage.channels != first
    stage.announce()
    stage.queue.tasks.clear()
    stage.calendar.phone_create({"summary": "Dentist", **TIMES})
    assert stage.announce() == ["exists"]
    assert len(stage.queue.tasks) == 1


def test_30_a_failed_renewal_leaves_what_is_known_of_the_old_channel(server: GoogleServer) -> None:
    stage = announced(server)
    before = stage.store.user(stage.scope)
    assert before is not None
    stage.later(6.5 * 24 * 3600)
    stage.world.controls.plan(Fault("calendar.events.watch", status=500))
    stage.sync("calendar")
    after = stage.store.user(stage.scope)
    assert after is not None
    assert after.calendar.watch.failures == 1
    assert after.calendar.watch.channel == before.calendar.watch.channel
    stage.calendar.phone_create({"summary": "Dentist", **TIMES})
    assert stage.announce() == ["exists"]


def test_30_polling_finds_what_no_message_told(server: GoogleServer) -> None:
    stage = announced(server)
    stage.world.push.drop_next = 1
    stage.calendar.phone_create({"summary": "Dentist", **TIMES})
    assert stage.announce() == []
    stage.world.controls.forget_calls()
    lives_on(stage, days=1)
    assert stage.world.controls.count("calendar.events.list") == 3


def test_messages_after_a_channel_was_stopped_are_ignored(server: GoogleServer) -> None:
    stage = announced(server)
    stage.world.push.stop = lambda *_, **__: None  # type: ignore[method-assign]
    [old] = stage.channels
    lives_on(stage, days=7)
    stage.announce()
    stage.queue.tasks.clear()
    stage.calendar.phone_create({"summary": "Dentist", **TIMES})
    assert stage.announce() == ["exists"]
    assert {note.channel_id: ours for note, ours in stage.notes}.get(old, False) is False
    assert len(stage.queue.tasks) == 1
