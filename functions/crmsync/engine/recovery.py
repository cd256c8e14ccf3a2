"""Settling contact creates whose outcome is unknown, so that none is made twice and none is lost.

An intent is left when a job died between asking Google and writing the links. The full listing that precedes
this (forced by the caller) has adopted every
contact that carries our key. What it did not show may still be on its way: Google documents a delay of
several minutes for listings after a
write. Only after 15 minutes is a create taken as never done; no call of the dead job can arrive any more, for
its function lives 9 minutes at most.
"""

from collections.abc import Sequence
from datetime import timedelta

from crmsync.core.model import R
from crmsync.core.state import Intent
from crmsync.engine.run import Run
from crmsync.store.ports import DropIntent, Write

DOUBT = timedelta(minutes=15)


def settle(run: Run[R], intents: Sequence[Intent]) -> float | None:
    """Drops the intents that are no longer in doubt; answers the seconds until the last of the others will
    be, or None.
    """
    settled: list[Write] = []
    wait: float | None = None
    for intent in intents:
        linked = run.deps.store.links_of(run.uid, run.resource, intent.crm_ids)
        left = (intent.created_at + DOUBT - run.now()).total_seconds()
        if len(linked) == len(intent.crm_ids) or left <= 0:
            settled.append(DropIntent(intent.id))
        else:
            wait = max(wait or 0.0, left)
    if settled:
        run.commit(settled)
    return wait
