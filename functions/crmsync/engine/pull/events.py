"""What one page of a calendar's listing brings of events and series: echoes, edits, deletions, our own, and
those born at Google. Exceptions of series come after them (`exceptions`).
"""

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass, replace

from crmsync.core.model import Appointment
from crmsync.core.state import Link
from crmsync.engine.pairs.absorb import absorb_linked, adopt
from crmsync.engine.pull import google_born
from crmsync.engine.run import aside
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.reading import confirm
from crmsync.engine.run.run import Run
from crmsync.engine.series import following, generations
from crmsync.engine.series.shown import Event
from crmsync.engine.series.told import Told
from crmsync.store.ports import DropLink, PutLink


def absorb(run: Run[Appointment], batch: Sequence[Event], effects: Effects[Appointment], told: Told) -> None:
    """Decides what these events lead to, and adds it to `effects`."""
    items = {run.side.key_of(item): item for item in batch}
    links = run.store.links(run.scope, list(items))
    items |= confirm(run, [link for key, link in links.items() if items[key].deleted])
    told.note(items.values())
    poison = aside.unreadable(run, _wanted(run, items, links), links, effects)
    links = {key: link for key, link in links.items() if key not in poison}
    strangers = [item for key, item in items.items() if key not in links and not item.unreadable]
    parts = google_born.later_parts(run, strangers, told)
    pairs = [(link, items[key]) for key, link in links.items()]
    absorb_linked(run, pairs, effects, following.rules_of(run, links.values(), told))
    told.series |= {link.crm: link.key for link, item in pairs if following.repeats(item)}
    _welcome(run, strangers, parts, effects, told)
    effects.relist |= _brings_series(items, aside.come_out(run, map(run.side.key_of, strangers), effects))


def _brings_series(items: Mapping[str, Event], out: Collection[str]) -> bool:
    """Whether a series comes in after its exceptions were listed: only a complete listing shows them again.

    out: keys of events that are set aside no longer.
    """
    return any(following.repeats(items[key]) for key in out)


def _wanted(run: Run[Appointment], items: Mapping[str, Event], links: Container[str]) -> Mapping[str, Event]:
    """Those that are the sync's business: events without a link only when events born at Google come in."""
    if run.user.settings.events != "off":
        return items
    return {key: item for key, item in items.items() if key in links}


def _welcome(
    run: Run[Appointment],
    strangers: Sequence[Event],
    parts: Mapping[str, Link | None],
    effects: Effects[Appointment],
    told: Told,
) -> None:
    """Events without a link: our own come home, others enter the CRM when they are wanted."""
    alone = [item for item in strangers if item.remote_id not in parts]
    adopted = _come_home(run, _returned(run, alone), effects, told)
    homeless = [item for item in strangers if item.remote_id not in adopted]
    google_born.bring_in(run, homeless, parts, effects, told)


@dataclass(slots=True)
class _Returned:
    """An event that we made ourselves, and the highest generation of those that its record has here."""

    item: Event
    highest: int


def _returned(run: Run[Appointment], strangers: Sequence[Event]) -> dict[str, _Returned]:
    """Events of our own, by CRM id."""
    found: dict[str, _Returned] = {}
    for item in strangers:
        generation = generations.generation_of(run, item)
        if generation is not None:
            first = found.setdefault(str(item.own_key), _Returned(item, generation))
            first.highest = max(first.highest, generation)
    return found


def _come_home(
    run: Run[Appointment],
    ours: Mapping[str, _Returned],
    effects: Effects[Appointment],
    told: Told,
) -> Collection[str]:
    """Events that we made ourselves and have no link: a job died before it wrote that, or a person took one
    out of Google's bin. Answers their ids.
    """
    if not ours:
        return ()
    owned = run.store.links_of(run.scope, run.resource, list(ours))
    paired = {crm for crm, link in owned.items() if link.state != "quarantined"}
    records = run.store.records(run.scope, run.kind, [crm for crm in ours if crm not in paired])
    _step_aside(owned, records, ours, effects)
    for crm, stored in records.items():
        effects.unit()
        if crm in owned:
            effects.put(DropLink(owned[crm].key))
        item, highest = ours[crm].item, ours[crm].highest
        rules = following.adoption_rules(run, item, told.split)
        why = "carries our key"
        adopt(run, stored, item, effects, why=why, made_here=True, rules=rules, generation=highest)
    return {ours[crm].item.remote_id for crm in records}


def _step_aside(
    owned: Mapping[str, Link],
    adopting: Container[str],
    ours: Mapping[str, _Returned],
    effects: Effects[Appointment],
) -> None:
    """What becomes of the links that records of these events have already, but for those that are about to be
    linked with them. adopting: their CRM ids.
    """
    for crm, link in owned.items():
        if crm not in adopting and link.generation < ours[crm].highest:
            # Paired already: the older event waits beside the one that took its place, until that is gone.
            effects.unit()
            effects.put(PutLink(replace(link, generation=ours[crm].highest)))
