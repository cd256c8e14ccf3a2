"""One sync of one resource: carry out what the user decided, settle what is in doubt, pull, push.

Pull comes first: pushes then carry fresh etags, and our own earlier creates are recognised before new ones
are made.
"""

from typing import Protocol

from crmsync.core.errors import Closed
from crmsync.core.model import R
from crmsync.engine.account import calendars, returning
from crmsync.engine.pull.listing import Listed, pull
from crmsync.engine.push import recovery
from crmsync.engine.push.changes_pass import Push, Pushed
from crmsync.engine.review import approvals
from crmsync.engine.run import retries
from crmsync.engine.run.run import Run, Side

SOON = 20.0


class Synced(Side[R], Listed[R], Pushed[R], Protocol[R]):
    """A side as a whole sync needs it."""

    def follow_up(self, run: Run[R]) -> None:
        """What is seen to once the sides are in step."""
        ...


def sync(run: Run[R], side: Synced[R]) -> float | None:
    """Runs to the end; answers in how many seconds the job should come back for what had to wait, or None.

    Raises Yield, LeaseHeld, the store's Superseded and Conflicted, and the tree of `core.errors` for what
    concerns the whole job.
    """
    returning.settle(run)
    calendars.leave(run)
    closed = _settle_decided(run)
    intents = side.in_doubt(run)
    run.memory.bare = frozenset(crm for intent in intents if not intent.named for crm in intent.crm_ids)
    decides = recovery.listing_is_due(run, intents)
    again = retries.due(run)
    intake = pull(run, side, force_full=decides, again=again.there)
    doubt = recovery.settle(run, intents, intake.heirs, complete=decides) if intents else None
    if closed is not None:
        raise closed
    push = Push(run, side, in_doubt=doubt is not None, again=again.here)
    push.perform()
    retries.finish(run, again)
    wait = SOON if push.waits else None
    if doubt is not None:
        wait = doubt.look_in
    run.ledger.end(deferred=len(push.left), in_doubt=push.in_doubt, **push.reached())
    side.follow_up(run)
    # Decided while this job was at work, which a click joins: the next one carries it out.
    return 0.0 if run.state.decided_at is not None else wait


def _settle_decided(run: Run[R]) -> Closed | None:
    """Carries out what the user has decided. A calendar that may only be read takes no deletion, but what it
    shows comes in all the same: so its refusal is answered, to be raised after the pull.
    """
    if run.state.decided_at is None:
        return None
    try:
        approvals.settle(run)
    except Closed as closed:
        return closed
    return None
