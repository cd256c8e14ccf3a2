from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crmsync import compose
from crmsync.core.account import Stall
from crmsync.core.model import Contact
from crmsync.engine import jobs
from crmsync.engine.account import erase
from crmsync.store.ports import CreateRecord, PutUser
from tests.api.service import Service, said
from tests.scopes import ANN, BOB

ERASE = {"confirm": "erase"}


def stands(service: Service, user: str = "ann", id: str | None = None) -> Any:
    """What the service says of an erasure."""
    query = {} if id is None else {"id": id}
    return said(service.call("GET", "/api/account/erasure", user=user, query_string=query))["erasure"]


def deliver(service: Service) -> None:
    """Whatever is queued runs in its time."""
    while service.queue.jobs:
        task = service.queue.jobs.pop(0)
        service.clock.advance(timedelta(seconds=task.delay))
        jobs.run(service.deps, task.job, task.payload)


def test_a_user_is_erased_and_shown_the_proof(service: Service) -> None:
    service.connect()
    for scope in (ANN, BOB):
        service.store.commit(scope, [CreateRecord("contacts", "c1", Contact("Zo\u00e9"))])
    assert stands(service) is None
    begun = said(service.call("DELETE", "/api/account", {**ERASE, "google_copies": "delete"}), 202)
    assert begun["keeps_evidence_days"] is None
    id = begun["erasure"]["id"]
    assert begun["erasure"] == stands(service) == stands(service, "bob", id)
    assert (begun["erasure"]["state"], begun["erasure"]["erased"]) == ("leaving", {})
    assert said(service.call("GET", "/api/sync"))["account"] is None
    service.queue.jobs[:] = [task for task in service.queue.jobs if task.job == "disconnect"]
    deliver(service)
    [disconnect] = service.google.revoked
    assert disconnect == "sealed:r"

    service.clock.advance(timedelta(minutes=11))
    stands(service)
    assert [task.job for task in service.queue.jobs] == ["erase"], "whoever looks revives it"
    task = service.queue.jobs.pop()
    jobs.run(service.deps, task.job, task.payload)
    checking = stands(service)
    assert (checking["state"], checking["found"]) == ("checking", None)
    assert checking["looks_again_at"] is not None
    deliver(service)
    assert stands(service) is None
    done = stands(service, id=id)
    assert (done["state"], done["erased"], done["found"]) == ("done", {"contacts": 1, "users": 1}, {})
    assert (done["evidence"], done["waits"], done["looks_again_at"]) == (None, [], None)
    assert service.store.contact(BOB, "c1") is not None
    assert stands(service, "bob", id)["found"] == {"contacts": 1}, "what is found is the caller's own"


def test_it_has_to_be_said_in_so_many_words(service: Service) -> None:
    service.connect()
    for body in (None, {}, {"confirm": "yes"}, {"confirm": "erase", "crm_copies": "keep"}):
        assert service.call("DELETE", "/api/account", body, described=False).status_code in (400, 415)
    assert not erase.is_erasing(service.deps, ANN)


CHANGES: list[tuple[str, str, Any]] = [
    ("POST", "/api/contacts", {"given_name": "Ann"}),
    ("PATCH", "/api/contacts/c1", {"given_name": "Ann"}),
    ("DELETE", "/api/contacts/c1", None),
    ("PUT", "/api/import/choices", {"rows": []}),
    ("POST", "/api/import/finish", {"action": "done"}),
    ("POST", "/api/sync", {"reason": "login"}),
    ("PATCH", "/api/settings", {"preview_first": True}),
    ("POST", "/api/google/connect", None),
    ("DELETE", "/api/google/connection", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_nothing_is_changed_for_who_is_being_erased(
    service: Service, method: str, path: str, body: Any
) -> None:
    service.store.commit(ANN, [CreateRecord("contacts", "c1", Contact("Zo\u00e9"))])
    said(service.call("DELETE", "/api/account", ERASE), 202)
    before = service.store.user(ANN)
    refused = said(service.call(method, path, body), 410)
    assert refused["error"]["code"] == "erasing"
    assert service.store.user(ANN) == before
    assert service.call(method, path, body, user="bob").status_code != 410
    assert service.call("GET", "/api/contacts/c1").status_code == 200


def test_asked_for_again_the_same_one_goes_on(service: Service) -> None:
    service.connect()
    first = said(service.call("DELETE", "/api/account", ERASE), 202)
    assert said(service.call("DELETE", "/api/account", {**ERASE, "google_copies": "delete"}), 202) == first
    assert [task.job for task in service.queue.jobs] == ["disconnect", "erase"]


def test_what_does_not_get_through_is_told(service: Service) -> None:
    service.connect()
    said(service.call("DELETE", "/api/account", ERASE), 202)
    service.google.failure = None
    user = service.store.user(ANN)
    assert user is not None
    until = service.clock.now() + timedelta(minutes=5)
    service.store.commit(ANN, [PutUser({"stalls": {"disconnect": Stall(1, until)}})])
    [wait] = stands(service)["waits"]
    assert (wait["what"], wait["why"]) == ("disconnect", "retry")


def test_evidence_is_told_where_it_is_kept(keeping: Service) -> None:
    before = said(keeping.call("GET", "/api/account/erasure"))
    assert before == {"keeps_evidence_days": 1096, "erasure": None}
    begun = said(keeping.call("DELETE", "/api/account", ERASE), 202)
    until = keeping.clock.now() + timedelta(days=1096)
    assert begun["erasure"]["evidence"] == {"kept": 0, "until": until.isoformat().replace("+00:00", "Z")}


@pytest.fixture
def keeping(service: Service) -> Service:
    """An installation that keeps evidence of consent for three years."""
    service.deps = replace(service.deps, keep_evidence=timedelta(days=1096))
    compose.use(replace(compose.surroundings(), deps=service.deps))
    return service


def test_a_record_that_is_not_there_is_not_found(service: Service) -> None:
    for id in ("none", "..", "x" * 300):
        assert service.call("GET", "/api/account/erasure", query_string={"id": id}).status_code == 404
    assert service.call("GET", "/api/account/erasure", query_string={"it": "x"}).status_code == 400
    assert service.call("GET", "/api/account/erasure", user=None).status_code == 401
