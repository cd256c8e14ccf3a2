"""What one page of a listing brings: echoes, edits, tombstones, merges, our own creates, strangers."""

from collections.abc import Sequence
from dataclasses import replace

from crmsync.core.model import R
from crmsync.core.state import Base, Link, Observation
from crmsync.engine import offers
from crmsync.engine.absorb import Effects, absorb_linked, adopt
from crmsync.engine.run import Run
from crmsync.store.ports import DropLink


def absorb_page(run: Run[R], batch: Sequence[Observation[R]], effects: Effects[R]) -> None:
    """Decides what one page's observations (or a part of it) lead to, and adds it to `effects`."""
    by_key = {run.key_of(item): item for item in batch}
    links = dict(run.deps.store.links(run.uid, list(by_key)))
    gone = [key for key, item in by_key.items() if item.deleted]
    confirmed = confirm(run, [links[key] for key in gone if key in links])
    pairs: list[tuple[Link, Observation[R]]] = []
    strangers: list[Observation[R]] = []
    for key, item in by_key.items():
        link = links.get(key)
        if link is None:
            strangers.append(item)
        elif item.deleted:
            pairs.append((link, confirmed.get(key, item)))
        else:
            pairs.append((link, item))
    pairs, strangers = _follow_merges(run, pairs, strangers, effects)
    absorb_linked(run, pairs, effects)
    _meet(run, strangers, effects)


def confirm(run: Run[R], links: Sequence[Link]) -> dict[str, Observation[R]]:
    """Direct reads of records reported deleted: those that exist after all, by link key.

    A late tombstone cannot kill a recreated record.
    """
    found: dict[str, Observation[R]] = {}
    for start in range(0, len(links), run.remote.read_size):
        chunk = links[start : start + run.remote.read_size]
        read = run.remote.read([link.remote_id for link in chunk])
        for link in chunk:
            observation = read.get(link.remote_id)
            if observation is not None and not observation.deleted:
                found[link.key] = observation
    return found


def _follow_merges(
    run: Run[R],
    pairs: list[tuple[Link, Observation[R]]],
    strangers: list[Observation[R]],
    effects: Effects[R],
) -> tuple[list[tuple[Link, Observation[R]]], list[Observation[R]]]:
    """A contact that vanished while another lists its name as a previous one was merged at Google: its
    link moves there.

    When the surviving contact has a link of its own, the vanished one's CRM record stays, unlinked from
    Google, and is never archived for it.
    """
    living = list(strangers)
    living += [observation for _, observation in pairs]
    heirs: dict[str, Observation[R]] = {
        name: item for item in living if not item.deleted for name in item.previous
    }
    if not heirs:
        return pairs, strangers
    kept: list[tuple[Link, Observation[R]]] = []
    linked_keys = {link.key for link, observation in pairs if not observation.deleted}
    taken: set[str] = set()
    for link, observation in pairs:
        heir = heirs.get(link.remote_id) if observation.deleted else None
        if heir is None:
            kept.append((link, observation))
            continue
        effects.writes.append(DropLink(link.key))
        key = run.key_of(heir)
        if key in linked_keys or key in taken:
            continue
        taken.add(key)
        kept.append((_moved(link, key, heir), heir))
    return kept, [item for item in strangers if run.key_of(item) not in taken]


def _meet(run: Run[R], strangers: Sequence[Observation[R]], effects: Effects[R]) -> None:
    """Records without a link: ours come home, contacts become candidates, other events are left alone."""
    ours = {item.own_key: item for item in strangers if item.own_key and not item.deleted}
    adopted: set[str] = set()
    if ours:
        owned = run.deps.store.links_of(run.uid, run.resource, list(ours))
        homeless = [crm for crm in ours if crm not in owned or owned[crm].state == "quarantined"]
        records = run.deps.store.records(run.uid, run.kind, homeless)
        for crm in homeless:
            stored = records.get(crm)
            if stored is None or stored.archived_at is not None:
                continue
            if crm in owned:
                effects.writes.append(DropLink(owned[crm].key))
            adopt(run, stored, ours[crm], effects, why="carries our key", made_here=True)
            adopted.add(run.key_of(ours[crm]))
    rest = [item for item in strangers if run.key_of(item) not in adopted]
    if run.resource == "contacts":
        offers.offer(run, rest, adopted, effects)


def _moved(link: Link, key: str, heir: Observation[R]) -> Link:
    """The link under the surviving record's key; its remote base is forgotten, so that the next look merges
    the two.
    """
    return replace(
        link,
        key=key,
        name=heir.name,
        remote_id=heir.remote_id,
        etag=heir.etag,
        base=Base(link.base.local, {}),
        version=None,
        rtime=link.rtime,
    )
