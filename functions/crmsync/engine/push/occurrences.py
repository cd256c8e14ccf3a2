"""Exceptions of series on their way to Google, after the events of their page.

A linked exception is an update like any other. For one without a link Google is asked for the occurrence, by
series and original start; the two then meet as if both had agreed on the occurrence that the series gives.
With an archived series no exception has any call of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from crmsync.core.calendar.occurrences import is_called_off, takes_place
from crmsync.core.errors import NotFound, SyncError
from crmsync.core.fields import get
from crmsync.core.loops import is_looping
from crmsync.core.model import Appointment, Stored
from crmsync.core.pair import ids
from crmsync.core.pair.decide import decide
from crmsync.core.pair.merge import changed_fields
from crmsync.core.pair.plan import Action, Decision
from crmsync.core.pair.sides import crm_side, fingerprint
from crmsync.core.state import Link, Observation
from crmsync.engine.pairs.absorb import LOOP
from crmsync.engine.ports import Calendar, Occurrence
from crmsync.engine.push.creates import REFUSED, refused
from crmsync.engine.run.effects import quarantined
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work
from crmsync.engine.series import following
from crmsync.engine.series.meetings import accept, drop, meeting
from crmsync.store.ports import CreateRecord, DropLink, PutLink, PutRecord

MISSING = "not_an_occurrence"
"""Why an exception is quarantined whose series at Google does not take place then."""


def bring_series(
    run: Run[Any], exceptions: Sequence[Stored[Any]], page: Sequence[Stored[Any]]
) -> list[Stored[Any]]:
    """Series of these exceptions that come later in the order of change, and are not at Google yet."""
    wanted = {stored.value.series_id for stored in exceptions} - {stored.id for stored in page}
    if not wanted:
        return []
    linked = run.store.links_of(run.scope, run.resource, sorted(wanted))
    return list(run.store.records(run.scope, run.kind, sorted(wanted - linked.keys())).values())


def prepare(
    run: Run[Any], exceptions: Sequence[Stored[Any]], links: Mapping[str, Link], work: Work[Any]
) -> None:
    """Adds to `work` what these exceptions ask of Google. Their series have been dealt with."""
    todo = [stored for stored in exceptions if stored.id not in work.again]
    wanted = sorted({stored.value.series_id for stored in todo})
    if not wanted:
        return
    records = run.store.records(run.scope, run.kind, wanted)
    owners = run.store.links_of(run.scope, run.resource, wanted)
    strangers: list[tuple[Link, Stored[Any], Stored[Any]]] = []
    for stored in todo:
        record, owner = records.get(stored.value.series_id), owners.get(stored.value.series_id)
        if record is None or record.archived_at is not None or is_called_off(record.value):
            continue
        if owner is None or owner.state == "detached" or owner.shadow or owner.key.startswith(REFUSED):
            continue
        link = links.get(stored.id)
        if link is None or link.key.startswith(REFUSED):
            if link is not None and link.tried == fingerprint(
                run.canon, crm_side(run.canon, stored).projection
            ):
                continue
            if stored.archived_at is None:
                strangers.append((owner, record, stored))
        else:
            _linked(run, link, record, stored, work)
    if run.pushes:
        refusals = {crm: link for crm, link in links.items() if link.key.startswith(REFUSED)}
        _meet(run, strangers, refusals, work)
    else:
        work.updates = []


def _linked(run: Run[Any], link: Link, record: Stored[Any], stored: Stored[Any], work: Work[Any]) -> None:
    local = crm_side(run.canon, stored)
    if link.state == "detached" or link.shadow:
        return
    if link.state == "quarantined" and fingerprint(run.canon, local.projection) == link.tried:
        return
    if not takes_place(record.value, stored.value):
        effects: Effects[Any] = Effects()
        drop(run, link.key, stored, effects)
        work.add(effects)
        return
    decision = decide(link, local, None, run.canon, run.rules)
    if decision.action is Action.UPDATE_REMOTE and is_looping(link.writes, run.now()):
        work.writes.append(PutLink(quarantined(run, link, local, LOOP)))
    elif decision.action is Action.UPDATE_REMOTE or decision.need == "remote":
        work.updates.append((_read_first(link, record, stored, decision), stored, decision))


def _read_first(link: Link, record: Stored[Any], stored: Stored[Any], decision: Decision[Any]) -> Link:
    """The link, so that Google is asked first when the exception only follows its series: there it may have
    followed already, and what is sent to it would be its own from then on.
    """
    followed = {name for name in decision.remote_fields if get(stored.value, name) == get(record.value, name)}
    return replace(link, rich=link.rich | followed) if followed == decision.remote_fields else link


def _meet(
    run: Run[Any],
    strangers: Sequence[tuple[Link, Stored[Any], Stored[Any]]],
    refusals: Mapping[str, Link],
    work: Work[Any],
) -> None:
    """Asks Google for occurrences that no link knows, and decides each."""
    calendar = cast(Calendar, run.remote)
    effects: Effects[Any] = Effects()
    for start in range(0, len(strangers), run.remote.read_size):
        chunk = strangers[start : start + run.remote.read_size]
        asked = [Occurrence(owner.remote_id, stored.value.original_start) for owner, _, stored in chunk]
        found = calendar.occurrences(asked)
        gone = following.gone(run, [item for item in found.values() if isinstance(item, Observation)])
        moved = _moved_with_their_series(run, chunk, [found.get(occurrence) for occurrence in asked])
        for occurrence, (owner, record, stored) in zip(asked, chunk, strict=True):
            item = found.get(occurrence)
            if occurrence.series in gone:
                continue  # The next pull sees to the series, and to its exceptions with it.
            if stored.id in moved or (isinstance(item, SyncError) and not isinstance(item, NotFound)):
                work.waiting.add(stored.id)
            elif not isinstance(item, Observation) or item.value is None:
                _nowhere(run, owner, record, stored, refusals.get(stored.id), effects, work)
            else:
                if stored.id in refusals:
                    effects.writes.append(DropLink(refusals[stored.id].key))
                link, remote, decision = meeting(run, owner, record, stored, item)
                if decision.action is Action.UPDATE_REMOTE and decision.base is link.base:
                    work.updates.append((link, stored, decision))
                elif decision.action is Action.UPDATE_REMOTE and not decision.lost:
                    base = decision.base or link.base
                    work.updates.append((replace(link, base=base), stored, decision))
                else:
                    accept(run, link, remote, stored, decision, effects)
                    work.touched |= bool(decision.remote_fields)
    work.add(effects)


def _moved_with_their_series(
    run: Run[Any], strangers: Sequence[tuple[Link, Stored[Any], Stored[Any]]], seen: Sequence[object]
) -> set[str]:
    """The exceptions whose occurrences say something new because their series at Google does.

    That is no edit of the occurrence. They wait until the pull has brought the series in.
    """
    suspects: dict[str, Link] = {}
    for (owner, record, stored), item in zip(strangers, seen, strict=True):
        if isinstance(item, Observation) and item.value is not None and owner.state == "linked":
            link, remote, _ = meeting(run, owner, record, stored, item)
            if changed_fields(link.base.remote, remote.projection):
                suspects[stored.id] = owner
    moved = following.moved(run, suspects.values())
    return {id for id, owner in suspects.items() if owner.key in moved}


def _nowhere(
    run: Run[Any],
    owner: Link,
    record: Stored[Any],
    stored: Stored[Any],
    refusal: Link | None,
    effects: Effects[Any],
    work: Work[Any],
) -> None:
    """Google's series does not take place then. After a split at Google a later part may."""
    value: Appointment = stored.value
    assert value.original_start is not None
    parts = [part for part in following.kin(run, owner.remote_id) if part.key != owner.key]
    later = run.store.records(run.scope, run.kind, [part.crm for part in parts])
    for part in parts:
        other = later.get(part.crm)
        if other is None or other.archived_at is not None or not takes_place(other.value, value):
            continue
        crm = ids.exception_id(run.canon, part.crm, value.original_start)
        effects.writes.append(PutRecord("appointments", stored.id, value, stored.version, archived=True))
        if not run.store.records(run.scope, run.kind, [crm]):
            effects.writes.append(CreateRecord("appointments", crm, replace(value, series_id=part.crm)))
            work.touched = True
        return
    if not takes_place(record.value, value):
        key = ids.exception_link_key(owner.key, value.original_start)
        drop(run, refusal.key if refusal else key, stored, effects)
    elif following.is_to_be_moved(run, owner, record):
        # Google has not been told yet that the series takes place then: its etag had moved, say.
        work.waiting.add(stored.id)
    else:
        local = crm_side(run.canon, stored).projection
        aside = refused(run, stored, fingerprint(run.canon, local), MISSING)
        version = refusal.version if refusal else None
        work.writes.append(PutLink(replace(aside, version=version)))
