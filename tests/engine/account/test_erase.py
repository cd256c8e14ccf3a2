"""Erasing a user: nothing of them is left anywhere, whatever happens meanwhile."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from crmsync.core.account import OAuthState, PushChannel
from crmsync.core.consent.ledger import ConsentEntry
from crmsync.core.erasure import Erasure
from crmsync.core.json_types import JsonObject
from crmsync.core.model import AllDay, Appointment, Consent, Contact, Email, Phone
from crmsync.core.scope import Scope
from crmsync.core.state import Choice
from crmsync.engine import jobs
from crmsync.engine.account import connect, erase
from crmsync.engine.imports import importing, sheet
from crmsync.engine.schedule import asked
from crmsync.engine.schedule.tick import resync_due
from crmsync.store.documents.port import Query
from crmsync.store.encoding import paths
from crmsync.store.parts import erasing
from crmsync.store.ports import AddConsent, CandidateQuery, CreateRecord, PutUser, Withdraw
from local.google.clock import Clock
from local.google.faults import Fault
from local.google.world import World
from tests.engine.allowing import BROWSER, Allowing, come_back
from tests.engine.schedule.days import pass_time, user_of
from tests.machine.crashes import Crash, Fuse
from tests.machine.in_process import InProcessGoogle
from tests.stage import START, Stage

EXPRESS = Consent("express", None, date(2026, 1, 2), "open house", "talked about her dog", "ann")
ZOE = Contact(
    given_name="Zoé",
    emails=(Email("Zoe@Example.com"), Email("z@example.com")),
    phones=(Phone("416-555-0100"),),
    consent=EXPRESS,
)
LUNCH = Appointment("Lunch with Zoé", AllDay(date(2026, 4, 1)), AllDay(date(2026, 4, 2)))
EXPRESS_DATA: JsonObject = {"status": "express", "source": "fair", "note": "dog", "recorded_by": "ann"}
THREE_YEARS = timedelta(days=1096)


@pytest.fixture
def google() -> Iterator[InProcessGoogle]:
    with InProcessGoogle(World(Clock(START))) as running:
        yield running


def lived_in(google: InProcessGoogle) -> Stage:
    """A user who has used all there is; nothing is queued."""
    stage = Stage(google)
    stage.connect()
    stage.add("zoe", ZOE)
    stage.add("lunch", LUNCH)
    ledger = [
        ConsentEntry("e1", "zoe", stage.clock.now(), "ann", "api", None, EXPRESS_DATA),
        ConsentEntry("e2", "gone", stage.clock.now(), "ann", "api", None, {"status": "revoked"}),
    ]
    listed = Withdraw(("left@example.com",), stage.clock.now())
    stage.store.commit(stage.scope, [*(AddConsent(each) for each in ledger), listed])
    for given in ("Ada", "Bo"):
        stage.book.phone_create({"names": [{"givenName": given}]})
    stage.sync()
    stage.sync("calendar")
    rows = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 10).rows
    chosen = [row.key for row in rows if row.name == "Ada"]
    sheet.save(stage.deps, stage.scope, {key: lambda _: Choice(selected=True) for key in chosen})
    importing.start(stage.deps, stage.scope, "revisit", None)
    stage.run()
    later = stage.clock.now() + timedelta(days=7)
    stage.store.put_channel(PushChannel("ch1", "ann", "primary", None, "digest", later))
    connect.begin(stage.deps, stage.scope, frozenset(("contacts",)), BROWSER)
    return stage


def offered(stage: Stage) -> None:
    """The user comes back from Google, and does not take what it granted."""
    deps = replace(stage.deps, google=Allowing(stage, stage.account))
    begun = connect.begin(deps, stage.scope, frozenset(("contacts",)), BROWSER)
    [state] = parse_qs(urlsplit(begun.url).query)["state"]
    assert connect.complete(deps, state=state, code="code", error=None, binding=BROWSER).pending


@pytest.fixture
def stage(google: InProcessGoogle) -> Stage:
    return lived_in(google)


def everything(stage: Stage) -> dict[str, Any]:
    """All documents there are, by path."""
    tops = [name for name, place in paths.COLLECTIONS.items() if place == "top"]
    found = {each.path for name in [*tops, *paths.OF_NOBODY] for each in stage.meter.query(Query(name))}
    for name in (paths.USERS, paths.GRANTS):
        found |= set(stage.meter.beneath(f"{name}/ann", None, 10_000))
    return {path: each.data for path, each in stage.meter.get_many(sorted(found)).items()}


def erasure_of(stage: Stage) -> Erasure:
    """The record of the erasure that there is."""
    [document] = stage.meter.query(Query(paths.ERASURES))
    found = stage.store.erasure(document.id)
    assert found is not None
    return found


def assert_nothing_is_left(stage: Stage) -> None:
    """Only the record is there, it names nobody, and nothing is open at Google."""
    left = everything(stage)
    assert {paths.kind(path) for path in left} <= {"erasures", "evidence"}
    told = repr(left).casefold()
    assert [word for word in ("zoe", "zoé", "'ann'", "ann@", "lunch", "sub-", "dog") if word in told] == []
    assert stage.world.grants.granted_anywhere(stage.account.sub) == frozenset()
    assert stage.store.found_of(stage.scope) == {}
    assert erasure_of(stage).state == "done"


def test_the_stage_has_something_of_every_kind_but_what_needs_two_accounts(stage: Stage) -> None:
    kinds = {paths.kind(path) for path in everything(stage)}
    assert paths.COLLECTIONS.keys() - kinds == {
        "accounts",
        "intents",
        "conflicts",
        "doubles",
        "holds",
        "offers",
    }


@pytest.mark.parametrize(("copies", "people", "events"), [("keep", 3, 1), ("delete", 2, 0)])
def test_a_user_is_erased_and_the_record_proves_it(
    stage: Stage, copies: Any, people: int, events: int
) -> None:
    before = everything(stage)
    began = stage.clock.now()
    erase.begin(stage.deps, stage.scope, copies)
    user = user_of(stage)
    assert (user.connection, erase.is_erasing(stage.deps, stage.scope)) == (None, True)
    assert [each.kind for each in user.asked] == ["erase", "disconnect"]
    stage.run()
    assert_nothing_is_left(stage)
    assert (len(stage.persons()), len(stage.events())) == (people, events)
    record = erasure_of(stage)
    assert (record.asked_at, record.evidence, record.evidence_until) == (began, 0, None)
    # The disconnect has dealt with grant and channel.
    assert record.erased.keys() == {paths.kind(path) for path in before} - {"grants", "channels"}
    assert record.done_at is not None
    assert record.left_at is not None
    assert timedelta() <= record.done_at - record.left_at - erase.LATE < timedelta(minutes=2)


def test_nothing_is_done_for_them_any_more_and_a_newcomer_starts_afresh(stage: Stage) -> None:
    id = importing.start(stage.deps, stage.scope, "done", None)
    late = [task for task in stage.queue.tasks if task.job == "import"]
    erase.begin(stage.deps, stage.scope, "keep")
    stage.run()
    done = everything(stage)
    assert id
    for task in late:
        jobs.run(stage.deps, task.job, task.payload)
    for resource in ("contacts", "calendar"):
        stage.sync(resource)
    asked.revive(stage.deps, stage.scope)
    pass_time(stage, timedelta(hours=1))
    sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 10)
    assert everything(stage) == done
    assert come_back(stage, stage.account).kind == "connected"
    stage.run()
    assert user_of(stage).erasing is None
    assert {row.name for row in stage.candidates()} == {"Ada", "Bo", "Zoé"}
    assert erasure_of(stage).state == "done"


def test_jobs_that_were_at_work_leave_nothing(stage: Stage) -> None:
    """What had begun before writes after everything was deleted: the last look finds it."""
    writes: list[Callable[[], object]] = [
        lambda: stage.store.commit(stage.scope, [CreateRecord("contacts", "late", Contact("Late"))]),
        lambda: stage.store.put_channel(PushChannel("ch9", "ann", "primary", None, "d", stage.clock.now())),
        lambda: stage.store.put_oauth_state(
            OAuthState("s9", "ann", "b", "v", frozenset(), stage.clock.now() + timedelta(minutes=9))
        ),
        lambda: come_back(stage, stage.account),
        lambda: offered(stage),
        lambda: stage.store.commit(stage.scope, [PutUser({"next_due_at": stage.clock.now()})]),
    ]
    erase.begin(stage.deps, stage.scope, "keep")
    stage.run_until(timedelta(minutes=8))
    assert erasure_of(stage).state == "checking"
    assert {paths.kind(path) for path in everything(stage)} == {"users", "erasures"}
    for write in writes:
        write()
    stage.run()
    assert_nothing_is_left(stage)
    assert erasure_of(stage).erased["contacts"] == len({"zoe", "late", "Ada's"})


def test_it_is_carried_out_though_its_tasks_are_lost(stage: Stage) -> None:
    erase.begin(stage.deps, stage.scope, "keep")
    stage.queue.tasks.clear()
    pass_time(stage, timedelta(hours=1))
    assert_nothing_is_left(stage)


def test_it_waits_for_the_disconnect_as_long_as_google_is_away(stage: Stage) -> None:
    stage.world.controls.plan(Fault("people.people.*", "before", 503, times=9))
    erase.begin(stage.deps, stage.scope, "delete")
    stage.run_until(timedelta(minutes=1))
    assert erasure_of(stage).state == "leaving"
    assert len(stage.store.records(stage.scope, "contacts", ["zoe"])) == 1
    assert list(user_of(stage).stalls) == ["disconnect"]
    pass_time(stage, timedelta(hours=3))
    assert_nothing_is_left(stage)
    assert len(stage.persons()) == 2


def test_what_stayed_at_google_is_told_by_the_record(stage: Stage) -> None:
    stage.world.controls.plan(Fault("people.people.*", "before", 503, times=None))
    erase.begin(stage.deps, stage.scope, "delete")
    pass_time(stage, timedelta(hours=25))
    assert_nothing_is_left(stage)
    record = erasure_of(stage)
    assert (record.stayed, record.access_left, len(stage.persons())) == (1, False, 3)
    assert record.left_at is not None
    assert record.left_at - record.asked_at < timedelta(hours=24)


def test_it_does_not_wait_for_ever(stage: Stage) -> None:
    """A disconnect that never ends holds up nothing for longer than two days."""
    erase.begin(stage.deps, stage.scope, "delete")
    stage.queue.tasks[:] = [task for task in stage.queue.tasks if task.job != "disconnect"]
    stage.run_until(timedelta(minutes=5))
    assert erasure_of(stage).state == "leaving"
    for _ in range(5):
        stage.clock.advance(timedelta(hours=10))
        stage.run_until(timedelta(minutes=5))
        stage.queue.tasks[:] = [task for task in stage.queue.tasks if task.job != "disconnect"]
    stage.run_until(timedelta(minutes=20))
    assert (stage.store.found_of(stage.scope), erasure_of(stage).state) == ({}, "done")
    assert erasure_of(stage).erased["grants"] == 1


def test_asked_for_again_it_goes_on_as_it_was_asked_for(stage: Stage) -> None:
    erase.begin(stage.deps, stage.scope, "delete")
    first = user_of(stage)
    erase.begin(stage.deps, stage.scope, "keep")
    assert user_of(stage) == first
    stage.run()
    assert_nothing_is_left(stage)
    assert len(stage.persons()) == 2


def test_who_was_never_connected_and_who_has_nothing_can_be_erased(google: InProcessGoogle) -> None:
    stage = Stage(google)
    stage.add("zoe", ZOE)
    erase.begin(stage.deps, stage.scope, "delete")
    stage.run()
    assert_nothing_is_left(stage)
    assert erasure_of(stage).erased == {"contacts": 1, "users": 1}
    erase.begin(stage.deps, stage.scope, "keep")
    stage.run()
    assert stage.store.found_of(stage.scope) == {}
    assert [each.data["erased"] for each in stage.meter.query(Query(paths.ERASURES))][-1] == {"users": 1}


def test_all_accounts_are_left_and_erased(stage: Stage) -> None:
    other = stage.world.add_account("second@gmail.example", "Ann")
    second = replace(stage.scope, account="second")
    mine, stage_scope = stage.account, stage.scope
    stage.account = other
    outcome = come_back_to(stage, second)
    stage.account = mine
    assert outcome == "connected"
    assert stage.store.accounts(stage_scope) == [stage_scope, second]
    erase.begin(stage.deps, stage.scope, "keep")
    account = stage.store.user(second)
    assert account is not None
    assert (account.erasing, account.connection) == (user_of(stage).erasing, None)
    stage.run()
    assert_nothing_is_left(stage)
    assert stage.world.grants.granted_anywhere(other.sub) == frozenset()
    assert erasure_of(stage).erased["accounts"] == 1


def come_back_to(stage: Stage, scope: Scope) -> str:
    """A further Google account is connected, as a later version will let the user."""
    deps = replace(stage.deps, google=Allowing(stage, stage.account))
    begun = connect.begin(deps, scope, frozenset(("contacts",)), BROWSER)
    [state] = parse_qs(urlsplit(begun.url).query)["state"]
    connect.complete(deps, state=state, code="code", error=None, binding=BROWSER)
    return connect.confirm(deps, scope, begun.offer).kind


# --- evidence


def test_evidence_is_kept_where_the_vendor_says_so_and_names_nobody(stage: Stage) -> None:
    stage.deps = replace(stage.deps, keep_evidence=THREE_YEARS)
    now = stage.clock.now()
    erase.begin(stage.deps, stage.scope, "keep")
    stage.run()
    assert_nothing_is_left(stage)
    canon, kept = stage.deps.canon("CA"), stage.meter.query(Query(paths.EVIDENCE))
    for address in ("zoe@example.com", "z@example.com", "+14165550100"):
        [found] = [each for each in kept if each.id.startswith(canon.digest("evidence", address))]
        kept_of_it = json.loads(str(found.data["consent"]))
        assert kept_of_it == {"status": "express", "basis": None, "obtained_on": None, "source": "fair"}
        assert found.data["expires_at"] == now + THREE_YEARS
    assert len(kept) == 3
    record = erasure_of(stage)
    assert (record.evidence, record.evidence_until) == (1, now + THREE_YEARS)
    assert record.erased["consents"] == 2, "nobody could find what the entry of a gone contact proves"


# --- deaths


@pytest.mark.no_cover
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_dying_at_any_effect_erases_everything_in_the_end(
    after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each job of the erasure dies at its k-th effect, whatever k; what is delivered again ends it."""
    monkeypatch.setattr(erasing, "AT_ONCE", 5)
    monkeypatch.setattr(erase, "PAGE", 1)
    expected: dict[str, Any] | None = None
    for effect in range(60):
        with InProcessGoogle(World(Clock(START))) as google:
            stage = lived_in(google)
            stage.deps = replace(stage.deps, keep_evidence=THREE_YEARS)
            erase.begin(stage.deps, stage.scope, "delete")
            fuse = Fuse()
            stage.fuse(fuse)
            fuse.set(effect, after=after)
            died = until_done(stage)
            record = erasure_of(stage)
            assert_nothing_is_left(stage)
            assert (len(stage.persons()), len(stage.events())) == (2, 0)
            # How many links the clean-up at Google has left over is its own affair.
            counted = {**record.erased, "links": 0, "evidence": record.evidence}
            expected = expected or counted
            assert counted == expected, f"died at effect {effect}"
        if not died:
            assert effect > 15
            return
    raise AssertionError("the jobs never survive")


def until_done(stage: Stage) -> bool:
    """Lets the jobs run, and delivers again what died; whether one did."""
    died = False
    while True:
        try:
            stage.run(200)
        except Crash:
            died = True
        else:
            return died


def test_dying_while_it_is_asked_for_leaves_it_standing_or_undone(google: InProcessGoogle) -> None:
    for effect in range(20):
        with InProcessGoogle(World(Clock(START))) as running:
            stage = lived_in(running)
            fuse = Fuse()
            stage.fuse(fuse)
            fuse.set(effect, after=False)
            try:
                erase.begin(stage.deps, stage.scope, "keep")
                died = False
            except Crash:
                died = True
            fuse.clear()
            if effect > 0:
                pass_time(stage, timedelta(hours=1))
                assert_nothing_is_left(stage)
            else:
                assert not erase.is_erasing(stage.deps, stage.scope)
        if not died:
            return
    raise AssertionError("it never survives")


def test_of_jobs_that_overlap_one_ends_it_and_none_makes_the_user_known_again(stage: Stage) -> None:
    erase.begin(stage.deps, stage.scope, "keep")
    stage.run_until(timedelta(minutes=9))
    [task] = stage.queue.tasks
    stage.clock.advance(timedelta(minutes=30))
    twin = user_of(stage)
    jobs.run(stage.deps, task.job, task.payload)
    assert_nothing_is_left(stage)
    assert erase.perform(stage.deps, twin) is None
    jobs.run(stage.deps, task.job, task.payload)
    resync_due(stage.deps, "tick")
    stage.run()
    assert_nothing_is_left(stage)
