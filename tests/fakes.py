"""Small stand-ins for the ports, for tests of rooms that need no Google and no Cloud Tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from crmsync.core.errors import GrantDead, SyncError
from crmsync.core.model import Permission
from crmsync.engine.ports import GoogleSession, GrantedAccess

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


@dataclass(frozen=True, slots=True)
class Queued:
    job: str
    payload: Mapping[str, Any]
    name: str | None
    delay: float
    scheduled: bool


@dataclass(slots=True)
class FakeQueue:
    """Keeps what is queued; names deduplicate, nothing runs. `broken` is raised instead when it is set."""

    jobs: list[Queued] = field(default_factory=list)
    broken: SyncError | None = None

    def enqueue(
        self,
        job: str,
        payload: Mapping[str, Any],
        *,
        name: str | None = None,
        delay: float = 0.0,
        scheduled: bool = False,
    ) -> bool:
        if self.broken is not None:
            raise self.broken
        if name is not None and any(known.name == name for known in self.jobs):
            return False
        self.jobs.append(Queued(job, dict(payload), name, delay, scheduled))
        return True

    def syncs(self) -> list[tuple[str, str]]:
        """Resource and reason of the queued syncs."""
        return [
            (each.payload["resource"], each.payload["reason"]) for each in self.jobs if each.job == "sync"
        ]


@dataclass(slots=True)
class FakeGoogle:
    """Google's door as far as connecting needs it: codes are given."""

    codes: dict[str, GrantedAccess] = field(default_factory=dict)
    asked: list[frozenset[Permission]] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    failure: SyncError | None = None
    deaf: SyncError | None = None
    """What revoking meets."""

    def authorization_url(
        self,
        *,
        state: str,
        verifier: str,
        scopes: frozenset[Permission],
        login_hint: str | None,
        force_consent: bool,
    ) -> str:
        self.asked.append(scopes)
        return f"https://google.example/auth?state={state}"

    def exchange(self, code: str, verifier: str) -> GrantedAccess:
        if self.failure is not None:
            raise self.failure
        if code not in self.codes:
            raise GrantDead("invalid_grant")
        return self.codes.pop(code)

    def session(self, account: str, sealed_token: str | None) -> GoogleSession | None:
        return None

    def forget(self, account: str) -> None:
        return None

    def revoke(self, sealed_token: str) -> None:
        if self.deaf is not None:
            raise self.deaf
        self.revoked.append(sealed_token)

    def holder(self, sub: str) -> str:
        return f"digest of {sub}"


@dataclass(slots=True)
class FakeVault:
    """Puts a prefix before what is to be sealed; with one key."""

    key: str = "key-1"
    others: tuple[str, ...] = ()

    def seal(self, secret: str) -> str:
        return f"sealed:{secret}"

    def open(self, sealed: str) -> str:
        if not sealed.startswith("sealed:"):
            raise GrantDead("token_key_unknown")
        return sealed.removeprefix("sealed:")

    def renewed(self, sealed: str) -> str | None:
        self.open(sealed)
        return None
