"""Exceptions of series as Google shows them: moved, edited, cancelled occurrences.

They come after the events of their page, so that their series is known; one whose series is not waits for the
end of the listing, or the series is read directly. A cancelled occurrence is believed only while its series
lives: with a series Google cancels all of its exceptions, and they are dealt with where the series is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from crmsync.core.calendar.occurrences import (
    continues,
    is_cancelled_occurrence,
    is_exception,
    series_key,
    takes_place,
)
from crmsync.core.model import Stored
from crmsync.core.pair.plan import Seen
from crmsync.core.pair.settle import changed_fields
from crmsync.core.state import CANON_VERSION, Link, Observation
from crmsync.engine.pairs.absorb import absorb_pair
from crmsync.engine.pull import events, splits
from crmsync.engine.run.effects import newer
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.engine.series import following, shadows
from crmsync.engine.series.meetings import drop, meet
from crmsync.store.ports import DropLink

Seen_ = Observation[Any]


def absorb(run: Run[Any], batch: Sequence[Seen_], effects: Effects[Any], told: following.Told) -> None:
    """Decides what these exceptions lead to, and adds it to `effects`."""
    told.shown.update(run.side.key_of(item) for item in batch)
    links = _links(run, batch)
    unknown = [item for item in batch if series_key(run.side.key_of(item)) not in links]
    if unknown and told.keeps:
        told.later += unknown
    elif unknown:
        introduce(run, unknown, told)
        links = _links(run, batch)
    known = [item for item in batch if series_key(run.side.key_of(item)) in links]
    known = [item for item in _confirmed(run, known, told) if _series_id(item) not in told.gone]
    owners = {item.key: links[series_key(run.side.key_of(item))] for item in known}
    known = [item for item in known if owners[item.key].state != "detached"]
    records = run.store.records(run.scope, run.kind, sorted({link.crm for link in owners.values()}))
    void = _void(run, known, owners, records)
    _stand_in_line(run, [links[key] for item in void if (key := run.side.key_of(item)) in links], effects)
    lost = {item.key for item in void}
    known = [item for item in known if item.key not in lost]
    strangers = [item for item in known if run.side.key_of(item) not in links]
    _linked(
        run,
        [(links[run.side.key_of(i)], i) for i in known if run.side.key_of(i) in links],
        owners,
        records,
        effects,
    )
    listed = {run.side.key_of(item) for item in batch if not is_cancelled_occurrence(item.value)}
    for item in strangers:
        owner = owners[item.key]
        stored = records.get(owner.crm)
        if stored is None or not _fits(stored, item):
            continue
        if not (continues(owner.remote_id) and splits.take_over(run, owner, stored, item, effects)):
            meet(run, owner, stored, item, effects, listed=run.side.key_of(item) in listed)


def settle_later(run: Run[Any], told: following.Told, effects: Effects[Any]) -> None:
    """At the end of a listing: exceptions whose series had not been shown when they were."""
    batch = list({run.side.key_of(item): item for item in told.later}.values())
    if run.user.settings.google_events != "off":
        links = _links(run, batch)
        introduce(run, [item for item in batch if series_key(run.side.key_of(item)) not in links], told)
    links = _links(run, batch)
    absorb(run, [item for item in batch if series_key(run.side.key_of(item)) in links], effects, told)


def introduce(run: Run[Any], items: Iterable[Seen_], told: following.Told) -> None:
    """Reads the series of these exceptions, and commits what follows from them."""
    wanted = sorted({_series_id(item) for item in items} - told.gone)
    for start in range(0, len(wanted), run.remote.read_size):
        chunk = wanted[start : start + run.remote.read_size]
        found = run.remote.read(chunk)
        told.gone |= {event_id for event_id in chunk if event_id not in found}
        told.note(found.values())
        effects: Effects[Any] = Effects()
        events.absorb(run, [item for item in found.values() if not item.deleted], effects, told)
        if effects.writes:
            run.ledger.commit(effects)


def _confirmed(run: Run[Any], batch: Sequence[Seen_], told: following.Told) -> list[Seen_]:
    """The same, with cancelled occurrences as direct reads show them, and their series noted.

    Google cancels exceptions with their series, too, and says so of them for good: once the series is back,
    its occurrences are as the rules give them.
    """
    cancelled = [item for item in batch if is_cancelled_occurrence(item.value)]
    owners = {_series_id(item) for item in cancelled} - told.alive - told.gone
    wanted = sorted(owners | {item.remote_id for item in cancelled})
    found: dict[str, Seen_] = {}
    for start in range(0, len(wanted), run.remote.read_size):
        found |= run.remote.read(wanted[start : start + run.remote.read_size])
    told.gone |= owners - found.keys()
    told.note(found[event_id] for event_id in owners & found.keys())
    shown = {run.side.key_of(item): item for item in found.values() if is_exception(item.value)}
    return [shown.get(run.side.key_of(item), item) for item in batch]


def _void(
    run: Run[Any], batch: Sequence[Seen_], owners: Mapping[str, Link], records: Mapping[str, Stored[Any]]
) -> list[Seen_]:
    """Cancelled occurrences that Google's series does not have as it is now, while the CRM's has them and is
    still to be sent: moved there and here, say, and the CRM's time won. Nobody has cancelled these.
    """

    def is_pending(item: Seen_) -> bool:
        owner = owners[item.key]
        record = records.get(owner.crm)
        return record is not None and following.is_to_be_moved(run, owner, record)

    doubtful = [item for item in batch if is_cancelled_occurrence(item.value) and is_pending(item)]
    shown = following.shown(run, {_series_id(item) for item in doubtful})
    return [
        item
        for item in doubtful
        if item.value is not None and (now := shown.get(_series_id(item))) is not None
        if not takes_place(now, item.value)
    ]


def _stand_in_line(run: Run[Any], links: Sequence[Link], effects: Effects[Any]) -> None:
    """These exceptions are sent once more when their series has been."""
    own = run.store.records(run.scope, run.kind, [link.crm for link in links]) if links else {}
    for link in links:
        effects.writes.append(DropLink(link.key))
        if link.crm in own and own[link.crm].archived_at is None:
            effects.writes.append(run.touch(own[link.crm]))


def _links(run: Run[Any], batch: Sequence[Seen_]) -> dict[str, Link]:
    keys = {run.side.key_of(item) for item in batch}
    return dict(run.store.links(run.scope, sorted(keys | {series_key(key) for key in keys})))


def _series_id(item: Seen_) -> str:
    assert item.value is not None
    return str(item.value.series_id)


def _fits(stored: Stored[Any], item: Seen_) -> bool:
    """Whether the exception and the series are both of days, or both of times: else one is out of date."""
    return item.value is not None and type(item.value.original_start) is type(stored.value.start)


def _linked(
    run: Run[Any],
    pairs: Sequence[tuple[Link, Seen_]],
    owners: Mapping[str, Link],
    records: Mapping[str, Stored[Any]],
    effects: Effects[Any],
) -> None:
    differing: list[tuple[Link, Seen_, Seen[Any], bool]] = []
    for link, item in pairs:
        if link.state == "detached" or not newer(link, item):
            continue
        remote = shadows.seen(run, link, item.value)
        changed = changed_fields(link.base.remote, remote.projection)
        news = bool(changed) or link.canon_version != CANON_VERSION or shadows.grows(run, link)
        if news or is_cancelled_occurrence(item.value):
            differing.append((link, item, remote, news))
    own = run.store.records(run.scope, run.kind, [link.crm for link, *_ in differing]) if differing else {}
    for link, item, remote, news in differing:
        owner, stored = records.get(owners[item.key].crm), own.get(link.crm)
        if stored is not None and owner is not None and owner.archived_at is not None:
            # It was archived with its series, not by itself; it is kept up to date, should that come back.
            stored = replace(stored, archived_at=None)
        elif stored is not None and owner is not None and _is_over(owner, stored, item):
            drop(run, link.key, stored, effects)
            continue
        if news:
            absorb_pair(run, link, stored, item, remote, effects)


def _is_over(owner: Stored[Any], stored: Stored[Any], item: Seen_) -> bool:
    """Whether an exception was cancelled because its series no longer has the occurrence."""
    return is_cancelled_occurrence(item.value) and not takes_place(owner.value, stored.value)


def unseen(run: Run[Any], told: following.Told) -> list[Link]:
    """Links of exceptions that were not listed and whose series were."""
    return [
        link
        for key in sorted(told.series)
        for link in following.linked_exceptions(run, key)
        if link.key not in told.shown and link.state != "detached"
    ]


def settle_absent(
    run: Run[Any], missing: Sequence[Link], effects: Effects[Any], told: following.Told
) -> None:
    """Links of exceptions that a listing did not show: a complete one, or one that shows their series, which
    they follow at Google without being listed themselves.

    With their series gone, the series decides. Else Google is asked for the occurrence: it may be as the
    rules give it again, be no more, or belong to a later part of its series.
    """
    owners = run.store.links(run.scope, sorted({series_key(link.key) for link in missing}))
    effects.writes += [DropLink(link.key) for link in missing if series_key(link.key) not in owners]
    asked = [
        link
        for link in missing
        if (owner := owners.get(series_key(link.key))) is not None and owner.remote_id in told.alive
    ]
    records = run.store.records(run.scope, run.kind, sorted({link.crm for link in owners.values()}))
    for start in range(0, len(asked), run.remote.read_size):
        chunk = asked[start : start + run.remote.read_size]
        found = run.remote.read([link.remote_id for link in chunk])
        shown = [item for link in chunk if (item := found.get(link.remote_id)) is not None]
        absorb(
            run, [item for item in shown if item.value is not None and item.value.series_id], effects, told
        )
        left = {write.key for write in effects.writes if isinstance(write, DropLink)}
        here = {run.side.key_of(item) for item in shown}
        gone = [link for link in chunk if link.key not in here and link.key not in left]
        own = run.store.records(run.scope, run.kind, [link.crm for link in gone])
        for link in gone:
            record = records.get(owners[series_key(link.key)].crm)
            if record is not None and record.archived_at is None and link.crm in own:
                drop(run, link.key, own[link.crm], effects)
