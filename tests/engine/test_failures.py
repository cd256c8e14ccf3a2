"""What each failure at Google leads to."""

from crmsync.core.account import User
from local.google.faults import Fault
from tests.stage import Stage


def user_of(stage: Stage) -> User:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user


def connection_of(stage: Stage) -> str:
    connection = user_of(stage).connection
    assert connection is not None
    return connection.state


def revoke(stage: Stage) -> None:
    with stage.world.lock:
        stage.world.grants.revoke(stage.account.sub)


def test_a_revoked_grant_pauses_the_user_at_once_and_keeps_the_links(stage: Stage) -> None:
    stage.sync()
    before = stage.clock.now()
    revoke(stage)
    stage.sync()
    assert connection_of(stage) == "dead"
    assert (stage.clock.now() - before).total_seconds() < 5, (
        "a cached token that is refused is not waited for"
    )
    stage.world.controls.forget_calls()
    stage.sync()
    assert stage.world.controls.calls() == [], "a paused user's jobs end before Google is asked"


def test_a_refused_token_that_can_be_renewed_is_renewed(stage: Stage) -> None:
    stage.sync()
    with stage.world.lock:
        stage.world.grants.expire_access_tokens(stage.account.sub)
    stage.sync()
    assert connection_of(stage) == "active"
    assert user_of(stage).contacts.failures == 0


def test_an_outage_is_waited_out_and_shown_only_when_it_lasts(stage: Stage) -> None:
    stage.world.controls.plan(Fault("people.people.connections.list", "before", 503, times=5))
    stage.sync()
    assert user_of(stage).contacts.failures == 0, "it succeeded in the end"
    assert user_of(stage).contacts.problem is None


def test_a_quota_is_waited_for_and_the_work_goes_on(stage: Stage) -> None:
    stage.world.controls.plan(
        Fault("people.people.connections.list", "before", 429, "RATE_LIMIT_EXCEEDED", retry_after=30)
    )
    before = stage.clock.now()
    stage.book.phone_create({"names": [{"givenName": "Ada"}]})
    stage.sync()
    assert (stage.clock.now() - before).total_seconds() >= 30
    assert [candidate.name for candidate in stage.candidates()] == ["Ada"]
