"""How long a phase of a sync may still take, judged by how fast it has gone so far.

What Google's quotas make of it is in the measure: waits count like work.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from crmsync.core.account import Pace, ResourceState

ENOUGH = timedelta(seconds=5)
"""What has gone on for less says nothing about the rest."""


def paced(after: ResourceState, now: datetime) -> ResourceState:
    """The state with where its phase was first counted, as a job is about to write it at `now`."""
    if after.phase == "waiting" and after.total is not None:
        return after
    if after.phase in ("idle", "waiting"):
        return replace(after, pace=None)
    pace = after.pace
    if pace is None or pace.phase != after.phase or after.done < pace.done:
        pace = Pace(after.phase, now, after.done)
    return replace(after, pace=pace)


def time_left(state: ResourceState) -> timedelta | None:
    """How long the phase should still take, as of the state's last commit; None where nothing tells."""
    pace, last = state.pace, state.changed_at
    if pace is None or last is None or state.total is None:
        return None
    reached = max(last, state.paused_until or last)
    took, made, left = reached - pace.at, state.done - pace.done, state.total - state.done
    if took < ENOUGH or made <= 0:
        return None
    return reached - last + took * (max(left, 0) / made)
