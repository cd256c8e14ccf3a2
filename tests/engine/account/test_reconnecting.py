"""Who connects again while a job fails for what was allowed before is not paused for it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.account import User
from crmsync.core.errors import GrantDead, ScopeMissing, SyncError
from crmsync.core.model import Contact
from crmsync.core.shown.status import RECONNECT, label_and_state
from crmsync.engine import jobs
from crmsync.engine.deps import Deps
from tests.engine.allowing import come_back
from tests.stage import Stage


@dataclass
class Failing:
    """Google, which refuses the next session, and something that happens before its refusal is back."""

    inner: Any
    failure: SyncError
    meanwhile: Callable[[], object]
    refused: int = 0

    def session(self, account: str, sealed_token: str | None) -> Any:
        if sealed_token is not None and not self.refused:
            self.refused += 1
            self.meanwhile()
            raise self.failure
        return self.inner.session(account, sealed_token)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def reconnect(stage: Stage) -> None:
    """The user goes through Google's page again, and comes back with the same account."""
    stage.later(1)
    assert come_back(stage, stage.account).kind == "connected"


def user_of(stage: Stage) -> User:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user


def failing(stage: Stage, failure: SyncError, meanwhile: Callable[[], object]) -> Deps:
    return replace(stage.deps, google=Failing(stage.google, failure, meanwhile))


@pytest.mark.parametrize(
    "failure", [GrantDead("invalid_grant"), ScopeMissing("contacts")], ids=["dead", "scope"]
)
@pytest.mark.parametrize("paused", [False, True], ids=["active", "paused before"])
def test_a_connection_that_is_newer_than_the_failure_stays(
    stage: Stage, failure: SyncError, paused: bool
) -> None:
    """Also when another job has paused the user in between, and when nothing else tells the two apart."""
    stage.sync()
    after: list[User] = []

    def meanwhile() -> None:
        if paused:
            again = failing(stage, GrantDead("invalid_grant"), lambda: None)
            jobs.run(
                again, "sync", {"uid": stage.uid, "resource": "calendar", "reason": "manual", "fresh": True}
            )
            assert (connection := user_of(stage).connection) is not None
            assert connection.state == "dead"
        reconnect(stage)
        after.append(user_of(stage))

    stage.add("ann", Contact(given_name="Ann"))
    deps = failing(stage, failure, meanwhile)
    jobs.run(deps, "sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule", "fresh": True})
    assert after == [user_of(stage)], "nothing of the new connection is touched"
    assert user_of(stage).connection is not None
    assert sorted(task.payload["reason"] for task in stage.queue.tasks) == ["connect", "connect"]
    stage.run()
    assert [person["names"][0]["givenName"] for person in stage.persons()] == ["Ann"]
    assert user_of(stage).contacts.phase == "idle"


@pytest.mark.parametrize(
    "failure", [GrantDead("invalid_grant"), ScopeMissing("contacts")], ids=["dead", "scope"]
)
def test_the_connection_that_failed_rests(stage: Stage, failure: SyncError) -> None:
    deps = failing(stage, failure, lambda: None)
    jobs.run(deps, "sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule", "fresh": True})
    connection = user_of(stage).connection
    assert connection is not None
    dead = isinstance(failure, GrantDead)
    assert (connection.state, "contacts" in connection.scopes) == ("dead" if dead else "active", dead)
    assert stage.queue.tasks == []


def test_the_seven_days_of_a_client_in_testing_end_in_one_click_and_lose_nothing(stage: Stage) -> None:
    stage.world.grants.set_testing(True)
    reconnect(stage)
    stage.run()
    stage.add("ann", Contact(given_name="Ann"))
    stage.sync()
    stage.later(timedelta(days=7).total_seconds())
    stage.add("bo", Contact(given_name="Bo"))
    stage.sync()
    user = user_of(stage)
    assert user.connection is not None
    assert user.connection.state == "dead"
    shown = label_and_state(user, waiting=0, conflicts=0, holds=0)
    assert (shown.label, shown.problems) == ("Action needed", (RECONNECT,))
    assert len(stage.persons()) == 1
    reconnect(stage)
    stage.run()
    assert sorted(person["names"][0]["givenName"] for person in stage.persons()) == ["Ann", "Bo"]
