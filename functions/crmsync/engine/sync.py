"""One sync of one resource: carry out what the user decided, settle what is in doubt, pull, push.

Pull comes first: pushes then carry fresh etags, and our own earlier creates are recognised before new ones
are made.
"""

from crmsync.core.model import R
from crmsync.engine.account import calendars, channels
from crmsync.engine.pull.listing import Pull
from crmsync.engine.push import recovery
from crmsync.engine.push.changes_pass import Push
from crmsync.engine.review import approvals
from crmsync.engine.run.run import Run

SOON = 20.0


def sync(run: Run[R]) -> float | None:
    """Runs to the end; answers in how many seconds the job should come back for what had to wait, or None.

    Raises Yield, LeaseHeld, the store's Superseded and Conflicted, and the tree of `core.errors` for what
    concerns the whole job.
    """
    calendars.leave(run)
    if run.state.decided_at is not None:
        approvals.settle(run)
    intents = run.deps.store.intents(run.scope) if run.resource == "contacts" else ()
    pull = Pull(run, force_full=bool(intents))
    pull.perform()
    wait = recovery.settle(run, intents, pull.heirs) if intents else None
    push = Push(run, in_doubt=wait is not None)
    push.perform()
    if wait is None and push.waits:
        wait = SOON
    if run.unfinished:
        run.commit(**run.finished())
    channels.keep(run)
    # Decided while this job was at work, which a click joins: the next one carries it out.
    return 0.0 if run.state.decided_at is not None else wait
