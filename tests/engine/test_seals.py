"""Rotation of the keys: grants are sealed anew at their use and by a job, and a key that is missing is
survived.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from crmsync.core.account import Grant
from crmsync.core.model import Contact
from crmsync.engine import jobs, seals
from crmsync.engine.account import connect
from crmsync.engine.deps import Deps
from crmsync.engine.status import status
from crmsync.gateway.google import GoogleGateway
from crmsync.gateway.quota import UNLIMITED
from crmsync.gateway.vault import Vault
from crmsync.store.documents.port import Update
from crmsync.store.ports import StoreUnavailable
from tests.engine.allowing import come_back
from tests.engine.schedule.days import pass_time, user_of
from tests.loglines import log_lines, named
from tests.stage import BOTH, Stage

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def aged(stage: Stage, *keys: str) -> Deps:
    """An instance of the functions that was started with these keys, newest first."""
    settings = stage.settings.model_copy(update={"token_keys": tuple(map(SecretStr, keys))})
    google = GoogleGateway(settings, stage.clock, quotas=UNLIMITED)
    return replace(stage.deps, google=google, vault=google.vault)


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """A user who has connected while OLD was the only key; that is what the instance at hand knows."""
    plain = stage.google.vault.open(grant_of(stage).token)
    stage.deps = aged(stage, OLD)
    vault = stage.deps.vault
    stage.store.put_grant(replace(grant_of(stage), token=vault.seal(plain), key=vault.key, id="g-1"))
    return stage


def grant_of(stage: Stage) -> Grant:
    grant = stage.store.grant(stage.scope)
    assert grant is not None
    return grant


def sync(deps: Deps, stage: Stage) -> None:
    """A sync that opens the grant, as each does once an hour."""
    stage.queue.tasks.clear()
    jobs.run(deps, "sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule", "fresh": True})


def state_of(stage: Stage) -> str:
    connection = user_of(stage).connection
    assert connection is not None
    return connection.state


def others(stage: Stage, count: int, vault: Vault) -> None:
    """So many users besides, connected while this vault's key was the newest."""
    for number in range(count):
        stage.store.put_grant(Grant(f"u{number}", "s", vault.seal(f"t{number}"), BOTH, key=vault.key))


def tick(deps: Deps, stage: Stage) -> list[dict[str, object]]:
    """A run of the scheduler, and what it queued; answers what the log says of keys."""
    with log_lines() as lines:
        jobs.tick(deps, f"{stage.clock.now()}")
        for _ in range(20):
            if not (tasks := [task for task in stage.queue.tasks if task.job == "reseal"]):
                break
            stage.queue.tasks.remove(tasks[0])
            jobs.run(deps, tasks[0].job, tasks[0].payload)
    stage.queue.tasks.clear()
    return named(lines, "token keys")


class TestAtUse:
    def test_a_grant_that_is_used_is_sealed_with_the_newest_key(self, stage: Stage) -> None:
        before = grant_of(stage)
        sync(aged(stage, NEW, OLD), stage)
        after = grant_of(stage)
        assert after == replace(before, token=after.token, key=Vault([NEW]).key)
        assert Vault([NEW]).open(after.token) == Vault([OLD]).open(before.token)
        sync(aged(stage, NEW), stage)
        assert (grant_of(stage), state_of(stage)) == (after, "active")

    def test_one_that_is_sealed_so_already_costs_nothing(self, stage: Stage) -> None:
        sync(aged(stage, NEW, OLD), stage)
        before = grant_of(stage)
        stage.meter.reset()
        sync(aged(stage, NEW, OLD), stage)
        paid = stage.meter.used()
        stage.meter.reset()
        sync(aged(stage, NEW), stage)
        assert stage.meter.used() == paid
        assert grant_of(stage) == before

    def test_one_from_before_keys_had_names_gets_its_name(self, stage: Stage) -> None:
        unnamed = replace(grant_of(stage), key="", id="")
        stage.store.put_grant(unnamed)
        sync(aged(stage, OLD), stage)
        assert grant_of(stage) == replace(unnamed, key=Vault([OLD]).key)

    def test_who_connects_again_meanwhile_wins(self, stage: Stage) -> None:
        read = grant_of(stage)
        newer = replace(read, token=Vault([OLD]).seal("1//newer"), id="g-2")
        stage.store.put_grant(newer)
        seals.renew(aged(stage, NEW, OLD), read)
        assert grant_of(stage) == newer

    def test_a_store_that_does_not_take_it_breaks_no_sync(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def down(*_: object) -> bool:
            raise StoreUnavailable("down")

        stage.add("c1", Contact(given_name="Ann"))
        monkeypatch.setattr(stage.store, "reseal_grant", down)
        before = grant_of(stage)
        sync(aged(stage, NEW, OLD), stage)
        assert len(stage.persons()) == 1
        assert grant_of(stage) == before

    def test_a_grant_that_is_sealed_anew_while_the_user_leaves_goes_all_the_same(self, stage: Stage) -> None:
        deps = aged(stage, NEW, OLD)
        connect.disconnect(deps, stage.scope, "keep", "keep")
        [task] = stage.queue.tasks
        revoke = deps.google.revoke

        def meanwhile(sealed_token: str) -> None:
            seals.renew(deps, grant_of(stage))
            revoke(sealed_token)

        deps.google.revoke = meanwhile  # type: ignore[method-assign]
        jobs.run(deps, task.job, task.payload)
        assert stage.store.grant(stage.scope) is None


class TestByAJob:
    def test_all_that_older_keys_have_sealed_is_sealed_anew_and_counted(self, stage: Stage) -> None:
        others(stage, 5, Vault([OLD]))
        old, new = Vault([OLD]), Vault([NEW])
        [line] = tick(aged(stage, NEW, OLD), stage)
        told = {name: line[name] for name in ("newest", "done", "left", "unknown")}
        assert told == {"newest": new.key, "done": 6, "left": 0, "unknown": 0}
        assert stage.store.count_grants([old.key]) == 0
        found, _ = stage.store.grants_under([new.key], None, 10)
        assert sorted(new.open(each.token) for each in found)[1:] == [f"t{number}" for number in range(5)]

    def test_with_one_key_nothing_is_queued_or_read(self, stage: Stage) -> None:
        jobs.tick(aged(stage, NEW), "t")
        assert [task.job for task in stage.queue.tasks if task.job == "reseal"] == []

    def test_one_that_an_instance_with_other_keys_has_queued_ends(self, stage: Stage) -> None:
        stage.meter.reset()
        jobs.run(aged(stage, NEW), "reseal", {"tick": "t", "part": 0, "after": None})
        assert stage.meter.used().reads == 0

    def test_a_pass_that_takes_long_leaves_the_rest_to_the_next(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(seals, "PAGE", 2)
        monkeypatch.setattr(seals, "PASS_TIME", timedelta())
        others(stage, 6, Vault([OLD]))
        queued: list[dict[str, object]] = []
        enqueue = stage.queue.enqueue

        def noted(job: str, *args: object, **options: object) -> bool:
            queued.append({"job": job, **options})
            return enqueue(job, *args, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(stage.queue, "enqueue", noted)
        [line] = tick(aged(stage, NEW, OLD), stage)
        assert (line["done"], line["left"]) == (7, 0)
        passes = [each for each in queued if each["job"] == "reseal"]
        assert len(passes) == 4
        assert len({each["name"] for each in passes}) == 4
        assert {each["scheduled"] for each in passes} == {True}

    def test_what_is_not_what_it_says_holds_up_nobody_and_shows_in_the_count(self, stage: Stage) -> None:
        others(stage, 3, Vault([OLD]))
        stage.documents.commit([Update("grants/u1", {"token": "nonsense"})])
        [line] = tick(aged(stage, NEW, OLD), stage)
        assert (line["done"], line["left"], line["unknown"]) == (3, 1, 0)

    def test_grants_under_keys_that_are_gone_are_counted_apart(self, stage: Stage) -> None:
        others(stage, 2, Vault([Fernet.generate_key().decode()]))
        [line] = tick(aged(stage, NEW, OLD), stage)
        assert (line["done"], line["left"], line["unknown"]) == (1, 0, 2)

    @pytest.mark.parametrize("payload", [{}, {"tick": "t"}, {"tick": "t", "part": 0, "after": 7}])
    def test_a_payload_of_another_shape_is_no_job(self, stage: Stage, payload: dict[str, object]) -> None:
        with pytest.raises(jobs.UnknownJob):
            jobs.run(stage.deps, "reseal", payload)


class TestTwoAges:
    """Instances of two ages over one store, step by step as docs/operations.md has them."""

    STEPS = (
        ("append", (OLD,), (OLD, NEW)),
        ("to front", (OLD, NEW), (NEW, OLD)),
        ("drop", (NEW, OLD), (NEW,)),
    )

    def test_each_step_lets_both_ages_work(self, stage: Stage) -> None:
        for step, before, after in self.STEPS:
            former, latter = aged(stage, *before), aged(stage, *after)
            if step == "drop":
                [line] = tick(former, stage)
                assert line["left"] == 0
            for deps in (former, latter, former, latter):
                sync(deps, stage)
                assert state_of(stage) == "active", step
        assert grant_of(stage).key == Vault([NEW]).key

    def test_an_attempt_begun_at_one_age_ends_at_the_other(self, stage: Stage) -> None:
        for _, before, after in self.STEPS[:2]:
            for first, then in ((before, after), (after, before)):
                stage.deps = aged(stage, *first)
                come_back(stage, stage.account)
                assert grant_of(stage).key == aged(stage, *first).vault.key
                sync(aged(stage, *then), stage)
                assert state_of(stage) == "active"


class TestKeyUnknown:
    """The key that a grant is sealed with was dropped, or an instance does not know it yet."""

    @pytest.fixture
    def locked(self, stage: Stage) -> Stage:
        """An instance that knows only another key has met the grant."""
        before = grant_of(stage)
        stage.deps = aged(stage, NEW)
        sync(stage.deps, stage)
        assert state_of(stage) == "dead"
        assert grant_of(stage) == before, "it is kept as it is"
        return stage

    def test_the_user_is_asked_to_reconnect_and_does(self, locked: Stage) -> None:
        headline = status(locked.deps, locked.scope).headline
        assert (headline.state, [each.action for each in headline.problems]) == ("attention", ["reconnect"])
        locked.later()
        assert come_back(locked, locked.account).kind == "connected"
        sync(locked.deps, locked)
        assert (state_of(locked), grant_of(locked).key) == ("active", Vault([NEW]).key)

    def test_it_lives_again_by_itself_once_an_instance_knows_the_key(self, locked: Stage) -> None:
        locked.add("c1", Contact(given_name="Ann"))
        pass_time(locked, timedelta(hours=1))
        assert (state_of(locked), len(locked.persons())) == ("dead", 0)
        locked.deps = aged(locked, NEW, OLD)
        pass_time(locked, timedelta(minutes=30))
        assert (state_of(locked), len(locked.persons())) == ("active", 1)
        assert status(locked.deps, locked.scope).headline.state == "complete"
        connection = user_of(locked).connection
        assert connection is not None
        assert not connection.locked

    def test_while_it_does_not_nothing_is_written(self, locked: Stage) -> None:
        before = user_of(locked)
        for _ in range(2):
            sync(locked.deps, locked)
        assert user_of(locked) == before
        assert locked.queue.tasks == []

    def test_a_click_queues_nothing(self, locked: Stage) -> None:
        jobs.request_sync(locked.deps, locked.scope, "manual")
        assert locked.queue.tasks == []

    def test_what_google_has_refused_is_not_tried_again(self, stage: Stage) -> None:
        stage.google.revoke(stage.google.vault.seal(stage.deps.vault.open(grant_of(stage).token)))
        sync(stage.deps, stage)
        assert (state_of(stage), user_of(stage).next_due_at) == ("dead", None)

    def test_a_key_that_is_back_and_a_grant_that_google_refuses_rests_for_good(self, locked: Stage) -> None:
        locked.google.revoke(locked.google.vault.seal(Vault([OLD]).open(grant_of(locked).token)))
        sync(aged(locked, NEW, OLD), locked)
        assert (state_of(locked), user_of(locked).next_due_at) == ("dead", None)
