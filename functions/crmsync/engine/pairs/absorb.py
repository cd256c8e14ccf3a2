"""Bringing what Google says into the CRM: from observations of one page to the writes of one commit.

Linked records go through the decision table. What is still to be sent to Google afterwards is never stored as
a flag: the link's base keeps differing, and the record is touched, so that the local pass of this very job,
or of the next, finds it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Generic

from crmsync.core import fields
from crmsync.core.calendar.occurrences import is_unusable
from crmsync.core.journal import Change
from crmsync.core.loops import is_looping
from crmsync.core.model import R, Stored
from crmsync.core.pair.decide import decide
from crmsync.core.pair.plan import Action, Decision, Rules, Seen
from crmsync.core.pair.sides import crm_side, google_side
from crmsync.core.quarantine import LOOP, UNUSABLE
from crmsync.core.state import CANON_VERSION, Link, Observation
from crmsync.engine.run import aside, holds
from crmsync.engine.run.effects import (
    agreed,
    change_of,
    linked,
    lost_values,
    new_link,
    newer,
    renewed,
    write_pair,
)
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.store.ports import CreateRecord, DropLink, PutLink, PutRecord


def absorb_linked(
    run: Run[R],
    pairs: Sequence[tuple[Link, Observation[R]]],
    effects: Effects[R],
    rules: Mapping[str, Rules] = MappingProxyType({}),
) -> set[str]:
    """Decides each linked observation and adds what follows to `effects`, a unit each; answers the keys of
    those decided.

    Reads CRM records only for those that differ from the base. rules: other ones than the user's standing
    ones, by link key.
    """
    differing: list[tuple[Link, Observation[R], Seen[R]]] = []
    for link, observation in pairs:
        remote = _news(run, link, observation)
        if remote is not None:
            differing.append((link, observation, remote))
    if differing:
        records = run.store.records(run.scope, run.kind, [link.crm for link, _, _ in differing])
        for link, observation, remote in differing:
            effects.unit()
            absorb_pair(run, link, records.get(link.crm), observation, remote, effects, rules.get(link.key))
    return {link.key for link, _ in pairs}


def _news(run: Run[R], link: Link, observation: Observation[R]) -> Seen[R] | None:
    """Google's side when it is not as the two sides agreed; None for an echo, a stale copy, and what is no
    business of the sync.
    """
    if link.is_silent or not newer(link, observation):
        return None
    if observation.deleted or observation.value is None:
        return Seen(None)
    if link.stuck and link.stuck == observation.etag and not aside.is_due(run, link):
        return None
    dependants = run.side.dependants
    remote = dependants.seen(run, link, observation, observation.value)
    if run.is_news(link, remote) or link.canon_version != CANON_VERSION:
        return remote
    if dependants.is_wanted_whole(run, link, observation):
        return remote
    if link.stuck:
        return remote
    run.echoes.note(link, observation)
    return None


@dataclass(frozen=True, slots=True)
class _Decided(Generic[R]):
    """A linked pair, what was decided about it, and the link as it is once that is carried out here."""

    link: Link
    stored: Stored[R] | None
    decision: Decision[R]
    after: Link


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
    if link.shadow and not run.sharing.takes:
        return
    if link.shadow:
        run.side.dependants.absorb_shadow(run, link, stored, observation, remote, effects)
        return
    canon = run.canon_of(link)
    if link.problem == LOOP and stored is not None and aside.rests(run, link, stored):
        return
    decision = decide(link, crm_side(canon, stored), remote, canon, rules or run.rules)
    if decision.local_fields and is_looping(link.writes, run.now()):
        effects.put(PutLink(aside.set_aside(run, link, stored, LOOP)))
    elif "recurrence" in decision.local_fields and is_unusable(decision.value):
        if (link.problem, link.etag) != (UNUSABLE, observation.etag):
            put_aside = aside.set_aside(run, link, stored, UNUSABLE)
            effects.put(PutLink(replace(put_aside, etag=observation.etag)))
    elif decision.hold is not None:
        effects.put(*holds.clearing(run, link, stored))
    else:
        after = _following(run, link, stored, observation, decision)
        _carry_out(run, _Decided(link, stored, decision, after), effects)
        if link.stuck and decision.action in (Action.NOTHING, Action.DELETE_REMOTE):
            effects.put(PutLink(after))
        if link.state == "quarantined" and stored is not None:
            _come_out(run, link, stored, decision, effects)


def _come_out(run: Run[R], link: Link, stored: Stored[R], decision: Decision[R], effects: Effects[R]) -> None:
    """A pair that was set aside, unless it is still. What is written of its dependants anyway stays so."""
    writes = [write for write in effects.writes if isinstance(write, PutLink) and write.link.key == link.key]
    if not writes or writes[-1].link.state != "linked":
        return
    value = decision.value if decision.value is not None else stored.value
    written = {write.id for write in effects.writes if isinstance(write, PutRecord)}
    back, relist = run.side.dependants.come_out(run, link, stored.id, value)
    effects.put(*(write for write in back if not (isinstance(write, PutRecord) and write.id in written)))
    effects.relist |= relist


def _carry_out(run: Run[R], pair: _Decided[R], effects: Effects[R]) -> None:
    match pair.decision.action:
        case Action.NOTHING | Action.SILENT:
            return
        case Action.REFRESH:
            lost = lost_values(run.canon, run.resource, pair.link.crm, pair.decision.lost, run.now())
            effects.put(*lost, PutLink(pair.after))
        case Action.DROP_LINK:
            _drop_link(run, pair, effects)
        case Action.DELETE_REMOTE:
            # The CRM archived it and Google has not changed: the local pass deletes it there.
            effects.writes += [run.touch(pair.stored)] if pair.stored is not None else []
        case _ if pair.stored is None:
            # The host CRM removed the document itself while Google's side was edited: edit beats delete.
            _recreate_local(run, pair, effects)
        case Action.ARCHIVE_LOCAL:
            effects.archives.append((pair.link, pair.stored))
        case Action.RECREATE_REMOTE:
            again = run.side.dependants.made_again(run, pair.link)
            change = change_of(pair.link, pair.decision, None, None, side="google")
            over = run.side.dependants.over(run, pair.link, by_google=True)
            effects.put(over, run.touch(pair.stored), *again, change=change)
        case Action.DETACH:
            change = change_of(pair.link, pair.decision, None, None, side="google")
            effects.put(PutLink(replace(pair.link, state="detached")), change=change)
        case _:
            _write(run, pair, pair.stored, effects)


def _following(
    run: Run[R], link: Link, stored: Stored[R] | None, observation: Observation[R], decision: Decision[R]
) -> Link:
    keys = run.side.match_keys(decision.value) if decision.value is not None else link.match_keys
    after = agreed(run, replace(linked(link, observation), match_keys=keys), decision.base)
    here = decision.value if decision.value is not None or stored is None else stored.value
    return renewed(run, after, here, observation.value)


def _drop_link(run: Run[R], pair: _Decided[R], effects: Effects[R]) -> None:
    link, stored = pair.link, pair.stored
    dependants = run.side.dependants
    over = DropLink(link.key) if stored is None else dependants.over(run, link, by_google=False)
    effects.put(over, *dependants.gone_there(run, link))
    if stored is not None and (other := dependants.others(run, [link]).get(stored.id)) is not None:
        take_place(run, link, stored, other, effects)


def _recreate_local(run: Run[R], pair: _Decided[R], effects: Effects[R]) -> None:
    value = pair.decision.value
    assert value is not None
    after = fields.as_json(value, fields.names(value))
    effects.put(
        CreateRecord(run.kind, pair.link.crm, run.side.dependants.as_local(run, pair.link, value)),
        PutLink(pair.after),
        change=change_of(pair.link, pair.decision, None, after, side="crm"),
    )


def _write(run: Run[R], pair: _Decided[R], stored: Stored[R], effects: Effects[R]) -> None:
    """Fields change on one side or on both, or the record comes back."""
    link, decision = pair.link, pair.decision
    write_pair(run, pair.after, stored, decision, effects)
    dependants = run.side.dependants
    if decision.action is Action.RESTORE_LOCAL and decision.value is not None:
        back = dependants.come_back(run, link, decision.value)
        if back is not None:
            effects.put(*back)
            return
    carried, relist = dependants.moved(run, link, stored, decision)
    effects.add(carried)
    effects.relist |= relist


def archive(run: Run[R], found: Sequence[tuple[Link, Stored[R]]], effects: Effects[R]) -> None:
    """Archives CRM records whose Google side was deleted; never a hard delete. Each is a unit."""
    dependants = run.side.dependants
    others = dependants.others(run, [link for link, _ in found])
    for link, stored in found:
        effects.unit()
        if stored.id in others:
            effects.writes.append(dependants.over(run, link, by_google=True))
            effects.writes += dependants.gone_there(run, link)
            take_place(run, link, stored, others[stored.id], effects)
            continue
        effects.writes += [
            PutRecord(run.kind, stored.id, stored.value, stored.version, archived=True),
            dependants.over(run, link, by_google=True),
        ]
        before = fields.as_json(stored.value, fields.names(stored.value))
        effects.changes.append(
            Change("crm", Action.ARCHIVE_LOCAL.value, stored.id, link.key, "=/x", before, None)
        )
        effects.settled.add(stored.id)
        effects.archived += 1
        effects.add(dependants.archived(run, link))


def take_place(
    run: Run[R], link: Link, stored: Stored[R], other: Observation[R], effects: Effects[R]
) -> None:
    """A record at Google is gone, and another one of the same CRM record lives, which a person took out of
    Google's bin or said to be the same: it takes the place of the one that is gone.
    """
    key, before = run.side.key_of(other), len(effects.writes)
    adopt(
        run,
        stored,
        other,
        effects,
        why="another one at Google lives",
        made_here=link.made_here and stored.id in other.keys,
        made_crm=link.made_crm,
        rules=run.side.dependants.rules(run, other),
        generation=link.generation,
    )
    # The link of a copy is in the place.
    known = run.store.links(run.scope, [key]).get(key)
    if known is not None:
        effects.writes[before:] = [
            PutLink(replace(write.link, version=known.version))
            if isinstance(write, PutLink) and write.link.key == key
            else write
            for write in effects.writes[before:]
        ]
    effects.put(*run.side.dependants.taken(run, other))


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
        effects.writes += lost_values(run.canon, run.resource, stored.id, decision.lost, run.now())
        effects.writes.append(PutLink(link))
        effects.settled.add(stored.id)
    now = stored.value if decision.value is None else decision.value
    effects.writes += run.side.dependants.linked_again(run, stored, now)
    effects.changes.append(Change("crm", Action.ADOPT.value, stored.id, link.key, why, None, None))
    return decision
