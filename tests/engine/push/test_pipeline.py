"""A first push in several calls: the store works beside Google, and what a crash relies on still holds."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Event

import pytest

from crmsync.core.model import Contact, Email
from crmsync.engine import jobs
from crmsync.engine.push import changes, changes_pass
from crmsync.engine.run.lease import JOB_TIME
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.documents.port import Documents, DocumentWrite
from crmsync.store.repository import DocumentStore
from local.google.clock import Clock
from local.google.faults import Fault
from local.google.world import World
from tests.machine.checks import Checks
from tests.machine.crashes import Crash, Effect, Fuse, FusedGoogle
from tests.machine.in_process import InProcessGoogle
from tests.machine.people import Witness
from tests.stage import START, Stage

PEOPLE = 7
PATIENCE = 30.0
CREATE = "people.people.batchCreateContacts"


@pytest.fixture(autouse=True)
def small_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two contacts a call, and pages of two and of four: seven contacts make four calls."""
    monkeypatch.setattr(changes_pass, "CHUNK", 2)
    monkeypatch.setattr(changes, "FIRST", 2)
    monkeypatch.setattr(changes, "PAGE", 4)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with prepared() as google:
        yield made(google)


def prepared() -> InProcessGoogle:
    return InProcessGoogle(World(Clock(START)))


def made(google: InProcessGoogle) -> Stage:
    stage = Stage(google)
    stage.connect(frozenset(("contacts",)))
    for number in range(PEOPLE):
        stage.add(f"c{number}", contact(number))
    stage.later(3600)
    return stage


def contact(number: int) -> Contact:
    return Contact(given_name=f"Given{number}", emails=(Email(f"c{number}@example.com"),))


def at_rest(stage: Stage, people: int = PEOPLE) -> None:
    for _ in range(3):
        stage.later(20 * 60)
        stage.sync()
    checks = Checks(stage)
    checks.everything(Witness(), 0)
    assert len(checks.persons) == len(checks.links) == people


class Told(Fuse):
    """Notes effects as they begin and end."""

    def __init__(self, each: Callable[[str], None] = lambda _: None) -> None:
        super().__init__()
        self.effects: list[str] = []
        self.each = each

    def before(self, effect: Effect) -> None:
        self.effects.append(f"{effect} …")
        self.each(self.effects[-1])

    def done(self, effect: Effect) -> None:
        self.effects.append(effect)
        self.each(effect)


class Read(MeteredDocuments):
    """Documents whose commits are told with what they hold: intents and links, put and dropped."""

    def __init__(self, inner: Documents, told: Told) -> None:
        super().__init__(inner)
        self.told = told

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        versions = super().commit(writes)
        for write in writes:
            collection = write.path.split("/")[-2]
            if collection in ("intents", "links"):
                self.told.effects.append(f"{type(write).__name__} {collection}")
        return versions


def with_threads(stage: Stage, told: Told) -> None:
    """From here on jobs work as when deployed, with a thread for Google and one for reading ahead."""
    stage.deps = replace(
        stage.deps,
        store=DocumentStore(Read(stage.meter, told)),
        google=FusedGoogle(stage.google, told),
        workers=partial(ThreadPoolExecutor, max_workers=1),
    )


def test_no_call_begins_before_its_intent_is_committed_or_while_another_is_under_way(stage: Stage) -> None:
    told = Told()
    with_threads(stage, told)
    stage.sync()
    intents = calls = under_way = 0
    for effect in told.effects:
        intents += effect == "Create intents"
        if effect == "create …":
            calls, under_way = calls + 1, under_way + 1
            assert calls <= intents
            assert under_way == 1
        under_way -= effect == "create"
    assert (intents, calls, told.effects.count("Delete intents")) == (4, 4, 4)
    assert told.effects.count("Create links") == PEOPLE
    at_rest(stage)


def test_while_google_answers_the_next_intent_and_the_last_links_are_committed(stage: Stage) -> None:
    next_intent = Event()
    calls = 0

    def wait(effect: str) -> None:
        nonlocal calls
        if effect == "create …":
            calls += 1
            # The call does not come back before the store has gone on; the last one has nothing after it.
            assert calls == 4 or next_intent.wait(PATIENCE)
            next_intent.clear()

    told = Told(wait)
    with_threads(stage, told)
    documents = stage.deps.store._documents  # type: ignore[attr-defined]
    commit = documents.commit

    def told_commit(writes: Sequence[DocumentWrite]) -> Sequence[str]:
        versions: Sequence[str] = commit(writes)
        if calls and any("/intents/" in write.path for write in writes):
            next_intent.set()
        return versions

    documents.commit = told_commit
    stage.sync()
    assert calls == 4
    at_rest(stage)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_dying_at_any_effect_of_a_long_push_doubles_and_loses_nobody(after: bool) -> None:
    for effect in range(40):
        with prepared() as google:
            stage = made(google)
            fuse = Fuse()
            stage.fuse(fuse)
            fuse.set(effect, after=after)
            try:
                stage.sync()
            except Crash:
                fuse.clear()
                at_rest(stage)
                continue
        assert effect > 4 * 2
        return
    raise AssertionError("the job never survives")


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_call_that_google_refuses_for_now_leaves_no_intent(stage: Stage, number: int) -> None:
    quota = Fault(CREATE, status=429, reason="rateLimitExceeded", skip=number - 1)
    stage.world.controls.plan(quota)
    told = Told()
    with_threads(stage, told)
    stage.sync()
    assert not stage.store.intents(stage.scope)
    assert told.effects.count("create …") == 5
    at_rest(stage)


@pytest.mark.parametrize("number", [1, 3])
def test_a_call_whose_answer_is_lost_leaves_its_own_intent_only(stage: Stage, number: int) -> None:
    stage.world.controls.plan(Fault(CREATE, "after", drop=True, skip=number - 1))
    jobs.run(stage.deps, "sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule"})
    (left,) = stage.store.intents(stage.scope)
    assert left.crm_ids == (f"c{2 * number - 2}", f"c{2 * number - 1}")
    stage.run()
    at_rest(stage)


def test_a_contact_edited_while_it_is_being_created_is_not_created_again(stage: Stage) -> None:
    def edit(effect: str) -> None:
        # Its next version comes on a page that is read while its first is on its way.
        if told.effects.count("create …") == 3 and effect == "create …":
            stage.edit("c4", replace(contact(4), job_title="Lawyer"))
            stage.edit("c5", contact(5), archived=True)

    told = Told(edit)
    stage.deps = replace(stage.deps, google=FusedGoogle(stage.google, told))
    stage.sync()
    assert len(stage.persons_named("Given4")) == 1
    at_rest(stage, PEOPLE - 1)


def test_a_job_whose_time_is_up_commits_what_it_has_and_goes_on_later(stage: Stage) -> None:
    def pass_time(effect: str) -> None:
        if effect == "create" and told.effects.count("create") == 2:
            stage.clock.advance(JOB_TIME)

    told = Told(pass_time)
    with_threads(stage, told)
    stage.sync()
    assert told.effects.count("create …") == 4
    assert told.effects.count("Create links") == PEOPLE
    assert not stage.store.intents(stage.scope)
    at_rest(stage)
