"""What the button says: one state and label out of all that is going on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from crmsync.core.account import RESOURCES, Connection, Phase, Problem, ResourceState, User
from crmsync.core.model import Resource
from crmsync.core.shown.pace import time_left
from crmsync.core.shown.waits import (
    DEFERRED,
    IN_DOUBT,
    QUEUED,
    RATE_LIMITED,
    RETRY,
    WHO_IS_WHO,
    Wait,
    is_held,
    stalled,
    waits_of,
)
from crmsync.core.state import Intent

State = Literal["paused", "disconnected", "syncing", "complete", "contacts_found", "attention"]
Doing = Literal["starting", "pulling", "matching", "pushing", "importing", "undoing", "waiting"]
"""What a sync does; starting: a job was asked for and has not begun. waiting: nothing is at work."""

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
    "Calendar changes may take a few minutes to appear. We keep trying to speed this up.",
    "wait",
)
NOTES_SHARED = Problem(
    "notes_shared",
    "The notes of your contacts go to Google as well. You can keep them in the CRM.",
    "sharing",
)
PAUSED: Mapping[Resource, Problem] = {
    "contacts": Problem("contacts_paused", "Contacts are paused.", "resume"),
    "calendar": Problem("calendar_paused", "Appointments are paused.", "resume"),
}
OPTIONAL = frozenset(("allow_contacts", "allow_calendar", "resume", "sharing", "wait"))
"""Actions that need nothing from the user now: an offer, or a wait that ends by itself."""

_WORDS: Mapping[Doing, str] = {
    "starting": "Starting",
    "pulling": "Reading from Google",
    "matching": "Comparing",
    "pushing": "Sending to Google",
    "importing": "Importing contacts",
    "undoing": "Undoing an import",
    "waiting": "Waiting",
}
_WAITING: Mapping[str, str] = {
    RATE_LIMITED: "Waiting for Google",
    "unavailable": "Google does not answer",
    RETRY: "Trying again soon",
    IN_DOUBT: "Making sure of new contacts",
    DEFERRED: "Trying again soon",
    QUEUED: "Starting",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync is, both resources together. total, left: None while they are not known."""

    phase: Doing
    done: int
    total: int | None
    left: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Headline:
    """What the button shows. progress: only while syncing. problems: all there are, urgent ones first. waits:
    what waits, also while something else is at work or needs the user.
    """

    state: State
    label: str
    progress: Progress | None
    problems: tuple[Problem, ...]
    waits: tuple[Wait, ...] = ()


def is_at_work(user: User) -> bool:
    """Whether a job is at work for the user or about to be: what they have to decide is not counted then."""
    return bool(_working(user)) or _asked_at_work(user) is not None


def label_and_state(
    user: User,
    waiting: int,
    conflicts: int,
    holds: int,
    refused: int = 0,
    doubts: Sequence[Intent] = (),
    asking: int = 0,
    doubles: int = 0,
) -> Headline:
    """The button's state and label.

    waiting: undecided rows of the import sheet. conflicts: values that lost a merge; they are offered, not
    urgent. holds: deletions that wait for a yes. refused: records that Google does not take. doubts: creates
    of contacts whose outcome is unknown. asking: those of the undecided rows for which CRM contacts wait.
    doubles: contacts that wait, for they may be in the CRM already.

    A dead grant comes first of all, then a job at work. When none is: what only the user can mend, what
    waits, contacts found, and complete if there is none of these.
    """
    connection = user.connection
    if connection is None:
        waits = stalled(user.asked, user.stalls)
        return Headline("disconnected", "Enable Google Sync", None, (), waits)
    problems = _problems(user, connection, conflicts, holds, refused, doubles)
    if connection.state == "dead":
        return Headline("attention", "Action needed", None, problems)
    waits = waits_of(_granted(user), doubts) + stalled(user.asked, user.stalls)
    if is_at_work(user):
        progress = _progress(user, [*_working(user), *_held(user)])
        return Headline("syncing", _syncing(_WORDS[progress.phase], progress), progress, problems, waits)
    if any(problem.action not in OPTIONAL for problem in problems if problem.code != "conflicts"):
        return Headline("attention", "Action needed", None, problems, waits)
    if waits:
        progress = _progress(user, _held(user))
        words = _WAITING.get(waits[0].why, _WORDS["waiting"])
        return Headline("syncing", _syncing(words, progress), progress, problems, waits)
    if not user.synced and connection.scopes:
        return Headline("paused", "Paused", None, problems)
    if waiting > 0:
        asks = (Wait("contacts", asking, None, WHO_IS_WHO),) if asking else ()
        return Headline("contacts_found", f"New Contacts Found ({waiting})", None, problems, asks)
    return Headline("complete", "Complete", None, problems)


def _problems(
    user: User, connection: Connection, conflicts: int, holds: int, refused: int, doubles: int
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
    if doubles:
        what = "A contact is" if doubles == 1 else f"{doubles} contacts are"
        found.append(Problem("doubles", f"{what} perhaps in your CRM twice.", "review"))
    for name in RESOURCES:
        problem = user.resource(name).problem
        if name not in connection.scopes:
            found.append(NOT_ALLOWED[name])
        elif name not in user.synced:
            found.append(PAUSED[name])
        elif problem is not None and problem.action != RECONNECT.action and is_held(user.resource(name)):
            found.append(problem)
    found += [stall.problem for stall in user.stalls.values() if stall.problem is not None]
    if "calendar" in user.synced and user.calendar.watch.failures:
        found.append(NOT_HEARD)
    if "contacts" in connection.scopes and not user.settings.ways_chosen:
        found.append(NOTES_SHARED)
    if conflicts:
        what = "A value differed" if conflicts == 1 else f"{conflicts} values differed"
        found.append(Problem("conflicts", f"{what} on both sides; you can pick the other one.", "review"))
    unique = tuple(dict.fromkeys(found))
    return tuple(sorted(unique, key=lambda problem: problem.action in OPTIONAL))


def _granted(user: User) -> list[tuple[Resource, ResourceState]]:
    return [(name, user.resource(name)) for name in RESOURCES if name in user.synced]


def _working(user: User) -> list[ResourceState]:
    """Resources whose sync runs or is due at once; not those that have stopped for now."""
    return [state for _, state in _granted(user) if not is_held(state) and _is_due(state)]


def _is_due(state: ResourceState) -> bool:
    asked = state.requested_at is not None or state.decided_at is not None
    return asked or state.phase != "idle"


def _held(user: User) -> list[ResourceState]:
    """Resources whose sync has stopped for now, and goes on by itself."""
    held = [state for _, state in _granted(user) if is_held(state)]
    return [state for state in held if state.problem is None or state.problem.action in OPTIONAL]


def _progress(user: User, shown: Sequence[ResourceState]) -> Progress:
    moving = [state.phase for state in shown if not is_held(state)]
    totals = [state.total for state in shown]
    known = [total for total in totals if total is not None]
    done = sum(state.done for state in shown)
    left = [time_left(state) for state in shown]
    told = [each for each in left if each is not None]
    return Progress(
        phase=_doing(moving, _asked_at_work(user)),
        done=done,
        total=max(sum(known), done) if len(known) == len(totals) and totals else None,
        left=max(told) if told and len(told) == len(left) else None,
    )


def _asked_at_work(user: User) -> Doing | None:
    """The import, or its undoing, that is at work or about to be."""
    kinds = [each.kind for each in user.asked if each.kind not in user.stalls]
    if "undo" in kinds:
        return "undoing"
    return "importing" if "import" in kinds else None


def _doing(phases: Sequence[Phase], asked: Doing | None) -> Doing:
    """What is said of the phases of jobs at work."""
    for phase in phases:
        if phase != "idle" and phase != "waiting":
            return phase
    if asked is not None:
        return asked
    return "starting" if phases else "waiting"


def _syncing(words: str, progress: Progress) -> str:
    return f"{words}: {progress.done} of {progress.total}" if progress.total else f"{words}…"
