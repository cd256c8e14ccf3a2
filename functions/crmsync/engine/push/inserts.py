"""Creating events, whose ids follow from the CRM's: an id that is taken is an event of ours, or was one.

Google never gives the id of a deleted event free. So each id belongs to a generation, and the first one that
is free is taken, unless an event of ours lives under an id: then that one is adopted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic

from crmsync.core.errors import AlreadyThere, Refused, SyncError
from crmsync.core.model import R, Stored
from crmsync.core.state import Observation
from crmsync.engine.pairs.absorb import adopt
from crmsync.engine.ports import New
from crmsync.engine.push.creates import notifies, record
from crmsync.engine.push.suspects import Asked, Suspects
from crmsync.engine.run import aside
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work
from crmsync.engine.series import following
from crmsync.engine.series.generations import GENERATIONS, event_id, unpaired
from crmsync.store.ports import PutRecord

AHEAD = 8
"""So many ids are looked at together, once the first was taken."""


@dataclass(frozen=True, slots=True)
class _Ids(Generic[R]):
    """What is known of an appointment's ids from a taken one on.

    own: our own event that lives under one. unread: one of ours that could not be read. free: the first
    generation that nothing was found of.
    """

    own: Observation[R] | None
    unread: Observation[R] | None
    free: int


def create_events(run: Run[R], chunk: Sequence[Stored[R]], work: Work[R], suspects: Suspects[R]) -> None:
    """Creates events with one call, and more for those whose ids are taken."""
    work.before_google(run)
    generations = dict.fromkeys((stored.id for stored in chunk), 0)
    outcomes: dict[str, Observation[R] | SyncError] = {}
    todo: Sequence[Stored[R]] = chunk
    while todo:
        new = [_new(run, stored, generations[stored.id]) for stored in todo]
        asked = [Asked(stored.id, stored, tries=work.tries.get(stored.id, 0)) for stored in todo]
        outcomes |= suspects.ask(asked, partial(run.remote.create, new))
        taken = [stored for stored in todo if isinstance(outcomes.get(stored.id), AlreadyThere)]
        todo = _own_or_next(run, taken, generations, outcomes, work)
    record(run, chunk, outcomes, generations, work)


def _new(run: Run[R], stored: Stored[R], generation: int) -> New[R]:
    return New(
        stored.id, run.sharing.outgoing(stored.value), event_id(run, stored.id, generation), notifies(stored)
    )


def _own_or_next(
    run: Run[R],
    taken: Sequence[Stored[R]],
    generations: dict[str, int],
    outcomes: dict[str, Observation[R] | SyncError],
    work: Work[R],
) -> list[Stored[R]]:
    """Adopts what lives under a taken id, which keeps that outcome; answers those to try under another id."""
    again: list[Stored[R]] = []
    for stored in taken:
        ids = _look_ahead(run, stored, generations[stored.id])
        generations[stored.id] = ids.free
        if ids.own is not None:
            with aside.guarded(run, stored.id, partial(_put_aside, run, stored, ids.own, work)):
                _adopt(run, stored, ids.own, ids.free - 1, work)
        elif ids.unread is not None:
            outcomes[stored.id] = ids.unread
        elif ids.free < GENERATIONS:
            del outcomes[stored.id]
            again.append(stored)
        else:
            outcomes[stored.id] = Refused("event_ids_taken", "every derived event id is taken")
    return again


def _put_aside(run: Run[R], stored: Stored[R], own: Observation[R], work: Work[R]) -> None:
    work.put(aside.made(run, stored, own, run.side.key_of(own)))


def _look_ahead(run: Run[R], stored: Stored[R], first: int) -> _Ids[R]:
    ahead = [event_id(run, stored.id, generation) for generation in range(first, first + AHEAD)]
    read = run.remote.read(ahead)
    named = [read[id] for id in ahead if id in read and read[id].own_key == stored.id]
    ours = unpaired(run, named)
    unread = next((item for item in named if item.unreadable), None)
    free = next((n for n, id in enumerate(ahead, first) if id not in read), first + AHEAD)
    return _Ids(ours[0] if ours else None, unread, free)


def _adopt(run: Run[R], stored: Stored[R], own: Observation[R], highest: int, work: Work[R]) -> None:
    """Our own living event, whatever it says by now. highest: the generation that is known to be taken."""
    effects: Effects[R] = Effects()
    rules = following.adoption_rules(run, own)
    why = "carries our key"
    adopt(run, stored, own, effects, why=why, made_here=True, rules=rules, generation=highest)
    work.unit()
    work.add(effects)
    work.requeued |= {write.id for write in effects.writes if isinstance(write, PutRecord)} - {stored.id}
