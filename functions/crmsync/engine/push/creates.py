"""Creating records at Google so that a crash at any point neither doubles nor loses one.

Contacts: Google has no idempotency, so an intent is committed first; the created contacts carry our key, and
a later scan adopts those whose links were never written (`recovery`). Appointments: the event id is derived
from the CRM id, so that a repeated insert meets its first (`inserts`).
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from crmsync.core.chunks import chunks
from crmsync.core.errors import AlreadyThere, Refused, SyncError, Unavailable
from crmsync.core.fields import fields_of
from crmsync.core.journal import Change
from crmsync.core.model import Appointment, R, Stored
from crmsync.core.pair.plan import Action
from crmsync.core.state import Base, Intent, Observation
from crmsync.engine.ports import New
from crmsync.engine.push.suspects import Suspects
from crmsync.engine.run import aside
from crmsync.engine.run.effects import new_link
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work
from crmsync.engine.series import following
from crmsync.store.ports import DropIntent, PutIntent, PutLink, Write


class Creating(Protocol[R]):
    """What a side says of its creates."""

    def create(self, run: Run[R], chunk: Sequence[Stored[R]], work: Work[R], suspects: Suspects[R]) -> None:
        """Creates some records with one call or a few, and adds to `work` what has happened."""
        ...


def create(run: Run[R], side: Creating[R], work: Work[R], suspects: Suspects[R]) -> None:
    """Creates what the page asks for, call by call; each call's outcome is committed before the next call."""
    for chunk in chunks(work.creates, run.remote.create_size):
        if work.limited is not None:
            work.waiting.update(stored.id for stored in chunk)
        else:
            side.create(run, chunk, work, suspects)
            work.put_each(suspects.put_aside(run))


def create_contacts(run: Run[R], chunk: Sequence[Stored[R]], work: Work[R]) -> None:
    """Creates contacts with one call, after their intent."""
    prepared = intent(run, chunk)
    work.before_google(run, PutIntent(prepared))
    try:
        outcomes = run.remote.create(asked(run, chunk))
    except SyncError as error:
        if drop := settled(prepared, error):
            run.ledger.commit(None, *drop)
        raise
    record(run, chunk, outcomes, {}, work)
    work.writes.append(DropIntent(prepared.id))


def intent(run: Run[R], chunk: Sequence[Stored[R]]) -> Intent:
    """What is committed before these contacts are created."""
    return Intent(run.deps.new_id(), tuple(stored.id for stored in chunk), run.now(), named=True)


def asked(run: Run[R], chunk: Sequence[Stored[R]]) -> list[New[R]]:
    """What Google is asked for: contacts, each with our key."""
    return [New(stored.id, run.sharing.outgoing(stored.value)) for stored in chunk]


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
                _note_created(run, stored, made, generations.get(stored.id, 0), work)
            case Refused() as error:
                tries = work.tries.get(stored.id, 0)
                work.put(PutLink(aside.refused(run, stored, error.reason, tries=tries)))
            case AlreadyThere():
                continue
            case failure:
                work.put_off(stored.id, failure)


def _note_created(
    run: Run[R], stored: Stored[R], made: Observation[R], generation: int, work: Work[R]
) -> None:
    """What Google made is linked, come what may: else it would be made a second time."""

    def put_aside() -> None:
        work.put(aside.made(run, stored, made, run.side.key_of(made)))

    if made.unreadable:
        put_aside()
        return
    with aside.guarded(run, stored.id, put_aside):
        _created(run, stored, made, generation, work)


def _created(run: Run[R], stored: Stored[R], made: Observation[R], generation: int, work: Work[R]) -> None:
    assert made.value is not None
    ours = run.canon.project(stored.value)
    agreed = run.sharing.made_there(ours, run.canon.project(made.value))
    # Who has made it organises it, whatever it was before: that is news, which the next pull brings.
    news = {field.name for field in fields_of(stored.value) if field.told}
    base = Base(agreed.local, {**agreed.remote, **{name: ours[name] for name in news}})
    link = new_link(run, stored.id, made, base, made_here=True, generation=generation)
    action = Action.CREATE_REMOTE.value
    change = Change("google", action, stored.id, link.key, "new in the CRM", None, None)
    followers = {} if work.initial else following.followers(run, stored, late=stored.id in work.tries)
    work.put(PutLink(link), *followers.values(), change=change)
    work.requeued |= set(followers)
