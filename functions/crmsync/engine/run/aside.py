"""A record's own trouble stays its own: it is set aside with its reason, and all others go on.

What Google refuses, and what an unexpected error met, is remembered in the link of the pair: what was tried,
how often, and when it is tried again. A record of the CRM that Google has never taken has a link under a key
of its own (`REFUSED`), and so has one of Google's that never came in, without a record (`ASIDE`).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from crmsync import logs
from crmsync.core.errors import SyncError
from crmsync.core.model import R, Stored
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.decide import Unaccounted
from crmsync.core.pair.sides import crm_side, fingerprint
from crmsync.core.quarantine import ASIDE, INTERNAL, REFUSED, TOO_LARGE, next_try
from crmsync.core.state import Base, Link, Observation
from crmsync.engine.run.effects import keyless_link, region_of
from crmsync.engine.run.generation import Outdated
from crmsync.engine.run.lease import LeaseHeld, Yield
from crmsync.engine.run.pending import Effects, Pending
from crmsync.engine.run.run import Run
from crmsync.store.ports import DropLink, PutLink, StoreError, TooLarge

STOPS = (SyncError, StoreError, Yield, LeaseHeld, Outdated, Unaccounted, MemoryError)
"""What stops a job, and is no trouble of the record that met it."""
MOST = 50
"""When errors have met more records than this, the job fails: its successor goes on with the others."""
UNKNOWN_BASE = 0
"""The canon's version of a link whose sides have not been compared."""

S = TypeVar("S")


@contextmanager
def guarded(run: Run[Any], record: str, aside: Callable[[], object]) -> Iterator[None]:
    """A step that concerns one record alone: an unexpected exception is logged, and `aside` is called."""
    try:
        yield
    except STOPS:
        raise
    except Exception as error:
        note(run, record, error)
        aside()


def note(run: Run[Any], record: str, error: Exception) -> None:
    """Logs what met a record, with the places and without its words.

    Raises it when it has met so many that it is no record's own trouble.
    """
    run.memory.asides += 1
    if run.memory.asides > MOST:
        raise error
    logs.failure("record set aside", error, resource=run.resource, record=record)


def each(
    run: Run[R],
    items: Sequence[S],
    work: Callable[[Sequence[S], Effects[R]], None],
    effects: Effects[R],
    seen: Callable[[S], Observation[R]],
) -> None:
    """Works on what Google has shown, all of it together; when that raises unexpectedly each half by itself,
    and what cannot be taken in even alone is set aside. seen: the observation behind an item.
    """
    part: Effects[R] = Effects()
    try:
        work(items, part)
    except STOPS:
        raise
    except Exception as error:
        if len(items) > 1:
            half = len(items) // 2
            each(run, items[:half], work, effects, seen)
            each(run, items[half:], work, effects, seen)
            return
        item = seen(items[0])
        note(run, item.key, error)
        part = Effects()
        observed(run, item, INTERNAL, part)
    effects.join(part)


def mark(canon: Canon, stored: Stored[R] | None) -> str:
    """What a record says, in short, also of one that counts as deleted; of one whose words cannot be compared
    its version.
    """
    try:
        side = crm_side(canon, stored)
        gone = None if side.archived is None else canon.project(side.archived)
        return fingerprint(canon, side.projection) if gone is None else f"gone {fingerprint(canon, gone)}"
    except Exception:
        return f"version {stored.version if stored is not None else None}"


def is_as_tried(run: Run[R], link: Link, stored: Stored[R]) -> bool:
    """Whether a record is still what was set aside."""
    return mark(run.canon_of(link), stored) == link.tried


def is_due(run: Run[Any], link: Link) -> bool:
    """Whether a record that was set aside is to be tried again as it is."""
    return link.retry_at is not None and link.retry_at <= run.now()


def rests(run: Run[R], link: Link, stored: Stored[R]) -> bool:
    """Whether a record was set aside, says what it said then, and its time has not come."""
    return link.state == "quarantined" and not is_due(run, link) and is_as_tried(run, link, stored)


def set_aside(run: Run[R], link: Link, stored: Stored[R] | None, reason: str) -> Link:
    """The link of a pair whose CRM side cannot go to Google, or must not."""
    return replace(_aside(run, link, reason), tried=mark(run.canon_of(link), stored), stuck="")


def stuck(run: Run[R], link: Link, seen: Observation[R], stored: Stored[R] | None, reason: str) -> Link:
    """The link of a pair of which Google shows something that cannot be taken in."""
    return replace(_aside(run, link, reason), tried=mark(run.canon_of(link), stored), stuck=seen.etag or "?")


def _aside(run: Run[R], link: Link, reason: str) -> Link:
    tries = link.tries + 1
    retry_at = next_try(reason, tries, run.now())
    return replace(link, state="quarantined", problem=reason, tries=tries, retry_at=retry_at)


def is_refusal(link: Link) -> bool:
    """Whether a link only says that its record never got to Google."""
    return link.key.startswith(REFUSED)


def is_born_aside(link: Link) -> bool:
    """Whether a link only says that a record of Google's never came in."""
    return link.key.startswith(ASIDE)


def born_key(link: Link) -> str:
    """The key that a record of Google's would have if it had come in."""
    return link.key.removeprefix(ASIDE)


def refused(
    run: Run[R], stored: Stored[R], reason: str, *, tries: int = 0, version: str | None = None
) -> Link:
    """A link for a record that cannot be created at Google. tries: how often it was set aside before.

    version: of the link that says so already.
    """
    link = keyless_link(run, stored.id, f"{REFUSED}{stored.id}")
    return set_aside(run, replace(link, tries=tries, version=version), stored, reason)


def of_record(run: Run[R], stored: Stored[R], link: Link | None, reason: str = INTERNAL) -> PutLink:
    """Sets a record of the CRM aside, whatever link it has."""
    if link is None:
        return PutLink(refused(run, stored, reason))
    return PutLink(set_aside(run, link, stored, reason))


def made(run: Run[R], stored: Stored[R], item: Observation[R], key: str, reason: str = INTERNAL) -> PutLink:
    """Sets a pair aside that has just come to be at Google, and whose sides could not be compared."""
    link = replace(
        _unread(run, key, item, stored.id), canon_version=UNKNOWN_BASE, made_here=True, rich=item.rich
    )
    return PutLink(stuck(run, link, item, stored, reason))


def _unread(run: Run[R], key: str, item: Observation[R], crm: str) -> Link:
    return Link(
        key=key,
        resource=run.resource,
        crm=crm,
        name=item.name,
        remote_id=item.remote_id,
        etag=item.etag,
        rtime=item.rtime or run.now(),
        base=Base(),
        region=region_of(run),
    )


def observed(run: Run[R], item: Observation[R], reason: str, pending: Pending) -> None:
    """Sets aside what Google shows of one record. One that is gone and no link knows needs nothing."""
    key = run.side.key_of(item)
    link = run.store.links(run.scope, [key]).get(key)
    _put(run, {key: item}, {} if link is None else {key: link}, reason, pending)


def pair(run: Run[R], link: Link, item: Observation[R], reason: str, pending: Pending) -> None:
    """Sets aside what Google shows of a linked record."""
    links = run.store.links(run.scope, [link.key])
    _put(run, dict.fromkeys(links, item), links, reason, pending)


def too_large(run: Run[Any], refusal: TooLarge) -> Pending:
    """Sets aside what fits into no commit, by the names in the store's refusal; raises it without any."""
    links = dict(run.store.links(run.scope, sorted(refusal.keys)))
    for link in run.store.links_of(run.scope, run.resource, sorted(refusal.records)).values():
        links[link.key] = link
    records = run.store.records(run.scope, run.kind, sorted(link.crm for link in links.values() if link.crm))
    pending = Pending()
    for link in links.values():
        large = set_aside(run, link, records.get(link.crm), TOO_LARGE)
        pending.put_each([PutLink(replace(large, stuck=link.etag or "?"))])
    if not pending.writes:
        raise refusal
    return pending


def unreadable(
    run: Run[R], items: Mapping[str, Observation[R]], links: Mapping[str, Link], pending: Pending
) -> set[str]:
    """Sets aside those of the items that could not be read; answers their keys."""
    found = {key: item for key, item in items.items() if item.unreadable}
    if found:
        _put(run, found, {key: link for key, link in links.items() if key in found}, INTERNAL, pending)
    return set(found)


def _put(
    run: Run[R], found: Mapping[str, Observation[R]], links: Mapping[str, Link], reason: str, pending: Pending
) -> None:
    fresh = {key: item for key, item in found.items() if key not in links or _is_news(run, links[key], item)}
    known = {key: link for key, link in links.items() if key in fresh and not link.is_silent}
    records = run.store.records(run.scope, run.kind, [link.crm for link in known.values()]) if known else {}
    for key, link in known.items():
        pending.unit()
        pending.put(PutLink(stuck(run, link, fresh[key], records.get(link.crm), reason)))
    strangers = {key: item for key, item in fresh.items() if key not in links and not item.deleted}
    for key in strangers.keys() & _come_home(run, strangers, reason, pending):
        del strangers[key]
    _put_born(run, strangers, reason, pending)


def _is_news(run: Run[R], link: Link, item: Observation[R]) -> bool:
    """Whether this was not set aside already: Google shows another version, or its time has come."""
    return link.stuck != (item.etag or "?") or is_due(run, link)


def _put_born(run: Run[R], found: Mapping[str, Observation[R]], reason: str, pending: Pending) -> None:
    """Records of Google's without a link."""
    known = run.store.links(run.scope, [f"{ASIDE}{key}" for key in found]) if found else {}
    for key, item in found.items():
        link = known.get(f"{ASIDE}{key}")
        if link is None or _is_news(run, link, item):
            link = link or _unread(run, f"{ASIDE}{key}", item, "")
            pending.put_each([PutLink(replace(stuck(run, link, item, None, reason), etag=item.etag))])


def _come_home(
    run: Run[R], found: Mapping[str, Observation[R]], reason: str, pending: Pending
) -> Collection[str]:
    """Contacts of our own that no link knows get one, or they would be made twice. Answers their keys.

    An event's id follows from its record's: a second one is not to be feared.
    """
    ours = {item.keys[0]: key for key, item in found.items() if item.keys and run.side.may_be_merged}
    if not ours:
        return ()
    owned = run.store.links_of(run.scope, run.resource, list(ours))
    records = run.store.records(run.scope, run.kind, [crm for crm in ours if _is_alone(owned.get(crm))])
    records = {crm: stored for crm, stored in records.items() if stored.archived_at is None}
    gone = run.store.known_links(run.scope, [ours[crm] for crm in records]) if records else {}
    for crm, stored in records.items():
        pending.unit()
        if crm in owned:
            pending.put(DropLink(owned[crm].key))
        link = made(run, stored, found[ours[crm]], ours[crm], reason).link
        version = gone[ours[crm]].version if ours[crm] in gone else None
        pending.put(PutLink(replace(link, version=version)))
    return [ours[crm] for crm in records]


def _is_alone(link: Link | None) -> bool:
    return link is None or is_refusal(link)


def come_out(run: Run[Any], keys: Iterable[str], pending: Pending) -> Collection[str]:
    """Records of Google's that have been taken in by now are set aside no longer. keys: of those without a
    link. Answers which of them were. Costs nothing while no record is aside.
    """
    if run.state.retry_at is None:
        return ()
    known = run.store.links(run.scope, [f"{ASIDE}{key}" for key in keys])
    pending.put_each(DropLink(key) for key in known)
    return [born_key(link) for link in known.values()]
