"""What the status says of whole syncs: when they ended, what waits, and when all is complete."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests

from crmsync.core.account import ResourceState, User
from crmsync.core.model import Resource
from crmsync.core.shown.waits import Wait
from crmsync.engine import jobs
from crmsync.engine.push.changes_pass import Push
from crmsync.engine.requests import request_sync
from crmsync.engine.review import approvals
from crmsync.engine.status import Status, status
from local.google.faults import Fault
from tests.engine.lessons import contact, phone_edit, with_ann, with_many
from tests.stage import Stage

UPDATE = "people.people.*pdate*"
CREATE = "people.people.*reate*"
LIST = "people.people.connections.list"


def user_of(stage: Stage) -> User:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user


def state(stage: Stage, resource: Resource = "contacts") -> ResourceState:
    return user_of(stage).resource(resource)


def shown(stage: Stage) -> Status:
    return status(stage.deps, stage.scope)


def said(stage: Stage) -> tuple[str, str, tuple[Wait, ...]]:
    """State, label and waits."""
    headline = shown(stage).headline
    return headline.state, headline.label, headline.waits


def one_job(stage: Stage, reason: str = "push", resource: Resource = "contacts") -> None:
    """Runs one job, and nothing that it queues."""
    jobs.run(stage.deps, "sync", {"uid": stage.uid, "resource": resource, "reason": reason})


@pytest.fixture
def settled(stage: Stage) -> Stage:
    """Ann on both sides, an hour ago; the calendar has been synced too."""
    with_ann(stage)
    for _ in range(2):
        stage.sync()
        stage.sync("calendar")
        stage.later(3700)
    stage.sync()
    stage.sync("calendar")
    stage.later(600)
    stage.meter.reset()
    return stage


class TestWhenASyncEnded:
    @pytest.mark.parametrize("resource", ["contacts", "calendar"])
    def test_an_idle_job_of_the_schedule_notes_its_end_with_one_write(
        self, settled: Stage, resource: Resource
    ) -> None:
        before = state(settled, resource)
        settled.meter.reset()
        one_job(settled, "schedule", resource)
        used = settled.meter.used()
        assert (used.reads, used.writes, used.commits) == (1, 1, 1)
        after = state(settled, resource)
        assert after.last_synced_at == settled.clock.now()
        assert after.changed_at == before.changed_at, "nobody has to load anything"
        assert replace(after, last_synced_at=None, rev=0) == replace(before, last_synced_at=None, rev=0)

    @pytest.mark.parametrize("reason", ["push", "change", "connect"])
    def test_any_other_idle_job_writes_nothing(self, settled: Stage, reason: str) -> None:
        before = user_of(settled)
        one_job(settled, reason)
        assert settled.meter.used().writes == 0
        assert user_of(settled) == before

    def test_a_click_is_answered_with_the_end(self, settled: Stage) -> None:
        request_sync(settled.deps, settled.scope, "manual")
        settled.run()
        assert shown(settled).last_synced_at == settled.clock.now()

    def test_a_job_that_only_pulls_carries_its_end_in_the_one_commit_it_makes(self, settled: Stage) -> None:
        phone_edit(settled, settled.persons()[0]["resourceName"], {"nicknames": [{"value": "Annie"}]})
        one_job(settled)
        used = settled.meter.used()
        assert (used.commits, used.writes) == (1, 4)
        assert state(settled).last_synced_at == settled.clock.now()

    def test_a_job_that_only_pushes_carries_its_end(self, settled: Stage) -> None:
        settled.edit("ann", replace(settled.contact("ann").value, nickname="Annie"))
        settled.later()
        one_job(settled, "change")
        assert state(settled).last_synced_at == settled.clock.now()

    def test_a_job_that_fails_at_the_listing_has_no_end(self, settled: Stage) -> None:
        before = state(settled).last_synced_at
        settled.world.controls.plan(Fault(LIST, "before", 503, times=None))
        one_job(settled)
        assert state(settled).last_synced_at == before
        assert state(settled).changed_at == settled.clock.now()

    def test_a_job_that_pulled_and_then_fails_at_the_push_has_no_end(self, settled: Stage) -> None:
        before = state(settled).last_synced_at
        settled.add("bob", contact(1))
        phone_edit(settled, settled.persons()[0]["resourceName"], {"nicknames": [{"value": "Annie"}]})
        settled.world.controls.plan(Fault(CREATE, "before", 429, "RATE_LIMIT_EXCEEDED", retry_after=600))
        one_job(settled)
        assert settled.contact("ann").value.nickname == "Annie"
        assert state(settled).last_synced_at == before
        settled.queue.tasks.clear()
        settled.later(600)
        one_job(settled)
        assert state(settled).last_synced_at == settled.clock.now()

    def test_each_resource_has_its_own_and_the_older_one_is_that_of_all(self, settled: Stage) -> None:
        one_job(settled, "schedule")
        found = shown(settled)
        assert found.ended_at["contacts"] == settled.clock.now()
        assert found.ended_at["calendar"] == state(settled, "calendar").last_synced_at
        assert found.last_synced_at == found.ended_at["calendar"]


class TestWhatWaits:
    def test_a_quota_in_the_middle_of_a_push_says_how_many_and_until_when(self, settled: Stage) -> None:
        with settled.world.lock:
            settled.world.controls.plan(
                Fault(CREATE, "before", 429, "RATE_LIMIT_EXCEEDED", retry_after=600, skip=1)
            )
        for n in range(300):
            settled.add(f"c{n}", contact(n))
        until = settled.clock.now() + timedelta(seconds=600)
        one_job(settled)
        [wait] = shown(settled).headline.waits
        assert (wait.what, wait.until, wait.why) == ("contacts", until, "rate_limited")
        assert said(settled)[:2] == ("syncing", "Waiting for Google…")
        settled.run()
        assert said(settled) == ("complete", "Complete", ())

    def test_a_first_push_that_waits_says_how_many_are_left(self, stage: Stage) -> None:
        stage.sync("calendar")
        for n in range(450):
            stage.add(f"c{n}", contact(n))
        fault = Fault(CREATE, "before", 429, "RATE_LIMIT_EXCEEDED", retry_after=600, skip=1)
        stage.world.controls.plan(fault)
        until = stage.clock.now() + timedelta(seconds=600)
        one_job(stage, "connect")
        assert said(stage) == (
            "syncing",
            "Waiting for Google: 200 of 450",
            (Wait("contacts", 250, until, "rate_limited"),),
        )

    def test_an_outage_shows_within_three_failures_and_with_its_end(self, settled: Stage) -> None:
        settled.world.controls.plan(Fault(LIST, "before", 503, times=None))
        shows = []
        for seconds in (15, 30, 60):
            one_job(settled)
            until = settled.clock.now() + timedelta(seconds=seconds)
            found, label, [wait] = said(settled)
            assert (found, wait.what, wait.until) == ("syncing", "contacts", until)
            shows.append((label, wait.why, [each.code for each in shown(settled).headline.problems]))
            settled.clock.advance(timedelta(seconds=seconds))
        assert shows == [
            ("Trying again soon…", "retry", []),
            ("Trying again soon…", "retry", []),
            ("Google does not answer…", "unavailable", ["unavailable"]),
        ]
        settled.world.controls.clear_faults()
        one_job(settled)
        assert said(settled) == ("complete", "Complete", ())

    def test_a_google_that_hangs_shows_as_an_outage_at_the_third_time_out(
        self, settled: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def hangs(*_: object, timeout: tuple[float, float], **more: object) -> None:
            settled.clock.advance(timedelta(seconds=timeout[1]))
            raise requests.ReadTimeout

        begun = settled.clock.now()
        monkeypatch.setattr(requests.Session, "request", hangs)
        settled.queue.enqueue("sync", {"uid": settled.uid, "resource": "contacts", "reason": "schedule"})
        settled.run_until(timedelta(seconds=20 + 15 + 20 + 30 + 1))
        assert said(settled)[:2] == ("syncing", "Google does not answer…")
        shown_at = state(settled).changed_at
        assert shown_at is not None
        assert (shown_at - begun).total_seconds() == 20 + 15 + 20 + 30 + 20

    def test_complete_is_not_said_while_a_create_is_in_doubt(self, settled: Stage) -> None:
        settled.book.lag(300)
        for n in range(2):
            settled.add(f"c{n}", contact(n))
        settled.world.controls.plan(Fault(CREATE, "after", 503, "backendError", drop=True))
        begun = settled.clock.now()
        ended = state(settled).last_synced_at
        settled.queue.enqueue("sync", {"uid": settled.uid, "resource": "contacts", "reason": "change"})
        settled.run_until(timedelta(minutes=1))
        ends = begun + timedelta(minutes=15)
        assert said(settled) == (
            "syncing",
            "Making sure of new contacts…",
            (Wait("contacts", 2, ends, "in_doubt"),),
        )
        assert state(settled).last_synced_at == ended, "it has not come to its end"
        settled.run()
        assert said(settled) == ("complete", "Complete", ())
        assert state(settled).last_synced_at == settled.clock.now()

    def test_a_contact_added_while_another_is_in_doubt_waits_with_it(self, settled: Stage) -> None:
        settled.book.lag(1200)
        settled.add("c0", contact(0))
        settled.world.controls.plan(Fault(CREATE, "after", 503, "backendError", drop=True))
        settled.queue.enqueue("sync", {"uid": settled.uid, "resource": "contacts", "reason": "change"})
        settled.run_until(timedelta(minutes=1))
        settled.add("c1", contact(1))
        one_job(settled, "change")
        assert [(wait.count, wait.why) for wait in shown(settled).headline.waits] == [(2, "in_doubt")]
        settled.run()
        assert said(settled) == ("complete", "Complete", ())

    def test_records_left_for_later_are_counted_and_complete_is_not_said(
        self, settled: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A record that no job can deal with for now: a refusal of it alone that is no final one."""
        settled.add("bob", contact(1))
        plain = Push._sort

        def puts_bob_off(self: Any, fresh: Any, links: Any, work: Any) -> None:
            plain(self, fresh, links, work)
            kept = [stored for stored in work.creates if stored.id != "bob"]
            work.waiting.update(stored.id for stored in work.creates if stored.id == "bob")
            work.creates = kept

        with monkeypatch.context() as patched:
            patched.setattr(Push, "_sort", puts_bob_off)
            one_job(settled, "change")
            assert said(settled) == (
                "syncing",
                "Trying again soon…",
                (Wait("contacts", 1, None, "deferred"),),
            )
            settled.meter.reset()
            one_job(settled, "change")
            assert settled.meter.used().writes == 0, "it is known already"
        settled.run()
        assert (said(settled), state(settled).deferred) == (("complete", "Complete", ()), 0)

    def test_a_hold_that_was_decided_is_not_complete_until_it_is_carried_out(self, settled: Stage) -> None:
        with_many(settled, 12)
        for person in settled.persons()[:11]:
            settled.book.phone_delete(person["resourceName"])
        settled.later()
        settled.sync()
        [hold] = settled.store.holds(settled.scope)
        assert said(settled)[0] == "attention"
        approvals.choose(settled.deps, settled.scope, hold.id, "discard", hold.digest)
        assert said(settled)[:2] == ("syncing", "Starting…")
        settled.run()
        assert said(settled)[0] == "complete"


def test_at_rest_the_status_costs_a_few_reads_and_at_work_one(settled: Stage) -> None:
    shown(settled)
    used = settled.meter.reset()
    assert (used.reads, used.queries + used.counts, used.writes) == (2, 5, 0)
    request_sync(settled.deps, settled.scope, "manual")
    settled.meter.reset()
    shown(settled)
    used = settled.meter.used()
    assert (used.reads, used.queries, used.counts) == (1, 0, 0)
