"""Contacts that come back: deleted at Google, and taken out of Google's bin.

A link is not dropped with its contact: it is kept as one that is *gone*, and knows the record by, and what
the two agreed on. Without one (an older version dropped it, or another account has been connected since) our
key in the contact tells, or the row of the sheet that it was imported from.

A record that went into the archive because of the deletion comes out again. One that a person put there, or
one that has another Google contact by now, is never touched silently: the sheet asks whether they are the
same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from crmsync.core.journal import Change
from crmsync.core.model import Contact, Stored
from crmsync.core.pair.decide import decide
from crmsync.core.pair.plan import Action
from crmsync.core.pair.sides import google_side
from crmsync.core.people.verdicts import STRONG
from crmsync.core.state import Candidate, Claim, Link, Observation
from crmsync.core.text.titles import title_of
from crmsync.engine.pairs.absorb import adopt
from crmsync.engine.run import aside
from crmsync.engine.run.effects import agreed, linked, lost_values, renewed, write_pair
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.reading import read_all
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work
from crmsync.store.ports import DropLink, PutLink

BACK = "back from Google's bin"
"""Why a record is linked anew with the contact that it was linked with before."""
FORMERLY = "formerly"
"""Why a row may be a record: its contact was that one's before it was deleted."""
AT_ONCE = timedelta(minutes=2)
"""At most so far from each other are the times of what one commit has written, and of its journal."""

_Stranger = Observation[Contact]


@dataclass(frozen=True, slots=True)
class Returned:
    """What was found of contacts without a link. linked: keys of those that have theirs again. was: by key,
    of whom the sheet asks whether they are the record that they were; None where that is nobody any more.
    nothing: keys of those that are not there any more, whatever the listing says.
    """

    linked: set[str] = field(default_factory=set)
    was: dict[str, Claim | None] = field(default_factory=dict)
    nothing: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Memory:
    """A contact, and the CRM record that it was. link: what is remembered of the pair."""

    item: _Stranger
    crm: str
    link: Link | None


def take_in(
    run: Run[Contact],
    strangers: Sequence[_Stranger],
    links: Mapping[str, Link],
    rows: Mapping[str, Candidate],
    effects: Effects[Contact],
) -> Returned:
    """Finds the records of contacts that come back. links: those that are gone, by key. rows: the sheet's."""
    known = [memory for item in strangers if (memory := _memory(run, item, links, rows)) is not None]
    if not known:
        return Returned()
    crms = sorted({memory.crm for memory in known})
    records = run.store.records(run.scope, run.kind, crms)
    owned = run.store.links_of(run.scope, run.resource, crms)
    owned = {crm: link for crm, link in owned.items() if links.get(link.key) != link}
    concerned = [it for it in known if _is_concerned(run, it, records.get(it.crm), owned.get(it.crm), rows)]
    # A listing may lag behind a deletion by minutes, and show who is not there any more.
    there = read_all(run.remote, [memory.item.remote_id for memory in concerned]) if concerned else {}
    found = Returned()
    for memory in concerned:
        key, item = memory.item.key, there.get(memory.item.remote_id)
        if item is None or item.value is None or item.key != key:
            found.nothing.add(key)
            continue
        stored, owner, row = records.get(memory.crm), owned.get(memory.crm), rows.get(key)
        effects.unit()
        if stored is None or (row is not None and memory.crm in row.parted):
            effects.put(*_forgotten(memory))
            found.was[key] = None
        elif not _is_elsewhere(owner) and _comes_home(run, memory, stored):
            effects.put(*([DropLink(owner.key)] if owner is not None else []))
            owned = {**owned, memory.crm: _come_home(run, memory, stored, item, effects)}
            found.linked.add(key)
        else:
            effects.put(*_forgotten(memory))
            found.was[key] = formerly(stored)
    return found


def _memory(
    run: Run[Contact], item: _Stranger, links: Mapping[str, Link], rows: Mapping[str, Candidate]
) -> _Memory | None:
    """Which record the contact was, as far as anything remembers it."""
    link, row = links.get(item.key), rows.get(item.key)
    if item.deleted or item.value is None:
        return None
    if link is not None:
        return _Memory(item, link.crm, link)
    if row is not None and row.status in ("imported", "linked", "copy") and row.crm is not None:
        return _Memory(item, row.crm, None)
    if row is None and item.keys:
        return _Memory(item, item.keys[0], None)
    return None


def _is_concerned(
    run: Run[Contact],
    memory: _Memory,
    stored: Stored[Contact] | None,
    owner: Link | None,
    rows: Mapping[str, Candidate],
) -> bool:
    """Whether anything is to be done, or asked. Without a link that is known of, a contact is no more than
    another copy of one that lives, and what a person put into the archive stays there unasked.
    """
    if memory.link is not None:
        return True
    if stored is None or _is_elsewhere(owner):
        return False
    row = rows.get(memory.item.key)
    if row is not None and row.status in ("linked", "copy"):
        return _comes_home(run, memory, stored)
    return row is not None or stored.archived_at is not None


def _is_elsewhere(owner: Link | None) -> bool:
    return owner is not None and not aside.is_refusal(owner)


def _forgotten(memory: _Memory) -> Sequence[DropLink]:
    return [DropLink(memory.link.key)] if memory.link is not None else []


def _comes_home(run: Run[Contact], memory: _Memory, stored: Stored[Contact]) -> bool:
    """Whether the record lives, or was archived for nothing but the deletion at Google."""
    if stored.archived_at is None:
        return True
    at = memory.link.gone_at if memory.link is not None else _archived_by_sync(run, stored.id)
    return at is not None and abs(stored.archived_at - at) <= AT_ONCE


def _archived_by_sync(run: Run[Contact], crm: str) -> datetime | None:
    """When a sync last archived the record for a deletion at Google, if nothing has happened to it since."""
    entries, _ = run.store.journal(run.scope, crm=crm, run=None, after=None, limit=1)
    for entry in entries:
        for change in entry.changes:
            if change.crm == crm and change.action == Action.ARCHIVE_LOCAL.value:
                return entry.at
    return None


def formerly(stored: Stored[Contact]) -> Claim:
    """That a row may be this record, whose contact it was."""
    return Claim(stored.id, title_of(stored.value), "same", STRONG, (FORMERLY,))


def _come_home(
    run: Run[Contact],
    memory: _Memory,
    stored: Stored[Contact],
    item: _Stranger,
    effects: Effects[Contact],
) -> Link:
    """Links the two again; the record comes out of the archive."""
    assert item.value is not None
    if memory.link is None:
        before = len(effects.writes)
        adopt(run, stored, item, effects, why=BACK, made_here=stored.id in item.keys)
        [link] = [it.link for it in effects.writes[before:] if isinstance(it, PutLink)]
        return link
    return link_again(run, memory.link, stored, item, effects)


def link_again(
    run: Run[Contact], link: Link, stored: Stored[Contact], item: _Stranger, effects: Effects[Contact]
) -> Link:
    """Links a record again with the contact that it was linked with: what either side says otherwise since
    they agreed last is merged as if they had never been parted.
    """
    assert item.value is not None
    link = replace(link, state="linked", gone_at=None, key=item.key)
    canon = run.canon_of(link)
    local, remote = google_side(canon, stored.value), run.shown(link, item, item.value)
    decision = decide(link, local, remote, canon, run.rules)
    if decision.hold is not None:
        # It came back without all that says who it is: what the CRM has of that stays.
        decision = decide(None, local, remote, canon, run.rules)
    back = stored.archived_at is not None
    decision = replace(decision, row=BACK, action=Action.RESTORE_LOCAL if back else Action.ADOPT)
    value = decision.value if decision.value is not None else stored.value
    known = replace(linked(link, item), match_keys=run.side.match_keys(value))
    after = agreed(run, known, decision.base)
    after = renewed(run, after, value, item.value)
    if back or decision.local_fields or decision.remote_fields:
        write_pair(run, after, stored, decision, effects)
    else:
        effects.put(*lost_values(run.canon, run.resource, stored.id, decision.lost, run.now()))
        effects.put(PutLink(after))
        effects.settled.add(stored.id)
    if not (back or decision.local_fields):
        effects.changes.append(Change("crm", Action.ADOPT.value, stored.id, link.key, BACK, None, None))
    return after


def look(run: Run[Contact], work: Work[Contact]) -> None:
    """Takes out of the creates the records whose former contacts are at Google again, and links them: a
    listing may yet have to show these.
    """
    asked = {
        link.remote_id: (stored, link)
        for stored in work.creates
        for link in work.formerly.get(stored.id, ())
        if link.key not in run.memory.gone
    }
    there = read_all(run.remote, list(asked)) if asked else {}
    met: set[str] = set()
    for name, item in there.items():
        stored, link = asked[name]
        if item.value is None or stored.id in met:
            continue
        met.add(stored.id)
        effects: Effects[Contact] = Effects()
        with aside.guarded(run, stored.id, partial(_put_aside, run, stored, work)):
            link_again(run, link, stored, item, effects)
            work.unit()
            work.add(effects)
    work.creates = [stored for stored in work.creates if stored.id not in met]


def _put_aside(run: Run[Contact], stored: Stored[Contact], work: Work[Contact]) -> None:
    work.put(aside.of_record(run, stored, None))


def others(run: Run[Contact], links: Sequence[Link]) -> dict[str, _Stranger]:
    """Contacts that live at Google and are the same as these links' ones: what they were before is known, or
    the user has said so. By CRM id.
    """
    crms = [link.crm for link in links]
    rows = [row for row in run.store.candidates_about(run.scope, crms) if row.was is not None]
    wanted = {row.remote_id: row.was.crm for row in rows if row.was is not None and row.was.crm in crms}
    keys = {link.key for link in links}
    joined = run.store.candidates_joined(run.scope, crms)
    wanted |= {row.remote_id: row.crm for row in joined if row.key not in keys and row.crm is not None}
    wanted |= _copies(run, crms)
    parted = {(row.remote_id, crm) for row in (*rows, *joined) for crm in (*row.parted, *row.distinct)}
    found = read_all(run.remote, list(wanted)) if wanted else {}
    living = {
        item.key: (name, item)
        for name, item in found.items()
        if item.value is not None and not item.unreadable
    }
    taken = run.store.links(run.scope, list(living)) if living else {}
    free = (pair for key, pair in living.items() if not _is_taken(taken.get(key)))
    return {wanted[name]: item for name, item in free if (name, wanted[name]) not in parted}


def _is_taken(link: Link | None) -> bool:
    return link is not None and link.state != "copy"


def _copies(run: Run[Contact], crms: Sequence[str]) -> dict[str, str]:
    """Contacts of records that were merged into these: resource name -> CRM id of the one that stayed."""
    merged = [it for it in run.store.doubles_of(run.scope, crms) if it.state == "merged" and it.kept in crms]
    links = run.store.links_of(run.scope, "contacts", [it.other(it.kept) for it in merged])
    found = ((links.get(it.other(it.kept)), it.kept) for it in merged)
    return {link.remote_id: crm for link, crm in found if link is not None and link.state == "copy"}
