"""Exceptions of series on their way to Google, after the events of their page.

A linked exception is an update like any other. For one without a link Google is asked for the occurrence
(`unlinked`). With an archived series no exception has any call of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crmsync.core.calendar.occurrences import is_called_off, takes_place
from crmsync.core.fields import get
from crmsync.core.loops import is_looping
from crmsync.core.model import Appointment, Stored
from crmsync.core.pair.decide import decide
from crmsync.core.pair.plan import Action, Decision
from crmsync.core.pair.sides import crm_side
from crmsync.core.quarantine import LOOP
from crmsync.core.state import Link
from crmsync.engine.push.sorting import asks_for_an_update
from crmsync.engine.push.unlinked import Unlinked, meet_all
from crmsync.engine.run import aside
from crmsync.engine.run.effects import healed
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Edit, Work
from crmsync.engine.series.meetings import drop
from crmsync.store.ports import DropLink, PutLink

Exceptions = Sequence[Stored[Appointment]]
Followed = tuple[Stored[Appointment], Stored[Appointment], Link]
"""An exception with its series, and the link of the series."""


def missing_series(
    run: Run[Appointment], exceptions: Exceptions, page: Exceptions
) -> list[Stored[Appointment]]:
    """Series of these exceptions that come later in the order of change, and are not at Google yet."""
    wanted = _series_ids(exceptions) - {stored.id for stored in page}
    if not wanted:
        return []
    linked = run.store.links_of(run.scope, run.resource, sorted(wanted))
    return list(run.store.records(run.scope, run.kind, sorted(wanted - linked.keys())).values())


def sort_exceptions(
    run: Run[Appointment], exceptions: Exceptions, links: Mapping[str, Link], work: Work[Appointment]
) -> None:
    """Adds to `work` what these exceptions ask of Google. Their series have been dealt with."""
    _forget_refusals(exceptions, links, work)
    followed = _followed(run, [stored for stored in exceptions if stored.id not in work.requeued])
    unlinked: list[Unlinked] = []
    for stored, series, owner in followed:
        work.unit()
        link = links.get(stored.id)
        if link is not None and not aside.is_refusal(link):
            _sort_linked(run, link, series, stored, work)
        elif _asks_for_its_occurrence(run, link, stored):
            unlinked.append(Unlinked(stored, series, owner, link))
    if run.pushes:
        meet_all(run, unlinked, work)
    else:
        work.forget_asking()


def _forget_refusals(exceptions: Exceptions, links: Mapping[str, Link], work: Work[Appointment]) -> None:
    """What is in the archive is not to go to Google, and so is not refused any more."""
    for stored in exceptions:
        link = links.get(stored.id)
        if stored.archived_at is not None and link is not None and aside.is_refusal(link):
            work.unit()
            work.put(DropLink(link.key))


def _asks_for_its_occurrence(
    run: Run[Appointment], refusal: Link | None, stored: Stored[Appointment]
) -> bool:
    """Whether an exception without a link goes to Google: not in the archive, nor as it was refused."""
    refused = refusal is not None and aside.rests(run, refusal, stored)
    return stored.archived_at is None and not refused


def _followed(run: Run[Appointment], exceptions: Exceptions) -> list[Followed]:
    """Those exceptions whose series stands on both sides, so that what happens to them goes to Google."""
    if not exceptions:
        return []
    ids = sorted(_series_ids(exceptions))
    records = run.store.records(run.scope, run.kind, ids)
    owners = run.store.links_of(run.scope, run.resource, ids)
    standing = {id for id in ids if _stands(records.get(id), owners.get(id))}
    return [
        (stored, records[id], owners[id])
        for stored in exceptions
        if (id := stored.value.series_id) is not None and id in standing
    ]


def _stands(series: Stored[Appointment] | None, owner: Link | None) -> bool:
    if series is None or series.archived_at is not None or is_called_off(series.value):
        return False
    return not (owner is None or owner.state == "detached" or owner.shadow or aside.is_refusal(owner))


def _series_ids(exceptions: Exceptions) -> set[str]:
    return {stored.value.series_id for stored in exceptions if stored.value.series_id is not None}


def _sort_linked(
    run: Run[Appointment],
    link: Link,
    series: Stored[Appointment],
    stored: Stored[Appointment],
    work: Work[Appointment],
) -> None:
    if _rests(run, link, stored):
        return
    if not takes_place(series.value, stored.value):
        effects: Effects[Appointment] = Effects()
        drop(link.key, stored, effects)
        work.add(effects)
        return
    decision = decide(link, crm_side(run.canon, stored), None, run.canon, run.rules)
    if link.stuck:
        work.updates.append(Edit(link, stored, Decision(Action.NOTHING, "aside", need="remote")))
    elif decision.action is Action.UPDATE_REMOTE and is_looping(link.writes, run.now()):
        work.put(PutLink(aside.set_aside(run, link, stored, LOOP)))
    elif asks_for_an_update(decision):
        work.updates.append(Edit.of(run, _read_first(link, series, stored, decision), stored, decision))
    elif link.state == "quarantined" and decision.action is Action.NOTHING:
        work.put(PutLink(healed(link)))


def _rests(run: Run[Appointment], link: Link, stored: Stored[Appointment]) -> bool:
    """Whether nothing of a linked exception goes to Google, whatever it says."""
    return link.state == "detached" or link.shadow or aside.rests(run, link, stored)


def _read_first(
    link: Link,
    series: Stored[Appointment],
    stored: Stored[Appointment],
    decision: Decision[Appointment],
) -> Link:
    """The link, so that Google is asked first when the exception only follows its series: there it may have
    followed already, and what is sent to it would be its own from then on.
    """
    followed = {name for name in decision.remote_fields if get(stored.value, name) == get(series.value, name)}
    return replace(link, rich=link.rich | followed) if followed == decision.remote_fields else link
