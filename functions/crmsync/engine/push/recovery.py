"""Settling contact creates whose outcome is unknown, so that none is made twice and none is lost.

An intent is left when a job died between asking Google and writing the links. The full listing that precedes
this (forced by the caller) has adopted every contact that carries our key. What a person has merged away
meanwhile shows by its key in the contact that took over: it is not made again. What the listing did not show
may still be on its way: Google documents a delay of several minutes for listings after a write. Only after 15
minutes is a create taken as never done; no call of the dead job can arrive any more, for its function lives 9
minutes at most.
"""

from collections.abc import Sequence

from crmsync.core.model import R
from crmsync.core.state import Intent
from crmsync.engine.pairs.merges import Heirs, stand_back
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.store.ports import DropIntent


def settle(run: Run[R], intents: Sequence[Intent], heirs: Heirs[R]) -> float | None:
    """Drops the intents that are no longer in doubt; answers the seconds until the last of the others will
    be, or None.

    heirs: whom the complete listing has shown to have taken over from others.
    """
    effects: Effects[R] = Effects()
    left = {intent.id: _left(run, intent, heirs, effects) for intent in intents}
    settled = [DropIntent(id) for id, seconds in left.items() if seconds <= 0]
    if effects.writes or settled:
        run.ledger.commit(effects, *settled)
    return max((seconds for seconds in left.values() if seconds > 0), default=None)


def _left(run: Run[R], intent: Intent, heirs: Heirs[R], effects: Effects[R]) -> float:
    """For how many seconds the intent stays in doubt: none when it is known what became of its creates."""
    known = set(run.store.links_of(run.scope, run.resource, intent.crm_ids))
    known |= stand_back(run, heirs, [crm for crm in intent.crm_ids if crm not in known], effects)
    if len(known) == len(intent.crm_ids):
        return 0.0
    return (intent.doubt_ends - run.now()).total_seconds()
