"""Whose work a job's log lines are about."""

from crmsync import logs
from crmsync.core.model import Contact
from crmsync.engine import jobs
from local.google.faults import Fault
from tests.loglines import log_lines, named
from tests.stage import Stage


def test_every_line_of_a_job_carries_its_run_and_what_was_known_before_it(stage: Stage) -> None:
    stage.world.controls.plan(Fault("people.people.connections.list", "before", 503, times=2))
    with log_lines() as lines, logs.bound(job="sync"):
        stage.sync()
        logs.event("over")
    [failed] = named(lines, "sync failed")
    assert failed["run"].startswith("id-")
    assert (failed["resource"], failed["reason"]) == ("contacts", "push")
    assert (failed["error"], failed["code"]) == ("Unavailable", "unavailable")


def test_the_run_is_the_one_that_the_journal_knows(stage: Stage) -> None:
    stage.add("c1", Contact("Ada"))
    with log_lines() as lines, logs.bound(job="sync"):
        jobs.run(stage.deps, "sync", {"uid": "ann", "resource": "contacts", "reason": "manual"})
        logs.event("over")
    entries, _ = stage.store.journal(stage.scope, crm="c1", run=lines[-1]["run"], after=None, limit=9)
    assert [change.action for entry in entries for change in entry.changes] == ["create_remote"]


def test_a_job_that_fails_before_google_is_asked_carries_what_is_known(stage: Stage) -> None:
    stage.connect()
    grant = stage.store.grant(stage.scope)
    assert grant is not None
    stage.store.drop_grant(grant)
    with log_lines() as lines, logs.bound(job="sync"):
        jobs.run(stage.deps, "sync", {"uid": "ann", "resource": "calendar", "reason": "manual"})
    [failed] = named(lines, "sync failed")
    assert (failed["resource"], failed["reason"], failed["code"]) == ("calendar", "manual", "no_grant")


def test_outside_a_call_nothing_is_left_behind(stage: Stage) -> None:
    stage.sync()
    with log_lines() as lines:
        logs.event("later")
    assert lines == [{"severity": "INFO", "message": "later"}]


def test_an_import_and_its_undo_are_runs_too(stage: Stage) -> None:
    with log_lines() as lines, logs.bound(job="import"):
        jobs.run(stage.deps, "import", {"uid": "ann", "id": "import-1"})
        logs.event("over")
    with log_lines() as more, logs.bound(job="undo"):
        jobs.run(stage.deps, "undo", {"uid": "ann", "id": "import-1"})
        logs.event("over")
    assert (lines[-1]["run"], more[-1]["run"]) == ("import-1", "undo-import-1")
