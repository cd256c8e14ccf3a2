"""What waits for the user's yes: taking the decision, and carrying it out.

The decision is written beside the hold, and a mark into the resource's state: the next job, whoever asked for
it, carries it out before it pulls. A yes is for the records as they were. So each is looked at again on both
sides, and one that was found again or has changed meanwhile goes the normal way. Every step leaves the record
in a state in which the same step does nothing, so a job that dies midway is simply repeated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from crmsync.core.chunks import chunks
from crmsync.core.fields import CONTACT_FIELDS
from crmsync.core.journal import Change, Hold
from crmsync.core.model import R, Stored
from crmsync.core.pair.decide import IDENTITY_CLEARED, decide
from crmsync.core.pair.guard import forgotten
from crmsync.core.pair.plan import Action, Seen
from crmsync.core.pair.sides import crm_side
from crmsync.core.quarantine import INTERNAL, TOO_LARGE
from crmsync.core.scope import Scope
from crmsync.core.state import Base, Link, Observation
from crmsync.engine.deps import Deps
from crmsync.engine.pairs.absorb import absorb_pair, archive
from crmsync.engine.push.deletes import delete
from crmsync.engine.requests import request_sync
from crmsync.engine.run import aside
from crmsync.engine.run.pending import Effects, Pending
from crmsync.engine.run.reading import confirm, tombstone
from crmsync.engine.run.run import Run
from crmsync.engine.series import following
from crmsync.engine.users import change_user
from crmsync.store.ports import DropHold, PutHold, PutLink, TooLarge

CHUNK = 100
"""Records that are dealt with at a time."""

_IDENTITY = tuple(field for field in CONTACT_FIELDS if field.identity)


class UnknownHold(LookupError):
    """The user has no such hold (any more)."""


class Moved(Exception):
    """The hold is not the one that was decided upon, or it is decided otherwise; `hold` is as it stands."""

    def __init__(self, hold: Hold) -> None:
        super().__init__("the hold is another")
        self.hold = hold


def choose(deps: Deps, scope: Scope, hold_id: str, choice: Literal["apply", "discard"], digest: str) -> None:
    """Decides a hold and asks for the sync that carries it out. Repeatable.

    digest: of the records that the user was shown. Raises UnknownHold, Moved.
    """
    found = _find(deps, scope, hold_id)
    resource = found.resource

    def decided(user: Any) -> dict[str, Any] | None:
        hold = _find(deps, scope, hold_id)
        if hold.digest != digest or hold.choice not in (None, choice):
            raise Moved(hold)
        return {resource: replace(user.resource(resource), decided_at=deps.clock.now())}

    change_user(deps, scope, decided, lambda _: [PutHold(replace(found, choice=choice))])
    request_sync(deps, scope, "manual", frozenset((resource,)))


def _find(deps: Deps, scope: Scope, hold_id: str) -> Hold:
    for hold in deps.store.holds(scope):
        if hold.id == hold_id:
            return hold
    raise UnknownHold(hold_id)


def settle(run: Run[R]) -> None:
    """Carries out what the user has decided on this resource's holds; the last commit of each drops it.

    Raises Yield between steps, LeaseHeld, Superseded, Conflicted, and what Google's door raises.
    """
    asked = run.state.decided_at
    for hold in run.store.holds(run.scope):
        if hold.resource != run.resource or hold.choice is None:
            continue
        for items in chunks(hold.items, CHUNK):
            run.check_time()
            _settle_some(run, hold, [key for key, _ in items])
        run.ledger.commit(None, DropHold(hold.id), **_counting_anew(run, hold))
    run.memory.holds = None
    if run.state.decided_at == asked:  # Else something was decided meanwhile, which the next job looks for.
        run.ledger.commit(decided_at=None)


def _counting_anew(run: Run[Any], hold: Hold) -> dict[str, Any]:
    """After a yes the guard counts from nothing: the user has said that these deletions are meant."""
    return {"deleted": forgotten(run.state.deleted, hold.side)} if hold.choice == "apply" else {}


def _settle_some(run: Run[R], hold: Hold, keys: list[str]) -> None:
    """Carries out the decision for some of the hold's records. Those without a link have gone their way."""
    links = [link for link in run.store.links(run.scope, keys).values() if not link.is_silent]
    records = run.store.records(run.scope, run.kind, [link.crm for link in links])
    found = confirm(run, links)
    effects: Effects[R] = Effects()
    deletes: list[tuple[Link, Stored[R]]] = []
    for link in links:
        effects.unit()
        stored, observation = records.get(link.crm), found.get(link.key)
        if observation is not None and observation.unreadable:
            # What became of it cannot be told: it is looked at again by itself.
            effects.put(PutLink(aside.stuck(run, link, observation, stored, INTERNAL)))
            continue
        part: Effects[R] = Effects()
        with aside.guarded(run, link.crm, partial(_put_aside, run, link, stored, effects)):
            deletes += _settle_one(run, hold, link, stored, observation, part)
            effects.join(part)
    archive(run, effects.archives, effects)
    if effects.writes:
        _commit(run, effects, links, records)
    delete(run, deletes)


def _commit(
    run: Run[R], effects: Effects[R], links: Sequence[Link], records: Mapping[str, Stored[R]]
) -> None:
    """Commits what follows. What the host CRM has filled to the brim cannot be written again: it is set
    aside, and keeps nobody else waiting.
    """
    try:
        run.ledger.commit(effects)
    except TooLarge as refused:
        large = Pending()
        for link in links:
            if link.key in refused.keys and (stored := records.get(link.crm)) is not None:
                large.put_each([PutLink(aside.set_aside(run, link, stored, TOO_LARGE))])
        if not large.writes:
            raise
        run.ledger.commit(large)


def _put_aside(run: Run[R], link: Link, stored: Stored[R] | None, effects: Effects[R]) -> None:
    effects.put(PutLink(aside.set_aside(run, link, stored, INTERNAL)))


def _settle_one(
    run: Run[R],
    hold: Hold,
    link: Link,
    stored: Stored[R] | None,
    observation: Observation[R] | None,
    effects: Effects[R],
) -> list[tuple[Link, Stored[R]]]:
    """Carries out the decision for one record. Answers what to delete at Google."""
    if hold.reason == IDENTITY_CLEARED:
        _settle_clearing(run, hold, link, stored, observation, effects)
    elif hold.side == "crm":
        _settle_here(run, hold, link, stored, observation, effects)
    elif stored is not None:
        return _settle_there(run, hold, link, stored, observation, effects)
    return []


def _settle_here(
    run: Run[R],
    hold: Hold,
    link: Link,
    stored: Stored[R] | None,
    observation: Observation[R] | None,
    effects: Effects[R],
) -> None:
    """Deleted at Google: archived here (apply), or kept and, unless it is a busy copy, created there anew."""
    if observation is not None:
        _go_on(run, link, stored, observation, effects)
    elif hold.choice == "apply":
        gone: Observation[R] = tombstone(link)
        nothing: Seen[R] = Seen(None)
        absorb_pair(run, link, stored, gone, nothing, effects)
    elif link.shadow:
        # Nothing of a busy copy is ever sent: it stays here, and follows no event any more.
        effects.writes.append(PutLink(replace(link, state="detached")))
        effects.changes.append(_change("crm", "detach", link, "you kept it"))
    else:
        over = run.side.dependants.over(run, link, by_google=True)
        effects.writes += [over, *following.again(run, link)]
        if stored is not None and stored.archived_at is None:
            effects.writes.append(run.touch(stored))
            effects.changes.append(_change("google", Action.RECREATE_REMOTE.value, link, "you kept it"))


def _settle_there(
    run: Run[R],
    hold: Hold,
    link: Link,
    stored: Stored[R],
    observation: Observation[R] | None,
    effects: Effects[R],
) -> list[tuple[Link, Stored[R]]]:
    """Archived here: deleted at Google (apply), or left there for good (discard). Answers what to delete."""
    if stored.archived_at is None:
        # Restored meanwhile. If it is gone at Google besides, the pull has yet to see that.
        if observation is not None:
            _go_on(run, link, stored, observation, effects)
        return []
    if observation is None:
        effects.writes.append(run.side.dependants.over(run, link, by_google=False))
        effects.writes += following.forget(run, link)
    elif hold.choice == "discard":
        effects.writes.append(PutLink(replace(link, state="detached")))
        effects.changes.append(_change("google", "detach", link, "you kept it at Google"))
    elif _decided(run, link, stored, observation) is Action.DELETE_REMOTE:
        return [(replace(link, etag=observation.etag), stored)]
    else:
        _go_on(run, link, stored, observation, effects)
    return []


def _settle_clearing(
    run: Run[R],
    hold: Hold,
    link: Link,
    stored: Stored[R] | None,
    observation: Observation[R] | None,
    effects: Effects[R],
) -> None:
    """Cleared at Google: cleared here too (apply), or filled there again from here (discard)."""
    if stored is None or observation is None or observation.value is None:
        return  # Gone on one side since: the pull or an audit decides that.
    if stored.archived_at is not None:
        effects.writes.append(run.touch(stored))
        return
    canon, remote = run.canon_of(link), run.shown(link, observation, observation.value)
    suspicious = decide(link, crm_side(canon, stored), remote, canon, run.rules).hold is not None
    if suspicious and hold.choice == "discard":
        link = _as_if_blank(link, remote)
    rules = replace(run.rules, allow_clear=True)
    absorb_pair(run, link, stored, observation, remote, effects, rules)


def _as_if_blank(link: Link, remote: Seen[Any]) -> Link:
    """The link as if the sides had agreed on the blanks that Google shows: all that the CRM says of identity
    is then news.
    """
    blank = {field.name: remote.projection[field.name] for field in _IDENTITY}
    return replace(link, base=Base({**link.base.local, **blank}, {**link.base.remote, **blank}))


def _go_on(
    run: Run[R],
    link: Link,
    stored: Stored[R] | None,
    observation: Observation[R],
    effects: Effects[R],
) -> None:
    """What is there after all goes the normal way."""
    assert observation.value is not None
    remote = run.side.dependants.seen(run, link, observation, observation.value)
    absorb_pair(run, link, stored, observation, remote, effects)


def _decided(run: Run[R], link: Link, stored: Stored[R], observation: Observation[R]) -> Action:
    assert observation.value is not None
    canon, remote = run.canon_of(link), run.shown(link, observation, observation.value)
    return decide(link, crm_side(canon, stored), remote, canon, run.rules).action


def _change(side: Any, action: str, link: Link, why: str) -> Change:
    return Change(side, action, link.crm, link.key, why, None, None)
