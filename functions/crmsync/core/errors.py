"""What can go wrong at Google, in the words of the sync.

SyncError
├── GrantDead            the refresh token is refused with `invalid_grant`: only the user can mend it
├── ScopeMissing         the user did not grant this part
├── RateLimited          wait `retry_after` seconds, then run again
├── Unavailable          transient: 5xx, time-out, closed connection; `ambiguous`: it may have happened
├── CursorExpired        the sync token is no longer valid: list everything
├── Stale                the etag moved: read and decide again
├── NotFound             the record is gone
├── AlreadyThere         an event id is taken
├── Refused              Google refuses this record for good: quarantine it
├── Closed               the account or the calendar as a whole refuses: its records wait until that is over
└── Misconfigured        bad client: only the vendor can mend it

The gateway maps Google's reasons onto this tree in one place; nothing else looks at status codes.
"""


class SyncError(Exception):
    """Any failure at Google. `reason` is a stable snake_case word; the message never holds personal data."""

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or reason)
        self.reason = reason


class GrantDead(SyncError):
    """The grant is revoked or expired (`invalid_grant`); the user must reconnect."""


class ScopeMissing(SyncError):
    """The access token lacks the scope that the call needs."""


class RateLimited(SyncError):
    """A quota is used up. `retry_after` is in seconds."""

    def __init__(self, reason: str, retry_after: float, message: str = "") -> None:
        super().__init__(reason, message)
        self.retry_after = retry_after


class Unavailable(SyncError):
    """A transient failure. When `ambiguous`, a mutation may have taken effect: handle it as a crash."""

    def __init__(self, reason: str, message: str = "", *, ambiguous: bool = False) -> None:
        super().__init__(reason, message)
        self.ambiguous = ambiguous


class CursorExpired(SyncError):
    """The sync token is expired or invalid."""


class Stale(SyncError):
    """The record changed since its etag was read."""


class NotFound(SyncError):
    """The record does not exist at Google (any more)."""


class AlreadyThere(SyncError):
    """An event with this id exists, alive or deleted."""


class Refused(SyncError):
    """Google refuses the record itself.

    `records` maps the position or name of each bad record to its reason.
    """

    def __init__(self, reason: str, message: str = "", records: dict[str, str] | None = None) -> None:
        super().__init__(reason, message)
        self.records = records or {}


class Closed(SyncError):
    """The account or the calendar as a whole takes nothing: read-only, no calendar, disabled, policy.

    No record is to blame: all of them stay pending, and go when it is over. What is refused is the resource
    of the job that met it; `reason` is one of `crmsync.core.shown.closed`.
    """


class Misconfigured(SyncError):
    """The OAuth client is not set up."""
