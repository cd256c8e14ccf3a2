"""The user at Google's page, who allows everything, and comes back."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from crmsync.core.model import Permission, Resource
from crmsync.engine.account import connect
from crmsync.engine.ports import GrantedAccess
from crmsync.gateway.endpoints import IDENTITY_SCOPES, RESOURCE_SCOPES
from local.google.oauth.grants import Consent
from local.google.world import Account
from tests.stage import BOTH, CLIENT_ID, REDIRECT, Stage

BROWSER = "0" * 64


@dataclass
class Allowing:
    """Google, where this account has just been chosen."""

    stage: Stage
    account: Account
    scopes: frozenset[Resource] = BOTH

    def exchange(self, code: str, verifier: str) -> GrantedAccess:
        wanted = frozenset((*IDENTITY_SCOPES, *(RESOURCE_SCOPES[scope] for scope in self.scopes)))
        now = self.stage.clock.now()
        consent = Consent(self.account.sub, CLIENT_ID, REDIRECT, wanted, now, refresh=True)
        with self.stage.world.lock:
            self.stage.world.grants.allow(consent)
            token = self.stage.world.grants.issue_refresh(consent)
        return GrantedAccess(self.account.sub, self.account.email, self.scopes, token.token)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stage.google, name)


def come_back(
    stage: Stage, account: Account, scopes: frozenset[Resource] = BOTH, *, afresh: bool = False
) -> connect.Outcome:
    """The user goes to Google's page, chooses this account, allows it all, comes back, and takes it."""
    deps = replace(stage.deps, google=Allowing(stage, account, scopes))
    begun = connect.begin(deps, stage.scope, frozenset[Permission](scopes), BROWSER)
    [state] = parse_qs(urlsplit(begun.url).query)["state"]
    outcome = connect.complete(deps, state=state, code="code", error=None, binding=BROWSER)
    assert outcome.pending == begun.offer
    taken = connect.confirm(deps, stage.scope, begun.offer, afresh=afresh)
    # What would withdraw it in ten minutes finds nothing any more.
    stage.queue.tasks[:] = sorted(task for task in stage.queue.tasks if task.job != "withdraw")
    return taken
