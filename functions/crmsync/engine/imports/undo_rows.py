"""What becomes of one row, and of its CRM contact, when the import that took it is undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from crmsync.core import fields
from crmsync.core.account import ImportRounds, User
from crmsync.core.journal import Change
from crmsync.core.model import Contact, Stored
from crmsync.core.people import matching
from crmsync.core.scope import Scope
from crmsync.core.state import Candidate, Link
from crmsync.engine.deps import Deps
from crmsync.engine.imports.rows import IN_STEP, OUT_OF_ARCHIVE, consent_of
from crmsync.engine.run.pending import Pending
from crmsync.store.ports import DropLink, PutCandidate, PutRecord, Write

Kept = Literal["edited", "relinked", "other_account"]
WHY = "the import was undone"


@dataclass(slots=True)
class UndoBatch(Pending):
    """What taking one change back writes: a unit."""

    undone: int = 0
    kept: dict[str, Kept] = field(default_factory=dict)
    outdated: bool = False
    """Whether a row says what Google said when it was imported, and Google has changed since: nobody keeps
    the row of an imported contact up to date, and no delta tells that change again.
    """


def take_back(deps: Deps, user: User, changes: Sequence[Change]) -> list[UndoBatch]:
    """What takes these changes of an import back, as far as they still stand."""
    keys = [change.key for change in changes if change.key]
    crms = [change.crm for change in changes if change.crm]
    rows = deps.store.candidates(user.scope, keys)
    links = deps.store.links(user.scope, keys)
    records = deps.store.records(user.scope, "contacts", crms)
    batches: list[UndoBatch] = []
    for change in reversed(changes):
        batch = UndoBatch()
        batches.append(batch)
        assert change.key is not None
        assert change.crm is not None
        row, stored = rows.get(change.key), records.get(change.crm)
        if row is None:
            # Another Google account is connected since, and knows nothing of this one's rows.
            if stored is not None and stored.archived_at is None:
                batch.kept[stored.id] = "other_account"
            continue
        if row.status not in ("imported", "linked", "copy") or row.crm != change.crm:
            continue
        link = links.get(row.key)
        own = link if link is not None and link.crm == change.crm and not link.is_silent else None
        if stored is None or stored.archived_at is not None:
            _reopen(deps, user, row, own, None, batch, gone=own is None and change.before is None)
        elif change.action == "import":
            _archive(deps, user, change, row, own, stored, batch)
        else:
            _part(deps, user, change, row, own, stored, batch)
        # Of several rows of one contact each takes back what it brought from what the others have left.
        records = {**records, **_left(batch, records)}
    return _once(batches)


def _left(batch: UndoBatch, records: Mapping[str, Stored[Contact]]) -> dict[str, Stored[Contact]]:
    """The contacts as a batch leaves them."""
    return {
        write.id: replace(records[write.id], value=write.value)
        for write in batch.writes
        if isinstance(write, PutRecord) and isinstance(write.value, Contact)
    }


def _once(batches: list[UndoBatch]) -> list[UndoBatch]:
    """The batches, of which only the first writes a contact, as the last one leaves it."""
    writer: dict[str, UndoBatch] = {}
    for batch in batches:
        for write in [it for it in batch.writes if isinstance(it, PutRecord)]:
            first = writer.setdefault(write.id, batch)
            if first is not batch:
                batch.writes.remove(write)
                first.writes[:] = [write if _is_of(it, write.id) else it for it in first.writes]
    return batches


def _is_of(write: Write, crm: str) -> bool:
    return isinstance(write, PutRecord) and write.id == crm


def _archive(
    deps: Deps,
    user: User,
    change: Change,
    row: Candidate,
    link: Link | None,
    stored: Stored[Contact],
    batch: UndoBatch,
) -> None:
    """A contact that the import made: archived as it is, unless somebody has edited it on either side."""
    if link is None:
        batch.kept[stored.id] = "relinked"
    elif _edited(user.scope, change, row, stored.value):
        batch.kept[stored.id] = "edited"
    else:
        batch.writes.append(PutRecord("contacts", stored.id, stored.value, stored.version, archived=True))
        batch.changes.append(Change("crm", "archive", stored.id, row.key, WHY, None, None))
        _reopen(deps, user, row, link, None, batch)


def _edited(scope: Scope, change: Change, row: Candidate, value: Contact) -> bool:
    """Whether a contact differs from what the import wrote."""
    own = (row.choice.contact_type, dict(row.choice.detail), consent_of(row.choice, scope.uid))
    if (value.contact_type, dict(value.detail), value.consent) != own:
        return True
    return fields.as_json(value, fields.names(value)) != dict(change.after or {})


def _part(
    deps: Deps,
    user: User,
    change: Change,
    row: Candidate,
    link: Link | None,
    stored: Stored[Contact],
    batch: UndoBatch,
) -> None:
    """A contact that was said to be the same person: parted from Google's, with its own values again where
    they are as the merge left them. Its type and consent were never touched.
    """
    if change.before is None or change.after is None:
        # It was in step already as another Google contact: nothing but the row was decided.
        _reopen(deps, user, row, None, None, batch)
        return
    if link is None and change.why != IN_STEP:
        batch.kept[stored.id] = "relinked"
        return
    now = fields.as_json(stored.value, change.after)
    back = [name for name, value in change.after.items() if now[name] == value]
    if len(back) < len(now):
        batch.kept[stored.id] = "edited"
    restored: dict[str, Any] = {}
    for name in back:
        restored |= fields.from_json("contacts", {name: change.before[name]})
    value = fields.with_fields(stored.value, restored)
    if link is not None or back:
        # Written even when it is the same: the sync's next look finds it without a link.
        again = True if change.why == OUT_OF_ARCHIVE and len(back) == len(now) else None
        batch.writes.append(PutRecord("contacts", stored.id, value, stored.version, archived=again))
    was, becomes = ({name: data[name] for name in back} for data in (now, change.before))
    batch.changes.append(Change("crm", "part", stored.id, row.key, WHY, was, becomes))
    parted = link is not None and change.why != OUT_OF_ARCHIVE
    _reopen(deps, user, row, link, replace(stored, value=value) if parted else None, batch)


def _reopen(
    deps: Deps,
    user: User,
    row: Candidate,
    link: Link | None,
    parted: Stored[Contact] | None,
    batch: UndoBatch,
    *,
    gone: bool = False,
) -> None:
    """The row is undecided again, unticked, with its choices. What was parted is no longer linked without the
    user; what was archived is not brought back by importing again: that makes a new contact.

    parted: the CRM contact that may still be the same person. gone: Google does not have the contact.
    """
    assert row.crm is not None
    again = replace(
        row,
        status="gone" if gone else "open",
        crm=None,
        problem=None,
        round=_round(row, user.rounds),
        choice=replace(row.choice, selected=False),
        parted=tuple(dict.fromkeys((*row.parted, row.crm))),
        generation=row.generation + (row.status == "imported"),
    )
    if parted is not None:
        canon = deps.canon(user.settings.region)
        who = matching.person(canon, parted.id, parted.value)
        found = matching.claim(canon, who, matching.of_row(canon, again), again)
        again = replace(again, claims=(found,) if found is not None and parted.id not in row.distinct else ())
    batch.writes.append(PutCandidate(again))
    batch.writes += [DropLink(link.key)] if link is not None else []
    batch.outdated |= link is not None and _has_moved(link, row)
    batch.undone += 1


def _round(row: Candidate, rounds: ImportRounds) -> int:
    """Its own round, if that is open still or again; else the sheet that is open now, or the next one."""
    if row.round > rounds.closed:
        return row.round
    return rounds.presented if rounds.presented > rounds.closed else rounds.incoming


def _has_moved(link: Link, row: Candidate) -> bool:
    """Whether Google has changed the contact since its row was written."""
    return link.remote_id != row.remote_id or row.changed_at is None or link.rtime > row.changed_at
