"""What one page of a calendar's listing brings of events and series: echoes, edits, deletions, our own, and
those born at Google. Exceptions of series come after them (`exceptions`).
"""

from collections.abc import Sequence
from typing import Any

from crmsync.core import ids
from crmsync.core.state import Observation
from crmsync.engine import born, series
from crmsync.engine.absorb import absorb_linked, adopt
from crmsync.engine.effects import Effects
from crmsync.engine.reading import confirm
from crmsync.engine.run import Run
from crmsync.store.ports import DropLink

GENERATIONS = 40
"""So many ids an appointment may use up at Google, which never gives one back."""


def absorb(
    run: Run[Any], batch: Sequence[Observation[Any]], effects: Effects[Any], told: series.Told
) -> None:
    """Decides what these events lead to, and adds it to `effects`."""
    by_key = {run.key_of(item): item for item in batch}
    links = dict(run.deps.store.links(run.uid, list(by_key)))
    found = confirm(run, [links[key] for key, item in by_key.items() if item.deleted and key in links])
    items = {key: found.get(key, item) for key, item in by_key.items()}
    told.note(items.values())
    strangers = [item for key, item in items.items() if key not in links]
    parts = born.later_parts(run, strangers, told)
    pairs = [(links[key], item) for key, item in items.items() if key in links]
    absorb_linked(run, pairs, effects, series.rules_of(run, links.values(), told))
    adopted = _come_home(run, [item for item in strangers if item.remote_id not in parts], effects, told)
    homeless = [item for item in strangers if item.remote_id not in adopted]
    born.bring_in(run, homeless, parts, effects, told)


def _come_home(
    run: Run[Any], strangers: Sequence[Observation[Any]], effects: Effects[Any], told: series.Told
) -> set[str]:
    """Events that we made ourselves and have no link: a job died before it wrote that. Answers their ids.

    A copy that a person made of such an event carries our key too, but not an id of ours.
    """
    ours = {
        item.own_key: item for item in strangers if item.own_key and not item.deleted and _is_ours(run, item)
    }
    if not ours:
        return set()
    owned = run.deps.store.links_of(run.uid, run.resource, list(ours))
    homeless = [crm for crm in ours if crm not in owned or owned[crm].state == "quarantined"]
    records = run.deps.store.records(run.uid, run.kind, homeless)
    # Of the others the record is paired already, or gone: a person took an older event out of Google's bin.
    for crm, stored in records.items():
        if crm in owned:
            effects.writes.append(DropLink(owned[crm].key))
        rules = series.adoption_rules(run, ours[crm], told.split)
        adopt(run, stored, ours[crm], effects, why="carries our key", made_here=True, rules=rules)
    return {ours[crm].remote_id for crm in records}


def _is_ours(run: Run[Any], item: Observation[Any]) -> bool:
    return any(
        item.remote_id
        == ids.event_id(run.canon, run.uid, run.state.calendar_id, str(item.own_key), generation)
        for generation in range(GENERATIONS)
    )
