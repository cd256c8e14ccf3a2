"""What a job learns when its commit was refused and it reads the user document again."""

from dataclasses import replace

import pytest

from crmsync.core.account import User
from crmsync.engine.run.ledger import Ledger
from crmsync.store.ports import PutUser, Superseded
from tests.stage import Stage


def user_of(stage: Stage) -> User:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user


@pytest.fixture
def ledger(stage: Stage) -> Ledger:
    return Ledger(stage.store, stage.clock, user_of(stage), "contacts", "run", "schedule")


def test_what_somebody_else_changed_of_the_user_is_taken_over(stage: Stage, ledger: Ledger) -> None:
    settings = replace(user_of(stage).settings, region="GB")
    stage.store.commit(stage.scope, [PutUser({"settings": settings})])
    ledger.refresh()
    assert ledger.user == user_of(stage)


def test_a_job_of_the_other_resource_overtakes_nobody(stage: Stage, ledger: Ledger) -> None:
    calendar = user_of(stage).calendar
    stage.store.commit(stage.scope, [PutUser({"calendar": replace(calendar, rev=calendar.rev + 1)})])
    ledger.refresh()
    assert ledger.user == user_of(stage)


def test_a_commit_of_another_job_ends_this_one(stage: Stage, ledger: Ledger) -> None:
    contacts = user_of(stage).contacts
    stage.store.commit(stage.scope, [PutUser({"contacts": replace(contacts, rev=contacts.rev + 1)})])
    with pytest.raises(Superseded):
        ledger.refresh()


def test_another_account_ends_the_job_though_nothing_was_committed(stage: Stage, ledger: Ledger) -> None:
    connection = user_of(stage).connection
    assert connection is not None
    stage.store.commit(stage.scope, [PutUser({"connection": replace(connection, sub="another")})])
    with pytest.raises(Superseded):
        ledger.refresh()


def test_the_same_account_connected_anew_ends_the_job(stage: Stage, ledger: Ledger) -> None:
    stage.store.commit(stage.scope, [PutUser({"generation": 1})])
    with pytest.raises(Superseded):
        ledger.refresh()


def test_a_disconnect_ends_the_job(stage: Stage, ledger: Ledger) -> None:
    stage.store.commit(stage.scope, [PutUser({"connection": None})])
    with pytest.raises(Superseded):
        ledger.refresh()
