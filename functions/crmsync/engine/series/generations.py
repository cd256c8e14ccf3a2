"""The events that an appointment has had at Google.

Their ids follow from the CRM id and a generation, which counts up because Google never gives the id of a
deleted event free. A person may take an older event out of Google's bin while a newer one stands for the
appointment. The link's `generation` is the highest that is known, so nothing is asked of appointments that
have had but one event.
"""

from collections.abc import Sequence

from crmsync.core.calendar.occurrences import family
from crmsync.core.model import R
from crmsync.core.pair import ids
from crmsync.core.state import Link, Observation
from crmsync.engine.run.reading import read_all
from crmsync.engine.run.run import Run

GENERATIONS = 40
"""So many ids an appointment may use up at Google."""


def event_id(run: Run[R], crm: str, generation: int) -> str:
    """The id of an appointment's event of that generation."""
    return ids.event_id(run.canon, run.scope.owner, run.state.calendar_id, crm, generation)


def generation_of(run: Run[R], item: Observation[R]) -> int | None:
    """Which generation a living event is of; None when it is none of ours.

    A copy that a person made of our event carries our key, but not an id of ours.
    """
    if item.deleted or not item.own_key:
        return None
    return _generation(run, item.own_key, item.remote_id)


def is_part_of_ours(run: Run[R], item: Observation[R]) -> bool:
    """Whether it is a part of a series that we made for this very user: parts share the first one's id, which
    a key alone does not prove.
    """
    return bool(item.own_key) and _generation(run, str(item.own_key), family(item.remote_id)) is not None


def _generation(run: Run[R], crm: str, id: str) -> int | None:
    """Which generation of the record's events has this id."""
    return next((n for n in range(GENERATIONS) if id == event_id(run, crm, n)), None)


def others(run: Run[R], links: Sequence[Link]) -> dict[str, Observation[R]]:
    """Living events without a link that stand for the records of these links beside theirs, by CRM id."""
    wanted = {id: link.crm for link in links for id in _events(run, link)}
    for link in links:
        wanted.pop(link.remote_id, None)
    found = read_all(run.remote, list(wanted)).values()
    ours = [item for item in found if item.own_key == wanted[item.remote_id]]
    return {wanted[item.remote_id]: item for item in unpaired(run, ours)}


def unpaired(run: Run[R], items: Sequence[Observation[R]]) -> list[Observation[R]]:
    """Those that live and have no link: one out of Google's bin may stand for a record of its own."""
    living = {run.side.key_of(item): item for item in items if not (item.deleted or item.unreadable)}
    taken = run.store.links(run.scope, list(living)) if living else {}
    return [item for key, item in living.items() if key not in taken]


def _events(run: Run[R], link: Link) -> list[str]:
    """The ids of all events that the record may have had; none when it had but one."""
    known = range(link.generation + 1) if link.generation else ()
    return [event_id(run, link.crm, generation) for generation in known]
