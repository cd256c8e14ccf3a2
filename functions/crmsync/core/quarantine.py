"""Why a record is set aside, under which key, and when it is tried again: more and more rarely."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

ETAG = "etag_refused"
"""Google says that it was changed meanwhile, under the very etag that it shows."""
INTERNAL = "internal"
"""An unexpected error of ours met this record."""
TOO_LARGE = "too_large"
"""What belongs to this record fits into no commit, or into no call to Google."""
QUOTA = "quota_exceeded"
"""Google's word for a limit, for this record alone."""
GUESTS = "too_many_guests"
"""The same for an appointment with guests: of these Google takes only so many."""

LOOP = "loop"
"""Some program and the sync kept rewriting it in turn."""
UNUSABLE = "unusable_recurrence"
"""Nobody can expand the rule of the series."""

REFUSED = "refused-"
"""Prefix of the link key of a record that never got to Google: it has no key there. The CRM id follows."""
ASIDE = "aside-"
"""Prefix of the link key of a record at Google that never came in; the key that it would have follows."""

SOON = timedelta(minutes=15)
"""The first wait where it may pass by itself."""
LATER = timedelta(hours=6)
"""The first wait where Google has refused what the record says."""
LONGEST = timedelta(days=7)
GROWTH = 4
STEP = timedelta(minutes=15)
"""Times are rounded up to this, so that records that were set aside together are tried again together."""

_ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)
_FOR_GOOD = frozenset((LOOP, UNUSABLE))
"""What does not pass before the record changes."""
_PASSING = frozenset((ETAG, INTERNAL, QUOTA, GUESTS))


def wait(reason: str, tries: int) -> timedelta:
    """How long a record rests that was refused for this reason so many times."""
    first = SOON if reason in _PASSING else LATER
    grown: int = GROWTH ** min(tries - 1, 8)
    return min(first * grown, LONGEST)


def next_try(reason: str, tries: int, now: datetime) -> datetime | None:
    """When it is tried again as it is; None: not before it changes."""
    if reason in _FOR_GOOD:
        return None
    since = now + wait(reason, tries) - _ORIGIN
    return _ORIGIN + -(-since // STEP) * STEP


def earliest(times: Iterable[datetime | None]) -> datetime | None:
    """The first of these times; None without any."""
    return min((time for time in times if time is not None), default=None)
