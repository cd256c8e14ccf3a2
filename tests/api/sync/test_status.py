from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.account import Problem, ResourceState
from crmsync.core.errors import Unavailable
from crmsync.core.model import Contact
from crmsync.store.ports import CreateRecord
from tests.api.service import Service, candidate, said
from tests.scopes import ANN


def status(service: Service, **more: Any) -> dict[str, Any]:
    answer = service.call("GET", "/api/sync", **more)
    return said(answer)


def rested(service: Service) -> dict[str, Any]:
    now = service.clock.now()
    state = ResourceState(last_synced_at=now, changed_at=now)
    return {
        "contacts": state,
        "calendar": replace(state, last_synced_at=now - timedelta(hours=1)),
    }


def test_before_anything_the_button_invites(service: Service) -> None:
    found = status(service)
    assert (found["state"], found["label"]) == ("disconnected", "Enable Google Sync")
    assert (found["account"], found["progress"], found["problems"]) == (None, None, [])


def test_while_it_works_progress_is_shown_at_the_price_of_one_read(service: Service) -> None:
    working = ResourceState(phase="pushing", done=400, total=1200)
    service.connect(contacts=working, calendar=rested(service)["calendar"])
    service.offer(candidate("a"))
    service.meter.reset()
    found = status(service)
    assert service.meter.used().reads == 1
    assert found["state"] == "syncing"
    assert found["progress"] == {"phase": "pushing", "done": 400, "total": 1200, "seconds_left": None}
    assert found["account"] == {"email": "ann@gmail.example"}
    assert found["waiting"] == 0


def test_at_rest_new_contacts_are_counted(service: Service) -> None:
    service.connect(**rested(service))
    assert status(service)["label"] == "Complete"
    service.offer(candidate("a"), candidate("b"))
    found = status(service)
    assert (found["state"], found["label"], found["waiting"]) == (
        "contacts_found",
        "New Contacts Found (2)",
        2,
    )


def test_the_last_sync_is_when_all_was_last_in_step(service: Service) -> None:
    service.connect(**rested(service))
    assert status(service)["last_synced_at"] == "2026-03-02T11:00:00Z"


def test_a_part_that_was_not_allowed_is_offered(service: Service) -> None:
    service.connect(scopes=frozenset(("contacts",)), contacts=rested(service)["contacts"])
    found = status(service)
    assert found["granted"] == {"contacts": True, "calendar": False}
    assert [problem["action"] for problem in found["problems"]] == ["allow_calendar"]


def test_what_only_the_user_can_mend_is_said(service: Service) -> None:
    problem = Problem("misconfigured", "Google refuses the sync.", "review")
    states = rested(service)
    service.connect(contacts=replace(states["contacts"], problem=problem), calendar=states["calendar"])
    found = status(service)
    assert (found["state"], found["label"]) == ("attention", "Action needed")
    assert found["problems"][0]["code"] == "misconfigured"


def test_an_unchanged_status_is_not_sent_again(service: Service) -> None:
    service.connect(**rested(service))
    first = service.call("GET", "/api/sync")
    etag = first.headers["ETag"]
    again = service.call("GET", "/api/sync", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    service.offer(candidate("a"))
    assert service.call("GET", "/api/sync", headers={"If-None-Match": etag}).status_code == 200


def test_whether_the_sync_has_written_anything_is_told_for_one_read(service: Service) -> None:
    service.connect(**rested(service))
    assert service.call("GET", "/api/sync?quick=true").status_code == 200
    etag = service.call("GET", "/api/sync").headers["ETag"]
    service.meter.reset()
    same = service.call("GET", "/api/sync?quick=true", headers={"If-None-Match": etag})
    assert (same.status_code, same.headers["ETag"]) == (304, etag)
    assert (service.meter.used().reads, service.meter.used().queries) == (1, 0)
    later = service.clock.now() + timedelta(hours=1)
    calendar = replace(rested(service)["calendar"], changed_at=later, last_synced_at=later)
    service.connect(calendar=calendar)
    after = service.call("GET", "/api/sync?quick=true", headers={"If-None-Match": etag})
    assert said(after)["changed_at"] == "2026-03-02T13:00:00Z"
    assert said(after)["last_synced_at"] == "2026-03-02T12:00:00Z"


@pytest.mark.parametrize("given", ['""', '"a", ""', 'W/""', '"', "*", ","])
@pytest.mark.parametrize(
    "path",
    ["/api/sync", "/api/sync?quick=true", "/api/contact-types", "/api/import/candidates", "/api/contacts/c"],
)
def test_an_etag_that_says_nothing_is_no_fault(service: Service, path: str, given: str) -> None:
    service.connect(**rested(service))
    service.store.commit(ANN, [CreateRecord("contacts", "c", Contact(given_name="Ann"))])
    answer = service.call("GET", path, headers={"If-None-Match": given})
    assert answer.status_code == (304 if given == "*" else 200)


@pytest.mark.parametrize("reason", ["login", "manual"])
def test_a_sync_is_queued_for_each_granted_part_and_shows_at_once(service: Service, reason: str) -> None:
    service.connect(**rested(service))
    answer = service.call("POST", "/api/sync", {"reason": reason})
    assert answer.status_code == 202
    assert answer.json is not None
    assert answer.json["state"] == "syncing"
    assert service.queue.syncs() == [("calendar", reason), ("contacts", reason)]


def test_a_click_is_taken_although_the_queue_takes_nothing(service: Service) -> None:
    service.connect(next_due_at=service.clock.now() + timedelta(minutes=15))
    service.queue.broken = Unavailable("queue_unavailable")
    assert said(service.call("POST", "/api/sync", {"reason": "manual"}), 202)["state"] == "syncing"
    service.queue.broken = None
    assert said(service.service_call("/scheduled/resync", door="scheduled_resync")) == {"queued": 1}
    assert sorted(service.queue.syncs()) == [("calendar", "schedule"), ("contacts", "schedule")]


def test_only_a_login_or_a_click_asks_for_one(service: Service) -> None:
    service.connect()
    for body in ({"reason": "push"}, {"reason": ""}, {}, {"reason": "login", "uid": "bob"}):
        assert service.call("POST", "/api/sync", body).status_code == 400
    assert service.queue.jobs == []


def test_without_a_connection_there_is_nothing_to_ask_for(service: Service) -> None:
    answer = service.call("POST", "/api/sync", {"reason": "login"})
    assert answer.status_code == 409
    assert answer.json is not None
    assert answer.json["error"]["current"]["state"] == "disconnected"


def test_a_dead_connection_is_not_asked_either(service: Service) -> None:
    service.connect()
    user = service.store.user(ANN)
    assert user is not None
    assert user.connection is not None
    service.connect(connection=replace(user.connection, state="dead"))
    answer = service.call("POST", "/api/sync", {"reason": "manual"})
    assert answer.status_code == 409
    assert answer.json is not None
    assert answer.json["error"]["current"]["problems"][0]["action"] == "reconnect"
    assert service.queue.jobs == []
