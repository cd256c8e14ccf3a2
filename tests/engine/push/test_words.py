"""Records are found by the words of today, those too that were written when others were kept."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from crmsync.core.account import WORDS
from crmsync.core.model import Contact, Email
from crmsync.store.documents.port import Merge
from crmsync.store.ports import PutUser
from local.google.clock import Clock
from local.google.world import World
from tests.machine.in_process import InProcessGoogle
from tests.stage import START, Stage


@pytest.fixture
def server() -> Iterator[InProcessGoogle]:
    """A simulated Google without a network."""
    with InProcessGoogle(World(Clock(START))) as google:
        yield google


def found(stage: Stage, q: str) -> list[str]:
    page, _ = stage.store.page(stage.scope, "contacts", archived=False, after=None, limit=9, q=q)
    return [stored.id for stored in page]


def test_an_older_record_is_found_after_one_look_at_all(stage: Stage) -> None:
    stage.add("ann", Contact(given_name="Ann", family_name="D'Amour", emails=(Email("ann@x.example"),)))
    stage.add("bo", Contact(given_name="Bo", family_name="Roy"))
    stage.sync()
    stage.later(3700)
    user = stage.store.user(stage.scope)
    assert user is not None
    old = ["a", "an", "ann", "d", "am", "amo"]
    stage.meter.commit([Merge(f"users/{stage.uid}/contacts/ann", {"tokens": [*old]})])
    stage.store.commit(stage.scope, [PutUser({"contacts": replace(user.contacts, words=0)})])
    assert found(stage, "damour") == []
    stage.sync()
    assert (found(stage, "damour"), found(stage, "d'amour"), found(stage, "ann")) == (["ann"],) * 3
    stage.later(3700)
    stage.meter.reset()
    stage.sync()
    assert stage.meter.used().writes == 0


def test_a_new_user_needs_no_second_look(stage: Stage) -> None:
    stage.add("ann", Contact(given_name="Ann", family_name="D'Amour"))
    stage.sync()
    user = stage.store.user(stage.scope)
    assert user is not None
    assert user.contacts.words == WORDS
    for _ in range(2):
        stage.later(3700)
        stage.sync()
    stage.later(3700)
    stage.meter.reset()
    stage.sync()
    assert (found(stage, "damour"), stage.meter.used().writes) == (["ann"], 0)
