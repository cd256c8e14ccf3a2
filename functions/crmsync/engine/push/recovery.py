"""Settling contact creates whose outcome is unknown, so that none is made twice and none is lost.

An intent is left when a job died between asking Google and writing the links. What was made all the same
shows in the deltas that follow, from the cursor that was kept before the create, and the pull adopts it by
our key. What a person has merged away meanwhile shows by its key in the contact that took over: it is not
made again. What no delta has shown may still be on its way: Google documents a delay of several minutes for
listings after a write. So new creates wait, and deltas are looked at more and more rarely. Only after 15
minutes is a create taken as never done, when one complete listing does not show it either; no call of the
dead job can arrive any more, for its function lives 9 minutes at most.
"""

from collections.abc import Sequence
from typing import NamedTuple

from crmsync.core.model import R
from crmsync.core.state import DOUBT, Intent
from crmsync.engine.pairs.merges import Heirs, stand_back
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.store.ports import DropIntent

LOOK = 30.0
"""The age of a doubt, in seconds, at which what was made is looked for first; then at twice that age, and so
on. Jobs that meet the same doubt come back for the same moment, and so are one.
"""


class Doubt(NamedTuple):
    """How much is still in doubt: so many creates. look_in: when to look again, in seconds."""

    creates: int
    look_in: float


def listing_is_due(run: Run[R], intents: Sequence[Intent]) -> bool:
    """Whether the time of waiting is over for all that is in doubt: a complete listing decides.

    It is made under the lease, which is taken here: that no other job makes one beside it. New creates wait
    while any are in doubt, so that one listing serves them all. Raises LeaseHeld, Superseded.
    """
    if not intents or max(_left(run, intent) for intent in intents) > 0:
        return False
    if lease := run.ledger.lease():
        run.ledger.commit(**lease)
    return True


def settle(run: Run[R], intents: Sequence[Intent], heirs: Heirs[R], *, complete: bool) -> Doubt | None:
    """Drops the intents that are no longer in doubt; answers what the others leave, or None.

    heirs: whom the listing has shown to have taken over from others. complete: it was the one that decides.
    """
    effects: Effects[R] = Effects()
    unknown = {intent.id: _unknown(run, intent, heirs, effects) for intent in intents}
    settled = [DropIntent(id) for id, creates in unknown.items() if complete or not creates]
    if effects.writes or settled:
        run.ledger.commit(effects, *settled)
    left = [] if complete else [intent for intent in intents if unknown[intent.id]]
    if not left:
        return None
    seconds = max(_left(run, intent) for intent in left)
    age = DOUBT.total_seconds() - seconds
    return Doubt(sum(unknown.values()), max(min(seconds, _next_look(age) - age), 0.0))


def _next_look(age: float) -> float:
    """The age of a doubt that is so old at which it is looked at next, not within the next second."""
    look = LOOK
    while look < age + 1:
        look *= 2
    return look


def _unknown(run: Run[R], intent: Intent, heirs: Heirs[R], effects: Effects[R]) -> int:
    """Of how many creates of the intent it is not known what became."""
    known = set(run.store.links_of(run.scope, run.resource, intent.crm_ids))
    known |= stand_back(run, heirs, [crm for crm in intent.crm_ids if crm not in known], effects)
    return len(set(intent.crm_ids) - known)


def _left(run: Run[R], intent: Intent) -> float:
    """For how many seconds the intent's creates may yet show."""
    return (intent.doubt_ends - run.now()).total_seconds()
