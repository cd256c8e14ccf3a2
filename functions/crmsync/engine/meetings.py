"""How an exception and what Google shows of its occurrence meet for the first time, and how they part.

Without a link the two meet as if both had agreed on the occurrence that the series gives.
"""

from dataclasses import replace
from typing import Any

from crmsync.core import fields, ids
from crmsync.core.decide import decide
from crmsync.core.journal import Change
from crmsync.core.model import Appointment, Stored
from crmsync.core.occurrences import is_cancelled_occurrence, occurrence_base, takes_place
from crmsync.core.plan import Action, Decision, Seen
from crmsync.core.series import exception_of
from crmsync.core.state import Base, Link, Observation
from crmsync.engine import shadows
from crmsync.engine.effects import Effects, write_pair
from crmsync.engine.run import Run
from crmsync.store.ports import CreateRecord, DropLink, PutLink, PutRecord


def meeting(
    run: Run[Any], owner: Link, record: Stored[Any], stored: Stored[Any] | None, item: Observation[Any]
) -> tuple[Link, Seen[Any], Decision[Any]]:
    """How an exception without a link stands to what Google shows of the occurrence: a link as if the two had
    agreed on the occurrence as the series gives it, Google's side, and the decision.

    owner, record: link and record of the series. stored: the CRM's exception, if it has one.
    """
    assert item.value is not None
    at = item.value.original_start
    plain = replace(exception_of(record.value, record.id, at), notify_guests=False)
    if plain.status == "cancelled":
        plain = replace(plain, status="confirmed")
    plain = shadows.shadow_of(plain) if owner.shadow else plain
    given = run.canon.project(plain)
    base = Base(given, given) if owner.shadow else occurrence_base(owner.base, given)
    if stored is None:
        # What the CRM's series still has to send is the series' own business.
        base = Base(given, base.remote)
    link = Link(
        key=run.key_of(item),
        resource="calendar",
        crm=stored.id if stored else ids.exception_id(run.canon, record.id, at),
        name=item.name,
        remote_id=item.remote_id,
        etag=item.etag,
        rtime=item.rtime or owner.rtime,
        base=base,
        rich=item.rich,
        made_crm=owner.made_crm,
        shadow=owner.shadow,
    )
    local = run.seen(stored) if stored else Seen(plain, given)
    remote = shadows.seen(run, link, item.value)
    return link, remote, decide(link, local, remote, run.canon, run.rules)


def meet(
    run: Run[Any], owner: Link, record: Stored[Any], item: Observation[Any], effects: Effects[Any]
) -> None:
    """An occurrence that Google shows changed and no link knows."""
    assert item.value is not None
    crm = ids.exception_id(run.canon, record.id, item.value.original_start)
    stored = run.deps.store.records(run.uid, run.kind, [crm]).get(crm)
    over = not takes_place(record.value, item.value)
    if is_cancelled_occurrence(item.value) and over:
        return
    old = None
    if stored is not None and stored.archived_at is not None:
        # It went with its series, or with its occurrence: as if there were none, while the series lives.
        old, stored = (None, replace(stored, archived_at=None)) if record.archived_at else (stored, None)
    link, remote, decision = meeting(run, owner, record, stored, item)
    if stored is not None:
        accept(run, link, remote, stored, decision, effects)
    elif decision.local_fields and decision.value is not None:
        decision = _as_shown(decision, remote)
        after = replace(link, base=decision.base or link.base)
        _create(run, after, record, old, decision.value or record.value, item, effects)


def _as_shown(decision: Decision[Any], remote: Seen[Any]) -> Decision[Any]:
    """The same for an exception that was born at Google: lists that it has of its own are as Google shows
    them. What was added to the series here meanwhile is the series' own, as with exceptions that are known.
    """
    assert remote.value is not None
    lists = [name for name in decision.local_fields if fields.field_of(remote.value, name).kind == "list"]
    if not lists or decision.value is None or decision.base is None:
        return decision
    value = fields.with_fields(decision.value, {name: fields.get(remote.value, name) for name in lists})
    shown = {name: remote.projection[name] for name in lists}
    base = Base({**decision.base.local, **shown}, decision.base.remote)
    return replace(decision, value=value, base=base)


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
        local = run.seen(stored)
        base = decision.base or Base(local.projection, remote.projection)
        effects.writes.append(PutLink(replace(link, base=base)))
        effects.settled.add(stored.id)
    else:
        after = replace(link, base=decision.base or link.base)
        write_pair(run, after, stored, decision, effects)


def _create(
    run: Run[Any],
    link: Link,
    record: Stored[Any],
    old: Stored[Any] | None,
    value: Appointment,
    item: Observation[Any],
    effects: Effects[Any],
) -> None:
    assert item.value is not None
    value = replace(value, series_id=record.id, original_start=item.value.original_start)
    if old is None:
        effects.writes.append(CreateRecord("appointments", link.crm, value))
    else:
        effects.writes.append(PutRecord("appointments", link.crm, value, old.version, archived=False))
    effects.writes.append(PutLink(link))
    effects.settled.add(link.crm)
    before = fields.as_json(old.value) if old else None
    after = fields.as_json(value)
    effects.changes.append(
        Change("crm", "create_exception", link.crm, link.key, "changed at Google", before, after)
    )


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
