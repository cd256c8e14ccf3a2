"""When nearly all rows are ticked, a listing of everything reads them in fewer calls than direct reads."""

from collections import Counter
from datetime import timedelta

import pytest

from crmsync.core.state import Choice
from crmsync.engine import jobs
from crmsync.engine.imports import importing, listing, sheet
from crmsync.engine.run import lease
from crmsync.store.ports import CandidateQuery
from local.google.faults import Fault
from tests.stage import Stage

PEOPLE = ("Ada", "Bo", "Cem", "Dee", "Eli", "Fay", "Gil")
LIST, READ = "people.people.connections.list", "people.people.getBatchGet"


@pytest.fixture
def ticked(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Seven Google contacts, all but the last ticked; a direct read takes two of them, a listing all."""
    monkeypatch.setattr(listing, "READ_SIZE", 2)
    monkeypatch.setattr(importing, "PAGE", 2)
    for given in PEOPLE:
        stage.book.phone_create({"names": [{"givenName": given}]})
    stage.sync()
    rows = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 10).rows
    chosen = [row.key for row in rows if row.name != PEOPLE[-1]]
    sheet.save(stage.deps, stage.scope, {key: lambda _: Choice(selected=True) for key in chosen})
    stage.world.controls.forget_calls()
    return stage


def finish(stage: Stage) -> tuple[int, int]:
    import_id = importing.start(stage.deps, stage.scope, "done", None)
    stage.run()
    run = stage.store.import_run(stage.scope, import_id)
    assert run is not None
    assert run.state == "finished"
    return run.imported, len(run.failed)


def calls(stage: Stage) -> Counter[str]:
    return Counter(call.operation for call in stage.world.controls.calls("people.*"))


def in_the_crm(stage: Stage) -> list[str]:
    page, _ = stage.store.page(stage.scope, "contacts", archived=False, after=None, limit=100)
    return sorted(stored.value.given_name for stored in page)


def test_most_of_the_contacts_are_imported_by_one_listing(ticked: Stage) -> None:
    assert finish(ticked) == (6, 0)
    assert in_the_crm(ticked) == list(PEOPLE[:-1])
    # The import's listing, and that of the sync that follows.
    assert calls(ticked) == {LIST: 2}


def test_few_contacts_are_read_directly(ticked: Stage) -> None:
    rows = ticked.candidates()
    sheet.save(ticked.deps, ticked.scope, {row.key: lambda _: Choice() for row in rows[2:]})
    assert finish(ticked) == (2, 0)
    assert calls(ticked) == {READ: 1, LIST: 1}


def test_the_listing_leaves_the_syncs_cursor_alone(ticked: Stage) -> None:
    finish(ticked)
    ticked.later(3600)
    before = ticked.store.user(ticked.scope)
    ticked.meter.reset()
    ticked.sync()
    assert before is not None
    assert before.contacts.sync_token
    assert ticked.meter.used().writes <= 1
    assert in_the_crm(ticked) == list(PEOPLE[:-1])


def test_who_is_gone_since_the_sheet_was_shown_fails_with_the_reason(ticked: Stage) -> None:
    (gone,) = ticked.persons_named("Cem")
    ticked.book.phone_delete(gone["resourceName"])
    assert finish(ticked) == (5, 1)
    assert calls(ticked)[READ] == 1


def test_an_import_by_listing_that_takes_long_goes_on_in_another_job(
    ticked: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "JOB_TIME", timedelta(seconds=-1))
    import_id = importing.start(ticked.deps, ticked.scope, "done", None)
    for _ in range(2):
        task = ticked.queue.tasks.pop(0)
        jobs.run(ticked.deps, task.job, task.payload)
    run = ticked.store.import_run(ticked.scope, import_id)
    assert run is not None
    assert (run.state, run.imported) == ("running", 4)
    monkeypatch.undo()
    ticked.run()
    assert in_the_crm(ticked) == list(PEOPLE[:-1])


def test_a_listing_that_google_refuses_for_now_is_tried_again(ticked: Stage) -> None:
    ticked.world.controls.plan(Fault(LIST, status=429, reason="rateLimitExceeded"))
    assert finish(ticked) == (6, 0)
