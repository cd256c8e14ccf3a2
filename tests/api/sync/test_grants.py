"""Every grant that no connection holds is revoked, unless somebody else has one of the same account."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.errors import Unavailable
from crmsync.core.scope import Scope
from crmsync.engine.account import connection
from crmsync.engine.account.attempts import name_of
from tests.api.service import Service
from tests.api.sync.test_connect import allow, begin, come_back, outcome, take
from tests.scopes import ANN

BOB = Scope.of("bob")
DOWN = Unavailable("revoke_failed", "503")


def offered(service: Service, user: str = "ann", **how: Any) -> str:
    """Google grants it to this user, who has not taken it yet: the offer's id."""
    answer = service.call("POST", "/api/google/connect", user=user)
    state = answer.get_json()["authorization_url"].partition("state=")[2]
    cookie = answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    return outcome(come_back(service, state, cookie, code=allow(service, **how)))["pending"]


def connect(service: Service, user: str = "ann", **how: Any) -> None:
    assert take(service, offered(service, user, **how), user=user, afresh=True)["outcome"] == "connected"


def deliver(service: Service, status: int = 204) -> None:
    """What is queued by now is delivered, but for syncs."""
    jobs, service.queue.jobs[:] = [*service.queue.jobs], []
    for job in jobs:
        if job.job != "sync":
            answer = service.service_call(f"/tasks/{job.job}", job.payload, door="tasks")
            assert answer.status_code == status, job


def leave(service: Service, user: str) -> None:
    assert service.call("DELETE", "/api/google/connection", user=user).status_code == 202


def tick(service: Service) -> None:
    headers = {"X-CloudScheduler-ScheduleTime": service.clock.now().isoformat()}
    assert (
        service.service_call("/scheduled/resync", door="scheduled_resync", headers=headers).status_code == 200
    )


# --- one Google account, two users of the CRM


def test_of_two_users_with_one_account_the_last_to_leave_revokes(service: Service) -> None:
    connect(service, "ann", token="a")
    connect(service, "bob", token="b")
    leave(service, "ann")
    deliver(service)
    assert (service.google.revoked, service.store.grant(ANN)) == ([], None)
    assert service.store.grant(BOB) is not None
    leave(service, "bob")
    deliver(service)
    assert (service.google.revoked, service.store.grant(BOB)) == (["sealed:b"], None)


def test_of_two_that_leave_at_once_one_revokes_at_least(service: Service) -> None:
    connect(service, "ann", token="a")
    connect(service, "bob", token="b")
    leave(service, "ann")
    leave(service, "bob")
    deliver(service)
    assert service.google.revoked == ["sealed:b"]


def test_nobody_is_told_of_the_other(service: Service) -> None:
    connect(service, "ann")
    before = service.call("GET", "/api/sync", user="ann").get_json()
    connect(service, "bob")
    assert service.call("GET", "/api/sync", user="ann").get_json() == before
    leave(service, "bob")
    deliver(service)
    assert service.call("GET", "/api/sync", user="ann").get_json() == before
    left = service.call("GET", "/api/sync", user="bob").get_json()
    leave(service, "ann")
    deliver(service)
    assert service.call("GET", "/api/sync", user="bob").get_json() == left


def refuse(service: Service) -> None:
    offered(service, "ann", sub="sub-2", token="r")


def allow_nothing(service: Service) -> None:
    state, cookie = begin(service)
    come_back(service, state, cookie, code=allow(service, frozenset(), sub="sub-2", token="r"))


def go_over_to_another(service: Service) -> None:
    connect(service, "ann", sub="sub-2", token="r")
    connect(service, "ann", sub="sub-1")


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
@pytest.mark.parametrize("ends", [refuse, allow_nothing, go_over_to_another])
def test_a_grant_that_is_not_taken_or_given_up_is_revoked_where_nobody_else_holds_one(
    service: Service, ends: Callable[[Service], None], shared: bool
) -> None:
    if shared:
        connect(service, "bob", sub="sub-2", token="b")
    connect(service, "ann", sub="sub-1")
    ends(service)
    service.clock.advance(timedelta(minutes=10))
    deliver(service)
    assert service.google.revoked == ([] if shared else ["sealed:r"])
    kept = service.store.grant(ANN)
    assert kept is not None
    assert kept.sub == "sub-1"


def test_leaving_does_not_take_what_the_same_person_is_about_to_take(service: Service) -> None:
    """Google would revoke the new grant with the old one."""
    connect(service, "ann", token="old")
    leave(service, "ann")
    pending = offered(service, "ann", token="new")
    deliver(service)
    assert (service.google.revoked, service.store.grant(ANN)) == ([], None)
    assert take(service, pending)["outcome"] == "connected"


def test_what_the_same_person_then_does_not_take_is_revoked_in_its_place(service: Service) -> None:
    connect(service, "ann", token="old")
    leave(service, "ann")
    offered(service, "ann", token="new")
    deliver(service)
    service.clock.advance(timedelta(minutes=15))
    tick(service)
    deliver(service)
    assert service.google.revoked == ["sealed:new"]


# --- what fails


def test_a_revocation_that_fails_is_tried_again_though_its_task_is_gone(service: Service) -> None:
    offered(service)
    service.clock.advance(timedelta(minutes=10))
    service.google.deaf = DOWN
    deliver(service, 503)
    assert service.queue.jobs == []
    service.google.deaf = None
    service.clock.advance(timedelta(minutes=5))
    tick(service)
    deliver(service)
    assert service.google.revoked == ["sealed:r"]
    tick(service)
    assert service.queue.jobs == [], "it is over"


def test_it_is_given_up_after_a_day_and_nothing_is_kept(service: Service) -> None:
    pending = offered(service)
    service.clock.advance(timedelta(hours=24, minutes=10))
    service.google.deaf = DOWN
    deliver(service)
    assert service.store.offer(name_of(pending)) is None
    assert service.google.revoked == []


def test_an_offer_whose_taker_died_is_revoked(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    pending = offered(service)
    with monkeypatch.context() as dying:
        dying.setattr(connection, "begin", lambda *_: 1 / 0)
        take(service, pending, status=500)
    take(service, pending, status=410)
    service.clock.advance(timedelta(minutes=10))
    deliver(service)
    assert service.google.revoked == ["sealed:r"]


def test_a_withdrawal_that_comes_early_comes_back(service: Service) -> None:
    pending = offered(service)
    service.clock.advance(timedelta(minutes=9))
    deliver(service)
    [job] = service.queue.jobs
    assert (job.job, job.payload["id"], round(job.delay)) == ("withdraw", name_of(pending), 60)
    assert service.google.revoked == []
