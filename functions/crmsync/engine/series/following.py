"""What happens to the exceptions of a series when something happens to the series itself.

Exceptions are found by the series' CRM id; the keys of their links follow from that of the series. All of
this costs nothing for what is no series.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace

from crmsync.core import fields
from crmsync.core.calendar.occurrences import (
    MARK,
    continues,
    family,
    is_cancelled_occurrence,
    is_exception_key,
    is_series,
    links_series,
    series_key,
    takes_place,
)
from crmsync.core.calendar.recurrence import UnusableRule
from crmsync.core.calendar.series import Consequence, consequence
from crmsync.core.chunks import chunks
from crmsync.core.journal import Change
from crmsync.core.model import Appointment, R, Stored
from crmsync.core.pair import ids
from crmsync.core.pair.plan import Rules
from crmsync.core.pair.settle import changed_fields
from crmsync.core.pair.sides import crm_side
from crmsync.core.state import Link, Observation
from crmsync.engine.run.pending import Pending
from crmsync.engine.run.reading import read_all
from crmsync.engine.run.run import Run
from crmsync.engine.series.told import Told
from crmsync.store.ports import SERIES_AT_ONCE, DropLink, PutLink, PutRecord, Write

TIMES = frozenset(("when", "recurrence"))
"""The fields of a series that say when it takes place."""
PAGE = 300
KIN_PAGE = 20
"""Parts of a split series are few, and so are the exceptions of most series."""


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
    if is_series(item.value) and (family(item.remote_id) in split or kin(run, item.remote_id)):
        return _split_rules(run)
    return run.rules


def _split_rules(run: Run[R]) -> Rules:
    return replace(run.rules, owners={**run.rules.owners, "when": "google"})


def exceptions_of(run: Run[R], *series: str) -> Iterator[Stored[Appointment]]:
    """The CRM's exceptions of these series, cancelled and archived ones too."""
    for some in chunks(series, SERIES_AT_ONCE):
        after: str | None = None
        while True:
            page = run.store.exceptions(run.scope, some, after, PAGE)
            yield from page
            if len(page) < PAGE:
                break
            after = page[-1].id


def _keyed(run: Run[R], series: Mapping[str, str]) -> Iterator[tuple[str, Stored[Appointment]]]:
    """Link key and record of the exceptions of these series. series: keys of their links by CRM id."""
    for stored in exceptions_of(run, *series):
        at = stored.value.original_start
        if at is not None:
            yield ids.exception_link_key(series[str(stored.value.series_id)], at), stored


def _of(run: Run[R], link: Link) -> Iterator[tuple[str, Stored[Appointment]]]:
    """Link key and record of the exceptions of a linked series."""
    if is_exception_key(link.key) or not links_series(link):
        return iter(())
    return _keyed(run, {link.crm: link.key})


def linked_exceptions(run: Run[R], series: Mapping[str, str]) -> list[Link]:
    """The links of the exceptions that the CRM has of these series: a few queries, however many series.

    series: keys of their links by CRM id. An exception whose record was removed is not among them: a complete
    listing shows it, and is what brings it back.
    """
    found = run.store.links(run.scope, [key for key, _ in _keyed(run, series)])
    return sorted(found.values(), key=lambda link: (series_key(link.key), link.key))


def cover(run: Run[R], link: Link, why: str) -> Pending:
    """The series is no longer there at Google, or repeats no more: its exceptions go into the archive."""
    pending = Pending()
    for key, stored in _keyed(run, {link.crm: link.key}):
        pending.put(DropLink(key))
        if stored.archived_at is None:
            before = fields.as_json(stored.value)
            change = Change("crm", "archive_exception", stored.id, key, why, before, None)
            pending.put(archived_record(stored), change=change)
    return pending


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


def revive(run: Run[R], series_id: str, back: R | None = None) -> list[PutRecord]:
    """The series has its link at Google again: its exceptions come once more to the local pass, which had
    nothing to do for them in between.

    back: the series as it comes out of the archive. Then so do those of its occurrences, whatever Google
    shows in their place: out of its bin a series comes as the rules give it.
    """
    return [
        _restored(stored)
        for stored in exceptions_of(run, series_id)
        if stored.archived_at is None or (isinstance(back, Appointment) and takes_place(back, stored.value))
    ]


def go_on(run: Run[R], series_id: str) -> list[Write]:
    """The series is set aside no longer: its living exceptions come once more to the local pass, and those
    that were set aside are tried again, whatever they say.
    """
    writes: list[Write] = []
    touched: list[PutRecord] = revive(run, series_id)
    for link in run.store.links_of(run.scope, run.resource, [write.id for write in touched]).values():
        if link.state == "quarantined":
            writes.append(PutLink(replace(link, tried="")))
    return [*touched, *writes]


def carried(run: Run[R], link: Link, before: R, after: R) -> Pending:
    """What Google says anew of when a series takes place does to its exceptions: those of occurrences that it
    has again come back, and meet what Google shows of them; when it repeats no more, all go into the archive.
    One that only loses its occurrence is looked at by itself, for it may go to a later part.
    """
    pending = Pending()
    if not (isinstance(before, Appointment) and isinstance(after, Appointment)):
        return pending
    if not after.recurrence:
        return cover(run, link, "with its occurrence") if before.recurrence else pending
    for stored in exceptions_of(run, link.crm):
        after_it = _consequence(before, after, stored)
        if after_it is not None and after_it.archived is False:
            value = after_it.value
            pending.put(PutRecord("appointments", stored.id, value, stored.version, archived=False))
    return pending


def _consequence(before: Appointment, after: Appointment, stored: Stored[Appointment]) -> Consequence | None:
    try:
        return consequence(before, after, stored)
    except UnusableRule:
        return None


def followers(run: Run[R], stored: Stored[R], *, late: bool) -> dict[str, Write]:
    """The series was just made at Google: exceptions that the pass over the CRM's changes met before it,
    while there was nothing to change, come once more. By CRM id.

    late: the series had been set aside, so all of them may have been met.
    """
    if not is_series(stored.value):
        return {}
    return {
        exception.id: _touch(exception)
        for exception in exceptions_of(run, stored.id)
        if exception.archived_at is None and (late or exception.updated_at < stored.updated_at)
    }


def repeats(observation: Observation[R]) -> bool:
    """Whether Google shows a living series."""
    return not observation.deleted and is_series(observation.value)


def series_of(observation: Observation[R]) -> str | None:
    """The event id of the series that an occurrence belongs to."""
    value = observation.value
    return value.series_id if isinstance(value, Appointment) else None


def is_to_be_moved(run: Run[R], owner: Link, record: Stored[R]) -> bool:
    """Whether Google has yet to be told when the CRM's series takes place."""
    return bool(changed_fields(owner.base.local, crm_side(run.canon, record).projection) & TIMES)


def moved(run: Run[R], owners: Iterable[Link]) -> set[str]:
    """The keys of those series that are not at Google as the pull has seen them: what their occurrences say
    anew is the series' change, and no edit of an occurrence.
    """
    known = {owner.remote_id: owner for owner in owners if owner.state == "linked"}
    read = read_all(run.remote, sorted(known))
    return {
        known[id].key
        for id, now in read.items()
        if now.value is not None
        and changed_fields(known[id].base.remote, run.shown(known[id], now, now.value).projection)
    }


def gone(run: Run[R], observations: Iterable[Observation[R]]) -> set[str]:
    """Series that were deleted, among those of cancelled occurrences: Google then shows all of them so."""
    doubtful = {str(series_of(item)) for item in observations if is_cancelled_occurrence(item.value)}
    read = read_all(run.remote, sorted(doubtful))
    return doubtful - {event_id for event_id, item in read.items() if not item.deleted}


def as_local(run: Run[R], link: Link, value: R) -> R:
    """What Google shows of an occurrence, as a record of the CRM: its series goes by the CRM's id."""
    if not (isinstance(value, Appointment) and is_exception_key(link.key)):
        return value
    owner = run.store.links(run.scope, [series_key(link.key)]).get(series_key(link.key))
    return replace(value, series_id=owner.crm if owner else value.series_id)


def _links_under(run: Run[R], prefix: str) -> Iterator[Link]:
    after = prefix
    while True:
        page = run.store.links_page(run.scope, run.resource, after, KIN_PAGE)
        found = [link for link in page if link.key.startswith(prefix)]
        yield from found
        if len(found) < KIN_PAGE:
            return
        after = page[-1].key


def archived_record(stored: Stored[Appointment]) -> PutRecord:
    """The write by which an exception goes into the archive."""
    return PutRecord("appointments", stored.id, stored.value, stored.version, archived=True)


def _restored(stored: Stored[Appointment]) -> PutRecord:
    return PutRecord("appointments", stored.id, stored.value, stored.version, archived=False)


def _touch(stored: Stored[Appointment]) -> PutRecord:
    return PutRecord("appointments", stored.id, stored.value, stored.version)


def kin(run: Run[R], event_id: str) -> list[Link]:
    """The links of the parts of a split series, the event's own among them: the first part, then by key."""
    first = ids.calendar_link_key(run.canon, run.state.calendar_id, family(event_id))
    found = list(run.store.links(run.scope, [first]).values())
    found += [link for link in _links_under(run, f"{first}_R") if MARK not in link.key]
    return [link for link in found if family(link.remote_id) == family(event_id)]


def is_later_part(observation: Observation[R]) -> bool:
    """Whether a living event came from splitting a series at Google."""
    return not observation.deleted and continues(observation.remote_id)
