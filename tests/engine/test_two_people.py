"""Two people whose jobs are at work in one process at once: nothing of one shows for the other."""

from collections import defaultdict
from functools import partial
from typing import Any

import pytest

from crmsync import logs, tally
from crmsync.core.model import Contact, Email
from crmsync.core.scope import Scope
from crmsync.engine import jobs
from crmsync.engine.sessions import account_key
from local.google.clock import Clock
from local.google.server import GoogleServer
from local.google.world import World
from tests.loglines import log_lines
from tests.people import beside
from tests.stage import START, Stage
from tests.timeline import Timeline

NAMES = {"ann": ("Ada", "Alma"), "bob": ("Bea", "Bo")}
Told = dict[str, list[dict[str, int]]]


def contact(name: str) -> Contact:
    return Contact(given_name=name, emails=(Email(f"{name.lower()}@example.com"),))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What each job of a user counted, and the ids of a user's log lines, as the door for jobs opens them."""
    counts: Told = defaultdict(list)
    plain = jobs.run

    def run(deps: Any, job: str, payload: Any) -> None:
        with logs.bound(user=payload["uid"]), tally.opened() as did:
            plain(deps, job, payload)
            logs.event("job ended")
        counts[payload["uid"]].append(did.counts)

    monkeypatch.setattr(jobs, "run", run)
    return counts


def day(people: list[Stage]) -> None:
    """Each of them has two contacts with the ids of everybody else's, and one on the phone, and is synced."""
    stage = people[0]
    timeline = Timeline(stage, lambda _: 2.0, store=lambda _: 2.0)
    for number, person in enumerate(people):
        for name in NAMES[person.uid]:
            person.add(f"c{NAMES[person.uid].index(name)}", contact(name))
        person.book.phone_create({"names": [{"givenName": f"Phone of {person.uid}"}]})
        payload = {"uid": person.uid, "resource": "contacts", "reason": "manual"}
        timeline.at(300.0 + number, partial(stage.queue.enqueue, "sync", payload))
    timeline.run()


def test_jobs_of_two_people_that_overlap_call_by_call_keep_what_is_whose(stage: Stage, told: Told) -> None:
    people = [stage, beside(stage, "bob")]
    with log_lines() as lines:
        day(people)
    for person in people:
        given = sorted(found["names"][0]["givenName"] for found in person.persons())
        assert given == sorted((*NAMES[person.uid], f"Phone of {person.uid}"))
        assert [row.name for row in person.candidates()] == [f"Phone of {person.uid}"]
        user = person.store.user(person.scope)
        assert user is not None
        assert (user.contacts.phase, user.contacts.lease_by) == ("idle", None)
        entries, _ = person.store.journal(person.scope, crm=None, run=None, after=None, limit=99)
        runs = {entry.run for entry in entries}
        assert runs == {line["run"] for line in lines if line.get("user") == person.uid}
    ends = [line["user"] for line in lines if line["message"] == "job ended"]
    assert sorted(ends) == ["ann", "bob"]


def test_a_job_counts_what_it_did_itself_whoever_is_at_work_beside_it(told: Told) -> None:
    for others in ([], ["bob"]):
        with GoogleServer(World(Clock(START))) as google:
            stage = Stage(google)
            stage.connect()
            day([stage, *(beside(stage, uid) for uid in others)])
    alone, together = told["ann"]
    assert alone["google_calls"] > 0
    assert alone == together == told["bob"][0]


def test_the_token_of_one_opens_nothing_for_another(stage: Stage) -> None:
    """Not even with the same Google account, as in one browser: each uses what they were granted."""
    other = beside(stage, "bob")
    stage.sync()
    keys = {
        account_key(Scope(tenant, uid, account), sub)
        for tenant in ("default", "second")
        for uid in ("ann", "bob")
        for account in ("", "digest")
        for sub in (stage.account.sub, other.account.sub)
    }
    assert len(keys) == 16
    opened = {key for key in keys if stage.google.session(key, None) is not None}
    assert opened == {account_key(stage.scope, stage.account.sub)}
