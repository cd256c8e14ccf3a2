"""Which calendar is synced: what there is to choose from, the choice, and winding up the one that is left.

A link's key begins with its calendar. The next job of the calendar deals with all links of the one that was
left before it looks at the new one, so that no record is taken for gone because its event is elsewhere.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from crmsync.core import fields
from crmsync.core.account import Leaving, ResourceState, User
from crmsync.core.calendar.occurrences import is_exception_key, is_series, series_key
from crmsync.core.errors import Closed, ScopeMissing, SyncError
from crmsync.core.journal import Change
from crmsync.core.model import R, Stored
from crmsync.core.pair import ids
from crmsync.core.pair.plan import Action
from crmsync.core.state import Link
from crmsync.engine.deps import Deps
from crmsync.engine.ports import CalendarEntry
from crmsync.engine.run import aside
from crmsync.engine.run.pending import Pending
from crmsync.engine.run.run import Run
from crmsync.engine.series import following
from crmsync.engine.sessions import open_session
from crmsync.store.ports import DropHold, DropLink, PutLink, PutRecord, TooLarge, Write

Copies = Literal["keep", "remove"]
PAGE = 30
"""Links that are dealt with at a time."""
WHY = "calendar left"


def listed(deps: Deps, user: User) -> Sequence[CalendarEntry] | None:
    """The user's calendars; None while nobody is connected or the permission to list them is missing.

    Raises the tree of `core.errors` for what else goes wrong at Google.
    """
    if user.connection is None or user.connection.state != "active":
        return None
    for fresh in (False, True):
        session = open_session(deps, user, fresh=fresh)
        try:
            return session.calendars() if session is not None else None
        except ScopeMissing:
            # The cached access token may be older than what the user has allowed since.
            continue
    return None


def chosen(state: ResourceState, calendar_id: str, copies: Copies, now: datetime) -> ResourceState:
    """The calendar's state once another one is chosen: it starts afresh, and running jobs are overtaken."""
    if state.calendar_id == calendar_id:
        return state
    return ResourceState(
        rev=state.rev + 1,
        phase="waiting",
        requested_at=now,
        calendar_id=calendar_id,
        # One that was chosen meanwhile was never looked at: only the first has links.
        leaving=state.leaving or Leaving(state.calendar_id, copies),
    )


def leave(run: Run[R]) -> None:
    """Winds up the calendar that was left. Safe to repeat. Raises Yield, LeaseHeld and what Google raises.

    What the sync made there is deleted when the user wants that and nobody has edited it since, else it
    stays; either way its link is dropped, and the record goes to the new calendar like any other. What the
    sync brought into the CRM from there is archived, or stays without following its event; it never goes to
    another calendar, and follows again when its own is chosen once more.
    """
    leaving = run.state.leaving
    if leaving is None:
        return
    after: str | None = None
    while links := run.store.links_page(run.scope, run.resource, after, PAGE):
        run.check_time()
        _leave_page(run, leaving, links)
        after = links[-1].key
    holds = [hold for hold in run.store.holds(run.scope) if hold.resource == run.resource]
    run.ledger.commit(None, *(DropHold(hold.id) for hold in holds), leaving=None, decided_at=None)


def _leave_page(run: Run[R], leaving: Leaving, links: Sequence[Link]) -> None:
    here = ids.calendar_link_key(run.canon, run.state.calendar_id, "")
    there = ids.calendar_link_key(run.canon, leaving.calendar_id, "")
    living = _living(run, [link.crm for link in links if link.made_crm])
    pending = Pending()
    pending.put_each(_put_right(links, here, living))
    left = [link for link in links if link.key.startswith(there) and link.state != "detached"]
    made = [link for link in left if link.crm not in living and link.made_here and link.remote_id]
    deleted = _delete(run, leaving, made) if leaving.copies == "remove" else {}
    stays = _edited(run, left, living) if leaving.copies == "remove" else {link.key for link in left}
    for link in left:
        pending.unit()
        if (stored := living.get(link.crm)) is not None:
            _leave_brought_in(run, link, stored, pending, stays=link.key in stays)
        else:
            pending.put(DropLink(link.key), change=deleted.get(link.key))
    if not pending.writes:
        return
    try:
        run.ledger.commit(pending)
    except TooLarge as refused:
        # What the host CRM has filled to the brim cannot be written again: it stays, without its event.
        kept = Pending()
        kept.put_each(PutLink(replace(it, state="detached")) for it in left if it.key in refused.keys)
        run.ledger.commit(kept)


def _living(run: Run[R], crms: Sequence[str]) -> Mapping[str, Stored[R]]:
    records = run.store.records(run.scope, run.kind, crms)
    return {crm: stored for crm, stored in records.items() if stored.archived_at is None}


def _put_right(links: Sequence[Link], here: str, living: Container[str]) -> list[Write]:
    """What was refused may be taken elsewhere; what was left once before follows again in the calendar chosen
    now.
    """
    refused = [link for link in links if aside.is_refusal(link) or aside.is_born_aside(link)]
    again = [
        link
        for link in links
        if link.key.startswith(here) and link.state == "detached" and link.crm in living
    ]
    writes: list[Write] = [DropLink(link.key) for link in refused]
    return writes + [PutLink(replace(link, state="linked")) for link in again]


def _edited(run: Run[Any], left: Sequence[Link], living: Mapping[str, Stored[Any]]) -> set[str]:
    """The keys of those living records that somebody has edited in the CRM since they came in. A series
    stands and falls with its exceptions: what is edited of one is edited of all.
    """
    links = [link for link in left if link.crm in living]
    series = {link.crm: link.key for link in links if is_series(living[link.crm].value)}
    alone = [link for link in links if not is_exception_key(link.key)]
    edited = {link.key for link in alone if _is_edited(run, link, living[link.crm])}
    known = {link.crm: link for link in following.linked_exceptions(run, series)}
    for stored in following.exceptions_of(run, *series):
        link = known.get(stored.id)
        if stored.archived_at is None and (link is None or _is_edited(run, link, stored)):
            edited.add(series[str(stored.value.series_id)])
    # A series of an earlier page has its link still when it stays.
    earlier = {series_key(link.key) for link in links} - {link.key for link in left}
    edited |= run.store.links(run.scope, sorted(earlier)).keys()
    return {link.key for link in links if series_key(link.key) in edited}


def _is_edited(run: Run[Any], link: Link, stored: Stored[Any]) -> bool:
    return bool(run.canon.project(stored.value) != link.base.local)


def _leave_brought_in(run: Run[R], link: Link, stored: Stored[Any], pending: Pending, *, stays: bool) -> None:
    """A record that came from the calendar: it stays there, without its event, or goes into the archive."""
    if stays:
        pending.put(PutLink(replace(link, state="detached")))
        return
    before = fields.as_json(stored.value, fields.names(stored.value))
    pending.put(
        PutRecord(run.kind, stored.id, stored.value, stored.version, archived=True),
        DropLink(link.key),
        change=Change("crm", Action.ARCHIVE_LOCAL.value, stored.id, link.key, WHY, before, None),
    )


def _delete(run: Run[R], leaving: Leaving, made: Sequence[Link]) -> Mapping[str, Change]:
    """Deletes the sync's own events in the calendar that is left; under their etags what was edited stays.
    Answers the journal's lines by link key.
    """
    if not made:
        return {}
    lease = run.ledger.lease()
    if lease:
        run.ledger.commit(**lease)
    run.ledger.check_lease()
    try:
        outcomes = run.session.calendar(leaving.calendar_id).delete(made)
    except Closed:
        # It may only be read by now: what is there stays.
        return {}
    return {
        link.key: Change("google", Action.DELETE_REMOTE.value, link.crm, link.key, WHY, None, None)
        for link in made
        if not isinstance(outcomes.get(link.key), SyncError)
    }
