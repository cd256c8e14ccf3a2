"""What follows from a decision, as the writes of one commit: records, links, conflicts, journal."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from crmsync.core import fields
from crmsync.core.journal import Change, Conflict, Side
from crmsync.core.json_types import Json
from crmsync.core.loops import with_write
from crmsync.core.model import R, Resource, Stored
from crmsync.core.pair import ids
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.plan import Action, Decision, Lost
from crmsync.core.pair.settle import changed_fields
from crmsync.core.state import CANON_VERSION, Base, Link, Observation
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.store.ports import PutConflict, PutLink, PutRecord


def linked(link: Link, observation: Observation[R]) -> Link:
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
        stuck="",
        retry_at=None,
        missing_since=None,
    )


def gone(link: Link, at: datetime | None) -> Link:
    """The link of a contact that is gone at Google, kept for the day on which that comes back. at: when it
    was found deleted there; None when it was deleted for the sake of a record that a person archived.
    """
    return replace(healed(link), state="gone", gone_at=at, missing_since=None, leaving=False)


def agreed(run: Run[Any], link: Link, base: Base | None) -> Link:
    """The link with what the two sides agree on, now that they have been seen together; as it was when `base`
    is None, or its own.
    """
    if base is None or base is link.base:
        return link
    return replace(link, base=base, met=run.sharing.count)


def healed(link: Link) -> Link:
    """The link of a pair that is set aside no longer."""
    return replace(link, state="linked", problem=None, tries=0, tried="", stuck="", retry_at=None)


def renewed(run: Run[R], link: Link, here: R | None, there: R | None) -> Link:
    """The link with its base in the telephone region of today, when that may be told from the two sides: each
    is known, and is as the base says. Else as it was.
    """
    old, new = run.canon_of(link), run.canon
    if old.region == new.region or here is None or there is None:
        return link
    base = link.base
    if changed_fields(base.local, old.project(here)) or changed_fields(base.remote, old.project(there)):
        return link
    return replace(link, base=Base(new.project(here), new.project(there)), region=new.region)


def newer(link: Link, observation: Observation[R]) -> bool:
    """False for a stale copy: a listing may lag behind our own push by minutes, as Google documents."""
    return observation.rtime is None or observation.rtime >= link.rtime


def new_link(
    run: Run[R],
    crm: str,
    observation: Observation[R],
    base: Base | None,
    *,
    made_here: bool,
    made_crm: bool = False,
    generation: int = 0,
) -> Link:
    """A link that did not exist before. base: what the two sides agree on; nothing when None."""
    value = observation.value
    assert value is not None
    return Link(
        key=run.side.key_of(observation),
        resource=run.resource,
        crm=crm,
        name=observation.name,
        remote_id=observation.remote_id,
        etag=observation.etag,
        rtime=observation.rtime or run.now(),
        base=base or Base(),
        rich=observation.rich,
        match_keys=run.side.match_keys(value),
        generation=generation,
        made_here=made_here,
        made_crm=made_crm,
        named=crm in observation.keys,
        region=region_of(run),
        met=run.sharing.count,
    )


def keyless_link(run: Run[R], crm: str, key: str) -> Link:
    """A link for a record that has nothing at Google to point to. The caller sets what it is to remember."""
    return Link(
        key=key,
        resource=run.resource,
        crm=crm,
        name="",
        remote_id="",
        etag="",
        rtime=run.now(),
        base=Base(),
        region=region_of(run),
    )


def region_of(run: Run[Any]) -> str:
    """What a link made now remembers of the telephone region: appointments have no numbers."""
    return run.canon.region if run.resource == "contacts" else ""


def write_pair(
    run: Run[R], link: Link, stored: Stored[R], decision: Decision[R], effects: Effects[R]
) -> None:
    """Writes the CRM's side of a decision, the link with the base that follows, conflicts and journal.

    Always writes the CRM record, also when only Google has to change: that puts it before the local pass.
    """
    value = decision.value if decision.value is not None else stored.value
    restored = False if decision.action is Action.RESTORE_LOCAL else None
    effects.writes.append(PutRecord(run.kind, stored.id, value, stored.version, archived=restored))
    effects.writes += lost_values(run.canon, run.resource, stored.id, decision.lost, run.now())
    if decision.local_fields or restored is False:
        link = replace(link, writes=with_write(link.writes, "crm", run.now()))
        before = fields.as_json(stored.value, decision.local_fields)
        after = fields.as_json(value, decision.local_fields)
        effects.changes.append(change_of(link, decision, before, after, side="crm"))
    effects.writes.append(PutLink(link))
    if not decision.remote_fields:
        effects.settled.add(stored.id)


def change_of(
    link: Link,
    decision: Decision[R],
    before: Mapping[str, Json] | None,
    after: Mapping[str, Json] | None,
    *,
    side: Side,
) -> Change:
    """The journal's line of a decision about a linked pair."""
    return Change(side, decision.action.value, link.crm, link.key, decision.row, before, after)


def lost_values(
    canon: Canon, resource: Resource, crm: str, lost: Iterable[Lost], at: datetime
) -> list[PutConflict]:
    """What a merge found no place for, kept for the user to pick."""
    return [
        PutConflict(
            Conflict(
                id=ids.conflict_id(canon, crm, each.field, each.lost),
                resource=resource,
                crm=crm,
                field=each.field,
                kept=each.kept,
                lost=each.lost,
                lost_side=each.lost_side,
                at=at,
            )
        )
        for each in lost
    ]
