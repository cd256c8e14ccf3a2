"""Bringing what Google says into the CRM: from observations of one page to the writes of one commit.

Linked records go through the decision table. What is still to be sent to Google afterwards is never stored as
a flag: the link's base keeps differing, and the record is touched, so that the local pass of this very job,
or of the next, finds it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from crmsync.core import fields
from crmsync.core.calendar.occurrences import is_unusable, links_series
from crmsync.core.journal import Change
from crmsync.core.loops import is_looping
from crmsync.core.model import Appointment, R, Stored
from crmsync.core.pair.decide import decide
from crmsync.core.pair.merge import changed_fields
from crmsync.core.pair.plan import Action, Decision, Rules, Seen
from crmsync.core.pair.sides import crm_side, fingerprint, google_side
from crmsync.core.state import CANON_VERSION, Link, Observation
from crmsync.engine.run import holds
from crmsync.engine.run.effects import Effects, change_of, linked, new_link, newer, quarantined, write_pair
from crmsync.engine.run.run import Run
from crmsync.engine.series import following, generations, shadows
from crmsync.store.ports import CreateRecord, DropLink, PutLink, PutRecord

LOOP = "loop"
"""Why a pair is quarantined that some program and the sync kept rewriting in turn."""
UNUSABLE = "unusable_recurrence"
"""Why a series is quarantined whose rule nobody can expand."""


def absorb_linked(
    run: Run[R],
    pairs: Sequence[tuple[Link, Observation[R]]],
    effects: Effects[R],
    rules: Mapping[str, Rules] = MappingProxyType({}),
) -> set[str]:
    """Decides each linked observation and adds what follows to `effects`; answers the keys of those decided.

    Reads CRM records only for those that differ from the base. rules: other ones than the user's standing
    ones, by link key.
    """
    differing: list[tuple[Link, Observation[R], Seen[R]]] = []
    decided: set[str] = set()
    for link, observation in pairs:
        if link.state == "detached" or not newer(link, observation):
            decided.add(link.key)
            continue
        if observation.deleted or observation.value is None:
            differing.append((link, observation, Seen(None)))
            continue
        remote = shadows.seen(run, link, observation.value)
        changed = changed_fields(link.base.remote, remote.projection)
        if not changed and link.canon_version == CANON_VERSION and not shadows.grows(run, link):
            run.echoes.note(link, observation)
            decided.add(link.key)
            continue
        differing.append((link, observation, remote))
    if not differing:
        return decided
    records = run.store.records(run.scope, run.kind, [link.crm for link, _, _ in differing])
    for link, observation, remote in differing:
        absorb_pair(run, link, records.get(link.crm), observation, remote, effects, rules.get(link.key))
        decided.add(link.key)
    return decided


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
    if link.shadow:
        shadows.absorb(run, link, stored, observation, remote, effects)
        return
    local = crm_side(run.canon, stored)
    if link.problem == LOOP and fingerprint(run.canon, local.projection) == link.tried:
        return
    decision = decide(link, local, remote, run.canon, rules or run.rules)
    if decision.local_fields and is_looping(link.writes, run.now()):
        effects.writes.append(PutLink(quarantined(run, link, local, LOOP)))
        return
    if "recurrence" in decision.local_fields and is_unusable(decision.value):
        if (link.problem, link.etag) != (UNUSABLE, observation.etag):
            aside = quarantined(run, link, local, UNUSABLE)
            effects.writes.append(PutLink(replace(aside, etag=observation.etag)))
        return
    if decision.hold is not None:
        effects.writes += holds.clearing(run, link, stored)
        return
    if decision.action in (Action.NOTHING, Action.SILENT):
        return
    if decision.action is Action.ARCHIVE_LOCAL:
        assert stored is not None
        effects.archives.append((link, stored))
        return
    if decision.action is Action.DROP_LINK:
        effects.writes.append(DropLink(link.key))
        effects.writes += following.forget(run, link)
        if stored is not None and (other := generations.others(run, [link]).get(stored.id)) is not None:
            take_place(run, link, stored, other, effects)
        return
    if decision.action is Action.RECREATE_REMOTE:
        assert stored is not None
        effects.writes += [DropLink(link.key), run.touch(stored), *following.again(run, link)]
        effects.changes.append(change_of(link, decision, None, None, side="google"))
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
    if decision.action is Action.RESTORE_LOCAL and links_series(link):
        effects.writes += following.revive(run, link.crm, archived=True)
    elif decision.value is not None and decision.local_fields & following.TIMES:
        effects.writes += following.returned(run, link, decision.value)
        effects.relist |= any(lost.field in following.TIMES for lost in decision.lost)


def _recreate_local(
    run: Run[R], link: Link, observation: Observation[R], decision: Decision[R], effects: Effects[R]
) -> None:
    """The host CRM removed the document itself while Google's side was edited: edit beats delete."""
    assert decision.value is not None
    value = following.as_local(run, link, decision.value)
    effects.writes.append(CreateRecord(run.kind, link.crm, value))
    effects.writes.append(PutLink(_follow(run, link, observation, decision)))
    after = fields.as_json(decision.value, fields.names(decision.value))
    effects.changes.append(change_of(link, decision, None, after, side="crm"))


def _follow(run: Run[R], link: Link, observation: Observation[R], decision: Decision[R]) -> Link:
    after = linked(run, link, observation)
    keys = run.side.match_keys(decision.value) if decision.value is not None else link.match_keys
    return replace(after, base=decision.base or link.base, match_keys=keys)


def archive(run: Run[R], found: Sequence[tuple[Link, Stored[R]]], effects: Effects[R]) -> None:
    """Archives CRM records whose Google side was deleted; never a hard delete."""
    others = generations.others(run, [link for link, _ in found])
    for link, stored in found:
        if stored.id in others:
            effects.writes.append(DropLink(link.key))
            effects.writes += following.forget(run, link)
            take_place(run, link, stored, others[stored.id], effects)
            continue
        effects.writes += [
            PutRecord(run.kind, stored.id, stored.value, stored.version, archived=True),
            DropLink(link.key),
        ]
        before = fields.as_json(stored.value, fields.names(stored.value))
        effects.changes.append(
            Change("crm", Action.ARCHIVE_LOCAL.value, stored.id, link.key, "=/x", before, None)
        )
        effects.settled.add(stored.id)
        effects.archived += 1
        following.cover(run, link, effects.writes, effects.changes)


def take_place(
    run: Run[R], link: Link, stored: Stored[R], other: Observation[R], effects: Effects[R]
) -> None:
    """An event is gone, and another one of the same record lives, which a person took out of Google's bin: it
    takes the place of the one that is gone.
    """
    adopt(
        run,
        stored,
        other,
        effects,
        why="another of its events lives",
        made_here=link.made_here,
        made_crm=link.made_crm,
        rules=following.adoption_rules(run, other),
        generation=link.generation,
    )


def adopt(
    run: Run[R],
    stored: Stored[R],
    observation: Observation[R],
    effects: Effects[R],
    *,
    why: str,
    made_here: bool,
    made_crm: bool = False,
    rules: Rules | None = None,
    generation: int = 0,
) -> Decision[R]:
    """Links a CRM record with a Google record that has no link yet: blanks are filled both ways, nothing is
    overwritten unseen. An archived record comes back. The exceptions of a series follow it.

    rules: other ones than the user's standing ones, for this once. generation: the highest that is known of
    the record's events.
    """
    value = observation.value
    assert value is not None
    local = crm_side(run.canon, stored)
    back = local.archived is not None
    if local.archived is not None:
        local = google_side(run.canon, local.archived)
    remote = google_side(run.canon, value)
    decision = decide(None, local, remote, run.canon, rules or run.rules)
    decision = replace(decision, row=why, action=Action.RESTORE_LOCAL if back else decision.action)
    link = new_link(
        run,
        stored.id,
        observation,
        decision.base,
        made_here=made_here,
        made_crm=made_crm,
        generation=generation,
    )
    if back or decision.local_fields or decision.remote_fields:
        write_pair(run, link, stored, decision, effects)
    else:
        effects.writes.append(PutLink(link))
        effects.settled.add(stored.id)
    if isinstance(stored.value, Appointment) and stored.value.recurrence:
        effects.writes += following.revive(run, stored.id, archived=False)
    effects.changes.append(Change("crm", Action.ADOPT.value, stored.id, link.key, why, None, None))
    return decision
