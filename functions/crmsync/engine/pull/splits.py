"""Exceptions of a series that Google has split ("this and following"): they go with the part that has their
occurrence.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from crmsync.core import fields
from crmsync.core.calendar.occurrences import takes_place
from crmsync.core.journal import Change
from crmsync.core.model import Appointment, Stored
from crmsync.core.pair import ids
from crmsync.core.pair.decide import decide
from crmsync.core.pair.plan import Decision
from crmsync.core.pair.sides import crm_side
from crmsync.core.state import Link
from crmsync.engine.pull.known import Known
from crmsync.engine.run.effects import agreed, linked
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.engine.series import following
from crmsync.engine.series.meetings import drop, meeting
from crmsync.engine.series.shown import Series, Shown
from crmsync.store.ports import CreateRecord, PutLink


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What the CRM has of an occurrence under an earlier part of its series: the record, and its link.

    part: without a link, the earlier part, if it has a record still.
    """

    stored: Stored[Appointment]
    link: Link | None
    part: Series | None

    def goes_over(self, series: Series) -> bool:
        """Whether the later part gets what is said here.

        When that is no busy copy any more, it says what Google says, and its occurrences with it.
        """
        return self.link is None or series.link.shadow or not self.link.shadow


def take_over(
    run: Run[Appointment], series: Series, shown: Shown, known: Known, effects: Effects[Appointment]
) -> bool:
    """The series was split: an exception that the CRM has under an earlier part now belongs to this one.

    It becomes an exception of the later part, base and all; the old record goes into the archive. False when
    there is none.
    """
    earlier = list(_earlier(run, series, shown, known))
    heir = next((each for each in earlier if each.goes_over(series)), None)
    for each in earlier:
        _part(each, effects)
        if each is heir:
            _go_over(run, series, shown, heir, known, effects)
    return heir is not None


def _earlier(run: Run[Appointment], series: Series, shown: Shown, known: Known) -> Iterator[_Earlier]:
    parts = {
        ids.exception_id(run.canon, part.crm, shown.at): part
        for part in known.kin(series.link.remote_id)
        if part.key != series.link.key
    }
    living = {crm: old for crm, old in known.records(parts).items() if old.archived_at is None}
    keys = {crm: ids.exception_link_key(parts[crm].key, shown.at) for crm in living}
    links = known.links(keys.values())
    for crm, old in living.items():
        link = links.get(keys[crm])
        yield _Earlier(old, link, None if link else _series(parts[crm], known))


def _series(part: Link, known: Known) -> Series | None:
    record = known.records([part.crm]).get(part.crm)
    return Series(part, record) if record is not None else None


def _part(each: _Earlier, effects: Effects[Appointment]) -> None:
    """The earlier part no longer has this exception."""
    if each.link is not None:
        drop(each.link.key, each.stored, effects)
    else:
        effects.put(following.archived_record(each.stored))
        effects.settled.add(each.stored.id)


def _go_over(
    run: Run[Appointment],
    series: Series,
    shown: Shown,
    heir: _Earlier,
    known: Known,
    effects: Effects[Appointment],
) -> None:
    crm = ids.exception_id(run.canon, series.record.id, shown.at)
    over = shown.is_cancelled and not takes_place(series.record.value, shown.value)
    if over or known.records([crm]):
        return
    moved = replace(heir.stored, value=replace(heir.stored.value, series_id=series.record.id))
    link, decision = _met(run, series, shown, moved, heir)
    value = moved.value
    if decision.value is not None:
        value = replace(decision.value, series_id=series.record.id, original_start=shown.at)
    why, after = "its series was split", fields.as_json(value)
    effects.put(
        CreateRecord("appointments", crm, value),
        PutLink(replace(agreed(run, link, decision.base), crm=crm)),
        change=Change("crm", "create_exception", crm, link.key, why, None, after),
    )


def _met(
    run: Run[Appointment], series: Series, shown: Shown, moved: Stored[Appointment], heir: _Earlier
) -> tuple[Link, Decision[Appointment]]:
    """The exception's link under the later part, and how the two sides stand: by the base of its old link, or
    as if both had agreed on the occurrence that the earlier part gave, of which the exception was made.
    """
    link, remote, _ = meeting(run, *series, moved, shown.item)
    if heir.link is not None:
        before = heir.link
        link = replace(linked(before, shown.item), key=link.key, version=None)
    else:
        before, _, _ = meeting(run, *(heir.part or series), moved, shown.item)
        link = replace(link, base=before.base)
    return link, decide(before, crm_side(run.canon, moved), remote, run.canon, run.rules)
