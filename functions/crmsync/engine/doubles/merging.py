"""Two contacts of the CRM are one person: the one takes in the other, and that can be undone for 30 days.

All of it is one commit: the record that stays, the archived one, their links, what is remembered of the two,
the journal. Appointments follow with it, or before it where they are too many for one. Each commit raises the
fence of the contacts' sync, so that a job which read the records before looks again; while a job writes to
Google, nothing is merged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from crmsync.core.account import User
from crmsync.core.consent.ledger import entry
from crmsync.core.doubles import Double
from crmsync.core.fields import record_to_data
from crmsync.core.journal import Change, JournalEntry
from crmsync.core.model import Appointment, Contact, Stored
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.ids import double_id
from crmsync.core.people.joining import Joint, Take, joined, joints
from crmsync.core.scope import Scope
from crmsync.core.state import Candidate, Claim, Link
from crmsync.core.text.titles import title_of
from crmsync.engine.deps import Deps
from crmsync.engine.requests import request_sync
from crmsync.engine.run import aside, parts
from crmsync.engine.run.attempts import attempts
from crmsync.engine.run.lease import refuse_held
from crmsync.engine.run.pending import Pending
from crmsync.engine.run.pending import joined as together
from crmsync.engine.users import user_of
from crmsync.store.ports import (
    AddConsent,
    AddJournal,
    Conflicted,
    DropDouble,
    DropLink,
    PutCandidate,
    PutDouble,
    PutLink,
    PutRecord,
    PutUser,
    StoreUnavailable,
    TooLarge,
    Write,
)

MERGE, AWAY, REPOINT = "merge", "merge_away", "repoint"
POSSIBLE_FOR = timedelta(days=30)
"""As long as the journal is kept."""
ATTEMPTS = 6
AT_ONCE = 100
"""Appointments of one unit."""


class NotThere(LookupError):
    """One of the two is not in the CRM, or in the archive."""


class Moved(Exception):
    """One of the two has changed since the user saw it."""


class NotPossible(ValueError):
    """The two cannot be merged; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two contacts side by side. joint: what they would be; fields: where either says anything."""

    kept: Stored[Contact]
    other: Stored[Contact]
    fields: Sequence[Joint]
    joint: Contact


@dataclass(frozen=True, slots=True)
class _Both:
    """Two contacts, as they are now, with their links."""

    user: User
    canon: Canon
    kept: Stored[Contact]
    other: Stored[Contact]
    links: Mapping[str, Link]

    @property
    def id(self) -> str:
        """Of what is remembered of the two."""
        return double_id(self.canon, self.kept.id, self.other.id)


def compared(deps: Deps, scope: Scope, kept: str, other: str) -> Comparison:
    """Two contacts side by side, and what they would become. Raises NotThere."""
    both = _both(deps, scope, kept, other)
    value = joined(both.canon, both.kept.value, both.other.value, {})
    return Comparison(both.kept, both.other, joints(both.canon, both.kept.value, both.other.value), value)


def tell_apart(deps: Deps, scope: Scope, one: str, other: str) -> None:
    """The user says that two contacts are two people, for good; whoever was held back for that is sent.
    Repeatable. Raises NotThere.
    """
    for _ in attempts(ATTEMPTS):
        both = _both(deps, scope, one, other)
        before = deps.store.doubles(scope, [both.id]).get(both.id)
        if before is not None and before.state == "different":
            return
        told = before or Double(both.id, (min(one, other), max(one, other)))
        told = replace(told, state="different", held="", keys=(), at=deps.clock.now())
        touched = [stored for stored in (both.kept, both.other) if stored.id not in both.links]
        try:
            deps.store.commit(scope, [PutDouble(told), *map(_touch, touched)])
        except Conflicted:
            continue
        request_sync(deps, scope, "change", frozenset(("contacts",)))
        return
    raise StoreUnavailable(f"the records kept changing ({ATTEMPTS} attempts)")


def merge(
    deps: Deps,
    scope: Scope,
    kept: str,
    other: str,
    takes: Mapping[str, Take],
    versions: Mapping[str, str],
) -> str:
    """Merges one contact into another; answers the run under which it can be undone.

    takes: whose value counts, by field, where it is not as `compared` has it. versions: of the contacts as
    the user saw them. Raises NotThere, Moved, NotPossible, LeaseHeld while a job writes to Google.
    """
    if kept == other:
        raise NotPossible("These are the same contact.")
    run = f"merge-{deps.new_id()}"
    for _ in attempts(ATTEMPTS):
        both = _both(deps, scope, kept, other)
        if any(versions.get(it.id, it.version) != it.version for it in (both.kept, both.other)):
            raise Moved
        refuse_held(both.user.contacts, deps.clock.now(), None)
        value = joined(both.canon, both.kept.value, both.other.value, takes)
        units = [*_appointments(deps, scope, kept, other), _merged(deps, both, value, run)]
        try:
            commit_fenced(deps, both.user, run, units)
        except Conflicted:
            continue
        except TooLarge:
            raise NotPossible("Together the two are too large. Shorten their notes first.") from None
        request_sync(deps, scope, "change", frozenset(("contacts", "calendar")))
        return run
    raise StoreUnavailable(f"the records kept changing ({ATTEMPTS} attempts)")


def _both(deps: Deps, scope: Scope, kept: str, other: str) -> _Both:
    user = user_of(deps, scope)
    records = deps.store.records(scope, "contacts", [kept, other])
    found = [records.get(id) for id in (kept, other)]
    one, two = found
    if one is None or two is None or one.archived_at is not None or two.archived_at is not None:
        raise NotThere
    links = deps.store.links_of(scope, "contacts", [kept, other])
    return _Both(user, deps.canon(user.settings.region), one, two, links)


def commit_fenced(deps: Deps, user: User, run: str, units: Sequence[Pending]) -> None:
    """Commits these units, in parts where they are large; the last part overtakes a sync that is at work.

    run: under which the journal knows what the units say of appointments. Raises Conflicted, and TooLarge for
    a unit that fits into no commit.
    """

    def written(unit: Pending) -> list[Write]:
        entry = JournalEntry(run, "calendar", MERGE, deps.clock.now(), tuple(unit.changes))
        return [*unit.writes, *([AddJournal(entry)] if unit.changes else [])]

    def commit(some: Sequence[Pending], last: bool) -> None:
        fence = PutUser({"contacts": replace(user.contacts, rev=user.contacts.rev + 1)})
        writes = written(together(some))
        if last:
            deps.store.commit(user.scope, [*writes, fence], expect_user=user.version)
        else:
            deps.store.commit(user.scope, writes)

    parts.commit(units, commit, lambda unit: deps.store.size(user.scope, written(unit)))


def _touch(stored: Stored[Contact]) -> PutRecord:
    return PutRecord("contacts", stored.id, stored.value, stored.version)


def _merged(deps: Deps, both: _Both, value: Contact, run: str) -> Pending:
    """The merge itself: a unit."""
    kept, other, now = both.kept, both.other, deps.clock.now()
    link, how, writes = _links(both)
    said = entry(f"{run}-consent", kept.id, kept.value.consent, value.consent, now, both.user.uid, "merge")
    writes += [AddConsent(said)] if said is not None else []
    writes += [
        PutRecord("contacts", kept.id, value, kept.version),
        PutRecord("contacts", other.id, other.value, other.version, archived=True),
        *_remembered(deps, both, run),
        *_rows(deps, both),
    ]
    before, after = (record_to_data(each) for each in (kept.value, value))
    changed = [name for name in before if before[name] != after[name]]
    own = both.links.get(kept.id)
    changes = (
        Change(
            "crm",
            MERGE,
            kept.id,
            own.key if own is not None else None,
            f"one person with {title_of(other.value)}",
            {name: before[name] for name in changed},
            {name: after[name] for name in changed},
        ),
        Change("crm", AWAY, other.id, link, how, None, None),
    )
    return Pending([*writes, AddJournal(JournalEntry(run, "contacts", MERGE, now, changes))])


def _links(both: _Both) -> tuple[str | None, str, list[Write]]:
    """What becomes of the other one's link: its key, and whether it is a copy from now on or moves to the
    record that stays. Nothing is deleted at Google.
    """
    own, link = both.links.get(both.kept.id), both.links.get(both.other.id)
    if link is None or link.is_silent:
        return None, "", []
    if aside.is_refusal(link) or not link.remote_id:
        return None, "", [DropLink(link.key)]
    if own is None or aside.is_refusal(own):
        gone: list[Write] = [DropLink(own.key)] if own is not None else []
        return link.key, "moved", [*gone, PutLink(replace(link, crm=both.kept.id))]
    return link.key, "copy", [PutLink(replace(link, state="copy"))]


def _remembered(deps: Deps, both: _Both, run: str) -> list[Write]:
    """What was said of the other one counts for the one that stays; what was asked is asked anew."""
    kept, other = both.kept.id, both.other.id
    known = {each.id: each for each in deps.store.doubles_of(both.user.scope, [kept, other])}
    pair = known.pop(both.id, None) or Double(both.id, (min(kept, other), max(kept, other)))
    merged = replace(pair, state="merged", held="", keys=(), kept=kept, run=run, at=deps.clock.now())
    writes: list[Write] = [PutDouble(merged)]
    freed: set[str] = set()
    for each in known.values():
        if other not in each.crms:
            continue
        third = each.other(other)
        if each.state == "asked":
            writes.append(DropDouble(each.id))
            freed |= {each.held} - {other}
        elif each.state == "different" and (id := double_id(both.canon, kept, third)) not in known:
            told = Double(id, (min(kept, third), max(kept, third)), "different", at=each.at)
            writes.append(PutDouble(told))
    held = deps.store.records(both.user.scope, "contacts", sorted(freed - {kept})) if freed else {}
    return [*writes, *(_touch(stored) for stored in held.values() if stored.archived_at is None)]


def _rows(deps: Deps, both: _Both) -> list[Write]:
    """Rows of the sheet that ask about the other one ask about the one that stays."""
    rows = deps.store.candidates_about(both.user.scope, [both.other.id])
    return [PutCandidate(_asking(row, both)) for row in rows]


def _asking(row: Candidate, both: _Both) -> Candidate:
    kept, other = both.kept.id, both.other.id
    found = [it for it in (*row.claims, *row.linked) if it.crm == other]
    claims, linked = ([it for it in some if it.crm != other] for some in (row.claims, row.linked))
    asked = kept in (*row.distinct, *(it.crm for it in (*claims, *linked)))
    if found and not asked:
        claim: Claim = replace(found[0], crm=kept, name=title_of(both.kept.value), mark="")
        (linked if both.links else claims).append(claim)
    person = kept if row.choice.person == other else row.choice.person
    choice = replace(row.choice, person=person)
    return replace(row, claims=tuple(claims), linked=tuple(linked), choice=choice)


def _appointments(deps: Deps, scope: Scope, kept: str, other: str) -> list[Pending]:
    """Appointments with the other one are with the one that stays, a unit each."""
    units: list[Pending] = []
    after: str | None = None
    while page := deps.store.appointments_with(scope, other, after, AT_ONCE):
        after = page[-1].id
        units += [_repointed(each, _instead(each.value, kept, other)) for each in page]
    return units


def _instead(value: Appointment, kept: str, other: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(kept if id == other else id for id in value.contact_ids))


def _repointed(stored: Stored[Appointment], ids: tuple[str, ...]) -> Pending:
    before, after = {"contact_ids": [*stored.value.contact_ids]}, {"contact_ids": [*ids]}
    change = Change("crm", REPOINT, stored.id, None, "two contacts are one", before, after)
    value = replace(stored.value, contact_ids=ids)
    return Pending([PutRecord("appointments", stored.id, value, stored.version)], [change])
