"""The steps of docs/operations.md by which keys are rotated, walked by two processes of two ages over one
store and one Google.
"""

import itertools
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from cryptography.fernet import Fernet

from crmsync.core.account import Grant
from crmsync.core.model import Contact
from crmsync.core.scope import Scope
from crmsync.gateway.vault import Vault
from crmsync.store.documents.firestore import connect
from crmsync.store.ports import CreateRecord
from crmsync.store.repository import DocumentStore
from local.emulator import Emulator
from local.google.server import GoogleServer
from local.google.world import World
from tests.gateway.simulated import User, environment_at
from tests.processes.system import PATH, ROOT

pytestmark = pytest.mark.emulator

OLD, NEW, NEWER = (Fernet.generate_key().decode() for _ in range(3))


def name(key: str) -> str:
    return Vault([key]).key


class Instance:
    """A process that holds the keys of its age."""

    def __init__(self, parts: ExitStack, env: dict[str, str]) -> None:
        command = [sys.executable, "-m", "tests.processes.age"]
        self._program = parts.enter_context(
            subprocess.Popen(
                command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        )

    def __call__(self, do: str, **told: Any) -> list[dict[str, Any]]:
        """Lets it do this; answers what it logs meanwhile."""
        assert self._program.stdin is not None
        self._program.stdin.write(json.dumps({"do": do, **told}) + "\n")
        self._program.stdin.flush()
        return self.ready()

    def ready(self) -> list[dict[str, Any]]:
        """Waits until it has done what it does."""
        assert self._program.stdout is not None
        lines: list[dict[str, Any]] = []
        for line in self._program.stdout:
            lines.append(json.loads(line))
            if "keys" in lines[-1]:
                return lines[:-1]
        raise AssertionError(f"it has ended: {lines}")

    def start(self, *keys: str) -> None:
        """It ends, and starts with these keys."""
        self("start", keys=" ".join(keys))


class Fleet:
    """Two instances, the store and the Google that they share, and users who are connected."""

    def __init__(self, parts: ExitStack, project: str) -> None:
        self.server = parts.enter_context(GoogleServer(World()))
        documents = connect(project)
        parts.callback(documents.close)
        self.store = DocumentStore(documents)
        ours = environment_at(self.server.origin, GOOGLE_CLOUD_PROJECT=project, TOKEN_KEYS=OLD)
        env = {**os.environ, **ours, "PYTHONPATH": PATH}
        self.first, self.second = Instance(parts, env), Instance(parts, env)
        self.people: dict[str, User] = {}
        self.ids = itertools.count()
        for each in self.both:
            each.ready()

    @property
    def both(self) -> tuple[Instance, Instance]:
        return self.first, self.second

    def connect(self, instance: Instance, uid: str) -> None:
        """Somebody connects, and the instance is the one that Google's answer comes to."""
        user = self.people[uid] = User(self.server, f"{uid}@gmail.example")
        instance("connect", uid=uid, sub=user.account.sub, refresh_token=user.refresh_token)

    def sync(self, instance: Instance, uid: str) -> bool:
        """Whether the instance brings a change in the CRM to Google, by a grant that it opens itself."""
        people, id = self.people[uid].account.people, f"c{next(self.ids)}"
        self.store.commit(Scope.of(uid), [CreateRecord("contacts", id, Contact(given_name=id))])
        payload = {"uid": uid, "resource": "contacts", "reason": "schedule", "fresh": True}
        instance("job", job="sync", payload=payload)
        names = (people.person(name)["names"][0]["givenName"] for name in list(people.contents()))
        return id in names

    def grant(self, uid: str) -> Grant:
        found = self.store.grant(Scope.of(uid))
        assert found is not None
        return found

    def state(self, uid: str) -> str:
        user = self.store.user(Scope.of(uid))
        assert user is not None
        assert user.connection is not None
        return user.connection.state

    def everybody_syncs(self) -> None:
        """Whoever is connected, by either instance."""
        for uid in [uid for uid in self.people if uid != "idle"]:
            for instance in self.both:
                assert self.sync(instance, uid)
                assert self.state(uid) == "active"

    def left(self, instance: Instance, tick: str) -> tuple[int, int, int]:
        """What the operator reads in the log after a tick."""
        [line] = [line for line in instance("tick", tick=tick) if line["message"] == "token keys"]
        return line["done"], line["left"], line["unknown"]


@pytest.fixture(scope="module")
def running(emulator: Emulator) -> Iterator[Fleet]:
    with ExitStack() as parts:
        yield Fleet(parts, f"test-{secrets.token_hex(8)}")


@pytest.fixture
def fleet(running: Fleet) -> Fleet:
    """All instances know the old key alone, and nobody is connected."""
    running.people.clear()
    for instance in running.both:
        instance.start(OLD)
    return running


def test_keys_are_rotated_while_instances_of_two_ages_run(fleet: Fleet) -> None:
    first, second = fleet.both
    fleet.connect(first, "ann")
    fleet.connect(first, "idle")
    fleet.everybody_syncs()
    # 1. Append: every instance learns to read the new key, and none seals with it.
    for instance in fleet.both:
        instance.start(OLD, NEW)
        fleet.everybody_syncs()
    assert {fleet.grant(uid).key for uid in fleet.people} == {name(OLD)}
    # 2. To the front: half-way one seals with the new key, the other with the old; each reads both.
    first.start(NEW, OLD)
    fleet.connect(first, "bob")
    fleet.connect(second, "cid")
    assert (fleet.grant("bob").key, fleet.grant("cid").key) == (name(NEW), name(OLD))
    fleet.everybody_syncs()
    second.start(NEW, OLD)
    assert fleet.grant("idle").key == name(OLD), "nobody has used it"
    # 3. Wait until nothing is left under the old key.
    assert fleet.left(second, "tick-1") == (4, 0, 0)
    # 4. Drop.
    first.start(NEW)
    fleet.everybody_syncs()
    second.start(NEW)
    assert fleet.sync(second, "idle")
    assert {fleet.grant(uid).key for uid in fleet.people} == {name(NEW)}


def test_a_key_put_in_front_at_once_locks_out_who_does_not_know_it_until_they_do(fleet: Fleet) -> None:
    first, second = fleet.both
    fleet.connect(first, "dee")
    first.start(NEW, OLD)
    assert fleet.sync(first, "dee")
    before = fleet.grant("dee")
    assert before.key == name(NEW)
    assert not fleet.sync(second, "dee")
    assert fleet.state("dee") == "dead"
    assert fleet.grant("dee") == before, "the grant is kept"
    second.start(NEW, OLD)
    assert fleet.sync(second, "dee")
    fleet.everybody_syncs()


def test_a_key_dropped_too_early_is_a_dead_grant_until_it_is_put_back(fleet: Fleet) -> None:
    first = fleet.first
    fleet.connect(first, "eve")
    for instance in fleet.both:
        instance.start(NEWER)
        assert not fleet.sync(instance, "eve")
    assert fleet.state("eve") == "dead"
    first.start(NEWER, OLD)
    assert fleet.sync(first, "eve")
    assert fleet.grant("eve").key == name(NEWER)
    fleet.everybody_syncs()
