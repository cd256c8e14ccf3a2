"""The events that an appointment has had at Google.

Their ids follow from the CRM id and a generation, which counts up because Google never gives the id of a
deleted event free. A person may take an older event out of Google's bin while a newer one stands for the
appointment. The link's `generation` is the highest that is known, so nothing is asked of appointments that
have had but one event.
"""

from collections.abc import Sequence
from typing import Any

from crmsync.core.pair import ids
from crmsync.core.state import Link, Observation
from crmsync.engine.run.run import Run

GENERATIONS = 40
"""So many ids an appointment may use up at Google."""


def event_id(run: Run[Any], crm: str, generation: int) -> str:
    """The id of an appointment's event of that generation."""
    return ids.event_id(run.canon, run.scope.name, run.state.calendar_id, crm, generation)


def generation_of(run: Run[Any], item: Observation[Any]) -> int | None:
    """Which generation an event is of; None when it is none of ours.

    A copy that a person made of our event carries our key, but not an id of ours.
    """
    if not item.own_key:
        return None
    found = (n for n in range(GENERATIONS) if item.remote_id == event_id(run, item.own_key, n))
    return next(found, None)


def others(run: Run[Any], links: Sequence[Link]) -> dict[str, Observation[Any]]:
    """Living events without a link that stand for the records of these links beside theirs, by CRM id."""
    wanted = {
        event_id(run, link.crm, generation): link.crm
        for link in links
        if link.generation
        for generation in range(link.generation + 1)
    }
    for link in links:
        wanted.pop(link.remote_id, None)
    found: dict[str, Observation[Any]] = {}
    asked = list(wanted)
    for start in range(0, len(asked), run.remote.read_size):
        chunk = asked[start : start + run.remote.read_size]
        read = {run.side.key_of(item): item for item in run.remote.read(chunk).values() if not item.deleted}
        taken = run.store.links(run.scope, list(read)) if read else {}
        found |= {
            wanted[item.remote_id]: item
            for key, item in read.items()
            if key not in taken and item.own_key == wanted[item.remote_id]
        }
    return found
