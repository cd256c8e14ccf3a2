"""Busy copies: CRM records that say when an event at Google takes place, and nothing else of it.

A shadow goes one way. Google's times come in; what a person writes on it in the CRM stays in the CRM; who
archives it there is not shown it again; nothing is ever written to Google.
"""

from dataclasses import replace

from crmsync.core import fields
from crmsync.core.calendar.invitations import is_busy
from crmsync.core.calendar.occurrences import is_cancelled_occurrence
from crmsync.core.journal import Change
from crmsync.core.model import Appointment, R, Stored
from crmsync.core.pair.cancelling import STATUS
from crmsync.core.pair.decide import decide
from crmsync.core.pair.plan import Action, Decision, Seen
from crmsync.core.pair.settle import changed_fields
from crmsync.core.pair.sides import crm_side, google_side
from crmsync.core.state import Base, Link, Observation
from crmsync.engine.run.effects import agreed, healed, linked, write_pair
from crmsync.engine.run.pending import Effects, Pending
from crmsync.engine.run.run import Run
from crmsync.engine.series import following
from crmsync.store.ports import PutLink

TITLE = "Busy"
_FOLLOWED = ("when", "recurrence", "busy", "status", "response")
"""What Google says of a shadow."""


def shadow_of(value: Appointment) -> Appointment:
    """All that the CRM is to know of an event."""
    return Appointment(
        title=TITLE,
        start=value.start,
        end=value.end,
        recurrence=value.recurrence,
        busy=is_busy(value),
        response=value.response,
        status="cancelled" if is_cancelled_occurrence(value) else "confirmed",
        series_id=value.series_id,
        original_start=value.original_start,
    )


def is_wanted(run: Run[Appointment]) -> bool:
    """Whether the user wants times only of what is born at Google."""
    return run.user.settings.events == "busy"


def grows(run: Run[R], link: Link, seen: Observation[R]) -> bool:
    """Whether a shadow is to become a whole copy: the user has come to want all of it, and it is an
    appointment.
    """
    return link.shadow and run.user.settings.events == "full" and not seen.only_busy


def let_through(run: Run[R], link: Link, observation: Observation[R], value: R) -> R:
    """As much of what Google shows as this link lets the CRM know."""
    if isinstance(value, Appointment) and link.shadow and not grows(run, link, observation):
        return shadow_of(value)
    return value


def seen(run: Run[R], link: Link, observation: Observation[R], value: R) -> Seen[R]:
    """Google's side of a pair, as much of it as this link lets the CRM know."""
    return run.shown(link, observation, let_through(run, link, observation, value))


def absorb(
    run: Run[Appointment],
    link: Link,
    stored: Stored[Appointment] | None,
    observation: Observation[Appointment],
    remote: Seen[Appointment],
    effects: Effects[Appointment],
) -> None:
    """Follows what Google shows of the event behind a shadow."""
    if stored is None or stored.archived_at is not None:
        effects.put(PutLink(replace(link, state="detached")))
    elif remote.value is None:
        effects.archives.append((link, stored))
    else:
        whole = grows(run, link, observation)
        there = remote.value
        decision = _grown(run, stored, there, remote) if whole else _followed(link, stored, there, remote)
        # What Google has of its occurrences may have gone unseen while it was set aside.
        effects.relist |= bool(link.stuck) and following.repeats(observation)
        after = agreed(run, replace(linked(link, observation), shadow=not whole), decision.base)
        write_pair(run, after, stored, decision, effects)


def _followed(
    link: Link, stored: Stored[Appointment], there: Appointment, remote: Seen[Appointment]
) -> Decision[Appointment]:
    """It goes on as a shadow: Google's times come in."""
    changed = changed_fields(link.base.remote, remote.projection)
    if is_cancelled_occurrence(there):
        # Of an occurrence that does not take place Google says nothing else.
        changed &= STATUS
    value = fields.with_fields(stored.value, {name: fields.get(there, name) for name in changed})
    base = Base(remote.projection, remote.projection)
    return Decision(Action.UPDATE_LOCAL, "=/~", value, changed, base=base)


def _grown(
    run: Run[Appointment], stored: Stored[Appointment], there: Appointment, remote: Seen[Appointment]
) -> Decision[Appointment]:
    """It becomes a whole copy. The two meet for the first time, so to say: what a person wrote on the shadow
    is not overwritten. When it takes place Google says, as it did of the shadow.
    """
    followed = STATUS if is_cancelled_occurrence(there) else _FOLLOWED
    told = {name: fields.get(there, name) for name in followed if _differ(there, stored.value, name)}
    blank = replace(stored.value, title="") if stored.value.title == TITLE else stored.value
    ours = google_side(run.canon, fields.with_fields(blank, told))
    decision = decide(None, ours, remote, run.canon, run.rules)
    return replace(decision, local_fields=decision.local_fields | told.keys())


def _differ(one: Appointment, other: Appointment, name: str) -> bool:
    return bool(fields.get(one, name) != fields.get(other, name))


def rejoin(
    run: Run[Appointment],
    link: Link,
    stored: Stored[Appointment],
    value: Appointment,
    effects: Effects[Appointment],
) -> None:
    """The event behind a shadow is there again: so is its record, with what a person wrote on it, and takes
    place as Google says, series and exceptions. These come with the listing.

    A shadow that a person has archived is none of these: it has a link still.

    link: the new one. value: the shadow of the event.
    """
    times = {name: fields.get(value, name) for name in following.TIMES}
    action = Action.ADOPT if stored.archived_at is None else Action.RESTORE_LOCAL
    value = fields.with_fields(stored.value, times)
    decision = Decision(action, "=/~", value, following.TIMES, base=link.base)
    write_pair(run, link, stored, decision, effects)
    living = [it for it in following.exceptions_of(run, stored.id) if it.archived_at is None]
    effects.put(*map(following.archived_record, living))
    effects.settled |= {it.id for it in living}


def of_record(run: Run[R], link: Link, stored: Stored[R]) -> Pending:
    """What a change of the CRM's record leads to: archived, it is not shown again; else nothing is owed, and
    one that was set aside for the CRM's side comes out again.
    """
    if not crm_side(run.canon, stored).deleted:
        aside = link.state == "quarantined" and not link.stuck
        return Pending([PutLink(healed(link))] if aside else [])
    change = Change("crm", "detach", stored.id, link.key, "x/=", None, None)
    return Pending([PutLink(replace(link, state="detached"))], [change])
