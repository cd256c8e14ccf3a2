"""What lies in the store of an authorization attempt, and that it is of no use to who reads it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from cryptography.fernet import Fernet

from crmsync.core.errors import GrantDead
from crmsync.core.model import Permission
from crmsync.engine import jobs
from crmsync.engine.account import attempts, connect
from crmsync.engine.deps import Deps
from crmsync.engine.ports import GrantedAccess
from crmsync.gateway.vault import Vault
from crmsync.store.documents.port import Query
from local.google.server import GoogleServer
from tests.engine.allowing import BROWSER
from tests.stage import BOTH, Stage

ACCESS = GrantedAccess("sub-9", "somebody@gmail.example", BOTH, "1//refresh")


class Watching:
    """Google, which remembers what it is told of an attempt, and says yes."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self.verifier = ""
        self.revoked: list[str] = []

    def authorization_url(self, **told: Any) -> str:
        self.told = told
        return "https://google.example"

    def exchange(self, code: str, verifier: str) -> GrantedAccess:
        self.verifier = verifier
        return ACCESS

    def revoke(self, sealed_token: str) -> None:
        self.revoked.append(sealed_token)

    def holder(self, sub: str) -> str:
        return "digest"

    def forget(self, account: str) -> None:
        return None


@pytest.fixture
def stage(server: GoogleServer) -> Stage:
    """A user who has never connected."""
    return Stage(server)


@pytest.fixture
def google() -> Watching:
    return Watching()


@pytest.fixture
def deps(stage: Stage, google: Watching) -> Deps:
    return replace(stage.deps, google=google)  # type: ignore[arg-type]


def begin(deps: Deps, stage: Stage) -> connect.Begun:
    return connect.begin(deps, stage.scope, frozenset[Permission](BOTH), BROWSER)


def complete(deps: Deps, google: Watching) -> connect.Outcome:
    return connect.complete(deps, state=google.told["state"], code="c", error=None, binding=BROWSER)


def stored(stage: Stage) -> Iterator[str]:
    """Attempts and offers in the store, as whoever reads it sees them."""
    for collection in ("oauth_states", "offers"):
        for document in stage.documents.query(Query(collection)):
            yield f"{document.path} {document.data}"


def test_what_the_browser_and_google_are_told_lies_nowhere(
    stage: Stage, google: Watching, deps: Deps
) -> None:
    begun = begin(deps, stage)
    secrets = {google.told["state"], google.told["verifier"], begun.offer}
    assert len(secrets) == 3
    assert min(map(len, secrets)) >= 20
    [attempt] = stored(stage)
    assert [secret for secret in secrets if secret in attempt] == []
    outcome = complete(deps, google)
    assert (outcome.kind, outcome.pending) == ("granted", begun.offer)
    assert google.verifier == google.told["verifier"]
    secrets |= {ACCESS.email, "1//refresh"}
    [offer] = stored(stage)
    assert [secret for secret in secrets if secret in offer] == []
    taken = connect.confirm(deps, stage.scope, begun.offer)
    assert (taken.kind, taken.email) == ("connected", ACCESS.email)
    assert list(stored(stage)) == []


def test_what_lies_in_the_store_names_no_attempt(stage: Stage, google: Watching, deps: Deps) -> None:
    begin(deps, stage)
    [attempt] = stored(stage)
    id = attempt.partition(" ")[0].removeprefix("oauth_states/")
    found = connect.complete(deps, state=id, code="c", error=None, binding=BROWSER)
    assert found.kind == "expired"
    complete(deps, google)
    [offer] = stored(stage)
    id = offer.partition(" ")[0].removeprefix("offers/")
    assert connect.confirm(deps, stage.scope, id).kind == "expired"


def test_what_no_key_opens_is_an_attempt_that_is_over(stage: Stage, google: Watching, deps: Deps) -> None:
    """Begun with a key that the instance which Google's redirect reaches does not know."""
    begin(deps, stage)
    stranger = replace(deps, vault=Vault([Fernet.generate_key().decode()]))
    assert attempts.find(stranger, google.told["state"]) is None
    assert complete(stranger, google).kind == "expired"
    assert google.verifier == "", "nothing was asked of Google"
    outcome = complete(deps, google)
    assert outcome.kind == "granted", "nor is it used up: another instance may know the key"
    assert outcome.pending is not None
    assert connect.confirm(stranger, stage.scope, outcome.pending).kind == "expired"
    assert connect.confirm(deps, stage.scope, outcome.pending).kind == "connected"


def test_what_nobody_took_is_revoked_by_an_instance_that_has_the_key(
    stage: Stage, google: Watching, deps: Deps
) -> None:
    begin(deps, stage)
    complete(deps, google)
    [task] = stage.queue.tasks
    stranger = replace(deps, vault=Vault([Fernet.generate_key().decode()]))
    stage.later(600)
    with pytest.raises(GrantDead):
        jobs.run(stranger, task.job, task.payload)
    assert (google.revoked, len(list(stored(stage)))) == ([], 1), (
        "it comes again, to another instance perhaps"
    )
    jobs.run(deps, task.job, task.payload)
    assert (len(google.revoked), list(stored(stage))) == (1, [])


def test_after_a_day_it_is_dropped_all_the_same(stage: Stage, google: Watching, deps: Deps) -> None:
    begin(deps, stage)
    complete(deps, google)
    [task] = stage.queue.tasks
    stranger = replace(deps, vault=Vault([Fernet.generate_key().decode()]))
    stage.later(25 * 3600)
    jobs.run(stranger, task.job, task.payload)
    assert (google.revoked, list(stored(stage))) == ([], [])
