"""Exceptions that a listing did not show: a complete one, or one that shows their series, which they follow
at Google without being listed themselves.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from operator import attrgetter

from crmsync.core.calendar.occurrences import is_exception_key, series_key
from crmsync.core.chunks import chunks, parted
from crmsync.core.model import Appointment, Stored
from crmsync.core.state import Link
from crmsync.engine.pull import exceptions
from crmsync.engine.pull.known import Known
from crmsync.engine.run import aside
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.engine.series import following
from crmsync.engine.series.meetings import drop
from crmsync.engine.series.shown import Event, all_shown
from crmsync.engine.series.told import Told
from crmsync.store.ports import DropLink, PutLink, Write


class Unseen:
    """Links of exceptions that were not listed and whose series were, worked out once for what was told."""

    def __init__(self, run: Run[Appointment], told: Told) -> None:
        self._run = run
        self._told = told
        self._found: list[Link] = []
        self._state: tuple[int, int] | None = None

    def links(self) -> list[Link]:
        """Those of what has been told by now."""
        # Both only grow.
        state = len(self._told.series), len(self._told.shown)
        if state != self._state:
            found = following.linked_exceptions(self._run, self._told.series)
            self._found = [link for link in found if self._is_unseen(link)]
            self._state = state
        return self._found

    def _is_unseen(self, link: Link) -> bool:
        return link.key not in self._told.shown and not link.is_silent

    def written(self, writes: Iterable[Write]) -> None:
        """These are committed: links of exceptions may be others now."""
        if any(map(_links_an_exception, writes)):
            self.forget()

    def forget(self) -> None:
        """They are to be read again."""
        self._state = None


def _links_an_exception(write: Write) -> bool:
    match write:
        case PutLink(link):
            return is_exception_key(link.key)
        case DropLink(key):
            return is_exception_key(key)
        case _:
            return False


def settle_absent(
    run: Run[Appointment], missing: Sequence[Link], effects: Effects[Appointment], told: Told
) -> None:
    """What follows from their absence.

    With their series gone, the series decides. Else Google is asked for the occurrence: it may be as the
    rules give it again, be no more, or belong to a later part of its series.
    """
    known = Known(run, missing)
    owners = known.links(series_key(link.key) for link in missing)
    owned, orphans = parted(missing, lambda link: series_key(link.key) in owners)
    effects.put_each(DropLink(link.key) for link in orphans)
    asked = [link for link in owned if owners[series_key(link.key)].remote_id in told.alive]
    for some in chunks(asked, run.remote.read_size):
        found = run.remote.read([link.remote_id for link in some])
        unread = {run.side.key_of(item): item for item in found.values() if item.unreadable}
        aside.unreadable(run, unread, {link.key: link for link in some}, effects)
        shown = all_shown(run, found.values())
        aside.each(
            run,
            shown,
            lambda few, part: exceptions.take_in(run, few, part, told, known),
            effects,
            attrgetter("item"),
        )
        _drop_vanished(run, _left(run, some, found.values(), effects), owners, effects, known)


def _left(
    run: Run[Appointment], asked: Sequence[Link], shown: Iterable[Event], effects: Effects[Appointment]
) -> list[Link]:
    """Those that Google did not show under their series, and that nothing was decided for."""
    items = list(shown)
    unread = {item.remote_id for item in items if item.unreadable}
    settled = {run.side.key_of(item) for item in items}
    settled |= {link.key for link in asked if link.remote_id in unread}
    settled |= {write.key for write in effects.writes if isinstance(write, DropLink)}
    return [link for link in asked if link.key not in settled]


def _drop_vanished(
    run: Run[Appointment],
    links: Collection[Link],
    owners: Mapping[str, Link],
    effects: Effects[Appointment],
    known: Known,
) -> None:
    """Their series no longer has these occurrences. One whose series is in the archive is there with it."""
    series = {link.key: owners[series_key(link.key)].crm for link in links}
    records = known.records(series.values())
    own = known.records(link.crm for link in links)
    for link in links:
        effects.unit()
        if link.crm in own and _lives(records.get(series[link.key])):
            stored = own[link.crm]
            with aside.guarded(run, link.crm, partial(_put_aside, run, stored, link, effects)):
                drop(link.key, stored, effects)


def _put_aside(
    run: Run[Appointment], stored: Stored[Appointment], link: Link, effects: Effects[Appointment]
) -> None:
    effects.put(aside.of_record(run, stored, link))


def _lives(record: Stored[Appointment] | None) -> bool:
    return record is not None and record.archived_at is None
