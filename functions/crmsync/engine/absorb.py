"""Bringing what Google says into the CRM: from observations of one page to the writes of one commit.

Linked records go through the decision table. What is still to be sent to Google afterwards is never stored as
a flag: the link's base keeps
differing, and the record is touched, so that the local pass of this very job, or of the next, finds it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic

from crmsync.core import fields, ids
from crmsync.core.decide import decide
from crmsync.core.journal import Change, Conflict
from crmsync.core.loops import is_looping, noted
from crmsync.core.merge import changed_fields
from crmsync.core.model import R, Stored
from crmsync.core.plan import Action, Decision, Rules, Seen
from crmsync.core.state import CANON_VERSION, Link, Observation
from crmsync.engine import holding
from crmsync.engine.run import Run
from crmsync.store.ports import CreateRecord, DropLink, PutConflict, PutLink, PutRecord, Write

LOOP = "loop"
"""Why a pair is quarantined that some program and the sync kept rewriting in turn."""


@dataclass(slots=True)
class Effects(Generic[R]):
    """What one commit will write, and which deletions were found and wait for the guard."""

    writes: list[Write] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    archives: list[tuple[Link, Stored[R]]] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)
    """CRM ids whose record is written here and owes Google nothing."""
    offered: set[str] = field(default_factory=set)
    """Keys of the candidates that were seen and are open."""


def linked(run: Run[R], link: Link, observation: Observation[R]) -> Link:
    """The link as it follows an accepted observation: names, etag, time. The caller sets the base."""
    return replace(
        link,
        name=observation.name,
        remote_id=observation.remote_id,
        etag=observation.etag,
        rtime=observation.rtime or link.rtime,
        rich=observation.rich,
        canon_version=CANON_VERSION,
        state="linked",
        problem=None,
        tries=0,
    )


def quarantined(run: Run[R], link: Link, local: Seen[R], reason: str) -> Link:
    """The link set aside with its reason; tried again when the CRM record differs from what it is now."""
    return replace(
        link,
        state="quarantined",
        problem=reason,
        tries=link.tries + 1,
        tried=run.fingerprint(local.projection),
    )


def newer(link: Link, observation: Observation[R]) -> bool:
    """False for a stale copy: a listing may lag behind our own push by minutes, as Google documents."""
    return observation.rtime is None or observation.rtime >= link.rtime


def absorb_linked(run: Run[R], pairs: Sequence[tuple[Link, Observation[R]]], effects: Effects[R]) -> None:
    """Decides each linked observation and adds what follows to `effects`.

    Reads CRM records only for those that differ from the base.
    """
    differing: list[tuple[Link, Observation[R], Seen[R]]] = []
    for link, observation in pairs:
        if link.state == "detached" or not newer(link, observation):
            continue
        if observation.deleted or observation.value is None:
            differing.append((link, observation, Seen(None)))
            continue
        projection = run.canon.project(observation.value)
        if link.canon_version == CANON_VERSION and not changed_fields(link.base.remote, projection):
            continue
        differing.append((link, observation, Seen(observation.value, projection)))
    if not differing:
        return
    records = run.deps.store.records(run.uid, run.kind, [link.crm for link, _, _ in differing])
    for link, observation, remote in differing:
        absorb_pair(run, link, records.get(link.crm), observation, remote, effects)


def absorb_pair(
    run: Run[R],
    link: Link,
    stored: Stored[R] | None,
    observation: Observation[R],
    remote: Seen[R],
    effects: Effects[R],
    rules: Rules | None = None,
) -> None:
    """Decides one linked pair whose Google side is known, and adds what follows to `effects`.

    rules: other ones than the user's standing ones, for this once.
    """
    local = run.seen(stored)
    if link.problem == LOOP and run.fingerprint(local.projection) == link.tried:
        return
    decision = decide(link, local, remote, run.canon, rules or run.rules)
    if decision.local_fields and is_looping(link.writes, run.now()):
        effects.writes.append(PutLink(quarantined(run, link, local, LOOP)))
        return
    if decision.hold is not None:
        effects.writes += holding.clearing(run, link, stored)
        return
    if decision.action in (Action.NOTHING, Action.SILENT):
        return
    if decision.action is Action.ARCHIVE_LOCAL:
        assert stored is not None
        effects.archives.append((link, stored))
        return
    if decision.action is Action.DROP_LINK:
        effects.writes.append(DropLink(link.key))
        return
    if decision.action is Action.RECREATE_REMOTE:
        assert stored is not None
        effects.writes += [DropLink(link.key), run.touch(stored)]
        effects.changes.append(_change(link, decision, None, None, side="google"))
        return
    if decision.action is Action.REFRESH:
        effects.writes.append(PutLink(_follow(run, link, observation, decision)))
        return
    if decision.action is Action.DELETE_REMOTE:
        # The CRM archived it and Google has not changed: the local pass deletes it there.
        if stored is not None:
            effects.writes.append(run.touch(stored))
        return
    if stored is None:
        _recreate_local(run, link, observation, decision, effects)
        return
    write_pair(run, _follow(run, link, observation, decision), stored, decision, effects)


def _recreate_local(
    run: Run[R], link: Link, observation: Observation[R], decision: Decision[R], effects: Effects[R]
) -> None:
    """The host CRM removed the document itself while Google's side was edited: edit beats delete."""
    assert decision.value is not None
    effects.writes.append(CreateRecord(run.kind, link.crm, decision.value))
    effects.writes.append(PutLink(_follow(run, link, observation, decision)))
    after = fields.as_json(decision.value, fields.names(decision.value))
    effects.changes.append(_change(link, decision, None, after, side="crm"))


def _follow(run: Run[R], link: Link, observation: Observation[R], decision: Decision[R]) -> Link:
    after = linked(run, link, observation)
    keys = run.match_keys(decision.value) if decision.value is not None else link.match_keys
    return replace(after, base=decision.base or link.base, match_keys=keys)


def write_pair(
    run: Run[R], link: Link, stored: Stored[R], decision: Decision[R], effects: Effects[R]
) -> None:
    """Writes the CRM's side of a decision, the link with the base that follows, conflicts and journal.

    Always writes the CRM record, also when only Google has to change: that puts it before the local pass.
    """
    value = decision.value if decision.value is not None else stored.value
    restored = False if decision.action is Action.RESTORE_LOCAL else None
    effects.writes.append(PutRecord(run.kind, stored.id, value, stored.version, archived=restored))
    for lost in decision.lost:
        conflict = Conflict(
            id=ids.conflict_id(run.canon, stored.id, lost.field, lost.lost),
            resource=run.resource,
            crm=stored.id,
            field=lost.field,
            kept=lost.kept,
            lost=lost.lost,
            lost_side=lost.lost_side,
            at=run.now(),
        )
        effects.writes.append(PutConflict(conflict))
    if decision.local_fields or restored is False:
        link = replace(link, writes=noted(link.writes, "crm", run.now()))
    effects.writes.append(PutLink(link))
    if decision.local_fields or restored is False:
        before = fields.as_json(stored.value, decision.local_fields)
        after = fields.as_json(value, decision.local_fields)
        effects.changes.append(_change(link, decision, before, after, side="crm"))
    if not decision.remote_fields:
        effects.settled.add(stored.id)


def _change(
    link: Link,
    decision: Decision[Any],
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    *,
    side: Any,
) -> Change:
    return Change(side, decision.action.value, link.crm, link.key, decision.row, before, after)


def archive(run: Run[R], found: Iterable[tuple[Link, Stored[R]]], effects: Effects[R]) -> None:
    """Archives CRM records whose Google side was deleted; never a hard delete."""
    for link, stored in found:
        effects.writes += [
            PutRecord(run.kind, stored.id, stored.value, stored.version, archived=True),
            DropLink(link.key),
        ]
        before = fields.as_json(stored.value, fields.names(stored.value))
        effects.changes.append(
            Change("crm", Action.ARCHIVE_LOCAL.value, stored.id, link.key, "=/x", before, None)
        )
        effects.settled.add(stored.id)


def new_link(
    run: Run[R],
    crm: str,
    observation: Observation[R],
    decision_base: Any,
    *,
    made_here: bool,
    generation: int = 0,
) -> Link:
    """A link that did not exist before."""
    value = observation.value
    assert value is not None
    return Link(
        key=run.key_of(observation),
        resource=run.resource,
        crm=crm,
        name=observation.name,
        remote_id=observation.remote_id,
        etag=observation.etag,
        rtime=observation.rtime or run.now(),
        base=decision_base,
        rich=observation.rich,
        match_keys=run.match_keys(value),
        generation=generation,
        made_here=made_here,
    )


def adopt(
    run: Run[R],
    stored: Stored[R],
    observation: Observation[R],
    effects: Effects[R],
    *,
    why: str,
    made_here: bool,
) -> Decision[R]:
    """Links a CRM record with a Google record that has no link yet: blanks are filled both ways, nothing is
    overwritten unseen.
    """
    value = observation.value
    assert value is not None
    local = run.seen(stored)
    remote = Seen(value, run.canon.project(value))
    decision = decide(None, local, remote, run.canon, run.rules)
    decision = replace(decision, row=why)
    link = new_link(run, stored.id, observation, decision.base, made_here=made_here)
    if decision.local_fields or decision.remote_fields:
        write_pair(run, link, stored, decision, effects)
    else:
        effects.writes.append(PutLink(link))
        effects.settled.add(stored.id)
    effects.changes.append(Change("crm", Action.ADOPT.value, stored.id, link.key, why, None, None))
    return decision


def merge_settled(run: Run[R], effects: Effects[R], versions: Mapping[str, str]) -> None:
    """Remembers which records this commit left owing nothing, by their new versions."""
    for crm in effects.settled:
        version = versions.get(crm)
        if version is not None:
            run.settled[crm] = version
