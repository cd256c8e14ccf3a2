"""What is told of leaving a Google account: in numbers before anything is chosen, and what remained."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmsync.core.account import ImportRounds, User
from crmsync.core.model import Resource
from crmsync.core.scope import Scope
from crmsync.engine.account.departing import RESOURCES
from crmsync.engine.deps import Deps
from crmsync.engine.users import change_user
from crmsync.store.ports import CandidateQuery


@dataclass(frozen=True, slots=True)
class Made:
    """How many records the sync itself made at Google and in the CRM, and how many Google contacts are known
    that were never imported.
    """

    at_google: Mapping[Resource, int]
    in_crm: Mapping[Resource, int]
    not_imported: int


def made(deps: Deps, scope: Scope) -> Made:
    """Counted by the store: no record is read."""
    store = deps.store
    return Made(
        {name: store.count_made(scope, name, "google") for name in RESOURCES},
        {name: store.count_made(scope, name, "crm") for name in RESOURCES},
        store.count_candidates(scope, CandidateQuery("open"), ImportRounds(closed=-1)),
    )


def dismiss(deps: Deps, scope: Scope) -> None:
    """The user has read what remained. Repeatable; nothing happens while it is not over."""

    def read(user: User) -> dict[str, Any] | None:
        departure = user.departure
        over = departure is not None and departure.ended_at is not None and not departure.next
        return {"departure": None} if over else None

    change_user(deps, scope, read)
