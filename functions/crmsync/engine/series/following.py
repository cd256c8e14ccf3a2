"""What happens to the exceptions of a series when something happens to the series itself.

Exceptions are found by the series' CRM id; the keys of their links follow from that of the series. All of
this costs nothing for what is no series.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crmsync.core import fields
from crmsync.core.calendar.occurrences import (
    MARK,
    continues,
    family,
    is_cancelled_occurrence,
    is_exception,
    is_exception_key,
    links_series,
    series_key,
    takes_place,
)
from crmsync.core.journal import Change
from crmsync.core.model import Appointment, R, Stored
from crmsync.core.pair import ids
from crmsync.core.pair.merge import changed_fields
from crmsync.core.pair.plan import Rules
from crmsync.core.pair.sides import crm_side
from crmsync.core.state import Link, Observation
from crmsync.engine.run.reading import read_all
from crmsync.engine.run.run import Run
from crmsync.store.ports import DropLink, PutRecord, Write

TIMES = frozenset(("when", "recurrence"))
"""The fields of a series that say when it takes place."""
PAGE = 300
KIN_PAGE = 20
"""Parts of a split series are few, and so are the exceptions of most series."""


@dataclass(slots=True)
class Told:
    """What one listing has told of series so far.

    alive, gone: event ids of series (and other events) seen living or deleted. series: keys of the links of
    series that have changed. shown: keys of exceptions that were seen. split: first ids of families of which
    a later part was seen that the CRM did not know. later: exceptions of series that are not known, kept
    until the listing has been read to its end.
    """

    alive: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    series: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)
    split: set[str] = field(default_factory=set)
    later: list[Observation[Any]] = field(default_factory=list)
    keeps: bool = True
    """Whether exceptions may wait for the end of the listing: not when it goes on in another job."""

    def clear(self) -> None:
        """The listing begins anew."""
        self.alive.clear()
        self.gone.clear()
        self.series.clear()
        self.shown.clear()
        self.split.clear()
        self.later.clear()

    def note(self, items: Iterable[Observation[Any]]) -> None:
        """Remembers which events live."""
        for item in items:
            if item.deleted:
                self.gone.add(item.remote_id)
                self.alive.discard(item.remote_id)
            elif not is_exception(item.value):
                self.alive.add(item.remote_id)
                self.gone.discard(item.remote_id)


def parted(items: Sequence[Observation[R]]) -> tuple[list[Observation[R]], list[Observation[R]]]:
    """Events and series, and the exceptions of series, which need these to be known."""
    exceptions = [item for item in items if is_exception(item.value)]
    return [item for item in items if not is_exception(item.value)], exceptions


def rules_of(run: Run[R], links: Iterable[Link], told: Told) -> dict[str, Rules]:
    """Other rules than the user's, by link key: where a series ends that Google has split, Google says, or
    the later part would take place twice.
    """
    return {
        link.key: _split_rules(run) for link in links if told.split and family(link.remote_id) in told.split
    }


def adoption_rules(run: Run[R], item: Observation[R], split: Container[str] = ()) -> Rules:
    """The same for a series that is about to get a link: when other parts of it have links already.

    split: first ids of families whose other parts have just been seen.
    """
    if not isinstance(item.value, Appointment) or not item.value.recurrence:
        return run.rules
    return _split_rules(run) if family(item.remote_id) in split or kin(run, item.remote_id) else run.rules


def _split_rules(run: Run[Any]) -> Rules:
    return Rules({**run.rules.owners, "when": "google"})


def exceptions_of(run: Run[R], series_id: str) -> Iterator[Stored[Appointment]]:
    """The CRM's exceptions of a series, cancelled and archived ones too."""
    after: str | None = None
    while True:
        page = run.store.exceptions(run.scope, [series_id], after, PAGE)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].id


def _of(run: Run[R], link: Link) -> Iterator[tuple[str, Stored[Any]]]:
    """Link key and record of the exceptions of a linked series."""
    if not is_exception_key(link.key) and links_series(link):
        for stored in exceptions_of(run, link.crm):
            assert stored.value.original_start is not None
            yield ids.exception_link_key(link.key, stored.value.original_start), stored


def cover(run: Run[R], link: Link, writes: list[Write], changes: list[Change]) -> None:
    """The series was deleted at Google and is archived here: so are its exceptions."""
    for key, stored in _of(run, link):
        writes.append(DropLink(key))
        if stored.archived_at is None:
            writes.append(PutRecord("appointments", stored.id, stored.value, stored.version, archived=True))
            before = fields.as_json(stored.value)
            changes.append(
                Change("crm", "archive_exception", stored.id, key, "with its series", before, None)
            )


def forget(run: Run[R], link: Link) -> list[Write]:
    """The series was deleted at Google for the CRM: its exceptions are gone there too."""
    return [DropLink(key) for key, _ in _of(run, link)]


def again(run: Run[R], link: Link) -> list[Write]:
    """The series will be made at Google once more: its exceptions come before the next pass, and follow."""
    writes: list[Write] = []
    for key, stored in _of(run, link):
        writes.append(DropLink(key))
        if stored.archived_at is None:
            writes.append(_touch(stored))
    return writes


def revive(run: Run[R], series_id: str, *, archived: bool) -> list[Write]:
    """The series has its link at Google again: its exceptions come once more to the local pass, which had
    nothing to do for them in between.

    archived: those in the archive come back, for the series does. Not when it comes out of Google's bin, for
    Google then shows all of its occurrences as the rules give them.
    """
    return [
        PutRecord("appointments", stored.id, stored.value, stored.version, archived=False)
        for stored in exceptions_of(run, series_id)
        if archived or stored.archived_at is None
    ]


def returned(run: Run[R], link: Link, value: R) -> list[Write]:
    """Google has the last word on when the series takes place, and it has occurrences again whose exceptions
    went into the archive when it was moved here: these come back, as far as Google has them too.
    """
    found = [
        (key, stored)
        for key, stored in _of(run, link)
        if stored.archived_at is not None
        and isinstance(value, Appointment)
        and takes_place(value, stored.value)
    ]
    linked = run.store.links(run.scope, [key for key, _ in found]) if found else {}
    return [
        PutRecord("appointments", stored.id, stored.value, stored.version, archived=False)
        for key, stored in found
        if key in linked
    ]


def followers(run: Run[R], stored: Stored[R]) -> dict[str, Write]:
    """The series was just made at Google: exceptions that the pass over the CRM's changes met before it,
    while there was nothing to change, come once more. By CRM id.
    """
    value = stored.value
    if not isinstance(value, Appointment) or not value.recurrence:
        return {}
    return {
        exception.id: _touch(exception)
        for exception in exceptions_of(run, stored.id)
        if exception.archived_at is None and exception.updated_at < stored.updated_at
    }


def repeats(observation: Observation[Any]) -> bool:
    """Whether Google shows a living series."""
    value = observation.value
    return not observation.deleted and isinstance(value, Appointment) and bool(value.recurrence)


def series_of(observation: Observation[Any]) -> str | None:
    """The event id of the series that an occurrence belongs to."""
    value = observation.value
    return value.series_id if isinstance(value, Appointment) else None


def is_to_be_moved(run: Run[Any], owner: Link, record: Stored[Any]) -> bool:
    """Whether Google has yet to be told when the CRM's series takes place."""
    if owner.state != "linked":
        return False
    return bool(changed_fields(owner.base.local, crm_side(run.canon, record).projection) & TIMES)


def shown(run: Run[Any], event_ids: Iterable[str]) -> dict[str, Appointment]:
    """Living series as Google has them now, by event id."""
    wanted = sorted(event_ids)
    read = read_all(run.remote, wanted)
    return {id: item.value for id, item in read.items() if isinstance(item.value, Appointment)}


def moved(run: Run[Any], owners: Iterable[Link]) -> set[str]:
    """The keys of those series that are not at Google as the pull has seen them: what their occurrences say
    anew is the series' change, and no edit of an occurrence.
    """
    known = {owner.remote_id: owner for owner in owners if owner.state == "linked"}
    read = read_all(run.remote, sorted(known))
    return {
        known[id].key
        for id, now in read.items()
        if now.value is not None and changed_fields(known[id].base.remote, run.canon.project(now.value))
    }


def gone(run: Run[Any], observations: Iterable[Observation[Any]]) -> set[str]:
    """Series that were deleted, among those of cancelled occurrences: Google then shows all of them so."""
    cancelled = (item for item in observations if is_cancelled_occurrence(item.value))
    doubtful = sorted({str(series_of(item)) for item in cancelled})
    read = read_all(run.remote, doubtful)
    return {event_id for event_id in doubtful if event_id not in read or read[event_id].deleted}


def as_local(run: Run[R], link: Link, value: Any) -> Any:
    """What Google shows of an occurrence, as a record of the CRM: its series goes by the CRM's id."""
    if not is_exception_key(link.key):
        return value
    owner = run.store.links(run.scope, [series_key(link.key)]).get(series_key(link.key))
    return replace(value, series_id=owner.crm if owner else value.series_id)


def linked_exceptions(run: Run[Any], key: str) -> Iterator[Link]:
    """The links of a series' exceptions. key: of its own link."""
    return _links_under(run, f"{key}{MARK}")


def _links_under(run: Run[Any], prefix: str) -> Iterator[Link]:
    after = prefix
    while True:
        page = run.store.links_page(run.scope, run.resource, after, KIN_PAGE)
        found = [link for link in page if link.key.startswith(prefix)]
        yield from found
        if len(found) < KIN_PAGE:
            return
        after = page[-1].key


def _touch(stored: Stored[Any]) -> PutRecord:
    return PutRecord("appointments", stored.id, stored.value, stored.version)


def kin(run: Run[R], event_id: str) -> list[Link]:
    """The links of the parts of a split series, the event's own among them: the first part, then by key."""
    first = ids.calendar_link_key(run.canon, run.state.calendar_id, family(event_id))
    found = list(run.store.links(run.scope, [first]).values())
    found += [link for link in _links_under(run, f"{first}_R") if MARK not in link.key]
    return [link for link in found if family(link.remote_id) == family(event_id)]


def is_later_part(observation: Observation[Any]) -> bool:
    """Whether an event came from splitting a series at Google."""
    return continues(observation.remote_id)
