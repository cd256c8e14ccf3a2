"""What a process remembers has bounds, and beyond them the sync is as right as within: it looks again."""

from dataclasses import replace
from typing import Any

import pytest

from crmsync.core.account import Connection, UserSettings
from crmsync.core.scope import Scope
from crmsync.engine.requests import request_sync
from crmsync.engine.run import echoes
from crmsync.engine.run.echoes import Echoes
from crmsync.engine.schedule.tick import resync_due
from crmsync.store.parts import users
from crmsync.store.ports import PutUser
from crmsync.store.repository import DocumentStore
from tests.engine.appointments import WEEKLY
from tests.engine.lessons import contact, mutations, with_many
from tests.stage import Stage
from tests.timeline import Timeline

READ = "people.people.getBatchGet"


def test_the_states_of_as_many_users_are_remembered_as_are_lately_in_use(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "_REMEMBERED", 5)
    connection = Connection("sub", "x@gmail.example", frozenset(("contacts",)), stage.clock.now())
    for number in range(20):
        parts = {"connection": connection, "next_due_at": stage.clock.now()}
        stage.store.commit(Scope.of(f"user-{number}"), [PutUser(parts)])
    assert resync_due(stage.deps, "tick") == 21
    assert len(stage.store._states) == 5
    assert resync_due(stage.deps, "next tick") == 0, "who was forgotten has the next time all the same"
    user = stage.store.user(stage.scope)
    assert user == DocumentStore(stage.meter).user(stage.scope)
    assert next(reversed(stage.store._states.values())) == user, "who was seen last is remembered"


def test_jobs_whose_user_is_forgotten_between_two_commits_lose_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Contacts and calendar at once, clicks in between, and room for one state, which is somebody else's."""
    monkeypatch.setattr(users, "_REMEMBERED", 1)
    bob = Scope.of("bob")
    stage.store.commit(bob, [PutUser({"settings": UserSettings(region="US")})])
    for n in range(5):
        stage.add(f"c{n}", contact(n))
    stage.add("s", WEEKLY)
    timeline = Timeline(stage, lambda _: 1.0)
    request_sync(timeline.deps, stage.scope, "connect")
    for second in range(12):
        timeline.at(second + 0.25, lambda: stage.store.user(bob))
        timeline.at(second + 0.75, lambda: request_sync(timeline.deps, stage.scope, "manual"))
    timeline.run()
    assert len(stage.store._states) == 1
    assert sorted(p["names"][0]["givenName"] for p in stage.persons()) == [f"Ann{n}" for n in range(5)]
    assert [event["summary"] for event in stage.events()] == ["Coaching"]
    user = stage.store.user(stage.scope)
    assert user is not None
    assert (user.contacts.phase, user.calendar.phase) == ("idle", "idle")
    assert (user.contacts.requested_at, user.calendar.requested_at) == (None, None)


class TestEchoes:
    """Etags that moved while nothing else did, more of them than a job remembers."""

    @pytest.fixture
    def sizes(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """How many are remembered, whenever one is noted; at most three."""
        monkeypatch.setattr(echoes, "MOST", 3)
        sizes: list[int] = []
        note = Echoes.note

        def noted(self: Echoes[Any], *args: Any) -> None:
            note(self, *args)
            sizes.append(len(self._seen))

        monkeypatch.setattr(Echoes, "note", noted)
        return sizes

    @pytest.fixture
    def relabelled(self, stage: Stage, sizes: list[int]) -> Stage:
        """Twelve contacts in step, each of which has got a label since, and a job that has seen it."""
        with_many(stage)
        stage.later(100)
        stage.sync()
        stage.later(900)
        for found in stage.persons():
            stage.book.phone_label(found["resourceName"], "Clients")
        sizes.clear()
        stage.world.controls.forget_calls()
        return stage

    def test_no_more_are_remembered_and_each_edit_arrives(self, relabelled: Stage, sizes: list[int]) -> None:
        stage = relabelled
        for n in range(12):
            stage.edit(f"c{n}", replace(contact(n), nickname=f"N{n}"))
        stage.sync()
        assert len(sizes) >= 12
        assert max(sizes) == 3
        assert {p["names"][0]["givenName"]: p["nicknames"][0]["value"] for p in stage.persons()} == {
            f"Ann{n}": f"N{n}" for n in range(12)
        }
        stage.later(3700)
        stage.sync()
        assert [stage.contact(f"c{n}").value for n in range(12)] == [
            replace(contact(n), nickname=f"N{n}") for n in range(12)
        ]

    def test_who_is_remembered_costs_one_call_and_who_is_not_a_look_more(
        self, relabelled: Stage, sizes: list[int]
    ) -> None:
        stage = relabelled
        first, last = self.calls_for(stage, "Ann0"), self.calls_for(stage, "Ann11")
        assert (first, last) == ((1, 0), (2, 1)), "refused for its old etag, read, and sent again"

    @staticmethod
    def calls_for(stage: Stage, given: str) -> tuple[int, int]:
        """Mutations and direct reads for an edit of this one, by a job that sees all echoes again."""
        n = int(given.removeprefix("Ann"))
        stage.edit(f"c{n}", replace(contact(n), nickname="Nan"))
        stage.world.controls.forget_calls()
        stage.sync()
        assert stage.persons_named(given)[0]["nicknames"][0]["value"] == "Nan"
        return mutations(stage), stage.world.controls.count(READ)
