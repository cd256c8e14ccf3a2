"""Creating records at Google so that a crash at any point neither doubles nor loses one.

Contacts: Google has no idempotency, so an intent is committed first; the created contacts carry our key, and
a later scan adopts those whose links were never written (`recovery`). Appointments: the event id is derived
from the CRM id, so that a repeated insert meets its first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from crmsync.core.errors import AlreadyThere, Refused, SyncError, Unavailable
from crmsync.core.journal import Change
from crmsync.core.model import R, Stored
from crmsync.core.pair.plan import Action
from crmsync.core.pair.sides import fingerprint
from crmsync.core.state import Base, Intent, Link, Observation
from crmsync.engine.pairs.absorb import adopt
from crmsync.engine.ports import New
from crmsync.engine.run.effects import keyless_link, new_link
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work
from crmsync.engine.series import following
from crmsync.engine.series.generations import GENERATIONS, event_id
from crmsync.store.ports import DropIntent, PutIntent, PutLink, PutRecord

REFUSED = "refused-"
"""Prefix of the link key of a record that Google refused to create: it has no key at Google."""
AHEAD = 8
"""So many ids are looked at together, once the first was taken."""


class Creating(Protocol[R]):
    """What a side says of its creates."""

    def create(self, run: Run[R], chunk: Sequence[Stored[R]], work: Work[R]) -> None:
        """Creates some records with one call or a few, and adds to `work` what has happened."""
        ...


def create(run: Run[R], side: Creating[R], work: Work[R]) -> None:
    """Creates what the page asks for, call by call; each call's outcome is committed before the next call."""
    size = run.remote.create_size
    for start in range(0, len(work.creates), size):
        chunk = work.creates[start : start + size]
        if work.limited is not None:
            work.waiting.update(stored.id for stored in chunk)
        else:
            side.create(run, chunk, work)


def create_contacts(run: Run[R], chunk: Sequence[Stored[R]], work: Work[R]) -> None:
    """Creates contacts with one call, after their intent."""
    prepared = intent(run, chunk)
    work.before_google(run, PutIntent(prepared))
    try:
        outcomes = run.remote.create(asked(chunk))
    except SyncError as error:
        if not may_have_happened(error):
            run.ledger.commit(None, DropIntent(prepared.id))
        raise
    record(run, chunk, outcomes, {}, work)
    work.writes.append(DropIntent(prepared.id))


def intent(run: Run[R], chunk: Sequence[Stored[R]]) -> Intent:
    """What is committed before these contacts are created."""
    return Intent(run.deps.new_id(), tuple(stored.id for stored in chunk), run.now())


def asked(chunk: Sequence[Stored[R]]) -> list[New[R]]:
    """What Google is asked for: contacts, each with our key."""
    return [New(stored.id, stored.value) for stored in chunk]


def may_have_happened(error: SyncError) -> bool:
    """Whether the creates are in doubt.

    A refusal before any effect (quota, grant, scope) leaves nothing to scan for.
    """
    return isinstance(error, Unavailable) and error.ambiguous


def create_events(run: Run[R], chunk: Sequence[Stored[R]], work: Work[R]) -> None:
    """Creates events with one call, and more for those whose ids are taken."""
    work.before_google(run)
    generations = {stored.id: 0 for stored in chunk}
    todo = list(chunk)
    outcomes: dict[str, Observation[R] | SyncError] = {}
    while todo:
        items = [New(s.id, s.value, event_id(run, s.id, generations[s.id]), notifies(s)) for s in todo]
        answer = run.remote.create(items)
        taken = [s for s in todo if isinstance(answer.get(s.id), AlreadyThere)]
        outcomes |= {crm: outcome for crm, outcome in answer.items() if not isinstance(outcome, AlreadyThere)}
        todo = _own_or_next(run, taken, generations, outcomes, work)
    record(run, chunk, outcomes, generations, work)


def _own_or_next(
    run: Run[R],
    taken: Sequence[Stored[R]],
    generations: dict[str, int],
    outcomes: dict[str, Observation[R] | SyncError],
    work: Work[R],
) -> list[Stored[R]]:
    """Ids that are taken: by our own living event (adopt it, whatever it says by now), or by a deleted or
    foreign one (deleted ids stay taken: the first generation that is free).
    """
    again: list[Stored[R]] = []
    for stored in taken:
        first = generations[stored.id]
        ahead = {
            generation: event_id(run, stored.id, generation) for generation in range(first, first + AHEAD)
        }
        read = run.remote.read(list(ahead.values()))
        seen = {generation: read.get(event_id) for generation, event_id in ahead.items()}
        ours = _free(run, [it for it in seen.values() if it is not None and it.own_key == stored.id])
        generations[stored.id] = next((n for n, it in seen.items() if it is None), first + AHEAD)
        if ours:
            effects: Effects[R] = Effects()
            rules = following.adoption_rules(run, ours[0])
            why, highest = "carries our key", generations[stored.id] - 1
            adopt(run, stored, ours[0], effects, why=why, made_here=True, rules=rules, generation=highest)
            work.add(effects)
            followers = {write.id for write in effects.writes if isinstance(write, PutRecord)} - {stored.id}
            work.again |= followers
            work.touched |= bool(followers) or stored.id not in effects.settled
            work.adopted.add(stored.id)
        elif generations[stored.id] < GENERATIONS:
            again.append(stored)
        else:
            outcomes[stored.id] = Refused("event_ids_taken", "every derived event id is taken")
    return again


def _free(run: Run[R], items: Sequence[Observation[R]]) -> list[Observation[R]]:
    """Those that live and stand for no other record: one out of Google's bin may have got its own."""
    living = [item for item in items if not item.deleted]
    taken = run.store.links(run.scope, [run.side.key_of(item) for item in living]) if living else {}
    return [item for item in living if run.side.key_of(item) not in taken]


def notifies(stored: Stored[Any]) -> bool:
    """Whether the user asked that guests of this very appointment be told."""
    return bool(getattr(stored.value, "notify_guests", False))


def record(
    run: Run[R],
    chunk: Sequence[Stored[R]],
    outcomes: Mapping[str, Observation[R] | SyncError],
    generations: Mapping[str, int],
    work: Work[R],
) -> None:
    """Links for what was created; quarantine for what Google refused; what only failed for now waits."""
    for stored in chunk:
        if stored.id in work.adopted:
            continue
        outcome = outcomes.get(stored.id)
        projection = run.canon.project(stored.value)
        if isinstance(outcome, Observation):
            assert outcome.value is not None
            base = Base(projection, run.canon.project(outcome.value))
            generation = generations.get(stored.id, 0)
            link = new_link(run, stored.id, outcome, base, made_here=True, generation=generation)
            work.writes.append(PutLink(link))
            if not work.first:
                followers = following.followers(run, stored)
                work.writes += followers.values()
                work.again |= followers.keys()
                work.touched |= bool(followers)
            work.changes.append(
                Change(
                    "google", Action.CREATE_REMOTE.value, stored.id, link.key, "new in the CRM", None, None
                )
            )
        elif isinstance(outcome, Refused):
            work.writes.append(
                PutLink(refused(run, stored, fingerprint(run.canon, projection), outcome.reason))
            )
        else:
            work.put_off(stored.id, outcome)


def refused(run: Run[R], stored: Stored[R], tried: str, reason: str) -> Link:
    """A quarantined link for a record that Google would not create."""
    link = keyless_link(run, stored.id, f"{REFUSED}{stored.id}")
    return replace(link, state="quarantined", problem=reason, tries=1, tried=tried)
