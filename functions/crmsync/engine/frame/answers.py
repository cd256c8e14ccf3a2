"""How a job ended, and what that leads to: one table for all kinds of jobs.

Pure: an exception and what is known of the job go in, an `Answer` comes out. `crmsync.engine.frame.frame`
carries it out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from crmsync.core import errors
from crmsync.core.account import Problem
from crmsync.core.model import Resource
from crmsync.core.shown.closed import problem_of
from crmsync.engine.run.generation import Outdated
from crmsync.engine.run.lease import LeaseHeld, Yield
from crmsync.store.ports import Conflicted, StoreUnavailable, Superseded
from crmsync.tally import Outcome

Name = Literal[
    "go_on",
    "leave_to_winner",
    "follow_up",
    "sit_out",
    "let_go",
    "renew_token",
    "pause",
    "wait",
    "back_off",
    "stop",
    "redeliver",
]
"""What is done.

go_on: another job goes on. leave_to_winner: what overtook this one goes on; one job looks again soon.
follow_up: one job looks again when the writer may have ended. sit_out: it came before a wait was over, for
which another one is queued. let_go: it was another connection's. renew_token: again, with an access token
made anew. pause: the user has to act. wait: as long as Google says. back_off: longer each time. stop: the
user has to act, and the next sync looks again. redeliver: nothing can be recorded; the queue tries again.
"""

RACE_WAIT = 2.0
BACKOFF_FIRST = 15.0
BACKOFF_LAST = 3600.0
FAILURES_SHOWN = 3
"""So many transient failures in a row are a problem that the user is told of."""
TOKEN_REASONS = frozenset(("token_rejected", "token_expired"))
"""The gateway's words for an access token that no longer holds."""
KEY_UNKNOWN = "token_key_unknown"
"""The gateway's word for a grant that none of the keys opens: Google has not refused it."""
QUEUE_DOWN = "queue_unavailable"
"""The gateway's word for a job that could not be queued: no outage of Google's."""
PATIENCE = 60.0
"""A wait longer than this, in seconds, is shown to the user."""

SLOWED = Problem("rate_limited", "Google asks us to wait. The sync goes on by itself.", "wait")
CALENDAR_GONE = Problem(
    "calendar_gone", "The chosen Google calendar can no longer be found. Choose another one.", "settings"
)
UNREACHABLE = Problem("unavailable", "Google does not answer at the moment. We keep trying.", "wait")
UNEXPECTED = Problem("unexpected", "Something went wrong on our side. We keep trying.", "wait")


class Early(Exception):
    """The job came before a wait was over; the one that is queued for its end does the work."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What is known of a job that ended.

    failures: how many before it failed in a row. fresh: its access token had just been made anew.
    """

    resource: Resource | None = None
    failures: int = 0
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a job's end leads to.

    outcome: what its last line in the log says. wait: seconds until it comes back. problem: what the user is
    told meanwhile. missing: the part that is not allowed any more; None with `pause` means all. locked: the
    grant may be a good one, which no key opens here and now.
    """

    name: Name
    outcome: Outcome
    wait: float = 0.0
    problem: Problem | None = None
    missing: Resource | None = None
    locked: bool = False


def answer_to(error: Exception, ended: Ended) -> Answer:
    """The answer to how a job ended. What no row of the table names is unexpected."""
    for kind, answer in _ROWS:
        if isinstance(error, kind):
            return answer(error, ended)
    return _unexpected(error, ended)


def is_unexpected(error: Exception) -> bool:
    """Whether no row of the table names it: then the log needs its stack."""
    return not isinstance(error, _NAMED)


def backoff(failures: int) -> float:
    """How long to wait after so many failures in a row, in seconds."""
    return min(BACKOFF_FIRST * 2.0 ** min(failures - 1, 10), BACKOFF_LAST)


def _always(name: Name, outcome: Outcome, wait: float = 0.0) -> Callable[[Any, Ended], Answer]:
    return lambda error, ended: Answer(name, outcome, wait)


def _dead(error: errors.GrantDead, ended: Ended) -> Answer:
    return Answer("pause", "failed", locked=error.reason == KEY_UNKNOWN)


def _scope_missing(error: errors.ScopeMissing, ended: Ended) -> Answer:
    # The cached access token may be older than what the user has allowed, or taken back, since.
    if not ended.fresh:
        return Answer("renew_token", "failed")
    return Answer("pause", "failed", missing=ended.resource)


def _limited(error: errors.RateLimited, ended: Ended) -> Answer:
    problem = SLOWED if error.retry_after > PATIENCE else None
    return Answer("wait", "failed", error.retry_after, problem)


def _unavailable(error: errors.Unavailable, ended: Ended) -> Answer:
    if error.reason == QUEUE_DOWN:
        return Answer("redeliver", "failed")
    if error.reason in TOKEN_REASONS and not ended.fresh:
        return Answer("renew_token", "failed")
    return _failed(ended, "failed", UNREACHABLE)


def _not_found(error: errors.NotFound, ended: Ended) -> Answer:
    if ended.resource == "calendar":
        return Answer("stop", "failed", problem=CALENDAR_GONE)
    return _refused(error, ended)


def _refused(error: errors.SyncError, ended: Ended) -> Answer:
    """Only the vendor can mend it: told at once, and tried again, for they may have."""
    words = "Google refuses the sync. The people who run your CRM have to look into it."
    return Answer("back_off", "failed", backoff(ended.failures + 1), Problem(error.reason, words))


def _closed(error: errors.Closed, ended: Ended) -> Answer:
    """The whole account or calendar refuses: told at once, with the way out, and tried ever more rarely."""
    return Answer("back_off", "failed", backoff(ended.failures + 1), problem_of(error.reason))


def _unexpected(error: Exception, ended: Ended) -> Answer:
    return _failed(ended, "unexpected", UNEXPECTED)


def _failed(ended: Ended, outcome: Outcome, problem: Problem) -> Answer:
    failures = ended.failures + 1
    told = problem if failures >= FAILURES_SHOWN else None
    return Answer("back_off", outcome, backoff(failures), told)


_ROWS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[Any, Ended], Answer]], ...] = (
    (Yield, _always("go_on", "unfinished", RACE_WAIT)),
    (LeaseHeld, _always("follow_up", "lease_held")),
    (Early, _always("sit_out", "waiting")),
    (Outdated, _always("let_go", "outdated")),
    ((Superseded, Conflicted), _always("leave_to_winner", "overtaken", RACE_WAIT)),
    (StoreUnavailable, _always("redeliver", "failed")),
    (errors.GrantDead, _dead),
    (errors.ScopeMissing, _scope_missing),
    (errors.RateLimited, _limited),
    (errors.Unavailable, _unavailable),
    (errors.NotFound, _not_found),
    (errors.Closed, _closed),
    (errors.SyncError, _refused),
)
"""From the particular to the general: the first row that fits answers."""
_NAMED = (Yield, LeaseHeld, Early, Outdated, Superseded, Conflicted, StoreUnavailable, errors.SyncError)
