"""Creating records at Google so that a crash at any point neither doubles nor loses one.

Contacts: Google has no idempotency, so an intent is committed first; the created contacts carry our key, and
a later scan adopts those whose links were never written (`recovery`). Appointments: the event id is derived
from the CRM id, so that a repeated insert meets its first (`inserts`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from crmsync.core.chunks import chunks
from crmsync.core.errors import AlreadyThere, Refused, SyncError, Unavailable
from crmsync.core.journal import Change
from crmsync.core.model import Appointment, R, Stored
from crmsync.core.pair.plan import Action
from crmsync.core.pair.sides import fingerprint
from crmsync.core.state import Base, Intent, Link, Observation
from crmsync.engine.ports import New
from crmsync.engine.run.effects import keyless_link, new_link
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work
from crmsync.engine.series import following
from crmsync.store.ports import DropIntent, PutIntent, PutLink, Write

REFUSED = "refused-"
"""Prefix of the link key of a record that Google refused to create: it has no key at Google."""


class Creating(Protocol[R]):
    """What a side says of its creates."""

    def create(self, run: Run[R], chunk: Sequence[Stored[R]], work: Work[R]) -> None:
        """Creates some records with one call or a few, and adds to `work` what has happened."""
        ...


def create(run: Run[R], side: Creating[R], work: Work[R]) -> None:
    """Creates what the page asks for, call by call; each call's outcome is committed before the next call."""
    for chunk in chunks(work.creates, run.remote.create_size):
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
        if drop := settled(prepared, error):
            run.ledger.commit(None, *drop)
        raise
    record(run, chunk, outcomes, {}, work)
    work.writes.append(DropIntent(prepared.id))


def intent(run: Run[R], chunk: Sequence[Stored[R]]) -> Intent:
    """What is committed before these contacts are created."""
    return Intent(run.deps.new_id(), tuple(stored.id for stored in chunk), run.now(), named=True)


def asked(chunk: Sequence[Stored[R]]) -> list[New[R]]:
    """What Google is asked for: contacts, each with our key."""
    return [New(stored.id, stored.value) for stored in chunk]


def settled(prepared: Intent, error: SyncError) -> list[Write]:
    """What is left to do about the intent of a call that failed: nothing while its creates are in doubt.

    A refusal before any effect (quota, grant, scope) leaves nothing to scan for.
    """
    in_doubt = isinstance(error, Unavailable) and error.ambiguous
    return [] if in_doubt else [DropIntent(prepared.id)]


def notifies(stored: Stored[R]) -> bool:
    """Whether the user asked that guests of this very appointment be told."""
    return isinstance(stored.value, Appointment) and stored.value.notify_guests


def record(
    run: Run[R],
    chunk: Sequence[Stored[R]],
    outcomes: Mapping[str, Observation[R] | SyncError],
    generations: Mapping[str, int],
    work: Work[R],
) -> None:
    """Links for what was created; quarantine for what Google refused; what only failed for now waits.

    An id that is taken to the end is that of an event of ours, which has been adopted.
    """
    for stored in chunk:
        work.unit()
        match outcomes.get(stored.id):
            case Observation() as made:
                _created(run, stored, made, generations.get(stored.id, 0), work)
            case Refused() as error:
                tried = fingerprint(run.canon, run.canon.project(stored.value))
                work.put(PutLink(refused(run, stored, tried, error.reason)))
            case AlreadyThere():
                continue
            case failure:
                work.put_off(stored.id, failure)


def _created(run: Run[R], stored: Stored[R], made: Observation[R], generation: int, work: Work[R]) -> None:
    assert made.value is not None
    base = Base(run.canon.project(stored.value), run.canon.project(made.value))
    link = new_link(run, stored.id, made, base, made_here=True, generation=generation)
    action = Action.CREATE_REMOTE.value
    change = Change("google", action, stored.id, link.key, "new in the CRM", None, None)
    followers = {} if work.initial else following.followers(run, stored)
    work.put(PutLink(link), *followers.values(), change=change)
    work.requeue(set(followers))


def is_refusal(link: Link) -> bool:
    """Whether a link only says that Google would not create its record."""
    return link.key.startswith(REFUSED)


def refused(run: Run[R], stored: Stored[R], tried: str, reason: str) -> Link:
    """A quarantined link for a record that Google would not create."""
    link = keyless_link(run, stored.id, f"{REFUSED}{stored.id}")
    return replace(link, state="quarantined", problem=reason, tries=1, tried=tried)
