"""Contacts that were merged at Google: one survives, the other vanishes.

The survivor tells of it by the vanished one's resource name (in deltas only), or by carrying its key of ours
(a hint, for copies carry it too). The link of the vanished contact moves to the survivor. When the survivor
has a link of its own, the vanished one's CRM record has no counterpart any more: nobody asked to delete it,
and creating it at Google would undo the merge. So its link stays as a detached one, and the journal says why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic

from crmsync.core.journal import Change
from crmsync.core.model import R
from crmsync.core.state import Candidate, Link, Observation
from crmsync.engine.pairs.absorb import absorb_pair
from crmsync.engine.pairs.claimants import let_go
from crmsync.engine.run.effects import keyless_link, linked
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.store.ports import DropLink, PutCandidate, PutLink

MERGED = "merged"
"""Why a link is detached whose contact was merged at Google into that of another CRM record."""
UNSEEN = "unseen-"
"""Prefix of the link key of a record whose contact was merged away before any listing showed it."""


@dataclass(slots=True)
class Heirs(Generic[R]):
    """Who was seen, in one listing, to have taken over from whom: by resource name and by key of ours."""

    names: dict[str, Observation[R]] = field(default_factory=dict)
    keys: dict[str, Observation[R]] = field(default_factory=dict)
    bare: dict[str, Observation[R]] = field(default_factory=dict)
    """By a key that does not say whose it is: believed of a link whose contact carried such a key."""

    def note(self, observation: Observation[R], link: Link | None) -> None:
        """Remembers a living record that tells of others. Most tell of none."""
        if observation.deleted or observation.value is None:
            return
        for name in observation.previous:
            self.names[name] = observation
        for keys, told in ((self.keys, observation.keys), (self.bare, observation.bare)):
            keys.update({crm: observation for crm in told if link is None or link.crm != crm})

    def of(self, link: Link) -> Observation[R] | None:
        """Who took over from the record behind this link."""
        told = self.names.get(link.remote_id) or self.keys.get(link.crm)
        return told or (self.bare.get(link.crm) if link.made_here and not link.named else None)


def follow(
    run: Run[R], heirs: Heirs[R], vanished: Iterable[Link], effects: Effects[R]
) -> tuple[set[str], set[str]]:
    """Adds to `effects` what becomes of links whose contacts vanished into others.

    Answers the keys of those links, and the keys of the survivors that have a link from now on.
    """
    found = [(link, heir) for link in vanished if (heir := _heir(run, heirs, link)) is not None]
    if not found:
        return set(), set()
    known = run.store.known_links(run.scope, sorted({run.side.key_of(heir) for _, heir in found}))
    owners = {key: link for key, link in known.items() if link.state not in ("gone", "copy")}
    records = run.store.records(run.scope, run.kind, [link.crm for link, _ in found])
    offered = _offered(run, {run.side.key_of(heir) for _, heir in found} - owners.keys())
    taken: set[str] = set()
    for link, heir in found:
        effects.unit()
        key = run.side.key_of(heir)
        if key in owners or key in taken:
            _detach(link, effects)
        else:
            taken.add(key)
            effects.put(DropLink(link.key))
            # One that came back from the bin, and took over at once, has a link that is gone in the place.
            version = known[key].version if key in known else None
            _absorb(run, replace(link, key=key, version=version), records.get(link.crm), heir, effects)
            if key in offered:
                effects.put(PutCandidate(replace(offered[key], status="linked", claims=())))
    let_go(run.store, run.scope, offered.values(), effects)
    return {link.key for link, _ in found}, taken


def _heir(run: Run[R], heirs: Heirs[R], link: Link) -> Observation[R] | None:
    """Who took over from the record behind a link, if it is another one."""
    heir = heirs.of(link) if not link.is_silent else None
    return heir if heir is not None and run.side.key_of(heir) != link.key else None


def stand_back(run: Run[R], heirs: Heirs[R], doubtful: Sequence[str], effects: Effects[R]) -> set[str]:
    """Detaches records whose contacts were made, and merged into those of others, before they had a link.

    `doubtful`: ids of CRM records without a link whose creation is in doubt. The complete listing that
    `heirs` tells of has shown their keys in a contact that is another record's by now. Answers their ids.
    """
    found = {crm: run.side.key_of(heir) for crm in doubtful if (heir := heirs.keys.get(crm)) is not None}
    if not found:
        return set()
    owners = run.store.links(run.scope, sorted(set(found.values())))
    records = run.store.records(run.scope, run.kind, [crm for crm, key in found.items() if key in owners])
    merged = {crm for crm, stored in records.items() if stored.archived_at is None}
    for crm in sorted(merged):
        effects.unit()
        _detach(keyless_link(run, crm, f"{UNSEEN}{crm}"), effects)
    return merged


def _detach(link: Link, effects: Effects[Any]) -> None:
    effects.writes.append(PutLink(replace(link, state="detached", problem=MERGED)))
    effects.changes.append(Change("crm", "detach", link.crm, link.key, "merged at Google", None, None))


def _absorb(run: Run[R], moved: Link, stored: Any, heir: Observation[R], effects: Effects[R]) -> None:
    """The pair as it now is, by the normal decision; the link is written whatever comes of it."""
    assert heir.value is not None
    remote = run.shown(moved, heir, heir.value)
    before = len(effects.writes)
    absorb_pair(run, moved, stored, heir, remote, effects)
    if not any(isinstance(write, PutLink) for write in effects.writes[before:]):
        # The base stays: what was not decided now is decided when the CRM's side is looked at.
        effects.writes.append(PutLink(linked(moved, heir)))


def _offered(run: Run[Any], keys: set[str]) -> dict[str, Candidate]:
    """The open rows of the sheet with these keys."""
    known = run.store.candidates(run.scope, sorted(keys))
    return {key: row for key, row in known.items() if row.status == "open"}
