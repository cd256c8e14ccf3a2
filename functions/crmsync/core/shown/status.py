"""What the button says: one state and label out of all that is going on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from crmsync.core.account import Connection, Phase, Problem, ResourceState, User
from crmsync.core.model import Resource
from crmsync.core.shown.pace import time_left

State = Literal["disconnected", "syncing", "complete", "contacts_found", "attention"]

RESOURCES: tuple[Resource, ...] = ("contacts", "calendar")

RECONNECT = Problem(
    "reconnect_needed", "Google no longer accepts the permission you gave. Reconnect to go on.", "reconnect"
)
NOT_ALLOWED: Mapping[Resource, Problem] = {
    "contacts": Problem(
        "contacts_not_allowed",
        "Google Contacts is not synced: you have not allowed it. You can at any time.",
        "allow_contacts",
    ),
    "calendar": Problem(
        "calendar_not_allowed",
        "Google Calendar is not synced: you have not allowed it. You can at any time.",
        "allow_calendar",
    ),
}
NOT_HEARD = Problem(
    "push_failed",
    "Google could not be asked to announce calendar changes at once. They arrive a little later; we keep "
    "trying.",
    "wait",
)
OPTIONAL = frozenset(("allow_contacts", "allow_calendar", "wait"))
"""Actions that need nothing from the user now: an offer, or a wait that ends by itself."""

_WORDS: Mapping[Phase, str] = {
    "waiting": "Waiting",
    "pulling": "Reading from Google",
    "matching": "Comparing",
    "pushing": "Sending to Google",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync is, both resources together. total, left: None while they are not known."""

    phase: Phase
    done: int
    total: int | None
    left: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Headline:
    """What the button shows. progress: only while syncing. problems: all there are, urgent ones first."""

    state: State
    label: str
    progress: Progress | None
    problems: tuple[Problem, ...]


def label_and_state(user: User, waiting: int, conflicts: int, holds: int, refused: int = 0) -> Headline:
    """The button's state and label.

    waiting: undecided rows of the import sheet. conflicts: values that lost a merge; they are offered, not
    urgent. holds: deletions that wait for a yes. refused: records that Google does not take. What only the
    user can mend comes before everything but a sync at work; a dead grant comes first of all.
    """
    connection = user.connection
    if connection is None:
        return Headline("disconnected", "Enable Google Sync", None, ())
    problems = _problems(user, connection, conflicts, holds, refused)
    if connection.state == "dead":
        return Headline("attention", "Action needed", None, problems)
    working = [user.resource(name) for name in RESOURCES if name in connection.scopes]
    working = [state for state in working if _at_work(state)]
    if working:
        progress = _progress(working)
        return Headline("syncing", _syncing(progress), progress, problems)
    if any(problem.action not in OPTIONAL for problem in problems if problem.code != "conflicts"):
        return Headline("attention", "Action needed", None, problems)
    if waiting > 0:
        return Headline("contacts_found", f"New Contacts Found ({waiting})", None, problems)
    return Headline("complete", "Complete", None, problems)


def _problems(
    user: User, connection: Connection, conflicts: int, holds: int, refused: int
) -> tuple[Problem, ...]:
    found: list[Problem] = []
    if connection.state == "dead":
        found.append(RECONNECT)
    if holds:
        what = "A deletion waits" if holds == 1 else f"{holds} sets of deletions wait"
        found.append(Problem("deletions_held", f"{what} for your decision.", "review"))
    if refused:
        what = "A record" if refused == 1 else f"{refused} records"
        found.append(Problem("records_refused", f"{what} could not be sent to Google.", "review"))
    for name in RESOURCES:
        problem = user.resource(name).problem
        if name not in connection.scopes:
            found.append(NOT_ALLOWED[name])
        elif problem is not None and problem.action != RECONNECT.action:
            found.append(problem)
    found += [stall.problem for stall in user.stalls.values() if stall.problem is not None]
    if "calendar" in connection.scopes and user.calendar.watch.failures:
        found.append(NOT_HEARD)
    if conflicts:
        what = "A value differed" if conflicts == 1 else f"{conflicts} values differed"
        found.append(Problem("conflicts", f"{what} on both sides; you can pick the other one.", "review"))
    unique = tuple(dict.fromkeys(found))
    return tuple(sorted(unique, key=lambda problem: problem.action in OPTIONAL))


def _at_work(state: ResourceState) -> bool:
    """Whether a sync of the resource runs or is due; not when it stopped for a problem that will not pass by
    itself.
    """
    if state.problem is not None and state.problem.action != "wait":
        return False
    return state.phase != "idle" or state.requested_at is not None or state.last_synced_at is None


def _progress(working: Sequence[ResourceState]) -> Progress:
    moving = [state for state in working if state.phase not in ("idle", "waiting")]
    totals = [state.total for state in working]
    known = [total for total in totals if total is not None]
    done = sum(state.done for state in working)
    left = [time_left(state) for state in working]
    told = [each for each in left if each is not None]
    return Progress(
        phase=moving[0].phase if moving else "waiting",
        done=done,
        total=max(sum(known), done) if len(known) == len(totals) else None,
        left=max(told) if len(told) == len(left) else None,
    )


def _syncing(progress: Progress) -> str:
    words = _WORDS[progress.phase]
    return f"{words}: {progress.done} of {progress.total}" if progress.total else f"{words}…"
