"""Push channels: opened, renewed with overlap, retried, stopped; and the schedule beside them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.account import Watch
from crmsync.core.due import HEARD_INTERVAL, SYNC_INTERVAL
from crmsync.core.errors import RateLimited, SyncError, Unavailable
from crmsync.engine import jobs
from crmsync.engine.account import connect, webhook
from crmsync.engine.account.channels import RETRY_FIRST, UNNAMED
from crmsync.engine.ports import GoogleSession
from crmsync.engine.schedule.tick import resync_due
from crmsync.engine.sessions import account_key
from crmsync.engine.status import status
from local.google.clock import Clock
from local.google.faults import Fault
from local.google.server import GoogleServer
from local.google.world import World
from tests.engine.allowing import come_back
from tests.gateway.simulated import consent
from tests.machine.crashes import Crash
from tests.stage import BOTH, START, Stage

TIMES = {
    "start": {"dateTime": "2026-03-10T16:00:00-04:00", "timeZone": "America/Toronto"},
    "end": {"dateTime": "2026-03-10T17:00:00-04:00", "timeZone": "America/Toronto"},
}
DAY = timedelta(days=1).total_seconds()


@pytest.fixture(scope="module")
def server() -> Iterator[GoogleServer]:
    """One simulated Google for all of them: each test has an account of its own."""
    with GoogleServer(World(Clock(START))) as running:
        yield running


@pytest.fixture
def stage(server: GoogleServer, request: pytest.FixtureRequest) -> Stage:
    """A connected user whose calendar is announced."""
    name = re.sub(r"\W", "-", request.node.name)
    made = Stage(server, f"{name}@gmail.example", push=True)
    made.connect()
    return made


def watch(stage: Stage) -> Watch:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user.calendar.watch


def problems(stage: Stage) -> list[tuple[str, str]]:
    found = status(stage.deps, stage.scope).headline.problems
    return [(problem.code, problem.action) for problem in found]


class Hindered:
    """Google, with something in the way of opening a channel.

    `refusal` is raised instead, or `hook` is called after Google has opened it.
    """

    def __init__(self, google: Any) -> None:
        self.google = google
        self.refusal: SyncError | None = None
        self.hook: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.google, name)

    def session(self, account: str, sealed_token: str | None) -> Any:
        session: GoogleSession | None = self.google.session(account, sealed_token)
        return session and HinderedSession(session, self)


class HinderedSession:
    def __init__(self, session: GoogleSession, hindered: Hindered) -> None:
        self.session = session
        self.hindered = hindered

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)

    def watch(self, *arguments: Any) -> Any:
        if self.hindered.refusal is not None:
            raise self.hindered.refusal
        answer = self.session.watch(*arguments)
        if self.hindered.hook is not None:
            self.hindered.hook()
        return answer


@pytest.fixture
def hindered(stage: Stage) -> Hindered:
    made = Hindered(stage.google)
    stage.deps = replace(stage.deps, google=made)
    return made


def test_the_first_calendar_sync_opens_a_channel_and_later_ones_none(stage: Stage) -> None:
    stage.sync("contacts")
    assert stage.channels == []
    stage.sync("calendar")
    [channel] = stage.channels
    assert watch(stage).channel == channel
    stored = stage.store.channel(channel)
    assert stored is not None
    assert stored.token_digest != stage.world.push.channels()[-1].token
    stage.later(DAY)
    stage.sync("calendar")
    assert stage.channels == [channel]


def test_an_edit_on_the_phone_is_announced_and_comes_in_by_itself(stage: Stage) -> None:
    stage.sync("calendar")
    assert stage.announce() == ["sync"]
    stage.run()
    for title in ("Dentist", "Dentist, room 2"):
        stage.calendar.phone_create({"summary": title, **TIMES})
    assert stage.announce() == ["exists"]
    assert [task.payload["reason"] for task in stage.queue.tasks] == ["push"]
    stage.run()


def test_what_changed_while_the_channel_was_being_opened_is_looked_at(
    stage: Stage, hindered: Hindered
) -> None:
    stage.world.controls.forget_calls()
    stage.sync("calendar")
    assert stage.world.controls.count("calendar.events.list") == 2


def test_an_idle_job_reads_asks_and_writes_nothing_for_its_channel(stage: Stage) -> None:
    stage.sync("calendar")
    stage.later(600)
    stage.world.controls.forget_calls()
    stage.meter.reset()
    stage.sync("calendar")
    used = stage.meter.used()
    assert stage.world.controls.count("calendar.*") == 1
    assert (used.reads <= 2, used.writes) == (True, 0)


def test_the_next_channel_is_opened_before_the_old_one_is_stopped(stage: Stage, hindered: Hindered) -> None:
    stage.sync("calendar")
    [old] = stage.channels
    stage.later(6 * DAY - 60)
    stage.sync("calendar")
    assert stage.channels == [old], "a day before its end is soon enough"
    stage.later(60)
    open_then: list[list[str]] = []
    hindered.hook = lambda: open_then.append(stage.channels)
    stage.sync("calendar")
    [new] = stage.channels
    assert new != old
    assert open_then == [[old, new]], "both tell for a while"
    assert stage.store.channel(old) is None
    stage.calendar.phone_create({"summary": "Dentist", **TIMES})
    assert stage.announce() == ["sync", "exists"]


def test_a_short_life_is_renewed_in_its_last_third(stage: Stage) -> None:
    stage.world.push.longest_life = timedelta(hours=3)
    stage.sync("calendar")
    due, end = watch(stage).due_at, watch(stage).expires_at
    assert due is not None
    assert end is not None
    assert end - due == timedelta(hours=1)


def test_the_schedule_looks_at_an_announced_calendar_more_seldom_and_renews_its_channel(
    stage: Stage,
) -> None:
    stage.world.push.longest_life = timedelta(hours=6)
    stage.sync("calendar")
    stage.sync("contacts")
    looks: dict[str, list[float]] = {"calendar": [], "contacts": []}
    channels: set[str] = set()
    begin = stage.clock.now()
    for tick in range(8 * 12):
        stage.later(300)
        resync_due(stage.deps, f"tick-{tick}")
        for task in stage.queue.tasks:
            looks[task.payload["resource"]].append((stage.clock.now() - begin).total_seconds())
        stage.run()
        channels |= set(stage.channels)
        assert len(stage.channels) == 1
    gaps = [after - before for before, after in zip(looks["calendar"], looks["calendar"][1:], strict=False)]
    assert max(gaps) <= 1.25 * HEARD_INTERVAL.total_seconds() + 1.25 * SYNC_INTERVAL.total_seconds() + 600
    assert len(looks["calendar"]) < 0.7 * len(looks["contacts"])
    assert len(channels) == 2, "renewed once in eight hours"


def test_without_a_channel_the_calendar_is_looked_at_as_often_as_contacts(
    stage: Stage, hindered: Hindered
) -> None:
    hindered.refusal = Unavailable("backend_error")
    stage.sync("calendar")
    for tick in range(3):
        stage.later(1.3 * SYNC_INTERVAL.total_seconds())
        resync_due(stage.deps, f"tick-{tick}")
        assert sorted(task.payload["resource"] for task in stage.queue.tasks) == ["calendar", "contacts"]
        stage.queue.tasks.clear()


def test_google_that_cannot_reach_us_is_not_asked(server: GoogleServer) -> None:
    stage = Stage(server, "loopback@gmail.example")
    stage.connect()
    stage.sync("calendar")
    assert watch(stage) == Watch()
    assert problems(stage) == []


# --- failures and crashes


def test_a_failed_renewal_is_shown_and_tried_again_ever_more_seldom(stage: Stage, hindered: Hindered) -> None:
    stage.sync("calendar")
    [old] = stage.channels
    stage.later(6 * DAY)
    hindered.refusal = Unavailable("backend_error")
    waits: list[float] = []
    for _ in range(3):
        before = stage.clock.now()
        stage.sync("calendar")
        assert problems(stage) == [("push_failed", "wait")]
        due = watch(stage).due_at
        assert due is not None
        waits.append((due - before) / RETRY_FIRST)
        stage.clock.advance(due - before)
    assert waits == [1, 2, 4]
    assert watch(stage).channel == old, "the old one goes on"
    assert [channel.id for channel in stage.store.channels_of(stage.scope)] == [old]
    hindered.refusal = None
    stage.sync("calendar")
    assert problems(stage) == []
    assert stage.channels != [old]


def test_a_quota_is_waited_for(stage: Stage, hindered: Hindered) -> None:
    hindered.refusal = RateLimited("quota_exceeded", 3600)
    stage.sync("calendar")
    assert watch(stage).due_at == stage.clock.now() + timedelta(hours=1)


@pytest.mark.parametrize("told", [True, False])
def test_a_crash_between_storing_and_opening_leaves_no_orphan_for_long(
    stage: Stage, hindered: Hindered, told: bool
) -> None:
    def die() -> None:
        raise Crash

    hindered.hook = die
    with pytest.raises(Crash):
        stage.sync("calendar")
    [orphan] = stage.channels
    if told:
        # Its first message names it, so that it can be stopped although Google's answer is lost.
        assert stage.announce() == ["sync"]
    hindered.hook = None
    stage.run()
    assert stage.channels == [orphan], "not tried again at once"
    stage.later(RETRY_FIRST.total_seconds())
    stage.sync("calendar")
    assert [channel.id for channel in stage.store.channels_of(stage.scope)] == [watch(stage).channel]
    assert (orphan in stage.channels) is not told
    stage.announce()
    stage.queue.tasks.clear()
    stage.calendar.phone_create({"summary": "Dentist", **TIMES})
    stage.announce()
    assert [note.channel_id for note, ours in stage.notes if ours] == [watch(stage).channel]


def test_a_channel_whose_opening_was_not_confirmed_counts_for_an_hour_only(
    stage: Stage, hindered: Hindered
) -> None:
    hindered.refusal = Unavailable("timeout", ambiguous=True)
    stage.sync("calendar")
    [pending] = stage.store.channels_of(stage.scope)
    assert pending.expires_at == stage.clock.now() + UNNAMED


def test_an_overtaken_job_closes_the_channel_that_it_opened(stage: Stage, hindered: Hindered) -> None:
    """A twin that comes while the first one hangs in its call."""

    def hang() -> None:
        hindered.hook = None
        stage.later(600)
        jobs.run(stage.deps, "sync", {"uid": stage.uid, "resource": "calendar", "reason": "schedule"})

    hindered.hook = hang
    stage.sync("calendar")
    assert stage.channels == [watch(stage).channel]
    assert [channel.id for channel in stage.store.channels_of(stage.scope)] == stage.channels


# --- the end


def test_a_disconnect_stops_the_channels_while_the_grant_lives(stage: Stage) -> None:
    stage.sync("calendar")
    connect.disconnect(stage.deps, stage.scope, "keep", "keep")
    assert len(stage.channels) == 1
    stage.run()
    assert stage.channels == []
    assert stage.store.channels_of(stage.scope) == []
    assert stage.store.grant(stage.scope) is None


def test_a_disconnect_after_the_grant_died_leaves_no_channel_in_the_store(stage: Stage) -> None:
    stage.sync("calendar")
    stage.world.grants.revoke(stage.account.sub)
    stage.deps.google.forget(account_key(stage.scope, stage.account.sub))
    connect.disconnect(stage.deps, stage.scope, "keep", "keep")
    stage.run()
    assert stage.store.channels_of(stage.scope) == []


def test_reconnecting_after_the_grant_died_opens_a_new_channel(stage: Stage) -> None:
    stage.sync("calendar")
    [old] = stage.channels
    stage.world.grants.revoke(stage.account.sub)
    stage.deps.google.forget(account_key(stage.scope, stage.account.sub))
    stage.sync("calendar")
    assert ("reconnect_needed", "reconnect") in problems(stage)
    reconnect(stage)
    stage.run()
    assert watch(stage).channel not in (old, None)
    assert [channel.id for channel in stage.store.channels_of(stage.scope)] == [watch(stage).channel]


def reconnect(stage: Stage) -> None:
    """The whole authorization, as the browser goes through it; the person allows all."""
    begun = connect.begin(stage.deps, stage.scope, BOTH, "browser")
    back = consent(begun.url, stage.account.email, allow=BOTH)
    connect.complete(stage.deps, state=back["state"], code=back["code"], error=None, binding="browser")
    assert connect.confirm(stage.deps, stage.scope, begun.offer).kind == "connected"


def test_messages_are_believed_by_id_token_and_resource_alone(stage: Stage) -> None:
    stage.sync("calendar")
    stage.run()
    [channel] = stage.world.push.channels()

    def told(
        id: str | None = channel.id,
        resource: str | None = channel.resource_id,
        token: str | None = channel.token,
    ) -> bool:
        return webhook.notified(stage.deps, id, resource, token, "exists")

    assert not told(id="other")
    assert not told(resource="other")
    assert not told(resource=None)
    assert not told(token="other")
    assert not told(token=channel.token[:-1])
    assert not told(token=None)
    assert stage.queue.tasks == []
    assert told()
    assert told(), "a repeated message is fine"
    assert len(stage.queue.tasks) == 1
    stage.later(8 * DAY)
    assert not told(), "its time is over"


def test_another_account_may_be_chosen_though_the_channel_of_the_first_cannot_be_stopped(
    stage: Stage,
) -> None:
    stage.sync("calendar")
    stage.world.controls.forget_calls()
    [old] = stage.channels
    other = stage.world.add_account(f"other.{stage.account.email}", "Ann")
    stage.world.controls.plan(Fault("calendar.channels.stop", account=stage.account.email))
    assert come_back(stage, other, afresh=True).kind == "connected"
    assert stage.world.controls.count("calendar.channels.stop") == 1
    assert [channel.id for channel in stage.store.channels_of(stage.scope)] == []
    stage.run()
    [new] = stage.store.channels_of(stage.scope)
    assert new.id != old
