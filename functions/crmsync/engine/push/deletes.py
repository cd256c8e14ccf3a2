"""Deletions at Google of what was archived in the CRM, call by call, each with its commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic

from crmsync.core import fields
from crmsync.core.chunks import chunks
from crmsync.core.errors import NotFound, Stale, SyncError
from crmsync.core.journal import Change
from crmsync.core.model import R, Stored
from crmsync.core.pair.decide import decide
from crmsync.core.pair.guard import noted
from crmsync.core.pair.plan import Action
from crmsync.core.pair.sides import crm_side
from crmsync.core.quarantine import INTERNAL
from crmsync.core.state import Link, Observation
from crmsync.engine.pairs.absorb import absorb_pair, take_place
from crmsync.engine.push import etags
from crmsync.engine.push.creates import notifies
from crmsync.engine.push.suspects import Asked, Suspects
from crmsync.engine.run import aside
from crmsync.engine.run.pending import Effects, Pending
from crmsync.engine.run.reading import read_linked
from crmsync.engine.run.run import Run
from crmsync.engine.series import following, generations
from crmsync.store.ports import DropLink, PutLink

TRIES = 3
"""How often a deletion is asked for that Google refuses for its etag, before it is left to the next job."""
Item = tuple[Link, Stored[R]]


@dataclass(slots=True)
class _Outcomes(Generic[R]):
    """The records of one call by what Google has answered."""

    gone: list[Item[R]] = field(default_factory=list)
    """Deleted, by this call or before it."""
    stale: list[Item[R]] = field(default_factory=list)
    """Changed since their etag was read."""
    refused: list[tuple[Item[R], str]] = field(default_factory=list)
    """With Google's reason."""


def delete(
    run: Run[R],
    items: Sequence[Item[R]],
    *,
    counted: bool = False,
    tries: int = TRIES,
    suspects: Suspects[R] | None = None,
) -> None:
    """Deletes at Google what was archived in the CRM. The caller has asked the guard.

    What was edited at Google since the last listing is restored instead: edit beats delete. counted: in the
    guard of later jobs, as is all that the user has not said yes to. suspects: of the pass that this is a
    part of.
    """
    suspects = Suspects() if suspects is None else suspects
    for some in chunks(items, run.remote.delete_size):
        stale = _delete(run, some, suspects, counted=counted)
        if stale and tries > 1:
            still = _still_to_delete(run, stale)
            delete(run, still, counted=counted, tries=tries - 1, suspects=suspects)
        elif stale:
            # Touched, they come once more to the next job, whose cursor may be past them by now.
            again = Pending()
            for link, stored in stale:
                again.unit()
                again.put(*etags.refused(run, link, stored, None))
            run.ledger.commit(again)


def _delete(
    run: Run[R], items: Sequence[Item[R]], suspects: Suspects[R], *, counted: bool
) -> Sequence[Item[R]]:
    """One call with its commit; answers those that Google refuses for their etags."""
    if lease := run.ledger.lease():
        run.ledger.commit(**lease)
    chunk = _untouched(run, items)
    others = generations.others(run, [link for link, _ in chunk])
    run.ledger.check_lease()
    outcomes = _sorted(chunk, _asked(run, chunk, suspects))
    effects: Effects[R] = Effects()
    for link, stored in outcomes.gone:
        effects.unit()
        part: Effects[R] = Effects()
        with aside.guarded(run, stored.id, partial(effects.put, DropLink(link.key))):
            _forget(run, link, stored, others.get(stored.id), part)
            effects.join(part)
    for (link, stored), reason in outcomes.refused:
        effects.unit()
        effects.put(aside.of_record(run, stored, link, reason))
    effects.put_each(suspects.put_aside(run))
    if effects.writes:
        run.ledger.commit(effects, **_count(run, len(outcomes.gone) if counted else 0))
    return outcomes.stale


def _asked(run: Run[R], chunk: Sequence[Item[R]], suspects: Suspects[R]) -> Mapping[str, SyncError | None]:
    """What Google answers, by link key, as far as it is known whose trouble it is. Guests are told of those
    alone of which the user asked it.
    """
    outcomes: dict[str, SyncError | None] = {}
    for notify in (False, True):
        asked = [Asked(link.key, stored, link) for link, stored in chunk if notifies(stored) is notify]
        if asked:
            links = [each.link for each in asked if each.link is not None]
            outcomes |= suspects.ask(asked, partial(run.remote.delete, links, notify=notify))
    return outcomes


def _sorted(chunk: Sequence[Item[R]], answers: Mapping[str, SyncError | None]) -> _Outcomes[R]:
    outcomes: _Outcomes[R] = _Outcomes()
    for item in chunk:
        if item[0].key not in answers:
            continue
        match answers[item[0].key]:
            case None | NotFound():
                outcomes.gone.append(item)
            case Stale():
                outcomes.stale.append(item)
            case error:
                outcomes.refused.append((item, error.reason))
    return outcomes


def _forget(
    run: Run[R], link: Link, stored: Stored[R], other: Observation[R] | None, effects: Effects[R]
) -> None:
    """other: another event of the same record that lives."""
    before = fields.as_json(stored.value, fields.names(stored.value))
    change = Change("google", Action.DELETE_REMOTE.value, stored.id, link.key, "x/=", before, None)
    over = run.side.dependants.over(run, link, by_google=False)
    effects.put(over, *following.forget(run, link), change=change)
    if other is not None:
        take_place(run, link, stored, other, effects)


def _count(run: Run[R], deleted: int) -> Mapping[str, Any]:
    return {"deleted": noted(run.state.deleted, "google", deleted, run.now())} if deleted else {}


def _untouched(run: Run[R], items: Sequence[Item[R]]) -> Sequence[Item[R]]:
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


def _still_to_delete(run: Run[R], stale: Sequence[Item[R]]) -> list[Item[R]]:
    """Events that moved since their etag was read: deleted still when only the etag moved, else edit beats
    delete. Left to the next job when something else moved meanwhile.
    """
    effects: Effects[R] = Effects()
    still = _look(run, stale, effects)
    if effects.writes:
        run.ledger.commit(effects)
    return still


def _look(run: Run[R], items: Sequence[Item[R]], effects: Effects[R]) -> list[Item[R]]:
    """Those that are as they were, or gone; what follows for the others is added to `effects`."""
    found = read_linked(run, [link for link, _ in items])
    still: list[Item[R]] = []
    for link, stored in items:
        effects.unit()
        part: Effects[R] = Effects()
        with aside.guarded(run, stored.id, partial(_put_aside, run, link, stored, effects)):
            still += _looked(run, link, stored, found.get(link.key), part)
            effects.join(part)
    return still


def _put_aside(run: Run[R], link: Link, stored: Stored[R], effects: Effects[R]) -> None:
    effects.put(aside.of_record(run, stored, link))


def _looked(
    run: Run[R], link: Link, stored: Stored[R], observation: Observation[R] | None, effects: Effects[R]
) -> list[Item[R]]:
    if observation is not None and observation.unreadable:
        # Whether it was edited there cannot be told, so it is not deleted.
        effects.put(PutLink(aside.stuck(run, link, observation, stored, INTERNAL)))
        return []
    if observation is None or observation.value is None:
        return [(link, stored)]
    link = replace(link, etag=observation.etag)
    canon, remote = run.canon_of(link), run.shown(link, observation, observation.value)
    decision = decide(link, crm_side(canon, stored), remote, canon, run.rules)
    if decision.action is Action.DELETE_REMOTE or decision.hold is not None:
        return [(link, stored)]
    absorb_pair(run, link, stored, observation, remote, effects)
    return []
