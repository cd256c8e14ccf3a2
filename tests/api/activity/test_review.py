"""What waits for the user: holds, conflicts, records that Google does not take."""

from dataclasses import replace
from typing import Any

import pytest

from crmsync.core.account import ResourceState
from crmsync.core.journal import Conflict, Hold
from crmsync.core.model import AllDay, Appointment, Contact, Email, Resource
from crmsync.core.state import Base, Link
from crmsync.store.ports import CreateRecord, PutConflict, PutHold, PutLink, PutRecord
from tests.api.service import Service, refused, said
from tests.scopes import ANN


def listed(service: Service, path: str, **more: Any) -> dict[str, Any]:
    return said(service.call("GET", path, **more))


def connected(service: Service, uid: str = "ann") -> None:
    rested = ResourceState(last_synced_at=service.clock.now())
    service.connect(uid, contacts=rested, calendar=rested)


def status(service: Service) -> dict[str, Any]:
    return said(service.call("GET", "/api/sync"))


class TestHolds:
    @pytest.fixture
    def hold(self, service: Service) -> Hold:
        items = (("g1", "Ann"), ("g2", "Bob"))
        hold = Hold("h1", "contacts", "crm", "too_many", "d1", items, service.clock.now())
        service.store.commit(ANN, [PutHold(hold)])
        connected(service)
        return hold

    def test_they_name_and_count_what_waits(self, service: Service, hold: Hold) -> None:
        page = listed(service, "/api/holds")
        assert page["total"] == 1
        assert page["items"][0] == {
            "id": "h1",
            "resource": "contacts",
            "side": "crm",
            "reason": "too_many",
            "digest": "d1",
            "items": [{"id": "g1", "name": "Ann"}, {"id": "g2", "name": "Bob"}],
            "count": 2,
            "choice": None,
            "at": "2026-03-02T12:00:00Z",
        }
        assert listed(service, "/api/holds", user="bob")["items"] == []

    @pytest.mark.parametrize("choice", ["apply", "discard"])
    def test_deciding_is_remembered_and_queues_a_sync_of_that_part(
        self, service: Service, hold: Hold, choice: str
    ) -> None:
        answer = service.call("POST", "/api/holds/h1", {"choose": choice, "digest": "d1"})
        assert said(answer, 202) == {"id": "h1", "choice": choice}
        assert listed(service, "/api/holds")["items"][0]["choice"] == choice
        assert service.queue.syncs() == [("contacts", "manual")]
        again = service.call("POST", "/api/holds/h1", {"choose": choice, "digest": "d1"})
        assert again.status_code == 202, "it may be repeated"

    def test_another_digest_or_another_decision_is_a_conflict(self, service: Service, hold: Hold) -> None:
        wrong = service.call("POST", "/api/holds/h1", {"choose": "apply", "digest": "d2"})
        assert said(wrong, 409)["error"]["current"]["digest"] == "d1"
        assert listed(service, "/api/holds")["items"][0]["choice"] is None
        assert service.queue.jobs == []
        service.call("POST", "/api/holds/h1", {"choose": "apply", "digest": "d1"})
        other = service.call("POST", "/api/holds/h1", {"choose": "discard", "digest": "d1"})
        assert said(other, 409)["error"]["current"]["choice"] == "apply"

    def test_an_unknown_one_and_anothers_are_not_found(self, service: Service, hold: Hold) -> None:
        body = {"choose": "apply", "digest": "d1"}
        assert service.call("POST", "/api/holds/h2", body).status_code == 404
        assert service.call("POST", "/api/holds/h1", body, user="bob").status_code == 404
        assert listed(service, "/api/holds")["items"][0]["choice"] is None

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"choose": "apply"},
            {"choose": "yes", "digest": "d1"},
            {"choose": "apply", "digest": ""},
            {"choose": "apply", "digest": "d1", "uid": "bob"},
            {"choose": "apply", "digest": ["d1"]},
        ],
    )
    def test_a_wrong_body_is_refused(self, service: Service, hold: Hold, body: Any) -> None:
        refused(service, "POST", "/api/holds/h1", body)
        assert listed(service, "/api/holds")["items"][0]["choice"] is None

    def test_a_hold_needs_the_user_until_it_is_decided(self, service: Service, hold: Hold) -> None:
        found = status(service)
        assert (found["state"], found["holds"], found["problems"][0]["action"]) == ("attention", 1, "review")
        service.store.commit(ANN, [PutHold(replace(hold, choice="apply"))])
        found = status(service)
        assert (found["state"], found["holds"], found["problems"]) == ("complete", 0, [])


class TestConflicts:
    @pytest.fixture
    def conflict(self, service: Service) -> Conflict:
        value = Contact(given_name="Ann", family_name="Roy", job_title="Owner")
        service.store.commit(ANN, [CreateRecord("contacts", "c1", value)])
        made = Conflict("k1", "contacts", "c1", "job_title", "Owner", "Boss", "google", service.clock.now())
        service.store.commit(ANN, [PutConflict(made)])
        connected(service)
        return made

    def job_title(self, service: Service) -> str:
        stored = service.store.contact(ANN, "c1")
        assert stored is not None
        return stored.value.job_title

    def test_they_are_listed_with_the_record_as_it_is_now(self, service: Service, conflict: Conflict) -> None:
        [item] = listed(service, "/api/conflicts")["items"]
        digest = item.pop("digest")
        assert digest
        assert item == {
            "id": "k1",
            "resource": "contacts",
            "record_id": "c1",
            "record_name": "Ann Roy",
            "record_state": "active",
            "field": "job_title",
            "kept": "Owner",
            "lost": "Boss",
            "lost_side": "google",
            "current": "Owner",
            "both": False,
            "at": "2026-03-02T12:00:00Z",
        }

    def test_they_come_page_by_page(self, service: Service, conflict: Conflict) -> None:
        for number in (2, 3):
            service.store.commit(ANN, [PutConflict(replace(conflict, id=f"k{number}"))])
        page = listed(service, "/api/conflicts?page_size=2")
        rest = listed(service, f"/api/conflicts?page_size=2&page_token={page['next_page_token']}")
        assert (page["total"], len(page["items"]), len(rest["items"])) == (3, 2, 1)

    def test_the_other_value_is_taken_and_a_sync_asked_for(
        self, service: Service, conflict: Conflict
    ) -> None:
        answer = service.call("POST", "/api/conflicts/k1", {"choose": "google"})
        assert said(answer) == {"id": "k1", "choice": "google"}
        assert self.job_title(service) == "Boss"
        assert listed(service, "/api/conflicts")["total"] == 0
        assert service.queue.syncs() == [("contacts", "manual")]
        entry = listed(service, "/api/activity?contact_id=c1")["items"][0]
        assert (entry["reason"], entry["changes"][0]["after"]) == ("conflict", {"job_title": "Boss"})

    def test_leaving_it_needs_no_sync(self, service: Service, conflict: Conflict) -> None:
        assert service.call("POST", "/api/conflicts/k1", {"choose": "crm"}).status_code == 200
        assert (self.job_title(service), service.queue.jobs) == ("Owner", [])
        assert listed(service, "/api/conflicts")["total"] == 0

    def test_a_record_that_moved_on_is_shown_not_overwritten(
        self, service: Service, conflict: Conflict
    ) -> None:
        value = Contact(given_name="Ann", family_name="Roy", job_title="Founder")
        service.store.commit(ANN, [PutRecord("contacts", "c1", value, None)])
        answer = said(service.call("POST", "/api/conflicts/k1", {"choose": "google"}), 409)
        current = answer["error"]["current"]
        assert (current["current"], current["lost"]) == ("Founder", "Boss")
        assert self.job_title(service) == "Founder"
        body = {"choose": "google", "digest": current["digest"]}
        assert service.call("POST", "/api/conflicts/k1", body).status_code == 200
        assert self.job_title(service) == "Boss"

    def test_both_of_a_single_value_is_refused(self, service: Service, conflict: Conflict) -> None:
        error = refused(service, "POST", "/api/conflicts/k1", {"choose": "both"})
        assert error["field"] == "choose"

    def test_both_of_a_list_is_kept(self, service: Service) -> None:
        mine, theirs = {"value": "a@x.example", "type": "work"}, {"value": "a@x.example", "type": "home"}
        value = Contact(given_name="Ann", emails=(Email(**mine),))
        service.store.commit(ANN, [CreateRecord("contacts", "c1", value)])
        made = Conflict("k1", "contacts", "c1", "emails", [mine], [theirs], "google", service.clock.now())
        service.store.commit(ANN, [PutConflict(made)])
        assert listed(service, "/api/conflicts")["items"][0]["both"] is True
        assert service.call("POST", "/api/conflicts/k1", {"choose": "both"}).status_code == 200
        stored = service.store.contact(ANN, "c1")
        assert stored is not None
        assert stored.value.emails == (Email(**mine), Email(**theirs))

    def test_one_whose_record_is_gone_can_only_be_left(self, service: Service, conflict: Conflict) -> None:
        service.store.commit(ANN, [PutConflict(replace(conflict, id="k9", crm="nobody"))])
        items = {item["id"]: item for item in listed(service, "/api/conflicts")["items"]}
        assert (items["k9"]["record_state"], items["k9"]["record_name"]) == ("gone", "")
        assert service.call("POST", "/api/conflicts/k9", {"choose": "google"}).status_code == 409
        assert service.call("POST", "/api/conflicts/k9", {"choose": "crm"}).status_code == 200

    def test_an_unknown_one_and_anothers_are_not_found(self, service: Service, conflict: Conflict) -> None:
        assert service.call("POST", "/api/conflicts/k2", {"choose": "google"}).status_code == 404
        assert service.call("POST", "/api/conflicts/k1", {"choose": "google"}, user="bob").status_code == 404
        assert self.job_title(service) == "Owner"

    @pytest.mark.parametrize("body", [{}, {"choose": "mine"}, {"choose": "crm", "value": "x"}])
    def test_a_wrong_body_is_refused(self, service: Service, conflict: Conflict, body: Any) -> None:
        refused(service, "POST", "/api/conflicts/k1", body)

    def test_conflicts_are_offered_without_urgency(self, service: Service, conflict: Conflict) -> None:
        found = status(service)
        assert (found["state"], found["conflicts"]) == ("complete", 1)


class TestProblems:
    def refuse(self, service: Service, key: str, crm: str, reason: str, resource: Resource) -> None:
        link = Link(key, resource, crm, "", "", "", service.clock.now(), Base(), state="quarantined")
        service.store.commit(ANN, [PutLink(replace(link, problem=reason))])

    @pytest.fixture
    def two(self, service: Service) -> None:
        day = AllDay(service.clock.now().date())
        service.store.commit(ANN, [CreateRecord("contacts", "c1", Contact(given_name="Ann"))])
        service.store.commit(ANN, [CreateRecord("appointments", "a1", Appointment("Viewing", day, day))])
        self.refuse(service, "g1", "c1", "too_large", "contacts")
        self.refuse(service, "refused-a1", "a1", "never_heard_of", "calendar")
        connected(service)

    @pytest.mark.usefixtures("two")
    def test_each_says_who_it_is_and_why_in_words(self, service: Service) -> None:
        page = listed(service, "/api/problems")
        assert page["total"] == 2
        assert page["items"][0] == {
            "id": "g1",
            "resource": "contacts",
            "record_id": "c1",
            "name": "Ann",
            "reason": "too_large",
            "message": "It is too large for Google. Shorten its notes or its lists.",
            "choices": ["again"],
            "retry_at": None,
        }
        assert (page["items"][1]["name"], page["items"][1]["resource"]) == ("Viewing", "calendar")
        assert page["items"][1]["message"].startswith("Google does not take it")
        assert listed(service, "/api/problems", user="bob")["items"] == []

    @pytest.mark.usefixtures("two")
    def test_they_come_page_by_page(self, service: Service) -> None:
        page = listed(service, "/api/problems?page_size=1")
        rest = listed(service, f"/api/problems?page_size=1&page_token={page['next_page_token']}")
        assert [item["record_id"] for item in [*page["items"], *rest["items"]]] == ["c1", "a1"]

    @pytest.mark.usefixtures("two")
    def test_they_are_counted_and_need_the_user(self, service: Service) -> None:
        service.meter.reset()
        found = status(service)
        assert service.meter.used().reads <= 5, "the user, and four counts"
        assert (found["state"], found["refused"]) == ("attention", 2)
        assert found["problems"] == [
            {
                "code": "records_refused",
                "message": "2 records could not be sent to Google.",
                "action": "review",
            }
        ]

    @pytest.mark.usefixtures("two")
    def test_one_is_tried_again_on_request(self, service: Service) -> None:
        answer = service.call("POST", "/api/problems/refused-a1", {"choose": "again"})
        assert (answer.status_code, answer.get_json()) == (202, {"id": "refused-a1", "choice": "again"})
        [queued] = service.queue.jobs
        assert queued.payload["resource"] == "calendar"
        assert service.store.links(ANN, ["refused-a1"])["refused-a1"].retry_at == service.clock.now()

    @pytest.mark.usefixtures("two")
    def test_only_what_is_there_can_be_chosen(self, service: Service) -> None:
        refused(service, "POST", "/api/problems/g1", {"choose": "google"})
        refused(service, "POST", "/api/problems/g1", {"choose": "crm"})
        assert service.call("POST", "/api/problems/g9", {"choose": "again"}).status_code == 404
        assert service.call("POST", "/api/problems/g1", {"choose": "again"}, user="bob").status_code == 404

    def test_one_without_a_record_has_no_name(self, service: Service) -> None:
        self.refuse(service, "aside-g1", "", "internal", "contacts")
        connected(service)
        [item] = listed(service, "/api/problems")["items"]
        assert (item["record_id"], item["name"]) == (None, "")

    def test_without_any_there_is_no_problem(self, service: Service) -> None:
        connected(service)
        assert listed(service, "/api/problems")["items"] == []
        assert (status(service)["refused"], status(service)["problems"]) == (0, [])
