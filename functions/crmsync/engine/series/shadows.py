"""Busy copies: CRM records that say when an event at Google takes place, and nothing else of it.

A shadow goes one way. Google's times come in; what a person writes on it in the CRM stays in the CRM; who
archives it there is not shown it again; nothing is ever written to Google.
"""

from dataclasses import replace
from typing import Any

from crmsync.core import fields
from crmsync.core.calendar.occurrences import is_cancelled_occurrence
from crmsync.core.journal import Change
from crmsync.core.model import Appointment, Stored
from crmsync.core.pair.cancelling import STATUS
from crmsync.core.pair.decide import decide
from crmsync.core.pair.plan import Action, Decision, Seen
from crmsync.core.pair.settle import changed_fields
from crmsync.core.pair.sides import crm_side, google_side
from crmsync.core.state import Base, Link, Observation
from crmsync.engine.run.effects import linked, write_pair
from crmsync.engine.run.pending import Effects, Pending
from crmsync.engine.run.run import Run
from crmsync.engine.series import following
from crmsync.store.ports import PutLink, PutRecord

TITLE = "Busy"
_FOLLOWED = ("when", "recurrence", "busy", "status")
"""What Google says of a shadow."""


def shadow_of(value: Appointment) -> Appointment:
    """All that the CRM is to know of an event."""
    return Appointment(
        title=TITLE,
        start=value.start,
        end=value.end,
        recurrence=value.recurrence,
        busy=value.busy,
        status="cancelled" if is_cancelled_occurrence(value) else "confirmed",
        series_id=value.series_id,
        original_start=value.original_start,
    )


def is_wanted(run: Run[Any]) -> bool:
    """Whether the user wants times only of what is born at Google."""
    return run.user.settings.google_events == "busy"


def grows(run: Run[Any], link: Link) -> bool:
    """Whether a shadow is to become a whole copy: the user has come to want all of it."""
    return link.shadow and run.user.settings.google_events == "full"


def seen(run: Run[Any], link: Link, value: Any) -> Seen[Any]:
    """Google's side of a pair, as much of it as this link lets the CRM know."""
    if link.shadow and not grows(run, link):
        value = shadow_of(value)
    return google_side(run.canon, value)


def absorb(
    run: Run[Any],
    link: Link,
    stored: Stored[Any] | None,
    observation: Observation[Any],
    remote: Seen[Any],
    effects: Effects[Any],
) -> None:
    """Follows what Google shows of the event behind a shadow."""
    if stored is None or stored.archived_at is not None:
        effects.writes.append(PutLink(replace(link, state="detached")))
    elif remote.value is None:
        effects.archives.append((link, stored))
    elif grows(run, link):
        _grow(run, link, stored, observation, remote, effects)
    else:
        changed = changed_fields(link.base.remote, remote.projection)
        if is_cancelled_occurrence(remote.value):
            # Of an occurrence that does not take place Google says nothing else.
            changed &= STATUS
        values = {name: fields.get(remote.value, name) for name in changed}
        value = fields.with_fields(stored.value, values)
        base = Base(remote.projection, remote.projection)
        decision: Decision[Any] = Decision(Action.UPDATE_LOCAL, "=/~", value, changed, base=base)
        after = replace(linked(run, link, observation), base=base)
        write_pair(run, after, stored, decision, effects)


def _grow(
    run: Run[Any],
    link: Link,
    stored: Stored[Any],
    observation: Observation[Any],
    remote: Seen[Any],
    effects: Effects[Any],
) -> None:
    """The two meet for the first time, so to say: what a person wrote on the shadow is not overwritten. When
    it takes place Google says, as it did of the shadow.
    """
    assert remote.value is not None
    blank = replace(stored.value, title="") if stored.value.title == TITLE else stored.value
    followed = STATUS if is_cancelled_occurrence(remote.value) else _FOLLOWED
    told = {name: fields.get(remote.value, name) for name in followed}
    told = {name: value for name, value in told.items() if value != fields.get(stored.value, name)}
    blank = fields.with_fields(blank, told)
    decision = decide(None, google_side(run.canon, blank), remote, run.canon, run.rules)
    decision = replace(decision, local_fields=decision.local_fields | told.keys())
    after = replace(linked(run, link, observation), shadow=False, base=decision.base or link.base)
    write_pair(run, after, stored, decision, effects)


def rejoin(run: Run[Any], link: Link, stored: Stored[Any], value: Appointment, effects: Effects[Any]) -> None:
    """The event behind a shadow is there again: so is its record, with what a person wrote on it, and takes
    place as Google says, series and exceptions. These come with the listing.

    A shadow that a person has archived is none of these: it has a link still.

    link: the new one. value: the shadow of the event.
    """
    times = {name: fields.get(value, name) for name in following.TIMES}
    action = Action.ADOPT if stored.archived_at is None else Action.RESTORE_LOCAL
    value = fields.with_fields(stored.value, times)
    decision: Decision[Any] = Decision(action, "=/~", value, following.TIMES, base=link.base)
    write_pair(run, link, stored, decision, effects)
    for exception in following.exceptions_of(run, stored.id):
        if exception.archived_at is None:
            effects.writes.append(
                PutRecord(run.kind, exception.id, exception.value, exception.version, archived=True)
            )
            effects.settled.add(exception.id)


def of_record(run: Run[Any], link: Link, stored: Stored[Any]) -> Pending:
    """What a change of the CRM's record leads to: archived, it is not shown again; else nothing."""
    if not crm_side(run.canon, stored).deleted:
        return Pending()
    change = Change("crm", "detach", stored.id, link.key, "x/=", None, None)
    return Pending([PutLink(replace(link, state="detached"))], [change])
