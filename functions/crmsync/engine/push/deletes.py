"""Deletions at Google of what was archived in the CRM, call by call, each with its commit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from crmsync.core import fields
from crmsync.core.chunks import chunks
from crmsync.core.errors import NotFound, Stale, SyncError
from crmsync.core.journal import Change
from crmsync.core.model import R, Stored
from crmsync.core.pair.decide import decide
from crmsync.core.pair.guard import noted
from crmsync.core.pair.plan import Action
from crmsync.core.pair.sides import crm_side, google_side
from crmsync.core.state import Link, Observation
from crmsync.engine.pairs.absorb import absorb_pair, take_place
from crmsync.engine.push.creates import notifies
from crmsync.engine.run.effects import quarantined
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.reading import read_linked
from crmsync.engine.run.run import Run
from crmsync.engine.series import following, generations
from crmsync.store.ports import DropLink, PutLink

TRIES = 3
"""How often a deletion that Google refuses for its etag is decided again."""
Item = tuple[Link, Stored[R]]


def delete(run: Run[R], items: Sequence[Item[R]], *, counted: bool = False, tries: int = TRIES) -> None:
    """Deletes at Google what was archived in the CRM. The caller has asked the guard.

    What was edited at Google since the last listing is restored instead: edit beats delete. counted: in the
    guard of later jobs, as is all that the user has not said yes to.
    """
    for some in chunks(items, run.remote.delete_size):
        lease = run.ledger.lease()
        if lease:
            run.ledger.commit(**lease)
        chunk = _untouched(run, some)
        others = generations.others(run, [link for link, _ in chunk])
        run.ledger.check_lease()
        outcomes = _asked(run, chunk)
        effects: Effects[R] = Effects()
        gone = [item for item in chunk if _is_gone(outcomes.get(item[0].key))]
        for link, stored in gone:
            _forget(run, link, stored, others.get(stored.id), effects)
        for link, stored in chunk:
            outcome = outcomes.get(link.key)
            if outcome is not None and not isinstance(outcome, NotFound | Stale):
                effects.put(PutLink(quarantined(run, link, crm_side(run.canon, stored), outcome.reason)))
        if effects.writes:
            run.ledger.commit_done(effects, **_count(run, len(gone) if counted else 0))
        stale = [item for item in chunk if isinstance(outcomes.get(item[0].key), Stale)]
        if stale and tries > 1:
            delete(run, _still_to_delete(run, stale), counted=counted, tries=tries - 1)


def _asked(run: Run[R], chunk: Sequence[Item[R]]) -> Mapping[str, SyncError | None]:
    """What Google answers, by link key. Guests are told of those alone of which the user asked it."""
    loud = [link for link, stored in chunk if notifies(stored)]
    quiet = [link for link, stored in chunk if not notifies(stored)]
    outcomes = dict(run.remote.delete(quiet)) if quiet else {}
    if loud:
        outcomes |= run.remote.delete(loud, notify=True)
    return outcomes


def _is_gone(outcome: SyncError | None) -> bool:
    return outcome is None or isinstance(outcome, NotFound)


def _forget(
    run: Run[R], link: Link, stored: Stored[R], other: Observation[R] | None, effects: Effects[R]
) -> None:
    """other: another event of the same record that lives."""
    before = fields.as_json(stored.value, fields.names(stored.value))
    change = Change("google", Action.DELETE_REMOTE.value, stored.id, link.key, "x/=", before, None)
    effects.put(DropLink(link.key), *following.forget(run, link), change=change)
    if other is not None:
        take_place(run, link, stored, other, effects)


def _count(run: Run[R], deleted: int) -> dict[str, Any]:
    return {"deleted": noted(run.state.deleted, "google", deleted, run.now())} if deleted else {}


def _untouched(run: Run[R], items: Sequence[tuple[Link, Stored[R]]]) -> Sequence[tuple[Link, Stored[R]]]:
    """Those to delete still, after a look at Google; for the others edit beats delete, at once.

    Google takes no etag when a contact is deleted, and a listing may be minutes old: an edit would go unseen.
    Nothing comes between the last look and the deletion, not even a commit.
    """
    if not run.side.deletes_blindly:
        return items
    while items:
        effects: Effects[R] = Effects()
        still = _look(run, items, effects)
        if len(still) == len(items):
            break
        if effects.writes:
            run.ledger.commit(effects)
        items = still
    return items


def _still_to_delete(run: Run[R], stale: Sequence[tuple[Link, Stored[R]]]) -> list[tuple[Link, Stored[R]]]:
    """Events that moved since their etag was read: deleted still when only the etag moved, else edit beats
    delete. Left to the next job when something else moved meanwhile.
    """
    effects: Effects[R] = Effects()
    still = _look(run, stale, effects)
    if effects.writes:
        run.ledger.commit(effects)
    return still


def _look(
    run: Run[R], items: Sequence[tuple[Link, Stored[R]]], effects: Effects[R]
) -> list[tuple[Link, Stored[R]]]:
    """Those that are as they were, or gone; what follows for the others is added to `effects`."""
    found = read_linked(run, [link for link, _ in items])
    still: list[tuple[Link, Stored[R]]] = []
    for link, stored in items:
        observation = found.get(link.key)
        if observation is None or observation.value is None:
            still.append((link, stored))
            continue
        link = replace(link, etag=observation.etag)
        remote = google_side(run.canon, observation.value)
        decision = decide(link, crm_side(run.canon, stored), remote, run.canon, run.rules)
        if decision.action is Action.DELETE_REMOTE or decision.hold is not None:
            still.append((link, stored))
        else:
            absorb_pair(run, link, stored, observation, remote, effects)
    return still
