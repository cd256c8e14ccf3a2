"""What a handler is given: the surroundings of this process, and the call at hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import flask

from crmsync.api.http.errors import NotFound
from crmsync.api.http.identity import Verifier, is_document_id
from crmsync.api.http.page_tokens import PageTokens
from crmsync.core.account import User
from crmsync.core.scope import Scope
from crmsync.engine.deps import Deps


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the doors share in one process, wired by the composition root.

    users / services / schedule: verify the tokens of CRM users, of Cloud Tasks, and of Cloud Scheduler; the
    latter two call as the account `tasks_caller`. public_url: the origin of pages and functions, without a
    trailing slash. embed_origins: host pages that may call /api/*.
    """

    deps: Deps
    users: Verifier
    services: Verifier
    schedule: Verifier
    tasks_caller: str
    public_url: str
    embed_origins: frozenset[str]
    page_tokens: PageTokens
    version: str


NOBODY = Scope.of("")
"""Who calls a public route."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of /api/* as a handler sees it.

    scope: NOBODY's on public routes. path: the variable parts of the path.
    """

    here: Surroundings
    request: flask.Request
    scope: Scope
    path: Mapping[str, str]

    @property
    def uid(self) -> str:
        """The CRM user who calls."""
        return self.scope.uid

    @property
    def deps(self) -> Deps:
        """The engine's surroundings."""
        return self.here.deps

    @property
    def id(self) -> str:
        """The id in the path. Raises NotFound for text that cannot be one."""
        if not is_document_id(self.path["id"]):
            raise NotFound
        return self.path["id"]


def zone_of(call: Call, user: User | None = None) -> ZoneInfo:
    """The time zone in which the user's days are counted. user: their document, when it is at hand."""
    known = user or call.deps.store.user(call.scope) or User.unknown(call.scope)
    return ZoneInfo(known.settings.time_zone)


def day_of(call: Call, user: User | None = None) -> date:
    """What day it is where the user is. user: their document, when it is at hand."""
    return call.deps.clock.now().astimezone(zone_of(call, user)).date()


Handler = Callable[[Call], flask.Response]
