"""Exceptions of a series that Google has split ("this and following"): they go with the part that has their
occurrence.
"""

from dataclasses import replace
from typing import Any

from crmsync.core import fields
from crmsync.core.calendar.occurrences import is_cancelled_occurrence, takes_place
from crmsync.core.journal import Change
from crmsync.core.model import Stored
from crmsync.core.pair import ids
from crmsync.core.pair.decide import decide
from crmsync.core.pair.sides import crm_side
from crmsync.core.state import Link, Observation
from crmsync.engine.run.effects import linked
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.engine.series import following
from crmsync.engine.series.meetings import drop, meeting
from crmsync.store.ports import CreateRecord, PutLink, PutRecord


def take_over(
    run: Run[Any], owner: Link, record: Stored[Any], item: Observation[Any], effects: Effects[Any]
) -> bool:
    """The series was split: an exception that the CRM has under an earlier part now belongs to this one.

    It becomes an exception of the later part, base and all; the old record goes into the archive. False when
    there is none.
    """
    assert item.value is not None
    at = item.value.original_start
    parts = [part for part in following.kin(run, owner.remote_id) if part.key != owner.key]
    by_crm = {ids.exception_id(run.canon, part.crm, at): part for part in parts}
    olds = run.store.records(run.scope, run.kind, list(by_crm))
    olds = {crm: old for crm, old in olds.items() if old.archived_at is None}
    if not olds:
        return False
    keys = {crm: ids.exception_link_key(by_crm[crm].key, at) for crm in olds}
    links = run.store.links(run.scope, list(keys.values()))
    done = False
    for crm, old in olds.items():
        link = links.get(keys[crm])
        if link is None:
            _archive(effects, old)
            done |= _go_over(run, owner, record, old, None, item, effects, done)
            continue
        drop(run, link.key, old, effects)
        # When the later part is no busy copy any more, it says what Google says, and its occurrences with it.
        if owner.shadow or not link.shadow:
            done |= _go_over(run, owner, record, old, link, item, effects, done)
    return done


def _archive(effects: Effects[Any], old: Stored[Any]) -> None:
    effects.writes.append(PutRecord("appointments", old.id, old.value, old.version, archived=True))
    effects.settled.add(old.id)


def _go_over(
    run: Run[Any],
    owner: Link,
    record: Stored[Any],
    old: Stored[Any],
    link: Link | None,
    item: Observation[Any],
    effects: Effects[Any],
    done: bool,
) -> bool:
    assert item.value is not None
    crm = ids.exception_id(run.canon, record.id, item.value.original_start)
    over = is_cancelled_occurrence(item.value) and not takes_place(record.value, item.value)
    if done or over or run.store.records(run.scope, run.kind, [crm]):
        return True
    value = replace(old.value, series_id=record.id)
    first, remote, decision = meeting(run, owner, record, replace(old, value=value), item)
    if link is not None:
        local = crm_side(run.canon, replace(old, value=value))
        decision = decide(link, local, remote, run.canon, run.rules)
        first = replace(linked(run, link, item), key=first.key, version=None)
    base = decision.base or (link.base if link else first.base)
    if decision.value is not None:
        value = replace(decision.value, series_id=record.id, original_start=item.value.original_start)
    effects.writes += [CreateRecord("appointments", crm, value), PutLink(replace(first, crm=crm, base=base))]
    why = "its series was split"
    effects.changes.append(
        Change("crm", "create_exception", crm, first.key, why, None, fields.as_json(value))
    )
    return True
