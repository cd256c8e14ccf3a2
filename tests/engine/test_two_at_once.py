"""Two at once, over the Firestore emulator and with threads: whatever meets, nobody is doubled or lost.

A worker is what one process of the deployed functions has: a store of its own over the shared documents.
Where the meeting has to happen at a certain point, one worker is made to wait there.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from crmsync.core.model import Contact, Email
from crmsync.core.state import Choice
from crmsync.engine import jobs
from crmsync.engine.deps import Deps
from crmsync.engine.imports import importing, sheet
from crmsync.engine.requests import request_sync
from crmsync.store.documents.firestore import connect
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.ports import CandidateQuery, PutRecord
from crmsync.store.repository import DocumentStore
from local.google.clock import Clock
from local.google.server import GoogleServer
from local.google.world import World
from tests.machine.checks import Checks
from tests.machine.crashes import Effect, Fuse, FusedDocuments, FusedGoogle
from tests.machine.people import Witness
from tests.quiet import quiet
from tests.stage import Stage
from tests.threads import at_once

pytestmark = pytest.mark.emulator

NAMES = ("Ada", "Bo", "Cem")
PATIENCE = 30.0


@pytest.fixture
def stage(firestore_project: str) -> Iterator[Stage]:
    """Three CRM contacts, not yet at Google. The emulator's own clock stamps them; ours stays behind it."""
    documents = connect(firestore_project)
    google = GoogleServer(World(Clock(datetime.now(UTC) - timedelta(days=1000))))
    with quiet(), google as server:
        made = Stage(server, documents=documents)
        made.connect(frozenset(("contacts",)))
        for name in NAMES:
            made.add(name.lower(), contact(name))
        yield made
    documents.close()


def contact(name: str) -> Contact:
    return Contact(given_name=name, emails=(Email(f"{name.lower()}@example.com"),))


def worker(stage: Stage) -> Deps:
    return replace(stage.deps, store=DocumentStore(stage.meter))


def job(deps: Deps, stage: Stage, reason: str = "schedule") -> None:
    jobs.run(deps, "sync", {"uid": stage.uid, "resource": "contacts", "reason": reason})


class Hang(Fuse):
    """Stops the thread that comes to the n-th effect of a kind, until it may go on."""

    def __init__(self, at: Effect, number: int, *, after: bool) -> None:
        super().__init__()
        self.at, self.number, self.after = at, number, after
        self.arrived, self.go_on = threading.Event(), threading.Event()
        self.seen = 0

    def before(self, effect: Effect) -> None:
        if not self.after:
            self._reach(effect)

    def done(self, effect: Effect) -> None:
        if self.after:
            self._reach(effect)

    def _reach(self, effect: Effect) -> None:
        self.seen += effect == self.at
        if effect == self.at and self.seen == self.number + 1:
            self.arrived.set()
            assert self.go_on.wait(PATIENCE)


@contextmanager
def hanging(stage: Stage, at: Effect, number: int = 0, *, after: bool = False) -> Iterator[None]:
    """A worker whose job hangs at its n-th effect of this kind until the context ends; then it goes on."""
    hang = Hang(at, number, after=after)
    deps = worker(stage)
    store = DocumentStore(MeteredDocuments(FusedDocuments(stage.meter, hang)))
    deps = replace(deps, store=store, google=FusedGoogle(stage.google, hang))
    failed: list[BaseException] = []

    def run() -> None:
        try:
            job(deps, stage)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert hang.arrived.wait(PATIENCE), "the job never came to that point"
        yield
    finally:
        hang.go_on.set()
        thread.join(PATIENCE)
    assert not failed, failed


def at_rest(stage: Stage, people: tuple[str, ...] = NAMES) -> Checks:
    """Leaves the system to rest, and looks."""
    stage.run()
    for _ in range(3):
        stage.later(20 * 60)
        stage.sync()
    checks = Checks(stage)
    checks.everything(Witness(), 0)
    assert sorted(person["names"][0]["givenName"] for person in checks.persons) == sorted(people)
    return checks


def twice(work: Callable[[Deps], None], stage: Stage) -> None:
    outcomes = at_once([partial(work, worker(stage)) for _ in range(2)])
    assert outcomes == [None, None]


def test_a_job_delivered_twice_creates_nobody_twice(stage: Stage) -> None:
    twice(lambda deps: job(deps, stage), stage)
    at_rest(stage)


def test_a_job_delivered_twice_brings_an_edit_over_once(stage: Stage) -> None:
    stage.sync()
    [ada] = stage.persons_named("Ada")
    stage.book.phone_edit(ada["resourceName"], {"nicknames": [{"value": "Adi"}]})
    stage.edit("bo", replace(contact("Bo"), job_title="Lawyer"))
    twice(lambda deps: job(deps, stage), stage)
    at_rest(stage)
    assert stage.contact("ada").value.nickname == "Adi"
    assert stage.persons_named("Bo")[0]["organizations"][0]["title"] == "Lawyer"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_overlapping_jobs_do_not_both_create(stage: Stage, after: bool) -> None:
    with hanging(stage, "create", after=after):
        job(worker(stage), stage)
        assert len(stage.persons()) == (len(NAMES) if after else 0), "the second waits for the lease"
    at_rest(stage)


def test_a_zombie_that_wakes_after_its_lease_writes_nothing(stage: Stage) -> None:
    with hanging(stage, "commit", 2, after=True):
        stage.later(20 * 60)
        job(worker(stage), stage)
        created = [person["resourceName"] for person in stage.persons()]
        assert len(created) == len(NAMES), "the living job has done the work"
    assert [person["resourceName"] for person in stage.persons()] == created
    at_rest(stage)


def test_an_answer_that_comes_after_the_lease_changes_nothing(stage: Stage) -> None:
    with hanging(stage, "create", after=True):
        stage.later(20 * 60)
        job(worker(stage), stage)
        assert stage.store.count_links(stage.scope, "contacts") == len(NAMES), "found by their keys"
    at_rest(stage)


def test_sync_now_while_a_scheduled_job_runs_is_answered_once_all_is_done(stage: Stage) -> None:
    with hanging(stage, "create"):
        request_sync(worker(stage), stage.scope, "manual")
    at_rest(stage)
    user = stage.store.user(stage.scope)
    assert user is not None
    assert (user.contacts.phase, user.contacts.requested_at) == ("idle", None)


def test_an_edit_in_the_crm_during_the_commit_of_a_pull_is_kept(stage: Stage) -> None:
    stage.sync()
    [ada] = stage.persons_named("Ada")
    stage.book.phone_edit(ada["resourceName"], {"nicknames": [{"value": "Adi"}]})
    with hanging(stage, "commit"):
        other = worker(stage).store
        edited = PutRecord("contacts", "ada", replace(contact("Ada"), job_title="Lawyer"), None)
        other.commit(stage.scope, [edited])
    at_rest(stage)
    assert stage.contact("ada").value == replace(contact("Ada"), job_title="Lawyer", nickname="Adi")


def test_an_edit_in_the_crm_during_the_push_of_another_reaches_google(stage: Stage) -> None:
    stage.sync()
    stage.edit("ada", replace(contact("Ada"), nickname="Adi"))
    with hanging(stage, "update"):
        other = worker(stage).store
        edited = PutRecord(
            "contacts", "ada", replace(contact("Ada"), nickname="Adi", job_title="Lawyer"), None
        )
        other.commit(stage.scope, [edited])
    at_rest(stage)
    assert stage.persons_named("Ada")[0]["organizations"][0]["title"] == "Lawyer"


def test_an_edit_on_the_phone_during_the_push_is_merged(stage: Stage) -> None:
    stage.sync()
    stage.edit("ada", replace(contact("Ada"), job_title="Lawyer"))
    with hanging(stage, "update"):
        [ada] = stage.persons_named("Ada")
        stage.book.phone_edit(ada["resourceName"], {"nicknames": [{"value": "Adi"}]})
    at_rest(stage)
    assert stage.contact("ada").value == replace(contact("Ada"), job_title="Lawyer", nickname="Adi")


def test_the_sheet_finished_twice_imports_once(stage: Stage) -> None:
    stage.book.phone_create({"names": [{"givenName": "Zoe"}]})
    stage.sync()
    rows = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 10).rows
    sheet.save(stage.deps, stage.scope, {row.key: lambda _: Choice(selected=True) for row in rows})

    def finish(deps: Deps) -> str:
        try:
            importing.start(deps, stage.scope, "done", None)
        except importing.ImportRunning:
            return "running"
        return "started"

    outcomes = at_once([partial(finish, worker(stage)) for _ in range(2)])
    assert sorted(outcomes) == ["running", "started"]
    at_rest(stage, (*NAMES, "Zoe"))
    page, _ = stage.store.page(stage.scope, "contacts", archived=False, after=None, limit=100)
    assert sorted(stored.value.given_name for stored in page) == sorted((*NAMES, "Zoe"))


def test_an_import_delivered_twice_imports_once(stage: Stage) -> None:
    for name in ("Yan", "Zoe"):
        stage.book.phone_create({"names": [{"givenName": name}]})
    stage.sync()
    rows = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 10).rows
    sheet.save(stage.deps, stage.scope, {row.key: lambda _: Choice(selected=True) for row in rows})
    import_id = importing.start(stage.deps, stage.scope, "done", None)
    payload = {"uid": stage.uid, "id": import_id}
    twice(lambda deps: jobs.run(deps, "import", payload), stage)
    at_rest(stage, (*NAMES, "Yan", "Zoe"))
    assert stage.store.count(stage.scope, "contacts") == len(NAMES) + 2
