"""What one page of a calendar's listing brings of events and series: echoes, edits, deletions, our own, and
those born at Google. Exceptions of series come after them (`exceptions`).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from crmsync.core.state import Link, Observation
from crmsync.engine.pairs.absorb import absorb_linked, adopt
from crmsync.engine.pull import google_born
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.reading import confirm
from crmsync.engine.run.run import Run
from crmsync.engine.series import following, generations
from crmsync.store.ports import DropLink, PutLink


def absorb(
    run: Run[Any], batch: Sequence[Observation[Any]], effects: Effects[Any], told: following.Told
) -> None:
    """Decides what these events lead to, and adds it to `effects`."""
    by_key = {run.side.key_of(item): item for item in batch}
    links = dict(run.store.links(run.scope, list(by_key)))
    found = confirm(run, [links[key] for key, item in by_key.items() if item.deleted and key in links])
    items = {key: found.get(key, item) for key, item in by_key.items()}
    told.note(items.values())
    strangers = [item for key, item in items.items() if key not in links]
    parts = google_born.later_parts(run, strangers, told)
    pairs = [(links[key], item) for key, item in items.items() if key in links]
    absorb_linked(run, pairs, effects, following.rules_of(run, links.values(), told))
    told.series |= _changed(pairs, effects)
    adopted = _come_home(run, [item for item in strangers if item.remote_id not in parts], effects, told)
    homeless = [item for item in strangers if item.remote_id not in adopted]
    google_born.bring_in(run, homeless, parts, effects, told)


def _changed(pairs: Sequence[tuple[Link, Observation[Any]]], effects: Effects[Any]) -> set[str]:
    """The keys of series that are not as they were. One whose very version is known may be one of them: the
    job that took it in may have died before it came to the exceptions.
    """
    written = {write.link.key for write in effects.writes if isinstance(write, PutLink)}
    return {
        link.key
        for link, item in pairs
        if following.repeats(item) and (link.key in written or item.etag == link.etag)
    }


def _come_home(
    run: Run[Any], strangers: Sequence[Observation[Any]], effects: Effects[Any], told: following.Told
) -> set[str]:
    """Events that we made ourselves and have no link: a job died before it wrote that, or a person took one
    out of Google's bin. Answers their ids.
    """
    ours: dict[str, dict[int, Observation[Any]]] = {}
    for item in strangers:
        generation = None if item.deleted else generations.generation_of(run, item)
        if generation is not None:
            ours.setdefault(str(item.own_key), {})[generation] = item
    if not ours:
        return set()
    owned = run.store.links_of(run.scope, run.resource, list(ours))
    homeless = [crm for crm in ours if crm not in owned or owned[crm].state == "quarantined"]
    records = run.store.records(run.scope, run.kind, homeless)
    for crm in owned.keys() - records.keys():
        # Paired already: the older event waits beside the one that took its place, until that is gone.
        highest = max(ours[crm])
        if owned[crm].generation < highest:
            effects.writes.append(PutLink(replace(owned[crm], generation=highest)))
    for crm, stored in records.items():
        if crm in owned:
            effects.writes.append(DropLink(owned[crm].key))
        item = next(iter(ours[crm].values()))
        rules = following.adoption_rules(run, item, told.split)
        why, highest = "carries our key", max(ours[crm])
        adopt(run, stored, item, effects, why=why, made_here=True, rules=rules, generation=highest)
    return {next(iter(ours[crm].values())).remote_id for crm in records}
