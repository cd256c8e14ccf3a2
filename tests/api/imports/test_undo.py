"""Imports as they are listed, and taken back, over HTTP."""

from datetime import timedelta
from typing import Any

from crmsync.core.account import ImportRun
from crmsync.core.journal import Change, JournalEntry
from crmsync.core.model import Contact
from crmsync.engine import jobs
from crmsync.store.ports import AddJournal, CreateRecord, PutImport
from tests.api.service import Service, candidate, said
from tests.scopes import ANN


def made(service: Service, id: str, days: int, **more: Any) -> None:
    at = service.clock.now() - timedelta(days=days)
    run = ImportRun(id, "done", "finished", 1, imported=1, created_at=at, **more)
    service.store.commit(ANN, [PutImport(run)])


def test_imports_of_thirty_days_are_listed_newest_first(service: Service) -> None:
    for days in (3, 1, 2, 40):
        made(service, f"i{days}", days)
    listed = said(service.call("GET", "/api/imports?page_size=2"))
    assert [each["id"] for each in listed["items"]] == ["i1", "i2"]
    assert listed["items"][0]["undo"]["state"] == "possible"
    assert listed["items"][0]["undo"]["until"] == "2026-03-31T12:00:00Z"
    rest = said(service.call("GET", f"/api/imports?page_size=2&page_token={listed['next_page_token']}"))
    assert ([each["id"] for each in rest["items"]], rest["next_page_token"]) == (["i3"], None)
    assert said(service.call("GET", "/api/imports", user="bob"))["items"] == []


def test_an_undo_is_queued_may_be_asked_again_and_tells_what_it_kept(service: Service) -> None:
    made(service, "i1", 1)
    after = {"given_name": "Ann"}
    change = Change("crm", "import", "c1", "a", "chosen", None, after)
    entry = JournalEntry("i1", "import", "done", service.clock.now(), (change,))
    contact = CreateRecord("contacts", "c1", Contact(given_name="Ann", family_name="Roy"))
    service.store.commit(ANN, [AddJournal(entry), contact])
    service.offer(candidate("a", status="imported", crm="c1"))
    for _ in range(2):
        answer = said(service.call("POST", "/api/import/i1/undo"), 202)
        assert answer["undo"]["state"] == "running"
    for queued in list(service.queue.jobs):
        jobs.run(service.deps, queued.job, queued.payload)
    undo = said(service.call("GET", "/api/import/i1"))["undo"]
    assert (undo["state"], undo["undone"], undo["kept_count"]) == ("done", 0, 1)
    assert undo["kept"] == [{"id": "c1", "name": "Ann Roy", "reason": "relinked"}]
    assert said(service.call("POST", "/api/import/i1/undo"), 202)["undo"]["state"] == "done"


def test_what_cannot_be_undone_is_refused_with_the_import_as_it_is(service: Service) -> None:
    made(service, "old", 31)
    made(service, "i1", 1)
    error = said(service.call("POST", "/api/import/old/undo"), 409)["error"]
    assert error["current"]["undo"]["state"] == "expired"
    assert service.call("POST", "/api/import/none/undo").status_code == 404
    assert service.call("POST", "/api/import/i1/undo", user="bob").status_code == 404
    service.offer(candidate("a"))
    body = {"rows": [{"id": "a", "selected": True}]}
    service.call("PUT", "/api/import/choices", body)
    running = said(service.call("POST", "/api/import/finish", {"action": "done"}), 202)["import_id"]
    error = said(service.call("POST", "/api/import/i1/undo"), 409)["error"]
    assert error["current"]["import_id"] == running
    assert service.queue.jobs[-1].job == "import"
