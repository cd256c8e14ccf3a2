"""What a sync waits for: what, how many, until when and why.

Nobody stores it. It follows from the resources' states, from the creates in doubt and from what the user
asked for; the jobs only note what they know when they end (`paused_until`, `problem`, `failures`, `deferred`,
`Stall`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crmsync.core.account import Asked, AskedKind, Problem, ResourceState, Stall
from crmsync.core.model import Resource
from crmsync.core.state import Intent

RATE_LIMITED = "rate_limited"
"""Google has said how long to wait."""
RETRY = "retry"
"""The last attempt failed, and too few have in a row to tell what is the matter."""
IN_DOUBT = "in_doubt"
"""Nobody can tell yet whether Google made them: made again they might be doubled."""
DEFERRED = "deferred"
"""They could not be dealt with, and nothing is known to stand in their way."""
WHO_IS_WHO = "who_is_who"
"""The user has to say first whether they are at Google already."""
TWICE = "twice"
"""The user has to say first whether they are in the CRM already."""
QUEUED = "queued"
"""No sync of the resource has ever come to its end, and none is known to be at work."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that waits: the sync of a resource, or what the user asked for.

    count: how many records, None while nobody has counted them. until: when it ends or is tried again, None
    when that is not known. why: one of the words above, or the code of the problem that stands in the way.
    """

    what: Resource | AskedKind
    count: int | None
    until: datetime | None
    why: str


def is_held(state: ResourceState) -> bool:
    """Whether the sync of the resource has stopped for now: until a time, or for a problem that lasts."""
    stopped = state.paused_until is not None or state.problem is not None
    return stopped and not _is_tried(state)


def waits_of(states: Iterable[tuple[Resource, ResourceState]], doubts: Sequence[Intent]) -> tuple[Wait, ...]:
    """What waits, a line for each resource at most.

    states: of what is granted. doubts: creates of contacts whose outcome is unknown.
    """
    found = (_wait(name, state, doubts if name == "contacts" else ()) for name, state in states)
    return tuple(wait for wait in found if wait is not None)


def stalled(asked: Sequence[Asked], stalls: Mapping[str, Stall]) -> tuple[Wait, ...]:
    """What the user asked for whose job did not get through."""
    # Nobody waits for what is forgotten.
    found = ((each.kind, stalls.get(each.kind)) for each in asked if each.kind != "forget")
    return tuple(
        Wait(kind, None, stall.until, _why(stall.problem, stall.failures))
        for kind, stall in found
        if stall is not None
    )


def _wait(name: Resource, state: ResourceState, doubts: Sequence[Intent]) -> Wait | None:
    # Those in doubt are among what a pass has left: it does not make them, nor does it get past them.
    doubtful = sum(len(intent.crm_ids) for intent in doubts)
    if is_held(state):
        return _held(name, state, doubtful)
    if doubts:
        until = max(intent.doubt_ends for intent in doubts)
        return Wait(name, state.deferred or doubtful, until, IN_DOUBT)
    if state.deferred:
        return Wait(name, state.deferred, None, DEFERRED)
    never = state.last_synced_at is None and state.phase == "idle" and state.requested_at is None
    return Wait(name, None, None, QUEUED) if never else None


def _held(name: Resource, state: ResourceState, doubtful: int) -> Wait | None:
    """Of a resource that has stopped; None when it has for good, with nothing left undone that is known."""
    count = _left(state) or doubtful or None
    problem = state.problem
    for_good = problem is not None and problem.action != "wait" and state.paused_until is None
    if for_good and count is None:
        return None
    return Wait(name, count, state.paused_until, _why(problem, state.failures))


def _why(problem: Problem | None, failures: int) -> str:
    if problem is not None:
        return problem.code
    return RETRY if failures else RATE_LIMITED


def _left(state: ResourceState) -> int:
    """How many records the job left undone, as far as it counted."""
    counted = state.total - state.done if state.phase != "pulling" and state.total is not None else 0
    return max(state.deferred, counted, 0)


def _is_tried(state: ResourceState) -> bool:
    """Whether a job is at work in spite of a problem that passes, or about to be."""
    passes = state.problem is None or state.problem.action == "wait"
    moves = state.phase not in ("idle", "waiting") and state.paused_until is None
    return passes and (moves or _is_asked_for(state))


def _is_asked_for(state: ResourceState) -> bool:
    """Whether somebody asked for a sync that is tried at once: a click does not wait for a back-off, but for
    Google.
    """
    asked, changed = state.requested_at, state.changed_at
    if asked is None or state.paused_until is None:
        return asked is not None
    return state.failures > 0 and (changed is None or asked > changed)
