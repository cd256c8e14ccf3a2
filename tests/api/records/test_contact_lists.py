"""Contacts in lists, archived and restored, and in step with Google or not."""

from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.errors import Unavailable
from crmsync.core.state import Base, Link
from crmsync.store.ports import PutLink
from tests.api.records.test_contacts import FULL, change, create
from tests.api.service import EXPRESS, Service, refused
from tests.scopes import ANN


class TestArchive:
    def test_delete_archives_and_restore_brings_back_both_repeatably(self, service: Service) -> None:
        made = create(service, FULL)
        path = f"/api/contacts/{made['id']}"
        archived = [service.call("DELETE", path).json for _ in range(2)]
        assert archived[0] == archived[1]
        assert archived[0] is not None
        assert archived[0]["archived_at"] is not None
        restored = [service.call("POST", f"{path}/restore").json for _ in range(2)]
        assert restored[0] == restored[1]
        assert restored[0] is not None
        assert restored[0]["archived_at"] is None
        assert restored[0]["emails"] == made["emails"]

    def test_an_archived_contact_is_changed_only_after_it_is_restored(self, service: Service) -> None:
        made = create(service)
        service.call("DELETE", f"/api/contacts/{made['id']}")
        answer = service.call("PATCH", f"/api/contacts/{made['id']}", {"notes": "x"})
        assert answer.status_code == 409

    def test_a_stale_etag_does_not_archive(self, service: Service) -> None:
        made = create(service)
        change(service, made["id"], {"notes": "x"})
        headers = {"If-Match": made["etag"]}
        assert service.call("DELETE", f"/api/contacts/{made['id']}", headers=headers).status_code == 409


class TestList:
    def test_pages_are_by_name_and_complete(self, service: Service) -> None:
        names = [f"{letter}{number}" for letter in "cab" for number in range(3)]
        for name in names:
            create(service, {"family_name": name})
        seen: list[str] = []
        token: str | None = ""
        while token is not None:
            query = f"page_size=4&page_token={token}" if token else "page_size=4"
            page = service.call("GET", f"/api/contacts?{query}").json
            assert page is not None
            assert page["total"] == 9
            seen += [item["family_name"] for item in page["items"]]
            token = page["next_page_token"]
        assert seen == sorted(names)

    def test_archived_contacts_have_a_list_of_their_own(self, service: Service) -> None:
        made = create(service)
        service.call("DELETE", f"/api/contacts/{made['id']}")
        for query, count in (("", 0), ("?archived=false", 0), ("?archived=true", 1)):
            page = service.call("GET", f"/api/contacts{query}").json
            assert page is not None
            assert (len(page["items"]), page["total"]) == (count, count)

    def test_a_search_finds_by_name_and_counts_nothing(self, service: Service) -> None:
        create(service, {"given_name": "Zoë", "family_name": "Martin"})
        create(service, {"given_name": "Bob"})
        page = service.call("GET", "/api/contacts", query_string={"q": "zoe"}).json
        assert page is not None
        assert [item["given_name"] for item in page["items"]] == ["Zoë"]
        assert page["total"] is None

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("page_size=0", "page_size"),
            ("page_size=501", "page_size"),
            ("page_size=x", "page_size"),
            ("page_size=٣", "page_size"),
            ("page_token=nonsense", "page_token"),
            ("page_token=WyJ4IiwieSJd", "page_token"),
            ("page_token=" + "x" * 5000, "page_token"),
            ("archived=maybe", "archived"),
            ("q=" + "x" * 201, "q"),
            ("filter=x", "filter"),
        ],
    )
    def test_a_wrong_parameter_is_refused_by_name(self, service: Service, query: str, field: str) -> None:
        assert refused(service, "GET", f"/api/contacts?{query}", None)["field"] == field

    def test_a_token_is_good_only_for_the_list_it_came_from(self, service: Service) -> None:
        for number in range(3):
            create(service, {"given_name": str(number)})
        page = service.call("GET", "/api/contacts?page_size=1").json
        assert page is not None
        token = page["next_page_token"]
        for path in (
            "/api/contacts?archived=true&",
            "/api/contacts?q=a&",
            "/api/appointments?",
            "/api/activity?",
        ):
            refused(service, "GET", f"{path}page_token={token}", None)
        refused(service, "GET", f"/api/contacts?page_token={token}", None, user="bob")


class TestSync:
    def test_every_change_asks_for_a_sync_of_contacts(self, service: Service) -> None:
        service.connect()
        path = f"/api/contacts/{create(service)['id']}"
        for method, tail, body in (
            ("PATCH", "", {"notes": "x"}),
            ("DELETE", "", None),
            ("POST", "/restore", None),
        ):
            service.clock.advance(timedelta(seconds=2))
            assert service.call(method, path + tail, body).status_code == 200
        assert service.queue.syncs() == [("contacts", "change")] * 4

    def test_what_stays_in_the_crm_asks_for_none(self, service: Service) -> None:
        service.connect()
        made = create(service)
        service.queue.jobs.clear()
        service.clock.advance(timedelta(seconds=2))
        body = {"contact_type": "lead", "detail": {"temperature": "hot"}, "consent": EXPRESS}
        change(service, made["id"], body)
        assert service.queue.jobs == []

    def test_a_queue_that_is_down_does_not_undo_what_was_saved(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ) -> None:
        service.connect()
        service.queue.broken = Unavailable("queue_down")
        made = create(service)
        assert service.store.contact(ANN, made["id"]) is not None
        assert "sync not queued" in caplog.text

    def test_a_record_tells_where_it_stands(self, service: Service) -> None:
        made = create(service)
        path = f"/api/contacts/{made['id']}"

        def standing() -> dict[str, Any]:
            answer = service.call("GET", path).json
            assert answer is not None
            found: dict[str, Any] = answer["sync"]
            return found

        assert standing() == {"state": "none", "problem": None, "message": None, "names": []}
        service.connect()
        assert standing()["state"] == "pending"
        stored = service.store.contact(ANN, made["id"])
        assert stored is not None
        projection = service.deps.canon("CA").project(stored.value)
        link = Link(
            key="g1",
            resource="contacts",
            crm=made["id"],
            name="people/g1",
            remote_id="people/g1",
            etag="e",
            rtime=service.clock.now(),
            base=Base(projection, projection),
        )
        service.store.commit(ANN, [PutLink(link)])
        assert standing()["state"] == "synced"
        change(service, made["id"], {"notes": "new"})
        assert standing()["state"] == "pending"

    def test_a_record_that_google_refuses_says_why(self, service: Service) -> None:
        made = create(service)
        service.connect()
        link = Link(
            key="g1",
            resource="contacts",
            crm=made["id"],
            name="people/g1",
            remote_id="people/g1",
            etag="e",
            rtime=service.clock.now(),
            base=Base(),
            state="quarantined",
            problem="too_large",
        )
        service.store.commit(ANN, [PutLink(link)])
        answer = service.call("GET", f"/api/contacts/{made['id']}").json
        assert answer is not None
        assert answer["sync"] == {
            "state": "quarantined",
            "problem": "too_large",
            "message": "It is too large for Google. Shorten its notes or its lists.",
            "names": [],
        }
