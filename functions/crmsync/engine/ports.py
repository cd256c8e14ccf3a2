"""What the engine needs from the world outside Firestore: Google, the job queue, time and chance.

Adapters live in `crmsync.gateway`; tests use the simulated Google or small fakes. All calls may raise the
tree of `crmsync.core.errors`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol

from crmsync.core.errors import SyncError
from crmsync.core.model import Appointment, Contact, Moment, Permission, R, Resource
from crmsync.core.state import Link, Observation


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """One page of a listing.

    Exactly one of the tokens is set, but for the last page of a listing that was to leave none. Every item is
    whole: what a listing cuts short has been read directly. total: Google's count of records when it tells,
    else None.
    """

    items: tuple[Observation[R], ...]
    next_page_token: str | None
    next_sync_token: str | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class New(Generic[R]):
    """A record to create.

    crm: our key, written into the Google record. id: the event id to use (calendar only).
    """

    crm: str
    value: R
    id: str | None = None
    notify: bool = False


@dataclass(frozen=True, slots=True)
class Update(Generic[R]):
    """A record to update: `fields` of `value` are written, everything else at Google is kept.

    raw: Google's body from a direct read, required when a field is rich.
    """

    link: Link
    value: R
    fields: frozenset[str]
    raw: Mapping[str, Any] | None = None
    notify: bool = False


class Remote(Protocol[R]):
    """One Google collection of one user (their contacts, or one calendar): the same verbs for both.

    Mutations answer item by item: an `Observation` or the `SyncError` that this item met. What concerns the
    whole call (quota, grant, outage) is raised. Nothing is retried inside a create.
    """

    create_size: int
    """How many records one create call may carry (200 contacts, 50 events)."""
    update_size: int
    delete_size: int
    read_size: int

    def list_page(self, sync_token: str | None, page_token: str | None, *, resumes: bool = True) -> Page[R]:
        """One page of what changed since `sync_token`, or of everything. Raises CursorExpired.

        resumes: whether a later listing goes on from this one's end. To begin one that may is dear (People
        counts them by a quota of its own), so one whose cursor nobody keeps says False, on each of its pages.
        """
        ...

    def read(self, remote_ids: Sequence[str]) -> Mapping[str, Observation[R]]:
        """Direct reads, fresh at once, with `raw`.

        A record that is gone is absent from the answer (or an Observation with deleted=True).
        """
        ...

    def create(self, items: Sequence[New[R]]) -> Mapping[str, Observation[R] | SyncError]:
        """Creates records; the answer is keyed by `New.crm`.

        Raises Unavailable(ambiguous=True) when the outcome is unknown.
        """
        ...

    def update(self, items: Sequence[Update[R]]) -> Mapping[str, Observation[R] | SyncError]:
        """Updates records under their etags; the answer is keyed by link key.

        Per item: Stale, NotFound, Refused.
        """
        ...

    def delete(self, links: Sequence[Link], *, notify: bool = False) -> Mapping[str, SyncError | None]:
        """Deletes records; already gone counts as done (None). Keyed by link key."""
        ...


class Occurrence(NamedTuple):
    """One occurrence of a series: the series' event id, and when the rules put it."""

    series: str
    original_start: Moment


class Calendar(Remote[Appointment], Protocol):
    """One calendar: events, series, and the occurrences of series, whose ids tell nothing."""

    def occurrences(
        self, wanted: Sequence[Occurrence]
    ) -> Mapping[Occurrence, Observation[Appointment] | SyncError]:
        """Direct reads of occurrences as they are now, changed, cancelled or untouched, with `raw`.

        One that the series does not have is absent. At most `read_size` at a time.
        """
        ...


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A calendar that the user can see at Google. The main one has the id "primary"."""

    id: str
    name: str
    primary: bool
    writable: bool


class GoogleSession(Protocol):
    """Google, as one connected user.

    Made per job; holds one keep-alive connection; not shared between threads.
    """

    def contacts(self) -> Remote[Contact]:
        """The user's contacts."""
        ...

    def labels(self) -> Mapping[str, str]:
        """Contact group resource name -> name shown to the user."""
        ...

    def calendar(self, calendar_id: str, window_start: datetime | None = None) -> Calendar:
        """The events of one calendar. window_start bounds only the initial listing."""
        ...

    def calendars(self) -> Sequence[CalendarEntry]:
        """The user's calendars, the main one first. Raises ScopeMissing when they may not be seen."""
        ...

    def watch(
        self, calendar_id: str, channel_id: str, token: str, address: str
    ) -> tuple[str, datetime | None]:
        """Opens a push channel; answers its resource id and expiry."""
        ...

    def stop(self, channel_id: str, resource_id: str) -> None:
        """Closes a push channel; an unknown one counts as closed."""
        ...


@dataclass(frozen=True, slots=True)
class GrantedAccess:
    """What an authorization code was exchanged for.

    refresh_token None: Google sent none (a repeated silent consent).
    """

    sub: str
    email: str
    scopes: frozenset[Resource]
    refresh_token: str | None


class Google(Protocol):
    """Google's door: authorization, and sessions for users who have granted it.

    Safe to share between threads.
    """

    def authorization_url(
        self,
        *,
        state: str,
        verifier: str,
        scopes: frozenset[Permission],
        login_hint: str | None,
        force_consent: bool,
    ) -> str:
        """Where to send the browser. PKCE S256 of `verifier`; always asks for openid and email too."""
        ...

    def exchange(self, code: str, verifier: str) -> GrantedAccess:
        """Exchanges an authorization code and verifies the ID token. Raises GrantDead on invalid_grant."""
        ...

    def session(self, account: str, sealed_token: str | None) -> GoogleSession | None:
        """A session for the user, with a fresh access token. Raises GrantDead.

        account: the user with their Google account: what access tokens are cached by, quotas counted for, and
        our keys at Google named by; it must stay the same. None when no fresh token is cached
        and `sealed_token` is None: then read the grant and ask again.
        """
        ...

    def forget(self, account: str) -> None:
        """Drops the cached access token."""
        ...

    def revoke(self, sealed_token: str) -> None:
        """Revokes the grant; an unknown or dead one counts as revoked."""
        ...

    def holder(self, sub: str) -> str:
        """Keyed digest of a Google account's id: the same for whoever connects it, and says nothing of it."""
        ...


class Vault(Protocol):
    """Secrets at rest: sealed with the newest of TOKEN_KEYS, readable with each of them.

    Safe to share between threads.
    """

    @property
    def key(self) -> str:
        """The newest key's fingerprint, which is no secret."""
        ...

    @property
    def others(self) -> Sequence[str]:
        """Fingerprints of the other keys; none but while keys are rotated."""
        ...

    def seal(self, secret: str) -> str:
        """Ciphertext for the store."""
        ...

    def open(self, sealed: str) -> str:
        """The secret again. Raises GrantDead when no key fits."""
        ...

    def renewed(self, sealed: str) -> str | None:
        """The same secret sealed with the newest key; None when it is already. Raises GrantDead."""
        ...


class JobQueue(Protocol):
    """Cloud Tasks. Jobs are at-least-once and unordered."""

    def enqueue(
        self,
        job: str,
        payload: Mapping[str, Any],
        *,
        name: str | None = None,
        delay: float = 0.0,
        scheduled: bool = False,
    ) -> bool:
        """Queues POST /tasks/{job}.

        name deduplicates (False when it exists already); delay in seconds; scheduled picks the fleet's queue.
        """
        ...


class Clock(Protocol):
    """Time, injected so that tests own it."""

    def now(self) -> datetime:
        """The current time, UTC, timezone-aware."""
        ...
