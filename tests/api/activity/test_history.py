from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.journal import Change, JournalEntry
from crmsync.core.model import AllDay, Appointment, Contact
from crmsync.store.ports import AddJournal, CreateRecord
from tests.api.service import Service, refused, said
from tests.scopes import ANN


def listed(service: Service, path: str, **more: Any) -> dict[str, Any]:
    answer = service.call("GET", path, **more)
    return said(answer)


def journal(service: Service, run: str, crm: str) -> None:
    """One commit of a run that changed one contact."""
    change = Change("google", "update_remote", crm, "g1", "~/=", {"notes": "old"}, {"notes": "new"})
    entry = JournalEntry(run, "contacts", "manual", service.clock.now(), (change,))
    service.store.commit(ANN, [AddJournal(entry)])
    service.clock.advance(timedelta(minutes=1))


class TestActivity:
    def test_entries_are_newest_first_and_say_what_changed(self, service: Service) -> None:
        journal(service, "r1", "c1")
        journal(service, "r2", "c2")
        page = listed(service, "/api/activity")
        assert [entry["run"] for entry in page["items"]] == ["r2", "r1"]
        assert page["items"][1] == {
            "run": "r1",
            "resource": "contacts",
            "reason": "manual",
            "at": "2026-03-02T12:00:00Z",
            "changes": [
                {
                    "side": "google",
                    "action": "update_remote",
                    "record_id": "c1",
                    "record_name": None,
                    "why": "~/=",
                    "before": {"notes": "old"},
                    "after": {"notes": "new"},
                }
            ],
        }

    def test_records_are_named_as_they_are_called_now(self, service: Service) -> None:
        day = AllDay(service.clock.now().date())
        service.store.commit(
            ANN, [CreateRecord("contacts", "c1", Contact(given_name="Ann", family_name="Roy"))]
        )
        service.store.commit(ANN, [CreateRecord("appointments", "a1", Appointment("Viewing", day, day))])
        journal(service, "r1", "c1")
        moved = Change("google", "create_remote", "a1", "e1", "new in the CRM", None, None)
        entry = JournalEntry("r2", "calendar", "manual", service.clock.now(), (moved,))
        service.store.commit(ANN, [AddJournal(entry)])
        page = listed(service, "/api/activity")
        assert [entry["changes"][0]["record_name"] for entry in page["items"]] == ["Viewing", "Ann Roy"]

    def test_naming_them_costs_a_bounded_number_of_reads(self, service: Service) -> None:
        contacts = [CreateRecord("contacts", f"c{n}", Contact(given_name=f"Ann {n}")) for n in range(150)]
        service.store.commit(ANN, contacts)
        changes = tuple(
            Change("google", "create_remote", f"c{n}", f"g{n}", "new", None, None) for n in range(150)
        )
        entry = JournalEntry("r1", "contacts", "manual", service.clock.now(), changes)
        service.store.commit(ANN, [AddJournal(entry)])
        service.meter.reset()
        page = listed(service, "/api/activity")
        names = [change["record_name"] for change in page["items"][0]["changes"]]
        assert names[0] == "Ann 0"
        assert sum(name is not None for name in names) == 100
        assert service.meter.used().reads <= 102

    def test_of_one_record_or_one_run(self, service: Service) -> None:
        for run, crm in (("r1", "c1"), ("r1", "c2"), ("r2", "c1")):
            journal(service, run, crm)
        assert len(listed(service, "/api/activity?contact_id=c1")["items"]) == 2
        assert len(listed(service, "/api/activity?appointment_id=c2")["items"]) == 1
        assert len(listed(service, "/api/activity?run=r1")["items"]) == 2

    def test_pages_go_back_in_time(self, service: Service) -> None:
        for number in range(5):
            journal(service, f"r{number}", "c")
        page = listed(service, "/api/activity?page_size=3")
        rest = listed(service, f"/api/activity?page_size=3&page_token={page['next_page_token']}")
        runs = [entry["run"] for entry in [*page["items"], *rest["items"]]]
        assert runs == ["r4", "r3", "r2", "r1", "r0"]
        assert rest["next_page_token"] is None

    @pytest.mark.parametrize(
        "query", ["contact_id=a&appointment_id=b", "contact_id=a/b", "run=", "run=" + "x" * 300, "uid=bob"]
    )
    def test_a_wrong_parameter_is_refused(self, service: Service, query: str) -> None:
        refused(service, "GET", f"/api/activity?{query}", None)

    def test_users_see_their_own(self, service: Service) -> None:
        journal(service, "r1", "c1")
        assert listed(service, "/api/activity", user="bob")["items"] == []
