"""A job whose time is up ends between two steps, and the next goes on where it stopped: nothing twice.

Counted, for the end is the same when a job goes on beyond its time, or begins again from the start.
"""

from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.account import ImportRun
from crmsync.core.state import Choice
from crmsync.engine.imports import importing, sheet, undoing
from crmsync.gateway import people
from crmsync.store.ports import CandidateQuery
from tests.stage import Stage
from tests.timeline import Timeline

PEOPLE = ("Ada", "Bo", "Cem", "Dee", "Eli", "Fay")
SLOW = 200.0
"""Seconds of a step: a job has time for two."""
LIST, READ = "people.people.connections.list", "people.people.getBatchGet"


def slow(_: str) -> float:
    return SLOW


@pytest.fixture(autouse=True)
def in_twos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six people are three pages of a listing, and of an import."""
    monkeypatch.setattr(people, "PAGE_SIZE", 2)
    monkeypatch.setattr(importing, "PAGE", 2)


@pytest.fixture
def at_google(stage: Stage) -> Stage:
    for given in PEOPLE:
        stage.book.phone_create({"names": [{"givenName": given}]})
    stage.later()
    return stage


@pytest.fixture
def started(at_google: Stage) -> tuple[Stage, str]:
    """The sheet is finished, all rows ticked; the import has not begun."""
    stage = at_google
    stage.sync()
    rows = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 10).rows
    sheet.save(stage.deps, stage.scope, {row.key: lambda _: Choice(selected=True) for row in rows})
    stage.world.controls.forget_calls()
    return stage, importing.start(stage.deps, stage.scope, "done", None)


def jobs_of(timeline: Timeline, job: str) -> int:
    return sum(delivery.job == job for delivery in timeline.deliveries)


def run_of(stage: Stage, import_id: str) -> ImportRun:
    run = stage.store.import_run(stage.scope, import_id)
    assert run is not None
    return run


def in_the_crm(stage: Stage, *, archived: bool = False) -> list[str]:
    page, _ = stage.store.page(stage.scope, "contacts", archived=archived, after=None, limit=100)
    return sorted(stored.value.given_name for stored in page)


def test_a_first_listing_goes_on_at_the_page_where_it_stopped(at_google: Stage) -> None:
    timeline = Timeline(at_google, slow)
    at_google.queue.enqueue("sync", {"uid": at_google.uid, "resource": "contacts", "reason": "connect"})
    timeline.run()
    assert jobs_of(timeline, "sync") == 2
    assert at_google.world.controls.count(LIST) == 3, "each page once"
    assert [row.name for row in at_google.candidates()] == list(PEOPLE)


def test_an_import_goes_on_with_the_rows_that_are_left(started: tuple[Stage, str]) -> None:
    stage, import_id = started
    timeline = Timeline(stage, slow)
    timeline.run()
    assert jobs_of(timeline, "import") == 2
    assert stage.world.controls.count(READ) == 3, "each page once"
    run = run_of(stage, import_id)
    assert (run.state, run.imported, run.failures) == ("finished", 6, 0)
    assert in_the_crm(stage) == list(PEOPLE)


def test_an_undo_goes_on_in_the_journal_where_it_stopped(
    started: tuple[Stage, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, import_id = started
    stage.run()
    undoing.start(stage.deps, stage.scope, import_id)
    read: list[str | None] = []
    commit, journal = stage.store.commit, stage.store.journal

    def slowly(*args: Any, **more: Any) -> Any:
        stage.clock.advance(timedelta(seconds=SLOW))
        return commit(*args, **more)

    def noted(*args: Any, **more: Any) -> Any:
        read.append(more["after"])
        return journal(*args, **more)

    monkeypatch.setattr(stage.store, "commit", slowly)
    monkeypatch.setattr(stage.store, "journal", noted)
    timeline = Timeline(stage, lambda _: 0.0)
    timeline.run()
    assert jobs_of(timeline, "undo") == 2
    assert len(read) == len(set(read)) >= 3, "no entry is read twice"
    run = run_of(stage, import_id)
    assert (run.undo, run.undone) == ("done", 6)
    assert (in_the_crm(stage), in_the_crm(stage, archived=True)) == ([], list(PEOPLE))
