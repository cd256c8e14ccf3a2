"""What happens before there is a run, what fails while an end is answered, and what the log says of it."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from crmsync import tally
from crmsync.core.account import Problem, Stall, User
from crmsync.core.errors import Misconfigured, Unavailable
from crmsync.engine import jobs
from crmsync.engine.frame import answers, books
from crmsync.engine.status import status
from crmsync.store.ports import PutUser, StoreUnavailable
from tests.engine.frame.test_contract import queue_import
from tests.loglines import log_lines, named
from tests.stage import Stage

pytestmark = pytest.mark.unexpected

SYNC = {"uid": "ann", "resource": "contacts", "reason": "schedule"}
OTHERS = [("import", {"uid": "ann", "id": "i"}), ("undo", {"uid": "ann", "id": "i"}), ("disconnect", {})]


def user_of(stage: Stage) -> User:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user


def raising(error: Exception) -> Callable[..., Any]:
    def raises(*told: Any, **more: Any) -> Any:
        raise error

    return raises


@pytest.mark.parametrize("code", ["invalid_client", "api_disabled"])
def test_a_session_that_cannot_be_opened_is_answered_as_what_a_run_meets(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(stage.google, "session", raising(Misconfigured(code)))
    for _ in range(2):
        stage.queue.tasks.clear()
        jobs.run(stage.deps, "sync", {**SYNC, "reason": "manual"})
    state = user_of(stage).contacts
    assert (state.failures, state.phase) == (2, "waiting")
    assert state.problem is not None
    assert state.problem.code == code
    assert [task.due for task in stage.queue.tasks] == [state.paused_until]


def test_an_import_whose_session_cannot_be_opened_waits_and_says_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.book.phone_create({"names": [{"givenName": "Ada"}]})
    stage.sync()
    stage.sync("calendar")
    queue_import(stage)
    [task] = stage.queue.tasks
    stage.queue.tasks.clear()
    with monkeypatch.context() as patch:
        patch.setattr(stage.google, "session", raising(Misconfigured("invalid_client")))
        jobs.run(stage.deps, task.job, task.payload)
    assert user_of(stage).stalls["import"].failures == 1
    assert "invalid_client" in {problem.code for problem in status(stage.deps, stage.scope).headline.problems}
    stage.run()
    assert user_of(stage).stalls == {}
    assert status(stage.deps, stage.scope).headline.problems == ()


@pytest.mark.parametrize(("job", "payload"), [("sync", SYNC), *((j, {"uid": "ann", **p}) for j, p in OTHERS)])
@pytest.mark.parametrize("error", [StoreUnavailable("down"), ZeroDivisionError()], ids=repr)
def test_a_user_who_cannot_be_read_is_left_to_the_queue(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, job: str, payload: Any, error: Exception
) -> None:
    """Nothing can be recorded, for nobody knows in whose document."""
    monkeypatch.setattr(stage.store, "user", raising(error))
    with pytest.raises(type(error)):
        jobs.run(stage.deps, job, payload)
    assert stage.queue.tasks == []


def test_a_pass_of_the_schedule_that_fails_is_left_to_the_queue(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.store, "due_users", raising(ZeroDivisionError()))
    with log_lines() as lines, pytest.raises(ZeroDivisionError):
        jobs.run(stage.deps, "resync", {"tick": "t", "part": 1})
    assert len(named(lines, "job failed unexpectedly")) == 1


def test_what_nobody_expected_is_logged_once_with_its_stack(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.google, "session", raising(ZeroDivisionError("something a person typed")))
    with log_lines() as lines, tally.opened() as did:
        jobs.run(stage.deps, "sync", SYNC)
    errors = [line for line in lines if line["severity"] == "ERROR"]
    assert [(line["message"], line["error"]) for line in errors] == [
        ("job failed unexpectedly", "ZeroDivisionError")
    ]
    assert any("raises" in place for place in errors[0]["at"])
    assert "typed" not in str(lines)
    assert (did.outcome, did.answer) == ("unexpected", "back_off")


def test_when_the_answer_fails_too_both_errors_are_told_the_first_first(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.google, "session", raising(Unavailable("down")))
    monkeypatch.setattr(books.ResourceBook, "note", raising(StoreUnavailable("down")))
    with log_lines() as lines, pytest.raises(StoreUnavailable):
        jobs.run(stage.deps, "sync", SYNC)
    [line] = named(lines, "answer not carried out")
    assert (line["error"], line["then"]) == ("Unavailable", "StoreUnavailable")


def test_when_giving_back_fails_too_both_errors_are_told_and_the_first_is_raised(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.google, "session", raising(StoreUnavailable("first")))
    monkeypatch.setattr(books.ResourceBook, "give_back", raising(ZeroDivisionError()))
    with log_lines() as lines, pytest.raises(StoreUnavailable, match="first"):
        jobs.run(stage.deps, "sync", SYNC)
    [line] = named(lines, "not given back")
    assert (line["error"], line["then"]) == ("StoreUnavailable", "ZeroDivisionError")


@pytest.mark.parametrize("kind", ["import", "undo", "disconnect"])
def test_a_job_that_was_not_held_up_writes_nothing_to_say_so(stage: Stage, kind: str) -> None:
    stage.meter.reset()
    jobs.run(stage.deps, kind, {"uid": stage.uid, "id": "unknown"})
    assert stage.meter.used().writes == 0


def test_what_an_import_waits_for_is_told_beside_a_sync_that_is_well(stage: Stage) -> None:
    problem = Problem("unavailable", "Google does not answer.", "wait")
    stalls = {"import": Stall(3, stage.clock.now(), problem)}
    stage.store.commit(stage.scope, [PutUser({"stalls": stalls})])
    assert problem in status(stage.deps, stage.scope).headline.problems


def test_unexpected_failures_are_told_by_the_third(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.google, "session", raising(ZeroDivisionError()))
    for _ in range(answers.FAILURES_SHOWN):
        stage.queue.tasks.clear()
        jobs.run(stage.deps, "sync", {**SYNC, "reason": "manual"})
    assert user_of(stage).contacts.problem == answers.UNEXPECTED


def test_the_log_has_a_line_of_each_refusal_of_any_kind(
    stage: Stage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    deps = replace(stage.deps)
    grant = stage.store.grant(stage.scope)
    assert grant is not None
    stage.store.drop_grant(grant)
    with caplog.at_level(logging.WARNING):
        jobs.run(deps, "sync", {**SYNC, "reason": "manual"})
    assert "sync failed" in [record.getMessage() for record in caplog.records]
