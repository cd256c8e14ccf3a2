"""What one page of a listing brings: echoes, edits, tombstones, merges, our own creates, strangers."""

from collections.abc import Sequence

from crmsync.core.model import R
from crmsync.core.pair.decide import account_for
from crmsync.core.state import Observation
from crmsync.engine.pairs.absorb import absorb_linked, adopt
from crmsync.engine.pairs.merges import Heirs, follow
from crmsync.engine.pull import candidates
from crmsync.engine.run.effects import Effects
from crmsync.engine.run.reading import confirm
from crmsync.engine.run.run import Run
from crmsync.store.ports import DropLink


def absorb_page(run: Run[R], batch: Sequence[Observation[R]], heirs: Heirs[R], effects: Effects[R]) -> None:
    """Decides what one page's observations (or a part of it) lead to, and adds it to `effects`.

    heirs: what the listing has told of merges so far; this page's are added. Raises Unaccounted when a record
    of the page was lost on the way: the job fails, and the cursor stays before it.
    """
    by_key = {run.key_of(item): item for item in batch}
    links = dict(run.deps.store.links(run.scope, list(by_key)))
    gone = [key for key, item in by_key.items() if item.deleted]
    confirmed = confirm(run, [links[key] for key in gone if key in links])
    items = {key: confirmed.get(key, item) for key, item in by_key.items()}
    for key, item in items.items():
        heirs.note(item, links.get(key))
    vanished = [links[key] for key, item in items.items() if item.deleted and key in links]
    followed, taken = follow(run, heirs, vanished, effects)
    rest = {key: item for key, item in items.items() if key not in followed and key not in taken}
    known = [(links[key], item) for key, item in rest.items() if key in links]
    # Who took over may come on a later page, and creating a merged contact anew would undo the merge.
    effects.vanished += [(link, item) for link, item in known if item.deleted]
    decided = absorb_linked(run, [(link, item) for link, item in known if not item.deleted], effects)
    decided |= {link.key for link, _ in effects.vanished}
    decided |= _meet(run, [item for key, item in rest.items() if key not in links], effects)
    account_for((run.key_of(item) for item in batch), followed | taken | decided)


def _meet(run: Run[R], strangers: Sequence[Observation[R]], effects: Effects[R]) -> set[str]:
    """Contacts without a link: ours come home, the others become candidates. Answers the keys decided."""
    adopted = _bring_home(run, [item for item in strangers if item.keys and not item.deleted], effects)
    rest = [item for item in strangers if run.key_of(item) not in adopted]
    return adopted | candidates.offer(run, rest, adopted, effects)


def _bring_home(run: Run[R], ours: Sequence[Observation[R]], effects: Effects[R]) -> set[str]:
    """Links contacts that carry our key with the records they were made of; answers their keys.

    One that took over others carries several keys: it comes home to the first record that is alive and alone.
    """
    if not ours:
        return set()
    crms = list(dict.fromkeys(crm for item in ours for crm in item.keys))
    owned = run.deps.store.links_of(run.scope, run.resource, crms)
    homeless = [crm for crm in crms if crm not in owned or owned[crm].state == "quarantined"]
    records = run.deps.store.records(run.scope, run.kind, homeless)
    alone = {crm: stored for crm, stored in records.items() if stored.archived_at is None}
    parted = _parted(run, [item.key for item in ours if any(crm in alone for crm in item.keys)])
    adopted: set[str] = set()
    for item in ours:
        crm = next((crm for crm in item.keys if crm in alone and (item.key, crm) not in parted), None)
        if crm is None:
            continue
        if crm in owned:
            effects.writes.append(DropLink(owned[crm].key))
        adopt(run, alone.pop(crm), item, effects, why="carries our key", made_here=True)
        adopted.add(run.key_of(item))
    return adopted


def _parted(run: Run[R], keys: Sequence[str]) -> set[tuple[str, str]]:
    """Google contact and CRM id of pairs that an undo has parted: a key of ours does not join them again."""
    rows = run.deps.store.candidates(run.scope, keys) if keys else {}
    return {(row.key, crm) for row in rows.values() for crm in row.parted}
