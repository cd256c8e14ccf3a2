"""How an exception and what Google shows of its occurrence meet for the first time, and how they part.

Without a link the two meet as if both had agreed on the occurrence that the series gives.
"""

from dataclasses import replace
from typing import Any

from crmsync.core import fields
from crmsync.core.calendar.occurrences import is_cancelled_occurrence, occurrence_base, takes_place
from crmsync.core.calendar.series import exception_of
from crmsync.core.journal import Change
from crmsync.core.model import Appointment, Moment, Stored
from crmsync.core.pair import ids
from crmsync.core.pair.decide import decide
from crmsync.core.pair.plan import Action, Decision, Seen
from crmsync.core.pair.settle import changed_fields
from crmsync.core.pair.sides import crm_side
from crmsync.core.state import Base, Link, Observation
from crmsync.engine.run.effects import write_pair
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.engine.series import shadows
from crmsync.store.ports import CreateRecord, DropLink, PutLink, PutRecord


def meeting(
    run: Run[Any], owner: Link, record: Stored[Any], stored: Stored[Any], item: Observation[Any]
) -> tuple[Link, Seen[Any], Decision[Any]]:
    """How an exception of the CRM without a link stands to what Google shows of the occurrence: a link as if
    the two had agreed on the occurrence as the series gives it, Google's side, and the decision.

    owner, record: link and record of the series.
    """
    assert item.value is not None
    given = run.canon.project(_plain(owner, record, item.value.original_start))
    base = Base(given, given) if owner.shadow else occurrence_base(owner.base, given)
    link = _link(run, owner, stored.id, item, base)
    remote = shadows.seen(run, link, item.value)
    return link, remote, decide(link, crm_side(run.canon, stored), remote, run.canon, run.rules)


def meet(
    run: Run[Any],
    owner: Link,
    record: Stored[Any],
    item: Observation[Any],
    effects: Effects[Any],
    *,
    listed: bool,
) -> None:
    """An occurrence that Google shows and no link knows.

    listed: it was listed just so, as only exceptions are. Else it may be as the rules give it.
    """
    assert item.value is not None
    crm = ids.exception_id(run.canon, record.id, item.value.original_start)
    stored = run.store.records(run.scope, run.kind, [crm]).get(crm)
    over = not takes_place(record.value, item.value)
    if is_cancelled_occurrence(item.value) and over:
        return
    old = None
    if stored is not None and stored.archived_at is not None:
        # It went with its series, or with its occurrence: as if there were none, while the series lives.
        old, stored = (None, replace(stored, archived_at=None)) if record.archived_at else (stored, None)
    if stored is not None:
        link, remote, decision = meeting(run, owner, record, stored, item)
        accept(run, link, remote, stored, decision, effects)
    else:
        _bring_in(run, owner, record, old, item, effects, listed=listed)


def _plain(owner: Link, record: Stored[Any], at: Moment) -> Appointment:
    """The occurrence as the CRM's series gives it."""
    plain = replace(exception_of(record.value, record.id, at), notify_guests=False)
    if plain.status == "cancelled":
        plain = replace(plain, status="confirmed")
    return shadows.shadow_of(plain) if owner.shadow else plain


def _link(run: Run[Any], owner: Link, crm: str, item: Observation[Any], base: Base) -> Link:
    return Link(
        key=run.side.key_of(item),
        resource="calendar",
        crm=crm,
        name=item.name,
        remote_id=item.remote_id,
        etag=item.etag,
        rtime=item.rtime or owner.rtime,
        base=base,
        rich=item.rich,
        made_crm=owner.made_crm,
        shadow=owner.shadow,
    )


def _bring_in(
    run: Run[Any],
    owner: Link,
    record: Stored[Any],
    old: Stored[Any] | None,
    item: Observation[Any],
    effects: Effects[Any],
    *,
    listed: bool,
) -> None:
    """The CRM gets an exception for one that Google has: with Google's values where they are not those of its
    series, and else what the CRM's series says. What this has yet to send, it sends with its exceptions.

    One that says the same as its series is one all the same: Google will not change it with the series. old:
    an archived record of this exception.
    """
    assert item.value is not None
    at = item.value.original_start
    plain = _plain(owner, record, at)
    given = run.canon.project(plain)
    link = _link(run, owner, ids.exception_id(run.canon, record.id, at), item, Base())
    remote = shadows.seen(run, link, item.value)
    assert remote.value is not None
    agreed = Base(given, given) if owner.shadow else occurrence_base(owner.base, given)
    changed = changed_fields(agreed.remote, remote.projection)
    if not changed and (owner.shadow or not listed):
        return
    if is_cancelled_occurrence(remote.value):
        value = replace(plain, status="cancelled")
    else:
        value = fields.with_fields(plain, {name: fields.get(remote.value, name) for name in changed})
    if old is None:
        effects.writes.append(CreateRecord("appointments", link.crm, value))
    else:
        effects.writes.append(PutRecord("appointments", link.crm, value, old.version, archived=False))
    ours = run.canon.project(value)
    news = changed if not is_cancelled_occurrence(value) else ours.keys()
    base = Base({**agreed.local, **{name: ours[name] for name in news}}, remote.projection)
    effects.writes.append(PutLink(replace(link, base=base)))
    if not changed_fields(base.local, ours):
        effects.settled.add(link.crm)
    before = fields.as_json(old.value) if old else None
    why = "changed at Google"
    effects.changes.append(
        Change("crm", "create_exception", link.crm, link.key, why, before, fields.as_json(value))
    )


def accept(
    run: Run[Any],
    link: Link,
    remote: Seen[Any],
    stored: Stored[Any],
    decision: Decision[Any],
    effects: Effects[Any],
) -> None:
    """The writes by which an exception of the CRM gets its link."""
    if decision.action in (Action.NOTHING, Action.REFRESH):
        local = crm_side(run.canon, stored)
        base = decision.base or Base(local.projection, remote.projection)
        effects.writes.append(PutLink(replace(link, base=base)))
        effects.settled.add(stored.id)
    else:
        after = replace(link, base=decision.base or link.base)
        write_pair(run, after, stored, decision, effects)


def drop(run: Run[Any], key: str, stored: Stored[Any], effects: Effects[Any]) -> None:
    """The series no longer takes place then: the exception goes with its occurrence, into the archive.

    key: of its link, if it has one.
    """
    effects.writes.append(DropLink(key))
    if stored.archived_at is None:
        effects.writes.append(PutRecord(run.kind, stored.id, stored.value, stored.version, archived=True))
        effects.settled.add(stored.id)
        before = fields.as_json(stored.value)
        why = "with its occurrence"
        effects.changes.append(Change("crm", "archive_exception", stored.id, key, why, before, None))
