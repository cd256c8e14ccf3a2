"""Exceptions of series as Google shows them: moved, edited, cancelled occurrences.

They come after the events of their page, so that their series is known; one whose series is not waits for the
end of the listing, or the series is read directly. A cancelled occurrence is believed only while its series
lives: with a series Google cancels all of its exceptions, and they are dealt with where the series is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from crmsync.core import fields, ids
from crmsync.core.decide import decide
from crmsync.core.journal import Change
from crmsync.core.model import Appointment, Stored
from crmsync.core.occurrences import (
    continues,
    is_cancelled_occurrence,
    is_exception,
    occurrence_base,
    series_key,
    takes_place,
)
from crmsync.core.plan import Action, Decision, Seen
from crmsync.core.series import exception_of
from crmsync.core.settle import changed_fields
from crmsync.core.state import CANON_VERSION, Base, Link, Observation
from crmsync.engine import events, series, shadows
from crmsync.engine.absorb import absorb_pair
from crmsync.engine.effects import Effects, linked, merge_settled, newer, write_pair
from crmsync.engine.run import Run
from crmsync.store.ports import CreateRecord, DropLink, PutLink, PutRecord

Seen_ = Observation[Any]


def absorb(run: Run[Any], batch: Sequence[Seen_], effects: Effects[Any], told: series.Told) -> None:
    """Decides what these exceptions lead to, and adds it to `effects`."""
    links = _links(run, batch)
    unknown = [item for item in batch if series_key(run.key_of(item)) not in links]
    if unknown and told.keeps:
        told.later += unknown
    elif unknown:
        introduce(run, unknown, told)
        links = _links(run, batch)
    known = [item for item in batch if series_key(run.key_of(item)) in links]
    known = [item for item in _confirmed(run, known, told) if _series_id(item) not in told.gone]
    owners = {item.key: links[series_key(run.key_of(item))] for item in known}
    known = [item for item in known if owners[item.key].state != "detached"]
    records = run.deps.store.records(run.uid, run.kind, sorted({link.crm for link in owners.values()}))
    void = _void(run, known, owners, records)
    _stand_in_line(run, [links[key] for item in void if (key := run.key_of(item)) in links], effects)
    known = [item for item in known if item not in void]
    strangers = [item for item in known if run.key_of(item) not in links]
    _linked(
        run, [(links[run.key_of(i)], i) for i in known if run.key_of(i) in links], owners, records, effects
    )
    for item in strangers:
        owner = owners[item.key]
        stored = records.get(owner.crm)
        if stored is None or not _fits(stored, item):
            continue
        if not (continues(owner.remote_id) and _moved(run, owner, stored, item, effects)):
            _meet(run, owner, stored, item, effects)


def settle_later(run: Run[Any], told: series.Told, effects: Effects[Any]) -> None:
    """At the end of a listing: exceptions whose series had not been shown when they were."""
    batch = list({run.key_of(item): item for item in told.later}.values())
    if run.user.settings.google_events != "off":
        links = _links(run, batch)
        introduce(run, [item for item in batch if series_key(run.key_of(item)) not in links], told)
    links = _links(run, batch)
    absorb(run, [item for item in batch if series_key(run.key_of(item)) in links], effects, told)


def introduce(run: Run[Any], items: Iterable[Seen_], told: series.Told) -> None:
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
            merge_settled(run, effects, run.commit(effects.writes, effects.changes))


def _confirmed(run: Run[Any], batch: Sequence[Seen_], told: series.Told) -> list[Seen_]:
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
    shown = {run.key_of(item): item for item in found.values() if is_exception(item.value)}
    return [shown.get(run.key_of(item), item) for item in batch]


def _void(
    run: Run[Any], batch: Sequence[Seen_], owners: Mapping[str, Link], records: Mapping[str, Stored[Any]]
) -> list[Seen_]:
    """Cancelled occurrences that Google's series does not have as it is now, while the CRM's has them and is
    still to be sent: moved there and here, say, and the CRM's time won. Nobody has cancelled these.
    """

    def is_pending(item: Seen_) -> bool:
        owner = owners[item.key]
        record = records.get(owner.crm)
        return record is not None and series.is_to_be_moved(run, owner, record)

    doubtful = [item for item in batch if is_cancelled_occurrence(item.value) and is_pending(item)]
    shown = series.shown(run, {_series_id(item) for item in doubtful})
    return [
        item
        for item in doubtful
        if item.value is not None and (now := shown.get(_series_id(item))) is not None
        if not takes_place(now, item.value)
    ]


def _stand_in_line(run: Run[Any], links: Sequence[Link], effects: Effects[Any]) -> None:
    """These exceptions are sent once more when their series has been."""
    own = run.deps.store.records(run.uid, run.kind, [link.crm for link in links]) if links else {}
    for link in links:
        effects.writes.append(DropLink(link.key))
        if link.crm in own and own[link.crm].archived_at is None:
            effects.writes.append(run.touch(own[link.crm]))


def _links(run: Run[Any], batch: Sequence[Seen_]) -> dict[str, Link]:
    keys = {run.key_of(item) for item in batch}
    return dict(run.deps.store.links(run.uid, sorted(keys | {series_key(key) for key in keys})))


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
    own = run.deps.store.records(run.uid, run.kind, [link.crm for link, *_ in differing]) if differing else {}
    for link, item, remote, news in differing:
        owner, stored = records.get(owners[item.key].crm), own.get(link.crm)
        if stored is not None and owner is not None and owner.archived_at is not None:
            # It was archived with its series, not by itself; it is kept up to date, should that come back.
            stored = replace(stored, archived_at=None)
        elif stored is not None and owner is not None and _is_over(owner, stored, item):
            drop(run, link, stored, effects)
            continue
        if news:
            absorb_pair(run, link, stored, item, remote, effects)


def _is_over(owner: Stored[Any], stored: Stored[Any], item: Seen_) -> bool:
    """Whether an exception was cancelled because its series no longer has the occurrence."""
    return is_cancelled_occurrence(item.value) and not takes_place(owner.value, stored.value)


def drop(run: Run[Any], link: Link, stored: Stored[Any], effects: Effects[Any]) -> None:
    """The series no longer takes place then: the exception goes with its occurrence, into the archive."""
    effects.writes.append(DropLink(link.key))
    if stored.archived_at is None:
        effects.writes.append(PutRecord(run.kind, stored.id, stored.value, stored.version, archived=True))
        effects.settled.add(stored.id)
        before = fields.as_json(stored.value)
        why = "with its occurrence"
        effects.changes.append(Change("crm", "archive_exception", stored.id, link.key, why, before, None))


def meeting(
    run: Run[Any], owner: Link, record: Stored[Any], stored: Stored[Any] | None, item: Seen_
) -> tuple[Link, Seen[Any], Decision[Any]]:
    """How an exception without a link stands to what Google shows of the occurrence: a link as if the two had
    agreed on the occurrence as the series gives it, Google's side, and the decision.

    owner, record: link and record of the series. stored: the CRM's exception, if it has one.
    """
    assert item.value is not None
    at = item.value.original_start
    plain = replace(exception_of(record.value, record.id, at), notify_guests=False)
    if plain.status == "cancelled":
        plain = replace(plain, status="confirmed")
    plain = shadows.shadow_of(plain) if owner.shadow else plain
    given = run.canon.project(plain)
    base = Base(given, given) if owner.shadow else occurrence_base(owner.base, given)
    if stored is None:
        # What the CRM's series still has to send is the series' own business.
        base = Base(given, base.remote)
    link = Link(
        key=run.key_of(item),
        resource="calendar",
        crm=stored.id if stored else ids.exception_id(run.canon, record.id, at),
        name=item.name,
        remote_id=item.remote_id,
        etag=item.etag,
        rtime=item.rtime or owner.rtime,
        base=base,
        rich=item.rich,
        made_crm=owner.made_crm,
        shadow=owner.shadow,
    )
    local = run.seen(stored) if stored else Seen(plain, given)
    remote = shadows.seen(run, link, item.value)
    return link, remote, decide(link, local, remote, run.canon, run.rules)


def _meet(run: Run[Any], owner: Link, record: Stored[Any], item: Seen_, effects: Effects[Any]) -> None:
    """An occurrence that Google shows changed and no link knows."""
    assert item.value is not None
    crm = ids.exception_id(run.canon, record.id, item.value.original_start)
    stored = run.deps.store.records(run.uid, run.kind, [crm]).get(crm)
    over = not takes_place(record.value, item.value)
    if is_cancelled_occurrence(item.value) and over:
        return
    old = None
    if stored is not None and stored.archived_at is not None:
        # It went with its series, or with its occurrence: as if there were none, while the series lives.
        old, stored = (None, replace(stored, archived_at=None)) if record.archived_at else (stored, None)
    link, remote, decision = meeting(run, owner, record, stored, item)
    if stored is not None:
        accept(run, link, remote, stored, decision, effects)
    elif decision.local_fields and decision.value is not None:
        decision = _as_shown(decision, remote)
        after = replace(link, base=decision.base or link.base)
        _create(run, after, record, old, decision.value or record.value, item, effects)


def _as_shown(decision: Decision[Any], remote: Seen[Any]) -> Decision[Any]:
    """The same for an exception that was born at Google: lists that it has of its own are as Google shows
    them. What was added to the series here meanwhile is the series' own, as with exceptions that are known.
    """
    assert remote.value is not None
    lists = [name for name in decision.local_fields if fields.field_of(remote.value, name).kind == "list"]
    if not lists or decision.value is None or decision.base is None:
        return decision
    value = fields.with_fields(decision.value, {name: fields.get(remote.value, name) for name in lists})
    shown = {name: remote.projection[name] for name in lists}
    base = Base({**decision.base.local, **shown}, decision.base.remote)
    return replace(decision, value=value, base=base)


def accept(
    run: Run[Any],
    link: Link,
    remote: Seen[Any],
    stored: Stored[Any],
    decision: Decision[Any],
    effects: Effects[Any],
) -> None:
    """The writes by which an exception of the CRM gets its link."""
    if decision.action in (Action.NOTHING, Action.REFRESH):
        local = run.seen(stored)
        base = decision.base or Base(local.projection, remote.projection)
        effects.writes.append(PutLink(replace(link, base=base)))
        effects.settled.add(stored.id)
    else:
        after = replace(link, base=decision.base or link.base)
        write_pair(run, after, stored, decision, effects)


def _create(
    run: Run[Any],
    link: Link,
    record: Stored[Any],
    old: Stored[Any] | None,
    value: Appointment,
    item: Seen_,
    effects: Effects[Any],
) -> None:
    assert item.value is not None
    value = replace(value, series_id=record.id, original_start=item.value.original_start)
    if old is None:
        effects.writes.append(CreateRecord("appointments", link.crm, value))
    else:
        effects.writes.append(PutRecord("appointments", link.crm, value, old.version, archived=False))
    effects.writes.append(PutLink(link))
    effects.settled.add(link.crm)
    before = fields.as_json(old.value) if old else None
    after = fields.as_json(value)
    effects.changes.append(
        Change("crm", "create_exception", link.crm, link.key, "changed at Google", before, after)
    )


def _moved(run: Run[Any], owner: Link, record: Stored[Any], item: Seen_, effects: Effects[Any]) -> bool:
    """The series was split: an exception that the CRM has under an earlier part now belongs to this one.

    It becomes an exception of the later part, base and all; the old record goes into the archive. False when
    there is none.
    """
    assert item.value is not None
    at = item.value.original_start
    parts = [part for part in series.kin(run, owner.remote_id) if part.key != owner.key]
    by_crm = {ids.exception_id(run.canon, part.crm, at): part for part in parts}
    olds = run.deps.store.records(run.uid, run.kind, list(by_crm))
    olds = {crm: old for crm, old in olds.items() if old.archived_at is None}
    if not olds:
        return False
    keys = {crm: ids.exception_link_key(by_crm[crm].key, at) for crm in olds}
    links = run.deps.store.links(run.uid, list(keys.values()))
    done = False
    for crm, old in olds.items():
        link = links.get(keys[crm])
        if link is None:
            _archive(effects, old)
            done |= _take_over(run, owner, record, old, None, item, effects, done)
        elif link.shadow and not owner.shadow:
            # The later part is no busy copy any more: it says what Google says, and the occurrence with it.
            drop(run, link, old, effects)
        else:
            drop(run, link, old, effects)
            done |= _take_over(run, owner, record, old, link, item, effects, done)
    return done


def _archive(effects: Effects[Any], old: Stored[Any]) -> None:
    effects.writes.append(PutRecord("appointments", old.id, old.value, old.version, archived=True))
    effects.settled.add(old.id)


def _take_over(
    run: Run[Any],
    owner: Link,
    record: Stored[Any],
    old: Stored[Any],
    link: Link | None,
    item: Seen_,
    effects: Effects[Any],
    done: bool,
) -> bool:
    assert item.value is not None
    crm = ids.exception_id(run.canon, record.id, item.value.original_start)
    over = is_cancelled_occurrence(item.value) and not takes_place(record.value, item.value)
    if done or over or run.deps.store.records(run.uid, run.kind, [crm]):
        return True
    value = replace(old.value, series_id=record.id)
    first, remote, decision = meeting(run, owner, record, replace(old, value=value), item)
    if link is not None:
        local = run.seen(replace(old, value=value))
        decision = decide(link, local, remote, run.canon, run.rules)
        first = replace(linked(run, link, item), key=first.key, version=None)
    base = decision.base or (link.base if link else first.base)
    if decision.value is not None:
        value = replace(decision.value, series_id=record.id, original_start=item.value.original_start)
    effects.writes += [CreateRecord("appointments", crm, value), PutLink(replace(first, crm=crm, base=base))]
    why = "its series was split"
    effects.changes.append(
        Change("crm", "create_exception", crm, first.key, why, None, fields.as_json(value))
    )
    return True


def settle_absent(run: Run[Any], missing: Sequence[Link], effects: Effects[Any], told: series.Told) -> None:
    """After a complete listing: links of exceptions that it did not show.

    With their series gone, the series decides. Else Google is asked for the occurrence: it may be as the
    rules give it again, or be no more.
    """
    owners = run.deps.store.links(run.uid, sorted({series_key(link.key) for link in missing}))
    effects.writes += [DropLink(link.key) for link in missing if series_key(link.key) not in owners]
    asked = [
        link
        for link in missing
        if (owner := owners.get(series_key(link.key))) is not None and owner.remote_id in told.alive
    ]
    records = run.deps.store.records(run.uid, run.kind, sorted({link.crm for link in owners.values()}))
    for start in range(0, len(asked), run.remote.read_size):
        chunk = asked[start : start + run.remote.read_size]
        found = run.remote.read([link.remote_id for link in chunk])
        shown = [item for link in chunk if (item := found.get(link.remote_id)) is not None]
        absorb(
            run, [item for item in shown if item.value is not None and item.value.series_id], effects, told
        )
        gone = [link for link in chunk if link.remote_id not in found]
        own = run.deps.store.records(run.uid, run.kind, [link.crm for link in gone])
        for link in gone:
            record = records.get(owners[series_key(link.key)].crm)
            if record is not None and record.archived_at is None and link.crm in own:
                drop(run, link, own[link.crm], effects)
